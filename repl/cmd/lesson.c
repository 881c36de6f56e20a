/* lesson.c -- lessons: listing them, taking one, moving in it */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/table.h"
#include "session/done.h"
#include "session/player.h"
#include "session/report.h"

#define PATH_CAP 4096
#define STEPS_MAX 100000

/* --- where they are --- */

typedef struct Shelf {
    char folder[PATH_CAP];
    struct dirent **file; /* sorted by name; for free() each */
    int n;
} Shelf;

static int is_lesson(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return d->d_name[0] >= '0' && d->d_name[0] <= '9' && n > 6 &&
           strcmp(d->d_name + n - 6, ".nabla") == 0;
}

static bool try_folder(Shelf *shelf, const char *folder, size_t n, const char *below)
{
    int len = snprintf(shelf->folder, sizeof shelf->folder, "%.*s%s", (int)n, folder, below);
    if (len < 0 || (size_t)len >= sizeof shelf->folder) {
        return false;
    }
    shelf->n = scandir(shelf->folder, &shelf->file, is_lesson, alphasort);
    return shelf->n > 0;
}

/* Installed beside the program, in the source tree it was built in, or where NABLA_LESSONS says. */
static bool shelf_open(Shelf *shelf)
{
    static const char *const below[] = {"/../share/nabla/samples/lessons", "/../samples/lessons",
                                        "/../../samples/lessons"};
    char self[PATH_CAP];
    const char *given = getenv("NABLA_LESSONS");
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    *shelf = (Shelf){.n = -1};
    if (given && given[0]) {
        return try_folder(shelf, given, strlen(given), "");
    }
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    for (size_t i = 0; n > 1 && i < sizeof below / sizeof below[0]; i++) {
        if (try_folder(shelf, self, (size_t)n - 1, below[i])) {
            return true;
        }
    }
    return false;
}

static void shelf_close(Shelf *shelf)
{
    for (int i = 0; i < shelf->n; i++) {
        free(shelf->file[i]);
    }
    if (shelf->n >= 0) {
        free(shelf->file);
    }
}

static bool shelf_path(const Shelf *shelf, int i, char *path, size_t cap)
{
    int n = snprintf(path, cap, "%s/%s", shelf->folder, shelf->file[i]->d_name);
    return n > 0 && (size_t)n < cap;
}

static int number_of(const Shelf *shelf, int i)
{
    return atoi(shelf->file[i]->d_name);
}

static int find_number(const Shelf *shelf, int number)
{
    for (int i = 0; i < shelf->n; i++) {
        if (number_of(shelf, i) == number) {
            return i;
        }
    }
    return -1;
}

/* --- listing --- */

static const char *key_of(const Shelf *shelf, int i)
{
    return shelf->file[i]->d_name;
}

/* "✓    1  Expressions and their graphs   3 of 3 tasks" */
static void list_lesson(Interp *I, const Shelf *shelf, int i)
{
    Session *s = session_of(I);
    char path[PATH_CAP];
    NbErr err = {0};
    Done d;
    Player *p = shelf_path(shelf, i, path, sizeof path) ? player_open(I, path, &err) : NULL;
    bool begun = done_read(key_of(shelf, i), &d), done = begun && d.step >= d.steps;
    const char *tick = !done ? " " : s->set.unicode ? "✓" : "+";
    fprintf(s->out, "%s%5d  %s", tick, number_of(shelf, i), p ? player_title(p) : err.msg);
    if (done && d.tasks > 0) {
        fprintf(s->out, "   %d of %d tasks by yourself", d.own, d.tasks);
    } else if (begun && !done && d.step > 0) {
        fprintf(s->out, "   step %d of %d", d.step + 1, d.steps);
    }
    fputc('\n', s->out);
    player_free(&p);
}

/* A lesson that was begun and not done: the last of them; -1: none. */
static int begun_lesson(const Shelf *shelf)
{
    for (int i = shelf->n - 1; i >= 0; i--) {
        Done d;
        if (done_read(key_of(shelf, i), &d) && d.step > 0 && d.step < d.steps) {
            return i;
        }
    }
    return -1;
}

static int first_new(const Shelf *shelf)
{
    for (int i = 0; i < shelf->n; i++) {
        Done d;
        if (!done_read(key_of(shelf, i), &d) || d.step < d.steps) {
            return i;
        }
    }
    return 0;
}

static void list_lessons(Interp *I, const Shelf *shelf)
{
    FILE *out = session_of(I)->out;
    int begun = begun_lesson(shelf), next = first_new(shelf);
    fprintf(out, "lessons\n");
    for (int i = 0; i < shelf->n; i++) {
        list_lesson(I, shelf, i);
    }
    if (begun >= 0) {
        fprintf(out, "lesson resume goes on with lesson %d\n", number_of(shelf, begun));
    }
    if (begun != next) {
        fprintf(out, "lesson %d begins the %s\n", number_of(shelf, next),
                next == 0 ? "first" : "next");
    }
}

/* --- taking one --- */

static bool anything_bound(const Session *s)
{
    for (int i = 0, n = interp_symbols(s->interp); i < n; i++) {
        if (interp_get(s->interp, i).tag != V_UNSET) {
            return true;
        }
    }
    return false;
}

static void say_begun(const Session *s, bool kept)
{
    if (!session_is(s, FRONT_PERSON)) {
        return;
    }
    if (kept) {
        fputs("the lesson has an empty session of its own; lesson stop brings yours back\n",
              s->out);
    }
    fprintf(s->out, "%s%s\n",
            session_is(s, FRONT_BUTTONS) ? "each cell offers the next"
                                         : "Enter runs the line shown",
            kept ? "" : "; lesson stop leaves");
}

static bool begin(Interp *I, const Call *c, const char *path, const char *ending, const char *key)
{
    Session *s = session_of(I);
    NbErr err = {0};
    Player *p = player_open(I, path, &err);
    if (!p) {
        return interp_fail_err(I, c->node, &err);
    }
    bool kept = player_has_session(s) || anything_bound(s);
    if (kept && !player_keep_session(s, &err)) {
        player_free(&p);
        interp_fail_err(I, c->node, &err);
        return interp_hint(I, "a lesson has a session of its own; restart empties yours");
    }
    player_ending(p, ending);
    if (key) {
        player_keep(p, key);
    }
    player_set(s, p);
    if (anything_bound(s)) {
        session_restart(s);
    }
    say_begun(s, kept);
    return true;
}

static bool begin_at(Interp *I, const Call *c, const Shelf *shelf, int i)
{
    char path[PATH_CAP], ending[192];
    int number = number_of(shelf, i);
    if (!shelf_path(shelf, i, path, sizeof path)) {
        return interp_fail(I, c->node, NB_EIO, "lesson: the path of lesson %d is too long", number);
    }
    int next = i + 1 < shelf->n ? number_of(shelf, i + 1) : 0;
    snprintf(ending, sizeof ending,
             next ? "end of lesson %d; lesson %d goes on" : "end of lesson %d", number, next);
    return begin(I, c, path, ending, key_of(shelf, i));
}

static bool begin_number(Interp *I, const Call *c, const Shelf *shelf, int number)
{
    int i = find_number(shelf, number);
    if (i < 0) {
        interp_fail(I, c->node, NB_ENAME, "lesson: no lesson %d", number);
        return interp_hint(I, "lesson alone lists them");
    }
    return begin_at(I, c, shelf, i);
}

static bool begin_file(Interp *I, const Call *c, const char *name)
{
    char path[PATH_CAP], ending[PATH_CAP + 16];
    const char *found = session_find_file(session_of(I), name, path, sizeof path);
    snprintf(ending, sizeof ending, "end of %s", name);
    return begin(I, c, found, ending, NULL);
}

/* The lesson that was left in the middle, at the step that was reached. */
static bool resume(Interp *I, const Call *c, const Shelf *shelf)
{
    Session *s = session_of(I);
    int i = begun_lesson(shelf);
    Done d;
    if (i < 0 || !done_read(key_of(shelf, i), &d)) {
        interp_fail(I, c->node, NB_EVALUE, "lesson resume: no lesson was left in the middle");
        return interp_hint(I, "lesson alone lists them");
    }
    if (!begin_at(I, c, shelf, i)) {
        return false;
    }
    if (session_is(s, FRONT_PERSON)) {
        PlayerCount n = player_count(player_now(s));
        player_move(s, PLAYER_GOTO, d.steps == n.steps ? d.step + 1 : 1);
    }
    return true;
}

/* --- moving in it --- */

static const struct {
    const char *word;
    PlayerMove move;
    bool counted;
} moves[] = {{"next", PLAYER_NEXT, true},
             {"back", PLAYER_BACK, true},
             {"goto", PLAYER_GOTO, true},
             {"again", PLAYER_GOTO, false},
             {"stop", PLAYER_STOP, false}};

static bool count_of(Interp *I, const Call *c, const char *word, int *count)
{
    double x = 1;
    if (c->argc > 1) {
        Value v = c->argv[1];
        char *end = NULL;
        x = value_is_number(v)                 ? value_number(v)
            : v.tag == V_STR && v.str->text[0] ? strtod(v.str->text, &end)
                                               : 0;
        x = end && *end ? 0 : x;
    }
    if (!(x >= 1 && x <= STEPS_MAX && x == (int)x)) {
        return interp_fail(I, c->node, NB_EVALUE, "lesson %s: expected a whole number from 1 on",
                           word);
    }
    *count = (int)x;
    return true;
}

static bool move(Interp *I, const Call *c, const char *word, bool *known)
{
    Session *s = session_of(I);
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if (strcmp(word, moves[i].word) != 0) {
            continue;
        }
        int count = 1;
        *known = true;
        if (!player_now(s) && !(moves[i].move == PLAYER_STOP && player_has_session(s))) {
            interp_fail(I, c->node, NB_EVALUE, "lesson %s: no lesson runs", word);
            return interp_hint(I, "lesson alone lists them");
        }
        if (moves[i].counted && !count_of(I, c, word, &count)) {
            return false;
        }
        player_move(s, moves[i].move, count);
    }
    return true;
}

static bool choose(Interp *I, const Call *c, const Shelf *shelf)
{
    const char *word = c->argv[0].tag == V_STR ? c->argv[0].str->text : "";
    bool known = false;
    if (!move(I, c, word, &known) || known) {
        return known && !interp_error(I)->err.code;
    }
    if (c->argc > 1) {
        return interp_fail(I, c->node, NB_EVALUE, "lesson %s: one word is enough", word);
    }
    if (strcmp(word, "resume") == 0) {
        return resume(I, c, shelf);
    }
    if (word[0] && strspn(word, "0123456789") == strlen(word)) {
        return begin_number(I, c, shelf, atoi(word));
    }
    return begin_file(I, c, word);
}

static bool cmd_lesson(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    Shelf shelf;
    if (c->node != s->unit.node || s->depth > 0) {
        return interp_fail(I, c->node, NB_EVALUE, "lesson stands alone, not in a block or file");
    }
    bool found = shelf_open(&shelf), ok = true;
    if (c->argc > 0) {
        ok = choose(I, c, &shelf);
    } else if (found) {
        list_lessons(I, &shelf);
    } else {
        interp_fail(I, c->node, NB_EIO, "lesson: the lessons are not installed");
        ok =
            interp_hint(I, "NABLA_LESSONS may name their folder; lesson \"FILE\" plays any script");
    }
    shelf_close(&shelf);
    return ok;
}

static const Builtin rows[] = {
    {"lesson",
     B_FILE | B_COMMAND | B_WORDS | B_PERSON,
     0,
     2,
     {{0}},
     cmd_lesson,
     "session",
     "lesson [N|resume|\"FILE\"|next|back|again|stop]",
     "Lists the lessons and what you have done, or begins one: it shows texts and types "
     "statements, Enter runs them, and lines of your own may come between. next runs a step "
     "silently, a task with its answer; back returns to the step before, with the session as it "
     "was; again starts over; goto 5 goes to the fifth step; stop leaves and brings back the "
     "session you had before. resume continues where you left off. Any script can be played; "
     "README tells how tasks and checks are written.",
     "lesson"},
};

Rows lesson_rows(void)
{
    return (Rows){rows, 1};
}

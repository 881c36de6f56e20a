/* lesson.c -- lessons: listing them, taking one, moving in it */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/table.h"
#include "session/player.h"
#include "session/report.h"

#define PATH_CAP 4096
#define LESSONS_MAX 99

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

static void list_lessons(Interp *I, const Shelf *shelf)
{
    char path[PATH_CAP];
    fprintf(session_of(I)->out, "lessons\n");
    for (int i = 0; i < shelf->n; i++) {
        NbErr err = {0};
        Player *p = shelf_path(shelf, i, path, sizeof path) ? player_open(I, path, &err) : NULL;
        fprintf(session_of(I)->out, "%6d  %s\n", number_of(shelf, i),
                p ? player_title(p) : err.msg);
        player_free(&p);
    }
    fprintf(session_of(I)->out, "lesson 1 begins the first\n");
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

static bool begin(Interp *I, const Call *c, const char *path, const char *ending)
{
    Session *s = session_of(I);
    NbErr err = {0};
    Player *p = player_open(I, path, &err);
    if (!p) {
        return interp_fail_err(I, c->node, &err);
    }
    player_ending(p, ending);
    player_set(s, p);
    s->restart = anything_bound(s);
    if (session_is(s, FRONT_PERSON)) {
        fprintf(s->out, "%s%s\n", s->restart ? "the lesson has an empty session; " : "",
                "Enter runs the line shown; lesson stop leaves");
    }
    return true;
}

static bool begin_number(Interp *I, const Call *c, const Shelf *shelf, int number)
{
    char path[PATH_CAP], ending[128];
    int i = find_number(shelf, number);
    if (i < 0 || !shelf_path(shelf, i, path, sizeof path)) {
        interp_fail(I, c->node, NB_ENAME, "lesson: no lesson %d", number);
        return interp_hint(I, "lesson alone lists them");
    }
    int next = i + 1 < shelf->n ? number_of(shelf, i + 1) : 0;
    snprintf(ending, sizeof ending,
             next ? "end of lesson %d; lesson %d goes on" : "end of lesson %d", number, next);
    return begin(I, c, path, ending);
}

static bool begin_file(Interp *I, const Call *c, const char *name)
{
    char path[PATH_CAP], ending[PATH_CAP + 16];
    const char *found = session_find_file(session_of(I), name, path, sizeof path);
    snprintf(ending, sizeof ending, "end of %s", name);
    return begin(I, c, found, ending);
}

/* --- moving in it --- */

static void go_on(Session *s)
{
    player_skip(player_now(s));
}

static void go_back(Session *s)
{
    player_again(player_now(s));
}

static void leave(Session *s)
{
    player_set(s, NULL);
    fprintf(s->out, "lesson left\n");
}

static const struct {
    const char *word;
    void (*run)(Session *s);
} moves[] = {{"next", go_on}, {"again", go_back}, {"stop", leave}};

static bool move(Interp *I, const Call *c, const char *word, bool *known)
{
    Session *s = session_of(I);
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if (strcmp(word, moves[i].word) == 0) {
            *known = true;
            if (!player_now(s)) {
                interp_fail(I, c->node, NB_EVALUE, "lesson %s: no lesson runs", word);
                return interp_hint(I, "lesson alone lists them");
            }
            player_moves(s);
            moves[i].run(s);
        }
    }
    return true;
}

static bool choose(Interp *I, const Call *c, const Shelf *shelf)
{
    const char *word = c->argv[0].tag == V_STR ? c->argv[0].str->text : "";
    bool known = false;
    if (word[0] && strspn(word, "0123456789") == strlen(word)) {
        return begin_number(I, c, shelf, atoi(word));
    }
    if (!move(I, c, word, &known)) {
        return false;
    }
    return known || begin_file(I, c, word);
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
     1,
     {{0}},
     cmd_lesson,
     "session",
     "lesson [N|\"FILE\"|next|again|stop]",
     "Lists the lessons, or begins one: it shows texts and types statements, Enter runs them, and "
     "lines of your own may come between. next leaves a step out, again starts the lesson over, "
     "stop leaves it. Any script can be played; README tells how tasks and checks are written.",
     "lesson"},
};

Rows lesson_rows(void)
{
    return (Rows){rows, 1};
}

/* grade_work.c -- the process of a sheet that is marked: its statements, then the grader's tasks */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/table.h"
#include "prompt/grade_internal.h"
#include "prompt/limit.h"
#include "prompt/signals.h"
#include "session/player.h"
#include "session/undo.h"

#define SAID_MOST 4096   /* bytes kept of what a task prints: why it failed is seen below them */
#define ERRORS_TOLD 5    /* of a sheet */
#define ERRORS_MOST 1000 /* then its statements end: somebody's text, not a script */

typedef struct Work {
    Session *s;
    const GradeJob *job;
    int to; /* results are written here */

    char said[SAID_MOST + 64]; /* what a task prints, cut */
    size_t n, lost;            /* bytes that are there, and that were cut */

    char failed[1200]; /* the last error … */
    NbStatus code;
    int line; /* … and where */

    bool sheet; /* its statements run: errors are told with their place */
    int statements, errors;
    char stopped[64]; /* why later statements of the sheet were not reached; "": they were */
} Work;

/* --- what is told --- */

static void take(void *user, bool err, const char *text, size_t n)
{
    Work *w = user;
    (void)err;
    if (w->sheet) {
        return;
    }
    size_t fits = n < SAID_MOST - w->n ? n : SAID_MOST - w->n;
    while (fits < n && fits > 0 && ((unsigned char)text[fits] & 0xC0) == 0x80) {
        fits--; /* a character is kept whole */
    }
    fits = w->lost > 0 ? 0 : fits;
    memcpy(w->said + w->n, text, fits);
    w->n += fits;
    w->lost += n - fits;
    w->said[w->n] = '\0';
}

static void told(void *user, const LangError *e, bool stopped)
{
    static const char assertion[] = "assertion failed: ";
    Work *w = user;
    bool own = strncmp(e->err.msg, assertion, sizeof assertion - 1) == 0;
    const char *msg = stopped ? "stopped" : e->err.msg + (own ? sizeof assertion - 1 : 0);
    const char *hint = e->err.hint;
    w->code = e->err.code;
    w->line = e->has_span ? e->line : w->line;
    if (w->sheet) {
        snprintf(w->failed, sizeof w->failed, "line %d: error: %s%s%s", w->line, e->err.msg,
                 hint[0] ? "\nhint: " : "", hint);
    } else {
        snprintf(w->failed, sizeof w->failed, "%s%s%s", msg, hint[0] ? "\nhint: " : "", hint);
    }
}

static void send(const Work *w, char kind, const char *text)
{
    size_t n = strlen(text), done = 0;
    char head[32];
    int len = snprintf(head, sizeof head, "%c%zu\n", kind, n);
    if (write(w->to, head, (size_t)len) != len) {
        _exit(1);
    }
    while (done < n) {
        ssize_t wrote = write(w->to, text + done, n - done);
        if (wrote < 0 && errno != EINTR) {
            _exit(1);
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
}

static _Noreturn void give_up(const Work *w, const char *why)
{
    send(w, 'x', why);
    _exit(0);
}

static void set_folder(Session *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    free(s->folder);
    s->folder = strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
}

static RunEnd run(Work *w, const char *code, const char *file, int line)
{
    w->n = w->lost = 0;
    w->said[0] = w->failed[0] = '\0';
    w->code = NB_OK;
    w->line = line;
    RunEnd end = session_run(w->s, code, strlen(code), file, line, 0);
    session_flush(w->s);
    return end;
}

static void go_on(Work *w)
{
    w->s->leave = w->s->leave_file = false;
    w->s->leave_status = 0;
}

/* --- the sheet --- */

static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return at + (*at == '\n');
}

/* Braces that a line opens, less those it closes. */
static int opened(const char *at)
{
    int n = 0;
    for (char quote = 0; *at && *at != '\n' && (quote || *at != '#'); at++) {
        if (quote == '"' && *at == '\\' && at[1] && at[1] != '\n') {
            at++;
        } else if (quote) {
            quote = *at == quote ? 0 : quote;
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else {
            n += (*at == '{') - (*at == '}');
        }
    }
    return n;
}

static bool stands_within(const char *at, size_t indent)
{
    const size_t n = strspn(at, " \t");
    return *at && (n > indent || (at[n] && strchr(")]}", at[n])));
}

/* Where reading goes on after a statement that cannot be read: behind its block; where that has no
 * end, or there is none, at the next line that does not look like a part of it. */
static const char *behind_wrong(const char *at, int *line)
{
    const size_t indent = strspn(at, " \t");
    const char *on = at;
    int depth = 0, lines = 0;
    do {
        depth += opened(on);
        on = next_line(on);
        lines++;
    } while (*on && depth > 0);
    if (lines == 1 || depth > 0) {
        for (on = next_line(at), lines = 1; stands_within(on, indent); lines++) {
            on = next_line(on);
        }
    }
    *line += lines;
    return on;
}

static bool can_be_read(const Work *w, const char *code)
{
    Program *p = interp_parse(w->s->interp, code, strlen(code), w->job->path, 1, false);
    const bool ok = p;
    program_unref(&p);
    return ok;
}

/* A statement failed; false when the sheet ends here. */
static bool tell_error(Work *w, RunEnd end, int line)
{
    const bool memory = end == RUN_LEAVE && w->code == NB_EMEM;
    const bool ends = end != RUN_ERROR && !memory;
    if (ends && !w->failed[0]) {
        snprintf(w->failed, sizeof w->failed, "line %d: quit ended the sheet", line);
    }
    if (ends || w->errors++ < ERRORS_TOLD) {
        send(w, 'n', w->failed);
    }
    if (ends || w->errors >= ERRORS_MOST) {
        snprintf(w->stopped, sizeof w->stopped, "not reached: stopped at line %d",
                 ends ? w->line : line);
        return false;
    }
    go_on(w);
    return true;
}

/* The statements from here on, the first of them on this line; returns where to read on, or NULL.
 */
static const char *run_statements(Work *w, const char *text, int *first)
{
    const char *path = w->job->path, *on = NULL;
    NbErr err = {0};
    Player *p = player_of_text(w->s->interp, path, text, strlen(text), &err);
    if (!p) {
        give_up(w, err.msg);
    }
    for (int i = 0, n = player_parts(p); !on && i < n; i++) {
        const char *code;
        int line;
        if (player_part_at(p, i, &code, &line) != PLAYER_CODE) {
            continue;
        }
        RunEnd end = run(w, code, path, *first + line - 1);
        w->statements++;
        if (end != RUN_OK && !tell_error(w, end, *first + line - 1)) {
            break;
        }
        if (end == RUN_ERROR && (strchr(code, '\n') || opened(code) > 0) && !can_be_read(w, code)) {
            on = text;
            for (int k = 1; k < line; k++) {
                on = next_line(on);
            }
            *first += line - 1;
            on = behind_wrong(on, first);
        }
    }
    player_free(&p);
    return on;
}

/* A slip costs what depends on it: the statements after one that failed run too. */
static void run_sheet(Work *w, const char *text)
{
    char more[64];
    int line = 1;
    for (const char *at = text; at;) {
        at = run_statements(w, at, &line);
    }
    if (w->errors > ERRORS_TOLD) {
        snprintf(more, sizeof more, "and %d more error%s", w->errors - ERRORS_TOLD,
                 w->errors > ERRORS_TOLD + 1 ? "s" : "");
        send(w, 'n', more);
    }
    if (w->statements == 0) {
        send(w, 'n', "the sheet is empty: there is no statement in it");
    }
}

/* --- the grader --- */

/* Whatever ended the one before, the next one has its own time. */
static void again(Work *w)
{
    limit_again(w->job->seconds);
    go_on(w);
    *w->s->interrupt = 0;
}

/* What was printed, then why it failed. */
static void send_wrong(Work *w)
{
    Text t = {0};
    char head[80];
    const char *why = w->failed[0] ? w->failed : "quit ended the task";
    /* a name that the rest of the sheet would have bound */
    const char *instead = w->stopped[0] && w->code == NB_ENAME ? w->stopped : why;
    text_add(&t, w->said);
    if (w->lost > 0) {
        snprintf(head, sizeof head, "%s(%zu more bytes were printed)\n",
                 w->n > 0 && w->said[w->n - 1] != '\n' ? "\n" : "", w->lost);
        text_add(&t, head);
    }
    text_add(&t, instead);
    send(w, 'w', t.failed ? why : text_str(&t));
    text_free(&t);
}

static void run_item(Work *w, const Grader *g, const GradeTask *t)
{
    char note[1400];
    again(w);
    int before = undo_count(w->s);
    RunEnd end = run(w, t->code, g->path, t->line);
    if (!t->title) {
        if (end != RUN_OK) {
            snprintf(note, sizeof note, "the grader's line %d: %s", w->line, w->failed);
            send(w, 'n', note);
        }
    } else if (end != RUN_OK) {
        send_wrong(w);
    } else {
        send(w, 'r', w->said);
        while (undo_count(w->s) > before && undo_step(w->s, false, NULL)) {
        }
    }
}

/* Nothing of the sheet's settings holds for the grader. */
static void for_grader(Work *w)
{
    const Grader *g = w->job->grader;
    NbErr ignored = {0};
    again(w);
    limit_memory(w->job->megabytes);
    w->sheet = false;
    safe_unseal(w->s);
    settings_defaults(&w->s->set, w->s->set.unicode);
    session_apply(w->s);
    safe_folder(w->s, g->path, &ignored);
    if (!interp_guard(w->s->interp)) {
        give_up(w, "out of memory");
    }
    set_folder(w->s, g->path);
}

static bool open_work(Work *w, Front *front)
{
    *front = (Front){.user = w, .write = take, .error = told};
    w->s = session_new(&commands_kit, signals_interrupt(), w->job->unicode);
    if (!w->s || !session_front(w->s, front)) {
        return false;
    }
    w->s->ending = signals_end();
    w->s->clock = limit_clock();
    return true;
}

/* The sheet's text, in a session that is for it alone. */
static char *begin(Work *w)
{
    const GradeJob *job = w->job;
    NbErr err = {0};
    size_t len = 0;
    safe_begin(w->s);
    if (!safe_folder(w->s, job->path, &err)) {
        give_up(w, err.msg);
    }
    char *text = job->text ? strdup(job->text) : session_read_file(w->s, job->path, &len, &err);
    if (!text) {
        give_up(w, err.code ? err.msg : "out of memory");
    }
    if (!job->text && strlen(text) != len) {
        give_up(w, "there are NUL bytes in it");
    }
    safe_seal(w->s, job->hidden);
    w->s->megabytes = job->megabytes;
    set_folder(w->s, job->path);
    if (!limit_time(job->seconds) || !limit_memory(job->megabytes)) {
        give_up(w, "the limits cannot be set");
    }
    return text;
}

void grade_work(const GradeJob *job, int to)
{
    Front front;
    Work w = {.job = job, .to = to, .sheet = true};
    if (!open_work(&w, &front)) {
        _exit(1);
    }
    char *text = begin(&w);
    run_sheet(&w, text);
    free(text);
    for_grader(&w);
    for (int i = 0; i < job->grader->n; i++) {
        run_item(&w, job->grader, &job->grader->item[i]);
    }
    _exit(0);
}

/* grade.c -- marks a sheet in a process of its own: its statements, then the grader's tasks */
#include "prompt/grade.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nabla/data.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/table.h"
#include "prompt/limit.h"
#include "prompt/signals.h"
#include "session/player.h"
#include "session/safe.h"
#include "session/undo.h"

#define OUTPUT_MOST ((size_t)64 << 10) /* bytes kept of what a task or a sheet prints */
#define PATIENCE 20.0                  /* s beyond all limits, until a process is killed */

/* --- the grader --- */

typedef struct Grader {
    const char *path;
    GradeTask *item; /* tasks and statements in order */
    int n, tasks;
    size_t cap;
} Grader;

static bool complain(const Grader *g, int line, const char *what, const char *hint)
{
    fprintf(stderr, "nabla: %s:%d: %s\n", g->path, line, what);
    fputs(hint ? hint : "", stderr);
    return false;
}

#define TASK_HINT "as in task \"the gradient\", points=2 { assert … }\n"

/* The string in quotes at *at, which moves behind it. NULL: none. New text. */
static char *take_string(const char **at)
{
    const char *s = *at;
    size_t n = 0;
    char *text = s[0] == '"' ? malloc(strlen(s) + 1) : NULL;
    if (!text) {
        return NULL;
    }
    for (s++; *s && *s != '"'; s++) {
        s += s[0] == '\\' && s[1] ? 1 : 0;
        text[n++] = *s;
    }
    text[n] = '\0';
    *at = *s ? s + 1 : s;
    return text;
}

static const char *skip(const char *s)
{
    return s + strspn(s, " \t\n");
}

/* task "title" [, points=N] { … }: its head becomes `if 1`, at the same place in its lines. */
static bool take_task(const Grader *g, GradeTask *t, char *code)
{
    const char *at = skip(code + strlen("task"));
    char *end = NULL;
    t->title = take_string(&at);
    t->points = 1;
    at = skip(at);
    if (t->title && *at == ',') {
        at = skip(at + 1);
        at = strncmp(at, "points", 6) == 0 ? skip(at + 6) : "";
        t->points = *at == '=' ? strtod(skip(at + 1), &end) : -1;
        at = end ? skip(end) : "";
    }
    if (!t->title || *at != '{' || !(t->points >= 0 && t->points < 1e9)) {
        return complain(g, t->line, "a task has a title, points, and a block", TASK_HINT);
    }
    for (char *block = code + (at - code), *c = code; c < block; c++) {
        *c = *c == '\n' ? '\n' : ' ';
    }
    memcpy(code, "if 1", 4);
    return true;
}

static bool begins_task(const char *code)
{
    return strncmp(code, "task", 4) == 0 && strchr(" \t\"{", code[4]) && code[4] &&
           strchr("\"{", skip(code + 4)[0]) && skip(code + 4)[0];
}

static GradeTask *add_item(Grader *g, int line)
{
    if (!nb_grow(&g->item, &g->cap, (size_t)g->n + 1, sizeof *g->item)) {
        complain(g, line, "out of memory", NULL);
        return NULL;
    }
    g->item[g->n] = (GradeTask){.line = line};
    return &g->item[g->n++];
}

/* The heads of tasks: what a line begins with. */
static bool take_tasks(Grader *g, char *text)
{
    int line = 1;
    for (char *at = text; *at; line++) {
        if (begins_task(at)) {
            GradeTask *t = add_item(g, line);
            if (!t || !take_task(g, t, at)) {
                return false;
            }
            g->tasks++;
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return g->tasks > 0 || complain(g, 1, "there is no task in the grader", TASK_HINT);
}

/* A block with comments at most: every sheet would get its points. */
static bool asks_nothing(const char *code)
{
    const char *at = strchr(code, '{');
    for (at = at ? at + 1 : ""; *at == '#' || strchr(" \t\n;", *at ? *at : '}');) {
        at += *at == '#' ? strcspn(at, "\n") : 1;
    }
    return *at == '}';
}

/* A statement of the grader, which may be a task's. */
static bool take_code(Session *s, Grader *g, const char *code, int line)
{
    GradeTask *t = NULL;
    for (int i = 0; i < g->n; i++) {
        t = g->item[i].title && g->item[i].line == line ? &g->item[i] : t;
    }
    if (t && asks_nothing(code)) {
        return complain(g, line, "this task asks for nothing", TASK_HINT);
    }
    t = t ? t : add_item(g, line);
    if (!t || !(t->code = strdup(code))) {
        return complain(g, line, "out of memory", NULL);
    }
    Program *p = interp_parse(s->interp, code, strlen(code), g->path, line, false);
    if (!p) {
        session_error(s, interp_error(s->interp), false);
    }
    bool ok = p;
    program_unref(&p);
    return ok;
}

static int by_line(const void *a, const void *b)
{
    const GradeTask *x = a, *y = b;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* Statements and tasks in order; one without code stands in a string or a block. */
static bool put_in_order(const Grader *g)
{
    qsort(g->item, (size_t)g->n, sizeof *g->item, by_line);
    for (int i = 0; i < g->n; i++) {
        if (!g->item[i].code) {
            return complain(g, g->item[i].line, "a task stands alone, not in a block", NULL);
        }
    }
    return true;
}

static bool grader_read(Session *s, Grader *g)
{
    NbErr err = {0};
    size_t len = 0;
    char *text = session_read_file(s, g->path, &len, &err);
    bool whole = text && strlen(text) == len;
    bool ok = (whole || (text && complain(g, 1, "there are NUL bytes in it", NULL))) &&
              take_tasks(g, text);
    Player *p = ok ? player_of_text(s->interp, g->path, text, len, &err) : NULL;
    if (err.code) {
        fprintf(stderr, "nabla: %s\n", err.msg);
    }
    free(text);
    ok = p;
    for (int i = 0, n = p ? player_parts(p) : 0; ok && i < n; i++) {
        const char *code;
        int line;
        if (player_part_at(p, i, &code, &line) == PLAYER_CODE) {
            ok = take_code(s, g, code, line);
        }
    }
    player_free(&p);
    return ok && put_in_order(g);
}

static void grader_free(Grader *g)
{
    for (int i = 0; i < g->n; i++) {
        free(g->item[i].title);
        free(g->item[i].code);
    }
    free(g->item);
}

/* --- in the process of a sheet --- */

typedef struct Work {
    Session *s;
    double seconds, megabytes;
    int to;     /* results are written here */
    char *said; /* what is printed, cut */
    size_t n;
    char failed[1200]; /* the last error */
    bool sheet;        /* its statements run: errors are told with their place */
} Work;

static void take(void *user, bool err, const char *text, size_t n)
{
    Work *w = user;
    (void)err;
    if (!w->sheet && w->said) {
        n = w->n + n < OUTPUT_MOST ? n : OUTPUT_MOST - w->n;
        memcpy(w->said + w->n, text, n);
        w->n += n;
        w->said[w->n] = '\0';
    }
}

static void told(void *user, const LangError *e, bool stopped)
{
    static const char assertion[] = "assertion failed: ";
    Work *w = user;
    bool own = strncmp(e->err.msg, assertion, sizeof assertion - 1) == 0;
    const char *msg = stopped ? "stopped" : e->err.msg + (own ? sizeof assertion - 1 : 0);
    const char *hint = e->err.hint;
    if (w->sheet && e->has_span) {
        snprintf(w->failed, sizeof w->failed, "line %d: error: %s%s%s", e->line, e->err.msg,
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

static void set_folder(Session *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    free(s->folder);
    s->folder = strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
}

static RunEnd run(Work *w, const char *code, const char *file, int line)
{
    w->n = 0;
    w->said[0] = '\0';
    w->failed[0] = '\0';
    RunEnd end = session_run(w->s, code, strlen(code), file, line, 0);
    session_flush(w->s);
    return end;
}

/* The statements of the sheet, up to the first that fails. */
static void run_sheet(Work *w, const char *path, const char *text, size_t len)
{
    NbErr err = {0};
    Player *p = player_of_text(w->s->interp, path, text, len, &err);
    RunEnd end = RUN_OK;
    for (int i = 0, n = p ? player_parts(p) : 0; end == RUN_OK && i < n; i++) {
        const char *code;
        int line;
        if (player_part_at(p, i, &code, &line) == PLAYER_CODE) {
            end = run(w, code, path, line);
        }
    }
    if (!p) {
        send(w, 'n', err.msg);
    } else if (end != RUN_OK) {
        send(w, 'n', w->failed[0] ? w->failed : "quit ended the sheet");
    }
    player_free(&p);
}

/* Whatever ended the one before, the next one has its own time. */
static void again(Work *w)
{
    limit_again(w->seconds);
    w->s->leave = w->s->leave_file = false;
    w->s->leave_status = 0;
    *w->s->interrupt = 0;
}

static void run_item(Work *w, const Grader *g, const GradeTask *t)
{
    again(w);
    int before = undo_count(w->s);
    RunEnd end = run(w, t->code, g->path, t->line);
    if (!t->title) {
        return;
    }
    if (end != RUN_OK) { /* what was printed, then why */
        size_t n = strlen(w->failed);
        const char *why = n > 0 ? w->failed : "quit ended the task";
        take(w, true, why, strlen(why));
    }
    send(w, end == RUN_OK ? 'r' : 'w', w->said);
    while (end == RUN_OK && undo_count(w->s) > before && undo_step(w->s, false, NULL)) {
    }
}

/* Nothing of the sheet's settings holds for the grader. */
static void for_grader(Work *w, const Grader *g)
{
    NbErr ignored = {0};
    again(w);
    limit_memory(w->megabytes);
    w->sheet = false;
    w->s->sealed = false;
    settings_defaults(&w->s->set, w->s->set.unicode);
    session_apply(w->s);
    safe_folder(w->s, g->path, &ignored);
    if (!interp_guard(w->s->interp)) {
        send(w, 'x', "out of memory");
        _exit(0);
    }
    set_folder(w->s, g->path);
}

static bool open_work(Work *w, bool unicode, Front *front)
{
    *front = (Front){.user = w, .write = take, .error = told};
    w->said = malloc(OUTPUT_MOST + 1);
    w->s = session_new(&commands_kit, signals_interrupt(), unicode);
    if (!w->said || !w->s || !session_front(w->s, front)) {
        return false;
    }
    w->s->ending = signals_end();
    w->s->clock = limit_clock();
    return true;
}

/* What the process does; it never returns. */
static void work(const Grader *g, const char *path, Work *w, bool unicode)
{
    NbErr err = {0};
    Front front;
    size_t len = 0;
    if (!open_work(w, unicode, &front)) {
        _exit(1);
    }
    safe_begin(w->s);
    char *text = safe_folder(w->s, path, &err) ? session_read_file(w->s, path, &len, &err) : NULL;
    if (!text) {
        send(w, 'x', err.msg);
        _exit(0);
    }
    w->s->sealed = true;
    w->s->megabytes = w->megabytes;
    set_folder(w->s, path);
    if (!limit_time(w->seconds) || !limit_memory(w->megabytes)) {
        send(w, 'x', "the limits cannot be set");
        _exit(0);
    }
    w->sheet = true;
    run_sheet(w, path, text, len);
    free(text);
    for_grader(w, g);
    for (int i = 0; i < g->n; i++) {
        run_item(w, g, &g->item[i]);
    }
    _exit(0);
}

/* --- in the first process --- */

/* Everything that the process writes, within its time; false when it was killed. */
static bool collect(int fd, pid_t pid, double seconds, Text *all)
{
    double until = nb_seconds() + seconds;
    char part[4096];
    for (;;) {
        double left = until - nb_seconds();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = left > 0 ? poll(&p, 1, left < 1 ? (int)(1000 * left) + 1 : 1000) : 0;
        if (left <= 0 || *signals_interrupt()) {
            kill(pid, SIGKILL);
            return false;
        }
        ssize_t n = ready > 0 ? read(fd, part, sizeof part) : -1;
        if (ready > 0 && n == 0) {
            return true;
        }
        text_addn(all, part, n > 0 ? (size_t)n : 0);
    }
}

/* The results as the process sent them; false when one is missing. */
static bool take_results(const char *at, GradeSheet *sheet, int tasks)
{
    int done = 0;
    while (*at) {
        char kind = at[0], *end;
        size_t n = strtoull(at + 1, &end, 10);
        if (*end != '\n' || strlen(end + 1) < n) {
            return false;
        }
        char *text = strndup(end + 1, n);
        at = end + 1 + n;
        if (kind == 'n' || kind == 'x') {
            free(sheet->note);
            sheet->note = text;
            sheet->graded = kind == 'n';
        } else if (done < tasks) {
            sheet->mark[done++] = (GradeMark){kind == 'r', text};
        } else {
            free(text);
        }
    }
    return done == tasks;
}

static void grade_sheet(const Grader *g, const Grading *how, bool unicode, GradeSheet *sheet)
{
    Work w = {.seconds = how->seconds > 0 ? how->seconds : GRADE_SECONDS,
              .megabytes = how->megabytes > 0 ? how->megabytes : GRADE_MEGABYTES};
    int fd[2];
    sheet->graded = true;
    fflush(NULL);
    pid_t pid = pipe(fd) == 0 ? fork() : -1;
    if (pid < 0) {
        sheet->graded = false;
        sheet->note = strdup(strerror(errno));
        return;
    }
    if (pid == 0) {
        close(fd[0]);
        w.to = fd[1];
        work(g, sheet->file, &w, unicode);
    }
    close(fd[1]);
    Text all = {0};
    bool whole = collect(fd[0], pid, (g->n + 1) * (w.seconds + 1) + PATIENCE, &all);
    int status = 0;
    waitpid(pid, &status, 0);
    close(fd[0]);
    bool complete = take_results(text_str(&all), sheet, g->tasks);
    if (!complete && sheet->graded && !sheet->note) {
        bool limit = !whole || (WIFEXITED(status) && WEXITSTATUS(status) == SESSION_LIMIT);
        sheet->note = strdup(limit ? "the time limit was reached" : "it ended before its end");
    }
    text_free(&all);
}

static GradeTask *tasks_of(const Grader *g)
{
    GradeTask *task = calloc((size_t)g->tasks, sizeof *task);
    for (int i = 0, k = 0; task && i < g->n; i++) {
        if (g->item[i].title) {
            task[k++] = g->item[i];
        }
    }
    return task;
}

static int grade_all(const Grader *g, const Grading *how, bool unicode)
{
    GradeTask *task = tasks_of(g);
    GradeSheet *sheet = calloc((size_t)how->n, sizeof *sheet);
    bool ok = task && sheet;
    int status = ok ? 0 : 1;
    for (int i = 0; ok && i < how->n; i++) {
        sheet[i].file = how->sheet[i];
        sheet[i].mark = calloc((size_t)g->tasks, sizeof *sheet[i].mark);
        ok = sheet[i].mark;
        if (ok && !*signals_interrupt()) {
            grade_sheet(g, how, unicode, &sheet[i]);
            status = sheet[i].graded ? status : 1;
        }
    }
    if (ok && *signals_interrupt()) {
        status = 130;
    } else if (ok) {
        grade_report(stdout, how->form, unicode, task, g->tasks, sheet, how->n);
    }
    for (int i = 0; sheet && i < how->n; i++) {
        for (int k = 0; sheet[i].mark && k < g->tasks; k++) {
            free(sheet[i].mark[k].output);
        }
        free(sheet[i].mark);
        free(sheet[i].note);
    }
    free(sheet);
    free(task);
    return status;
}

int grade_run(Session *s, const Grading *how)
{
    Grader g = {.path = how->grader};
    int status = grader_read(s, &g) ? grade_all(&g, how, s->set.unicode) : 1;
    grader_free(&g);
    return status;
}

/* run.c -- runs .nabla files that carry their expected output beside the lines */

/* A file is a list of sections, each one session of its own:
 *
 *   #---- title          a new section; what follows runs in a new session
 *   #--                  the same under the title before, for many short ones
 *   x, y = 2, 3          lines of the program
 *   #> x = 2   y = 3     the next line on stdout is exactly this
 *   #! note: …           the next line on stderr is exactly this
 *   #>~ wrote *.png *    a pattern (* ? […]) instead of an exact line; #!~ for stderr
 *   #= 3                 the exit status; without it 1 when a `#!` line has an error, else 0
 *   #@ args --digits=3   further arguments for the program
 *   #@ only script       run in one way only: script or pipe
 *   #@ pytorch --ddp     translated with --pytorch and these arguments, as a script only; the #>
 *                        lines are the end of stdout, helpers and imports may stand before them
 *   #@ file NAME TEXT    make this file first; \n \t \r in TEXT are one character
 *   #@ has NAME TEXT     afterwards the file NAME contains TEXT
 *   #@ same A B          afterwards the files A and B are equal
 *
 * Lines that begin with `#>`, `#!`, `#=`, `#@` or `#--` are taken out, so line numbers in messages
 * count the lines of the section's program from 1. Every section runs twice: as a script
 * (`nabla --echo section.nabla`) and statement by statement (`nabla --echo < section`).
 * Positions are compared without the file: `#! 3:5: error: …` in a script; reading from a pipe
 * they are left out when the program leaves them out.
 *
 * With NB_ONCE=1 a section that can runs only one of these ways, and the next one the other.
 * With NB_JOBS=n so many processes share the sections between them, each with files of its own.
 *
 * NB_BARE=1 is for a program without pango and Graphviz: a run that fails after saying so
 * is neither passed nor failed, and is counted apart.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/proc.h"

#define MAX_LINES 400
#define MAX_NOTES 16
#define TIME_LIMIT 60
#define MAX_JOBS 64

typedef struct Line {
    char *text;
    int at; /* line of the test file */
    bool pattern;
} Line;

typedef struct Expect {
    Line line[MAX_LINES];
    int n;
} Expect;

typedef struct Section {
    char title[160];
    char *code;
    size_t ncode;
    int at;
    Expect out, err;
    int status; /* -1: by the rule */
    bool script, pipe, tail;
    char *note[MAX_NOTES]; /* what stands after #@ */
    int notes;
} Section;

typedef struct Totals {
    int passed, failed, skipped;
    int job, jobs; /* of the sections, each jobs-th, from the job-th on */
    int section;
    bool once;   /* one way only */
    char *names; /* of failed tests, one a line */
    size_t nnames;
} Totals;

static void die(const char *file, int at, const char *why)
{
    fprintf(stderr, "%s:%d: %s\n", file, at, why);
    exit(2);
}

static void append(char **text, size_t *len, const char *more)
{
    size_t n = strlen(more);
    char *grown = realloc(*text, *len + n + 1);
    if (!grown) {
        die("run.c", 0, "out of memory");
    }
    memcpy(grown + *len, more, n + 1);
    *text = grown;
    *len += n;
}

static char *copy(const char *text)
{
    char *c = NULL;
    size_t n = 0;
    append(&c, &n, text);
    return c;
}

/* --- reading the file --- */

static void expect_line(Expect *e, const char *text, int at, const char *file)
{
    if (e->n == MAX_LINES) {
        die(file, at, "too many expected lines in one section");
    }
    Line *l = &e->line[e->n++];
    l->at = at;
    l->pattern = *text == '~';
    text += l->pattern;
    l->text = copy(*text == ' ' ? text + 1 : text);
}

static void note_line(Section *s, const char *text, int at, const char *file)
{
    text += strspn(text, " ");
    if (s->notes == MAX_NOTES) {
        die(file, at, "too many #@ lines in one section");
    }
    if (strcmp(text, "only script") == 0) {
        s->pipe = false;
    } else if (strcmp(text, "only pipe") == 0) {
        s->script = false;
    } else if (strcmp(text, "pytorch") == 0 || strncmp(text, "pytorch ", 8) == 0) {
        char arguments[300];
        snprintf(arguments, sizeof arguments, "args --%s", text);
        s->pipe = false;
        s->tail = true;
        s->note[s->notes++] = copy(arguments);
    } else {
        s->note[s->notes++] = copy(text);
    }
}

static void section_begin(Section *s, const char *title, int at)
{
    memset(s, 0, sizeof *s);
    snprintf(s->title, sizeof s->title, "%s", title);
    s->at = at;
    s->status = -1;
    s->script = s->pipe = true;
}

static void expect_free(Expect *e)
{
    for (int i = 0; i < e->n; i++) {
        free(e->line[i].text);
    }
}

static void section_end(Section *s)
{
    expect_free(&s->out);
    expect_free(&s->err);
    for (int i = 0; i < s->notes; i++) {
        free(s->note[i]);
    }
    free(s->code);
}

/* One line of the file into the section. */
static void section_line(Section *s, const char *line, int at, const char *file)
{
    if (strncmp(line, "#>", 2) == 0) {
        expect_line(&s->out, line + 2, at, file);
    } else if (strncmp(line, "#!", 2) == 0) {
        expect_line(&s->err, line + 2, at, file);
    } else if (strncmp(line, "#=", 2) == 0) {
        s->status = atoi(line + 2);
    } else if (strncmp(line, "#@", 2) == 0) {
        note_line(s, line + 2, at, file);
    } else {
        append(&s->code, &s->ncode, line);
        append(&s->code, &s->ncode, "\n");
    }
}

/* --- comparing --- */

/* Removes the file, and without `keep` the position too, from the place an error names. */
static void drop_place(char *line, bool keep)
{
    const char *const mark[] = {": error:", "called from "};
    char *p = line, *end = strstr(line, mark[0]);
    if (!end) {
        if (strncmp(line + strspn(line, " "), mark[1], strlen(mark[1])) != 0) {
            return;
        }
        p = line + strspn(line, " ") + strlen(mark[1]);
        end = p + strcspn(p, " ");
    }
    char *start = end; /* back over :line:column */
    int colons = 0;
    while (start > p && (isdigit((unsigned char)start[-1]) || (start[-1] == ':' && colons < 2))) {
        colons += start[-1] == ':';
        start--;
    }
    if (*start == ':') {
        start++;
    }
    char *from = keep ? start : end[0] == ':' ? end + 2 : end;
    memmove(p, from, strlen(from) + 1);
}

static bool same(const Line *want, const char *got, bool keep)
{
    char w[2048], g[2048];
    snprintf(w, sizeof w, "%s", want->text);
    snprintf(g, sizeof g, "%s", got);
    drop_place(w, keep);
    drop_place(g, keep);
    char *message = strstr(w, "error: ");
    if (!keep && message && isdigit((unsigned char)*w)) { /* a pattern such as 3:* error: … */
        memmove(w, message, strlen(message) + 1);
    }
    if (strcmp(w, g) == 0) {
        return true;
    }
    return want->pattern && fnmatch(w, g, 0) == 0;
}

/* The last n lines of a text, or all. */
static char *last_lines(char *text, int n)
{
    char *at = text + strlen(text);
    at -= at > text;
    while (at > text && !(at[-1] == '\n' && --n == 0)) {
        at--;
    }
    return at;
}

/* Number of differences shown: 0 or 1 a stream. */
static int compare(const char *file, const char *stream, const Expect *want, char *text, bool keep)
{
    char *rest = text;
    for (int i = 0; *rest || i < want->n; i++) {
        char *line = *rest ? rest : NULL;
        if (line) {
            char *nl = strchr(line, '\n');
            rest = nl ? nl + 1 : line + strlen(line);
            if (nl) {
                *nl = 0;
            }
        }
        if (i < want->n && line && same(&want->line[i], line, keep)) {
            continue;
        }
        if (i < want->n) {
            fprintf(stderr, "%s:%d: %s differs\n    wanted: %s\n", file, want->line[i].at, stream,
                    want->line[i].text);
        } else {
            fprintf(stderr, "%s: more on %s than expected\n", file, stream);
        }
        fprintf(stderr, "    got:    %s\n", line ? line : "(nothing more)");
        for (int more = 0; more < 6 && *rest; more++) {
            size_t n = strcspn(rest, "\n");
            fprintf(stderr, "            %.*s\n", (int)n, rest);
            rest += n + (rest[n] != 0);
        }
        return 1;
    }
    return 0;
}

static int expected_status(const Section *s)
{
    if (s->status >= 0) {
        return s->status;
    }
    for (int i = 0; i < s->err.n; i++) {
        if (strstr(s->err.line[i].text, "error: ")) {
            return 1;
        }
    }
    return 0;
}

/* --- running --- */

static char *unescape(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        const char *which = p[0] == '\\' && p[1] ? strchr("ntr", p[1]) : NULL;
        if (which) {
            *to++ = *which == 'n' ? '\n' : *which == 't' ? '\t' : '\r';
            p++;
        } else {
            *to++ = *p;
        }
    }
    *to = 0;
    return text;
}

/* The #@ lines that make files, or (after) those that look at them. Returns mismatches. */
static int notes_run(const Section *s, const char *dir, const char *file, bool after)
{
    int bad = 0;
    for (int i = 0; i < s->notes; i++) {
        char word[16] = "", name[128] = "", path[1200], other[1200];
        int used = 0;
        if (sscanf(s->note[i], "%15s %127s %n", word, name, &used) < 2) {
            die(file, s->at, "a #@ line needs a word and a name");
        }
        const char *rest = s->note[i] + used;
        snprintf(path, sizeof path, "%s/%s", dir, name);
        if (strcmp(word, "file") == 0 && !after) {
            char *text = unescape(copy(rest));
            proc_write_file(path, text);
            free(text);
        } else if (strcmp(word, "has") == 0 && after) {
            char *text = proc_read_file(path, NULL);
            if (!text || !strstr(text, rest)) {
                fprintf(stderr, "%s:%d: %s does not contain: %s\n", file, s->at, name, rest);
                bad++;
            }
            free(text);
        } else if (strcmp(word, "same") == 0 && after) {
            size_t na = 0, nb = 0;
            snprintf(other, sizeof other, "%s/%s", dir, rest);
            char *a = proc_read_file(path, &na), *b = proc_read_file(other, &nb);
            if (!a || !b || na != nb || memcmp(a, b, na) != 0) {
                fprintf(stderr, "%s:%d: %s and %s differ\n", file, s->at, name, rest);
                bad++;
            }
            free(a);
            free(b);
        }
    }
    return bad;
}

static int add_arguments(const Section *s, const char **argv, int n, char *text, size_t cap)
{
    for (int i = 0; i < s->notes; i++) {
        if (strncmp(s->note[i], "args ", 5) == 0) {
            snprintf(text, cap, "%s", s->note[i] + 5);
            for (char *w = strtok(text, " "); w && n < 20; w = strtok(NULL, " ")) {
                argv[n++] = w;
            }
        }
    }
    return n;
}

typedef enum Outcome { PASSED, FAILED, SKIPPED } Outcome;

/* The program said that it has no drawing libraries, and that is no fault here. */
static bool lacks_pictures(const char *err)
{
    return getenv("NB_BARE") &&
           (strstr(err, "pango cannot be loaded") || strstr(err, "no setting font of this value") ||
            strstr(err, "the graph layout process ended early"));
}

static Outcome run_once(const Section *s, const char *file, bool script, int job)
{
    char dir[512], path[1200], arguments[512];
    const char *argv[24] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window",
                            "--echo"};
    int n = add_arguments(s, argv, 4, arguments, sizeof arguments);
    snprintf(dir, sizeof dir, "%s/lang%d", proc_env("NB_TMP", "build/tmp"), job);
    snprintf(path, sizeof path, "%s/section.nabla", dir);
    const char *code = s->code ? s->code : "";
    if (!proc_fresh_dir(dir) || !proc_write_file(path, code)) {
        die(dir, 0, "cannot be written");
    }
    notes_run(s, dir, file, false);
    if (script) {
        argv[n++] = "section.nabla";
    }
    Proc p;
    if (!proc_run(argv, dir, script ? NULL : code, TIME_LIMIT, &p)) {
        die(argv[0], 0, "cannot be run");
    }
    const bool lacks = lacks_pictures(p.err); /* comparing cuts the text up */
    char *out = s->tail && s->out.n > 0 ? last_lines(p.out, s->out.n) : p.out;
    int bad = compare(file, "stdout", &s->out, out, script);
    bad += compare(file, "stderr", &s->err, p.err, script);
    if (p.timed_out) {
        fprintf(stderr, "%s:%d: not done after %d s\n", file, s->at, TIME_LIMIT);
        bad++;
    } else if (p.status != expected_status(s)) {
        fprintf(stderr, "%s:%d: exit status %d, expected %d\n", file, s->at, p.status,
                expected_status(s));
        bad++;
    }
    bad += notes_run(s, dir, file, true);
    proc_free(&p);
    return bad == 0 ? PASSED : lacks ? SKIPPED : FAILED;
}

static void section_run(const Section *s, const char *file, Totals *t)
{
    const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    const char *filter = getenv("K");
    const char *const mark[] = {"      OK", " FAILED ", " SKIPPED"};
    const bool mine = t->section % t->jobs == t->job, once = s->script && s->pipe && t->once;
    const int way = t->section++ / t->jobs % 2;
    if (!mine) {
        return;
    }
    for (int script = 1; script >= 0; script--) {
        if (!(script ? s->script : s->pipe) || (once && script != way)) {
            continue;
        }
        char name[300];
        snprintf(name, sizeof name, "%s: %s (%s)", base, s->title, script ? "script" : "pipe");
        if (filter && *filter && fnmatch(filter, name, 0) != 0) {
            continue;
        }
        printf("[ RUN      ] %s\n", name);
        fflush(stdout);
        const Outcome got = run_once(s, file, script, t->job);
        printf("[ %s ] %s\n", mark[got], name);
        t->passed += got == PASSED;
        t->skipped += got == SKIPPED;
        if (got == FAILED && getenv("NB_STOP")) { /* one failure says enough: make mutants */
            exit(1);
        }
        if (got == FAILED) {
            t->failed++;
            append(&t->names, &t->nnames, "[  FAILED  ] ");
            append(&t->names, &t->nnames, name);
            append(&t->names, &t->nnames, "\n");
        }
    }
}

static void run_file(const char *file, Totals *t)
{
    char *text = proc_read_file(file, NULL);
    if (!text) {
        die(file, 0, "cannot be read");
    }
    Section *s = malloc(sizeof *s);
    char title[120] = "";
    int at = 0, part = 0;
    bool open = false;
    for (char *line = text, *next; s && *line; line = next) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        line[n] = 0;
        at++;
        if (strncmp(line, "#--", 3) != 0) {
            if (open) {
                section_line(s, line, at, file);
            }
            continue;
        }
        if (open) {
            section_run(s, file, t);
            section_end(s);
        }
        const char *name = line + strspn(line, "#- ");
        if (*name) {
            snprintf(title, sizeof title, "%s", name);
            part = 1;
            section_begin(s, title, at);
        } else {
            char numbered[160];
            snprintf(numbered, sizeof numbered, "%s, %d", title, ++part);
            section_begin(s, numbered, at);
        }
        open = true;
    }
    if (open) {
        section_run(s, file, t);
        section_end(s);
    }
    free(s);
    free(text);
}

static int run_files(int argc, char **argv, int job, int jobs)
{
    Totals t = {.job = job, .jobs = jobs, .once = getenv("NB_ONCE") != NULL};
    for (int i = 1; i < argc; i++) {
        run_file(argv[i], &t);
    }
    printf("[==========] %d test(s) run.\n", t.passed + t.failed);
    printf("[  PASSED  ] %d test(s).\n", t.passed);
    if (t.skipped) {
        printf("[  SKIPPED ] %d test(s): without pango and Graphviz.\n", t.skipped);
    }
    if (t.failed) {
        printf("[  FAILED  ] %d test(s), listed below:\n%s", t.failed, t.names);
    }
    free(t.names);
    return t.failed ? 1 : 0;
}

/* --- side by side --- */

static const char *path_of(const char *what, int job, char *path, size_t cap)
{
    snprintf(path, cap, "%s/%s%d", proc_env("NB_TMP", "build/tmp"), what, job);
    return path;
}

/* What it prints goes to a file; ticks of lessons and history are not shared. */
static pid_t job_begin(int argc, char **argv, int job, int jobs)
{
    char path[1200];
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    if (!freopen(path_of("lang.out", job, path, sizeof path), "w", stdout) ||
        dup2(STDOUT_FILENO, STDERR_FILENO) < 0) {
        die(path, 0, "cannot be written");
    }
    setenv("XDG_STATE_HOME", path_of("lang.state", job, path, sizeof path), 1);
    setenv("NABLA_HISTORY", path_of("lang.history", job, path, sizeof path), 1);
    exit(run_files(argc, argv, job, jobs));
}

/* 1 when its end was not that of tests which all passed. */
static int job_end(pid_t pid, int job)
{
    char path[1200];
    int status = 0;
    bool ended = pid > 0 && waitpid(pid, &status, 0) == pid;
    char *text = proc_read_file(path_of("lang.out", job, path, sizeof path), NULL);
    fputs(text ? text : "", stdout);
    free(text);
    if (!ended || !WIFEXITED(status)) {
        printf("[  FAILED  ] 1 test(s), listed below:\njob %d died\n", job);
    }
    return !ended || status != 0;
}

int main(int argc, char **argv)
{
    pid_t pid[MAX_JOBS];
    int jobs = atoi(proc_env("NB_JOBS", "1")), bad = 0;
    jobs = jobs > MAX_JOBS ? MAX_JOBS : jobs;
    if (jobs < 2) {
        return run_files(argc, argv, 0, 1);
    }
    for (int i = 0; i < jobs; i++) {
        pid[i] = job_begin(argc, argv, i, jobs);
    }
    for (int i = 0; i < jobs; i++) {
        bad += job_end(pid[i], i);
    }
    return bad ? 1 : 0;
}

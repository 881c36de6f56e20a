/* jobs.c -- what there is to run: suites of programs, the language, fuzzers; how long each took */
#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static Job *job_add(Runner *r, const char *part, const char *suite)
{
    if (r->jobs == MAX_JOBS) {
        die("jobs", "too many");
    }
    Job *j = &r->job[r->jobs++];
    snprintf(j->name, sizeof j->name, "%s%s%s", part, *suite ? "/" : "", suite);
    snprintf(j->folder, sizeof j->folder, "%s%s%s", part, *suite ? "-" : "", suite);
    return j;
}

static void word(Job *j, const char *text)
{
    if (j->argc + 1 >= MAX_WORDS || !(j->argv[j->argc++] = strdup(text))) {
        die(j->name, "too many words");
    }
}

/* Words before a program. */
void checker(const Runner *r, Job *j)
{
    const char *const words[] = {"valgrind",
                                 "-q",
                                 "--vgdb=no",
                                 "--error-exitcode=99",
                                 "--leak-check=full",
                                 "--num-callers=24",
                                 "--show-leak-kinds=definite,indirect",
                                 "--errors-for-leak-kinds=definite,indirect",
                                 "--gen-suppressions=all"};
    char text[PATH_MAX * 2];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        word(j, words[i]);
    }
    snprintf(text, sizeof text, "--suppressions=%s/tests/valgrind.supp", r->root);
    word(j, text);
    snprintf(text, sizeof text, "--log-file=%s/%s/reports/%%p", r->tmp, j->folder);
    word(j, text);
}

/* The suites of a folder's program, or the one asked for. */
static void add_suites(Runner *r, const char *part, const char *only)
{
    char program[PATH_MAX], line[128], command[PATH_MAX + 16];
    snprintf(program, sizeof program, "%s/tests/%s/run", r->build, part);
    snprintf(command, sizeof command, "'%s' --suites", program);
    FILE *f = access(program, X_OK) == 0 ? popen(command, "r") : NULL;
    int met = 0;
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (*only && strcmp(only, line) != 0) {
            continue;
        }
        Job *j = job_add(r, part, line);
        const bool outside = strcmp(part, "pty") == 0 || strcmp(part, "samples") == 0 ||
                             strcmp(part, "torture") == 0;
        if (r->valgrind && !outside) {
            checker(r, j);
        }
        word(j, program);
        word(j, line);
        met++;
    }
    if (!f || pclose(f) != 0 || met == 0) {
        die(program, "has no such suite, or was not built");
    }
}

/* The files of tests that a pattern names, in order. */
static void files_of(const char *pattern, glob_t *g)
{
    if (glob(pattern, 0, NULL, g) != 0) {
        die(pattern, "no such file");
    }
}

static void add_language(Runner *r)
{
    char path[PATH_MAX];
    glob_t g;
    Job *j = job_add(r, "lang", "");
    snprintf(path, sizeof path, "%s/tests/lang/run", r->build);
    word(j, path);
    files_of("tests/lang/*.nabla", &g);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        word(j, g.gl_pathv[i]);
    }
    globfree(&g);
}

static void add_fuzzers(Runner *r)
{
    char path[PATH_MAX], name[64];
    glob_t g;
    files_of("tests/fuzz/fuzz_*.c", &g);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        const char *base = strrchr(g.gl_pathv[i], '/') + 1;
        snprintf(name, sizeof name, "%.*s", (int)(strlen(base) - 2), base);
        Job *j = job_add(r, "fuzz", name);
        if (r->valgrind) {
            checker(r, j);
        }
        snprintf(path, sizeof path, "%s/tests/fuzz/%s", r->build, name);
        word(j, path);
        snprintf(path, sizeof path, "tests/fuzz/corpus/%s.tar", name + strlen("fuzz_"));
        word(j, path);
    }
    globfree(&g);
}

void add_part(Runner *r, const char *part)
{
    const char *slash = strchr(part, '/');
    char folder[64];
    snprintf(folder, sizeof folder, "%.*s", (int)(slash ? slash - part : 63), part);
    if (strcmp(part, "lang") == 0) {
        add_language(r);
    } else if (strcmp(part, "fuzz") == 0) {
        add_fuzzers(r);
    } else {
        add_suites(r, folder, slash ? slash + 1 : "");
    }
}

/* --- how long they take --- */

void read_times(Runner *r)
{
    char path[PATH_MAX], name[96];
    double seconds;
    snprintf(path, sizeof path, "%s/times", r->build);
    FILE *f = fopen(path, "r");
    f = f ? f : fopen("tests/times.txt", "r");
    for (int i = 0; i < r->jobs; i++) {
        r->job[i].expected = 1;
    }
    while (f && fscanf(f, "%95s %lf", name, &seconds) == 2) {
        int i = 0;
        while (i < r->jobs && strcmp(r->job[i].name, name) != 0) {
            i++;
        }
        if (i < r->jobs) {
            r->job[i].expected = seconds;
        } else { /* not asked for this time */
            snprintf(path, sizeof path, "%s %.1f\n", name, seconds);
            append(&r->others, &r->nothers, path);
        }
    }
    if (f) {
        fclose(f);
    }
}

/* Suites of which a pattern chose tests say nothing about the next time. */
void write_times(const Runner *r)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/times", r->build);
    FILE *f = r->pattern ? NULL : fopen(path, "w");
    for (int i = 0; f && i < r->jobs; i++) {
        fprintf(f, "%s %.1f\n", r->job[i].name, r->job[i].took);
    }
    if (f) {
        fputs(r->others ? r->others : "", f);
        fclose(f);
    }
}

int longer(const void *a, const void *b)
{
    const Job *x = a, *y = b;
    return (x->expected < y->expected) - (x->expected > y->expected);
}

void list_all(const Runner *r)
{
    for (int i = 0; i < r->jobs; i++) {
        const Job *j = &r->job[i];
        const pid_t pid = strncmp(j->name, "fuzz/", 5) == 0 ? -1 : fork();
        printf(pid < 0 ? "%s\n" : "", j->name);
        if (pid == 0) {
            const int before = r->valgrind ? 11 : 0;
            char *argv[MAX_WORDS + 1] = {j->argv[before], "--list"};
            memcpy(argv + 2, j->argv + before + 1, (size_t)(j->argc - before) * sizeof *argv);
            execvp(argv[0], argv);
            _exit(127);
        }
        if (pid > 0) {
            waitpid(pid, NULL, 0);
        }
    }
}

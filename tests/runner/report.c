/* report.c -- what jobs printed: counts, names of what failed, the closing line */
#define _GNU_SOURCE
#include "runner.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/proc.h"

/* The number in `[  PASSED  ] 3 test(s)`, or 0. */
static int counted(const char *line, const char *word_of_it)
{
    int n = 0;
    char tail[16] = "";
    const size_t len = strlen(word_of_it);
    return strncmp(line, word_of_it, len) == 0 && sscanf(line + len, "%d %9s", &n, tail) == 2 &&
                   strncmp(tail, "test(s)", 7) == 0
               ? n
               : 0;
}

static void name_test(char **text, size_t *len, const Job *j, const char *test)
{
    char line[512];
    snprintf(line, sizeof line, "%s: %s\n", j->name, test);
    if (!*text || !strstr(*text, line)) {
        append(text, len, line);
    }
}

/* Adds up what cmocka says. A test whose set-up or end failed is an error there, and counted in no
 * sum: such a one failed. */
static void read_log(Runner *r, Job *j, char *log)
{
    const char *const failed = "[  FAILED  ] ", *const error = "[  ERROR   ] ",
                      *const skipped = "[  SKIPPED ] ";
    int errors = 0;
    for (char *line = log, *next; *line; line = next) {
        const size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        const char was = line[n];
        line[n] = 0;
        const char *rest = line + 13;
        j->passed += counted(line, "[  PASSED  ] ");
        j->failed += counted(line, failed);
        j->skipped += counted(line, skipped);
        if (strncmp(line, failed, 13) == 0 && !isdigit((unsigned char)*rest)) {
            name_test(&r->failures, &r->nfailures, j, rest);
        } else if (strncmp(line, skipped, 13) == 0 && !isdigit((unsigned char)*rest)) {
            name_test(&r->skips, &r->nskips, j, rest);
        } else if (strncmp(line, error, 13) == 0 && strncmp(rest, "---", 3) != 0) {
            errors++;
            name_test(&r->failures, &r->nfailures, j, rest);
        }
        line[n] = was;
    }
    j->failed += errors;
}

/* What valgrind reported, at the end of the log; one failed test of the job. */
static bool reported(const Runner *r, const Job *j, char **log, size_t *len)
{
    char folder[PATH_MAX * 2], path[PATH_MAX * 3];
    bool any = false;
    path_in(r, j, "reports", folder, sizeof folder);
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        char *text = proc_read_file(path, NULL);
        /* The rest is no finding: system calls it does not know. */
        if (text && (strncmp(text, "==", 2) == 0 || strstr(text, "\n=="))) {
            append(log, len, text);
            any = true;
        }
        free(text);
    }
    if (d) {
        closedir(d);
    }
    return any;
}

/* One test more has failed for this reason, which is no test's own. */
static void fails(Runner *r, Job *j, char **log, size_t *len, const char *why)
{
    char line[400];
    snprintf(line, sizeof line, "%s: %s\n", j->name, why);
    append(log, len, line);
    j->failed++;
    name_test(&r->failures, &r->nfailures, j, why);
}

void clear_line(const Runner *r)
{
    if (r->terminal) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
}

static void job_report(const Runner *r, const Job *j, const char *log)
{
    const bool quiet = j->passed + j->failed + j->skipped == 0 && r->pattern;
    clear_line(r);
    if (r->all || j->failed) {
        fputs(log, stdout);
    }
    if (!quiet) {
        printf("[==========] %s: %d test(s) run.\n[  PASSED  ] %d test(s).\n", j->name,
               j->passed + j->failed + j->skipped, j->passed);
    }
    if (j->skipped) {
        printf("[  SKIPPED ] %d test(s).\n", j->skipped);
    }
    if (j->failed) {
        printf("[  FAILED  ] %d test(s).\n", j->failed);
    }
    fflush(stdout);
}

void job_end(Runner *r, Job *j, int status)
{
    char path[PATH_MAX * 2], which[160] = "", why[300];
    j->took = proc_seconds() - j->began;
    j->pid = -1;
    r->done++;
    snprintf(path, sizeof path, "%s/%s.log", r->tmp, j->folder);
    size_t len = 0;
    char *log = proc_read_file(path, &len);
    if (!log) {
        append(&log, &len, "");
    }
    read_log(r, j, log);
    if (j->late) {
        snprintf(why, sizeof why, "not done after %.0f s", r->limit);
        fails(r, j, &log, &len, why);
    } else if (WIFSIGNALED(status)) {
        snprintf(why, sizeof why, "ended by signal %d", WTERMSIG(status));
        fails(r, j, &log, &len, why);
    } else if (status != 0 && j->failed == 0 && !r->valgrind) {
        snprintf(why, sizeof why, "ended with status %d", WEXITSTATUS(status));
        fails(r, j, &log, &len, why);
    } else if (j->passed + j->failed + j->skipped == 0 && !r->pattern) {
        fails(r, j, &log, &len, "ran no test");
    }
    if (r->valgrind && reported(r, j, &log, &len) && j->failed == 0) {
        fails(r, j, &log, &len, "reported by valgrind");
    }
    if (!leaves_nothing(r, j, which, sizeof which)) {
        snprintf(why, sizeof why, "left a process running: %s", which);
        fails(r, j, &log, &len, why);
    }
    job_report(r, j, log);
    r->passed += j->passed;
    r->failed += j->failed;
    r->skipped += j->skipped;
    free(log);
    if (j->failed == 0) {
        path_in(r, j, "", path, sizeof path);
        remove_tree(path);
    }
}

static void list_names(const char *title, int n, const char *names)
{
    if (n && names) {
        printf("%s %d test(s), listed below:\n%s", title, n, names);
    }
}

int closing(const Runner *r)
{
    char path[PATH_MAX];
    clear_line(r);
    list_names("[  SKIPPED ]", r->skipped, r->skips);
    list_names("[  FAILED  ]", r->failed, r->failures);
    snprintf(path, sizeof path, "%s/counts", r->build);
    FILE *f = fopen(path, "w");
    if (f) {
        fprintf(f, "%d %d\n", r->passed, r->failed);
        fclose(f);
    }
    const char *part = getenv("NB_PART");
    if (part) {
        printf("%s: %d of %d tests passed in %.0f s\n", part, r->passed, r->passed + r->failed,
               proc_seconds() - r->began);
    } else {
        printf("%.0f s\n%d passed, %d failed\n", proc_seconds() - r->began, r->passed, r->failed);
    }
    return r->failed == 0 && r->passed != 0 ? 0 : 1;
}

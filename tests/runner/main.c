/* main.c -- runs programs of tests side by side, shows what failed, adds up the counts */

/* runner BUILD [-j N] [--list] PART…
 *
 * A part is a folder of tests (unit, window, pty, samples, torture), a suite of one
 * (unit/test_ops), `lang` or `fuzz`. Each suite is a job: it has a folder of its own for HOME and
 * all it writes, a limit of time, and must leave no process behind. The longest of the last run
 * (BUILD/times, at first tests/times.txt) begin. What a job prints is kept and shown when it fails.
 * --list prints the names of tests and runs none.
 *
 * K        a pattern of names of tests       V=1        shows all that is printed
 * NB_LIMIT seconds a job may take            NB_PART    a word for the closing line
 * VALGRIND=1: the programs and the nabla they start run under valgrind, which writes into files;
 * what it reports is a failed test of the job.
 */
#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/proc.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sign)
{
    interrupted = sign;
}

void die(const char *what, const char *why)
{
    fprintf(stderr, "runner: %s: %s\n", what, why);
    exit(2);
}

void append(char **text, size_t *len, const char *more)
{
    const size_t n = strlen(more);
    char *grown = realloc(*text, *len + n + 1);
    if (!grown) {
        die("memory", "none left");
    }
    memcpy(grown + *len, more, n + 1);
    *text = grown;
    *len += n;
}

static void progress(const Runner *r)
{
    if (!r->terminal) {
        return;
    }
    char line[160];
    int n = snprintf(line, sizeof line, "%d of %d", r->done, r->jobs);
    for (int i = 0; i < r->jobs && n < 76; i++) {
        if (r->job[i].pid > 0) {
            n += snprintf(line + n, sizeof line - (size_t)n, "%s%s %.0f s", ", ", r->job[i].name,
                          proc_seconds() - r->job[i].began);
        }
    }
    fprintf(stderr, "\r\033[K%.*s", 78, line);
    fflush(stderr);
}

static void end_all(Runner *r)
{
    for (int i = 0; i < r->jobs; i++) {
        if (r->job[i].pid > 0) {
            kill(-r->job[i].pid, SIGKILL);
            left_running(r, &r->job[i], true, NULL, 0);
        }
    }
    clear_line(r);
    fprintf(stderr, "runner: stopped\n");
    exit(128 + interrupted);
}

/* Orphans of jobs come here too; they are looked at when their job ends. */
static int take_ended(Runner *r)
{
    int status, met = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (int i = 0; i < r->jobs; i++) {
            if (r->job[i].pid == pid) {
                job_end(r, &r->job[i], status);
                met++;
                break;
            }
        }
    }
    return met;
}

static void stop_late(Runner *r)
{
    for (int i = 0; i < r->jobs; i++) {
        Job *j = &r->job[i];
        if (j->pid > 0 && !j->late && proc_seconds() - j->began > r->limit) {
            j->late = true;
            kill(-j->pid, SIGKILL);
        }
    }
}

static void run_all(Runner *r)
{
    const struct timespec moment = {.tv_nsec = 200000000};
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    int next = 0, running = 0;
    while (r->done < r->jobs) {
        while (running < r->slots && next < r->jobs) {
            job_begin(r, &r->job[next++]);
            running++;
        }
        progress(r);
        sigtimedwait(&children, NULL, &moment);
        if (interrupted) {
            end_all(r);
        }
        stop_late(r);
        running -= take_ended(r);
    }
}

static void prepare(Runner *r)
{
    const char *k = getenv("K"), *v = getenv("V"), *g = getenv("VALGRIND"),
               *limit = getenv("NB_LIMIT");
    r->pattern = k && *k ? k : NULL;
    r->all = v && strcmp(v, "1") == 0;
    r->valgrind = g && strcmp(g, "1") == 0;
    r->terminal = isatty(2) && !r->all;
    r->limit = limit ? atof(limit) : r->valgrind ? 21600 : 900; /* there the language takes hours */
    r->slots = r->slots ? r->slots : 2 * (int)sysconf(_SC_NPROCESSORS_ONLN);
    r->slots = r->slots > MAX_SLOTS ? MAX_SLOTS : r->slots;
    if (!getcwd(r->root, sizeof r->root)) {
        die("this folder", strerror(errno));
    }
    snprintf(r->tmp, sizeof r->tmp, "%s/%s/tmp", r->root, r->build);
    mkdir(r->tmp, 0700);
    environment(r);
    r->began = proc_seconds();
}

int main(int argc, char **argv)
{
    static Runner r;
    const char *part[64];
    int parts = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-j") == 0 && i + 1 < argc) {
            r.slots = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--list") == 0) {
            r.list = true;
        } else if (!r.build) {
            r.build = argv[i];
        } else if (parts < 64) {
            part[parts++] = argv[i];
        }
    }
    if (!r.build || parts == 0) {
        die("how", "runner BUILD [-j N] [--list] PART…");
    }
    prepare(&r);
    for (int i = 0; i < parts; i++) {
        add_part(&r, part[i]);
    }
    if (r.list) {
        list_all(&r);
        return 0;
    }
    read_times(&r);
    qsort(r.job, (size_t)r.jobs, sizeof *r.job, longer);
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    signal(SIGHUP, on_interrupt);
    run_all(&r);
    write_times(&r);
    return closing(&r);
}

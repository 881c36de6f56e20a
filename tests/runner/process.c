/* process.c -- the processes of a job: its environment, its beginning, what outlives it */
#define _GNU_SOURCE
#include "runner.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/proc.h"

/* Removes a folder and all that is in it. */
void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char below[PATH_MAX * 2];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode)) {
            chmod(below, 0700);
            remove_tree(below);
        } else {
            unlink(below);
        }
    }
    if (d) {
        closedir(d);
    }
    rmdir(path);
}

/* What every job finds in its environment. */
void environment(const Runner *r)
{
    char path[PATH_MAX * 2];
    const char *const gone[] = {"NO_COLOR", "DISPLAY",   "WAYLAND_DISPLAY", "COLUMNS",
                                "LINES",    "MAKEFLAGS", "MAKELEVEL",       "MFLAGS"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        unsetenv(gone[i]);
    }
    if (!r->pattern) {
        unsetenv("K");
    }
    const char *const set[][2] = {
        {"LC_ALL", "C.UTF-8"},
        {"TERM", "xterm"},
        {"UBSAN_OPTIONS", "print_stacktrace=1"},
        {"ASAN_OPTIONS",
         "detect_leaks=1:detect_stack_use_after_return=0:allocator_may_return_null=1"}};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) {
        setenv(set[i][0], set[i][1], 1);
    }
    const char *const below[][2] = {
        {"NB_PROGRAM", "nabla"}, {"NABLA_WORKER", "nabla"}, {"NB_BUILD", ""}};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        snprintf(path, sizeof path, "%s/%s%s%s", r->root, r->build, *below[i][1] ? "/" : "",
                 below[i][1]);
        setenv(below[i][0], path, 1);
        if (r->valgrind && i == 0) {
            setenv("NB_WORKER", path, 1);
            setenv("NB_PATIENCE", "20", 1);
        }
    }
    setenv("NB_ROOT", r->root, 1);
    snprintf(path, sizeof path, "%s/samples/lessons", r->root);
    setenv("NABLA_LESSONS", path, 1);
    snprintf(path, sizeof path, "suppressions=%s/tests/lsan.supp:print_suppressions=0", r->root);
    setenv("LSAN_OPTIONS", path, 1);
    /* Other builds than the usual one run each section of the language one way only. */
    if (strcmp(r->build, "build") != 0 && !r->pattern) {
        setenv("NB_ONCE", "1", 1);
    }
    snprintf(path, sizeof path, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    setenv("NB_JOBS", path, 0);
}

void path_in(const Runner *r, const Job *j, const char *name, char *path, size_t cap)
{
    snprintf(path, cap, "%s/%s%s%s", r->tmp, j->folder, *name ? "/" : "", name);
}

/* In the child: what belongs to this job alone. */
static void job_environment(const Runner *r, const Job *j)
{
    const char *const own[][2] = {{"NB_TMP", ""},
                                  {"HOME", ""},
                                  {"TMPDIR", ""},
                                  {"XDG_STATE_HOME", "state"},
                                  {"XDG_CONFIG_HOME", "config"},
                                  {"NABLA_HISTORY", "history"}};
    char path[PATH_MAX * 2];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        path_in(r, j, own[i][1], path, sizeof path);
        setenv(own[i][0], path, 1);
    }
    if (r->valgrind) { /* the nabla that tests start */
        path_in(r, j, "nabla", path, sizeof path);
        setenv("NB_PROGRAM", path, 1);
    }
}

/* A script in place of the program, that runs it under valgrind. */
static void checked_program(const Runner *r, Job *j)
{
    char path[PATH_MAX * 2];
    Job words = {.argc = 0};
    snprintf(words.folder, sizeof words.folder, "%s", j->folder);
    checker(r, &words);
    path_in(r, j, "reports", path, sizeof path);
    mkdir(path, 0700);
    path_in(r, j, "nabla", path, sizeof path);
    FILE *f = fopen(path, "w");
    if (!f) {
        die(path, strerror(errno));
    }
    fprintf(f, "#!/bin/sh\nexec");
    for (int i = 0; i < words.argc; i++) {
        fprintf(f, " '%s'", words.argv[i]);
        free(words.argv[i]);
    }
    fprintf(f, " '%s/%s/nabla' \"$@\"\n", r->root, r->build);
    fclose(f);
    chmod(path, 0755);
}

void job_begin(Runner *r, Job *j)
{
    char path[PATH_MAX * 2];
    path_in(r, j, "", path, sizeof path);
    remove_tree(path);
    if (mkdir(path, 0700) != 0) {
        die(path, strerror(errno));
    }
    if (r->valgrind) {
        checked_program(r, j);
    }
    snprintf(path, sizeof path, "%s/%s.log", r->tmp, j->folder);
    j->began = proc_seconds();
    fflush(NULL);
    j->pid = fork();
    if (j->pid < 0) {
        die("fork", strerror(errno));
    }
    if (j->pid > 0) {
        return;
    }
    setpgid(0, 0);
    const int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600),
              in = open("/dev/null", O_RDONLY);
    if (out < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) {
        _exit(127);
    }
    close(in);
    close(out);
    job_environment(r, j);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(j->argv[0], j->argv);
    fprintf(stderr, "%s: %s\n", j->argv[0], strerror(errno));
    _exit(127);
}

/* What the system says of a process, whose files have no size; NUL at the end. */
static size_t read_of_process(const char *pid, const char *what, char *text, size_t cap)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/%s", pid, what);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    for (ssize_t got = 1; fd >= 0 && got > 0 && n<cap - 1; n += got> 0 ? (size_t)got : 0) {
        got = read(fd, text + n, cap - 1 - n);
    }
    if (fd >= 0) {
        close(fd);
    }
    text[n] = 0;
    return n;
}

/* Processes of the job that still run, by the folder in their environment; kills them when told to.
 * The name of one is put into `which`. */
int left_running(const Runner *r, const Job *j, bool end, char *which, size_t cap)
{
    static char text[1 << 17];
    char mark[PATH_MAX * 2];
    const int n = snprintf(mark, sizeof mark, "NB_TMP=%s/%s", r->tmp, j->folder);
    int met = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));) {
        if (!isdigit((unsigned char)*e->d_name)) {
            continue;
        }
        const size_t len = read_of_process(e->d_name, "environ", text, sizeof text);
        for (const char *p = text; p < text + len; p += strlen(p) + 1) {
            if (strncmp(p, mark, (size_t)n + 1) != 0) {
                continue;
            }
            met++;
            if (which) {
                read_of_process(e->d_name, "cmdline", which, cap);
            }
            if (end) {
                kill(atoi(e->d_name), SIGKILL);
            }
            break;
        }
    }
    if (d) {
        closedir(d);
    }
    return met;
}

/* What a job leaves has a moment to end by itself. A process that becomes another program in this
 * moment has no environment: a look that finds none is one of two. */
bool leaves_nothing(const Runner *r, const Job *j, char *which, size_t cap)
{
    int clean = 0;
    for (int tries = 0; clean < 2; tries++) {
        if (tries == 100) {
            left_running(r, j, true, NULL, 0);
            return false;
        }
        clean = left_running(r, j, false, which, cap) > 0 ? 0 : clean + 1;
        usleep(clean == 1 ? 3000 : clean == 0 ? 20000 : 0);
    }
    return true;
}

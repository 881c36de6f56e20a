/* proc.c -- runs the built program with given input and collects what it prints */
#define _DEFAULT_SOURCE /* wait4 */
#include "tests/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

bool proc_bare(void)
{
    return getenv("NB_BARE") != NULL;
}

double proc_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

const char *proc_env(const char *name, const char *fallback)
{
    const char *v = getenv(name);
    return v && *v ? v : fallback;
}

double proc_patience(void)
{
    return atof(proc_env("NB_PATIENCE", "1"));
}

static char *slurp(FILE *f, size_t *len)
{
    char *text = NULL;
    long size;
    if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0) {
        rewind(f);
        text = malloc((size_t)size + 1);
        if (text) {
            *len = fread(text, 1, (size_t)size, f);
            text[*len] = 0;
        }
    }
    return text;
}

char *proc_read_file(const char *path, size_t *len)
{
    size_t n = 0;
    FILE *f = fopen(path, "rb");
    char *text = f ? slurp(f, &n) : NULL;
    if (f) {
        fclose(f);
    }
    if (len) {
        *len = n;
    }
    return text;
}

bool proc_write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    bool ok = f && fputs(text, f) >= 0;
    return (f ? fclose(f) == 0 : false) && ok;
}

bool proc_fresh_dir(const char *path)
{
    char part[1024];
    for (size_t i = 1; i < sizeof part && path[i - 1]; i++) {
        if (path[i] == '/' || !path[i]) {
            memcpy(part, path, i);
            part[i] = 0;
            if (mkdir(part, 0777) != 0 && errno != EEXIST) {
                return false;
            }
        }
    }
    DIR *d = opendir(path);
    const struct dirent *e;
    while (d && (e = readdir(d))) {
        if (snprintf(part, sizeof part, "%s/%s", path, e->d_name) < (int)sizeof part) {
            unlink(part); /* fails on folders, which stay */
        }
    }
    if (d) {
        closedir(d);
    }
    return d != NULL;
}

static void child(const char *const argv[], const char *dir, int in, int out, int err)
{
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    for (int fd = 3; fd < 64; fd++) {
        close(fd);
    }
    signal(SIGPIPE, SIG_DFL);
    if (!dir || chdir(dir) == 0) {
        execv(argv[0], (char *const *)argv);
    }
    perror(argv[0]);
    _exit(127);
}

static void wait_for(pid_t pid, int seconds, Proc *p)
{
    const struct timespec nap = {0, 500000};
    double end = proc_seconds() + seconds * proc_patience();
    int status;
    struct rusage used;
    while (wait4(pid, &status, WNOHANG, &used) == 0) {
        if (proc_seconds() > end && !p->timed_out) {
            p->timed_out = true;
            kill(pid, SIGKILL);
        }
        nanosleep(&nap, NULL);
    }
    p->max_kb = used.ru_maxrss;
    p->used = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
              1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool proc_run(const char *const argv[], const char *dir, const char *input, int seconds, Proc *p)
{
    *p = (Proc){.status = -1};
    FILE *out = tmpfile(), *err = tmpfile();
    int in[2] = {-1, -1};
    bool ok = out && err;
    if (ok && input) {
        ok = pipe(in) == 0;
    } else if (ok) {
        in[0] = open("/dev/null", O_RDONLY);
    }
    pid_t pid = ok ? fork() : -1;
    if (pid == 0) {
        child(argv, dir, in[0], fileno(out), fileno(err));
    }
    if (in[0] >= 0) {
        close(in[0]);
    }
    if (in[1] >= 0) {
        void (*old)(int) = signal(SIGPIPE, SIG_IGN);
        for (size_t n = strlen(input); pid > 0 && n;) {
            ssize_t w = write(in[1], input, n);
            if (w <= 0) {
                break;
            }
            input += w;
            n -= (size_t)w;
        }
        close(in[1]);
        signal(SIGPIPE, old);
    }
    if (pid > 0) {
        wait_for(pid, seconds, p);
        p->out = slurp(out, &p->nout);
        p->err = slurp(err, &p->nerr);
    }
    if (out) {
        fclose(out);
    }
    if (err) {
        fclose(err);
    }
    return p->out && p->err;
}

/* A file of /proc/PID; what is behind the last `behind` in it, 0: all. */
static const char *told_of(pid_t pid, const char *file, char *text, size_t cap, int behind)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, cap - 1, f) : 0;
    if (f) {
        fclose(f);
    }
    text[n] = '\0';
    return behind ? strrchr(text, behind) : text;
}

double proc_used(pid_t pid)
{
    char text[1024];
    unsigned long user = 0, system = 0;
    const char *rest = told_of(pid, "stat", text, sizeof text, ')'); /* behind the name */
    if (!rest || rest[2] == 'Z' ||
        sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) !=
            2) {
        return -1;
    }
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

bool proc_sleeps(pid_t pid, int ms)
{
    char text[256];
    long call = -1;
    unsigned long a[5] = {0};
    told_of(pid, "syscall", text, sizeof text, 0);
    if (sscanf(text, "%ld %lx %lx %lx %lx %lx", &call, &a[0], &a[1], &a[2], &a[3], &a[4]) != 6) {
        return false; /* it runs */
    }
#ifdef SYS_poll
    if (call == SYS_poll) {
        return (int)a[2] < 0 || (int)a[2] >= ms;
    }
#endif
    return call == SYS_read || (call == SYS_ppoll && a[2] == 0) ||
           (call == SYS_pselect6 && a[4] == 0);
}

void proc_free(Proc *p)
{
    free(p->out);
    free(p->err);
    p->out = p->err = NULL;
}

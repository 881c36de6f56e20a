/* coverage.c -- keeps the counters of coverage builds where a process ends without exit() */

/* Linked into programs of COV=1 builds alone, with --wrap for the functions below: counters are
 * written by exit(), which a process that is replaced, leaves by _exit or is ended by a signal
 * never reaches. Nothing here is part of a production build. */
#define _GNU_SOURCE /* O_PATH */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

void __gcov_dump(void);
void __gcov_reset(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
int __real_execv(const char *path, char *const argv[]);
int __wrap_execv(const char *path, char *const argv[]);
int __real_execvp(const char *file, char *const argv[]);
int __wrap_execvp(const char *file, char *const argv[]);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
int __real_kill(pid_t pid, int sig);
int __wrap_kill(pid_t pid, int sig);
int __real_raise(int sig);
int __wrap_raise(int sig);
int __real_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int __wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
long __real_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d);

/* Of the program whose calls can be made to fail: writing the counters takes memory and files. */
__attribute__((weak)) void faults_end(void);

static atomic_flag writing = ATOMIC_FLAG_INIT;
static _Thread_local bool writes; /* this thread does */

#define NAP_NS 2000000
#define NAPS 500

static void nap(void)
{
    const struct timespec some = {0, NAP_NS};
    nanosleep(&some, NULL);
}

/* A signal in the middle of the writing would have its handler write once more: files that hold
 * this process by then would take it twice, and all it found there; often enough, and every count
 * has left its 64 bits. Other threads, which take signals too, wait: what locks a file against
 * other processes does not against them, and two that write leave one that nobody can read. */
static void spare(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, before);
    while (!writes && atomic_flag_test_and_set(&writing)) {
        nap();
    }
    writes = true;
    if (faults_end) {
        faults_end();
    }
}

/* Runs before the destructor that writes them. */
__attribute__((destructor)) static void spare_end(void)
{
    spare(NULL);
}

static void dump(void)
{
    sigset_t before;
    spare(&before);
    __gcov_dump();
    writes = false;
    atomic_flag_clear(&writing);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void __wrap__exit(int status)
{
    dump();
    __real__exit(status);
}

/* A child begins at 0: what its parent had counted is the parent's to write. */
pid_t __wrap_fork(void)
{
    const pid_t pid = __real_fork();
    if (pid == 0) {
        __gcov_reset();
        writes = false;
        atomic_flag_clear(&writing); /* the thread that writes is not here */
    }
    return pid;
}

int __wrap_execv(const char *path, char *const argv[])
{
    dump();
    __gcov_reset();
    return __real_execv(path, argv);
}

int __wrap_execvp(const char *file, char *const argv[])
{
    dump();
    __gcov_reset();
    return __real_execvp(file, argv);
}

int __wrap_raise(int sig)
{
    struct sigaction now;
    if (sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
        dump();
        __gcov_reset();
    }
    return __real_raise(sig);
}

/* Of a process as /proc has it: R, S, T when it is stopped, Z when it has ended; 0: it is gone. */
static char state_of(pid_t pid)
{
    char path[40], text[200];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end && name_end[1] ? name_end[2] : '\0';
}

/* A process of the group whose leader is -pid runs; or pid does. */
static bool runs(pid_t pid)
{
    if (pid > 0) {
        const char state = state_of(pid);
        return state && !strchr("TtZX", state);
    }
    DIR *all = opendir("/proc");
    bool found = false;
    for (struct dirent *e; all && !found && (e = readdir(all));) {
        const long one = strtol(e->d_name, NULL, 10);
        found = one > 0 && getpgid((pid_t)one) == -pid && runs((pid_t)one);
    }
    if (all) {
        closedir(all);
    }
    return found;
}

/* What is to be killed is first asked to end, and has a second to write its counters: half a
 * file of them would not go together with those of others. */
int __wrap_kill(pid_t pid, int sig)
{
    if (sig == SIGKILL && (pid > 0 || pid < -1) && __real_kill(pid, SIGTERM) == 0) {
        for (int i = 0; i < NAPS && runs(pid); i++) {
            nap();
        }
    }
    return __real_kill(pid, sig);
}

/* A worker ends with its session by itself, and is not to be killed while it does. */
int __wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    const bool death = option == PR_SET_PDEATHSIG && a == SIGKILL;
    return __real_prctl(option, death ? SIGTERM : a, b, c, d);
}

#ifdef LANDLOCK_ACCESS_FS_WRITE_FILE
/* The folder of the counters: a process that gives up writing files may still write these. */
static void spare_counters(int rules)
{
    char path[1000];
    const char *build = getenv("NB_BUILD");
    snprintf(path, sizeof path, "%s/obj", build ? build : "build/cov");
    struct landlock_path_beneath_attr below = {
        .allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG,
        .parent_fd = open(path, O_PATH | O_CLOEXEC),
    };
    if (below.parent_fd >= 0) {
        __real_syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, (long)&below, 0);
        close(below.parent_fd);
    }
}

long __wrap_syscall(long number, long a, long b, long c, long d)
{
    if (number == SYS_landlock_restrict_self) {
        spare_counters((int)a);
    }
    return __real_syscall(number, a, b, c, d);
}
#else
long __wrap_syscall(long number, long a, long b, long c, long d)
{
    return __real_syscall(number, a, b, c, d);
}
#endif

static void ended(int sig)
{
    dump();
    signal(sig, SIG_DFL);
    __real_raise(sig);
}

/* Signals that end a process by default write the counters first; programs install their own
 * handlers over this one. */
__attribute__((constructor)) static void catch_ends(void)
{
    const int ends[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGALRM};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct sigaction now;
        if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
            signal(ends[i], ended);
        }
    }
}

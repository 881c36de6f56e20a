/* job.c -- a program as a job of a shell on a pseudo-terminal: stopped, continued, ended */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE /* struct winsize */
#include "tests/torture/job.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/proc.h"

static volatile sig_atomic_t hung_up;

static void on_hangup(int number)
{
    (void)number;
    hung_up = 1;
}

static bool same(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction sa;
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = handler;
    sigaction(number, &sa, NULL);
}

static void run_program(const char *const argv[], const char *const env[], int rows, int cols)
{
    static const int usual[] = {SIGINT,  SIGQUIT, SIGTERM, SIGHUP,  SIGTSTP,
                                SIGTTIN, SIGTTOU, SIGPIPE, SIGALRM, SIGCHLD};
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    ioctl(0, TIOCSWINSZ, &w);
    setpgid(0, 0);
    tcsetpgrp(0, getpid());
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        handle(usual[i], SIG_DFL);
    }
    for (int i = 3; i < 64; i++) {
        close(i);
    }
    for (int i = 0; env && env[i]; i++) {
        putenv((char *)(size_t)env[i]);
    }
    execv(argv[0], (char *const *)(size_t)argv);
    perror(argv[0]);
    _exit(127);
}

static void tell(int report, unsigned kind, int status, const struct termios *before)
{
    struct termios now;
    JobEvent e = {0};
    e.kind = kind;
    e.status = status;
    e.restored = tcgetattr(0, &now) == 0 && same(&now, before);
    if (write(report, &e, sizeof e) < 0) {
        _exit(1);
    }
}

/* The shell: leader of the session, waits for its only job. */
static void be_shell(const char *const argv[], const char *const env[], const char *tty, int report,
                     int rows, int cols)
{
    setsid();
    int fd = open(tty, O_RDWR);
    ioctl(fd, TIOCSCTTY, 0);
    dup2(fd, 0);
    dup2(fd, 1);
    dup2(fd, 2);
    struct termios before;
    tcgetattr(0, &before);
    handle(SIGTTOU, SIG_IGN); /* it is in the background when it hands the terminal over */
    handle(SIGHUP, on_hangup);
    pid_t pid = fork();
    if (pid == 0) {
        run_program(argv, env, rows, cols);
    }
    if (write(report, &pid, sizeof pid) < 0) {
        _exit(1);
    }
    for (int s;;) {
        pid_t got = waitpid(pid, &s, WUNTRACED);
        if (got < 0 && hung_up) {
            hung_up = 0;
            kill(-pid, SIGHUP);
            kill(-pid, SIGCONT);
        } else if (got == pid && WIFSTOPPED(s)) {
            tell(report, JOB_STOPPED, WSTOPSIG(s), &before);
            tcsetpgrp(0, pid);
            kill(-pid, SIGCONT);
        } else if (got == pid) {
            tell(report, JOB_ENDED, WIFEXITED(s) ? WEXITSTATUS(s) : 256 + WTERMSIG(s), &before);
            _exit(0);
        }
    }
}

bool job_start(Job *j, const char *const argv[], const char *const env[], int rows, int cols)
{
    int ends[2];
    char tty[128];
    *j = (Job){.pty = {.fd = posix_openpt(O_RDWR | O_NOCTTY), .status = -1}};
    if (j->pty.fd < 0 || grantpt(j->pty.fd) != 0 || unlockpt(j->pty.fd) != 0 || pipe(ends) != 0) {
        return false;
    }
    snprintf(tty, sizeof tty, "%s", ptsname(j->pty.fd));
    j->pty.pid = fork();
    if (j->pty.pid == 0) {
        close(j->pty.fd);
        close(ends[0]);
        be_shell(argv, env, tty, ends[1], rows, cols);
    }
    close(ends[1]);
    j->report = ends[0];
    bool told = read(ends[0], &j->pid, sizeof j->pid) == sizeof j->pid;
    j->pid = told ? j->pid : 0;
    return told;
}

JobEvent job_wait(Job *j, double seconds)
{
    JobEvent e = {0};
    double end = proc_seconds() + seconds * proc_patience();
    while (proc_seconds() < end) {
        struct pollfd fd = {.fd = j->report, .events = POLLIN};
        if (poll(&fd, 1, 10) > 0) {
            if (read(j->report, &e, sizeof e) != sizeof e) {
                e = (JobEvent){0};
            }
            return e;
        }
        if (j->pty.fd >= 0) {
            pty_read(&j->pty, 0.005);
        }
    }
    return e;
}

void job_hang_up(Job *j, bool hangup)
{
    if (!hangup) { /* the shell is gone without a word */
        kill(j->pty.pid, SIGSTOP);
    }
    close(j->pty.fd);
    j->pty.fd = -1;
}

void job_end(Job *j)
{
    if (j->pid > 0) {
        kill(-j->pid, SIGKILL);
        close(j->report);
        pty_end(&j->pty);
    }
    *j = (Job){.report = -1};
}

/* Field of /proc/PID/stat behind the name, from 0: the state. */
static bool stat_fields(pid_t pid, char *text, size_t cap, const char **rest)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, cap - 1, f) : 0;
    if (f) {
        fclose(f);
    }
    text[n] = '\0';
    *rest = strrchr(text, ')');
    return *rest != NULL;
}

pid_t job_worker(const Job *j)
{
    DIR *all = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *d; all && !found && (d = readdir(all));) {
        char text[1024];
        const char *rest;
        long pid = strtol(d->d_name, NULL, 10), parent = 0;
        if (pid > 0 && stat_fields((pid_t)pid, text, sizeof text, &rest) && rest[2] != 'Z' &&
            sscanf(rest + 1, " %*c %ld", &parent) == 1 && parent == j->pid) {
            found = (pid_t)pid;
        }
    }
    if (all) {
        closedir(all);
    }
    return found;
}

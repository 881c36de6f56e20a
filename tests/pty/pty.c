/* pty.c -- a program on a pseudo-terminal: type, wait for text, resize, end */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE /* struct winsize */
#include "tests/pty/pty.h"

#include <errno.h>
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

enum { TEXT, ESCAPE, CSI, OSC, CHARSET };

static void become(const char *const argv[], const char *const env[], const char *tty, int rows,
                   int cols)
{
    setsid();
    int fd = open(tty, O_RDWR);
    ioctl(fd, TIOCSCTTY, 0);
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    ioctl(fd, TIOCSWINSZ, &w);
    dup2(fd, 0);
    dup2(fd, 1);
    dup2(fd, 2);
    for (int i = 3; i < 64; i++) {
        close(i);
    }
    for (int i = 0; env && env[i]; i++) {
        putenv((char *)(size_t)env[i]);
    }
    execv(argv[0], (char *const *)argv);
    perror(argv[0]);
    _exit(127);
}

bool pty_start(Pty *p, const char *const argv[], const char *const env[], int rows, int cols)
{
    *p = (Pty){.fd = posix_openpt(O_RDWR | O_NOCTTY), .status = -1};
    if (p->fd < 0 || grantpt(p->fd) != 0 || unlockpt(p->fd) != 0) {
        return false;
    }
    char tty[128];
    snprintf(tty, sizeof tty, "%s", ptsname(p->fd));
    p->pid = fork();
    if (p->pid == 0) {
        become(argv, env, tty, rows, cols);
    }
    return p->pid > 0;
}

static void keep(Pty *p, char c)
{
    if (p->len + 2 > p->cap) {
        p->cap = p->cap ? 2 * p->cap : 4096;
        char *grown = realloc(p->text, p->cap);
        if (!grown) {
            abort();
        }
        p->text = grown;
    }
    p->text[p->len++] = c;
    p->text[p->len] = 0;
}

/* Drops control sequences; counts the ones that set a colour. */
static void filter(Pty *p, char c)
{
    switch (p->state) {
    case TEXT:
        if (c == 27) {
            p->state = ESCAPE;
        } else if (c != '\r' && c != 7) {
            keep(p, c);
        }
        break;
    case ESCAPE: p->state = c == '[' ? CSI : c == ']' ? OSC : c == '(' ? CHARSET : TEXT; break;
    case CSI:
        if (c >= '@' && c <= '~') {
            p->colours += c == 'm';
            p->state = TEXT;
        }
        break;
    case OSC: p->state = c == 7 || c == '\\' ? TEXT : OSC; break;
    default: p->state = TEXT; break;
    }
}

/* Reads what is there within ms; false at the end of the program. */
static bool take(Pty *p, int ms)
{
    struct pollfd f = {.fd = p->fd, .events = POLLIN};
    int n = poll(&f, 1, ms);
    if (n <= 0) {
        return n == 0 || errno == EINTR;
    }
    char bytes[4096];
    ssize_t got = read(p->fd, bytes, sizeof bytes);
    for (ssize_t i = 0; i < got; i++) {
        filter(p, bytes[i]);
    }
    return got > 0;
}

void pty_send(Pty *p, const char *bytes)
{
    for (size_t n = strlen(bytes); n;) {
        ssize_t w = write(p->fd, bytes, n);
        if (w <= 0) {
            return;
        }
        bytes += w;
        n -= (size_t)w;
    }
}

bool pty_shown(const Pty *p, size_t from, const char *text)
{
    return p->text && from <= p->len && strstr(p->text + from, text) != NULL;
}

bool pty_wait(Pty *p, const char *text, double seconds)
{
    double end = proc_seconds() + seconds * proc_patience();
    bool alive = true;
    do {
        if (pty_shown(p, p->mark, text)) {
            p->mark = (size_t)(strstr(p->text + p->mark, text) - p->text) + strlen(text);
            return true;
        }
        alive = alive && take(p, 10);
    } while (alive && proc_seconds() < end);
    fprintf(stderr, "waited for: %s\nshown: %s\n", text, p->text ? p->text + p->mark : "");
    return false;
}

void pty_read(Pty *p, double seconds)
{
    double end = proc_seconds() + seconds;
    while (proc_seconds() < end && take(p, 10)) {
    }
}

bool pty_works(Pty *p, double seconds)
{
    const double until = proc_used(p->pid) + seconds * proc_patience();
    double now;
    while ((now = proc_used(p->pid)) >= 0 && now < until && take(p, 5)) {
    }
    return now >= until;
}

bool pty_rests(Pty *p, double seconds)
{
    const double end = proc_seconds() + seconds * proc_patience();
    int times = 0; /* what comes from elsewhere may be under way */
    while (times < 3 && proc_seconds() < end) {
        const size_t before = p->len;
        const double used = proc_used(p->pid);
        const bool alive = take(p, 2);
        times = alive && p->len == before && proc_sleeps(p->pid, 1000) && proc_used(p->pid) == used
                    ? times + 1
                    : 0;
        if (!alive) {
            return false;
        }
    }
    return times == 3;
}

int pty_exit(Pty *p, double seconds)
{
    double end = proc_seconds() + seconds * proc_patience();
    while (p->status < 0 && proc_seconds() < end) {
        int s;
        take(p, 5);
        if (waitpid(p->pid, &s, WNOHANG) == p->pid) {
            p->status = WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
        }
    }
    return p->status;
}

void pty_resize(Pty *p, int rows, int cols)
{
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    ioctl(p->fd, TIOCSWINSZ, &w);
}

void pty_end(Pty *p)
{
    if (p->status < 0 && p->pid > 0) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
    }
    if (p->fd >= 0) {
        close(p->fd);
    }
    free(p->text);
    *p = (Pty){.fd = -1, .status = -1};
}

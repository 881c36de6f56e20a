/* signals.c -- what signals ask for, as flags the loop looks at; the terminal given back in time */
#include "prompt/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* A statement that does not look at its flag is not waited for longer. */
#define LAST_SECONDS 10

static volatile sig_atomic_t interrupt, end, terminal;

/* A signal may come just before the prompt waits, or to a thread of OpenBLAS: then only what can be
 * read wakes the prompt. */
static int wake[2] = {-1, -1};

/* The terminal as it was before Readline took it. */
static struct termios before;
static volatile sig_atomic_t taken, pastes;

volatile sig_atomic_t *signals_interrupt(void)
{
    return &interrupt;
}

const volatile sig_atomic_t *signals_end(void)
{
    return &end;
}

volatile sig_atomic_t *signals_terminal(void)
{
    return &terminal;
}

int signals_wake(void)
{
    return wake[0];
}

void signals_drain(void)
{
    char bytes[64];
    while (read(wake[0], bytes, sizeof bytes) > 0) {
    }
}

/* --- the terminal --- */

void signals_take(bool paste)
{
    if (!taken && tcgetattr(STDIN_FILENO, &before) == 0) {
        pastes = paste;
        taken = 1;
    }
}

void signals_give(void)
{
    taken = 0;
}

bool signals_taken(void)
{
    return taken;
}

static void put(int fd, const char *bytes, size_t n)
{
    if (write(fd, bytes, n) < 0) {
        errno = 0; /* nobody is there */
    }
}

/* Only functions that a signal may call. Another program's terminal is left alone. */
void signals_give_back(void)
{
    static const char no_paste[] = "\033[?2004l\r";
    if (taken && tcgetpgrp(STDIN_FILENO) == getpgrp()) {
        if (pastes) {
            put(STDOUT_FILENO, no_paste, sizeof no_paste - 1);
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    taken = 0;
}

/* --- signals --- */

void signals_stop(void)
{
    int saved = errno;
    interrupt = 1;
    put(wake[1], "", 1);
    errno = saved;
}

static void on_interrupt(int number)
{
    (void)number;
    signals_stop();
}

/* A second one, or the alarm: the session did not come to its end by itself. */
static void force_end(int number)
{
    signals_give_back();
    _exit(128 + (number == SIGALRM ? end : number));
}

static void on_end(int number)
{
    if (end && number == SIGQUIT) {
        force_end(number);
    }
    if (!end) {
        end = number;
        alarm(LAST_SECONDS);
    }
    on_interrupt(number);
}

static void on_terminal(int number)
{
    (void)number;
    int saved = errno;
    terminal = 1;
    put(wake[1], "", 1);
    errno = saved;
}

/* The shell gets its terminal as it was; the loop takes it again after SIGCONT. */
static void on_stop(int number)
{
    int saved = errno;
    struct sigaction usual, ours;
    sigset_t set;
    signals_give_back();
    memset(&usual, 0, sizeof usual);
    usual.sa_handler = SIG_DFL;
    sigaction(number, &usual, &ours);
    raise(number);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* here it stops */
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(number, &ours, NULL);
    on_terminal(number);
    errno = saved;
}

static void on(int number, void (*handler)(int), int flags)
{
    struct sigaction sa = {.sa_handler = handler, .sa_flags = flags}, old;
    sigemptyset(&sa.sa_mask);
    bool ignored = sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
    if (!ignored || number == SIGINT) { /* Ctrl-C is ours wherever we were started */
        sigaction(number, &sa, NULL);
    }
}

void signals_begin(void)
{
    if (pipe(wake) == 0) {
        for (int i = 0; i < 2; i++) {
            fcntl(wake[i], F_SETFL, O_NONBLOCK);
            fcntl(wake[i], F_SETFD, FD_CLOEXEC);
        }
    }
    /* Without SA_RESTART a read or write that waits for somebody is given up. */
    on(SIGINT, on_interrupt, 0);
    on(SIGTERM, on_end, 0);
    on(SIGHUP, on_end, 0);
    on(SIGQUIT, on_end, 0);
    on(SIGALRM, force_end, 0);
    on(SIGTSTP, on_stop, SA_RESTART);
    on(SIGCONT, on_terminal, SA_RESTART);
    on(SIGWINCH, on_terminal, SA_RESTART);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is an error of that write */
}

/* pty.h -- a program on a pseudo-terminal: type, wait for text, resize, end */
#ifndef NABLA_TESTS_PTY_H
#define NABLA_TESTS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct Pty {
    int fd;
    pid_t pid;
    char *text; /* what was shown so far, control sequences removed; NUL at the end */
    size_t len, cap;
    size_t mark;    /* pty_wait looks from here */
    size_t colours; /* colour sequences seen */
    int state;      /* of the filter of control sequences */
    int status;     /* exit status, or 128 + signal; -1 while running */
} Pty;

/* Starts argv on a terminal of this size. env: NAME=VALUE, ended by NULL, added; may be NULL. */
bool pty_start(Pty *p, const char *const argv[], const char *const env[], int rows, int cols);
void pty_send(Pty *p, const char *bytes);
/* Waits until `text` is shown after the mark, and moves the mark behind it. */
bool pty_wait(Pty *p, const char *text, double seconds);
/* True when `text` is shown anywhere after position `from`. */
bool pty_shown(const Pty *p, size_t from, const char *text);
/* Reads for this long. */
void pty_read(Pty *p, double seconds);
/* Reads until the program has used so much more processor time, times proc_patience: what it was
 * told to do runs. False when it ends before. */
bool pty_works(Pty *p, double seconds);
/* Reads until all is shown and the program sleeps until a key or something else comes, a second at
 * least. */
bool pty_rests(Pty *p, double seconds);
/* Waits for the end: its status, or -1 when it runs on. */
int pty_exit(Pty *p, double seconds);
void pty_resize(Pty *p, int rows, int cols);
void pty_end(Pty *p); /* kills what still runs, frees */

#endif

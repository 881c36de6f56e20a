/* job.h -- a program as a job of a shell on a pseudo-terminal: stopped, continued, ended */
#ifndef NABLA_TESTS_TORTURE_JOB_H
#define NABLA_TESTS_TORTURE_JOB_H

#include <termios.h>

#include "tests/pty/pty.h"

/* What became of the job. */
typedef struct JobEvent {
    enum { JOB_NOTHING, JOB_STOPPED, JOB_ENDED } kind;
    int status;    /* of one that ended: exit status, or 256 + the signal that killed it */
    bool restored; /* the terminal was as before the program */
} JobEvent;

typedef struct Job {
    Pty pty;   /* its pid is the shell's */
    pid_t pid; /* of the program; its process group is its own, in the foreground */
    int tty, report;
} Job;

/* The shell continues a job that stopped, after saying so. env as in pty_start. */
bool job_start(Job *j, const char *const argv[], const char *const env[], int rows, int cols);
/* Waits for the next event, reading what is shown. */
JobEvent job_wait(Job *j, double seconds);
/* The terminal goes away, as when its window is closed; with hangup the shell tells its job. */
void job_hang_up(Job *j, bool hangup);
void job_end(Job *j);

/* The layout process of the program, 0: none. */
pid_t job_worker(const Job *j);

#endif

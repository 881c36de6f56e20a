/* proc.h -- runs the built program with given input and collects what it prints */
#ifndef NABLA_TESTS_PROC_H
#define NABLA_TESTS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct Proc {
    int status; /* exit status, or 128 + signal */
    bool timed_out;
    long max_kb;     /* largest resident size */
    double used;     /* processor time, s */
    char *out, *err; /* NUL at the end; owned */
    size_t nout, nerr;
} Proc;

/* Runs argv[0] in folder dir (NULL: here) with `input` on stdin as a pipe (NULL: /dev/null), at
 * most `seconds` times proc_patience. false when it could not be started. Release with proc_free.
 */
bool proc_run(const char *const argv[], const char *dir, const char *input, int seconds, Proc *p);
void proc_free(Proc *p);

/* Whole file, NUL at the end; NULL when it cannot be read. Owned by the caller. */
char *proc_read_file(const char *path, size_t *len);
bool proc_write_file(const char *path, const char *text);
/* $name, or the fallback. */
const char *proc_env(const char *name, const char *fallback);
/* Makes folder `path` and its parents; an existing one is emptied of plain files. */
bool proc_fresh_dir(const char *path);
/* How many times longer than usual things may take: 1, or more under a checker ($NB_PATIENCE). */
double proc_patience(void);
/* Without Readline, pango and Graphviz ($NB_BARE): some tests are skipped. */
bool proc_bare(void);
double proc_seconds(void); /* a clock that only goes forward */
/* Processor time of a process so far, s, which a busy machine does not change; -1: there is none.
 */
double proc_used(pid_t pid);
/* It sleeps until something comes from outside: no time shorter than `ms` is set to wake it. */
bool proc_sleeps(pid_t pid, int ms);

#endif

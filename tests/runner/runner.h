/* runner.h -- the runner of tests: its jobs, and what its files share */
#ifndef NABLA_TESTS_RUNNER_H
#define NABLA_TESTS_RUNNER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define MAX_JOBS 400
#define MAX_WORDS 200
#define MAX_SLOTS 64

typedef struct Job {
    char name[96];   /* unit/test_ops */
    char folder[96]; /* the same without a slash */
    char *argv[MAX_WORDS];
    int argc;
    double expected; /* seconds */
    double began, took;
    pid_t pid; /* 0: not begun, -1: done */
    bool late; /* past its limit, and killed */
    int passed, failed, skipped;
} Job;

typedef struct Runner {
    const char *build, *pattern;
    char root[PATH_MAX], tmp[PATH_MAX + 64];
    Job job[MAX_JOBS];
    int jobs, done, slots;
    double limit, began;
    bool list, all, valgrind, terminal;
    int passed, failed, skipped;
    char *failures, *skips; /* names of tests, a line each */
    char *others;           /* times of what is not run now */
    size_t nfailures, nskips, nothers;
} Runner;

/* Ends the runner: something of its own is wrong. */
void die(const char *what, const char *why);
void append(char **text, size_t *len, const char *more);

/* --- jobs.c --- */
void add_part(Runner *r, const char *part);
/* Words before a program of this job: valgrind and its options. */
void checker(const Runner *r, Job *j);
void read_times(Runner *r);
void write_times(const Runner *r);
int longer(const void *a, const void *b); /* for qsort: the longest first */
void list_all(const Runner *r);

/* --- process.c --- */
/* What every job finds in its environment. */
void environment(const Runner *r);
/* A file in the job's folder, or the folder itself. */
void path_in(const Runner *r, const Job *j, const char *name, char *path, size_t cap);
void job_begin(Runner *r, Job *j);
/* Kills what still runs of a job; the number of processes. */
int left_running(const Runner *r, const Job *j, bool end, char *which, size_t cap);
/* False when some of its processes outlived it, which are killed; the name of one in `which`. */
bool leaves_nothing(const Runner *r, const Job *j, char *which, size_t cap);
void remove_tree(const char *path);

/* --- report.c --- */
/* Reads what an ended job printed, shows it if it failed, and adds up. */
void job_end(Runner *r, Job *j, int status);
void clear_line(const Runner *r);
/* The sums and the names of what failed; the exit status. */
int closing(const Runner *r);

#endif

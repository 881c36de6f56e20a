/* bench.h -- rows of the benchmark: our figure, a reference in the same run, the ratio */
#ifndef NABLA_TESTS_BENCH_H
#define NABLA_TESTS_BENCH_H

/* One row. A figure of another machine to reach is judged by a ratio, since machines differ and
 * this one is never alone: ours by `reference`, which is measured in the same run. */
typedef struct BenchRow {
    const char *work;
    const char *unit; /* "ns/pass" */
    double ours;
    const char *against; /* what the reference is; NULL: there is none */
    double reference;    /* in the same unit */
    double reach;        /* at most so many times the reference, or when there is none so much;
                            0: nothing is asked */
    const char *figure;  /* the figure of the design that `reach` stands for: "50 ns"; or NULL */
    const char *peer;    /* key of the same work in PyTorch (peer.py), or NULL */
} BenchRow;

void bench_heading(const char *title);
void bench_row(const BenchRow *row);   /* prints it, and keeps it for the table of README.md */
double bench_now(void);                /* s */
double bench_median(double *v, int n); /* sorts v */

/* Runs peer.py once; says when PyTorch is not there. */
void bench_peer_run(void);
double bench_peer(const char *key); /* PyTorch's figure, 0: none */
const char *bench_peer_version(void);

/* Two works in turns, so that changes of the machine's speed meet both: medians of `runs` times in
 * units of 1/scale s. work(user, steps) does that many steps. */
typedef struct BenchPair {
    double ours, reference; /* medians; their ratio is the median of the ratios */
} BenchPair;
typedef void (*BenchWork)(void *user, int steps);
BenchPair bench_in_turns(BenchWork ours, void *us, BenchWork reference, void *them, int steps,
                         int runs, double scale);

/* The groups of rows, one file each. */
void bench_chain(void);    /* long graphs; first, for its row on memory */
void bench_engine(void);   /* the library alone */
void bench_large(void);    /* large tensors: pages of the system */
void bench_network(void);  /* training steps of networks */
void bench_script(void);   /* the built program on scripts */
void bench_whole(void);    /* the same linked with optimisation of the whole and without */
void bench_start(void);    /* from start to the first prompt */
void bench_pictures(void); /* what windows do, without one */
void bench_windows(void);  /* what a person waits for, on an X server */

/* ns per pass of gradient descent on Rosenbrock with the derivatives written by hand in C. */
double bench_analytic_rosenbrock(void);
/* What it takes on the machine on which the figures of the design were set. */
#define BENCH_ANALYTIC_THERE 4.3

#endif

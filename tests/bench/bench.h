/* bench.h -- rows of the benchmark: our figure, a reference in the same run, the ratio */
#ifndef NABLA_TESTS_BENCH_H
#define NABLA_TESTS_BENCH_H

/* Prints one row. unit: "ns/pass"; reference 0: there is none; reach: the figure to reach in the
 * same unit, or as a ratio to the reference when reach_is_ratio. */
typedef struct BenchRow {
    const char *work;
    const char *unit;
    double ours;
    const char *against;
    double reference;
    double reach;
    int reach_is_ratio;
} BenchRow;

void bench_heading(const char *title);
void bench_row(const BenchRow *row);
double bench_now(void);                /* s */
double bench_median(double *v, int n); /* sorts v */

/* The groups of rows, one file each. */
void bench_chain(void);   /* long graphs; first, for its row on memory */
void bench_engine(void);  /* the library alone */
void bench_network(void); /* training steps of networks */
void bench_script(void);  /* the built program on scripts */
void bench_start(void);   /* from start to the first prompt */

/* ns per pass of gradient descent on Rosenbrock with the derivatives written by hand in C. */
double bench_analytic_rosenbrock(void);

#endif

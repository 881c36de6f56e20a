/* script.c -- what one pass of a loop costs in the language, measured on the built program */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/proc.h"

#define RUNS 7

/* Wall time of a script whose loop makes n passes; -1 when it fails. */
static double run(const char *form, long n)
{
    char text[1024];
    snprintf(text, sizeof text, form, n);
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", NULL};
    Proc p;
    double start = bench_now();
    if (!proc_run(argv, NULL, text, 300, &p)) {
        return -1;
    }
    double took = bench_now() - start;
    if (p.status != 0) {
        fprintf(stderr, "%s%s", p.out, p.err);
        took = -1;
    }
    proc_free(&p);
    return took;
}

/* (time of 10n passes - time of n passes) / 9n: start and end of the program cancel. Analytic C
 * takes turns with it. false when the program fails. */
static bool per_pass(const char *form, long n, BenchPair *pair)
{
    double ns[RUNS], ratio[RUNS];
    for (int i = 0; i < RUNS; i++) {
        double few = run(form, n), many = run(form, 10 * n);
        if (few < 0 || many < 0) {
            return false;
        }
        ns[i] = 1e9 * (many - few) / (9 * (double)n);
        ratio[i] = ns[i] / bench_analytic_rosenbrock();
    }
    pair->ours = bench_median(ns, RUNS);
    pair->reference = pair->ours / bench_median(ratio, RUNS);
    return true;
}

#define START                                                                                      \
    "def rosenbrock(x, y) = 100*(y - x^2)^2 + (1 - x)^2\n"                                         \
    "x, y = 0, 2\n"                                                                                \
    "opt = sgd(x, y, lr=0.001)\n"

static const struct {
    const char *work, *form;
    double reach; /* ns */
    const char *figure, *peer;
} rows[] = {
    {"Rosenbrock, graph rebuilt each pass",
     START "repeat %ld { f = rosenbrock(x, y); cleargrad; backward f; step opt }\n", 300, "300 ns",
     "rosenbrock"},
    {"Rosenbrock, retained graph",
     START "f = rosenbrock(x, y)\n"
           "repeat %ld { forward f; cleargrad; backward f; step opt }\n",
     100, "100 ns", NULL},
    {"Rosenbrock, minimize",
     START "f = rosenbrock(x, y)\n"
           "minimize f, opt, steps=%ld, tol=0\n",
     50, "50 ns", NULL},
};

void bench_script(void)
{
    bench_heading("the language (program run on n and 10n passes, median of 7 differences)");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BenchPair pair;
        if (!per_pass(rows[i].form, 200000, &pair)) {
            printf("%-44s failed\n", rows[i].work);
            continue;
        }
        bench_row(&(BenchRow){.work = rows[i].work,
                              .unit = "ns/pass",
                              .ours = pair.ours,
                              .against = "analytic C",
                              .reference = pair.reference,
                              .reach = rows[i].reach / BENCH_ANALYTIC_THERE,
                              .figure = rows[i].figure,
                              .peer = rows[i].peer});
    }
}

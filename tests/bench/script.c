/* script.c -- what one pass of a loop costs in the language, measured on the built program */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/proc.h"

#define RUNS 7

/* Wall time of a script whose loop makes n passes; -1 when it fails. */
static double run(const char *program, const char *form, long n)
{
    char text[1024];
    snprintf(text, sizeof text, form, n);
    const char *argv[] = {program, "--norc", "--no-window", NULL};
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

/* (time of 10n passes - time of n passes) / 9n in ns: start and end of the program cancel; -1 when
 * it fails. */
static double one_pass(const char *program, const char *form, long n)
{
    double few = run(program, form, n), many = run(program, form, 10 * n);
    return few < 0 || many < 0 ? -1 : 1e9 * (many - few) / (9 * (double)n);
}

/* The built program takes turns with `other`, or with analytic C when that is NULL. false when a
 * program fails. */
static bool per_pass(const char *form, const char *other, BenchPair *pair)
{
    enum { FEW = 200000 };
    double ns[RUNS], ratio[RUNS];
    for (int i = 0; i < RUNS; i++) {
        ns[i] = one_pass(proc_env("NB_PROGRAM", "build/nabla"), form, FEW);
        ratio[i] = ns[i] / (other ? one_pass(other, form, FEW) : bench_analytic_rosenbrock());
        if (ns[i] < 0 || ratio[i] < 0) {
            return false;
        }
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
        if (!per_pass(rows[i].form, NULL, &pair)) {
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

void bench_whole(void)
{
    const char *apart = proc_env("NB_APART", "");
    if (!apart[0]) {
        return;
    }
    bench_heading("link-time optimisation: the program linked with it and without");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BenchPair pair;
        if (per_pass(rows[i].form, apart, &pair)) {
            bench_row(&(BenchRow){.work = rows[i].work,
                                  .unit = "ns/pass",
                                  .ours = pair.ours,
                                  .against = "without",
                                  .reference = pair.reference});
        }
    }
}

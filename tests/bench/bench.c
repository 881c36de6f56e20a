/* bench.c -- prints the machine and every row; each ratio compares two figures of this run */
#include "tests/bench/bench.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc.h"

double bench_now(void)
{
    return proc_seconds();
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, ascending);
    return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

void bench_heading(const char *title)
{
    printf("\n%s\n%-42s %12s %-8s %12s %-22s %7s  %s\n", title, "work", "ours", "", "reference", "",
           "ratio", "reach");
}

void bench_row(const BenchRow *r)
{
    printf("%-42s %12.4g %-8s ", r->work, r->ours, r->unit);
    if (r->reference > 0) {
        printf("%12.4g %-22s %7.2f  ", r->reference, r->against, r->ours / r->reference);
    } else {
        printf("%12s %-22s %7s  ", "-", r->against ? r->against : "", "-");
    }
    if (r->reach > 0) {
        double figure = r->reach_is_ratio ? r->ours / r->reference : r->ours;
        printf("<= %.3g%s%s", r->reach, r->reach_is_ratio ? " x" : "",
               figure <= r->reach ? "" : "  MISSED");
    }
    printf("\n");
    fflush(stdout);
}

/* Rosenbrock with both derivatives written out: what no automatic tool can beat. */
double bench_analytic_rosenbrock(void)
{
    enum { PASSES = 5000000, RUNS = 5 };
    double ns[RUNS];
    volatile double sink = 0;
    for (int run = 0; run < RUNS; run++) {
        double x = 0, y = 2, start = bench_now();
        for (int i = 0; i < PASSES; i++) {
            double u = y - x * x;
            double gx = -400 * x * u - 2 * (1 - x), gy = 200 * u;
            x -= 0.001 * gx;
            y -= 0.001 * gy;
        }
        sink = sink + x + y;
        ns[run] = 1e9 * (bench_now() - start) / PASSES;
    }
    return bench_median(ns, RUNS);
}

static void print_machine(void)
{
    char line[256], model[256] = "unknown";
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            snprintf(model, sizeof model, "%s", strchr(line, ':') + 2);
            model[strcspn(model, "\n")] = 0;
            break;
        }
    }
    if (f) {
        fclose(f);
    }
    printf("machine   %s, %ld cores\n", model, sysconf(_SC_NPROCESSORS_ONLN));
    printf("compiler  %s\n", __VERSION__);
    printf("openblas  core %s\n", openblas_get_corename());
}

int main(void)
{
    print_machine();
    bench_chain();
    bench_engine();
    bench_network();
    bench_script();
    bench_start();
    return 0;
}

/* bench.c -- prints the machine and every row; each ratio compares two figures of this run */
#include "tests/bench/bench.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/proc.h"

#define MOST_ROWS 48

/* The rows printed, for the table. */
static struct {
    BenchRow row[MOST_ROWS];
    const char *heading[MOST_ROWS]; /* before this row, or NULL */
    int n;
} kept;

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

static double seconds_of(BenchWork work, void *user, int steps)
{
    double start = bench_now();
    work(user, steps);
    return (bench_now() - start) / steps;
}

BenchPair bench_in_turns(BenchWork ours, void *us, BenchWork reference, void *them, int steps,
                         int runs, double scale)
{
    double a[64], r[64];
    runs = runs < 64 ? runs : 64;
    ours(us, steps);
    reference(them, steps);
    for (int i = 0; i < runs; i++) {
        double b = scale * seconds_of(reference, them, steps);
        a[i] = scale * seconds_of(ours, us, steps);
        r[i] = a[i] / b;
    }
    double median = bench_median(a, runs);
    return (BenchPair){median, median / bench_median(r, runs)};
}

/* --- rows --- */

void bench_heading(const char *title)
{
    printf("\n%s\n%-44s %10s %-9s %10s %-26s %6s  %-24s %10s\n", title, "work", "ours", "",
           "reference", "", "ratio", "reach", "PyTorch");
    if (kept.n < MOST_ROWS) {
        kept.heading[kept.n] = title;
    }
}

/* "<= 11.6 x (50 ns)", and whether it is missed */
static const char *reach_text(const BenchRow *r, char *buf, size_t cap)
{
    double is = r->reference > 0 ? r->ours / r->reference : r->ours;
    if (r->reach <= 0) {
        return "";
    }
    snprintf(buf, cap, "<= %.3g%s%s%s%s%s", r->reach, r->reference > 0 ? " x" : "",
             r->figure ? " (" : "", r->figure ? r->figure : "", r->figure ? ")" : "",
             is <= r->reach ? "" : " MISSED");
    return buf;
}

void bench_row(const BenchRow *r)
{
    char reach[96];
    printf("%-44s %10.4g %-9s ", r->work, r->ours, r->unit);
    if (r->reference > 0) {
        printf("%10.4g %-26s %6.2f  ", r->reference, r->against, r->ours / r->reference);
    } else {
        printf("%10s %-26s %6s  ", "-", r->against ? r->against : "", "-");
    }
    printf("%-24s", reach_text(r, reach, sizeof reach));
    double peer = r->peer ? bench_peer(r->peer) : 0;
    if (peer > 0) {
        printf(" %10.4g", peer);
    }
    printf("\n");
    fflush(stdout);
    if (kept.n < MOST_ROWS) {
        kept.row[kept.n++] = *r;
    }
}

/* Rosenbrock with both derivatives written out: what no automatic tool can beat. */
double bench_analytic_rosenbrock(void)
{
    enum { PASSES = 1000000, RUNS = 9 };
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

/* --- the machine --- */

static const char *processor(char *model, size_t cap)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(model, cap, "an unknown processor");
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            snprintf(model, cap, "%s", strchr(line, ':') + 2);
            model[strcspn(model, "\n")] = 0;
            break;
        }
    }
    if (f) {
        fclose(f);
    }
    return model;
}

static void print_machine(void)
{
    char model[256];
    const char *peer = bench_peer_version();
    printf("machine   %s, %ld cores\n", processor(model, sizeof model),
           sysconf(_SC_NPROCESSORS_ONLN));
    printf("compiler  %s\n", __VERSION__);
    printf("openblas  core %s\n", openblas_get_corename());
    printf("pytorch   %s\n", peer ? peer : "not there (python3-torch)");
}

/* --- the table of doc/speed.md --- */

static void put_number(FILE *f, double x, const char *unit)
{
    fprintf(f, x >= 1000 ? "%.0f %s" : "%.3g %s", x, unit);
}

static void put_table(FILE *f)
{
    char model[256], date[32], reach[96];
    time_t now = time(NULL);
    const char *peer = bench_peer_version();
    strftime(date, sizeof date, "%Y-%m-%d", gmtime(&now));
    fprintf(f, "Measured on %s: %s, %ld cores; compiler %s; OpenBLAS core %s, one thread; ", date,
            processor(model, sizeof model), sysconf(_SC_NPROCESSORS_ONLN), __VERSION__,
            openblas_get_corename());
    fprintf(f, peer ? "PyTorch %s, one thread.\n\n" : "PyTorch not there.%s\n\n", peer ? peer : "");
    fprintf(f, "| work | nabla | beside it in the same run | ratio | to reach | PyTorch |\n"
               "|---|---|---|---|---|---|\n");
    for (int i = 0; i < kept.n; i++) {
        const BenchRow *r = &kept.row[i];
        char unit[16];
        snprintf(unit, sizeof unit, "%.*s", (int)strcspn(r->unit, "/"), r->unit);
        if (kept.heading[i]) {
            fprintf(f, "| *%s* | | | | | |\n", kept.heading[i]);
        }
        fprintf(f, "| %s | ", r->work);
        put_number(f, r->ours, r->unit);
        fprintf(f, " | ");
        if (r->reference > 0) {
            put_number(f, r->reference, unit);
            fprintf(f, " %s | %.2f", r->against, r->ours / r->reference);
        } else {
            fprintf(f, "| ");
        }
        fprintf(f, " | %s | ", reach_text(r, reach, sizeof reach));
        double other = r->peer ? bench_peer(r->peer) : 0;
        if (other > 0) {
            put_number(f, other, unit);
        }
        fprintf(f, " |\n");
    }
}

/* Whether the group of that name is asked for: K="chain start" names some, without it all are. */
static bool is_asked(const char *name)
{
    const char *asked = getenv("K");
    return !asked || !asked[0] || strstr(asked, name);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*measure)(void);
    } group[] = {
        {"chain", bench_chain},     {"engine", bench_engine},     {"large", bench_large},
        {"network", bench_network}, {"script", bench_script},     {"whole", bench_whole},
        {"start", bench_start},     {"pictures", bench_pictures},
#ifndef NB_NO_WINDOWS
        {"windows", bench_windows},
#endif
    };
    bench_peer_run();
    print_machine();
    for (size_t i = 0; i < sizeof group / sizeof *group; i++) {
        if (is_asked(group[i].name)) {
            group[i].measure();
        }
    }
    FILE *f = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (f) {
        put_table(f);
        fclose(f);
    } else if (argc > 1) {
        fprintf(stderr, "cannot write %s\n", argv[1]);
        return 1;
    }
    return 0;
}

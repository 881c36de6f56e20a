/* large.c -- what the first touch of many megabytes costs, with large pages and without */
#define _DEFAULT_SOURCE /* madvise */
#include <nabla/nabla.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "tests/bench/bench.h"

#define COUNT ((size_t)1 << 22) /* doubles: 32 MiB */
#define BYTES (COUNT * sizeof(double))

static void fill(double *v)
{
    for (size_t i = 0; v && i < COUNT; i++) {
        v[i] = (double)i;
    }
}

/* Fresh memory of the library's allocator. */
static void write_ours(void *user, int steps)
{
    (void)user;
    for (int i = 0; i < steps; i++) {
        double *v = nb_alloc(BYTES);
        fill(v);
        nb_free(v);
    }
}

/* Fresh memory in pages of 4 KB, as malloc gets it. */
static void write_small(void *user, int steps)
{
    (void)user;
    for (int i = 0; i < steps; i++) {
        void *v = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (v != MAP_FAILED) {
            madvise(v, BYTES, MADV_NOHUGEPAGE);
            fill(v);
            munmap(v, BYTES);
        }
    }
}

typedef struct Draws {
    NbCtx *ctx;
    NbAttrs attrs;
    NbRng rng;
    double *touched;
} Draws;

static void draw_fresh(void *user, int steps)
{
    Draws *d = user;
    for (int i = 0; i < steps; i++) {
        NbVar *v = nb_apply(d->ctx, nb_op_find("randn"), NULL, 0, &d->attrs);
        nb_var_unref(&v);
    }
}

/* The draws alone, into memory that is there. */
static void draw_touched(void *user, int steps)
{
    Draws *d = user;
    for (int i = 0; i < steps; i++) {
        for (size_t k = 0; k < COUNT; k++) {
            d->touched[k] = nb_rng_normal(&d->rng);
        }
    }
}

void bench_large(void)
{
    bench_heading("blocks of 32 MB (madvise: MADV_HUGEPAGE from 4 MB on)");
    BenchPair w = bench_in_turns(write_ours, NULL, write_small, NULL, 1, 9, 1e3);
    bench_row(&(BenchRow){.work = "32 MB of fresh memory written",
                          .unit = "ms",
                          .ours = w.ours,
                          .against = "in pages of 4 KB",
                          .reference = w.reference});
    Draws d = {.ctx = nb_ctx_new(), .touched = nb_alloc(BYTES)};
    nb_attrs_init(&d.attrs);
    d.attrs.has_shape = true;
    d.attrs.shape = (NbShape){.rank = 1, .dim = {(int64_t)COUNT}};
    nb_rng_seed(&d.rng, 0, 1);
    if (d.ctx && d.touched) {
        BenchPair r = bench_in_turns(draw_fresh, &d, draw_touched, &d, 1, 9, 1e3);
        bench_row(&(BenchRow){.work = "randn of 4 million numbers",
                              .unit = "ms",
                              .ours = r.ours,
                              .against = "the draws alone",
                              .reference = r.reference});
    }
    nb_free(d.touched);
    nb_ctx_free(&d.ctx);
}

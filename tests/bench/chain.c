/* chain.c -- long graphs of scalars: what a node costs to make, sweep and release, and to hold */
#include <stdio.h>
#include <unistd.h>

#include <nabla/nabla.h>

#include "tests/bench/bench.h"

/* y·x n times over. New variable. */
static NbVar *chain(NbCtx *ctx, NbVar *x, int n)
{
    const NbOp *mul = nb_op_find("mul");
    NbVar *y = nb_var_ref(x);
    for (int i = 0; i < n; i++) {
        NbVar *next = nb_apply2(ctx, mul, NB_VAR(y), NB_VAR(x));
        nb_var_unref(&y);
        y = next;
    }
    return y;
}

/* Σ x·cᵢ: n products and n − 1 sums. New variable. */
static NbVar *products(NbCtx *ctx, NbVar *x, int n)
{
    const NbOp *mul = nb_op_find("mul"), *add = nb_op_find("add");
    NbVar *s = NULL;
    for (int i = 0; i < n; i++) {
        NbVar *p = nb_apply2(ctx, mul, NB_VAR(x), NB_NUM(1 + 1e-6 * i));
        NbVar *next = s ? nb_apply2(ctx, add, NB_VAR(s), NB_VAR(p)) : nb_var_ref(p);
        nb_var_unref(&p);
        nb_var_unref(&s);
        s = next;
    }
    return s;
}

typedef NbVar *(*Make)(NbCtx *ctx, NbVar *x, int n);

/* s to make, sweep and release the graph. */
static double pass(NbCtx *ctx, NbVar *x, Make make, int n)
{
    double start = bench_now();
    NbVar *y = make(ctx, x, n);
    nb_backward(y, NULL);
    nb_var_unref(&y);
    nb_var_clear_grad(x);
    return bench_now() - start;
}

/* The first pass pays for memory the process has never had; the second and later ones count. */
static void row(const char *work, Make make, int n, int nodes, const char *peer)
{
    enum { RUNS = 5 };
    double ns[RUNS];
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = nb_var_scalar(ctx, 1, NB_LEAF);
    pass(ctx, x, make, n);
    for (int run = 0; run < RUNS; run++) {
        ns[run] = 1e9 * pass(ctx, x, make, n) / nodes;
    }
    bench_row(&(BenchRow){.work = work,
                          .unit = "ns/node",
                          .ours = bench_median(ns, RUNS),
                          .reach = 50,
                          .peer = peer});
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
}

static long resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        if (fscanf(f, "%*s %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(f);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

/* What the process grows by while it holds a chain of 10⁶ and its gradients. */
static void memory(void)
{
    enum { N = 1000000 };
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = nb_var_scalar(ctx, 1, NB_LEAF);
    long before = resident();
    NbVar *y = chain(ctx, x, N);
    nb_backward(y, NULL);
    double bytes = (double)(resident() - before) / N;
    if (before > 0) {
        bench_row(&(BenchRow){.work = "chain of 10^6, held after backward",
                              .unit = "bytes/node",
                              .ours = bytes,
                              .reach = 200});
    }
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
}

void bench_chain(void)
{
    bench_heading("long graphs (forward + backward + release; second pass and later)");
    memory(); /* first, while the process has no memory to give back */
    row("chain of 10^5", chain, 100000, 100000, "chain");
    row("sum of 10^5 products", products, 100000, 199999, "products");
    row("chain of 10^6", chain, 1000000, 1000000, NULL);
}

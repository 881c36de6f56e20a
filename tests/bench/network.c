/* network.c -- training steps through the C interface: networks beside the matrix products alone */
#include <cblas.h>
#include <stdlib.h>

#include <nabla/nabla.h>

#include "tests/bench/bench.h"

/* A const (rows, columns) of uniform draws. */
static NbVar *drawn(NbCtx *ctx, int64_t rows, int64_t columns)
{
    NbShape s = nb_shape(2, rows, columns);
    NbTensor *t = nb_tensor_new(&s, nb_ctx_err(ctx));
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = nb_rng_uniform(nb_ctx_rng(ctx));
    }
    return nb_var_tensor(ctx, t, NB_CONST);
}

/* A model, its optimizer, and one batch for it. */
typedef struct Net {
    NbCtx *ctx;
    NbModule *m;
    NbOptim *o;
    NbVar *x, *t;
    const NbOp *loss;
} Net;

static void net_open(Net *n, const int64_t *sizes, int nsizes, const char *activation,
                     const char *rule)
{
    NbSettingValue v[] = {nb_set_sizes(sizes, nsizes), nb_set_op(nb_op_find(activation))};
    n->ctx = nb_ctx_new();
    n->m = nb_module_new(n->ctx, nb_layer_find("mlp"), v);
    n->o = nb_optim_new(n->ctx, nb_opt_rule_find(rule), NULL);
    nb_optim_add_source(n->o, nb_module_source, n->m);
}

static void net_close(Net *n)
{
    nb_optim_free(&n->o);
    nb_module_unref(&n->m);
    nb_var_unref(&n->t);
    nb_var_unref(&n->x);
    nb_ctx_free(&n->ctx);
}

/* The graph is built anew, as a loop over batches does. */
static void net_step(Net *n)
{
    const NbSweep sweep = {.replace = true, .drop_inner = true};
    NbVar *y = nb_module_call(n->m, n->x);
    NbVar *loss = nb_apply2(n->ctx, n->loss, NB_VAR(y), NB_VAR(n->t));
    nb_backward(loss, &sweep);
    nb_optim_step(n->o, NULL);
    nb_var_unref(&loss);
    nb_var_unref(&y);
}

/* s a step, over `steps` of them. */
static double net_time(Net *n, int steps)
{
    double start = bench_now();
    for (int i = 0; i < steps; i++) {
        net_step(n);
    }
    return (bench_now() - start) / steps;
}

/* --- 784-256-128-10 --- */

enum { BATCH = 128, LAYERS = 3 };
static const int64_t width[LAYERS + 1] = {784, 256, 128, 10};

/* Every matrix of one step: activations, weights, and the gradients of both. */
typedef struct Products {
    double *a[LAYERS + 1], *w[LAYERS], *da[LAYERS + 1], *dw[LAYERS];
} Products;

static double *numbers(int64_t n)
{
    double *p = calloc((size_t)n, sizeof *p);
    for (int64_t i = 0; p && i < n; i++) {
        p[i] = 0.001 * (double)(i % 1000) - 0.5;
    }
    return p;
}

static void products_open(Products *p)
{
    for (int i = 0; i <= LAYERS; i++) {
        p->a[i] = numbers(BATCH * width[i]);
        p->da[i] = numbers(BATCH * width[i]);
        if (i < LAYERS) {
            p->w[i] = numbers(width[i] * width[i + 1]);
            p->dw[i] = numbers(width[i] * width[i + 1]);
        }
    }
}

static void products_close(Products *p)
{
    for (int i = 0; i <= LAYERS; i++) {
        free(p->a[i]);
        free(p->da[i]);
        if (i < LAYERS) {
            free(p->w[i]);
            free(p->dw[i]);
        }
    }
}

/* A = A W forward; dW = Aᵀ dA and dA = dA Wᵀ backward. The input needs no gradient. */
static double products_time(Products *p, int steps)
{
    double start = bench_now();
    for (int step = 0; step < steps; step++) {
        for (int i = 0; i < LAYERS; i++) {
            int in = (int)width[i], out = (int)width[i + 1];
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, BATCH, out, in, 1, p->a[i], in,
                        p->w[i], out, 0, p->a[i + 1], out);
        }
        for (int i = LAYERS - 1; i >= 0; i--) {
            int in = (int)width[i], out = (int)width[i + 1];
            cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, BATCH, 1, p->a[i], in,
                        p->da[i + 1], out, 0, p->dw[i], out);
            if (i > 0) {
                cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, BATCH, in, out, 1,
                            p->da[i + 1], out, p->w[i], out, 0, p->da[i], in);
            }
        }
    }
    return (bench_now() - start) / steps;
}

/* Both in turns, so that the machine's changes of speed meet both. */
static void large(void)
{
    enum { STEPS = 20, RUNS = 15 };
    double ours[RUNS], gemm[RUNS], ratio[RUNS];
    Net n = {.loss = nb_op_find("cross_entropy")};
    Products p = {0};
    net_open(&n, width + 1, LAYERS, "relu", "adam");
    n.x = drawn(n.ctx, BATCH, width[0]);
    NbShape s = nb_shape(1, BATCH);
    NbTensor *labels = nb_tensor_new(&s, NULL);
    for (int64_t i = 0; i < BATCH; i++) {
        labels->data[i] = (double)(i % width[LAYERS]);
    }
    n.t = nb_var_tensor(n.ctx, labels, NB_CONST);
    products_open(&p);
    net_time(&n, STEPS);
    products_time(&p, STEPS);
    for (int run = 0; run < RUNS; run++) {
        gemm[run] = 1e3 * products_time(&p, STEPS);
        ours[run] = 1e3 * net_time(&n, STEPS);
        ratio[run] = ours[run] / gemm[run];
    }
    double one = bench_median(ours, RUNS);
    bench_row(&(BenchRow){"MLP 784-256-128-10, batch 128, Adam", "ms/step", one, "its gemm calls",
                          one / bench_median(ratio, RUNS), 1.25, 1});
    products_close(&p);
    net_close(&n);
}

/* --- 1-10-1 --- */

static void small(void)
{
    enum { STEPS = 20000, RUNS = 5 };
    double us[RUNS];
    Net n = {.loss = nb_op_find("mse")};
    net_open(&n, (const int64_t[]){10, 1}, 2, "relu", "sgd");
    n.x = drawn(n.ctx, 100, 1);
    n.t = drawn(n.ctx, 100, 1);
    net_time(&n, STEPS / 10);
    for (int run = 0; run < RUNS; run++) {
        us[run] = 1e6 * net_time(&n, STEPS);
    }
    bench_row(&(BenchRow){"MLP 1-10-1, batch 100, SGD", "us/step", bench_median(us, RUNS), NULL, 0,
                          5, 0});
    net_close(&n);
}

/* --- LSTM --- */

typedef struct Lstm {
    NbCtx *ctx;
    NbModule *m;
    NbOptim *o;
    NbLoader *data;
} Lstm;

static void lstm_update(Lstm *l, NbVar **loss)
{
    const NbSweep sweep = {.replace = true, .drop_inner = true};
    nb_backward(*loss, &sweep);
    nb_var_unchain(*loss);
    nb_optim_step(l->o, NULL);
    nb_var_unref(loss);
}

/* One pass over the curve; an update after 30 steps and at the end. */
static void lstm_epoch(Lstm *l)
{
    const NbOp *mse = nb_op_find("mse"), *add = nb_op_find("add");
    NbVar *x, *t, *loss = NULL;
    int count = 0;
    nb_module_reset_state(l->m);
    while (nb_loader_next(l->data, &x, &t) == NB_OK && x) {
        NbVar *y = nb_module_call(l->m, x), *e = nb_apply2(l->ctx, mse, NB_VAR(y), NB_VAR(t));
        NbVar *sum = loss ? nb_apply2(l->ctx, add, NB_VAR(loss), NB_VAR(e)) : nb_var_ref(e);
        nb_var_unref(&loss);
        loss = sum;
        nb_var_unref(&e);
        nb_var_unref(&y);
        nb_var_unref(&t);
        nb_var_unref(&x);
        if (++count % 30 == 0) {
            lstm_update(l, &loss);
        }
    }
    if (loss) {
        lstm_update(l, &loss);
    }
}

static void recurrent(void)
{
    enum { EPOCHS = 10, RUNS = 7 };
    double ms[RUNS];
    Lstm l = {.ctx = nb_ctx_new()};
    const NbSettingValue v[] = {nb_set_number(100), nb_set_number(1)};
    NbVar *x, *t;
    nb_data_make(l.ctx, nb_data_find("curve"), nb_op_find("sin"), 1000, 0.05, &x, &t);
    l.data = nb_sequences(l.ctx, t, NULL, 30);
    l.m = nb_module_new(l.ctx, nb_layer_find("lstm_model"), v);
    l.o = nb_optim_new(l.ctx, nb_opt_rule_find("adam"), NULL);
    nb_optim_add_source(l.o, nb_module_source, l.m);
    lstm_epoch(&l);
    for (int run = 0; run < RUNS; run++) {
        double start = bench_now();
        for (int i = 0; i < EPOCHS; i++) {
            lstm_epoch(&l);
        }
        ms[run] = 1e3 * (bench_now() - start) / EPOCHS;
    }
    bench_row(&(BenchRow){"LSTM 100, batch 30, 30 steps back, sine 1000", "ms/epoch",
                          bench_median(ms, RUNS), NULL, 0, 6, 0});
    nb_optim_free(&l.o);
    nb_module_unref(&l.m);
    nb_loader_unref(&l.data);
    nb_var_unref(&t);
    nb_var_unref(&x);
    nb_ctx_free(&l.ctx);
}

void bench_network(void)
{
    bench_heading("networks (graph built anew each step)");
    large();
    small();
    recurrent();
}

/* network.c -- training steps through the C interface: networks beside the matrix products alone */
#include <math.h>

#include <nabla/nabla.h>

#include "tests/bench/bench.h"
#include "tests/bench/by_hand.h"

/* The figures to reach, 5 us and 6 ms, as ratios to the same steps by hand in C. On the machine
 * they were set on these take about 1.2 us and 4.2 ms: what they take elsewhere, scaled by analytic
 * C and by the matrix products of the large network, which were measured on both. */
#define SMALL_REACH 4.0
#define LSTM_REACH 1.4

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
    n->m = nb_module_new(n->ctx, nb_layer_find("mlp"), v, 2);
    n->o = nb_optim_new(n->ctx, nb_opt_rule_find(rule), NULL, 0);
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

static void net_steps(void *net, int steps)
{
    for (int i = 0; i < steps; i++) {
        net_step(net);
    }
}

/* --- 784-256-128-10 --- */

static void large_open(Net *n)
{
    enum { BATCH = 128, CLASSES = 10 };
    *n = (Net){.loss = nb_op_find("cross_entropy")};
    net_open(n, (const int64_t[]){256, 128, CLASSES}, 3, "relu", "adam");
    n->x = drawn(n->ctx, BATCH, 784);
    NbShape s = nb_shape(1, BATCH);
    NbTensor *labels = nb_tensor_new(&s, NULL);
    for (int64_t i = 0; i < BATCH; i++) {
        labels->data[i] = (double)(i % CLASSES);
    }
    n->t = nb_var_tensor(n->ctx, labels, NB_CONST);
}

static void large(void)
{
    Net n;
    Products *p = products_new();
    large_open(&n);
    BenchPair pair = bench_in_turns(net_steps, &n, products_steps, p, 20, 15, 1e3);
    bench_row(&(BenchRow){.work = "MLP 784-256-128-10, batch 128, Adam",
                          .unit = "ms/step",
                          .ours = pair.ours,
                          .against = "its gemm calls",
                          .reference = pair.reference,
                          .reach = 1.25,
                          .peer = "large"});
    products_free(&p);
    net_close(&n);
}

/* --- threads --- */

/* Largest relative difference between the weights of two networks trained alike. */
static double difference(const Net *a, const Net *b)
{
    double most = 0;
    for (int i = 0; i < nb_module_params(a->m); i++) {
        NbTensor ta, tb;
        const NbTensor *x = nb_var_data(nb_module_param(a->m, i, NULL), &ta);
        const NbTensor *y = nb_var_data(nb_module_param(b->m, i, NULL), &tb);
        double norm = 0, apart = 0;
        for (int64_t k = 0; k < x->size; k++) {
            norm = fmax(norm, fabs(x->data[k]));
            apart = fmax(apart, fabs(x->data[k] - y->data[k]));
        }
        most = fmax(most, norm > 0 ? apart / norm : apart);
    }
    return most;
}

/* The same training with one thread and with two. */
static void threads(void)
{
    Net one, two;
    enum { STEPS = 20 };
    large_open(&one);
    large_open(&two);
    nb_ctx_set_threads(one.ctx, 1);
    net_steps(&one, STEPS);
    nb_ctx_set_threads(two.ctx, 2);
    net_steps(&two, STEPS);
    double apart = difference(&one, &two);
    double two_ms[5], one_ms[5];
    for (int run = 0; run < 5; run++) {
        nb_ctx_set_threads(one.ctx, 1);
        one_ms[run] = 1e3 * net_time(&one, STEPS);
        nb_ctx_set_threads(two.ctx, 2);
        two_ms[run] = 1e3 * net_time(&two, STEPS);
    }
    nb_ctx_set_threads(one.ctx, 1);
    bench_row(&(BenchRow){.work = "the same with two threads",
                          .unit = "ms/step",
                          .ours = bench_median(two_ms, 5),
                          .against = "one thread",
                          .reference = bench_median(one_ms, 5)});
    bench_row(&(BenchRow){.work = "weights after 20 steps, two threads and one",
                          .unit = "relative difference",
                          .ours = apart,
                          .reach = 1e-9});
    net_close(&two);
    net_close(&one);
}

/* --- 1-10-1 --- */

static void small(void)
{
    Net n = {.loss = nb_op_find("mse")};
    SmallNet *hand = small_new();
    net_open(&n, (const int64_t[]){10, 1}, 2, "relu", "sgd");
    n.x = drawn(n.ctx, 100, 1);
    n.t = drawn(n.ctx, 100, 1);
    BenchPair pair = bench_in_turns(net_steps, &n, small_steps, hand, 5000, 15, 1e6);
    bench_row(&(BenchRow){.work = "MLP 1-10-1, batch 100, SGD",
                          .unit = "us/step",
                          .ours = pair.ours,
                          .against = "by hand in C with cblas",
                          .reference = pair.reference,
                          .reach = SMALL_REACH,
                          .figure = "5 us",
                          .peer = "small"});
    small_free(&hand);
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

static void lstm_run(void *lstm, int epochs)
{
    for (int i = 0; i < epochs; i++) {
        lstm_epoch(lstm);
    }
}

static void recurrent(void)
{
    Lstm l = {.ctx = nb_ctx_new()};
    LstmNet *hand = lstm_new();
    const NbSettingValue v[] = {nb_set_number(100), nb_set_number(1)};
    NbVar *x, *t;
    nb_data_make(l.ctx, nb_data_find("curve"), nb_op_find("sin"), 1000, 0.05, &x, &t);
    l.data = nb_sequences(l.ctx, t, NULL, 30);
    l.m = nb_module_new(l.ctx, nb_layer_find("lstm_model"), v, 2);
    l.o = nb_optim_new(l.ctx, nb_opt_rule_find("adam"), NULL, 0);
    nb_optim_add_source(l.o, nb_module_source, l.m);
    BenchPair pair = bench_in_turns(lstm_run, &l, lstm_epochs, hand, 5, 15, 1e3);
    bench_row(&(BenchRow){.work = "LSTM 100, batch 30, 30 steps back, sine 1000",
                          .unit = "ms/epoch",
                          .ours = pair.ours,
                          .against = "by hand in C with cblas",
                          .reference = pair.reference,
                          .reach = LSTM_REACH,
                          .figure = "6 ms",
                          .peer = "lstm"});
    nb_optim_free(&l.o);
    nb_module_unref(&l.m);
    nb_loader_unref(&l.data);
    nb_var_unref(&t);
    nb_var_unref(&x);
    nb_ctx_free(&l.ctx);
    lstm_free(&hand);
}

void bench_network(void)
{
    bench_heading("networks (graph built anew each step)");
    large();
    threads();
    small();
    recurrent();
}

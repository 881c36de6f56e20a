/* test_allocation_graph.c -- failing allocations in replays, high orders, writes, cuts, records */
#include "failing.h"

#include <nabla/data.h>
#include <nabla/nn.h>
#include <nabla/optim.h>
#include <nabla/record.h>
#include <nabla/saved.h>

/* Variables of one piece of work, released together. */
typedef struct Held {
    NbVar *v[64];
    int n;
    bool ok;
} Held;

static NbVar *hold(Held *h, NbVar *v)
{
    h->ok = h->ok && v != NULL;
    if (v != NULL) {
        assert_true(h->n < 64);
        h->v[h->n++] = v;
    }
    return v;
}

static NbVar *one(Held *h, const NbOp *op, NbVar *a)
{
    return h->ok ? hold(h, nb_apply1(ctx, op, a)) : NULL;
}

static NbVar *two(Held *h, const NbOp *op, NbArg a, NbArg b)
{
    return h->ok ? hold(h, nb_apply2(ctx, op, a, b)) : NULL;
}

static void ok(Held *h, NbStatus s)
{
    h->ok = h->ok && s == NB_OK;
}

static bool release(Held *h)
{
    while (h->n > 0) {
        NbVar *v = h->v[--h->n];
        nb_var_clear_grad(v);
        nb_var_unref(&v);
    }
    return h->ok;
}

static NbVar *leaf(Held *h, int rows, int columns)
{
    const NbShape s = nb_shape(2, rows, columns);
    return h->ok ? hold(h, some(&s, NB_LEAF)) : NULL;
}

/* --- replays of one graph: of scalars, which are packed at their third use, and of tensors --- */

static bool replayed_scalars(const void *with)
{
    (void)with;
    Held h = {.ok = true};
    NbVar *x = hold(&h, nb_var_scalar(ctx, 0.5, NB_LEAF));
    NbVar *y = h.ok ? hold(&h, nb_var_scalar(ctx, 2, NB_LEAF)) : NULL;
    NbVar *a = two(&h, &nb_op_mul, NB_VAR(x), NB_VAR(y));
    NbVar *b = one(&h, &nb_op_tanh, a);
    NbVar *f = two(&h, &nb_op_add, NB_VAR(b), NB_VAR(a));
    NbOptim *o = h.ok ? nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0) : NULL;
    h.ok = h.ok && o != NULL;
    for (int i = 0; i < 2 && h.ok; i++) {
        ok(&h, nb_optim_add(o, i == 0 ? x : y));
    }
    for (int i = 0; i < 6 && h.ok; i++) {
        const NbSweep sweep = {.replace = true};
        ok(&h, nb_forward(f, false, NULL));
        ok(&h, h.ok ? nb_backward(f, &sweep) : NB_EMEM);
        ok(&h, h.ok ? nb_optim_step(o, NULL) : NB_EMEM);
    }
    nb_optim_free(&o);
    return release(&h);
}

static bool replayed_tensors(const void *with)
{
    (void)with;
    Held h = {.ok = true};
    NbVar *w = leaf(&h, 3, 4);
    NbVar *x = leaf(&h, 5, 3);
    NbVar *y = two(&h, &nb_op_matmul, NB_VAR(x), NB_VAR(w));
    NbVar *z = one(&h, &nb_op_sigmoid, y);
    NbVar *f = one(&h, &nb_op_variance, z);
    for (int i = 0; i < 4 && h.ok; i++) {
        ok(&h, nb_var_assign(w, nb_var_data(w, &(NbTensor){0})));
        ok(&h, h.ok ? nb_forward(f, false, NULL) : NB_EMEM);
        ok(&h, h.ok ? nb_backward(f, NULL) : NB_EMEM);
    }
    return release(&h);
}

static void replays_fail_with_an_error(void **state)
{
    (void)state;
    /* Packing is spared: a graph that cannot be packed is walked as before. */
    each_allocation_is_tried(replayed_scalars, true, NULL, "replay of scalars");
    each_allocation_fails(replayed_tensors, NULL, "replay of tensors");
}

/* --- orders one to four, and a cut --- */

static bool orders(const void *with)
{
    const bool tensor = *(const bool *)with;
    const NbSweep graph = {.create_graph = true};
    Held h = {.ok = true};
    NbVar *x = tensor ? leaf(&h, 2, 2) : hold(&h, nb_var_scalar(ctx, 0.7, NB_LEAF));
    NbVar *s = one(&h, &nb_op_sin, x);
    NbVar *y = two(&h, &nb_op_mul, NB_VAR(s), NB_VAR(x));
    for (int order = 1; order <= 4 && h.ok; order++) {
        NbVar *f = tensor ? one(&h, &nb_op_sum, y) : y;
        ok(&h, h.ok ? nb_backward(f, &graph) : NB_EMEM);
        y = h.ok ? hold(&h, nb_var_grad(x)) : NULL;
        nb_var_clear_grad(x);
    }
    NbVar *end = one(&h, &nb_op_exp, y);
    ok(&h, h.ok ? nb_var_unchain(end) : NB_EMEM);
    return release(&h);
}

static void high_orders_fail_with_an_error(void **state)
{
    (void)state;
    each_allocation_fails(orders, &(bool){false}, "orders of a scalar");
    each_allocation_fails(orders, &(bool){true}, "orders of a tensor");
}

/* --- indexing, splitting, writing to parts --- */

static bool parts(const void *with)
{
    (void)with;
    const int64_t size[] = {1, 3};
    int64_t list[] = {2, 0, 2};
    Held h = {.ok = true};
    NbVar *part[2] = {NULL, NULL};
    NbVar *x = leaf(&h, 4, 3);
    ok(&h, h.ok ? nb_split(ctx, x, 0, size, 2, part) : NB_EMEM);
    for (int i = 0; i < 2 && h.ok; i++) {
        hold(&h, part[i]);
    }
    NbAttrs a;
    nb_attrs_init(&a);
    a.nindex = 2;
    a.index[0] = (NbIndex){.kind = NB_LIST, .list = list, .nlist = 3};
    a.index[1] = (NbIndex){.kind = NB_SLICE, .step = -1};
    NbVar *y = h.ok ? hold(&h, nb_apply(ctx, &nb_op_index, &NB_VAR(part[1]), 1, &a)) : NULL;
    NbVar *z = two(&h, &nb_op_mul, NB_VAR(y), NB_VAR(part[0]));
    NbVar *f = one(&h, &nb_op_sum, z);
    ok(&h, h.ok ? nb_backward(f, NULL) : NB_EMEM);
    NbTensor *value = h.ok ? nb_tensor_full(nb_var_shape(y), 7, nb_ctx_err(ctx)) : NULL;
    h.ok = h.ok && value != NULL;
    ok(&h, h.ok ? nb_var_assign_part(x, &a, value) : NB_EMEM);
    nb_tensor_unref(&value);
    ok(&h, h.ok ? nb_forward(f, false, NULL) : NB_EMEM);
    return release(&h);
}

static void indices_and_parts_fail_with_an_error(void **state)
{
    (void)state;
    each_allocation_fails(parts, NULL, "split, index and written parts");
}

/* --- a graph made from what was saved of one --- */

/* The node that op made of in, once more, with its value. */
static NbVar *once_more(Held *h, NbVar *made, const NbOp *op, const NbArg *in, int n,
                        const NbAttrs *attrs, bool view)
{
    NbTensor tmp;
    const bool copied = h->ok && !view && !nb_var_is_scalar(made);
    NbRebuild r = {.kind = NB_INNER,
                   .op = op,
                   .in = in,
                   .n = n,
                   .attrs = attrs,
                   .view = view,
                   .current = true,
                   .num = 1};
    if (copied) {
        r.tensor = nb_tensor_copy(nb_var_data(made, &tmp), nb_ctx_err(ctx));
        h->ok = r.tensor != NULL;
    }
    r.stamp = nb_ctx_stamps(ctx, 1);
    return h->ok ? hold(h, nb_var_rebuild(ctx, &r)) : NULL;
}

static bool rebuilt(const void *with)
{
    (void)with;
    int64_t list[] = {1, 0};
    NbAttrs a;
    Held h = {.ok = true};
    NbVar *x = leaf(&h, 3, 3);
    NbVar *y = two(&h, &nb_op_mul, NB_VAR(x), NB_VAR(x));
    nb_attrs_init(&a);
    a.nindex = 1;
    a.index[0] = (NbIndex){.kind = NB_LIST, .list = list, .nlist = 2};
    NbVar *z = h.ok ? hold(&h, nb_apply(ctx, &nb_op_index, &NB_VAR(y), 1, &a)) : NULL;
    NbVar *y2 = once_more(&h, y, &nb_op_mul, (NbArg[]){NB_VAR(x), NB_VAR(x)}, 2, NULL, false);
    NbVar *z2 = once_more(&h, z, &nb_op_index, &NB_VAR(y2), 1, &a, false);
    once_more(&h, x, &nb_op_transpose, &NB_VAR(y2), 1, NULL, true);
    NbVar *f = one(&h, &nb_op_sum, z2);
    once_more(&h, f, &nb_op_sum, &NB_VAR(z2), 1, NULL, false);
    NbTensor tmp;
    NbTensor *g = h.ok ? nb_tensor_copy(nb_var_data(x, &tmp), nb_ctx_err(ctx)) : NULL;
    h.ok = h.ok && g != NULL;
    ok(&h, h.ok ? nb_var_rebuild_grad(y2, 0, g, NULL, 1, false) : NB_EMEM);
    ok(&h, h.ok ? nb_var_rebuild_grad(y2, 0, NULL, y, 1, false) : NB_EMEM);
    ok(&h, h.ok ? nb_backward(f, NULL) : NB_EMEM);
    return release(&h);
}

static void graphs_put_back_fail_with_an_error(void **state)
{
    (void)state;
    each_allocation_fails(rebuilt, NULL, "a graph put back");
}

/* --- copies and gradients held --- */

static bool copies(const void *with)
{
    (void)with;
    Held h = {.ok = true};
    NbVar *x = leaf(&h, 3, 3);
    NbVar *d = h.ok ? hold(&h, nb_var_detach(x)) : NULL;
    NbVar *c = h.ok ? hold(&h, nb_var_copy(x, NB_LEAF)) : NULL;
    NbVar *y = two(&h, &nb_op_mul, NB_VAR(c), NB_VAR(d));
    NbVar *f = one(&h, &nb_op_sum, y);
    ok(&h, h.ok ? nb_backward(f, NULL) : NB_EMEM);
    NbVar *g = h.ok ? hold(&h, nb_var_grad(c)) : NULL;
    ok(&h, h.ok ? nb_backward(f, NULL) : NB_EMEM); /* replaces what g holds */
    NbTensor tmp;
    ok(&h, h.ok ? nb_var_set_grad(x, nb_var_data(d, &tmp)) : NB_EMEM);
    ok(&h, h.ok ? nb_var_put_grad(c, g) : NB_EMEM);
    return release(&h);
}

static void copies_and_held_gradients_fail_with_an_error(void **state)
{
    (void)state;
    each_allocation_fails(copies, NULL, "copies");
}

/* --- double backprop through a layer, functions as data, the record --- */

static bool layer_twice(const void *with)
{
    const NbLayer *layer = with;
    const NbSettingValue v = nb_set_number(2);
    const NbSweep graph = {.create_graph = true};
    Held h = {.ok = true};
    NbVar *x = leaf(&h, 2, 2);
    NbModule *m = h.ok ? nb_module_new(ctx, layer, &v, 1) : NULL;
    h.ok = h.ok && m != NULL;
    for (int i = 0; i < 2 && h.ok; i++) {
        NbVar *y = hold(&h, nb_module_call(m, x));
        NbVar *f = h.ok ? one(&h, &nb_op_sum, one(&h, &nb_op_square, y)) : NULL;
        ok(&h, h.ok ? nb_backward(f, &graph) : NB_EMEM);
        NbVar *g = h.ok ? hold(&h, nb_var_grad(x)) : NULL;
        NbVar *s = one(&h, &nb_op_sum, g);
        ok(&h, h.ok ? nb_backward(s, NULL) : NB_EMEM);
    }
    for (int i = 0; m != NULL && nb_module_param(m, i, NULL) != NULL; i++) {
        nb_var_clear_grad(nb_module_param(m, i, NULL));
    }
    nb_module_unref(&m);
    return release(&h) && nb_ctx_err(ctx)->code == NB_OK;
}

static void double_backprop_through_layers_fails_with_an_error(void **state)
{
    (void)state;
    static const char *const name[] = {"linear", "rnn", "lstm", "layer_norm"};
    for (int i = 0; i < 4; i++) {
        each_allocation_fails(layer_twice, nb_layer_find(name[i]), name[i]);
    }
}

static NbStatus cube(void *user, double x, double *y)
{
    (void)user;
    *y = x * x * x;
    return NB_OK;
}

static bool curve(const void *with)
{
    (void)with;
    NbVar *x = NULL;
    NbVar *t = NULL;
    const bool done = nb_data_curve(ctx, cube, NULL, 9, 0.1, &x, &t) == NB_OK;
    assert_true((x != NULL) == done && (t != NULL) == done);
    nb_var_unref(&x);
    nb_var_unref(&t);
    return done;
}

static bool recorded(const void *with)
{
    (void)with;
    static const char *const names[] = {"f", "x"};
    NbErr *err = nb_ctx_err(ctx);
    NbRecord *r = nb_record_new(8, 2);
    bool done = r != NULL || nb_fail(err, NB_EMEM, "record") == NB_OK;
    for (int run = 0; run < 3 && done; run++) {
        done = nb_record_begin(r, "sgd", names, 2, err) == NB_OK;
        for (uint64_t k = 0; k < 40 && done; k++) {
            nb_record_add(r, k, (const double[]){(double)k, 1});
        }
    }
    nb_record_free(&r);
    return done;
}

static void sets_and_records_fail_with_an_error(void **state)
{
    (void)state;
    each_allocation_fails(curve, NULL, "curve of a function");
    each_allocation_is_tried(recorded, true, NULL, "record"); /* samples may be left out */
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
    T(replays_fail_with_an_error),
    T(high_orders_fail_with_an_error),
    T(indices_and_parts_fail_with_an_error),
    T(graphs_put_back_fail_with_an_error),
    T(copies_and_held_gradients_fail_with_an_error),
    T(double_backprop_through_layers_fails_with_an_error),
    T(sets_and_records_fail_with_an_error),
};

NB_TEST_MAIN(tests)

/* test_nn_second.c -- double backprop through every layer, against differences of gradients */
#include "ops_test.h"

#include <nabla/nn.h>

#define LEAVES 24
#define HELD 256
#define STEP 1e-5
#define TOLERANCE 1e-7

/* A layer, or several, with its input; called `calls` times, so that a state is carried on. */
typedef struct Bench {
    NbModule *m;
    NbVar *x;
    int calls;
    NbVar *leaf[LEAVES];
    int n;
} Bench;

/* Fixed numbers that are no pattern: c of element k of leaf i. */
static double weight(int i, int64_t k)
{
    return sin(1.7 * (double)(i + 1) + 0.9 * (double)k);
}

static NbVar *weights_like(const NbVar *v, int i)
{
    NbTensor *t = nb_tensor_new(nb_var_shape(v), NULL);
    for (int64_t k = 0; k < t->size; k++) {
        t->data[k] = weight(i, k);
    }
    return nb_var_tensor(ctx, t, NB_CONST);
}

static NbVar *keep(NbVar **held, int *n, NbVar *v)
{
    assert_non_null(v);
    assert_true(*n < HELD);
    held[(*n)++] = v;
    return v;
}

/* total + Σ c·v, everything on the way put into held. */
static NbVar *add_weighted(NbVar *total, NbVar *v, int i, NbVar **held, int *n)
{
    NbVar *c = keep(held, n, weights_like(v, i));
    NbVar *p = keep(held, n, nb_apply2(ctx, &nb_op_mul, NB_VAR(v), NB_VAR(c)));
    NbVar *s = keep(held, n, apply("sum", &p, 1, ""));
    return total == NULL ? s : keep(held, n, nb_apply2(ctx, &nb_op_add, NB_VAR(total), NB_VAR(s)));
}

/* f = Σ c·tanh(y), over the calls */
static NbVar *loss(Bench *b, NbVar **held, int *n)
{
    NbVar *f = NULL;
    nb_module_reset_state(b->m);
    for (int i = 0; i < b->calls; i++) {
        NbVar *y = keep(held, n, nb_module_call(b->m, b->x));
        f = add_weighted(f, keep(held, n, nb_apply1(ctx, &nb_op_tanh, y)), i, held, n);
    }
    return f;
}

/* h = Σ over leaves of Σ c·∂f/∂leaf. Its value; with `second` its own gradients are left. */
static double double_backprop(Bench *b, bool second)
{
    const NbSweep graph = {.create_graph = true};
    NbVar *held[HELD];
    int n = 0;
    NbVar *h = NULL;
    nb_rng_seed(nb_ctx_dropout_rng(ctx), 3, 4);
    NbVar *f = loss(b, held, &n);
    assert_int_equal(nb_backward(f, &graph), NB_OK);
    for (int i = 0; i < b->n; i++) {
        NbVar *g = nb_var_grad(b->leaf[i]);
        nb_var_clear_grad(b->leaf[i]);
        if (g != NULL) {
            h = add_weighted(h, keep(held, &n, g), i, held, &n);
        }
    }
    assert_non_null(h);
    const double value = nb_var_value(h);
    if (second) {
        assert_int_equal(nb_backward(h, NULL), NB_OK);
    }
    while (n > 0) {
        nb_var_unref(&held[--n]);
    }
    nb_module_reset_state(b->m);
    return value;
}

/* (h(a + e) - h(a - e))/2e for one number of one leaf */
static double difference(Bench *b, NbVar *leaf, int64_t k)
{
    double *a = nb_var_write_begin(leaf) + k;
    const double kept = *a;
    double side[2];
    for (int s = 0; s < 2; s++) {
        a = nb_var_write_begin(leaf) + k;
        *a = kept + (s == 0 ? -STEP : STEP);
        nb_var_write_end(leaf);
        side[s] = double_backprop(b, false);
    }
    a = nb_var_write_begin(leaf) + k;
    *a = kept;
    nb_var_write_end(leaf);
    return (side[1] - side[0]) / (2 * STEP);
}

static void check(Bench *b)
{
    NbVar *held[HELD];
    NbTensor tmp;
    int n = 0;
    int compared = 0;
    loss(b, held, &n); /* draws the weights */
    while (n > 0) {
        nb_var_unref(&held[--n]);
    }
    b->n = 0;
    if (nb_var_tracked(b->x)) {
        b->leaf[b->n++] = b->x;
    }
    for (NbVar *p; (p = nb_module_param(b->m, b->n - nb_var_tracked(b->x), NULL)) != NULL;) {
        assert_true(b->n < LEAVES);
        b->leaf[b->n++] = p;
    }
    double_backprop(b, true);
    NbVar *got[LEAVES];
    for (int i = 0; i < b->n; i++) {
        got[i] = nb_var_grad(b->leaf[i]);
        nb_var_clear_grad(b->leaf[i]);
    }
    for (int i = 0; i < b->n; i++) {
        for (int64_t k = 0; k < size_of(b->leaf[i]); k++) {
            const double want = difference(b, b->leaf[i], k);
            const double is = got[i] != NULL ? nb_tensor_at(nb_var_data(got[i], &tmp), k) : 0;
            if (!(fabs(is - want) <= TOLERANCE * (fabs(want) > 1 ? fabs(want) : 1))) {
                fail_msg("leaf %d number %d: %.12g is not %.12g", i, (int)k, is, want);
            }
            compared += want != 0;
        }
        nb_var_unref(&got[i]);
    }
    assert_true(compared > 0);
    nb_module_unref(&b->m);
    nb_var_unref(&b->x);
}

static NbVar *samples(int rows, int columns)
{
    const NbShape s = nb_shape(2, rows, columns);
    NbTensor *t = nb_tensor_new(&s, NULL);
    for (int64_t k = 0; k < t->size; k++) {
        t->data[k] = cos(2.3 * (double)k + 0.4);
    }
    return nb_var_tensor(ctx, t, NB_LEAF);
}

static NbModule *layer(const char *name, double a, double b)
{
    const NbSettingValue v[] = {nb_set_number(a), nb_set_number(b)};
    NbModule *m = nb_module_new(ctx, nb_layer_find(name), v, b > 0 ? 2 : 1);
    assert_non_null(m);
    return m;
}

static void linear_has_second_derivatives(void **state)
{
    (void)state;
    check(&(Bench){.m = layer("linear", 2, 0), .x = samples(3, 2), .calls = 1});
}

static void rnn_has_second_derivatives_through_time(void **state)
{
    (void)state;
    check(&(Bench){.m = layer("rnn", 2, 0), .x = samples(2, 3), .calls = 3});
}

static void lstm_has_second_derivatives_through_time(void **state)
{
    (void)state;
    check(&(Bench){.m = layer("lstm", 2, 0), .x = samples(2, 2), .calls = 3});
}

static void layer_norm_has_second_derivatives(void **state)
{
    (void)state;
    check(&(Bench){.m = layer("layer_norm", 4, 0), .x = samples(2, 4), .calls = 1});
}

static void embedding_has_second_derivatives_by_its_table(void **state)
{
    (void)state;
    const double labels[] = {2, 0, 2, 1};
    check(&(Bench){.m = layer("embedding", 3, 2), .x = var_of("4", labels, NB_CONST), .calls = 1});
}

static void dropout_has_second_derivatives_with_one_mask(void **state)
{
    (void)state;
    NbModule *part[] = {layer("linear", 4, 0), layer("dropout", 0.5, 0),
                        nb_module_op(ctx, &nb_op_sigmoid), layer("linear", 2, 0)};
    const NbSettingValue v = nb_set_modules(part, 4);
    NbModule *m = nb_module_new(ctx, nb_layer_find("sequential"), &v, 1);
    assert_non_null(m);
    for (int i = 0; i < 4; i++) {
        nb_module_unref(&part[i]);
    }
    check(&(Bench){.m = m, .x = samples(3, 2), .calls = 1});
}

static void models_have_second_derivatives(void **state)
{
    (void)state;
    const int64_t sizes[] = {3, 2, 1};
    const NbSettingValue v[] = {nb_set_sizes(sizes, 3), nb_set_op(&nb_op_tanh)};
    NbModule *m = nb_module_new(ctx, nb_layer_find("mlp"), v, 2);
    assert_non_null(m);
    check(&(Bench){.m = m, .x = samples(2, 2), .calls = 1});
    check(&(Bench){.m = layer("lstm_model", 2, 1), .x = samples(2, 1), .calls = 2});
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(linear_has_second_derivatives),
        TEST(rnn_has_second_derivatives_through_time),
        TEST(lstm_has_second_derivatives_through_time),
        TEST(layer_norm_has_second_derivatives),
        TEST(embedding_has_second_derivatives_by_its_table),
        TEST(dropout_has_second_derivatives_with_one_mask),
        TEST(models_have_second_derivatives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

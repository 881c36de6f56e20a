/* test_dropout.c -- dropout masks: drawn by forward, kept by sweeps, ones in test mode */
#include "ops_test.h"

#define N 1000

static NbVar *ones_leaf(int n)
{
    const NbShape s = nb_shape(1, n);
    return nb_var_tensor(ctx, nb_tensor_full(&s, 1, NULL), NB_LEAF);
}

static NbVar *dropped(NbVar *x, double p)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.num[0] = p;
    return nb_apply(ctx, &nb_op_dropout, &NB_VAR(x), 1, &a);
}

static NbVar *sum_of(NbVar *x)
{
    NbVar *f = nb_apply1(ctx, &nb_op_sum, x);
    assert_non_null(f);
    return f;
}

static void drop_all(NbVar **v[], int n)
{
    for (int i = 0; i < n; i++) {
        nb_var_unref(v[i]);
    }
}

static const double *numbers(const NbVar *v)
{
    NbTensor tmp;
    return nb_var_data(v, &tmp)->data;
}

static void elements_are_dropped_or_scaled(void **state)
{
    (void)state;
    NbVar *x = ones_leaf(N), *y = dropped(x, 0.2);
    int zeros = 0;
    for (int i = 0; i < N; i++) {
        const double v = numbers(y)[i];
        assert_true(v == 0 || v == 1.25);
        zeros += v == 0;
    }
    assert_in_range(zeros, 150, 250);
    drop_all((NbVar **[]){&x, &y}, 2);
}

static void forward_draws_a_new_mask_and_recomputes_what_follows(void **state)
{
    (void)state;
    NbVar *x = ones_leaf(N), *y = dropped(x, 0.5), *f = sum_of(y);
    double before[N];
    memcpy(before, numbers(y), sizeof before);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_memory_not_equal(before, numbers(y), sizeof before);
    double total = 0;
    for (int i = 0; i < N; i++) {
        total += numbers(y)[i];
    }
    assert_close(nb_var_value(f), total, 0);
    drop_all((NbVar **[]){&x, &y, &f}, 3);
}

static void backward_uses_the_mask_of_the_last_forward(void **state)
{
    (void)state;
    NbVar *x = ones_leaf(N), *y = dropped(x, 0.5), *f = sum_of(y);
    NbTensor tmp;
    const NbSweep replace = {.replace = true};
    for (int pass = 0; pass < 5; pass++) {
        assert_int_equal(nb_forward(f, false, NULL), NB_OK);
        assert_int_equal(nb_backward(f, &replace), NB_OK);
        const NbTensor *g = nb_var_grad_data(x, &tmp);
        assert_memory_equal(g->data, numbers(y), N * sizeof(double));
    }
    drop_all((NbVar **[]){&x, &y, &f}, 3);
}

static void kept_masks_make_forward_a_function_of_the_leaves(void **state)
{
    (void)state;
    NbVar *x = ones_leaf(N), *y = dropped(x, 0.5), *f = sum_of(y);
    const double before = nb_var_value(f);
    assert_false(nb_ctx_keep_masks(ctx, true));
    NbReplay what;
    assert_int_equal(nb_forward(f, false, &what), NB_OK);
    assert_int_equal(what.recomputed, 0);
    assert_int_equal(nb_forward(f, true, &what), NB_OK);
    assert_close(nb_var_value(f), before, 0);
    assert_true(nb_ctx_keep_masks(ctx, false));
    drop_all((NbVar **[]){&x, &y, &f}, 3);
}

static void test_mode_is_the_identity_on_replay(void **state)
{
    (void)state;
    NbVar *x = ones_leaf(N), *y = dropped(x, 0.5), *f = sum_of(y);
    nb_testmode_push(ctx);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_close(nb_var_value(f), N, 0);
    nb_testmode_pop(ctx);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_true(nb_var_value(f) != N);
    drop_all((NbVar **[]){&x, &y, &f}, 3);
}

static void dropout_of_data_is_drawn_again_too(void **state)
{
    (void)state;
    const NbShape s = nb_shape(1, N);
    NbVar *x = nb_var_tensor(ctx, nb_tensor_full(&s, 1, NULL), NB_CONST);
    NbVar *y = dropped(x, 0.5), *w = nb_var_scalar(ctx, 1, NB_LEAF);
    NbVar *wy = nb_apply2(ctx, &nb_op_mul, NB_VAR(w), NB_VAR(y)), *f = sum_of(wy);
    double before[N];
    memcpy(before, numbers(y), sizeof before);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_memory_not_equal(before, numbers(y), sizeof before);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_close(nb_var_grad_value(w), nb_var_value(f), 1e-12);
    drop_all((NbVar **[]){&x, &y, &w, &wy, &f}, 5);
}

static void a_dropped_scalar_is_0_or_doubled(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = dropped(x, 0.5);
    bool seen[2] = {false, false};
    for (int pass = 0; pass < 50; pass++) {
        assert_int_equal(nb_forward(y, false, NULL), NB_OK);
        assert_true(nb_var_value(y) == 0 || nb_var_value(y) == 6);
        seen[nb_var_value(y) != 0] = true;
        const NbSweep replace = {.replace = true};
        assert_int_equal(nb_backward(y, &replace), NB_OK);
        assert_close(nb_var_grad_value(x), nb_var_value(y) / 3, 0);
    }
    assert_true(seen[0] && seen[1]);
    drop_all((NbVar **[]){&x, &y}, 2);
}

static void second_derivatives_share_the_mask(void **state)
{
    (void)state;
    NbVar *x = ones_leaf(8), *x2 = nb_apply2(ctx, &nb_op_mul, NB_VAR(x), NB_VAR(x));
    NbVar *y = dropped(x2, 0.5), *f = sum_of(y);
    const NbSweep graph = {.create_graph = true};
    assert_int_equal(nb_backward(f, &graph), NB_OK);
    NbVar *g = nb_var_grad(x), *sum = sum_of(g);
    nb_var_clear_grad(x);
    assert_int_equal(nb_forward(sum, false, NULL), NB_OK);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK); /* draws again: the gradient is stale */
    nb_ctx_keep_masks(ctx, true);
    assert_int_equal(nb_forward(sum, false, NULL), NB_OK);
    nb_ctx_keep_masks(ctx, false);
    assert_int_equal(nb_backward(sum, NULL), NB_OK);
    NbTensor tmp;
    for (int i = 0; i < 8; i++) {
        assert_close(nb_tensor_at(nb_var_grad_data(x, &tmp), i), 2 * numbers(y)[i], 0);
    }
    drop_all((NbVar **[]){&x, &x2, &y, &f, &g, &sum}, 6);
}

static void masks_have_a_stream_of_their_own(void **state)
{
    (void)state;
    nb_ctx_seed(ctx, 3, 0);
    NbVar *x = ones_leaf(N), *y = dropped(x, 0.5), *f = sum_of(y);
    const double first = nb_var_value(f);
    nb_forward(f, false, NULL);
    const double after = nb_rng_uniform(nb_ctx_rng(ctx));
    nb_ctx_seed(ctx, 3, 0);
    assert_close(nb_rng_uniform(nb_ctx_rng(ctx)), after, 0);
    nb_forward(f, false, NULL);
    assert_close(nb_var_value(f), first, 0);
    drop_all((NbVar **[]){&x, &y, &f}, 3);
}

static void p_outside_its_range_is_an_error(void **state)
{
    (void)state;
    NbVar *x = ones_leaf(2);
    const double bad[] = {1, -0.1, 2, NAN};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(dropped(x, bad[i]));
        assert_int_equal(nb_ctx_err(ctx)->code, NB_EVALUE);
        assert_non_null(strstr(nb_ctx_err(ctx)->msg, "dropout: p must lie in [0, 1), got"));
        nb_err_clear(nb_ctx_err(ctx));
    }
    nb_var_unref(&x);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct CMUnitTest tests[] = {
    TEST(elements_are_dropped_or_scaled),
    TEST(forward_draws_a_new_mask_and_recomputes_what_follows),
    TEST(backward_uses_the_mask_of_the_last_forward),
    TEST(kept_masks_make_forward_a_function_of_the_leaves),
    TEST(test_mode_is_the_identity_on_replay),
    TEST(dropout_of_data_is_drawn_again_too),
    TEST(a_dropped_scalar_is_0_or_doubled),
    TEST(second_derivatives_share_the_mask),
    TEST(masks_have_a_stream_of_their_own),
    TEST(p_outside_its_range_is_an_error),
};

NB_TEST_MAIN(tests)

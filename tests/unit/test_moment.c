/* test_moment.c -- a look at other numbers leaves values, gradients and stale marks as they were */
#include "test.h"

#include <string.h>

#include <nabla/nabla.h>

static NbCtx *ctx;
static int reports;

static int setup(void **state)
{
    (void)state;
    ctx = nb_ctx_new();
    reports = 0;
    return ctx ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    nb_collect_cycles(ctx);
    uint64_t left = nb_ctx_live_nodes(ctx);
    nb_ctx_free(&ctx);
    return left == 0 ? 0 : -1;
}

static NbVar *apply(const char *name, NbArg a, NbArg b)
{
    NbVar *v = nb_apply2(ctx, nb_op_find(name), a, b);
    assert_non_null(v);
    return v;
}

static void count(void *user, NbVar *v)
{
    (void)user;
    (void)v;
    reports++;
}

static void values_and_gradients_come_back(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_var_scalar(ctx, 4, NB_LEAF);
    NbVar *p = apply("mul", NB_VAR(x), NB_VAR(y)), *f = apply("mul", NB_VAR(p), NB_VAR(x));
    for (int round = 0; round < 5; round++) { /* from the third use on the graph is packed */
        assert_int_equal(nb_forward(f, true, NULL), NB_OK);
        assert_int_equal(nb_backward(f, NULL), NB_OK);
        double had = nb_var_grad_value(x);
        NbMoment *m = nb_moment_begin(f);
        double five = 5;
        assert_non_null(m);
        assert_true(nb_moment_write(m, x, &five));
        assert_int_equal(nb_moment_run(m), NB_OK);
        assert_float_equal(nb_var_value(f), 100, 0);
        assert_float_equal(nb_var_grad_value(x), 40, 0); /* alone, not added */
        assert_float_equal(nb_var_grad_value(p), 5, 0);
        nb_moment_end(&m);
        assert_null(m);
        assert_float_equal(nb_var_value(x), 3, 0);
        assert_float_equal(nb_var_value(f), 36, 0);
        assert_float_equal(nb_var_grad_value(x), had, 0);
        assert_float_equal(nb_var_grad_value(p), 3, 0);
        assert_false(nb_var_stale(f, NULL, 0, NULL));
        assert_int_equal(nb_var_grad_sweeps(x), round + 1);
    }
    NbVar *all[] = {x, y, p, f};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(&all[i]);
    }
}

static void stale_stays_stale_and_nothing_else_gets_stale(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbVar *f = apply("mul", NB_VAR(x), NB_NUM(2)), *g = apply("mul", NB_VAR(x), NB_NUM(10));
    double seven = 7;
    NbMoment *m = nb_moment_begin(f);
    nb_moment_write(m, x, &seven);
    assert_int_equal(nb_moment_run(m), NB_OK);
    nb_moment_end(&m);
    assert_false(nb_var_stale(g, NULL, 0, NULL)); /* g was not looked at */
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    assert_false(nb_var_has_grad(x)); /* f held none, so none was made */
    nb_var_assign_scalar(x, 4);
    assert_true(nb_var_stale(f, NULL, 0, NULL));
    m = nb_moment_begin(f);
    nb_moment_write(m, x, &seven);
    assert_int_equal(nb_moment_run(m), NB_OK);
    assert_float_equal(nb_var_value(f), 14, 0);
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    nb_moment_end(&m);
    assert_true(nb_var_stale(f, NULL, 0, NULL));
    assert_true(nb_var_stale(g, NULL, 0, NULL));
    assert_float_equal(nb_var_value(f), 6, 0);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_float_equal(nb_var_value(f), 8, 0);
    NbVar *all[] = {x, f, g};
    for (int i = 0; i < 3; i++) {
        nb_var_unref(&all[i]);
    }
}

static void writes_are_not_reported_but_the_next_one_is(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *f = apply("mul", NB_VAR(x), NB_NUM(2));
    nb_ctx_hooks(ctx, &(NbHooks){.touch = count});
    nb_backward(f, NULL);
    nb_ctx_new_unit(ctx);
    reports = 0;
    double nine = 9;
    NbMoment *m = nb_moment_begin(f);
    nb_moment_write(m, x, &nine);
    nb_moment_run(m);
    nb_moment_end(&m);
    assert_int_equal(reports, 0);
    nb_var_assign_scalar(x, 1);
    assert_int_equal(reports, 1);
    nb_var_unref(&x);
    nb_var_unref(&f);
}

static void tensors_views_and_held_gradients_come_back(void **state)
{
    (void)state;
    const double numbers[] = {1, 2, 3, 4};
    NbShape shape = nb_shape(2, 2, 2);
    NbVar *w = nb_var_tensor(ctx, nb_tensor_from(&shape, numbers, NULL), NB_LEAF);
    const NbArg one[] = {NB_VAR(w)};
    NbVar *t = nb_apply(ctx, nb_op_find("transpose"), one, 1, NULL);
    assert_non_null(t);
    NbVar *p = apply("matmul", NB_VAR(t), NB_VAR(w));
    const NbArg two[] = {NB_VAR(p)};
    NbVar *f = nb_apply(ctx, nb_op_find("sum"), two, 1, NULL);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbVar *held = nb_var_grad(w);
    double was = nb_var_value(f);
    NbTensor tmp;
    double g3 = nb_tensor_at(nb_var_grad_data(w, &tmp), 3);
    double zero[] = {0, 0, 0, 1};
    NbMoment *m = nb_moment_begin(f);
    assert_true(nb_moment_write(m, w, zero));
    assert_int_equal(nb_moment_run(m), NB_OK);
    assert_float_equal(nb_var_value(f), 1, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(t, &tmp), 0), 0, 0);
    nb_moment_end(&m);
    assert_float_equal(nb_var_value(f), was, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(w, &tmp), 2), 3, 0);
    assert_float_equal(nb_tensor_at(nb_var_grad_data(w, &tmp), 3), g3, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(held, &tmp), 3), g3, 0);
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    NbVar *all[] = {held, w, t, p, f};
    for (int i = 0; i < 5; i++) {
        nb_var_unref(&all[i]);
    }
}

static void gradients_that_are_graphs_come_back(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *f = apply("pow", NB_VAR(x), NB_NUM(3));
    assert_int_equal(nb_backward(f, &(NbSweep){.create_graph = true}), NB_OK);
    double five = 5;
    NbMoment *m = nb_moment_begin(f);
    assert_true(nb_moment_write(m, x, &five));
    assert_int_equal(nb_moment_run(m), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 75, 0);
    nb_moment_end(&m);
    assert_true(nb_var_grad_is_graph(x));
    assert_float_equal(nb_var_grad_value(x), 12, 0);
    NbVar *g = nb_var_grad(x);
    nb_var_clear_grad(x);
    assert_int_equal(nb_backward(g, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 12, 0); /* 6x */
    NbVar *all[] = {g, x, f};
    for (int i = 0; i < 3; i++) {
        nb_var_unref(&all[i]);
    }
}

static void only_leaves_behind_the_root_are_written(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = nb_var_scalar(ctx, 2, NB_LEAF);
    NbVar *f = apply("mul", NB_VAR(x), NB_NUM(3));
    double one = 1;
    assert_null(nb_moment_begin(x)); /* nothing was computed */
    NbMoment *m = nb_moment_begin(f);
    assert_false(nb_moment_write(m, y, &one));
    assert_false(nb_moment_write(m, f, &one));
    nb_moment_end(&m);
    nb_moment_end(&m);
    NbVar *all[] = {x, y, f};
    for (int i = 0; i < 3; i++) {
        nb_var_unref(&all[i]);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct CMUnitTest tests[] = {
    T(values_and_gradients_come_back),
    T(stale_stays_stale_and_nothing_else_gets_stale),
    T(writes_are_not_reported_but_the_next_one_is),
    T(tensors_views_and_held_gradients_come_back),
    T(gradients_that_are_graphs_come_back),
    T(only_leaves_behind_the_root_are_written),
};

NB_TEST_MAIN(tests)

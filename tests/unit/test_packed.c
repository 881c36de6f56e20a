/* test_packed.c -- graphs of scalars after their third use: the same results, marks and reports */
#include "test.h"

#include <nabla/nabla.h>

static NbCtx *ctx;

static int setup(void **state)
{
    (void)state;
    ctx = nb_ctx_new();
    return ctx ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    uint64_t left = nb_ctx_live_nodes(ctx);
    nb_ctx_free(&ctx);
    return left == 0 ? 0 : -1;
}

static NbVar *leaf(double x)
{
    return nb_var_scalar(ctx, x, NB_LEAF);
}

static NbVar *bin(const char *name, NbArg a, NbArg b)
{
    NbVar *v = nb_apply2(ctx, nb_op_find(name), a, b);
    assert_non_null(v);
    return v;
}

static NbVar *one(const char *name, NbVar *a)
{
    NbVar *v = nb_apply1(ctx, nb_op_find(name), a);
    assert_non_null(v);
    return v;
}

static void release(NbVar **v, int n)
{
    for (int i = 0; i < n; i++) {
        nb_var_unref(&v[i]);
    }
}

/* Enough uses for the graph to be packed. */
static void use(NbVar *root)
{
    for (int i = 0; i < 4; i++) {
        nb_var_stale(root, NULL, 0, NULL);
    }
}

static bool stale(NbVar *v)
{
    return nb_var_stale(v, NULL, 0, NULL);
}

static uint64_t recomputed(NbVar *root)
{
    NbReplay what;
    assert_int_equal(nb_forward(root, false, &what), NB_OK);
    return what.recomputed;
}

static void what_a_change_does_not_reach_keeps_its_stamp(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *y = leaf(3);
    NbVar *h = bin("mul", NB_VAR(x), NB_VAR(x)), *f = bin("mul", NB_VAR(h), NB_VAR(y));
    NbVar *g = one("exp", h);
    use(f);
    use(g);
    nb_var_assign_scalar(y, 5);
    assert_int_equal(recomputed(f), 1);
    assert_false(stale(g));
    nb_var_assign_scalar(x, 1);
    nb_var_assign_scalar(y, 2);
    assert_int_equal(recomputed(f), 2);
    assert_float_equal(nb_var_value(f), 2, 0);
    assert_true(stale(g));
    release((NbVar *[]){x, y, h, f, g}, 5);
}

static void what_was_computed_from_cut_values_alone_keeps_its_stamp(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *h = bin("mul", NB_VAR(x), NB_VAR(x));
    NbVar *k = bin("mul", NB_VAR(h), NB_NUM(3)), *f = bin("add", NB_VAR(k), NB_VAR(x));
    NbVar *g = one("exp", k);
    assert_int_equal(nb_var_unchain(h), NB_OK);
    use(f);
    for (int i = 0; i < 3; i++) {
        nb_var_assign_scalar(x, i);
        assert_int_equal(recomputed(f), 1);
        assert_true(nb_var_value(f) == 12 + i);
        assert_false(stale(g));
    }
    release((NbVar *[]){x, h, k, f, g}, 5);
}

static void two_roots_over_one_node_do_not_make_each_other_stale(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *h = bin("mul", NB_VAR(x), NB_VAR(x));
    NbVar *f = bin("add", NB_VAR(h), NB_NUM(1)), *g = bin("mul", NB_VAR(h), NB_NUM(3));
    use(f);
    use(g);
    for (int i = 0; i < 3; i++) {
        nb_var_assign_scalar(x, i);
        assert_int_equal(recomputed(f), 2);
        assert_int_equal(recomputed(g), 1);
        assert_false(stale(f));
        assert_true(nb_var_value(g) == 3 * i * i);
    }
    release((NbVar *[]){x, h, f, g}, 4);
}

typedef struct Seen {
    int nonfinite;
    NbNonFinite last;
} Seen;

static void on_nonfinite(void *user, const NbNonFinite *what)
{
    ((Seen *)user)->nonfinite++;
    ((Seen *)user)->last = *what;
}

static void listen(Seen *seen)
{
    NbHooks hooks = {.user = seen, .nonfinite = on_nonfinite};
    nb_ctx_hooks(ctx, &hooks);
}

static void an_overflow_inside_is_reported_at_its_operation(void **state)
{
    (void)state;
    Seen seen = {0};
    listen(&seen);
    NbVar *x = leaf(2), *h = bin("mul", NB_VAR(x), NB_VAR(x));
    NbVar *q = bin("pow", NB_VAR(h), NB_NUM(2)), *f = bin("sub", NB_VAR(q), NB_VAR(h));
    use(f);
    nb_var_assign_scalar(x, 1e100);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_int_equal(seen.nonfinite, 1);
    assert_ptr_equal(seen.last.node, q);
    assert_true(isinf(nb_var_value(f)));
    assert_false(stale(f));
    nb_ctx_nan_mode(ctx, NB_NAN_ERROR);
    nb_var_assign_scalar(x, 2e100);
    assert_int_equal(nb_forward(f, false, NULL), NB_ENONFINITE);
    nb_err_clear(nb_ctx_err(ctx));
    assert_true(stale(f));
    nb_var_assign_scalar(x, 3);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_float_equal(nb_var_value(f), 72, 0);
    release((NbVar *[]){x, h, q, f}, 4);
}

static void a_gradient_that_is_not_finite_is_reported_and_refused(void **state)
{
    (void)state;
    Seen seen = {0};
    listen(&seen);
    NbVar *x = leaf(4), *r = one("sqrt", x), *f = bin("mul", NB_VAR(r), NB_NUM(3));
    use(f);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 0.75, 0);
    nb_var_assign_scalar(x, 0);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    nb_ctx_nan_mode(ctx, NB_NAN_ERROR);
    assert_int_equal(nb_backward(f, NULL), NB_ENONFINITE);
    nb_err_clear(nb_ctx_err(ctx));
    assert_int_equal(seen.nonfinite, 1);
    assert_ptr_equal(seen.last.node, r);
    assert_float_equal(nb_var_grad_value(x), 0.75, 0);
    release((NbVar *[]){x, r, f}, 3);
}

static void inner_gradients_are_shown_again_after_they_were_dropped(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *h = bin("mul", NB_VAR(x), NB_VAR(x)),
          *f = bin("mul", NB_VAR(h), NB_NUM(3));
    const NbSweep drop = {.drop_inner = true}, replace = {.replace = true};
    use(f);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(nb_backward(f, &replace), NB_OK);
        assert_true(nb_var_has_grad(h));
        assert_float_equal(nb_var_grad_value(h), 3, 0);
        if (i == 0) {
            nb_backward(f, &drop);
        } else {
            nb_var_clear_grad(h);
        }
        assert_false(nb_var_has_grad(h));
    }
    assert_int_equal(nb_backward(f, &replace), NB_OK);
    assert_true(nb_var_has_grad(h));
    release((NbVar *[]){x, h, f}, 3);
}

static void sweeps_add_until_gradients_are_cleared(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *f = bin("mul", NB_VAR(x), NB_VAR(x));
    use(f);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(nb_backward(f, NULL), NB_OK);
        assert_true(nb_var_grad_value(x) == 4 * i);
        assert_int_equal(nb_var_grad_sweeps(x), i);
    }
    nb_var_clear_grad(x);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 4, 0);
    release((NbVar *[]){x, f}, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
    T(what_a_change_does_not_reach_keeps_its_stamp),
    T(what_was_computed_from_cut_values_alone_keeps_its_stamp),
    T(two_roots_over_one_node_do_not_make_each_other_stale),
    T(an_overflow_inside_is_reported_at_its_operation),
    T(a_gradient_that_is_not_finite_is_reported_and_refused),
    T(inner_gradients_are_shown_again_after_they_were_dropped),
    T(sweeps_add_until_gradients_are_cleared),
};

NB_TEST_MAIN(tests)

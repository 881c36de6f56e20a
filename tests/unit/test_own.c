/* test_own.c -- an operation of one's own, and variables over the storage of others */
#include "test.h"

#include <string.h>

#include <nabla/nabla.h>
#include <nabla/saved.h>

/* --- an operation that is not built in --- */

static NbStatus times_64(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                         NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    for (int64_t i = 0; i < out->size; i++) {
        nb_tensor_put(out, i, 64 * nb_tensor_at(in[0], i));
    }
    return NB_OK;
}

/* 64 times the gradient, one after the other. */
static NbVar *by_and_by(NbGrad *G, int i)
{
    NbVar *sum = nb_g_out(G);
    (void)i;
    for (int k = 1; k < 64 && sum; k++) {
        sum = nb_g_2(G, nb_op_find("add"), sum, nb_g_out(G));
    }
    return sum;
}

static const NbParam x_alone[] = {{.name = "x", .kind = NB_P_VAR}};
static const NbOp many_times = {.name = "many_times",
                                .min_in = 1,
                                .max_in = 1,
                                .nparams = 1,
                                .params = x_alone,
                                .forward = times_64,
                                .grad = by_and_by};
static const NbOp no_rule = {.name = "no_rule",
                             .min_in = 1,
                             .max_in = 1,
                             .nparams = 1,
                             .params = x_alone,
                             .forward = times_64};

static NbVar *of(NbVar *x, const NbOp *op)
{
    NbVar *y = nb_apply1(nb_var_ctx(x), op, x);
    assert_non_null(y);
    return y;
}

static void a_rule_may_make_any_number_of_values(void **state)
{
    (void)state;
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = of(x, &many_times);
    assert_close(nb_var_value(y), 192, 0);
    const NbSweep graph = {.create_graph = true};
    assert_int_equal(nb_backward(y, &graph), NB_OK);
    assert_close(nb_var_grad_value(x), 64, 0);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
}

static void a_rule_without_memory_is_an_error(void **state)
{
    (void)state;
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = of(x, &many_times);
    uint64_t n = 0;
    bool refused = true;
    while (refused) {
        test_fail_allocation(++n);
        NbStatus s = nb_backward(y, NULL);
        refused = test_fail_allocation(0);
        assert_int_equal(s, refused ? NB_EMEM : NB_OK);
        assert_close(nb_var_grad_value(x), refused ? 0 : 64, 0);
        nb_err_clear(nb_ctx_err(ctx));
    }
    assert_true(n > 2);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
}

static void an_operation_without_a_rule_says_so(void **state)
{
    (void)state;
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = of(x, &no_rule);
    assert_int_equal(nb_backward(y, NULL), NB_EVALUE);
    assert_string_equal(nb_ctx_err(ctx)->msg, "no_rule cannot be differentiated");
    assert_false(nb_var_has_grad(x));
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
}

static void an_operation_without_formulas_reads_as_a_call(void **state)
{
    (void)state;
    const char *const names[] = {"x"};
    char text[80];
    nb_op_text(&many_times, names, 1, NULL, text, sizeof text);
    assert_string_equal(text, "many_times(x)");
    nb_op_latex(&many_times, names, 1, NULL, text, sizeof text);
    assert_string_equal(text, "\\operatorname{many\\_times}\\left(x\\right)");
}

/* --- gradients that are given --- */

static void a_gradient_that_is_a_graph_can_be_put_back(void **state)
{
    (void)state;
    NbCtx *ctx = nb_ctx_new();
    const NbSweep graph = {.create_graph = true};
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = of(x, nb_op_find("square"));
    assert_int_equal(nb_backward(y, &graph), NB_OK);
    NbVar *g = nb_var_grad(x);
    assert_true(nb_var_grad_is_graph(x));
    nb_var_clear_grad(x);
    assert_false(nb_var_has_grad(x));
    assert_int_equal(nb_var_put_grad(x, g), NB_OK);
    assert_true(nb_var_grad_is_graph(x));
    assert_close(nb_var_grad_value(x), 6, 0);
    NbVar *number = nb_var_scalar(ctx, 5, NB_CONST);
    assert_int_equal(nb_var_put_grad(x, number), NB_OK);
    assert_false(nb_var_grad_is_graph(x));
    assert_close(nb_var_grad_value(x), 5, 0);
    nb_var_unref(&number);
    const NbShape two = nb_shape(1, 2);
    NbVar *pair = nb_var_tensor(ctx, nb_tensor_full(&two, 1, NULL), NB_CONST);
    assert_int_equal(nb_var_put_grad(x, pair), NB_ESHAPE);
    assert_close(nb_var_grad_value(x), 5, 0);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&pair);
    nb_var_unref(&g);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_collect_cycles(ctx);
    nb_ctx_free(&ctx);
}

/* --- leaves over the storage of others --- */

/* The transpose of [[0, 1, 2], [3, 4, 5]], sharing its numbers. */
static NbVar *turned(NbCtx *ctx)
{
    static const double numbers[] = {0, 1, 2, 3, 4, 5};
    const NbShape rows = nb_shape(2, 2, 3), columns = nb_shape(2, 3, 2);
    const int64_t stride[] = {1, 3};
    NbTensor *t = nb_tensor_from(&rows, numbers, NULL);
    NbVar *v = nb_var_tensor(ctx, nb_tensor_view(t, &columns, stride, 0, NULL), NB_LEAF);
    nb_tensor_unref(&t);
    assert_non_null(v);
    return v;
}

static void holds(const NbVar *v, const double *want)
{
    NbTensor tmp;
    for (int i = 0; i < 6; i++) {
        assert_close(nb_tensor_at(nb_var_data(v, &tmp), i), want[i], 0);
    }
}

static void a_leaf_with_strides_is_tried_and_put_back(void **state)
{
    (void)state;
    static const double was[] = {0, 3, 1, 4, 2, 5}, other[] = {9, 8, 7, 6, 5, 4};
    NbCtx *ctx = nb_ctx_new();
    NbVar *v = turned(ctx), *f = of(v, nb_op_find("sum"));
    NbTrial *t = nb_trial_begin(f, NULL, 0, 0);
    assert_non_null(t);
    assert_true(nb_trial_write(t, v, other));
    assert_int_equal(nb_trial_run(t), NB_OK);
    holds(v, other);
    assert_close(nb_var_value(f), 39, 0);
    nb_trial_end(&t);
    holds(v, was);
    assert_close(nb_var_value(f), 15, 0);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_close(nb_var_value(f), 15, 0);
    nb_var_unref(&f);
    nb_var_unref(&v);
    nb_ctx_free(&ctx);
}

static void a_leaf_with_strides_is_taken_down_and_exchanged(void **state)
{
    (void)state;
    static const double was[] = {0, 3, 1, 4, 2, 5}, sevens[] = {7, 7, 7, 7, 7, 7};
    NbCtx *ctx = nb_ctx_new();
    NbVar *v = turned(ctx);
    NbVarState s;
    assert_true(nb_var_state_save(&s, v));
    const NbShape shape = nb_shape(2, 3, 2);
    NbTensor *seven = nb_tensor_full(&shape, 7, NULL);
    assert_int_equal(nb_var_assign(v, seven), NB_OK);
    holds(v, sevens);
    nb_var_state_swap(&s);
    holds(v, was);
    nb_var_state_swap(&s);
    holds(v, sevens);
    nb_var_state_drop(&s);
    nb_tensor_unref(&seven);
    nb_var_unref(&v);
    nb_ctx_free(&ctx);
}

/* --- graphs applied again --- */

static void a_node_of_many_operands_is_applied_again(void **state)
{
    (void)state;
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *a = nb_var_scalar(ctx, 5, NB_LEAF);
    NbArg in[20];
    for (int i = 0; i < 20; i++) {
        in[i] = NB_VAR(x);
    }
    NbVar *s = nb_apply(ctx, nb_op_find("stack"), in, 20, NULL), *f = of(s, nb_op_find("sum"));
    NbVar *g = nb_graph_substitute(f, &x, &a, 1, NULL);
    assert_non_null(g);
    assert_close(nb_var_value(g), 100, 0);
    nb_var_unref(&g);
    uint64_t n = 0;
    for (bool refused = true; refused;) {
        test_fail_allocation(++n);
        g = nb_graph_substitute(f, &x, &a, 1, NULL);
        refused = test_fail_allocation(0);
        assert_true(refused || g);
        assert_int_equal(nb_ctx_err(ctx)->code, g ? NB_OK : NB_EMEM);
        nb_err_clear(nb_ctx_err(ctx));
        nb_var_unref(&g);
    }
    assert_true(n > 3);
    volatile sig_atomic_t stop = 1;
    nb_ctx_interrupt(ctx, &stop);
    assert_null(nb_graph_substitute(f, &x, &a, 1, NULL));
    assert_int_equal(nb_ctx_err(ctx)->code, NB_EINTERRUPT);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&f);
    nb_var_unref(&s);
    nb_var_unref(&a);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_may_make_any_number_of_values),
        cmocka_unit_test(a_rule_without_memory_is_an_error),
        cmocka_unit_test(an_operation_without_a_rule_says_so),
        cmocka_unit_test(an_operation_without_formulas_reads_as_a_call),
        cmocka_unit_test(a_gradient_that_is_a_graph_can_be_put_back),
        cmocka_unit_test(a_leaf_with_strides_is_tried_and_put_back),
        cmocka_unit_test(a_leaf_with_strides_is_taken_down_and_exchanged),
        cmocka_unit_test(a_node_of_many_operands_is_applied_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

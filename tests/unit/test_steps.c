/* test_steps.c -- comparisons and positions: nodes that replay and go stale without a gradient */
#include "ops_test.h"

#include <nabla/saved.h>

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

static NbVar *where(NbVar *cond, NbVar *a, NbVar *b)
{
    const NbArg in[3] = {NB_VAR(cond), NB_VAR(a), NB_VAR(b)};
    NbVar *v = nb_apply(ctx, nb_op_find("where"), in, 3, NULL);
    assert_non_null(v);
    return v;
}

static void release(NbVar **v, int n)
{
    for (int i = 0; i < n; i++) {
        nb_var_unref(&v[i]);
    }
}

static bool stale(NbVar *v)
{
    return nb_var_stale(v, NULL, 0, NULL);
}

/* Enough uses for a graph of scalars to be packed. */
static void use(NbVar *root)
{
    for (int i = 0; i < 4; i++) {
        stale(root);
    }
}

static double forward(NbVar *v)
{
    assert_int_equal(nb_forward(v, false, NULL), NB_OK);
    return nb_var_value(v);
}

static void assert_node_without_gradient(const NbVar *v, const char *op)
{
    assert_int_equal(nb_var_kind(v), NB_INNER);
    assert_true(nb_var_tracked(v));
    assert_false(nb_var_takes_grad(v));
    assert_false(nb_var_has_grad(v));
    assert_ptr_equal(nb_var_op(v), nb_op_find(op));
}

static void a_comparison_of_a_variable_is_a_node_without_gradient(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *m = bin("gt", NB_VAR(x), NB_NUM(1));
    assert_node_without_gradient(m, "gt");
    assert_int_equal(nb_var_inputs(m), 2);
    assert_ptr_equal(nb_var_input(m, 0).var, x);
    assert_true(nb_var_takes_grad(x));
    const double three[] = {1, 3, 2};
    NbVar *v = var_of("3", three, NB_LEAF), *k = nb_apply1(ctx, nb_op_find("argmax"), v);
    assert_node_without_gradient(k, "argmax");
    release((NbVar *[]){x, m, v, k}, 4);
}

static void of_constants_it_is_const(void **state)
{
    (void)state;
    NbVar *c = nb_var_scalar(ctx, 2, NB_CONST), *p = nb_var_scalar(ctx, 2, NB_PLAIN), *x = leaf(2);
    NbVar *a = bin("gt", NB_VAR(c), NB_NUM(1)), *b = bin("gt", NB_VAR(p), NB_NUM(1));
    nb_nograd_push(ctx);
    NbVar *d = bin("gt", NB_VAR(x), NB_NUM(1));
    nb_nograd_pop(ctx);
    NbVar *made[] = {a, b, d};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(nb_var_kind(made[i]), NB_CONST);
        assert_int_equal(nb_var_inputs(made[i]), 0);
        assert_close(nb_var_value(made[i]), 1, 0);
    }
    release((NbVar *[]){c, p, x, a, b, d}, 6);
}

static void what_is_computed_from_nothing_else_takes_none_either(void **state)
{
    (void)state;
    const double two[] = {1, -1};
    NbVar *x = var_of("2", two, NB_LEAF), *m = bin("gt", NB_VAR(x), NB_NUM(0));
    NbVar *s = nb_apply1(ctx, nb_op_find("sum"), m), *k = bin("mul", NB_VAR(s), NB_NUM(3));
    assert_node_without_gradient(s, "sum");
    assert_node_without_gradient(k, "mul");
    NbVar *y = bin("mul", NB_VAR(x), NB_VAR(k));
    assert_true(nb_var_takes_grad(y));
    const double next[] = {1, 1};
    NbShape shape = nb_shape(1, 2);
    NbTensor *t = nb_tensor_from(&shape, next, NULL);
    assert_int_equal(nb_var_assign(x, t), NB_OK);
    nb_tensor_unref(&t);
    assert_true(stale(k));
    assert_close(forward(k), 6, 0);
    release((NbVar *[]){x, m, s, k, y}, 5);
}

static void masks_are_computed_anew_by_forward(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *m = bin("gt", NB_VAR(x), NB_NUM(0));
    NbVar *n = bin("mul", NB_VAR(x), NB_NUM(-1)), *f = where(m, x, n);
    for (int i = 0; i < 5; i++) {
        const double at = i % 2 ? 2 : -3;
        nb_var_assign_scalar(x, at);
        assert_true(stale(m));
        assert_true(stale(f));
        assert_close(forward(f), fabs(at), 0);
        assert_close(nb_var_value(m), at > 0, 0);
        nb_var_clear_grad(x);
        assert_int_equal(nb_backward(f, NULL), NB_OK);
        assert_close(nb_var_grad_value(x), at > 0 ? 1 : -1, 0);
        assert_false(nb_var_has_grad(m));
    }
    release((NbVar *[]){x, m, n, f}, 4);
}

/* What only a comparison uses is replayed, and no part of the sweep. */
static void a_packed_graph_sweeps_around_comparisons(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *q = bin("mul", NB_VAR(x), NB_VAR(x)),
          *e = nb_apply1(ctx, nb_op_find("exp"), q);
    NbVar *m = bin("gt", NB_VAR(e), NB_NUM(5)), *k = bin("add", NB_VAR(m), NB_NUM(1));
    NbVar *y = bin("mul", NB_VAR(x), NB_VAR(k)), *f = bin("mul", NB_VAR(y), NB_NUM(10));
    assert_node_without_gradient(k, "add");
    use(f);
    for (int i = 0; i < 6; i++) {
        const double at = i % 2 ? 2 : 1, by = i % 2 ? 20 : 10;
        nb_var_assign_scalar(x, at);
        assert_close(forward(f), by * at, 0);
        nb_var_clear_grad(x);
        assert_int_equal(nb_backward(f, NULL), NB_OK);
        assert_close(nb_var_grad_value(x), by, 0);
        assert_true(nb_var_has_grad(y));
        const NbVar *none[] = {q, e, m, k};
        for (int j = 0; j < 4; j++) {
            assert_false(nb_var_has_grad(none[j]));
        }
    }
    release((NbVar *[]){x, q, e, m, k, y, f}, 7);
}

static void a_leaf_that_only_a_comparison_reads_gets_no_gradient(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *w = leaf(3), *m = bin("gt", NB_VAR(x), NB_NUM(0));
    NbVar *f = bin("mul", NB_VAR(m), NB_VAR(w));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(nb_backward(f, NULL), NB_OK);
        assert_false(nb_var_has_grad(x));
        assert_close(nb_var_grad_value(w), i + 1, 0);
    }
    release((NbVar *[]){x, w, m, f}, 4);
}

static void backward_from_it_says_why_there_is_none(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *m = bin("gt", NB_VAR(x), NB_NUM(0));
    for (int i = 0; i < 5; i++) { /* packed at last */
        assert_int_equal(nb_backward(m, NULL), NB_EVALUE);
        assert_non_null(strstr(nb_ctx_err(ctx)->msg, "by steps only"));
        nb_err_clear(nb_ctx_err(ctx));
        assert_null(nb_contributions(m, NULL));
        nb_err_clear(nb_ctx_err(ctx));
        assert_false(nb_var_has_grad(x));
    }
    nb_var_assign_scalar(x, -1);
    assert_close(forward(m), 0, 0);
    release((NbVar *[]){x, m}, 2);
}

static void gradients_as_graphs_go_around_comparisons(void **state)
{
    (void)state;
    const NbSweep graph = {.create_graph = true};
    NbVar *x = leaf(3), *m = bin("gt", NB_VAR(x), NB_NUM(1));
    NbVar *q = bin("pow", NB_VAR(x), NB_NUM(3)), *l = bin("mul", NB_VAR(x), NB_NUM(2));
    NbVar *f = where(m, q, l);
    assert_int_equal(nb_backward(f, &graph), NB_OK);
    NbVar *g = nb_var_grad(x);
    nb_var_clear_grad(x);
    assert_close(nb_var_value(g), 27, 1e-12);
    nb_var_assign_scalar(x, 0.5);
    assert_close(forward(g), 2, 1e-12);
    assert_int_equal(nb_backward(g, NULL), NB_OK);
    assert_close(nb_var_grad_value(x), 0, 1e-12);
    release((NbVar *[]){x, m, q, l, f, g}, 6);
}

static void unchain_and_its_undoing_keep_what_takes_a_gradient(void **state)
{
    (void)state;
    NbVar *x = leaf(3), *m = bin("gt", NB_VAR(x), NB_NUM(1));
    NbEdges kept;
    assert_true(nb_edges_save(&kept, m));
    assert_int_equal(nb_var_unchain(m), NB_OK);
    assert_int_equal(nb_var_kind(m), NB_CONST);
    assert_false(nb_var_tracked(m));
    nb_edges_swap(&kept);
    assert_node_without_gradient(m, "gt");
    nb_edges_drop(&kept);
    nb_var_assign_scalar(x, 0);
    assert_close(forward(m), 0, 0);
    release((NbVar *[]){x, m}, 2);
}

static void one_that_was_written_down_is_made_again(void **state)
{
    (void)state;
    NbVar *x = leaf(3);
    const NbArg in[2] = {NB_VAR(x), NB_NUM(1)};
    NbRebuild r = {
        .kind = NB_INNER, .op = nb_op_find("gt"), .in = in, .n = 2, .num = 1, .stamp = 1};
    NbVar *m = nb_var_rebuild(ctx, &r);
    assert_non_null(m);
    assert_node_without_gradient(m, "gt");
    const NbArg more[2] = {NB_VAR(m), NB_NUM(4)};
    NbRebuild second = {
        .kind = NB_INNER, .op = nb_op_find("mul"), .in = more, .n = 2, .num = 4, .stamp = 2};
    NbVar *k = nb_var_rebuild(ctx, &second);
    assert_node_without_gradient(k, "mul");
    nb_var_assign_scalar(x, 0);
    assert_close(forward(k), 0, 0);
    release((NbVar *[]){x, m, k}, 3);
}

static void masks_drawn_at_random_take_none(void **state)
{
    (void)state;
    const double ones[] = {1, 1, 1, 1};
    NbAttrs half;
    nb_attrs_init(&half);
    half.num[0] = 0.5;
    NbVar *c = var_of("4", ones, NB_CONST), *x = var_of("4", ones, NB_LEAF);
    const NbArg of_const = NB_VAR(c), of_leaf = NB_VAR(x);
    NbVar *a = nb_apply(ctx, nb_op_find("dropout"), &of_const, 1, &half);
    NbVar *b = nb_apply(ctx, nb_op_find("dropout"), &of_leaf, 1, &half);
    assert_true(nb_var_tracked(a));
    assert_false(nb_var_takes_grad(a));
    assert_true(nb_var_takes_grad(b));
    NbVar *s = nb_apply1(ctx, nb_op_find("sum"), a);
    assert_int_equal(nb_backward(s, NULL), NB_EVALUE);
    assert_non_null(strstr(nb_ctx_err(ctx)->msg, "depends on no variable"));
    nb_err_clear(nb_ctx_err(ctx));
    release((NbVar *[]){c, x, a, b, s}, 5);
}

/* n = n + (x > 0) over three passes, settled at each; nodes that live. */
static uint64_t counted(NbVar *x, NbVar *n, NbVar **sum)
{
    uint64_t loop = nb_ctx_serial(ctx), before = nb_ctx_live_nodes(ctx);
    *sum = nb_var_ref(n);
    for (int i = 0; i < 9; i++) {
        uint64_t pass = nb_ctx_serial(ctx);
        NbVar *m = bin("gt", NB_VAR(x), NB_NUM(0)), *next = bin("add", NB_VAR(*sum), NB_VAR(m));
        nb_var_unref(&m);
        assert_int_equal(nb_var_settle(next, loop, pass, 7), NB_OK);
        nb_var_unref(sum);
        *sum = next;
    }
    return nb_ctx_live_nodes(ctx) - before;
}

static void a_settled_count_keeps_numbers_of_earlier_passes(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *c = nb_var_scalar(ctx, 0, NB_CONST), *sum;
    assert_int_equal(counted(x, c, &sum), 3); /* the sum, its constant, one comparison */
    assert_close(nb_var_value(sum), 9, 0);
    assert_false(stale(sum));
    nb_var_assign_scalar(x, -1);
    NbReplay what;
    assert_int_equal(nb_forward(sum, false, &what), NB_OK);
    assert_close(nb_var_value(sum), 8, 0);
    assert_int_equal(what.branch, 7);
    nb_var_unref(&sum);
    NbVar *n = leaf(0);
    assert_int_equal(counted(x, n, &sum), 9 + 8 + 1); /* each sum with its term */
    nb_var_assign_scalar(x, 1);
    assert_close(forward(sum), 1, 0);
    nb_var_assign_scalar(n, 5);
    assert_close(forward(sum), 6, 0);
    assert_int_equal(nb_backward(sum, NULL), NB_OK);
    assert_close(nb_var_grad_value(n), 1, 0);
    release((NbVar *[]){x, c, n, sum}, 4);
}

static void a_settled_graph_keeps_what_its_pass_computed(void **state)
{
    (void)state;
    uint64_t loop = nb_ctx_serial(ctx);
    NbVar *x = leaf(2), *m = bin("gt", NB_VAR(x), NB_NUM(1)), *y = bin("mul", NB_VAR(x), NB_VAR(m));
    assert_int_equal(nb_var_settle(y, loop, loop, 7), NB_OK);
    uint64_t pass = nb_ctx_serial(ctx);
    NbVar *z = bin("mul", NB_VAR(y), NB_VAR(y)), *w = bin("mul", NB_VAR(z), NB_VAR(m));
    assert_int_equal(nb_var_settle(w, loop, pass, 7), NB_OK);
    assert_ptr_equal(nb_var_input(y, 1).var, m); /* no sum */
    assert_ptr_not_equal(nb_var_input(w, 1).var, m);
    assert_int_equal(nb_var_branch(w), 7);
    assert_int_equal(nb_var_branch(y), 0);
    nb_var_assign_scalar(x, 3);
    assert_close(forward(w), 9, 0);
    release((NbVar *[]){x, m, y, z, w}, 5);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(a_comparison_of_a_variable_is_a_node_without_gradient),
        TEST(of_constants_it_is_const),
        TEST(what_is_computed_from_nothing_else_takes_none_either),
        TEST(masks_are_computed_anew_by_forward),
        TEST(a_packed_graph_sweeps_around_comparisons),
        TEST(a_leaf_that_only_a_comparison_reads_gets_no_gradient),
        TEST(backward_from_it_says_why_there_is_none),
        TEST(gradients_as_graphs_go_around_comparisons),
        TEST(unchain_and_its_undoing_keep_what_takes_a_gradient),
        TEST(one_that_was_written_down_is_made_again),
        TEST(masks_drawn_at_random_take_none),
        TEST(a_settled_count_keeps_numbers_of_earlier_passes),
        TEST(a_settled_graph_keeps_what_its_pass_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

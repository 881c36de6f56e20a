/* test_ops.c -- values of operations, the exact points of the design, error texts, formulas */
#include "ops_test.h"

#define NUMBERS(...) ((const double[]){__VA_ARGS__})
#define LEAF(shape, ...) var_of(shape, NUMBERS(__VA_ARGS__), NB_LEAF)

/* Value of a unary operation on operands that are released. */
static NbVar *one(const char *name, NbVar *x, const char *options)
{
    NbVar *v = apply(name, &x, 1, options);
    nb_var_unref(&x);
    return v;
}

static NbVar *two(const char *name, NbVar *a, NbVar *b, const char *options)
{
    NbVar *in[2] = {a, b};
    NbVar *v = apply(name, in, 2, options);
    nb_var_unref(&in[0]);
    nb_var_unref(&in[1]);
    return v;
}

static NbVar *three(const char *name, NbVar *a, NbVar *b, NbVar *c, const char *options)
{
    NbVar *in[3] = {a, b, c};
    NbVar *v = apply(name, in, 3, options);
    for (int i = 0; i < 3; i++) {
        nb_var_unref(&in[i]);
    }
    return v;
}

/* ∂(sum of op)/∂x, by kernel or by rule. */
static void assert_gradient(const char *name, NbVar *x, const char *options, const double *want)
{
    for (int graph = 0; graph < 2; graph++) {
        NbVar *y = apply(name, &x, 1, options);
        NbVar *sum = nb_apply1(ctx, &nb_op_sum, y);
        const NbSweep sweep = {.create_graph = graph, .replace = true};
        NbTensor tmp;
        assert_int_equal(nb_backward(sum, &sweep), NB_OK);
        const NbTensor *g = nb_var_grad_data(x, &tmp);
        for (int64_t i = 0; i < size_of(x); i++) {
            assert_close(g != NULL ? nb_tensor_at(g, i) : 0, want[i], 1e-12);
        }
        nb_var_clear_grad(x);
        nb_var_unref(&sum);
        nb_var_unref(&y);
    }
    nb_var_unref(&x);
}

/* --- arithmetic --- */

static void remainders_have_the_sign_of_the_divisor(void **state)
{
    (void)state;
    assert_value(two("mod", LEAF("4", -1, 5, -5, 6), LEAF("4", 3, -3, 3, 3), ""), "4",
                 NUMBERS(2, -1, 1, 0));
}

static void arithmetic_broadcasts(void **state)
{
    (void)state;
    assert_value(two("sub", LEAF("2,1", 10, 20), LEAF("3", 1, 2, 3), ""), "2,3",
                 NUMBERS(9, 8, 7, 19, 18, 17));
}

static void powers_of_negative_numbers_need_integer_exponents(void **state)
{
    (void)state;
    assert_value(two("pow", LEAF("3", -2, -2, -2), LEAF("3", 2, 3, 0.5), ""), "3",
                 NUMBERS(4, -8, NAN));
}

static double derivative_at(double x, double exponent, int order)
{
    NbVar *v = nb_var_scalar(ctx, x, NB_LEAF);
    NbVar *y = nb_apply2(ctx, &nb_op_pow, NB_VAR(v), NB_NUM(exponent));
    const NbSweep sweep = {.create_graph = true, .replace = true};
    for (int k = 0; k < order && y != NULL; k++) {
        const bool depends = nb_var_tracked(y);
        assert_true(!depends || nb_backward(y, &sweep) == NB_OK);
        nb_var_unref(&y);
        y = depends ? nb_var_grad(v) : NULL;
        nb_var_clear_grad(v);
    }
    const double value = y != NULL ? nb_var_value(y) : 0;
    nb_var_unref(&y);
    nb_var_unref(&v);
    return value;
}

static void integer_powers_at_zero_have_derivatives_of_every_order(void **state)
{
    (void)state;
    assert_float_equal(derivative_at(0, 2, 1), 0, 0);
    assert_float_equal(derivative_at(0, 2, 2), 2, 0);
    assert_float_equal(derivative_at(0, 3, 3), 6, 0);
    assert_float_equal(derivative_at(0, 1, 1), 1, 0);
    assert_float_equal(derivative_at(0, 2, 3), 0, 0);
    assert_float_equal(derivative_at(0, 0, 1), 0, 0);
}

/* Σ a^b by a tensor of exponents: third derivative by a */
static void tensor_exponents_keep_zero_finite_to_third_order(void **state)
{
    NbVar *a = LEAF("3", 0, 0, 2);
    NbVar *b = var_of("3", NUMBERS(2, 0, 3), NB_CONST);
    NbVar *y = nb_apply2(ctx, &nb_op_pow, NB_VAR(a), NB_VAR(b));
    const NbSweep sweep = {.create_graph = true, .replace = true};
    const double want[3][3] = {{0, 0, 12}, {2, 0, 12}, {0, 0, 6}};
    (void)state;
    for (int order = 0; order < 3; order++) {
        NbVar *sum = nb_apply1(ctx, &nb_op_sum, y);
        assert_int_equal(nb_backward(sum, &sweep), NB_OK);
        nb_var_unref(&sum);
        nb_var_unref(&y);
        y = nb_var_grad(a);
        nb_var_clear_grad(a);
        for (int i = 0; i < 3; i++) {
            assert_float_equal(at(y, i), want[order][i], 0);
        }
    }
    nb_var_unref(&y);
    nb_var_unref(&b);
    nb_var_unref(&a);
}

static double exponent_gradient(double a, double b)
{
    NbVar *x = nb_var_scalar(ctx, a, NB_CONST);
    NbVar *n = nb_var_scalar(ctx, b, NB_LEAF);
    NbVar *y = nb_apply2(ctx, &nb_op_pow, NB_VAR(x), NB_VAR(n));
    assert_int_equal(nb_backward(y, NULL), NB_OK);
    const double by_kernel = nb_var_grad_value(n);
    nb_var_clear_grad(n);
    const NbSweep sweep = {.create_graph = true};
    assert_int_equal(nb_backward(y, &sweep), NB_OK);
    const double by_rule = nb_var_grad_value(n);
    nb_var_clear_grad(n);
    nb_var_unref(&y);
    nb_var_unref(&n);
    nb_var_unref(&x);
    assert_true(by_kernel == by_rule || (isnan(by_kernel) && isnan(by_rule)));
    return by_kernel;
}

static void the_exponent_has_a_gradient_for_bases_above_zero(void **state)
{
    (void)state;
    nb_ctx_nan_mode(ctx, NB_NAN_OFF);
    assert_close(exponent_gradient(2, 3), 8 * log(2), 1e-15);
    assert_float_equal(exponent_gradient(0, 2), 0, 0);
    assert_true(isnan(exponent_gradient(-2, 2)));
}

/* --- kinks --- */

static void relu_has_derivative_zero_at_zero(void **state)
{
    (void)state;
    assert_gradient("relu", LEAF("3", -1, 0, 2), "", NUMBERS(0, 0, 1));
    assert_gradient("relu", LEAF("", 0), "", NUMBERS(0));
}

static void relu_keeps_nan_and_drops_negative_infinity(void **state)
{
    (void)state;
    assert_value(one("relu", LEAF("3", NAN, -INFINITY, INFINITY), ""), "3",
                 NUMBERS(NAN, 0, INFINITY));
}

static void abs_has_derivative_zero_at_zero(void **state)
{
    (void)state;
    assert_gradient("abs", LEAF("3", -1, 0, 2), "", NUMBERS(-1, 0, 1));
}

static void clip_passes_gradient_at_both_ends(void **state)
{
    (void)state;
    assert_value(one("clip", LEAF("4", -2, -1, 1, 2), "num=-1,1"), "4", NUMBERS(-1, -1, 1, 1));
    assert_gradient("clip", LEAF("4", -2, -1, 1, 2), "num=-1,1", NUMBERS(0, 1, 1, 0));
}

static void clip_with_one_end_leaves_the_other_open(void **state)
{
    (void)state;
    assert_value(one("clip", LEAF("2", -1e300, 5), "num=0"), "2", NUMBERS(0, 5));
}

static void ties_of_max_share_the_gradient(void **state)
{
    (void)state;
    assert_gradient("max", LEAF("4", 3, 1, 3, 3), "", NUMBERS(1 / 3.0, 0, 1 / 3.0, 1 / 3.0));
    assert_gradient("min", LEAF("2,2", 1, 1, 5, 2), "axis=1", NUMBERS(0.5, 0.5, 0, 1));
}

static void equal_operands_of_max_share_the_gradient(void **state)
{
    NbVar *a = LEAF("", 2);
    NbVar *b = LEAF("", 2);
    NbVar *y = nb_apply2(ctx, &nb_op_max, NB_VAR(a), NB_VAR(b));
    (void)state;
    assert_int_equal(nb_backward(y, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(a), 0.5, 0);
    assert_float_equal(nb_var_grad_value(b), 0.5, 0);
    NbVar *drop[] = {y, b, a};
    for (int i = 0; i < 3; i++) {
        nb_var_unref(&drop[i]);
    }
}

static void max_of_two_takes_no_axis(void **state)
{
    (void)state;
    assert_error(two("max", LEAF("2", 1, 2), LEAF("2", 2, 1), "axis=0"),
                 "max: axis and keepdims go with one operand", NULL);
}

static void norm_has_derivative_zero_at_the_origin(void **state)
{
    (void)state;
    assert_gradient("norm", LEAF("2", 0, 0), "", NUMBERS(0, 0));
    assert_gradient("norm", LEAF("2", 3, 4), "", NUMBERS(0.6, 0.8));
}

static void norm_survives_squares_out_of_range(void **state)
{
    (void)state;
    assert_value(one("norm", LEAF("2", 3e200, 4e200), ""), "", NUMBERS(5e200));
    assert_value(one("norm", LEAF("2", 3e-200, 4e-200), ""), "", NUMBERS(5e-200));
}

/* --- overflow --- */

static void sigmoid_and_softplus_do_not_overflow(void **state)
{
    (void)state;
    assert_value(one("sigmoid", LEAF("2", -1000, 1000), ""), "2", NUMBERS(0, 1));
    assert_value(one("softplus", LEAF("2", -1000, 1000), ""), "2", NUMBERS(0, 1000));
    assert_value(one("softplus", LEAF("", 1000), ""), "", NUMBERS(1000));
}

static void softmax_and_logsumexp_do_not_overflow(void **state)
{
    (void)state;
    assert_value(one("softmax", LEAF("2", 1000, 1000), ""), "2", NUMBERS(0.5, 0.5));
    assert_value(one("logsumexp", LEAF("2", 1000, 1000), ""), "", NUMBERS(1000 + log(2)));
    assert_value(one("log_softmax", LEAF("2", 0, 1000), ""), "2", NUMBERS(-1000, 0));
    assert_value(one("logsumexp", LEAF("2", -INFINITY, -INFINITY), ""), "", NUMBERS(-INFINITY));
}

/* --- reductions --- */

static void reductions_take_one_axis_several_or_none(void **state)
{
    (void)state;
    assert_value(one("sum", LEAF("2,3", 1, 2, 3, 4, 5, 6), ""), "", NUMBERS(21));
    assert_value(one("sum", LEAF("2,3", 1, 2, 3, 4, 5, 6), "axis=0"), "3", NUMBERS(5, 7, 9));
    assert_value(one("sum", LEAF("2,3", 1, 2, 3, 4, 5, 6), "axis=-1 keep"), "2,1", NUMBERS(6, 15));
    assert_value(one("mean", LEAF("2,2,2", 1, 2, 3, 4, 5, 6, 7, 8), "axis=0,2"), "2",
                 NUMBERS(3.5, 5.5));
    assert_value(one("prod", LEAF("2,2", 1, 2, 3, 4), "axis=0"), "2", NUMBERS(3, 8));
}

static void variance_divides_by_the_number_of_elements(void **state)
{
    (void)state;
    assert_value(one("variance", LEAF("4", 1, 2, 3, 4), ""), "", NUMBERS(1.25));
}

static void prod_differentiates_through_zeros(void **state)
{
    (void)state;
    assert_gradient("prod", LEAF("3", 2, 0, 3), "", NUMBERS(0, 6, 0));
    assert_gradient("prod", LEAF("3", 0, 0, 3), "", NUMBERS(0, 0, 0));
}

static void argmax_is_the_first_of_the_largest(void **state)
{
    (void)state;
    assert_value(one("argmax", LEAF("2,3", 1, 5, 5, 7, 2, 7), "axis=1"), "2", NUMBERS(1, 0));
    assert_value(one("argmax", LEAF("2,3", 1, 5, 5, 7, 2, 7), ""), "", NUMBERS(3));
}

static void sums_over_nothing_are_zero_and_maxima_an_error(void **state)
{
    (void)state;
    assert_value(one("sum", LEAF("0", 0), ""), "", NUMBERS(0));
    assert_value(one("prod", LEAF("2,0", 0), "axis=1"), "2", NUMBERS(1, 1));
    assert_error(one("max", LEAF("0", 0), ""),
                 "max: the largest or smallest of no elements: {0} (0,)", NULL);
}

static void a_missing_or_repeated_axis_is_an_error(void **state)
{
    (void)state;
    assert_error(one("sum", LEAF("2", 1, 2), "axis=1"),
                 "sum: axis 1 does not exist: {0} (2,) has 1 axis", NULL);
    assert_error(one("sum", LEAF("1,1", 1), "axis=0,-2"),
                 "sum: axis -2 of {0} (1, 1) is given twice", NULL);
    assert_error(one("unsqueeze", LEAF("2", 1, 2), "axis=3"),
                 "unsqueeze: axis 3 does not exist: the result for {0} (2,) has 2 axes", NULL);
}

/* --- shapes --- */

static void reshape_works_out_one_size(void **state)
{
    (void)state;
    assert_value(one("reshape", LEAF("6", 1, 2, 3, 4, 5, 6), "shape=-1,2"), "3,2",
                 NUMBERS(1, 2, 3, 4, 5, 6));
    assert_error(one("reshape", LEAF("6", 1, 2, 3, 4, 5, 6), "shape=4,-1"),
                 "reshape: {0} (6,) has 6 elements, which do not fill (4, -1)",
                 "one size may be -1: it is worked out");
}

static void reshape_of_a_transposed_view_follows_its_order(void **state)
{
    (void)state;
    NbVar *t = one("transpose", LEAF("2,3", 1, 2, 3, 4, 5, 6), "");
    assert_value(one("reshape", t, "shape=6"), "6", NUMBERS(1, 4, 2, 5, 3, 6));
}

static void shape_operations_rearrange(void **state)
{
    (void)state;
    assert_value(one("transpose", LEAF("1,2,3", 1, 2, 3, 4, 5, 6), "axis=2,0,1"), "3,1,2",
                 NUMBERS(1, 4, 2, 5, 3, 6));
    assert_value(one("squeeze", LEAF("1,2,1", 1, 2), ""), "2", NUMBERS(1, 2));
    assert_value(one("unsqueeze", LEAF("2", 1, 2), "axis=0,2"), "1,2,1", NUMBERS(1, 2));
    assert_value(one("broadcast_to", LEAF("2,1", 1, 2), "shape=2,2"), "2,2", NUMBERS(1, 1, 2, 2));
    assert_value(one("sum_to", LEAF("2,2", 1, 2, 3, 4), "shape=2"), "2", NUMBERS(4, 6));
    assert_value(one("flip", LEAF("2,2", 1, 2, 3, 4), "axis=1"), "2,2", NUMBERS(2, 1, 4, 3));
    assert_value(one("tile", LEAF("2", 1, 2), "shape=2,2"), "2,4", NUMBERS(1, 2, 1, 2, 1, 2, 1, 2));
    assert_error(one("squeeze", LEAF("2", 1, 2), "axis=0"),
                 "squeeze: axis 0 of {0} (2,) has size 2, not 1", NULL);
    assert_error(one("broadcast_to", LEAF("2", 1, 2), "shape=3"),
                 "broadcast_to: {0} (2,) does not stretch to (3,)", NULL);
    assert_error(one("sum_to", LEAF("2", 1, 2), "shape=3"),
                 "sum_to: {0} (2,) cannot be summed to (3,)",
                 "each axis keeps its size or becomes 1; leading axes may go");
    assert_value(one("tile", LEAF("2,1", 1, 2), "shape=2"), "2,2", NUMBERS(1, 1, 2, 2));
    assert_error(one("tile", LEAF("2", 1, 2), "shape=-1"), "tile: counts cannot be negative: (-1,)",
                 NULL);
}

static void joining_appends_or_makes_an_axis(void **state)
{
    (void)state;
    assert_value(two("concat", LEAF("1,2", 1, 2), LEAF("2,2", 3, 4, 5, 6), ""), "3,2",
                 NUMBERS(1, 2, 3, 4, 5, 6));
    assert_value(two("stack", LEAF("2", 1, 2), LEAF("2", 3, 4), "axis=1"), "2,2",
                 NUMBERS(1, 3, 2, 4));
    assert_error(two("concat", LEAF("1,2", 1, 2), LEAF("1,3", 3, 4, 5), ""),
                 "concat: shapes do not fit: {0} (1, 2) and {1} (1, 3)", NULL);
}

static void where_and_mask_fill_choose(void **state)
{
    (void)state;
    assert_value(three("where", LEAF("2", 1, 0), LEAF("2", 1, 2), LEAF("", 9), ""), "2",
                 NUMBERS(1, 9));
    assert_value(two("mask_fill", LEAF("3", 1, 2, 3), LEAF("3", 1, 0, 1), "num=-7"), "3",
                 NUMBERS(1, -7, 3));
    assert_error(two("mask_fill", LEAF("3", 1, 2, 3), LEAF("2", 1, 0), ""),
                 "mask_fill: the mask {1} (2,) does not fit {0} (3,)", NULL);
}

/* --- index --- */

static NbVar *grid(void)
{
    return LEAF("3,4", 0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23);
}

static void indices_select_as_in_numpy(void **state)
{
    (void)state;
    assert_value(one("index", grid(), "index=-1"), "4", NUMBERS(20, 21, 22, 23));
    assert_value(one("index", grid(), "index=1,-2"), "", NUMBERS(12));
    assert_value(one("index", grid(), "index=:,1:3"), "3,2", NUMBERS(1, 2, 11, 12, 21, 22));
    assert_value(one("index", grid(), "index=::-2,3"), "2", NUMBERS(23, 3));
    assert_value(one("index", grid(), "index=5:,0"), "0", NUMBERS(0));
    assert_value(one("index", grid(), "index=[2;0]"), "2,4", NUMBERS(20, 21, 22, 23, 0, 1, 2, 3));
    assert_value(one("index", grid(), "index=:,[1;1;-1]"), "3,3",
                 NUMBERS(1, 1, 3, 11, 11, 13, 21, 21, 23));
    assert_value(one("index", grid(), "index=[0;2],[1;3]"), "2", NUMBERS(1, 23));
    assert_value(one("index", grid(), "index=[0;2],[3]"), "2", NUMBERS(3, 23));
}

static void lists_apart_put_their_axis_in_front(void **state)
{
    (void)state;
    assert_value(one("index", LEAF("2,2,2", 0, 1, 2, 3, 4, 5, 6, 7), "index=[0;1],:,[1;0]"), "2,2",
                 NUMBERS(1, 3, 4, 6));
}

static void repeated_indices_add_their_gradients(void **state)
{
    (void)state;
    assert_gradient("index", LEAF("3", 1, 2, 3), "index=[1;1;-2;0]", NUMBERS(1, 3, 0));
}

static void indices_out_of_range_name_axis_and_size(void **state)
{
    (void)state;
    assert_error(one("index", grid(), "index=0,4"),
                 "index 4 is out of range: axis 1 of {0} (3, 4) has size 4", NULL);
    assert_error(one("index", grid(), "index=[0;-4]"),
                 "index -4 is out of range: axis 0 of {0} (3, 4) has size 3", NULL);
    assert_error(one("index", grid(), "index=0,0,0"),
                 "3 indices are too many: {0} (3, 4) has 2 axes", NULL);
    assert_error(one("index", grid(), "index=::0"), "a slice cannot have step 0", NULL);
    assert_error(one("index", grid(), "index=[0;1],[0;1;2]"),
                 "lists in an index must be equally long: 2 and 3", NULL);
}

static void writing_to_a_part_broadcasts_the_value(void **state)
{
    const NbShape s = nb_shape(2, 2, 3);
    const NbShape row = nb_shape(1, 2);
    NbTensor *t = nb_tensor_full(&s, 0, NULL);
    NbTensor *v = nb_tensor_from(&row, NUMBERS(5, 6), NULL);
    NbAttrs a = attrs_of(&nb_op_index, "index=:,[2;0]");
    NbErr err = {0};
    const double want[] = {6, 0, 5, 6, 0, 5};
    (void)state;
    assert_int_equal(nb_part_write(t, a.index, a.nindex, v, &err), NB_OK);
    for (int i = 0; i < 6; i++) {
        assert_float_equal(t->data[i], want[i], 0);
    }
    nb_attrs_free(&a);
    a = attrs_of(&nb_op_index, "index=:,1:2");
    assert_int_equal(nb_part_write(t, a.index, a.nindex, v, &err), NB_ESHAPE);
    assert_string_equal(err.msg, "a value (2,) does not fit into a part (2, 1)");
    nb_attrs_free(&a);
    nb_tensor_unref(&v);
    nb_tensor_unref(&t);
}

/* --- matrices --- */

static void products_accept_vectors_matrices_and_batches(void **state)
{
    (void)state;
    assert_value(two("matmul", LEAF("2,2", 1, 2, 3, 4), LEAF("2,1", 5, 6), ""), "2,1",
                 NUMBERS(17, 39));
    assert_value(two("matmul", LEAF("2", 1, 2), LEAF("2,2", 1, 2, 3, 4), ""), "2", NUMBERS(7, 10));
    assert_value(two("matmul", LEAF("2,2", 1, 2, 3, 4), LEAF("2", 1, 2), ""), "2", NUMBERS(5, 11));
    assert_value(two("matmul", LEAF("2", 1, 2), LEAF("2", 3, 4), ""), "", NUMBERS(11));
    assert_value(two("matmul", LEAF("2,1,2", 1, 2, 3, 4), LEAF("2,1", 5, 6), ""), "2,1,1",
                 NUMBERS(17, 39));
    assert_value(two("dot", LEAF("2", 1, 2), LEAF("2", 3, 4), ""), "", NUMBERS(11));
    assert_value(three("linear", LEAF("1,2", 1, 2), LEAF("2,2", 1, 2, 3, 4), LEAF("2", 10, 20), ""),
                 "1,2", NUMBERS(17, 30));
}

static void a_misfit_of_matmul_says_which_side_to_transpose(void **state)
{
    (void)state;
    assert_error(two("matmul", LEAF("2,3", 1, 2, 3, 4, 5, 6), LEAF("2,3", 1, 2, 3, 4, 5, 6), ""),
                 "matmul: inner sizes differ: {0} (2, 3) and {1} (2, 3)",
                 "transpose one side, as in {0} @ {1}.T");
    assert_error(two("matmul", LEAF("", 2), LEAF("2", 1, 2), ""),
                 "matmul: needs vectors or matrices: {0} () and {1} (2,)",
                 "* multiplies by a number");
}

/* --- losses --- */

static void losses_average_over_all_elements(void **state)
{
    (void)state;
    assert_value(two("mse", LEAF("2", 1, 2), LEAF("2", 2, 4), ""), "", NUMBERS(2.5));
    assert_value(two("mae", LEAF("2", 1, 2), LEAF("2", 2, 4), ""), "", NUMBERS(1.5));
    assert_value(two("huber", LEAF("2", 1, 2), LEAF("2", 1.5, 4), ""), "", NUMBERS(0.8125));
    assert_value(two("bce", LEAF("2", 0.5, 1), LEAF("2", 1, 1), ""), "", NUMBERS(log(2) / 2));
    assert_value(two("bce", LEAF("2", 1000, -1000), LEAF("2", 1, 0), "num=1"), "", NUMBERS(0));
}

static void losses_refuse_shapes_that_differ(void **state)
{
    (void)state;
    assert_error(two("mse", LEAF("2", 1, 2), LEAF("2,1", 1, 2), ""),
                 "mse: shapes differ: {0} (2,) and {1} (2, 1)",
                 "reshape one side: broadcasting would compare every pair");
}

static void cross_entropy_leaves_ignored_rows_out(void **state)
{
    (void)state;
    assert_value(two("cross_entropy", LEAF("2,2", 0, 0, 5, 9), LEAF("2", 1, -100), ""), "",
                 NUMBERS(log(2)));
    assert_value(two("cross_entropy", LEAF("1,2", 0, 0), LEAF("1", -100), ""), "", NUMBERS(0));
}

static void labels_are_checked(void **state)
{
    (void)state;
    assert_error(two("cross_entropy", LEAF("2,2", 1, 2, 3, 4), LEAF("2", 0, 2), ""),
                 "cross_entropy: label 2 at position 1 is not one of 0 to 1", NULL);
    assert_error(two("cross_entropy", LEAF("2,2", 1, 2, 3, 4), LEAF("2", 0.5, 0), ""),
                 "cross_entropy: label 0.5 at position 0 is not one of 0 to 1", NULL);
    assert_error(two("cross_entropy", LEAF("2,2", 1, 2, 3, 4), LEAF("2,1", 0, 0), ""),
                 "cross_entropy: labels {1} (2, 1) do not fit {0} (2, 2)",
                 "labels are whole numbers, one per row: (2,)");
    assert_error(one("one_hot", LEAF("1", 3), "num=3"),
                 "one_hot: label 3 at position 0 is not one of 0 to 2", NULL);
}

static void accuracy_counts_rows_that_are_right(void **state)
{
    (void)state;
    assert_value(two("accuracy", LEAF("2,2", 1, 2, 4, 3), LEAF("2", 1, 1), ""), "", NUMBERS(0.5));
    assert_value(two("accuracy", LEAF("4", 0.1, 0.6, 0.9, 0.4), LEAF("4", 0, 1, 0, 0), ""), "",
                 NUMBERS(0.75));
}

/* --- constructors --- */

static void constructors_fill_shapes(void **state)
{
    (void)state;
    assert_value(apply("zeros", NULL, 0, "shape=2"), "2", NUMBERS(0, 0));
    assert_value(apply("full", NULL, 0, "shape=2 num=7"), "2", NUMBERS(7, 7));
    assert_value(apply("ones", NULL, 0, ""), "", NUMBERS(1));
    assert_value(apply("eye", NULL, 0, "num=2"), "2,2", NUMBERS(1, 0, 0, 1));
    assert_value(apply("arange", NULL, 0, "num=3"), "3", NUMBERS(0, 1, 2));
    assert_value(apply("arange", NULL, 0, "num=5,0,-2"), "3", NUMBERS(5, 3, 1));
    assert_value(apply("linspace", NULL, 0, "num=0,1,3"), "3", NUMBERS(0, 0.5, 1));
    assert_value(one("one_hot", LEAF("2", 2, 0), "num=3"), "2,3", NUMBERS(0, 0, 1, 1, 0, 0));
}

static void random_draws_follow_the_generator_in_row_major_order(void **state)
{
    NbRng rng;
    double want[4];
    (void)state;
    nb_rng_seed(nb_ctx_rng(ctx), 5, 0);
    nb_rng_seed(&rng, 5, 0);
    for (int i = 0; i < 4; i++) {
        want[i] = nb_rng_uniform(&rng);
    }
    assert_value(apply("rand", NULL, 0, "shape=2,2"), "2,2", want);
    for (int i = 0; i < 4; i++) {
        want[i] = 1 + 0.5 * nb_rng_normal(&rng);
    }
    assert_value(apply("normal", NULL, 0, "shape=4 num=1,0.5"), "4", want);
}

static void sizes_that_are_not_counts_are_errors(void **state)
{
    (void)state;
    assert_error(apply("eye", NULL, 0, "num=2.5"), "eye: n must be a whole number from 0, not 2.5",
                 NULL);
    assert_error(apply("zeros", NULL, 0, "shape=-2"), "zeros: sizes cannot be negative: (-2,)",
                 NULL);
    assert_error(apply("arange", NULL, 0, "num=0,5,0"),
                 "arange: no range from 0 to 5 in steps of 0", NULL);
}

/* --- replays renew masks and counts inside derivatives --- */

static void a_replayed_derivative_follows_the_kink(void **state)
{
    NbVar *x = LEAF("", 2);
    NbVar *y = nb_apply1(ctx, &nb_op_relu, x);
    NbVar *y3 = nb_apply2(ctx, &nb_op_mul, NB_NUM(3), NB_VAR(y));
    const NbSweep sweep = {.create_graph = true};
    (void)state;
    assert_int_equal(nb_backward(y3, &sweep), NB_OK);
    NbVar *g = nb_var_grad(x);
    nb_var_clear_grad(x);
    assert_float_equal(nb_var_value(g), 3, 0);
    assert_int_equal(nb_var_assign_scalar(x, -2), NB_OK);
    assert_int_equal(nb_forward(g, false, NULL), NB_OK);
    assert_float_equal(nb_var_value(g), 0, 0);
    NbVar *drop[] = {g, y3, y, x};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(&drop[i]);
    }
}

/* --- text --- */

static void assert_text(const char *op, const char *a, const char *b, const char *options,
                        const char *want)
{
    const char *names[2] = {a, b};
    char buf[200];
    NbAttrs at = attrs_of(nb_op_find(op), options);
    const size_t n = nb_op_text(nb_op_find(op), names, b != NULL ? 2 : 1, &at, buf, sizeof buf);
    assert_string_equal(buf, want);
    assert_int_equal(n, strlen(want));
    nb_attrs_free(&at);
}

static void formulas_are_valid_input(void **state)
{
    (void)state;
    assert_text("mul", "x", "y", "", "x * y");
    assert_text("pow", "x", "2", "", "x^2");
    assert_text("mul", "100", "v1", "", "100 * v1");
    assert_text("sin", "x", NULL, "", "sin(x)");
    assert_text("neg", "x", NULL, "", "-x");
    assert_text("sum", "x", NULL, "axis=0 keep", "sum(x, axis=0, keepdims=true)");
    assert_text("sum", "x", NULL, "axis=0,2", "sum(x, axis=[0, 2])");
    assert_text("max", "x", "y", "", "max(x, y)");
    assert_text("concat", "x", "y", "axis=1", "concat([x, y], axis=1)");
    assert_text("reshape", "x", NULL, "shape=2,3", "reshape(x, [2, 3])");
    assert_text("transpose", "x + y", NULL, "", "(x + y).T");
    assert_text("softmax", "x", NULL, "", "softmax(x)");
    assert_text("clip", "x", NULL, "num=0,1", "clip(x, lo=0, hi=1)");
    assert_text("mask_fill", "x", "m", "num=-1", "mask_fill(x, m, v=-1)");
    assert_text("index", "x", NULL, "index=0,1:3", "x[0, 1:3]");
    assert_text("index", "x", NULL, "index=:,[2;0],::-1", "x[:, [2, 0], ::-1]");
}

static void formulas_put_parentheses_where_precedence_asks(void **state)
{
    (void)state;
    assert_text("mul", "x + y", "z", "", "(x + y) * z");
    assert_text("mul", "x * y", "z", "", "x * y * z");
    assert_text("sub", "x", "y + z", "", "x - (y + z)");
    assert_text("sub", "x", "y * z", "", "x - y * z");
    assert_text("sub", "x", "-2", "", "x - (-2)");
    assert_text("pow", "-2", "x", "", "(-2)^x");
    assert_text("pow", "x", "-1", "", "x^-1");
    assert_text("pow", "x^2", "3", "", "(x^2)^3");
    assert_text("pow", "x", "y + 1", "", "x^(y + 1)");
    assert_text("neg", "x + y", NULL, "", "-(x + y)");
    assert_text("mul", "1e-05", "x", "", "1e-05 * x");
    assert_text("mul", "f(x + 1)", "x[a - 1]", "", "f(x + 1) * x[a - 1]");
    assert_text("matmul", "x", "w.T", "", "x @ w.T");
}

static void assert_derivative(const char *op, int i, const char *a, const char *b, const char *want)
{
    const char *names[2] = {a, b};
    char *end;
    char buf[200];
    double nums[2] = {NAN, NAN};
    for (int k = 0; k < 2 && names[k] != NULL; k++) {
        const double v = strtod(names[k], &end);
        nums[k] = *end == '\0' && end != names[k] ? v : NAN;
    }
    nb_op_deriv_text(nb_op_find(op), i, names, b != NULL ? 2 : 1, "f", nums, false, buf,
                     sizeof buf);
    assert_string_equal(buf, want);
}

static void derivatives_are_written_in_symbols(void **state)
{
    (void)state;
    assert_derivative("pow", 0, "x", "2", "2·x");
    assert_derivative("pow", 0, "x", "3", "3·x^2");
    assert_derivative("pow", 0, "x", "1", "1");
    assert_derivative("pow", 0, "x", "-1", "-1·x^-2");
    assert_derivative("pow", 0, "x + y", "2", "2·(x + y)");
    assert_derivative("pow", 0, "x", "n", "n·x^(n - 1)");
    assert_derivative("pow", 1, "x", "n", "f·log(x)");
    assert_derivative("mul", 0, "x", "y", "y");
    assert_derivative("sub", 1, "x", "y", "-1");
    assert_derivative("div", 0, "x", "y", "1/y");
    assert_derivative("div", 1, "x", "y + 1", "-x/(y + 1)^2");
    assert_derivative("sin", 0, "x * y", NULL, "cos(x * y)");
    assert_derivative("tanh", 0, "x", NULL, "1 - f^2");
    assert_derivative("gelu", 0, "x", NULL, "");
}

static void latex_wraps_powers_and_fractions(void **state)
{
    const char *names[2] = {"x + 1", "2"};
    char buf[200];
    (void)state;
    nb_op_latex(&nb_op_pow, names, 2, NULL, buf, sizeof buf);
    assert_string_equal(buf, "\\left(x + 1\\right)^{2}");
    nb_op_latex(&nb_op_div, names, 2, NULL, buf, sizeof buf);
    assert_string_equal(buf, "\\frac{x + 1}{2}");
    nb_op_latex(&nb_op_mul, names, 2, NULL, buf, sizeof buf);
    assert_string_equal(buf, "\\left(x + 1\\right) \\cdot 2");
}

static void text_longer_than_its_buffer_is_cut_and_counted(void **state)
{
    const char *names[2] = {"abc", "def"};
    char buf[6] = "zzzzz";
    (void)state;
    assert_int_equal(nb_op_text(&nb_op_add, names, 2, NULL, buf, 5), 9);
    assert_string_equal(buf, "abc ");
    assert_int_equal(nb_op_text(&nb_op_add, names, 2, NULL, NULL, 0), 9);
}

/* --- the registry --- */

static void records_are_complete(void **state)
{
    (void)state;
    for (int i = 0; i < nb_op_count(); i++) {
        const NbOp *op = nb_op_at(i);
        assert_true(op->forward != NULL || op->build != NULL);
        assert_non_null(op->doc);
        assert_non_null(op->example);
        assert_non_null(op->group);
        assert_ptr_equal(nb_op_find(op->name), op);
        assert_true(op->shape != NULL || op->build != NULL || op->flags & NB_OP_ELEMENTWISE);
        assert_true(op->grad != NULL || op->build != NULL ||
                    op->flags & (NB_OP_STEPS | NB_OP_CREATE));
        assert_true((op->scalar == NULL) == (op->partials == NULL) || op->flags & NB_OP_STEPS);
        assert_true(op->symbol == NULL || op->precedence > 0);
    }
    assert_null(nb_op_find("nonsense"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(remainders_have_the_sign_of_the_divisor),
        TEST(arithmetic_broadcasts),
        TEST(powers_of_negative_numbers_need_integer_exponents),
        TEST(integer_powers_at_zero_have_derivatives_of_every_order),
        TEST(tensor_exponents_keep_zero_finite_to_third_order),
        TEST(the_exponent_has_a_gradient_for_bases_above_zero),
        TEST(relu_has_derivative_zero_at_zero),
        TEST(relu_keeps_nan_and_drops_negative_infinity),
        TEST(abs_has_derivative_zero_at_zero),
        TEST(clip_passes_gradient_at_both_ends),
        TEST(clip_with_one_end_leaves_the_other_open),
        TEST(ties_of_max_share_the_gradient),
        TEST(equal_operands_of_max_share_the_gradient),
        TEST(max_of_two_takes_no_axis),
        TEST(norm_has_derivative_zero_at_the_origin),
        TEST(norm_survives_squares_out_of_range),
        TEST(sigmoid_and_softplus_do_not_overflow),
        TEST(softmax_and_logsumexp_do_not_overflow),
        TEST(reductions_take_one_axis_several_or_none),
        TEST(variance_divides_by_the_number_of_elements),
        TEST(prod_differentiates_through_zeros),
        TEST(argmax_is_the_first_of_the_largest),
        TEST(sums_over_nothing_are_zero_and_maxima_an_error),
        TEST(a_missing_or_repeated_axis_is_an_error),
        TEST(reshape_works_out_one_size),
        TEST(reshape_of_a_transposed_view_follows_its_order),
        TEST(shape_operations_rearrange),
        TEST(joining_appends_or_makes_an_axis),
        TEST(where_and_mask_fill_choose),
        TEST(indices_select_as_in_numpy),
        TEST(lists_apart_put_their_axis_in_front),
        TEST(repeated_indices_add_their_gradients),
        TEST(indices_out_of_range_name_axis_and_size),
        TEST(writing_to_a_part_broadcasts_the_value),
        TEST(products_accept_vectors_matrices_and_batches),
        TEST(a_misfit_of_matmul_says_which_side_to_transpose),
        TEST(losses_average_over_all_elements),
        TEST(losses_refuse_shapes_that_differ),
        TEST(cross_entropy_leaves_ignored_rows_out),
        TEST(labels_are_checked),
        TEST(accuracy_counts_rows_that_are_right),
        TEST(constructors_fill_shapes),
        TEST(random_draws_follow_the_generator_in_row_major_order),
        TEST(sizes_that_are_not_counts_are_errors),
        TEST(a_replayed_derivative_follows_the_kink),
        TEST(formulas_are_valid_input),
        TEST(formulas_put_parentheses_where_precedence_asks),
        TEST(derivatives_are_written_in_symbols),
        TEST(latex_wraps_powers_and_fractions),
        TEST(text_longer_than_its_buffer_is_cut_and_counted),
        TEST(records_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

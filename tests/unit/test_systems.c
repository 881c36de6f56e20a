/* test_systems.c -- solve, inv and det; whole numbers */
#include "ops_test.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void expect_numbers(NbVar *v, const double *want, int n)
{
    NbTensor tmp;
    assert_non_null(v);
    const NbTensor *t = nb_var_data(v, &tmp);
    assert_int_equal(t->size, n);
    for (int i = 0; i < n; i++) {
        assert_true(fabs(nb_tensor_at(t, i) - want[i]) < 1e-12);
    }
    nb_var_unref(&v);
}

static void solve_inv_and_det_agree_with_each_other(void **state)
{
    (void)state;
    NbVar *a = var_of("2,2", (double[]){0, 2, 4, 1}, NB_CONST); /* needs the rows exchanged */
    NbVar *b = var_of("2", (double[]){2, 5}, NB_CONST);
    NbVar *two = var_of("2,2,2", (double[]){2, 0, 0, 4, 0, 2, 4, 1}, NB_CONST);
    expect_numbers(nb_apply2(ctx, &nb_op_solve, NB_VAR(a), NB_VAR(b)), (double[]){1, 1}, 2);
    expect_numbers(nb_apply1(ctx, &nb_op_inv, a), (double[]){-0.125, 0.25, 0.5, 0}, 4);
    expect_numbers(nb_apply1(ctx, &nb_op_det, a), (double[]){-8}, 1);
    expect_numbers(nb_apply1(ctx, &nb_op_det, two), (double[]){8, -8}, 2);
    expect_numbers(nb_apply2(ctx, &nb_op_solve, NB_VAR(two), NB_VAR(b)), (double[]){1, 1.25, 1, 1},
                   4);
    nb_var_unref(&two);
    nb_var_unref(&b);
    nb_var_unref(&a);
}

static void singular_and_oblong_matrices_are_told(void **state)
{
    (void)state;
    NbVar *a = var_of("2,2", (double[]){1, 2, 2, 4}, NB_CONST);
    NbVar *b = var_of("2", (double[]){1, 1}, NB_CONST);
    NbVar *c = var_of("3,2", (double[]){1, 2, 3, 4, 5, 6}, NB_CONST);
    expect_numbers(nb_apply1(ctx, &nb_op_det, a), (double[]){0}, 1);
    assert_null(nb_apply1(ctx, &nb_op_inv, a));
    says(NB_EVALUE, "(2, 2) is singular: column 1 depends on those before it");
    assert_null(nb_apply2(ctx, &nb_op_solve, NB_VAR(a), NB_VAR(b)));
    says(NB_EVALUE, "singular");
    assert_null(nb_apply2(ctx, &nb_op_solve, NB_VAR(c), NB_VAR(b)));
    says(NB_ESHAPE, "(3, 2) is not square");
    assert_null(nb_apply1(ctx, &nb_op_det, b));
    says(NB_ESHAPE, "(2,) is not square");
    nb_var_unref(&c);
    nb_var_unref(&b);
    nb_var_unref(&a);
}

/* The derivative of det is there also where the matrix has no inverse: its cofactors. */
static void cofactors_need_no_inverse(void **state)
{
    (void)state;
    static const struct {
        const char *shape;
        double a[9], want[9];
        int n;
    } tried[] = {
        {"2,2", {1, 2, 2, 4}, {4, -2, -2, 1}, 4},
        {"2,2", {0, 0, 0, 3}, {3, 0, 0, 0}, 4},
        {"2,2", {0, 0, 0, 0}, {0, 0, 0, 0}, 4},
        {"1,1", {0}, {1}, 1},
        {"3,3", {1, 2, 3, 4, 5, 6, 7, 8, 9}, {-3, 6, -3, 6, -12, 6, -3, 6, -3}, 9},
        {"3,3", {0, 1, 0, 0, 0, 0, 0, 0, 2}, {0, 0, 0, -2, 0, 0, 0, 0, 0}, 9},
        {"3,3", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 0}, 9},
        {"3,3", {2, 0, 0, 0, 3, 0, 0, 0, 4}, {12, 0, 0, 0, 8, 0, 0, 0, 6}, 9},
    };
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        NbVar *a = var_of(tried[i].shape, tried[i].a, NB_LEAF);
        NbVar *d = nb_apply1(ctx, &nb_op_det, a);
        NbTensor tmp;
        assert_non_null(d);
        assert_int_equal(nb_backward(d, &(NbSweep){.seed = NULL}), NB_OK);
        const NbTensor *g = nb_var_grad_data(a, &tmp);
        for (int k = 0; k < tried[i].n; k++) {
            assert_true(fabs(nb_tensor_at(g, k) - tried[i].want[k]) < 1e-12);
        }
        nb_var_unref(&d);
        nb_var_unref(&a);
    }
    NbVar *a = var_of("2,2", (double[]){1, NAN, 2, 4}, NB_CONST);
    NbVar *c = nb_apply1(ctx, &nb_op_cofactors, a);
    NbTensor tmp;
    assert_non_null(c);
    for (int k = 0; k < 4; k++) {
        assert_true(isnan(nb_tensor_at(nb_var_data(c, &tmp), k)));
    }
    nb_var_unref(&c);
    nb_var_unref(&a);
}

static void whole_numbers_are_found_as_in_pytorch(void **state)
{
    (void)state;
    NbVar *x = var_of("6", (double[]){-2.5, -1.5, -0.2, 0.5, 1.5, 2.5}, NB_CONST);
    expect_numbers(nb_apply1(ctx, &nb_op_round, x), (double[]){-2, -2, 0, 0, 2, 2}, 6);
    expect_numbers(nb_apply1(ctx, &nb_op_ceil, x), (double[]){-2, -1, 0, 1, 2, 3}, 6);
    expect_numbers(nb_apply2(ctx, &nb_op_floordiv, NB_VAR(x), NB_NUM(1)),
                   (double[]){-3, -2, -1, 0, 1, 2}, 6);
    expect_numbers(nb_apply2(ctx, &nb_op_floordiv, NB_VAR(x), NB_NUM(INFINITY)),
                   (double[]){-1, -1, -1, 0, 0, 0}, 6);
    nb_var_unref(&x);
    x = var_of("", (double[]){8}, NB_CONST);
    expect_numbers(nb_apply1(ctx, &nb_op_log2, x), (double[]){3}, 1);
    NbVar *y = nb_apply2(ctx, &nb_op_floordiv, NB_VAR(x), NB_NUM(0));
    assert_true(nb_var_value(y) == INFINITY);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(solve_inv_and_det_agree_with_each_other),
        TEST(singular_and_oblong_matrices_are_told),
        TEST(cofactors_need_no_inverse),
        TEST(whole_numbers_are_found_as_in_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_golden_rosenbrock.c -- 10,000 steps of descent through the C interface, as golden */
#include "ops_test.h"

#include <nabla/optim.h>

/* f = 100·(y − x²)² + (1 − x)²; new. */
static NbVar *rosenbrock(NbVar *x, NbVar *y)
{
    NbVar *node[6];
    node[0] = nb_apply2(ctx, &nb_op_pow, NB_VAR(x), NB_NUM(2));
    node[1] = nb_apply2(ctx, &nb_op_sub, NB_VAR(y), NB_VAR(node[0]));
    node[2] = nb_apply2(ctx, &nb_op_pow, NB_VAR(node[1]), NB_NUM(2));
    node[3] = nb_apply2(ctx, &nb_op_mul, NB_NUM(100), NB_VAR(node[2]));
    node[4] = nb_apply2(ctx, &nb_op_sub, NB_NUM(1), NB_VAR(x));
    node[5] = nb_apply2(ctx, &nb_op_pow, NB_VAR(node[4]), NB_NUM(2));
    NbVar *f = nb_apply2(ctx, &nb_op_add, NB_VAR(node[3]), NB_VAR(node[5]));
    for (int i = 0; i < 6; i++) {
        nb_var_unref(&node[i]);
    }
    return f;
}

/* Compares the row of step i when the file has one; false at its end. */
static bool compare_row(FILE *golden, int i, const double got[5])
{
    static int next;
    static double want[5];
    char line[256];
    if (i == 0) {
        assert_non_null(fgets(line, sizeof line, golden));
        next = -1;
    }
    if (next < i && fgets(line, sizeof line, golden) != NULL) {
        assert_int_equal(sscanf(line, "%d,%lf,%lf,%lf,%lf,%lf", &next, &want[0], &want[1], &want[2],
                                &want[3], &want[4]),
                         6);
    }
    for (int k = 0; next == i && k < 5; k++) {
        assert_close(got[k], want[k], 1e-12);
    }
    return next == i;
}

static void a_retained_descent_walks_the_golden_path(void **state)
{
    const double lr = 0.001;
    const NbSweep sweep = {.replace = true};
    NbVar *x = nb_var_scalar(ctx, 0, NB_LEAF);
    NbVar *y = nb_var_scalar(ctx, 2, NB_LEAF);
    NbVar *f = rosenbrock(x, y);
    NbOptim *sgd = nb_optim_new(ctx, nb_opt_rule_find("sgd"), &lr, 1);
    int rows = 0;
    (void)state;
    FILE *golden = test_golden("a_rosenbrock.csv");
    assert_int_equal(nb_optim_add(sgd, x), NB_OK);
    assert_int_equal(nb_optim_add(sgd, y), NB_OK);
    for (int i = 0; i <= 10000; i++) {
        assert_int_equal(nb_forward(f, false, NULL), NB_OK);
        assert_int_equal(nb_backward(f, &sweep), NB_OK);
        const double got[5] = {nb_var_value(x), nb_var_value(y), nb_var_value(f),
                               nb_var_grad_value(x), nb_var_grad_value(y)};
        rows += compare_row(golden, i, got);
        assert_int_equal(nb_optim_step(sgd, NULL), NB_OK);
    }
    assert_int_equal(rows, 20);
    fclose(golden);
    nb_optim_free(&sgd);
    nb_var_clear_grad(x);
    nb_var_clear_grad(y);
    nb_var_unref(&f);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_retained_descent_walks_the_golden_path, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_split.c -- cutting along an axis: values, gradients, refusals */
#include "ops_test.h"

static NbVar *matrix(void)
{
    const double numbers[] = {1, 2, 3, 4, 5, 6};
    return var_of("2,3", numbers, NB_LEAF);
}

static void split_cuts_an_axis_into_the_given_sizes(void **state)
{
    const int64_t size[] = {1, 0, 2};
    const double first[] = {1, 4};
    const double last[] = {2, 3, 5, 6};
    NbVar *part[3];
    NbVar *x = matrix();
    (void)state;
    assert_int_equal(nb_split(ctx, x, -1, size, 3, part), NB_OK);
    assert_value(part[0], "2,1", first);
    assert_value(part[1], "2,0", NULL);
    assert_value(part[2], "2,2", last);
    nb_var_unref(&x);
}

static void split_shares_storage_with_its_operand(void **state)
{
    const int64_t size[] = {1, 1};
    NbVar *part[2];
    NbVar *x = matrix();
    NbTensor tmp;
    (void)state;
    assert_int_equal(nb_split(ctx, x, 0, size, 2, part), NB_OK);
    assert_ptr_equal(nb_var_data(part[1], &tmp)->data, nb_var_data(x, &tmp)->data + 3);
    nb_var_unref(&part[0]);
    nb_var_unref(&part[1]);
    nb_var_unref(&x);
}

/* f = Σ a·b³ with [a, b] = split(x): ∂f/∂a = b³, ∂f/∂b = 3ab² */
static void gradients_of_the_parts_meet_in_the_operand(void **state)
{
    const int64_t size[] = {1, 1};
    const double want[] = {64, 125, 216, 48, 150, 324};
    NbVar *part[2];
    NbVar *x = matrix();
    (void)state;
    assert_int_equal(nb_split(ctx, x, 0, size, 2, part), NB_OK);
    NbVar *cube = nb_apply2(ctx, &nb_op_pow, NB_VAR(part[1]), NB_NUM(3));
    NbVar *product = nb_apply2(ctx, &nb_op_mul, NB_VAR(part[0]), NB_VAR(cube));
    NbVar *f = apply("sum", &product, 1, "");
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_value(nb_var_grad(x), "2,3", want);
    nb_var_clear_grad(x);
    NbVar *drop[] = {f, product, cube, part[0], part[1], x};
    for (size_t i = 0; i < sizeof drop / sizeof *drop; i++) {
        nb_var_unref(&drop[i]);
    }
}

static void refused(int64_t axis, const int64_t *size, int n, const char *message)
{
    NbVar *x = matrix();
    NbVar *part[3] = {x, x, x};
    assert_int_not_equal(nb_split(ctx, x, axis, size, n, part), NB_OK);
    assert_string_equal(nb_ctx_err(ctx)->msg, message);
    for (int i = 0; i < n; i++) {
        assert_null(part[i]);
    }
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&x);
}

static void sizes_that_do_not_fill_the_axis_are_refused(void **state)
{
    const int64_t short_of[] = {1, 1};
    const int64_t above[] = {INT64_MAX, INT64_MAX, 1};
    const int64_t negative[] = {4, -1};
    (void)state;
    refused(1, short_of, 2, "split: the sizes add up to 2, axis 1 of {0} (2, 3) has 3");
    refused(1, above, 3, "split: the sizes add up to more than 3, axis 1 of {0} (2, 3) has 3");
    refused(1, negative, 2, "split: sizes cannot be negative: -1");
    refused(1, above, 0, "split: the sizes add up to 0, axis 1 of {0} (2, 3) has 3");
    refused(2, short_of, 2, "split: axis 2 does not exist: {0} (2, 3) has 2 axes");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(split_cuts_an_axis_into_the_given_sizes),
        TEST(split_shares_storage_with_its_operand),
        TEST(gradients_of_the_parts_meet_in_the_operand),
        TEST(sizes_that_do_not_fill_the_axis_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

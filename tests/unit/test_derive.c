/* test_derive.c -- derivatives and writes by calls that make no sense, and what they leave alone */
#include "ops_test.h"

#include <math.h>
#include <string.h>

static NbVar *leaf_of(double number)
{
    return nb_var_scalar(ctx, number, NB_LEAF);
}

static void a_derivative_is_of_one_number_and_by_what_is_there(void **state)
{
    (void)state;
    const NbShape wide = {.rank = 5, .dim = {1, 1, 1, 1, 2}};
    NbCtx *other = nb_ctx_new();
    NbVar *x = leaf_of(3), *far = nb_var_scalar(other, 1, NB_LEAF), *out[2] = {0};
    NbVar *a = nb_var_array(ctx, &wide, NULL, NB_LEAF), *b = nb_apply1(ctx, nb_op_find("sin"), a);
    NbVar *f = nb_apply1(ctx, nb_op_find("square"), x), *g;
    double worst = 7;
    assert_int_equal(nb_hvp(NULL, &x, &x, 1, out), NB_EVALUE);
    assert_int_equal(nb_hvp(f, &x, &x, -1, out), NB_EVALUE);
    says(NB_EVALUE, "derivative: an operand is missing");
    assert_int_equal(nb_hvp(f, NULL, &x, 1, out), NB_EVALUE);
    says(NB_EVALUE, "derivative: an operand is missing");
    assert_int_equal(nb_hvp(f, &x, NULL, 1, out), NB_EVALUE);
    says(NB_EVALUE, "hvp: an operand is missing");
    assert_int_equal(nb_hvp(f, &x, &x, 1, NULL), NB_EVALUE);
    says(NB_EVALUE, "hvp: an operand is missing");
    assert_int_equal(nb_hvp(f, NULL, NULL, 0, NULL), NB_OK); /* of nothing: nothing to do */
    assert_int_equal(nb_hvp(b, &a, &a, 1, out), NB_ESHAPE);
    says(NB_ESHAPE, "hvp: f has shape (1, 1, 1, 1, 2); one number is needed");
    assert_int_equal(nb_hvp(f, &x, &far, 1, out), NB_EVALUE);
    says(NB_EVALUE, "hvp: variable 1 is of another context");
    assert_int_equal(nb_hvp(f, &far, &x, 1, out), NB_EVALUE);
    says(NB_EVALUE, "hvp: variable 1 is of another context");
    assert_int_equal(nb_hvp(f, (NbVar *[]){x, x}, (NbVar *[]){x, NULL}, 2, out), NB_EVALUE);
    says(NB_EVALUE, "hvp: variable 2 is missing");
    assert_int_equal(nb_hvp(f, &x, &a, 1, out), NB_ESHAPE);
    says(NB_ESHAPE, "hvp: vector (1, 1, 1, 1, 2) does not fit variable ()");
    assert_int_equal(nb_hvp(f, &f, &x, 1, out), NB_OK); /* by itself: 1, and that by it: 0 */
    assert_true(nb_var_value(out[0]) == 0);
    nb_var_unref(&out[0]);
    assert_null(nb_jacobian(NULL, NULL));
    assert_null(nb_jacobian(NULL, x));
    says(NB_EVALUE, "jacobian: an operand is missing");
    assert_null(nb_jacobian(b, a));
    says(NB_ESHAPE, "jacobian: the result would have 10 axes (5 + 5); a tensor has at most 8");
    assert_null(nb_jacobian(f, far));
    says(NB_EVALUE, "gradients: variable of another context");
    assert_null(nb_grad(b, a));
    says(NB_ESHAPE, "grad: f has shape (1, 1, 1, 1, 2)");
    assert_int_equal(nb_gradcheck(f, &x, 1, NULL), NB_EVALUE);
    says(NB_EVALUE, "gradcheck: an operand is missing");
    assert_int_equal(nb_gradcheck(f, NULL, 0, NULL), NB_EVALUE);
    says(NB_EVALUE, "gradcheck: an operand is missing");
    assert_int_equal(nb_gradcheck(f, &far, 1, &worst), NB_EVALUE);
    says(NB_EVALUE, "gradients: variable of another context");
    assert_int_equal(nb_gradients(f, NULL, false, &x, -1, &g), NB_EVALUE);
    assert_int_equal(nb_gradients(f, NULL, false, NULL, 1, &g), NB_EVALUE);
    assert_int_equal(nb_gradients(f, NULL, false, &x, 1, NULL), NB_EVALUE);
    assert_int_equal(nb_gradients(f, NULL, false, NULL, 0, NULL), NB_OK);
    g = x;
    assert_int_equal(nb_gradients(NULL, NULL, false, &x, 1, &g), NB_EVALUE);
    assert_null(g); /* nothing that a caller could release twice */
    assert_int_equal(nb_clear_grads(NULL), NB_EVALUE);
    assert_int_equal(nb_clear_grads(x), NB_OK);
    NbVar *all[] = {f, b, a, x, far};
    for (int i = 0; i < 5; i++) {
        nb_var_unref(&all[i]);
    }
    nb_ctx_free(&other);
}

static void gradcheck_finds_what_is_no_derivative(void **state)
{
    (void)state;
    NbVar *x = leaf_of(0), *f = nb_apply1(ctx, nb_op_find("abs"), x);
    NbVar *y = leaf_of(-1), *root = nb_apply1(ctx, nb_op_find("sqrt"), y);
    double worst = 7;
    assert_int_equal(nb_gradcheck(f, &x, 1, &worst), NB_OK); /* 0 at the kink, and so the slope */
    assert_true(worst == 0);
    assert_int_equal(nb_gradcheck(root, &y, 1, &worst), NB_OK);
    assert_true(isinf(worst)); /* not a number on either side */
    assert_int_equal(nb_gradcheck(f, &y, 1, &worst), NB_ETYPE);
    says(NB_ETYPE, "gradcheck: f does not depend on a variable");
    NbVar *all[] = {root, y, f, x};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(&all[i]);
    }
}

static void what_is_written_comes_with_a_place_and_a_value(void **state)
{
    (void)state;
    const NbShape two = nb_shape(1, 2);
    const double numbers[] = {1, 2};
    double out[2], one = 9;
    NbVar *x = nb_var_array(ctx, &two, numbers, NB_LEAF), *made;
    NbTensor nine = nb_tensor_scalar(&one);
    NbAttrs place;
    nb_attrs_init(&place);
    made = nb_apply1(ctx, nb_op_find("sin"), x);
    assert_int_equal(nb_var_numbers(NULL, out, 2), NB_EVALUE);
    assert_int_equal(nb_var_assign_numbers(NULL, numbers, 2), NB_EVALUE);
    assert_int_equal(nb_var_assign_numbers(x, NULL, 2), NB_EVALUE);
    says(NB_EVALUE, "the numbers are missing");
    assert_int_equal(nb_var_assign_numbers(made, numbers, 2), NB_ETYPE);
    says(NB_ETYPE, "computed");
    assert_int_equal(nb_var_assign_part(NULL, &place, &nine), NB_EVALUE);
    assert_int_equal(nb_var_assign_part(x, &place, NULL), NB_EVALUE);
    says(NB_EVALUE, "assign: the value is missing");
    assert_int_equal(nb_var_assign_part(x, NULL, &nine), NB_EVALUE);
    says(NB_EVALUE, "assign: the index is missing");
    place.nindex = -1;
    assert_int_equal(nb_var_assign_part(x, &place, &nine), NB_EVALUE);
    says(NB_EVALUE, "assign: the index is missing");
    place.nindex = NB_MAX_RANK + 1;
    assert_int_equal(nb_var_assign_part(x, &place, &nine), NB_EVALUE);
    says(NB_EVALUE, "assign: the index is missing");
    place.nindex = 0;
    assert_int_equal(nb_var_assign_part(made, &place, &nine), NB_ETYPE);
    says(NB_ETYPE, "computed");
    assert_int_equal(nb_var_numbers(x, out, 2), NB_OK);
    assert_memory_equal(out, numbers, sizeof out); /* none of them wrote */
    assert_int_equal(nb_var_assign_part(x, &place, &nine), NB_OK);
    assert_int_equal(nb_var_numbers(x, out, 2), NB_OK);
    assert_true(out[0] == 9 && out[1] == 9);
    nb_var_unref(&made);
    nb_var_unref(&x);
}

/* What is found by number or name is nothing where there is none. */
static void parts_of_a_module_end_where_they_end(void **state)
{
    (void)state;
    const NbSettingValue n = nb_set_number(2);
    const double numbers[] = {1, 2, 3};
    const NbShape row = nb_shape(2, 1, 3);
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), &n, 1);
    NbVar *x = nb_var_array(ctx, &row, numbers, NB_CONST), *y = nb_module_call(m, x);
    assert_int_equal(nb_module_params(m), 2);
    assert_non_null(nb_module_param(m, 1, NULL));
    assert_null(nb_module_param(m, 2, NULL));
    assert_null(nb_module_param(m, -1, NULL));
    assert_null(nb_module_param(NULL, 0, NULL));
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

#define OP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        OP_TEST(a_derivative_is_of_one_number_and_by_what_is_there),
        OP_TEST(gradcheck_finds_what_is_no_derivative),
        OP_TEST(what_is_written_comes_with_a_place_and_a_value),
        OP_TEST(parts_of_a_module_end_where_they_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_missing.c -- what is missing, unknown or too few is an error; short ways to derivatives */
#include <nabla/saved.h>

#include "ops_test.h"

/* --- what is missing, unknown, or too few --- */

static NbVar *leaf_of(double number)
{
    return nb_var_scalar(ctx, number, NB_LEAF);
}

static void a_missing_operand_is_an_error_and_not_0(void **state)
{
    (void)state;
    static const char *const names[] = {"add", "sub", "mul", "pow",   "div",
                                        "gt",  "eq",  "mse", "matmul"};
    NbVar *x = leaf_of(3);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const NbOp *op = nb_op_find(names[i]);
        char want[80];
        assert_non_null(op);
        assert_null(nb_apply2(ctx, op, NB_VAR(x), NB_VAR(NULL)));
        snprintf(want, sizeof want, "%s: operand 2 is missing", names[i]);
        says(NB_EVALUE, want);
        assert_null(nb_apply2(ctx, op, NB_VAR(NULL), NB_VAR(x)));
        snprintf(want, sizeof want, "%s: operand 1 is missing", names[i]);
        says(NB_EVALUE, want);
        const NbArg in[] = {NB_NUM(2), NB_VAR(NULL)};
        assert_null(nb_apply(ctx, op, in, 2, NULL));
        says(NB_EVALUE, "operand 2 is missing");
    }
    assert_null(nb_apply1(ctx, nb_op_find("sin"), NULL));
    says(NB_EVALUE, "sin: operand 1 is missing");
    assert_null(nb_apply1(ctx, nb_op_find("sum"), NULL));
    says(NB_EVALUE, "sum: operand 1 is missing");
    nb_var_unref(&x);
}

/* Numbers that are not finite are numbers. */
static void nan_and_0_are_operands(void **state)
{
    (void)state;
    NbVar *x = leaf_of(3), *y = nb_apply2(ctx, nb_op_find("add"), NB_VAR(x), NB_NUM(NAN));
    NbVar *z = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(x), NB_NUM(0));
    assert_non_null(y);
    assert_non_null(z);
    assert_true(isnan(nb_var_value(y)));
    assert_true(nb_var_value(z) == 0);
    nb_var_unref(&z);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

static void the_reason_why_an_operand_is_missing_stays(void **state)
{
    (void)state;
    const NbShape two = nb_shape(1, 2), three = nb_shape(1, 3);
    NbVar *x = nb_var_array(ctx, &two, NULL, NB_LEAF),
          *y = nb_var_array(ctx, &three, NULL, NB_LEAF);
    NbVar *sum = nb_apply2(ctx, nb_op_find("add"), NB_VAR(x), NB_VAR(y));
    NbVar *product = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(sum), NB_VAR(x));
    assert_null(sum);
    assert_null(product);
    says(NB_ESHAPE, "add: shapes do not fit");
    nb_var_unref(&x);
    nb_var_unref(&y);
}

static void operations_take_as_many_operands_as_they_have(void **state)
{
    (void)state;
    NbVar *x = leaf_of(3);
    assert_null(nb_apply1(ctx, nb_op_find("mul"), x));
    says(NB_EVALUE, "mul: takes 2 operands, got 1");
    assert_null(nb_apply2(ctx, nb_op_find("sin"), NB_VAR(x), NB_VAR(x)));
    says(NB_EVALUE, "sin: takes 1 operand, got 2");
    assert_null(nb_apply(ctx, nb_op_find("add"), NULL, 0, NULL));
    says(NB_EVALUE, "add: takes 2 operands, got 0");
    assert_null(nb_apply(ctx, nb_op_find("stack"), NULL, -3, NULL));
    says(NB_EVALUE, "stack: takes");
    nb_var_unref(&x);
}

static void the_short_ways_refuse_another_context_too(void **state)
{
    (void)state;
    NbCtx *other = nb_ctx_new();
    NbVar *far = nb_var_scalar(other, 2, NB_LEAF), *y = leaf_of(3);
    assert_null(nb_apply1(ctx, nb_op_find("sin"), far));
    says(NB_EVALUE, "sin: operand of another context");
    assert_null(nb_apply2(ctx, nb_op_find("mul"), NB_VAR(y), NB_VAR(far)));
    says(NB_EVALUE, "mul: operand of another context");
    assert_null(nb_apply2(ctx, nb_op_find("pow"), NB_VAR(far), NB_NUM(3)));
    says(NB_EVALUE, "pow: operand of another context");
    NbVar *out[1], *f = nb_apply1(ctx, nb_op_find("sin"), y);
    assert_int_equal(nb_gradients(f, NULL, false, &far, 1, out), NB_EVALUE);
    says(NB_EVALUE, "variable of another context");
    assert_null(nb_batches(ctx, far, far, 1, false));
    says(NB_EVALUE, "batches: data of another context");
    nb_var_unref(&f);
    nb_var_unref(&y);
    nb_var_unref(&far);
    nb_ctx_free(&other);
}

static void unknown_names_are_errors_where_they_are_used(void **state)
{
    (void)state;
    NbVar *x = leaf_of(3), *a, *b;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    assert_null(nb_op_find(NULL));
    assert_null(nb_layer_find(NULL));
    assert_null(nb_opt_rule_find(NULL));
    assert_null(nb_hook_rule_find(NULL));
    assert_null(nb_data_find(NULL));
    assert_null(nb_apply1(ctx, nb_op_find("sine"), x));
    says(NB_ENAME, "unknown operation");
    assert_null(nb_apply2(ctx, nb_op_find("times"), NB_VAR(x), NB_NUM(2)));
    says(NB_ENAME, "unknown operation");
    assert_null(nb_apply(ctx, NULL, NULL, 0, NULL));
    says(NB_ENAME, "unknown operation");
    assert_null(nb_module_new(ctx, nb_layer_find("dense"), NULL, 0));
    says(NB_ENAME, "unknown layer");
    assert_null(nb_optim_new(ctx, nb_opt_rule_find("newton"), NULL, 0));
    says(NB_ENAME, "unknown optimizer");
    assert_int_equal(nb_optim_add_hook(o, nb_hook_rule_find("clip"), 1), NB_ENAME);
    says(NB_ENAME, "sgd: unknown hook");
    assert_int_equal(nb_data_make(ctx, nb_data_find("iris"), NULL, 9, 0, &a, &b), NB_ENAME);
    says(NB_ENAME, "unknown data set");
    assert_int_equal(nb_optim_set_named(o, "learning_rate", 1), NB_ENAME);
    says(NB_ENAME, "sgd has no parameter learning_rate");
    assert_true(isnan(nb_optim_get_named(o, "inertia")) && isnan(nb_optim_get_named(o, NULL)));
    nb_optim_free(&o);
    nb_var_unref(&x);
}

static void what_objects_are_made_of_must_be_there(void **state)
{
    (void)state;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    NbModule *none = NULL, *m = NULL;
    NbVar *x = leaf_of(1), *a, *b;
    assert_int_equal(nb_optim_add(o, NULL), NB_EVALUE);
    says(NB_EVALUE, "sgd: the variable is missing");
    assert_int_equal(nb_optim_add_source(o, NULL, NULL), NB_EVALUE);
    says(NB_EVALUE, "sgd: the source of parameters is missing");
    assert_int_equal(nb_optim_add_hook_fn(o, "mine", NULL, NULL), NB_EVALUE);
    says(NB_EVALUE, "sgd: the hook's function is missing");
    const NbSettingValue list = nb_set_modules(&none, 1);
    assert_null(nb_module_new(ctx, nb_layer_find("sequential"), &list, 1));
    says(NB_EVALUE, "sequential: module 1 is missing");
    const NbSettingValue sizes = nb_set_sizes(NULL, 2);
    assert_null(nb_module_new(ctx, nb_layer_find("mlp"), &sizes, 1));
    says(NB_ETYPE, "must be a list of sizes");
    const NbSettingValue two = nb_set_number(2);
    m = nb_module_new(ctx, nb_layer_find("linear"), &two, 1);
    assert_null(nb_module_call(m, NULL));
    says(NB_EVALUE, "linear: the input is missing");
    assert_null(nb_module_call(NULL, x));
    assert_null(nb_module_own(m, NULL));
    assert_false(nb_module_has(m, NULL));
    assert_null(nb_batches(ctx, NULL, x, 1, false));
    says(NB_EVALUE, "batches: the data are missing");
    assert_null(nb_batches(ctx, x, NULL, 1, false));
    says(NB_EVALUE, "batches: the targets are missing");
    assert_null(nb_sequences(ctx, NULL, NULL, 1));
    says(NB_EVALUE, "sequences: the data are missing");
    assert_int_equal(nb_data_curve(ctx, NULL, NULL, 3, 0, &a, &b), NB_EVALUE);
    says(NB_EVALUE, "curve: the function is missing");
    assert_int_equal(nb_data_make(ctx, nb_data_find("xor"), NULL, 3, 0, NULL, &b), NB_EVALUE);
    says(NB_EVALUE, "the places for x and t are missing");
    nb_module_unref(&m);
    nb_optim_free(&o);
    nb_var_unref(&x);
}

static void variables_are_made_of_something_and_of_a_kind(void **state)
{
    (void)state;
    NbVar *x = leaf_of(1);
    assert_null(nb_var_scalar(ctx, 1, NB_INNER));
    says(NB_ETYPE, "not kind 3");
    assert_null(nb_var_scalar(ctx, 1, (NbKind)9));
    says(NB_ETYPE, "not kind 9");
    assert_null(nb_var_tensor(ctx, NULL, NB_LEAF));
    says(NB_EVALUE, "the tensor is missing");
    const NbShape two = nb_shape(1, 2), wrong = {.rank = 99};
    assert_null(nb_var_tensor(ctx, nb_tensor_full(&two, 0, NULL), NB_INNER));
    says(NB_ETYPE, "not kind 3");
    assert_null(nb_var_array(ctx, &wrong, NULL, NB_LEAF));
    says(NB_ESHAPE, "at most 8 axes");
    assert_null(nb_var_array(ctx, NULL, NULL, NB_LEAF));
    says(NB_EVALUE, "the shape is missing");
    assert_null(nb_var_copy(NULL, NB_LEAF));
    assert_null(nb_var_detach(NULL));
    assert_null(nb_intern(ctx, NULL));
    says(NB_EVALUE, "a name is missing");
    assert_int_equal(nb_var_assign(x, NULL), NB_EVALUE);
    says(NB_EVALUE, "the value is missing");
    assert_int_equal(nb_var_assign_part(x, NULL, NULL), NB_EVALUE);
    says(NB_EVALUE, "is missing");
    assert_int_equal(nb_var_set_grad(x, NULL), NB_EVALUE);
    says(NB_EVALUE, "the gradient is missing");
    assert_int_equal(nb_var_put_grad(x, NULL), NB_EVALUE);
    says(NB_EVALUE, "the gradient is missing");
    assert_int_equal(nb_var_assign(NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_var_assign_scalar(NULL, 1), NB_EVALUE);
    assert_int_equal(nb_var_set_grad(NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_backward(NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_forward(NULL, false, NULL), NB_EVALUE);
    assert_int_equal(nb_clear_grads(NULL), NB_EVALUE);
    assert_false(nb_var_adopt(NULL, NB_LEAF));
    nb_var_unref(&x);
}

/* All zero would say: no axes, slope 0, labels off. */
static void options_come_with_their_defaults_or_not_at_all(void **state)
{
    (void)state;
    const NbOp *op = nb_op_find("leaky_relu");
    NbVar *x = leaf_of(-2);
    const NbAttrs zero = {0};
    assert_null(nb_apply(ctx, op, &NB_VAR(x), 1, &zero));
    says(NB_EVALUE, "leaky_relu: options not made by nb_op_attrs");
    const NbAttrs usual = nb_op_attrs(op);
    NbVar *y = nb_apply(ctx, op, &NB_VAR(x), 1, &usual), *z = nb_apply1(ctx, op, x);
    assert_non_null(y);
    assert_true(nb_var_value(y) == nb_var_value(z) && nb_var_value(y) != 0);
    NbAttrs many = nb_op_attrs(nb_op_find("sum"));
    many.naxes = 99;
    assert_null(nb_apply(ctx, nb_op_find("sum"), &NB_VAR(x), 1, &many));
    says(NB_EVALUE, "at most 8 axes");
    nb_var_unref(&z);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

static void a_pop_without_push_changes_nothing(void **state)
{
    (void)state;
    NbVar *x = leaf_of(2);
    nb_nograd_pop(ctx);
    says(NB_EVALUE, "nograd_pop without nograd_push");
    assert_false(nb_nograd(ctx));
    nb_testmode_pop(ctx);
    says(NB_EVALUE, "testmode_pop without testmode_push");
    assert_false(nb_testmode(ctx));
    NbVar *y = nb_apply1(ctx, nb_op_find("sin"), x);
    assert_true(nb_var_tracked(y));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

static void what_is_released_may_be_nothing(void **state)
{
    (void)state;
    nb_var_unref(NULL);
    nb_tensor_unref(NULL);
    nb_module_unref(NULL);
    nb_module_state_free(NULL);
    nb_optim_free(NULL);
    nb_optim_state_free(NULL);
    nb_record_free(NULL);
    nb_loader_unref(NULL);
    nb_ctx_free(NULL);
    nb_contributions_free(NULL);
    nb_trial_end(NULL);
    nb_amount_free(NULL);
    nb_copies_free(NULL);
    nb_attrs_free(NULL);
    nb_var_state_drop(NULL);
    nb_edges_drop(NULL);
    nb_csv_clear(NULL);
    nb_err_clear(NULL);
    nb_var_clear_grad(NULL);
    nb_ctx_hooks(ctx, NULL);
    NbVarState state_of_none = {0};
    nb_var_state_drop(&state_of_none);
    NbEdges edges_of_none = {0};
    nb_edges_drop(&edges_of_none);
}

static void a_record_has_nothing_at_places_it_has_not(void **state)
{
    (void)state;
    NbErr err = {0};
    static const char *const names[] = {"f"};
    const double value = 5;
    NbRecord *r = nb_record_new(100, 4);
    assert_int_equal(nb_record_begin(r, "run", names, 1, &err), NB_OK);
    assert_true(nb_record_add(r, 0, &value));
    assert_true(nb_record_value(r, 0, 0, 0) == 5);
    assert_true(isnan(nb_record_value(r, 1, 0, 0)) && isnan(nb_record_value(r, -1, 0, 0)));
    assert_true(isnan(nb_record_value(r, 0, 1, 0)) && isnan(nb_record_value(r, 0, 0, 1)));
    assert_true(isnan(nb_record_value(r, 0, 0, -1)));
    assert_true(nb_record_step(r, 0, 1) == UINT64_MAX && nb_record_step(r, 7, 0) == UINT64_MAX);
    assert_null(nb_record_steps(r, 1));
    assert_null(nb_record_values(r, -1));
    nb_record_free(&r);
}

/* --- derivatives in one call --- */

static void derivatives_come_in_one_call(void **state)
{
    (void)state;
    const NbShape three = nb_shape(1, 3);
    const double at[] = {1, 2, 3};
    NbVar *x = nb_var_array(ctx, &three, at, NB_LEAF), *v = nb_var_array(ctx, &three, at, NB_CONST);
    NbVar *cube = nb_apply2(ctx, nb_op_find("pow"), NB_VAR(x), NB_NUM(3));
    NbVar *f = nb_apply1(ctx, nb_op_find("sum"), cube), *product = NULL;
    double got[9], worst = 1;
    NbVar *g = nb_grad(f, x), *j = nb_jacobian(cube, x);
    assert_non_null(g);
    assert_int_equal(nb_var_numbers(g, got, 3), NB_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(got[i] == 3 * at[i] * at[i]);
    }
    assert_int_equal(nb_var_shape(j)->rank, 2);
    assert_int_equal(nb_var_numbers(j, got, 9), NB_OK);
    for (int i = 0; i < 9; i++) {
        assert_true(got[i] == (i % 4 == 0 ? 3 * at[i / 4] * at[i / 4] : 0));
    }
    assert_int_equal(nb_hvp(f, &x, &v, 1, &product), NB_OK);
    assert_int_equal(nb_var_numbers(product, got, 3), NB_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(got[i] == 6 * at[i] * at[i]);
    }
    assert_int_equal(nb_gradcheck(f, &x, 1, &worst), NB_OK);
    assert_true(worst < 1e-8);
    assert_true(worst > 0);
    assert_int_equal(nb_var_numbers(x, got, 3), NB_OK);
    assert_memory_equal(got, at, sizeof at);
    assert_false(nb_var_has_grad(x) || nb_var_stale(f, NULL, 0, NULL));
    NbVar *all[] = {product, j, g, f, cube, v, x};
    for (int i = 0; i < 7; i++) {
        nb_var_unref(&all[i]);
    }
}

/* The Hessian of x·y² at (3, 5) is 0 10; 10 6: its product with (1, 2) is 20, 22. */
static void a_hessian_of_several_variables_mixes_them(void **state)
{
    (void)state;
    NbVar *x[] = {leaf_of(3), leaf_of(5)}, *v[] = {leaf_of(1), leaf_of(2)}, *out[2], *bad[2] = {0};
    NbVar *y2 = nb_apply1(ctx, nb_op_find("square"), x[1]);
    NbVar *f = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(x[0]), NB_VAR(y2));
    assert_int_equal(nb_hvp(f, x, v, 2, out), NB_OK);
    assert_true(nb_var_value(out[0]) == 20);
    assert_true(nb_var_value(out[1]) == 22);
    assert_int_equal(nb_hvp(f, x, bad, 2, bad), NB_EVALUE);
    says(NB_EVALUE, "hvp: variable 1 is missing");
    nb_nograd_push(ctx);
    assert_int_equal(nb_hvp(f, x, v, 2, bad), NB_EVALUE);
    nb_nograd_pop(ctx);
    says(NB_EVALUE, "not nograd");
    assert_int_equal(nb_gradcheck(f, &y2, 1, &(double){0}), NB_ETYPE);
    says(NB_ETYPE, "gradcheck: ");
    assert_null(nb_grad(f, NULL));
    says(NB_EVALUE, "variable 1 is missing");
    assert_null(nb_grad(NULL, f));
    assert_null(nb_jacobian(f, NULL));
    says(NB_EVALUE, "jacobian: an operand is missing");
    for (int i = 0; i < 2; i++) {
        nb_var_unref(&x[i]);
        nb_var_unref(&v[i]);
        nb_var_unref(&out[i]);
    }
    nb_var_unref(&y2);
    nb_var_unref(&f);
}

static void all_gradients_go_in_one_call(void **state)
{
    (void)state;
    NbVar *x = leaf_of(3), *y = nb_apply1(ctx, nb_op_find("sin"), x);
    NbVar *f = nb_apply1(ctx, nb_op_find("square"), y);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_true(nb_var_has_grad(x) && nb_var_has_grad(y));
    assert_int_equal(nb_clear_grads(f), NB_OK);
    assert_false(nb_var_has_grad(x) || nb_var_has_grad(y) || nb_var_has_grad(f));
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_int_equal(nb_optim_add(o, x), NB_OK);
    assert_int_equal(nb_optim_clear_grads(o), NB_OK);
    assert_false(nb_var_has_grad(x));
    assert_int_equal(nb_optim_set_named(o, "lr", 0.25), NB_OK);
    assert_true(nb_optim_get_named(o, "lr") == 0.25);
    nb_optim_free(&o);
    nb_var_unref(&f);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

static void arrays_go_in_and_out_whole(void **state)
{
    (void)state;
    const NbShape s = nb_shape(2, 2, 2);
    const double in[] = {1, 2, 3, 4};
    double out[4] = {0};
    NbVar *x = nb_var_array(ctx, &s, NULL, NB_LEAF), *turned;
    assert_int_equal(nb_var_assign_numbers(x, in, 4), NB_OK);
    turned = nb_apply1(ctx, nb_op_find("transpose"), x);
    assert_int_equal(nb_var_numbers(turned, out, 4), NB_OK);
    assert_true(out[1] == 3 && out[2] == 2);
    assert_int_equal(nb_var_numbers(x, out, 3), NB_ESHAPE);
    says(NB_ESHAPE, "3 numbers for a value of 4 elements");
    assert_int_equal(nb_var_assign_numbers(x, in, 5), NB_ESHAPE);
    says(NB_ESHAPE, "5 numbers for a value of 4 elements");
    assert_int_equal(nb_var_assign_numbers(x, NULL, 4), NB_EVALUE);
    says(NB_EVALUE, "the numbers are missing");
    assert_int_equal(nb_var_assign_numbers(turned, in, 4), NB_ETYPE);
    says(NB_ETYPE, "cannot write into a computed value");
    nb_var_unref(&turned);
    nb_var_unref(&x);
}

static void statuses_have_words_and_the_library_a_version(void **state)
{
    (void)state;
    for (int i = NB_OK; i <= NB_EINTERRUPT; i++) {
        assert_string_not_equal(nb_status_text((NbStatus)i), "unknown status");
        for (int k = NB_OK; k < i; k++) {
            assert_string_not_equal(nb_status_text((NbStatus)i), nb_status_text((NbStatus)k));
        }
    }
    assert_string_equal(nb_status_text((NbStatus)99), "unknown status");
    char text[32];
    snprintf(text, sizeof text, "%d.%d", NB_VERSION_MAJOR, NB_VERSION_MINOR);
    assert_string_equal(nb_version(), text);
    assert_true(NB_VERSION_AT_LEAST(0, 1) && !NB_VERSION_AT_LEAST(99, 0));
}

#define OP_TEST(f) cmocka_unit_test_setup_teardown(f, setup_c, teardown)

/* --- each call replaces the error or leaves it clear --- */

static NbStatus code(void)
{
    return nb_ctx_err(ctx)->code;
}

static void fail_by_shape(void)
{
    const NbShape two = nb_shape(1, 2), three = nb_shape(1, 3);
    NbVar *x = nb_var_array(ctx, &two, NULL, NB_LEAF),
          *y = nb_var_array(ctx, &three, NULL, NB_LEAF);
    assert_null(nb_apply2(ctx, nb_op_find("add"), NB_VAR(x), NB_VAR(y)));
    assert_int_equal(code(), NB_ESHAPE);
    nb_var_unref(&x);
    nb_var_unref(&y);
}

static void a_call_that_fails_replaces_the_error(void **state)
{
    (void)state;
    NbVar *x = leaf_of(2), *c = nb_var_scalar(ctx, 1, NB_CONST);
    fail_by_shape();
    assert_int_equal(nb_backward(c, NULL), NB_EVALUE);
    assert_non_null(strstr(nb_ctx_err(ctx)->msg, "backward: the variable depends on no variable"));
    fail_by_shape();
    assert_null(nb_apply1(ctx, NULL, x));
    assert_string_equal(nb_ctx_err(ctx)->msg, "unknown operation");
    fail_by_shape();
    assert_null(nb_apply(ctx, nb_op_find("mul"), &NB_VAR(x), 1, NULL));
    assert_string_equal(nb_ctx_err(ctx)->msg, "mul: takes 2 operands, got 1");
    fail_by_shape();
    assert_null(nb_module_new(ctx, NULL, NULL, 0));
    assert_int_equal(code(), NB_ENAME);
    fail_by_shape();
    assert_null(nb_optim_new(ctx, NULL, NULL, 0));
    assert_int_equal(code(), NB_ENAME);
    nb_var_unref(&x);
    nb_var_unref(&c);
}

static void a_status_and_the_error_agree(void **state)
{
    (void)state;
    NbVar *x = leaf_of(3), *f = nb_apply1(ctx, nb_op_find("square"), x), *g = NULL;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    assert_int_equal(nb_optim_add(o, x), NB_OK);
    double worst;
#define AGREES(call)                                                                               \
    do {                                                                                           \
        fail_by_shape();                                                                           \
        assert_int_equal(call, NB_OK);                                                             \
        assert_int_equal(code(), NB_OK);                                                           \
        assert_string_equal(nb_ctx_err(ctx)->msg, "");                                             \
    } while (0)
    AGREES(nb_forward(f, true, NULL));
    AGREES(nb_backward(f, NULL));
    AGREES(nb_optim_step(o, NULL));
    AGREES(nb_optim_set_named(o, "lr", 0.5));
    AGREES(nb_optim_clear_grads(o));
    AGREES(nb_var_assign_scalar(x, 4));
    AGREES(nb_forward(f, false, NULL));
    AGREES(nb_gradients(f, NULL, false, &x, 1, &g));
    AGREES(nb_gradcheck(f, &x, 1, &worst));
    AGREES(nb_clear_grads(f));
#undef AGREES
    nb_var_unref(&g);
    nb_optim_free(&o);
    nb_var_unref(&f);
    nb_var_unref(&x);
}

static void a_formula_that_goes_on_after_an_error_is_checked_once(void **state)
{
    (void)state;
    NbVar *x = leaf_of(2);
    NbVar *bad = nb_apply(ctx, nb_op_find("mul"), &NB_VAR(x), 1, NULL);
    NbVar *good = nb_apply2(ctx, nb_op_find("add"), NB_VAR(x), NB_NUM(1));
    NbVar *sums = nb_apply1(ctx, nb_op_find("sum"), good);
    NbVar *last = nb_apply2(ctx, nb_op_find("add"), NB_VAR(sums), NB_VAR(bad));
    assert_non_null(sums);
    assert_null(last);
    assert_string_equal(nb_ctx_err(ctx)->msg, "mul: takes 2 operands, got 1");
    nb_var_unref(&sums);
    nb_var_unref(&good);
    nb_var_unref(&x);
}

static void texts_for_c_name_operands_and_give_no_advice_for_a_prompt(void **state)
{
    (void)state;
    const NbShape s = nb_shape(2, 2, 3);
    NbVar *a = nb_var_array(ctx, &s, NULL, NB_LEAF), *b = nb_var_array(ctx, &s, NULL, NB_LEAF);
    nb_var_set_name(a, nb_intern(ctx, "weights"), false);
    const NbErr *err = nb_ctx_err(ctx);
    assert_null(nb_apply2(ctx, nb_op_find("matmul"), NB_VAR(a), NB_VAR(b)));
    assert_string_equal(err->msg,
                        "matmul: inner sizes differ: weights (2, 3) and operand 2 (2, 3)");
    assert_string_equal(err->hint, "");
    assert_int_equal(nb_backward(a, NULL), NB_ESHAPE);
    assert_string_equal(err->msg, "backward: weights has shape (2, 3); one number is needed");
    assert_string_equal(err->hint, "");
    nb_ctx_err(ctx)->front = true;
    nb_err_clear(nb_ctx_err(ctx));
    assert_null(nb_apply2(ctx, nb_op_find("matmul"), NB_VAR(a), NB_VAR(b)));
    assert_string_equal(err->msg, "matmul: inner sizes differ: {0} (2, 3) and {1} (2, 3)");
    assert_string_equal(err->hint, "transpose one side, as in {0} @ {1}.T");
    nb_ctx_err(ctx)->front = false;
    nb_var_unref(&a);
    nb_var_unref(&b);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        OP_TEST(a_missing_operand_is_an_error_and_not_0),
        OP_TEST(nan_and_0_are_operands),
        OP_TEST(the_reason_why_an_operand_is_missing_stays),
        OP_TEST(operations_take_as_many_operands_as_they_have),
        OP_TEST(the_short_ways_refuse_another_context_too),
        OP_TEST(unknown_names_are_errors_where_they_are_used),
        OP_TEST(what_objects_are_made_of_must_be_there),
        OP_TEST(variables_are_made_of_something_and_of_a_kind),
        OP_TEST(options_come_with_their_defaults_or_not_at_all),
        OP_TEST(a_pop_without_push_changes_nothing),
        OP_TEST(what_is_released_may_be_nothing),
        OP_TEST(a_record_has_nothing_at_places_it_has_not),
        OP_TEST(derivatives_come_in_one_call),
        OP_TEST(a_hessian_of_several_variables_mixes_them),
        OP_TEST(all_gradients_go_in_one_call),
        OP_TEST(arrays_go_in_and_out_whole),
        OP_TEST(statuses_have_words_and_the_library_a_version),
        OP_TEST(a_call_that_fails_replaces_the_error),
        OP_TEST(a_status_and_the_error_agree),
        OP_TEST(a_formula_that_goes_on_after_an_error_is_checked_once),
        OP_TEST(texts_for_c_name_operands_and_give_no_advice_for_a_prompt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

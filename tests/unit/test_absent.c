/* test_absent.c -- calls of the library on what is not there, or at places that are not there */
#include "ops_test.h"

#include <nabla/operations.h>
#include <nabla/saved.h>

/* --- objects that are NULL: NULL, NB_EVALUE, NaN, and the process goes on --- */

static void without_a_context_there_is_still_an_error_to_read(void **state)
{
    (void)state;
    NbErr *err = nb_ctx_err(NULL);
    assert_int_equal(err->code, NB_EVALUE);
    assert_string_equal(err->msg, "the context is missing");
    nb_err_clear(err);
    assert_int_equal(nb_ctx_err(NULL)->code, NB_EVALUE);
}

static void nothing_is_made_without_a_context(void **state)
{
    (void)state;
    const NbShape s = nb_shape(1, 2);
    const NbOp *mul = nb_op_find("mul");
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *a = NULL, *b = NULL;
    const NbArg in[] = {NB_VAR(x), NB_NUM(3)};
    const NbSettingValue two = nb_set_number(2);
    NbCsv csv;
    NbErr err = {0};
    size_t len;
    assert_null(nb_var_scalar(NULL, 1, NB_LEAF));
    assert_null(nb_var_tensor(NULL, NULL, NB_LEAF));
    assert_null(nb_var_array(NULL, &s, NULL, NB_LEAF));
    assert_null(nb_apply(NULL, mul, in, 2, NULL));
    assert_null(nb_apply1(NULL, nb_op_find("sin"), x));
    assert_null(nb_apply2(NULL, mul, NB_VAR(x), NB_VAR(x)));
    assert_null(nb_mul(NULL, x, x));
    assert_null(nb_sum(NULL, x, NULL));
    assert_null(nb_zeros(NULL, &s));
    assert_null(nb_randn(NULL, &s));
    assert_null(nb_dropout(NULL, x, 0.5));
    assert_null(nb_concat(NULL, &x, 1, NULL));
    assert_null(nb_module_new(NULL, nb_layer_find("linear"), &two, 1));
    assert_null(nb_module_op(NULL, nb_op_find("sin")));
    assert_null(nb_optim_new(NULL, nb_opt_rule_find("sgd"), NULL, 0));
    assert_null(nb_batches(NULL, x, x, 1, false));
    assert_null(nb_sequences(NULL, x, NULL, 1));
    assert_null(nb_intern(NULL, "x"));
    assert_null(nb_file_read(NULL, "/dev/null", &len, &err));
    assert_int_equal(nb_split(NULL, x, 0, NULL, 0, &a), NB_EVALUE);
    assert_int_equal(nb_data_make(NULL, nb_data_find("moons"), NULL, 4, 0, &a, &b), NB_EVALUE);
    assert_int_equal(nb_csv_parse(NULL, "1\n", 2, "x", NULL, &csv), NB_EVALUE);
    assert_int_equal(nb_csv_read(NULL, "/dev/null", NULL, &csv), NB_EVALUE);
    nb_var_unref(&x);
}

static void a_context_that_is_not_there_has_no_modes_and_no_generator(void **state)
{
    (void)state;
    assert_null(nb_ctx_rng(NULL));
    assert_null(nb_ctx_dropout_rng(NULL));
    nb_ctx_seed(NULL, 1, 2);
    nb_ctx_hooks(NULL, NULL);
    nb_ctx_nan_mode(NULL, NB_NAN_OFF);
    nb_ctx_interrupt(NULL, NULL);
    nb_ctx_interrupt_late(NULL, NULL, NULL, NULL);
    nb_ctx_set_threads(NULL, 2);
    nb_nograd_push(NULL);
    nb_nograd_pop(NULL);
    nb_testmode_push(NULL);
    nb_testmode_pop(NULL);
    nb_collect_cycles(NULL);
    nb_ctx_unit_pop(NULL, nb_ctx_unit_push(NULL));
    assert_false(nb_ctx_keep_masks(NULL, true) || nb_ctx_interrupted(NULL) || nb_nograd(NULL) ||
                 nb_testmode(NULL));
    assert_int_equal(nb_ctx_branch(NULL, 3), 0);
    assert_true(nb_decision_new(NULL, 3, NULL, 0) + nb_ctx_decision(NULL, 1) +
                    nb_var_repeats(NULL, NULL) ==
                0);
    nb_decision_end(NULL, NULL);
    assert_true(nb_ctx_serial(NULL) + nb_ctx_number(NULL) + nb_ctx_live_nodes(NULL) +
                    nb_ctx_bytes(NULL) + nb_ctx_unit(NULL) + nb_ctx_new_unit(NULL) +
                    nb_ctx_stamps(NULL, 2) ==
                0);
    nb_rng_seed(NULL, 1, 2);
    assert_int_equal(nb_rng_u64(NULL), 0);
    assert_true(isnan(nb_rng_uniform(NULL)) && isnan(nb_rng_normal(NULL)));
}

/* As of a formula that failed: no number that could be taken for its value. */
static void the_value_of_no_variable_is_nan_and_not_0(void **state)
{
    (void)state;
    NbTensor tmp;
    assert_true(isnan(nb_var_value(NULL)));
    assert_true(isnan(nb_var_grad_value(NULL)));
    assert_null(nb_var_data(NULL, &tmp));
    assert_null(nb_var_grad_data(NULL, &tmp));
    assert_null(nb_var_grad_added(NULL, &tmp));
    assert_null(nb_var_grad(NULL));
    assert_null(nb_var_shape(NULL));
    assert_null(nb_var_ctx(NULL));
    assert_null(nb_var_op(NULL));
    assert_null(nb_var_attrs(NULL));
    assert_null(nb_var_name(NULL));
    assert_null(nb_var_input(NULL, 0).var);
    assert_int_equal(nb_var_kind(NULL), NB_PLAIN);
    assert_false(nb_var_tracked(NULL) || nb_var_takes_grad(NULL) || nb_var_is_scalar(NULL) ||
                 nb_var_name_is_local(NULL) || nb_var_has_grad(NULL) ||
                 nb_var_grad_is_graph(NULL) || nb_var_is_cut(NULL) || nb_var_is_past(NULL) ||
                 nb_var_is_cut_step(NULL));
    assert_true(nb_var_serial(NULL) + nb_var_refs(NULL) + nb_var_branch(NULL) +
                    nb_var_grad_sweeps(NULL) + nb_var_stamp(NULL) + nb_var_grad_stamp(NULL) ==
                0);
    assert_int_equal(nb_var_inputs(NULL), 0);
    nb_var_set_name(NULL, NULL, false);
    nb_var_clear_grad(NULL);
    nb_var_write_end(NULL);
    assert_null(nb_var_write_begin(NULL));
}

static void a_scalar_needs_a_place_for_its_tensor(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *f = nb_square(ctx, x);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_null(nb_var_data(x, NULL));
    assert_null(nb_var_grad_data(x, NULL));
    assert_null(nb_var_grad_added(x, NULL));
    nb_var_unref(&f);
    nb_var_unref(&x);
}

static void a_graph_that_is_not_there_is_refused(void **state)
{
    (void)state;
    bool stale = true;
    NbAmount up = {1, NULL}, product;
    assert_int_equal(nb_var_unchain(NULL), NB_EVALUE);
    assert_int_equal(nb_var_settle(NULL, 0, 0, 0), NB_EVALUE);
    assert_int_equal(nb_var_find_stale(NULL, &stale, NULL, 0, NULL), NB_EVALUE);
    assert_int_equal(nb_vars_find_stale(NULL, NULL, 0, NULL), NB_EVALUE);
    assert_int_equal(nb_contribution_from(NULL, 0, &up, &product), NB_EVALUE);
    assert_int_equal(nb_trial_run(NULL), NB_EVALUE);
    assert_false(nb_var_stale(NULL, NULL, 0, NULL) || nb_var_grad_stale(NULL, NULL, 0, NULL));
    assert_null(nb_graph_tape(NULL));
    assert_null(nb_contributions(NULL, NULL));
    assert_null(nb_contributions_total(NULL, NULL));
    assert_null(nb_graph_substitute(NULL, NULL, NULL, 0, NULL));
    assert_null(nb_trial_begin(NULL, NULL, 0, 0));
    assert_false(nb_trial_write(NULL, NULL, NULL));
    assert_int_equal(nb_vars_find(NULL, 0, NULL), 0);
    assert_int_equal(nb_vars_kept(NULL, 1), 0);
}

/* A rule is only called with a scope; what stands outside of one gets nothing. */
static void gradient_rules_have_no_scope_of_their_own(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF);
    const NbOp *mul = nb_op_find("mul");
    const NbShape s = nb_shape(1, 2);
    assert_null(nb_g_out(NULL));
    assert_null(nb_g_in(NULL, 0));
    assert_null(nb_g_y(NULL));
    assert_null(nb_g_attrs(NULL));
    assert_null(nb_g_ctx(NULL));
    assert_int_equal(nb_g_inputs(NULL), 0);
    assert_null(nb_g_num(NULL, 1));
    assert_null(nb_g_const(NULL, nb_tensor_full(&s, 1, NULL)));
    assert_null(nb_g_apply(NULL, mul, NULL, 0, NULL));
    assert_null(nb_g_1(NULL, nb_op_find("sin"), x));
    assert_null(nb_g_2(NULL, mul, x, x));
    assert_null(nb_g_2k(NULL, mul, x, 1));
    assert_null(nb_g_k2(NULL, mul, 1, x));
    nb_var_unref(&x);
}

static void models_and_optimizers_that_are_not_there_hold_nothing(void **state)
{
    (void)state;
    NbNamedSet s = {0};
    NbErr err = {0};
    char text[8] = "full";
    assert_int_equal(nb_module_params(NULL), 0);
    assert_int_equal(nb_module_numbers(NULL), 0);
    assert_int_equal(nb_layer_settings(NULL), 0);
    assert_int_equal(nb_module_text(NULL, false, text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_true(isnan(nb_module_setting(NULL, 0)));
    assert_false(nb_module_reset_state(NULL) || nb_module_pending(NULL) ||
                 nb_module_has(NULL, "w") || nb_module_changes(NULL) || nb_module_same(NULL, NULL));
    assert_null(nb_module_ctx(NULL));
    assert_null(nb_module_layer(NULL));
    assert_null(nb_module_activation(NULL));
    assert_null(nb_module_child(NULL, 0, NULL, NULL));
    assert_null(nb_module_own(NULL, "w"));
    assert_null(nb_module_name(NULL));
    assert_null(nb_module_save(NULL));
    assert_null(nb_module_lacks(NULL));
    assert_null(nb_module_parent(NULL));
    assert_int_equal(nb_module_set_name(NULL, "m"), NB_EVALUE);
    assert_int_equal(nb_module_put(NULL, "w", NULL), NB_EVALUE);
    const NbSettingValue two = nb_set_number(2);
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), &two, 1);
    assert_int_equal(nb_module_put(m, "w", NULL), NB_EVALUE);
    says(NB_EVALUE, "linear: the variable is missing");
    assert_int_equal(nb_module_put(m, NULL, NULL), NB_EVALUE);
    says(NB_EVALUE, "linear: the name is missing");
    nb_module_unref(&m);
    assert_int_equal(nb_module_weights(NULL, &s, &err), NB_EVALUE);
    assert_string_equal(err.msg, "the model is missing");
    nb_err_clear(&err);
    assert_int_equal(nb_module_take_weights(NULL, &s, NULL, &err), NB_EVALUE);

    assert_null(nb_optim_rule(NULL));
    assert_null(nb_optim_at(NULL, 0));
    assert_null(nb_optim_hook(NULL, 0, NULL));
    assert_null(nb_optim_hook_name(NULL, 0));
    assert_null(nb_optim_save(NULL));
    assert_null(nb_optim_state(NULL, 0, 0));
    assert_int_equal(nb_optim_position(NULL, NULL), -1);
    assert_int_equal(nb_optim_count(NULL) + nb_optim_gather(NULL) + nb_optim_hooks(NULL), 0);
    assert_true(nb_optim_steps(NULL) + nb_optim_runs(NULL) + nb_optim_serial(NULL) == 0);
    assert_true(isnan(nb_optim_get(NULL, 0)) && isnan(nb_optim_get_named(NULL, "lr")) &&
                isnan(nb_optim_given(NULL, 0)) && isnan(nb_optim_saved(NULL, 0)));
    assert_int_equal(nb_optim_add(NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_optim_add_source(NULL, nb_module_source, NULL), NB_EVALUE);
    assert_int_equal(nb_optim_add_hook(NULL, nb_hook_rule_at(0), 1), NB_EVALUE);
    assert_int_equal(nb_optim_add_hook_fn(NULL, "h", NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_optim_set(NULL, 0, 1), NB_EVALUE);
    assert_int_equal(nb_optim_set_named(NULL, "lr", 1), NB_EVALUE);
    assert_int_equal(nb_optim_step(NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_optim_clear_grads(NULL), NB_EVALUE);
    assert_int_equal(nb_optim_put_state(NULL, 0, 0, NULL), NB_EVALUE);
    nb_optim_reset(NULL);
    nb_optim_restore(NULL, NULL);
    nb_optim_swap(NULL, NULL);
    nb_optim_touch(NULL);
}

static void loaders_and_records_that_are_not_there_are_empty(void **state)
{
    (void)state;
    NbVar *x = NULL, *t = NULL;
    NbErr err = {0};
    const double one = 1;
    const char *name = "f";
    assert_int_equal(nb_loader_next(NULL, &x, &t), NB_EVALUE);
    assert_null(nb_loader_data(NULL, &t));
    nb_loader_rewind(NULL);
    assert_true(nb_loader_parts(NULL) + nb_loader_rows(NULL) + nb_loader_size(NULL) == 0);
    assert_false(nb_loader_shuffles(NULL) || nb_loader_is_sequences(NULL));

    assert_int_equal(nb_record_begin(NULL, "", &name, 1, &err), NB_EVALUE);
    assert_string_equal(err.msg, "the record is missing");
    assert_false(nb_record_add(NULL, 0, &one) || nb_record_open(NULL) || nb_record_wants(NULL, 0));
    assert_null(nb_record_copy(NULL));
    assert_null(nb_record_axis_name(NULL));
    assert_null(nb_record_steps(NULL, 0));
    assert_null(nb_record_values(NULL, 0));
    assert_int_equal(nb_record_runs(NULL), 0);
    assert_int_equal(nb_record_run(NULL, 0).columns, 0);
    assert_true(nb_record_step(NULL, 0, 0) == UINT64_MAX && nb_record_next(NULL, 0) == UINT64_MAX);
    assert_true(isnan(nb_record_value(NULL, 0, 0, 0)));
    nb_record_axis(NULL, "x", 0, 1);
    nb_record_points(NULL);
    nb_record_end(NULL);
    nb_record_drop(NULL);
}

static void tensors_and_texts_that_are_not_there_are_told(void **state)
{
    (void)state;
    const NbShape s = nb_shape(1, 2);
    NbShape out;
    NbNamedSet set = {0};
    NbErr err = {0};
    int64_t n;
    size_t len;
    char text[8];
    const double numbers[] = {1, 2};
    assert_null(nb_tensor_new(NULL, &err));
    assert_string_equal(err.msg, "the shape is missing");
    nb_err_clear(&err);
    assert_null(nb_tensor_from(&s, NULL, &err));
    assert_string_equal(err.msg, "the numbers are missing");
    nb_err_clear(&err);
    assert_null(nb_tensor_copy(NULL, &err));
    assert_null(nb_tensor_view(NULL, &s, NULL, 0, NULL));
    assert_int_equal(nb_tensor_assign(NULL, NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_shape_size(NULL, &n, NULL), NB_EVALUE);
    assert_int_equal(nb_shape_size(&s, NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_shape_broadcast(&s, NULL, &out, NULL), NB_EVALUE);
    assert_false(nb_shape_equal(NULL, NULL) || nb_tensor_sole(NULL));
    assert_true(isnan(nb_tensor_at(NULL, 0)));
    nb_tensor_add(NULL, NULL);
    nb_tensor_fill(NULL, 1);
    nb_tensor_put(NULL, 0, 1);
    assert_int_equal(nb_tensor_nonfinite(NULL, NULL), -1);
    assert_int_equal(nb_shape_edges(NULL, 0), 0);
    assert_string_equal(nb_shape_text(NULL, text, sizeof text), "()");
    assert_int_equal(nb_format_tensor(NULL, 6, 0, 0, text, sizeof text), 0);

    nb_err_clear(&err);
    assert_int_equal(nb_named_add(&set, "w", NULL, &err), NB_EVALUE);
    assert_string_equal(err.msg, "the tensor is missing");
    assert_int_equal(nb_named_add(NULL, "w", nb_tensor_from(&s, numbers, NULL), NULL), NB_EVALUE);
    assert_int_equal(nb_named_add(&set, NULL, nb_tensor_from(&s, numbers, NULL), NULL), NB_EVALUE);
    assert_int_equal(set.n, 0);
    assert_null(nb_named_find(NULL, "w"));
    nb_named_clear(NULL);
    assert_null(nb_named_encode(NULL, NB_NPZ, false, &len, NULL));
    assert_int_equal(nb_named_decode(NULL, "123456789", 9, NULL, NULL), NB_EVALUE);
    nb_err_clear(&err);
    assert_int_equal(nb_named_decode(&set, "123456789", 9, NULL, &err), NB_EVALUE);
    assert_string_equal(err.msg, "the file is no safetensors, npy or npz file");

    assert_int_equal(nb_op_text(NULL, NULL, 0, NULL, text, sizeof text), 0);
    assert_int_equal(nb_op_latex(nb_op_find("mul"), NULL, 2, NULL, text, sizeof text), 0);
    assert_int_equal(nb_op_deriv_text(nb_op_find("mul"), -1, NULL, 0, NULL, NULL, false, text, 8),
                     0);
    assert_int_equal(nb_utf8(NULL) + (size_t)nb_text_width(NULL), 0);
    assert_null(nb_format_number(1, 6, NULL, 8));
    assert_int_equal(nb_format_field(NULL, text, sizeof text), 0);
    assert_true(nb_latex_name("x", NULL, 8) == 1);
    nb_attrs_init(NULL);
    nb_attrs_free(NULL);
    assert_int_equal(nb_attrs_copy(NULL, NULL, NULL), NB_EVALUE);
    assert_int_equal(nb_fail(&(NbErr){0}, NB_EVALUE, NULL), NB_EVALUE);
}

/* --- places that are not there --- */

static void elements_beyond_a_tensor_are_nan_and_nowhere(void **state)
{
    (void)state;
    const NbShape s = nb_shape(1, 3);
    const double numbers[] = {1, 2, 3};
    NbTensor *t = nb_tensor_from(&s, numbers, NULL);
    static const int64_t places[] = {-1, 3, 4, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        assert_true(isnan(nb_tensor_at(t, places[i])));
        nb_tensor_put(t, places[i], 99);
    }
    for (int64_t i = 0; i < 3; i++) {
        assert_true(nb_tensor_at(t, i) == numbers[i]);
    }
    nb_tensor_unref(&t);
}

static void views_stay_inside_their_tensor(void **state)
{
    (void)state;
    const NbShape all = nb_shape(2, 2, 3), half = nb_shape(1, 3), none = nb_shape(1, 0);
    const double numbers[] = {1, 2, 3, 4, 5, 6};
    const int64_t one[] = {1}, two[] = {2}, back[] = {-1}, huge[] = {INT64_MAX};
    NbTensor *t = nb_tensor_from(&all, numbers, NULL), *v;
    NbErr err = {0};
    static const int64_t outside[] = {-1, 4, 6, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        assert_null(nb_tensor_view(t, &half, one, outside[i], &err));
        assert_int_equal(err.code, NB_EINDEX);
        assert_string_equal(err.msg, "a view (3,) with these strides leaves the tensor");
        nb_err_clear(&err);
    }
    assert_null(nb_tensor_view(t, &half, two, 2, &err));
    assert_null(nb_tensor_view(t, &half, back, 1, &err));
    assert_null(nb_tensor_view(t, &half, huge, 0, &err));
    v = nb_tensor_view(t, &half, one, 3, NULL);
    assert_true(v && nb_tensor_at(v, 2) == 6);
    nb_tensor_unref(&v);
    v = nb_tensor_view(t, &half, back, 5, NULL);
    assert_true(v && nb_tensor_at(v, 2) == 4);
    nb_tensor_unref(&v);
    v = nb_tensor_view(t, &none, one, 6, NULL);
    assert_non_null(v);
    nb_tensor_unref(&v);
    nb_tensor_unref(&t);
}

static void operands_beyond_the_last_are_missing_and_not_0(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *f = nb_square(ctx, x);
    const NbArg beyond[] = {nb_var_input(f, -1), nb_var_input(f, 1), nb_var_input(x, 0)};
    for (int i = 0; i < 3; i++) {
        assert_null(nb_apply2(ctx, nb_op_find("mul"), NB_VAR(x), beyond[i]));
        says(NB_EVALUE, "mul: operand 2 is missing");
    }
    NbAmount up = {1, NULL}, product = {7, NULL};
    assert_int_equal(nb_contribution_from(f, 1, &up, &product), NB_EINDEX);
    says(NB_EINDEX, "contribution: there is no operand 1");
    assert_int_equal(nb_contribution_from(f, -1, &up, &product), NB_EINDEX);
    says(NB_EINDEX, "contribution: there is no operand -1");
    assert_int_equal(nb_contribution_from(f, 0, NULL, &product), NB_EVALUE);
    says(NB_EVALUE, "contribution: the gradient from above is missing");
    assert_int_equal(nb_contribution_from(f, 0, &up, &product), NB_OK);
    assert_true(product.num == 4);
    nb_var_unref(&f);
    nb_var_unref(&x);
}

static void settings_and_modes_that_are_none_are_no_numbers(void **state)
{
    (void)state;
    const NbSettingValue two = nb_set_number(2);
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), &two, 1);
    size_t len;
    NbErr err = {0};
    NbNamedSet none = {0};
    assert_true(nb_module_setting(m, 0) == 2);
    assert_true(isnan(nb_module_setting(m, -1)) && isnan(nb_module_setting(m, 2)) &&
                isnan(nb_module_setting(m, 1000)));
    nb_module_unref(&m);
    nb_ctx_nan_mode(ctx, (NbNanMode)99);
    says(NB_EVALUE, "there is no mode 99 for what is not finite");
    assert_null(nb_named_encode(&none, (NbNamedForm)99, false, &len, &err));
    assert_string_equal(err.msg, "there is no form 99 of files of tensors");
    assert_null(nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, -1));
    says(NB_EVALUE, "sgd has 5 hyperparameters, got -1");
}

static void computed_values_are_not_written_to(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *f = nb_square(ctx, x);
    assert_null(nb_var_write_begin(f));
    assert_true(nb_var_value(f) == 4);
    nb_var_unref(&f);
    nb_var_unref(&x);
}

/* --- messages for C --- */

static void messages_name_no_place_to_be_filled_in(void **state)
{
    (void)state;
    const NbShape two = nb_shape(1, 2), three = nb_shape(1, 3);
    NbShape out;
    NbErr err = {0};
    int axis;
    assert_int_equal(nb_shape_broadcast(&two, &three, &out, &err), NB_ESHAPE);
    assert_string_equal(err.msg, "shapes do not fit: (2,) and (3,)");
    nb_err_clear(&err);
    assert_int_equal(nb_axis_normalize(2, 2, &axis, &err), NB_EINDEX);
    assert_string_equal(err.msg, "axis 2 does not exist: the tensor has 2 axes");
    nb_err_clear(&err);
    assert_int_equal(nb_axis_normalize(0, INT32_MIN, &axis, &err), NB_EVALUE);

    NbVar *x = nb_var_array(ctx, &three, NULL, NB_LEAF), *part[2];
    const int64_t sizes[] = {1, 1};
    assert_int_equal(nb_split(ctx, x, 1, sizes, 2, part), NB_EINDEX);
    says(NB_EINDEX, "split: axis 1 does not exist: operand 1 (3,) has 1 axis");
    nb_var_set_name(x, nb_intern(ctx, "x"), false);
    assert_int_equal(nb_split(ctx, x, 0, sizes, 2, part), NB_ESHAPE);
    says(NB_ESHAPE, "split: the sizes add up to 2, axis 0 of x (3,) has 3");
    assert_int_equal(nb_split(ctx, NULL, 0, sizes, 2, part), NB_EVALUE);
    says(NB_EVALUE, "split: operand 1 is missing");
    assert_int_equal(nb_var_assign_scalar(x, 1), NB_ESHAPE);
    says(NB_ESHAPE, "assign: shapes differ: x (3,) and value ()");
    nb_var_unref(&x);
}

/* What an earlier call left does not stand beside a status that says all went well. */
static void a_status_and_the_error_agree(void **state)
{
    (void)state;
    double one = 1;
    const NbTensor g = nb_tensor_scalar(&one);
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *f = nb_square(ctx, x);
    NbErr *err = nb_ctx_err(ctx);
    nb_fail(err, NB_EIO, "earlier");
    assert_int_equal(nb_var_set_grad(x, &g), NB_OK);
    assert_int_equal(err->code, NB_OK);
    nb_fail(err, NB_EIO, "earlier");
    NbVar *held = nb_var_grad(x);
    assert_int_equal(nb_var_put_grad(x, held), NB_OK);
    assert_int_equal(err->code, NB_OK);
    nb_fail(err, NB_EIO, "earlier");
    assert_int_equal(nb_var_unchain(f), NB_OK);
    assert_int_equal(err->code, NB_OK);
    nb_var_unref(&held);
    nb_var_unref(&f);
    nb_var_unref(&x);
}

#define OP_TEST(f) cmocka_unit_test_setup_teardown(f, setup_c, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        OP_TEST(without_a_context_there_is_still_an_error_to_read),
        OP_TEST(nothing_is_made_without_a_context),
        OP_TEST(a_context_that_is_not_there_has_no_modes_and_no_generator),
        OP_TEST(the_value_of_no_variable_is_nan_and_not_0),
        OP_TEST(a_scalar_needs_a_place_for_its_tensor),
        OP_TEST(a_graph_that_is_not_there_is_refused),
        OP_TEST(gradient_rules_have_no_scope_of_their_own),
        OP_TEST(models_and_optimizers_that_are_not_there_hold_nothing),
        OP_TEST(loaders_and_records_that_are_not_there_are_empty),
        OP_TEST(tensors_and_texts_that_are_not_there_are_told),
        OP_TEST(elements_beyond_a_tensor_are_nan_and_nowhere),
        OP_TEST(views_stay_inside_their_tensor),
        OP_TEST(operands_beyond_the_last_are_missing_and_not_0),
        OP_TEST(settings_and_modes_that_are_none_are_no_numbers),
        OP_TEST(computed_values_are_not_written_to),
        OP_TEST(messages_name_no_place_to_be_filled_in),
        OP_TEST(a_status_and_the_error_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_misuse.c -- calls of the library that make no sense are errors that say so */
#include "ops_test.h"

#include <signal.h>
#include <unistd.h>

#include <nabla/saved.h>

/* --- two contexts --- */

static void operands_of_another_context_are_refused(void **state)
{
    NbCtx *other = nb_ctx_new();
    NbVar *x = nb_var_scalar(other, 2, NB_LEAF), *y = nb_var_scalar(ctx, 3, NB_LEAF);
    const NbArg in[] = {{.var = y}, {.var = x}};
    (void)state;
    assert_null(nb_apply(ctx, nb_op_find("mul"), in, 2, NULL));
    says(NB_EVALUE, "mul: operand of another context");
    nb_var_unref(&x);
    nb_var_unref(&y);
    nb_ctx_free(&other);
}

static void modules_take_and_hold_nothing_of_another_context(void **state)
{
    NbCtx *other = nb_ctx_new();
    const NbSettingValue n = nb_set_number(2);
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), &n, 1);
    NbModule *far = nb_module_new(other, nb_layer_find("linear"), &n, 1);
    const double numbers[] = {1, 2};
    const NbShape row = nb_shape(2, 1, 2);
    NbVar *x = nb_var_tensor(other, nb_tensor_from(&row, numbers, NULL), NB_CONST);
    (void)state;
    assert_null(nb_module_call(m, x));
    says(NB_EVALUE, "linear: input of another context");
    NbModule *both[] = {m, far};
    const NbSettingValue list = nb_set_modules(both, 2);
    assert_null(nb_module_new(ctx, nb_layer_find("sequential"), &list, 1));
    says(NB_EVALUE, "sequential: module of another context");
    assert_ptr_equal(nb_module_ctx(far), other);
    nb_var_unref(&x);
    nb_module_unref(&m);
    nb_module_unref(&far);
    nb_ctx_free(&other);
}

static void optimizers_take_no_variable_of_another_context(void **state)
{
    NbCtx *other = nb_ctx_new();
    NbVar *x = nb_var_scalar(other, 2, NB_LEAF);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    (void)state;
    assert_int_equal(nb_optim_add(o, x), NB_EVALUE);
    says(NB_EVALUE, "sgd: variable of another context");
    assert_int_equal(nb_optim_gather(o), 0);
    assert_int_equal(nb_optim_position(o, x), -1);
    nb_optim_free(&o);
    nb_var_unref(&x);
    nb_ctx_free(&other);
}

/* --- numbers that are none --- */

static void more_operands_than_a_node_holds_are_refused(void **state)
{
    enum { MANY = 70000 };
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF);
    NbArg *in = calloc(MANY, sizeof *in);
    (void)state;
    assert_non_null(in);
    for (int i = 0; i < MANY; i++) {
        in[i].var = x;
    }
    assert_null(nb_apply(ctx, nb_op_find("stack"), in, MANY, NULL));
    says(NB_EVALUE, "stack: 70000 operands are more than 65535");
    free(in);
    nb_var_unref(&x);
}

static void sizes_below_0_and_too_many_axes_are_no_shape(void **state)
{
    NbErr err = {0};
    NbShape s = nb_shape(2, 3, -1);
    (void)state;
    assert_null(nb_tensor_new(&s, &err));
    assert_string_equal(err.msg, "sizes cannot be negative: (3, -1)");
    nb_err_clear(&err);
    s.rank = NB_MAX_RANK + 1;
    int64_t n;
    assert_int_equal(nb_shape_size(&s, &n, &err), NB_ESHAPE);
    assert_string_equal(err.msg, "a tensor has at most 8 axes, this would have 9");
}

static void a_shape_is_cut_to_the_room_for_its_text(void **state)
{
    const NbShape s = nb_shape(3, 12345, 23456, 34567);
    char small[8] = "";
    (void)state;
    nb_shape_text(&s, small, sizeof small);
    assert_true(strlen(small) < sizeof small);
    assert_memory_equal(small, "(12345,", 7);
}

static void axes_are_counted_from_either_end_and_no_further(void **state)
{
    NbErr err = {0};
    int axis = 9;
    (void)state;
    assert_int_equal(nb_axis_normalize(-2, 2, &axis, &err), NB_OK);
    assert_int_equal(axis, 0);
    assert_int_equal(nb_axis_normalize(2, 2, &axis, &err), NB_EINDEX);
    nb_err_clear(&err);
    assert_int_equal(nb_axis_normalize(-3, 2, &axis, &err), NB_EINDEX);
}

/* --- gradients --- */

static void a_gradient_of_another_shape_does_not_fit(void **state)
{
    const NbShape two = nb_shape(1, 2), three = nb_shape(1, 3);
    const double numbers[] = {1, 2, 3};
    NbVar *x = nb_var_tensor(ctx, nb_tensor_from(&two, numbers, NULL), NB_LEAF);
    NbTensor *g = nb_tensor_from(&three, numbers, NULL);
    (void)state;
    assert_int_equal(nb_var_set_grad(x, g), NB_ESHAPE);
    says(NB_ESHAPE, "gradient (3,) does not fit value (2,)");
    assert_false(nb_var_has_grad(x));
    const NbSweep seeded = {.seed = g};
    NbVar *f = nb_apply1(ctx, nb_op_find("square"), x);
    assert_int_equal(nb_backward(f, &seeded), NB_ESHAPE);
    says(NB_ESHAPE, "backward: seed (3,) does not fit");
    assert_false(nb_var_has_grad(x));
    nb_tensor_unref(&g);
    nb_var_unref(&f);
    nb_var_unref(&x);
}

static void a_leaf_made_from_a_view_has_numbers_of_its_own(void **state)
{
    const NbShape s = nb_shape(2, 2, 2);
    const double numbers[] = {1, 2, 3, 4};
    const int64_t turned[] = {1, 2};
    NbTensor *t = nb_tensor_from(&s, numbers, NULL);
    NbVar *x = nb_var_tensor(ctx, nb_tensor_view(t, &s, turned, 0, NULL), NB_LEAF);
    NbTensor tmp;
    (void)state;
    assert_non_null(x);
    const NbTensor *data = nb_var_data(x, &tmp);
    assert_true(data->contiguous);
    t->data[1] = 99;
    const double want[] = {1, 3, 2, 4};
    for (int i = 0; i < 4; i++) {
        assert_float_equal(nb_tensor_at(data, i), want[i], 0);
    }
    nb_tensor_unref(&t);
    nb_var_unref(&x);
}

/* --- optimizers, records, loaders --- */

static void an_optimizer_without_hooks_has_none_at_any_place(void **state)
{
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    double value = 7;
    (void)state;
    assert_int_equal(nb_optim_hooks(o), 0);
    assert_null(nb_optim_hook(o, 0, &value));
    assert_null(nb_optim_hook(o, -1, &value));
    assert_float_equal(value, 7, 0);
    assert_null(nb_opt_rule_find("newton"));
    assert_null(nb_hook_rule_find("newton"));
    nb_optim_free(&o);
    nb_optim_free(&o); /* NULL is allowed */
}

static void a_record_that_was_not_begun_waits_for_no_step(void **state)
{
    NbRecord *r = nb_record_new(100, 4);
    (void)state;
    assert_non_null(r);
    assert_false(nb_record_wants(r, 0));
    assert_true(nb_record_next(r, 5) == UINT64_MAX);
    assert_int_equal(nb_record_runs(r), 0);
    nb_record_free(&r);
}

static void a_loader_lives_as_long_as_somebody_holds_it(void **state)
{
    const NbShape s = nb_shape(1, 4);
    const double numbers[] = {1, 2, 3, 4};
    NbVar *x = nb_var_tensor(ctx, nb_tensor_from(&s, numbers, NULL), NB_CONST);
    NbVar *part = NULL, *label = NULL;
    NbLoader *l = nb_batches(ctx, x, x, 3, false), *same = nb_loader_ref(l);
    (void)state;
    assert_null(nb_loader_ref(NULL));
    nb_loader_unref(&l);
    assert_null(l);
    assert_int_equal(nb_loader_parts(same), 2);
    assert_int_equal(nb_loader_next(same, &part, &label), NB_OK);
    assert_int_equal(nb_var_shape(part)->dim[0], 3);
    nb_var_unref(&part);
    nb_var_unref(&label);
    nb_loader_unref(&same);
    nb_var_unref(&x);
}

/* Rows of a view whose numbers do not lie one behind the other. */
static void batches_of_a_transposed_table_are_its_rows(void **state)
{
    const NbShape s = nb_shape(2, 2, 2);
    const double numbers[] = {1, 2, 3, 4};
    const int64_t turned[] = {1, 2};
    NbTensor *t = nb_tensor_from(&s, numbers, NULL), tmp;
    NbVar *x = nb_var_tensor(ctx, nb_tensor_view(t, &s, turned, 0, NULL), NB_CONST);
    NbVar *part = NULL, *label = NULL;
    NbLoader *l = nb_batches(ctx, x, x, 1, false);
    (void)state;
    assert_non_null(l);
    assert_int_equal(nb_loader_next(l, &part, &label), NB_OK);
    assert_float_equal(nb_tensor_at(nb_var_data(part, &tmp), 0), 1, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(part, &tmp), 1), 3, 0);
    nb_var_unref(&part);
    nb_var_unref(&label);
    nb_loader_unref(&l);
    nb_var_unref(&x);
    nb_tensor_unref(&t);
}

/* --- files --- */

static void files_that_cannot_be_read_say_why(void **state)
{
    NbErr err = {0};
    size_t len = 5;
    (void)state;
    assert_null(nb_file_read(ctx, "no/such/file", &len, &err));
    assert_non_null(strstr(err.msg, "cannot read no/such/file"));
    nb_err_clear(&err);
    assert_null(nb_file_read(ctx, "/", &len, &err));
    assert_int_equal(err.code, NB_EIO);
    assert_non_null(strstr(err.msg, "folder"));
}

static void a_pipe_that_nobody_writes_to_ends_when_interrupted(void **state)
{
    NbErr err = {0};
    int ends[2];
    char path[64];
    size_t len;
    volatile sig_atomic_t stop = 1;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    nb_ctx_interrupt(ctx, &stop);
    assert_null(nb_file_read(ctx, path, &len, &err));
    nb_ctx_interrupt(ctx, NULL);
    assert_int_equal(err.code, NB_EINTERRUPT);
    close(ends[0]);
    close(ends[1]);
}

static void a_long_file_is_read_whole(void **state)
{
    (void)state;
    enum { BYTES = 300001 };
    char path[300];
    const char *dir = getenv("NB_TMP");
    snprintf(path, sizeof path, "%s/long-file", dir ? dir : "build");
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    for (int i = 0; i < BYTES; i++) {
        fputc(i * 7 % 251, f);
    }
    fclose(f);
    size_t len = 0;
    char *text = nb_file_read(ctx, path, &len, nb_ctx_err(ctx));
    assert_non_null(text);
    assert_int_equal(len, BYTES);
    assert_int_equal(text[BYTES], 0);
    for (int i = 0; i < BYTES; i++) {
        assert_int_equal((unsigned char)text[i], i * 7 % 251);
    }
    nb_free(text);
    remove(path);
}

static void what_stands_at_no_place_is_nothing(void **state)
{
    (void)state;
    static const int places[] = {-1, 1000};
    double value = 7;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    NbVar *x = nb_var_scalar(ctx, 1, NB_LEAF);
    assert_int_equal(nb_optim_add(o, x), NB_OK);
    for (int k = 0; k < 2; k++) {
        const int i = places[k];
        assert_null(nb_op_at(i));
        assert_null(nb_layer_at(i));
        assert_null(nb_data_at(i));
        assert_null(nb_opt_rule_at(i));
        assert_null(nb_hook_rule_at(i));
        assert_null(nb_optim_at(o, i));
        assert_null(nb_optim_hook(o, i, &value));
        assert_null(nb_optim_hook_name(o, i));
        assert_null(nb_optim_state(o, i, 0));
        assert_null(nb_optim_state(o, 0, i));
        assert_true(isnan(nb_optim_get(o, i)) && isnan(nb_optim_given(o, i)));
        assert_int_equal(nb_optim_set(o, i, 1), NB_EINDEX);
        says(NB_EINDEX, "adam has no parameter");
        assert_int_equal(nb_optim_put_state(o, i, 0, &value), NB_EINDEX);
        says(NB_EINDEX, "adam has no state 0 of parameter");
        assert_int_equal(nb_optim_put_state(o, 0, i, &value), NB_EINDEX);
        says(NB_EINDEX, "of parameter 0");
    }
    assert_true(value == 7);
    assert_int_equal(nb_optim_position(o, NULL), -1);
    nb_optim_free(&o);
    nb_var_unref(&x);
}

static void hooks_are_few_and_their_numbers_in_range(void **state)
{
    (void)state;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    const NbHookRule *decay = nb_hook_rule_find("weight_decay");
    assert_int_equal(nb_optim_add_hook(o, decay, -1), NB_EVALUE);
    says(NB_EVALUE, "weight_decay: lambda must be at least 0 and finite, got -1");
    assert_int_equal(nb_optim_add_hook(o, decay, INFINITY), NB_EVALUE);
    says(NB_EVALUE, "got inf");
    for (int i = 0; i < NB_OPT_HOOKS; i++) {
        assert_int_equal(nb_optim_add_hook(o, decay, 0.5), NB_OK);
    }
    assert_int_equal(nb_optim_add_hook(o, decay, 0.5), NB_EVALUE);
    says(NB_EVALUE, "sgd: more than 8 hooks");
    assert_int_equal(nb_optim_hooks(o), NB_OPT_HOOKS);
    nb_optim_free(&o);
}

/* Parameters that came since start at zero, those that stand elsewhere keep what they had. */
static void a_state_is_put_back_to_the_parameters_it_was_of(void **state)
{
    (void)state;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("momentum"), NULL, 0);
    NbVar *x = nb_var_scalar(ctx, 1, NB_LEAF), *y = nb_var_scalar(ctx, 2, NB_LEAF);
    const NbSettingValue one = nb_set_number(1);
    NbModule *m = nb_module_new(ctx, nb_layer_find("layer_norm"), &one, 1);
    assert_int_equal(nb_optim_add_source(o, nb_module_source, m), NB_OK);
    assert_int_equal(nb_optim_gather(o), 2);
    assert_int_equal(nb_optim_add(o, x), NB_OK);
    const int at = nb_optim_position(o, x);
    const double two = 2, five = 5;
    assert_int_equal(nb_optim_put_state(o, at, 0, &two), NB_OK);
    NbOptimState *saved = nb_optim_save(o);
    assert_true(nb_optim_same(o, saved));
    assert_int_equal(nb_optim_put_state(o, at, 0, &five), NB_OK);
    assert_false(nb_optim_same(o, saved));
    assert_int_equal(nb_optim_add(o, y), NB_OK);
    assert_int_equal(nb_optim_put_state(o, nb_optim_position(o, y), 0, &five), NB_OK);
    nb_optim_restore(o, saved);
    assert_true(*nb_optim_state(o, nb_optim_position(o, x), 0) == 2);
    assert_null(nb_optim_state(o, nb_optim_position(o, y), 0));
    nb_optim_state_free(&saved);
    nb_optim_free(&o);
    nb_module_unref(&m);
    nb_var_unref(&x);
    nb_var_unref(&y);
}

static void what_is_no_utf8_has_no_length(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",
        "\xc1\x80",
        "\xc3",
        "\xc3(",
        "\xe2\x82",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf0\x9f\x98",
        "\xff",
    };
    static const char *const good[] = {
        "a", "é", "€", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "😀",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(nb_utf8(bad[i]), 0);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(nb_utf8(good[i]), strlen(good[i]));
    }
}

#define OP_TEST(f) cmocka_unit_test_setup_teardown(f, setup_c, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        OP_TEST(operands_of_another_context_are_refused),
        OP_TEST(modules_take_and_hold_nothing_of_another_context),
        OP_TEST(optimizers_take_no_variable_of_another_context),
        OP_TEST(more_operands_than_a_node_holds_are_refused),
        OP_TEST(sizes_below_0_and_too_many_axes_are_no_shape),
        OP_TEST(a_shape_is_cut_to_the_room_for_its_text),
        OP_TEST(axes_are_counted_from_either_end_and_no_further),
        OP_TEST(a_gradient_of_another_shape_does_not_fit),
        OP_TEST(a_leaf_made_from_a_view_has_numbers_of_its_own),
        OP_TEST(an_optimizer_without_hooks_has_none_at_any_place),
        OP_TEST(a_long_file_is_read_whole),
        OP_TEST(what_stands_at_no_place_is_nothing),
        OP_TEST(hooks_are_few_and_their_numbers_in_range),
        OP_TEST(a_state_is_put_back_to_the_parameters_it_was_of),
        OP_TEST(what_is_no_utf8_has_no_length),
        OP_TEST(a_record_that_was_not_begun_waits_for_no_step),
        OP_TEST(a_loader_lives_as_long_as_somebody_holds_it),
        OP_TEST(batches_of_a_transposed_table_are_its_rows),
        OP_TEST(files_that_cannot_be_read_say_why),
        OP_TEST(a_pipe_that_nobody_writes_to_ends_when_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_nn.c -- layers and models: draws, values, states, names, errors, memory */
#include "ops_test.h"

#include <nabla/nn.h>
#include <nabla/saved.h>

#define LEAF(shape, ...) var_of(shape, (const double[]){__VA_ARGS__}, NB_LEAF)

static NbModule *made(const char *layer, const NbSettingValue *v, int n)
{
    NbModule *m = nb_module_new(ctx, nb_layer_find(layer), v, n);
    assert_non_null(m);
    return m;
}

static NbModule *made1(const char *layer, double n)
{
    NbSettingValue v = nb_set_number(n);
    return made(layer, &v, 1);
}

static NbModule *made_mlp(const int64_t *sizes, int n, const char *activation)
{
    NbSettingValue v[] = {nb_set_sizes(sizes, n), nb_set_op(nb_op_find(activation))};
    return made("mlp", v, 2);
}

/* A const of rows × columns uniform draws, or of 0, 1, 2, … */
static NbVar *input(int rows, int columns, bool drawn)
{
    NbShape s = nb_shape(2, rows, columns);
    NbTensor *t = nb_tensor_new(&s, NULL);
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = drawn ? nb_rng_uniform(nb_ctx_rng(ctx)) : (double)i;
    }
    return nb_var_tensor(ctx, t, NB_CONST);
}

static void assert_text(NbModule *m, const char *want)
{
    char text[256];
    nb_module_text(m, false, text, sizeof text);
    assert_string_equal(text, want);
}

/* The first numbers after `key` within the part of the file that begins with `part`. */
static int golden(const char *part, const char *key, double *out, int n)
{
    static char text[1 << 17];
    FILE *f = test_golden("c_mlp.json");
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    char *p = strstr(text, part);
    assert_non_null(p);
    p = strstr(p, key);
    assert_non_null(p);
    p = strchr(p + strlen(key), '[') + 1;
    int i = 0;
    for (; i < n && *p != ']'; i++) {
        out[i] = strtod(p, &p);
        p += *p == ',';
    }
    return i;
}

/* --- draws and values --- */

static void an_mlp_trains_to_the_golden_losses(void **state)
{
    (void)state;
    double want[10], w0[10];
    assert_int_equal(golden("\"xt_before_model\"", "\"loss_every_10\"", want, 10), 10);
    golden("\"xt_before_model\"", "\"data\"", w0, 10);
    nb_ctx_seed(ctx, 0, 0);
    NbVar *x = input(100, 1, true), *t = input(100, 1, true);
    NbModule *m = made_mlp((int64_t[]){10, 1}, 2, "relu");
    NbOptim *sgd = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    nb_optim_set(sgd, 0, 0.2);
    assert_int_equal(nb_optim_add_source(sgd, nb_module_source, m), NB_OK);
    for (int step = 0; step < 100; step++) {
        NbVar *y = nb_module_call(m, x);
        NbVar *loss = nb_apply2(ctx, &nb_op_mse, NB_VAR(y), NB_VAR(t));
        if (step == 0) {
            for (int k = 0; k < 10; k++) {
                assert_close(at(nb_module_param(m, 0, NULL), k), w0[k], 1e-12);
            }
        }
        if (step % 10 == 0) {
            assert_close(nb_var_value(loss), want[step / 10], 1e-12);
        }
        const NbSweep sweep = {.replace = true};
        assert_int_equal(nb_backward(loss, &sweep), NB_OK);
        assert_int_equal(nb_optim_step(sgd, NULL), NB_OK);
        nb_var_unref(&loss);
        nb_var_unref(&y);
    }
    nb_optim_free(&sgd);
    nb_module_unref(&m);
    nb_var_unref(&x);
    nb_var_unref(&t);
}

static void a_retained_mlp_trains_like_a_rebuilt_one(void **state)
{
    (void)state;
    double want[10];
    golden("\"xt_before_model\"", "\"loss_every_10\"", want, 10);
    nb_ctx_seed(ctx, 0, 0);
    NbVar *x = input(100, 1, true), *t = input(100, 1, true);
    NbModule *m = made_mlp((int64_t[]){10, 1}, 2, "relu");
    NbOptim *sgd = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    nb_optim_set(sgd, 0, 0.2);
    nb_optim_add_source(sgd, nb_module_source, m);
    NbVar *y = nb_module_call(m, x), *loss = nb_apply2(ctx, &nb_op_mse, NB_VAR(y), NB_VAR(t));
    const uint64_t nodes = nb_ctx_live_nodes(ctx);
    for (int step = 0; step < 100; step++) {
        if (step == 3) {
            nb_mem_fail_at(0, false);
        }
        nb_forward(loss, false, NULL);
        if (step % 10 == 0) {
            assert_close(nb_var_value(loss), want[step / 10], 1e-12);
        }
        const NbSweep sweep = {.replace = true};
        assert_int_equal(nb_backward(loss, &sweep), NB_OK);
        assert_int_equal(nb_optim_step(sgd, NULL), NB_OK);
    }
    assert_int_equal(nb_mem_fail_at(0, false), 0); /* nothing is allocated after the first steps */
    assert_int_equal(nb_ctx_live_nodes(ctx), nodes);
    NbVar **drop[] = {&loss, &y, &x, &t};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(drop[i]);
    }
    nb_optim_free(&sgd);
    nb_module_unref(&m);
}

static void linear_without_bias_has_one_parameter(void **state)
{
    (void)state;
    NbSettingValue v[] = {nb_set_number(3), nb_set_number(0)};
    NbModule *m = made("linear", v, 2);
    NbVar *x = input(2, 4, false);
    assert_true(nb_module_pending(m));
    assert_text(m, "linear(3, bias=false); weights drawn at the first call");
    NbVar *y = nb_module_call(m, x);
    assert_shape(y, "2,3");
    assert_int_equal(nb_module_params(m), 1);
    assert_false(nb_module_pending(m));
    assert_text(m, "linear(3, bias=false); 12 parameters");
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

static double sig(double a)
{
    return 1 / (1 + exp(-a));
}

/* Weight of a child of one unit, by name. */
static double weight(NbModule *m, const char *name, const char *param)
{
    const char *child;
    NbModule *c;
    for (int i = 0; (c = nb_module_child(m, i, &child, NULL)); i++) {
        if (strcmp(child, name) == 0) {
            return at(nb_module_own(c, param), 0);
        }
    }
    fail_msg("no %s", name);
    return 0;
}

static void an_lstm_of_one_unit_follows_its_formula(void **state)
{
    (void)state;
    NbModule *m = made1("lstm", 1);
    double h = 0, c = 0;
    for (int step = 0; step < 3; step++) {
        NbVar *x = input(1, 1, true), *y = nb_module_call(m, x);
        const char *k[] = {"f", "i", "o", "u"};
        double a[4];
        for (int i = 0; i < 4; i++) {
            char x2[4] = "x2", h2[4] = "h2";
            strcat(x2, k[i]);
            strcat(h2, k[i]);
            a[i] = weight(m, x2, "w") * at(x, 0) + weight(m, x2, "b");
            a[i] += step > 0 ? weight(m, h2, "w") * h : 0;
        }
        c = (step > 0 ? sig(a[0]) * c : 0) + sig(a[1]) * tanh(a[3]);
        h = sig(a[2]) * tanh(c);
        assert_close(nb_var_value(y), h, 1e-12);
        assert_close(nb_var_value(nb_module_own(m, "c")), c, 1e-12);
        nb_var_unref(&y);
        nb_var_unref(&x);
    }
    nb_module_unref(&m);
}

static void lstm_weights_are_drawn_in_the_order_of_the_design(void **state)
{
    (void)state;
    static const char *const order[] = {"h2f", "h2i", "h2o", "h2u", "x2f", "x2i", "x2o", "x2u"};
    nb_ctx_seed(ctx, 7, 0);
    double want[8];
    for (int i = 0; i < 8; i++) {
        want[i] = nb_rng_normal(nb_ctx_rng(ctx));
    }
    nb_ctx_seed(ctx, 7, 0);
    NbModule *m = made1("lstm", 1);
    assert_int_equal(nb_module_params(m), 4);
    assert_text(m, "lstm(1); input weights drawn at the first call");
    NbVar *x = input(2, 1, false), *y = nb_module_call(m, x);
    assert_int_equal(nb_module_params(m), 12);
    for (int i = 0; i < 8; i++) {
        assert_close(weight(m, order[i], "w"), want[i], 0);
    }
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

static void an_rnn_carries_h_until_it_is_reset(void **state)
{
    (void)state;
    NbModule *m = made1("rnn", 1);
    NbVar *x = input(1, 1, true), *first = nb_module_call(m, x), *second = nb_module_call(m, x);
    double a = weight(m, "x2h", "w") * at(x, 0) + weight(m, "x2h", "b");
    assert_close(nb_var_value(first), tanh(a), 1e-12);
    assert_close(nb_var_value(second), tanh(a + weight(m, "h2h", "w") * tanh(a)), 1e-12);
    assert_true(nb_module_reset_state(m));
    assert_null(nb_module_own(m, "h"));
    NbVar *again = nb_module_call(m, x);
    assert_close(nb_var_value(again), nb_var_value(first), 0);
    NbVar **drop[] = {&again, &second, &first, &x};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(drop[i]);
    }
    nb_module_unref(&m);
}

static void unchain_cuts_the_state_of_an_lstm_from_its_past(void **state)
{
    (void)state;
    NbSettingValue v[] = {nb_set_number(3), nb_set_number(1)};
    NbModule *m = made("lstm_model", v, 2);
    NbVar *x = input(2, 1, true);
    uint64_t flat = 0;
    for (int step = 0; step < 20; step++) {
        NbVar *y = nb_module_call(m, x), *f = nb_apply1(ctx, &nb_op_sum, y);
        assert_int_equal(nb_backward(f, NULL), NB_OK);
        assert_int_equal(nb_var_unchain(f), NB_OK);
        nb_var_unref(&y);
        nb_var_unref(&f);
        flat = step == 4 ? nb_ctx_live_nodes(ctx) : flat;
    }
    assert_int_equal(nb_ctx_live_nodes(ctx), flat);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

static void layer_norm_gives_rows_of_mean_0_and_variance_1(void **state)
{
    (void)state;
    NbModule *m = made1("layer_norm", 5);
    assert_text(m, "layer_norm(5); 10 parameters");
    NbVar *x = input(3, 5, true), *y = nb_module_call(m, x);
    for (int r = 0; r < 3; r++) {
        double sum = 0, square = 0, mean = 0, variance = 0;
        for (int k = 0; k < 5; k++) {
            sum += at(y, 5 * r + k);
            square += at(y, 5 * r + k) * at(y, 5 * r + k);
            mean += at(x, 5 * r + k) / 5;
        }
        for (int k = 0; k < 5; k++) {
            variance += pow(at(x, 5 * r + k) - mean, 2) / 5;
        }
        assert_close(sum, 0, 1e-12);
        assert_close(square / 5, variance / (variance + 1e-5), 1e-12);
    }
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

static void an_embedding_looks_rows_up_and_adds_their_gradients(void **state)
{
    (void)state;
    NbSettingValue v[] = {nb_set_number(4), nb_set_number(2)};
    NbModule *m = made("embedding", v, 2);
    NbVar *x = LEAF("3", 2, 0, 2), *y = nb_module_call(m, x), *f = nb_apply1(ctx, &nb_op_sum, y);
    NbVar *w = nb_module_param(m, 0, NULL);
    assert_shape(y, "3,2");
    assert_close(at(y, 1), at(w, 5), 0);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbTensor tmp;
    const double want[] = {1, 1, 0, 0, 2, 2, 0, 0};
    assert_memory_equal(nb_var_grad_data(w, &tmp)->data, want, sizeof want);
    NbVar *bad = LEAF("1", 4);
    assert_null(nb_module_call(m, bad));
    assert_string_equal(nb_ctx_err(ctx)->msg,
                        "embedding: label 4 at position 0 is not one of 0 to 3");
    NbVar **drop[] = {&bad, &f, &y, &x};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(drop[i]);
    }
    nb_module_unref(&m);
}

static void a_dropout_layer_is_the_identity_in_test_mode(void **state)
{
    (void)state;
    NbModule *m = made1("dropout", 0.5);
    assert_text(m, "dropout(0.5)");
    NbVar *x = input(4, 25, false);
    nb_testmode_push(ctx);
    NbVar *y = nb_module_call(m, x);
    nb_testmode_pop(ctx);
    assert_close(at(y, 99), 99, 0);
    assert_int_equal(nb_forward(y, false, NULL), NB_OK);
    int zeros = 0;
    for (int i = 1; i < 100; i++) {
        assert_true(at(y, i) == 0 || at(y, i) == 2 * i);
        zeros += at(y, i) == 0;
    }
    assert_in_range(zeros, 25, 75);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

static void saved_modules_get_the_same_variables_back(void **state)
{
    (void)state;
    NbModule *m = made1("lstm", 2);
    NbVar *x = input(2, 1, true);
    assert_true(nb_module_changes(m));
    NbModuleState *before = nb_module_save(m);
    NbVar *y = nb_module_call(m, x);
    NbModuleState *after = nb_module_save(m);
    NbVar *w = nb_module_param(m, 0, NULL);
    assert_int_equal(nb_module_params(m), 12);
    nb_module_restore(m, before);
    assert_int_equal(nb_module_params(m), 4);
    assert_null(nb_module_own(m, "h"));
    nb_module_restore(m, after);
    assert_int_equal(nb_module_params(m), 12);
    assert_ptr_equal(nb_module_param(m, 0, NULL), w);
    assert_ptr_equal(nb_module_own(m, "h"), y);
    nb_module_state_free(&before);
    nb_module_state_free(&after);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

/* --- names and texts --- */

static void models_are_described_by_their_layers(void **state)
{
    (void)state;
    NbModule *m = made_mlp((int64_t[]){8, 8, 8, 8, 8, 8, 2}, 7, "sigmoid");
    assert_text(m, "mlp: 6 × linear(8) sigmoid, linear(2); weights drawn at the first call");
    char ascii[64];
    assert_int_equal(nb_module_text(m, true, NULL, 0), 70);
    nb_module_text(m, true, ascii, 24);
    assert_string_equal(ascii, "mlp: 6 x linear(8) sigm");
    NbModule *part[] = {made1("linear", 3), nb_module_op(ctx, &nb_op_relu), made1("dropout", 0.2)};
    NbSettingValue v[] = {nb_set_modules(part, 3)};
    NbModule *s = made("sequential", v, 1);
    assert_text(s, "sequential: linear(3), relu, dropout(0.2); weights drawn at the first call");
    NbSettingValue sizes[] = {nb_set_number(100), nb_set_number(1)};
    NbModule *l = made("lstm_model", sizes, 2);
    assert_text(l, "lstm_model: lstm(100), linear(1); input weights drawn at the first call");
    for (int i = 0; i < 3; i++) {
        nb_module_unref(&part[i]);
    }
    nb_module_unref(&l);
    nb_module_unref(&s);
    nb_module_unref(&m);
}

static void parameters_are_named_by_their_path(void **state)
{
    (void)state;
    NbModule *m = made_mlp((int64_t[]){3, 2}, 2, "tanh");
    NbVar *x = input(5, 4, true), *y = nb_module_call(m, x);
    static const char *const want[] = {"linear[0].w", "linear[0].b", "linear[1].w", "linear[1].b"};
    assert_int_equal(nb_module_params(m), 4);
    assert_int_equal(nb_module_numbers(m), 3 * 4 + 3 + 2 * 3 + 2);
    for (int i = 0; i < 4; i++) {
        const char *path;
        NbVar *v = nb_module_param(m, i, &path);
        assert_string_equal(path, want[i]);
        assert_string_equal(nb_var_name(v), want[i]);
        assert_int_equal(nb_var_kind(v), NB_LEAF);
    }
    assert_null(nb_module_param(m, 4, NULL));
    assert_int_equal(nb_module_set_name(m, "m"), NB_OK);
    assert_string_equal(nb_var_name(nb_module_param(m, 2, NULL)), "m.linear[1].w");
    const char *name;
    int number;
    assert_non_null(nb_module_child(m, 1, &name, &number));
    assert_string_equal(name, "linear");
    assert_int_equal(number, 1);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

static void names_given_before_the_first_call_hold_after_it(void **state)
{
    (void)state;
    NbSettingValue v[] = {nb_set_number(2), nb_set_number(1)};
    NbModule *m = made("lstm_model", v, 2);
    nb_module_set_name(m, "net");
    NbVar *x = input(3, 1, true), *y = nb_module_call(m, x);
    bool seen = false;
    for (int i = 0; i < nb_module_params(m); i++) {
        const char *name = nb_var_name(nb_module_param(m, i, NULL));
        assert_memory_equal(name, "net.", 4);
        seen = seen || strcmp(name, "net.lstm.x2f.w") == 0;
    }
    assert_true(seen);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

static void a_layer_in_two_models_is_one_set_of_parameters(void **state)
{
    (void)state;
    NbModule *l = made1("linear", 2), *pair[] = {l, l};
    NbSettingValue v[] = {nb_set_modules(pair, 2)};
    NbModule *s = made("sequential", v, 1), *again = made("sequential", v, 1);
    nb_module_set_name(s, "s");
    nb_module_unref(&l);
    NbVar *x = input(1, 2, true), *y = nb_module_call(s, x), *z = nb_module_call(again, x);
    assert_int_equal(nb_module_params(s), 2);
    assert_int_equal(nb_module_params(again), 2);
    assert_ptr_equal(nb_module_param(s, 0, NULL), nb_module_param(again, 0, NULL));
    assert_string_equal(nb_var_name(nb_module_param(again, 0, NULL)), "s.linear[0].w");
    assert_close(at(y, 0), at(z, 0), 0);
    nb_module_unref(&s);
    NbVar *after = nb_module_call(again, x);
    assert_close(at(after, 1), at(z, 1), 0);
    NbVar **drop[] = {&after, &x, &y, &z};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(drop[i]);
    }
    nb_module_unref(&again);
}

/* --- errors --- */

#define REFUSED(call, code_, message)                                                              \
    do {                                                                                           \
        assert_null(call);                                                                         \
        assert_int_equal(nb_ctx_err(ctx)->code, code_);                                            \
        assert_string_equal(nb_ctx_err(ctx)->msg, message);                                        \
        nb_err_clear(nb_ctx_err(ctx));                                                             \
    } while (0)

static NbModule *refused(const char *layer, double a, double b)
{
    NbSettingValue v[] = {nb_set_number(a), nb_set_number(b)};
    return nb_module_new(ctx, nb_layer_find(layer), v, 2);
}

static void settings_out_of_range_are_refused_by_name(void **state)
{
    (void)state;
    REFUSED(refused("linear", 0, 1), NB_EVALUE, "linear: n must be a whole number from 1, got 0");
    REFUSED(refused("lstm", 2.5, 1), NB_EVALUE, "lstm: n must be a whole number from 1, got 2.5");
    REFUSED(refused("rnn", NAN, 1), NB_EVALUE, "rnn: n must be a whole number from 1, got nan");
    REFUSED(refused("dropout", 1, 0), NB_EVALUE, "dropout: p must lie in [0, 1), got 1");
    REFUSED(nb_module_new(ctx, nb_layer_find("mlp"), NULL, 0), NB_EVALUE, "mlp: sizes is missing");
    NbSettingValue v[] = {nb_set_sizes((int64_t[]){3, -1}, 2), nb_set_op(&nb_op_relu)};
    REFUSED(nb_module_new(ctx, nb_layer_find("mlp"), v, 2), NB_EVALUE,
            "mlp: sizes must be a whole number from 1, got -1");
    NbSettingValue sum[] = {nb_set_sizes((int64_t[]){3}, 1), nb_set_op(&nb_op_sum)};
    REFUSED(nb_module_new(ctx, nb_layer_find("mlp"), sum, 2), NB_EVALUE,
            "mlp: activation must be an operation on each element, got sum");
    NbSettingValue none[] = {nb_set_modules(NULL, 0)};
    REFUSED(nb_module_new(ctx, nb_layer_find("sequential"), none, 1), NB_EVALUE,
            "sequential: modules is empty");
    REFUSED(refused("lstm", 2, 3), NB_EVALUE, "lstm has 1 setting, got 2");
    NbSettingValue three[] = {nb_set_number(2), {0}, nb_set_number(0)};
    REFUSED(nb_module_new(ctx, nb_layer_find("linear"), three, 3), NB_EVALUE,
            "linear has 2 settings, got 3");
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), three, 1);
    assert_non_null(m); /* what lies behind the first is not read */
    nb_module_unref(&m);
}

static void an_input_of_another_width_is_refused_with_both_shapes(void **state)
{
    (void)state;
    NbModule *m = made_mlp((int64_t[]){8, 2}, 2, "sigmoid");
    nb_module_set_name(m, "m");
    NbVar *x = input(200, 2, true), *y = nb_module_call(m, x), *xt = input(2, 200, true);
    REFUSED(nb_module_call(m, xt), NB_ESHAPE,
            "linear: input {0} (2, 200) has 200 columns, m.linear[0].w (2, 8) has 2 rows");
    NbModule *norm = made1("layer_norm", 2);
    NbVar *vector = LEAF("2", 1, 2), *long_vector = LEAF("3", 1, 2, 3);
    REFUSED(nb_module_call(m, long_vector), NB_ESHAPE,
            "linear: input {0} (3,) has 3 columns, m.linear[0].w (2, 8) has 2 rows");
    assert_null(nb_module_call(norm, vector));
    assert_non_null(strstr(nb_ctx_err(ctx)->hint, "unsqueeze({0}, 1)"));
    REFUSED(nb_module_call(norm, vector), NB_ESHAPE,
            "layer_norm: input {0} (2,) has one axis; rows of samples are needed");
    nb_module_unref(&norm);
    NbVar **drop[] = {&x, &y, &xt, &vector, &long_vector};
    for (int i = 0; i < 5; i++) {
        nb_var_unref(drop[i]);
    }
    nb_module_unref(&m);
}

static void a_step_of_another_batch_size_asks_for_reset_state(void **state)
{
    (void)state;
    NbModule *m = made1("lstm", 2);
    NbVar *x = input(3, 1, true), *y = nb_module_call(m, x), *two = input(2, 1, true);
    assert_null(nb_module_call(m, two));
    assert_string_equal(nb_ctx_err(ctx)->hint, "reset_state begins anew");
    REFUSED(nb_module_call(m, two), NB_ESHAPE,
            "lstm: input {0} (2, 1) has 2 rows, the state h has 3");
    nb_module_reset_state(m);
    NbVar *z = nb_module_call(m, two);
    assert_shape(z, "2,2");
    NbVar **drop[] = {&x, &y, &z, &two};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(drop[i]);
    }
    nb_module_unref(&m);
}

static void modules_nest_to_a_limit(void **state)
{
    (void)state;
    NbModule *m = made1("linear", 1);
    int depth = 1;
    while (m) {
        NbSettingValue v[] = {nb_set_modules(&m, 1)};
        NbModule *outer = nb_module_new(ctx, nb_layer_find("sequential"), v, 1);
        nb_module_unref(&m);
        m = outer;
        depth += m != NULL;
    }
    assert_int_equal(depth, 32);
    assert_string_equal(nb_ctx_err(ctx)->msg, "sequential: modules nest more than 32 deep");
}

static void every_failing_allocation_is_an_error_without_leak(void **state)
{
    (void)state;
    bool refused = true;
    for (uint64_t n = 1; refused && n < 400; n++) {
        NbCtx *keep = ctx;
        ctx = nb_ctx_new();
        NbVar *x = input(2, 3, true);
        test_fail_allocation(n);
        NbSettingValue v[] = {nb_set_number(4), nb_set_number(2)};
        NbModule *m = nb_module_new(ctx, nb_layer_find("lstm_model"), v, 2);
        NbVar *y = m ? nb_module_call(m, x) : NULL;
        NbVar *z = y ? nb_module_call(m, x) : NULL;
        refused = test_fail_allocation(0);
        assert_true(refused ? nb_ctx_err(ctx)->code == NB_EMEM : z != NULL);
        nb_var_unref(&z);
        nb_var_unref(&y);
        nb_var_unref(&x);
        nb_module_unref(&m);
        assert_int_equal(nb_ctx_live_nodes(ctx), 0);
        nb_ctx_free(&ctx);
        ctx = keep;
    }
    assert_false(refused);
}

static void records_are_complete(void **state)
{
    (void)state;
    for (int i = 0; i < nb_layer_count(); i++) {
        const NbLayer *l = nb_layer_at(i);
        assert_ptr_equal(nb_layer_find(l->name), l);
        assert_non_null(l->call);
        assert_non_null(l->formula);
        assert_non_null(l->usage);
        assert_non_null(l->doc);
        assert_non_null(l->example);
        assert_in_range(nb_layer_settings(l), 1, NB_LAYER_SETTINGS);
    }
    assert_null(nb_layer_find("nonsense"));
    assert_null(nb_layer_at(-1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct CMUnitTest tests[] = {
    TEST(an_mlp_trains_to_the_golden_losses),
    TEST(a_retained_mlp_trains_like_a_rebuilt_one),
    TEST(linear_without_bias_has_one_parameter),
    TEST(an_lstm_of_one_unit_follows_its_formula),
    TEST(lstm_weights_are_drawn_in_the_order_of_the_design),
    TEST(an_rnn_carries_h_until_it_is_reset),
    TEST(unchain_cuts_the_state_of_an_lstm_from_its_past),
    TEST(saved_modules_get_the_same_variables_back),
    TEST(layer_norm_gives_rows_of_mean_0_and_variance_1),
    TEST(an_embedding_looks_rows_up_and_adds_their_gradients),
    TEST(a_dropout_layer_is_the_identity_in_test_mode),
    TEST(models_are_described_by_their_layers),
    TEST(parameters_are_named_by_their_path),
    TEST(names_given_before_the_first_call_hold_after_it),
    TEST(a_layer_in_two_models_is_one_set_of_parameters),
    TEST(settings_out_of_range_are_refused_by_name),
    TEST(an_input_of_another_width_is_refused_with_both_shapes),
    TEST(a_step_of_another_batch_size_asks_for_reset_state),
    TEST(modules_nest_to_a_limit),
    TEST(every_failing_allocation_is_an_error_without_leak),
    TEST(records_are_complete),
};

NB_TEST_MAIN(tests)

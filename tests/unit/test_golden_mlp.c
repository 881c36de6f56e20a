/* test_golden_mlp.c -- every number of c_mlp.json: draws, losses and final parameters of an mlp */
#include "ops_test.h"

#include <nabla/nn.h>
#include <nabla/optim.h>

static char *json;

static int open_json(void **state)
{
    enum { CAP = 1 << 17 };
    (void)state;
    FILE *f = test_golden("c_mlp.json");
    json = calloc(1, CAP);
    assert_non_null(json);
    assert_true(fread(json, 1, CAP - 1, f) < CAP - 1);
    fclose(f);
    return 0;
}

static int close_json(void **state)
{
    (void)state;
    free(json);
    return 0;
}

/* What follows `key`, and `then` after it, in one part of the file. */
static const char *find(const char *part, const char *key, const char *then)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":{", part);
    const char *at = strstr(json, quoted);
    assert_non_null(at);
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    at = strstr(at, quoted);
    assert_non_null(at);
    at = strstr(at, then);
    assert_non_null(at);
    return at + strlen(then);
}

/* v holds the numbers that follow, and no others do. */
static void same_numbers(const char *what, const NbVar *v, const char *list)
{
    char *end = NULL;
    for (int64_t i = 0; i < size_of(v); i++, list = end + 1) {
        const double want = strtod(list, &end);
        const double got = at(v, i);
        if (end == list || !(fabs(got - want) <= 1e-12)) {
            fail_msg("%s %d: %.17g is not %.17g", what, (int)i, got, want);
        }
    }
    assert_int_equal(*end, ']');
}

static NbVar *column(void)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = nb_shape(2, 100, 1);
    NbVar *v = nb_apply(ctx, &nb_op_rand, NULL, 0, &a);
    assert_non_null(v);
    assert_true(nb_var_adopt(v, NB_CONST));
    return v;
}

static NbModule *model(void)
{
    const int64_t sizes[] = {10, 1};
    const NbSettingValue v[] = {nb_set_sizes(sizes, 2), nb_set_op(&nb_op_relu)};
    NbModule *m = nb_module_new(ctx, nb_layer_find("mlp"), v, 2);
    assert_non_null(m);
    return m;
}

/* Weights are drawn by the first call. */
static void draw_weights(NbModule *m)
{
    NbVar *one = var_of("1,1", (const double[]){1}, NB_CONST);
    NbVar *y = nb_module_call(m, one);
    assert_non_null(y);
    nb_var_unref(&y);
    nb_var_unref(&one);
}

static void check_parameters(const char *part, NbModule *m)
{
    int n = 0;
    const char *path = NULL;
    for (NbVar *p = nb_module_param(m, 0, &path); p != NULL; p = nb_module_param(m, ++n, &path)) {
        const char *from = find(part, "params_final", "{");
        char quoted[64];
        snprintf(quoted, sizeof quoted, "\"%s\":", path);
        from = strstr(from, quoted);
        assert_non_null(from);
        same_numbers(path, p, strstr(from, "\"data\":[") + strlen("\"data\":["));
    }
    assert_int_equal(n, 4);
}

/* 100 steps of sgd with lr 0.2; every tenth loss also as the text of eight digits. */
static void train(const char *part, NbModule *m, NbVar *x, NbVar *t)
{
    const double lr = 0.2;
    const NbSweep sweep = {.replace = true};
    const char *losses = find(part, "loss_every_10", "[");
    const char *text = find(part, "loss_8dp", "[\"");
    NbOptim *sgd = nb_optim_new(ctx, nb_opt_rule_find("sgd"), &lr, 1);
    assert_int_equal(nb_optim_add_source(sgd, nb_module_source, m), NB_OK);
    for (int step = 0; step < 100; step++) {
        NbVar *y = nb_module_call(m, x);
        NbVar *loss = nb_apply2(ctx, &nb_op_mse, NB_VAR(y), NB_VAR(t));
        if (step == 0) {
            same_numbers("w0", nb_module_param(m, 0, NULL), find(part, "w0_initial", "\"data\":["));
        }
        if (step % 10 == 0) {
            char eight[32];
            char *end;
            assert_close(nb_var_value(loss), strtod(losses, &end), 1e-12);
            losses = end + 1;
            snprintf(eight, sizeof eight, "%.8f", nb_var_value(loss));
            assert_memory_equal(text, eight, strlen(eight));
            text += strlen(eight) + 1;
        }
        assert_int_equal(nb_backward(loss, &sweep), NB_OK);
        assert_int_equal(nb_optim_step(sgd, NULL), NB_OK);
        nb_var_unref(&loss);
        nb_var_unref(&y);
    }
    nb_optim_free(&sgd);
    check_parameters(part, m);
}

/* What is drawn first differs: `first` is x, t, or w for the weights. */
static void check_part(const char *part, char first)
{
    nb_ctx_seed(ctx, 0, 0);
    NbModule *m = model();
    if (first == 'w') {
        draw_weights(m);
    }
    NbVar *one = column();
    NbVar *two = column();
    NbVar *x = first == 't' ? two : one;
    NbVar *t = first == 't' ? one : two;
    same_numbers("x", x, find(part, "x", "\"data\":["));
    train(part, m, x, t);
    nb_var_unref(&one);
    nb_var_unref(&two);
    nb_module_unref(&m);
}

static void draws_in_the_order_x_t_weights_train_to_the_golden_losses(void **state)
{
    (void)state;
    check_part("docs", 'x');
    check_part("xt_before_model", 'x');
}

static void targets_drawn_first_train_to_theirs(void **state)
{
    (void)state;
    check_part("t_first", 't');
}

static void weights_drawn_first_train_to_theirs(void **state)
{
    (void)state;
    check_part("weights_first", 'w');
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(draws_in_the_order_x_t_weights_train_to_the_golden_losses),
        TEST(targets_drawn_first_train_to_theirs),
        TEST(weights_drawn_first_train_to_theirs),
    };
    return cmocka_run_group_tests(tests, open_json, close_json);
}

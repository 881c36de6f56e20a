/* test_retained.c -- a retained graph is replayed, swept and stepped without asking for memory */
#include "test.h"

#include <string.h>

#include <nabla/nabla.h>

/* A const (rows, columns) of uniform draws; columns 0: labels 0 … 9, (rows). */
static NbVar *data(NbCtx *ctx, int64_t rows, int64_t columns)
{
    NbShape s = columns > 0 ? nb_shape(2, rows, columns) : nb_shape(1, rows);
    NbTensor *t = nb_tensor_new(&s, NULL);
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = columns > 0 ? nb_rng_uniform(nb_ctx_rng(ctx)) : (double)(i % 10);
    }
    return nb_var_tensor(ctx, t, NB_CONST);
}

static NbStatus pass(NbVar *loss, NbOptim *o)
{
    const NbSweep replace = {.replace = true};
    NbStatus s = nb_forward(loss, false, NULL);
    s = s == NB_OK ? nb_backward(loss, &replace) : s;
    return s == NB_OK ? nb_optim_step(o, NULL) : s;
}

static void check(const char *activation, const char *rule, const char *loss_op)
{
    static const int64_t sizes[] = {32, 10};
    NbCtx *ctx = nb_ctx_new();
    const NbSettingValue v[] = {nb_set_sizes(sizes, 2), nb_set_op(nb_op_find(activation))};
    NbModule *m = nb_module_new(ctx, nb_layer_find("mlp"), v, 2);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find(rule), NULL, 0);
    assert_int_equal(nb_optim_add_source(o, nb_module_source, m), NB_OK);
    bool labels = strcmp(loss_op, "cross_entropy") == 0;
    NbVar *x = data(ctx, 50, 7), *t = data(ctx, 50, labels ? 0 : 10);
    NbVar *y = nb_module_call(m, x);
    NbVar *loss = nb_apply2(ctx, nb_op_find(loss_op), NB_VAR(y), NB_VAR(t));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pass(loss, o), NB_OK);
    }
    double before = nb_var_value(loss);
    test_fail_allocation(NB_RECYCLE ? 1 : 0); /* under a checker nothing is kept for reuse */
    NbStatus s = NB_OK;
    for (int i = 0; i < 20 && s == NB_OK; i++) {
        s = pass(loss, o);
    }
    test_fail_allocation(0);
    assert_int_equal(s, NB_OK);
    assert_true(nb_var_value(loss) < before);
    nb_var_unref(&loss);
    nb_var_unref(&y);
    nb_var_unref(&t);
    nb_var_unref(&x);
    nb_optim_free(&o);
    nb_module_unref(&m);
    nb_ctx_free(&ctx);
}

static void a_classifier_under_adam(void **state)
{
    (void)state;
    check("relu", "adam", "cross_entropy");
}

static void a_regression_under_descent(void **state)
{
    (void)state;
    check("tanh", "sgd", "mse");
}

static void a_sigmoid_network_under_momentum(void **state)
{
    (void)state;
    check("sigmoid", "momentum", "huber");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_classifier_under_adam),
    cmocka_unit_test(a_regression_under_descent),
    cmocka_unit_test(a_sigmoid_network_under_momentum),
};

NB_TEST_MAIN(tests)

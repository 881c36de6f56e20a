/* test_threads.c -- threads change no result beyond rounding, and leave nothing at their end */
#include "test.h"

#include <pthread.h>

#include "base/mem.h"

#include <nabla/nabla.h>

/* Weights of a network after some steps of Adam, in a row; n numbers. */
static int trained(int threads, double *to, int cap)
{
    static const int64_t sizes[] = {96, 10};
    NbCtx *ctx = nb_ctx_new();
    nb_ctx_set_threads(ctx, threads);
    const NbSettingValue v[] = {nb_set_sizes(sizes, 2), nb_set_op(nb_op_find("tanh"))};
    NbModule *m = nb_module_new(ctx, nb_layer_find("mlp"), v, 2);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    assert_int_equal(nb_optim_add_source(o, nb_module_source, m), NB_OK);
    NbShape in = nb_shape(2, 200, 150), out = nb_shape(2, 200, 10);
    NbTensor *tx = nb_tensor_new(&in, NULL), *tt = nb_tensor_new(&out, NULL);
    for (int64_t i = 0; i < tx->size; i++) {
        tx->data[i] = nb_rng_uniform(nb_ctx_rng(ctx));
    }
    for (int64_t i = 0; i < tt->size; i++) {
        tt->data[i] = nb_rng_uniform(nb_ctx_rng(ctx));
    }
    NbVar *x = nb_var_tensor(ctx, tx, NB_CONST), *t = nb_var_tensor(ctx, tt, NB_CONST);
    const NbSweep sweep = {.replace = true};
    for (int step = 0; step < 10; step++) {
        NbVar *y = nb_module_call(m, x);
        NbVar *loss = nb_apply2(ctx, nb_op_find("mse"), NB_VAR(y), NB_VAR(t));
        assert_int_equal(nb_backward(loss, &sweep), NB_OK);
        assert_int_equal(nb_optim_step(o, NULL), NB_OK);
        nb_var_unref(&loss);
        nb_var_unref(&y);
    }
    int n = 0;
    for (int i = 0; i < nb_module_params(m); i++) {
        NbTensor tmp;
        const NbTensor *p = nb_var_data(nb_module_param(m, i, NULL), &tmp);
        for (int64_t k = 0; k < p->size && n < cap; k++) {
            to[n++] = p->data[k];
        }
    }
    nb_var_unref(&t);
    nb_var_unref(&x);
    nb_optim_free(&o);
    nb_module_unref(&m);
    nb_ctx_set_threads(ctx, 1);
    nb_ctx_free(&ctx);
    return n;
}

enum { CAP = 20000 };

static void training_with_several_threads_ends_at_the_same_weights(void **state)
{
    (void)state;
    static double one[CAP], more[CAP], again[CAP];
    int n = trained(1, one, CAP);
    assert_true(n > 15000);
    assert_int_equal(trained(1, again, CAP), n);
    assert_memory_equal(one, again, (size_t)n * sizeof *one);
    for (int threads = 2; threads <= 4; threads++) {
        assert_int_equal(trained(threads, more, CAP), n);
        for (int i = 0; i < n; i++) {
            assert_close(more[i], one[i], 1e-11);
        }
    }
}

/* --- a context per thread --- */

/* A gradient in a context of its own; then a million numbers, given back after the context's end.
 * *ok: all went well. */
static void *works_and_ends(void *ok)
{
    NbShape shape = nb_shape(1, 1000000);
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = ctx ? nb_var_scalar(ctx, 3, NB_LEAF) : NULL;
    NbVar *y = x ? nb_apply1(ctx, nb_op_find("square"), x) : NULL;
    bool right = y && nb_backward(y, NULL) == NB_OK && nb_var_grad_value(x) == 6;
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
    NbTensor *t = nb_tensor_new(&shape, NULL);
    *(bool *)ok = right && t;
    nb_tensor_unref(&t);
    return NULL;
}

/* What 200 threads would keep is 1.6 GB; each finds room in 64 MB. */
static void threads_that_ended_keep_no_memory(void **state)
{
    (void)state;
    int good = 0;
    nb_mem_limit((size_t)64 << 20);
    for (int i = 0; i < 200; i++) {
        pthread_t t;
        bool ok = false;
        assert_int_equal(pthread_create(&t, NULL, works_and_ends, &ok), 0);
        pthread_join(t, NULL);
        good += ok;
    }
    nb_mem_limit(0);
    assert_int_equal(good, 200);
}

static void threads_work_side_by_side(void **state)
{
    (void)state;
    enum { SIDE = 8 };
    pthread_t t[SIDE];
    bool ok[SIDE] = {false};
    for (int i = 0; i < SIDE; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, works_and_ends, &ok[i]), 0);
    }
    for (int i = 0; i < SIDE; i++) {
        pthread_join(t[i], NULL);
        assert_true(ok[i]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(training_with_several_threads_ends_at_the_same_weights),
    cmocka_unit_test(threads_that_ended_keep_no_memory),
    cmocka_unit_test(threads_work_side_by_side),
};

NB_TEST_MAIN(tests)

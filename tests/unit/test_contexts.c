/* test_contexts.c -- contexts side by side in threads share nothing (see make helgrind) */
#include "test.h"

#include <pthread.h>
#include <string.h>

#include <nabla/nabla.h>
#include <nabla/operations.h>

enum { NUMBERS = 12 };

/* What one thread found. */
typedef struct Found {
    double number[NUMBERS];
    int n;
    bool ok;
} Found;

static void keep(Found *f, double x)
{
    f->ok = f->ok && f->n < NUMBERS;
    if (f->ok) {
        f->number[f->n++] = x;
    }
}

static void drop(NbVar **const v[], int n)
{
    for (int i = 0; i < n; i++) {
        nb_var_unref(v[i]);
    }
}

/* Random numbers, a tensor's value and its gradients of two orders. */
static void derives(NbCtx *ctx, Found *f)
{
    const NbShape shape = nb_shape(2, 30, 30);
    nb_ctx_seed(ctx, 7, 1);
    NbVar *draw = nb_randn(ctx, &shape), *x = nb_var_copy(draw, NB_LEAF);
    NbVar *product = nb_matmul(ctx, x, draw), *bent = nb_tanh(ctx, product);
    NbVar *masked = nb_dropout(ctx, bent, 0.25), *y = nb_mean(ctx, masked, NULL);
    const NbSweep graph = {.create_graph = true};
    f->ok = f->ok && y && nb_backward(y, &graph) == NB_OK;
    NbTensor tmp;
    const NbTensor *g = f->ok ? nb_var_grad_data(x, &tmp) : NULL;
    keep(f, g ? nb_tensor_at(g, 17) : 0);
    NbVar *s = nb_var_scalar(ctx, 0.5, NB_LEAF), *sine = nb_sin(ctx, s), *again = nb_grad(sine, s);
    NbVar *second = again ? nb_grad(again, s) : NULL;
    double worst = 1;
    f->ok = f->ok && second && nb_gradcheck(sine, &s, 1, &worst) == NB_OK && worst < 1e-6;
    keep(f, second ? nb_var_value(second) : 0);
    NbVar **all[] = {&second, &again, &sine, &s, &y, &masked, &bent, &product, &x, &draw};
    drop(all, 10);
    nb_collect_cycles(ctx);
}

/* A model drawn, trained, written and read. */
static void trains(NbCtx *ctx, Found *f)
{
    const int64_t sizes[] = {8, 2};
    const NbSettingValue v[] = {nb_set_sizes(sizes, 2), nb_set_op(nb_op_find("relu"))};
    NbModule *m = nb_module_new(ctx, nb_layer_find("mlp"), v, 2);
    NbOptim *opt = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    NbVar *x = NULL, *t = NULL;
    const NbSweep sweep = {.replace = true};
    f->ok = f->ok && m && opt && nb_optim_add_source(opt, nb_module_source, m) == NB_OK &&
            nb_data_make(ctx, nb_data_find("spiral"), NULL, 60, 0.1, &x, &t) == NB_OK &&
            nb_optim_add_hook(opt, nb_hook_rule_find("clip_grad"), 1) == NB_OK;
    for (int i = 0; i < 3 && f->ok; i++) {
        NbVar *y = nb_module_call(m, x), *label = nb_gt(ctx, t, t);
        NbVar *loss = nb_cross_entropy(ctx, y, label, NULL);
        f->ok = loss && nb_backward(loss, &sweep) == NB_OK && nb_optim_step(opt, NULL) == NB_OK;
        keep(f, f->ok ? nb_var_value(loss) : 0);
        NbVar **all[] = {&loss, &label, &y};
        drop(all, 3);
    }
    NbNamedSet set = {0}, back = {0};
    size_t len = 0;
    NbErr err = {0};
    f->ok = f->ok && nb_module_weights(m, &set, &err) == NB_OK;
    char *bytes = f->ok ? nb_named_encode(&set, NB_NPZ, false, &len, &err) : NULL;
    f->ok = bytes && nb_named_decode(&back, bytes, len, "m.npz", &err) == NB_OK && back.n == set.n;
    keep(f, (double)len);
    nb_named_free(bytes);
    nb_named_clear(&set);
    nb_named_clear(&back);
    nb_var_unref(&x);
    nb_var_unref(&t);
    nb_optim_free(&opt);
    nb_module_unref(&m);
}

/* Texts, tables, records, errors. */
static void tells(NbCtx *ctx, Found *f)
{
    static const char table[] = "a,b\n1,x\n2,y\n3,x\n4,y\n";
    const NbCsvOptions target = {.target = "a"};
    NbCsv csv = {0};
    char text[64];
    double one = 1;
    f->ok = f->ok && nb_csv_parse(ctx, table, sizeof table - 1, "t.csv", &target, &csv) == NB_OK;
    keep(f, f->ok ? (double)csv.rows : 0);
    nb_csv_clear(&csv);
    f->ok = f->ok &&
            strcmp(nb_format_number(0.1 + 0.2, 0, text, sizeof text), "0.30000000000000004") == 0;
    f->ok = f->ok && nb_latex_name("theta_1", text, sizeof text) > 0 && nb_intern(ctx, "weight");
    f->ok = f->ok && !nb_apply1(ctx, nb_op_find("nothing"), NULL) && nb_ctx_err(ctx)->code != NB_OK;
    nb_err_clear(nb_ctx_err(ctx));
    NbRecord *r = nb_record_new(10, 2);
    const char *const names[] = {"f"};
    f->ok = f->ok && nb_record_begin(r, "sgd", names, 1, NULL) == NB_OK &&
            nb_record_add(r, 1, &one);
    nb_record_free(&r);
}

static void *works(void *found)
{
    Found *f = found;
    NbCtx *ctx = nb_ctx_new();
    f->ok = ctx != NULL;
    if (ctx) {
        derives(ctx, f);
        trains(ctx, f);
        tells(ctx, f);
    }
    nb_ctx_free(&ctx);
    return NULL;
}

static void threads_find_what_one_alone_finds(void **state)
{
    (void)state;
    enum { SIDE = 4 };
    Found found[SIDE] = {0}, alone = {0};
    pthread_t thread[SIDE];
    for (int i = 0; i < SIDE; i++) { /* first, so that tables are made while others look */
        assert_int_equal(pthread_create(&thread[i], NULL, works, &found[i]), 0);
    }
    for (int i = 0; i < SIDE; i++) {
        pthread_join(thread[i], NULL);
    }
    works(&alone);
    assert_true(alone.ok);
    assert_int_equal(alone.n, 7);
    for (int i = 0; i < SIDE; i++) {
        assert_true(found[i].ok);
        assert_int_equal(found[i].n, alone.n);
        assert_memory_equal(found[i].number, alone.number, sizeof alone.number);
    }
}

/* --- operations made known by one thread while others look for them --- */

static double halve(double a, double b)
{
    (void)b;
    return a / 2;
}

static void halves(double a, double b, double y, double d[2])
{
    (void)a, (void)b, (void)y;
    d[0] = 0.5;
}

static NbStatus forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                        NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    for (int64_t i = 0; i < out->size; i++) {
        nb_tensor_put(out, i, nb_tensor_at(in[0], i) / 2);
    }
    return NB_OK;
}

static NbVar *grad(NbGrad *G, int i)
{
    (void)i;
    return nb_g_2k(G, nb_op_find("mul"), nb_g_out(G), 0.5);
}

static const NbParam params[] = {{"x", NB_P_VAR, NULL}};
static const NbOp half = {.name = "half_of",
                          .min_in = 1,
                          .max_in = 1,
                          .nparams = 1,
                          .params = params,
                          .flags = NB_OP_ELEMENTWISE,
                          .scalar = halve,
                          .partials = halves,
                          .forward = forward,
                          .grad = grad,
                          .formula = "half_of({a})",
                          .doc = "Half of x.",
                          .group = "own",
                          .example = "half_of(1)"};

static void *registers(void *ok)
{
    NbErr err = {0};
    *(bool *)ok = nb_op_register(&half, &err) == NB_OK && nb_op_find("half_of") == &half &&
                  nb_op_find("sin") && nb_op_count() > 50;
    return NULL;
}

static void an_operation_is_registered_from_any_thread(void **state)
{
    (void)state;
    pthread_t thread[4];
    bool ok[4] = {false};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, registers, &ok[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_true(ok[i]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(threads_find_what_one_alone_finds),
    cmocka_unit_test(an_operation_is_registered_from_any_thread),
};

NB_TEST_MAIN(tests)

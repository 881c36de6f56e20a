/* test_interrupt.c -- kernels over long tensors stop when the flag is set, short ones never look */
#include "ops_test.h"

#include "tensor/loop.h"

#define LONG (1 << 19)

static volatile sig_atomic_t flag;

static int setup_flag(void **state)
{
    flag = 0;
    if (setup(state) != 0) {
        return -1;
    }
    nb_ctx_interrupt(ctx, &flag);
    return 0;
}

/* A leaf of n numbers inside the operation's sample domain. */
static NbVar *operand(const NbOp *op, int i, int64_t n)
{
    const bool given = op->lo[i] != 0 || op->hi[i] != 0;
    const NbShape s = {.rank = 1, .dim = {n}};
    return nb_var_tensor(ctx, nb_tensor_full(&s, given ? (op->lo[i] + op->hi[i]) / 2 : 0.5, NULL),
                         NB_LEAF);
}

static NbVar *applied(const NbOp *op, int64_t n)
{
    NbVar *v[3] = {NULL};
    NbArg in[3];
    NbAttrs a;
    nb_attrs_init(&a);
    nb_op_defaults(op, &a);
    for (int i = 0; i < op->min_in; i++) {
        v[i] = operand(op, i, n);
        in[i] = NB_VAR(v[i]);
    }
    NbVar *y = nb_apply(ctx, op, in, op->min_in, &a);
    for (int i = 0; i < op->min_in; i++) {
        nb_var_unref(&v[i]);
    }
    return y;
}

static void every_elementwise_operation_can_be_stopped(void **state)
{
    int tried = 0;
    (void)state;
    for (int i = 0; i < nb_op_count(); i++) {
        const NbOp *op = nb_op_at(i);
        if (!(op->flags & NB_OP_ELEMENTWISE) || (op->flags & NB_OP_HIDDEN)) {
            continue;
        }
        flag = 1;
        NbVar *y = applied(op, LONG);
        if (y != NULL || nb_ctx_err(ctx)->code != NB_EINTERRUPT) {
            fail_msg("%s went on to the end", op->name);
        }
        nb_err_clear(nb_ctx_err(ctx));
        y = applied(op, 1000);
        assert_non_null(y);
        nb_var_unref(&y);
        tried++;
    }
    assert_true(tried >= 30);
}

static void sums_and_draws_can_be_stopped(void **state)
{
    static const char *const name[] = {"sum", "mean"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        flag = 1;
        assert_null(applied(nb_op_find(name[i]), 2 * LONG));
        assert_int_equal(nb_ctx_err(ctx)->code, NB_EINTERRUPT);
        nb_err_clear(nb_ctx_err(ctx));
    }
    static const char *const made[][2] = {
        {"rand", "shape=524288"},     {"randn", "shape=524288"},     {"zeros", "shape=524288"},
        {"ones", "shape=524288"},     {"eye", "num=1024,1024"},      {"full", "shape=524288 num=3"},
        {"arange", "num=0,524288,1"}, {"linspace", "num=0,1,524288"}};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        assert_null(apply(made[i][0], NULL, 0, made[i][1]));
        assert_int_equal(nb_ctx_err(ctx)->code, NB_EINTERRUPT);
        nb_err_clear(nb_ctx_err(ctx));
    }
}

/* Between blocks of columns. */
static void systems_can_be_stopped(void **state)
{
    static const char *const name[] = {"inv", "det", "solve"};
    const NbShape s = {.rank = 2, .dim = {200, 200}};
    (void)state;
    flag = 0;
    NbVar *unit = apply("eye", NULL, 0, "num=200,200");
    NbVar *in[2] = {unit, unit};
    assert_non_null(unit);
    assert_true(nb_shape_equal(nb_var_shape(unit), &s));
    for (int i = 0; i < 3; i++) {
        flag = 1;
        assert_null(apply(name[i], in, i == 2 ? 2 : 1, ""));
        assert_int_equal(nb_ctx_err(ctx)->code, NB_EINTERRUPT);
        nb_err_clear(nb_ctx_err(ctx));
        flag = 0;
        NbVar *y = apply(name[i], in, i == 2 ? 2 : 1, "");
        assert_non_null(y);
        nb_var_unref(&y);
    }
    nb_var_unref(&unit);
}

/* What the flag leaves behind: gradients as they were, values stale until the next replay. */
static void a_stopped_sweep_or_replay_can_be_done_again(void **state)
{
    (void)state;
    NbVar *x = operand(&nb_op_sin, 0, LONG);
    NbVar *y = nb_apply1(ctx, &nb_op_sin, x);
    NbVar *f = apply("sum", &y, 1, "");
    NbTensor tmp;
    assert_non_null(f);
    const double before = nb_var_value(f);
    flag = 1;
    assert_int_equal(nb_backward(f, NULL), NB_EINTERRUPT);
    assert_false(nb_var_has_grad(x));
    flag = 0;
    nb_err_clear(nb_ctx_err(ctx));
    NbTensor *other = nb_tensor_full(nb_var_shape(x), 0.25, NULL);
    assert_int_equal(nb_var_assign(x, other), NB_OK);
    flag = 1;
    assert_int_equal(nb_forward(f, false, NULL), NB_EINTERRUPT);
    flag = 0;
    nb_err_clear(nb_ctx_err(ctx));
    assert_true(nb_var_stale(f, NULL, 0, NULL));
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_close(nb_var_value(f), LONG * sin(0.25), 1e-12);
    assert_true(nb_var_value(f) < before);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_close(nb_tensor_at(nb_var_grad_data(x, &tmp), LONG - 1), cos(0.25), 1e-15);
    nb_var_clear_grad(x);
    nb_tensor_unref(&other);
    nb_var_unref(&f);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* Parts change nothing: a long sum is the same with and without a flag to look at. */
static void looking_at_the_flag_changes_no_sum(void **state)
{
    (void)state;
    NbRng r;
    const int n = LONG + 12345;
    double *x = malloc((size_t)n * sizeof *x);
    assert_non_null(x);
    nb_rng_seed(&r, 3, 4);
    for (int i = 0; i < n; i++) {
        x[i] = nb_rng_normal(&r);
    }
    const double plain = nb_sum_of(x, n, 1);
    assert_true(nb_sum_until(x, n, 1, &flag) == plain);
    free(x);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_flag, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(every_elementwise_operation_can_be_stopped),
        TEST(sums_and_draws_can_be_stopped),
        TEST(systems_can_be_stopped),
        TEST(a_stopped_sweep_or_replay_can_be_done_again),
        TEST(looking_at_the_flag_changes_no_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

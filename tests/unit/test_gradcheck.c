/* test_gradcheck.c -- every operation's gradients against central differences, to second order */
#include "op_cases.h"

typedef struct Trial {
    const NbOp *op;
    const Case *how;
    NbAttrs attrs;
    int n;
    NbShape shape[MAX_IN];
    int64_t size[MAX_IN];
    double x[MAX_IN][96]; /* operands */
    bool tracked[MAX_IN];
    double weight[256]; /* L = Σ weight·op(x) */
    double direction[MAX_IN][96];
    NbVar *leaf[MAX_IN];
} Trial;

static void trial_fill(Trial *t, const NbOp *op, const Case *c, NbRng *rng)
{
    const char *text = c->shapes;
    memset(t, 0, sizeof *t);
    t->op = op;
    t->how = c;
    t->attrs = attrs_of(op, c->options);
    const int most = c->kind == '+' ? op->max_in : c->kind == '#' ? 1 : MAX_IN;
    while (text != NULL && t->n < most) {
        const int i = t->n++;
        t->shape[i] = shape_of(text);
        assert_int_equal(nb_shape_size(&t->shape[i], &t->size[i], NULL), NB_OK);
        t->tracked[i] = !draws_data(op, i);
        for (int64_t k = 0; k < t->size[i]; k++) {
            t->x[i][k] = draw(rng, op, i);
            t->direction[i][k] = 2 * nb_rng_uniform(rng) - 1;
        }
        text = strchr(text, '|');
        text = text != NULL ? text + 1 : NULL;
    }
    for (size_t k = 0; k < sizeof t->weight / sizeof *t->weight; k++) {
        t->weight[k] = 2 * nb_rng_uniform(rng) - 1;
    }
}

static void drop_leaves(Trial *t)
{
    for (int i = 0; i < t->n; i++) {
        nb_var_unref(&t->leaf[i]);
    }
}

/* L as a new variable over new leaves, or NULL when the shapes do not suit. */
static NbVar *loss(Trial *t)
{
    NbArg in[MAX_IN];
    NbTensor tmp;
    for (int i = 0; i < t->n; i++) {
        const NbKind kind = t->tracked[i] ? NB_LEAF : NB_CONST;
        NbTensor *x = nb_tensor_from(&t->shape[i], t->x[i], NULL);
        t->leaf[i] = nb_var_tensor(ctx, x, kind);
        assert_non_null(t->leaf[i]);
        in[i] = NB_VAR(t->leaf[i]);
    }
    NbVar *y = nb_apply(ctx, t->op, in, t->n, &t->attrs);
    if (y == NULL) {
        return NULL;
    }
    assert_true(nb_var_data(y, &tmp)->size <= 256);
    NbVar *w = nb_var_tensor(ctx, nb_tensor_from(nb_var_shape(y), t->weight, NULL), NB_CONST);
    NbVar *wy = nb_apply2(ctx, &nb_op_mul, NB_VAR(y), NB_VAR(w));
    NbVar *sum = nb_apply1(ctx, &nb_op_sum, wy);
    nb_var_unref(&wy);
    nb_var_unref(&w);
    nb_var_unref(&y);
    assert_non_null(sum);
    return sum;
}

static double loss_value(Trial *t)
{
    NbVar *v = loss(t);
    assert_non_null(v);
    const double value = nb_var_value(v);
    nb_var_unref(&v);
    drop_leaves(t);
    return value;
}

static double grad_at(const NbVar *leaf, int64_t k)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(leaf, &tmp);
    return g != NULL ? nb_tensor_at(g, k) : 0;
}

/* Σ direction · ∂L/∂x, by a first-order sweep */
static double along(Trial *t)
{
    NbVar *v = loss(t);
    double sum = 0;
    assert_int_equal(nb_backward(v, NULL), NB_OK);
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; t->tracked[i] && k < t->size[i]; k++) {
            sum += t->direction[i][k] * grad_at(t->leaf[i], k);
        }
    }
    nb_var_unref(&v);
    drop_leaves(t);
    return sum;
}

static void compare(const Trial *t, const char *what, int i, int64_t k, double got, double want,
                    double tolerance)
{
    const double scale = fabs(want) > 1 ? fabs(want) : 1;
    if (!(fabs(got - want) <= tolerance * scale)) {
        fail_msg("%s (%s; %s): %s by operand %d, element %d: %.12g is not %.12g", t->op->name,
                 t->how->shapes, t->how->options, what, i, (int)k, got, want);
    }
}

static double difference(Trial *t, double (*f)(Trial *), int i, int64_t k, double h)
{
    const double x = t->x[i][k];
    t->x[i][k] = x + h;
    const double up = f(t);
    t->x[i][k] = x - h;
    const double down = f(t);
    t->x[i][k] = x;
    return (up - down) / (2 * h);
}

/* Runs the case; false when its shapes do not suit the operation. */
static bool first_order(Trial *t)
{
    double got[MAX_IN][96];
    NbVar *v = loss(t);
    if (v == NULL) {
        const NbStatus code = nb_ctx_err(ctx)->code;
        if (code != NB_ESHAPE && code != NB_EINDEX) {
            fail_msg("%s (%s): %s", t->op->name, t->how->shapes, nb_ctx_err(ctx)->msg);
        }
        nb_err_clear(nb_ctx_err(ctx));
        drop_leaves(t);
        return false;
    }
    if (nb_backward(v, NULL) != NB_OK) {
        fail_msg("%s (%s): %s", t->op->name, t->how->shapes, nb_ctx_err(ctx)->msg);
    }
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; k < t->size[i]; k++) {
            got[i][k] = grad_at(t->leaf[i], k);
        }
    }
    nb_var_unref(&v);
    drop_leaves(t);
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; t->tracked[i] && k < t->size[i]; k++) {
            compare(t, "first order", i, k, got[i][k], difference(t, loss_value, i, k, 1e-5), 1e-7);
        }
    }
    return true;
}

/* Each case of each operation; `check` says whether the case suited it. */
static void for_all(bool (*check)(Trial *))
{
    static Trial t;
    for (int o = 0; o < nb_op_count(); o++) {
        const NbOp *op = nb_op_at(o);
        int ran = 0;
        if (op->grad == NULL || op->flags & (NB_OP_STEPS | NB_OP_CREATE)) {
            continue;
        }
        Cases cases;
        cases_of(op, &cases);
        for (int c = 0; c < cases.n; c++) {
            NbRng rng;
            nb_rng_seed(&rng, 7, (uint64_t)c);
            trial_fill(&t, op, &cases.at[c], &rng);
            ran += check(&t) ? 1 : 0;
            nb_attrs_free(&t.attrs);
        }
        if (ran == 0) {
            fail_msg("%s: no case suits it", op->name);
        }
    }
}

static void first_order_gradients_equal_central_differences(void **state)
{
    (void)state;
    for_all(first_order);
}

/* Sweeps with create_graph run the rules, plain ones the kernels where there are any. */
static bool rule_against_kernel(Trial *t)
{
    NbVar *v = loss(t);
    double got[MAX_IN][96];
    if (v == NULL) {
        nb_err_clear(nb_ctx_err(ctx));
        drop_leaves(t);
        return false;
    }
    assert_int_equal(nb_backward(v, NULL), NB_OK);
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; k < t->size[i]; k++) {
            got[i][k] = grad_at(t->leaf[i], k);
        }
    }
    const NbSweep sweep = {.create_graph = true, .replace = true};
    if (nb_backward(v, &sweep) != NB_OK) {
        fail_msg("%s (%s; %s): %s", t->op->name, t->how->shapes, t->how->options,
                 nb_ctx_err(ctx)->msg);
    }
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; t->tracked[i] && k < t->size[i]; k++) {
            compare(t, "kernel against rule", i, k, got[i][k], grad_at(t->leaf[i], k), 1e-12);
        }
    }
    for (int i = 0; i < t->n; i++) {
        nb_var_clear_grad(t->leaf[i]);
    }
    nb_var_unref(&v);
    drop_leaves(t);
    return true;
}

static void kernels_equal_the_gradient_rule(void **state)
{
    (void)state;
    for_all(rule_against_kernel);
}

/* Two sweeps add: the second one runs the kernels in their adding form. */
static bool doubled(Trial *t)
{
    NbVar *v = loss(t);
    double once[MAX_IN][96];
    if (v == NULL) {
        nb_err_clear(nb_ctx_err(ctx));
        drop_leaves(t);
        return false;
    }
    NbVar *both = nb_apply2(ctx, &nb_op_add, NB_VAR(v), NB_NUM(0));
    assert_int_equal(nb_backward(v, NULL), NB_OK);
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; k < t->size[i]; k++) {
            once[i][k] = grad_at(t->leaf[i], k);
        }
        nb_var_clear_grad(t->leaf[i]);
    }
    NbVar *one[MAX_IN];
    NbArg in[MAX_IN];
    for (int i = 0; i < t->n; i++) {
        one[i] = t->leaf[i];
        in[i] = NB_VAR(one[i]);
    }
    NbVar *again = nb_apply(ctx, t->op, in, t->n, &t->attrs);
    NbVar *w = nb_var_tensor(ctx, nb_tensor_from(nb_var_shape(again), t->weight, NULL), NB_CONST);
    NbVar *wy = nb_apply2(ctx, &nb_op_mul, NB_VAR(again), NB_VAR(w));
    NbVar *sum = nb_apply1(ctx, &nb_op_sum, wy);
    NbVar *total = nb_apply2(ctx, &nb_op_add, NB_VAR(both), NB_VAR(sum));
    assert_int_equal(nb_backward(total, NULL), NB_OK);
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; t->tracked[i] && k < t->size[i]; k++) {
            compare(t, "twice", i, k, grad_at(t->leaf[i], k), 2 * once[i][k], 1e-12);
        }
    }
    NbVar *drop[] = {total, sum, wy, w, again, both, v};
    for (size_t i = 0; i < sizeof drop / sizeof *drop; i++) {
        nb_var_unref(&drop[i]);
    }
    drop_leaves(t);
    return true;
}

static void gradients_of_two_uses_add_up(void **state)
{
    (void)state;
    for_all(doubled);
}

/* D = Σ direction · ∂L/∂x as a graph; its gradient against differences of first-order sweeps. */
static bool second_order(Trial *t)
{
    double got[MAX_IN][96] = {{0}};
    NbVar *v = loss(t);
    NbVar *d = NULL;
    if (v == NULL) {
        nb_err_clear(nb_ctx_err(ctx));
        drop_leaves(t);
        return false;
    }
    const NbSweep sweep = {.create_graph = true};
    assert_int_equal(nb_backward(v, &sweep), NB_OK);
    for (int i = 0; i < t->n; i++) {
        NbVar *g = nb_var_grad(t->leaf[i]);
        if (g == NULL) {
            continue;
        }
        NbVar *w =
            nb_var_tensor(ctx, nb_tensor_from(&t->shape[i], t->direction[i], NULL), NB_CONST);
        NbVar *wg = nb_apply2(ctx, &nb_op_mul, NB_VAR(g), NB_VAR(w));
        NbVar *sum = nb_apply1(ctx, &nb_op_sum, wg);
        NbVar *more = d != NULL ? nb_apply2(ctx, &nb_op_add, NB_VAR(d), NB_VAR(sum))
                                : nb_var_ref(sum);
        assert_non_null(more);
        NbVar *drop[] = {d, sum, wg, w, g};
        for (size_t k = 0; k < sizeof drop / sizeof *drop; k++) {
            nb_var_unref(&drop[k]);
        }
        d = more;
        nb_var_clear_grad(t->leaf[i]);
    }
    if (d != NULL && nb_var_tracked(d)) {
        if (nb_backward(d, NULL) != NB_OK) {
            fail_msg("%s (%s; %s): %s", t->op->name, t->how->shapes, t->how->options,
                     nb_ctx_err(ctx)->msg);
        }
    }
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; k < t->size[i]; k++) {
            got[i][k] = grad_at(t->leaf[i], k);
        }
        nb_var_clear_grad(t->leaf[i]);
    }
    nb_var_unref(&d);
    nb_var_unref(&v);
    drop_leaves(t);
    for (int i = 0; i < t->n; i++) {
        for (int64_t k = 0; t->tracked[i] && k < t->size[i]; k++) {
            compare(t, "second order", i, k, got[i][k], difference(t, along, i, k, 1e-5), 1e-6);
        }
    }
    return true;
}

static void second_order_gradients_equal_central_differences(void **state)
{
    (void)state;
    for_all(second_order);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_order_gradients_equal_central_differences, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(kernels_equal_the_gradient_rule, setup, teardown),
        cmocka_unit_test_setup_teardown(gradients_of_two_uses_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(second_order_gradients_equal_central_differences, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

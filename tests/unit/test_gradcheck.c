/* test_gradcheck.c -- every operation's gradients against central differences, to second order */
#include "ops_test.h"

#define MAX_IN 4

/* Shapes of the operands, separated by '|', and options. The name '+' stands for all elementwise
 * operations, '#' for all reductions. Cases whose shapes do not suit an operation are left out,
 * but each differentiable operation needs one that does. */
typedef struct Case {
    const char *op, *shapes, *options;
} Case;

static const Case cases[] = {
    {"+", "-|-|-", ""},
    {"+", "2,3|2,3|2,3", ""},
    {"+", "2,3|3|1,3", ""},
    {"+", "2,1|1,3|2,3", ""},
    {"+", "-|2,3|3", ""},
    {"+", "3|-|2,1", ""},
    {"+", "4,1,3|2,1|3", ""},
    {"#", "2,3,4", ""},
    {"#", "2,3,4", "keep"},
    {"#", "2,3,4", "axis=0"},
    {"#", "2,3,4", "axis=1 keep"},
    {"#", "2,3,4", "axis=-1"},
    {"#", "2,3,4", "axis=0,2"},
    {"#", "2,3,4", "axis=2,1 keep"},
    {"#", "5", ""},
    {"#", "-", ""},
    {"max", "2,3|3", ""},
    {"min", "2,3|3", ""},
    {"max", "-|2,2", ""},
    {"max", "-|-", ""},
    {"peak", "2,3", "axis=1"},
    {"leaky_relu", "2,3", "num=0.3"},
    {"clip", "2,3", "num=-0.7,0.9"},
    {"inside", "2,3", "num=-0.7,0.9"},
    {"pow_d", "2,3|3", "num=2,1"},
    {"mask_fill", "2,3|2,3", "num=1.5"},
    {"softmax", "2,3", ""},
    {"softmax", "2,3,2", "axis=1"},
    {"softmax", "2,3,2", "axis=0,2"},
    {"log_softmax", "2,3", ""},
    {"log_softmax", "3,2", "axis=0"},
    {"reshape", "2,3", "shape=3,2"},
    {"reshape", "2,3,2", "shape=4,-1"},
    {"transpose", "2,3", ""},
    {"transpose", "2,3,4", "axis=1,2,0"},
    {"squeeze", "2,1,3", "axis=1"},
    {"squeeze", "1,3,1", ""},
    {"unsqueeze", "2,3", "axis=1"},
    {"unsqueeze", "2,3", "axis=0,-1"},
    {"broadcast_to", "3", "shape=4,2,3"},
    {"broadcast_to", "2,1", "shape=2,3"},
    {"broadcast_to", "-", "shape=2,2"},
    {"sum_to", "2,3", "shape=1,3"},
    {"sum_to", "4,2,3", "shape=2,1"},
    {"sum_to", "2,3", ""},
    {"flip", "2,3", ""},
    {"flip", "2,3", "axis=1"},
    {"tile", "2,3", "shape=2,2"},
    {"tile", "3", "shape=2,3"},
    {"untile", "4,6", "shape=2,3"},
    {"untile", "2,6", "shape=3"},
    {"concat", "2,3|1,3|2,3", ""},
    {"concat", "2,1|2,3", "axis=-1"},
    {"stack", "2,3|2,3", ""},
    {"stack", "2,3|2,3|2,3", "axis=-1"},
    {"stack", "-|-|-", ""},
    {"index", "3,4", "index=1"},
    {"index", "3,4", "index=-1,1:4:2"},
    {"index", "3,4", "index=[2;0;2]"},
    {"index", "3,4", "index=:,[1;1;-2]"},
    {"index", "3,4", "index=[0;2],[1;3]"},
    {"index", "2,3,4", "index=[0;1],:,[1;3]"},
    {"index", "3,4", "index=::-1,1:"},
    {"scatter", "3,3", "index=:,[1;1;-2] shape=3,4"},
    {"scatter", "3", "index=:,2 shape=3,4"},
    {"matmul", "2,3|3,4", ""},
    {"matmul", "3|3,4", ""},
    {"matmul", "2,3|3", ""},
    {"matmul", "3|3", ""},
    {"matmul", "2,1,2,3|4,3,2", ""},
    {"matmul", "2,2,3|3,2", ""},
    {"matmul", "2,3|4,3,2", ""},
    {"matmul", "3|4,3,2", ""},
    {"matmul", "4,2,3|3", ""},
    {"matmul", "8,9|9,10", ""},
    {"dot", "4|4", ""},
    {"linear", "2,3|3,4|4", ""},
    {"linear", "2,3|3,4|1,4", ""},
    {"linear", "2,3|3,4", ""},
    {"linear", "3|3,2|2", ""},
    {"linear", "2,2,3|3,4|4", ""},
    {"mse", "2,3|2,3", ""},
    {"mae", "2,3|2,3", ""},
    {"huber", "2,3|2,3", ""},
    {"huber", "2,3|2,3", "num=0.4"},
    {"bce", "2,3|2,3", ""},
    {"bce", "2,3|2,3", "num=1"},
    {"cross_entropy", "4,3|4", ""},
    {"cross_entropy", "2,2,3|2,2", "num=1"},
    {"cross_entropy", "3|-", ""},
    {"label_grad", "4,3|4", ""},
    {"label_grad", "4,3|4", "num=1"},
    {"label_weight", "4,3|4", "num=1"},
    {"gather", "3,2|4", ""},
    {"gather", "3,2|2,2", ""},
    {"gather_add", "4,2|4", "shape=3,2"},
    {"gather_add", "2|-", "shape=3,2"},
};

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

static bool is_reduction(const NbOp *op)
{
    return op->max_in == 1 && op->nparams == 3 && strcmp(op->params[1].name, "axis") == 0 &&
           !(op->flags & NB_OP_HIDDEN) && !(op->flags & NB_OP_CONST);
}

static bool suits(const Case *c, const NbOp *op)
{
    if (c->op[0] == '+') {
        return op->flags & NB_OP_ELEMENTWISE && op->max_in > 0;
    }
    if (c->op[0] == '#') {
        return is_reduction(op) || strcmp(op->name, "max") == 0 || strcmp(op->name, "min") == 0;
    }
    return strcmp(c->op, op->name) == 0;
}

static const char *param_name(const NbOp *op, int i)
{
    return i < op->nparams && op->params[i].kind == NB_P_VAR ? op->params[i].name : "";
}

static double draw(NbRng *rng, const NbOp *op, int i)
{
    const double u = nb_rng_uniform(rng);
    if (strcmp(param_name(op, i), "labels") == 0) {
        return floor(3 * u);
    }
    if (strcmp(param_name(op, i), "cond") == 0 || strcmp(param_name(op, i), "mask") == 0) {
        return u < 0.5 ? 0 : 1;
    }
    const bool given = i < 3 && (op->lo[i] != 0 || op->hi[i] != 0);
    const double lo = given ? op->lo[i] : -2;
    const double hi = given ? op->hi[i] : 2;
    return lo + (hi - lo) * u;
}

static bool draws_data(const NbOp *op, int i)
{
    const char *name = param_name(op, i);
    return strcmp(name, "labels") == 0 || strcmp(name, "cond") == 0 || strcmp(name, "mask") == 0;
}

static void trial_fill(Trial *t, const NbOp *op, const Case *c, NbRng *rng)
{
    const char *text = c->shapes;
    memset(t, 0, sizeof *t);
    t->op = op;
    t->how = c;
    t->attrs = attrs_of(op, c->options);
    const int most = c->op[0] == '+' ? op->max_in : c->op[0] == '#' ? 1 : MAX_IN;
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
        if (op->grad == NULL || op->flags & (NB_OP_CONST | NB_OP_CREATE)) {
            continue;
        }
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            NbRng rng;
            nb_rng_seed(&rng, 7, (uint64_t)c);
            if (suits(&cases[c], op)) {
                trial_fill(&t, op, &cases[c], &rng);
                ran += check(&t) ? 1 : 0;
                nb_attrs_free(&t.attrs);
            }
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

int main(void)
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

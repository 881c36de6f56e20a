/* test_golden_ops.c -- operations against numbers computed by other systems */
#include "ops_test.h"

#define TOLERANCE 1e-12

/* --- e_derivatives.csv: orders 0 to 6 by repeated sweeps with create_graph --- */

static NbVar *function(const char *name, NbVar *x)
{
    if (strncmp(name, "pow", 3) == 0) {
        return nb_apply2(ctx, &nb_op_pow, NB_VAR(x), NB_NUM(strtod(name + 3, NULL)));
    }
    if (strcmp(name, "recip") == 0) {
        return nb_apply2(ctx, &nb_op_div, NB_NUM(1), NB_VAR(x));
    }
    return nb_apply1(ctx, nb_op_find(name), x);
}

/* ∂y/∂x as a graph, new; NULL when y does not depend on x. Releases y. */
static NbVar *derivative(NbVar *y, NbVar *x)
{
    const NbSweep sweep = {.create_graph = true};
    NbVar *g = NULL;
    nb_var_clear_grad(x);
    if (y != NULL && nb_var_tracked(y)) {
        assert_int_equal(nb_backward(y, &sweep), NB_OK);
        g = nb_var_grad(x);
        nb_var_clear_grad(x);
    }
    nb_var_unref(&y);
    return g;
}

static void derivatives_to_order_six_equal_the_golden_ones(void **state)
{
    char line[256];
    char name[64];
    char last[64] = "";
    double x = 0;
    double last_x = 0;
    double want = 0;
    int order = 0;
    int compared = 0;
    NbVar *leaf = NULL;
    NbVar *y = NULL;
    (void)state;
    FILE *f = test_golden("e_derivatives.csv");
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] < 'a' || line[0] > 'z' ||
            sscanf(line, "%63[a-z0-9.],%lf,%d,%lf", name, &x, &order, &want) != 4) {
            continue;
        }
        if (strcmp(name, last) != 0 || x != last_x) {
            nb_var_unref(&y);
            nb_var_unref(&leaf);
            leaf = nb_var_scalar(ctx, x, NB_LEAF);
            y = function(name, leaf);
            strcpy(last, name);
            last_x = x;
        } else {
            y = derivative(y, leaf);
        }
        const double got = y != NULL ? nb_var_value(y) : 0;
        if (!(fabs(got - want) <= TOLERANCE * (fabs(want) > 1 ? fabs(want) : 1))) {
            fail_msg("%s at %g, order %d: %.17g is not %.17g", name, x, order, got, want);
        }
        compared++;
    }
    fclose(f);
    nb_var_unref(&y);
    nb_var_unref(&leaf);
    assert_true(compared >= 150);
}

/* Newton on x^4 - 2x^2 from 2, with both derivatives from the graph. */
static void newton_by_second_derivatives_takes_the_golden_steps(void **state)
{
    char line[256];
    double want_x;
    double want_g;
    double want_gg;
    int k;
    int compared = 0;
    bool found = false;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF);
    (void)state;
    FILE *f = test_golden("e_derivatives.csv");
    while (fgets(line, sizeof line, f) != NULL) {
        found = found || strncmp(line, "newton", 6) == 0;
        if (!found || sscanf(line, "%d,%lf,%lf,%lf", &k, &want_x, &want_g, &want_gg) != 4) {
            continue;
        }
        NbVar *a = nb_apply2(ctx, &nb_op_pow, NB_VAR(x), NB_NUM(4));
        NbVar *b = nb_apply2(ctx, &nb_op_pow, NB_VAR(x), NB_NUM(2));
        NbVar *b2 = nb_apply2(ctx, &nb_op_mul, NB_NUM(2), NB_VAR(b));
        NbVar *y = nb_apply2(ctx, &nb_op_sub, NB_VAR(a), NB_VAR(b2));
        NbVar *g = derivative(y, x);
        const double g_value = nb_var_value(g);
        NbVar *gg = derivative(g, x);
        assert_close(nb_var_value(x), want_x, TOLERANCE);
        assert_close(g_value, want_g, TOLERANCE);
        assert_close(nb_var_value(gg), want_gg, TOLERANCE);
        nb_var_assign_scalar(x, nb_var_value(x) - g_value / nb_var_value(gg));
        NbVar *drop[] = {gg, b2, b, a};
        for (size_t i = 0; i < sizeof drop / sizeof *drop; i++) {
            nb_var_unref(&drop[i]);
        }
        compared++;
    }
    fclose(f);
    nb_var_unref(&x);
    assert_int_equal(compared, 10);
}

/* y = x², z = (dy/dx)³ + y */
static void a_gradient_used_in_a_formula_is_differentiated_on(void **state)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF);
    NbVar *y = nb_apply2(ctx, &nb_op_pow, NB_VAR(x), NB_NUM(2));
    NbVar *g = derivative(nb_var_ref(y), x);
    NbVar *cube = nb_apply2(ctx, &nb_op_pow, NB_VAR(g), NB_NUM(3));
    NbVar *z = nb_apply2(ctx, &nb_op_add, NB_VAR(cube), NB_VAR(y));
    (void)state;
    assert_int_equal(nb_backward(z, NULL), NB_OK);
    assert_close(nb_var_grad_value(x), 100, TOLERANCE);
    NbVar *drop[] = {z, cube, g, y, x};
    for (size_t i = 0; i < sizeof drop / sizeof *drop; i++) {
        nb_var_unref(&drop[i]);
    }
}

/* --- h_ops_half.json --- */

typedef struct Array {
    NbShape shape;
    double data[64];
    int64_t size;
} Array;

typedef struct Golden {
    char op[128];
    Array input[4], out, seed, grad[4];
    int ninputs, ngrads;
} Golden;

static void expect_char(FILE *f, const char *wanted)
{
    int c = fgetc(f);
    while (c == ' ' || c == '\n' || c == ',' || c == ':') {
        c = fgetc(f);
    }
    if (c == EOF || strchr(wanted, c) == NULL) {
        fail_msg("golden file: '%c' where one of %s was expected", c, wanted);
    }
}

static int peek(FILE *f)
{
    int c = fgetc(f);
    while (c == ' ' || c == '\n' || c == ',' || c == ':') {
        c = fgetc(f);
    }
    ungetc(c, f);
    return c;
}

static void read_string(FILE *f, char *to, size_t cap)
{
    size_t n = 0;
    expect_char(f, "\"");
    for (int c = fgetc(f); c != '"' && c != EOF; c = fgetc(f)) {
        if (n + 1 < cap) {
            to[n++] = (char)c;
        }
    }
    to[n] = '\0';
}

static int read_numbers(FILE *f, double *to, int cap)
{
    int n = 0;
    expect_char(f, "[");
    while (peek(f) != ']') {
        assert_true(n < cap);
        assert_int_equal(fscanf(f, "%lf", &to[n++]), 1);
    }
    expect_char(f, "]");
    return n;
}

static void read_array(FILE *f, Array *a)
{
    char key[16];
    double sizes[NB_MAX_RANK];
    expect_char(f, "{");
    while (peek(f) != '}') {
        read_string(f, key, sizeof key);
        if (strcmp(key, "shape") == 0) {
            a->shape.rank = read_numbers(f, sizes, NB_MAX_RANK);
            for (int i = 0; i < a->shape.rank; i++) {
                a->shape.dim[i] = (int64_t)sizes[i];
            }
        } else {
            a->size = read_numbers(f, a->data, 64);
        }
    }
    expect_char(f, "}");
}

static int read_arrays(FILE *f, Array *to)
{
    int n = 0;
    expect_char(f, "[");
    while (peek(f) != ']') {
        assert_true(n < 4);
        read_array(f, &to[n++]);
    }
    expect_char(f, "]");
    return n;
}

static bool read_golden(FILE *f, Golden *g)
{
    char key[16];
    memset(g, 0, sizeof *g);
    if (peek(f) == ']') {
        return false;
    }
    expect_char(f, "{");
    while (peek(f) != '}') {
        read_string(f, key, sizeof key);
        if (strcmp(key, "op") == 0) {
            read_string(f, g->op, sizeof g->op);
        } else if (strcmp(key, "inputs") == 0) {
            g->ninputs = read_arrays(f, g->input);
        } else if (strcmp(key, "grads") == 0) {
            g->ngrads = read_arrays(f, g->grad);
        } else {
            read_array(f, strcmp(key, "out") == 0 ? &g->out : &g->seed);
        }
    }
    expect_char(f, "}");
    return true;
}

/* How the file's names are said here: the first entry that the name starts with. */
static const struct {
    const char *start, *op, *options;
} said[] = {
    {"Add", "add", ""},
    {"Mul", "mul", ""},
    {"Div bcast", "div", ""},
    {"Cos", "cos", ""},
    {"Exp", "exp", ""},
    {"Neg", "neg", ""},
    {"ReLU", "relu", ""},
    {"Log", "log", ""},
    {"Sum[]", "sum", ""},
    {"Sum[1]", "sum", "axis=1"},
    {"Sum[0 2]", "sum", "axis=0,2"},
    {"Sum[-1]", "sum", "axis=-1"},
    {"SumTo(1,3)", "sum_to", "shape=1,3"},
    {"SumTo(1)", "sum_to", "shape=1"},
    {"Variance[]", "variance", ""},
    {"Variance[1]", "variance", "axis=1"},
    {"Variance[0 2]", "variance", "axis=0,2"},
    {"Min[]", "min", ""},
    {"Min[1]", "min", "axis=1"},
    {"Min[0 2]", "min", "axis=0,2"},
    {"Mean[0]", "mean", "axis=0"},
    {"Mean[2]", "mean", "axis=2"},
    {"Mean[0 1 2]", "mean", "axis=0,1,2"},
    {"Max[0]", "max", "axis=0"},
    {"Max[2]", "max", "axis=2"},
    {"Max[0 1 2]", "max", "axis=0,1,2"},
    {"BroadcastTo(4,2,3)", "broadcast_to", "shape=4,2,3"},
    {"Transpose(1,0)", "transpose", "axis=1,0"},
    {"Transpose(-1,-2)", "transpose", "axis=-1,-2"},
    {"MatMul", "matmul", ""},
    {"GetItem(0,[1,1,-2])", "index", "index=[1;1;-2]"},
    {"Concat(0)", "concat", "axis=0"},
    {"Split([1,2],1)[1]", "index", "index=:,1:3"},
    {"Squeeze(1)", "squeeze", "axis=1"},
    {"Softmax(1)", "softmax", "axis=1"},
    {"SoftmaxSimple axis 1", "softmax", "axis=1"},
    {"MeanSquaredError", "mse", ""},
    {"CrossEntropy", "cross_entropy", ""},
    {"Linear", "linear", ""},
};

static NbVar *golden_value(const Golden *g, NbVar *const in[])
{
    const double labels[2] = {2, 0};
    NbVar *more[3] = {in[0], NULL, NULL};
    if (strncmp(g->op, "SubC", 4) == 0) {
        return nb_apply2(ctx, &nb_op_sub, NB_NUM(2.5), NB_VAR(in[0]));
    }
    if (strncmp(g->op, "DivC", 4) == 0) {
        return nb_apply2(ctx, &nb_op_div, NB_NUM(2.5), NB_VAR(in[0]));
    }
    if (strncmp(g->op, "Pow(0.5)", 8) == 0) {
        return nb_apply2(ctx, &nb_op_pow, NB_VAR(in[0]), NB_NUM(0.5));
    }
    if (strncmp(g->op, "CrossEntropy", 12) == 0) {
        more[1] = var_of("2", labels, NB_CONST);
        NbVar *y = apply("cross_entropy", more, 2, "");
        nb_var_unref(&more[1]);
        return y;
    }
    if (strncmp(g->op, "DropoutSimple", 13) == 0) { /* its mask is drawn from seed 0 */
        nb_rng_seed(nb_ctx_dropout_rng(ctx), 0, 0);
        return apply("dropout", in, 1, "num=0.5");
    }
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        if (strncmp(g->op, said[i].start, strlen(said[i].start)) == 0) {
            return apply(said[i].op, in, g->ninputs, said[i].options);
        }
    }
    fail_msg("golden case %s is not known", g->op);
    return NULL;
}

static void compare(const Golden *g, const char *what, const double *got, const Array *want)
{
    for (int64_t k = 0; k < want->size; k++) {
        const double scale = fabs(want->data[k]) > 1 ? fabs(want->data[k]) : 1;
        if (!(fabs(got[k] - want->data[k]) <= TOLERANCE * scale)) {
            fail_msg("%s: %s %d: %.17g is not %.17g", g->op, what, (int)k, got[k], want->data[k]);
        }
    }
}

static void check_golden(const Golden *g, bool graph)
{
    NbVar *in[4] = {NULL};
    double numbers[64];
    NbTensor tmp;
    for (int i = 0; i < g->ninputs; i++) {
        in[i] =
            nb_var_tensor(ctx, nb_tensor_from(&g->input[i].shape, g->input[i].data, NULL), NB_LEAF);
    }
    NbVar *y = golden_value(g, in);
    if (y == NULL) {
        fail_msg("%s: %s", g->op, nb_ctx_err(ctx)->msg);
    }
    assert_int_equal(size_of(y), g->out.size);
    for (int64_t k = 0; k < g->out.size; k++) {
        numbers[k] = at(y, k);
    }
    compare(g, "value", numbers, &g->out);
    NbTensor *seed = nb_tensor_from(nb_var_shape(y), g->seed.data, NULL);
    const NbSweep sweep = {.seed = seed, .create_graph = graph};
    assert_int_equal(nb_backward(y, &sweep), NB_OK);
    for (int i = 0; i < g->ngrads; i++) {
        const NbTensor *grad = nb_var_grad_data(in[i], &tmp);
        assert_non_null(grad);
        for (int64_t k = 0; k < g->grad[i].size; k++) {
            numbers[k] = nb_tensor_at(grad, k);
        }
        compare(g, "gradient", numbers, &g->grad[i]);
    }
    nb_tensor_unref(&seed);
    nb_var_unref(&y);
    for (int i = 0; i < g->ninputs; i++) {
        nb_var_clear_grad(in[i]);
        nb_var_unref(&in[i]);
    }
}

static void operations_have_the_golden_values_and_gradients(void **state)
{
    static Golden g;
    int cases = 0;
    (void)state;
    FILE *f = test_golden("h_ops_half.json");
    expect_char(f, "[");
    while (read_golden(f, &g)) {
        check_golden(&g, false);
        check_golden(&g, true);
        cases++;
    }
    fclose(f);
    assert_int_equal(cases, 47);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(derivatives_to_order_six_equal_the_golden_ones),
        TEST(newton_by_second_derivatives_takes_the_golden_steps),
        TEST(a_gradient_used_in_a_formula_is_differentiated_on),
        TEST(operations_have_the_golden_values_and_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

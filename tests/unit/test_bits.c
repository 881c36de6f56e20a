/* test_bits.c -- the same bits: scalar and element, sweep and graph, of every operation */
#include <float.h>

#include "op_cases.h"

static const double awkward[] = {
    0.3,     1,       -1,     0.0,    -0.0,    2,        -2,        0.5,    -0.7,
    3,       1.0 / 3, 0.1,    -0.1,   1e-9,    -1e-9,    5e-324,    1e-310, -1e-310,
    DBL_MIN, 1e-200,  1e-154, 1e-20,  0.9999,  -0.9999,  1 - 1e-16, 2.3,    -2.4,
    2.7,     5.5,     -5.5,   18.7,   -18.7,   20,       36.9,      -36.9,  40,
    88.7,    -88.7,   350,    -350,   700,     -700,     709.7,     -709.7, 710,
    -745,    -746,    1000,   -1000,  1e6,     -1e6,     1e16,      1e154,  -1e154,
    1e200,   -1e300,  1e308,  -1e308, DBL_MAX, INFINITY, -INFINITY, NAN,    3.14159265358979,
};
enum { AWKWARD = sizeof awkward / sizeof *awkward, LONGEST = 17 };

static int wrong; /* so far, so that one run tells all */

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void expect_same(const NbOp *op, const char *what, const double x[3], double got,
                        double want)
{
    if (!same(got, want)) {
        wrong++;
        if (wrong <= 40) {
            print_message("%s at (%.17g, %.17g, %.17g): %s %.17g is not %.17g\n", op->name, x[0],
                          x[1], x[2], what, got, want);
        }
    }
}

/* Operand i of trial k: every number meets every other. */
static double operand(const NbOp *op, int i, int k)
{
    const double x = awkward[(i == 0 ? k : i == 1 ? k / AWKWARD : k / 7 + 3) % AWKWARD];
    return draws_data(op, i) ? floor(op->whole[i] * (k % 97) / 97.0) : x;
}

static bool on_trial(const NbOp *op)
{
    return op->flags & NB_OP_ELEMENTWISE && op->max_in > 0 && op->max_in <= 3 && op->forward &&
           !(op->flags & NB_OP_RANDOM);
}

/* y and the gradients of its elements by their operands, with or without a graph; false where there
 * is no gradient. */
typedef struct Result {
    double y[LONGEST], g[3][LONGEST];
    bool has[3];
} Result;

/* False when the operation refuses these numbers. */
static bool run(const NbOp *op, int n, const char *shape, int elements, double x[3][LONGEST],
                bool graph, const double *from, Result *r)
{
    NbVar *in[3], *out[3] = {0};
    NbArg arg[3];
    NbAttrs a = nb_op_attrs(op);
    for (int i = 0; i < n; i++) {
        in[i] = var_of(shape, x[i], draws_data(op, i) ? NB_CONST : NB_LEAF);
        arg[i] = NB_VAR(in[i]);
    }
    const bool short_call = op->nparams == n && n < 3; /* these have kernels for scalars */
    NbVar *y = !short_call ? nb_apply(ctx, op, arg, n, &a)
               : n == 1    ? nb_apply1(ctx, op, in[0])
                           : nb_apply2(ctx, op, arg[0], arg[1]);
    for (int i = 0; i < n && !y; i++) {
        nb_var_unref(&in[i]);
    }
    if (!y) {
        says(NB_EVALUE, "");
        nb_attrs_free(&a);
        return false;
    }
    for (int k = 0; k < elements; k++) {
        r->y[k] = at(y, k);
    }
    NbTensor *seed = nb_tensor_from(nb_var_shape(y), from, NULL);
    const bool takes = op->grad && nb_var_takes_grad(y);
    if (takes && graph) {
        for (int i = 0; i < n; i++) {
            if (!draws_data(op, i)) {
                assert_int_equal(nb_gradients(y, seed, true, &in[i], 1, &out[i]), NB_OK);
            }
        }
    } else if (takes) {
        assert_int_equal(nb_backward(y, &(NbSweep){.seed = seed}), NB_OK);
    }
    for (int i = 0; i < n; i++) {
        NbTensor tmp;
        const NbTensor *g = !takes || draws_data(op, i) ? NULL
                            : graph                     ? nb_var_data(out[i], &tmp)
                                                        : nb_var_grad_data(in[i], &tmp);
        r->has[i] = takes && !draws_data(op, i);
        for (int k = 0; k < elements; k++) {
            r->g[i][k] = g ? nb_tensor_at(g, k) : 0;
        }
        nb_var_unref(&out[i]);
        nb_var_unref(&in[i]);
    }
    nb_tensor_unref(&seed);
    nb_attrs_free(&a);
    nb_var_unref(&y);
    return true;
}

static const double upstream[LONGEST] = {1,  3,    0.3, -7,   1,       49,       1.0 / 3, 0.7, -1,
                                         13, 1e10, 0.1, 1e-5, 2.0 / 7, -1.0 / 9, 11,      0.9};

typedef void Trial(const NbOp *op, int n, int from);

static void every_operation(Trial *trial, int step)
{
    wrong = 0;
    for (int o = 0; o < nb_op_count(); o++) {
        const NbOp *op = nb_op_at(o);
        for (int n = op->min_in; on_trial(op) && n <= op->max_in; n++) {
            const int trials = n == 1 ? AWKWARD : AWKWARD * AWKWARD;
            for (int from = 0; from < trials; from += step) {
                trial(op, n, from);
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void fill(const NbOp *op, int n, int from, double x[3][LONGEST])
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < LONGEST; k++) {
            x[i][k] = operand(op, i, from + k);
        }
    }
}

static void compare(const NbOp *op, int n, double x[3][LONGEST], int k, const Result *one, int j,
                    const Result *other, const char *what)
{
    const double point[3] = {x[0][k], n > 1 ? x[1][k] : 0, n > 2 ? x[2][k] : 0};
    char text[64];
    snprintf(text, sizeof text, "%s value", what);
    expect_same(op, text, point, one->y[k], other->y[j]);
    for (int i = 0; i < n; i++) {
        if (one->has[i]) {
            snprintf(text, sizeof text, "%s gradient by operand %d", what, i);
            expect_same(op, text, point, one->g[i][k], other->g[i][j]);
        }
    }
}

static void as_scalar_and_as_element(const NbOp *op, int n, int from)
{
    static const struct {
        const char *shape;
        int elements;
    } in[] = {{"1", 1}, {"3", 3}, {"8", 8}, {"17", 17}};
    double x[3][LONGEST];
    Result whole, one;
    memset(&one, 0, sizeof one);
    fill(op, n, from, x);
    for (size_t s = 0; s < sizeof in / sizeof *in; s++) {
        const bool all = run(op, n, in[s].shape, in[s].elements, x, false, upstream, &whole);
        for (int k = 0; all && k < in[s].elements; k++) {
            double point[3][LONGEST] = {{x[0][k]}, {x[1][k]}, {x[2][k]}};
            assert_true(run(op, n, "-", 1, point, false, upstream + k, &one));
            compare(op, n, x, k, &whole, 0, &one, in[s].shape);
        }
    }
}

static void a_scalar_and_an_element_have_the_same_bits(void **state)
{
    (void)state;
    every_operation(as_scalar_and_as_element, LONGEST);
}

static void swept_and_by_graph(const NbOp *op, int n, int from)
{
    double x[3][LONGEST];
    Result swept, graph;
    memset(&graph, 0, sizeof graph);
    fill(op, n, from, x);
    const bool both = run(op, n, "17", LONGEST, x, false, upstream, &swept) &&
                      run(op, n, "17", LONGEST, x, true, upstream, &graph);
    for (int k = 0; both && k < LONGEST; k++) {
        compare(op, n, x, k, &swept, k, &graph, "swept beside graph:");
    }
}

static void a_sweep_and_its_graph_have_the_same_bits(void **state)
{
    (void)state;
    every_operation(swept_and_by_graph, LONGEST);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scalar_and_an_element_have_the_same_bits),
        cmocka_unit_test(a_sweep_and_its_graph_have_the_same_bits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* test_vecmath.c -- vector kernels: within an ulp, and the same on every vector width */
#include "test.h"

#include <float.h>
#include <string.h>

#include "tensor/dense.h"
#include "tensor/trig.h"
#include "tensor/vecmath.h"

/* The kernels once more, for the narrowest vectors of the machine. */
#define NB_NO_CLONES
#define nb_vec_exp narrow_exp
#define nb_vec_tanh narrow_tanh
#define nb_vec_sigmoid narrow_sigmoid
#define nb_exp_of narrow_exp_of
#define nb_tanh_of narrow_tanh_of
#define nb_sigmoid_of narrow_sigmoid_of
#define nb_dense_repeat narrow_repeat
#define nb_dense_sum_rows narrow_sum_rows
#define nb_dense_weigh_rows narrow_weigh_rows
#define nb_dense_outer narrow_outer
void narrow_exp(int64_t n, const double *x, double *y);
void narrow_tanh(int64_t n, const double *x, double *y);
void narrow_sigmoid(int64_t n, const double *x, double *y);
double narrow_exp_of(double x);
double narrow_tanh_of(double x);
double narrow_sigmoid_of(double x);
void narrow_repeat(double *to, const double *row, int64_t m, int64_t n);
void narrow_sum_rows(double *to, const double *x, int64_t m, int64_t n, bool add);
void narrow_weigh_rows(double *to, const double *x, const double *w, int64_t step, int64_t m,
                       int64_t n, bool add);
void narrow_outer(double *to, const double *a, int64_t step, const double *b, int64_t m, int64_t n,
                  bool add);
#include "tensor/dense.c"
#include "tensor/vecmath.c"
#undef nb_vec_exp
#undef nb_vec_tanh
#undef nb_vec_sigmoid
#undef nb_exp_of
#undef nb_tanh_of
#undef nb_sigmoid_of
#undef nb_dense_repeat
#undef nb_dense_sum_rows
#undef nb_dense_weigh_rows
#undef nb_dense_outer

typedef void Kernel(int64_t n, const double *x, double *y);
typedef long double Exact(long double x);

static long double sigmoid_exactly(long double x)
{
    long double e = expl(-fabsl(x));
    return (x < 0 ? e : 1) / (1 + e);
}

static const struct {
    const char *name;
    Kernel *kernel, *narrow;
    Exact *exact;
} functions[] = {{"exp", nb_vec_exp, narrow_exp, expl},
                 {"tanh", nb_vec_tanh, narrow_tanh, tanhl},
                 {"sigmoid", nb_vec_sigmoid, narrow_sigmoid, sigmoid_exactly}};

enum { FUNCTIONS = 3, N = 3001 };

/* Steps over the whole range, more densely near 0, and what lies between powers of two. */
static void arguments(double *x, int round)
{
    static const double range[] = {1, 2, 20, 80, 740, 1e-3};
    for (int i = 0; i < N; i++) {
        double u = (2.0 * i - N + 1) / (N - 1);
        x[i] = u * range[round] * (1 + 1e-4 * sin(i));
    }
}

enum { ROUNDS = 6 };

static void results_are_within_an_ulp(void **state)
{
    (void)state;
    static double x[N], y[N];
    volatile long double little = 1;
    little += 0x1p-60L;
    if (little == 1) { /* valgrind has no longer type: the reference itself is off */
        skip();
    }
    for (int round = 0; round < ROUNDS; round++) {
        arguments(x, round);
        for (int f = 0; f < FUNCTIONS; f++) {
            functions[f].kernel(N, x, y);
            for (int i = 0; i < N; i++) {
                long double want = functions[f].exact(x[i]);
                int e;
                frexpl(want, &e);
                if (want > DBL_MAX) {
                    assert_true(isinf(y[i]));
                    continue;
                }
                long double ulp = ldexpl(1, e - DBL_MANT_DIG > -1074 ? e - DBL_MANT_DIG : -1074);
                if (fabsl(y[i] - want) > ulp) {
                    fail_msg("%s(%.17g) = %.17g, %.2Lf ulp off", functions[f].name, x[i], y[i],
                             fabsl(y[i] - want) / ulp);
                }
            }
        }
    }
}

static void results_do_not_depend_on_the_vector_width(void **state)
{
    (void)state;
    static double x[N], wide[N], narrow[N], one[N];
    for (int round = 0; round < ROUNDS; round++) {
        arguments(x, round);
        for (int f = 0; f < FUNCTIONS; f++) {
            functions[f].kernel(N, x, wide);
            functions[f].narrow(N, x, narrow);
            for (int i = 0; i < N; i++) {
                functions[f].kernel(1, &x[i], &one[i]);
            }
            assert_memory_equal(wide, narrow, sizeof wide);
            assert_memory_equal(wide, one, sizeof wide);
        }
    }
}

enum { MOST_ROWS = 13, MOST_COLUMNS = 133 };

static void rows_are_summed_repeated_and_multiplied_alike_on_every_width(void **state)
{
    (void)state;
    static double x[MOST_ROWS * MOST_COLUMNS], a[2][MOST_ROWS * MOST_COLUMNS], w[2 * MOST_ROWS];
    static const int columns[] = {1, 2, 7, 8, 9, 10, 16, 63, 64, 65, 133};
    for (int i = 0; i < MOST_ROWS * MOST_COLUMNS; i++) {
        x[i] = sin(1 + i) * exp(cos(i));
    }
    for (int i = 0; i < 2 * MOST_ROWS; i++) {
        w[i] = cos(i);
    }
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (int m = 0; m <= MOST_ROWS; m++) {
            const int n = columns[c];
            const size_t row = (size_t)n * sizeof(double), all = (size_t)m * row;
            for (int add = 0; add < 2; add++) {
                memset(a, 0, sizeof a);
                nb_dense_sum_rows(a[0], x, m, n, add);
                narrow_sum_rows(a[1], x, m, n, add);
                assert_memory_equal(a[0], a[1], row);
                double sum = 0, weighed = 0;
                for (int i = 0; i < m; i++) {
                    sum += x[i * n + n - 1];
                    weighed += w[2 * i] * x[i * n + n - 1];
                }
                assert_close(a[0][n - 1], sum, 1e-14);
                memset(a, 0, sizeof a);
                nb_dense_weigh_rows(a[0], x, w, 2, m, n, add);
                narrow_weigh_rows(a[1], x, w, 2, m, n, add);
                assert_memory_equal(a[0], a[1], row);
                assert_close(a[0][n - 1], weighed, 1e-14);
                memset(a, 0, sizeof a);
                nb_dense_outer(a[0], w, 2, x, m, n, add);
                narrow_outer(a[1], w, 2, x, m, n, add);
                assert_memory_equal(a[0], a[1], all);
                if (m > 0) {
                    assert_true(a[0][m * n - 1] == w[2 * (m - 1)] * x[n - 1]);
                }
            }
            nb_dense_repeat(a[0], x, m, n);
            narrow_repeat(a[1], x, m, n);
            assert_memory_equal(a[0], a[1], all);
            if (m > 0) {
                assert_memory_equal(&a[0][(m - 1) * n], x, row);
            }
        }
    }
}

/* Digits of bc -l with scale=60; the large ones need many bits of π. */
static void sines_and_cosines_are_near_and_far_within_an_ulp(void **state)
{
    static const struct {
        double x, sine, cosine;
    } row[] = {
        {0, 0, 1},
        {0.5, 0.479425538604203000, 0.877582561890372716},
        {3, 0.141120008059867222, -0.989992496600445457},
        {-11, 0.999990206550703457, 0.00442569798805078574},
        {1e22, -0.852200849767188801773, 0.523214785395138945498},
        {0x1p1000, -0.159201703086242438240, 0.987246077598913483424},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_close(nb_sin_of(row[i].x), row[i].sine, 2.3e-16);
        assert_close(nb_cos_of(row[i].x), row[i].cosine, 2.3e-16);
        assert_true(nb_sin_of(-row[i].x) == -nb_sin_of(row[i].x));
        assert_true(nb_cos_of(-row[i].x) == nb_cos_of(row[i].x));
    }
    for (double n = 1; n < 1e6; n *= 1.37) { /* where almost nothing is left */
        double x = floor(n) * 3.14159265358979323846 / 2;
        assert_close(nb_sin_of(x), (double)sinl((long double)x), 1e-15);
        assert_close(nb_cos_of(x), (double)cosl((long double)x), 1e-15);
    }
    assert_true(isnan(nb_sin_of(INFINITY)) && isnan(nb_cos_of(NAN)));
    assert_true(signbit(nb_sin_of(-0.0)) && nb_sin_of(1e-310) == 1e-310);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sines_and_cosines_are_near_and_far_within_an_ulp),
    cmocka_unit_test(results_are_within_an_ulp),
    cmocka_unit_test(results_do_not_depend_on_the_vector_width),
    cmocka_unit_test(rows_are_summed_repeated_and_multiplied_alike_on_every_width),
};

NB_TEST_MAIN(tests)

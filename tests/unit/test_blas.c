/* test_blas.c -- the matrix product behind blas.h against its definition, in every layout */
#include <string.h>

#include <nabla/rng.h>

#include "tensor/blas.h"
#include "test.h"

enum { SPARE = 3 }; /* doubles between rows that are not dense */

typedef struct Room {
    double *mem;
    NbMatrix m;
} Room;

/* Rows dense (0), columns dense (1), or neither (2). */
static Room room(NbRng *rng, int64_t rows, int64_t cols, int layout)
{
    const int64_t row = layout == 1 ? 1 : (cols + SPARE) * (1 + layout / 2);
    const int64_t col = layout == 1 ? rows + SPARE : 1 + layout / 2;
    const size_t n = (size_t)((rows + SPARE) * (cols + SPARE) * 4);
    Room r = {malloc(n * sizeof(double)), {NULL, rows, cols, row, col}};
    assert_non_null(r.mem);
    r.m.p = r.mem;
    for (size_t i = 0; i < n; i++) {
        r.mem[i] = nb_rng_uniform(rng) - 0.5;
    }
    return r;
}

static double at(const NbMatrix *m, int64_t i, int64_t j)
{
    return m->p[i * m->row + j * m->col];
}

static void compare(NbRng *rng, int64_t m, int64_t k, int64_t n, int la, int lb, bool add)
{
    Room a = room(rng, m, k, la), b = room(rng, k, n, lb), c = room(rng, m, n, 0);
    Room was = room(rng, m, n, 0);
    memcpy(was.mem, c.mem, (size_t)(m * c.m.row) * sizeof(double));
    assert_int_equal(nb_blas_product(a.m, b.m, c.m, add, NULL), NB_OK);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            long double sum = add ? at(&was.m, i, j) : 0;
            for (int64_t p = 0; p < k; p++) {
                sum += (long double)at(&a.m, i, p) * at(&b.m, p, j);
            }
            assert_close(at(&c.m, i, j), (double)sum, 1e-12);
        }
        for (int64_t j = n; j < c.m.row && i + 1 < m; j++) {
            assert_true(at(&c.m, i, j) == at(&was.m, i, j)); /* between the rows: left alone */
        }
    }
    free(a.mem), free(b.mem), free(c.mem), free(was.mem);
}

static void products_of_every_size_and_layout_are_right(void **state)
{
    (void)state;
    static const int64_t size[][3] = {{1, 1, 1},     {1, 7, 1},    {5, 1, 3},     {1, 9, 8},
                                      {9, 8, 1},     {4, 4, 8},    {5, 3, 9},     {17, 33, 10},
                                      {64, 256, 32}, {65, 257, 9}, {3, 600, 513}, {130, 20, 515},
                                      {2, 513, 2}};
    NbRng rng;
    nb_rng_seed(&rng, 7, 0);
    for (size_t s = 0; s < sizeof size / sizeof size[0]; s++) {
        for (int layouts = 0; layouts < 9; layouts++) {
            compare(&rng, size[s][0], size[s][1], size[s][2], layouts / 3, layouts % 3,
                    layouts % 2 == 1);
        }
    }
}

static void nan_and_infinity_reach_only_their_row_and_column(void **state)
{
    (void)state;
    NbRng rng;
    nb_rng_seed(&rng, 8, 0);
    Room a = room(&rng, 6, 5, 0), b = room(&rng, 5, 9, 0), c = room(&rng, 6, 9, 0);
    a.m.p[2 * a.m.row + 4] = NAN;
    b.m.p[0 * b.m.row + 7] = INFINITY;
    assert_int_equal(nb_blas_product(a.m, b.m, c.m, false, NULL), NB_OK);
    for (int64_t i = 0; i < 6; i++) {
        for (int64_t j = 0; j < 9; j++) {
            assert_int_equal(isfinite(at(&c.m, i, j)), i != 2 && j != 7);
        }
    }
    assert_true(isnan(at(&c.m, 2, 0)));
    assert_true(isinf(at(&c.m, 0, 7)));
    free(a.mem), free(b.mem), free(c.mem);
}

static void the_implementation_has_a_name(void **state)
{
    (void)state;
    assert_true(strlen(nb_blas_name()) > 0);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_of_every_size_and_layout_are_right),
        cmocka_unit_test(nan_and_infinity_reach_only_their_row_and_column),
        cmocka_unit_test(the_implementation_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

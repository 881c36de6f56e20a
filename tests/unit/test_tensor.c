/* test_tensor.c -- shapes, life of tensors and views, broadcasting, matrix products, vector math */
#include "test.h"

#include <float.h>
#include <string.h>

#include <nabla/tensor.h>

#include "tensor/gemm.h"
#include "tensor/loop.h"
#include "tensor/storage.h"
#include "tensor/vecmath.h"

static int trim(void **state)
{
    (void)state;
    nb_storage_trim();
    nb_tensor_set_limit(0);
    return 0;
}

static NbTensor *counting(NbShape s)
{
    NbTensor *t = nb_tensor_new(&s, NULL);
    assert_non_null(t);
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = (double)i;
    }
    return t;
}

static void assert_elements(const NbTensor *t, const double *want, int64_t n)
{
    assert_int_equal(t->size, n);
    for (int64_t i = 0; i < n; i++) {
        assert_float_equal(nb_tensor_at(t, i), want[i], 0);
    }
}

/* --- shapes --- */

static void shapes_are_written_as_tuples(void **state)
{
    char buf[160];
    const NbShape scalar = nb_shape(0);
    const NbShape vector = nb_shape(1, 4);
    const NbShape matrix = nb_shape(2, 2, 3);
    (void)state;
    assert_string_equal(nb_shape_text(&scalar, buf, sizeof buf), "()");
    assert_string_equal(nb_shape_text(&vector, buf, sizeof buf), "(4,)");
    assert_string_equal(nb_shape_text(&matrix, buf, sizeof buf), "(2, 3)");
}

static void shape_text_stops_at_the_end_of_its_buffer(void **state)
{
    char buf[8] = "1234567";
    const NbShape s = nb_shape(3, 1000, 1000, 1000);
    (void)state;
    nb_shape_text(&s, buf, 5);
    assert_string_equal(buf, "(100");
    assert_int_equal(buf[5], '6');
}

static void broadcasting_aligns_shapes_at_the_last_axis(void **state)
{
    const NbShape a = nb_shape(3, 4, 1, 3);
    const NbShape b = nb_shape(2, 2, 1);
    const NbShape want = nb_shape(3, 4, 2, 3);
    NbShape out;
    (void)state;
    assert_int_equal(nb_shape_broadcast(&a, &b, &out, NULL), NB_OK);
    assert_true(nb_shape_equal(&out, &want));
}

static void broadcasting_refuses_sizes_that_differ(void **state)
{
    const NbShape a = nb_shape(2, 2, 3);
    const NbShape b = nb_shape(1, 4);
    NbShape out;
    NbErr err = {0};
    (void)state;
    assert_int_equal(nb_shape_broadcast(&a, &b, &out, &err), NB_ESHAPE);
    assert_string_equal(err.msg, "shapes do not fit: (2, 3) and (4,)");
}

static void a_size_that_overflows_is_an_error(void **state)
{
    NbShape s = {.rank = 2, .dim = {INT64_MAX / 2, INT64_MAX / 2}};
    NbErr err = {0};
    int64_t n;
    (void)state;
    assert_int_equal(nb_shape_size(&s, &n, &err), NB_EMEM);
    assert_null(nb_tensor_new(&s, NULL));
}

static void an_axis_of_size_zero_empties_a_huge_shape(void **state)
{
    NbShape s = {.rank = 3, .dim = {INT64_MAX / 2, 0, INT64_MAX / 2}};
    int64_t n = -1;
    (void)state;
    assert_int_equal(nb_shape_size(&s, &n, NULL), NB_OK);
    assert_int_equal(n, 0);
}

static void the_limit_on_tensor_size_is_named_in_the_error(void **state)
{
    const NbShape s = nb_shape(2, 10, 11);
    NbErr err = {0};
    (void)state;
    nb_tensor_set_limit(100);
    assert_null(nb_tensor_new(&s, &err));
    assert_int_equal(err.code, NB_EMEM);
    assert_string_equal(err.msg,
                        "tensor (10, 11) is too large: the limit is 100 elements (8e-07 GB)");
}

static void negative_sizes_are_refused(void **state)
{
    const NbShape s = nb_shape(2, 3, -1);
    NbErr err = {0};
    int64_t n;
    (void)state;
    assert_int_equal(nb_shape_size(&s, &n, &err), NB_ESHAPE);
    assert_string_equal(err.msg, "sizes cannot be negative: (3, -1)");
}

static void negative_axes_count_from_the_end(void **state)
{
    NbErr err = {0};
    int axis = -9;
    (void)state;
    assert_int_equal(nb_axis_normalize(-1, 3, &axis, &err), NB_OK);
    assert_int_equal(axis, 2);
    assert_int_equal(nb_axis_normalize(-4, 3, &axis, &err), NB_EINDEX);
    assert_string_equal(err.msg, "axis -4 does not exist: the tensor has 3 axes");
}

/* --- life --- */

static void a_view_shares_its_storage(void **state)
{
    NbTensor *t = counting(nb_shape(2, 2, 3));
    const NbShape s = nb_shape(2, 3, 2);
    const int64_t stride[] = {1, 3};
    const double want[] = {0, 3, 1, 4, 2, 5};
    (void)state;
    NbTensor *v = nb_tensor_view(t, &s, stride, 0, NULL);
    assert_false(v->contiguous);
    assert_elements(v, want, 6);
    nb_tensor_put(v, 1, 30);
    assert_float_equal(t->data[3], 30, 0);
    assert_false(nb_tensor_sole(t));
    nb_tensor_unref(&v);
    assert_true(nb_tensor_sole(t));
    nb_tensor_unref(&t);
    assert_null(t);
}

static void a_view_outlives_the_tensor_it_was_made_from(void **state)
{
    NbTensor *t = counting(nb_shape(1, 4));
    const NbShape s = nb_shape(1, 2);
    const int64_t stride[] = {2};
    const double want[] = {1, 3};
    (void)state;
    NbTensor *v = nb_tensor_view(t, &s, stride, 1, NULL);
    nb_tensor_unref(&t);
    assert_elements(v, want, 2);
    nb_tensor_unref(&v);
}

static void released_storage_serves_the_next_tensor_of_its_size(void **state)
{
    NbTensor *t = counting(nb_shape(1, 1000));
    (void)state;
    nb_tensor_unref(&t);
    nb_mem_fail_at(1, true);
    NbShape s = nb_shape(1, 1000);
    t = nb_tensor_new(&s, NULL);
    assert_true(t != NULL || !NB_RECYCLE);
    nb_mem_fail_at(0, false);
    nb_tensor_unref(&t);
}

static void failed_allocations_are_errors(void **state)
{
    const NbShape s = nb_shape(2, 100, 100);
    (void)state;
    nb_storage_trim();
    for (uint64_t n = 1; n <= 2; n++) {
        NbErr err = {0};
        nb_mem_fail_at(n, true);
        assert_null(nb_tensor_full(&s, 1, &err));
        nb_mem_fail_at(0, false);
        assert_int_equal(err.code, NB_EMEM);
        assert_string_equal(err.msg, "out of memory for a tensor (100, 100)");
        nb_storage_trim();
    }
}

static void a_scalar_on_the_stack_owns_nothing(void **state)
{
    double x = 3;
    NbTensor t = nb_tensor_scalar(&x);
    (void)state;
    assert_int_equal(t.size, 1);
    assert_int_equal(t.shape.rank, 0);
    nb_tensor_fill(&t, 4);
    assert_float_equal(x, 4, 0);
}

/* --- copying --- */

static void assignment_broadcasts_the_source(void **state)
{
    NbTensor *t = counting(nb_shape(2, 2, 3));
    NbTensor *row = counting(nb_shape(1, 3));
    const double want[] = {0, 1, 2, 0, 1, 2};
    (void)state;
    assert_int_equal(nb_tensor_assign(t, row, NULL), NB_OK);
    assert_elements(t, want, 6);
    nb_tensor_unref(&row);
    nb_tensor_unref(&t);
}

static void assignment_never_broadcasts_the_destination(void **state)
{
    NbTensor *row = counting(nb_shape(1, 3));
    NbTensor *t = counting(nb_shape(2, 2, 3));
    NbErr err = {0};
    (void)state;
    assert_int_equal(nb_tensor_assign(row, t, &err), NB_ESHAPE);
    assert_string_equal(err.msg, "a value (2, 3) does not fit into (3,)");
    nb_tensor_unref(&row);
    nb_tensor_unref(&t);
}

static void overlapping_assignment_reads_the_old_values(void **state)
{
    NbTensor *t = counting(nb_shape(1, 5));
    const NbShape s = nb_shape(1, 4);
    const int64_t one[] = {1};
    const double want[] = {0, 0, 1, 2, 3};
    (void)state;
    NbTensor *from = nb_tensor_view(t, &s, one, 0, NULL);
    NbTensor *to = nb_tensor_view(t, &s, one, 1, NULL);
    assert_int_equal(nb_tensor_assign(to, from, NULL), NB_OK);
    assert_elements(t, want, 5);
    nb_tensor_unref(&from);
    nb_tensor_unref(&to);
    nb_tensor_unref(&t);
}

static void a_copy_of_a_view_is_dense(void **state)
{
    NbTensor *t = counting(nb_shape(3, 2, 3, 4));
    const NbShape s = nb_shape(2, 4, 3);
    const int64_t stride[] = {-1, 4};
    const double want[] = {15, 19, 23, 14, 18, 22, 13, 17, 21, 12, 16, 20};
    (void)state;
    NbTensor *v = nb_tensor_view(t, &s, stride, 15, NULL);
    NbTensor *c = nb_tensor_copy(v, NULL);
    assert_true(c->contiguous);
    for (int i = 0; i < 12; i++) {
        assert_float_equal(c->data[i], want[i], 0);
    }
    nb_tensor_unref(&c);
    nb_tensor_unref(&v);
    nb_tensor_unref(&t);
}

static void adding_respects_strides_on_both_sides(void **state)
{
    NbTensor *t = counting(nb_shape(2, 2, 2));
    const NbShape s = nb_shape(2, 2, 2);
    const int64_t swapped[] = {1, 2};
    const double want[] = {0, 3, 3, 6};
    (void)state;
    NbTensor *c = nb_tensor_copy(t, NULL);
    NbTensor *v = nb_tensor_view(c, &s, swapped, 0, NULL);
    nb_tensor_add(t, v);
    assert_elements(t, want, 4);
    nb_tensor_unref(&v);
    nb_tensor_unref(&c);
    nb_tensor_unref(&t);
}

/* --- not finite --- */

static void the_first_element_that_is_not_finite_is_found(void **state)
{
    NbTensor *t = counting(nb_shape(2, 100, 37));
    int64_t count = -1;
    (void)state;
    assert_int_equal(nb_tensor_nonfinite(t, &count), -1);
    assert_int_equal(count, 0);
    t->data[1234] = -INFINITY;
    t->data[3000] = NAN;
    assert_int_equal(nb_tensor_nonfinite(t, &count), 1234);
    assert_int_equal(count, 2);
    nb_tensor_unref(&t);
}

static void the_largest_double_is_finite(void **state)
{
    NbTensor *t = counting(nb_shape(1, 9));
    (void)state;
    t->data[3] = -DBL_MAX;
    t->data[8] = 4.9e-324;
    assert_int_equal(nb_tensor_nonfinite(t, NULL), -1);
    nb_tensor_unref(&t);
}

static void views_are_searched_in_their_own_order(void **state)
{
    NbTensor *t = counting(nb_shape(2, 2, 3));
    const NbShape s = nb_shape(3, 2, 3, 2);
    const int64_t stride[] = {0, 1, 3};
    int64_t count = 0;
    (void)state;
    t->data[3] = NAN;
    NbTensor *v = nb_tensor_view(t, &s, stride, 0, NULL);
    assert_int_equal(nb_tensor_nonfinite(v, &count), 1);
    assert_int_equal(count, 2);
    nb_tensor_unref(&v);
    nb_tensor_unref(&t);
}

/* --- sums, products, vector math --- */

static void sums_keep_small_terms_beside_large_ones(void **state)
{
    const int64_t n = 1 << 20;
    NbTensor *t = counting(nb_shape(1, (int)n));
    (void)state;
    nb_tensor_fill(t, 0.1);
    assert_float_equal(nb_sum_of(t->data, n, 1), 0.1 * (double)n, 1e-10);
    nb_tensor_unref(&t);
}

static void a_strided_sum_equals_the_dense_one(void **state)
{
    NbTensor *t = counting(nb_shape(1, 3000));
    double dense[1000];
    (void)state;
    for (int i = 0; i < 3000; i++) {
        t->data[i] = sin(i);
    }
    for (int i = 0; i < 1000; i++) {
        dense[i] = t->data[3 * i];
    }
    assert_float_equal(nb_sum_of(t->data, 1000, 3), nb_sum_of(dense, 1000, 1), 0);
    nb_tensor_unref(&t);
}

/* C by definition */
static void check_product(NbMatrix a, NbMatrix b, double *c, bool add)
{
    const NbMatrix mc = {c, a.rows, b.cols, b.cols, 1};
    double *before = malloc((size_t)(a.rows * b.cols) * sizeof *before);
    memcpy(before, c, (size_t)(a.rows * b.cols) * sizeof *before);
    assert_int_equal(nb_gemm(a, b, mc, add, NULL), NB_OK);
    for (int64_t i = 0; i < a.rows; i++) {
        for (int64_t j = 0; j < b.cols; j++) {
            double sum = add ? before[i * b.cols + j] : 0;
            for (int64_t k = 0; k < a.cols; k++) {
                sum += a.p[i * a.row + k * a.col] * b.p[k * b.row + j * b.col];
            }
            assert_close(c[i * b.cols + j], sum, 1e-12);
        }
    }
    free(before);
}

static void products_of_any_layout_follow_the_definition(void **state)
{
    enum { N = 60 };
    static double a[N * N];
    static double b[N * N];
    static double c[N * N];
    const int64_t sizes[] = {1, 2, 7, 19};
    (void)state;
    for (int i = 0; i < N * N; i++) {
        a[i] = sin(i);
        b[i] = cos(2 * i);
        c[i] = 0.5;
    }
    for (int at = 0; at < 64; at++) {
        const int64_t m = sizes[at & 3];
        const int64_t k = sizes[at >> 2 & 3];
        const int64_t n = sizes[at >> 4 & 3];
        const NbMatrix pa[] = {{a, m, k, k, 1},
                               {a, m, k, 1, m},
                               {a, m, k, N, 2},
                               {a, m, k, 0, 1},
                               {a + N * N - 1, m, k, -N, -1}};
        const NbMatrix pb[] = {{b, k, n, n, 1}, {b, k, n, 1, k}, {b, k, n, N, 3}, {b, k, n, 1, 0}};
        for (size_t i = 0; i < sizeof pa / sizeof *pa; i++) {
            for (size_t j = 0; j < sizeof pb / sizeof *pb; j++) {
                check_product(pa[i], pb[j], c, (i + j) % 2 == 1);
            }
        }
    }
}

static void a_long_product_made_in_blocks_follows_the_definition(void **state)
{
    (void)state;
    const NbShape s = {.rank = 2, .dim = {701, 701}};
    NbTensor *a = nb_tensor_new(&s, NULL), *b = nb_tensor_new(&s, NULL);
    NbTensor *c = nb_tensor_new(&s, NULL);
    assert_true(a && b && c);
    for (int64_t i = 0; i < a->size; i++) {
        a->data[i] = (double)(i % 13) - 6;
        b->data[i] = (double)(i % 7) - 3;
        c->data[i] = 1;
    }
    assert_int_equal(nb_gemm(nb_matrix_t(nb_matrix(a)), nb_matrix(b), nb_matrix(c), true, NULL),
                     NB_OK);
    for (int64_t i = 0; i < 701; i += 25) {
        for (int64_t j = 0; j < 701; j += 25) {
            double sum = 1;
            for (int64_t k = 0; k < 701; k++) {
                sum += a->data[k * 701 + i] * b->data[k * 701 + j];
            }
            assert_true(c->data[i * 701 + j] == sum); /* whole numbers: exact */
        }
    }
    nb_tensor_unref(&a);
    nb_tensor_unref(&b);
    nb_tensor_unref(&c);
}

static void a_long_product_can_be_stopped(void **state)
{
    (void)state;
    const NbShape s = {.rank = 2, .dim = {701, 701}};
    volatile sig_atomic_t stop = 1;
    NbErr err = {.stop = &stop};
    NbTensor *a = nb_tensor_new(&s, NULL), *c = nb_tensor_new(&s, NULL);
    assert_true(a && c);
    nb_tensor_fill(a, 1);
    assert_int_equal(nb_gemm(nb_matrix(a), nb_matrix(a), nb_matrix(c), false, &err), NB_EINTERRUPT);
    stop = 0;
    nb_err_clear(&err);
    assert_int_equal(nb_gemm(nb_matrix(a), nb_matrix(a), nb_matrix(c), false, &err), NB_OK);
    nb_tensor_unref(&a);
    nb_tensor_unref(&c);
}

static void a_product_over_an_empty_axis_is_zero(void **state)
{
    double c[4] = {1, 2, 3, 4};
    const NbMatrix a = {c, 2, 0, 1, 1};
    const NbMatrix b = {c, 0, 2, 2, 1};
    const NbMatrix mc = {c, 2, 2, 2, 1};
    (void)state;
    assert_int_equal(nb_gemm(a, b, mc, true, NULL), NB_OK);
    assert_float_equal(c[3], 4, 0);
    assert_int_equal(nb_gemm(a, b, mc, false, NULL), NB_OK);
    assert_float_equal(c[3], 0, 0);
}

static void vector_exp_tanh_and_sigmoid_agree_with_libm(void **state)
{
    enum { N = 20001 };
    static double x[N];
    static double y[N];
    (void)state;
    for (int i = 0; i < N; i++) {
        x[i] = (i - N / 2) * 0.075;
    }
    nb_vec_exp(N, x, y);
    for (int i = 0; i < N; i++) {
        const double want = exp(x[i]);
        assert_true(y[i] == want || fabs(y[i] - want) <= 4.5e-16 * want + 5e-324);
    }
    nb_vec_tanh(N, x, y);
    for (int i = 0; i < N; i++) {
        assert_true(fabs(y[i] - tanh(x[i])) <= 6e-16 * fabs(tanh(x[i])));
    }
    nb_vec_sigmoid(N, x, y);
    for (int i = 0; i < N; i++) {
        const double e = exp(-fabs(x[i]));
        const double want = (x[i] < 0 ? e : 1) / (1 + e);
        assert_true(fabs(y[i] - want) <= 8e-16 * want + 5e-324);
    }
}

static void vector_math_handles_the_ends_of_the_range(void **state)
{
    const double x[] = {INFINITY, -INFINITY, NAN, 709.78, 710, -745.2, -0.0, 1e-300, -1e-9};
    double y[9];
    (void)state;
    nb_vec_exp(9, x, y);
    assert_true(isinf(y[0]) && y[1] == 0 && isnan(y[2]) && isfinite(y[3]) && isinf(y[4]));
    assert_true(y[5] == 0 && y[6] == 1 && y[7] == 1);
    nb_vec_tanh(9, x, y);
    assert_true(y[0] == 1 && y[1] == -1 && isnan(y[2]) && signbit(y[6]) && y[7] == 1e-300);
    assert_float_equal(y[8], -1e-9, 1e-24);
    nb_vec_sigmoid(9, x, y);
    assert_true(y[0] == 1 && y[1] == 0 && isnan(y[2]) && y[6] == 0.5);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, NULL, trim)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(shapes_are_written_as_tuples),
        TEST(shape_text_stops_at_the_end_of_its_buffer),
        TEST(broadcasting_aligns_shapes_at_the_last_axis),
        TEST(broadcasting_refuses_sizes_that_differ),
        TEST(a_size_that_overflows_is_an_error),
        TEST(an_axis_of_size_zero_empties_a_huge_shape),
        TEST(the_limit_on_tensor_size_is_named_in_the_error),
        TEST(negative_sizes_are_refused),
        TEST(negative_axes_count_from_the_end),
        TEST(a_view_shares_its_storage),
        TEST(a_view_outlives_the_tensor_it_was_made_from),
        TEST(released_storage_serves_the_next_tensor_of_its_size),
        TEST(failed_allocations_are_errors),
        TEST(a_scalar_on_the_stack_owns_nothing),
        TEST(assignment_broadcasts_the_source),
        TEST(assignment_never_broadcasts_the_destination),
        TEST(overlapping_assignment_reads_the_old_values),
        TEST(a_copy_of_a_view_is_dense),
        TEST(adding_respects_strides_on_both_sides),
        TEST(the_first_element_that_is_not_finite_is_found),
        TEST(the_largest_double_is_finite),
        TEST(views_are_searched_in_their_own_order),
        TEST(sums_keep_small_terms_beside_large_ones),
        TEST(a_strided_sum_equals_the_dense_one),
        TEST(products_of_any_layout_follow_the_definition),
        TEST(a_long_product_made_in_blocks_follows_the_definition),
        TEST(a_long_product_can_be_stopped),
        TEST(a_product_over_an_empty_axis_is_zero),
        TEST(vector_exp_tanh_and_sigmoid_agree_with_libm),
        TEST(vector_math_handles_the_ends_of_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

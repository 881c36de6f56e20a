/* test_base.c -- numbers and tensors as text that reads back, and how wide text is */
#include "test.h"

#include <float.h>
#include <string.h>

#include <nabla/format.h>
#include <nabla/rng.h>

static const char *text(double x, int digits)
{
    static char buf[64];
    return nb_format_number(x, digits, buf, sizeof buf);
}

static void numbers_print_with_the_digits_asked_for(void **state)
{
    (void)state;
    assert_string_equal(text(256.9947240016001, 6), "256.995");
    assert_string_equal(text(-0.0, 6), "0");
    assert_string_equal(text(10, 6), "10");
    assert_string_equal(text(NAN, 6), "nan");
    assert_string_equal(text(-INFINITY, 6), "-inf");
    assert_string_equal(text(1.0 / 3, 3), "0.333");
}

static void full_digits_are_the_shortest_that_read_back(void **state)
{
    (void)state;
    assert_string_equal(text(0.1, NB_DIGITS_FULL), "0.1");
    assert_string_equal(text(0.040000000000000036, NB_DIGITS_FULL), "0.040000000000000036");
    assert_string_equal(text(5e-324, NB_DIGITS_FULL), "5e-324");
    assert_string_equal(text(100000, NB_DIGITS_FULL), "100000");
    NbRng r;
    nb_rng_seed(&r, 3, 4);
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = nb_rng_u64(&r);
        double x;
        memcpy(&x, &bits, sizeof x);
        if (isfinite(x)) {
            assert_true(strtod(text(x, NB_DIGITS_FULL), NULL) == x);
        }
    }
}

static void tensors_print_as_the_language_writes_them(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 4, 5, 6};
    NbShape s = nb_shape(2, 2, 3);
    NbTensor *t = nb_tensor_from(&s, x, NULL);
    char buf[100];
    nb_format_tensor(t, 6, 0, 0, buf, sizeof buf);
    assert_string_equal(buf, "[[1, 2, 3], [4, 5, 6]]");
    nb_format_tensor(t, 6, 4, 1, buf, sizeof buf);
    assert_string_equal(buf, "[[1, 2, 3], [4, ...]]");
    assert_int_equal(nb_format_tensor(t, 6, 0, 0, buf, 5), 22);
    assert_string_equal(buf, "[[1,");
    nb_tensor_unref(&t);
}

static void text_width_counts_columns_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(nb_text_width("∂f/∂x₁"), 6);
    assert_int_equal(nb_text_width("θ̂"), 1);
    assert_int_equal(nb_text_width("漢字"), 4);
    assert_int_equal(nb_text_width("\xff\xfe"), 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(numbers_print_with_the_digits_asked_for),
    cmocka_unit_test(full_digits_are_the_shortest_that_read_back),
    cmocka_unit_test(tensors_print_as_the_language_writes_them),
    cmocka_unit_test(text_width_counts_columns_not_bytes),
};

NB_TEST_MAIN(tests)

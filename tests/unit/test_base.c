/* test_base.c -- number formatting and the generator */
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

static double golden_after(const char *section, const char *key)
{
    static char json[70000];
    FILE *f = test_golden("d_rng.json");
    size_t n = fread(json, 1, sizeof json - 1, f);
    fclose(f);
    json[n] = '\0';
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(strstr(json, section), quoted);
    assert_non_null(at);
    return strtod(at + strlen(quoted), NULL);
}

static void a_million_draws_sum_to_the_golden_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t hi, lo;
    } seed[] = {{"seed_0_0", 0, 0}, {"seed_1_2", 1, 2}, {"seed_42_0", 42, 0}};
    for (int k = 0; k < 3; k++) {
        NbRng r;
        double uniform = 0, normal = 0, most = 0;
        nb_rng_seed(&r, seed[k].hi, seed[k].lo);
        for (int i = 0; i < 1000000; i++) {
            uniform += nb_rng_uniform(&r);
        }
        nb_rng_seed(&r, seed[k].hi, seed[k].lo);
        for (int i = 0; i < 1000000; i++) {
            double x = nb_rng_normal(&r);
            normal += x;
            most = fabs(x) > most ? fabs(x) : most;
        }
        assert_float_equal(uniform, golden_after(seed[k].name, "sum_1e6_float64"), 0);
        assert_close(normal, golden_after(seed[k].name, "sum_1e6_norm"), 1e-12);
        assert_close(most, golden_after(seed[k].name, "maxabs_1e6_norm"), 1e-14);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(numbers_print_with_the_digits_asked_for),
    cmocka_unit_test(full_digits_are_the_shortest_that_read_back),
    cmocka_unit_test(tensors_print_as_the_language_writes_them),
    cmocka_unit_test(text_width_counts_columns_not_bytes),
    cmocka_unit_test(a_million_draws_sum_to_the_golden_numbers),
};

NB_TEST_MAIN(tests)

/* test_latex.c -- names and numbers as LaTeX math */
#include "test.h"

#include <string.h>

#include <nabla/format.h>

static void assert_name(const char *name, const char *want)
{
    char got[400];
    size_t need = nb_latex_name(name, got, sizeof got);
    assert_string_equal(got, want);
    assert_int_equal(need, strlen(want));
}

static void letters_stay_and_words_are_italic(void **state)
{
    (void)state;
    assert_name("x", "x");
    assert_name("loss", "\\mathit{loss}");
    assert_name("W", "W");
}

static void underscores_digits_and_earlier_values_are_subscripts(void **state)
{
    (void)state;
    assert_name("x_1", "x_{1}");
    assert_name("v12", "v_{12}");
    assert_name("w_hidden", "w_{\\mathrm{hidden}}");
    assert_name("w_i_j", "w_{i,j}");
    assert_name("number_of_steps~2", "\\mathit{number\\_of\\_steps}_{\\sim 2}");
    assert_name("x~2", "x_{\\sim 2}");
    assert_name("w_1~3", "w_{1,\\sim 3}");
    assert_name("x₁₂", "x_{12}");
    assert_name("f_", "f");
    assert_name("_x", "\\_x");
}

static void greek_letters_are_commands_spelled_out_or_not(void **state)
{
    (void)state;
    assert_name("θ", "\\theta");
    assert_name("θ₁", "\\theta_{1}");
    assert_name("theta_1", "\\theta_{1}");
    assert_name("alpha", "\\alpha");
    assert_name("epsilon", "\\epsilon");
    assert_name("Δx", "\\mathit{\\Delta x}");
    assert_name("Α", "A");
    assert_name("ϕ", "\\phi");
    assert_name("w_θ", "w_{\\theta}");
}

static void accents_and_marks_go_over_their_letter(void **state)
{
    (void)state;
    assert_name("é", "\\acute{e}");
    assert_name("Größe", "\\mathit{Gr\\ddot{o}\\nablachar{ß}{00DF}e}");
    assert_name("𝑥", "\\nablachar{𝑥}{1D465}");
    assert_name("w_€", "w_{\\nablachar{€}{20AC}}");
    assert_name("à", "\\grave{a}");
    assert_name("ê", "\\hat{e}");
    assert_name("ñ", "\\tilde{n}");
    assert_name("x̂", "\\hat{x}");
    assert_name("x̄_1", "\\bar{x}_{1}");
}

static void other_scripts_keep_their_letters_in_a_macro(void **state)
{
    (void)state;
    assert_name("漢字", "\\mathit{\\nablachar{漢}{6F22}\\nablachar{字}{5B57}}");
    assert_non_null(strstr(nb_latex_preamble(), "\\providecommand\\nablachar"));
}

static void what_is_no_name_is_typewriter_with_every_character_escaped(void **state)
{
    (void)state;
    assert_name("m.linear[0].w", "\\mathtt{m.linear[0].w}");
    assert_name("a\\b{c}%$#&_^~", "\\mathtt{a\\backslash b\\{c\\}\\%\\$\\#\\&\\_\\hat{}\\sim }");
    assert_name("x·y", "\\mathit{x\\cdot y}");
    assert_name("x * y", "\\mathtt{x\\ *\\ y}");
    assert_name("\xff", "\\nablachar{?}{FFFD}");
}

static void assert_number(double x, int digits, const char *want)
{
    char got[64];
    nb_latex_number(x, digits, got, sizeof got);
    assert_string_equal(got, want);
}

static void numbers_have_powers_of_ten_and_infinity(void **state)
{
    (void)state;
    assert_number(0.5, 6, "0.5");
    assert_number(-1.5e-7, 6, "-1.5 \\cdot 10^{-7}");
    assert_number(1e20, 6, "10^{20}");
    assert_number(1.0 / 0.0, 6, "\\infty");
    assert_number(-1.0 / 0.0, 6, "-\\infty");
    assert_number(NAN, 6, "\\mathrm{nan}");
    assert_name("3", "3");
    assert_name("-2.5e-8", "-2.5 \\cdot 10^{-8}");
}

static void text_longer_than_its_buffer_is_cut_and_counted(void **state)
{
    (void)state;
    char got[8];
    assert_int_equal(nb_latex_name("w_hidden", got, sizeof got), strlen("w_{\\mathrm{hidden}}"));
    assert_string_equal(got, "w_{\\mat");
    assert_int_equal(nb_latex_name("loss", NULL, 0), strlen("\\mathit{loss}"));
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_stay_and_words_are_italic),
        cmocka_unit_test(underscores_digits_and_earlier_values_are_subscripts),
        cmocka_unit_test(greek_letters_are_commands_spelled_out_or_not),
        cmocka_unit_test(accents_and_marks_go_over_their_letter),
        cmocka_unit_test(other_scripts_keep_their_letters_in_a_macro),
        cmocka_unit_test(what_is_no_name_is_typewriter_with_every_character_escaped),
        cmocka_unit_test(numbers_have_powers_of_ten_and_infinity),
        cmocka_unit_test(text_longer_than_its_buffer_is_cut_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_lexer.c -- tokens: numbers, names of any script, operators, what is refused */
#include <string.h>

#include "lang/token.h"
#include "test.h"

static Token first(const char *text)
{
    static Lexer lx;
    lexer_init(&lx, text, (uint32_t)strlen(text));
    return lexer_next(&lx);
}

static int count(const char *text)
{
    Lexer lx;
    lexer_init(&lx, text, (uint32_t)strlen(text));
    int n = 0;
    while (lexer_next(&lx).kind != T_END) {
        n++;
    }
    return n;
}

static void whole_name(const char *text)
{
    Token t = first(text);
    assert_int_equal(t.kind, T_NAME);
    assert_int_equal(t.end, strlen(text));
}

static void numbers_are_read_with_a_point_and_an_exponent(void **state)
{
    (void)state;
    assert_true(first("2").num == 2);
    assert_true(first(".5").num == .5);
    assert_true(first("1e-3").num == 1e-3);
    assert_true(first("0.1").num == 0.1);
    assert_true(first("123456789012345678").num == 123456789012345678.0);
    assert_true(first("2.2250738585072014e-308").num == 2.2250738585072014e-308);
    assert_true(first("0.30000000000000004").num == 0.30000000000000004);
}

static void an_exponent_needs_digits(void **state)
{
    (void)state;
    assert_int_equal(first("2e").end, 1);
    assert_int_equal(first("2e+").end, 1);
    assert_int_equal(first("2e+1").end, 4);
}

static void a_number_beyond_the_largest_is_refused(void **state)
{
    (void)state;
    assert_int_equal(first("1e400").kind, T_ERROR);
    assert_int_equal(first("1e-400").kind, T_NUM);
}

static void names_hold_letters_of_any_script(void **state)
{
    (void)state;
    whole_name("θ");
    whole_name("x₁");
    whole_name("Ж2");
    whole_name("变量");
    whole_name("_a1");
    whole_name("e\xCC\x81t\xC3\xA9"); /* combining accent, and a composed letter */
}

static void an_earlier_binding_is_one_token(void **state)
{
    (void)state;
    whole_name("x~12");
    assert_int_equal(first("x~").end, 1);
}

static void superscripts_and_symbols_are_no_letters(void **state)
{
    (void)state;
    assert_int_equal(first("∂").kind, T_ERROR);
    assert_int_equal(first("⁻").kind, T_ERROR);
    assert_int_equal(first("²").kind, T_RAISED);
    assert_true(first("⁻¹²").num == -12);
    assert_int_equal(first("−").kind, T_MINUS);
    assert_int_equal(first("·").kind, T_STAR);
    assert_int_equal(first("×=").kind, T_UPDATE);
    assert_int_equal(first("√").kind, T_ROOT);
    assert_true(first("1e−3").num == 1e-3);
    assert_int_equal(first("😀").kind, T_ERROR);
    assert_int_equal(first("x²").end, 1);
}

static void invalid_utf8_is_an_error(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xFF",         "\xC0\x80",         "\xE2\x82",
                                      "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(first(bad[i]).kind, T_ERROR);
    }
}

static void keywords_are_told_from_names(void **state)
{
    (void)state;
    assert_int_equal(first("repeat").kind, T_REPEAT);
    assert_int_equal(first("repeats").kind, T_NAME);
    assert_int_equal(first("and").kind, T_AND);
    assert_int_equal(first("while").kind, T_WHILE);
}

static void two_characters_make_one_operator(void **state)
{
    (void)state;
    assert_int_equal(first("**").kind, T_POW);
    assert_int_equal(first("^").kind, T_POW);
    assert_int_equal(first(":=").kind, T_WRITE);
    assert_int_equal(first("==").kind, T_EQ);
    assert_int_equal(first("!=").kind, T_NE);
    assert_int_equal(first("<=").kind, T_LE);
    assert_int_equal(first("//").kind, T_ERROR);
}

static void newlines_inside_brackets_do_not_count(void **state)
{
    (void)state;
    assert_int_equal(count("(1,\n2)"), 5);
    assert_int_equal(count("1\n2"), 3);
    assert_int_equal(count("[1 # comment )\n]"), 3);
}

static void comments_end_at_the_line(void **state)
{
    (void)state;
    assert_int_equal(count("# all of it"), 0);
    assert_int_equal(count("a # b\nc"), 3);
}

static void a_raw_string_takes_every_character(void **state)
{
    (void)state;
    assert_int_equal(first("'a\\n{x}'").kind, T_RAW);
    assert_int_equal(first("'a\\n{x}'").end, 8);
    assert_int_equal(first("'a\n'").kind, T_ERROR);
    assert_int_equal(first("'open").kind, T_ERROR);
}

static void a_byte_order_mark_is_skipped(void **state)
{
    (void)state;
    assert_int_equal(first("\xEF\xBB\xBFx").kind, T_NAME);
}

static const struct CMUnitTest group[] = {
    cmocka_unit_test(numbers_are_read_with_a_point_and_an_exponent),
    cmocka_unit_test(an_exponent_needs_digits),
    cmocka_unit_test(a_number_beyond_the_largest_is_refused),
    cmocka_unit_test(names_hold_letters_of_any_script),
    cmocka_unit_test(an_earlier_binding_is_one_token),
    cmocka_unit_test(superscripts_and_symbols_are_no_letters),
    cmocka_unit_test(invalid_utf8_is_an_error),
    cmocka_unit_test(keywords_are_told_from_names),
    cmocka_unit_test(two_characters_make_one_operator),
    cmocka_unit_test(newlines_inside_brackets_do_not_count),
    cmocka_unit_test(comments_end_at_the_line),
    cmocka_unit_test(a_raw_string_takes_every_character),
    cmocka_unit_test(a_byte_order_mark_is_skipped),
};

NB_TEST_MAIN(group)

/* test_errors.c -- how errors look: place, source line, operands by name, hints, call frames */
#include "lang.h"

/* The whole text of the error of a program in a file. */
static void shows(const char *program, const char *file, const char *expected)
{
    Bench *b = bench_new();
    assert_false(bench_run_at(b, program, file, false));
    assert_string_equal(bench_error(b), expected);
    bench_free(b);
}

static void an_error_in_a_file_has_its_place_line_and_hint(void **state)
{
    (void)state;
    shows("a = ones(2, 3)\nb = ones(2, 3)\ny = a @ b", "lesson.nabla",
          "lesson.nabla:3:5: error: matmul: inner sizes differ: a (2, 3) and b (2, 3)\n"
          "  3 | y = a @ b\n"
          "    |     ^^^^^\n"
          "  hint: transpose one side, as in a @ b.T\n");
}

static void at_the_prompt_the_place_is_left_out(void **state)
{
    (void)state;
    shows("print 1 +", "",
          "error: expected an expression here\n"
          "  1 | print 1 +\n"
          "    |          ^\n");
}

static void operands_that_are_no_names_are_left_out(void **state)
{
    (void)state;
    shows("a = ones(2, 3)\ny = (a + 1) @ a", "",
          "error: matmul: inner sizes differ: (2, 3) and a (2, 3)\n"
          "  2 | y = (a + 1) @ a\n"
          "    |     ^^^^^^^^^^^\n"
          "  hint: transpose one side, as in (a + 1) @ a.T\n");
}

static void calls_are_listed_from_the_inside(void **state)
{
    (void)state;
    shows("def inner(a) = a @ a\ndef outer(a) {\n  return inner(a)\n}\nouter(ones(2, 3))",
          "l.nabla",
          "l.nabla:1:16: error: matmul: inner sizes differ: a (2, 3) and a (2, 3)\n"
          "  1 | def inner(a) = a @ a\n"
          "    |                ^^^^^\n"
          "  hint: transpose one side, as in a @ a.T\n"
          "  called from l.nabla:3:10\n"
          "  called from l.nabla:5:1\n");
}

static void the_first_and_last_five_calls_are_shown(void **state)
{
    (void)state;
    shows("def f(n) { if n == 0 { return zzz }; return f(n - 1) }\nf(20)", "l.nabla",
          "l.nabla:1:31: error: unknown name zzz\n"
          "  1 | def f(n) { if n == 0 { return zzz }; return f(n - 1) }\n"
          "    |                               ^^^\n"
          "  called from l.nabla:1:45\n  called from l.nabla:1:45\n  called from l.nabla:1:45\n"
          "  called from l.nabla:1:45\n  called from l.nabla:1:45\n  (11 more calls)\n"
          "  called from l.nabla:1:45\n  called from l.nabla:1:45\n  called from l.nabla:1:45\n"
          "  called from l.nabla:1:45\n  called from l.nabla:2:1\n");
}

static void columns_count_characters_and_the_underline_their_width(void **state)
{
    (void)state;
    shows("print \"αβγ\", 变量", "l.nabla",
          "l.nabla:1:14: error: unknown name 变量\n"
          "  1 | print \"αβγ\", 变量\n"
          "    |              ^^^^\n");
}

static void a_long_line_is_cut_around_the_place(void **state)
{
    (void)state;
    char text[2000] = "y = 1";
    for (int i = 0; i < 200; i++) {
        strcat(text, " + 1");
    }
    strcat(text, " + zzz");
    for (int i = 0; i < 100; i++) {
        strcat(text, " + 1");
    }
    Bench *b = bench_new();
    assert_false(bench_run(b, text));
    const LangError *e = interp_error(b->I);
    assert_int_equal(e->col, 809);
    assert_int_equal(e->width, 3);
    assert_true(strlen(e->text) < 110);
    assert_memory_equal(strstr(e->text, "zzz"), "zzz", 3);
    bench_free(b);
}

static void slips_get_the_nearest_name(void **state)
{
    (void)state;
    fails("alpha = 2\nprint alhpa", "hint: did you mean alpha?");
    fails("x = 2\nbackwrd x", "hint: did you mean backward?");
    fails("sum([1], axos=0)", "sum has no option axos");
    fails("sgmoid(1)", "hint: did you mean sigmoid?");
    fails("repat 3 { }", "hint: did you mean repeat?");
}

static void habits_of_other_tools_get_a_hint(void **state)
{
    (void)state;
    static const char *const row[][2] = {
        {"x = 2\nf = x^2\nf.backward()", "hint: backward f"},
        {"x = 2\nx.sum()", "hint: sum(x)"},
        {"x = 2\nx.zero_grad()", "hint: cleargrad"},
        {"for i in range(10) { }", "0:10"},
        {"x = 3\ny = 2x", "hint: write the product with *: 2*x"},
        {"x = 3\ny = 2(x + 1)", "hint: write the product with *: 2*(…)"},
        {"x = 3\ny = x(x + 1)", "hint: write the product with *: x*(x + 1)"},
        {"x = 0,5", "hint: the decimal mark is a point: 0.5"},
        {"sin(0,5)", "hint: the decimal mark is a point"},
        {"x = 3\ny = x⁻", "hint: powers are written with ^, as in x^-1"},
        {"clear", "cleargrad"},
        {"x = 2, y = 3", "hint: x, y = 2, 3 sets two names"},
        {"x = 1\ny = (x += 1)", "hint: an update stands alone, as in x += 1"},
        {"x = 1\nif x = 1 { }", "hint: == compares"},
        {"while true:\n  x = 1", "blocks are written { }"},
        {"// comment", "comments start with #"},
        {"x = 1 ÷ 2", "a quotient is written with /"},
        {"f(2) = 3", "hint: f(x) = … defines a function"},
        {"let x = 2", "x = 2 makes a name"},
        {"elif x { }", "write else if"},
        {"print 1 < 2 < 3", "hint: write a < b and b < c"},
        {"sin 2", "hint: sin(2)"},
        {"w = 0:3\nw + 1", "arange(0, 10)"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        fails(row[i][0], row[i][1]);
    }
}

static void command_names_are_reserved(void **state)
{
    (void)state;
    fails("step = 0.1", "error: step is a command; choose another name");
    fails("def step(x) = x", "error: step is a command; choose another name");
    fails("def f(step) = 1", "error: step is a command; choose another name");
    fails("for step in 0:3 { }", "error: step is a command; choose another name");
    fails("x = step", "error: step is a command, not a value");
    prints("sum = 3\nprint sum", "3\n");
}

static void the_first_error_wins_and_is_forgotten_by_the_next_run(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_false(bench_run(b, "zzz"));
    assert_int_equal(interp_error(b->I)->err.code, NB_ENAME);
    assert_true(bench_run(b, "x = 2"));
    assert_int_equal(interp_error(b->I)->err.code, NB_OK);
    bench_free(b);
}

static void a_failed_assertion_shows_both_sides(void **state)
{
    (void)state;
    fails("x = 2\nassert x == 3", "error: assertion failed: x == 3 (2 and 3)");
    fails("x = 2\nassert x == 3, \"x is {x}\"", "error: assertion failed: x is 2");
    prints("assert 1 < 2, \"fine\"", "");
}

static void odd_bytes_in_a_line_are_shown_as_blanks(void **state)
{
    (void)state;
    Bench *b = bench_new();
    static const char text[] = "x = 1 \0 \x01 2";
    assert_null(interp_parse(b->I, text, sizeof text - 1, "", 1, false));
    assert_string_equal(interp_error(b->I)->text, "x = 1     2");
    bench_free(b);
}

/* Each allocation of the engine fails once, then also all after it. */
static void an_engine_out_of_memory_is_an_error_like_any_other(void **state)
{
    (void)state;
    static const char *const programs[] = {
        "x, y = 2, 3\nf = x*y + x^2\nbackward f\ng = x.grad*2\nx := 5\nforward f\n",
        "w = [[1, 2], [3, 4]]\nw[0, 1:] := 7\nv = [w[0], w[:, 1]]\nf = sum(v @ w.T)\n"
        "backward f, create_graph=true\nh = sum(w.grad*w)\nbackward h\n",
        "def net(x, n=3) { s = zeros(2); repeat n { s = s + sin(x) }; return s, n }\n"
        "const x = [1, 2]\na, b = net(x)\nnograd { c = a + 1 }\nx, y = x*2, a\n",
        "x = [1, 2, 3]\nl = [x, x*2, \"{x:.2f}\"]\nfor i in 0:2 { y = l[i][0]*i }\n"
        "if sum(y) < 3 { z = y } else { z = -x }\ng = grad(sum(x^2), x)\n",
    };
    for (size_t i = 0; i < 2 * sizeof programs / sizeof *programs; i++) {
        bool refused = true;
        for (uint64_t n = 1; refused && n < 2000; n++) {
            Bench *b = bench_new();
            nb_mem_fail_at(n, i % 2);
            bool ok = bench_run(b, programs[i / 2]);
            refused = nb_mem_fail_at(0, false) >= n;
            if (ok == refused || (refused && interp_error(b->I)->err.code != NB_EMEM)) {
                fail_msg("%s\nallocation %d: %s", programs[i / 2], (int)n, bench_error(b));
            }
            if (!bench_run(b, programs[i / 2])) {
                fail_msg("%s\nafter allocation %d: %s", programs[i / 2], (int)n, bench_error(b));
            }
            bench_free(b);
        }
        assert_false(refused);
    }
}

static const struct CMUnitTest group[] = {
    cmocka_unit_test(an_error_in_a_file_has_its_place_line_and_hint),
    cmocka_unit_test(at_the_prompt_the_place_is_left_out),
    cmocka_unit_test(operands_that_are_no_names_are_left_out),
    cmocka_unit_test(calls_are_listed_from_the_inside),
    cmocka_unit_test(the_first_and_last_five_calls_are_shown),
    cmocka_unit_test(columns_count_characters_and_the_underline_their_width),
    cmocka_unit_test(a_long_line_is_cut_around_the_place),
    cmocka_unit_test(slips_get_the_nearest_name),
    cmocka_unit_test(habits_of_other_tools_get_a_hint),
    cmocka_unit_test(command_names_are_reserved),
    cmocka_unit_test(the_first_error_wins_and_is_forgotten_by_the_next_run),
    cmocka_unit_test(a_failed_assertion_shows_both_sides),
    cmocka_unit_test(odd_bytes_in_a_line_are_shown_as_blanks),
    cmocka_unit_test(an_engine_out_of_memory_is_an_error_like_any_other),
};

NB_TEST_MAIN(group)

/* test_report.c -- what the prompt shows: values, gradients, steps, tables, help */
#include "prompt.h"

#include <nabla/format.h>

#include "repl/cmd/topics.h"
#include "repl/session/report.h"

/* Every line of text fits the width of the prompt. */
static void assert_fits(const char *text)
{
    while (*text) {
        char line[512];
        size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, text);
        if (nb_text_width(line) > SESSION_COLUMNS) {
            fail_msg("%d columns: %s", nb_text_width(line), line);
        }
        text += n + (text[n] == '\n');
    }
}

/* --- values --- */

static void names_stand_side_by_side(void **state)
{
    prompt_says(*state, "x, y = 2, 3", "x = 2   y = 3\n");
    prompt_says(*state, "3*4", "ans = 12\n");
    prompt_says(*state, "x.grad", "x.grad = -\n");
}

static void many_names_go_on_another_line(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "const a, b, c, d, e1, f = 1e-300, 1e-301, 1e-302, 1e-303, 1e-304, 1e-305");
    assert_fits(p->out);
    prompt_run(p, "aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccc = 1, 2, 3");
    assert_fits(p->out);
    assert_non_null(strstr(p->out, "\ncccccccccccccccccccc = 3\n"));
}

static void minus_zero_is_zero(void **state)
{
    prompt_says(*state, "x = -0.0", "x = 0\n");
}

static void long_tensors_are_cut_to_a_line_with_their_shape(void **state)
{
    Prompt *p = *state;
    prompt_says(p, "w = ones(2, 3)", "w = [[1, 1, 1], [1, 1, 1]]\n");
    prompt_run(p, "w = randn(40, 30)");
    assert_fits(p->out);
    assert_non_null(strstr(p->out, "…]]  (40, 30)\n"));
    prompt_run(p, "w");
    assert_fits(p->out);
}

static void full_digits_leave_nothing_out(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "w = randn(20)");
    prompt_run(p, "set digits full\nw");
    assert_null(strstr(p->out, "…"));
    char copy[4096];
    snprintf(copy, sizeof copy, "v = %s", strstr(p->out, "["));
    prompt_run(p, copy);
    prompt_says(p, "print sum(abs(v - w))", "0\n");
}

static void digits_apply_everywhere(void **state)
{
    Prompt *p = *state;
    prompt_says(p, "set digits 3", "");
    prompt_says(p, "x = pi", "x = 3.14\n");
    prompt_says(p, "[pi, e]", "ans = [3.14, 2.72]\n");
    prompt_says(p, "f = x^2; backward f; step sgd(x, lr=0.001)",
                "x: 3.14 → 3.14   = 3.14 - 0.001·6.28\n");
}

static void texts_and_lists_are_valid_input(void **state)
{
    prompt_says(*state, "s = \"a\\n\\\"b\\\"\"", "s = \"a\\n\\\"b\\\"\"\n");
    prompt_says(*state, "l = [1, \"a\", [2, \"b\"]]", "l = [1, \"a\", [2, \"b\"]]\n");
    prompt_says(*state, "r = 0:10:2", "r = 0:10:2\n");
}

static void a_write_shows_both_values(void **state)
{
    prompt_run(*state, "x = 2\nw = [1, 2]");
    prompt_says(*state, "x := 5", "x: 2 → 5\n");
    prompt_says(*state, "w[0] := 7", "w[0]: 1 → 7\n");
}

static void stale_values_say_so(void **state)
{
    prompt_run(*state, "x, y = 2, 3\nf = x*y\nx := 5");
    prompt_says(*state, "f", "f = 6  (stale: x changed; run: forward f)\n");
    prompt_says(*state, "forward f", "f: 6 → 15\n");
}

static void without_unicode_everything_is_ascii(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "set unicode off\nx, y = 2, 3\nf = x*y + x^2\nw = randn(40)\ng = sum(w)\n"
                  "backward f\nbackward f\nbackward g\nopt = sgd(x, lr=0.1)\nstep\nf\nforward f\n"
                  "tree f\ninfo f\nx := 2\nw\nminimize f, opt, steps=3\nplot f");
    for (const char *s = p->out; *s; s++) {
        if ((unsigned char)*s >= 0x80) {
            fail_msg("not ASCII: %.40s", s);
        }
    }
    assert_non_null(strstr(p->out, "df/dx = 7\n"));
}

/* --- gradients and steps --- */

static void a_first_sweep_shows_derivatives(void **state)
{
    prompt_run(*state, "x, y = 2, 3\nf = x*y + x^2");
    prompt_says(*state, "backward f", "∂f/∂x = 7\n∂f/∂y = 2\n");
    prompt_says(*state, "backward f",
                "∂f/∂x = 7   x.grad: 7 + 7 = 14\n"
                "∂f/∂y = 2   y.grad: 2 + 2 = 4\n");
    prompt_says(*state, "cleargrad", "cleared: x, y\n");
}

static void large_gradients_are_shape_norm_and_bar(void **state)
{
    prompt_run(*state, "w = ones(10)\nv = ones(2)\nf = sum(3*w) + sum(v)");
    prompt_says(*state, "backward f", "∂f/∂w (10,)   |g| 9.49  ██████████\n∂f/∂v = [1, 1]\n");
    prompt_says(*state, "w.grad", "w.grad (10,)   |g| 9.48683\n");
}

static void many_leaves_are_a_table(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "f = 0");
    for (int i = 0; i < 14; i++) {
        char line[80];
        snprintf(line, sizeof line, "w%d = %d; f = f + w%d^2", i, i + 1, i);
        prompt_run(p, line);
    }
    prompt_run(p, "backward f");
    assert_fits(p->out);
    int lines = 0;
    for (const char *s = p->out; (s = strchr(s, '\n')); s++) {
        lines++;
    }
    assert_int_equal(lines, 14);
    assert_non_null(strstr(p->out, "w13   |g| 28"));
}

static void a_plain_step_shows_its_arithmetic(void **state)
{
    prompt_run(*state, "x, y = 0, 2\nf = 100*(y - x^2)^2 + (1 - x)^2\nopt = sgd(x, y, lr=0.001)\n"
                       "backward f");
    prompt_says(*state, "step",
                "x: 0 → 0.002   = 0 - 0.001·(-2)\n"
                "y: 2 → 1.6     = 2 - 0.001·400\n");
    prompt_run(*state, "opt = adam(x, y, lr=0.1)");
    prompt_run(*state, "step");
    assert_null(strstr(((Prompt *)*state)->out, "="));
}

static void optimizers_list_what_is_in_force(void **state)
{
    prompt_run(*state, "x, y = 2, 3");
    prompt_says(*state, "opt = sgd(x, y, lr=0.1)", "opt = sgd(x, y, lr=0.1)\n");
    prompt_says(*state, "opt = sgd([x, [y]], lr=0.1, momentum=0.5, dampening=0)",
                "opt = sgd(x, y, lr=0.1, momentum=0.5)\n");
    prompt_says(*state, "opt = rmsprop(x, hooks=[clip_grad(1), weight_decay(0.5)])",
                "opt = rmsprop(x, lr=0.01, alpha=0.99, eps=1e-08, hooks=[clip_grad(1), "
                "weight_decay(0.5)])\n");
    prompt_says(*state, "opt.lr = 0.5", "opt.lr: 0.01 → 0.5\n");
}

/* --- minimize --- */

static void minimize_shows_thinned_steps_and_why_it_stopped(void **state)
{
    prompt_run(*state, "x = 2\nf = x^2\nopt = sgd(x, lr=0.25)");
    prompt_says(*state, "minimize f, steps=3",
                "  step          f          x     |grad|\n"
                "     0          4          2          4\n"
                "     1          1          1          2\n"
                "     2       0.25        0.5          1\n"
                "     3     0.0625       0.25        0.5\n"
                "stopped after 3 steps, f still falling; continue: minimize f\n");
    prompt_run(*state, "minimize f, tol=0.1");
    assert_non_null(strstr(((Prompt *)*state)->out, "|grad| is within tol=0.1 after 3 steps\n"));
    prompt_says(*state, "f", "f = 0.000976562\n");
}

static void minimize_keeps_the_last_finite_values(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 3\nf = x^4\nopt = sgd(x, lr=1)\nset nan off");
    prompt_run(p, "minimize f");
    assert_non_null(strstr(p->out, "stopped: f is inf after step "));
    assert_non_null(strstr(p->out, "(sgd, lr=1)"));
    prompt_says(p, "print f < inf, f.stale, f == x^4", "1 0 1\n");
}

static void minimize_says_when_the_loss_rose(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 1\nf = x^2\nopt = sgd(x, lr=1.1)");
    prompt_run(p, "minimize f, steps=5");
    assert_non_null(strstr(p->err, "note: f rose 1 → 6.19"));
}

static void minimize_makes_an_optimizer_when_there_is_none(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 1\nf = x^2");
    prompt_run(p, "minimize f, steps=5");
    assert_non_null(strstr(p->err, "note: no optimizer in the session: adam(x, lr=0.05"));
    assert_int_equal(p->end, RUN_OK);
}

static void watched_expressions_are_columns(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2\nopt = sgd(x, lr=0.25)\nwatch x + 1");
    prompt_run(p, "minimize f, steps=1");
    assert_int_equal(strncmp(p->out, "  step          f      x + 1          x     |grad|\n", 50),
                     0);
}

/* --- tables and help --- */

static void table_columns_are_as_wide_as_their_cells(void **state)
{
    (void)state;
    char out[512];
    Table t;
    Catch c = catch_begin(stdout);
    table_begin(&t, NULL, 3, (const bool[]){false, true, false});
    const char *cell[] = {"θ", "1", "a", "long", "22", ""};
    for (int i = 0; i < 6; i++) {
        table_cell(&t, cell[i]);
    }
    table_print(&t, stdout, 2);
    catch_end(&c, out, sizeof out);
    assert_string_equal(out, "  θ      1  a\n  long  22\n");
}

static void help_and_settings_fit_the_width(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "help");
    assert_fits(p->out);
    prompt_run(p, "help all");
    assert_fits(p->out);
    prompt_run(p, "set");
    assert_fits(p->out);
    for (int i = 0; i < interp_builtin_count(p->s->interp); i++) {
        char line[80];
        const Builtin *b = interp_builtin_at(p->s->interp, i);
        assert_true(b->usage && strstr(b->usage, b->name) && b->doc && b->group);
        snprintf(line, sizeof line, "help %s\nhelp %s", b->name, b->group);
        assert_int_equal(prompt_run(p, line), RUN_OK);
        assert_fits(p->out);
    }
}

static void run_example(const char *name, const char *example)
{
    Prompt *p = prompt_new();
    const RunEnd end = prompt_run(p, example);
    if (end != RUN_OK &&
        !(end == RUN_LEAVE && (strcmp(name, "quit") == 0 || strcmp(name, "exit") == 0))) {
        print_message("example of %s:\n%s\n%s\n", name, example, p->err);
        fail();
    }
    prompt_free(p);
}

static void every_example_runs(void **state)
{
    Prompt *p = *state;
    assert_int_equal(chdir(getenv("NB_TMP") ? getenv("NB_TMP") : "build/tmp"), 0); /* some write */
    for (int i = 0; i < interp_builtin_count(p->s->interp); i++) {
        const Builtin *b = interp_builtin_at(p->s->interp, i);
        if (b->group && !b->example) {
            fail_msg("%s has no example", b->name);
        }
        if (b->example) {
            run_example(b->name, b->example);
        }
    }
    for (int i = 0; i < topic_count(); i++) {
        run_example(topic_at(i)->name, topic_at(i)->example);
    }
    for (int i = 0; i < setting_count(); i++) {
        run_example(setting_at(i)->name, setting_at(i)->example);
    }
    for (int i = 0; i < nb_op_count(); i++) {
        if (nb_op_at(i)->example) {
            run_example(nb_op_at(i)->name, nb_op_at(i)->example);
        }
    }
}

/* What help says is the default is what a new session has. */
static void help_says_the_default_of_each_setting(void **state)
{
    Prompt *p = *state;
    for (int i = 0; i < setting_count(); i++) {
        char value[80], wants[100], line[80];
        const Setting *row = setting_at(i);
        setting_get(p->s, row, value, sizeof value);
        snprintf(wants, sizeof wants, "default %s", value);
        if (strcmp(row->name, "unicode") != 0 && strcmp(row->name, "echo") != 0 &&
            strncmp(row->fallback, wants, strlen(wants)) != 0) {
            fail_msg("%s is %s, help says %s", row->name, value, row->fallback);
        }
        snprintf(line, sizeof line, "help %s", row->name);
        assert_int_equal(prompt_run(p, line), RUN_OK);
        assert_non_null(strstr(p->out, row->fallback));
        assert_fits(p->out);
    }
}

static void a_mistyped_name_gets_the_nearest(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "help minimze");
    assert_non_null(strstr(p->err, "hint: did you mean minimize?"));
    prompt_run(p, "set digts 3");
    assert_non_null(strstr(p->err, "hint: did you mean digits?"));
}

static void settings_take_only_their_values(void **state)
{
    Prompt *p = *state;
    for (int i = 0; i < setting_count(); i++) {
        char value[32];
        const Setting *row = setting_at(i);
        setting_get(p->s, row, value, sizeof value);
        assert_true(setting_set(p->s, row, value));
        assert_false(setting_set(p->s, row, "nonsense"));
        assert_ptr_equal(setting_find(row->name), row);
    }
}

static const struct CMUnitTest tests[] = {
    PROMPT_TEST(names_stand_side_by_side),
    PROMPT_TEST(many_names_go_on_another_line),
    PROMPT_TEST(minus_zero_is_zero),
    PROMPT_TEST(long_tensors_are_cut_to_a_line_with_their_shape),
    PROMPT_TEST(full_digits_leave_nothing_out),
    PROMPT_TEST(digits_apply_everywhere),
    PROMPT_TEST(texts_and_lists_are_valid_input),
    PROMPT_TEST(a_write_shows_both_values),
    PROMPT_TEST(stale_values_say_so),
    PROMPT_TEST(without_unicode_everything_is_ascii),
    PROMPT_TEST(a_first_sweep_shows_derivatives),
    PROMPT_TEST(large_gradients_are_shape_norm_and_bar),
    PROMPT_TEST(many_leaves_are_a_table),
    PROMPT_TEST(a_plain_step_shows_its_arithmetic),
    PROMPT_TEST(optimizers_list_what_is_in_force),
    PROMPT_TEST(minimize_shows_thinned_steps_and_why_it_stopped),
    PROMPT_TEST(minimize_keeps_the_last_finite_values),
    PROMPT_TEST(minimize_says_when_the_loss_rose),
    PROMPT_TEST(minimize_makes_an_optimizer_when_there_is_none),
    PROMPT_TEST(watched_expressions_are_columns),
    cmocka_unit_test(table_columns_are_as_wide_as_their_cells),
    PROMPT_TEST(help_and_settings_fit_the_width),
    PROMPT_TEST(help_says_the_default_of_each_setting),
    PROMPT_TEST(every_example_runs),
    PROMPT_TEST(a_mistyped_name_gets_the_nearest),
    PROMPT_TEST(settings_take_only_their_values),
};

NB_TEST_MAIN(tests)

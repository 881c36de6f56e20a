/* test_teach.c -- commands that ask on a terminal: walk and quiz; formulas as LaTeX */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/pty/pty.h"

#define PROMPT "∇> "
#define SOON 20.0 /* s, for what takes milliseconds on an idle machine */
#define CTRL_C "\x03"
#define CTRL_D "\x04"
#define UP "\x1b[A"

static void begin(Pty *p, const char *terminal)
{
    static char setting[1100], term[64];
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", NULL};
    const char *env[] = {setting, term, NULL};
    snprintf(setting, sizeof setting, "NABLA_HISTORY=%s/teach-history",
             proc_env("NB_TMP", "build/tmp"));
    unlink(setting + strlen("NABLA_HISTORY="));
    snprintf(term, sizeof term, "TERM=%s", terminal);
    assert_true(pty_start(p, argv, env, 24, 80));
    assert_true(pty_wait(p, PROMPT, SOON));
}

static void type(Pty *p, const char *line)
{
    pty_send(p, line);
    pty_send(p, "\r");
}

/* Types a line, waits for an answer and what comes after it. */
static void ask(Pty *p, const char *line, const char *answer, const char *then)
{
    type(p, line);
    assert_true(pty_wait(p, "\n", SOON));
    if (answer) {
        assert_true(pty_wait(p, answer, SOON));
    }
    assert_true(pty_wait(p, then, SOON));
}

static int fresh(void **state)
{
    Pty *p = calloc(1, sizeof *p);
    *state = p;
    begin(p, "xterm");
    ask(p, "x, y = 2, 3", "x = 2   y = 3\n", PROMPT);
    ask(p, "f = x*y + x^2", "f = 10\n", PROMPT);
    return 0;
}

static int done(void **state)
{
    Pty *p = *state;
    pty_end(p);
    free(p);
    return 0;
}

static void walk_goes_on_back_and_to_a_step(void **state)
{
    Pty *p = *state;
    ask(p, "walk f", "forward  1/3   v1 = x * y = 2 · 3 = 6\n", "walk 1/6> ");
    ask(p, "", "forward  2/3   v2 = x^2 = 2^2 = 4\n", "walk 2/6> ");
    ask(p, "p", "forward  1/3", "walk 1/6> ");
    ask(p, "p", "this is the first step\n", "walk 1/6> ");
    ask(p, "g 6", "   x: local y = 3     1 · 3 = 3    x: 4 + 3 = 7   (added, not replaced)\n",
        "walk 6/6> ");
    ask(p, "7", "steps are 1 to 6\n", "walk 6/6> ");
    ask(p, "n", "walk done: ∂f/∂x = 7, ∂f/∂y = 2. Nothing stored; backward f stores them.\n",
        PROMPT);
    ask(p, "x.grad", "x.grad = -\n", PROMPT);
}

static void walk_runs_on(void **state)
{
    Pty *p = *state;
    ask(p, "walk f", "forward  1/3", "walk 1/6> ");
    ask(p, "r", "forward  2/3", "walk done: ");
    assert_true(pty_wait(p, PROMPT, SOON));
}

static void walk_with_ask_hides_the_number_first(void **state)
{
    Pty *p = *state;
    ask(p, "walk f, ask=true", "v1 = x * y = 2 · 3 = ?\n", "walk 1/6> ");
    ask(p, "", "v1 = x * y = 2 · 3 = 6\n", "walk 1/6> ");
    ask(p, "", "v2 = x^2 = 2^2 = ?\n", "walk 2/6> ");
    ask(p, "q", "walk left. Nothing stored", PROMPT);
}

static void walk_with_ask_judges_what_is_typed(void **state)
{
    Pty *p = *state;
    ask(p, "walk f, ask=true", "type the number, Enter shows it", "walk 1/6> ");
    ask(p, "7", "not yet\n", "walk 1/6> ");
    ask(p, "2*3", "right\nforward  1/3   v1 = x * y = 2 · 3 = 6\n", "walk 2/6> ");
    ask(p, "g 3", "f = v1 + v2 = 6 + 4 = 10\n", "walk 3/6> ");
    ask(p, "5", "n or Enter next", "walk 3/6> "); /* no jump */
    ask(p, "g 5", "backward 2/3", "walk 5/6> ");
    ask(p, "p", "backward 1/3", "walk 4/6> ");
    ask(p, "", "backward 2/3   v2 = x^2", "x: local ?\n");
    ask(p, "3", "not yet\n", "walk 5/6> ");
    ask(p, "1", "not yet: that is ∂f/∂v2, which comes from above\n", "walk 5/6> ");
    ask(p, "-4", "not yet: the sign is the other one\n", "walk 5/6> ");
    ask(p, "2*x", "right\n   x: local 2·x = 4   1 · 4 = 4    x: - → 4\n", "x: local ?\n");
    ask(p, "2", "not yet: that is ∂v1/∂y\n", "walk 6/6> ");
    ask(p, "6", "not yet: that is the value of v1\n", "walk 6/6> ");
    ask(p, "grad(f, x)", "gradients are hidden while they are asked for\n", "walk 6/6> ");
    ask(p, "3", "(added, not replaced)\n", "y: local ?\n");
    ask(p, "2", "walk done: ∂f/∂x = 7, ∂f/∂y = 2.", PROMPT);
}

static void walk_with_ask_shows_what_is_no_number(void **state)
{
    Pty *p = *state;
    ask(p, "w = ones(2, 2)", "w = ", PROMPT);
    ask(p, "s = sum(w @ w)", "s = 8", PROMPT);
    ask(p, "walk s, ask=true", "v1 = w @ w", "walk 1/4> ");
    ask(p, "[[2, 2], [2, 3]]", "not yet\n", "walk 1/4> ");
    ask(p, "[[2, 2], [2, 2]]", "right\n", "walk 2/4> ");
    ask(p, "8", "right\n", "v1: local ?\n");
    ask(p, "1", "Enter shows it", "walk 3/4> ");
    ask(p, "q", "walk left.", PROMPT);
}

/* A leaf that is called like a word of the conversation is an answer; the other form of the word
 * still leaves, and goes on. */
static void names_are_answers(void **state)
{
    static const char *const names[] = {"q", "n",  "next",  "p",     "back",     "r",    "run",
                                        "g", "g4", "grade", "grads", "ungraded", "hint", "skip"};
    Pty *p = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char line[100], says[100];
        const char *leaves = strcmp(names[i], "q") == 0 ? "quit" : "q";
        snprintf(line, sizeof line, "%s, u = 5, 6", names[i]);
        ask(p, line, "u = 6", PROMPT);
        snprintf(line, sizeof line, "s = %s*u", names[i]);
        ask(p, line, "s = 30", PROMPT);
        snprintf(says, sizeof says, "a hint, %s leaves", leaves);
        ask(p, "quiz s, nodes=[u]", says, "∂s/∂u = ");
        ask(p, names[i], "right\n", PROMPT);
        ask(p, "quiz s, nodes=[u]", says, "∂s/∂u = ");
        ask(p, leaves, NULL, PROMPT);
        snprintf(line, sizeof line, "%s + 1", names[i]);
        ask(p, "walk s, ask=true", "= ?\n", "walk 1/2> ");
        ask(p, line, "not yet", "walk 1/2> ");
        ask(p, names[i], "not yet", "walk 1/2> ");
        snprintf(line, sizeof line, " %s*u ", names[i]);
        ask(p, line, "right\n", "walk 2/2> ");
        ask(p, strcmp(names[i], "p") == 0 ? "back" : "p", "s = ", "walk 1/2> ");
        ask(p, leaves, "walk left. Nothing stored", PROMPT);
        ask(p, "restart", NULL, PROMPT);
    }
}

static void gradients_are_no_answers(void **state)
{
    static const char *const forms[] = {"x.grad",        "grad(f, x)",      "1*grad (f, x)",
                                        "[x.grad]",      "numgrad(f, x)",   "jacobian(f, x)",
                                        "hessian(f, x)", "sum(grad(f, x))", "x + 0*x.grad + 5"};
    Pty *p = *state;
    ask(p, "quiz f, nodes=[x]", "1 question", "∂f/∂x = ");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        ask(p, forms[i], "gradients are hidden while they are asked for\n", "∂f/∂x = ");
    }
    ask(p, "7", "right\n", PROMPT);
}

/* f = x·y + x² at (2, 3); then g = 5·sin(x)·exp(y), a chain. */
static void quiz_says_what_a_wrong_answer_is(void **state)
{
    static const struct {
        const char *ask, *answer, *says;
    } mixed[] = {
        {"f, nodes=[x]", "3",
         "that is the part through v1; x is used 2 times, and the parts add up"},
        {"f, nodes=[x]", "4",
         "that is the part through v2; x is used 2 times, and the parts add up"},
        {"f, nodes=[x]", "12", "the parts are added, not multiplied"},
        {"f, nodes=[x]", "-7", "the sign is the other one"},
        {"f, nodes=[x]", "10", "that is the value of f"},
        {"f, nodes=[x]", "[7, 7]", "∂f/∂x has the shape of x, ()"},
        {"f, nodes=[y]", "7", "that is ∂f/∂x"},
        {"f, nodes=[y]", "1", "that is ∂f/∂v1, without ∂v1/∂y"},
        {"f, nodes=[y]", "3", "along a path derivatives are multiplied, not added"},
        {"h, nodes=[a]", "8", "that is ∂w1/∂a alone, without ∂h/∂w1"},
        {"h, nodes=[a]", "32", "that is with what a.grad holds from before"},
    };
    Pty *p = *state;
    ask(p, "a = 4; w1 = a^2; h = 3*w1", "h = 48", PROMPT);
    ask(p, "backward(h, seed=1/3)", "∂h/∂a = 8", PROMPT);
    for (size_t i = 0; i < sizeof mixed / sizeof mixed[0]; i++) {
        char line[64], says[160];
        snprintf(line, sizeof line, "quiz %s", mixed[i].ask);
        snprintf(says, sizeof says, "not yet: %s\n", mixed[i].says);
        ask(p, line, "1 question", " = ");
        ask(p, mixed[i].answer, says, "hint: ");
        ask(p, "q", NULL, PROMPT);
    }
}

static void ctrl_c_and_ctrl_d_leave_a_walk(void **state)
{
    Pty *p = *state;
    ask(p, "walk f", "forward  1/3", "walk 1/6> ");
    pty_send(p, CTRL_C);
    assert_true(pty_wait(p, "walk left.", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "walk f", "forward  1/3", "walk 1/6> ");
    pty_send(p, CTRL_D);
    assert_true(pty_wait(p, "walk left.", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "3*4", "ans = 12\n", PROMPT);
    pty_send(p, CTRL_D);
    assert_int_equal(pty_exit(p, SOON), 0);
}

static void answers_stay_out_of_the_history(void **state)
{
    if (proc_bare()) {
        skip();
    }
    Pty *p = *state;
    ask(p, "walk f", "forward  1/3", "walk 1/6> ");
    ask(p, "g 2", "forward  2/3", "walk 2/6> ");
    ask(p, "q", "walk left.", PROMPT);
    pty_send(p, UP "\r");
    assert_true(pty_wait(p, "walk 1/6> ", SOON));
}

static void quiz_asks_again_for_what_is_no_number(void **state)
{
    Pty *p = *state;
    ask(p, "quiz f, nodes=[x]", "1 question", "∂f/∂x = ");
    ask(p, "f.grad", "gradients are hidden while they are asked for\n", "∂f/∂x = ");
    ask(p, "\"seven\"", "a number is asked for\n", "∂f/∂x = ");
    ask(p, "[1, \"a\"]", "a number is asked for\n", "∂f/∂x = ");
    ask(p, "none", "a number is asked for\n", "∂f/∂x = ");
    ask(p, "1); (2", "a number is asked for\n", "∂f/∂x = ");
    ask(p, "nothing_there", "unknown name nothing_there\n", "∂f/∂x = ");
    ask(p, "[7, 7]", "not yet: ", "∂f/∂x = ");
    ask(p, "?", "hint: ∂f/∂x = 1 · 3 + 1 · 4\n", "∂f/∂x = ");
    ask(p, "[7]", "right, with a hint\n", "score 0.5 of 1\n");
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "quiz f, nodes=[x]", "1 question", "∂f/∂x = ");
    ask(p, "quit", NULL, PROMPT);
}

static void quiz_gives_hints_and_a_score(void **state)
{
    Pty *p = *state;
    ask(p, "quiz f, nodes=[x, y]", "2 questions", "∂f/∂x = ");
    ask(p, "8", "hint: ∂f/∂x = ∂f/∂v1 · y + ∂f/∂v2 · 2·x\n", "∂f/∂x = ");
    ask(p, "", "hint: ∂f/∂x = 1 · 3 + 1 · 4\n", "∂f/∂x = ");
    ask(p, "3 + 4", "right, with a hint\n", "∂f/∂y = ");
    ask(p, "x = 9", "unexpected =", "∂f/∂y = ");
    ask(p, "2", "right\n", "score 1.5 of 2\n");
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "x", "x = 2\n", PROMPT);
}

static void quiz_tells_after_two_hints(void **state)
{
    Pty *p = *state;
    ask(p, "quiz f, nodes=[y]", "1 question;", "∂f/∂y = ");
    ask(p, "1", "not yet: that is ∂f/∂v1, without ∂v1/∂y\n", "∂f/∂y = ");
    ask(p, "1", "not yet: that is ∂f/∂v1, without ∂v1/∂y\n", "∂f/∂y = ");
    ask(p, "1", "it is ∂f/∂y = 2\n", "score 0 of 1\n");
}

static void a_dumb_terminal_asks_too(void **state)
{
    Pty p = {0};
    (void)state;
    begin(&p, "dumb");
    ask(&p, "x = 3", "x = 3", PROMPT);
    ask(&p, "f = x^2", "f = 9", PROMPT);
    ask(&p, "walk f", "forward  1/1   f = x^2 = 3^2 = 9", "walk 1/2> ");
    ask(&p, "", "backward 1/1", "walk 2/2> ");
    ask(&p, "", "walk done: ∂f/∂x = 6", PROMPT);
    pty_send(&p, CTRL_D);
    assert_int_equal(pty_exit(&p, SOON), 0);
    pty_end(&p);
}

/* Trace and explain as LaTeX, alone and inside another document, where pdflatex is installed. */
static void exported_formulas_compile(void **state)
{
    static const char program[] =
        "θ, x, y = 1e-7, 2, 3; w = [[1, -2], [3, 4]]\n"
        "f = x*y + x^2 - max(relu(x), 3)/y + sum(w^2)*θ + mean(tanh(w @ w))\n"
        "export 'teach-t.tex', f, view=trace\nexport 'teach-w.tex', f, view=trace, hide=grad\n"
        "export 'teach-e.tex', x, view=explain\nexport 'teach-v.tex', w, view=explain\n";
    static const char all[] =
        "\\documentclass{article}\\usepackage{amsmath}\\begin{document}A\\input{teach-t}B"
        "\\input{teach-e}C\\end{document}\n";
    const char *folder = proc_env("NB_TMP", "build/tmp");
    const char *const names[] = {"teach-t", "teach-w", "teach-e", "teach-v", "teach-all"};
    const char *have[] = {"sh", "-c", "command -v pdflatex", NULL};
    const char *run[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", NULL};
    char path[600];
    Proc p;
    (void)state;
    assert_true(proc_run(run, folder, program, 60, &p));
    assert_int_equal(p.status, 0);
    proc_free(&p);
    snprintf(path, sizeof path, "%s/teach-all.tex", folder);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(all, out);
    fclose(out);
    assert_true(proc_run(have, NULL, NULL, 20, &p));
    bool installed = p.status == 0;
    proc_free(&p);
    for (size_t i = 0; installed && i < sizeof names / sizeof names[0]; i++) {
        const char *tex[] = {"pdflatex", "-interaction=nonstopmode", "-halt-on-error", names[i],
                             NULL};
        assert_true(proc_run(tex, folder, NULL, 120, &p));
        if (p.status != 0) {
            print_message("%s", p.out);
        }
        assert_int_equal(p.status, 0);
        proc_free(&p);
    }
}

/* No form of a worksheet tells what is to be found; all tell the rest. */
static void worksheets_do_not_tell(void **state)
{
    if (proc_bare()) {
        skip();
    }
    static const char program[] = "x, y = 2.125, 3\nf = x*y + 4.0625\nbackward f\n"
                                  "for name in list('dot', 'mmd', 'tex') {\n"
                                  "  export 'sheet-all.' + name, f, hide=all\n"
                                  "  export 'sheet-one.' + name, f, blank=x\n"
                                  "  export 'sheet-key.' + name, f\n}\n";
    static const char *const ending[] = {"dot", "mmd", "tex"};
    static const char *const kind[] = {"all", "one", "key"};
    /* x is a leaf, the others are computed */
    static const char *const number[] = {"2.125", "6.375", "10.4375"};
    const char *folder = proc_env("NB_TMP", "build/tmp");
    const char *run[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", NULL};
    Proc p;
    (void)state;
    assert_true(proc_run(run, folder, program, 60, &p));
    assert_int_equal(p.status, 0);
    proc_free(&p);
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            char path[700];
            snprintf(path, sizeof path, "%s/sheet-%s.%s", folder, kind[k], ending[i]);
            char *text = proc_read_file(path, NULL);
            assert_non_null(text);
            assert_non_null(strstr(text, "= 3"));
            for (size_t n = 1; n < 3; n++) {
                if ((strstr(text, number[n]) != NULL) != (k > 0)) {
                    fail_msg("%s %s %s", path, k > 0 ? "lacks" : "tells", number[n]);
                }
            }
            free(text);
        }
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)

SUITE()
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_answers),
        TEST(gradients_are_no_answers),
        TEST(walk_goes_on_back_and_to_a_step),
        TEST(walk_runs_on),
        cmocka_unit_test(worksheets_do_not_tell),
        TEST(walk_with_ask_hides_the_number_first),
        TEST(ctrl_c_and_ctrl_d_leave_a_walk),
        TEST(walk_with_ask_judges_what_is_typed),
        TEST(walk_with_ask_shows_what_is_no_number),
        TEST(quiz_says_what_a_wrong_answer_is),
        TEST(answers_stay_out_of_the_history),
        TEST(quiz_asks_again_for_what_is_no_number),
        TEST(quiz_gives_hints_and_a_score),
        TEST(quiz_tells_after_two_hints),
        cmocka_unit_test(a_dumb_terminal_asks_too),
        cmocka_unit_test(exported_formulas_compile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_prompt.c -- the prompt on a terminal: typing, pasting, interrupting, leaving */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include <nabla/version.h>

#include "tests/proc.h"
#include "tests/pty/pty.h"

#define PROMPT "∇> "
#define MORE "…> "
#define SOON 20.0 /* s, for what takes milliseconds on an idle machine */
#define UP "\x1b[A"
#define CTRL_C "\x03"
#define CTRL_D "\x04"
#define PASTE "\x1b[200~"
#define PASTED "\x1b[201~"

static char history[1024];

/* A session at its first prompt. */
static void begin(Pty *p, const char *const extra[])
{
    static char setting[1100];
    const char *argv[12] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window"};
    const char *env[] = {setting, NULL};
    for (int i = 0; extra && extra[i] && i < 8; i++) {
        argv[3 + i] = extra[i];
    }
    snprintf(history, sizeof history, "%s/pty-history", proc_env("NB_TMP", "build/tmp"));
    snprintf(setting, sizeof setting, "NABLA_HISTORY=%s", history);
    assert_true(pty_start(p, argv, env, 24, 80));
    assert_true(pty_wait(p, PROMPT, SOON));
}

static int fresh(void **state)
{
    Pty *p = calloc(1, sizeof *p);
    snprintf(history, sizeof history, "%s/pty-history", proc_env("NB_TMP", "build/tmp"));
    unlink(history);
    *state = p;
    begin(p, NULL);
    return 0;
}

static int done(void **state)
{
    Pty *p = *state;
    pty_end(p);
    free(p);
    return 0;
}

/* Types a line, waits for an answer and the next prompt. */
static void ask(Pty *p, const char *line, const char *answer)
{
    pty_send(p, line);
    pty_send(p, "\r");
    assert_true(pty_wait(p, "\n", SOON)); /* the end of the echoed line */
    if (answer) {
        assert_true(pty_wait(p, answer, SOON));
    }
    assert_true(pty_wait(p, PROMPT, SOON));
}

static void banner_comes_before_the_prompt(void **state)
{
    Pty *p = *state;
    assert_true(pty_shown(p, 0, "nabla " NB_VERSION "   lesson · help · ?name · Ctrl-D leaves"));
}

static void statements_are_answered(void **state)
{
    Pty *p = *state;
    ask(p, "x, y = 2, 3", "x = 2   y = 3\n");
    ask(p, "f = x*y + x^2", "f = 10\n");
    ask(p, "backward f", "∂f/∂x = 7\n∂f/∂y = 2\n");
    ask(p, "x := 5", "x: 2 → 5\n");
    ask(p, "f", "f = 10  (stale: x changed; run: forward f)\n");
}

static void error_keeps_the_session(void **state)
{
    Pty *p = *state;
    ask(p, "x = 2", "x = 2\n");
    ask(p, "x + unheard", "error: ");
    ask(p, "x", "x = 2\n");
}

static void open_bracket_continues(void **state)
{
    Pty *p = *state;
    pty_send(p, "w = [1,\r");
    assert_true(pty_wait(p, MORE, SOON));
    pty_send(p, "2]\r");
    assert_true(pty_wait(p, "w = [1, 2]\n", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
}

static void open_block_continues(void **state)
{
    Pty *p = *state;
    pty_send(p, "repeat 2 {\r");
    assert_true(pty_wait(p, MORE, SOON));
    pty_send(p, "print \"pass\"\r");
    assert_true(pty_wait(p, MORE, SOON));
    pty_send(p, "}\r");
    assert_true(pty_wait(p, "pass\npass\n", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
}

static void else_alone_gets_a_hint(void **state)
{
    Pty *p = *state;
    ask(p, "if 0 { print 1 }", NULL);
    ask(p, "else { print 2 }", "hint: ");
}

static void paste_is_one_input(void **state)
{
    if (proc_bare()) {
        skip();
    }
    Pty *p = *state;
    pty_send(p, PASTE "x = 5\nif x < 3 {\n  print \"small\"\n}\nelse {\n  print \"large\"\n}" PASTED
                      "\r");
    assert_true(pty_wait(p, "x = 5\nlarge\n", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
}

static void paste_with_a_mistake_runs_nothing(void **state)
{
    Pty *p = *state;
    pty_send(p, PASTE "zz = 5\nprint (zz\nzz = = 6" PASTED "\r");
    assert_true(pty_wait(p, "error: ", SOON));
    pty_send(p, CTRL_C);
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "zz", "error: ");
}

static void ctrl_c_clears_the_line(void **state)
{
    Pty *p = *state;
    pty_send(p, "zz = 99");
    assert_true(pty_wait(p, "zz = 99", SOON));
    pty_send(p, CTRL_C);
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "zz", "error: ");
}

static void ctrl_c_leaves_an_open_block(void **state)
{
    Pty *p = *state;
    pty_send(p, "repeat 2 {\r");
    assert_true(pty_wait(p, MORE, SOON));
    pty_send(p, CTRL_C);
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "1 + 1", "ans = 2\n");
}

/* In the middle of its work; the time is the program's own, not that of a busy machine. */
static void stops_at_once(Pty *p, const char *answer)
{
    assert_true(pty_works(p, 0.1));
    const double before = proc_used(p->pid);
    pty_send(p, CTRL_C);
    assert_true(pty_wait(p, answer, SOON));
    const double took = proc_used(p->pid) - before;
    if (took > 0.3 * proc_patience()) {
        fail_msg("Ctrl-C took %.2f s of work", took);
    }
}

static void ctrl_c_stops_an_endless_loop(void **state)
{
    Pty *p = *state;
    ask(p, "x = 1", "x = 1\n");
    pty_send(p, "while 1 { y = x*2; x := y - x }\r");
    stops_at_once(p, PROMPT);
    ask(p, "x", "x = 1\n");
}

static void ctrl_c_stops_a_long_matrix_product(void **state)
{
    Pty *p = *state;
    ask(p, "a = full(4000, 4000, 1);", "");
    pty_send(p, "b = a @ a\r");
    assert_true(pty_works(p, 0.1));
    pty_send(p, CTRL_C);
    assert_true(
        pty_wait(p, "stopped; nothing changed\n", SOON)); /* it would end with the product */
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "b", "unknown name b");
}

static void ctrl_c_stops_minimize_after_a_whole_step(void **state)
{
    Pty *p = *state;
    ask(p, "x = 2; f = (x - 1)^2; opt = sgd(x, lr=1e-9)", "opt = sgd(x, lr=1e-09)\n");
    pty_send(p, "minimize f, steps=1000000000\r");
    stops_at_once(p, PROMPT);
    ask(p, "print f.stale, x < 2, x > 1", "0 1 1\n");
    ask(p, "step", NULL);
}

/* They would go on for minutes, and for seconds. */
static void ctrl_c_stops_what_writes_a_list_that_doubles(void **state)
{
    Pty *p = *state;
    static const char *const typed[] = {"save \"double.state\"\r", "s = str(l)\r",
                                        "print \"{l}\"\r", "print l\r"};
    pty_send(p, "l = list(1, \"a\"); repeat 34 { l = list(l, l) }; n = 1\r");
    assert_true(pty_wait(p, PROMPT, SOON));
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        pty_send(p, typed[i]);
        stops_at_once(p, "stopped");
        assert_true(pty_wait(p, PROMPT, SOON));
    }
    ask(p, "print n", "1\n");
}

static void ctrl_c_leaves_names_as_before_the_command(void **state)
{
    Pty *p = *state;
    ask(p, "x, w = 2, ones(3)", "x = 2   w = [1, 1, 1]\n");
    pty_send(p, "def slow(n) { k = 0; while 1 { k = k + 1 }; return k }\r");
    assert_true(pty_wait(p, "slow(n)\n", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
    pty_send(p, "x, w = 5, slow(1)\r");
    assert_true(pty_works(p, 0.1));
    pty_send(p, CTRL_C);
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "print x, w", "2 [1, 1, 1]\n");
}

static void history_lists_what_was_typed(void **state)
{
    Pty *p = *state;
    ask(p, "x = 2", "x = 2\n");
    ask(p, "x + 1", "ans = 3\n");
    ask(p, "history", "x + 1\n");
}

static void time_tells_how_long_on_a_terminal(void **state)
{
    Pty *p = *state;
    ask(p, "time { x = 2 }", "s\n");
}

static void question_mark_is_help(void **state)
{
    Pty *p = *state;
    ask(p, "?cleargrad", "cleargrad [x, …]\n");
}

static void ctrl_d_leaves(void **state)
{
    Pty *p = *state;
    pty_send(p, CTRL_D);
    assert_int_equal(pty_exit(p, SOON), 0);
}

static void quit_leaves(void **state)
{
    Pty *p = *state;
    pty_send(p, "quit\r");
    assert_int_equal(pty_exit(p, SOON), 0);
}

static void exit_leaves(void **state)
{
    Pty *p = *state;
    pty_send(p, "exit\r");
    assert_int_equal(pty_exit(p, SOON), 0);
}

static void history_is_written_before_the_line_runs(void **state)
{
    Pty *p = *state;
    ask(p, "x = 2", "x = 2\n");
    pty_send(p, "while 1 { x := x }\r");
    assert_true(pty_works(p, 0.1));
    char *text = proc_read_file(history, NULL);
    assert_non_null(text);
    assert_non_null(strstr(text, "x = 2"));
    assert_non_null(strstr(text, "while 1 { x := x }"));
    free(text);
}

static void history_is_there_in_the_next_session(void **state)
{
    if (proc_bare()) {
        skip();
    }
    Pty *p = *state;
    ask(p, "unusual = 41", "unusual = 41\n");
    pty_send(p, CTRL_D);
    assert_int_equal(pty_exit(p, SOON), 0);
    pty_end(p);
    begin(p, NULL);
    pty_send(p, UP);
    assert_true(pty_wait(p, "unusual = 41", SOON));
    pty_send(p, "\r");
    assert_true(pty_wait(p, "unusual = 41\n", SOON));
}

static void tab_completes_a_command(void **state)
{
    if (proc_bare()) {
        skip();
    }
    Pty *p = *state;
    ask(p, "x = 2; f = x^2; backward f;", NULL);
    pty_send(p, "clearg\t");
    assert_true(pty_wait(p, "cleargrad", SOON));
    pty_send(p, "\r");
    assert_true(pty_wait(p, "cleared: x\n", SOON));
}

static void tab_completes_a_name_and_an_attribute(void **state)
{
    if (proc_bare()) {
        skip();
    }
    Pty *p = *state;
    ask(p, "unusual = 41", "unusual = 41\n");
    pty_send(p, "unu\t");
    assert_true(pty_wait(p, "unusual", SOON));
    pty_send(p, "\r");
    assert_true(pty_wait(p, "unusual = 41\n", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
    pty_send(p, "unusual.gr\t");
    assert_true(pty_wait(p, "unusual.grad", SOON));
    pty_send(p, "\r");
    assert_true(pty_wait(p, "unusual.grad = -\n", SOON));
}

static void resizing_keeps_the_line(void **state)
{
    Pty *p = *state;
    pty_send(p, "x = 2 + ");
    assert_true(pty_wait(p, "x = 2 + ", SOON));
    pty_resize(p, 10, 40);
    assert_true(pty_rests(p, SOON));
    pty_send(p, "3\r");
    assert_true(pty_wait(p, "x = 5\n", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
    pty_resize(p, 50, 132);
    ask(p, "x", "x = 5\n");
}

static void matrices_are_rows_as_wide_as_the_terminal(void **state)
{
    Pty *p = *state;
    ask(p, "A = [[1, 2.5], [-30, 4]]", "A = [[  1, 2.5],\n     [-30, 4]]\n");
    ask(p, "A, 1", "ans = list([[1, 2.5], [-30, 4]], 1)\n");
    ask(p, "print A", "[[1, 2.5], [-30, 4]]\n");
    ask(p, "B = zeros(2, 30)",
        "B = [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, …],\n");
    pty_resize(p, 24, 40);
    ask(p, "B", "B = [[0, 0, 0, 0, 0, 0, …],\n     [0, 0, 0, 0, 0, 0, …]]  (2, 30)\n");
    pty_resize(p, 24, 132);
    ask(p, "B[0]",
        "B[0] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
        "0, "
        "0, 0]\n");
    ask(p, "set width 40; c = 1", "c = 1\n");
    ask(p, "B", "B = [[0, 0, 0, 0, 0, 0, 0, …],\n     [0, 0, 0, 0, 0, 0, 0, …]]  (2, 30)\n");
    ask(p, "set width", "width  40  ");
    ask(p, "set width auto; c = 2", "c = 2\n");
    ask(p, "set width", "width  auto  ");
    ask(p, "set digits full; c = 3", "c = 3\n");
    ask(p, "A", "A = [[1, 2.5], [-30, 4]]\n");
}

/* Readline takes bytes above 127 for commands in the C locale unless told otherwise. */
static void letters_of_any_script_can_be_typed_in_the_c_locale(void **state)
{
    Pty *p = *state;
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", NULL};
    const char *env[] = {"LC_ALL=C", "NABLA_HISTORY=/dev/null", NULL};
    pty_end(p);
    assert_true(pty_start(p, argv, env, 24, 80));
    assert_true(pty_wait(p, "nabla> ", SOON));
    pty_send(p, "θ = 3; print θ^2 + 1\r");
    assert_true(pty_wait(p, "\n10\n", SOON));
}

static void notes_are_broken_between_words(void **state)
{
    Pty *p = *state;
    ask(p, "m = mlp([2, 16, 1])",
        "note: mlp: the sizes leave out the input, whose width is that of the first\n"
        "      x: this model begins with a layer of 2\n");
    pty_resize(p, 24, 46);
    ask(p, "m = mlp([3, 16, 1])",
        "note: mlp: the sizes leave out the input,\n"
        "      whose width is that of the first x:\n"
        "      this model begins with a layer of 3\n");
}

static void errors_hints_and_objects_are_broken_between_words(void **state)
{
    Pty *p = *state;
    pty_resize(p, 24, 50);
    ask(p, "x = 2; opt = adam([x], lr=0.05)",
        "opt = adam(x, lr=0.05, beta1=0.9, beta2=0.999,\n"
        "      eps=1e-08)\n");
    ask(p, "clear",
        "error: unknown name clear\n"
        "  1 | clear\n"
        "    | ^^^^^\n"
        "  hint: cleargrad forgets gradients, restart\n"
        "        empties the session, Ctrl-L clears the\n"
        "        screen\n");
    ask(p, "walk x ask",
        "error: unexpected ask: expected the end of the\n"
        "       statement\n");
    ask(p, "load \"two\\nlines of a name that is longer than the terminal\"", "two\\nlines of");
}

static void no_colour_when_asked(void **state)
{
    Pty *p = *state;
    pty_end(p);
    begin(p, (const char *const[]){"--color=never", NULL});
    ask(p, "x = 2", "x = 2\n");
    ask(p, "x + unheard", "error: ");
    assert_int_equal(p->colours, 0);
}

static void script_then_prompt(void **state)
{
    Pty *p = *state;
    char path[1024];
    snprintf(path, sizeof path, "%s/first.nabla", proc_env("NB_TMP", "build/tmp"));
    assert_true(proc_write_file(path, "x = 7\n"));
    pty_end(p);
    begin(p, (const char *const[]){"-i", path, NULL});
    ask(p, "x", "x = 7\n");
}

static void stray_bracket_is_an_error_and_no_more(void **state)
{
    Pty *p = *state;
    ask(p, "print )", "error: ");
    ask(p, "1 + 1", "ans = 2\n");
}

#define SESSION(f) cmocka_unit_test_setup_teardown(f, fresh, done)

SUITE()
{
    const struct CMUnitTest tests[] = {
        SESSION(banner_comes_before_the_prompt),
        SESSION(statements_are_answered),
        SESSION(error_keeps_the_session),
        SESSION(open_bracket_continues),
        SESSION(open_block_continues),
        SESSION(else_alone_gets_a_hint),
        SESSION(paste_is_one_input),
        SESSION(paste_with_a_mistake_runs_nothing),
        SESSION(ctrl_c_clears_the_line),
        SESSION(ctrl_c_leaves_an_open_block),
        SESSION(ctrl_c_stops_an_endless_loop),
        SESSION(ctrl_c_stops_a_long_matrix_product),
        SESSION(ctrl_c_stops_minimize_after_a_whole_step),
        SESSION(ctrl_c_stops_what_writes_a_list_that_doubles),
        SESSION(ctrl_c_leaves_names_as_before_the_command),
        SESSION(history_lists_what_was_typed),
        SESSION(time_tells_how_long_on_a_terminal),
        SESSION(question_mark_is_help),
        SESSION(ctrl_d_leaves),
        SESSION(quit_leaves),
        SESSION(exit_leaves),
        SESSION(history_is_written_before_the_line_runs),
        SESSION(history_is_there_in_the_next_session),
        SESSION(tab_completes_a_command),
        SESSION(tab_completes_a_name_and_an_attribute),
        SESSION(resizing_keeps_the_line),
        SESSION(matrices_are_rows_as_wide_as_the_terminal),
        SESSION(letters_of_any_script_can_be_typed_in_the_c_locale),
        SESSION(notes_are_broken_between_words),
        SESSION(errors_hints_and_objects_are_broken_between_words),
        SESSION(no_colour_when_asked),
        SESSION(script_then_prompt),
        SESSION(stray_bracket_is_an_error_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

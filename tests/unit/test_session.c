/* test_session.c -- statements happen whole or not at all; names, labels and notes */
#include "prompt.h"

#include <sys/time.h>

#include "session/undo.h"

/* --- whole or not at all --- */

static void an_error_leaves_everything_as_before_the_statement(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\ndef bad(v) { x := v; k = v; return v + nosuch }");
    assert_int_equal(prompt_run(p, "y = bad(9)"), RUN_ERROR);
    prompt_says(p, "x", "x = 2\n");
    assert_int_equal(prompt_run(p, "y"), RUN_ERROR);
}

static void an_error_in_a_loop_keeps_whole_passes(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x, y = 0, 0");
    prompt_run(p, "repeat 9 { x := x + 1; if x == 4 { nosuch }; y := y + 1 }");
    assert_int_equal(p->end, RUN_ERROR);
    assert_non_null(strstr(p->err, "after 3 passes; their results stay\n"));
    prompt_says(p, "print x, y", "3 3\n");
}

static void an_error_in_the_first_pass_leaves_nothing(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2");
    prompt_run(p, "repeat 9 { x := 5; q = 3; nosuch }");
    prompt_says(p, "x", "x = 2\n");
    assert_int_equal(prompt_run(p, "q"), RUN_ERROR);
}

static void an_error_in_a_long_loop_leaves_the_state_of_a_whole_pass(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x, y = 0, 0");
    prompt_run(p, "repeat 300000 { x := x + 1; if x == 200000 { nosuch }; y := y + 1 }");
    assert_int_equal(p->end, RUN_ERROR);
    prompt_says(p, "print x == y, x > 100000", "1 1\n");
}

static void gradients_and_optimizers_are_taken_back(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nopt = adam(x, lr=0.1)\nf = x^2\nbackward f\nstep\nforward f");
    prompt_run(p, "repeat 1 { cleargrad; backward f; step; opt.lr = 9; nosuch }");
    assert_int_equal(p->end, RUN_ERROR);
    prompt_says(p, "print opt.steps, opt.lr, x.grad, x", "1 0.1 4 1.9\n");
    prompt_says(p, "f", "f = 3.61\n");
}

static void random_numbers_are_taken_back(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "a = rand(3)");
    prompt_run(p, "restart");
    prompt_run(p, "repeat 1 { b = rand(7); nosuch }");
    assert_int_equal(p->end, RUN_ERROR);
    prompt_run(p, "b = rand(3)\nprint b");
    char first[256];
    snprintf(first, sizeof first, "%s", strstr(p->out, "\n") + 1);
    prompt_run(p, "seed 0\nc = rand(3)\nprint c");
    assert_string_equal(strstr(p->out, "\n") + 1, first);
}

static void what_was_up_to_date_is_so_again(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2\ng = x^3\nx := 3\nforward g");
    prompt_run(p, "repeat 1 { x := 5; forward f; forward g; nosuch }");
    prompt_says(p, "g", "g = 27\n");
    prompt_run(p, "f");
    assert_non_null(strstr(p->out, "(stale: x changed; run: forward f)"));
}

static void an_interrupt_before_the_first_pass_changes_nothing(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 1");
    p->interrupt = 1;
    prompt_run(p, "repeat 5 { x := x + 1 }");
    p->interrupt = 0;
    assert_int_equal(p->end, RUN_INTERRUPT);
    prompt_run(p, "print x == 1 or x == 2");
    assert_string_equal(p->out, "1\n");
}

static Prompt *alarmed;

static void on_alarm(int signal_number)
{
    (void)signal_number;
    alarmed->interrupt = 1;
}

/* Ctrl-C waits for the end of a pass as long as passes are short; this one is a surprise. */
static void an_interrupt_does_not_wait_for_a_pass_that_is_longer_than_others(void **state)
{
    Prompt *p = *state;
    struct sigaction sa = {.sa_handler = on_alarm}, before;
    const struct itimerval soon = {.it_value = {.tv_usec = 200000}}; /* of the processor */
    sigemptyset(&sa.sa_mask);
    alarmed = p;
    sigaction(SIGVTALRM, &sa, &before);
    prompt_run(
        p, "w = rand(1000000); y = w; repeat 150 { y = tanh(y) }; w := rand(1000000)\nlate = 0");
    setitimer(ITIMER_VIRTUAL, &soon, NULL);
    prompt_run(p, "repeat 3 { if late > 0 { forward y }; late = 1 }");
    setitimer(ITIMER_VIRTUAL, &(struct itimerval){0}, NULL);
    sigaction(SIGVTALRM, &before, NULL);
    p->interrupt = 0;
    assert_int_equal(p->end, RUN_INTERRUPT);
    assert_string_equal(p->err, "stopped after 1 pass; its results stay\n");
}

/* Runs a text that never ends until it has taken some processor time. */
static void run_for_a_while(Prompt *p, const char *text)
{
    struct sigaction sa = {.sa_handler = on_alarm}, before;
    sigemptyset(&sa.sa_mask);
    alarmed = p;
    const struct itimerval some = {.it_value = {.tv_usec = 300000}};
    sigaction(SIGPROF, &sa, &before);
    setitimer(ITIMER_PROF, &some, NULL);
    double begun = test_used();
    prompt_run(p, text);
    assert_true(test_used() - begun < 0.3 + 0.5 * test_patience());
    sigaction(SIGPROF, &before, NULL);
    p->interrupt = 0;
    assert_int_equal(p->end, RUN_INTERRUPT);
}

static void an_interrupt_waits_for_the_end_of_a_short_pass(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x, y = 0, 0");
    run_for_a_while(p, "while true { x := x + 1; y := y + 1 }");
    prompt_says(p, "print x == y, x > 1000", "1 1\n");
}

static void an_interrupt_takes_back_a_long_pass(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x, y = 0, 0");
    run_for_a_while(p, "while true { x := x + 1; repeat 3000000 { x }; y := y + 1 }");
    prompt_says(p, "print x == y", "1\n");
}

static void minimize_stops_after_a_whole_step(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 3\nf = (x - 1)^2\nopt = adam(x, lr=1e-9)");
    run_for_a_while(p, "minimize f, steps=100000000000");
    assert_non_null(strstr(p->out, "stopped by Ctrl-C after "));
    prompt_says(p, "print f == (x - 1)^2, f.stale", "1 0\n");
}

static void minimize_in_a_loop_is_part_of_the_pass(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x, n = 3, 0\nf = (x - 1)^2\nopt = sgd(x, lr=0.1)");
    prompt_run(p, "repeat 5 { minimize f, steps=50; n := n + 1; if n == 3 { nosuch } }");
    assert_int_equal(p->end, RUN_ERROR);
    prompt_says(p, "print n, opt.steps", "2 100\n");
}

static void loops_hold_no_memory(void **state)
{
    Prompt *p = *state;
    const char *loop =
        "repeat 5000 { f = 100*(y - x^2)^2 + (1 - x)^2; cleargrad; backward f; step }";
    prompt_run(p, "x, y = 0, 2\nopt = sgd(x, y, lr=0.001)");
    prompt_run(p, loop);
    undo_forget(p->s);
    uint64_t nodes = nb_ctx_live_nodes(p->s->ctx);
    prompt_run(p, loop);
    assert_int_equal(p->end, RUN_OK);
    undo_forget(p->s);
    assert_int_equal(nb_ctx_live_nodes(p->s->ctx), nodes);
}

static void restart_empties_the_session(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2\nopt = sgd(x)\nbackward f\nstep\nwatch x\ntree f\nx = 5");
    prompt_run(p, "restart");
    undo_forget(p->s); /* it can be taken back */
    assert_int_equal(nb_ctx_live_nodes(p->s->ctx), 0);
    prompt_says(p, "vars", "no names are bound\n");
}

/* --- names and labels --- */

static void rebinding_tells_who_uses_the_earlier_value(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2");
    prompt_notes(p, "x = 5",
                 "note: f still uses the earlier x (2), now x~1; to change it in "
                 "place: x := 5\n");
    prompt_notes(p, "x = 6", "");
}

static void rebinding_names_an_optimizer_that_holds_the_earlier_value(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nopt = sgd(x)");
    prompt_notes(p, "x = 5",
                 "note: opt still uses the earlier x (2), now x~1; to change it in "
                 "place: x := 5\n");
}

static void rebinding_is_silent_when_nothing_else_uses_the_earlier_value(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2");
    prompt_notes(p, "x = x + 1", "note: f still uses the earlier x (2), now x~1\n");
    prompt_run(p, "restart");
    prompt_notes(p, "s = 0; repeat 10 { s = s + 1 }; f = s^2; f = s^3", "");
}

static void earlier_nodes_are_counted_from_the_newest(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 1\nf = x^2\nx = 2\ng = x*f\nx = 3");
    prompt_says(p, "print x~1, x~2", "2 1\n");
    assert_int_equal(prompt_run(p, "x~3"), RUN_ERROR);
    prompt_says(p, "tree g",
                "g = 2    x~1 * f   grad -\n"
                "├ x~1 = 2          grad -\n"
                "└ f = 1  x~2^2     grad -\n"
                "  └ x~2 = 1        grad -\n");
}

static void shown_names_can_be_typed(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x, y = 2, 3\nf = x*y + x^2\ntree f");
    prompt_says(p, "info v2", "v2 = x^2 = 4    local ∂v2/∂x = 2·x = 4    grad -    used by f\n");
    prompt_says(p, "print v1 + v2", "10\n");
}

static void the_users_own_names_win(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "v1 = 7\nx, y = 2, 3\nf = x*y + x^2\ntree f");
    assert_non_null(strstr(p->out, "v2 + v3"));
    prompt_says(p, "v1", "v1 = 7\n");
    prompt_says(p, "print v3", "4\n");
}

static void ans_never_labels(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nx^2\nf = ans + 1");
    prompt_run(p, "tree f");
    assert_null(strstr(p->out, "ans"));
    prompt_notes(p, "3", "");
}

/* --- notes --- */

static void a_note_is_printed_once_with_its_count(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = -1");
    prompt_run(p, "repeat 10 { z = log(x) }");
    const char *first = strstr(p->err, "note: log(-1) is nan");
    assert_non_null(first);
    assert_null(strstr(first + 1, "note: "));
    assert_non_null(strstr(p->err, "(10 times)"));
}

static void forgotten_cleargrad_in_a_loop_is_counted(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2\nopt = sgd(x, lr=0.001)");
    prompt_notes(p, "repeat 150 { forward f; backward f; step }",
                 "note: 149 of 150 backward calls added to gradients from before a step; put "
                 "cleargrad before backward\n");
    prompt_notes(p, "repeat 150 { forward f; cleargrad; backward f; step }", "");
}

static void a_second_sweep_is_noted(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2\nbackward f");
    assert_string_equal(p->err, "");
    prompt_notes(p, "backward f",
                 "note: gradients were not cleared, so this sweep was added; "
                 "cleargrad forgets them\n");
}

static void collecting_gradients_before_one_step_is_no_mistake(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nopt = sgd(x)");
    prompt_notes(p, "repeat 3 { cleargrad; f = x^2; backward f; g = x^3; backward g; step }",
                 "note: gradients were not cleared, so 3 of 6 sweeps were added; cleargrad "
                 "forgets them\n");
}

/* The engine runs out of memory at its n-th allocation, and perhaps stays so. False when there is
 * no n-th. */
static bool survives(const char *statement, uint64_t n, bool forever)
{
    static const char look[] = "print x, y, y.grad, opt.lr";
    Prompt *p = prompt_new();
    char before[sizeof p->out];
    prompt_run(p, "x, y = 2, [[1, 2], [3, 4]]\nf = sum(y @ y)*x^2\nbackward f;\n"
                  "opt = adam(x, y)\nm = mlp([3, 1])\nz = ones(2, 2)\nx := 2.5\nforward f");
    prompt_run(p, look);
    snprintf(before, sizeof before, "%s", p->out);
    nb_mem_fail_at(n, forever);
    prompt_run(p, statement);
    bool refused = nb_mem_fail_at(0, false) >= n;
    bool failed = p->end == RUN_ERROR; /* what is printed afterwards may be less */
    if (p->end != RUN_OK && !(failed && refused && strstr(p->err, "memory"))) {
        fail_msg("%s, allocation %d%s, end %d: %s%s", statement, (int)n,
                 forever ? " and later" : "", (int)p->end, p->out, p->err);
    }
    if (failed && !strstr(p->err, "what the statement changed so far stays")) {
        prompt_says(p, look, before);
    }
    prompt_run(p, statement);
    if (p->end != RUN_OK) {
        fail_msg("%s, after allocation %d: %s", statement, (int)n, p->err);
    }
    prompt_free(p);
    return refused;
}

static void a_statement_out_of_memory_leaves_everything_as_before(void **state)
{
    static const char *const statements[] = {
        "g = f*2 + sum(y[0, :])",
        "backward f, create_graph=true",
        "step",
        "m(z)",
        "y[0, 1:] := 3",
        "hessian(f, x)",
        "numgrad(f, x)",
        "tree f",
        "info f",
        "vars",
        "a, b = moons(6, 0.1)",
        "unchain f",
    };
    (void)state;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        for (int forever = 0; forever < 2; forever++) {
            uint64_t n = 1;
            while (survives(statements[i], n, forever)) {
                assert_true(++n < 3000);
            }
        }
    }
}

/* --- what commands reach --- */

static void every_row_says_what_it_reaches(void **state)
{
    Prompt *p = *state;
    for (int i = 0, n = interp_builtin_count(p->s->interp); i < n; i++) {
        const Builtin *row = interp_builtin_at(p->s->interp, i);
        unsigned reach = row->flags & B_REACHES;
        if (reach == 0 || (reach & (reach - 1)) != 0) {
            fail_msg("%s says %s what it reaches", row->name, reach == 0 ? "not" : "twice");
        }
    }
}

static void rows_that_write_are_refused_to_what_others_wrote(void **state)
{
    Prompt *p = *state;
    int refused = 0;
    interp_allow(p->s->interp, B_WITHIN | B_READS | B_SHOWS);
    for (int i = 0, n = interp_builtin_count(p->s->interp); i < n; i++) {
        const Builtin *row = interp_builtin_at(p->s->interp, i);
        char code[80], wanted[120];
        snprintf(code, sizeof code, row->flags & B_COMMAND ? "%s 1, 2, 3" : "%s(1, 2, 3)",
                 row->name);
        snprintf(wanted, sizeof wanted, "%s: not allowed with --safe", row->name);
        prompt_run(p, code);
        bool told = strstr(p->err, wanted) != NULL;
        if (told != ((row->flags & (B_WRITES | B_PERSON)) != 0)) {
            fail_msg("%s: %s", code, p->err);
        }
        refused += told;
    }
    assert_int_equal(refused, 4); /* save, export, history, lesson */
}

static const struct CMUnitTest tests[] = {
    PROMPT_TEST(an_error_leaves_everything_as_before_the_statement),
    PROMPT_TEST(an_error_in_a_loop_keeps_whole_passes),
    PROMPT_TEST(an_error_in_the_first_pass_leaves_nothing),
    PROMPT_TEST(an_error_in_a_long_loop_leaves_the_state_of_a_whole_pass),
    PROMPT_TEST(gradients_and_optimizers_are_taken_back),
    PROMPT_TEST(random_numbers_are_taken_back),
    PROMPT_TEST(what_was_up_to_date_is_so_again),
    PROMPT_TEST(an_interrupt_before_the_first_pass_changes_nothing),
    PROMPT_TEST(an_interrupt_does_not_wait_for_a_pass_that_is_longer_than_others),
    PROMPT_TEST(an_interrupt_waits_for_the_end_of_a_short_pass),
    PROMPT_TEST(an_interrupt_takes_back_a_long_pass),
    PROMPT_TEST(minimize_stops_after_a_whole_step),
    PROMPT_TEST(minimize_in_a_loop_is_part_of_the_pass),
    PROMPT_TEST(loops_hold_no_memory),
    PROMPT_TEST(restart_empties_the_session),
    PROMPT_TEST(rebinding_tells_who_uses_the_earlier_value),
    PROMPT_TEST(rebinding_names_an_optimizer_that_holds_the_earlier_value),
    PROMPT_TEST(rebinding_is_silent_when_nothing_else_uses_the_earlier_value),
    PROMPT_TEST(earlier_nodes_are_counted_from_the_newest),
    PROMPT_TEST(shown_names_can_be_typed),
    PROMPT_TEST(the_users_own_names_win),
    PROMPT_TEST(ans_never_labels),
    PROMPT_TEST(a_note_is_printed_once_with_its_count),
    PROMPT_TEST(forgotten_cleargrad_in_a_loop_is_counted),
    PROMPT_TEST(a_second_sweep_is_noted),
    PROMPT_TEST(collecting_gradients_before_one_step_is_no_mistake),
    PROMPT_TEST(every_row_says_what_it_reaches),
    PROMPT_TEST(rows_that_write_are_refused_to_what_others_wrote),
    cmocka_unit_test(a_statement_out_of_memory_leaves_everything_as_before),
};

NB_TEST_MAIN(tests)

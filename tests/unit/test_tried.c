/* test_tried.c -- trials of the session: whatever is written in one is taken back */
#include "prompt.h"

#include <nabla/optim.h>
#include <nabla/saved.h>

#include "objects/optimizer.h"
#include "session/trial.h"

static Value named(Prompt *p, const char *name)
{
    Value v = interp_get(p->s->interp, interp_symbol(p->s->interp, name));
    assert_int_not_equal(v.tag, V_UNSET);
    return v;
}

static void values_names_settings_and_draws_are_as_before(void **state)
{
    Prompt *p = *state;
    Trial t;
    prompt_run(p, "x = 2\ny = x^2\nbackward y\nopt = sgd(x, lr=0.1)\nstep opt\nforward y");
    char draw[64];
    prompt_run(p, "rand()");
    snprintf(draw, sizeof draw, "%.60s", p->out);
    prompt_run(p, "undo");
    NbVar *x = named(p, "x").var, *y = named(p, "y").var;
    NbOptim *o = optim_of(named(p, "opt").obj);
    const uint64_t stamp = nb_var_stamp(y);
    assert_true(trial_begin(&t, p->s, 0, 0));
    assert_int_equal(nb_var_assign_scalar(x, 7), NB_OK);
    assert_int_equal(nb_forward(y, false, NULL), NB_OK);
    assert_int_equal(nb_backward(y, NULL), NB_OK);
    assert_int_equal(nb_optim_step(o, NULL), NB_OK);
    interp_bind(p->s->interp, interp_symbol(p->s->interp, "y"), NUM(1), false);
    session_touch(p->s, &(Touch){.kind = TOUCH_SETTINGS});
    p->s->set.digits = 3;
    session_seed(p->s, 1, 2);
    assert_false(trial_end(&t));
    assert_true(nb_var_stamp(y) == stamp && nb_optim_steps(o) == 1);
    prompt_says(p, "x\ny\nx.grad\nopt.lr",
                "x = 1.6\ny = 2.56\nx.grad = 4  (stale: x changed since backward)\nopt.lr = 0.1\n");
    prompt_says(p, "rand()", draw);
    assert_string_equal(p->err, "");
}

static void a_trial_that_writes_nothing_says_so(void **state)
{
    Prompt *p = *state;
    Trial t;
    prompt_run(p, "x = 2");
    assert_true(trial_begin(&t, p->s, TRIAL_MASKS | TRIAL_TEST | TRIAL_QUIET, 0));
    assert_true(nb_testmode(p->s->ctx));
    NbVar *z = nb_var_scalar(p->s->ctx, 1, NB_LEAF); /* what it made itself */
    assert_int_equal(nb_var_assign_scalar(z, 3), NB_OK);
    nb_var_unref(&z);
    assert_true(trial_end(&t));
    assert_false(nb_testmode(p->s->ctx));
}

/* Between two tries others see what was tried, and their writes are none of the trial. */
static void a_resting_trial_keeps_what_it_tried(void **state)
{
    Prompt *p = *state;
    Trial t;
    prompt_run(p, "x, w = 2, 5\ny = x^2");
    NbVar *x = named(p, "x").var, *y = named(p, "y").var;
    assert_true(trial_begin(&t, p->s, 0, 0));
    assert_true(trial_save(&t, y));
    trial_pause(&t);
    for (int i = 0; i < 3; i++) {
        trial_resume(&t);
        assert_int_equal(nb_var_assign_scalar(x, 3 + i), NB_OK);
        assert_int_equal(nb_forward(y, false, NULL), NB_OK);
        trial_pause(&t);
    }
    assert_true(nb_var_value(y) == 25);
    const size_t bytes = journal_bytes(t.journal);
    prompt_run(p, "w := 6");
    trial_resume(&t);
    assert_int_equal(nb_var_assign_scalar(x, 1), NB_OK);
    assert_true(journal_bytes(t.journal) <= bytes); /* each is saved once */
    trial_pause(&t);
    assert_false(trial_end(&t));
    prompt_says(p, "x\ny\nw", "x = 2\ny = 4\nw = 6\n");
    prompt_run(p, "undo");
    prompt_says(p, "w", "w = 5\n");
}

static void trials_nest_but_not_two_with_a_limit(void **state)
{
    Prompt *p = *state;
    Trial outer, inner, third;
    prompt_run(p, "x = 2");
    NbVar *x = named(p, "x").var;
    assert_true(trial_begin(&outer, p->s, 0, 0));
    assert_int_equal(nb_var_assign_scalar(x, 3), NB_OK);
    assert_true(trial_begin(&inner, p->s, 0, 10));
    assert_false(trial_begin(&third, p->s, 0, 10));
    assert_int_equal(nb_var_assign_scalar(x, 4), NB_OK);
    assert_false(trial_end(&inner));
    assert_true(nb_var_value(x) == 3);
    assert_int_equal(nb_var_assign_scalar(x, 5), NB_OK);
    assert_false(trial_end(&outer));
    assert_true(nb_var_value(x) == 2);
}

/* What a statement wrote before a race and writes after it belongs to the statement alone. */
static void a_race_inside_a_statement_leaves_it_to_undo(void **state)
{
    Prompt *p = *state;
    prompt_run(p, "x = 2\nf = x^2\na = sgd(x, lr=0.1)");
    prompt_run(p, "for i in 1:3 { x := x + 1; race f, a, adam(x, lr=0.1), steps=5; x := x + 1 }");
    assert_string_equal(p->err, "");
    prompt_says(p, "x\na.lr", "x = 6\na.lr = 0.1\n");
    prompt_run(p, "undo");
    prompt_says(p, "x\nf", "x = 2\nf = 4\n");
}

static const struct CMUnitTest tests[] = {
    PROMPT_TEST(values_names_settings_and_draws_are_as_before),
    PROMPT_TEST(a_trial_that_writes_nothing_says_so),
    PROMPT_TEST(a_resting_trial_keeps_what_it_tried),
    PROMPT_TEST(trials_nest_but_not_two_with_a_limit),
    PROMPT_TEST(a_race_inside_a_statement_leaves_it_to_undo),
};

NB_TEST_MAIN(tests)

/* test_drag.c -- values moved in the graph window of a session: statements, undo, gradients */
#include "desk.h"

#include "repl/session/history.h"
#include "viz/window/window.h"

/* x = 2, y = 3, f = x*y + x^2 in the graph window, x chosen with keys. */
static void open_small(Desk *d)
{
    type(d, "x, y = 2, 3\nf = x*y + x^2\nbackward f\ngraph f");
    nb_viz_free(&d->hands.viz);
    d->hands.viz = view_of(d->p->s)->viz;
    wait_until(&d->hands, at_rest);
    press_key(&d->hands, "graph", SDLK_TAB, KMOD_NONE);
    nb_viz_pump(d->hands.viz);
}

/* Moves the chosen leaf by so many steps; what is printed meanwhile is in p->out and p->err. */
static void move_by(Desk *d, int steps, bool settle)
{
    Catch out = catch_begin(stdout), err = catch_begin(stderr);
    for (int i = 0; i < abs(steps); i++) {
        press_key(&d->hands, "graph", steps > 0 ? SDLK_PAGEUP : SDLK_PAGEDOWN, KMOD_NONE);
        nb_viz_pump(d->hands.viz);
    }
    if (settle) {
        wait_until(&d->hands, at_rest);
    }
    catch_end(&out, d->p->out, sizeof d->p->out);
    catch_end(&err, d->p->err, sizeof d->p->err);
}

static void value_moves_at_once_and_ends_as_one_line(void **state)
{
    Desk *d = *state;
    open_small(d);
    move_by(d, 5, false);
    assert_true(value(d, "x") == 2.5);
    assert_true(value(d, "f") == 13.75);
    assert_string_equal(d->p->out, "");
    move_by(d, 0, true);
    assert_string_equal(d->p->out, "x: 2 → 2.5   f: 10 → 13.75\n");
    assert_string_equal(d->p->err, "");
    assert_true(value(d, "f") == 13.75);
    assert_true(gradient(d, "x") == 8); /* there was one: it follows */
}

static void moving_is_one_unit_for_undo_and_redo(void **state)
{
    Desk *d = *state;
    open_small(d);
    move_by(d, -3, true);
    assert_true(value(d, "x") == 1.7);
    type(d, "undo");
    assert_non_null(strstr(d->p->out, "undone: x := 1.7; forward f; cleargrad; backward f"));
    assert_true(value(d, "x") == 2);
    assert_true(value(d, "f") == 10);
    type(d, "redo");
    assert_true(value(d, "x") == 1.7);
    type(d, "undo 2");
    assert_true(gradient(d, "x") == 0); /* backward f was taken back, and nothing more */
    assert_true(value(d, "f") == 10);
}

static void gradients_follow_with_set_auto(void **state)
{
    Desk *d = *state;
    open_small(d);
    type(d, "set auto on");
    move_by(d, 10, false);
    assert_true(gradient(d, "x") == 9);
    assert_true(gradient(d, "y") == 3);
    move_by(d, 0, true);
    assert_true(gradient(d, "x") == 9); /* not added to 7 */
    assert_true(gradient(d, "y") == 3);
    type(d, "undo");
    assert_true(gradient(d, "x") == 7);
    assert_true(gradient(d, "y") == 2);
    assert_true(value(d, "f") == 10);
}

static void a_statement_settles_what_is_in_the_hand(void **state)
{
    Desk *d = *state;
    open_small(d);
    move_by(d, 1, false);
    type(d, "print x");
    assert_non_null(strstr(d->p->out, "x: 2 → 2.1   f: 10 → 10.71\n2.1\n"));
    type(d, "undo");
    assert_true(value(d, "x") == 2);
}

static void window_closed_meanwhile_settles_too(void **state)
{
    Desk *d = *state;
    open_small(d);
    move_by(d, 1, false);
    press_key(&d->hands, "graph", SDLK_q, KMOD_NONE);
    Catch out = catch_begin(stdout);
    nb_viz_pump(d->hands.viz);
    session_pump(d->p->s);
    catch_end(&out, d->p->out, sizeof d->p->out);
    assert_non_null(strstr(d->p->out, "x: 2 → 2.1"));
    assert_null(view_of(d->p->s)->drag);
}

static void restart_forgets_what_is_in_the_hand(void **state)
{
    Desk *d = *state;
    open_small(d);
    move_by(d, 1, false);
    type(d, "restart");
    assert_null(view_of(d->p->s)->drag);
    assert_int_equal(prompt_run(d->p, "x"), RUN_ERROR);
}

static void a_kink_under_the_hand_says_nothing_until_the_end(void **state)
{
    Desk *d = *state;
    type(d, "x = 0.3\nf = log(x)\ngraph f");
    nb_viz_free(&d->hands.viz);
    d->hands.viz = view_of(d->p->s)->viz;
    wait_until(&d->hands, at_rest);
    press_key(&d->hands, "graph", SDLK_TAB, KMOD_NONE);
    nb_viz_pump(d->hands.viz);
    move_by(d, -5, false);
    assert_string_equal(d->p->err, "");
    assert_true(isnan(value(d, "f")));
    move_by(d, 0, true);
    assert_non_null(strstr(d->p->err, "log needs > 0"));
    assert_non_null(strstr(d->p->out, "x: 0.3 → -0.2"));
    type(d, "undo");
    assert_true(value(d, "x") == 0.3);
}

static void error_at_the_end_leaves_things_as_before(void **state)
{
    Desk *d = *state;
    type(d, "x = 0.3\nf = log(x)\ngraph f\nset nan error");
    nb_viz_free(&d->hands.viz);
    d->hands.viz = view_of(d->p->s)->viz;
    wait_until(&d->hands, at_rest);
    press_key(&d->hands, "graph", SDLK_TAB, KMOD_NONE);
    nb_viz_pump(d->hands.viz);
    move_by(d, -5, true);
    assert_non_null(strstr(d->p->err, "error:"));
    assert_true(value(d, "x") == 0.3);
    assert_true(value(d, "f") == log(0.3));
}

/* A run without an optimizer is sampled at each forward: trying is none. */
static void trying_is_not_recorded(void **state)
{
    Desk *d = *state;
    open_small(d);
    move_by(d, 6, true);
    NbRecord *r = runs_record(d->p->s->runs);
    uint64_t rows = 0;
    for (int i = 0; i < nb_record_runs(r); i++) {
        rows += (uint64_t)nb_record_run(r, i).rows;
    }
    assert_true(rows <= 1);
}

static void look(Desk *d)
{
    nb_viz_free(&d->hands.viz);
    d->hands.viz = view_of(d->p->s)->viz;
    wait_until(&d->hands, at_rest);
}

static void a_result_without_a_name_is_shown_and_not_named(void **state)
{
    Desk *d = *state;
    type(d, "x, y = 2, 3\nset auto on\ngraph x*y + 1");
    look(d);
    press_key(&d->hands, "graph", SDLK_TAB, KMOD_NONE);
    nb_viz_pump(d->hands.viz);
    move_by(d, 5, true);
    assert_true(value(d, "x") == 2.5);
    assert_non_null(strstr(d->p->out, "x: 2 → 2.5"));
    assert_string_equal(d->p->err, "");
    type(d, "undo");
    assert_true(value(d, "x") == 2);
}

static void a_tensor_follows_without_gradients(void **state)
{
    Desk *d = *state;
    type(d, "x = 2\nu = [1, 10]\nf = x*u\nset auto on\ngraph f");
    look(d);
    press_key(&d->hands, "graph", SDLK_TAB, KMOD_NONE);
    nb_viz_pump(d->hands.viz);
    move_by(d, 5, true);
    assert_true(value(d, "x") == 2.5);
    assert_non_null(strstr(d->p->out, "x: 2 → 2.5"));
    assert_string_equal(d->p->err, "");
    type(d, "f");
    assert_non_null(strstr(d->p->out, "25"));
    assert_true(gradient(d, "x") == 0);
}

static void the_next_value_in_the_hand_settles_the_one_before(void **state)
{
    Desk *d = *state;
    open_small(d);
    move_by(d, 1, false);
    assert_non_null(view_of(d->p->s)->drag);
    Interp *I = d->p->s->interp;
    NbVar *y = interp_get(I, interp_symbol(I, "y")).var;
    Catch out = catch_begin(stdout);
    assert_true(view_write(d->p->s, y, 4, false)); /* as the window says it */
    catch_end(&out, d->p->out, sizeof d->p->out);
    assert_non_null(strstr(d->p->out, "x: 2 → 2.1   f: 10 → 10.71\n"));
    out = catch_begin(stdout);
    assert_true(view_write(d->p->s, y, 5, true));
    catch_end(&out, d->p->out, sizeof d->p->out);
    assert_non_null(strstr(d->p->out, "y: 3 → 5   f: 10.71 → 14.91\n"));
    assert_null(view_of(d->p->s)->drag);
}

static void what_cannot_be_moved_is_refused(void **state)
{
    Desk *d = *state;
    type(d, "x = 2\nu = [1, 2]\nf = sum(x*u)");
    Interp *I = d->p->s->interp;
    static const char *const name[] = {"u", "f"};
    for (int i = 0; i < 2; i++) {
        NbVar *v = interp_get(I, interp_symbol(I, name[i])).var;
        assert_false(view_write(d->p->s, v, 4, true));
    }
    assert_false(
        view_write(d->p->s, interp_get(I, interp_symbol(I, "x")).var, 4, true)); /* no graph */
    assert_true(value(d, "x") == 2);
    type(d, "graph f");
    look(d);
    NbVar *nobody = nb_var_scalar(d->p->s->ctx, 1, NB_LEAF);
    if (nobody) {
        assert_false(view_write(d->p->s, nobody, 4, true)); /* a name is needed to say it */
        nb_var_unref(&nobody);
    }
    d->p->s->unit.running = true;
    assert_false(view_write(d->p->s, interp_get(I, interp_symbol(I, "x")).var, 4, true));
    d->p->s->unit.running = false;
    assert_true(value(d, "x") == 2);
}

/* Ctrl-C while what hangs on the value is computed: all is as before the hand came. */
static void ctrl_c_stops_a_move_and_takes_it_back(void **state)
{
    Desk *d = *state;
    type(d, "x = 2\nu = [1, 2]\nf = sum(x*u)\nbackward f\ngraph f");
    Session *s = d->p->s;
    NbVar *x = interp_get(s->interp, interp_symbol(s->interp, "x")).var;
    nb_viz_free(&d->hands.viz);
    d->hands.viz = view_of(s)->viz;
    assert_true(view_write(s, x, 4, false));
    assert_true(value(d, "f") == 12);
    Catch out = catch_begin(stdout), err = catch_begin(stderr);
    *s->interrupt = 1;
    assert_true(view_write(s, x, 5, false));
    *s->interrupt = 0;
    catch_end(&out, d->p->out, sizeof d->p->out);
    catch_end(&err, d->p->err, sizeof d->p->err);
    assert_null(view_of(s)->drag);
    assert_string_equal(d->p->out, "");
    assert_non_null(strstr(d->p->err, "stopped; nothing changed"));
    assert_true(value(d, "x") == 2 && value(d, "f") == 6 && gradient(d, "x") == 3);
    type(d, "print x, f, f.stale");
    assert_string_equal(d->p->out, "2 6 0\n");
    assert_true(view_write(s, x, 3, false)); /* the next move is one of its own */
    assert_true(value(d, "f") == 9);
}

#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, open_desk, close_desk)

SUITE()
{
    unsetenv("DISPLAY");
    const struct CMUnitTest tests[] = {
        DESK_TEST(value_moves_at_once_and_ends_as_one_line),
        DESK_TEST(moving_is_one_unit_for_undo_and_redo),
        DESK_TEST(gradients_follow_with_set_auto),
        DESK_TEST(a_statement_settles_what_is_in_the_hand),
        DESK_TEST(window_closed_meanwhile_settles_too),
        DESK_TEST(restart_forgets_what_is_in_the_hand),
        DESK_TEST(a_kink_under_the_hand_says_nothing_until_the_end),
        DESK_TEST(error_at_the_end_leaves_things_as_before),
        DESK_TEST(trying_is_not_recorded),
        DESK_TEST(a_result_without_a_name_is_shown_and_not_named),
        DESK_TEST(a_tensor_follows_without_gradients),
        DESK_TEST(the_next_value_in_the_hand_settles_the_one_before),
        DESK_TEST(ctrl_c_stops_a_move_and_takes_it_back),
        DESK_TEST(what_cannot_be_moved_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_preview.c -- a step picked in the plot: the graph as it was then, and how to go there */
#include "desk.h"

/* Five steps of a run, with the plot and the graph open and drawn. */
static void open_run(Desk *d)
{
    type(d, "x = 2\nf = x^2\nopt = sgd(x, lr=0.1)\nminimize f, opt, steps=5\ngraph f\nplot f");
    nb_viz_free(&d->hands.viz);
    d->hands.viz = view_of(d->p->s)->viz;
    wait_until(&d->hands, at_rest);
}

static bool graph_shows(Desk *d, const char *part)
{
    return window_draws(&d->hands, "graph", part);
}

/* A key in the plot; what the session says meanwhile is in p->err. */
static void key(Desk *d, SDL_Keycode code)
{
    Catch err = catch_begin(stderr);
    press_key(&d->hands, "plot", code, KMOD_NONE);
    nb_viz_pump(d->hands.viz);
    wait_until(&d->hands, at_rest);
    catch_end(&err, d->p->err, sizeof d->p->err);
}

static void the_graph_shows_the_numbers_of_the_step_under_the_cursor(void **state)
{
    Desk *d = *state;
    open_run(d);
    assert_true(graph_shows(d, "0.429497"));
    key(d, SDLK_HOME);
    assert_true(graph_shows(d, "\"4\""));
    assert_true(fabs(value(d, "x") - 0.65536) < 1e-12); /* the session is where it was */
    key(d, SDLK_RIGHT);
    assert_true(graph_shows(d, "2.56"));
    key(d, SDLK_ESCAPE);
    assert_true(graph_shows(d, "0.429497"));
}

static void enter_says_how_to_go_to_the_step(void **state)
{
    Desk *d = *state;
    open_run(d);
    key(d, SDLK_RETURN);
    assert_string_equal(d->p->err, ""); /* no step is picked */
    key(d, SDLK_HOME);
    key(d, SDLK_RIGHT);
    key(d, SDLK_RETURN);
    assert_string_equal(d->p->err, "step 1 of sgd(lr=0.1): rewind 1 goes there\n");
}

static void a_step_of_an_earlier_run_is_named_with_its_run(void **state)
{
    Desk *d = *state;
    open_run(d);
    type(d, "reset opt\nminimize f, opt, steps=2");
    wait_until(&d->hands, at_rest);
    key(d, SDLK_HOME); /* of the newest run */
    key(d, SDLK_RETURN);
    assert_string_equal(d->p->err, "step 0 of sgd(lr=0.1): rewind 0 goes there\n");
    key(d, SDLK_UP);
    key(d, SDLK_UP);
    key(d, SDLK_RETURN);
    assert_string_equal(d->p->err, "step 0 of sgd(lr=0.1): rewind 0, run=1 goes there\n");
    assert_true(graph_shows(d, "\"4\""));
}

static void what_is_typed_while_a_step_is_picked_sees_the_present(void **state)
{
    Desk *d = *state;
    open_run(d);
    key(d, SDLK_HOME);
    type(d, "x");
    assert_string_equal(d->p->out, "x = 0.65536\n");
    type(d, "rewind 0");
    wait_until(&d->hands, at_rest);
    assert_true(value(d, "x") == 2);
    assert_true(graph_shows(d, "\"4\""));
}

/* Of a long run not every step is kept; the nearest one is shown, and said. */
static void a_step_between_kept_ones_names_the_nearest(void **state)
{
    Desk *d = *state;
    char says[200];
    type(d,
         "x = 2\nf = x^2\nopt = sgd(x, lr=0.0001)\nminimize f, opt, steps=20000\ngraph f\nplot f");
    nb_viz_free(&d->hands.viz);
    d->hands.viz = view_of(d->p->s)->viz;
    wait_until(&d->hands, at_rest);
    int between = 0, kept = 0;
    for (unsigned step = 1000; step < 1040; step++) {
        nb_viz_cursor_set(d->hands.viz, 1, step);
        settle(&d->hands);
        key(d, SDLK_RETURN);
        snprintf(says, sizeof says, "step %u of sgd(lr=0.0001): rewind %u goes there", step, step);
        assert_non_null(strstr(d->p->err, says));
        unsigned near = 0;
        const char *tail = strstr(d->p->err, "; kept is step ");
        if (tail) {
            between++;
            assert_int_equal(sscanf(tail, "; kept is step %u", &near), 1);
            assert_true(near != step && near + 40 > step && near < step + 40);
        } else {
            kept++;
        }
    }
    assert_true(between > 0 && kept > 0);
}

static void a_step_of_a_run_that_is_gone_is_only_named(void **state)
{
    Desk *d = *state;
    open_run(d);
    nb_viz_cursor_set(d->hands.viz, 77, 3);
    settle(&d->hands);
    Catch err = catch_begin(stderr);
    view_pointed(d->p->s);
    catch_end(&err, d->p->err, sizeof d->p->err);
    assert_null(strstr(d->p->err, "rewind"));
    assert_true(graph_shows(d, "0.429497"));
    nb_viz_cursor_clear(d->hands.viz);
    err = catch_begin(stderr);
    view_pointed(d->p->s);
    catch_end(&err, d->p->err, sizeof d->p->err);
    assert_string_equal(d->p->err, "");
}

static void a_leaf_in_the_graph_has_no_step(void **state)
{
    Desk *d = *state;
    open_run(d);
    type(d, "graph x");
    wait_until(&d->hands, at_rest);
    key(d, SDLK_HOME);
    assert_true(fabs(value(d, "x") - 0.65536) < 1e-12);
    assert_true(nb_viz_open(d->hands.viz));
}

#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, open_desk, close_desk)

SUITE()
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(the_graph_shows_the_numbers_of_the_step_under_the_cursor),
        DESK_TEST(enter_says_how_to_go_to_the_step),
        DESK_TEST(a_step_of_an_earlier_run_is_named_with_its_run),
        DESK_TEST(what_is_typed_while_a_step_is_picked_sees_the_present),
        DESK_TEST(a_step_between_kept_ones_names_the_nearest),
        DESK_TEST(a_step_of_a_run_that_is_gone_is_only_named),
        DESK_TEST(a_leaf_in_the_graph_has_no_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

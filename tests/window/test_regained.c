/* test_regained.c -- an X server ends, at rest or in the middle of a call, and one comes back */
#include "display.h"

#include "viz/window/window_host.h"

static bool graph_drawn(World *w)
{
    return nb_viz_window_frames(w->viz, "graph") > 0 && at_rest(w);
}

static void open_and_draw(World *w, NbVar *f)
{
    NbErr err = {0};
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    assert_string_equal(err.msg, "");
    assert_true(wait_until(w, graph_drawn));
    assert_true(window_draws(w, "graph", "y"));
    assert_true(sleeps(w)); /* the new connection is waited for, and no other */
}

/* The pump hears of it before SDL does. */
static void lose_at_rest(World *w)
{
    lose_display();
    assert_true(wait_until(w, all_closed));
}

/* SDL is asked first: it is left in the middle of a call. */
static void lose_in_a_call(World *w)
{
    lose_display();
    nb_viz_window_raise(nb_viz_window_named(w->viz, "graph"));
    nb_viz_changed(w->viz);
    nb_viz_pump(w->viz);
    assert_true(wait_until(w, all_closed));
}

static void lose_while_closed(World *w)
{
    nb_viz_close(w->viz, NULL);
    nb_viz_pump(w->viz);
    lose_display();
}

static void windows_open_again(void **state)
{
    static void (*const lose[])(World *) = {lose_at_rest, lose_in_a_call, lose_while_closed};
    World *w = *state;
    NbErr err = {0};
    NbVar *f = make_small(w);
    open_and_draw(w, f);
    for (int i = 0; i < 6; i++) {
        lose[i / 2](w);
        assert_false(nb_viz_start_display(w->viz)); /* not before there is one */
        assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_EIO);
        assert_false(nb_viz_open(w->viz));
        regain_display(i % 2 == 0);
        nb_err_clear(&err);
        open_and_draw(w, f);
    }
    nb_var_unref(&f);
}

/* Two that share SDL: it is not started again while one still holds what is dead. */
static void each_lets_go_of_what_is_dead(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = make_small(w);
    NbViz *other = nb_viz_new(&(NbVizHost){0}, &w->style);
    assert_non_null(other);
    open_and_draw(w, f);
    assert_int_equal(nb_viz_graph(other, f, "g", &err), NB_OK);
    lose_at_rest(w);
    regain_display(true);
    assert_false(nb_viz_start_display(w->viz));
    nb_viz_pump(other);
    assert_false(nb_viz_open(other));
    open_and_draw(w, f);
    assert_int_equal(nb_viz_graph(other, f, "g", &err), NB_OK);
    nb_viz_free(&other);
    assert_true(window_draws(w, "graph", "y"));
    nb_var_unref(&f);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        ON_OWN_DISPLAY(windows_open_again),
        ON_OWN_DISPLAY(each_lets_go_of_what_is_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

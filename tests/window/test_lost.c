/* test_lost.c -- the X server ends while a window is drawn */
/* A process loses its display once, and test_windows.c loses it while windows rest. */
#include "display.h"

static bool graph_drawn(World *w)
{
    return nb_viz_window_frames(w->viz, "graph") > 0 && at_rest(w);
}

static void lost_server_is_survived_while_drawing(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = make_small(w);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    wait_until(w, graph_drawn);
    assert_true(graph_drawn(w));
    lose_display();
    nb_viz_changed(w->viz);
    nb_viz_pump(w->viz);
    nb_viz_pump(w->viz);
    wait_until(w, all_closed);
    assert_true(all_closed(w));
    nb_var_unref(&f);
}

SUITE()
{
    const struct CMUnitTest tests[] = {ON_OWN_DISPLAY(lost_server_is_survived_while_drawing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

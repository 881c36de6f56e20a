/* test_layout.c -- the layout worker: positions, time limit, interruption, loss */
#include "graphs.h"

#include <sys/stat.h>

#include "viz/diagram/layout.h"

static const NbPoint size[3] = {{100, 60}, {50, 40}, {100, 60}};
static const bool oval[3] = {false, true, false};
static const uint32_t from[3] = {0, 0, 1}, to[3] = {1, 1, 2};
static const NbLayoutJob job = {
    .nnodes = 3, .size = size, .oval = oval, .nedges = 3, .from = from, .to = to};

static void layout_runs_from_left_to_right(void **state)
{
    (void)state;
    NbErr err = {0};
    NbGeometry *g;
    NbLayouter *l = nb_viz_layouter_new();
    assert_int_equal(nb_viz_layout_start(l, &job, &err), NB_OK);
    assert_true(nb_viz_layout_fd(l) >= 0);
    assert_int_equal(nb_viz_layout_wait(l, NULL, &g, &err), NB_OK);
    assert_true(g->at[0].x + 50 < g->at[1].x - 25);
    assert_true(g->at[1].x + 25 < g->at[2].x - 50);
    assert_int_equal(nb_viz_layout_fd(l), -1);
    nb_viz_geometry_free(&g);
    nb_viz_layouter_free(&l);
}

static void layout_upright_runs_downwards(void **state)
{
    (void)state;
    NbErr err = {0};
    NbGeometry *g;
    NbLayoutJob upright = job;
    upright.upright = true;
    NbLayouter *l = nb_viz_layouter_new();
    assert_int_equal(nb_viz_layout_start(l, &upright, &err), NB_OK);
    assert_int_equal(nb_viz_layout_wait(l, NULL, &g, &err), NB_OK);
    assert_true(g->at[0].y < g->at[1].y && g->at[1].y < g->at[2].y);
    nb_viz_geometry_free(&g);
    nb_viz_layouter_free(&l);
}

static void every_edge_has_a_route_also_of_double_edges(void **state)
{
    (void)state;
    NbErr err = {0};
    NbGeometry *g;
    NbLayouter *l = nb_viz_layouter_new();
    assert_int_equal(nb_viz_layout_start(l, &job, &err), NB_OK);
    assert_int_equal(nb_viz_layout_wait(l, NULL, &g, &err), NB_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_true(g->route[i].count >= 4 && g->route[i].count % 3 == 1);
        assert_true(g->route[i].first + g->route[i].count <= g->npoints);
    }
    nb_viz_geometry_free(&g);
    nb_viz_layouter_free(&l);
}

static void worker_is_kept_for_the_next_jobs(void **state)
{
    (void)state;
    NbErr err = {0};
    NbLayouter *l = nb_viz_layouter_new();
    double fastest = INFINITY;
    for (int i = 0; i < 20; i++) {
        NbGeometry *g;
        double start = seconds();
        assert_int_equal(nb_viz_layout_start(l, &job, &err), NB_OK);
        assert_int_equal(nb_viz_layout_wait(l, NULL, &g, &err), NB_OK);
        nb_viz_geometry_free(&g);
        fastest = fmin(fastest, seconds() - start);
    }
    assert_true(fastest < 0.5 * patience());
    nb_viz_layouter_free(&l);
}

static void poll_never_blocks(void **state)
{
    (void)state;
    NbErr err = {0};
    NbGeometry *g = NULL;
    NbLayouter *l = nb_viz_layouter_new();
    assert_int_equal(nb_viz_layout_start(l, &job, &err), NB_OK);
    double limit = seconds() + 30 * patience();
    int polls = 0; /* one that blocks would be enough */
    while (!g && seconds() < limit) {
        assert_int_equal(nb_viz_layout_poll(l, &g, &err), NB_OK);
        polls++;
        rest(0.0005);
    }
    assert_non_null(g);
    assert_true(polls > 1);
    nb_viz_geometry_free(&g);
    nb_viz_layouter_free(&l);
}

/* A worker that is a script. */
static void use_script(World *w, const char *text)
{
    FILE *f = fopen(in_dir(w, "worker"), "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", text);
    fclose(f);
    chmod(in_dir(w, "worker"), 0700);
    setenv("NABLA_WORKER", in_dir(w, "worker"), 1);
}

static NbStatus run_script(World *w, const char *text, const volatile sig_atomic_t *flag,
                           NbErr *err)
{
    NbGeometry *g = NULL;
    use_script(w, text);
    NbLayouter *l = nb_viz_layouter_new();
    NbStatus status = nb_viz_layout_start(l, &job, err);
    status = status ? status : nb_viz_layout_wait(l, flag, &g, err);
    assert_null(g);
    nb_viz_layouter_free(&l);
    own_worker();
    return status;
}

static void slow_worker_is_killed_after_two_seconds_with_a_hint(void **state)
{
    NbErr err = {0};
    double start = seconds();
    assert_int_equal(run_script(*state, "exec sleep 60", NULL, &err), NB_EIO);
    assert_true(seconds() - start > 1.5);
    assert_non_null(strstr(err.msg, "the layout of 3 nodes took more than 2 s"));
    assert_true(err.hint[0]);
}

static void who_can_stop_a_slow_worker_waits_for_it(void **state)
{
    NbErr err = {0};
    volatile sig_atomic_t flag = 0;
    assert_int_equal(run_script(*state, "sleep 2.5; exit 1", &flag, &err), NB_EIO);
    assert_string_equal(err.msg, "the graph layout process ended early");
}

static void interrupt_stops_a_slow_worker_at_once(void **state)
{
    NbErr err = {0};
    volatile sig_atomic_t flag = 1;
    assert_int_equal(run_script(*state, "exec sleep 60", &flag, &err), NB_EINTERRUPT);
}

static void worker_that_ends_is_an_error(void **state)
{
    NbErr err = {0};
    assert_int_equal(run_script(*state, "exit 1", NULL, &err), NB_EIO);
    assert_true(err.hint[0]);
}

static void worker_that_talks_nonsense_is_an_error(void **state)
{
    NbErr first = {0}, second = {0};
    assert_int_equal(
        run_script(*state, "echo ok 1 2; echo x; echo end; exec sleep 9", NULL, &first), NB_EIO);
    assert_int_equal(run_script(*state, "echo fail; echo end; exec sleep 9", NULL, &second),
                     NB_EIO);
    assert_string_equal(second.msg, "the graph layout failed");
}

static void worker_that_cannot_be_started_is_an_error(void **state)
{
    (void)state;
    NbErr err = {0};
    setenv("NABLA_WORKER", "/nonexistent/worker", 1);
    NbLayouter *l = nb_viz_layouter_new();
    NbStatus status = nb_viz_layout_start(l, &job, &err);
    NbGeometry *g = NULL;
    status = status ? status : nb_viz_layout_wait(l, NULL, &g, &err);
    assert_int_equal(status, NB_EIO);
    own_worker();
    nb_viz_layouter_free(&l);
}

static void layouter_recovers_when_its_idle_worker_died(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbGeometry *g = NULL;
    /* answers one job and dies */
    use_script(w, "read a; echo 'ok 1 1'; for i in 1 2 3; do echo 1 1; done; "
                  "for i in 1 2 3; do echo '4 0 0 0 0 1 1 2 2 3 3'; done; echo end");
    NbLayouter *l = nb_viz_layouter_new();
    assert_int_equal(nb_viz_layout_start(l, &job, &err), NB_OK);
    assert_int_equal(nb_viz_layout_wait(l, NULL, &g, &err), NB_OK);
    nb_viz_geometry_free(&g);
    own_worker();
    rest(0.2);
    assert_int_equal(nb_viz_layout_start(l, &job, &err), NB_OK);
    assert_int_equal(nb_viz_layout_wait(l, NULL, &g, &err), NB_OK);
    nb_viz_geometry_free(&g);
    nb_viz_layouter_free(&l);
}

static void thousand_nodes_sharing_a_leaf_are_placed_in_time(void **state)
{
    World *w = *state;
    char said[200];
    NbErr err = {0};
    NbVar *f = make_chain(w, 330); /* 660 operations, 330 copies of w */
    NbExport what = {.view = NB_VIEW_GRAPH, .root = f, .title = "f"};
    if (nb_viz_export(w->viz, in_dir(w, "g.svg"), &what, said, sizeof said, &err)) {
        fail_msg("%s", err.msg);
    }
    nb_var_unref(&f);
}

static void long_chain_is_broken_into_bands_of_a_page(void **state)
{
    World *w = *state;
    char said[200];
    NbErr err = {0};
    NbVar *f = make_chain(w, 40);
    NbExport what = {.view = NB_VIEW_GRAPH, .root = f, .title = "f"};
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "g.svg"), &what, said, sizeof said, &err),
                     NB_OK);
    double width, height;
    assert_int_equal(sscanf(strstr(said, "nodes, ") + 7, "%lf × %lf", &width, &height), 2);
    assert_true(width < 2.5 * height && height < 1.2 * width);
    nb_var_unref(&f);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_runs_from_left_to_right),
        cmocka_unit_test(layout_upright_runs_downwards),
        cmocka_unit_test(every_edge_has_a_route_also_of_double_edges),
        cmocka_unit_test(worker_is_kept_for_the_next_jobs),
        cmocka_unit_test(poll_never_blocks),
        IN_WORLD(slow_worker_is_killed_after_two_seconds_with_a_hint),
        IN_WORLD(who_can_stop_a_slow_worker_waits_for_it),
        IN_WORLD(interrupt_stops_a_slow_worker_at_once),
        IN_WORLD(worker_that_ends_is_an_error),
        IN_WORLD(worker_that_talks_nonsense_is_an_error),
        cmocka_unit_test(worker_that_cannot_be_started_is_an_error),
        IN_WORLD(layouter_recovers_when_its_idle_worker_died),
        IN_WORLD(thousand_nodes_sharing_a_leaf_are_placed_in_time),
        IN_WORLD(long_chain_is_broken_into_bands_of_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_layout.c -- the protocol of the layout worker: what either side must not take */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "viz/diagram/layout.h"
#include "viz/diagram/worker.h"

static bool is_read(const char *answer)
{
    bool refused = false;
    NbGeometry *g = nb_viz_geometry_read(answer, 1, 1, &refused);
    assert_false(refused);
    bool read = g != NULL;
    nb_viz_geometry_free(&g);
    return read;
}

static void an_answer_is_read_whole(void **state)
{
    (void)state;
    bool refused;
    NbGeometry *g =
        nb_viz_geometry_read("ok 90 40\n45 20\n4 5 6 1 2 3 4 5 6 7 8\nend\n", 1, 1, &refused);
    assert_non_null(g);
    assert_true(g->w == 90 && g->at[0].y == 20 && g->route[0].count == 4 && g->route[0].tip.x == 5);
    assert_true(g->npoints == 4 && g->points[3].y == 8);
    nb_viz_geometry_free(&g);
}

static void answers_that_cannot_be_drawn_are_refused(void **state)
{
    (void)state;
    assert_true(is_read("ok 90 40\n45 20\n4 5 6 1 2 3 4 5 6 7 8\nend\n"));
    assert_false(is_read("ok 90 40\n45 20\n0 0 0\nend\n"));                     /* no points */
    assert_false(is_read("ok 90 40\n45 20\n5 5 6 1 2 3 4 5 6 7 8 9 9\nend\n")); /* half a piece */
    assert_false(is_read("ok 90 40\nnan 20\n4 5 6 1 2 3 4 5 6 7 8\nend\n"));    /* no place */
    assert_false(is_read("ok inf 40\n45 20\n4 5 6 1 2 3 4 5 6 7 8\nend\n"));    /* no size */
    assert_false(is_read("ok -1 40\n45 20\n4 5 6 1 2 3 4 5 6 7 8\nend\n"));     /* a negative one */
    assert_false(is_read("ok 90 40\n45 1e300\n4 5 6 1 2 3 4 5 6 7 8\nend\n"));  /* far away */
    assert_false(
        is_read("ok 90 40\n45 20\n4 5 6 1 2 3 4 5 6 7 8\n9 9\nend\n"));       /* more than asked */
    assert_false(is_read("ok 90 40\n45 20\n1e9 5 6 1 2 3 4 5 6 7 8\nend\n")); /* endless */
}

static void serve(const char *request, char *answer, size_t cap)
{
    char copy[200];
    snprintf(copy, sizeof copy, "%s", request);
    FILE *in = fmemopen(copy, strlen(copy), "r"), *out = fmemopen(answer, cap, "w");
    assert_true(in && out);
    nb_viz_worker_serve(NULL, in, out, 0);
    fclose(in);
    fclose(out);
}

static void requests_with_sizes_that_are_none_end_the_worker(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "graph 1 0 0\nnan 9 0\n",  "graph 1 0 0\n9 inf 0\n", "graph 1 0 0\n-9 9 0\n",
        "graph 1 0 0\n1e9 9 0\n",  "graph 1 0 0\n0 9 0\n",   "graph 1 1 0\n9 9 0\n0 1\n",
        "graph 1 1 0\n9 9 0\n0\n", "graph 1 0 0\n9 9\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char request[200], answer[100] = "";
        snprintf(request, sizeof request, "%sgraph 0 0 0\n", bad[i]); /* is not answered */
        serve(request, answer, sizeof answer);
        assert_string_equal(answer, "fail\nend\n");
    }
    char answer[100] = "";
    serve("graph 100001 0 0\n", answer, sizeof answer);
    assert_string_equal(answer, "");
    serve("graph 1 0 0\n9 9 0\ngraph 0 0 0\n", answer, sizeof answer);
    assert_string_equal(answer, "fail\nend\nfail\nend\n"); /* both, without libgvc */
}

/* A worker that never stops talking is not listened to for ever, nor kept in memory. */
static void an_answer_without_end_is_given_up(void **state)
{
    (void)state;
    char path[300];
    const char *before = getenv("NABLA_WORKER");
    char *kept = before ? strdup(before) : NULL;
    snprintf(path, sizeof path, "%s/endless", getenv("NB_TMP"));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("#!/bin/sh\nexec yes 'ok 1 1'\n", f);
    fclose(f);
    chmod(path, 0700);
    setenv("NABLA_WORKER", path, 1);
    NbErr err = {0};
    NbGeometry *g = NULL;
    NbPoint size = {40, 20};
    bool oval = false;
    NbLayoutJob job = {.nnodes = 1, .size = &size, .oval = &oval};
    NbLayouter *l = nb_viz_layouter_new();
    assert_int_equal(nb_viz_layout_start(l, &job, &err), NB_OK);
    assert_int_equal(nb_viz_layout_wait(l, NULL, &g, &err), NB_EIO);
    assert_null(g);
    assert_false(nb_viz_layout_busy(l));
    nb_viz_layouter_free(&l);
    if (kept) {
        setenv("NABLA_WORKER", kept, 1);
    } else {
        unsetenv("NABLA_WORKER");
    }
    free(kept);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_read_whole),
        cmocka_unit_test(answers_that_cannot_be_drawn_are_refused),
        cmocka_unit_test(requests_with_sizes_that_are_none_end_the_worker),
        cmocka_unit_test(an_answer_without_end_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

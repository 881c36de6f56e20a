/* test_scene.c -- what is drawn of a graph, as text: nodes, labels, levels; hatching */
#include "graphs.h"

#include "viz/export/object.h"
#include "viz/diagram/scene_graph.h"

static NbModel *model_of(World *w, NbVar *f)
{
    NbErr err = {0};
    NbModel *m = nb_viz_model_new(f, &w->style, false, &err);
    assert_non_null(m);
    return m;
}

/* The scene of f as text, placed by a stub: node i at 200·i. Owned by the caller. */
static char *scene_of(World *w, NbVar *f)
{
    NbModel *m = model_of(w, f);
    NbScene s = {0};
    Text out = {0};
    NbGeometry g = {.w = 1000, .h = 500, .nnodes = m->nnodes, .nedges = m->nedges};
    NbPoint *size = calloc(m->nnodes + 1, sizeof *size);
    g.at = calloc(m->nnodes + 1, sizeof *g.at);
    g.route = calloc(m->nedges + 1, sizeof *g.route);
    for (size_t i = 0; i < m->nnodes; i++) {
        g.at[i] = (NbPoint){200 * (double)i, 100};
    }
    nb_viz_graph_sizes(m, &grid_measure, size);
    nb_viz_scene_graph(&s, m, &g, &grid_measure, size);
    nb_viz_scene_legend(&s, m, &grid_measure, 6, 0, 400, INFINITY);
    nb_viz_scene_dump(&s, &out);
    free(g.at);
    free(g.route);
    free(size);
    nb_viz_scene_free(&s);
    nb_viz_model_free(&m);
    return out.s;
}

static void small_graph_has_boxes_for_variables_and_ovals_for_operations(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    char *s = scene_of(w, f);
    assert_int_equal(occurrences(s, "box leaf"), 2);
    assert_int_equal(occurrences(s, "box inner"), 2);
    assert_int_equal(occurrences(s, "box root"), 1);
    assert_int_equal(occurrences(s, "oval op"), 3);
    assert_int_equal(occurrences(s, "bezier edge"), 8);
    assert_int_equal(occurrences(s, "text grad \"-\""), 5);
    free(s);
    nb_var_unref(&f);
}

static void numbers_stand_inside_operations(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    char *s = scene_of(w, f);
    assert_non_null(strstr(s, "text sign \"^2\""));
    assert_int_equal(occurrences(s, "box number"), 0);
    free(s);
    NbVar *g = make(w, "mul", NULL, f, 100);
    s = scene_of(w, g);
    assert_non_null(strstr(s, "100 *"));
    free(s);
    nb_var_unref(&g);
}

static void numbers_are_nodes_when_constants_are_shown(void **state)
{
    World *w = *state;
    w->style.show_constants = true;
    NbVar *f = make_small(w);
    char *s = scene_of(w, f);
    assert_int_equal(occurrences(s, "box number"), 1);
    assert_int_equal(occurrences(s, "bezier edge"), 9);
    assert_non_null(strstr(s, "text sign \"^\""));
    free(s);
    nb_var_unref(&f);
}

static void larger_graph_has_operations_inside_the_boxes(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    char *s = scene_of(w, f);
    assert_int_equal(occurrences(s, "oval op"), 0);
    assert_non_null(strstr(s, "text formula \"1 - x\""));
    assert_int_equal(occurrences(s, "bezier edge"), 9);
    free(s);
    nb_var_unref(&f);
}

/* The legend in so much room; for free(). */
static char *legend_of(const NbModel *m, double right)
{
    NbScene s = {0};
    Text out = {0};
    nb_viz_scene_legend(&s, m, &grid_measure, 6, 0, 0, right);
    nb_viz_scene_dump(&s, &out);
    assert_true(s.w <= right);
    nb_viz_scene_free(&s);
    return out.s;
}

static void a_legend_without_room_is_shorter(void **state)
{
    static const struct {
        double right;
        int name, scale, order;
    } rooms[] = {
        {INFINITY, 1, 1, 1}, {400, 1, 1, 0}, {240, 0, 1, 0}, {130, 0, 1, 0}, {60, 0, 0, 0}};
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbModel *m = model_of(w, f);
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        char *text = legend_of(m, rooms[i].right);
        assert_int_equal(occurrences(text, "|gradient|"), rooms[i].name);
        assert_int_equal(occurrences(text, "scale chip"), rooms[i].scale);
        assert_int_equal(occurrences(text, "backward sweep"), rooms[i].order);
        free(text);
    }
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void gradient_sets_level_number_and_legend(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    char *s = scene_of(w, f);
    assert_non_null(strstr(s, "text grad \"7\" node"));
    assert_int_equal(occurrences(s, "scale chip"), 1);
    assert_non_null(strstr(s, "level 1.00"));
    assert_non_null(strstr(s, "level 0.14"));
    assert_non_null(strstr(s, "text order \"3\""));
    free(s);
    nb_var_unref(&f);
}

static void stale_nodes_are_hatched_and_the_leaf_is_not(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_var_assign_scalar(nb_graph_tape(f)->leaf[1], 7), NB_OK);
    char *s = scene_of(w, f); /* y changed: v1 and f, not v2; and the legend's sample */
    assert_int_equal(occurrences(s, "hatch stale"), 3);
    free(s);
    nb_var_unref(&f);
}

static void wide_range_of_gradients_gets_a_log_scale(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbModel *m = model_of(w, f);
    assert_true(nb_viz_model_log_scale(m));
    assert_true(nb_viz_model_level(m, 400) > 0.999);
    assert_true(nb_viz_model_level(m, 0) == 0);
    double low = nb_viz_model_level(m, 1), middle = nb_viz_model_level(m, 20);
    assert_true(low > 0.05 && low < middle && middle < 0.8);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void gradient_of_nan_is_drawn(void **state)
{
    World *w = *state;
    NbVar *x = make_leaf(w, "x", NAN);
    NbVar *f = make(w, "sin", x, NULL, 0);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    char *s = scene_of(w, f);
    assert_non_null(strstr(s, "text grad \"nan\""));
    free(s);
    nb_var_unref(&f);
}

static void topology_is_equal_when_only_values_change(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w), *g = make_small(w), *h = make_rosenbrock(w);
    nb_var_assign_scalar(nb_graph_tape(g)->leaf[0], 12345);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbModel *a = model_of(w, f), *b = model_of(w, g), *c = model_of(w, h);
    assert_true(a->topology == b->topology);
    assert_true(a->topology != c->topology);
    nb_viz_model_free(&a);
    nb_viz_model_free(&b);
    nb_viz_model_free(&c);
    nb_var_unref(&f);
    nb_var_unref(&g);
    nb_var_unref(&h);
}

static void much_used_leaves_of_a_crowded_graph_are_drawn_once_per_use(void **state)
{
    World *w = *state;
    NbVar *f = make_chain(w, 50);
    NbModel *m = model_of(w, f);
    size_t copies = 0;
    for (size_t i = 0; i < m->nnodes; i++) {
        copies += strcmp(m->node[i].label, "w") == 0;
    }
    assert_int_equal(copies, 50);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void more_than_a_thousand_nodes_are_a_summary(void **state)
{
    World *w = *state;
    NbVar *f = make_chain(w, 600);
    NbModel *m = model_of(w, f);
    assert_true(m->summary);
    assert_int_equal(m->variables, 1202);
    NbScene s = {0};
    Text out = {0};
    nb_viz_scene_summary(&s, m, &grid_measure, "f");
    nb_viz_scene_dump(&s, &out);
    assert_non_null(strstr(out.s, "1202 nodes, 2 of them leaves"));
    assert_non_null(strstr(out.s, "a part: graph f, depth=4"));
    text_free(&out);
    nb_viz_scene_free(&s);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

/* --- numbers and hatching --- */

static void numbers_have_three_digits_on_a_projector(void **state)
{
    World *w = *state;
    NbVizStyle style = {.text = {.digits = 6}};
    assert_int_equal(nb_viz_picture_digits(&style), 6);
    w->style.present = true;
    NbVar *f = make(w, "sin", make_leaf(w, "x", 1.23456), NULL, 0);
    char *s = scene_of(w, f);
    assert_non_null(strstr(s, "\"1.23\""));
    assert_non_null(strstr(s, "\"0.944\""));
    free(s);
    nb_var_unref(&f);
}

/* Ink of hatching, painted on white, in a rectangle of its picture. */
static int inked(const uint32_t *px, int left, int top, int right, int bottom)
{
    int n = 0;
    for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
            n += (px[100 * y + x] & 0xffffff) != 0xffffff;
        }
    }
    return n;
}

/* Lines through (20 + 12 k, 20), up to the right: two of them end in corners, two near them. */
static void hatching_ends_at_its_box_and_at_round_corners(void **state)
{
    (void)state;
    static const int beyond[4][2] = {{20, 29}, {78, 21}, {20, 66}, {78, 57}}; /* each circle */
    static const int within[4][2] = {{24, 24}, {68, 28}, {26, 54}, {70, 58}};
    NbErr err = {0};
    NbPainter *painter = nb_viz_painter_new(&err);
    assert_non_null(painter);
    const NbDraw *d = nb_viz_painter_draw(painter);
    for (int flat = 0; flat <= 1; flat++) {
        uint32_t px[100 * 100];
        memset(px, 0xff, sizeof px);
        NbCanvas *c = nb_draw_pixels(d, px, 100, 100, 400);
        NbScene s = {0};
        NbPrim *q = nb_viz_scene_add(&s, NB_PRIM_HATCH, NB_ROLE_STALE, 0, 0, 60, 48);
        q->radius = 20;
        q->flat_top = flat;
        nb_viz_paint(painter, c, &s, NB_THEME_LIGHT, 20, 20, 1, 1);
        nb_draw_close(d, &c);
        nb_viz_scene_free(&s);
        assert_true(inked(px, 19, 19, 81, 69) > 400);
        assert_int_equal(inked(px, 0, 0, 100, 100), inked(px, 19, 19, 81, 69));
        for (int k = 0; k < 4; k++) {
            int x = beyond[k][0], y = beyond[k][1];
            assert_true((inked(px, x, y, x + 2, y + 2) > 0) == (flat && k < 2));
            x = within[k][0];
            y = within[k][1];
            assert_true(inked(px, x, y, x + 8, y + 8) > 6);
        }
    }
    nb_viz_painter_free(&painter);
}

/* A hatched square of 60 at a place, enlarged, on white. */
static void paint_hatched_square(uint32_t px[100 * 100], double x, double y, double scale)
{
    NbErr err = {0};
    NbScene s = {0};
    NbPainter *painter = nb_viz_painter_new(&err);
    assert_non_null(painter);
    const NbDraw *d = nb_viz_painter_draw(painter);
    memset(px, 0xff, 100 * 100 * sizeof *px);
    NbCanvas *c = nb_draw_pixels(d, px, 100, 100, 400);
    nb_viz_scene_add(&s, NB_PRIM_HATCH, NB_ROLE_STALE, 0, 0, 60, 60);
    nb_viz_paint(painter, c, &s, NB_THEME_LIGHT, x, y, scale, 1);
    nb_draw_close(d, &c);
    nb_viz_scene_free(&s);
    nb_viz_painter_free(&painter);
}

static void hatching_has_no_seams_and_moves_with_its_picture(void **state)
{
    (void)state;
    static uint32_t px[100 * 100], moved[100 * 100];
    paint_hatched_square(px, 10, 10, 0.7); /* 12 px times 0.7 are 8 px and a bit */
    assert_true(inked(px, 10, 10, 52, 52) > 300);
    for (int y = 12; y < 49; y++) {
        for (int x = 12; x < 41; x++) {
            int blue = px[100 * y + x] & 0xff;
            int along = px[100 * (y + 1) + x - 1] & 0xff, next = px[100 * y + x + 8] & 0xff;
            assert_in_range(along, blue - 3, blue + 3); /* of the same line */
            assert_in_range(next, blue - 3, blue + 3);
        }
    }
    paint_hatched_square(moved, 13, 16, 0.7);
    for (int y = 12; y < 49; y++) {
        assert_memory_equal(px + 100 * y + 12, moved + 100 * (y + 6) + 15, 37 * sizeof *px);
    }
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(small_graph_has_boxes_for_variables_and_ovals_for_operations),
        IN_WORLD(numbers_stand_inside_operations),
        IN_WORLD(numbers_are_nodes_when_constants_are_shown),
        IN_WORLD(larger_graph_has_operations_inside_the_boxes),
        IN_WORLD(gradient_sets_level_number_and_legend),
        IN_WORLD(a_legend_without_room_is_shorter),
        IN_WORLD(stale_nodes_are_hatched_and_the_leaf_is_not),
        IN_WORLD(wide_range_of_gradients_gets_a_log_scale),
        IN_WORLD(gradient_of_nan_is_drawn),
        IN_WORLD(topology_is_equal_when_only_values_change),
        IN_WORLD(much_used_leaves_of_a_crowded_graph_are_drawn_once_per_use),
        IN_WORLD(more_than_a_thousand_nodes_are_a_summary),
        IN_WORLD(numbers_have_three_digits_on_a_projector),
        cmocka_unit_test(hatching_ends_at_its_box_and_at_round_corners),
        cmocka_unit_test(hatching_has_no_seams_and_moves_with_its_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

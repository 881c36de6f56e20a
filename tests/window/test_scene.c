/* test_scene.c -- what is drawn, as text: nodes, labels, levels, axes, curves */
#include "graphs.h"

#include "viz/picture/axis.h"
#include "viz/export/object.h"
#include "viz/diagram/scene_graph.h"
#include "viz/plot/plot.h"

/* Every character is 10 px wide: no fonts are needed. */
static double grid(void *user, const char *text, NbRole role)
{
    (void)user;
    (void)role;
    return 10.0 * nb_text_width(text);
}

static const NbMeasure measure = {grid, NULL};

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
    nb_viz_graph_sizes(m, &measure, size);
    nb_viz_scene_graph(&s, m, &g, &measure, size);
    nb_viz_scene_legend(&s, m, &measure, 6, 0, 400, INFINITY);
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
    nb_viz_scene_legend(&s, m, &measure, 6, 0, 0, right);
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
    nb_viz_scene_summary(&s, m, &measure, "f");
    nb_viz_scene_dump(&s, &out);
    assert_non_null(strstr(out.s, "1202 nodes, 2 of them leaves"));
    assert_non_null(strstr(out.s, "graph NAME"));
    text_free(&out);
    nb_viz_scene_free(&s);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

/* --- plots --- */

static char *plot_of(const NbRecord *r, const char *title, const NbPlotView *view,
                     NbPlotFrame *frame)
{
    NbScene s = {0};
    Text out = {0};
    NbPlotView all = {0};
    nb_viz_scene_plot(&s, r, view ? view : &all, &measure, title, 6, 900, 600, frame);
    assert_false(s.failed);
    nb_viz_scene_dump(&s, &out);
    nb_viz_scene_free(&s);
    return out.s;
}

static void plot_has_a_log_axis_above_three_decades(void **state)
{
    (void)state;
    NbPlotFrame frame;
    NbRecord *r = make_record(1, 100, 2);
    free(plot_of(r, "f", NULL, &frame));
    assert_false(frame.log);
    nb_record_free(&r);
    r = make_record(1, 100, 8);
    char *s = plot_of(r, "f", NULL, &frame);
    assert_true(frame.log);
    assert_non_null(strstr(s, "text tick \"10⁻³\""));
    free(s);
    nb_record_free(&r);
}

/* f and x of one run. */
static NbRecord *record_of(const double (*row)[2], size_t rows)
{
    static const char *const columns[2] = {"f", "x"};
    NbErr err = {0};
    NbRecord *r = nb_record_new(100, 1);
    assert_non_null(r);
    assert_int_equal(nb_record_begin(r, "sgd", columns, 2, &err), NB_OK);
    for (size_t i = 0; i < rows; i++) {
        assert_true(nb_record_add(r, i, row[i]));
    }
    nb_record_end(r);
    return r;
}

static void a_loss_that_arrives_at_zero_keeps_its_log_axis(void **state)
{
    (void)state;
    static const double row[][2] = {{400, 0}, {1, 1e-5}, {1e-4, 2}, {1e-9, 3}, {0, 4}, {0, 5}};
    static const double touches[][2] = {{400, -1}, {1e-6, 1e-5}, {0, 2}, {1e-9, 3}};
    NbPlotFrame frame;
    NbRecord *r = record_of(row, 6);
    char *s = plot_of(r, "f", NULL, &frame);
    assert_true(frame.log);
    assert_true(frame.y0 > -11 && frame.y0 < -9);
    assert_non_null(strstr(s, "text tick \"0\"")); /* the word at its first cross */
    assert_null(strstr(s, "not positive"));
    free(s);
    s = plot_of(r, "x", NULL, &frame); /* one that begins at 0 grows in even steps */
    assert_false(frame.log);
    free(s);
    nb_record_free(&r);
    r = record_of(touches, 4);
    free(plot_of(r, "f", NULL, &frame));
    assert_false(frame.log);
    free(plot_of(r, "x", NULL, &frame));
    assert_false(frame.log);
    NbPlotView log = {.log = NB_LOG_ON};
    free(plot_of(r, "x", &log, &frame)); /* asked for: from the lowest that has a place */
    assert_true(frame.log && frame.y0 < -5 && frame.y0 > -6);
    nb_record_free(&r);
}

static void plot_gives_each_run_a_colour_and_a_row_in_the_legend(void **state)
{
    (void)state;
    NbRecord *r = make_record(3, 100, 1);
    char *s = plot_of(r, "f", NULL, NULL);
    assert_non_null(strstr(s, "text text \"sgd(lr=0.1)\""));
    assert_non_null(strstr(s, "text text \"sgd(lr=0.3)\""));
    assert_int_equal(occurrences(s, "line curve colour 0"), 2); /* the curve and its sample */
    assert_int_equal(occurrences(s, "line curve colour 2"), 2);
    free(s);
    nb_record_free(&r);
}

static void plot_title_chooses_the_columns(void **state)
{
    (void)state;
    NbPlotFrame frame;
    NbRecord *r = make_record(1, 10, 1);
    free(plot_of(r, "f, x", NULL, &frame));
    assert_int_equal(frame.curves, 2);
    free(plot_of(r, "x", NULL, &frame));
    assert_int_equal(frame.curves, 1);
    assert_true(frame.y1 < 2);
    free(plot_of(r, "loss", NULL, &frame));
    assert_true(frame.y1 > 300);
    NbPlotView both = {.toggled = 2};
    free(plot_of(r, "f", &both, &frame));
    assert_int_equal(frame.curves, 2);
    nb_record_free(&r);
}

/* Runs of f and of L in one record. */
static NbRecord *of_two_losses(void)
{
    static const struct {
        const char *title, *loss;
    } run[] = {{"adam(lr=0.05)", "L"}, {"sgd(lr=0.1)", "f"}, {"sgd(lr=0.2)", "f"}};
    NbRecord *r = nb_record_new(64, 8);
    for (size_t i = 0; i < sizeof run / sizeof run[0]; i++) {
        assert_int_equal(nb_record_begin(r, run[i].title, &run[i].loss, 1, NULL), NB_OK);
        nb_record_add(r, 0, (const double[]){1});
        nb_record_add(r, 1, (const double[]){2});
        nb_record_end(r);
    }
    return r;
}

static void plot_of_one_loss_leaves_out_runs_of_another(void **state)
{
    (void)state;
    NbPlotFrame frame;
    NbRecord *r = of_two_losses();
    char *s = plot_of(r, "L", NULL, &frame);
    assert_int_equal(frame.curves, 1);
    assert_int_equal(frame.nlegend, 1);
    assert_null(strstr(s, "sgd"));
    free(s);
    free(plot_of(r, "f", NULL, &frame));
    assert_int_equal(frame.curves, 2);
    free(plot_of(r, "f, L", NULL, &frame));
    assert_int_equal(frame.curves, 3);
    free(plot_of(r, "runs", NULL, &frame)); /* names none: the first column of each */
    assert_int_equal(frame.curves, 3);
    nb_record_free(&r);
}

static void plot_marks_nan_and_goes_on(void **state)
{
    (void)state;
    NbErr err = {0};
    NbRecord *r = nb_record_new(100, 2);
    const char *names[] = {"f"};
    double values[] = {1, 2, NAN, 4, 5};
    assert_int_equal(nb_record_begin(r, "sgd", names, 1, &err), NB_OK);
    for (int i = 0; i < 5; i++) {
        nb_record_add(r, (uint64_t)i, &values[i]);
    }
    char *s = plot_of(r, "f", NULL, NULL);
    assert_int_equal(occurrences(s, "cross curve"), 1);
    assert_non_null(strstr(s, "text tick \"nan\""));
    assert_int_equal(occurrences(s, "line curve colour 0 points 2"), 3); /* two pieces, legend */
    free(s);
    nb_record_free(&r);
}

static void plot_reduces_long_curves_to_what_can_be_seen(void **state)
{
    (void)state;
    NbErr err = {0};
    NbRecord *r = nb_record_new(200000, 2);
    const char *names[] = {"f"};
    assert_int_equal(nb_record_begin(r, "sgd", names, 1, &err), NB_OK);
    for (int i = 0; i < 100000; i++) {
        double v = i == 77777 ? 1000 : sin(i);
        nb_record_add(r, (uint64_t)i, &v);
    }
    NbScene s = {0};
    NbPlotView all = {0};
    NbPlotFrame frame;
    nb_viz_scene_plot(&s, r, &all, &measure, "f", 6, 900, 600, &frame);
    assert_true(s.npoints < 8 * 900);
    double top = 1e9;
    for (size_t i = 0; i < s.nprims; i++) {
        for (size_t k = 0; s.prim[i].role == NB_ROLE_CURVE && k < s.prim[i].count; k++) {
            double y = s.point[s.prim[i].first + k].y;
            top = y < top ? y : top;
        }
    }
    assert_true(top < frame.px.top + 40); /* the one peak is still there */
    nb_viz_scene_free(&s);
    nb_record_free(&r);
}

static void plot_of_a_million_steps_has_as_many_points_as_can_be_seen(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(1 << 21, 2);
    const char *names[] = {"f"};
    assert_int_equal(nb_record_begin(r, "sgd", names, 1, NULL), NB_OK);
    for (int i = 0; i < 1000000; i++) {
        nb_record_add(r, (uint64_t)i, (const double[]){1e6 / (1 + i) * (1.5 + sin(i))});
    }
    NbPlotView view = {.log = NB_LOG_ON, .pointer = true, .px = 400, .py = 300};
    NbScene s = {0};
    nb_viz_scene_plot(&s, r, &view, &measure, "f", 6, 900, 600, NULL);
    assert_true(s.npoints > 900 && s.npoints < 8 * 900);
    nb_viz_scene_free(&s);
    nb_record_free(&r);
}

static void plot_of_runs_that_run_away_shows_the_others(void **state)
{
    (void)state;
    NbPlotFrame frame;
    NbRecord *r = make_record(1, 20, 1);
    const char *names[] = {"f", "x"};
    for (int k = 0; k < 2; k++) {
        assert_int_equal(nb_record_begin(r, "wild", names, 2, NULL), NB_OK);
        for (int i = 0; i < 20; i++) {
            double v = k == 0 && i == 19 ? INFINITY : 400 * pow(10, k ? i : 10 * i);
            nb_record_add(r, (uint64_t)i, (const double[]){v, 0});
        }
    }
    char *s = plot_of(r, "f", NULL, &frame);
    assert_false(frame.log);
    assert_true(frame.y1 < 500);
    assert_int_equal(frame.curves, 3);
    assert_non_null(strstr(s, "text tick \"inf\""));
    free(s);
    NbPlotView alone = {0};
    nb_viz_plot_hide(&alone, (NbPlotCurve){1, 0}, true);
    free(plot_of(r, "f", &alone, &frame));
    assert_true(frame.y1 > 10); /* nothing else to see: they have the axis for themselves */
    assert_int_equal(frame.curves, 2);
    nb_record_free(&r);
}

static void plot_names_runs_of_one_title_apart(void **state)
{
    (void)state;
    NbRecord *r = make_record(1, 20, 1);
    const char *names[] = {"f"};
    assert_int_equal(nb_record_begin(r, "sgd(lr=0.1)", names, 1, NULL), NB_OK);
    nb_record_add(r, 0, (const double[]){3});
    char *s = plot_of(r, "f", NULL, NULL);
    assert_non_null(strstr(s, "\"sgd(lr=0.1), run 1\""));
    assert_non_null(strstr(s, "\"sgd(lr=0.1), run 2\""));
    free(s);
    nb_record_free(&r);
}

static void plot_keeps_the_colour_of_a_run_when_others_go(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(10, 2); /* keeps two runs */
    const char *names[] = {"f"};
    for (int k = 0; k < 4; k++) {
        assert_int_equal(nb_record_begin(r, "run", names, 1, NULL), NB_OK);
        nb_record_add(r, 0, (const double[]){k});
        nb_record_add(r, 1, (const double[]){k});
    }
    char *s = plot_of(r, "f", NULL, NULL);
    assert_int_equal(occurrences(s, "line curve colour 0"), 0);
    assert_int_equal(occurrences(s, "line curve colour 2"), 2);
    assert_int_equal(occurrences(s, "line curve colour 3"), 2);
    free(s);
    nb_record_drop(r); /* alone it keeps its colour too */
    s = plot_of(r, "f", NULL, NULL);
    assert_int_equal(occurrences(s, "line curve colour 2"), 2);
    free(s);
    nb_record_free(&r);
}

static void plot_of_many_runs_has_its_legend_beside_the_frame(void **state)
{
    (void)state;
    NbPlotFrame frame;
    NbRecord *r = make_record(3, 20, 1);
    free(plot_of(r, "f", NULL, &frame));
    assert_true(frame.legend[0].x + frame.legend[0].w < frame.px.right);
    nb_record_free(&r);
    r = make_record(9, 20, 1);
    free(plot_of(r, "f", NULL, &frame));
    assert_int_equal(frame.nlegend, 9);
    for (int i = 0; i < 9; i++) {
        assert_true(frame.legend[i].x > frame.px.right);
        assert_true(frame.legend[i].x + frame.legend[i].w < 900);
        assert_true(frame.legend[i].y + frame.legend[i].h < 600);
    }
    nb_record_free(&r);
}

/* Two runs that go up and down over all of the frame. */
static NbRecord *zigzags(void)
{
    const char *names[] = {"f"};
    NbRecord *r = nb_record_new(256, 8);
    for (int run = 0; run < 2; run++) {
        assert_int_equal(nb_record_begin(r, run ? "adam(lr=0.1)" : "adam(lr=0.5)", names, 1, NULL),
                         NB_OK);
        for (int i = 0; i < 200; i++) {
            assert_true(nb_record_add(r, (uint64_t)i, (double[]){i % 2}));
        }
        nb_record_end(r);
    }
    return r;
}

static char *sized_plot(const NbRecord *r, double w, double h, NbPlotFrame *frame)
{
    NbMeasure me = nb_viz_plain_measure();
    NbPlotView view = {0};
    NbScene s = {0};
    Text out = {0};
    nb_viz_scene_plot(&s, r, &view, &me, "f", 6, w, h, frame);
    nb_viz_scene_dump(&s, &out);
    nb_viz_scene_free(&s);
    return out.s;
}

static void legend_stands_outside_when_there_is_no_free_place_inside(void **state)
{
    (void)state;
    NbRecord *r = zigzags();
    NbPlotFrame f;
    free(sized_plot(r, 900, 600, &f));
    assert_true(f.legend[0].x > f.px.right);
    assert_true(f.legend[1].x + f.legend[1].w <= 900);
    free(sized_plot(r, 400, 320, &f));
    assert_int_equal(f.nlegend, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(f.legend[i].y > f.px.bottom + 54); /* below the numbers and their name */
        assert_true(f.legend[i].y + f.legend[i].h <= 320);
    }
    nb_record_free(&r);
}

static void legend_of_a_small_plot_is_short_and_tells_runs_apart(void **state)
{
    (void)state;
    NbRecord *r = zigzags();
    NbPlotFrame f;
    char *s = sized_plot(r, 260, 240, &f);
    assert_non_null(strstr(s, "text text \"lr=0.5\""));
    assert_non_null(strstr(s, "text text \"lr=0.1\""));
    assert_null(strstr(s, "adam("));
    free(s);
    nb_record_free(&r);
}

/* The name alone where it is the only one, else what tells it apart behind it. */
static void short_names_keep_the_optimizer_where_there_are_several(void **state)
{
    static const char *title[] = {"adam(lr=0.05)", "sgd(lr=0.1)", "sgd(lr=0.1, momentum=0.9)",
                                  "adam(lr=0.05)", "rmsprop(lr=0.02)"};
    static const char *brief[] = {"adam, run 1", "sgd lr=0.1", "sgd lr=0.1, momentum=0.9",
                                  "adam, run 4", "rmsprop"};
    (void)state;
    const char *names[] = {"f"};
    char text[96];
    NbRecord *r = nb_record_new(64, 8);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(nb_record_begin(r, title[i], names, 1, NULL), NB_OK);
        nb_record_add(r, 0, (const double[]){1});
        nb_record_end(r);
    }
    for (int i = 0; i < 5; i++) {
        NbRunInfo run = nb_record_run(r, i);
        assert_string_equal(nb_viz_run_brief(r, &run, text, sizeof text), brief[i]);
    }
    nb_record_free(&r);
}

static void plot_marks_the_linked_cursor_with_its_values(void **state)
{
    (void)state;
    NbPlotFrame frame;
    NbRecord *r = make_record(1, 11, 1);
    NbPlotView view = {.cursor = true, .cursor_run = 1, .cursor_step = 5};
    char *s = plot_of(r, "f, x", &view, &frame);
    assert_true(frame.cursor);
    assert_non_null(strstr(s, "\"step 5\""));
    assert_non_null(strstr(s, "\"f = 126.491   x = 0.5\""));
    free(s);
    view.fixed_x = true; /* out of sight */
    view.x0 = 6;
    view.x1 = 9;
    free(plot_of(r, "f", &view, &frame));
    assert_false(frame.cursor);
    nb_record_free(&r);
}

static void plot_of_an_empty_record_says_so(void **state)
{
    (void)state;
    NbRecord *r = nb_record_new(10, 1);
    char *s = plot_of(r, "f", NULL, NULL);
    assert_non_null(strstr(s, "no steps recorded yet"));
    free(s);
    nb_record_free(&r);
}

static void plot_shows_the_sample_under_the_pointer(void **state)
{
    (void)state;
    NbRecord *r = make_record(1, 11, 1);
    NbPlotFrame frame;
    free(plot_of(r, "f", NULL, &frame));
    NbPlotView view = {.pointer = true, .px = (frame.px.left + frame.px.right) / 2, .py = 300};
    char *s = plot_of(r, "f", &view, NULL);
    assert_non_null(strstr(s, "step 5   f = 126.491"));
    free(s);
    nb_record_free(&r);
}

static void ticks_are_round_and_inside_the_range(void **state)
{
    (void)state;
    double tick[10];
    int n = nb_viz_ticks(-0.37, 1.92, 8, tick);
    assert_int_equal(n, 4);
    assert_true(fabs(tick[0]) < 1e-12 && fabs(tick[1] - 0.5) < 1e-12 &&
                fabs(tick[3] - 1.5) < 1e-12);
}

static void low_axes_have_two_numbers_that_do_not_touch(void **state)
{
    (void)state;
    for (double length = 92; length < 400; length += 13) {
        for (double lo = -3; lo < 3; lo += 0.37) {
            for (double span = 0.11; span < 30; span *= 1.13) {
                NbAxis a = {.lo = lo, .hi = lo + span, .from = length, .to = 0};
                nb_viz_axis_divide(&a, 46);
                if (a.n < 2) {
                    fail_msg("%d at %g px for %g … %g", a.n, length, lo, lo + span);
                }
                double apart = nb_viz_axis_px(&a, a.tick[0]) - nb_viz_axis_px(&a, a.tick[1]);
                assert_true(apart >= 17);
            }
        }
    }
}

static void ticks_of_millions_are_written_alike(void **state)
{
    (void)state;
    const double at[] = {0, 5e6, 1e7, 1.5e7};
    const char *const want[] = {"0", "5e6", "1e7", "1.5e7"};
    char text[32];
    for (int i = 0; i < 4; i++) {
        nb_viz_tick_text(at[i], 5e6, text, sizeof text);
        assert_string_equal(text, want[i]);
    }
    nb_viz_tick_text(12000500, 500, text, sizeof text);
    assert_string_equal(text, "12000500");
    nb_viz_tick_text(-2e6, 1e6, text, sizeof text);
    assert_string_equal(text, "-2e6");
}

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

int main(int argc, char **argv)
{
    int status = be_worker(argc, argv);
    if (status >= 0) {
        return status;
    }
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
        cmocka_unit_test(plot_has_a_log_axis_above_three_decades),
        cmocka_unit_test(a_loss_that_arrives_at_zero_keeps_its_log_axis),
        cmocka_unit_test(plot_gives_each_run_a_colour_and_a_row_in_the_legend),
        cmocka_unit_test(plot_title_chooses_the_columns),
        cmocka_unit_test(plot_marks_nan_and_goes_on),
        cmocka_unit_test(plot_reduces_long_curves_to_what_can_be_seen),
        cmocka_unit_test(plot_of_a_million_steps_has_as_many_points_as_can_be_seen),
        cmocka_unit_test(plot_of_runs_that_run_away_shows_the_others),
        cmocka_unit_test(plot_names_runs_of_one_title_apart),
        cmocka_unit_test(plot_keeps_the_colour_of_a_run_when_others_go),
        cmocka_unit_test(plot_of_many_runs_has_its_legend_beside_the_frame),
        cmocka_unit_test(legend_stands_outside_when_there_is_no_free_place_inside),
        cmocka_unit_test(legend_of_a_small_plot_is_short_and_tells_runs_apart),
        cmocka_unit_test(short_names_keep_the_optimizer_where_there_are_several),
        cmocka_unit_test(plot_of_one_loss_leaves_out_runs_of_another),
        cmocka_unit_test(plot_marks_the_linked_cursor_with_its_values),
        cmocka_unit_test(plot_of_an_empty_record_says_so),
        cmocka_unit_test(plot_shows_the_sample_under_the_pointer),
        cmocka_unit_test(ticks_are_round_and_inside_the_range),
        cmocka_unit_test(low_axes_have_two_numbers_that_do_not_touch),
        cmocka_unit_test(ticks_of_millions_are_written_alike),
        IN_WORLD(numbers_have_three_digits_on_a_projector),
        cmocka_unit_test(hatching_ends_at_its_box_and_at_round_corners),
        cmocka_unit_test(hatching_has_no_seams_and_moves_with_its_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

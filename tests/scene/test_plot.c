/* test_plot.c -- what is drawn of a run record, as text: axes, curves, legends, marks */
#include "graphs.h"

#include "viz/picture/axis.h"
#include "viz/plot/plot.h"

static char *plot_of(const NbRecord *r, const char *title, const NbPlotView *view,
                     NbPlotFrame *frame)
{
    NbScene s = {0};
    Text out = {0};
    NbPlotView all = {0};
    nb_viz_scene_plot(&s, r, view ? view : &all, &grid_measure, title, 6, 900, 600, frame);
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
    assert_int_equal(occurrences(s, "text tick \"0\""), 2); /* at its first cross, and step 0 */
    assert_null(strstr(s, "not positive"));
    free(s);
    NbRecord *both = record_of((const double[][2]){{1e9, 1e9}, {1, 1}, {0, 1}, {0, 0}}, 4);
    s = plot_of(both, "f, x", NULL, &frame);
    assert_true(frame.log);
    assert_int_equal(occurrences(s, "text tick \"0\""), 2); /* of all curves together */
    free(s);
    nb_record_free(&both);
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
    nb_viz_scene_plot(&s, r, &all, &grid_measure, "f", 6, 900, 600, &frame);
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
    nb_viz_scene_plot(&s, r, &view, &grid_measure, "f", 6, 900, 600, NULL);
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

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plot_has_a_log_axis_above_three_decades),
        cmocka_unit_test(a_loss_that_arrives_at_zero_keeps_its_log_axis),
        cmocka_unit_test(plot_gives_each_run_a_colour_and_a_row_in_the_legend),
        cmocka_unit_test(plot_title_chooses_the_columns),
        cmocka_unit_test(plot_of_one_loss_leaves_out_runs_of_another),
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
        cmocka_unit_test(plot_marks_the_linked_cursor_with_its_values),
        cmocka_unit_test(plot_of_an_empty_record_says_so),
        cmocka_unit_test(plot_shows_the_sample_under_the_pointer),
        cmocka_unit_test(ticks_are_round_and_inside_the_range),
        cmocka_unit_test(low_axes_have_two_numbers_that_do_not_touch),
        cmocka_unit_test(ticks_of_millions_are_written_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_extremes.c -- pictures and texts at their limits: tiny, crowded, not finite, not UTF-8 */
#include "written.h"

#include "viz/plot/plot.h"

/* --- curves --- */

static char *plot_of(const NbRecord *r, const NbPlotView *view, double w, double h,
                     NbPlotFrame *frame)
{
    NbScene s = {0};
    Text out = {0};
    NbPlotView all = {0};
    nb_viz_scene_plot(&s, r, view ? view : &all, &grid_measure, "f", 6, w, h, frame);
    assert_false(s.failed);
    nb_viz_scene_dump(&s, &out);
    nb_viz_scene_free(&s);
    return out.s;
}

/* One run with a column f. */
static NbRecord *record_of(const char *title, const double *v, int n)
{
    NbRecord *r = nb_record_new(4000, 40);
    const char *names[] = {"f"};
    assert_int_equal(nb_record_begin(r, title, names, 1, NULL), NB_OK);
    for (int i = 0; i < n; i++) {
        nb_record_add(r, (uint64_t)i, &v[i]);
    }
    nb_record_end(r);
    return r;
}

static void curves_keep_room_in_a_window_of_any_size(void **state)
{
    (void)state;
    static const double size[][2] = {{1, 1}, {60, 40}, {240, 60}, {80, 700}, {240, 180}};
    NbRecord *r = make_record(3, 20, 2);
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        NbPlotFrame f;
        NbPlotView view = {.pointer = true, .px = 5, .py = 5};
        free(plot_of(r, &view, size[i][0], size[i][1], &f));
        assert_true(f.px.right - f.px.left >= 40);
        assert_true(f.px.bottom - f.px.top >= 40);
    }
    nb_record_free(&r);
}

static void values_without_a_place_are_marked_where_they_would_be(void **state)
{
    (void)state;
    static const struct {
        double bad;
        NbLogAxis log;
        bool below;
        const char *word;
    } t[] = {{NAN, NB_LOG_OFF, false, "text tick \"nan\""},
             {INFINITY, NB_LOG_OFF, false, "text tick \"inf\""},
             {-INFINITY, NB_LOG_OFF, true, "text tick \"-inf\""},
             {-3, NB_LOG_ON, true, "text tick \"not positive\""}};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        for (int at = 0; at < 5; at += 2) { /* at the left, in the middle, at the right */
            double v[] = {1, 2, 3, 4, 5};
            v[at] = t[i].bad;
            NbRecord *r = record_of("gd", v, 5);
            NbPlotFrame f;
            NbPlotView view = {.log = t[i].log};
            char *s = plot_of(r, &view, 900, 600, &f);
            double x, y;
            const char *cross = strstr(s, "cross");
            assert_non_null(cross);
            assert_non_null(strstr(s, t[i].word));
            assert_int_equal(sscanf(strstr(cross, " at "), " at %lf,%lf", &x, &y), 2);
            assert_true(x > f.px.left && x < f.px.right);
            assert_int_equal(y > (f.px.top + f.px.bottom) / 2, t[i].below);
            free(s);
            nb_record_free(&r);
        }
    }
}

static void a_level_curve_stands_in_the_middle_of_its_axis(void **state)
{
    (void)state;
    static const double level[] = {0, -3, 5e-300};
    for (size_t i = 0; i < sizeof level / sizeof *level; i++) {
        const double v[] = {level[i], level[i], level[i]};
        NbRecord *r = record_of("gd", v, 3);
        NbPlotFrame f;
        free(plot_of(r, NULL, 900, 600, &f));
        assert_true(f.y0 < level[i] && level[i] < f.y1);
        assert_true(fabs((f.y0 + f.y1) / 2 - level[i]) < 1e-9 * (f.y1 - f.y0));
        nb_record_free(&r);
    }
}

static void a_box_that_is_drawn_is_an_outline_between_its_corners(void **state)
{
    (void)state;
    NbRecord *r = make_record(1, 20, 1);
    NbPlotFrame f;
    NbPlotView view = {.band = true, .band_x = {400, 300}, .band_y = {100, 250}};
    char *s = plot_of(r, &view, 900, 600, &f);
    assert_non_null(strstr(s, "rim hover at 300,100 100x150"));
    free(s);
    nb_record_free(&r);
}

static void legends_of_many_runs_say_how_many_they_leave_out(void **state)
{
    (void)state;
    NbPlotFrame f;
    NbRecord *r = make_record(16, 5, 1);
    char *s = plot_of(r, NULL, 900, 600, &f);
    char want[40];
    assert_true(f.nlegend < 16);
    snprintf(want, sizeof want, "text note \"%d earlier\"", 16 - f.nlegend);
    assert_non_null(strstr(s, want));
    free(s);
    nb_record_free(&r);
}

static void long_names_in_a_legend_are_cut_between_letters(void **state)
{
    (void)state;
    static const double v[] = {1, 2};
    static const char *const title[] = {
        "aθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθθ", /* ends amid a letter where titles are cut */
        "a_name_that_has_more_than_thirty_four_letters"};
    const char *names[] = {"f"};
    for (size_t i = 0; i < 2; i++) {
        NbPlotFrame f;
        NbRecord *r = record_of(title[i], v, 2);
        nb_record_begin(r, "other", names, 1, NULL);
        nb_record_add(r, 0, v);
        nb_record_end(r);
        char *s = plot_of(r, NULL, 900, 600, &f);
        assert_int_equal(strstr(s, "…\"") != NULL, i == 1);
        for (const char *c = s; *c; c += nb_utf8(c)) {
            assert_true(nb_utf8(c) > 0);
        }
        free(s);
        nb_record_free(&r);
    }
}

static void a_pointer_outside_the_frame_picks_the_nearest_sample_without_a_mark(void **state)
{
    (void)state;
    NbRecord *r = make_record(1, 20, 1);
    static const double at[][2] = {{-50, -50}, {2000, 300}, {400, 2000}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        NbPlotFrame f;
        NbPlotView view = {.pointer = true, .px = at[i][0], .py = at[i][1]};
        char *s = plot_of(r, &view, 900, 600, &f);
        assert_int_equal(nb_record_run(r, 0).serial, f.picked ? f.pick.run : 1);
        free(s);
    }
    nb_record_free(&r);
}

/* --- texts --- */

static char *chart_of(const NbRecord *r, const NbVizStyle *style)
{
    char *text = NULL;
    size_t size;
    NbErr err = {0};
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(nb_viz_chart_write(style, r, "f", out, &err), NB_OK);
    fclose(out);
    return text;
}

static void charts_of_many_runs_say_how_many_they_leave_out(void **state)
{
    (void)state;
    NbRecord *r = make_record(15, 5, 1);
    NbVizStyle style = {.text.digits = 6};
    char *s = chart_of(r, &style);
    assert_non_null(strstr(s, "and 3 earlier\n"));
    free(s);
    nb_record_free(&r);
}

static size_t widest_line(const char *text)
{
    size_t widest = 0;
    for (const char *at = text; *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] != 0)) {
        size_t n = strcspn(at, "\n");
        widest = n > widest ? n : widest;
    }
    return widest;
}

static void charts_fit_the_terminal_down_to_twenty_columns(void **state)
{
    (void)state;
    static const double v[] = {5, NAN, -1, INFINITY, 1000, 0.001, -INFINITY};
    NbRecord *r = record_of("gd", v, 7);
    const int columns[] = {0, 1, 40, 76, 500};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        NbVizStyle style = {.text = {.digits = 6, .columns = columns[i]}};
        char *s = chart_of(r, &style);
        size_t most = columns[i] == 0 ? 76 : columns[i] < 40 ? 40 : (size_t)columns[i];
        assert_true(widest_line(s) <= most);
        free(s);
    }
    nb_record_free(&r);
}

static void a_chart_of_nothing_says_what_to_do(void **state)
{
    (void)state;
    NbErr err = {0};
    NbVizStyle style = {.text.digits = 6};
    assert_int_equal(nb_viz_chart_write(&style, NULL, "f", stdout, &err), NB_EVALUE);
    assert_string_equal(err.msg, "nothing recorded yet");
}

static char *tree_of(World *w, NbVar *f)
{
    char *text = NULL;
    size_t size;
    NbErr err = {0};
    FILE *out = open_memstream(&text, &size);
    nb_viz_style(w->viz, &w->style);
    assert_int_equal(nb_viz_tree(w->viz, f, out, &err), NB_OK);
    fclose(out);
    return text;
}

static NbVar *make_wide(World *w, int n)
{
    NbVar *sum = make_leaf(w, "x", 1);
    for (int i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "a%d", i);
        NbVar *a = make_leaf(w, name, i);
        sum = i % 2 ? make(w, "add", sum, a, 0) : make(w, "mul", a, sum, 0);
    }
    return sum;
}

static void trees_stop_after_two_hundred_lines_and_say_so(void **state)
{
    World *w = *state;
    NbVar *flat = make_leaf(w, "x", 1);
    for (int i = 0; i < 9; i++) { /* 2^9 sums of their own */
        NbVar *copy = make(w, "add", again(flat), NULL, 1);
        flat = make(w, "add", flat, make(w, "mul", copy, again(copy), 0), 0);
    }
    NbVar *f = make_wide(w, 400);
    for (int unicode = 0; unicode < 2; unicode++) {
        w->style.text.unicode = unicode;
        w->style.text.columns = unicode ? 400 : 2000;
        char *s = tree_of(w, f);
        assert_non_null(strstr(s, unicode ? "… " : "... "));
        assert_in_range(occurrences(s, "\n"), 10, 210);
        free(s);
    }
    nb_var_unref(&flat);
    nb_var_unref(&f);
}

/* --- bytes that are no letters --- */

static void bytes_that_are_no_utf8_are_shown_by_a_sign_in_every_format(void **state)
{
    World *w = *state;
    static const char *const forms[] = {"dot", "tex", "mmd", "json", "html"};
    NbVar *x = make_leaf(w, "a\xff\xc3(", 2), *f = make(w, "pow", x, NULL, 2);
    NbExport what = of_graph(f);
    what.title = "\xffTITLE";
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        NbErr err = {0};
        NbRendered r;
        assert_int_equal(nb_viz_render(w->viz, forms[i], &what, &r, &err), NB_OK);
        for (const char *c = r.bytes; *c; c += nb_utf8(c)) {
            if (nb_utf8(c) == 0) {
                fail_msg("%s: no UTF-8 at byte %d: %.20s", forms[i], (int)(c - r.bytes), c);
            }
        }
        nb_viz_rendered_free(&r);
    }
    nb_var_unref(&f);
}

static void lines_of_mermaid_are_cut_where_no_reader_breaks_them(void **state)
{
    World *w = *state;
    NbVar *f =
        make(w, "sin", make_leaf(w, "a_name_of_more_than_thirty_six_letters_and_more", 2), NULL, 0);
    NbExport what = of_graph(f);
    char *text = written(w, "g.mmd", &what);
    assert_non_null(strstr(text, "…"));
    assert_null(strstr(text, "letters_and_more"));
    free(text);
    nb_var_unref(&f);
}

/* --- surfaces as text --- */

static int sample(void *user, const double *x, const double *y, int n, double ms, double *out)
{
    const int channels = *(const int *)user;
    (void)ms;
    for (int i = 0; i < n; i++) {
        out[channels * i] = x[i] > 1.8 ? NAN : x[i] * x[i] + y[i];
        for (int c = 1; c < channels; c++) {
            out[channels * i + c] = y[i];
        }
    }
    return n;
}

static void keep(void *user)
{
    (void)user;
}

static char *surface_text(World *w, int channels)
{
    static const double point[] = {-1, 1, 1, -1};
    static const int label[] = {1, 0};
    NbErr err = {0};
    char *text = NULL;
    size_t size;
    NbSurface what = {
        .field = {.user = &channels, .channels = channels, .sample = sample, .free = keep},
        .title = "f",
        .name = {"x", "y"},
        .column = {"x", "y"},
        .lo = {-2, -2},
        .hi = {2, 2},
        .boundary = channels > 1,
        .npoints = channels > 1 ? 2 : 0,
        .point = point,
        .label = label};
    NbSurfaceData *d = nb_viz_surface_new(&what, &err);
    FILE *out = open_memstream(&text, &size);
    assert_true(d && out);
    nb_viz_style(w->viz, &w->style);
    assert_int_equal(nb_viz_surface_print(w->viz, d, out, &err), NB_OK);
    fclose(out);
    nb_viz_surface_free(&d);
    return text;
}

/* With its escapes taken out. */
static void strip(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == '\033') {
            from += strcspn(from, "m");
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static void surfaces_in_colours_end_every_colour_in_its_line(void **state)
{
    World *w = *state;
    for (int channels = 1; channels < 3; channels++) {
        for (int theme = 0; theme < 2; theme++) {
            w->style.colour = true;
            w->style.theme = theme ? NB_THEME_DARK : NB_THEME_LIGHT;
            w->style.text.columns = 60;
            char *s = surface_text(w, channels), *line = s;
            assert_non_null(strstr(s, "\033[48;5;"));
            for (char *end; (end = strchr(line, '\n')); line = end + 1) {
                *end = '\0';
                assert_int_equal(strstr(line, "\033[48") != NULL, strstr(line, "\033[0m") != NULL);
                strip(line);
                assert_true(nb_text_width(line) <= 60);
            }
            free(s);
        }
    }
}

static void surfaces_fit_any_number_of_columns(void **state)
{
    World *w = *state;
    const int columns[] = {0, 1, 30, 76, 300};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        w->style.text.columns = columns[i];
        w->style.text.unicode = i % 2;
        char *s = surface_text(w, 1), *line = s;
        int most = columns[i] == 0 ? 76 : columns[i] < 40 ? 40 : columns[i];
        for (char *end; (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            assert_true(nb_text_width(line) <= most);
        }
        free(s);
    }
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_keep_room_in_a_window_of_any_size),
        cmocka_unit_test(values_without_a_place_are_marked_where_they_would_be),
        cmocka_unit_test(a_level_curve_stands_in_the_middle_of_its_axis),
        cmocka_unit_test(a_box_that_is_drawn_is_an_outline_between_its_corners),
        cmocka_unit_test(legends_of_many_runs_say_how_many_they_leave_out),
        cmocka_unit_test(long_names_in_a_legend_are_cut_between_letters),
        cmocka_unit_test(a_pointer_outside_the_frame_picks_the_nearest_sample_without_a_mark),
        cmocka_unit_test(charts_of_many_runs_say_how_many_they_leave_out),
        cmocka_unit_test(charts_fit_the_terminal_down_to_twenty_columns),
        cmocka_unit_test(a_chart_of_nothing_says_what_to_do),
        IN_WORLD(trees_stop_after_two_hundred_lines_and_say_so),
        IN_WORLD(bytes_that_are_no_utf8_are_shown_by_a_sign_in_every_format),
        IN_WORLD(lines_of_mermaid_are_cut_where_no_reader_breaks_them),
        IN_WORLD(surfaces_in_colours_end_every_colour_in_its_line),
        IN_WORLD(surfaces_fit_any_number_of_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

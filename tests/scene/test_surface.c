/* test_surface.c -- levels, contours, sampling, and the pictures made of them, as text */
#include "graphs.h"

#include "viz/export/object.h"
#include "viz/surface/surface.h"

/* --- fields to show --- */

typedef struct Made {
    double (*f)(double x, double y);
    int calls, limit; /* points computed; at most so many a call, 0: any number */
    bool refuse;
    bool freed;
} Made;

static int sample_made(void *user, const double *x, const double *y, int n, double ms, double *out)
{
    Made *m = user;
    (void)ms;
    if (m->refuse) {
        return -1;
    }
    n = m->limit && n > m->limit ? m->limit : n;
    for (int i = 0; i < n; i++) {
        out[i] = m->f(x[i], y[i]);
    }
    m->calls += n;
    return n;
}

static void free_made(void *user)
{
    ((Made *)user)->freed = true;
}

static NbSurfaceData *surface_of(Made *m, double reach)
{
    NbErr err = {0};
    NbSurface what = {.field = {.user = m, .channels = 1, .sample = sample_made, .free = free_made},
                      .title = "f",
                      .name = {"x", "y"},
                      .column = {"x", "y"},
                      .lo = {-reach, -reach},
                      .hi = {reach, reach}};
    NbSurfaceData *d = nb_viz_surface_new(&what, &err);
    assert_non_null(d);
    return d;
}

static double bowl(double x, double y)
{
    return x * x + y * y;
}

static double valley(double x, double y)
{
    return 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x);
}

static double saddle(double x, double y)
{
    return x * x - y * y;
}

static double half_plane(double x, double y)
{
    return x > 0 ? log(x) + y : NAN;
}

static double level_ground(double x, double y)
{
    (void)x;
    (void)y;
    return 3;
}

/* --- levels --- */

static void choose(NbLevels *l, double (*f)(double, double), double reach)
{
    double v[61 * 61];
    for (int k = 0; k < 61 * 61; k++) {
        v[k] = f(reach * (k % 61 - 30) / 30.0, reach * (k / 61 - 30) / 30.0);
    }
    nb_viz_levels_choose(l, v, 61 * 61);
}

static void levels_of_a_bowl_are_even_and_round(void **state)
{
    NbLevels l;
    (void)state;
    choose(&l, bowl, 2);
    assert_false(l.log);
    assert_in_range(l.n, 5, 11);
    for (int i = 1; i < l.n; i++) {
        assert_true(fabs(l.at[i] - l.at[i - 1] - (l.at[1] - l.at[0])) < 1e-12);
    }
}

static void levels_of_a_deep_valley_are_powers_within_decades(void **state)
{
    NbLevels l;
    char text[40];
    (void)state;
    choose(&l, valley, 2);
    assert_true(l.log);
    assert_in_range(l.n, 6, 16);
    for (int i = 0; i < l.n; i++) {
        double mantissa = l.at[i] / pow(10, floor(log10(l.at[i]) + 1e-9));
        assert_true(fabs(mantissa - round(mantissa)) < 1e-9);
        assert_true(i == 0 || l.at[i] > l.at[i - 1]);
    }
    l.at[0] = 300000;
    assert_string_equal(nb_viz_levels_text(&l, 0, true, text, sizeof text), "3·10⁵");
    l.at[0] = 1e-6;
    assert_string_equal(nb_viz_levels_text(&l, 0, true, text, sizeof text), "10⁻⁶");
    assert_string_equal(nb_viz_levels_text(&l, 0, false, text, sizeof text), "1e-06");
}

static double both_ways(double x, double y)
{
    return pow(x, 3) * pow(y, 5);
}

static void wide_values_of_both_signs_get_levels_around_zero(void **state)
{
    NbLevels l;
    bool zero = false;
    (void)state;
    choose(&l, both_ways, 4);
    assert_true(l.log);
    for (int i = 0; i < l.n; i++) {
        zero = zero || l.at[i] == 0;
        assert_true(fabs(l.at[i] + l.at[l.n - 1 - i]) < 1e-9 * fabs(l.at[i]) + 1e-300);
    }
    assert_true(zero);
    assert_true(nb_viz_levels_warp(&l, -10) < nb_viz_levels_warp(&l, 0));
    assert_true(nb_viz_levels_warp(&l, 0) < nb_viz_levels_warp(&l, 10));
}

static void equal_values_have_no_levels(void **state)
{
    NbLevels l;
    double nothing[4] = {NAN, INFINITY, -INFINITY, NAN};
    (void)state;
    choose(&l, level_ground, 2);
    assert_int_equal(l.n, 0);
    nb_viz_levels_choose(&l, nothing, 4);
    assert_int_equal(l.n, 0);
    assert_int_equal(nb_viz_levels_band(&l, 1), 0);
}

/* --- contours --- */

/* Area to the left of the loops, by the shoelace formula. */
static double area_of(const NbLoops *l)
{
    double twice = 0;
    for (size_t i = 0; i < l->nloops; i++) {
        size_t start = l->start[i], n = l->start[i + 1] - start;
        for (size_t k = 0; k < n; k++) {
            NbPoint a = l->point[start + k], b = l->point[start + (k + 1) % n];
            twice += a.x * b.y - b.x * a.y;
        }
    }
    return twice / 2;
}

static void one_high_point_is_closed_in_by_four(void **state)
{
    const double v[9] = {0, 0, 0, 0, 1, 0, 0, 0, 0};
    NbLoops l = {0};
    (void)state;
    assert_true(nb_viz_contour(v, 3, 3, 0.5, &l));
    assert_int_equal(l.nloops, 1);
    assert_int_equal(l.npoints, 4);
    assert_true(fabs(area_of(&l) - 0.5) < 1e-12);
    for (size_t k = 0; k < l.npoints; k++) {
        assert_false(l.rim[k]);
    }
    nb_viz_loops_free(&l);
}

static void one_low_point_is_a_hole(void **state)
{
    const double v[25] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0,
                          1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    NbLoops l = {0};
    (void)state;
    assert_true(nb_viz_contour(v, 5, 5, 0.5, &l));
    assert_int_equal(l.nloops, 2);
    assert_true(fabs(area_of(&l) - (16 - 0.5)) < 1e-12);
    nb_viz_loops_free(&l);
}

static void region_above_everything_is_the_whole_grid_and_below_is_none(void **state)
{
    const double v[6] = {1, 2, 3, 4, 5, 6};
    NbLoops l = {0};
    (void)state;
    assert_true(nb_viz_contour(v, 3, 2, 0, &l));
    assert_int_equal(l.nloops, 1);
    assert_true(fabs(area_of(&l) - 2) < 1e-12);
    for (size_t k = 0; k < l.npoints; k++) {
        assert_true(l.rim[k]);
    }
    assert_true(nb_viz_contour(v, 3, 2, 7, &l));
    assert_int_equal(l.nloops, 0);
    nb_viz_loops_free(&l);
}

static void the_middle_of_a_saddle_decides(void **state)
{
    const double joined[4] = {1, 0, 0, 0.9}, apart[4] = {0.9, 0, 0, 0.8};
    const double turned[4] = {0, 1, 0.9, 0};
    NbLoops l = {0};
    (void)state;
    assert_true(nb_viz_contour(joined, 2, 2, 0.45, &l));
    assert_int_equal(l.nloops, 1);
    assert_true(nb_viz_contour(apart, 2, 2, 0.45, &l));
    assert_int_equal(l.nloops, 2);
    assert_true(nb_viz_contour(turned, 2, 2, 0.45, &l));
    assert_int_equal(l.nloops, 1);
    assert_true(nb_viz_contour(turned, 2, 2, 0.5, &l));
    assert_int_equal(l.nloops, 2);
    nb_viz_loops_free(&l);
}

/* Above and below a level add up to the whole, whatever the values. */
static void every_contour_closes(void **state)
{
    double v[30 * 20], minus[30 * 20];
    uint32_t seed = 1;
    NbLoops l = {0};
    (void)state;
    for (int round = 0; round < 200; round++) {
        for (int k = 0; k < 600; k++) {
            seed = seed * 1664525u + 1013904223u;
            v[k] = seed / 4294967296.0;
            minus[k] = -v[k];
        }
        assert_true(nb_viz_contour(v, 30, 20, 0.5, &l));
        double over = area_of(&l);
        assert_true(nb_viz_contour(minus, 30, 20, -0.5, &l));
        assert_true(fabs(over + area_of(&l) - 29 * 19) < 1e-6);
        for (size_t i = 0; i < l.nloops; i++) {
            assert_true(l.start[i + 1] - l.start[i] >= 3);
        }
    }
    nb_viz_loops_free(&l);
}

static void holes_are_filled_from_around(void **state)
{
    const double v[9] = {1, 1, 1, 1, NAN, 3, 3, INFINITY, 3};
    double filled[9];
    (void)state;
    size_t holes;
    assert_true(nb_viz_fill_holes(v, 3, 3, filled, &holes));
    assert_int_equal(holes, 2);
    for (int k = 0; k < 9; k++) {
        assert_true(isfinite(filled[k]) && filled[k] >= 1 && filled[k] <= 3);
    }
    const double none[4] = {NAN, NAN, NAN, NAN};
    assert_true(nb_viz_fill_holes(none, 2, 2, filled, &holes));
    assert_int_equal(holes, 4);
    assert_true(filled[0] == 0 && filled[3] == 0);
}

/* --- sampling --- */

static void grids_get_finer_without_computing_a_point_twice(void **state)
{
    Made m = {.f = bowl, .limit = 100};
    NbSurfaceData *d = surface_of(&m, 2);
    NbSampler *s = &d->sampler;
    (void)state;
    assert_true(nb_viz_sampler_start(s, d->what.lo, d->what.hi, 0, 2));
    while (s->running) {
        nb_viz_sampler_run(s, 5);
    }
    assert_int_equal(s->now.nx, 65);
    assert_int_equal(s->now.ny, 49);
    assert_int_equal(m.calls, 65 * 49);
    for (int k = 0; k < 65 * 49; k++) {
        double x = -2 + 4.0 * (k % 65) / 64, y = -2 + 4.0 * (k / 65) / 48;
        assert_true(fabs(s->now.v[k] - bowl(x, y)) < 1e-12);
    }
    nb_viz_surface_free(&d);
    assert_true(m.freed);
}

static void a_field_that_fails_stops_and_keeps_the_grid(void **state)
{
    Made m = {.f = bowl};
    NbSurfaceData *d = surface_of(&m, 2);
    NbErr err = {0};
    (void)state;
    assert_int_equal(nb_viz_surface_complete(d, 1, &err), NB_OK);
    m.refuse = true;
    assert_int_equal(nb_viz_surface_complete(d, 1, &err), NB_EINTERRUPT);
    assert_non_null(d->sampler.now.v);
    assert_false(d->sampler.running);
    nb_viz_surface_free(&d);
}

static void lowest_point_is_found_and_rounded(void **state)
{
    Made m = {.f = valley};
    NbSurfaceData *d = surface_of(&m, 2);
    NbErr err = {0};
    (void)state;
    assert_int_equal(nb_viz_surface_complete(d, 2, &err), NB_OK);
    assert_true(d->low.found);
    assert_true(d->low.at[0] == 1 && d->low.at[1] == 1 && d->low.value == 0);
    nb_viz_surface_free(&d);
    m = (Made){.f = saddle};
    d = surface_of(&m, 2);
    assert_int_equal(nb_viz_surface_complete(d, 2, &err), NB_OK);
    assert_false(d->low.found); /* it lies on the border */
    nb_viz_surface_free(&d);
}

/* --- pictures --- */

/* The picture of w × h px as text; for free(). */
static char *sized(NbSurfaceData *d, double w, double h)
{
    NbScene s = {0};
    Text out = {0};
    NbErr err = {0};
    NbSurfaceFrame frame = {0};
    NbSurfaceLook look = {&grid_measure, NB_THEME_LIGHT, 6};
    if (!d->sampler.now.v) {
        assert_int_equal(nb_viz_surface_complete(d, 2, &err), NB_OK);
    }
    nb_viz_scene_surface(&s, d, &look, w, h, &frame);
    nb_viz_scene_surface_over(&s, d, &look, &frame);
    nb_viz_scene_surface_marks(&s, d, &look, &frame);
    assert_false(s.failed);
    nb_viz_scene_dump(&s, &out);
    nb_viz_scene_free(&s);
    return out.s;
}

static char *scene_of(NbSurfaceData *d)
{
    return sized(d, 800, 600);
}

static void picture_has_bands_lines_numbers_arrows_and_a_bar(void **state)
{
    Made m = {.f = valley};
    NbSurfaceData *d = surface_of(&m, 2);
    (void)state;
    char *s = scene_of(d);
    int n = d->levels.n;
    assert_int_equal(occurrences(s, "area band"), 2 * (n + 1)); /* the picture's and the bar's */
    assert_int_equal(occurrences(s, "line contour"), n);
    assert_true(occurrences(s, "text level \"100\"") >= 1);
    assert_int_equal(occurrences(s, "text tick \"100\""), 1);
    assert_int_equal(occurrences(s, "line slope"), 2); /* the arrows, and their legend */
    assert_non_null(strstr(s, "text note \"−∇f  downhill\""));
    assert_non_null(strstr(s, "lowest here  0 at (1, 1)"));
    assert_null(strstr(s, "hatched"));
    free(s);
    d->view.arrows = NB_ARROWS_OFF;
    d->view.bare = true;
    s = scene_of(d);
    assert_null(strstr(s, "slope"));
    assert_null(strstr(s, "text level"));
    free(s);
    nb_viz_surface_free(&d);
}

static void numbers_on_lines_keep_apart(void **state)
{
    Made m = {.f = valley};
    NbSurfaceData *d = surface_of(&m, 2);
    NbScene s = {0};
    NbErr err = {0};
    NbSurfaceFrame f = {0};
    NbSurfaceLook look = {&grid_measure, NB_THEME_LIGHT, 6};
    (void)state;
    assert_int_equal(nb_viz_surface_complete(d, 2, &err), NB_OK);
    nb_viz_scene_surface(&s, d, &look, 800, 600, &f);
    assert_true(f.labels > 8);
    for (int i = 0; i < f.labels; i++) {
        assert_true(f.label[i].x - f.reach[i] > f.px.left &&
                    f.label[i].x + f.reach[i] < f.px.right);
        for (int k = 0; k < i; k++) {
            double gap = hypot(f.label[i].x - f.label[k].x, f.label[i].y - f.label[k].y);
            assert_true(gap >= f.reach[i] + f.reach[k]);
        }
    }
    nb_viz_scene_free(&s);
    nb_viz_surface_free(&d);
}

static void windows_of_every_size_are_drawn(void **state)
{
    static const double size[][2] = {{240, 180}, {60, 40}, {1, 1}, {4000, 200}, {3000, 3000}};
    Made m = {.f = half_plane};
    NbSurfaceData *d = surface_of(&m, 2);
    NbErr err = {0};
    (void)state;
    assert_int_equal(nb_viz_surface_complete(d, 2, &err), NB_OK);
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        NbScene s = {0};
        NbSurfaceFrame f = {0};
        NbSurfaceLook look = {&grid_measure, NB_THEME_LIGHT, 6};
        nb_viz_scene_surface(&s, d, &look, size[i][0], size[i][1], &f);
        nb_viz_scene_surface_over(&s, d, &look, &f);
        assert_false(s.failed);
        assert_true(f.px.right > f.px.left && f.px.bottom > f.px.top);
        nb_viz_scene_free(&s);
    }
    nb_viz_surface_free(&d);
}

/* px of a unit on both axes. */
static void unit_of(const NbSurfaceFrame *f, double unit[2])
{
    unit[0] = (f->px.right - f->px.left) / (f->hi[0] - f->lo[0]);
    unit[1] = (f->px.bottom - f->px.top) / (f->hi[1] - f->lo[1]);
}

static void equal_scales_cut_the_longer_side(void **state)
{
    static const double size[][2] = {{800, 600}, {300, 900}};
    Made m = {.f = valley};
    NbSurfaceData *d = surface_of(&m, 2);
    NbErr err = {0};
    (void)state;
    assert_int_equal(nb_viz_surface_complete(d, 2, &err), NB_OK);
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        for (int equal = 0; equal < 2; equal++) {
            NbScene s = {0};
            NbSurfaceFrame f = {0};
            NbSurfaceLook look = {&grid_measure, NB_THEME_LIGHT, 6};
            double unit[2];
            d->view.equal = equal;
            nb_viz_scene_surface(&s, d, &look, size[i][0], size[i][1], &f);
            unit_of(&f, unit);
            assert_true((fabs(unit[0] - unit[1]) < 1e-9) == equal);
            assert_true((f.aside > 0) == (equal && size[i][0] > size[i][1]));
            assert_true(f.px.left > 0 && f.px.right < size[i][0] && f.px.bottom < size[i][1]);
            nb_viz_scene_free(&s);
        }
    }
    nb_viz_surface_free(&d);
}

static void a_narrow_surface_has_a_title_and_no_note_over_it(void **state)
{
    Made m = {.f = valley};
    NbSurfaceData *d = surface_of(&m, 2);
    NbErr err = {0};
    (void)state;
    assert_int_equal(nb_viz_surface_complete(d, 2, &err), NB_OK);
    for (int wide = 0; wide < 2; wide++) {
        NbScene s = {0};
        Text out = {0};
        NbSurfaceFrame f = {0};
        NbSurfaceLook look = {&grid_measure, NB_THEME_LIGHT, 6};
        nb_viz_scene_surface(&s, d, &look, wide ? 800 : 230, 600, &f);
        nb_viz_scene_dump(&s, &out);
        assert_int_equal(occurrences(out.s, "downhill"), wide);
        /* Where no note is, the title may go on over the bar. */
        for (size_t i = 0; i < s.nprims; i++) {
            if (s.prim[i].role == NB_ROLE_TITLE) {
                assert_true(f.px.left + s.prim[i].w > (wide ? f.px.right - 200 : f.px.right));
                assert_true(f.px.left + s.prim[i].w <= (wide ? f.px.right : 230));
            }
        }
        nb_viz_scene_free(&s);
        free(out.s);
    }
    nb_viz_surface_free(&d);
}

static void what_has_no_value_is_hatched(void **state)
{
    Made m = {.f = half_plane};
    NbSurfaceData *d = surface_of(&m, 2);
    (void)state;
    char *s = scene_of(d);
    assert_int_equal(occurrences(s, "hatched void"), 1);
    free(s);
    nb_viz_surface_free(&d);
}

static void flat_ground_is_one_band_without_a_bar(void **state)
{
    Made m = {.f = level_ground};
    NbSurfaceData *d = surface_of(&m, 2);
    (void)state;
    char *s = scene_of(d);
    assert_int_equal(occurrences(s, "area band"), 1);
    assert_null(strstr(s, "line contour"));
    free(s);
    nb_viz_surface_free(&d);
}

/* Two runs from (−1, 1), with a third without y. */
static NbRecord *two_paths(void)
{
    NbErr err = {0};
    NbRecord *r = nb_record_new(4000, 16);
    const char *with[] = {"f", "x", "y"}, *without[] = {"f", "x"};
    for (int k = 0; k < 3; k++) {
        nb_record_begin(r, k == 0 ? "sgd(lr=0.1)" : "adam(lr=0.1)", k == 2 ? without : with,
                        k == 2 ? 2 : 3, &err);
        for (int i = 0; i < 20; i++) {
            double t = 1 - i / 19.0;
            double row[3] = {2 * t * t, -t, k == 0 ? t : t * t};
            nb_record_add(r, (uint64_t)i, row);
        }
        nb_record_end(r);
    }
    return r;
}

static void every_run_has_a_path_in_its_colour_with_start_end_and_cursor(void **state)
{
    Made m = {.f = bowl};
    NbSurfaceData *d = surface_of(&m, 2);
    NbRecord *r = two_paths();
    uint32_t run = 0;
    uint64_t step = 0;
    (void)state;
    d->what.record = r;
    char *s = scene_of(d);
    assert_int_equal(occurrences(s, "line halo"), 2);
    assert_int_equal(occurrences(s, "line curve colour 0"), 2); /* path and legend */
    assert_int_equal(occurrences(s, "line curve colour 1"), 2);
    assert_int_equal(occurrences(s, "line curve colour 2"), 0);
    assert_non_null(strstr(s, "sgd(lr=0.1)  0"));
    assert_null(strstr(s, "dot cursor"));
    free(s);
    d->view.cursor = true;
    d->view.step = 5;
    s = scene_of(d);
    assert_int_equal(occurrences(s, "dot cursor"), 2);
    free(s);
    NbSurfaceFrame f = {.px = {.left = 0, .top = 0, .right = 400, .bottom = 400}};
    memcpy(f.lo, d->view.lo, sizeof f.lo);
    memcpy(f.hi, d->view.hi, sizeof f.hi);
    assert_true(nb_viz_surface_pick(d, &f, nb_viz_surface_px(&f, -1), nb_viz_surface_py(&f, 1),
                                    &run, &step));
    assert_int_equal(step, 0);
    assert_false(nb_viz_surface_pick(d, &f, 390, 390, &run, &step));
    nb_viz_surface_free(&d);
    nb_record_free(&r);
}

static void colours_of_the_ramp_grow_lighter(void **state)
{
    (void)state;
    for (int theme = 0; theme < 2; theme++) {
        double before = -1;
        for (int i = 0; i <= 20; i++) {
            NbColour c = nb_viz_ramp_colour((NbTheme)theme, i / 20.0);
            double light = 0.2126 * pow(c.r, 2.2) + 0.7152 * pow(c.g, 2.2) + 0.0722 * pow(c.b, 2.2);
            assert_true(light > before);
            before = light;
        }
    }
}

/* --- classes --- */

static int sample_sides(void *user, const double *x, const double *y, int n, double ms, double *out)
{
    (void)user;
    (void)ms;
    for (int i = 0; i < n; i++) { /* three classes: left, right, above */
        out[3 * i] = -x[i];
        out[3 * i + 1] = x[i];
        out[3 * i + 2] = 2 * y[i];
    }
    return n;
}

/* Four points, one of them on the wrong side. */
static NbSurfaceData *three_sides(Made *m)
{
    static const double point[] = {-1, -1, 1, -1, 0, 1, 1, -0.5};
    static const int label[] = {0, 1, 2, 0};
    NbErr err = {0};
    NbSurface what = {
        .field = {.user = m, .channels = 3, .sample = sample_sides, .free = free_made},
        .title = "m",
        .name = {"a", "b"},
        .lo = {-2, -2},
        .hi = {2, 2},
        .boundary = true,
        .npoints = 4,
        .point = point,
        .label = label};
    NbSurfaceData *d = nb_viz_surface_new(&what, &err);
    assert_non_null(d);
    return d;
}

static void regions_have_an_image_borders_points_and_counts(void **state)
{
    Made m = {0};
    (void)state;
    NbSurfaceData *d = three_sides(&m);
    char *s = scene_of(d);
    assert_int_equal(occurrences(s, "image band"), 1);
    assert_int_equal(occurrences(s, "line border"), 3);
    assert_non_null(strstr(s, "class 0   1 of 2 right"));
    assert_non_null(strstr(s, "class 2   1 of 1 right"));
    assert_int_equal(occurrences(s, "dot border"), 2); /* the one that is wrong, and the legend */
    assert_non_null(strstr(s, "ringed: wrong"));
    free(s);
    nb_viz_surface_free(&d);
}

static void a_legend_with_little_room_names_every_class_and_path(void **state)
{
    Made m = {0}, bowls = {.f = bowl};
    (void)state;
    NbSurfaceData *d = three_sides(&m);
    static const double width[] = {420, 340};
    for (int i = 0; i < 2; i++) {
        char *s = sized(d, width[i], 250);
        for (const char *class = "012"; *class; class ++) {
            char with[24], alone[24];
            snprintf(with, sizeof with, "\"%c   ", *class);
            snprintf(alone, sizeof alone, "\"%c\"", *class);
            if (!strstr(s, with) && !strstr(s, alone)) {
                fail_msg("no class %c at %g px in\n%s", *class, width[i], s);
            }
        }
        assert_true(i > 0 || strstr(s, "wrong"));
        free(s);
    }
    nb_viz_surface_free(&d);
    d = surface_of(&bowls, 2);
    NbRecord *r = two_paths();
    d->what.record = r;
    char *s = sized(d, 420, 250);
    assert_non_null(strstr(s, "\"sgd"));
    assert_non_null(strstr(s, "\"adam"));
    free(s);
    nb_viz_surface_free(&d);
    nb_record_free(&r);
}

static void one_score_means_class_1_above_0(void **state)
{
    double up = 2, down = -2, nan = NAN, sure;
    double three[3] = {0.1, 0.7, 0.2};
    (void)state;
    assert_int_equal(nb_viz_class_of(&up, 1, false, &sure), 1);
    assert_true(fabs(sure - 1 / (1 + exp(-2))) < 1e-12);
    assert_int_equal(nb_viz_class_of(&down, 1, false, &sure), 0);
    assert_int_equal(nb_viz_class_of(&nan, 1, false, &sure), -1);
    assert_int_equal(nb_viz_class_of(three, 3, true, &sure), 1);
    assert_true(sure == 0.7);
}

/* --- text --- */

static char *text_of(NbSurfaceData *d, bool unicode)
{
    char *text = NULL;
    size_t size;
    NbErr err = {0};
    NbVizStyle style = {.text = {.unicode = unicode, .columns = 76, .digits = 6}};
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(nb_viz_surface_write(&style, d, out, &err), NB_OK);
    fclose(out);
    return text;
}

static void text_keeps_to_76_columns_and_ascii(void **state)
{
    Made m = {.f = valley};
    NbSurfaceData *d = surface_of(&m, 2);
    NbRecord *r = two_paths();
    (void)state;
    d->what.record = r;
    char *fancy = text_of(d, true), *plain = text_of(d, false);
    assert_non_null(strstr(fancy, "▒"));
    assert_non_null(strstr(fancy, "○ start"));
    assert_non_null(strstr(plain, "lowest here: 0 at (1, 1)"));
    for (const char *c = plain; *c; c++) {
        assert_true((unsigned char)*c < 128);
    }
    char *rest = fancy;
    for (char *line = strtok(rest, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(nb_text_width(line) <= 76);
    }
    free(fancy);
    free(plain);
    nb_viz_surface_free(&d);
    nb_record_free(&r);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_of_a_bowl_are_even_and_round),
        cmocka_unit_test(levels_of_a_deep_valley_are_powers_within_decades),
        cmocka_unit_test(wide_values_of_both_signs_get_levels_around_zero),
        cmocka_unit_test(equal_values_have_no_levels),
        cmocka_unit_test(one_high_point_is_closed_in_by_four),
        cmocka_unit_test(one_low_point_is_a_hole),
        cmocka_unit_test(region_above_everything_is_the_whole_grid_and_below_is_none),
        cmocka_unit_test(the_middle_of_a_saddle_decides),
        cmocka_unit_test(every_contour_closes),
        cmocka_unit_test(holes_are_filled_from_around),
        cmocka_unit_test(grids_get_finer_without_computing_a_point_twice),
        cmocka_unit_test(a_field_that_fails_stops_and_keeps_the_grid),
        cmocka_unit_test(lowest_point_is_found_and_rounded),
        cmocka_unit_test(picture_has_bands_lines_numbers_arrows_and_a_bar),
        cmocka_unit_test(numbers_on_lines_keep_apart),
        cmocka_unit_test(windows_of_every_size_are_drawn),
        cmocka_unit_test(equal_scales_cut_the_longer_side),
        cmocka_unit_test(a_narrow_surface_has_a_title_and_no_note_over_it),
        cmocka_unit_test(what_has_no_value_is_hatched),
        cmocka_unit_test(flat_ground_is_one_band_without_a_bar),
        cmocka_unit_test(every_run_has_a_path_in_its_colour_with_start_end_and_cursor),
        cmocka_unit_test(colours_of_the_ramp_grow_lighter),
        cmocka_unit_test(regions_have_an_image_borders_points_and_counts),
        cmocka_unit_test(a_legend_with_little_room_names_every_class_and_path),
        cmocka_unit_test(one_score_means_class_1_above_0),
        cmocka_unit_test(text_keeps_to_76_columns_and_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

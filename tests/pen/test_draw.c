/* test_draw.c -- pictures by another pen than cairo's: one that writes down what it is told */
/* It stands in the place of draw_cairo.c, whose functions are all defined here. */
#include <string.h>

#include <nabla/nabla.h>

#include "tests/unit/test.h"
#include "viz/picture/paint.h"
#include "viz/viz.h"

/* --- a pen that writes down what it is told --- */

struct NbDraw {
    bool family;
};

struct NbCanvas {
    int depth, deepest; /* of save */
    int path, lines, areas, texts, inks;
    bool lost; /* something was asked that makes no sense */
};

struct NbLetters {
    char text[200];
};

static NbCanvas paper;
static char written[40000];
static int open_letters, open_fonts;

NbStatus nb_draw_ready(NbErr *err)
{
    (void)err;
    return NB_OK;
}

NbDraw *nb_draw_new(NbErr *err)
{
    static NbDraw d;
    (void)err;
    open_fonts++;
    return &d;
}

void nb_draw_free(NbDraw **d)
{
    open_fonts--;
    *d = NULL;
}

void nb_draw_family(NbDraw *d, const char *families)
{
    d->family = families[0] != '\0';
}

bool nb_draw_knows(NbDraw *d, const char *family, char *found, size_t cap)
{
    (void)d;
    snprintf(found, cap, "%s", family);
    return strcmp(family, "Pencil") == 0;
}

NbLetters *nb_draw_letters(NbDraw *d, const char *text, double size, bool bold, double *width,
                           double *baseline)
{
    NbLetters *l = calloc(1, sizeof *l);
    assert_non_null(l);
    assert_true(d->family);
    snprintf(l->text, sizeof l->text, "%s", text);
    *width = (double)strlen(text) * size * (bold ? 0.7 : 0.6);
    *baseline = size;
    open_letters++;
    return l;
}

void nb_draw_letters_free(NbDraw *d, NbLetters **l)
{
    (void)d;
    open_letters -= *l != NULL;
    free(*l);
    *l = NULL;
}

void nb_draw_show(const NbDraw *d, NbCanvas *c, NbLetters *l, double most)
{
    (void)d;
    (void)most;
    size_t at = strlen(written);
    snprintf(written + at, sizeof written - at, "[%s]", l->text);
    c->texts++;
}

NbCanvas *nb_draw_pixels(const NbDraw *d, void *pixels, int w, int h, int stride)
{
    (void)d;
    (void)pixels;
    (void)stride;
    paper = (NbCanvas){.lost = w < 1 || h < 1};
    written[0] = '\0';
    return &paper;
}

NbCanvas *nb_draw_file(const NbDraw *d, NbDrawForm form, double w, double h, const char *title,
                       Text *out)
{
    (void)form;
    (void)title;
    (void)out;
    return nb_draw_pixels(d, NULL, (int)w, (int)h, 0);
}

NbStatus nb_draw_finish(const NbDraw *d, NbCanvas **c, NbDrawForm form, Text *out, bool write,
                        NbErr *err)
{
    (void)d;
    (void)form;
    (void)err;
    assert_true(write);
    text_add(out, written);
    *c = NULL;
    return NB_OK;
}

void nb_draw_close(const NbDraw *d, NbCanvas **c)
{
    (void)d;
    *c = NULL;
}

void nb_draw_put(const NbDraw *d, NbCanvas *c, NbCanvas *picture)
{
    (void)d;
    c->lost |= !picture;
}

double nb_draw_unit(const NbDraw *d, NbCanvas *c)
{
    (void)d;
    (void)c;
    return 1;
}

void nb_draw_visible(const NbDraw *d, NbCanvas *c, double *left, double *top, double *right,
                     double *bottom)
{
    (void)d;
    (void)c;
    *left = *top = -1e6;
    *right = *bottom = 1e6;
}

void nb_draw_ink(const NbDraw *d, NbCanvas *c, double r, double g, double b, double alpha)
{
    (void)d;
    c->inks++;
    c->lost |= r < 0 || r > 1 || g < 0 || g > 1 || b < 0 || b > 1 || alpha < 0 || alpha > 1;
}

bool nb_draw_hatch(const NbDraw *d, NbCanvas *c, double pitch, double width)
{
    (void)d;
    c->lost |= !(pitch > 0) || !(width > 0);
    return false;
}

void nb_draw_ramp(const NbDraw *d, NbCanvas *c, double x0, double x1, const double *rgb, int n)
{
    (void)d;
    c->lost |= !(x0 < x1) || n < 2 || !rgb;
}

void nb_draw_image(const NbDraw *d, NbCanvas *c, const void *pixels, int columns, int rows,
                   double x, double y, double w, double h)
{
    (void)d;
    c->areas++;
    c->lost |= !pixels || columns < 1 || rows < 1 || isnan(x + y + w + h);
}

void nb_draw_dash(const NbDraw *d, NbCanvas *c, const double on_off[2])
{
    (void)d;
    c->lost |= on_off && !(on_off[0] > 0);
}

void nb_draw_line_end(const NbDraw *d, NbCanvas *c, NbLineEnd end)
{
    (void)d;
    c->lost |= end != NB_LINE_ROUND && end != NB_LINE_BUTT;
}

void nb_draw_line_join(const NbDraw *d, NbCanvas *c, NbLineJoin join)
{
    (void)d;
    c->lost |= join != NB_JOIN_ROUND && join != NB_JOIN_BEVEL;
}

/* The path's next point. */
static void point(NbCanvas *c, double x, double y)
{
    c->path++;
    c->lost |= !isfinite(x) || !isfinite(y);
}

#define PEN(name, what)                                                                            \
    void nb_draw_##name(const NbDraw *d, NbCanvas *c)                                              \
    {                                                                                              \
        (void)d;                                                                                   \
        what;                                                                                      \
    }
PEN(save, c->depth++; c->deepest = c->depth > c->deepest ? c->depth : c->deepest)
PEN(restore, c->depth--; c->lost |= c->depth < 0)
PEN(new_path, c->path = 0)
PEN(new_sub_path, c->lost |= false)
PEN(close_path, c->path++)
PEN(fill, c->areas += c->path > 0; c->path = 0)
PEN(fill_preserve, c->areas += c->path > 0)
PEN(stroke, c->lines += c->path > 0; c->path = 0)
PEN(clip, c->path = 0)
PEN(paint, c->areas++)

#define MOVE(name, used)                                                                           \
    void nb_draw_##name(const NbDraw *d, NbCanvas *c, double x, double y)                          \
    {                                                                                              \
        (void)d;                                                                                   \
        used;                                                                                      \
    }
MOVE(translate, c->lost |= !isfinite(x + y))
MOVE(scale, c->lost |= !(x > 0) || !(y > 0))
MOVE(move_to, point(c, x, y))
MOVE(line_to, point(c, x, y))

void nb_draw_rotate(const NbDraw *d, NbCanvas *c, double angle)
{
    (void)d;
    c->lost |= !isfinite(angle);
}

void nb_draw_line_width(const NbDraw *d, NbCanvas *c, double width)
{
    (void)d;
    c->lost |= !(width > 0);
}

void nb_draw_curve_to(const NbDraw *d, NbCanvas *c, double x1, double y1, double x2, double y2,
                      double x, double y)
{
    (void)d;
    point(c, x1 + x2 + x, y1 + y2 + y);
}

void nb_draw_rectangle(const NbDraw *d, NbCanvas *c, double x, double y, double w, double h)
{
    (void)d;
    point(c, x + w, y + h);
}

void nb_draw_arc(const NbDraw *d, NbCanvas *c, double x, double y, double r, double from, double to)
{
    (void)d;
    point(c, x + r + from, y + to);
}

/* --- pictures --- */

static NbCtx *ctx;
static NbViz *viz;

static int begin(void **state)
{
    (void)state;
    NbVizStyle style = {.text = {.digits = 6, .unicode = true, .columns = 76}};
    ctx = nb_ctx_new();
    viz = nb_viz_new(&(NbVizHost){0}, &style);
    assert_non_null(viz);
    return 0;
}

static int end(void **state)
{
    (void)state;
    nb_viz_free(&viz);
    nb_ctx_free(&ctx);
    return open_letters == 0 && open_fonts == 0 ? 0 : -1;
}

static void render(const NbExport *what)
{
    NbErr err = {0};
    NbRendered out = {0};
    if (nb_viz_render(viz, "svg", what, &out, &err) != NB_OK) {
        fail_msg("%s", err.msg);
    }
    assert_string_equal(out.bytes, written);
    nb_viz_rendered_free(&out);
    assert_int_equal(paper.depth, 0);
    assert_true(paper.deepest > 0);
    assert_true(paper.inks > 0);
    assert_false(paper.lost);
}

/* What a text of w px (0: as wide as it is) is written as; names end differently. */
static const char *shown(NbRole role, double w, const char *text)
{
    NbErr err = {0};
    NbPainter *p = nb_viz_painter_new(&err);
    NbScene s = {0};
    NbCanvas *c = nb_draw_pixels(NULL, NULL, 100, 100, 0);
    assert_non_null(p);
    nb_viz_scene_text(&s, role, NB_LEFT, 0, 0, text)->w = w;
    nb_viz_paint(p, c, &s, NB_THEME_LIGHT, 0, 0, 1, 1);
    nb_viz_scene_free(&s);
    nb_viz_painter_free(&p);
    return written;
}

static void a_long_name_of_parts_keeps_its_end(void **state)
{
    (void)state;
    assert_string_equal(shown(NB_ROLE_NAME, 0, "m.linear[0].w"), "[m.linear[0].w]");
    assert_non_null(strstr(shown(NB_ROLE_NAME, 70, "m.linear[0].w"), "0].w]"));
    assert_non_null(strstr(shown(NB_ROLE_FAR, 170, "m.linear[0].b"), "].b]"));
    assert_null(strstr(shown(NB_ROLE_FAR, 170, "m.linear[0].b"), "linear"));
    assert_string_equal(shown(NB_ROLE_FAR, 10, "m.linear[0].b"), "[…]");
    assert_string_equal(shown(NB_ROLE_VALUE, 40, "0.1234567890123"), "[0.1234567890123]");
}

static void minus_signs_are_long(void **state)
{
    static const char *row[][2] = {
        {"-v5", "−v5"},       {"1 - x", "1 − x"},         {"(-x)", "(−x)"},
        {"-3", "−3"},         {"sin(-θ)", "sin(−θ)"},     {"1e-3", "1e-3"},
        {"a -> b", "a -> b"}, {"f - graph", "f − graph"}, {"-", "−"}};
    char text[40];
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        nb_viz_typeset(row[i][0], text, sizeof text);
        assert_string_equal(text, row[i][1]);
    }
}

static void a_graph_is_drawn_by_any_pen(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = nb_var_scalar(ctx, 3, NB_LEAF);
    nb_var_set_name(x, "x", false);
    nb_var_set_name(y, "y", false);
    NbVar *f = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(x), NB_VAR(y));
    nb_var_set_name(f, "f", false);
    render(&(NbExport){.view = NB_VIEW_GRAPH, .root = f, .title = "f"});
    assert_non_null(strstr(written, "[x"));
    assert_non_null(strstr(written, "[y"));
    assert_non_null(strstr(written, "[×]"));
    assert_true(paper.lines >= 3); /* two operands, one result */
    assert_true(paper.areas > 3);
    nb_var_unref(&f);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

static void a_plot_is_drawn_by_any_pen(void **state)
{
    (void)state;
    const char *name[] = {"loss"};
    NbRecord *record = nb_record_new(100, 1);
    nb_record_begin(record, "sgd", name, 1, NULL);
    for (int i = 0; i < 50; i++) {
        double f = exp(-0.1 * i);
        nb_record_add(record, (uint64_t)i, &f);
    }
    render(&(NbExport){.view = NB_VIEW_PLOT, .record = record, .title = "loss"});
    assert_non_null(strstr(written, "loss]"));
    assert_true(paper.lines > 2);
    nb_record_free(&record);
}

static int bowl(void *user, const double *x, const double *y, int n, double ms, double *out)
{
    (void)user;
    (void)ms;
    for (int i = 0; i < n; i++) {
        out[i] = x[i] * x[i] + 3 * y[i] * y[i];
    }
    return n;
}

static bool nowhere(void *user, double at[2])
{
    (void)user;
    (void)at;
    return false;
}

static bool no_start(void *user, double x, double y)
{
    (void)user;
    return x + y > INFINITY;
}

static void nothing(void *user)
{
    (void)user;
}

static void a_surface_is_drawn_by_any_pen(void **state)
{
    (void)state;
    NbErr err = {0};
    NbSurface what = {.field = {.channels = 1,
                                .sample = bowl,
                                .now = nowhere,
                                .start = no_start,
                                .free = nothing},
                      .title = "bowl",
                      .name = {"x", "y"},
                      .lo = {-1, -1},
                      .hi = {1, 1}};
    NbSurfaceData *surface = nb_viz_surface_new(&what, &err);
    assert_non_null(surface);
    render(&(NbExport){.view = NB_VIEW_SURFACE, .surface = surface, .title = "bowl"});
    assert_non_null(strstr(written, "[x]"));
    assert_true(paper.areas > 5); /* bands */
    nb_viz_surface_free(&surface);
}

static void fonts_are_asked_of_the_pen(void **state)
{
    (void)state;
    NbErr err = {0};
    char found[64];
    assert_int_equal(nb_viz_font(viz, "Pencil", found, sizeof found, &err), NB_OK);
    assert_string_equal(found, "Pencil");
    assert_int_equal(nb_viz_font(viz, "Ink", found, sizeof found, &err), NB_ENAME);
}

static void neither_cairo_nor_pango_was_loaded(void **state)
{
    (void)state;
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        assert_null(strstr(line, "libcairo"));
        assert_null(strstr(line, "libpango"));
    }
    if (maps) {
        fclose(maps);
    }
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_name_of_parts_keeps_its_end),
        cmocka_unit_test(minus_signs_are_long),
        cmocka_unit_test(a_graph_is_drawn_by_any_pen),
        cmocka_unit_test(a_plot_is_drawn_by_any_pen),
        cmocka_unit_test(a_surface_is_drawn_by_any_pen),
        cmocka_unit_test(fonts_are_asked_of_the_pen),
        cmocka_unit_test(neither_cairo_nor_pango_was_loaded),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

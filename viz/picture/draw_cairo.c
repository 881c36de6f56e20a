/* draw_cairo.c -- draw.h by cairo and pango, loaded when the first picture is drawn */
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <pango/pangocairo.h>

#include "draw.h"
#include "load.h"

/* clang-format off */
#define NB_CAIRO_FUNCTIONS(X)                                                                      \
    X(create) X(destroy) X(status) X(save) X(restore) X(translate) X(scale) X(rotate)              \
    X(set_source_rgba) X(set_source) X(set_line_width) X(set_dash) X(set_line_cap)                 \
    X(set_line_join) X(move_to) X(line_to) X(curve_to) X(rectangle) X(arc) X(close_path)           \
    X(new_path) X(new_sub_path) X(fill) X(fill_preserve) X(stroke) X(clip) X(paint)                \
    X(image_surface_create) X(image_surface_create_for_data) X(surface_destroy)                    \
    X(surface_flush) X(surface_finish) X(surface_status) X(surface_write_to_png_stream)            \
    X(svg_surface_create_for_stream) X(svg_surface_set_document_unit)                              \
    X(pdf_surface_create_for_stream) X(pdf_surface_set_metadata)                                   \
    X(font_options_create) X(font_options_destroy) X(font_options_set_hint_style)                  \
    X(font_options_set_hint_metrics) X(font_options_set_antialias)                                 \
    X(clip_extents) X(get_matrix) X(pattern_get_rgba) X(get_target) X(set_source_surface) X(get_source) X(pattern_set_filter)                      \
    X(user_to_device_distance) X(identity_matrix) X(set_matrix) X(pattern_set_extend)              \
    X(surface_get_type)                                                                            \
    X(pattern_create_linear) X(pattern_add_color_stop_rgba) X(pattern_destroy) X(status_to_string)

#define NB_PANGO_FUNCTIONS(X)                                                                      \
    X(cairo_font_map_new) X(font_map_create_context) X(cairo_context_set_font_options)             \
    X(context_set_round_glyph_positions) X(context_list_families) X(font_family_get_name)          \
    X(layout_new) X(layout_set_text) X(layout_get_extents)    \
    X(layout_get_baseline) X(layout_set_font_description) X(font_description_new)                  \
    X(font_description_free) X(font_description_set_family_static)                                 \
    X(font_description_set_absolute_size) X(font_description_set_weight) X(cairo_show_layout) \
    X(layout_set_width) X(layout_set_ellipsize) X(layout_get_text)                                 \
    X(layout_get_font_description) X(font_description_get_size) X(font_description_get_weight)
/* clang-format on */

typedef struct Face {
    double size;
    bool bold;
    PangoFontDescription *font;
} Face;

/* Letters of an SVG file stay letters: cairo would draw their outlines. They stand above all else.
 */
typedef struct Lines {
    NbCanvas *on; /* the canvas of that file */
    Text text;
} Lines;

/* __typeof__ takes the types from the libraries' own headers, so that none is written twice. */
struct NbDraw {
    struct {
#define X(f) __typeof__(cairo_##f) *f;
        NB_CAIRO_FUNCTIONS(X)
#undef X
    } cairo;
    struct {
#define X(f) __typeof__(pango_##f) *f;
        NB_PANGO_FUNCTIONS(X)
#undef X
    } pango;
    void (*unref)(gpointer object);   /* g_object_unref */
    void (*release)(gpointer memory); /* g_free */
    PangoFontMap *map;
    PangoContext *context;
    Face face[32];
    int nfaces;
    char family[160]; /* borrowed by the faces */
    Lines *lines;
};

static const NbSymbol symbols[] = {
#define X(f) {"cairo_" #f, offsetof(NbDraw, cairo.f)},
    NB_CAIRO_FUNCTIONS(X)
#undef X
#define X(f) {"pango_" #f, offsetof(NbDraw, pango.f)},
        NB_PANGO_FUNCTIONS(X)
#undef X
            {"g_object_unref", offsetof(NbDraw, unref)},
    {"g_free", offsetof(NbDraw, release)},
};

/* Looking a symbol up searches what the library itself needs too: cairo, pango and GObject. */
static const char *const files[] = {"libpangocairo-1.0.so.0", "libpangocairo-1.0.so", NULL};

/* A canvas is cairo's pen, which holds its surface; letters are pango's layout. */
static cairo_t *pen(NbCanvas *c)
{
    return (cairo_t *)c;
}

static PangoLayout *layout_of(NbLetters *l)
{
    return (PangoLayout *)l;
}

NbDraw *nb_draw_new(NbErr *err)
{
    NbDraw *d = calloc(1, sizeof *d);
    Lines *lines = calloc(1, sizeof *lines);
    if (!d || !lines) {
        free(lines);
        free(d);
        nb_fail(err, NB_EMEM, "out of memory drawing");
        return NULL;
    }
    if (nb_viz_load(files, symbols, sizeof symbols / sizeof symbols[0], d, "pango", err)) {
        free(lines);
        free(d);
        return NULL;
    }
    d->lines = lines;
    d->map = d->pango.cairo_font_map_new();
    d->context = d->pango.font_map_create_context(d->map);
    /* no hinting, so that a text keeps its shape at every zoom */
    cairo_font_options_t *options = d->cairo.font_options_create();
    d->cairo.font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    d->cairo.font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    d->cairo.font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    d->pango.cairo_context_set_font_options(d->context, options);
    d->cairo.font_options_destroy(options);
    d->pango.context_set_round_glyph_positions(d->context, FALSE);
    return d;
}

static void forget_faces(NbDraw *d)
{
    for (int i = 0; i < d->nfaces; i++) {
        d->pango.font_description_free(d->face[i].font);
    }
    d->nfaces = 0;
}

void nb_draw_free(NbDraw **pd)
{
    NbDraw *d = *pd;
    if (d) {
        forget_faces(d);
        d->unref(d->context);
        d->unref(d->map);
        text_free(&d->lines->text);
        free(d->lines);
        free(d);
        *pd = NULL;
    }
}

/* --- letters --- */

void nb_draw_family(NbDraw *d, const char *families)
{
    forget_faces(d);
    snprintf(d->family, sizeof d->family, "%s", families);
}

bool nb_draw_knows(NbDraw *d, const char *family, char *found, size_t cap)
{
    PangoFontFamily **list = NULL;
    int n = 0;
    bool known = false;
    d->pango.context_list_families(d->context, &list, &n);
    for (int i = 0; i < n && !known; i++) {
        const char *name = d->pango.font_family_get_name(list[i]);
        known = strcasecmp(name, family) == 0;
        if (known) {
            snprintf(found, cap, "%s", name);
        }
    }
    d->release(list);
    return known;
}

static PangoFontDescription *font_of(NbDraw *d, double size, bool bold)
{
    for (int i = 0; i < d->nfaces; i++) {
        if (d->face[i].size == size && d->face[i].bold == bold) {
            return d->face[i].font;
        }
    }
    bool room = d->nfaces < 32;
    int slot = room ? d->nfaces++ : 31;
    if (!room) {
        d->pango.font_description_free(d->face[slot].font);
    }
    PangoFontDescription *font = d->pango.font_description_new();
    d->pango.font_description_set_family_static(font, d->family);
    d->pango.font_description_set_absolute_size(font, size * PANGO_SCALE);
    d->pango.font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    d->face[slot] = (Face){size, bold, font};
    return font;
}

NbLetters *nb_draw_letters(NbDraw *d, const char *text, double size, bool bold, double *width,
                           double *baseline)
{
    PangoLayout *layout = d->pango.layout_new(d->context);
    d->pango.layout_set_font_description(layout, font_of(d, size, bold));
    d->pango.layout_set_text(layout, text, -1);
    PangoRectangle logical;
    d->pango.layout_get_extents(layout, NULL, &logical);
    *width = logical.width / (double)PANGO_SCALE;
    *baseline = d->pango.layout_get_baseline(layout) / (double)PANGO_SCALE;
    return (NbLetters *)layout;
}

void nb_draw_letters_free(NbDraw *d, NbLetters **l)
{
    if (*l) {
        d->unref(*l);
        *l = NULL;
    }
}

static int byte_of(double part)
{
    return (int)(part * 255 + 0.5);
}

/* As text of the SVG file; false of what is cut, turned into a pattern or belongs to no such file.
 * With another font it still takes the width it was given. */
static bool write_letters(const NbDraw *d, NbCanvas *c, PangoLayout *l, double most)
{
    PangoRectangle box;
    double left, top, right, bottom, r, g, b, alpha;
    cairo_matrix_t m;
    Text *out = &d->lines->text;
    const char *text = d->pango.layout_get_text(l);
    if (d->lines->on != c) {
        return false;
    }
    d->pango.layout_get_extents(l, NULL, &box);
    const double w = box.width / (double)PANGO_SCALE, h = box.height / (double)PANGO_SCALE;
    d->cairo.clip_extents(pen(c), &left, &top, &right, &bottom);
    if ((most > 0 && w > most) || left > 0 || top > 0 || right < w || bottom < h ||
        d->cairo.pattern_get_rgba(d->cairo.get_source(pen(c)), &r, &g, &b, &alpha)) {
        return false;
    }
    if (!*text) {
        return true;
    }
    const PangoFontDescription *font = d->pango.layout_get_font_description(l);
    d->cairo.get_matrix(pen(c), &m);
    text_printf(out, "<text transform=\"matrix(%.5g %.5g %.5g %.5g %.6g %.6g)\" y=\"%.2f\"", m.xx,
                m.yx, m.xy, m.yy, m.x0, m.y0,
                d->pango.layout_get_baseline(l) / (double)PANGO_SCALE);
    text_printf(out, " font-size=\"%.5g\"%s textLength=\"%.2f\" fill=\"#%02x%02x%02x\"",
                d->pango.font_description_get_size(font) / (double)PANGO_SCALE,
                d->pango.font_description_get_weight(font) == PANGO_WEIGHT_BOLD
                    ? " font-weight=\"bold\""
                    : "",
                w, byte_of(r), byte_of(g), byte_of(b));
    if (alpha < 1) {
        text_printf(out, " fill-opacity=\"%.3g\"", alpha);
    }
    text_add(out, ">");
    text_xml(out, text);
    text_add(out, "</text>\n");
    return true;
}

/* Into the file, before its end. */
static void put_lines(const NbDraw *d, Text *out)
{
    Text *lines = &d->lines->text;
    static const char end[] = "</svg>\n";
    const size_t n = sizeof end - 1;
    if (lines->len > 0 && out->len > n && strcmp(out->s + out->len - n, end) == 0) {
        text_cut(out, out->len - n);
        text_add(out, "<g font-family=\"");
        text_xml(out, d->family);
        text_add(out, ", sans-serif\" xml:space=\"preserve\">\n");
        text_addn(out, lines->s, lines->len);
        text_printf(out, "</g>\n%s", end);
    }
    out->failed = out->failed || lines->failed;
}

void nb_draw_show(const NbDraw *d, NbCanvas *c, NbLetters *l, double most)
{
    if (write_letters(d, c, layout_of(l), most)) {
        return;
    }
    if (most > 0) {
        d->pango.layout_set_ellipsize(layout_of(l), PANGO_ELLIPSIZE_END);
        d->pango.layout_set_width(layout_of(l), (int)(most * PANGO_SCALE));
    }
    d->cairo.move_to(pen(c), 0, 0);
    d->pango.cairo_show_layout(pen(c), layout_of(l));
    if (most > 0) {
        d->pango.layout_set_width(layout_of(l), -1);
    }
    d->cairo.new_path(pen(c));
}

/* --- canvases --- */

static NbCanvas *canvas_on(const NbDraw *d, cairo_surface_t *surface)
{
    cairo_t *cr = d->cairo.create(surface);
    d->cairo.surface_destroy(surface); /* the pen holds it */
    return (NbCanvas *)cr;
}

NbCanvas *nb_draw_pixels(const NbDraw *d, void *pixels, int w, int h, int stride)
{
    return canvas_on(
        d, pixels ? d->cairo.image_surface_create_for_data(pixels, CAIRO_FORMAT_RGB24, w, h, stride)
                  : d->cairo.image_surface_create(CAIRO_FORMAT_RGB24, w, h));
}

static cairo_status_t collect(void *user, const unsigned char *data, unsigned int n)
{
    Text *out = user;
    text_addn(out, data, n);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

NbCanvas *nb_draw_file(const NbDraw *d, NbDrawForm form, double w, double h, const char *title,
                       Text *out)
{
    cairo_surface_t *surface;
    switch (form) {
    case NB_DRAW_SVG:
        surface = d->cairo.svg_surface_create_for_stream(collect, out, w, h);
        d->cairo.svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
        text_free(&d->lines->text);
        return d->lines->on = canvas_on(d, surface);
    case NB_DRAW_PDF:
        surface = d->cairo.pdf_surface_create_for_stream(collect, out, w, h);
        if (title) {
            d->cairo.pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
        }
        return canvas_on(d, surface);
    case NB_DRAW_PNG: break;
    }
    return nb_draw_pixels(d, NULL, (int)w, (int)h, 0);
}

static NbStatus drawing_failed(const NbDraw *d, const Text *out, cairo_status_t bad, NbErr *err)
{
    return out->failed || bad == CAIRO_STATUS_NO_MEMORY
               ? nb_fail(err, NB_EMEM, "out of memory drawing a picture")
               : nb_fail(err, NB_EIO, "cannot draw: %s", d->cairo.status_to_string(bad));
}

NbStatus nb_draw_finish(const NbDraw *d, NbCanvas **c, NbDrawForm form, Text *out, bool write,
                        NbErr *err)
{
    cairo_surface_t *surface = d->cairo.get_target(pen(*c));
    cairo_status_t bad = d->cairo.status(pen(*c));
    d->cairo.surface_flush(surface);
    if (form != NB_DRAW_PNG) {
        d->cairo.surface_finish(surface);
        bad = bad != CAIRO_STATUS_SUCCESS ? bad : d->cairo.surface_status(surface);
        if (form == NB_DRAW_SVG) {
            put_lines(d, out);
            bad = out->failed ? CAIRO_STATUS_NO_MEMORY : bad;
            text_free(&d->lines->text);
            d->lines->on = NULL;
        }
    } else if (write && bad == CAIRO_STATUS_SUCCESS) {
        bad = d->cairo.surface_write_to_png_stream(surface, collect, out);
    }
    d->cairo.destroy(pen(*c));
    *c = NULL;
    return bad == CAIRO_STATUS_SUCCESS ? NB_OK : drawing_failed(d, out, bad, err);
}

void nb_draw_close(const NbDraw *d, NbCanvas **c)
{
    if (*c) {
        d->cairo.surface_flush(d->cairo.get_target(pen(*c)));
        d->cairo.destroy(pen(*c));
        *c = NULL;
    }
}

void nb_draw_put(const NbDraw *d, NbCanvas *c, NbCanvas *picture)
{
    cairo_surface_t *from = d->cairo.get_target(pen(picture));
    d->cairo.surface_flush(from);
    d->cairo.save(pen(c));
    d->cairo.set_source_surface(pen(c), from, 0, 0);
    d->cairo.paint(pen(c));
    d->cairo.restore(pen(c));
}

double nb_draw_unit(const NbDraw *d, NbCanvas *c)
{
    double unit = 1, unused = 0;
    d->cairo.user_to_device_distance(pen(c), &unit, &unused);
    return unit;
}

void nb_draw_visible(const NbDraw *d, NbCanvas *c, double *left, double *top, double *right,
                     double *bottom)
{
    d->cairo.clip_extents(pen(c), left, top, right, bottom);
}

/* --- the pen --- */

void nb_draw_ink(const NbDraw *d, NbCanvas *c, double r, double g, double b, double alpha)
{
    d->cairo.set_source_rgba(pen(c), r, g, b, alpha);
}

void nb_draw_ramp(const NbDraw *d, NbCanvas *c, double x0, double x1, const double *rgb, int n)
{
    cairo_pattern_t *ramp = d->cairo.pattern_create_linear(x0, 0, x1, 0);
    for (int i = 0; i < n; i++) {
        d->cairo.pattern_add_color_stop_rgba(ramp, i / (double)(n - 1), rgb[3 * i], rgb[3 * i + 1],
                                             rgb[3 * i + 2], 1);
    }
    d->cairo.set_source(pen(c), ramp);
    d->cairo.pattern_destroy(ramp);
}

/* A tile of `side` px with a line from corner to corner, and the ends of those beside it; NULL
 * without memory. */
static cairo_surface_t *slanted(const NbDraw *d, const double rgba[4], int side, double width)
{
    cairo_surface_t *tile = d->cairo.image_surface_create(CAIRO_FORMAT_ARGB32, side, side);
    cairo_t *cr = d->cairo.create(tile);
    d->cairo.set_source_rgba(cr, rgba[0], rgba[1], rgba[2], rgba[3]);
    d->cairo.set_line_width(cr, width);
    for (int k = -1; k <= 1; k++) {
        d->cairo.move_to(cr, side * (k - 1), side * 2);
        d->cairo.line_to(cr, side * (k + 2), -side);
    }
    d->cairo.stroke(cr);
    bool made = d->cairo.status(cr) == CAIRO_STATUS_SUCCESS;
    d->cairo.destroy(cr);
    if (!made) {
        d->cairo.surface_destroy(tile);
    }
    return made ? tile : NULL;
}

/* Tiles join only where they are whole pixels, at whole places: near the origin, so that the lines
 * move with the picture. */
bool nb_draw_hatch(const NbDraw *d, NbCanvas *c, double pitch, double width)
{
    double unit = nb_draw_unit(d, c), rgba[4];
    int side = (int)(pitch * unit + 0.5);
    if (d->cairo.surface_get_type(d->cairo.get_target(pen(c))) != CAIRO_SURFACE_TYPE_IMAGE ||
        d->cairo.pattern_get_rgba(d->cairo.get_source(pen(c)), &rgba[0], &rgba[1], &rgba[2],
                                  &rgba[3])) {
        return false;
    }
    cairo_matrix_t m;
    cairo_surface_t *tile = slanted(d, rgba, side > 3 ? side : 3, width * unit);
    if (!tile) {
        return false;
    }
    d->cairo.get_matrix(pen(c), &m);
    d->cairo.identity_matrix(pen(c));
    d->cairo.set_source_surface(pen(c), tile, floor(m.x0 + 0.5), floor(m.y0 + 0.5));
    d->cairo.pattern_set_extend(d->cairo.get_source(pen(c)), CAIRO_EXTEND_REPEAT);
    d->cairo.pattern_set_filter(d->cairo.get_source(pen(c)), CAIRO_FILTER_NEAREST);
    d->cairo.set_matrix(pen(c), &m);
    d->cairo.surface_destroy(tile);
    return true;
}

void nb_draw_image(const NbDraw *d, NbCanvas *c, const void *pixels, int columns, int rows,
                   double x, double y, double w, double h)
{
    cairo_surface_t *image = d->cairo.image_surface_create_for_data(
        (unsigned char *)pixels, CAIRO_FORMAT_RGB24, columns, rows, columns * 4);
    d->cairo.save(pen(c));
    d->cairo.rectangle(pen(c), x, y, w, h);
    d->cairo.clip(pen(c));
    d->cairo.translate(pen(c), x, y);
    d->cairo.scale(pen(c), w / columns, h / rows);
    d->cairo.set_source_surface(pen(c), image, 0, 0);
    d->cairo.pattern_set_filter(d->cairo.get_source(pen(c)), CAIRO_FILTER_BILINEAR);
    d->cairo.paint(pen(c));
    d->cairo.restore(pen(c));
    d->cairo.surface_destroy(image);
}

void nb_draw_dash(const NbDraw *d, NbCanvas *c, const double on_off[2])
{
    d->cairo.set_dash(pen(c), on_off, on_off ? 2 : 0, 0);
}

void nb_draw_line_end(const NbDraw *d, NbCanvas *c, NbLineEnd end)
{
    d->cairo.set_line_cap(pen(c), end == NB_LINE_BUTT ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
}

void nb_draw_line_join(const NbDraw *d, NbCanvas *c, NbLineJoin join)
{
    d->cairo.set_line_join(pen(c),
                           join == NB_JOIN_BEVEL ? CAIRO_LINE_JOIN_BEVEL : CAIRO_LINE_JOIN_ROUND);
}

void nb_draw_save(const NbDraw *d, NbCanvas *c)
{
    d->cairo.save(pen(c));
}

void nb_draw_restore(const NbDraw *d, NbCanvas *c)
{
    d->cairo.restore(pen(c));
}

void nb_draw_new_path(const NbDraw *d, NbCanvas *c)
{
    d->cairo.new_path(pen(c));
}

void nb_draw_new_sub_path(const NbDraw *d, NbCanvas *c)
{
    d->cairo.new_sub_path(pen(c));
}

void nb_draw_close_path(const NbDraw *d, NbCanvas *c)
{
    d->cairo.close_path(pen(c));
}

void nb_draw_fill(const NbDraw *d, NbCanvas *c)
{
    d->cairo.fill(pen(c));
}

void nb_draw_fill_preserve(const NbDraw *d, NbCanvas *c)
{
    d->cairo.fill_preserve(pen(c));
}

void nb_draw_stroke(const NbDraw *d, NbCanvas *c)
{
    d->cairo.stroke(pen(c));
}

void nb_draw_clip(const NbDraw *d, NbCanvas *c)
{
    d->cairo.clip(pen(c));
}

void nb_draw_paint(const NbDraw *d, NbCanvas *c)
{
    d->cairo.paint(pen(c));
}

void nb_draw_translate(const NbDraw *d, NbCanvas *c, double x, double y)
{
    d->cairo.translate(pen(c), x, y);
}

void nb_draw_scale(const NbDraw *d, NbCanvas *c, double x, double y)
{
    d->cairo.scale(pen(c), x, y);
}

void nb_draw_rotate(const NbDraw *d, NbCanvas *c, double angle)
{
    d->cairo.rotate(pen(c), angle);
}

void nb_draw_line_width(const NbDraw *d, NbCanvas *c, double width)
{
    d->cairo.set_line_width(pen(c), width);
}

void nb_draw_move_to(const NbDraw *d, NbCanvas *c, double x, double y)
{
    d->cairo.move_to(pen(c), x, y);
}

void nb_draw_line_to(const NbDraw *d, NbCanvas *c, double x, double y)
{
    d->cairo.line_to(pen(c), x, y);
}

void nb_draw_curve_to(const NbDraw *d, NbCanvas *c, double x1, double y1, double x2, double y2,
                      double x, double y)
{
    d->cairo.curve_to(pen(c), x1, y1, x2, y2, x, y);
}

void nb_draw_rectangle(const NbDraw *d, NbCanvas *c, double x, double y, double w, double h)
{
    d->cairo.rectangle(pen(c), x, y, w, h);
}

void nb_draw_arc(const NbDraw *d, NbCanvas *c, double x, double y, double r, double from, double to)
{
    d->cairo.arc(pen(c), x, y, r, from, to);
}

#define AT_ONCE 4 /* threads of pango for one text */

static void *wait_for_all(void *all)
{
    pthread_mutex_lock(all);
    pthread_mutex_unlock(all);
    return NULL;
}

NbStatus nb_draw_ready(NbErr *err)
{
    pthread_mutex_t all = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread[AT_ONCE];
    int n = 0, code = 0;
    pthread_mutex_lock(&all);
    while (n < AT_ONCE && (code = pthread_create(&thread[n], NULL, wait_for_all, &all)) == 0) {
        n++;
    }
    pthread_mutex_unlock(&all);
    while (n > 0) {
        pthread_join(thread[--n], NULL);
    }
    if (code != 0) {
        nb_fail(err, NB_EIO, "fonts need threads, and none can be started: %s", strerror(code));
        nb_hint(err, "ulimit -u and -v may be too low; tree f shows the graph as text");
        return NB_EIO;
    }
    return NB_OK;
}

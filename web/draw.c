/* draw.c -- draw.h for a page: what is drawn becomes numbers that canvas.js draws */
/* A record is one number for what it is, then its arguments (canvas.js has the same list). */
#include "viz/picture/draw.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "web/draw.h"
#include "web/page.h"

enum {
    SAVE = 1,
    RESTORE,
    TRANSLATE,
    SCALE,
    ROTATE,
    INK,
    WIDTH,
    DASH,
    CAP,
    JOIN,
    MOVE,
    LINE,
    CURVE,
    RECT,
    ARC,
    CLOSE,
    NEW,
    SUB,
    FILL,
    FILL_KEEP,
    STROKE,
    CLIP,
    PAINT,
    IMAGE,
    RAMP,
    TEXT,
    BEGIN,
    END
};

struct NbDraw {
    char family[160];
};

struct NbLetters {
    int id;
    double width, baseline, size;
    bool bold;
};

#define MOST_SAVED 32

struct NbCanvas {
    double *op;
    size_t n, cap;
    bool failed;
    double w, h; /* px */
    void *pixels;
    int stride;
    int saved; /* below it scale and visible part are known */
    struct Place {
        double scale, x, y;              /* of the origin, without rotations */
        double left, top, right, bottom; /* not clipped away, px */
    } at[MOST_SAVED];
    double rect[4]; /* the path, while it is one rectangle */
    bool is_rect;
    char *title;
};

static bool room(NbCanvas *c, size_t n)
{
    c->failed = c->failed || !nb_grow(&c->op, &c->cap, c->n + n, sizeof *c->op);
    return !c->failed;
}

static void put(NbCanvas *c, int what, int n, const double *arg)
{
    if (room(c, (size_t)n + 1)) {
        c->op[c->n++] = what;
        for (int i = 0; i < n; i++) {
            c->op[c->n++] = arg[i];
        }
    }
}
#define PUT(c, what, ...)                                                                          \
    put(c, what, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]){__VA_ARGS__})

NbStatus nb_draw_ready(NbErr *err)
{
    (void)err;
    return NB_OK;
}

NbDraw *nb_draw_new(NbErr *err)
{
    NbDraw *d = calloc(1, sizeof *d);
    if (!d) {
        nb_fail(err, NB_EMEM, "out of memory drawing");
    }
    return d;
}

void nb_draw_free(NbDraw **d)
{
    free(*d);
    *d = NULL;
}

/* --- letters --- */

void nb_draw_family(NbDraw *d, const char *families)
{
    snprintf(d->family, sizeof d->family, "%s", families);
    page_family(d->family, strlen(d->family));
}

bool nb_draw_knows(NbDraw *d, const char *family, char *found, size_t cap)
{
    (void)d;
    snprintf(found, cap, "%s", family);
    return page_knows(family, strlen(family));
}

/* DejaVu's letters stand 0.928 of their size below the top of their line. */
#define BASELINE 0.928

NbLetters *nb_draw_letters(NbDraw *d, const char *text, double size, bool bold, double *width,
                           double *baseline)
{
    (void)d;
    NbLetters *l = malloc(sizeof *l);
    size_t n = strlen(text);
    *width = page_letters(text, n, size, bold);
    *baseline = size * BASELINE;
    if (l) {
        *l = (NbLetters){page_text(text, n), *width, *baseline, size, bold};
    }
    return l;
}

void nb_draw_letters_free(NbDraw *d, NbLetters **l)
{
    (void)d;
    free(*l);
    *l = NULL;
}

void nb_draw_show(const NbDraw *d, NbCanvas *c, NbLetters *l, double most)
{
    (void)d;
    if (l) {
        PUT(c, TEXT, l->id, l->size, l->bold, l->baseline, most > 0 && l->width > most ? most : 0);
    }
    put(c, NEW, 0, NULL);
}

/* --- canvases --- */

static NbCanvas nowhere = {.failed = true}; /* takes no ink */

NbCanvas *web_canvas(double w, double h)
{
    NbCanvas *c = calloc(1, sizeof *c);
    if (!c) {
        return &nowhere;
    }
    c->w = w;
    c->h = h;
    c->at[0] = (struct Place){.scale = 1, .right = w, .bottom = h};
    return c;
}

NbCanvas *nb_draw_pixels(const NbDraw *d, void *pixels, int w, int h, int stride)
{
    (void)d;
    NbCanvas *c = web_canvas(w, h);
    c->pixels = pixels;
    c->stride = stride;
    return c;
}

NbCanvas *nb_draw_file(const NbDraw *d, NbDrawForm form, double w, double h, const char *title,
                       Text *out)
{
    (void)d;
    (void)form;
    (void)out;
    NbCanvas *c = web_canvas(w, h);
    if (c != &nowhere) {
        c->title = title ? strdup(title) : NULL;
    }
    return c;
}

const double *web_drawn(const NbCanvas *c, size_t *n)
{
    *n = c->failed ? 0 : c->n;
    return c->op;
}

void web_canvas_free(NbCanvas **c)
{
    if (*c && *c != &nowhere) {
        free((*c)->op);
        free((*c)->title);
        free(*c);
    }
    *c = NULL;
}

static NbStatus write_file(NbCanvas *c, NbDrawForm form, Text *out, NbErr *err)
{
    int as = form == NB_DRAW_SVG ? 1 : form == NB_DRAW_PDF ? 2 : 0;
    size_t n = page_picture(as, c->op, c->n, c->w, c->h, c->title ? c->title : "");
    char *bytes = n ? malloc(n) : NULL;
    if (!bytes) {
        return nb_fail(err, NB_EMEM, "out of memory drawing a picture");
    }
    page_fetch(bytes);
    text_addn(out, bytes, n);
    free(bytes);
    return out->failed ? nb_fail(err, NB_EMEM, "out of memory drawing a picture") : NB_OK;
}

NbStatus nb_draw_finish(const NbDraw *d, NbCanvas **c, NbDrawForm form, Text *out, bool write,
                        NbErr *err)
{
    (void)d;
    NbStatus status = (*c)->failed ? nb_fail(err, NB_EMEM, "out of memory drawing a picture")
                      : write      ? write_file(*c, form, out, err)
                                   : NB_OK;
    web_canvas_free(c);
    return status;
}

void nb_draw_close(const NbDraw *d, NbCanvas **c)
{
    (void)d;
    NbCanvas *one = *c;
    if (one && one->pixels && !one->failed && one->stride == (int)one->w * 4) {
        page_pixels(one->op, one->n, (int)one->w, (int)one->h, one->pixels);
    }
    web_canvas_free(c);
}

/* Its numbers once more, on the canvas as it was at first. */
void nb_draw_put(const NbDraw *d, NbCanvas *c, NbCanvas *picture)
{
    (void)d;
    PUT(c, BEGIN, picture->w, picture->h);
    if (!picture->failed && room(c, picture->n)) {
        memcpy(c->op + c->n, picture->op, picture->n * sizeof *c->op);
        c->n += picture->n;
    }
    put(c, END, 0, NULL);
}

static struct Place *place(NbCanvas *c)
{
    return &c->at[c->saved < MOST_SAVED ? c->saved : MOST_SAVED - 1];
}

double nb_draw_unit(const NbDraw *d, NbCanvas *c)
{
    (void)d;
    return place(c)->scale;
}

void nb_draw_visible(const NbDraw *d, NbCanvas *c, double *left, double *top, double *right,
                     double *bottom)
{
    (void)d;
    const struct Place *p = place(c);
    double scale = p->scale != 0 ? p->scale : 1;
    *left = (p->left - p->x) / scale;
    *top = (p->top - p->y) / scale;
    *right = (p->right - p->x) / scale;
    *bottom = (p->bottom - p->y) / scale;
}

/* --- inks --- */

void nb_draw_ink(const NbDraw *d, NbCanvas *c, double r, double g, double b, double alpha)
{
    (void)d;
    PUT(c, INK, r, g, b, alpha);
}

/* Lines are drawn by the page's canvas. */
bool nb_draw_hatch(const NbDraw *d, NbCanvas *c, double pitch, double width)
{
    (void)d;
    (void)c;
    (void)pitch;
    (void)width;
    return false;
}

void nb_draw_ramp(const NbDraw *d, NbCanvas *c, double x0, double x1, const double *rgb, int n)
{
    (void)d;
    PUT(c, RAMP, x0, x1, n);
    for (int i = 0; i < 3 * n && room(c, 1); i++) {
        c->op[c->n++] = rgb[i];
    }
}

/* Two pixels are one number. */
void nb_draw_image(const NbDraw *d, NbCanvas *c, const void *pixels, int columns, int rows,
                   double x, double y, double w, double h)
{
    (void)d;
    const uint32_t *px = pixels;
    size_t n = (size_t)columns * (size_t)rows;
    PUT(c, IMAGE, columns, rows, x, y, w, h);
    if (room(c, n / 2 + 1)) {
        for (size_t i = 0; i < n; i += 2) {
            double second = i + 1 < n ? px[i + 1] & 0xffffff : 0;
            c->op[c->n++] = (px[i] & 0xffffff) * 16777216.0 + second;
        }
    } else {
        c->n = 0;
    }
}

/* --- the pen --- */

void nb_draw_dash(const NbDraw *d, NbCanvas *c, const double on_off[2])
{
    (void)d;
    PUT(c, DASH, on_off ? on_off[0] : 0, on_off ? on_off[1] : 0);
}

void nb_draw_line_end(const NbDraw *d, NbCanvas *c, NbLineEnd end)
{
    (void)d;
    PUT(c, CAP, end == NB_LINE_BUTT);
}

void nb_draw_line_join(const NbDraw *d, NbCanvas *c, NbLineJoin join)
{
    (void)d;
    PUT(c, JOIN, join == NB_JOIN_BEVEL);
}

void nb_draw_save(const NbDraw *d, NbCanvas *c)
{
    (void)d;
    struct Place now = *place(c);
    c->saved++;
    *place(c) = now;
    put(c, SAVE, 0, NULL);
}

void nb_draw_restore(const NbDraw *d, NbCanvas *c)
{
    (void)d;
    c->saved -= c->saved > 0;
    put(c, RESTORE, 0, NULL);
}

#define SIMPLE(name, code)                                                                         \
    void nb_draw_##name(const NbDraw *d, NbCanvas *c)                                              \
    {                                                                                              \
        (void)d;                                                                                   \
        c->is_rect = false;                                                                        \
        put(c, code, 0, NULL);                                                                     \
    }
SIMPLE(new_path, NEW)
SIMPLE(new_sub_path, SUB)
SIMPLE(close_path, CLOSE)
SIMPLE(fill, FILL)
SIMPLE(stroke, STROKE)
SIMPLE(paint, PAINT)
SIMPLE(fill_preserve, FILL_KEEP)

void nb_draw_clip(const NbDraw *d, NbCanvas *c)
{
    (void)d;
    struct Place *p = place(c);
    if (c->is_rect) {
        double left = p->x + c->rect[0] * p->scale, top = p->y + c->rect[1] * p->scale;
        p->left = fmax(p->left, left);
        p->top = fmax(p->top, top);
        p->right = fmin(p->right, left + c->rect[2] * p->scale);
        p->bottom = fmin(p->bottom, top + c->rect[3] * p->scale);
    }
    c->is_rect = false;
    put(c, CLIP, 0, NULL);
}

void nb_draw_translate(const NbDraw *d, NbCanvas *c, double x, double y)
{
    (void)d;
    struct Place *p = place(c);
    p->x += x * p->scale;
    p->y += y * p->scale;
    PUT(c, TRANSLATE, x, y);
}

void nb_draw_scale(const NbDraw *d, NbCanvas *c, double x, double y)
{
    (void)d;
    place(c)->scale *= x;
    PUT(c, SCALE, x, y);
}

/* What is visible of something turned is not asked for. */
void nb_draw_rotate(const NbDraw *d, NbCanvas *c, double angle)
{
    (void)d;
    PUT(c, ROTATE, angle);
}

void nb_draw_line_width(const NbDraw *d, NbCanvas *c, double width)
{
    (void)d;
    PUT(c, WIDTH, width);
}

void nb_draw_move_to(const NbDraw *d, NbCanvas *c, double x, double y)
{
    (void)d;
    PUT(c, MOVE, x, y);
}

void nb_draw_line_to(const NbDraw *d, NbCanvas *c, double x, double y)
{
    (void)d;
    PUT(c, LINE, x, y);
}

void nb_draw_curve_to(const NbDraw *d, NbCanvas *c, double x1, double y1, double x2, double y2,
                      double x, double y)
{
    (void)d;
    PUT(c, CURVE, x1, y1, x2, y2, x, y);
}

void nb_draw_rectangle(const NbDraw *d, NbCanvas *c, double x, double y, double w, double h)
{
    (void)d;
    c->is_rect = true;
    memcpy(c->rect, (double[]){x, y, w, h}, sizeof c->rect);
    PUT(c, RECT, x, y, w, h);
}

void nb_draw_arc(const NbDraw *d, NbCanvas *c, double x, double y, double r, double from, double to)
{
    (void)d;
    PUT(c, ARC, x, y, r, from, to);
}

/* paint.c -- paints scenes with what draw.h gives */
#include "paint.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define FAMILY "DejaVu Sans, Noto Sans, sans-serif"
#define CACHE 2048 /* texts laid out; a power of two */

/* A text laid out once; panning, zooming and redrawing reuse it. */
typedef struct Entry {
    char *text;
    double size;
    bool bold;
    NbLetters *letters;
    double width, baseline;
} Entry;

struct NbPainter {
    NbDraw *d;
    char family[160]; /* the wanted one, then those to fall back on */
    Entry cache[CACHE];
    Text *record; /* of tests */
    bool lost;    /* there was no memory for a text */
};

/* --- texts --- */

NbPainter *nb_viz_painter_new(NbErr *err)
{
    NbPainter *p = calloc(1, sizeof *p);
    if (!p) {
        nb_fail(err, NB_EMEM, "out of memory drawing");
        return NULL;
    }
    p->d = nb_draw_new(err);
    if (!p->d) {
        free(p);
        return NULL;
    }
    snprintf(p->family, sizeof p->family, "%s", FAMILY);
    nb_draw_family(p->d, p->family);
    return p;
}

static void forget(NbPainter *p, Entry *e)
{
    nb_draw_letters_free(p->d, &e->letters);
    free(e->text);
    *e = (Entry){0};
}

static void forget_texts(NbPainter *p)
{
    for (int i = 0; i < CACHE; i++) {
        forget(p, &p->cache[i]);
    }
}

void nb_viz_painter_font(NbPainter *p, const char *family)
{
    char list[sizeof p->family];
    snprintf(list, sizeof list, "%s%s%s", family, family[0] ? ", " : "", FAMILY);
    if (strcmp(list, p->family) != 0) {
        forget_texts(p);
        memcpy(p->family, list, sizeof list);
        nb_draw_family(p->d, p->family);
    }
}

bool nb_viz_painter_knows(NbPainter *p, const char *family, char *found, size_t cap)
{
    return nb_draw_knows(p->d, family, found, cap);
}

void nb_viz_painter_free(NbPainter **painter)
{
    NbPainter *p = *painter;
    if (!p) {
        return;
    }
    forget_texts(p);
    nb_draw_free(&p->d);
    free(p);
    *painter = NULL;
}

const NbDraw *nb_viz_painter_draw(const NbPainter *p)
{
    return p->d;
}

/* What a sign may stand before: a number, a name or a bracket. */
static bool is_operand(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '(' ||
           (unsigned char)c >= 0x80;
}

void nb_viz_typeset(const char *text, char *out, size_t cap)
{
    size_t n = 0;
    for (const char *c = text; *c && n + 4 < cap; c++) {
        const char *with = NULL;
        if (*c == '*' && c == text && !c[1]) {
            with = "×";
        } else if (*c == '*') {
            with = "·";
        } else if (*c == '-' && (c == text || strchr(" ([", c[-1])) && is_operand(c[1])) {
            with = "−";
        } else if (*c == '-' && c[1] == ' ' && c > text && c[-1] == ' ') {
            with = "−";
        } else if (*c == '-' && c == text && !c[1]) {
            with = "−";
        }
        if (with) {
            memcpy(out + n, with, strlen(with));
            n += strlen(with);
        } else {
            out[n++] = *c;
        }
    }
    out[n] = '\0';
}

static uint32_t hash_text(const char *text, double size, bool bold)
{
    uint32_t h = 2166136261u;
    for (; *text; text++) {
        h = (h ^ (unsigned char)*text) * 16777619u;
    }
    return (h ^ (uint32_t)(size * 64) ^ (bold ? 0x55555555u : 0)) * 2654435761u;
}

static const Entry *lay_out(NbPainter *p, const char *text, double size, bool bold)
{
    uint32_t h = hash_text(text, size, bold) >> 8 & (CACHE - 1);
    Entry *e = &p->cache[h];
    if (e->letters && e->size == size && e->bold == bold && strcmp(e->text, text) == 0) {
        return e;
    }
    forget(p, e);
    char set[512];
    nb_viz_typeset(text, set, sizeof set);
    e->text = malloc(strlen(text) + 1);
    if (!e->text) {
        p->lost = true;
        return NULL;
    }
    strcpy(e->text, text);
    e->size = size;
    e->bold = bold;
    e->letters = nb_draw_letters(p->d, set, size, bold, &e->width, &e->baseline);
    return e;
}

static double text_width(void *user, const char *text, NbRole role)
{
    const NbLook *look = nb_viz_look(NB_THEME_LIGHT, role);
    const Entry *e = lay_out(user, text, look->size, look->bold);
    return e ? e->width : 0;
}

bool nb_viz_painter_lost(NbPainter *p)
{
    bool lost = p->lost;
    p->lost = false;
    return lost;
}

NbMeasure nb_viz_painter_measure(NbPainter *p)
{
    return (NbMeasure){text_width, p};
}

/* --- primitives --- */

typedef struct Brush {
    NbPainter *p;
    const NbDraw *d;
    NbCanvas *cr;
    const NbScene *s;
    NbTheme theme;
    double bold_lines;
} Brush;

static void ink(const Brush *b, NbColour c, double alpha)
{
    nb_draw_ink(b->d, b->cr, c.r, c.g, c.b, alpha);
}

static void trace_box(const Brush *b, const NbPrim *q)
{
    double r = fmin(q->radius, fmin(q->w, q->h) / 2), x = q->x, y = q->y, w = q->w, h = q->h;
    if (r <= 0) {
        nb_draw_rectangle(b->d, b->cr, x, y, w, h);
        return;
    }
    double top = q->flat_top ? 0 : r, bottom = r;
    nb_draw_new_sub_path(b->d, b->cr);
    nb_draw_arc(b->d, b->cr, x + w - top, y + top, top, -PI / 2, 0);
    nb_draw_arc(b->d, b->cr, x + w - bottom, y + h - bottom, bottom, 0, PI / 2);
    nb_draw_arc(b->d, b->cr, x + bottom, y + h - bottom, bottom, PI / 2, PI);
    nb_draw_arc(b->d, b->cr, x + top, y + top, top, PI, PI * 3 / 2);
    nb_draw_close_path(b->d, b->cr);
}

static void trace_oval(const Brush *b, const NbPrim *q)
{
    nb_draw_save(b->d, b->cr);
    nb_draw_translate(b->d, b->cr, q->x + q->w / 2, q->y + q->h / 2);
    nb_draw_scale(b->d, b->cr, q->w / 2, q->h / 2);
    nb_draw_new_sub_path(b->d, b->cr);
    nb_draw_arc(b->d, b->cr, 0, 0, 1, 0, 2 * PI);
    nb_draw_close_path(b->d, b->cr);
    nb_draw_restore(b->d, b->cr);
}

static void paint_area(const Brush *b, const NbPrim *q, const NbLook *look)
{
    if (q->kind == NB_PRIM_OVAL) {
        trace_oval(b, q);
    } else {
        trace_box(b, q);
    }
    if (q->level >= 0) {
        ink(b, nb_viz_scale_colour(b->theme, q->level), 1);
    } else if (q->colour >= 0) {
        ink(b, nb_viz_curve_colour(b->theme, q->colour), 1);
    } else {
        ink(b, look->fill, look->fill_alpha);
    }
    if (look->width <= 0) {
        nb_draw_fill(b->d, b->cr);
        return;
    }
    if (look->fill_alpha > 0 && !q->hollow) {
        nb_draw_fill_preserve(b->d, b->cr);
    }
    ink(b, look->line, 1);
    nb_draw_line_width(b->d, b->cr, look->width * b->bold_lines);
    nb_draw_stroke(b->d, b->cr);
}

#define PITCH 12 /* of hatching, px at scale 1 */

/* Slanted lines over what is traced. Pixels have them in the ink: to draw each would take longer
 * than all else of a graph whose numbers are stale. Files get lines. */
static void hatch(const Brush *b, const NbPrim *q, const NbLook *look, double alpha)
{
    double width = look->width * b->bold_lines;
    ink(b, look->line, alpha);
    if (nb_draw_hatch(b->d, b->cr, PITCH, width)) {
        nb_draw_fill(b->d, b->cr);
        return;
    }
    nb_draw_save(b->d, b->cr);
    nb_draw_clip(b->d, b->cr);
    nb_draw_line_width(b->d, b->cr, width);
    for (double x = q->x - q->h; x < q->x + q->w; x += PITCH) {
        nb_draw_move_to(b->d, b->cr, x, q->y + q->h);
        nb_draw_line_to(b->d, b->cr, x + q->h, q->y);
    }
    nb_draw_stroke(b->d, b->cr);
    nb_draw_restore(b->d, b->cr);
}

static void paint_hatch(const Brush *b, const NbPrim *q, const NbLook *look)
{
    trace_box(b, q);
    hatch(b, q, look, 0.38);
}

static void paint_arrow(const Brush *b, NbPoint from, NbPoint tip)
{
    double dx = tip.x - from.x, dy = tip.y - from.y, length = sqrt(dx * dx + dy * dy);
    if (length < 0.5) {
        return;
    }
    double half = 4.2 * b->bold_lines;
    dx /= length;
    dy /= length;
    nb_draw_move_to(b->d, b->cr, tip.x, tip.y);
    nb_draw_line_to(b->d, b->cr, from.x - dy * half, from.y + dx * half);
    nb_draw_line_to(b->d, b->cr, from.x + dy * half, from.y - dx * half);
    nb_draw_close_path(b->d, b->cr);
    nb_draw_fill(b->d, b->cr);
}

static const double dashes[][2] = {{9, 7}, {2, 6}, {16, 8}};

static void begin_dash(const Brush *b, int dash)
{
    if (dash > 0) {
        nb_draw_dash(b->d, b->cr, dashes[(dash - 1) % 3]);
    }
}

static void end_dash(const Brush *b, int dash)
{
    if (dash > 0) {
        nb_draw_dash(b->d, b->cr, NULL);
    }
}

static void paint_bezier(const Brush *b, const NbPrim *q, const NbLook *look)
{
    const NbPoint *at = b->s->point + q->first;
    if (q->count < 4) {
        return;
    }
    ink(b, look->line, 1);
    nb_draw_line_width(b->d, b->cr, look->width * b->bold_lines);
    nb_draw_line_end(b->d, b->cr, NB_LINE_BUTT); /* ends lie under heads and boxes */
    begin_dash(b, q->dash);
    nb_draw_move_to(b->d, b->cr, at[0].x, at[0].y);
    for (size_t i = 1; i + 2 < q->count; i += 3) {
        nb_draw_curve_to(b->d, b->cr, at[i].x, at[i].y, at[i + 1].x, at[i + 1].y, at[i + 2].x,
                         at[i + 2].y);
    }
    if (q->bare) {
        nb_draw_line_to(b->d, b->cr, q->x, q->y);
    }
    nb_draw_stroke(b->d, b->cr);
    nb_draw_line_end(b->d, b->cr, NB_LINE_ROUND);
    end_dash(b, q->dash);
    if (!q->bare) {
        paint_arrow(b, at[q->count - 1], (NbPoint){q->x, q->y});
    }
}

static void line_ink(const Brush *b, const NbPrim *q, const NbLook *look)
{
    ink(b, q->colour >= 0 ? nb_viz_curve_colour(b->theme, q->colour) : look->line, 1 - q->fade);
    nb_draw_line_width(b->d, b->cr, look->width * b->bold_lines);
}

#define STRETCH 24 /* points of a line painted at once */

/* Long lines are painted in stretches where that cannot be seen: what it costs grows with the
 * square of how often a line comes near itself, as noisy curves do. */
static void paint_line(const Brush *b, const NbPrim *q, const NbLook *look)
{
    bool whole = q->dash != 0, thin = look->width < 1.2;
    size_t drawn = 0;
    line_ink(b, q, look);
    if (thin) { /* nobody sees its corners */
        nb_draw_line_join(b->d, b->cr, NB_JOIN_BEVEL);
    }
    begin_dash(b, q->dash);
    for (size_t i = 0; i < q->count; i++) {
        NbPoint p = b->s->point[q->first + i];
        if (isnan(p.x)) {
            nb_draw_new_sub_path(b->d, b->cr);
            continue;
        }
        nb_draw_line_to(b->d, b->cr, p.x, p.y);
        if (!whole && ++drawn % STRETCH == 0) {
            nb_draw_stroke(b->d, b->cr);
            nb_draw_move_to(b->d, b->cr, p.x, p.y);
        }
    }
    nb_draw_stroke(b->d, b->cr);
    nb_draw_line_join(b->d, b->cr, NB_JOIN_ROUND);
    end_dash(b, q->dash);
}

static void trace_area(const Brush *b, const NbPrim *q)
{
    for (size_t i = 0; i < q->count; i++) {
        NbPoint p = b->s->point[q->first + i];
        if (isnan(p.x)) {
            nb_draw_close_path(b->d, b->cr);
            nb_draw_new_sub_path(b->d, b->cr);
        } else {
            nb_draw_line_to(b->d, b->cr, p.x, p.y);
        }
    }
    nb_draw_close_path(b->d, b->cr);
}

static void paint_region(const Brush *b, const NbPrim *q, const NbLook *look)
{
    trace_area(b, q);
    if (q->role == NB_ROLE_BAND) {
        ink(b, nb_viz_ramp_colour(b->theme, q->level), 1);
    } else if (q->colour >= 0) {
        ink(b, nb_viz_curve_colour(b->theme, q->colour), 1 - q->fade);
    } else {
        ink(b, look->fill, 1 - q->fade);
    }
    nb_draw_fill(b->d, b->cr);
}

static void paint_hatched(const Brush *b, const NbPrim *q, const NbLook *look)
{
    trace_area(b, q);
    ink(b, look->fill, 1);
    nb_draw_fill_preserve(b->d, b->cr);
    hatch(b, q, look, 0.45);
}

static void paint_image(const Brush *b, const NbPrim *q)
{
    const NbScene *s = b->s;
    if (!s->image || s->image_w < 1 || s->image_h < 1) {
        return;
    }
    nb_draw_image(b->d, b->cr, s->image, s->image_w, s->image_h, q->x, q->y, q->w, q->h);
}

static void paint_mark(const Brush *b, const NbPrim *q, const NbLook *look)
{
    line_ink(b, q, look);
    double r = q->radius;
    if (q->kind == NB_PRIM_DOT) {
        nb_draw_new_path(b->d, b->cr);
        nb_draw_arc(b->d, b->cr, q->x, q->y, r, 0, 2 * PI);
        nb_draw_fill(b->d, b->cr);
        return;
    }
    nb_draw_move_to(b->d, b->cr, q->x - r, q->y - r);
    nb_draw_line_to(b->d, b->cr, q->x + r, q->y + r);
    nb_draw_move_to(b->d, b->cr, q->x - r, q->y + r);
    nb_draw_line_to(b->d, b->cr, q->x + r, q->y - r);
    nb_draw_stroke(b->d, b->cr);
}

static void paint_scale(const Brush *b, const NbPrim *q)
{
    double rgb[27];
    for (int i = 0; i <= 8; i++) {
        NbColour c = nb_viz_scale_colour(b->theme, i / 8.0);
        rgb[3 * i] = c.r;
        rgb[3 * i + 1] = c.g;
        rgb[3 * i + 2] = c.b;
    }
    trace_box(b, q);
    nb_draw_ramp(b->d, b->cr, q->x, q->x + q->w, rgb, 9);
    nb_draw_fill(b->d, b->cr);
}

static void paint_cells(const Brush *b, const NbPrim *q, const NbLook *look)
{
    int cols = q->cols > 0 ? q->cols : 1, rows = (int)q->count / cols;
    double w = q->w / cols, h = rows ? q->h / rows : 0;
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
            double level = b->s->point[q->first + (size_t)(r * cols + c)].x;
            ink(b, isnan(level) ? look->line : nb_viz_sign_colour(b->theme, level), 1);
            nb_draw_rectangle(b->d, b->cr, q->x + c * w, q->y + r * h, w, h);
            nb_draw_fill(b->d, b->cr);
        }
    }
    ink(b, look->line, 1);
    nb_draw_line_width(b->d, b->cr, look->width);
    nb_draw_rectangle(b->d, b->cr, q->x, q->y, q->w, q->h);
    nb_draw_stroke(b->d, b->cr);
}
#define NARROWEST 0.7 /* of its usual size */

/* "m.linear[0].w" and "m.linear[0].b" are told apart by their ends: the end of a name of parts,
 * with an ellipsis before it, that takes `share` of its width; false for other texts. */
static bool end_of_name(const NbPrim *q, double share, char *buf, size_t cap)
{
    if ((q->role != NB_ROLE_NAME && q->role != NB_ROLE_FAR) || !strchr(q->text, '.') ||
        strchr(q->text, ' ')) {
        return false;
    }
    size_t skip = (size_t)((double)strlen(q->text) * (1 - share)) + 2;
    skip = skip < strlen(q->text) ? skip : strlen(q->text);
    while (((unsigned char)q->text[skip] & 0xc0) == 0x80) {
        skip++;
    }
    snprintf(buf, cap, "…%s", q->text + skip);
    return true;
}

static void paint_text(const Brush *b, const NbPrim *q, const NbLook *look)
{
    char end[160];
    const Entry *e = q->text[0] ? lay_out(b->p, q->text, look->size, look->bold) : NULL;
    if (!e) {
        return;
    }
    if (q->level >= 0) {
        ink(b, nb_viz_ink_on(nb_viz_scale_colour(b->theme, q->level)), 1);
    } else {
        ink(b, q->colour >= 0 ? nb_viz_curve_colour(b->theme, q->colour) : look->line, 1);
    }
    /* a text wider than its place is narrowed, but stays readable: beyond, it is cut */
    double shrink = q->w > 0 && e->width > q->w ? q->w / e->width : 1;
    if (shrink < NARROWEST && end_of_name(q, shrink / NARROWEST, end, sizeof end)) {
        e = lay_out(b->p, end, look->size, look->bold);
        shrink = e && e->width > q->w ? q->w / e->width : 1;
    }
    if (!e) {
        return;
    }
    bool cut = shrink < NARROWEST;
    double width = cut ? q->w : e->width * shrink;
    if (cut) {
        shrink = NARROWEST;
    }
    nb_draw_save(b->d, b->cr);
    nb_draw_translate(b->d, b->cr, q->x, q->y);
    if (q->anchor == NB_UPWARD || q->angle != 0) {
        nb_draw_rotate(b->d, b->cr, q->anchor == NB_UPWARD ? -PI / 2 : q->angle);
    }
    double left = q->anchor == NB_LEFT ? 0 : q->anchor == NB_RIGHT ? -width : -width / 2;
    nb_draw_translate(b->d, b->cr, left, -e->baseline * shrink);
    nb_draw_scale(b->d, b->cr, shrink, shrink);
    nb_draw_show(b->d, b->cr, e->letters, cut ? q->w / shrink : 0);
    nb_draw_restore(b->d, b->cr);
}

static void paint_prim(const Brush *b, const NbPrim *q)
{
    const NbLook *look = nb_viz_look(b->theme, q->role);
    switch (q->kind) {
    case NB_PRIM_BOX:
    case NB_PRIM_OVAL: paint_area(b, q, look); break;
    case NB_PRIM_HATCH: paint_hatch(b, q, look); break;
    case NB_PRIM_BEZIER: paint_bezier(b, q, look); break;
    case NB_PRIM_LINE: paint_line(b, q, look); break;
    case NB_PRIM_DOT:
    case NB_PRIM_CROSS: paint_mark(b, q, look); break;
    case NB_PRIM_TEXT: paint_text(b, q, look); break;
    case NB_PRIM_SCALE: paint_scale(b, q); break;
    case NB_PRIM_CELLS: paint_cells(b, q, look); break;
    case NB_PRIM_CLIP:
        nb_draw_save(b->d, b->cr);
        nb_draw_rectangle(b->d, b->cr, q->x, q->y, q->w, q->h);
        nb_draw_clip(b->d, b->cr);
        break;
    case NB_PRIM_UNCLIP: nb_draw_restore(b->d, b->cr); break;
    case NB_PRIM_AREA: paint_region(b, q, look); break;
    case NB_PRIM_HATCHED: paint_hatched(b, q, look); break;
    case NB_PRIM_IMAGE: paint_image(b, q); break;
    }
}

void nb_viz_painter_record(NbPainter *p, Text *to)
{
    p->record = to;
}

typedef struct NbBox {
    double left, top, right, bottom;
} NbBox;

#define REACH 60.0 /* px around a place: lines, heads, text heights */

/* Of a large graph most is out of sight when one looks at a part. Of what has points, and of texts
 * of any width, that is not looked up. */
static bool outside(const NbPrim *q, const NbBox *box)
{
    bool area = q->kind == NB_PRIM_BOX || q->kind == NB_PRIM_OVAL || q->kind == NB_PRIM_HATCH ||
                q->kind == NB_PRIM_CELLS;
    if (area) {
        return q->x > box->right + REACH || q->y > box->bottom + REACH ||
               q->x + q->w < box->left - REACH || q->y + q->h < box->top - REACH;
    }
    return q->kind == NB_PRIM_TEXT && q->anchor != NB_UPWARD &&
           (q->y < box->top - REACH || q->y > box->bottom + REACH);
}

void nb_viz_paint(NbPainter *p, NbCanvas *cr, const NbScene *s, NbTheme theme, double x, double y,
                  double scale, double bold_lines)
{
    if (s->failed) {
        return;
    }
    if (p->record) {
        text_printf(p->record, "paint at %.0f,%.0f times %.2f\n", x, y, scale);
        nb_viz_scene_dump(s, p->record);
    }
    Brush b = {p, p->d, cr, s, theme, bold_lines};
    nb_draw_save(p->d, cr);
    nb_draw_translate(p->d, cr, x, y);
    nb_draw_scale(p->d, cr, scale, scale);
    nb_draw_line_join(p->d, cr, NB_JOIN_ROUND);
    nb_draw_line_end(p->d, cr, NB_LINE_ROUND);
    nb_draw_new_path(p->d, cr);
    NbBox box;
    nb_draw_visible(p->d, cr, &box.left, &box.top, &box.right, &box.bottom);
    for (size_t i = 0; i < s->nprims; i++) {
        if (!outside(&s->prim[i], &box)) {
            paint_prim(&b, &s->prim[i]);
        }
    }
    nb_draw_restore(p->d, cr);
}

void nb_viz_paint_ground(NbPainter *p, NbCanvas *cr, NbTheme theme)
{
    NbColour c = nb_viz_look(theme, NB_ROLE_PAGE)->fill;
    nb_draw_ink(p->d, cr, c.r, c.g, c.b, 1);
    nb_draw_paint(p->d, cr);
}

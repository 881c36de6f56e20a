/* surface_bands.c -- what lies between the levels of a surface: bands, lines, numbers, holes */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "surface_internal.h"

#define STRAIGHT_PX 60.0 /* long parts of a line are no longer than this */
#define OFF_PX 0.12      /* and so far from it at most */
#define LABEL_GAP 5.0    /* px between a line and its number */

/* A point in grid coordinates. */
static NbPoint grid_px(const SurfaceDraw *w, NbPoint p)
{
    const NbGrid *g = w->g;
    return (NbPoint){nb_viz_surface_px(w->f, g->lo[0] + p.x / (g->nx - 1) * (g->hi[0] - g->lo[0])),
                     nb_viz_surface_py(w->f, g->lo[1] + p.y / (g->ny - 1) * (g->hi[1] - g->lo[1]))};
}

/* The values on the scale of the levels, holes filled; *holes says how many there were. */
static bool prepare(SurfaceDraw *w, size_t *holes)
{
    NbSurfaceData *d = w->d;
    size_t n = (size_t)w->g->nx * (size_t)w->g->ny;
    if (!nb_grow(&d->filled, &d->filled_cap, n + 1, sizeof(double)) ||
        !nb_grow(&d->bad, &d->bad_cap, n + 1, sizeof(double))) {
        w->s->failed = true;
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        double z = w->g->v[k];
        d->bad[k] = isfinite(z) ? nb_viz_levels_warp(&d->levels, z) : NAN;
    }
    if (!nb_viz_fill_holes(d->bad, w->g->nx, w->g->ny, d->filled, holes)) {
        w->s->failed = true;
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        d->bad[k] = !isfinite(d->bad[k]);
    }
    return true;
}

static double band_level(const NbLevels *l, int band)
{
    return l->n > 0 ? band / (double)l->n : 0.5;
}

static void add_box_area(NbScene *s, double x, double y, double w, double h, double level)
{
    nb_viz_scene_add(s, NB_PRIM_AREA, NB_ROLE_BAND, x, y, w, h)->level = level;
    nb_viz_scene_point(s, x, y + h);
    nb_viz_scene_point(s, x + w, y + h);
    nb_viz_scene_point(s, x + w, y);
    nb_viz_scene_point(s, x, y);
}

static void add_loops(SurfaceDraw *w, const NbLoops *l)
{
    for (size_t i = 0; i < l->nloops; i++) {
        for (size_t k = l->start[i]; k < l->start[i + 1]; k++) {
            NbPoint p = grid_px(w, l->point[k]);
            nb_viz_scene_point(w->s, p.x, p.y);
        }
        nb_viz_scene_gap(w->s);
    }
}

/* --- lines and their numbers --- */

/* A run of points that is a contour, in px. */
typedef struct Piece {
    NbPoint *p;
    double *along; /* length up to each point */
    size_t n, cap, along_cap;
} Piece;

/* A point on the way straight from the one before it to p is not needed. */
static bool straight_on(const Piece *c, NbPoint p)
{
    if (c->n < 2) {
        return false;
    }
    NbPoint a = c->p[c->n - 2], b = c->p[c->n - 1];
    double length = hypot(p.x - a.x, p.y - a.y);
    double off = (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
    return length < STRAIGHT_PX && fabs(off) < OFF_PX * length;
}

static bool piece_add(Piece *c, NbPoint p)
{
    c->n -= straight_on(c, p);
    if (!nb_grow(&c->p, &c->cap, c->n + 1, sizeof *c->p) ||
        !nb_grow(&c->along, &c->along_cap, c->n + 1, sizeof *c->along)) {
        return false;
    }
    c->along[c->n] =
        c->n ? c->along[c->n - 1] + hypot(p.x - c->p[c->n - 1].x, p.y - c->p[c->n - 1].y) : 0;
    c->p[c->n++] = p;
    return true;
}

static NbPoint piece_at(const Piece *c, double s)
{
    size_t lo = 0, hi = c->n - 1;
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        if (c->along[mid] <= s) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    double span = c->along[hi] - c->along[lo], t = span > 0 ? (s - c->along[lo]) / span : 0;
    return (NbPoint){c->p[lo].x + t * (c->p[hi].x - c->p[lo].x),
                     c->p[lo].y + t * (c->p[hi].y - c->p[lo].y)};
}

static bool is_free(const SurfaceDraw *w, NbPoint at, double reach)
{
    const NbSurfaceFrame *f = w->f;
    const NbLowest *low = &w->d->low;
    if (at.x - reach < f->px.left + 6 || at.x + reach > f->px.right - 6 ||
        at.y - reach < f->px.top + 8 || at.y + reach > f->px.bottom - 8) {
        return false;
    }
    for (int i = 0; i < f->labels; i++) {
        if (hypot(f->label[i].x - at.x, f->label[i].y - at.y) < f->reach[i] + reach + 12) {
            return false;
        }
    }
    if (low->found && hypot(nb_viz_surface_px(f, low->at[0]) - at.x,
                            nb_viz_surface_py(f, low->at[1]) - at.y) < reach + 12) {
        return false;
    }
    for (int i = 0; i < f->obstacles; i++) {
        if (hypot(f->obstacle[i].x - at.x, f->obstacle[i].y - at.y) < reach + 4) {
            return false;
        }
    }
    return true;
}

static bool in_hole(const SurfaceDraw *w, NbPoint at)
{
    const NbSurfaceFrame *f = w->f;
    double x = f->lo[0] + (at.x - f->px.left) / (f->px.right - f->px.left) * (f->hi[0] - f->lo[0]);
    double y = f->lo[1] +
               (f->px.bottom - at.y) / (f->px.bottom - f->px.top) * (f->hi[1] - f->lo[1]);
    return !isfinite(nb_viz_grid_value(w->g, 0, x, y));
}

/* A straight part of the line, away from other numbers, for one of width tw; the part of the line
 * it covers is *from … *to. */
static bool place_label(const SurfaceDraw *w, const Piece *c, double tw, double *from, double *to)
{
    static const double tries[] = {0.5, 0.38, 0.62, 0.25, 0.75, 0.15, 0.85, 0.07, 0.93};
    double length = c->along[c->n - 1], half = tw / 2 + LABEL_GAP;
    if (length < 3.4 * half || w->f->labels >= 96) {
        return false;
    }
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        double at = half + tries[i] * (length - 2 * half);
        NbPoint a = piece_at(c, at - half), b = piece_at(c, at + half);
        NbPoint middle = {(a.x + b.x) / 2, (a.y + b.y) / 2}, on = piece_at(c, at);
        bool straight = hypot(b.x - a.x, b.y - a.y) > 2 * half * 0.955 &&
                        hypot(middle.x - on.x, middle.y - on.y) < 5;
        NbPoint aside = {(a.y - b.y) / (2 * half) * 14, (b.x - a.x) / (2 * half) * 14};
        NbPoint left = {middle.x + aside.x, middle.y + aside.y};
        NbPoint right = {middle.x - aside.x, middle.y - aside.y};
        if (straight && is_free(w, middle, half) && !in_hole(w, a) && !in_hole(w, b) &&
            !in_hole(w, left) && !in_hole(w, right)) {
            *from = at - half;
            *to = at + half;
            return true;
        }
    }
    return false;
}

/* A number as long and as wide as tw; upright as far as its line lets it. */
typedef struct Label {
    NbPoint at;
    double angle;
    char text[32];
} Label;

static void take_label(SurfaceDraw *w, const Piece *c, double from, double to, const char *text,
                       Label *out)
{
    NbPoint a = piece_at(c, from), b = piece_at(c, to);
    double angle = atan2(b.y - a.y, b.x - a.x);
    const double half_turn = 3.14159265358979323846;
    angle += angle > half_turn / 2 ? -half_turn : angle < -half_turn / 2 ? half_turn : 0;
    NbSurfaceFrame *f = w->f;
    out->at = (NbPoint){(a.x + b.x) / 2, (a.y + b.y) / 2};
    out->angle = angle;
    snprintf(out->text, sizeof out->text, "%s", text);
    f->label[f->labels] = out->at;
    f->reach[f->labels++] = (to - from) / 2;
}

static void draw_part(const SurfaceDraw *w, const Piece *c, double from, double to)
{
    bool open = false;
    for (size_t i = 0; i < c->n; i++) {
        if (c->along[i] > from && c->along[i] < to) {
            if (!open) {
                NbPoint p = piece_at(c, from);
                nb_viz_scene_point(w->s, p.x, p.y);
                open = true;
            }
            nb_viz_scene_point(w->s, c->p[i].x, c->p[i].y);
        }
    }
    if (open) {
        NbPoint p = piece_at(c, to);
        nb_viz_scene_point(w->s, p.x, p.y);
        nb_viz_scene_gap(w->s);
    }
}

#define LABELS_A_LEVEL 12

typedef struct Lines {
    Piece piece;
    Label label[LABELS_A_LEVEL];
    int labels;
    const char *text; /* NULL: without numbers */
    double tw;
} Lines;

static void finish_piece(SurfaceDraw *w, Lines *l)
{
    Piece *c = &l->piece;
    double from = 0, to = 0;
    if (c->n < 2) {
        c->n = 0;
        return;
    }
    double length = c->along[c->n - 1];
    if (l->text && l->labels < LABELS_A_LEVEL && place_label(w, c, l->tw, &from, &to)) {
        take_label(w, c, from, to, l->text, &l->label[l->labels++]);
        draw_part(w, c, -1, from);
        draw_part(w, c, to, length + 1);
    } else {
        draw_part(w, c, -1, length + 1);
    }
    c->n = 0;
}

/* One loop: what of it is no border of the grid. Begins where the border ends, so that no line is
 * cut in two. */
static void trace_loop(SurfaceDraw *w, Lines *l, const NbLoops *loops, size_t i)
{
    size_t start = loops->start[i], n = loops->start[i + 1] - start, first = 0;
    while (first < n && !loops->rim[start + first]) {
        first++;
    }
    bool closed = first == n;
    first = closed ? 0 : first;
    for (size_t k = 0; k <= n; k++) {
        size_t at = start + (first + k) % n;
        if (loops->rim[at]) {
            finish_piece(w, l);
        } else if (k < n || closed) {
            w->s->failed |= !piece_add(&l->piece, grid_px(w, loops->point[at]));
        }
    }
    finish_piece(w, l);
}

static void add_line(SurfaceDraw *w, Lines *l, int level)
{
    char text[40];
    NbPrim *line = nb_viz_scene_add(w->s, NB_PRIM_LINE, NB_ROLE_CONTOUR, 0, 0, 0, 0);
    line->fade = 0.42;
    l->labels = 0;
    l->text = w->view->bare ? NULL
                            : nb_viz_levels_text(&w->d->levels, level, true, text, sizeof text);
    l->tw = l->text ? surface_width(w->look, l->text, NB_ROLE_LEVEL) : 0;
    for (size_t i = 0; i < w->d->loops.nloops; i++) {
        trace_loop(w, l, &w->d->loops, i);
    }
    for (int i = 0; i < l->labels; i++) {
        const Label *b = &l->label[i]; /* its baseline is 5 px beside the line */
        NbPrim *t = nb_viz_scene_text(w->s, NB_ROLE_LEVEL, NB_MIDDLE, b->at.x - 5 * sin(b->angle),
                                      b->at.y + 5 * cos(b->angle), b->text);
        t->angle = b->angle;
    }
}

/* Regions above each level one over the other, each with its line. */
static void fill_bands(SurfaceDraw *w)
{
    const NbLevels *l = &w->d->levels;
    NbSurfaceFrame *f = w->f;
    Lines lines = {0};
    NbPoint low = grid_px(w, (NbPoint){0, 0});
    NbPoint high = grid_px(w, (NbPoint){w->g->nx - 1, w->g->ny - 1});
    add_box_area(w->s, low.x, high.y, high.x - low.x, low.y - high.y, band_level(l, 0));
    for (int i = 0; i < l->n; i++) {
        if (!nb_viz_contour(w->d->filled, w->g->nx, w->g->ny, nb_viz_levels_warp(l, l->at[i]),
                            &w->d->loops)) {
            w->s->failed = true;
            break;
        }
        if (w->d->loops.nloops == 0) {
            continue;
        }
        NbPrim *area = nb_viz_scene_add(w->s, NB_PRIM_AREA, NB_ROLE_BAND, f->px.left, f->px.top,
                                        f->px.right - f->px.left, f->px.bottom - f->px.top);
        area->level = band_level(l, i + 1);
        add_loops(w, &w->d->loops);
        add_line(w, &lines, i);
    }
    free(lines.piece.p);
    free(lines.piece.along);
}

/* Corners of the grid's squares are cut off, so that the edge of a hole looks round. */
static void add_holes(SurfaceDraw *w)
{
    NbLoops *l = &w->d->loops;
    NbSurfaceFrame *f = w->f;
    if (!nb_viz_contour(w->d->bad, w->g->nx, w->g->ny, 0.5, l)) {
        w->s->failed = true;
        return;
    }
    nb_viz_scene_add(w->s, NB_PRIM_HATCHED, NB_ROLE_VOID, f->px.left, f->px.top,
                     f->px.right - f->px.left, f->px.bottom - f->px.top);
    for (size_t i = 0; i < l->nloops; i++) {
        size_t start = l->start[i], n = l->start[i + 1] - start;
        for (size_t k = 0; k < n; k++) {
            size_t next = start + (k + 1) % n;
            NbPoint a = grid_px(w, l->point[start + k]), b = grid_px(w, l->point[next]);
            bool rim = l->rim[start + k] || l->rim[next];
            double near = rim ? 0 : 0.25;
            nb_viz_scene_point(w->s, a.x + (b.x - a.x) * near, a.y + (b.y - a.y) * near);
            if (!rim) {
                nb_viz_scene_point(w->s, b.x + (a.x - b.x) * near, b.y + (a.y - b.y) * near);
            }
        }
        nb_viz_scene_gap(w->s);
    }
}

void surface_bands(SurfaceDraw *w)
{
    size_t holes = 0;
    if (!prepare(w, &holes)) {
        return;
    }
    fill_bands(w);
    if (holes > 0) {
        add_holes(w);
    }
}

/* --- the scale --- */

/* The bands one above the other, equally high, with the levels between them. */
void surface_bar(SurfaceDraw *w)
{
    const NbLevels *l = &w->d->levels;
    const NbSurfaceFrame *f = w->f;
    char text[64];
    if (l->n == 0) {
        return;
    }
    double x = f->px.right + 16, each = (f->px.bottom - f->px.top) / (l->n + 1);
    for (int b = 0; b <= l->n; b++) {
        add_box_area(w->s, x, f->px.bottom - (b + 1) * each, SURFACE_BAR, each, band_level(l, b));
    }
    NbPrim *rim = nb_viz_scene_add(w->s, NB_PRIM_BOX, NB_ROLE_FRAME, x, f->px.top, SURFACE_BAR,
                                   f->px.bottom - f->px.top);
    rim->hollow = true;
    int every = 1 + (int)(21 / each);
    for (int i = 0; i < l->n; i += every) {
        double y = f->px.bottom - (i + 1) * each;
        nb_viz_levels_text(l, i, true, text, sizeof text);
        nb_viz_scene_text(w->s, NB_ROLE_TICK, NB_LEFT, x + SURFACE_BAR + 10, y + 6, text);
    }
}

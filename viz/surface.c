/* surface.c -- the picture of a function of two variables: bands, lines, arrows, axes */
#include "surface.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "axis.h"

#define BAR_W 22.0
#define ARROW_APART 62.0
#define ARROW_MOST 25.0  /* px long */
#define TICK_ROOM_X 88.0 /* px for a number below the picture */
#define TICK_ROOM_Y 54.0 /* and beside it */
#define STRAIGHT_PX 60.0 /* long parts of a line are no longer than this */
#define OFF_PX 0.12      /* and so far from it at most */
#define LABEL_GAP 5.0    /* px between a line and its number */

/* --- data --- */

static char *copy_text(const char *text)
{
    text = text ? text : "";
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

static bool copy_points(NbSurface *to, const NbSurface *from)
{
    size_t n = (size_t)from->npoints;
    double *point = calloc(2 * n + 1, sizeof *point);
    int *label = calloc(n + 1, sizeof *label);
    to->point = point;
    to->label = label;
    if (!point || !label) {
        return false;
    }
    if (n > 0) {
        memcpy(point, from->point, 2 * n * sizeof *point);
        memcpy(label, from->label, n * sizeof *label);
    }
    return true;
}

NbSurfaceData *nb_viz_surface_new(const NbSurface *what, NbErr *err)
{
    NbSurfaceData *d = calloc(1, sizeof *d);
    if (!d) {
        what->field.free(what->field.user);
        nb_fail(err, NB_EMEM, "out of memory for a surface");
        return NULL;
    }
    d->what = *what;
    d->sampler.field = &d->what.field;
    memcpy(d->view.lo, what->lo, sizeof d->view.lo);
    memcpy(d->view.hi, what->hi, sizeof d->view.hi);
    d->what.title = copy_text(what->title);
    bool ok = d->what.title != NULL;
    for (int a = 0; a < 2; a++) {
        d->what.name[a] = copy_text(what->name[a]);
        d->what.column[a] = copy_text(what->column[a]);
        ok = ok && d->what.name[a] && d->what.column[a];
    }
    ok = copy_points(&d->what, what) && ok;
    d->guess = malloc(((size_t)d->what.npoints + 1) * sizeof *d->guess);
    ok = ok && d->guess;
    for (int i = 0; ok && i < d->what.npoints; i++) {
        d->guess[i] = -1;
    }
    if (!ok) {
        nb_fail(err, NB_EMEM, "out of memory for a surface");
        nb_viz_surface_free(&d);
    }
    return d;
}

void nb_viz_surface_free(NbSurfaceData **pd)
{
    NbSurfaceData *d = *pd;
    if (!d) {
        return;
    }
    d->what.field.free(d->what.field.user);
    nb_viz_sampler_free(&d->sampler);
    nb_viz_loops_free(&d->loops);
    free((void *)d->what.title);
    for (int a = 0; a < 2; a++) {
        free((void *)d->what.name[a]);
        free((void *)d->what.column[a]);
    }
    free((void *)d->what.point);
    free((void *)d->what.label);
    free(d->guess);
    free(d->filled);
    free(d->bad);
    free(d);
    *pd = NULL;
}

/* Levels that still cut the values in sight into enough bands stay, so that colours do not jump
 * while the picture is moved. */
static bool levels_fit(const NbSurfaceData *d)
{
    const NbGrid *g = &d->sampler.now;
    const NbLevels *l = &d->levels;
    bool seen[NB_LEVELS_MAX + 1] = {false};
    size_t n = (size_t)g->nx * (size_t)g->ny, ends = 0, all = 0;
    int bands = 0;
    for (size_t k = 0; k < n; k++) {
        if (isfinite(g->v[k])) {
            int b = nb_viz_levels_band(l, g->v[k]);
            bands += !seen[b];
            seen[b] = true;
            ends += b == 0 || b == l->n;
            all++;
        }
    }
    return bands >= 6 && ends * 2 < all;
}

void nb_viz_surface_relevel(NbSurfaceData *d, bool keep)
{
    const NbGrid *g = &d->sampler.now;
    if (!g->v || g->channels != 1 || d->what.boundary) {
        return;
    }
    if (!keep || !levels_fit(d)) {
        d->refused |= !nb_viz_levels_choose(&d->levels, g->v, (size_t)g->nx * (size_t)g->ny);
    }
}

NbStatus nb_viz_surface_complete(NbSurfaceData *d, int stage, NbErr *err)
{
    NbSampler *s = &d->sampler;
    if (!nb_viz_sampler_start(s, d->what.lo, d->what.hi, stage, stage)) {
        return nb_fail(err, NB_EMEM, "out of memory for a surface");
    }
    while (s->running) {
        nb_viz_sampler_run(s, 1000);
    }
    if (s->refused) {
        return nb_fail(err, NB_EMEM, "out of memory for a surface");
    }
    if (s->failed) {
        return nb_fail(err, NB_EINTERRUPT, "stopped");
    }
    d->refused = false;
    nb_viz_surface_relevel(d, false);
    if (d->what.boundary) {
        nb_viz_class_guesses(d);
    } else {
        nb_viz_lowest(&d->what.field, &s->now, &d->low);
    }
    return d->refused ? nb_fail(err, NB_EMEM, "out of memory for a surface") : NB_OK;
}

/* --- drawing --- */

typedef struct Draw {
    NbScene *s;
    NbSurfaceData *d;
    const NbSurfaceView *view;
    const NbSurfaceLook *look;
    NbSurfaceFrame *f;
    const NbGrid *g;
} Draw;

static double width_of(const NbSurfaceLook *look, const char *text, NbRole role)
{
    return look->measure->width(look->measure->user, text, role);
}

static NbAxis axis_of(const NbSurfaceFrame *f, int axis)
{
    return (NbAxis){.lo = f->lo[axis],
                    .hi = f->hi[axis],
                    .from = axis == 0 ? f->left : f->bottom,
                    .to = axis == 0 ? f->right : f->top};
}

double nb_viz_surface_px(const NbSurfaceFrame *f, double x)
{
    return nb_viz_axis_at(x, f->lo[0], f->hi[0], f->left, f->right);
}

double nb_viz_surface_py(const NbSurfaceFrame *f, double y)
{
    return nb_viz_axis_at(y, f->lo[1], f->hi[1], f->bottom, f->top);
}

/* A point in grid coordinates. */
static NbPoint grid_px(const Draw *w, NbPoint p)
{
    const NbGrid *g = w->g;
    return (NbPoint){nb_viz_surface_px(w->f, g->lo[0] + p.x / (g->nx - 1) * (g->hi[0] - g->lo[0])),
                     nb_viz_surface_py(w->f, g->lo[1] + p.y / (g->ny - 1) * (g->hi[1] - g->lo[1]))};
}

/* --- bands --- */

/* The values on the scale of the levels, holes filled; *holes says how many there were. */
static bool prepare(Draw *w, size_t *holes)
{
    NbSurfaceData *d = w->d;
    size_t n = (size_t)w->g->nx * (size_t)w->g->ny;
    if (!nb_viz_grow(&d->filled, &d->filled_cap, n, sizeof(double)) ||
        !nb_viz_grow(&d->bad, &d->bad_cap, n, sizeof(double))) {
        w->s->failed = true;
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        double z = w->g->v[k];
        d->bad[k] = isfinite(z) ? nb_viz_levels_warp(&d->levels, z) : NAN;
    }
    *holes = nb_viz_fill_holes(d->bad, w->g->nx, w->g->ny, d->filled);
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

static void add_loops(Draw *w, const NbLoops *l)
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
    if (!nb_viz_grow(&c->p, &c->cap, c->n, sizeof *c->p) ||
        !nb_viz_grow(&c->along, &c->along_cap, c->n, sizeof *c->along)) {
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

static bool is_free(const Draw *w, NbPoint at, double reach)
{
    const NbSurfaceFrame *f = w->f;
    const NbLowest *low = &w->d->low;
    if (at.x - reach < f->left + 6 || at.x + reach > f->right - 6 || at.y - reach < f->top + 8 ||
        at.y + reach > f->bottom - 8) {
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

static bool in_hole(const Draw *w, NbPoint at)
{
    const NbSurfaceFrame *f = w->f;
    double x = f->lo[0] + (at.x - f->left) / (f->right - f->left) * (f->hi[0] - f->lo[0]);
    double y = f->lo[1] + (f->bottom - at.y) / (f->bottom - f->top) * (f->hi[1] - f->lo[1]);
    return !isfinite(nb_viz_grid_value(w->g, 0, x, y));
}

/* A straight part of the line, away from other numbers, for one of width tw; the part of the line
 * it covers is *from … *to. */
static bool place_label(const Draw *w, const Piece *c, double tw, double *from, double *to)
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

static void take_label(Draw *w, const Piece *c, double from, double to, const char *text,
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

static void draw_part(const Draw *w, const Piece *c, double from, double to)
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

static void finish_piece(Draw *w, Lines *l)
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
static void trace_loop(Draw *w, Lines *l, const NbLoops *loops, size_t i)
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

static void add_line(Draw *w, Lines *l, int level)
{
    char text[40];
    NbPrim *line = nb_viz_scene_add(w->s, NB_PRIM_LINE, NB_ROLE_CONTOUR, 0, 0, 0, 0);
    line->fade = 0.42;
    l->labels = 0;
    l->text = w->view->bare ? NULL
                            : nb_viz_levels_text(&w->d->levels, level, true, text, sizeof text);
    l->tw = l->text ? width_of(w->look, l->text, NB_ROLE_LEVEL) : 0;
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
static void add_bands(Draw *w)
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
        NbPrim *area = nb_viz_scene_add(w->s, NB_PRIM_AREA, NB_ROLE_BAND, f->left, f->top,
                                        f->right - f->left, f->bottom - f->top);
        area->level = band_level(l, i + 1);
        add_loops(w, &w->d->loops);
        add_line(w, &lines, i);
    }
    free(lines.piece.p);
    free(lines.piece.along);
}

/* Corners of the grid's squares are cut off, so that the edge of a hole looks round. */
static void add_holes(Draw *w)
{
    NbLoops *l = &w->d->loops;
    NbSurfaceFrame *f = w->f;
    if (!nb_viz_contour(w->d->bad, w->g->nx, w->g->ny, 0.5, l)) {
        w->s->failed = true;
        return;
    }
    nb_viz_scene_add(w->s, NB_PRIM_HATCHED, NB_ROLE_VOID, f->left, f->top, f->right - f->left,
                     f->bottom - f->top);
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

/* --- arrows --- */

typedef struct Arrow {
    NbPoint at, by; /* by: direction in px, of length |gradient| */
    double size;
} Arrow;

/* Uphill direction at a place in sight, from the grid; false where there is none. */
static bool uphill(const Draw *w, double px, double py, Arrow *a)
{
    const NbSurfaceFrame *f = w->f;
    const NbGrid *g = w->g;
    double kx = (f->right - f->left) / (f->hi[0] - f->lo[0]);
    double ky = (f->bottom - f->top) / (f->hi[1] - f->lo[1]);
    double x = f->lo[0] + (px - f->left) / kx, y = f->lo[1] + (f->bottom - py) / ky;
    double hx = (g->hi[0] - g->lo[0]) / (g->nx - 1), hy = (g->hi[1] - g->lo[1]) / (g->ny - 1);
    double gx = (nb_viz_grid_value(g, 0, x + hx, y) - nb_viz_grid_value(g, 0, x - hx, y)) /
                (2 * hx);
    double gy = (nb_viz_grid_value(g, 0, x, y + hy) - nb_viz_grid_value(g, 0, x, y - hy)) /
                (2 * hy);
    *a = (Arrow){{px, py}, {gx * kx, -gy * ky}, hypot(gx, gy)};
    return isfinite(a->size) && a->size > 0 && isfinite(a->by.x) && isfinite(a->by.y);
}

/* Away from the numbers, whose boxes lie along their lines. */
static bool clear_of_labels(const NbSurfaceFrame *f, NbPoint at)
{
    for (int i = 0; i < f->labels; i++) {
        if (hypot(f->label[i].x - at.x, f->label[i].y - at.y) < f->reach[i] + ARROW_MOST / 2 + 2) {
            return false;
        }
    }
    return true;
}

static int collect_arrows(const Draw *w, Arrow *arrow, int cap)
{
    const NbSurfaceFrame *f = w->f;
    int nx = (int)((f->right - f->left) / ARROW_APART), n = 0;
    int ny = (int)((f->bottom - f->top) / ARROW_APART);
    for (int j = 0; j < ny; j++) {
        for (int i = 0; i < nx && n < cap; i++) {
            double px = f->left + (i + 0.5) * (f->right - f->left) / nx;
            double py = f->top + (j + 0.5) * (f->bottom - f->top) / ny;
            n += uphill(w, px, py, &arrow[n]) && clear_of_labels(f, arrow[n].at);
        }
    }
    return n;
}

/* Tail and tip of an arrow as long as its steepness says, three decades at most. */
static void arrow_ends(const Arrow *a, double most, bool down, NbPoint *tail, NbPoint *tip)
{
    double rank = 1 + log10(a->size / most) / 3;
    double length = ARROW_MOST * (0.42 + 0.58 * (rank > 0 ? rank : 0));
    double scale = length / hypot(a->by.x, a->by.y) * (down ? -0.5 : 0.5);
    *tail = (NbPoint){a->at.x - a->by.x * scale, a->at.y - a->by.y * scale};
    *tip = (NbPoint){a->at.x + a->by.x * scale, a->at.y + a->by.y * scale};
}

static void add_shaft(NbScene *s, NbPoint tail, NbPoint tip)
{
    nb_viz_scene_point(s, tail.x, tail.y);
    nb_viz_scene_point(s, tip.x - (tip.x - tail.x) * 0.2, tip.y - (tip.y - tail.y) * 0.2);
    nb_viz_scene_gap(s);
}

static void add_head(NbScene *s, NbPoint tail, NbPoint tip)
{
    double length = hypot(tip.x - tail.x, tip.y - tail.y);
    double ux = (tip.x - tail.x) / length, uy = (tip.y - tail.y) / length;
    nb_viz_scene_point(s, tip.x, tip.y);
    nb_viz_scene_point(s, tip.x - 8 * ux - 3.4 * uy, tip.y - 8 * uy + 3.4 * ux);
    nb_viz_scene_point(s, tip.x - 8 * ux + 3.4 * uy, tip.y - 8 * uy - 3.4 * ux);
    nb_viz_scene_gap(s);
}

#define MOST_ARROWS 1200

static void add_arrows(Draw *w)
{
    bool down = w->view->arrows == NB_ARROWS_DOWN;
    Arrow *arrow = w->view->arrows == NB_ARROWS_OFF ? NULL : calloc(MOST_ARROWS, sizeof *arrow);
    w->s->failed |= !arrow && w->view->arrows != NB_ARROWS_OFF;
    int n = arrow ? collect_arrows(w, arrow, MOST_ARROWS) : 0;
    double most = 0;
    for (int i = 0; i < n; i++) {
        most = arrow[i].size > most ? arrow[i].size : most;
    }
    for (int part = 0; part < 2 && n > 0; part++) {
        NbPrim *p =
            nb_viz_scene_add(w->s, part ? NB_PRIM_AREA : NB_PRIM_LINE, NB_ROLE_SLOPE, 0, 0, 0, 0);
        p->fade = 0.25;
        for (int i = 0; i < n; i++) {
            NbPoint tail, tip;
            if (arrow[i].size > most * 1e-9) {
                arrow_ends(&arrow[i], most, down, &tail, &tip);
                (part ? add_head : add_shaft)(w->s, tail, tip);
            }
        }
    }
    free(arrow);
}

/* --- axes --- */

static void choose_frame(Draw *w, double width, double height)
{
    NbSurfaceFrame *f = w->f;
    char text[64];
    double bar = 0;
    memcpy(f->lo, w->view->lo, sizeof f->lo);
    memcpy(f->hi, w->view->hi, sizeof f->hi);
    f->labels = 0;
    f->top = 52;
    f->bottom = fmax(height - 70, f->top + 40);
    NbAxis y = axis_of(f, 1);
    nb_viz_axis_divide(&y, TICK_ROOM_Y);
    for (int i = 0; i < w->d->levels.n; i++) {
        nb_viz_levels_text(&w->d->levels, i, true, text, sizeof text);
        bar = fmax(bar, width_of(w->look, text, NB_ROLE_TICK));
    }
    f->left = nb_viz_axis_width(&y, w->look->measure, 24) + 52;
    f->right = width - (bar > 0 ? 16 + BAR_W + 10 + bar + 16 : 28);
    f->right = fmax(f->right, f->left + 40);
    f->obstacles = w->d->what.boundary ? 0 : nb_viz_surface_obstacles(w->d, f, f->obstacle, 512);
}

static void add_tick_line(NbScene *s, double x0, double y0, double x1, double y1)
{
    nb_viz_scene_add(s, NB_PRIM_LINE, NB_ROLE_TICK, 0, 0, 0, 0);
    nb_viz_scene_point(s, x0, y0);
    nb_viz_scene_point(s, x1, y1);
}

static void add_axis_ticks(Draw *w, int axis)
{
    const NbSurfaceFrame *f = w->f;
    char text[64];
    NbAxis a = axis_of(f, axis);
    nb_viz_axis_divide(&a, axis == 0 ? TICK_ROOM_X : TICK_ROOM_Y);
    for (int i = 0; i < a.n; i++) {
        double at = nb_viz_axis_px(&a, a.tick[i]);
        nb_viz_axis_text(&a, i, text, sizeof text);
        if (axis == 0) {
            add_tick_line(w->s, at, f->bottom, at, f->bottom + 6);
            nb_viz_scene_text(w->s, NB_ROLE_TICK, NB_MIDDLE, at, f->bottom + 26, text);
        } else {
            add_tick_line(w->s, f->left - 6, at, f->left, at);
            nb_viz_scene_text(w->s, NB_ROLE_TICK, NB_RIGHT, f->left - 12, at + 6, text);
        }
    }
}

/* How the arrows are to be read, at the right of the title. */
static void add_arrow_legend(Draw *w)
{
    const NbSurfaceFrame *f = w->f;
    bool down = w->view->arrows == NB_ARROWS_DOWN;
    const char *text = down ? "−∇f  downhill" : "∇f  uphill";
    double tw = width_of(w->look, text, NB_ROLE_NOTE), y = 29;
    NbPoint tail = {f->right - tw - 38, y}, tip = {f->right - tw - 12, y};
    nb_viz_scene_add(w->s, NB_PRIM_LINE, NB_ROLE_SLOPE, 0, 0, 0, 0);
    add_shaft(w->s, tail, tip);
    nb_viz_scene_add(w->s, NB_PRIM_AREA, NB_ROLE_SLOPE, 0, 0, 0, 0);
    add_head(w->s, tail, tip);
    nb_viz_scene_text(w->s, NB_ROLE_NOTE, NB_RIGHT, f->right, 34, text);
}

static void add_axes(Draw *w, double height)
{
    const NbSurfaceFrame *f = w->f;
    NbPrim *rim = nb_viz_scene_add(w->s, NB_PRIM_BOX, NB_ROLE_FRAME, f->left, f->top,
                                   f->right - f->left, f->bottom - f->top);
    rim->hollow = true;
    add_axis_ticks(w, 0);
    add_axis_ticks(w, 1);
    nb_viz_scene_text(w->s, NB_ROLE_TICK, NB_MIDDLE, (f->left + f->right) / 2, height - 16,
                      w->d->what.name[0]);
    bool tight = width_of(w->look, w->d->what.name[1], NB_ROLE_TICK) < 24;
    nb_viz_scene_text(w->s, NB_ROLE_TICK, tight ? NB_MIDDLE : NB_UPWARD, 24,
                      (f->top + f->bottom) / 2 + (tight ? 6 : 0), w->d->what.name[1]);
    NbPrim *title = nb_viz_scene_text(w->s, NB_ROLE_TITLE, NB_LEFT, f->left, 34, w->d->what.title);
    title->w = fmax(f->right - f->left - 200, 60);
    if (!w->d->what.boundary && w->view->arrows != NB_ARROWS_OFF) {
        add_arrow_legend(w);
    }
}

/* The bands one above the other, equally high, with the levels between them. */
static void add_bar(Draw *w)
{
    const NbLevels *l = &w->d->levels;
    const NbSurfaceFrame *f = w->f;
    char text[64];
    if (l->n == 0) {
        return;
    }
    double x = f->right + 16, each = (f->bottom - f->top) / (l->n + 1);
    for (int b = 0; b <= l->n; b++) {
        add_box_area(w->s, x, f->bottom - (b + 1) * each, BAR_W, each, band_level(l, b));
    }
    NbPrim *rim =
        nb_viz_scene_add(w->s, NB_PRIM_BOX, NB_ROLE_FRAME, x, f->top, BAR_W, f->bottom - f->top);
    rim->hollow = true;
    int every = 1 + (int)(21 / each);
    for (int i = 0; i < l->n; i += every) {
        double y = f->bottom - (i + 1) * each;
        nb_viz_levels_text(l, i, true, text, sizeof text);
        nb_viz_scene_text(w->s, NB_ROLE_TICK, NB_LEFT, x + BAR_W + 10, y + 6, text);
    }
}

void nb_viz_scene_surface(NbScene *s, NbSurfaceData *d, const NbSurfaceLook *look, double width,
                          double height, NbSurfaceFrame *frame)
{
    Draw w = {s, d, &d->view, look, frame, &d->sampler.now};
    size_t holes = 0;
    s->w = width;
    s->h = height;
    choose_frame(&w, width, height);
    nb_viz_scene_add(s, NB_PRIM_CLIP, NB_ROLE_FRAME, frame->left, frame->top,
                     frame->right - frame->left, frame->bottom - frame->top);
    if (d->what.boundary) {
        nb_viz_scene_classes(s, d, look, frame);
    } else if (w.g->v && prepare(&w, &holes)) {
        add_bands(&w);
        if (holes > 0) {
            add_holes(&w);
        }
        add_arrows(&w);
    }
    nb_viz_scene_add(s, NB_PRIM_UNCLIP, NB_ROLE_FRAME, 0, 0, 0, 0);
    add_axes(&w, height);
    add_bar(&w);
}

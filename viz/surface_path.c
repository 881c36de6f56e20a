/* surface_path.c -- what lies over a surface: paths, marks, legend, values at the pointer */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "plot.h"
#include "surface.h"

#define LEGEND_ROWS 9
#define STEP_DOTS 64 /* steps of a path are marked while there are so few */
#define PICK_PX 14.0
#define CLOSE_PX 1.8

/* --- runs --- */

bool nb_viz_surface_columns(const NbSurfaceData *d, const NbRunInfo *run, int column[2])
{
    for (int a = 0; a < 2; a++) {
        column[a] = -1;
        for (int c = 0; c < run->columns && column[a] < 0; c++) {
            column[a] = strcmp(run->column[c], d->what.column[a]) == 0 ? c : -1;
        }
    }
    return column[0] >= 0 && column[1] >= 0 && run->rows > 0;
}

static int runs_of(const NbSurfaceData *d)
{
    return d->what.record ? nb_record_runs(d->what.record) : 0;
}

/* One run with a path. */
typedef struct Path {
    const NbRecord *record;
    NbRunInfo run;
    int r, column[2], colour;
} Path;

static bool path_of(const NbSurfaceData *d, int r, Path *p)
{
    *p = (Path){.record = d->what.record, .run = nb_record_run(d->what.record, r), .r = r};
    if (!nb_viz_surface_columns(d, &p->run, p->column)) {
        return false;
    }
    p->colour = nb_viz_plot_colour(p->run.serial);
    return true;
}

/* Where the run was at a row, in px; false where it was nowhere. */
static bool path_at(const Path *p, const NbSurfaceFrame *f, size_t row, NbPoint *at)
{
    double x = nb_record_value(p->record, p->r, row, p->column[0]);
    double y = nb_record_value(p->record, p->r, row, p->column[1]);
    *at = (NbPoint){nb_viz_surface_px(f, x), nb_viz_surface_py(f, y)};
    return isfinite(x) && isfinite(y);
}

/* The row at a step, or the last one before it. */
static bool row_at(const Path *p, uint64_t step, size_t *row)
{
    size_t lo = 0, hi = p->run.rows;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (nb_record_step(p->record, p->r, mid) <= step) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *row = lo > 0 ? lo - 1 : 0;
    return lo > 0;
}

bool nb_viz_surface_pick(const NbSurfaceData *d, const NbSurfaceFrame *f, double px, double py,
                         uint32_t *serial, uint64_t *step)
{
    double best = PICK_PX;
    for (int r = 0; r < runs_of(d); r++) {
        Path p;
        NbPoint at;
        if (!path_of(d, r, &p)) {
            continue;
        }
        for (size_t i = 0; i < p.run.rows; i++) {
            if (path_at(&p, f, i, &at) && hypot(at.x - px, at.y - py) < best) {
                best = hypot(at.x - px, at.y - py);
                *serial = p.run.serial;
                *step = nb_record_step(p.record, r, i);
            }
        }
    }
    return best < PICK_PX;
}

/* --- paths --- */

/* Points that are hardly apart are left out: a long run has thousands. */
static void add_polyline(NbScene *s, const Path *p, const NbSurfaceFrame *f)
{
    NbPoint last = {NAN, NAN}, at;
    bool open = false;
    for (size_t i = 0; i < p->run.rows; i++) {
        bool there = path_at(p, f, i, &at);
        if (!there && open) {
            nb_viz_scene_gap(s);
        }
        bool near = there && open && i + 1 < p->run.rows && fabs(at.x - last.x) < CLOSE_PX &&
                    fabs(at.y - last.y) < CLOSE_PX;
        if (there && !near) {
            nb_viz_scene_point(s, at.x, at.y);
            last = at;
        }
        open = there;
    }
}

static NbPrim *add_dot(NbScene *s, NbRole role, NbPoint at, double radius, int colour)
{
    NbPrim *p = nb_viz_scene_add(s, NB_PRIM_DOT, role, at.x, at.y, 0, 0);
    p->radius = radius;
    p->colour = colour;
    return p;
}

/* An empty ring: where it began. A full one: where it is. */
static void add_ring(NbScene *s, NbPoint at, double radius, int colour, bool full)
{
    add_dot(s, NB_ROLE_HALO, at, radius + 2, -1);
    add_dot(s, NB_ROLE_CURVE, at, radius, colour);
    if (!full) {
        add_dot(s, NB_ROLE_HALO, at, radius - 2.6, -1);
    }
}

static void add_steps(NbScene *s, const Path *p, const NbSurfaceFrame *f)
{
    NbPoint at, last = {-1e9, -1e9};
    for (size_t i = 1; i < p->run.rows && p->run.rows <= STEP_DOTS; i++) {
        if (path_at(p, f, i, &at) && hypot(at.x - last.x, at.y - last.y) > 9) {
            add_dot(s, NB_ROLE_CURVE, at, 3.2, p->colour);
            last = at;
        }
    }
}

static void add_halo(NbScene *s, const Path *p, const NbSurfaceFrame *f)
{
    nb_viz_scene_add(s, NB_PRIM_LINE, NB_ROLE_HALO, 0, 0, 0, 0);
    add_polyline(s, p, f);
}

static void add_path(NbScene *s, const Path *p, const NbSurfaceFrame *f)
{
    nb_viz_scene_add(s, NB_PRIM_LINE, NB_ROLE_CURVE, 0, 0, 0, 0)->colour = p->colour;
    add_polyline(s, p, f);
    add_steps(s, p, f);
}

static void add_ends(NbScene *s, const Path *p, const NbSurfaceFrame *f)
{
    NbPoint at;
    if (path_at(p, f, p->run.rows - 1, &at)) {
        add_ring(s, at, 6, p->colour, true);
    }
    if (path_at(p, f, 0, &at)) {
        add_ring(s, at, 6.5, p->colour, false);
    }
}

/* Every path's place at the linked cursor's step. */
static void add_cursor(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
{
    for (int r = 0; r < runs_of(d); r++) {
        Path p;
        size_t row;
        NbPoint at;
        if (path_of(d, r, &p) && row_at(&p, d->view.step, &row) && path_at(&p, f, row, &at)) {
            add_dot(s, NB_ROLE_HALO, at, 11, -1);
            add_dot(s, NB_ROLE_CURSOR, at, 9.5, -1);
            add_dot(s, NB_ROLE_HALO, at, 7.5, -1);
            add_dot(s, NB_ROLE_CURVE, at, 5.5, p.colour);
        }
    }
}

/* Where the variables are now, when no path ends there: a ring of ink. */
static void add_now(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
{
    double now[2];
    const NbField *field = &d->what.field;
    if (!field->now || !field->now(field->user, now) || !isfinite(now[0]) || !isfinite(now[1])) {
        return;
    }
    NbPoint at = {nb_viz_surface_px(f, now[0]), nb_viz_surface_py(f, now[1])}, end;
    for (int r = 0; r < runs_of(d); r++) {
        Path p;
        if (path_of(d, r, &p) && path_at(&p, f, p.run.rows - 1, &end) &&
            hypot(end.x - at.x, end.y - at.y) < 3) {
            return;
        }
    }
    add_dot(s, NB_ROLE_HALO, at, 8.5, -1);
    add_dot(s, NB_ROLE_CURSOR, at, 6.5, -1);
    add_dot(s, NB_ROLE_HALO, at, 2.5, -1);
}

static void add_lowest(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
{
    if (!d->low.found) {
        return;
    }
    NbPoint at = {nb_viz_surface_px(f, d->low.at[0]), nb_viz_surface_py(f, d->low.at[1])};
    for (int coat = 0; coat < 2; coat++) {
        NbPrim *p = nb_viz_scene_add(s, NB_PRIM_CROSS, coat ? NB_ROLE_BORDER : NB_ROLE_HALO, at.x,
                                     at.y, 0, 0);
        p->radius = 7;
    }
}

/* --- legend --- */

typedef struct Row {
    char text[160];
    int colour; /* -1: the lowest point */
} Row;

/* "sgd(lr=0.1)", or "sgd(lr=0.1), run 3" when another one is called the same, as in the plot. */
static const char *run_name(const NbSurfaceData *d, const NbRunInfo *run, char *buf, size_t cap)
{
    bool shared = false;
    for (int r = 0; r < runs_of(d); r++) {
        NbRunInfo other = nb_record_run(d->what.record, r);
        shared = shared || (other.serial != run->serial && strcmp(other.title, run->title) == 0);
    }
    const char *title = run->title[0] ? run->title : "run";
    if (shared) {
        snprintf(buf, cap, "%s, run %u", title, run->serial);
    } else {
        snprintf(buf, cap, "%s", title);
    }
    return buf;
}

static const char *short_number(double v, int digits, char *buf, size_t cap)
{
    return nb_format_number(v, digits > 0 && digits < 4 ? digits : 4, buf, cap);
}

/* A coordinate: no more digits than the picture's width can show. */
static const char *place_number(double v, double span, char *buf, size_t cap)
{
    double unit = pow(10, floor(log10(span)) - 4), r = round(v / unit) * unit;
    return nb_format_number(r == 0 ? 0 : r, 5, buf, cap);
}

static int collect_rows(const NbSurfaceData *d, const NbSurfaceLook *look, Row *row)
{
    int n = 0, paths = 0;
    char a[40], b[40], c[40], title[96];
    Path p;
    for (int r = 0; r < runs_of(d); r++) {
        paths += path_of(d, r, &p);
    }
    for (int r = 0, seen = 0; r < runs_of(d) && n < LEGEND_ROWS; r++) {
        if (path_of(d, r, &p) && paths - seen++ <= LEGEND_ROWS) {
            double f = nb_record_value(p.record, r, p.run.rows - 1, 0);
            snprintf(row[n].text, sizeof row[n].text, "%s  %s",
                     run_name(d, &p.run, title, sizeof title),
                     short_number(f, look->digits, a, sizeof a));
            row[n++].colour = p.colour;
        }
    }
    if (d->low.found) {
        double scale = fmax(fabs(d->levels.lo), fabs(d->levels.hi));
        double low = fabs(d->low.value) < 1e-12 * scale ? 0 : d->low.value;
        double w[2] = {d->view.hi[0] - d->view.lo[0], d->view.hi[1] - d->view.lo[1]};
        snprintf(row[n].text, sizeof row[n].text, "lowest here  %s at (%s, %s)",
                 short_number(low, look->digits, a, sizeof a),
                 place_number(d->low.at[0], w[0], b, sizeof b),
                 place_number(d->low.at[1], w[1], c, sizeof c));
        row[n++].colour = -1;
    }
    return n;
}

int nb_viz_surface_obstacles(const NbSurfaceData *d, const NbSurfaceFrame *f, NbPoint *at, int cap)
{
    int n = 0;
    for (int r = 0; r < runs_of(d); r++) {
        Path p;
        size_t most = (size_t)(cap / runs_of(d)), stride;
        if (!path_of(d, r, &p)) {
            continue;
        }
        stride = 1 + p.run.rows / (most ? most : 1);
        for (size_t i = 0; i < p.run.rows && n < cap; i += stride) {
            n += path_at(&p, f, i, &at[n]);
        }
    }
    return n;
}

/* How many points of paths and marks a panel would hide. */
static int hidden_by(const NbSurfaceData *d, const NbSurfaceFrame *f, double x, double y, double w,
                     double h)
{
    int n = 0;
    Path p;
    NbPoint at;
    for (int r = 0; r < runs_of(d); r++) {
        if (!path_of(d, r, &p)) {
            continue;
        }
        size_t stride = 1 + p.run.rows / 400;
        for (size_t i = 0; i < p.run.rows; i += stride) {
            n += path_at(&p, f, i, &at) && at.x > x - 10 && at.x < x + w + 10 && at.y > y - 10 &&
                 at.y < y + h + 10;
        }
    }
    if (d->low.found) {
        at = (NbPoint){nb_viz_surface_px(f, d->low.at[0]), nb_viz_surface_py(f, d->low.at[1])};
        n += 50 * (at.x > x - 12 && at.x < x + w + 12 && at.y > y - 12 && at.y < y + h + 12);
    }
    return n;
}

/* The corner that hides least, the upper right one first. */
static void choose_corner(const NbSurfaceData *d, const NbSurfaceFrame *f, double w, double h,
                          double *x, double *y)
{
    int best = -1;
    for (int k = 0; k < 4; k++) {
        double cx = k & 1 ? f->left + 12 : f->right - 12 - w;
        double cy = k & 2 ? f->bottom - 12 - h : f->top + 12;
        int hidden = hidden_by(d, f, cx, cy, w, h);
        if (best < 0 || hidden < best) {
            best = hidden;
            *x = cx;
            *y = cy;
        }
    }
}

static void add_legend(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                       const NbSurfaceFrame *f)
{
    Row row[LEGEND_ROWS + 1];
    int n = collect_rows(d, look, row);
    double widest = 0, x = 0, y = 0;
    for (int i = 0; i < n; i++) {
        widest = fmax(widest,
                      look->measure->width(look->measure->user, row[i].text, NB_ROLE_PANEL_TEXT));
    }
    if (n == 0) {
        return;
    }
    double w = fmin(widest + 66, f->right - f->left - 24), h = 26 * n + 18;
    choose_corner(d, f, w, h, &x, &y);
    for (int coat = 0; coat < 2; coat++) { /* two make it opaque */
        nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_PANEL, x, y, w, h)->radius = 8;
    }
    for (int i = 0; i < n; i++) {
        double at = y + 21 + 26 * i;
        if (row[i].colour < 0) {
            nb_viz_scene_add(s, NB_PRIM_CROSS, NB_ROLE_BORDER, x + 29, at, 0, 0)->radius = 6;
        } else {
            nb_viz_scene_add(s, NB_PRIM_LINE, NB_ROLE_CURVE, 0, 0, 0, 0)->colour = row[i].colour;
            nb_viz_scene_point(s, x + 14, at);
            nb_viz_scene_point(s, x + 44, at);
        }
        nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 54, at + 6, row[i].text)->w = w - 66;
    }
}

/* --- the pointer --- */

static void value_at_pointer(const NbSurfaceData *d, int digits, double x, double y, char *buf,
                             size_t cap)
{
    double z = d->view.has_slope ? d->view.slope[0] : nb_viz_grid_value(&d->sampler.now, 0, x, y);
    if (isnan(z)) {
        snprintf(buf, cap, "f  not a number");
    } else {
        char a[40];
        snprintf(buf, cap, "f  %s", nb_format_number(z, digits, a, sizeof a));
    }
}

static void classes_at_pointer(const NbSurfaceData *d, double x, double y, char *buf, size_t cap)
{
    const NbGrid *g = &d->sampler.now;
    double score[64], sure = 0;
    int n = g->channels < 64 ? g->channels : 64;
    for (int c = 0; c < n; c++) {
        score[c] = nb_viz_grid_value(g, c, x, y);
    }
    int label = g->v ? nb_viz_class_of(score, n, nb_viz_grid_probabilities(g), &sure) : -1;
    if (label < 0) {
        snprintf(buf, cap, "no class");
    } else {
        snprintf(buf, cap, "class %d, %.0f %%", label, 100 * sure);
    }
}

static void pointer_lines(const NbSurfaceData *d, const NbSurfaceLook *look,
                          const NbSurfaceFrame *f, char line[4][96], int *n)
{
    int digits = look->digits > 0 && look->digits < 5 ? look->digits : 5;
    const NbSurfaceView *v = &d->view;
    char a[40], b[40];
    double x = f->lo[0] + (v->px - f->left) / (f->right - f->left) * (f->hi[0] - f->lo[0]);
    double y = f->lo[1] + (f->bottom - v->py) / (f->bottom - f->top) * (f->hi[1] - f->lo[1]);
    snprintf(line[(*n)++], 96, "%s  %s   %s  %s", d->what.name[0],
             place_number(x, f->hi[0] - f->lo[0], a, sizeof a), d->what.name[1],
             place_number(y, f->hi[1] - f->lo[1], b, sizeof b));
    if (d->what.boundary) {
        classes_at_pointer(d, x, y, line[(*n)++], 96);
        return;
    }
    value_at_pointer(d, digits, x, y, line[(*n)++], 96);
    for (int k = 0; k < 2 && v->has_slope; k++) {
        snprintf(line[(*n)++], 96, "∂f/∂%s  %s", d->what.name[k],
                 nb_format_number(v->slope[1 + k], digits, a, sizeof a));
    }
}

/* A small cross, and its place on both axes. */
static void add_cross_hair(NbScene *s, const NbSurfaceView *v, const NbSurfaceFrame *f)
{
    const NbPoint part[][2] = {{{v->px - 10, v->py}, {v->px + 10, v->py}},
                               {{v->px, v->py - 10}, {v->px, v->py + 10}},
                               {{v->px, f->bottom - 9}, {v->px, f->bottom}},
                               {{f->left, v->py}, {f->left + 9, v->py}}};
    for (int coat = 0; coat < 2; coat++) {
        nb_viz_scene_add(s, NB_PRIM_LINE, coat ? NB_ROLE_CURSOR : NB_ROLE_HALO, 0, 0, 0, 0);
        for (int i = 0; i < 4; i++) {
            nb_viz_scene_point(s, part[i][0].x, part[i][0].y);
            nb_viz_scene_point(s, part[i][1].x, part[i][1].y);
            nb_viz_scene_gap(s);
        }
    }
}

static void add_pointer(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                        const NbSurfaceFrame *f)
{
    const NbSurfaceView *v = &d->view;
    char line[4][96];
    int n = 0;
    double w = 0;
    pointer_lines(d, look, f, line, &n);
    for (int i = 0; i < n; i++) {
        w = fmax(w, look->measure->width(look->measure->user, line[i], NB_ROLE_PANEL_TEXT));
    }
    double h = 25 * n + 16;
    w += 28;
    double x = v->px + 18 + w < f->right ? v->px + 18 : v->px - 18 - w;
    double y = v->py + 18 + h < f->bottom ? v->py + 18 : v->py - 18 - h;
    nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_PANEL, x, y, w, h)->radius = 8;
    for (int i = 0; i < n; i++) {
        nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 14, y + 27 + 25 * i, line[i]);
    }
}

static void clip_to(NbScene *s, const NbSurfaceFrame *f)
{
    nb_viz_scene_add(s, NB_PRIM_CLIP, NB_ROLE_FRAME, f->left, f->top, f->right - f->left,
                     f->bottom - f->top);
}

void nb_viz_scene_surface_over(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                               const NbSurfaceFrame *f)
{
    static void (*const coat[])(NbScene *, const Path *,
                                const NbSurfaceFrame *) = {add_halo, add_path, add_ends};
    Path p;
    clip_to(s, f);
    if (d->what.boundary) {
        nb_viz_scene_class_points(s, d, look, f);
    }
    for (size_t k = 0; k < 3 && !d->what.boundary; k++) { /* what matters more lies on top */
        for (int r = 0; r < runs_of(d); r++) {
            if (path_of(d, r, &p)) {
                coat[k](s, &p, f);
            }
        }
    }
    if (!d->what.boundary) {
        add_lowest(s, d, f);
        add_legend(s, d, look, f);
    }
    nb_viz_scene_add(s, NB_PRIM_UNCLIP, NB_ROLE_FRAME, 0, 0, 0, 0);
}

void nb_viz_scene_surface_marks(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                                const NbSurfaceFrame *f)
{
    clip_to(s, f);
    if (d->view.pointer) {
        add_cross_hair(s, &d->view, f);
    }
    if (!d->what.boundary) {
        add_now(s, d, f);
    }
    if (d->view.cursor && !d->what.boundary) {
        add_cursor(s, d, f);
    }
    if (d->view.pointer) {
        add_pointer(s, d, look, f);
    }
    nb_viz_scene_add(s, NB_PRIM_UNCLIP, NB_ROLE_FRAME, 0, 0, 0, 0);
}

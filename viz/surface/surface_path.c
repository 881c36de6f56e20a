/* surface_path.c -- the paths that runs took over a surface */
#include <math.h>
#include <string.h>

#include "surface_internal.h"

#define STEP_DOTS 64 /* steps of a path are marked while there are so few */
#define PICK_PX 14.0
#define CLOSE_PX 1.8

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

int surface_runs(const NbSurfaceData *d)
{
    return d->what.record ? nb_record_runs(d->what.record) : 0;
}

bool surface_path(const NbSurfaceData *d, int r, SurfacePath *p)
{
    *p = (SurfacePath){.record = d->what.record, .run = nb_record_run(d->what.record, r), .r = r};
    if (!nb_viz_surface_columns(d, &p->run, p->column)) {
        return false;
    }
    p->colour = nb_viz_run_colour(p->run.serial);
    return true;
}

bool surface_path_at(const SurfacePath *p, const NbSurfaceFrame *f, size_t row, NbPoint *at)
{
    double x = nb_record_value(p->record, p->r, row, p->column[0]);
    double y = nb_record_value(p->record, p->r, row, p->column[1]);
    *at = (NbPoint){nb_viz_surface_px(f, x), nb_viz_surface_py(f, y)};
    return isfinite(x) && isfinite(y);
}

bool surface_path_row(const SurfacePath *p, uint64_t step, size_t *row)
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

bool surface_path_shown(const NbSurfaceData *d, int r, SurfacePath *p)
{
    size_t row = 0;
    bool any = surface_path(d, r, p);
    if (any && d->view.partly) {
        any = surface_path_row(p, d->view.until, &row);
        p->run.rows = row + 1;
    }
    return any;
}

bool nb_viz_surface_pick(const NbSurfaceData *d, const NbSurfaceFrame *f, double px, double py,
                         uint32_t *serial, uint64_t *step)
{
    double best = PICK_PX;
    for (int r = 0; r < surface_runs(d); r++) {
        SurfacePath p;
        NbPoint at;
        if (!surface_path(d, r, &p)) {
            continue;
        }
        for (size_t i = 0; i < p.run.rows; i++) {
            if (surface_path_at(&p, f, i, &at) && hypot(at.x - px, at.y - py) < best) {
                best = hypot(at.x - px, at.y - py);
                *serial = p.run.serial;
                *step = nb_record_step(p.record, r, i);
            }
        }
    }
    return best < PICK_PX;
}

int nb_viz_surface_obstacles(const NbSurfaceData *d, const NbSurfaceFrame *f, NbPoint *at, int cap)
{
    int n = 0;
    for (int r = 0; r < surface_runs(d); r++) {
        SurfacePath p;
        size_t most = (size_t)(cap / surface_runs(d)), stride;
        if (!surface_path(d, r, &p)) {
            continue;
        }
        stride = 1 + p.run.rows / (most ? most : 1);
        for (size_t i = 0; i < p.run.rows && n < cap; i += stride) {
            n += surface_path_at(&p, f, i, &at[n]);
        }
    }
    return n;
}

/* --- paths --- */

/* Points that are hardly apart are left out: a long run has thousands. */
static void add_polyline(NbScene *s, const SurfacePath *p, const NbSurfaceFrame *f)
{
    NbPoint last = {NAN, NAN}, at;
    bool open = false;
    for (size_t i = 0; i < p->run.rows; i++) {
        bool there = surface_path_at(p, f, i, &at);
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

/* An empty ring: where it began. A full one: where it is. */
static void add_ring(NbScene *s, NbPoint at, double radius, int colour, bool full)
{
    nb_viz_disc(s, NB_ROLE_HALO, at.x, at.y, radius + 2, -1);
    nb_viz_disc(s, NB_ROLE_CURVE, at.x, at.y, radius, colour);
    if (!full) {
        nb_viz_disc(s, NB_ROLE_HALO, at.x, at.y, radius - 2.6, -1);
    }
}

static void add_steps(NbScene *s, const SurfacePath *p, const NbSurfaceFrame *f)
{
    NbPoint at, last = {-1e9, -1e9};
    for (size_t i = 1; i < p->run.rows && p->run.rows <= STEP_DOTS; i++) {
        if (surface_path_at(p, f, i, &at) && hypot(at.x - last.x, at.y - last.y) > 9) {
            nb_viz_disc(s, NB_ROLE_CURVE, at.x, at.y, 3.2, p->colour);
            last = at;
        }
    }
}

static void add_halo(NbScene *s, const SurfacePath *p, const NbSurfaceFrame *f)
{
    nb_viz_scene_add(s, NB_PRIM_LINE, NB_ROLE_HALO, 0, 0, 0, 0);
    add_polyline(s, p, f);
}

static void add_path(NbScene *s, const SurfacePath *p, const NbSurfaceFrame *f)
{
    nb_viz_scene_add(s, NB_PRIM_LINE, NB_ROLE_CURVE, 0, 0, 0, 0)->colour = p->colour;
    add_polyline(s, p, f);
    add_steps(s, p, f);
}

static void add_ends(NbScene *s, const SurfacePath *p, const NbSurfaceFrame *f)
{
    NbPoint at;
    if (surface_path_at(p, f, p->run.rows - 1, &at)) {
        add_ring(s, at, 6, p->colour, true);
    }
    if (surface_path_at(p, f, 0, &at)) {
        add_ring(s, at, 6.5, p->colour, false);
    }
}

void surface_paths(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
{
    static void (*const coat[])(NbScene *, const SurfacePath *,
                                const NbSurfaceFrame *) = {add_halo, add_path, add_ends};
    SurfacePath p;
    for (size_t k = 0; k < 3; k++) { /* what matters more lies on top */
        for (int r = 0; r < surface_runs(d); r++) {
            if (surface_path_shown(d, r, &p)) {
                coat[k](s, &p, f);
            }
        }
    }
}

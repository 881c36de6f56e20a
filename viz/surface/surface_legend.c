/* surface_legend.c -- the legend of a surface: its paths and its lowest point */
#include <math.h>
#include <stdio.h>

#include "surface_internal.h"

#define LEGEND_ROWS 9

void surface_lowest(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
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

typedef struct Row {
    char text[160];
    int colour; /* -1: the lowest point */
} Row;

static int collect_rows(const NbSurfaceData *d, const NbSurfaceLook *look, Row *row)
{
    int n = 0, paths = 0;
    char a[40], b[40], c[40], title[96];
    SurfacePath p;
    for (int r = 0; r < surface_runs(d); r++) {
        paths += surface_path(d, r, &p);
    }
    for (int r = 0, seen = 0; r < surface_runs(d) && n < LEGEND_ROWS; r++) {
        if (surface_path(d, r, &p) && paths - seen++ <= LEGEND_ROWS) {
            double f = nb_record_value(p.record, r, p.run.rows - 1, 0);
            snprintf(row[n].text, sizeof row[n].text, "%s  %s",
                     nb_viz_run_name(d->what.record, &p.run, title, sizeof title),
                     nb_viz_legend_number(f, look->digits, a, sizeof a));
            row[n++].colour = p.colour;
        }
    }
    if (d->low.found) {
        double scale = fmax(fabs(d->levels.lo), fabs(d->levels.hi));
        double low = fabs(d->low.value) < 1e-12 * scale ? 0 : d->low.value;
        double w[2] = {d->view.hi[0] - d->view.lo[0], d->view.hi[1] - d->view.lo[1]};
        snprintf(row[n].text, sizeof row[n].text, "lowest here  %s at (%s, %s)",
                 nb_viz_legend_number(low, look->digits, a, sizeof a),
                 surface_number(d->low.at[0], w[0], b, sizeof b),
                 surface_number(d->low.at[1], w[1], c, sizeof c));
        row[n++].colour = -1;
    }
    return n;
}

/* How many points of paths and marks a panel would hide. */
static int hidden_by(const NbSurfaceData *d, const NbSurfaceFrame *f, double x, double y, double w,
                     double h)
{
    int n = 0;
    SurfacePath p;
    NbPoint at;
    for (int r = 0; r < surface_runs(d); r++) {
        if (!surface_path(d, r, &p)) {
            continue;
        }
        size_t stride = 1 + p.run.rows / 400;
        for (size_t i = 0; i < p.run.rows; i += stride) {
            n += surface_path_at(&p, f, i, &at) && at.x > x - 10 && at.x < x + w + 10 &&
                 at.y > y - 10 && at.y < y + h + 10;
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
        double cx = k & 1 ? f->px.left + 12 : f->px.right - 12 - w;
        double cy = k & 2 ? f->px.bottom - 12 - h : f->px.top + 12;
        int hidden = hidden_by(d, f, cx, cy, w, h);
        if (best < 0 || hidden < best) {
            best = hidden;
            *x = cx;
            *y = cy;
        }
    }
}

void surface_legend(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                    const NbSurfaceFrame *f)
{
    Row row[LEGEND_ROWS + 1];
    int n = collect_rows(d, look, row);
    double widest = 0, x = 0, y = 0;
    for (int i = 0; i < n; i++) {
        widest = fmax(widest, surface_width(look, row[i].text, NB_ROLE_PANEL_TEXT));
    }
    if (n == 0) {
        return;
    }
    double w = fmin(widest + 66, f->px.right - f->px.left - 24), h = 26 * n + 18;
    choose_corner(d, f, w, h, &x, &y);
    nb_viz_panel(s, x, y, w, h, 8, 2);
    for (int i = 0; i < n; i++) {
        double at = y + 21 + 26 * i;
        if (row[i].colour < 0) {
            nb_viz_scene_add(s, NB_PRIM_CROSS, NB_ROLE_BORDER, x + 29, at, 0, 0)->radius = 6;
        } else {
            nb_viz_legend_line(s, x, at, row[i].colour, 0);
        }
        nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 54, at + 6, row[i].text)->w = w - 66;
    }
}

/* surface_marks.c -- what points at places of a surface: the cursor, the pointer and its values */
#include <math.h>
#include <stdio.h>

#include <nabla/format.h>

#include "surface_internal.h"

/* Every path's place at the linked cursor's step. */
void surface_cursor(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
{
    for (int r = 0; r < surface_runs(d); r++) {
        SurfacePath p;
        size_t row;
        NbPoint at;
        if (surface_path(d, r, &p) && surface_path_row(&p, d->view.step, &row) &&
            surface_path_at(&p, f, row, &at)) {
            nb_viz_disc(s, NB_ROLE_HALO, at.x, at.y, 11, -1);
            nb_viz_disc(s, NB_ROLE_CURSOR, at.x, at.y, 9.5, -1);
            nb_viz_disc(s, NB_ROLE_HALO, at.x, at.y, 7.5, -1);
            nb_viz_disc(s, NB_ROLE_CURVE, at.x, at.y, 5.5, p.colour);
        }
    }
}

/* Where the variables are now, when no path ends there: a ring of ink. */
void surface_now(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
{
    double now[2];
    const NbField *field = &d->what.field;
    if (!field->now || !field->now(field->user, now) || !isfinite(now[0]) || !isfinite(now[1])) {
        return;
    }
    NbPoint at = {nb_viz_surface_px(f, now[0]), nb_viz_surface_py(f, now[1])}, end;
    for (int r = 0; r < surface_runs(d); r++) {
        SurfacePath p;
        if (surface_path(d, r, &p) && surface_path_at(&p, f, p.run.rows - 1, &end) &&
            hypot(end.x - at.x, end.y - at.y) < 3) {
            return;
        }
    }
    nb_viz_disc(s, NB_ROLE_HALO, at.x, at.y, 8.5, -1);
    nb_viz_disc(s, NB_ROLE_CURSOR, at.x, at.y, 6.5, -1);
    nb_viz_disc(s, NB_ROLE_HALO, at.x, at.y, 2.5, -1);
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
    double x = f->lo[0] + (v->px - f->px.left) / (f->px.right - f->px.left) * (f->hi[0] - f->lo[0]);
    double y = f->lo[1] +
               (f->px.bottom - v->py) / (f->px.bottom - f->px.top) * (f->hi[1] - f->lo[1]);
    snprintf(line[(*n)++], 96, "%s  %s   %s  %s", d->what.name[0],
             surface_number(x, f->hi[0] - f->lo[0], a, sizeof a), d->what.name[1],
             surface_number(y, f->hi[1] - f->lo[1], b, sizeof b));
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
void surface_cross_hair(NbScene *s, const NbSurfaceView *v, const NbSurfaceFrame *f)
{
    const NbPoint part[][2] = {{{v->px - 10, v->py}, {v->px + 10, v->py}},
                               {{v->px, v->py - 10}, {v->px, v->py + 10}},
                               {{v->px, f->px.bottom - 9}, {v->px, f->px.bottom}},
                               {{f->px.left, v->py}, {f->px.left + 9, v->py}}};
    for (int coat = 0; coat < 2; coat++) {
        nb_viz_scene_add(s, NB_PRIM_LINE, coat ? NB_ROLE_CURSOR : NB_ROLE_HALO, 0, 0, 0, 0);
        for (int i = 0; i < 4; i++) {
            nb_viz_scene_point(s, part[i][0].x, part[i][0].y);
            nb_viz_scene_point(s, part[i][1].x, part[i][1].y);
            nb_viz_scene_gap(s);
        }
    }
}

void surface_readout(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                     const NbSurfaceFrame *f)
{
    const NbSurfaceView *v = &d->view;
    char line[4][96];
    int n = 0;
    double w = 0;
    pointer_lines(d, look, f, line, &n);
    for (int i = 0; i < n; i++) {
        w = fmax(w, surface_width(look, line[i], NB_ROLE_PANEL_TEXT));
    }
    double h = 25 * n + 16;
    w += 28;
    double x = v->px + 18 + w < f->px.right ? v->px + 18 : v->px - 18 - w;
    double y = v->py + 18 + h < f->px.bottom ? v->py + 18 : v->py - 18 - h;
    nb_viz_panel(s, x, y, w, h, 8, 1);
    for (int i = 0; i < n; i++) {
        nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 14, y + 27 + 25 * i, line[i]);
    }
}

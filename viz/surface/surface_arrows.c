/* surface_arrows.c -- the arrows of a surface, down or up along its gradient */
#include <math.h>
#include <stdlib.h>

#include "surface_internal.h"

#define ARROW_APART 62.0
#define ARROW_MOST 25.0 /* px long */

typedef struct Arrow {
    NbPoint at, by; /* by: direction in px, of length |gradient| */
    double size;
} Arrow;

/* Uphill direction at a place in sight, from the grid; false where there is none. */
static bool uphill(const SurfaceDraw *w, double px, double py, Arrow *a)
{
    const NbSurfaceFrame *f = w->f;
    const NbGrid *g = w->g;
    double kx = (f->px.right - f->px.left) / (f->hi[0] - f->lo[0]);
    double ky = (f->px.bottom - f->px.top) / (f->hi[1] - f->lo[1]);
    double x = f->lo[0] + (px - f->px.left) / kx, y = f->lo[1] + (f->px.bottom - py) / ky;
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

static int collect_arrows(const SurfaceDraw *w, Arrow *arrow, int cap)
{
    const NbSurfaceFrame *f = w->f;
    int nx = (int)((f->px.right - f->px.left) / ARROW_APART), n = 0;
    int ny = (int)((f->px.bottom - f->px.top) / ARROW_APART);
    for (int j = 0; j < ny; j++) {
        for (int i = 0; i < nx && n < cap; i++) {
            double px = f->px.left + (i + 0.5) * (f->px.right - f->px.left) / nx;
            double py = f->px.top + (j + 0.5) * (f->px.bottom - f->px.top) / ny;
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

void surface_arrows(SurfaceDraw *w)
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

static const char *arrow_text(const SurfaceDraw *w)
{
    return w->view->arrows == NB_ARROWS_DOWN ? "−∇f  downhill" : "∇f  uphill";
}

double surface_arrow_room(const SurfaceDraw *w)
{
    const double room = surface_width(w->look, arrow_text(w), NB_ROLE_NOTE) + 48;
    const double title = surface_width(w->look, w->d->what.title, NB_ROLE_TITLE);
    const bool shown = !w->d->what.boundary && w->view->arrows != NB_ARROWS_OFF &&
                       w->f->px.right - w->f->px.left >= room + title;
    return shown ? room : 0;
}

void surface_arrow_legend(SurfaceDraw *w)
{
    const NbSurfaceFrame *f = w->f;
    if (surface_arrow_room(w) == 0) {
        return;
    }
    const char *text = arrow_text(w);
    double tw = surface_width(w->look, text, NB_ROLE_NOTE), y = 29;
    NbPoint tail = {f->px.right - tw - 38, y}, tip = {f->px.right - tw - 12, y};
    nb_viz_scene_add(w->s, NB_PRIM_LINE, NB_ROLE_SLOPE, 0, 0, 0, 0);
    add_shaft(w->s, tail, tip);
    nb_viz_scene_add(w->s, NB_PRIM_AREA, NB_ROLE_SLOPE, 0, 0, 0, 0);
    add_head(w->s, tail, tip);
    nb_viz_frame_remark(w->s, f->px.right, text);
}

/* surface_frame.c -- the frame of a surface: its axes, where numbers lie */
#include <math.h>
#include <string.h>

#include "surface_internal.h"

#define TICK_ROOM_X 88.0 /* px for a number below the picture */
#define TICK_ROOM_Y 54.0 /* and beside it */

static NbAxis axis_of(const NbSurfaceFrame *f, int axis)
{
    return (NbAxis){.lo = f->lo[axis],
                    .hi = f->hi[axis],
                    .from = axis == 0 ? f->px.left : f->px.bottom,
                    .to = axis == 0 ? f->px.right : f->px.top};
}

/* The longer side is cut, so that a unit is as many pixels on both. */
static void make_equal(NbSurfaceFrame *f)
{
    double across = f->px.right - f->px.left, up = f->px.bottom - f->px.top;
    double unit = fmin(across / (f->hi[0] - f->lo[0]), up / (f->hi[1] - f->lo[1]));
    f->aside = fmax(0, (across - fmax(unit * (f->hi[0] - f->lo[0]), 40)) / 2);
    f->px.left += f->aside;
    f->px.right -= f->aside;
    f->px.bottom = f->px.top + fmax(unit * (f->hi[1] - f->lo[1]), 40);
}

void surface_frame(SurfaceDraw *w, double width, double height)
{
    NbSurfaceFrame *f = w->f;
    char text[64];
    double bar = 0;
    memcpy(f->lo, w->view->lo, sizeof f->lo);
    memcpy(f->hi, w->view->hi, sizeof f->hi);
    f->labels = 0;
    f->px.top = 52;
    f->width = width;
    f->height = height;
    f->legend_rows = nb_viz_surface_legend_rows(w->d, w->look, width, height);
    f->px.bottom = fmax(height - 70 - SURFACE_ROW * f->legend_rows, f->px.top + 40);
    NbAxis y = axis_of(f, 1);
    nb_viz_axis_divide(&y, TICK_ROOM_Y);
    for (int i = 0; i < w->d->levels.n; i++) {
        nb_viz_levels_text(&w->d->levels, i, true, text, sizeof text);
        bar = fmax(bar, surface_width(w->look, text, NB_ROLE_TICK));
    }
    f->px.left = nb_viz_axis_width(&y, w->look->measure, 24) + 52;
    f->px.right = width - (bar > 0 ? 16 + SURFACE_BAR + 10 + bar + 16 : 28);
    f->px.right = fmax(f->px.right, f->px.left + 40);
    f->aside = 0;
    if (w->view->equal) {
        make_equal(f);
    }
}

void surface_axes(SurfaceDraw *w)
{
    const NbSurfaceFrame *f = w->f;
    NbAxis x = axis_of(f, 0), y = axis_of(f, 1);
    nb_viz_axis_divide(&x, TICK_ROOM_X);
    nb_viz_axis_divide(&y, TICK_ROOM_Y);
    nb_viz_frame_box(w->s, &f->px)->hollow = true;
    nb_viz_frame_axis_x(w->s, &f->px, &x, NB_TICK_OUTSIDE);
    nb_viz_frame_axis_y(w->s, &f->px, &y, NB_TICK_OUTSIDE);
    nb_viz_frame_name_x(w->s, &f->px, w->d->what.name[0]);
    bool tight = surface_width(w->look, w->d->what.name[1], NB_ROLE_TICK) < 24;
    nb_viz_scene_text(w->s, NB_ROLE_TICK, tight ? NB_MIDDLE : NB_UPWARD, 24 + f->aside,
                      (f->px.top + f->px.bottom) / 2 + (tight ? 6 : 0), w->d->what.name[1]);
    const double beside = surface_arrow_room(w);
    const double widest =
        (beside > 0 ? f->px.right - beside : fmax(w->s->w - 16, f->px.left + 60)) - f->px.left;
    if (w->view->partly) {
        nb_viz_frame_title_step(w->s, &f->px, w->d->what.title, w->view->until, widest);
    } else {
        nb_viz_frame_title(w->s, &f->px, w->d->what.title, widest);
    }
}

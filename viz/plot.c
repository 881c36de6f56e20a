/* plot.c -- the picture of a run record: its frame and axes, and the parts in their order */
#include "plot.h"

#include <math.h>

#include "plot_internal.h"

#define LOG_DECADES 3.0 /* a positive range wider than this gets a log axis by itself */
#define PADDING 0.05    /* of the range, above and below the curves */

double plot_width(const Plot *p, const char *text, NbRole role)
{
    return p->measure->width(p->measure->user, text, role);
}

double plot_x(const Plot *p, double step)
{
    return nb_viz_axis_px(&p->x, step);
}

double plot_y(const Plot *p, double v)
{
    return nb_viz_axis_px(&p->y, p->y.log ? log10(v) : v);
}

bool plot_drawable(const Plot *p, double v)
{
    return isfinite(v) && (!p->f.log || v > 0);
}

/* --- axes --- */

/* Room above and below; a flat curve stands in the middle. */
static void fit_y(NbPlotFrame *f, double y[2])
{
    if (f->log) {
        /* values that are not positive have no place on the axis */
        double floor_of = y[0] > 0 ? y[0] : y[1] * 1e-6;
        y[0] = log10(floor_of);
        y[1] = log10(y[1]);
    }
    double span = y[1] - y[0];
    if (!(span > fabs(y[1]) * 1e-12)) {
        span = y[1] != 0 ? fabs(y[1]) * 0.5 : 1;
        y[0] -= span / 2;
        y[1] += span / 2;
    }
    f->y0 = y[0] - span * PADDING;
    f->y1 = y[1] + span * PADDING;
}

static void choose_range(Plot *p)
{
    const NbPlotView *v = p->view;
    double x[2] = {0, 1}, y[2] = {0, 1};
    bool positive;
    bool any = nb_viz_plot_range(p->record, p->title, v, x, y, &positive);
    NbPlotFrame *f = &p->f;
    bool wide = any && positive && log10(y[1]) - log10(y[0]) > LOG_DECADES;
    f->log = any && y[1] > 0 && (v->log == NB_LOG_ON || (v->log == NB_LOG_AUTO && wide));
    f->x0 = x[0];
    f->x1 = x[1] > x[0] ? x[1] : x[0] + 1;
    fit_y(f, y);
    if (v->fixed_x) {
        f->x0 = v->x0, f->x1 = v->x1;
    }
    if (v->fixed_y) {
        f->log = v->log == NB_LOG_ON;
        f->y0 = v->y0, f->y1 = v->y1;
    }
}

static void choose_frame(Plot *p, double w, double h)
{
    NbPlotFrame *f = &p->f;
    f->top = 52;
    f->bottom = h - 68;
    if (f->bottom < f->top + 40) {
        f->bottom = f->top + 40;
    }
    p->y = (NbAxis){.lo = f->y0, .hi = f->y1, .from = f->bottom, .to = f->top, .log = f->log};
    nb_viz_axis_divide(&p->y, 46);
    char last[64]; /* of the step axis, which sticks out by half */
    nb_viz_tick_text(f->x1, 1, last, sizeof last);
    double out = plot_width(p, last, NB_ROLE_TICK) / 2 + 8;
    f->left = nb_viz_axis_width(&p->y, p->measure, 30) + 30;
    f->right = w - (out > 28 ? out : 28) - p->aside;
    if (f->right < f->left + 40) {
        f->right = f->left + 40;
    }
    p->x = (NbAxis){.lo = f->x0, .hi = f->x1, .from = f->left, .to = f->right, .whole = true};
    nb_viz_axis_divide(&p->x, 105);
}

void plot_line(Plot *p, NbRole role, double x0, double y0, double x1, double y1)
{
    nb_viz_scene_add(p->s, NB_PRIM_LINE, role, 0, 0, 0, 0);
    nb_viz_scene_point(p->s, x0, y0);
    nb_viz_scene_point(p->s, x1, y1);
}

static void add_axes(Plot *p, double w, double h)
{
    const NbPlotFrame *f = &p->f;
    nb_viz_scene_add(p->s, NB_PRIM_BOX, NB_ROLE_FRAME, f->left, f->top, f->right - f->left,
                     f->bottom - f->top);
    char text[64];
    for (int i = 0; i < p->y.n; i++) {
        double y = nb_viz_axis_px(&p->y, p->y.tick[i]);
        plot_line(p, NB_ROLE_GRID, f->left, y, f->right, y);
        nb_viz_axis_text(&p->y, i, text, sizeof text);
        nb_viz_scene_text(p->s, NB_ROLE_TICK, NB_RIGHT, f->left - 10, y + 6, text);
    }
    for (int i = 0; i < p->x.n; i++) {
        double x = nb_viz_axis_px(&p->x, p->x.tick[i]);
        plot_line(p, NB_ROLE_GRID, x, f->top, x, f->bottom);
        nb_viz_axis_text(&p->x, i, text, sizeof text);
        nb_viz_scene_text(p->s, NB_ROLE_TICK, NB_MIDDLE, x, f->bottom + 25, text);
    }
    nb_viz_scene_text(p->s, NB_ROLE_TICK, NB_MIDDLE, (f->left + f->right) / 2, h - 16, "step");
    if (p->title && *p->title) {
        NbPrim *t = nb_viz_scene_text(p->s, NB_ROLE_TITLE, NB_LEFT, f->left, 34, p->title);
        t->w = w - f->left - 160;
    }
    const char *state = p->view->paused ? (f->log ? "paused, log axis" : "paused")
                        : f->log        ? "log axis"
                                        : "";
    nb_viz_scene_text(p->s, NB_ROLE_NOTE, NB_RIGHT, f->right + p->aside, 34, state);
    NbPrim *rim = nb_viz_scene_add(p->s, NB_PRIM_BOX, NB_ROLE_FRAME, f->left, f->top,
                                   f->right - f->left, f->bottom - f->top);
    rim->hollow = true;
}

void nb_viz_scene_plot(NbScene *s, const NbRecord *record, const NbPlotView *view,
                       const NbMeasure *measure, const char *title, int digits, double w, double h,
                       NbPlotFrame *frame)
{
    Plot p = {.s = s,
              .record = record,
              .view = view,
              .measure = measure,
              .title = title,
              .digits = digits};
    s->w = w;
    s->h = h;
    p.several_runs = nb_record_runs(record) > 1;
    plot_legend_room(&p, w, h);
    choose_range(&p);
    choose_frame(&p, w, h);
    add_axes(&p, w, h);
    Pick pick = {0};
    plot_curves(&p, &pick);
    if (p.f.curves == 0) {
        const char *why = nb_record_runs(record) == 0 ? "no steps recorded yet"
                          : p.f.nlegend > 0           ? "all curves are hidden"
                                                      : "nothing to show";
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_MIDDLE, (p.f.left + p.f.right) / 2,
                          (p.f.top + p.f.bottom) / 2, why);
    }
    plot_pick_line(&p, &pick);
    plot_cursor(&p);
    plot_legend(&p);
    plot_pick_text(&p, &pick);
    plot_band(&p);
    if (frame) {
        *frame = p.f;
    }
}

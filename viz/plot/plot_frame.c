/* plot_frame.c -- the frame of a plot: ranges and axes, where numbers lie */
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
static void fit_y(NbPlotFrame *f, double y[3])
{
    if (f->log) { /* values that are not positive have no place on the axis */
        y[0] = log10(y[2]);
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

void plot_range(Plot *p)
{
    const NbPlotView *v = p->view;
    double x[2] = {0, 1}, y[3] = {0, 1, 1};
    bool positive;
    bool any = nb_viz_plot_range(p->record, p->title, v, x, y, &positive);
    NbPlotFrame *f = &p->f;
    bool wide = any && positive && !nb_record_axis_name(p->record) &&
                log10(y[1]) - log10(y[2]) > LOG_DECADES;
    f->log = any && y[2] > 0 && (v->log == NB_LOG_ON || (v->log == NB_LOG_AUTO && wide));
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

void plot_frame(Plot *p, double w, double h)
{
    NbPlotFrame *f = &p->f;
    f->px.top = 52;
    f->px.bottom = h - 68 - p->below;
    if (f->px.bottom < f->px.top + 40) {
        f->px.bottom = f->px.top + 40;
    }
    p->y = (NbAxis){.lo = f->y0, .hi = f->y1, .from = f->px.bottom, .to = f->px.top, .log = f->log};
    nb_viz_axis_divide(&p->y, 46);
    char last[64]; /* of the step axis, which sticks out by half */
    nb_viz_tick_text(f->x1, 1, last, sizeof last);
    double out = plot_width(p, last, NB_ROLE_TICK) / 2 + 8;
    f->px.left = nb_viz_axis_width(&p->y, p->measure, 30) + 30;
    f->px.right = w - (out > 28 ? out : 28) - p->aside;
    if (f->px.right < f->px.left + 40) {
        f->px.right = f->px.left + 40;
    }
    p->x = (NbAxis){.lo = f->x0,
                    .hi = f->x1,
                    .from = f->px.left,
                    .to = f->px.right,
                    .whole = !nb_record_axis_name(p->record)};
    nb_viz_axis_divide(&p->x, 105);
}

void plot_axes(Plot *p)
{
    const NbPlotFrame *f = &p->f;
    nb_viz_frame_box(p->s, &f->px);
    nb_viz_frame_axis_y(p->s, &f->px, &p->y, NB_TICK_GRID);
    nb_viz_frame_axis_x(p->s, &f->px, &p->x, NB_TICK_GRID);
    const char *name = nb_record_axis_name(p->record);
    nb_viz_frame_name_x(p->s, &f->px, name ? name : "step");
    if (p->view->partly) {
        nb_viz_frame_title_step(p->s, &f->px, p->title ? p->title : "", p->view->until,
                                p->s->w - f->px.left - 160);
    } else if (p->title && *p->title) {
        nb_viz_frame_title(p->s, &f->px, p->title, p->s->w - f->px.left - 160);
    }
    const char *state = p->view->paused ? (f->log ? "paused, log axis" : "paused")
                        : f->log        ? "log axis"
                                        : "";
    nb_viz_frame_remark(p->s, f->px.right + p->aside, state);
    nb_viz_frame_box(p->s, &f->px)->hollow = true;
}

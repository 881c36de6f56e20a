/* plot_marks.c -- what points at samples of a plot: the pointer, the linked cursor, a box drawn */
#include <math.h>
#include <stdio.h>

#include <nabla/format.h>

#include "plot_internal.h"

#define PANEL_H 34.0

static void panel(Plot *p, double x, double y, double w, const char *text)
{
    nb_viz_panel(p->s, x, y, w, PANEL_H, 7, 2);
    nb_viz_scene_text(p->s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 12, y + 23, text)->w = w - 20;
}

/* Beside a sample, inside the frame. */
static void panel_at(Plot *p, double at_x, double at_y, const char *text)
{
    const NbPlotFrame *f = &p->f;
    double w = plot_width(p, text, NB_ROLE_PANEL_TEXT) + 24;
    w = w > f->px.right - f->px.left - 8 ? f->px.right - f->px.left - 8 : w;
    double x = at_x + 14 + w > f->px.right ? at_x - 14 - w : at_x + 14;
    double y = at_y - 48 < f->px.top + 4 ? at_y + 16 : at_y - 48;
    x = x < f->px.left + 4 ? f->px.left + 4 : x;
    y = y + PANEL_H > f->px.bottom ? f->px.bottom - 40 : y < f->px.top + 4 ? f->px.top + 4 : y;
    panel(p, x, y, w, text);
}

const char *nb_viz_plot_at(const NbRecord *record, uint64_t step, int digits, char *buf, size_t cap)
{
    const char *name = nb_record_axis_name(record);
    if (name) {
        char place[40];
        nb_format_number(nb_record_place(record, (double)step), digits, place, sizeof place);
        snprintf(buf, cap, "%s = %s", name, place);
    } else {
        snprintf(buf, cap, "step %llu", (unsigned long long)step);
    }
    return buf;
}

/* --- the pointer --- */

void plot_pick_line(Plot *p, const Pick *pick)
{
    const NbPlotFrame *f = &p->f;
    if (!pick->found) {
        return;
    }
    p->f.picked = true;
    p->f.pick = pick->curve;
    p->f.pick_step = pick->step;
    nb_viz_line(p->s, NB_ROLE_CURSOR, pick->x, f->px.top, pick->x, f->px.bottom);
    if (pick->y >= f->px.top && pick->y <= f->px.bottom) {
        nb_viz_disc(p->s, NB_ROLE_CURVE, pick->x, pick->y, 6, pick->colour);
    }
}

void plot_pick_text(Plot *p, const Pick *pick)
{
    if (!pick->found) {
        return;
    }
    NbRunInfo run = nb_record_run(p->record, nb_viz_plot_run(p->record, pick->curve.run));
    char value[40], name[192] = "", text[320];
    nb_format_number(pick->value, p->digits, value, sizeof value);
    if (p->several_runs) {
        snprintf(name, sizeof name, "   %s", run.title);
    }
    char at[96];
    if (nb_record_axis_name(p->record)) {
        name[0] = '\0'; /* a column is a curve */
    }
    snprintf(text, sizeof text, "%s   %s = %s%s",
             nb_viz_plot_at(p->record, pick->step, p->digits, at, sizeof at),
             run.column[pick->curve.column], value, name);
    panel_at(p, pick->x, pick->y, text);
}

/* --- the linked cursor --- */

/* "step 120" on the step axis. */
static void tag(Plot *p, double x, uint64_t step)
{
    char text[40];
    snprintf(text, sizeof text, "step %llu", (unsigned long long)step);
    double w = plot_width(p, text, NB_ROLE_PANEL_TEXT) + 24;
    double left = x - w / 2;
    left = left + w > p->s->w - 4 ? p->s->w - 4 - w : left < 4 ? 4 : left;
    panel(p, left, p->f.px.bottom + 4, w, text);
}

void plot_cursor(Plot *p)
{
    const NbPlotView *v = p->view;
    NbPlotFrame *f = &p->f;
    int r = v->cursor ? nb_viz_plot_run(p->record, v->cursor_run) : -1;
    double x = plot_x(p, (double)v->cursor_step);
    if (r < 0 || x < f->px.left - 1 || x > f->px.right + 1) {
        return;
    }
    f->cursor = true;
    f->cursor_x = x;
    nb_viz_line(p->s, NB_ROLE_CURSOR, x, f->px.top, x, f->px.bottom);
    tag(p, x, v->cursor_step);
    NbRunInfo run = nb_record_run(p->record, r);
    size_t row = nb_viz_plot_row(p->record, r, (double)v->cursor_step);
    char text[320] = "";
    int used = 0;
    double at = -1;
    for (int c = 0; row < run.rows && c < run.columns; c++) {
        double value = nb_record_value(p->record, r, row, c);
        if (!nb_viz_plot_shows(p->record, &run, c, p->title, v) ||
            nb_viz_plot_hides(v, (NbPlotCurve){run.serial, c})) {
            continue;
        }
        char number[40];
        nb_format_number(value, p->digits, number, sizeof number);
        int wrote = snprintf(text + used, sizeof text - (size_t)used, "%s%s = %s",
                             used ? "   " : "", run.column[c], number);
        used = used + wrote < (int)sizeof text ? used + wrote : used;
        double y = plot_drawable(p, value) ? plot_y(p, value) : -1;
        if (y >= f->px.top && y <= f->px.bottom) {
            nb_viz_disc(p->s, NB_ROLE_CURVE, x, y, 6, plot_colour(p, &run, c));
            at = at < 0 ? y : at;
        }
    }
    if (at >= 0 && !v->pointer) {
        panel_at(p, x, at, text);
    }
}

/* --- a box drawn by hand --- */

void plot_band(Plot *p)
{
    const NbPlotView *v = p->view;
    if (v->band) {
        double x = fmin(v->band_x[0], v->band_x[1]), y = fmin(v->band_y[0], v->band_y[1]);
        NbPrim *box = nb_viz_scene_add(p->s, NB_PRIM_BOX, NB_ROLE_HOVER, x, y,
                                       fabs(v->band_x[1] - v->band_x[0]),
                                       fabs(v->band_y[1] - v->band_y[0]));
        box->hollow = true;
    }
}

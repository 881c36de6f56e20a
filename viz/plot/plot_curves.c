/* plot_curves.c -- the curves of a plot: reduced to what a column of px shows, NaN marked */
#include <math.h>
#include <stdio.h>

#include "plot_internal.h"

#define CELLS 2.0 /* per px */

/* Samples falling into one cell are drawn as their first, lowest, highest and last. They are
 * compared as values and turned into px only then: a million samples cost a few logarithms for
 * each px, not one each. */
typedef struct Cell {
    bool open;
    long cell;
    double x[2], low_x, high_x; /* of first and last, lowest, highest, px */
    double first, last, low, high;
} Cell;

typedef struct Curve {
    Plot *p;
    int r, column;
    const NbRunInfo *run;
    int colour, dash;
    bool in_piece, labelled;
    double last_bad; /* px */
    size_t drawn;
    Cell cell;
    Pick *pick;
} Curve;

static void put_point(const Curve *c, double x, double v)
{
    nb_viz_scene_point(c->p->s, x, plot_y(c->p, v));
}

static void flush_cell(Curve *c)
{
    Cell *k = &c->cell;
    if (!k->open) {
        return;
    }
    put_point(c, k->x[0], k->first);
    if (k->low != k->high) {
        bool rising = k->last > k->first;
        put_point(c, rising ? k->low_x : k->high_x, rising ? k->low : k->high);
        put_point(c, rising ? k->high_x : k->low_x, rising ? k->high : k->low);
        put_point(c, k->x[1], k->last);
    }
    k->open = false;
}

static void start_piece(Curve *c)
{
    NbPrim *q = nb_viz_scene_add(c->p->s, NB_PRIM_LINE, NB_ROLE_CURVE, 0, 0, 0, 0);
    q->colour = c->colour;
    q->dash = c->dash;
    c->in_piece = true;
}

static void add_sample(Curve *c, double x, double v)
{
    Cell *k = &c->cell;
    long cell = (long)(x * CELLS + 1e6); /* of places far to the left too */
    if (k->open && k->cell != cell) {
        flush_cell(c);
    }
    if (!k->open) {
        *k = (Cell){true, cell, {x, x}, x, x, v, v, v, v};
        return;
    }
    if (v < k->low) {
        k->low = v;
        k->low_x = x;
    }
    if (v > k->high) {
        k->high = v;
        k->high_x = x;
    }
    k->last = v;
    k->x[1] = x;
}

/* A cross at the edge of the frame where the curve has no place on the axis. */
static void add_bad(Curve *c, double x, double v)
{
    Plot *p = c->p;
    flush_cell(c);
    c->in_piece = false;
    double edge = x < p->f.px.left + 10    ? p->f.px.left + 10
                  : x > p->f.px.right - 10 ? p->f.px.right - 10
                                           : x;
    if (edge - c->last_bad <= 24 || x < p->f.px.left || x > p->f.px.right) {
        return;
    }
    bool below = v == -INFINITY || (isfinite(v) && v <= 0);
    double y = below ? p->f.px.bottom - 14 : p->f.px.top + 14;
    NbPrim *cross = nb_viz_scene_add(p->s, NB_PRIM_CROSS, NB_ROLE_CURVE, edge, y, 0, 0);
    cross->radius = 7;
    cross->colour = c->colour;
    if (!c->labelled && !(v == 0 && p->zero_told)) { /* the foot is 0 for all */
        const char *text = isnan(v)    ? "nan"
                           : v == 0    ? "0"
                           : !isinf(v) ? "not positive"
                           : v > 0     ? "inf"
                                       : "-inf";
        bool left = x > p->f.px.right - 110;
        nb_viz_scene_text(p->s, NB_ROLE_TICK, left ? NB_RIGHT : NB_LEFT,
                          left ? edge - 14 : edge + 14, y + 6, text);
    }
    c->last_bad = c->labelled ? edge : edge + 44; /* nothing over the word */
    p->zero_told = p->zero_told || v == 0;
    c->labelled = true;
}

static void end_piece(Curve *c)
{
    flush_cell(c);
    c->in_piece = false;
}

/* From one side of the frame to the other: a pole lies between. */
static bool leaps(const Plot *p, double from, double to)
{
    double a = p->f.log ? log10(from) : from, b = p->f.log ? log10(to) : to;
    return (a < p->f.y0 && b > p->f.y1) || (a > p->f.y1 && b < p->f.y0);
}

/* Distance mostly along the step axis; the vertical part, which may need a logarithm, only for
 * those near enough. */
static void try_pick(const Curve *c, double x, double v, uint64_t step)
{
    const Plot *p = c->p;
    Pick *pick = c->pick;
    double dx = x - p->view->px;
    if (pick->found && dx * dx * 4 >= pick->distance) {
        return;
    }
    double y = plot_y(p, v), dy = y - p->view->py, distance = dx * dx * 4 + dy * dy;
    if (pick->found && distance >= pick->distance) {
        return;
    }
    *pick = (Pick){.found = true,
                   .distance = distance,
                   .x = x,
                   .y = y,
                   .value = v,
                   .step = step,
                   .colour = c->colour,
                   .curve = {c->run->serial, c->column}};
}

/* Few samples stand as dots. */
static void add_dots(const Curve *c, size_t from, size_t to)
{
    const Plot *p = c->p;
    double apart = (p->f.px.right - p->f.px.left) / (double)(c->drawn ? c->drawn : 1);
    bool dots = c->run->points || (apart > 16 && !nb_record_axis_name(p->record));
    for (size_t i = from; i < to && dots; i++) {
        double v = nb_record_value(p->record, c->r, i, c->column);
        if (plot_drawable(p, v)) {
            double x = plot_x(p, nb_viz_plot_place(p->record, c->r, i));
            nb_viz_disc(p->s, NB_ROLE_CURVE, x, plot_y(p, v), 4, c->colour);
        }
    }
}

size_t plot_rows(const Plot *p, int r, const NbRunInfo *run)
{
    return p->view->partly ? nb_viz_plot_row(p->record, r, (double)p->view->until + 0.5)
                           : run->rows;
}

/* The rows in sight and one on either side. */
static void rows_in_sight(const Curve *c, size_t *from, size_t *to)
{
    const Plot *p = c->p;
    *from = nb_viz_plot_row(p->record, c->r, p->f.x0);
    *to = nb_viz_plot_row(p->record, c->r, p->f.x1);
    *from -= *from > 0;
    *to += *to < c->run->rows;
    *to += *to < c->run->rows;
    const size_t rows = plot_rows(p, c->r, c->run);
    *to = *to < rows ? *to : rows;
    *from = *from < *to ? *from : *to;
}

static void add_curve(Plot *p, int r, const NbRunInfo *run, int column, Pick *pick)
{
    Curve c = {.p = p,
               .r = r,
               .run = run,
               .column = column,
               .colour = plot_colour(p, run, column),
               .dash = plot_dash(p, run, column),
               .last_bad = -1e9,
               .pick = pick};
    size_t from, to;
    rows_in_sight(&c, &from, &to);
    const uint64_t *step_at = nb_record_steps(p->record, r);
    const double *value = nb_record_values(p->record, r);
    double x0 = p->f.x0, left = p->f.px.left, per = (p->f.px.right - left) / (p->f.x1 - x0);
    bool axis = nb_record_axis_name(p->record);
    double before = NAN;
    size_t last = from;
    for (size_t i = from; i < to; i++) {
        double v = value[i * (size_t)run->columns + (size_t)column];
        uint64_t step = step_at[i];
        double x = left + (nb_record_place(p->record, (double)step) - x0) * per;
        if (!plot_drawable(p, v)) {
            if (axis) { /* a function has gaps */
                end_piece(&c);
            } else {
                add_bad(&c, x, v);
            }
            continue;
        }
        if (axis && c.drawn > 0 && leaps(p, before, v)) {
            end_piece(&c);
        }
        before = v;
        last = i;
        if (run->points) {
            c.drawn++;
            if (p->view->pointer && x >= p->f.px.left - 1 && x <= p->f.px.right + 1) {
                try_pick(&c, x, v, step);
            }
            continue;
        }
        if (!c.in_piece) {
            start_piece(&c);
        }
        add_sample(&c, x, v);
        c.drawn++;
        if (p->view->pointer && x >= p->f.px.left - 1 && x <= p->f.px.right + 1) {
            try_pick(&c, x, v, step);
        }
    }
    flush_cell(&c);
    add_dots(&c, from, to);
    if (p->view->partly && c.drawn > 0 && !run->points) { /* so far */
        nb_viz_disc(p->s, NB_ROLE_CURVE, plot_x(p, nb_viz_plot_place(p->record, r, last)),
                    plot_y(p, before), 6, c.colour);
    }
}

/* --- colours --- */

/* A run keeps its colour; further columns of a single run take the next ones. */
int plot_colour(const Plot *p, const NbRunInfo *run, int column)
{
    int colour = nb_viz_run_colour(run->serial);
    for (int c = 0; !p->several_runs && c < column; c++) {
        colour += nb_viz_plot_shows(p->record, run, c, p->title, p->view);
    }
    return colour % NB_CURVE_COLOURS;
}

/* Among several runs the columns shown differ by their dashes, and runs beyond the colours too. */
int plot_dash(const Plot *p, const NbRunInfo *run, int column)
{
    int dash = p->several_runs ? (int)((run->serial - 1) / NB_CURVE_COLOURS % 2) : 0;
    for (int c = 0; p->several_runs && c < column; c++) {
        dash += nb_viz_plot_shows(p->record, run, c, p->title, p->view);
    }
    return dash;
}

void plot_curves(Plot *p, Pick *pick)
{
    nb_viz_frame_clip(p->s, &p->f.px);
    for (int r = 0; r < nb_record_runs(p->record); r++) {
        NbRunInfo run = nb_record_run(p->record, r);
        for (int c = 0; c < run.columns; c++) {
            if (nb_viz_plot_shows(p->record, &run, c, p->title, p->view) &&
                !nb_viz_plot_hides(p->view, (NbPlotCurve){run.serial, c})) {
                add_curve(p, r, &run, c, pick);
                p->f.curves++;
            }
        }
    }
    nb_viz_frame_unclip(p->s);
}

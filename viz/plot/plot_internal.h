/* plot_internal.h -- a plot being drawn, for its own files */
#ifndef NABLA_VIZ_PLOT_INTERNAL_H
#define NABLA_VIZ_PLOT_INTERNAL_H

#include "plot.h"

typedef struct Plot {
    NbScene *s;
    const NbRecord *record;
    const NbPlotView *view;
    const NbMeasure *measure;
    const char *title;
    int digits;
    NbPlotFrame f;
    NbAxis x, y; /* steps, values; after the frame is chosen */
    bool several_runs;
    bool zero_told; /* a curve at the foot of a log axis says that it is at 0 */
    bool outside;   /* the legend stands outside the frame: */
    double aside;   /* px at its right, */
    double below;   /* or under the axis */
} Plot;

/* A sample picked by the pointer. */
typedef struct Pick {
    bool found;
    double distance, x, y, value;
    uint64_t step;
    int colour;
    NbPlotCurve curve;
} Pick;

/* --- plot_frame.c --- */
void plot_range(Plot *p); /* chooses the ranges of the axes */
void plot_frame(Plot *p, double w, double h);
void plot_axes(Plot *p);
double plot_width(const Plot *p, const char *text, NbRole role);
double plot_x(const Plot *p, double step); /* px */
double plot_y(const Plot *p, double v);
bool plot_drawable(const Plot *p, double v); /* has a place on the axis */

/* --- plot_curves.c --- */
int plot_colour(const Plot *p, const NbRunInfo *run, int column);
int plot_dash(const Plot *p, const NbRunInfo *run, int column);
void plot_curves(Plot *p, Pick *pick);
/* Rows of a run that are drawn: all, or those up to a step. */
size_t plot_rows(const Plot *p, int r, const NbRunInfo *run);

/* --- plot_legend.c --- */
/* Sets p->aside or p->below when the legend stands outside. Before the frame is chosen. */
void plot_legend_room(Plot *p, double w, double h);
/* false: it would hide something wherever it stands inside, so nothing was drawn. */
bool plot_legend(Plot *p);

/* --- plot_marks.c --- */
void plot_cursor(Plot *p);
void plot_pick_line(Plot *p, const Pick *pick);
void plot_pick_text(Plot *p, const Pick *pick);
void plot_band(Plot *p);

#endif

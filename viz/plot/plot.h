/* plot.h -- the picture of a run record: axes, curves, legend */
#ifndef NABLA_VIZ_PLOT_H
#define NABLA_VIZ_PLOT_H

#include <nabla/record.h>

#include "viz/picture/frame.h"

#define NB_PLOT_HIDDEN 64 /* curves that can be hidden one by one */
#define NB_PLOT_LEGEND 14 /* rows of the legend at most */

typedef enum NbLogAxis { NB_LOG_AUTO, NB_LOG_OFF, NB_LOG_ON } NbLogAxis;

/* One column of one run. */
typedef struct NbPlotCurve {
    uint32_t run; /* its serial, 0: none */
    int column;
} NbPlotCurve;

/* What the person chose to see; all zero is everything, fitted. */
typedef struct NbPlotView {
    double w, h;           /* px; 0: the usual size of a picture */
    bool fixed_x, fixed_y; /* these limits hold, else they follow the data */
    double x0, x1, y0, y1; /* y as log10 on a log axis */
    NbLogAxis log;
    uint32_t toggled; /* columns shown that by themselves are not, and the other way round: a bit
                         for each name, in the order of nb_viz_plot_column */
    NbPlotCurve hidden[NB_PLOT_HIDDEN];
    int nhidden;
    NbPlotCurve chosen; /* marked in the legend; run 0: none */
    bool pointer;       /* mark the sample nearest to the pointer at px, py */
    double px, py;
    bool cursor; /* the linked cursor */
    uint32_t cursor_run;
    uint64_t cursor_step;
    bool band; /* a box being drawn between two corners, px */
    double band_x[2], band_y[2];
    bool paused;
    int legend_place; /* of the picture before, so that the legend does not jump; 0: none */
    bool partly;      /* curves end at this step; axes and legend stand as for all of it */
    uint64_t until;
} NbPlotView;

typedef struct NbPlotLegend {
    NbPlotCurve curve;
    double x, y, w, h;
} NbPlotLegend;

/* Where things ended up, to turn px into numbers. */
typedef struct NbPlotFrame {
    NbFrame px;
    double x0, x1, y0, y1;
    bool log;
    size_t curves; /* drawn */
    int nlegend, legend_place;
    NbPlotLegend legend[NB_PLOT_LEGEND];
    bool picked; /* the sample nearest to the pointer */
    NbPlotCurve pick;
    uint64_t pick_step;
    bool cursor; /* the linked cursor stands at cursor_x */
    double cursor_x;
} NbPlotFrame;

/* The record as a picture of w × h px. The title names the columns shown ("f", "x, y"); the first
 * one when it names none. */
void nb_viz_scene_plot(NbScene *s, const NbRecord *record, const NbPlotView *view,
                       const NbMeasure *measure, const char *title, int digits, double w, double h,
                       NbPlotFrame *frame);

/* Of the plot window's last picture, for tests; NULL when it is closed. */
const NbPlotFrame *nb_viz_plot_frame(const NbViz *viz);

/* --- which curves there are; shared with the text chart --- */
/* Name i of the columns of all runs, each once, in order of appearance; NULL after the last. */
const char *nb_viz_plot_column(const NbRecord *record, int i);
/* Whether column c of the run has a place in the picture, by title and toggles; */
bool nb_viz_plot_shows(const NbRecord *record, const NbRunInfo *run, int c, const char *title,
                       const NbPlotView *view);
/* whether curves of more than one run have; */
bool nb_viz_plot_several(const NbRecord *record, const char *title, const NbPlotView *view);
/* and whether it is drawn there, or only its row of the legend stands. */
bool nb_viz_plot_hides(const NbPlotView *view, NbPlotCurve curve);
void nb_viz_plot_hide(NbPlotView *view, NbPlotCurve curve, bool hide);
/* Range of the finite values drawn, within fixed_x: lowest, highest, lowest above 0 (or 0); false
 * when there is none. *positive: all are above 0, but for 0 where a curve arrives there and stays.
 * Curves that end in NaN or infinity do not stretch the range of those that do not. */
bool nb_viz_plot_range(const NbRecord *record, const char *title, const NbPlotView *view,
                       double x[2], double y[3], bool *positive);
/* Where a row stands on the axis: its step, or the place of a variable. */
double nb_viz_plot_place(const NbRecord *record, int run, size_t row);
/* First row of a run at or after that place; its number of rows when there is none. */
size_t nb_viz_plot_row(const NbRecord *record, int run, double place);
/* "step 12", or "x = 0.5", of a step. */
const char *nb_viz_plot_at(const NbRecord *record, uint64_t step, int digits, char *buf,
                           size_t cap);
/* The run of a serial in the record, -1 when it is gone. */
int nb_viz_plot_run(const NbRecord *record, uint32_t serial);

/* As text: nb_viz_chart. */
NbStatus nb_viz_chart_write(const NbVizStyle *style, const NbRecord *record, const char *title,
                            FILE *out, NbErr *err);

#endif

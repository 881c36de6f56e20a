/* plot.h -- the picture of a run record: axes, curves, legend */
#ifndef NABLA_VIZ_PLOT_H
#define NABLA_VIZ_PLOT_H

#include <nabla/record.h>

#include "scene.h"

typedef enum NbLogAxis { NB_LOG_AUTO, NB_LOG_OFF, NB_LOG_ON } NbLogAxis;

/* What the person chose to see; all zero is everything, fitted. */
typedef struct NbPlotView {
    bool zoomed;           /* x0 … y1 hold, else they follow the data */
    double x0, x1, y0, y1; /* y as log10 on a log axis */
    NbLogAxis log;
    uint32_t toggled; /* columns shown that by themselves are not, and the other way round */
    bool pointer;     /* mark the sample nearest to the pointer at px, py */
    double px, py;
} NbPlotView;

/* Where the axes ended up, to turn px into numbers. */
typedef struct NbPlotFrame {
    double left, top, right, bottom; /* px */
    double x0, x1, y0, y1;
    bool log;
    size_t curves;
} NbPlotFrame;

/* The record as a picture of w × h px. The title names the columns shown ("f", "x, y"); the first
 * one when it names none. */
void nb_viz_scene_plot(NbScene *s, const NbRecord *record, const NbPlotView *view,
                       const NbMeasure *measure, const char *title, int digits, double w, double h,
                       NbPlotFrame *frame);

/* Shared with the text chart. */
/* Whether column c is drawn, by title and toggles. */
bool nb_viz_plot_shows(const NbRunInfo *run, int c, const char *title, uint32_t toggled);
/* Range of the finite values shown; false when there is none. *positive: all are > 0. */
bool nb_viz_plot_range(const NbRecord *record, const char *title, uint32_t toggled, double x[2],
                       double y[2], bool *positive);
/* Ticks at multiples of 1, 2 or 5 · 10^k inside [lo, hi], at most `most`; returns how many. */
int nb_viz_plot_ticks(double lo, double hi, int most, double *tick);
/* A tick's label, with as many decimals as the spacing needs. */
void nb_viz_plot_tick_text(double v, double spacing, char *buf, size_t cap);

#endif

/* frame.h -- what pictures with axes share: the frame, its axes, title, panels and legends */
#ifndef NABLA_VIZ_FRAME_H
#define NABLA_VIZ_FRAME_H

#include <nabla/record.h>

#include "axis.h"

/* Where the picture lies, px. */
typedef struct NbFrame {
    double left, top, right, bottom;
} NbFrame;

/* What follows is cut to the frame, until unclip. */
void nb_viz_frame_clip(NbScene *s, const NbFrame *f);
void nb_viz_frame_unclip(NbScene *s);
/* A box as large as the frame. */
NbPrim *nb_viz_frame_box(NbScene *s, const NbFrame *f);

typedef enum NbTickMark { NB_TICK_GRID, NB_TICK_OUTSIDE } NbTickMark;

/* Numbers at the divided axis, below the frame or at its left, each with a line through the frame
 * or a short one outside. */
void nb_viz_frame_axis_x(NbScene *s, const NbFrame *f, const NbAxis *x, NbTickMark mark);
void nb_viz_frame_axis_y(NbScene *s, const NbFrame *f, const NbAxis *y, NbTickMark mark);
/* What the horizontal axis counts, at the bottom of the picture. */
void nb_viz_frame_name_x(NbScene *s, const NbFrame *f, const char *name);
void nb_viz_frame_title(NbScene *s, const NbFrame *f, const char *title, double widest);
/* "f   step 12" */
void nb_viz_frame_title_step(NbScene *s, const NbFrame *f, const char *title, uint64_t step,
                             double widest);
/* A remark at the right of the title. */
void nb_viz_frame_remark(NbScene *s, double right, const char *text);

void nb_viz_line(NbScene *s, NbRole role, double x0, double y0, double x1, double y1);
NbPrim *nb_viz_disc(NbScene *s, NbRole role, double x, double y, double radius, int colour);
/* A box behind texts; two coats make it opaque. */
void nb_viz_panel(NbScene *s, double x, double y, double w, double h, double radius, int coats);
/* A piece of a curve before its name. */
void nb_viz_legend_line(NbScene *s, double x, double y, int colour, int dash);

/* --- runs, as pictures name them --- */
/* Colour of a run, the same in every window: it keeps it. */
int nb_viz_run_colour(uint32_t serial);
/* "sgd(lr=0.1)", or "sgd(lr=0.1), run 3" when another one of the record is called the same. */
const char *nb_viz_run_name(const NbRecord *record, const NbRunInfo *run, char *buf, size_t cap);
/* As short as still tells it from the others: "adam", "lr=0.1" of one of two sgd, "run 3". */
const char *nb_viz_run_brief(const NbRecord *record, const NbRunInfo *run, char *buf, size_t cap);
/* A number for a legend: four digits, or those of a projector. */
const char *nb_viz_legend_number(double v, int digits, char *buf, size_t cap);

#endif

/* surface_internal.h -- a surface being drawn, for its own files */
#ifndef NABLA_VIZ_SURFACE_INTERNAL_H
#define NABLA_VIZ_SURFACE_INTERNAL_H

#include "surface.h"

/* The picture below paths and marks. */
typedef struct SurfaceDraw {
    NbScene *s;
    NbSurfaceData *d;
    const NbSurfaceView *view;
    const NbSurfaceLook *look;
    NbSurfaceFrame *f;
    const NbGrid *g;
} SurfaceDraw;

/* --- surface_scale.c --- */
double surface_width(const NbSurfaceLook *look, const char *text, NbRole role);
/* A coordinate: no more digits than the picture's width can show. */
const char *surface_number(double v, double span, char *buf, size_t cap);

/* --- surface_frame.c --- */
void surface_frame(SurfaceDraw *w, double width, double height);
void surface_axes(SurfaceDraw *w);

#define SURFACE_BAR 22.0 /* px: width of the scale */

/* --- surface_bands.c: colours and lines between levels, where there is no value, the scale --- */
void surface_bands(SurfaceDraw *w);
void surface_bar(SurfaceDraw *w);

/* --- surface_arrows.c --- */
void surface_arrows(SurfaceDraw *w);
double
surface_arrow_room(const SurfaceDraw *w);  /* what the legend takes of the line; 0: not there */
void surface_arrow_legend(SurfaceDraw *w); /* at the right of the title */

/* --- surface_class.c: regions of classes and their points --- */
void surface_classes(NbScene *s, NbSurfaceData *d, const NbSurfaceLook *look,
                     const NbSurfaceFrame *f);
void surface_class_points(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f);

/* --- surface_path.c: one run with a path --- */
typedef struct SurfacePath {
    const NbRecord *record;
    NbRunInfo run;
    int r, column[2], colour;
} SurfacePath;

int surface_runs(const NbSurfaceData *d);
bool surface_path(const NbSurfaceData *d, int r, SurfacePath *p); /* false: it has none */
/* As much of it as is drawn: all, or up to a step. false: nothing. */
bool surface_path_shown(const NbSurfaceData *d, int r, SurfacePath *p);
/* Where the run was at a row, in px; false where it was nowhere. */
bool surface_path_at(const SurfacePath *p, const NbSurfaceFrame *f, size_t row, NbPoint *at);
/* The row at a step, or the last one before it. */
bool surface_path_row(const SurfacePath *p, uint64_t step, size_t *row);
void surface_paths(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f);

/* --- surface_legend.c --- */
void surface_lowest(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f);
#define SURFACE_ROW 26.0 /* px */
/* Below the picture, in the rows that the frame keeps. */
void surface_legend(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                    const NbSurfaceFrame *f);

/* --- surface_marks.c --- */
void surface_now(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f);
void surface_cursor(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f);
void surface_cross_hair(NbScene *s, const NbSurfaceView *v, const NbSurfaceFrame *f);
void surface_readout(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                     const NbSurfaceFrame *f);

#endif

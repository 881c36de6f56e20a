/* surface.h -- pictures over two variables: sampled grids, filled contours, paths, class regions */
#ifndef NABLA_VIZ_SURFACE_H
#define NABLA_VIZ_SURFACE_H

#include "contour.h"
#include "viz/picture/frame.h"

/* --- sampling --- */

/* Numbers at nx · ny points evenly spaced over a rectangle, rows from the bottom: v[(j·nx + i) ·
 * channels + c]. */
typedef struct NbGrid {
    int nx, ny, channels;
    double lo[2], hi[2];
    double *v; /* NULL: nothing yet */
} NbGrid;

/* Fills grids finer and finer: 17 × 13, 33 × 25, … and keeps the last one finished. */
typedef struct NbSampler {
    NbField *field; /* borrowed */
    NbGrid now;     /* finished; what is shown */
    NbGrid work;
    int stage, last; /* of work; the finest wanted */
    size_t at;       /* points of work looked at */
    bool running, failed;
    bool refused; /* failed for want of memory */
    double spent; /* ms on the present grid */
} NbSampler;

#define NB_STAGE_WINDOW 3 /* 129 × 97 */
#define NB_STAGE_FILE 4   /* 257 × 193 */

/* A rectangle to be sampled from stage `first` to `last`; false when out of memory. */
bool nb_viz_sampler_start(NbSampler *s, const double lo[2], const double hi[2], int first,
                          int last);
/* Samples for about ms milliseconds; true when a grid was finished. */
bool nb_viz_sampler_run(NbSampler *s, double ms);
void nb_viz_sampler_stop(NbSampler *s); /* what is finished stays */
void nb_viz_sampler_free(NbSampler *s);

/* The lowest point of a sampled field in the grid's rectangle. */
typedef struct NbLowest {
    bool found;
    double at[2], value;
} NbLowest;
/* By the simplex method of Nelder and Mead (1965) from the grid's lowest value; not found when
 * that lies on the border, or the field cannot be sampled now. */
void nb_viz_lowest(NbField *field, const NbGrid *g, NbLowest *low);

/* --- pictures --- */

typedef enum NbArrows { NB_ARROWS_DOWN, NB_ARROWS_UP, NB_ARROWS_OFF } NbArrows;

/* What the person chose to see. */
typedef struct NbSurfaceView {
    double lo[2], hi[2]; /* in sight */
    NbArrows arrows;
    bool bare;    /* without labels on the lines */
    bool equal;   /* one unit is as long on both axes: arrows stand on the lines */
    bool pointer; /* values at px, py are shown */
    double px, py;
    bool has_slope;
    double slope[3]; /* f and its gradient under the pointer */
    bool cursor;     /* a mark on every path at this step */
    uint64_t step;
    bool partly; /* paths end at this step; the rest stands as for all of them */
    uint64_t until;
} NbSurfaceView;

/* A surface with everything its picture needs. */
struct NbSurfaceData {
    NbSurface what; /* texts and points are its own copies */
    NbSurfaceView view;
    NbSampler sampler;
    NbLevels levels;
    NbLowest low;
    NbLoops loops; /* scratch */
    int *guess;    /* class the model gives to each data point; −1: not known */
    double *filled, *bad;
    size_t filled_cap, bad_cap;
    bool refused; /* memory for the levels or the guesses was */
};

/* The finished grid changed: chooses levels anew, or keeps those that still fit when `keep`. */
void nb_viz_surface_relevel(NbSurfaceData *d, bool keep);
/* Samples the whole rectangle at once, for files and texts: NB_EINTERRUPT when stopped. */
NbStatus nb_viz_surface_complete(NbSurfaceData *d, int stage, NbErr *err);

typedef struct NbSurfaceFrame {
    NbFrame px;
    double lo[2], hi[2];
    NbPoint label[96]; /* middles of the labels placed, their half widths beside them */
    double reach[96];
    int labels;
    NbPoint obstacle[512]; /* points of paths, which labels keep away from */
    int obstacles;
    int legend_rows;      /* kept free below */
    double aside;         /* px left free beside the axes, for equal scales */
    double width, height; /* of the whole picture */
} NbSurfaceFrame;

typedef struct NbSurfaceLook {
    const NbMeasure *measure;
    NbTheme theme; /* of the image of class regions; all else has roles */
    int digits;
} NbSurfaceLook;

/* What changes with the function and the rectangle in sight: bands, lines, arrows, axes. */
void nb_viz_scene_surface(NbScene *s, NbSurfaceData *d, const NbSurfaceLook *look, double w,
                          double h, NbSurfaceFrame *frame);
/* What lies over it: paths and legend, or data points. */
void nb_viz_scene_surface_over(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                               const NbSurfaceFrame *frame);

/* And over that: where the variables are, the linked cursor, the values under the pointer. */
void nb_viz_scene_surface_marks(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                                const NbSurfaceFrame *f);

/* Rows of the legend in a picture so wide and high: when others than the frame has room for, the
 * picture is to be made anew. */
int nb_viz_surface_legend_rows(const NbSurfaceData *d, const NbSurfaceLook *look, double w,
                               double h);

double nb_viz_surface_px(const NbSurfaceFrame *f, double x);
double nb_viz_surface_py(const NbSurfaceFrame *f, double y);

/* --- shared by the files of surfaces --- */

/* Columns of a run with the path, as named by the surface; false when it has none. */
bool nb_viz_surface_columns(const NbSurfaceData *d, const NbRunInfo *run, int column[2]);
/* Points of all paths, thinned to at most cap; how many. */
int nb_viz_surface_obstacles(const NbSurfaceData *d, const NbSurfaceFrame *f, NbPoint *at, int cap);
/* The path's sample nearest to px, py within reach: its step. */
bool nb_viz_surface_pick(const NbSurfaceData *d, const NbSurfaceFrame *f, double px, double py,
                         uint32_t *serial, uint64_t *step);
/* The value between the points of a one-channel grid; NaN outside. */
double nb_viz_grid_value(const NbGrid *g, int channel, double x, double y);
/* Class of scores, and how sure it is, 0 … 1. One score: above 0 is class 1. */
int nb_viz_class_of(const double *score, int channels, bool probabilities, double *confidence);
bool nb_viz_grid_probabilities(const NbGrid *g);
/* Asks the model for the classes of the data points themselves; false: not now, ask again. */
bool nb_viz_class_guesses(NbSurfaceData *d);
/* Data points of a class, and how many of them the model puts there. */
void nb_viz_class_count(const NbSurfaceData *d, int label, int *right, int *all);

/* As text; samples by itself. */
NbStatus nb_viz_surface_write(const NbVizStyle *style, NbSurfaceData *d, FILE *out, NbErr *err);

#endif

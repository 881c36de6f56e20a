/* export.h -- views in forms: a record for each view and each format, and what they share */
#ifndef NABLA_VIZ_EXPORT_H
#define NABLA_VIZ_EXPORT_H

#include "viz/diagram/layout.h"
#include "viz/diagram/model.h"
#include "viz/diagram/wrap.h"
#include "object.h"
#include "viz/picture/scene.h"

/* One picture or text being written. */
typedef struct NbJob {
    NbViz *viz;
    const NbExport *what;
    const struct NbViewForm *view;
    NbTheme theme;
    NbModel *model; /* of graphs */
    NbScene scene;  /* of pictures */
    Text out;
    double natural; /* of pictures: px, or pt of paper, for a px of the scene; 0: 1 */
    bool paper;     /* for a printed page */
    size_t count;   /* nodes written, where they are not those of the model */
    double w, h;    /* of pictures: px, or pt of paper */
    char size[80];  /* said about it: "620 × 380 px" */
} NbJob;

/* A view, as files show it. What it cannot be written as is NULL. A further view is a record of
 * this kind in a file of its own, a constant in NbView, and a row in export.c. */
typedef struct NbViewForm {
    const char *name, *noun; /* "plot" as view= takes it, "a plot" */
    bool graph;              /* job->model is made from what->root */
    double margin;           /* px around its scene */
    double pdf_mm;           /* usual width of a PDF; 0: 1 px is 0.75 pt */
    /* An error with a hint when there is nothing to write. */
    NbStatus (*ready)(const NbExport *what, NbErr *err);
    NbStatus (*scene)(NbJob *job, const NbMeasure *measure, NbErr *err); /* job->scene */
    NbStatus (*text)(NbJob *job, FILE *out, NbErr *err);
    NbStatus (*table)(NbJob *job, NbErr *err); /* comma-separated, job->out; sets job->size */
    void (*count)(const NbJob *job, char *said, size_t cap); /* "8 nodes", "3 runs" */
} NbViewForm;

extern const NbViewForm nb_viz_export_graph, nb_viz_export_plot, nb_viz_export_surface,
    nb_viz_export_boundary;

/* What a format is written from: something the view must offer. */
typedef enum NbSource { NB_FROM_SCENE, NB_FROM_GRAPH, NB_FROM_TEXT, NB_FROM_TABLE } NbSource;

enum {
    NB_TAKES_WIDTH = 1,
    NB_TAKES_THEME = 2,
    NB_TAKES_HIDE = 4,
    NB_TAKES_DIRECTION = 8,
    NB_TAKES_BLANK = 16, /* values, and single nodes */
    NB_TAKES_LOCAL = 32,
    NB_TAKES_PRECISION = 64,
    NB_ANY_SIZE = 128 /* no option: it lists a graph, however large, and draws nothing */
};

/* A format: one function that fills job->out, and a row at the end of its file, in a list that ends
 * with a row without ending. A further file's list is a word in export.c. */
typedef struct NbFormat {
    const char *ending, *mime, *doc; /* "png", "image/png", what it is and is for */
    NbSource from;
    unsigned takes; /* options, and NB_ANY_SIZE */
    NbStatus (*write)(NbJob *job, NbErr *err);
} NbFormat;

/* nb_viz_render whose errors name the file it is for. */
NbStatus nb_viz_render_as(NbViz *viz, const char *form, const char *path, const NbExport *what,
                          NbRendered *out, NbErr *err);

/* NB_TAKES_… of the form of this view with such an ending; 0 where there is none. */
unsigned nb_viz_takes(NbView view, const char *ending);

/* --- for writers --- */
/* "×", or "x" without Unicode. */
const char *nb_viz_times_sign(const NbJob *job);
/* The view's scene, in job->scene; the painter that measured it, or NULL with *err set. */
NbPainter *nb_viz_export_build(NbJob *job, NbErr *err);
/* What a graph is to fill. */
NbPage nb_viz_export_page(const NbJob *job);
/* Boxes of the job's model and where they stand: *size (m->nnodes of them, freed by the caller)
 * and *g. Waits for the worker. */
NbStatus nb_viz_place(NbJob *job, const NbMeasure *measure, NbPoint **size, NbGeometry **g,
                      NbErr *err);

#endif

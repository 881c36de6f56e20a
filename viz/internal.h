/* internal.h -- the viz object and what its parts offer each other */
#ifndef NABLA_VIZ_INTERNAL_H
#define NABLA_VIZ_INTERNAL_H

#include "buf.h"
#include "layout.h"
#include "model.h"
#include "paint.h"
#include "viz.h"

struct NbViz {
    NbVizHost host;
    NbVizStyle style;
    NbPainter *painter;        /* NULL until something is drawn */
    NbLayouter *layouter;      /* of exports; NULL until needed */
    int graph_depth;           /* asked for, + 1; 0: as it is */
    struct NbWindows *windows; /* NULL until the first window; see window.h */
    struct {
        bool set;
        uint32_t run;
        uint64_t step;
    } cursor;
};

/* The painter, made when first asked for; NULL with *err set when cairo cannot be loaded. */
NbPainter *nb_viz_painter(NbViz *viz, NbErr *err);

/* Hands the model's nodes and edges, boxes of the given sizes, to the layouter. */
NbStatus nb_viz_layout_model(NbLayouter *l, const NbModel *m, const NbPoint *size, bool upright,
                             NbErr *err);

NbStatus nb_viz_tree_write(const NbVizHost *host, const NbVizStyle *style, NbVar *root,
                           bool hide_grad, FILE *out, NbErr *err);
NbStatus nb_viz_chart_write(const NbVizStyle *style, const NbRecord *record, const char *title,
                            FILE *out, NbErr *err);

/* Windows end with the viz object. */
void nb_viz_windows_free(NbViz *viz);
void nb_viz_windows_restyle(NbViz *viz);

#endif

/* window_graph.h -- the graph window's state, shared by its files */
#ifndef NABLA_VIZ_WINDOW_GRAPH_H
#define NABLA_VIZ_WINDOW_GRAPH_H

#include "lamps.h"
#include "window.h"

/* A model with everything that belongs to it. */
typedef struct Snapshot {
    NbVar *root; /* a reference: the model borrows from it */
    NbModel *model;
    NbPoint *size;
    NbGeometry *geometry;
} Snapshot;

typedef struct GraphView {
    NbVar *root;
    char *title;
    Snapshot shown;  /* drawn now */
    Snapshot coming; /* waits for its layout */
    NbLayouter *layouter;
    NbScene scene; /* of shown */
    NbScene legend;
    NbLamps lamps; /* lit by a walk */
    bool fitted;   /* the person has not moved or zoomed */
    bool again;    /* changed while a layout was running */
    double zoom, left, top;
    int hover; /* node, -1 none */
    char failed[NB_MSG_MAX + NB_HINT_MAX + 4];
} GraphView;

void nb_viz_graph_draw_lamps(NbWindow *win, GraphView *v, cairo_t *cr);

#endif

/* object.h -- the viz object: what is made once for all pictures and windows */
#ifndef NABLA_VIZ_OBJECT_H
#define NABLA_VIZ_OBJECT_H

#include "viz/diagram/layout.h"
#include "viz/picture/paint.h"
#include "viz/viz.h"

struct NbViz {
    NbVizHost host;
    NbVizStyle style;
    NbPainter *painter;   /* NULL until something is drawn */
    NbLayouter *layouter; /* of exports; NULL until needed */
    int graph_depth;      /* asked for, + 1; 0: as it is */
    /* windows, from the first one on: they end with the object, and follow it */
    struct NbWindows *windows; /* see window_host.h */
    void (*windows_free)(NbViz *viz);
    void (*windows_changed)(NbViz *viz);
    struct {
        bool set;
        uint32_t run;
        uint64_t step;
    } cursor;
};

/* The painter, made when first asked for; NULL with *err set when what draws cannot be loaded. */
NbPainter *nb_viz_painter(NbViz *viz, NbErr *err);

#endif

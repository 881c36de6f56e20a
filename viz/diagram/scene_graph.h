/* scene_graph.h -- placed graphs as scenes: nodes, edges, legend, cards */
#ifndef NABLA_VIZ_SCENE_GRAPH_H
#define NABLA_VIZ_SCENE_GRAPH_H

#include "layout.h"
#include "model.h"
#include "viz/picture/scene.h"

/* Sizes of the boxes of a model, m->nnodes of them. */
void nb_viz_graph_sizes(const NbModel *m, const NbMeasure *measure, NbPoint *size);
/* The placed graph; g may be of an earlier model of the same topology. */
void nb_viz_scene_graph(NbScene *s, const NbModel *m, const NbGeometry *g, const NbMeasure *measure,
                        const NbPoint *size);
/* One edge of it. */
NbPrim *nb_viz_scene_edge(NbScene *s, const NbModel *m, const NbGeometry *g, size_t i, NbRole role);
NbPrim *nb_viz_scene_heat(NbScene *s, const NbHeat *heat, double x, double y, double w,
                          double h); /* borrowed until the next call */
/* The same seen from far: boxes in the colour of their gradient, with large names. */
void nb_viz_scene_graph_far(NbScene *s, const NbModel *m, const NbGeometry *g, const NbPoint *size);
/* Legend of the gradient scale, staleness; at x, y downwards, without what would be beyond `right`.
 * Returns its height, 0 when empty. */
double nb_viz_scene_legend(NbScene *s, const NbModel *m, const NbMeasure *measure, int digits,
                           double x, double y, double right);
/* What is known of a node's variable, on a panel of s->w : s->h at 0, 0. */
void nb_viz_scene_card(NbScene *s, const NbNode *node, const NbVizStyle *style,
                       const NbMeasure *measure);
/* The card shown instead of a graph too large to draw. */
void nb_viz_scene_summary(NbScene *s, const NbModel *m, const NbMeasure *measure,
                          const char *title);

#endif

/* lamps.h -- lights on nodes of a graph: kept apart from the picture, drawn over it */
#ifndef NABLA_VIZ_LAMPS_H
#define NABLA_VIZ_LAMPS_H

#include "scene_graph.h"

/* A light as kept: nodes are known by serial, so that none is held alive. */
typedef struct NbLamp {
    uint64_t serial;
    NbLightKind kind;
    char note[120];
} NbLamp;

typedef struct NbLamps {
    NbLamp *lamp;
    int n;
    bool backward;
} NbLamps;

/* false when out of memory: then none is lit. */
bool nb_viz_lamps_set(NbLamps *l, const NbLight *light, int n, bool backward);
bool nb_viz_lamps_at_work(const NbLamps *l, const NbNode *node);   /* the variable being done */
bool nb_viz_lamps_concerned(const NbLamps *l, const NbNode *node); /* it, or an operand */
void nb_viz_lamps_free(NbLamps *l);                                /* leaves it empty */

/* Rims around the lit nodes, the edges between the node at work and its operands, and notes where
 * they hide least; larger ones over a picture seen from far. */
void nb_viz_scene_lamps(NbScene *s, const NbLamps *l, const NbModel *m, const NbGeometry *g,
                        const NbPoint *size, const NbMeasure *measure, bool far);

#endif

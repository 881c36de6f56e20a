/* flow.h -- a graph with all its operations and the contributions of one backward sweep */
#ifndef NABLA_VIZ_FLOW_H
#define NABLA_VIZ_FLOW_H

#include "layout.h"
#include "model.h"

/* What exported data and pages are made from. Every operation and folded number is a node of the
 * model; edges into an operation are its operands in order. */
typedef struct NbFlow {
    NbModel *m;
    uint64_t *serial; /* of the variables, ascending: the k-th is n1, n2, … in files */
    size_t nvars;
    size_t *place;      /* of those variables in m->node */
    size_t *input_edge; /* of an operation's place: its first operand's edge, the rest follow */
    NbContributions *c; /* NULL when there is none */
    const char *why;    /* then the reason: "stale", "untracked", "not a scalar", "hidden" */
} NbFlow;

/* New; the session is left as it is. NULL with *err set: out of memory, interrupted, or more
 * variables than are written. Borrows root's variables. */
NbFlow *nb_viz_flow_new(NbVar *root, const NbVizStyle *style, bool hide_grad, NbErr *err);
void nb_viz_flow_free(NbFlow **f);

/* Nodes in columns by their distance from the leaves, for graphs that no layout is made of: quick
 * at any size. New, without routes of edges. */
NbStatus nb_viz_flow_layers(const NbFlow *f, const NbPoint *size, NbGeometry **out, NbErr *err);

/* Number of a variable, from 1; 0 when it is not in the graph. */
size_t nb_viz_flow_number(const NbFlow *f, uint64_t serial);
/* The edge of m->edge that a contribution runs along, backwards. */
size_t nb_viz_flow_edge(const NbFlow *f, const NbContribution *e);

#endif

/* step.h -- what a step of an optimizer needs of the leaves that it moves */
#ifndef NABLA_GRAPH_STEP_H
#define NABLA_GRAPH_STEP_H

#include <nabla/var.h>

/* The numbers of a leaf and of its gradient, to be written and read in place. */
typedef struct NbMoved {
    double *p;
    const double *g;
    int64_t n;
    bool scalar; /* both lie in the leaf, and stay there while nb_all_scalar holds */
} NbMoved;

/* false when v has no gradient. */
bool nb_moved(NbVar *v, NbMoved *m);
/* Scalars, each with a gradient of its own that is no graph. */
bool nb_all_scalar(NbVar *const *v, size_t n);
/* The leaves are about to be written: reported to the touch hook; one stamp for all. */
void nb_moving(NbCtx *ctx, NbVar *const *v, size_t n);

#endif

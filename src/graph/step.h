/* step.h -- what a step of an optimizer needs of the leaves that it moves */
#ifndef NABLA_GRAPH_STEP_H
#define NABLA_GRAPH_STEP_H

#include <nabla/var.h>

/* The numbers of a leaf and of its gradient, to be written and read in place. */
typedef struct NbMoved {
    double *p;
    const double *g;
    int64_t n;
    bool scalar; /* both lie in the leaf, and stay there while they are scalars */
} NbMoved;

/* false when v has no gradient. */
bool nb_moved(NbVar *v, NbMoved *m);
/* Tells what the numbers of v are, or are to be, after a step with gradient g: at `first` and as
 * many as `count` they are not finite. NB_ENONFINITE when that is an error. */
NbStatus nb_moved_nonfinite(NbVar *v, const double *numbers, const double *g, int64_t first,
                            int64_t count);
/* The leaves are about to be written: reported to the touch hook; one stamp for all. False, and no
 * stamp yet, where NaN is an error, so that they may not be written after all. */
bool nb_moving(NbCtx *ctx, NbVar *const *v, size_t n);
/* The same, and false, where they are not all scalars with a gradient that is no graph. */
bool nb_moving_scalars(NbCtx *ctx, NbVar *const *v, size_t n);
void nb_have_moved(NbCtx *ctx, NbVar *const *v, size_t n); /* one stamp for all */

#endif

/* made_of.h -- the operations that sweeps are made of, handed to the context when it is made */
#ifndef NABLA_GRAPH_MADE_OF_H
#define NABLA_GRAPH_MADE_OF_H

#include <nabla/op.h>

typedef struct NbSweepOps {
    const NbOp *add;                   /* sums of gradients that are graphs */
    const NbOp *sum_to, *broadcast_to; /* a rule's result in its operand's shape */
    const NbOp *where;                 /* see over_leaf in grad.c */
} NbSweepOps;

/* What nb_ctx_new is; the ops are borrowed. */
NbCtx *nb_graph_ctx_new(const NbSweepOps *ops);

#endif

/* graph.h -- what is done with a recorded graph: order, forward, backward, staleness */
#ifndef NABLA_GRAPH_H
#define NABLA_GRAPH_H

#include <nabla/var.h>

/* Nodes behind a root in creation order (inputs before users), and the leaves among them.
 * Cached on the root; borrowed, valid until the root is released or anything is unchained. */
typedef struct NbTape {
    NbVar **node; /* inner variables, oldest first; the root is the last */
    size_t nnodes;
    NbVar **leaf; /* leaves, oldest first */
    size_t nleaves;
    NbVar **other; /* const and plain operands that are nodes, oldest first */
    size_t nother;
} NbTape;

/* NULL with the error set when out of memory. A root without operation has no nodes. */
const NbTape *nb_graph_tape(NbVar *root);

/* True when a value behind v changed since v was computed. *changed (may be NULL) gets up to
 * `cap` leaves or consts that were written, *n how many. */
bool nb_var_stale(NbVar *v, NbVar **changed, int cap, int *n);

/* What one replay did. */
typedef struct NbReplay {
    size_t recomputed;
    uint32_t branch; /* line of the first mark on a recomputed node; 0 none */
} NbReplay;

/* Recomputes what is stale behind root, in place, in creation order, allocating nothing.
 * With all = true everything is recomputed. Dropout masks behind root are drawn again first
 * (nb_ctx_keep_masks; all ones in test mode). *what may be NULL. */
NbStatus nb_forward(NbVar *root, bool all, NbReplay *what);

typedef struct NbSweep {
    const NbTensor *seed; /* NULL: 1; required when root has more than one element */
    bool create_graph;    /* gradients become graphs that can be differentiated */
    bool drop_inner;      /* retain_grad=false: inner gradients are not kept for display */
    bool replace;         /* leaf gradients replace what was there instead of adding */
} NbSweep;

/* Adds ∂root/∂leaf to every leaf behind root. NB_ESTALE before any gradient is touched when a
 * value changed; leaves keep their gradients when interrupted. options may be NULL. */
NbStatus nb_backward(NbVar *root, const NbSweep *options);

/* Frees reference cycles made by create_graph that nothing outside holds. Runs by itself as they
 * accumulate; call it to be exact about memory. */
void nb_collect_cycles(NbCtx *ctx);

#endif

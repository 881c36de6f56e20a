/* graph.h -- what is done with a recorded graph: order, forward, backward, staleness */
#ifndef NABLA_GRAPH_H
#define NABLA_GRAPH_H

#include <nabla/var.h>

#ifdef __cplusplus
extern "C" {
#endif

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
/* The same in *stale; out of memory is an error, for nb_var_stale it is false. */
NbStatus nb_var_find_stale(NbVar *v, bool *stale, NbVar **changed, int cap, int *n);

/* The same of n variables in stale[0 … n-1], by one walk through all that is behind them. */
NbStatus nb_vars_find_stale(NbCtx *ctx, NbVar *const *v, size_t n, bool *stale);

/* True when a value that the gradient of v depends on changed since it was computed: anything that
 * the sweep from its root read, for as long as that root is there, or else what is behind v. */
bool nb_var_grad_stale(NbVar *v, NbVar **changed, int cap, int *n);

/* The line of a condition, count or index that decided how v was made by a variable, *by, that was
 * written since; 0 none. by may be NULL. */
uint32_t nb_var_repeats(NbVar *v, NbVar **by);

/* What one replay did. */
typedef struct NbReplay {
    size_t recomputed;
    uint32_t branch; /* line of a decision that was repeated though it may be another now; 0 none */
} NbReplay;

/* Recomputes what is stale behind root, in place, in creation order, allocating nothing.
 * With all = true everything is recomputed. Dropout masks behind root are drawn again first
 * (nb_ctx_keep_masks; all ones in test mode). *what may be NULL. */
NbStatus nb_forward(NbVar *root, bool all, NbReplay *what);

/* For loops that keep results: in what v was computed from since `pass`, edges to variables without
 * gradient made between the serials `loop` and `pass` are replaced by constants with their values,
 * and so are the terms without gradient of a sum that goes through the passes. What used them
 * carries the mark `line`. */
NbStatus nb_var_settle(NbVar *v, uint64_t loop, uint64_t pass, uint32_t line);

typedef struct NbSweep {
    const NbTensor *seed; /* NULL: 1; required when root has more than one element */
    bool create_graph;    /* gradients become graphs that can be differentiated */
    bool drop_inner;      /* retain_grad=false: inner gradients are not kept for display */
    bool replace;         /* leaf gradients replace what was there instead of adding */
} NbSweep;

/* Adds ∂root/∂leaf to every leaf behind root. NB_ESTALE before any gradient is touched when a
 * value changed; leaves keep their gradients when interrupted. options may be NULL. */
NbStatus nb_backward(NbVar *root, const NbSweep *options);

/* out[0…n): new variables, ∂root/∂x[i] times seed (NULL: 1, required as in NbSweep), in the shape
 * of x[i], zeros where root does not depend on it; on an error all NULL. No gradient that is held
 * changes. x[i]: leaves or inner variables. With `graph` they can be differentiated again, else
 * (and inside nograd) they are const. */
NbStatus nb_gradients(NbVar *root, const NbTensor *seed, bool graph, NbVar *const *x, int n,
                      NbVar **out);

/* --- derivatives in one call; no gradient that is held changes --- */

/* New variable ∂f/∂x of one number f, in the shape of x; it can be differentiated again (under
 * nograd it is const). NULL with nb_ctx_err set. */
NbVar *nb_grad(NbVar *f, NbVar *x);
/* New const: the derivative of each element of f by each of x, with the axes of f followed by those
 * of x. NB_ESHAPE when these are more than NB_MAX_RANK. */
NbVar *nb_jacobian(NbVar *f, NbVar *x);
/* out[i]: new const, the Hessian of one number f by all x together, times the vector whose parts
 * are v[i], of the shape of x[i]; on an error all NULL. */
NbStatus nb_hvp(NbVar *f, NbVar *const *x, NbVar *const *v, int n, NbVar **out);
/* Compares ∂f/∂x[i] with central differences, for leaves x[i]; values, gradients and dropout masks
 * are afterwards as they were. *worst: the largest |difference| / max(1, |difference quotient|). */
NbStatus nb_gradcheck(NbVar *f, NbVar *const *x, int n, double *worst);
/* Forgets the gradients of all leaves and inner variables behind root, its own included. */
NbStatus nb_clear_grads(NbVar *root);

/* --- a sweep looked at edge by edge --- */

/* A gradient or a part of one: a tensor, or (tensor NULL) the number of a scalar. */
typedef struct NbAmount {
    double num;
    NbTensor *tensor; /* borrowed; perhaps strided */
} NbAmount;

/* What a sweep adds to one operand's gradient through one use of it: the chain rule's factors and
 * the sum, for scalars  upstream · local = product,  before + product = after. */
typedef struct NbContribution {
    NbVar *node;  /* the result whose operation is differentiated; borrowed */
    int input;    /* which operand of it: nb_var_input(node, input).var is `to` */
    NbVar *to;    /* the operand that receives; borrowed */
    bool first;   /* nothing has reached `to` before in this sweep: it stores, later ones add */
    bool scalars; /* node and operand are scalars: `local` holds */
    double local; /* ∂node/∂operand; NaN unless scalars */
    NbAmount upstream; /* ∂root/∂node, complete */
    NbAmount product; /* upstream · local, of tensors the vector-Jacobian product, in to's shape */
    NbAmount before;  /* the sum in `to` so far; 0 (tensor NULL) when first */
    NbAmount after;   /* the sum with this part */
} NbContribution;

typedef struct NbContributions {
    NbVar *root;                /* a reference is kept */
    const NbContribution *edge; /* in the order of backward: newest node first, operands in order */
    size_t n;
} NbContributions;

/* New: all contributions of one sweep from `seed` (NULL: 1; required as in NbSweep), computed
 * apart from the graph: no value, gradient, mark or hook of it is touched, nothing is reported.
 * NULL with the error that nb_backward(root) would give (stale, no variable behind it, seed), or
 * when out of memory or interrupted. All numbers are exactly those of nb_backward without
 * create_graph: the last `after` of an inner node is the gradient it shows afterwards, that of a
 * leaf is what is added to its gradient.
 *
 * One step of a walk is a run of entries with the same `node`; the parts of ∂root/∂x are the
 * entries with to == x. Operands that take no gradient (consts, folded numbers) have no entry,
 * nor has an operand its node does not depend on. x*x has two entries for x. Nodes are borrowed
 * from the graph behind root: valid until something there is unchained. */
NbContributions *nb_contributions(NbVar *root, const NbTensor *seed);
/* The whole of ∂root/∂v in this sweep, borrowed; NULL when none reaches v. */
const NbAmount *nb_contributions_total(const NbContributions *c, const NbVar *v);
void nb_contributions_free(NbContributions **c); /* accepts NULL, leaves NULL */

/* One product alone, from any gradient by node, on the values that are there, stale or not: for
 * showing what goes wrong in other sweeps. *product is new (nb_amount_free); 0, or for a tensor
 * all zeros, when node does not depend on the operand, which must be tracked. */
NbStatus nb_contribution_from(NbVar *node, int input, const NbAmount *upstream, NbAmount *product);
void nb_amount_free(NbAmount *a); /* leaves it 0 */

/* Position of x in a list by age, such as those of a tape; n when it is not there. */
size_t nb_vars_find(NbVar *const *v, size_t n, const NbVar *x);

/* Copies of a graph, in the order of its tape's nodes; references. */
typedef struct NbCopies {
    NbVar **node;
    size_t n;
} NbCopies;

/* New: root applied again to what from[i] is replaced with, to[i] (borrowed). Every inner variable
 * behind root is made anew from the numbers there are now, with all others (leaves that are not in
 * `from`, consts) as they are; the graph itself is not touched, windows go on showing it. from: by
 * age, each of them once. Dropout masks are copied as constants; in test mode they are made anew,
 * all ones. *all (may be NULL) gets the copies, to be given back by nb_copies_free. Under nograd
 * the copies have no edges. NULL with nb_ctx_err set, NB_EINTERRUPT among them. */
NbVar *nb_graph_substitute(NbVar *root, NbVar *const *from, NbVar *const *to, size_t n,
                           NbCopies *all);
void nb_copies_free(NbCopies *c); /* leaves it empty */

/* Frees reference cycles made by create_graph that nothing outside holds. Runs by itself as they
 * accumulate; call it to be exact about memory. */
void nb_collect_cycles(NbCtx *ctx);

#ifdef __cplusplus
}
#endif

#endif

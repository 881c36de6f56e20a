/* var.h -- variables: the nodes of the graph, their values, gradients and life */
#ifndef NABLA_VAR_H
#define NABLA_VAR_H

#include <nabla/context.h>
#include <nabla/op.h>
#include <nabla/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A variable has a value (a scalar is held in the node itself, others in a tensor), perhaps a
 * gradient, and, when an operation made it, that operation and edges to older variables.
 *   plain   made from numbers alone; not tracked (an unbound literal tensor, a random draw)
 *   const   not tracked, and never becomes a leaf by being named
 *   leaf    tracked, made by no operation: what gradients are for
 *   inner   tracked, made by an operation from at least one tracked input
 * Inner variables that depend on others by steps alone take no gradient: results of operations with
 * NB_OP_STEPS (comparisons, argmax), masks drawn at random, and all that is computed from nothing
 * else that is tracked. They are part of the graph as others are: replayed, stale, shown. */
typedef enum NbKind { NB_PLAIN, NB_CONST, NB_LEAF, NB_INNER } NbKind;

/* --- making: new, or NULL with nb_ctx_err set --- */
NbVar *nb_var_scalar(NbCtx *ctx, double v, NbKind kind); /* kind: plain, const or leaf */
/* Takes t, which must not be shared when the kind is leaf (nb_tensor_sole). A tensor of rank 0 is
 * copied into the node and released. */
NbVar *nb_var_tensor(NbCtx *ctx, NbTensor *t, NbKind kind);
/* New, with a copy of as many numbers as the shape has, row-major; NULL: zeros. */
NbVar *nb_var_array(NbCtx *ctx, const NbShape *s, const double *numbers, NbKind kind);
/* Copies the value to `numbers`, row-major, n of them: NB_ESHAPE when it has another number of
 * elements. */
NbStatus nb_var_numbers(const NbVar *v, double *numbers, int64_t n);
/* Writes n numbers, row-major, into v as nb_var_assign does, whatever its shape. */
NbStatus nb_var_assign_numbers(NbVar *v, const double *numbers, int64_t n);
/* New leaf or const with a copy of v's value, cut from the graph. */
NbVar *nb_var_copy(const NbVar *v, NbKind kind);
/* New const with a copy of the value: detach(x), x.data. */
NbVar *nb_var_detach(const NbVar *v);

NbVar *nb_var_ref(NbVar *v);  /* returns v; NULL is allowed */
void nb_var_unref(NbVar **v); /* accepts NULL, leaves NULL; releases graphs of any depth by loop */

/* Turns a plain variable held by nobody else into a leaf or const in place (what `=` does);
 * false when it is shared, so that the caller copies. */
bool nb_var_adopt(NbVar *v, NbKind kind);

/* --- looking: all borrowed --- */
NbCtx *nb_var_ctx(const NbVar *v);
NbKind nb_var_kind(const NbVar *v);     /* an inner one that was cut is const */
bool nb_var_tracked(const NbVar *v);    /* leaf or inner */
bool nb_var_takes_grad(const NbVar *v); /* tracked, and not by steps alone */
bool nb_var_is_scalar(const NbVar *v);  /* rank 0 */
double nb_var_value(const NbVar *v); /* of a rank 0 variable; else the first element; of NULL NaN */
/* The value as a tensor: the variable's own, or *tmp wrapped around its scalar; without tmp NULL.
 */
const NbTensor *nb_var_data(const NbVar *v, NbTensor *tmp);
const NbShape *nb_var_shape(const NbVar *v); /* rank 0 for a scalar */
uint64_t nb_var_serial(const NbVar *v);      /* creation order */
uint32_t nb_var_refs(const NbVar *v);        /* references held, edges included */
uint32_t nb_var_branch(const NbVar *v);      /* its mark, see nb_ctx_branch; 0 none */

const NbOp *nb_var_op(const NbVar *v); /* NULL for leaves, consts, plain, and cut variables */
int nb_var_inputs(const NbVar *v);     /* number of inputs, folded numbers included */
/* Input i: .var, or NULL and the folded number in .num (the 2 of x^2). Beyond the last
 * NB_VAR(NULL), which is an error when applied. */
NbArg nb_var_input(const NbVar *v, int i);
const NbAttrs *nb_var_attrs(const NbVar *v); /* NULL when the operation has none */

/* --- names: one per node --- */
const char *nb_var_name(const NbVar *v); /* interned, or NULL */
bool nb_var_name_is_local(const NbVar *v);
/* Names an unnamed node; a session name (local = false) replaces a function's local name.
 * `name` must come from nb_intern; NULL removes the name. */
void nb_var_set_name(NbVar *v, const char *name, bool local);

/* --- gradients --- */
bool nb_var_has_grad(const NbVar *v);     /* none is not zero */
double nb_var_grad_value(const NbVar *v); /* of a rank 0 variable; 0 without gradient */
/* The gradient as a tensor (v's own or *tmp), NULL without one. */
const NbTensor *nb_var_grad_data(const NbVar *v, NbTensor *tmp);
/* x.grad as a variable: new reference; const, or part of the graph after create_graph. NULL
 * without error when there is none. What it returns never changes afterwards. */
NbVar *nb_var_grad(const NbVar *v);
bool nb_var_grad_is_graph(const NbVar *v); /* held as a graph by backward with create_graph */
NbStatus nb_var_set_grad(NbVar *v, const NbTensor *g); /* copies g; shapes must match */
/* Makes g, which nb_var_grad(v) gave, the gradient again; needs no memory for that. */
NbStatus nb_var_put_grad(NbVar *v, NbVar *g);
void nb_var_clear_grad(NbVar *v); /* forgets it; reports to the touch hook when there was one */
/* What the last sweep added to a gradient that was there before it, not rounded by the addition
 * (v's own or *tmp): right after nb_backward, of a leaf it reached. NULL when it is not known. */
const NbTensor *nb_var_grad_added(const NbVar *v, NbTensor *tmp);
/* How many sweeps added to the gradient since it was last cleared; 0 without one. */
uint32_t nb_var_grad_sweeps(const NbVar *v);

/* --- writing in place (`:=`) --- */
/* Copies value into v, shapes equal, v a leaf or const (or a view of one). Takes a stamp: what was
 * computed from v is stale. NB_ESHAPE, NB_ETYPE for a computed variable. */
NbStatus nb_var_assign(NbVar *v, const NbTensor *value);
/* The same for a variable of rank 0. */
NbStatus nb_var_assign_scalar(NbVar *v, double value);
/* The part of v that `attrs` of the index operation selects; value broadcast to it. */
NbStatus nb_var_assign_part(NbVar *v, const NbAttrs *index, const NbTensor *value);
/* For optimizers: the numbers to update, then one stamp for the write. */
/* Contiguous storage of a leaf, NULL of what is computed; reports to the touch hook. */
double *nb_var_write_begin(NbVar *v);
void nb_var_write_end(NbVar *v);

/* Cuts the graph behind root: every inner variable there, root included, keeps its value, becomes
 * a const that is never stale, and lets go of its operands. */
NbStatus nb_var_unchain(NbVar *root);

#ifdef __cplusplus
}
#endif

#endif

/* ops.h -- what operation files share: each other's records, options, index support */
#ifndef NB_OPS_OPS_H
#define NB_OPS_OPS_H

#include <nabla/grad.h>
#include <nabla/op.h>

/* --- records, in the order of help; X(file-local name) --- */
/* clang-format off */
#define NB_OPS(X)                                                                                  \
    X(add) X(sub) X(mul) X(div) X(mod) X(pow) X(neg)                                               \
    X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh)                           \
    X(exp) X(log) X(sqrt) X(abs) X(sign) X(square)                                                   \
    X(floor) X(ceil) X(round) X(floordiv) X(log2) X(log10)                                         \
    X(relu) X(leaky_relu) X(sigmoid) X(softplus) X(gelu)                                           \
    X(softmax) X(log_softmax) X(logsumexp)                                                         \
    X(sum) X(mean) X(variance) X(max) X(min) X(argmax) X(prod) X(norm)                             \
    X(reshape) X(transpose) X(squeeze) X(unsqueeze) X(broadcast_to) X(sum_to) X(concat)            \
    X(stack) X(clip) X(where) X(mask_fill) X(flip) X(tile)                                         \
    X(matmul) X(dot) X(linear) X(solve) X(inv) X(det) X(cofactors)                                         \
    X(mse) X(cross_entropy) X(bce) X(mae) X(huber) X(accuracy)                                     \
    X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(not) X(and) X(or)                                        \
    X(zeros) X(ones) X(full) X(eye) X(arange) X(linspace) X(rand) X(randn) X(normal)               \
    X(zeros_like) X(ones_like) X(one_hot) X(dropout)

/* Not callable by name: what indexing and gradient rules are made of. Those without dependence on
 * their operand (masks, counts) are operations all the same, so that a replay renews them. */
#define NB_OPS_HIDDEN(X)                                                                           \
    X(index) X(scatter) X(pow_d) X(sech2) X(asin_slope) X(logistic_slope) X(per_square) X(expm1) X(step) X(prefer) X(inside) X(peak) X(masked) \
    X(dropped) X(div0) X(untile) X(label_grad) X(label_weight) X(dropout_mask) X(gather) X(gather_add) X(cofactors_along) X(leaky_relu_by) X(clip_by) X(mask_fill_by) X(huber_by) X(dropout_by) X(dropout_mask_by)
/* clang-format on */

#define NB_DECLARE_OP(name) extern const NbOp nb_op_##name;
NB_OPS(NB_DECLARE_OP)
NB_OPS_HIDDEN(NB_DECLARE_OP)

/* --- options --- */
/* num[i] of a, or the fallback when the operation was applied without options. */
double nb_opt(const NbAttrs *a, int i, double fallback);
/* Axes as bits; all of them when none are given. a may be NULL. */
unsigned nb_axes_mask(const NbAttrs *a, int rank);
/* Shape rule helper: negative axes counted from the end, duplicates refused. The axes are those of
 * x, or of a result with `more` axes than x. */
NbStatus nb_axes_normalize(NbAttrs *a, const NbShape *x, int more, NbErr *err);
/* The axes in mask as an option; keepdims as given. */
void nb_attrs_reduce(NbAttrs *a, unsigned mask, bool keepdims);
/* Shape after reducing the axes in mask. */
NbShape nb_reduced_shape(const NbShape *s, unsigned mask, bool keepdims);
/* Fails unless 0 <= v and v is an integer. */
NbStatus nb_opt_count(const char *name, const char *option, double v, NbErr *err);

/* --- gradient rules --- */
/* Operand i is a number folded into the node, in *num. */
bool nb_g_folded(NbGrad *G, int i, double *num);
NbVar *nb_g_reshape(NbGrad *G, NbVar *x, const NbShape *s);
NbVar *nb_g_broadcast(NbGrad *G, NbVar *x, const NbShape *s);
/* The last two axes exchanged. */
NbVar *nb_g_swap_last(NbGrad *G, NbVar *x);
/* Sums the leading axes of x that the shape s has not, or has with size 1. x may be NULL. */
NbVar *nb_g_summed_to(NbGrad *G, NbVar *x, const NbShape *s);
/* x summed over the axes in mask, keeping them with size 1. */
NbVar *nb_g_sum_keep(NbGrad *G, NbVar *x, unsigned mask);
/* A reduced result (or its gradient) with the reduced axes put back as size 1. */
NbVar *nb_g_restore(NbGrad *G, NbVar *reduced, const NbShape *full, unsigned mask);
/* The gradient g of y = softmax(x) over the axes in mask, by x. */
NbVar *nb_g_softmax(NbGrad *G, NbVar *y, NbVar *g, unsigned mask);
/* c where v was made as the product c·y, else NULL. */
NbVar *nb_g_without(NbGrad *G, NbVar *v, const NbVar *y);
/* The output gradient times a slope that is 0 by branches, see NB_OP_BRANCHES. */
NbVar *nb_g_masked(NbGrad *G, NbVar *slope);
/* For rules of operations whose result does not vary with the operand. */
NbVar *nb_g_zero(NbGrad *G, int i);

/* --- numeric first-order kernels --- */
/* gin (+)= g, g broadcast to gin's shape, times a number. */
void nb_vjp_scaled(NbTensor *gin, const NbTensor *g, double factor, bool add);
/* gin (+)= g summed to gin's shape. */
void nb_vjp_summed(NbTensor *gin, const NbTensor *g, bool add);
/* The same, with NB_EINTERRUPT when err->stop was set during a long sum: gin is then undefined. */
NbStatus nb_vjp_summed_until(NbTensor *gin, const NbTensor *g, bool add, NbErr *err);

/* --- stopping --- */
#define NB_PART (1 << 18) /* numbers between two looks at the stop flag: some milliseconds */
/* Between parts: NB_EINTERRUPT when err->stop is set. err may be NULL. */
NbStatus nb_go_on(NbErr *err);

#endif

/* grad.h -- what a gradient rule sees: the node, its output gradient, and operations */
#ifndef NABLA_GRAD_H
#define NABLA_GRAD_H

#include <nabla/op.h>
#include <nabla/var.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A rule runs in a scope: every nb_g_* result is owned by G and released after the rule, and a
 * NULL operand gives NULL, so that rules are written as expressions. In a first-order sweep
 * the results carry no edges; with create_graph they are ordinary nodes. */
NbVar *nb_g_out(NbGrad *G);           /* gradient of the loss by this node's value; borrowed */
NbVar *nb_g_in(NbGrad *G, int i);     /* operand i (a folded number as a const); borrowed */
NbVar *nb_g_y(NbGrad *G);             /* the node itself; borrowed */
const NbAttrs *nb_g_attrs(NbGrad *G); /* borrowed; NULL when the operation has none */
int nb_g_inputs(NbGrad *G);           /* operands of the node, folded numbers included */
NbCtx *nb_g_ctx(NbGrad *G);           /* borrowed */
/* A const scalar. */
NbVar *nb_g_num(NbGrad *G, double v);
/* A const tensor; takes t. For masks and counts that do not depend on variables. */
NbVar *nb_g_const(NbGrad *G, NbTensor *t);
/* The operation `op` on operands; attrs may be NULL. */
NbVar *nb_g_apply(NbGrad *G, const NbOp *op, const NbArg *in, int n, const NbAttrs *attrs);
/* The same for one operand and for two, without options. */
NbVar *nb_g_1(NbGrad *G, const NbOp *op, NbVar *a);
NbVar *nb_g_2(NbGrad *G, const NbOp *op, NbVar *a, NbVar *b);
NbVar *nb_g_2k(NbGrad *G, const NbOp *op, NbVar *a, double b); /* second operand a number */
NbVar *nb_g_k2(NbGrad *G, const NbOp *op, double a, NbVar *b); /* first operand a number */

#ifdef __cplusplus
}
#endif

#endif

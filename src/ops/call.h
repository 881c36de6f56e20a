/* call.h -- what the functions of calls.c share: options, sizes, lists of operands */
#ifndef NB_OPS_CALL_H
#define NB_OPS_CALL_H

#include <nabla/op.h>

/* Those given, or the defaults. */
NbAttrs call_options(const NbOp *op, const NbAttrs *options);
/* Puts the sizes into *a; false, with the error set, when they are missing. */
bool call_shape(NbCtx *ctx, const NbOp *op, const NbShape *shape, NbAttrs *a);
NbVar *call_list(NbCtx *ctx, const NbOp *op, NbVar *const *list, int n, const NbAttrs *options);

#endif

/* call.c -- what the functions of calls.c share: options, sizes, lists of operands */
#include "ops/call.h"

#include "base/begin.h"
#include "base/mem.h"

#define FEW 8

NbAttrs call_options(const NbOp *op, const NbAttrs *options)
{
    return options ? *options : nb_op_attrs(op);
}

bool call_shape(NbCtx *ctx, const NbOp *op, const NbShape *shape, NbAttrs *a)
{
    if (!shape) {
        nb_err_begin(nb_ctx_err(ctx));
        nb_fail(nb_ctx_err(ctx), NB_EVALUE, "%s: the shape is missing", op->name);
        return false;
    }
    a->has_shape = true;
    a->shape = *shape;
    return true;
}

NbVar *call_list(NbCtx *ctx, const NbOp *op, NbVar *const *list, int n, const NbAttrs *options)
{
    NbArg few[FEW] = {{NULL, 0}}, *in = few;
    if (n < 0 || (n > 0 && !list)) {
        nb_err_begin(nb_ctx_err(ctx));
        nb_fail(nb_ctx_err(ctx), NB_EVALUE, "%s: the list is missing", op->name);
        return NULL;
    }
    if (n > FEW && !(in = nb_alloc((size_t)n * sizeof *in))) {
        nb_err_begin(nb_ctx_err(ctx));
        nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for %d operands", n);
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        in[i] = NB_VAR(list[i]);
    }
    NbVar *v = nb_apply(ctx, op, in, n, options);
    if (in != few) {
        nb_free(in);
    }
    return v;
}

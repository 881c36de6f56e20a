/* step.c -- what a step of an optimizer needs of the leaves that it moves */
#include "graph/step.h"

#include "graph/node.h"

bool nb_moved(NbVar *v, NbMoved *m)
{
    if (!(v->flags & NODE_GRAD)) {
        return false;
    }
    const bool tensor = is_tensor(v);
    *m = (NbMoved){.p = tensor ? v->tensor->data : &v->value,
                   .g = grad_numbers(v),
                   .n = tensor ? v->tensor->size : 1,
                   .scalar = !tensor && !v->ext};
    return true;
}

bool nb_all_scalar(NbVar *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((v[i]->flags & (NODE_GRAD | NODE_TENSOR)) != NODE_GRAD || v[i]->ext) {
            return false;
        }
    }
    return true;
}

void nb_moving(NbCtx *ctx, NbVar *const *v, size_t n)
{
    const uint64_t clock = ++ctx->clock;
    for (size_t i = 0; i < n; i++) {
        touch(ctx, v[i]);
        v[i]->stamp = clock;
    }
    ctx->writes++;
}

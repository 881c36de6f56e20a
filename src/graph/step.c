/* step.c -- what a step of an optimizer needs of the leaves that it moves */
#include "graph/step.h"

#include <math.h>

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

NbStatus nb_moved_nonfinite(NbVar *v, const double *numbers, const double *g, int64_t first,
                            int64_t count)
{
    NbCtx *ctx = nb_var_ctx(v);
    const NbNonFinite what = {.node = v,
                              .step = true,
                              .first = first,
                              .count = count,
                              .value = numbers[first],
                              .operand = {g[first], NAN}};
    if (ctx->nan_mode != NB_NAN_OFF && ctx->hooks.nonfinite) {
        ctx->hooks.nonfinite(ctx->hooks.user, &what);
    }
    return ctx->nan_mode == NB_NAN_ERROR ? nb_fail(&ctx->err, NB_ENONFINITE, "step: %s would be %s",
                                                   nb_var_name(v) ? nb_var_name(v) : "a parameter",
                                                   isnan(what.value) ? "nan" : "infinite")
                                         : NB_OK;
}

static inline void move_all(NbCtx *ctx, NbVar *const *v, size_t n)
{
    const uint64_t clock = ++ctx->clock;
    for (size_t i = 0; i < n; i++) {
        touch(ctx, v[i]);
        v[i]->stamp = clock;
    }
    ctx->writes++;
}

bool nb_moving(NbCtx *ctx, NbVar *const *v, size_t n)
{
    if (ctx->nan_mode != NB_NAN_ERROR) {
        move_all(ctx, v, n);
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        touch(ctx, v[i]);
    }
    return false;
}

bool nb_moving_scalars(NbCtx *ctx, NbVar *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((v[i]->flags & (NODE_GRAD | NODE_TENSOR)) != NODE_GRAD || v[i]->ext) {
            return false;
        }
    }
    if (ctx->nan_mode == NB_NAN_ERROR) {
        return false;
    }
    move_all(ctx, v, n);
    return true;
}

void nb_have_moved(NbCtx *ctx, NbVar *const *v, size_t n)
{
    const uint64_t clock = ++ctx->clock;
    for (size_t i = 0; i < n; i++) {
        v[i]->stamp = clock;
    }
    ctx->writes++;
}

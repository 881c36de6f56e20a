/* calls.c -- every operation as a function, made from the registry by make docs */
#include <nabla/operations.h>

#include "ops/call.h"
#include "ops/ops.h"

/* clang-format off */

NbVar *nb_add(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_add, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_sub(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_sub, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_mul(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_mul, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_div(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_div, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_mod(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_mod, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_pow(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_pow, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_neg(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_neg, x);
}

NbVar *nb_sin(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_sin, x);
}

NbVar *nb_cos(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_cos, x);
}

NbVar *nb_tan(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_tan, x);
}

NbVar *nb_asin(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_asin, x);
}

NbVar *nb_acos(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_acos, x);
}

NbVar *nb_atan(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_atan, x);
}

NbVar *nb_sinh(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_sinh, x);
}

NbVar *nb_cosh(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_cosh, x);
}

NbVar *nb_tanh(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_tanh, x);
}

NbVar *nb_exp(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_exp, x);
}

NbVar *nb_log(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_log, x);
}

NbVar *nb_sqrt(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_sqrt, x);
}

NbVar *nb_abs(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_abs, x);
}

NbVar *nb_sign(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_sign, x);
}

NbVar *nb_square(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_square, x);
}

NbVar *nb_floor(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_floor, x);
}

NbVar *nb_ceil(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_ceil, x);
}

NbVar *nb_round(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_round, x);
}

NbVar *nb_floordiv(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_floordiv, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_log2(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_log2, x);
}

NbVar *nb_log10(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_log10, x);
}

NbVar *nb_relu(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_relu, x);
}

NbVar *nb_leaky_relu(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_leaky_relu, in, 1, options);
}

NbVar *nb_sigmoid(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_sigmoid, x);
}

NbVar *nb_softplus(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_softplus, x);
}

NbVar *nb_gelu(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_gelu, x);
}

NbVar *nb_softmax(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_softmax, in, 1, options);
}

NbVar *nb_log_softmax(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_log_softmax, in, 1, options);
}

NbVar *nb_logsumexp(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_logsumexp, in, 1, options);
}

NbVar *nb_sum(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_sum, in, 1, options);
}

NbVar *nb_mean(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_mean, in, 1, options);
}

NbVar *nb_variance(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_variance, in, 1, options);
}

NbVar *nb_max(NbCtx *ctx, NbVar *a, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(a)};
    return nb_apply(ctx, &nb_op_max, in, 1, options);
}

NbVar *nb_max2(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_max, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_min(NbCtx *ctx, NbVar *a, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(a)};
    return nb_apply(ctx, &nb_op_min, in, 1, options);
}

NbVar *nb_min2(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_min, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_argmax(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_argmax, in, 1, options);
}

NbVar *nb_prod(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_prod, in, 1, options);
}

NbVar *nb_norm(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_norm, in, 1, options);
}

NbVar *nb_reshape(NbCtx *ctx, NbVar *x, const NbShape *shape)
{
    NbAttrs a = call_options(&nb_op_reshape, NULL);
    if (!call_shape(ctx, &nb_op_reshape, shape, &a)) {
        return NULL;
    }
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_reshape, in, 1, &a);
}

NbVar *nb_transpose(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_transpose, in, 1, options);
}

NbVar *nb_squeeze(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_squeeze, in, 1, options);
}

NbVar *nb_unsqueeze(NbCtx *ctx, NbVar *x, int64_t axis)
{
    NbAttrs a = call_options(&nb_op_unsqueeze, NULL);
    a.naxes = 1;
    a.axes[0] = axis;
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_unsqueeze, in, 1, &a);
}

NbVar *nb_broadcast_to(NbCtx *ctx, NbVar *x, const NbShape *shape)
{
    NbAttrs a = call_options(&nb_op_broadcast_to, NULL);
    if (!call_shape(ctx, &nb_op_broadcast_to, shape, &a)) {
        return NULL;
    }
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_broadcast_to, in, 1, &a);
}

NbVar *nb_sum_to(NbCtx *ctx, NbVar *x, const NbShape *shape)
{
    NbAttrs a = call_options(&nb_op_sum_to, NULL);
    if (!call_shape(ctx, &nb_op_sum_to, shape, &a)) {
        return NULL;
    }
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_sum_to, in, 1, &a);
}

NbVar *nb_concat(NbCtx *ctx, NbVar *const *list, int n, const NbAttrs *options)
{
    return call_list(ctx, &nb_op_concat, list, n, options);
}

NbVar *nb_stack(NbCtx *ctx, NbVar *const *list, int n, const NbAttrs *options)
{
    return call_list(ctx, &nb_op_stack, list, n, options);
}

NbVar *nb_clip(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_clip, in, 1, options);
}

NbVar *nb_where(NbCtx *ctx, NbVar *cond, NbVar *a, NbVar *b)
{
    const NbArg in[] = {NB_VAR(cond), NB_VAR(a), NB_VAR(b)};
    return nb_apply(ctx, &nb_op_where, in, 3, NULL);
}

NbVar *nb_mask_fill(NbCtx *ctx, NbVar *x, NbVar *mask, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x), NB_VAR(mask)};
    return nb_apply(ctx, &nb_op_mask_fill, in, 2, options);
}

NbVar *nb_flip(NbCtx *ctx, NbVar *x, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_flip, in, 1, options);
}

NbVar *nb_tile(NbCtx *ctx, NbVar *x, const NbShape *counts)
{
    NbAttrs a = call_options(&nb_op_tile, NULL);
    if (!call_shape(ctx, &nb_op_tile, counts, &a)) {
        return NULL;
    }
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_tile, in, 1, &a);
}

NbVar *nb_matmul(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_matmul, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_dot(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_dot, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_linear(NbCtx *ctx, NbVar *x, NbVar *w)
{
    return nb_apply2(ctx, &nb_op_linear, NB_VAR(x), NB_VAR(w));
}

NbVar *nb_linear3(NbCtx *ctx, NbVar *x, NbVar *w, NbVar *b)
{
    const NbArg in[] = {NB_VAR(x), NB_VAR(w), NB_VAR(b)};
    return nb_apply(ctx, &nb_op_linear, in, 3, NULL);
}

NbVar *nb_solve(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_solve, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_inv(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_inv, x);
}

NbVar *nb_det(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_det, x);
}

NbVar *nb_cofactors(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_cofactors, x);
}

NbVar *nb_mse(NbCtx *ctx, NbVar *y, NbVar *t)
{
    return nb_apply2(ctx, &nb_op_mse, NB_VAR(y), NB_VAR(t));
}

NbVar *nb_cross_entropy(NbCtx *ctx, NbVar *logits, NbVar *labels, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(logits), NB_VAR(labels)};
    return nb_apply(ctx, &nb_op_cross_entropy, in, 2, options);
}

NbVar *nb_bce(NbCtx *ctx, NbVar *p, NbVar *t, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(p), NB_VAR(t)};
    return nb_apply(ctx, &nb_op_bce, in, 2, options);
}

NbVar *nb_mae(NbCtx *ctx, NbVar *y, NbVar *t)
{
    return nb_apply2(ctx, &nb_op_mae, NB_VAR(y), NB_VAR(t));
}

NbVar *nb_huber(NbCtx *ctx, NbVar *y, NbVar *t, const NbAttrs *options)
{
    const NbArg in[] = {NB_VAR(y), NB_VAR(t)};
    return nb_apply(ctx, &nb_op_huber, in, 2, options);
}

NbVar *nb_accuracy(NbCtx *ctx, NbVar *scores, NbVar *labels)
{
    return nb_apply2(ctx, &nb_op_accuracy, NB_VAR(scores), NB_VAR(labels));
}

NbVar *nb_eq(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_eq, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_ne(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_ne, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_lt(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_lt, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_le(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_le, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_gt(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_gt, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_ge(NbCtx *ctx, NbVar *a, NbVar *b)
{
    return nb_apply2(ctx, &nb_op_ge, NB_VAR(a), NB_VAR(b));
}

NbVar *nb_zeros(NbCtx *ctx, const NbShape *shape)
{
    NbAttrs a = call_options(&nb_op_zeros, NULL);
    if (!call_shape(ctx, &nb_op_zeros, shape, &a)) {
        return NULL;
    }
    return nb_apply(ctx, &nb_op_zeros, NULL, 0, &a);
}

NbVar *nb_ones(NbCtx *ctx, const NbShape *shape)
{
    NbAttrs a = call_options(&nb_op_ones, NULL);
    if (!call_shape(ctx, &nb_op_ones, shape, &a)) {
        return NULL;
    }
    return nb_apply(ctx, &nb_op_ones, NULL, 0, &a);
}

NbVar *nb_full(NbCtx *ctx, const NbShape *shape, double value)
{
    NbAttrs a = call_options(&nb_op_full, NULL);
    if (!call_shape(ctx, &nb_op_full, shape, &a)) {
        return NULL;
    }
    a.num[0] = value;
    return nb_apply(ctx, &nb_op_full, NULL, 0, &a);
}

NbVar *nb_eye(NbCtx *ctx, int64_t n, const NbAttrs *options)
{
    NbAttrs a = call_options(&nb_op_eye, options);
    a.num[0] = (double)n;
    return nb_apply(ctx, &nb_op_eye, NULL, 0, &a);
}

NbVar *nb_arange(NbCtx *ctx, double start, const NbAttrs *options)
{
    NbAttrs a = call_options(&nb_op_arange, options);
    a.num[0] = start;
    return nb_apply(ctx, &nb_op_arange, NULL, 0, &a);
}

NbVar *nb_linspace(NbCtx *ctx, double start, double stop, const NbAttrs *options)
{
    NbAttrs a = call_options(&nb_op_linspace, options);
    a.num[0] = start;
    a.num[1] = stop;
    return nb_apply(ctx, &nb_op_linspace, NULL, 0, &a);
}

NbVar *nb_rand(NbCtx *ctx, const NbShape *shape)
{
    NbAttrs a = call_options(&nb_op_rand, NULL);
    if (!call_shape(ctx, &nb_op_rand, shape, &a)) {
        return NULL;
    }
    return nb_apply(ctx, &nb_op_rand, NULL, 0, &a);
}

NbVar *nb_randn(NbCtx *ctx, const NbShape *shape)
{
    NbAttrs a = call_options(&nb_op_randn, NULL);
    if (!call_shape(ctx, &nb_op_randn, shape, &a)) {
        return NULL;
    }
    return nb_apply(ctx, &nb_op_randn, NULL, 0, &a);
}

NbVar *nb_normal(NbCtx *ctx, const NbShape *shape, const NbAttrs *options)
{
    NbAttrs a = call_options(&nb_op_normal, options);
    if (!call_shape(ctx, &nb_op_normal, shape, &a)) {
        return NULL;
    }
    return nb_apply(ctx, &nb_op_normal, NULL, 0, &a);
}

NbVar *nb_zeros_like(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_zeros_like, x);
}

NbVar *nb_ones_like(NbCtx *ctx, NbVar *x)
{
    return nb_apply1(ctx, &nb_op_ones_like, x);
}

NbVar *nb_one_hot(NbCtx *ctx, NbVar *labels, int64_t n)
{
    NbAttrs a = call_options(&nb_op_one_hot, NULL);
    a.num[0] = (double)n;
    const NbArg in[] = {NB_VAR(labels)};
    return nb_apply(ctx, &nb_op_one_hot, in, 1, &a);
}

NbVar *nb_dropout(NbCtx *ctx, NbVar *x, double p)
{
    NbAttrs a = call_options(&nb_op_dropout, NULL);
    a.num[0] = p;
    const NbArg in[] = {NB_VAR(x)};
    return nb_apply(ctx, &nb_op_dropout, in, 1, &a);
}

/* operations.c -- examples of <nabla/operations.h> */
#include <math.h>

#include <nabla/operations.h>

#include "example.h"

/* A leaf with three numbers. */
static NbVar *row(NbCtx *ctx, double a, double b, double c)
{
    const double numbers[] = {a, b, c};
    NbShape shape = nb_shape(1, 3);
    return nb_var_array(ctx, &shape, numbers, NB_LEAF);
}

static NbVar *square_matrix(NbCtx *ctx, double a, double b, double c, double d)
{
    const double numbers[] = {a, b, c, d};
    NbShape shape = nb_shape(2, 2, 2);
    return nb_var_array(ctx, &shape, numbers, NB_LEAF);
}

/* Whether element i of y, which is released, is this number, but for rounding. */
static bool is(NbVar *y, int64_t i, double number)
{
    NbTensor tmp;
    const double got = y ? nb_tensor_at(nb_var_data(y, &tmp), i) : NAN;
    nb_var_unref(&y);
    return fabs(got - number) <= 1e-12 * (1 + fabs(number)) || got == number;
}

/* nb_add nb_sub nb_mul nb_div nb_mod nb_pow nb_neg nb_square nb_floordiv */
static void arithmetic(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 7, NB_LEAF), *y = nb_var_scalar(ctx, 2, NB_LEAF);
    check(is(nb_add(ctx, x, y), 0, 9) && is(nb_sub(ctx, x, y), 0, 5));
    check(is(nb_mul(ctx, x, y), 0, 14) && is(nb_div(ctx, x, y), 0, 3.5));
    check(is(nb_floordiv(ctx, x, y), 0, 3) && is(nb_mod(ctx, x, y), 0, 1));
    check(is(nb_pow(ctx, x, y), 0, 49) && is(nb_square(ctx, x), 0, 49));
    check(is(nb_neg(ctx, x), 0, -7));
    nb_var_unref(&x);
    nb_var_unref(&y);
}

/* nb_sin nb_cos nb_tan nb_asin nb_acos nb_atan nb_sinh nb_cosh nb_tanh */
static void angles(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 0.5, NB_LEAF);
    check(is(nb_sin(ctx, x), 0, sin(0.5)) && is(nb_asin(ctx, x), 0, asin(0.5)));
    check(is(nb_cos(ctx, x), 0, cos(0.5)) && is(nb_acos(ctx, x), 0, acos(0.5)));
    check(is(nb_tan(ctx, x), 0, tan(0.5)) && is(nb_atan(ctx, x), 0, atan(0.5)));
    check(is(nb_sinh(ctx, x), 0, sinh(0.5)) && is(nb_cosh(ctx, x), 0, cosh(0.5)));
    check(is(nb_tanh(ctx, x), 0, tanh(0.5)));
    nb_var_unref(&x);
}

/* nb_exp nb_log nb_log2 nb_log10 nb_sqrt */
static void powers(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 100, NB_LEAF);
    check(is(nb_log(ctx, x), 0, log(100)) && is(nb_log2(ctx, x), 0, log2(100)));
    check(is(nb_log10(ctx, x), 0, 2) && is(nb_sqrt(ctx, x), 0, 10));
    check(is(nb_exp(ctx, x), 0, exp(100)));
    nb_var_unref(&x);
}

/* nb_abs nb_sign nb_floor nb_ceil nb_round */
static void steps(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, -2.5, NB_LEAF);
    check(is(nb_abs(ctx, x), 0, 2.5) && is(nb_sign(ctx, x), 0, -1));
    check(is(nb_floor(ctx, x), 0, -3) && is(nb_ceil(ctx, x), 0, -2));
    check(is(nb_round(ctx, x), 0, -2)); /* of two the even one */
    nb_var_unref(&x);
}

/* nb_relu nb_leaky_relu nb_sigmoid nb_softplus nb_gelu */
static void activations(NbCtx *ctx)
{
    NbVar *x = row(ctx, -1, 0, 1);
    NbAttrs slope = nb_op_attrs(nb_op_find("leaky_relu"));
    slope.num[0] = 0.1;
    check(is(nb_relu(ctx, x), 0, 0) && is(nb_relu(ctx, x), 2, 1));
    check(is(nb_leaky_relu(ctx, x, &slope), 0, -0.1));
    check(is(nb_sigmoid(ctx, x), 1, 0.5) && is(nb_softplus(ctx, x), 1, log(2)));
    check(is(nb_gelu(ctx, x), 1, 0));
    nb_var_unref(&x);
}

/* nb_softmax nb_log_softmax nb_logsumexp */
static void softmaxes(NbCtx *ctx)
{
    NbVar *x = row(ctx, 1, 1, 1); /* NULL: along the last axis */
    check(is(nb_softmax(ctx, x, NULL), 2, 1.0 / 3));
    check(is(nb_log_softmax(ctx, x, NULL), 2, -log(3)));
    check(is(nb_logsumexp(ctx, x, NULL), 0, 1 + log(3)));
    nb_var_unref(&x);
}

/* nb_sum nb_mean nb_variance nb_prod nb_norm nb_max nb_min nb_argmax nb_max2 nb_min2 */
static void reductions(NbCtx *ctx)
{
    NbVar *x = row(ctx, 1, 2, 6), *y = row(ctx, 3, 3, 3);
    check(is(nb_sum(ctx, x, NULL), 0, 9) && is(nb_mean(ctx, x, NULL), 0, 3));
    check(is(nb_variance(ctx, x, NULL), 0, 14.0 / 3) && is(nb_prod(ctx, x, NULL), 0, 12));
    check(is(nb_norm(ctx, x, NULL), 0, sqrt(41)) && is(nb_argmax(ctx, x, NULL), 0, 2));
    check(is(nb_max(ctx, x, NULL), 0, 6) && is(nb_min(ctx, x, NULL), 0, 1));
    check(is(nb_max2(ctx, x, y), 0, 3) && is(nb_min2(ctx, x, y), 2, 3)); /* of each pair */
    nb_var_unref(&x);
    nb_var_unref(&y);
}

/* nb_reshape nb_transpose nb_squeeze nb_unsqueeze nb_flip nb_tile nb_broadcast_to nb_sum_to */
static void shapes(NbCtx *ctx)
{
    NbVar *x = row(ctx, 1, 2, 3);
    NbShape column = nb_shape(2, 3, 1), wide = nb_shape(2, 2, 3), one = nb_shape(1, 1);
    NbShape twice = nb_shape(1, 2);
    check(is(nb_reshape(ctx, x, &column), 2, 3) && is(nb_unsqueeze(ctx, x, 0), 2, 3));
    check(is(nb_broadcast_to(ctx, x, &wide), 5, 3) && is(nb_sum_to(ctx, x, &one), 0, 6));
    check(is(nb_flip(ctx, x, NULL), 0, 3) && is(nb_tile(ctx, x, &twice), 3, 1));
    check(is(nb_squeeze(ctx, x, NULL), 1, 2));
    NbVar *m = square_matrix(ctx, 1, 2, 3, 4);
    check(is(nb_transpose(ctx, m, NULL), 1, 3));
    nb_var_unref(&m);
    nb_var_unref(&x);
}

/* nb_concat nb_stack */
static void joined(NbCtx *ctx)
{
    NbVar *both[] = {row(ctx, 1, 2, 3), row(ctx, 4, 5, 6)};
    NbVar *longer = nb_concat(ctx, both, 2, NULL), *rows = nb_stack(ctx, both, 2, NULL);
    check(nb_var_shape(longer)->dim[0] == 6 && nb_var_shape(rows)->rank == 2);
    check(is(longer, 3, 4) && is(rows, 3, 4));
    nb_var_unref(&both[0]);
    nb_var_unref(&both[1]);
}

/* nb_clip nb_where nb_mask_fill */
static void selections(NbCtx *ctx)
{
    NbVar *x = row(ctx, -5, 0, 5), *zero = nb_var_scalar(ctx, 0, NB_CONST);
    NbVar *mask = nb_gt(ctx, x, zero);
    NbAttrs range = nb_op_attrs(nb_op_find("clip"));
    range.num[0] = -1, range.num[1] = 1;
    check(is(nb_clip(ctx, x, &range), 0, -1) && is(nb_clip(ctx, x, &range), 2, 1));
    check(is(nb_where(ctx, mask, x, zero), 2, 5) && is(nb_where(ctx, mask, x, zero), 0, 0));
    check(is(nb_mask_fill(ctx, x, mask, NULL), 2, -INFINITY));
    nb_var_unref(&mask);
    nb_var_unref(&zero);
    nb_var_unref(&x);
}

/* nb_matmul nb_dot nb_linear nb_linear3 nb_solve nb_inv nb_det nb_cofactors */
static void matrices(NbCtx *ctx)
{
    NbVar *m = square_matrix(ctx, 1, 2, 3, 4), *i = square_matrix(ctx, 0, 1, 1, 0);
    NbVar *x = row(ctx, 1, 2, 3);
    check(is(nb_matmul(ctx, m, i), 0, 2) && is(nb_dot(ctx, x, x), 0, 14));
    check(is(nb_det(ctx, m), 0, -2) && is(nb_inv(ctx, m), 0, -2));
    check(is(nb_solve(ctx, m, m), 0, 1) && is(nb_cofactors(ctx, m), 1, -3));
    check(is(nb_linear(ctx, m, i), 0, 2));     /* m @ i */
    check(is(nb_linear3(ctx, m, i, i), 0, 2)); /* m @ i + i */
    nb_var_unref(&x);
    nb_var_unref(&i);
    nb_var_unref(&m);
}

/* nb_mse nb_mae nb_huber nb_bce nb_cross_entropy nb_accuracy */
static void losses(NbCtx *ctx)
{
    NbVar *y = row(ctx, 0.2, 0.6, 0.9), *t = row(ctx, 0, 1, 1);
    check(is(nb_mse(ctx, y, t), 0, (0.04 + 0.16 + 0.01) / 3));
    check(is(nb_mae(ctx, y, t), 0, 0.7 / 3) && is(nb_huber(ctx, y, t, NULL), 0, 0.035));
    check(is(nb_bce(ctx, y, t, NULL), 0, -(log(0.8) + log(0.6) + log(0.9)) / 3));
    check(is(nb_accuracy(ctx, y, t), 0, 1));
    NbVar *scores = square_matrix(ctx, 0, 0, 0, 0); /* two samples, two classes */
    const double ones[] = {1, 0};
    NbShape two = nb_shape(1, 2);
    NbVar *labels = nb_var_array(ctx, &two, ones, NB_CONST);
    check(is(nb_cross_entropy(ctx, scores, labels, NULL), 0, log(2)));
    nb_var_unref(&labels);
    nb_var_unref(&scores);
    nb_var_unref(&t);
    nb_var_unref(&y);
}

/* nb_eq nb_ne nb_lt nb_le nb_gt nb_ge */
static void comparisons(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 1, NB_LEAF), *y = nb_var_scalar(ctx, 2, NB_LEAF);
    check(is(nb_eq(ctx, x, y), 0, 0) && is(nb_ne(ctx, x, y), 0, 1));
    check(is(nb_lt(ctx, x, y), 0, 1) && is(nb_le(ctx, x, y), 0, 1));
    check(is(nb_gt(ctx, x, y), 0, 0) && is(nb_ge(ctx, x, y), 0, 0));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_zeros nb_ones nb_full nb_eye nb_zeros_like nb_ones_like nb_one_hot */
static void constants(NbCtx *ctx)
{
    NbShape s = nb_shape(1, 3);
    check(is(nb_zeros(ctx, &s), 2, 0) && is(nb_ones(ctx, &s), 2, 1));
    check(is(nb_full(ctx, &s, 7), 2, 7) && is(nb_eye(ctx, 2, NULL), 3, 1));
    NbVar *x = row(ctx, 0, 1, 1);
    check(is(nb_zeros_like(ctx, x), 2, 0) && is(nb_ones_like(ctx, x), 2, 1));
    check(is(nb_one_hot(ctx, x, 2), 1, 0) && is(nb_one_hot(ctx, x, 2), 3, 1));
    nb_var_unref(&x);
}

/* nb_arange nb_linspace */
static void ranges(NbCtx *ctx)
{
    NbAttrs to = nb_op_attrs(nb_op_find("arange")), parts = nb_op_attrs(nb_op_find("linspace"));
    to.num[1] = 10, to.num[2] = 3; /* arange(1, 10, 3) */
    parts.num[2] = 5;              /* linspace(0, 1, 5) */
    check(is(nb_arange(ctx, 1, &to), 2, 7));
    check(is(nb_linspace(ctx, 0, 1, &parts), 1, 0.25));
}

/* nb_rand nb_randn nb_normal nb_dropout */
static void draws(NbCtx *ctx)
{
    NbShape s = nb_shape(1, 1000);
    NbAttrs narrow = nb_op_attrs(nb_op_find("normal"));
    narrow.num[0] = 5, narrow.num[1] = 0; /* mean 5, deviation 0 */
    NbVar *x = nb_rand(ctx, &s), *n = nb_randn(ctx, &s), *kept = nb_dropout(ctx, x, 0.5);
    check(nb_var_value(x) >= 0 && nb_var_value(x) < 1);
    check(isfinite(nb_var_value(n)) && is(nb_normal(ctx, &s, &narrow), 0, 5));
    check(nb_var_value(kept) == 0 || nb_var_value(kept) == 2 * nb_var_value(x));
    nb_var_unref(&kept);
    nb_var_unref(&n);
    nb_var_unref(&x);
}

EXAMPLES(arithmetic, angles, powers, steps, activations, softmaxes, reductions, shapes, joined,
         selections, matrices, losses, comparisons, constants, ranges, draws)

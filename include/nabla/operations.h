/* operations.h -- every operation as a function, made from the registry by make docs */
#ifndef NABLA_OPERATIONS_H
#define NABLA_OPERATIONS_H

#include <nabla/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each gives a new variable, or NULL with nb_ctx_err set, as nb_apply. An operand that is
 * NULL is an error. options: made by nb_op_attrs; NULL for the defaults. */
/* clang-format off */

/* Sum of a and b, element by element. */
NbVar *nb_add(NbCtx *ctx, NbVar *a, NbVar *b);
/* Difference of a and b, element by element. */
NbVar *nb_sub(NbCtx *ctx, NbVar *a, NbVar *b);
/* Product of a and b, element by element. */
NbVar *nb_mul(NbCtx *ctx, NbVar *a, NbVar *b);
/* Quotient of a and b, element by element. */
NbVar *nb_div(NbCtx *ctx, NbVar *a, NbVar *b);
/* Remainder of a / b, with the sign of b. */
NbVar *nb_mod(NbCtx *ctx, NbVar *a, NbVar *b);
/* a to the power b. */
NbVar *nb_pow(NbCtx *ctx, NbVar *a, NbVar *b);
/* x with the opposite sign. */
NbVar *nb_neg(NbCtx *ctx, NbVar *x);
/* Sine of x in radians. */
NbVar *nb_sin(NbCtx *ctx, NbVar *x);
/* Cosine of x in radians. */
NbVar *nb_cos(NbCtx *ctx, NbVar *x);
/* Tangent of x in radians. */
NbVar *nb_tan(NbCtx *ctx, NbVar *x);
/* Angle in [-pi/2, pi/2] whose sine is x. */
NbVar *nb_asin(NbCtx *ctx, NbVar *x);
/* Angle in [0, pi] whose cosine is x. */
NbVar *nb_acos(NbCtx *ctx, NbVar *x);
/* Angle in (-pi/2, pi/2) whose tangent is x. */
NbVar *nb_atan(NbCtx *ctx, NbVar *x);
/* Hyperbolic sine, (e^x - e^-x)/2. */
NbVar *nb_sinh(NbCtx *ctx, NbVar *x);
/* Hyperbolic cosine, (e^x + e^-x)/2. */
NbVar *nb_cosh(NbCtx *ctx, NbVar *x);
/* Hyperbolic tangent, between -1 and 1. */
NbVar *nb_tanh(NbCtx *ctx, NbVar *x);
/* e to the power x. */
NbVar *nb_exp(NbCtx *ctx, NbVar *x);
/* Natural logarithm. */
NbVar *nb_log(NbCtx *ctx, NbVar *x);
/* Square root. */
NbVar *nb_sqrt(NbCtx *ctx, NbVar *x);
/* Absolute value; its derivative at 0 is 0. */
NbVar *nb_abs(NbCtx *ctx, NbVar *x);
/* -1, 0 or 1; its derivative is 0. */
NbVar *nb_sign(NbCtx *ctx, NbVar *x);
/* x times x. */
NbVar *nb_square(NbCtx *ctx, NbVar *x);
/* The largest whole number that is not above x; takes no gradient. */
NbVar *nb_floor(NbCtx *ctx, NbVar *x);
/* The smallest whole number that is not below x; takes no gradient. */
NbVar *nb_ceil(NbCtx *ctx, NbVar *x);
/* The nearest whole number, of two the even one; takes no gradient. */
NbVar *nb_round(NbCtx *ctx, NbVar *x);
/* The largest whole number not above a / b, so that a = b*floordiv(a, b) + a % b; its
 * derivative is 0. */
NbVar *nb_floordiv(NbCtx *ctx, NbVar *a, NbVar *b);
/* Logarithm to base 2. */
NbVar *nb_log2(NbCtx *ctx, NbVar *x);
/* Logarithm to base 10. */
NbVar *nb_log10(NbCtx *ctx, NbVar *x);
/* The larger of x and 0; its derivative at 0 is 0. */
NbVar *nb_relu(NbCtx *ctx, NbVar *x);
/* x where x > 0, else slope times x; its derivative at 0 is slope. Options: slope=0.01 in
 * .num[0]. */
NbVar *nb_leaky_relu(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* 1/(1 + e^-x), between 0 and 1. */
NbVar *nb_sigmoid(NbCtx *ctx, NbVar *x);
/* log(1 + e^x), a smooth relu; does not overflow. */
NbVar *nb_softplus(NbCtx *ctx, NbVar *x);
/* x/2·(1 + tanh(sqrt(2/pi)·(x + 0.044715·x^3))), the tanh form. */
NbVar *nb_gelu(NbCtx *ctx, NbVar *x);
/* e^x divided by its sum over axis (the last one): positive numbers that add up to 1.
 * Options: axis=-1 in .axes. */
NbVar *nb_softmax(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* Logarithm of softmax over axis (the last one), without overflow. Options: axis=-1 in
 * .axes. */
NbVar *nb_log_softmax(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* log(sum(exp(x))) over axis, without overflow. Options: axis=none in .axes, keepdims=false
 * in .keepdims. */
NbVar *nb_logsumexp(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* Sum over axis (an integer or a list; none: all elements). Options: axis=none in .axes,
 * keepdims=false in .keepdims. */
NbVar *nb_sum(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* Mean over axis (an integer or a list; none: all elements). Options: axis=none in .axes,
 * keepdims=false in .keepdims. */
NbVar *nb_mean(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* Mean squared deviation from the mean over axis, divided by N. Options: axis=none in .axes,
 * keepdims=false in .keepdims. */
NbVar *nb_variance(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* max(a, b): the larger, element by element. Options: axis=none in .axes, keepdims=false in
 * .keepdims. */
NbVar *nb_max(NbCtx *ctx, NbVar *a, const NbAttrs *options);
/* The same with 2 operands. */
NbVar *nb_max2(NbCtx *ctx, NbVar *a, NbVar *b);
/* min(a, b): the smaller, element by element. Options: axis=none in .axes, keepdims=false in
 * .keepdims. */
NbVar *nb_min(NbCtx *ctx, NbVar *a, const NbAttrs *options);
/* The same with 2 operands. */
NbVar *nb_min2(NbCtx *ctx, NbVar *a, NbVar *b);
/* Position of the largest element along axis (none: in row-major order), the first of
 * several. Options: axis=none in .axes, keepdims=false in .keepdims. */
NbVar *nb_argmax(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* Product over axis; its derivative by an element is the product of the others. Options:
 * axis=none in .axes, keepdims=false in .keepdims. */
NbVar *nb_prod(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* Root of the sum of squares over axis; its derivative at 0 is 0. Options: axis=none in
 * .axes, keepdims=false in .keepdims. */
NbVar *nb_norm(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* The same numbers in another shape; one size may be -1. */
NbVar *nb_reshape(NbCtx *ctx, NbVar *x, const NbShape *shape);
/* Axes in the order given; none: reversed. Options: axes=none in .axes. */
NbVar *nb_transpose(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* Without axes of size 1: those given, or all. Options: axis=none in .axes. */
NbVar *nb_squeeze(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* With a new axis of size 1 at the place given. */
NbVar *nb_unsqueeze(NbCtx *ctx, NbVar *x, int64_t axis);
/* Stretched to a shape by NumPy's broadcasting. */
NbVar *nb_broadcast_to(NbCtx *ctx, NbVar *x, const NbShape *shape);
/* Summed to a shape that would broadcast to x: the adjoint of broadcast_to. */
NbVar *nb_sum_to(NbCtx *ctx, NbVar *x, const NbShape *shape);
/* Tensors joined along an axis they have. Options: axis=0 in .axes. */
NbVar *nb_concat(NbCtx *ctx, NbVar *const *list, int n, const NbAttrs *options);
/* Tensors of one shape joined along a new axis. Options: axis=0 in .axes. */
NbVar *nb_stack(NbCtx *ctx, NbVar *const *list, int n, const NbAttrs *options);
/* x held between lo and hi; its derivative is 1 from lo to hi, both included, else 0.
 * Options: lo=-inf in .num[0], hi=inf in .num[1]. */
NbVar *nb_clip(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* a where cond is not 0, else b. */
NbVar *nb_where(NbCtx *ctx, NbVar *cond, NbVar *a, NbVar *b);
/* v where mask is 0, else x; the gradient passes where mask is not 0. Options: v=0 in
 * .num[0]. */
NbVar *nb_mask_fill(NbCtx *ctx, NbVar *x, NbVar *mask, const NbAttrs *options);
/* In reverse order along axis; none: along all. Options: axis=none in .axes. */
NbVar *nb_flip(NbCtx *ctx, NbVar *x, const NbAttrs *options);
/* Repeated the given number of times along each axis. */
NbVar *nb_tile(NbCtx *ctx, NbVar *x, const NbShape *counts);
/* Matrix product; leading axes are broadcast, a vector is a row on the left and a column on
 * the right. */
NbVar *nb_matmul(NbCtx *ctx, NbVar *a, NbVar *b);
/* Sum of the products of two vectors. */
NbVar *nb_dot(NbCtx *ctx, NbVar *a, NbVar *b);
/* x @ w + b for x (..., in), w (in, out) and b (out) or none; a vector x is one row, and so
 * is the result. */
NbVar *nb_linear(NbCtx *ctx, NbVar *x, NbVar *w);
/* The same with 3 operands. */
NbVar *nb_linear3(NbCtx *ctx, NbVar *x, NbVar *w, NbVar *b);
/* The x for which a @ x is b, for a vector or every column of b; leading axes are broadcast. */
NbVar *nb_solve(NbCtx *ctx, NbVar *a, NbVar *b);
/* The inverse of a square matrix, of every matrix of a batch. */
NbVar *nb_inv(NbCtx *ctx, NbVar *x);
/* The determinant of a square matrix, of every matrix of a batch; its derivative is
 * cofactors(x). */
NbVar *nb_det(NbCtx *ctx, NbVar *x);
/* The signed minors of a square matrix, of every matrix of a batch: det(x) * inv(x).T, also
 * where x is singular; their derivative along d is cofactors_along(x, d). */
NbVar *nb_cofactors(NbCtx *ctx, NbVar *x);
/* Mean of (y - t)^2; the shapes must be equal. */
NbVar *nb_mse(NbCtx *ctx, NbVar *y, NbVar *t);
/* Mean of -log softmax(logits)[label] over the rows whose label is not `ignore`. Options:
 * ignore=-100 in .num[0]. */
NbVar *nb_cross_entropy(NbCtx *ctx, NbVar *logits, NbVar *labels, const NbAttrs *options);
/* Binary cross entropy, mean of -(t·log p + (1 - t)·log(1 - p)); logits=true takes numbers
 * before the sigmoid and does not overflow. Options: logits=false in .num[0]. */
NbVar *nb_bce(NbCtx *ctx, NbVar *p, NbVar *t, const NbAttrs *options);
/* Mean of |y - t|; the shapes must be equal. */
NbVar *nb_mae(NbCtx *ctx, NbVar *y, NbVar *t);
/* Mean of d^2/2 for |d| <= delta, else delta·(|d| - delta/2), with d = y - t. Options:
 * delta=1 in .num[0]. */
NbVar *nb_huber(NbCtx *ctx, NbVar *y, NbVar *t, const NbAttrs *options);
/* Share of rows whose largest score is at the label; scores with the shape of the labels are
 * probabilities, and more than one half means 1. */
NbVar *nb_accuracy(NbCtx *ctx, NbVar *scores, NbVar *labels);
/* 1 where a equals b, else 0. */
NbVar *nb_eq(NbCtx *ctx, NbVar *a, NbVar *b);
/* 1 where a differs from b, else 0. */
NbVar *nb_ne(NbCtx *ctx, NbVar *a, NbVar *b);
/* 1 where a is less than b, else 0. */
NbVar *nb_lt(NbCtx *ctx, NbVar *a, NbVar *b);
/* 1 where a is at most b, else 0. */
NbVar *nb_le(NbCtx *ctx, NbVar *a, NbVar *b);
/* 1 where a is greater than b, else 0. */
NbVar *nb_gt(NbCtx *ctx, NbVar *a, NbVar *b);
/* 1 where a is at least b, else 0. */
NbVar *nb_ge(NbCtx *ctx, NbVar *a, NbVar *b);
/* A tensor of zeros; sizes as arguments or one list. */
NbVar *nb_zeros(NbCtx *ctx, const NbShape *shape);
/* A tensor of ones; sizes as arguments or one list. */
NbVar *nb_ones(NbCtx *ctx, const NbShape *shape);
/* A tensor of one number, or of one variable. */
NbVar *nb_full(NbCtx *ctx, const NbShape *shape, double value);
/* The identity matrix of n rows, or n rows and m columns. Options: m=nan in .num[1]. */
NbVar *nb_eye(NbCtx *ctx, int64_t n, const NbAttrs *options);
/* Numbers from start up to stop, without stop; arange(n) starts at 0. Options: stop=nan in
 * .num[1], step=1 in .num[2]. */
NbVar *nb_arange(NbCtx *ctx, double start, const NbAttrs *options);
/* n numbers evenly spaced from start to stop, both included. Options: n=50 in .num[2]. */
NbVar *nb_linspace(NbCtx *ctx, double start, double stop, const NbAttrs *options);
/* Uniform random numbers in [0, 1). */
NbVar *nb_rand(NbCtx *ctx, const NbShape *shape);
/* Standard normal random numbers. */
NbVar *nb_randn(NbCtx *ctx, const NbShape *shape);
/* Normal random numbers with the given mean and standard deviation. Options: mean=0 in
 * .num[0], std=1 in .num[1]. */
NbVar *nb_normal(NbCtx *ctx, const NbShape *shape, const NbAttrs *options);
/* Zeros in the shape of x. */
NbVar *nb_zeros_like(NbCtx *ctx, NbVar *x);
/* Ones in the shape of x. */
NbVar *nb_ones_like(NbCtx *ctx, NbVar *x);
/* For each label a row of n numbers: 1 at the label, 0 elsewhere. */
NbVar *nb_one_hot(NbCtx *ctx, NbVar *labels, int64_t n);
/* Each element is 0 with probability p, else divided by 1 - p; in testmode unchanged. */
NbVar *nb_dropout(NbCtx *ctx, NbVar *x, double p);

/* clang-format on */

#ifdef __cplusplus
}
#endif

#endif

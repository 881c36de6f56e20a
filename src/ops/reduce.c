/* reduce.c -- sum, mean, variance, prod, norm */
#include <float.h>
#include <math.h>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "ops/reduce.h"
#include "tensor/storage.h"

#define BLOCK 512

static double count_of(const NbShape *x, unsigned mask)
{
    double n = 1;
    for (int i = 0; i < x->rank; i++) {
        n *= mask >> i & 1 ? (double)x->dim[i] : 1;
    }
    return n;
}

static unsigned mask_of(const NbTensor *x, const NbAttrs *a)
{
    return nb_axes_mask(a, x->shape.rank);
}

static unsigned g_mask(NbGrad *G)
{
    return nb_axes_mask(nb_g_attrs(G), nb_var_shape(nb_g_in(G, 0))->rank);
}

/* The output gradient with the reduced axes back as size 1. */
static NbVar *g_restored(NbGrad *G)
{
    return nb_g_restore(G, nb_g_out(G), nb_var_shape(nb_g_in(G, 0)), g_mask(G));
}

/* out[i] = f(row i) */
static NbStatus each_row(const NbTensor *x, unsigned mask, NbTensor *out,
                         double (*f)(const double *row, int64_t n), NbErr *err)
{
    NbRows r;
    int64_t i = 0;
    if (nb_rows_begin(&r, x, mask, err) != NB_OK) {
        return NB_EMEM;
    }
    for (const double *row = nb_rows_next(&r); row != NULL; row = nb_rows_next(&r)) {
        out->data[i++] = f(row, r.n);
    }
    nb_rows_end(&r);
    return NB_OK;
}

/* --- sum, mean --- */

static NbStatus sum_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                            NbErr *err)
{
    (void)ctx, (void)n;
    return nb_reduce_sum(in[0], mask_of(in[0], a), out, err);
}

static NbStatus sum_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                        const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    const NbTensor g = nb_reduced_view(gout, &in[0]->shape, mask_of(in[0], a));
    (void)n, (void)out, (void)i, (void)err;
    nb_vjp_scaled(gin, &g, 1, add);
    return NB_OK;
}

static NbVar *sum_grad(NbGrad *G, int i)
{
    return nb_g_broadcast(G, g_restored(G), nb_var_shape(nb_g_in(G, i)));
}

static NbStatus mean_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    const unsigned mask = mask_of(in[0], a);
    const double count = count_of(&in[0]->shape, mask);
    (void)ctx, (void)n;
    if (nb_reduce_sum(in[0], mask, out, err) != NB_OK) {
        return NB_EINTERRUPT;
    }
    for (int64_t i = 0; i < out->size; i++) {
        out->data[i] /= count;
    }
    return NB_OK;
}

static NbStatus mean_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                         const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    const unsigned mask = mask_of(in[0], a);
    const NbTensor g = nb_reduced_view(gout, &in[0]->shape, mask);
    (void)n, (void)out, (void)i, (void)err;
    nb_vjp_scaled(gin, &g, 1 / count_of(&in[0]->shape, mask), add);
    return NB_OK;
}

static NbVar *mean_grad(NbGrad *G, int i)
{
    const NbShape *x = nb_var_shape(nb_g_in(G, i));
    NbVar *each = nb_g_k2(G, &nb_op_mul, 1 / count_of(x, g_mask(G)), g_restored(G));
    return nb_g_broadcast(G, each, x);
}

/* --- variance: the mean squared deviation, divided by N --- */

static double variance_of(const double *x, int64_t n)
{
    const double mean = nb_sum_of(x, n, 1) / (double)n;
    double buf[BLOCK];
    double sum = 0;
    for (int64_t from = 0; from < n; from += BLOCK) {
        const int64_t m = n - from < BLOCK ? n - from : BLOCK;
        for (int64_t i = 0; i < m; i++) {
            buf[i] = (x[from + i] - mean) * (x[from + i] - mean);
        }
        sum += nb_sum_of(buf, m, 1);
    }
    return sum / (double)n;
}

static NbStatus variance_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                 NbErr *err)
{
    (void)ctx, (void)n;
    return each_row(in[0], mask_of(in[0], a), out, variance_of, err);
}

/* g · 2/N · (x - mean x); the mean's own part vanishes since deviations add up to 0. The mean of
 * large numbers is rounded by more than the deviations are, so what they add up to is taken off. */
static NbVar *variance_grad(NbGrad *G, int i)
{
    NbVar *x = nb_g_in(G, i);
    const unsigned mask = g_mask(G);
    NbAttrs keep;
    nb_attrs_reduce(&keep, mask, true);
    NbVar *mean = nb_g_apply(G, &nb_op_mean, &NB_VAR(x), 1, &keep);
    NbVar *rough = nb_g_2(G, &nb_op_sub, x, mean);
    NbVar *rest = nb_g_apply(G, &nb_op_mean, &NB_VAR(rough), 1, &keep);
    NbVar *deviation = nb_g_2(G, &nb_op_sub, rough, rest);
    const double factor = 2 / count_of(nb_var_shape(x), mask);
    return nb_g_2(G, &nb_op_mul, g_restored(G), nb_g_k2(G, &nb_op_mul, factor, deviation));
}

/* --- prod --- */

static double prod_of(const double *x, int64_t n)
{
    double p = 1;
    for (int64_t i = 0; i < n; i++) {
        p *= x[i];
    }
    return p;
}

static NbStatus prod_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n;
    return each_row(in[0], mask_of(in[0], a), out, prod_of, err);
}

/* t[i] = g · product of the others: from the left times from the right, right also with zeros */
static void prod_others(const double *x, int64_t n, double g, double *t)
{
    double left = g;
    double right = 1;
    for (int64_t i = 0; i < n; i++) {
        t[i] = left;
        left *= x[i];
    }
    for (int64_t i = n - 1; i >= 0; i--) {
        t[i] *= right;
        right *= x[i];
    }
}

static NbStatus prod_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                         const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    const unsigned mask = mask_of(in[0], a);
    NbRows x = {0};
    NbRows to = {0};
    int64_t k = 0;
    (void)n, (void)out, (void)i;
    NbStatus s = nb_rows_begin(&x, in[0], mask, err);
    if (s == NB_OK) {
        s = nb_rows_begin(&to, gin, mask, err);
    }
    double *t = s == NB_OK ? nb_scratch(x.n) : NULL;
    if (s == NB_OK && t == NULL) {
        s = nb_fail(err, NB_EMEM, "out of memory for the gradient of prod");
    }
    while (s == NB_OK) {
        const double *row = nb_rows_next(&x);
        if (row == NULL) {
            break;
        }
        nb_rows_next(&to);
        prod_others(row, x.n, nb_tensor_at(gout, k++), t);
        nb_rows_put(&to, t, add);
    }
    nb_scratch_free(t);
    nb_rows_end(&to);
    nb_rows_end(&x);
    return s;
}

static NbVar *permuted(NbGrad *G, NbVar *x, const int *perm, int rank)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.naxes = rank;
    for (int i = 0; i < rank; i++) {
        a.axes[i] = perm[i];
    }
    return nb_g_apply(G, &nb_op_transpose, &NB_VAR(x), 1, &a);
}

/* For rows of n numbers: the (n, n) table of a row with its diagonal replaced by 1; the products
 * of its rows are the derivatives. Quadratic in n, but exact with zeros and to every order; first
 * order sweeps use prod_others. */
static NbVar *prod_grad(NbGrad *G, int i)
{
    NbVar *x = nb_g_in(G, i);
    const NbShape *s = nb_var_shape(x);
    const unsigned mask = g_mask(G);
    int perm[NB_MAX_RANK];
    int back[NB_MAX_RANK];
    NbShape moved = {.rank = s->rank};
    int64_t rows = 1;
    int64_t n = 1;
    int at = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int ax = 0; ax < s->rank; ax++) {
            if ((int)(mask >> ax & 1) == pass) {
                back[ax] = at;
                moved.dim[at] = s->dim[ax];
                perm[at++] = ax;
                *(pass == 0 ? &rows : &n) *= s->dim[ax];
            }
        }
    }
    NbShape flat = {.rank = 3, .dim = {rows, 1, n}};
    NbShape table = {.rank = 3, .dim = {rows, n, n}};
    NbShape square = {.rank = 2, .dim = {n, n}};
    NbTensor *off = nb_tensor_full(&square, 1, nb_ctx_err(nb_g_ctx(G)));
    for (int64_t k = 0; off != NULL && k < n; k++) {
        off->data[k * n + k] = 0;
    }
    NbAttrs one;
    nb_attrs_init(&one);
    one.num[0] = 1;
    NbVar *z = nb_g_broadcast(G, nb_g_reshape(G, permuted(G, x, perm, s->rank), &flat), &table);
    NbVar *mask_off = off != NULL ? nb_g_const(G, off) : NULL;
    if (z == NULL || mask_off == NULL) {
        return NULL;
    }
    const NbArg fill[2] = {NB_VAR(z), NB_VAR(mask_off)};
    NbAttrs last;
    nb_attrs_reduce(&last, 1u << 2, false);
    NbVar *filled = nb_g_apply(G, &nb_op_mask_fill, fill, 2, &one);
    NbVar *others = nb_g_apply(G, &nb_op_prod, &NB_VAR(filled), 1, &last);
    others = permuted(G, nb_g_reshape(G, others, &moved), back, s->rank);
    return nb_g_2(G, &nb_op_mul, g_restored(G), others);
}

/* --- norm, with 0/0 = 0 at the origin --- */

static double sum_squares(const double *x, int64_t n, double scale)
{
    double buf[BLOCK];
    double sum = 0;
    for (int64_t from = 0; from < n; from += BLOCK) {
        const int64_t m = n - from < BLOCK ? n - from : BLOCK;
        for (int64_t i = 0; i < m; i++) {
            buf[i] = x[from + i] / scale * (x[from + i] / scale);
        }
        sum += nb_sum_of(buf, m, 1);
    }
    return sum;
}

/* Scaled by the largest number only where squares leave the range of doubles. */
static double norm_of(const double *x, int64_t n)
{
    const double s = sum_squares(x, n, 1);
    double largest = 0;
    if (s > DBL_MIN / DBL_EPSILON && s < DBL_MAX) {
        return sqrt(s);
    }
    for (int64_t i = 0; i < n; i++) {
        largest = fabs(x[i]) > largest || x[i] != x[i] ? fabs(x[i]) : largest;
    }
    if (largest == 0 || !isfinite(largest)) {
        return largest;
    }
    return largest * sqrt(sum_squares(x, n, largest));
}

static NbStatus norm_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n;
    return each_row(in[0], mask_of(in[0], a), out, norm_of, err);
}

/* Where the upstream gradient is c·y, as below a square, the norm's own is c·x: 0 at the origin
 * like any, but with a slope. */
static NbVar *norm_grad(NbGrad *G, int i)
{
    NbVar *x = nb_g_in(G, i);
    NbVar *c = nb_g_without(G, nb_g_out(G), nb_g_y(G));
    NbVar *smooth =
        c != NULL ? nb_g_2(G, &nb_op_mul, nb_g_restore(G, c, nb_var_shape(x), g_mask(G)), x) : NULL;
    NbVar *y = nb_g_restore(G, nb_g_y(G), nb_var_shape(x), g_mask(G));
    NbVar *slope = nb_g_2(G, &nb_op_mul, g_restored(G), nb_g_2(G, &nb_op_div0, x, y));
    const NbArg at_origin[3] = {NB_VAR(y), NB_VAR(slope),
                                smooth != NULL ? NB_VAR(smooth) : NB_NUM(0)};
    return slope != NULL ? nb_g_apply(G, &nb_op_where, at_origin, 3, NULL) : NULL;
}

static inline double div0_of(double a, double b)
{
    return b == 0 ? copysign(0, a) : a / b;
}

NB_BINARY_VALUE(div0, NB_NO_CLONE, div0_of(a, b))
NB_PARTIALS2(div0, div0_of(1, b), -div0_of(y, b))

static double div0_over(double a, double b)
{
    (void)a;
    return b == 0 ? INFINITY : b;
}

static NbVar *div0_grad(NbGrad *G, int i)
{
    NbVar *g = nb_g_out(G);
    NbVar *b = nb_g_in(G, 1);
    if (i == 0) {
        return nb_g_2(G, &nb_op_div0, g, b);
    }
    NbVar *per = nb_g_2(G, &nb_op_div0, nb_g_y(G), b);
    return nb_g_1(G, &nb_op_neg, nb_g_2(G, &nb_op_mul, g, per));
}

/* --- records --- */

const NbOp nb_op_sum = {
    .name = "sum",
    .onnx = "ReduceSum({x}, {axis})[keepdims={keepdims}]|ReduceSum({x})[keepdims={keepdims}]",
    NB_REDUCE_OPERANDS,
    .shape = nb_reduce_shape,
    .forward = sum_forward,
    .grad = sum_grad,
    .vjp = sum_vjp,
    .latex = "\\sum {a}",
    .deriv = {"1"},
    .dlatex = {"1"},
    .pull = {"{g} each"},
    .torch_gives = NB_TORCH_SAME | NB_TORCH_COUNTS,
    .torch = "{x:t}.sum(<{axis}><, keepdim={keepdims}>)",
    .doc = "Sum over axis (an integer or a list; none: all elements).",
    .example = "sum([[1, 2], [3, 4]], axis=0)",
    .group = "reductions"};

const NbOp nb_op_mean = {.name = "mean",
                         .onnx = "ReduceMean({x})[axes={axis}, keepdims={keepdims}]",
                         NB_REDUCE_OPERANDS,
                         .flags = NB_OP_MEANS,
                         .shape = nb_reduce_shape,
                         .forward = mean_forward,
                         .grad = mean_grad,
                         .vjp = mean_vjp,
                         .latex = "\\operatorname{mean} {a}",
                         .deriv = {"1/N"},
                         .dlatex = {"\\frac{1}{N}"},
                         .pull = {"{g}/{n} each"},
                         .torch = "{x:f}.mean(<{axis}><, keepdim={keepdims}>)",
                         .doc = "Mean over axis (an integer or a list; none: all elements).",
                         .example = "mean([[1, 2], [3, 4]], axis=0)",
                         .group = "reductions",
                         .domain = "mean needs at least one element"};

const NbOp nb_op_variance = {.name = "variance",
                             .onnx = "d = Sub({x}, ReduceMean({x})[axes={axis}, keepdims=1]); "
                                     "ReduceMean(Mul(d, d))[axes={axis}, keepdims={keepdims}]",
                             NB_REDUCE_OPERANDS,
                             .shape = nb_reduce_shape,
                             .forward = variance_forward,
                             .grad = variance_grad,
                             .latex = "\\operatorname{var} {a}",
                             .deriv = {"2·({a} - mean({a}))/N"},
                             .dlatex = {"\\frac{2}{N} ({a} - \\operatorname{mean} {a})"},
                             .torch = "{x:f}.var(<{axis}, >unbiased=False<, keepdim={keepdims}>)",
                             .doc = "Mean squared deviation from the mean over axis, divided by N.",
                             .example = "variance([1, 2, 3, 4])",
                             .group = "reductions",
                             .domain = "variance needs at least one element"};

const NbOp nb_op_prod = {
    .name = "prod",
    .onnx = "ReduceProd({x})[axes={axis}, keepdims={keepdims}]",
    NB_REDUCE_OPERANDS,
    .shape = nb_reduce_shape,
    .forward = prod_forward,
    .grad = prod_grad,
    .vjp = prod_vjp,
    .latex = "\\prod {a}",
    .pull = {"{g}·{y}/{a}"},
    .torch_gives = NB_TORCH_SAME | NB_TORCH_COUNTS,
    .torch = "{x:t}.prod(<{axis}><, keepdim={keepdims}>)",
    .doc = "Product over axis; its derivative by an element is the product of the others.",
    .example = "prod([1, 2, 3, 4])",
    .group = "reductions"};

const NbOp nb_op_norm = {
    .name = "norm",
    .onnx = "ReduceL2({x})[axes={axis}, keepdims={keepdims}]",
    NB_REDUCE_OPERANDS,
    .shape = nb_reduce_shape,
    .forward = norm_forward,
    .grad = norm_grad,
    .latex = "\\left\\|{a}\\right\\|",
    .deriv = {"{a}/{y}"},
    .dlatex = {"\\frac{{a}}{{y}}"},
    .torch = "torch.linalg.vector_norm({x:f}<, dim={axis}><, keepdim={keepdims}>)",
    .doc = "Root of the sum of squares over axis; its derivative at 0 is 0.",
    .example = "norm([3, 4])",
    .group = "reductions"};

const NbOp nb_op_div0 = {.name = "div0",
                         .onnx = "Where(Equal({b}, 0), 0, Div({a}, {b}))",
                         NB_BINARY_OPERANDS,
                         .flags = NB_OP_ELEMENTWISE | NB_OP_HIDDEN,
                         .forward = div0_forward,
                         .scalar = div0_scalar,
                         .partials = div0_partials,
                         .over = div0_over,
                         .grad = div0_grad,
                         .formula = "{a} / {b}",
                         .latex = "\\frac{{a}}{{b}}",
                         .torch = "{a} / {b}",
                         .doc = "Quotient, 0 where b is 0.",
                         .example = "1 / 2",
                         .group = "reductions",
                         .lo = {-2, 0.5},
                         .hi = {2, 2}};

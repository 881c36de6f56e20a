/* softmax.c -- softmax, log_softmax, logsumexp: shifted by the largest element, so no overflow */
#include <math.h>

#include "ops/ops.h"
#include "ops/reduce.h"
#include "tensor/vecmath.h"
#include "tensor/storage.h"

/* The last axis unless others are given. */
static unsigned axes_of(const NbAttrs *a, int rank)
{
    if (a == NULL || a->naxes < 0) {
        return rank > 0 ? 1u << (rank - 1) : 0;
    }
    return nb_axes_mask(a, rank);
}

static NbStatus same_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n;
    *out = in[0]->shape;
    if (out->rank == 0 && a != NULL && a->naxes == 1 && a->axes[0] == -1) {
        a->naxes = -1; /* the default, on a scalar */
    }
    return nb_axes_normalize(a, out, 0, err);
}

/* Place of the largest number, of NaN when there is one; n > 0. */
static int64_t largest_at(const double *x, int64_t n)
{
    int64_t at = 0;
    for (int64_t i = 1; i < n && x[at] == x[at]; i++) {
        at = x[i] > x[at] || x[i] != x[i] ? i : at;
    }
    return at;
}

/* Σ t is 1 and the rest of the row. */
double nb_row_exp(const double *x, int64_t n, double *t, double *m, double *sum)
{
    const int64_t at = n > 0 ? largest_at(x, n) : 0;
    *m = n > 0 ? x[at] : -INFINITY;
    const double shift = *m == -INFINITY ? 0 : *m;
    for (int64_t i = 0; i < n; i++) {
        t[i] = x[i] - shift;
    }
    nb_vec_exp(n, t, t);
    if (!isfinite(*m)) {
        *sum = nb_sum_of(t, n, 1);
        return log(*sum);
    }
    t[at] = 0;
    const double rest = nb_sum_of(t, n, 1);
    t[at] = 1;
    *sum = 1 + rest;
    return log1p(rest);
}

static void softmax_row(const double *x, int64_t n, double *t)
{
    double m;
    double sum;
    nb_row_exp(x, n, t, &m, &sum);
    for (int64_t i = 0; i < n; i++) {
        t[i] /= sum;
    }
}

static double logsumexp_row(const double *x, int64_t n, double *t)
{
    double m;
    double sum;
    const double log_sum = nb_row_exp(x, n, t, &m, &sum);
    return isinf(m) ? m : m + log_sum;
}

/* Near 0 of the largest it keeps its digits: the maximum goes off first. */
static void log_softmax_row(const double *x, int64_t n, double *t)
{
    double m;
    double sum;
    const double log_sum = nb_row_exp(x, n, t, &m, &sum);
    for (int64_t i = 0; i < n; i++) {
        t[i] = isinf(m) ? x[i] - m : x[i] - m - log_sum;
    }
}

/* Up to three tensors walked by the same rows, and a row to compute in. */
typedef struct Work {
    NbRows rows[3];
    int n;
    double *t;
} Work;

static NbStatus work_begin(Work *w, const NbTensor *const x[], int n, unsigned mask, NbErr *err)
{
    *w = (Work){.n = 0};
    for (; w->n < n; w->n++) {
        if (nb_rows_begin(&w->rows[w->n], x[w->n], mask, err) != NB_OK) {
            return NB_EMEM;
        }
    }
    w->t = nb_scratch(w->rows[0].n);
    return w->t != NULL ? NB_OK : nb_fail(err, NB_EMEM, "out of memory for a row");
}

static void work_end(Work *w)
{
    for (int i = 0; i < w->n; i++) {
        nb_rows_end(&w->rows[i]);
    }
    nb_scratch_free(w->t);
}

/* out = f(rows of x) */
static NbStatus map_rows(const NbTensor *x, unsigned mask, NbTensor *out,
                         void (*f)(const double *, int64_t, double *), NbErr *err)
{
    const NbTensor *both[2] = {x, out};
    Work w;
    const NbStatus s = work_begin(&w, both, 2, mask, err);
    for (const double *row; s == NB_OK && (row = nb_rows_next(&w.rows[0])) != NULL;) {
        nb_rows_next(&w.rows[1]);
        f(row, w.rows[0].n, w.t);
        nb_rows_put(&w.rows[1], w.t, false);
    }
    work_end(&w);
    return s;
}

/* gin (+)= f(y, g) row by row */
static NbStatus grad_rows(const NbTensor *y, const NbTensor *g, unsigned mask, NbTensor *gin,
                          bool add, void (*f)(const double *, const double *, int64_t, double *),
                          NbErr *err)
{
    const NbTensor *all[3] = {y, g, gin};
    Work w;
    const NbStatus s = work_begin(&w, all, 3, mask, err);
    for (const double *row; s == NB_OK && (row = nb_rows_next(&w.rows[0])) != NULL;) {
        const double *grow = nb_rows_next(&w.rows[1]);
        nb_rows_next(&w.rows[2]);
        f(row, grow, w.rows[0].n, w.t);
        nb_rows_put(&w.rows[2], w.t, add);
    }
    work_end(&w);
    return s;
}

/* --- softmax: y(g - Σ g·y), the same for g less any number: less that of the largest y, so that
 * 1 - y is never formed where y is nearly 1 --- */

static NbStatus softmax_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                NbErr *err)
{
    (void)ctx, (void)n;
    return map_rows(in[0], axes_of(a, in[0]->shape.rank), out, softmax_row, err);
}

static void softmax_row_grad(const double *y, const double *g, int64_t n, double *t)
{
    const double less = n > 0 ? g[largest_at(y, n)] : 0;
    for (int64_t i = 0; i < n; i++) {
        t[i] = (g[i] - less) * y[i];
    }
    const double sum = nb_sum_of(t, n, 1);
    for (int64_t i = 0; i < n; i++) {
        t[i] = y[i] * (g[i] - less - sum);
    }
}

static NbStatus softmax_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                            const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)n, (void)i;
    return grad_rows(out, gout, axes_of(a, in[0]->shape.rank), gin, add, softmax_row_grad, err);
}

NbVar *nb_g_softmax(NbGrad *G, NbVar *y, NbVar *g, unsigned mask)
{
    NbAttrs a;
    nb_attrs_reduce(&a, mask, false);
    NbVar *top = y != NULL ? nb_g_apply(G, &nb_op_peak, &NB_VAR(y), 1, &a) : NULL;
    NbVar *less =
        nb_g_2(G, &nb_op_sub, g, nb_g_sum_keep(G, nb_g_2(G, &nb_op_masked, g, top), mask));
    NbVar *sum = nb_g_sum_keep(G, nb_g_2(G, &nb_op_mul, less, y), mask);
    return nb_g_2(G, &nb_op_mul, y, nb_g_2(G, &nb_op_sub, less, sum));
}

static NbVar *softmax_grad(NbGrad *G, int i)
{
    NbVar *y = nb_g_y(G);
    (void)i;
    return nb_g_softmax(G, y, nb_g_out(G), axes_of(nb_g_attrs(G), nb_var_shape(y)->rank));
}

/* --- log_softmax: g - exp(y)·Σ g, as g·(1 - exp(y)) - exp(y)·(Σ g - g), since y may be nearly 0
 * --- */

static NbStatus log_softmax_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a,
                                    NbTensor *out, NbErr *err)
{
    (void)ctx, (void)n;
    return map_rows(in[0], axes_of(a, in[0]->shape.rank), out, log_softmax_row, err);
}

static void log_softmax_row_grad(const double *y, const double *g, int64_t n, double *t)
{
    const double sum = nb_sum_of(g, n, 1);
    nb_vec_exp(n, y, t);
    for (int64_t i = 0; i < n; i++) {
        t[i] = y[i] > -0.01 ? -g[i] * expm1(y[i]) - t[i] * (sum - g[i]) : g[i] - t[i] * sum;
    }
}

static NbStatus log_softmax_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                                const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)n, (void)i;
    return grad_rows(out, gout, axes_of(a, in[0]->shape.rank), gin, add, log_softmax_row_grad, err);
}

static NbVar *log_softmax_grad(NbGrad *G, int i)
{
    NbVar *y = nb_g_y(G);
    NbVar *g = nb_g_out(G);
    const unsigned mask = axes_of(nb_g_attrs(G), nb_var_shape(y)->rank);
    NbVar *others = nb_g_2(G, &nb_op_sub, nb_g_sum_keep(G, g, mask), g);
    NbVar *part = nb_g_2(G, &nb_op_mul, nb_g_1(G, &nb_op_exp, y), others);
    NbVar *own = nb_g_2(G, &nb_op_mul, g, nb_g_1(G, &nb_op_expm1, y));
    (void)i;
    return nb_g_1(G, &nb_op_neg, nb_g_2(G, &nb_op_add, own, part));
}

/* --- logsumexp: a reduction; g·softmax(x) --- */

static NbStatus logsumexp_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                  NbErr *err)
{
    Work w;
    int64_t k = 0;
    (void)ctx, (void)n;
    const NbStatus s = work_begin(&w, in, 1, nb_axes_mask(a, in[0]->shape.rank), err);
    for (const double *row; s == NB_OK && (row = nb_rows_next(&w.rows[0])) != NULL;) {
        out->data[k++] = logsumexp_row(row, w.rows[0].n, w.t);
    }
    work_end(&w);
    return s;
}

static NbVar *logsumexp_grad(NbGrad *G, int i)
{
    NbVar *x = nb_g_in(G, i);
    const NbShape *s = nb_var_shape(x);
    const unsigned mask = nb_axes_mask(nb_g_attrs(G), s->rank);
    NbAttrs a;
    nb_attrs_reduce(&a, mask, false);
    NbVar *soft = nb_g_apply(G, &nb_op_softmax, &NB_VAR(x), 1, &a);
    return nb_g_2(G, &nb_op_mul, nb_g_restore(G, nb_g_out(G), s, mask), soft);
}

/* --- records --- */

static const NbParam softmax_params[] = {{"x", NB_P_VAR, NULL}, {"axis", NB_P_AXES, "-1"}};

const NbOp nb_op_softmax = {
    .name = "softmax",
    .flags = NB_OP_NORMALISES,
    .onnx = "Softmax({x})[axis={axis}]",
    .min_in = 1,
    .max_in = 1,
    .nparams = 2,
    .params = softmax_params,
    .shape = same_shape,
    .forward = softmax_forward,
    .grad = softmax_grad,
    .vjp = softmax_vjp,
    .latex = "\\operatorname{softmax}\\left({a}\\right)",
    .pull = {"{y}·({g} - sum({g}·{y}))"},
    .tries = "2,3; "
             "2,3,2 axis=1; "
             "2,3,2 axis=0,2",
    .torch = "torch.softmax({x:f}, {axis})",
    .doc = "e^x divided by its sum over axis (the last one): positive numbers that add up to 1.",
    .example = "softmax([1, 2, 3])",
    .group = "activations"};

const NbOp nb_op_log_softmax = {
    .name = "log_softmax",
    .flags = NB_OP_NORMALISES,
    .onnx = "LogSoftmax({x})[axis={axis}]",
    .min_in = 1,
    .max_in = 1,
    .nparams = 2,
    .params = softmax_params,
    .shape = same_shape,
    .forward = log_softmax_forward,
    .grad = log_softmax_grad,
    .vjp = log_softmax_vjp,
    .latex = "\\log\\operatorname{softmax}\\left({a}\\right)",
    .pull = {"{g} - softmax({a})·sum({g})"},
    .tries = "2,3; "
             "3,2 axis=0",
    .torch = "torch.log_softmax({x:f}, {axis})",
    .doc = "Logarithm of softmax over axis (the last one), without overflow.",
    .example = "log_softmax([1, 2, 3])",
    .group = "activations"};

const NbOp nb_op_logsumexp = {
    .name = "logsumexp",
    .onnx = "ReduceLogSumExp({x})[axes={axis}, keepdims={keepdims}]",
    NB_REDUCE_OPERANDS,
    .shape = nb_reduce_shape,
    .forward = logsumexp_forward,
    .grad = logsumexp_grad,
    .latex = "\\log\\sum e^{{a}}",
    .pull = {"{g}·softmax({a})"},
    .torch =
        "torch.logsumexp({x:f}, {axis}<, keepdim={keepdims}>)|torch.logsumexp({x:f}.flatten(), 0)",
    .doc = "log(sum(exp(x))) over axis, without overflow.",
    .example = "logsumexp([1000, 1000])",
    .group = "activations"};

/* loss.c -- losses between two tensors of one shape, averaged: mse, mae, huber, bce */
#include <inttypes.h>
#include <math.h>

#include "base/mem.h"
#include "ops/elementwise.h"
#include "ops/ops.h"
#include "tensor/loop.h"

#define BLOCK 256

static NbStatus same_shapes(const char *name, NbTensors in, NbShape *out, NbErr *err)
{
    const NbShape *a = &in[0]->shape;
    const NbShape *b = &in[1]->shape;
    char ta[160];
    char tb[160];
    *out = (NbShape){0};
    if (nb_shape_equal(a, b)) {
        return NB_OK;
    }
    nb_fail(err, NB_ESHAPE, "%s: shapes differ: {0} %s and {1} %s", name,
            nb_shape_text(a, ta, sizeof ta), nb_shape_text(b, tb, sizeof tb));
    if (in[0]->size == in[1]->size) {
        nb_hint(err, "reshape one side: broadcasting would compare every pair");
    }
    return NB_ESHAPE;
}

static double per_element(const NbTensor *x)
{
    return 1 / (double)x->size;
}

static NbVar *g_each(NbGrad *G, double factor)
{
    const NbShape *s = nb_var_shape(nb_g_in(G, 0));
    double n = 1;
    for (int i = 0; i < s->rank; i++) {
        n *= (double)s->dim[i];
    }
    return nb_g_k2(G, &nb_op_mul, factor / n, nb_g_out(G));
}

/* a - b, with the sign that operand i sees */
static NbVar *difference(NbGrad *G, int i)
{
    return nb_g_2(G, &nb_op_sub, nb_g_in(G, i), nb_g_in(G, 1 - i));
}

/* Mean of f over all pairs, summed in blocks of fixed size. */
static void mean_of(NbTensors in, NbTensor *out, double (*f)(double a, double b, double k),
                    double k)
{
    const NbTensor *t[2] = {in[0], in[1]};
    double buf[BLOCK];
    double sum = 0;
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &in[0]->shape, t, 2); go; go = nb_loop_next(&l)) {
        for (int64_t from = 0; from < l.inner; from += BLOCK) {
            const int64_t m = l.inner - from < BLOCK ? l.inner - from : BLOCK;
            const double *a = l.p[0] + from * l.step[0];
            const double *b = l.p[1] + from * l.step[1];
            for (int64_t i = 0; i < m; i++) {
                buf[i] = f(a[i * l.step[0]], b[i * l.step[1]], k);
            }
            sum += nb_sum_of(buf, m, 1);
        }
    }
    out->data[0] = sum / (double)in[0]->size;
}

/* --- mse --- */

static NbStatus mse_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n, (void)a;
    return same_shapes("mse", in, out, err);
}

static double squared(double a, double b, double k)
{
    (void)k;
    return (a - b) * (a - b);
}

static NbStatus mse_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                            NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    mean_of(in, out, squared, 0);
    return NB_OK;
}

static NbStatus mse_vjp(NbTensors in, int n, const NbAttrs *at, const NbTensor *out,
                        const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    const NbTensor *t[3] = {gin, in[i], in[1 - i]};
    const double factor = 2 * per_element(in[0]) * gout->data[0];
    NbLoop l;
    (void)n, (void)at, (void)out, (void)err;
    for (bool go = nb_loop_begin(&l, &gin->shape, t, 3); go; go = nb_loop_next(&l)) {
        for (int64_t k = 0; k < l.inner; k++) {
            const double d = factor * (l.p[1][k * l.step[1]] - l.p[2][k * l.step[2]]);
            double *to = l.p[0] + k * l.step[0];
            *to = add ? *to + d : d;
        }
    }
    return NB_OK;
}

static NbVar *mse_grad(NbGrad *G, int i)
{
    return nb_g_2(G, &nb_op_mul, g_each(G, 2), difference(G, i));
}

/* --- mae --- */

static NbStatus mae_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n, (void)a;
    return same_shapes("mae", in, out, err);
}

static double distance(double a, double b, double k)
{
    (void)k;
    return fabs(a - b);
}

static NbStatus mae_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                            NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    mean_of(in, out, distance, 0);
    return NB_OK;
}

static NbVar *mae_grad(NbGrad *G, int i)
{
    return nb_g_2(G, &nb_op_masked, g_each(G, 1), nb_g_1(G, &nb_op_sign, difference(G, i)));
}

/* --- huber: d²/2 up to delta, then delta·(|d| - delta/2) --- */

static NbStatus huber_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    const double delta = nb_opt(a, 0, 1);
    (void)n;
    if (!(delta > 0)) {
        return nb_fail(err, NB_EVALUE, "huber: delta must be above 0, not %g", delta);
    }
    return same_shapes("huber", in, out, err);
}

static double huber_of(double a, double b, double delta)
{
    const double d = fabs(a - b);
    return d <= delta ? 0.5 * d * d : delta * (d - 0.5 * delta);
}

static NbStatus huber_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                              NbErr *err)
{
    (void)ctx, (void)n, (void)err;
    mean_of(in, out, huber_of, nb_opt(a, 0, 1));
    return NB_OK;
}

static NbVar *huber_grad(NbGrad *G, int i)
{
    const double delta = nb_opt(nb_g_attrs(G), 0, 1);
    NbAttrs a;
    nb_attrs_init(&a);
    a.num[0] = -delta;
    a.num[1] = delta;
    NbVar *d = difference(G, i);
    return nb_g_2(G, &nb_op_mul, g_each(G, 1), nb_g_apply(G, &nb_op_clip, &NB_VAR(d), 1, &a));
}

/* With delta as an operand. */
static NbStatus huber_by_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    char text[160];
    (void)n, (void)a;
    if (in[2]->size != 1) {
        return nb_fail(err, NB_ESHAPE, "huber: delta must be one number, not {2} %s",
                       nb_shape_text(&in[2]->shape, text, sizeof text));
    }
    const double delta = nb_tensor_at(in[2], 0);
    if (!(delta > 0)) {
        return nb_fail(err, NB_EVALUE, "huber: delta must be above 0, not %g", delta);
    }
    return same_shapes("huber", in, out, err);
}

static NbStatus huber_by_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                 NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    mean_of(in, out, huber_of, nb_tensor_at(in[2], 0));
    return NB_OK;
}

/* by y and t as of huber; by delta |d| - delta where that is above 0 */
static NbVar *huber_by_grad(NbGrad *G, int i)
{
    NbVar *delta = nb_g_in(G, 2);
    if (i == 2) {
        NbVar *over = nb_g_2(G, &nb_op_sub, nb_g_1(G, &nb_op_abs, difference(G, 0)), delta);
        NbVar *sum = nb_g_1(G, &nb_op_sum, nb_g_1(G, &nb_op_relu, over));
        NbVar *by = nb_g_2(G, &nb_op_mul, g_each(G, 1), sum);
        return by ? nb_g_reshape(G, by, nb_var_shape(delta)) : NULL;
    }
    NbVar *d = difference(G, i), *minus = nb_g_1(G, &nb_op_neg, delta);
    if (!d || !minus) {
        return NULL;
    }
    const NbArg in[] = {NB_VAR(d), NB_VAR(minus), NB_VAR(delta)};
    return nb_g_2(G, &nb_op_mul, g_each(G, 1), nb_g_apply(G, &nb_op_clip_by, in, 3, NULL));
}

/* --- bce: of probabilities, or of logits --- */

static NbStatus bce_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n, (void)a;
    return same_shapes("bce", in, out, err);
}

/* 0·log 0 = 0, so that certain and right costs nothing */
static double times_log(double t, double p)
{
    return t == 0 ? 0 : t * log(p);
}

static double bce_of(double p, double t, double logits)
{
    if (logits != 0 && isinf(p)) { /* t·log(1 + e^-p) + (1 - t)·log(1 + e^p), 0·inf = 0 */
        return (p > 0 ? 1 - t : t) == 0 ? 0 : INFINITY;
    }
    if (logits != 0) {
        return (p <= 0 ? 0 : p) + log1p(exp(-fabs(p))) - t * p;
    }
    return -(times_log(t, p) + times_log(1 - t, 1 - p));
}

/* All of x in [0, 1]; NaN passes, to be reported where it came from. */
static NbStatus in_unit(const char *what, const NbTensor *x, NbErr *err)
{
    for (int64_t i = 0; i < x->size; i++) {
        const double v = nb_tensor_at(x, i);
        if (v < 0 || v > 1) {
            return nb_fail(err, NB_EVALUE, "bce: %s %g at position %" PRId64 " is not in 0 to 1",
                           what, v, i);
        }
    }
    return NB_OK;
}

static NbStatus bce_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                            NbErr *err)
{
    (void)ctx, (void)n;
    if (nb_opt(a, 0, 0) == 0 && in_unit("probability", in[0], err) != NB_OK) {
        nb_advise(err, "bce(sigmoid(x), t), or bce(x, t, logits=true) for numbers of any size");
        return NB_EVALUE;
    }
    if (in_unit("target", in[1], err) != NB_OK) {
        return NB_EVALUE;
    }
    mean_of(in, out, bce_of, nb_opt(a, 0, 0));
    return NB_OK;
}

/* t/p with 0/0 = 0, as 0·log 0 is; a target above 0 over 0 is infinite, as the loss is. */
static NbVar *over(NbGrad *G, NbVar *t, NbVar *p)
{
    NbVar *none = nb_g_2(G, &nb_op_mul, nb_g_2k(G, &nb_op_eq, t, 0), nb_g_2k(G, &nb_op_eq, p, 0));
    return nb_g_2(G, &nb_op_div, t, nb_g_2(G, &nb_op_add, p, none));
}

/* by p: (1-t)/(1-p) - t/p, for logits sigmoid(p) - t; by t: log(1-p) - log p, for logits -p */
static NbVar *bce_grad(NbGrad *G, int i)
{
    NbVar *p = nb_g_in(G, 0);
    NbVar *t = nb_g_in(G, 1);
    NbVar *g = g_each(G, 1);
    if (nb_opt(nb_g_attrs(G), 0, 0) != 0) {
        return i == 1 ? nb_g_1(G, &nb_op_neg, nb_g_2(G, &nb_op_mul, g, p))
                      : nb_g_2(G, &nb_op_mul, g,
                               nb_g_2(G, &nb_op_sub, nb_g_1(G, &nb_op_sigmoid, p), t));
    }
    NbVar *q = nb_g_k2(G, &nb_op_sub, 1, p);
    if (i == 1) {
        return nb_g_2(G, &nb_op_mul, g,
                      nb_g_2(G, &nb_op_sub, nb_g_1(G, &nb_op_log, q), nb_g_1(G, &nb_op_log, p)));
    }
    return nb_g_2(G, &nb_op_mul, g,
                  nb_g_2(G, &nb_op_sub, over(G, nb_g_k2(G, &nb_op_sub, 1, t), q), over(G, t, p)));
}

/* --- records --- */

#define LOSS(NAME, NPARAMS, PARAMS)                                                                \
    .name = #NAME, .min_in = 2, .max_in = 2, .nparams = NPARAMS, .params = PARAMS,                 \
    .shape = NAME##_shape, .forward = NAME##_forward, .grad = NAME##_grad, .group = "losses"

static const NbParam pair_params[] = {{"y", NB_P_VAR, NULL}, {"t", NB_P_VAR, NULL}};
static const NbParam huber_params[] = {
    {"y", NB_P_VAR, NULL}, {"t", NB_P_VAR, NULL}, {"delta", NB_P_NUM, "1"}};
static const NbParam delta_params[] = {
    {"y", NB_P_VAR, NULL}, {"t", NB_P_VAR, NULL}, {"delta", NB_P_VAR, "1"}};
static const NbParam bce_params[] = {
    {"p", NB_P_VAR, NULL}, {"t", NB_P_VAR, NULL}, {"logits", NB_P_BOOL, "false"}};

const NbOp nb_op_mse = {LOSS(mse, 2, pair_params),
                        .flags = NB_OP_MEANS,
                        .vjp = mse_vjp,
                        .latex = "\\operatorname{mse}\\left({a}, {b}\\right)",
                        .deriv = {"2·({a} - {b})/N", "2·({b} - {a})/N"},
                        .dlatex = {"\\frac{2}{N} ({a} - {b})", "\\frac{2}{N} ({b} - {a})"},
                        .tries = "2,3|2,3",
                        .onnx = "d = Sub({y}, {t}); ReduceMean(Mul(d, d))[keepdims=0]",
                        .torch = "F.mse_loss({y:f}, {t:f})",
                        .doc = "Mean of (y - t)^2; the shapes must be equal.",
                        .example = "mse([1, 2], [1, 4])"};

const NbOp nb_op_mae = {LOSS(mae, 2, pair_params),
                        .flags = NB_OP_MEANS,
                        .latex = "\\operatorname{mae}\\left({a}, {b}\\right)",
                        .deriv = {"sign({a} - {b})/N", "sign({b} - {a})/N"},
                        .tries = "2,3|2,3",
                        .onnx = "ReduceMean(Abs(Sub({y}, {t})))[keepdims=0]",
                        .torch = "F.l1_loss({y:f}, {t:f})",
                        .doc = "Mean of |y - t|; the shapes must be equal.",
                        .example = "mae([1, 2], [1, 4])",
                        .lo = {-2, 3},
                        .hi = {2, 4}};

const NbOp nb_op_huber = {
    LOSS(huber, 3, huber_params),
    .flags = NB_OP_MEANS,
    .latex = "\\operatorname{huber}\\left({a}, {b}\\right)",
    .tries = "2,3|2,3; "
             "2,3|2,3 num=0.4",
    .of_variable = &nb_op_huber_by,
    .onnx = "d = Abs(Sub({y}, {t})); q = Min(d, {delta}); ReduceMean(Add(Mul(0.5, Mul(q, q)), "
            "Mul({delta}, Sub(d, q))))[keepdims=0]",
    .torch = "F.huber_loss({y:f}, {t:f}<, delta={delta}>)",
    .doc = "Mean of d^2/2 for |d| <= delta, else delta·(|d| - delta/2), with d = y - t.",
    .example = "huber([1, 2], [1.5, 4])"};

const NbOp nb_op_huber_by = {
    .name = "huber_by",
    .min_in = 3,
    .max_in = 3,
    .nparams = 3,
    .params = delta_params,
    .flags = NB_OP_MEANS | NB_OP_HIDDEN,
    .shape = huber_by_shape,
    .forward = huber_by_forward,
    .grad = huber_by_grad,
    .formula = "huber({a}, {b}, {c})",
    .latex = "\\operatorname{huber}\\left({a}, {b}, {c}\\right)",
    .tries = "2,3|2,3|-",
    .onnx = "d = Abs(Sub({y}, {t})); q = Min(d, {delta}); ReduceMean(Add(Mul(0.5, Mul(q, q)), "
            "Mul({delta}, Sub(d, q))))[keepdims=0]",
    .torch = "torch.where(({y:f} - {t:f}).abs() <= {delta:f}, 0.5 * ({y:f} - {t:f}) ** 2, "
             "{delta:f} * (({y:f} - {t:f}).abs() - 0.5 * {delta:f})).mean()",
    .doc = "huber(y, t, delta) of a delta that is a variable.",
    .example = "huber_by([1, 2], [1.5, 4], 1)",
    .group = "losses",
    .lo = {-2, -2, 0.5},
    .hi = {2, 2, 1}};

const NbOp nb_op_bce = {
    LOSS(bce, 3, bce_params),
    .flags = NB_OP_MEANS | NB_OP_POLES,
    .latex = "\\operatorname{bce}\\left({a}, {b}\\right)",
    .tries = "2,3|2,3; "
             "2,3|2,3 num=1",
    .onnx = "{logits?}ReduceMean(Sub(Softplus({p}), Mul({p}, {t})))[keepdims=0]|a = "
            "Where(Equal({t}, 0), 0, Mul({t}, Log({p}))); b = Where(Equal({t}, 1), 0, Mul(Sub(1, "
            "{t}), Log(Sub(1, {p})))); Neg(ReduceMean(Add(a, b))[keepdims=0])",
    .torch = "{logits?}F.binary_cross_entropy_with_logits({p:f}, "
             "{t:f})|F.binary_cross_entropy({p:f}, {t:f})",
    .doc = "Binary cross entropy, mean of -(t·log p + (1 - t)·log(1 - p)); logits=true takes "
           "numbers before the sigmoid and does not overflow.",
    .example = "bce([0.9, 0.2], [1, 0])",
    .domain = "bce is infinite where a probability of 0 or 1 is wrong; bce(x, t, logits=true) "
              "takes numbers before the sigmoid",
    .lo = {0.1, 0.1},
    .hi = {0.9, 0.9}};

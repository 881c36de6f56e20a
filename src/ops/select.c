/* select.c -- clip, where, mask_fill: which elements pass */
#include <math.h>

#include "base/clamp.h"
#include "ops/elementwise.h"
#include "ops/ops.h"
#include "tensor/loop.h"

/* --- clip: the gradient passes on the closed interval --- */

/* A bound that is NaN bounds nothing that is known. */
static double clip_of(double x, double lo, double hi)
{
    return isunordered(lo, hi) ? NAN : nb_clamp(x, lo, hi);
}

static NbStatus clip_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    const double lo = nb_opt(a, 0, -INFINITY);
    const double hi = nb_opt(a, 1, INFINITY);
    (void)ctx, (void)n;
    if (lo > hi) {
        return nb_fail(err, NB_EVALUE, "clip: lo must not be above hi: %g and %g", lo, hi);
    }
    if (nb_tensor_assign(out, in[0], err) != NB_OK ||
        (out->size > NB_PART && nb_go_on(err) != NB_OK)) {
        return err->code;
    }
    for (int64_t i = 0; i < out->size; i++) {
        const double x = out->data[i];
        out->data[i] = clip_of(x, lo, hi);
    }
    return NB_OK;
}

/* out = f of three operands, element by element. */
static NbStatus map3(NbTensors in, NbTensor *out, double (*f)(double x, double lo, double hi),
                     NbErr *err)
{
    const NbTensor *t[4] = {out, in[0], in[1], in[2]};
    NbLoop l;
    for (bool go = nb_loop_begin(&l, &out->shape, t, 4); go; go = nb_loop_next(&l)) {
        for (int64_t k = 0; k < l.inner; k++) {
            l.p[0][k * l.step[0]] =
                f(l.p[1][k * l.step[1]], l.p[2][k * l.step[2]], l.p[3][k * l.step[3]]);
        }
        if (out->size > NB_PART && nb_go_on(err) != NB_OK) {
            return NB_EINTERRUPT;
        }
    }
    return NB_OK;
}

static double inside_of(double x, double lo, double hi)
{
    return x >= lo && x <= hi ? 1 : 0;
}

static NbStatus inside_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    (void)ctx, (void)n, (void)a;
    return map3(in, out, inside_of, err);
}

/* With the bounds as operands. */
static NbStatus clip_by_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                NbErr *err)
{
    const NbTensor *t[2] = {in[1], in[2]};
    NbLoop l;
    (void)ctx, (void)n, (void)a;
    for (bool go = nb_loop_begin(&l, &out->shape, t, 2); go; go = nb_loop_next(&l)) {
        for (int64_t k = 0; k < l.inner; k++) {
            const double lo = l.p[0][k * l.step[0]], hi = l.p[1][k * l.step[1]];
            if (lo > hi) {
                return nb_fail(err, NB_EVALUE, "clip: lo must not be above hi: %g and %g", lo, hi);
            }
        }
    }
    return map3(in, out, clip_of, err);
}

/* where(pass, g, 0), so that an infinite g outside does not turn into NaN */
static NbVar *passed(NbGrad *G, NbVar *pass, NbVar *g, bool where_zero)
{
    const NbArg zero = NB_NUM(0);
    const NbArg in[3] = {NB_VAR(pass), where_zero ? zero : NB_VAR(g),
                         where_zero ? NB_VAR(g) : zero};
    return pass != NULL && g != NULL ? nb_g_apply(G, &nb_op_where, in, 3, NULL) : NULL;
}

static NbVar *clip_grad(NbGrad *G, int i)
{
    const NbArg in[] = {NB_VAR(nb_g_in(G, i)), NB_NUM(nb_opt(nb_g_attrs(G), 0, -INFINITY)),
                        NB_NUM(nb_opt(nb_g_attrs(G), 1, INFINITY))};
    return passed(G, nb_g_apply(G, &nb_op_inside, in, 3, NULL), nb_g_out(G), false);
}

static NbVar *clip_by_grad(NbGrad *G, int i)
{
    NbVar *x = nb_g_in(G, 0), *lo = nb_g_in(G, 1), *hi = nb_g_in(G, 2);
    const NbArg in[] = {NB_VAR(x), NB_VAR(lo), NB_VAR(hi)};
    NbVar *pass = i == 0   ? nb_g_apply(G, &nb_op_inside, in, 3, NULL)
                  : i == 1 ? nb_g_2(G, &nb_op_lt, x, lo)
                           : nb_g_2(G, &nb_op_gt, x, hi);
    return passed(G, pass, nb_g_out(G), false);
}

static NbStatus clip_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                         const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    const NbTensor *t[3] = {gin, in[0], gout};
    const double lo = nb_opt(a, 0, -INFINITY);
    const double hi = nb_opt(a, 1, INFINITY);
    NbLoop l;
    (void)n, (void)out, (void)i, (void)err;
    for (bool go = nb_loop_begin(&l, &gin->shape, t, 3); go; go = nb_loop_next(&l)) {
        for (int64_t k = 0; k < l.inner; k++) {
            const double x = l.p[1][k * l.step[1]];
            const double g = x >= lo && x <= hi ? l.p[2][k * l.step[2]] : 0;
            double *to = l.p[0] + k * l.step[0];
            *to = add ? *to + g : g;
        }
    }
    return NB_OK;
}

/* --- masked: g·d, and 0 where d is 0 whatever g is --- */

NB_BINARY_VALUE(masked, NB_CLONES, nb_masked(a, b))
NB_PARTIALS2(masked, b, a)
NB_BINARY_VJP(masked, NB_CLONES, nb_masked(g, b), nb_masked(g, a))

static NbVar *masked_grad(NbGrad *G, int i)
{
    return nb_g_masked(G, nb_g_in(G, 1 - i));
}

/* --- where --- */

static NbStatus where_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    NbShape ab;
    char tc[160];
    char ts[160];
    (void)n, (void)a;
    if (nb_shape_broadcast(&in[1]->shape, &in[2]->shape, &ab, NULL) != NB_OK) {
        return nb_fail(err, NB_ESHAPE, "where: shapes do not fit: {1} %s and {2} %s",
                       nb_shape_text(&in[1]->shape, tc, sizeof tc),
                       nb_shape_text(&in[2]->shape, ts, sizeof ts));
    }
    if (nb_shape_broadcast(&in[0]->shape, &ab, out, NULL) != NB_OK) {
        return nb_fail(err, NB_ESHAPE, "where: the condition {0} %s does not fit %s",
                       nb_shape_text(&in[0]->shape, tc, sizeof tc),
                       nb_shape_text(&ab, ts, sizeof ts));
    }
    return NB_OK;
}

/* Elements [from, to) of the loop's row. */
static void where_row(const NbLoop *l, int64_t from, int64_t to)
{
    for (int64_t k = from; k < to; k++) {
        l->p[0][k * l->step[0]] = l->p[1][k * l->step[1]] != 0 ? l->p[2][k * l->step[2]]
                                                               : l->p[3][k * l->step[3]];
    }
}

static NbStatus where_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                              NbErr *err)
{
    const NbTensor *t[4] = {out, in[0], in[1], in[2]};
    NbLoop l;
    (void)ctx, (void)n, (void)a;
    for (bool go = nb_loop_begin(&l, &out->shape, t, 4); go; go = nb_loop_next(&l)) {
        for (int64_t from = 0; from < l.inner; from += NB_PART) {
            where_row(&l, from, l.inner - from < NB_PART ? l.inner : from + NB_PART);
            if (out->size > NB_PART && nb_go_on(err) != NB_OK) {
                return NB_EINTERRUPT;
            }
        }
    }
    return NB_OK;
}

static NbVar *where_grad(NbGrad *G, int i)
{
    return i == 0 ? NULL : passed(G, nb_g_in(G, 0), nb_g_out(G), i == 2);
}

/* --- mask_fill: v where the mask is 0 --- */

static NbStatus mask_fill_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    char tx[160];
    char tm[160];
    (void)n, (void)a;
    if (nb_shape_broadcast(&in[0]->shape, &in[1]->shape, out, NULL) != NB_OK ||
        !nb_shape_equal(out, &in[0]->shape)) {
        return nb_fail(err, NB_ESHAPE, "mask_fill: the mask {1} %s does not fit {0} %s",
                       nb_shape_text(&in[1]->shape, tm, sizeof tm),
                       nb_shape_text(&in[0]->shape, tx, sizeof tx));
    }
    return NB_OK;
}

static NbStatus mask_fill_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                  NbErr *err)
{
    double v = nb_opt(a, 0, 0);
    const NbTensor fill = nb_tensor_scalar(&v);
    const NbTensor *three[3] = {in[1], in[0], &fill};
    (void)n;
    return where_forward(ctx, three, 3, NULL, out, err);
}

static NbVar *mask_fill_grad(NbGrad *G, int i)
{
    return i == 0 ? passed(G, nb_g_in(G, 1), nb_g_out(G), false) : NULL;
}

/* With v as an operand it is where. */
static NbVar *mask_fill_by_build(NbCtx *ctx, const NbArg *in, int n, const NbAttrs *a)
{
    const NbArg three[] = {in[1], in[0], in[2]};
    (void)n, (void)a;
    return nb_apply(ctx, &nb_op_where, three, 3, NULL);
}

/* --- records --- */

static const NbParam clip_params[] = {
    {"x", NB_P_VAR, NULL}, {"lo", NB_P_NUM, "-inf"}, {"hi", NB_P_NUM, "inf"}};
static const NbParam bounds_params[] = {
    {"x", NB_P_VAR, NULL}, {"lo", NB_P_VAR, "-inf"}, {"hi", NB_P_VAR, "inf"}};
static const NbParam where_params[] = {
    {"cond", NB_P_VAR, NULL}, {"a", NB_P_VAR, NULL}, {"b", NB_P_VAR, NULL}};
static const NbParam fill_params[] = {
    {"x", NB_P_VAR, NULL}, {"mask", NB_P_VAR, NULL}, {"v", NB_P_VAR, "0"}};
static const NbParam mask_params[] = {
    {"x", NB_P_VAR, NULL}, {"mask", NB_P_VAR, NULL}, {"v", NB_P_NUM, "0"}};

const NbOp nb_op_clip = {
    .name = "clip",
    .onnx = "Clip({x}, {lo}, {hi})",
    .min_in = 1,
    .max_in = 1,
    .nparams = 3,
    .params = clip_params,
    .flags = NB_OP_ELEMENTWISE,
    .forward = clip_forward,
    .grad = clip_grad,
    .vjp = clip_vjp,
    .latex = "\\operatorname{clip}\\left({a}\\right)",
    .pull = {"{g} where {a} is inside"},
    .kink = NB_KINK,
    .tries = "2,3 num=-0.7,0.9",
    .of_variable = &nb_op_clip_by,
    .torch_gives = NB_TORCH_SAME,
    .torch = "{x:t}.clamp({lo}, {hi})|{x:t}.clamp(min={lo})|{x:t}.clamp(max={hi})|{x}",
    .torch_number = "min(max({x}, {lo}), {hi})",
    .doc = "x held between lo and hi; its derivative is 1 from lo to hi, both included, else 0.",
    .example = "clip([-2, 0.5, 2], -1, 1)",
    .group = "selection"};

const NbOp nb_op_clip_by = {
    .name = "clip_by",
    .onnx = "Min(Max({x}, {lo}), {hi})",
    .min_in = 3,
    .max_in = 3,
    .nparams = 3,
    .params = bounds_params,
    .flags = NB_OP_ELEMENTWISE | NB_OP_HIDDEN,
    .forward = clip_by_forward,
    .grad = clip_by_grad,
    .formula = "clip({a}, {b}, {c})",
    .deriv = {"({b} <= {a}) * ({a} <= {c})", "{a} < {b}", "{a} > {c}"},
    .latex = "\\operatorname{clip}\\left({a}, {b}, {c}\\right)",
    .kink = NB_KINK,
    .torch_gives = NB_TORCH_SAME,
    .torch = "{x:t}.clamp({lo:t}, {hi:t})|{x:t}.clamp(min={lo:t})|{x:t}.clamp(max={hi:t})",
    .doc = "clip(x, lo, hi) of bounds that are variables: where x is below lo or above hi the "
           "gradient is theirs.",
    .example = "clip_by([-2, 0.5, 2], -1, [1, 1, 3])",
    .group = "selection",
    .lo = {-2, -1, 0.5},
    .hi = {2, 0, 1}};

const NbOp nb_op_inside = {.name = "inside",
                           .onnx = "Real(And(LessOrEqual({lo}, {x}), LessOrEqual({x}, {hi})))",
                           .min_in = 3,
                           .max_in = 3,
                           .nparams = 3,
                           .params = bounds_params,
                           .flags = NB_OP_ELEMENTWISE | NB_OP_HIDDEN,
                           .forward = inside_forward,
                           .grad = nb_g_zero,
                           .formula = "({b} <= {a}) * ({a} <= {c})",
                           .latex = "\\left[{b} \\le {a} \\le {c}\\right]",
                           .torch = "(({lo} <= {x:t}) & ({x:t} <= {hi})).{double}()",
                           .doc = "1 from lo to hi, both included, else 0: the derivative of clip.",
                           .example = "inside([-1, 1, 2], 0, 2)",
                           .group = "selection"};

const NbOp nb_op_masked = {
    .name = "masked",
    .onnx = "Where(Equal({b}, 0), 0, Mul({a}, {b}))",
    .precedence = 7,
    NB_BINARY_OPERANDS,
    NB_KERNELS(masked),
    .flags = NB_OP_ELEMENTWISE | NB_OP_HIDDEN | NB_OP_BRANCHES,
    .formula = "{a} * {b}",
    .deriv = {"{b}", "{a}"},
    .latex = "{a} \\cdot {b}",
    .dlatex = {"{b}", "{a}"},
    .torch = "{a} * {b}",
    .doc = "a times b, 0 where b is 0: a gradient times a slope that is 0 by a branch.",
    .example = "relu(1)",
    .group = "selection"};

const NbOp nb_op_where = {.name = "where",
                          .onnx = "Where(Truth({cond}), {a}, {b})",
                          .min_in = 3,
                          .max_in = 3,
                          .nparams = 3,
                          .params = where_params,
                          .flags = NB_OP_ELEMENTWISE | NB_OP_CHOOSES,
                          .shape = where_shape,
                          .forward = where_forward,
                          .grad = where_grad,
                          .latex = "\\operatorname{where}\\left({a}, {b}, {c}\\right)",
                          .pull = {NULL, "{g} where {a}", "{g} where not {a}"},
                          .whole = {2},
                          .torch_gives = NB_TORCH_SAME,
                          .torch = "torch.where({cond:b}, {a:t}, {b:t})",
                          .doc = "a where cond is not 0, else b.",
                          .example = "where([1, 0], [1, 2], [3, 4])",
                          .group = "selection"};

const NbOp nb_op_mask_fill_by = {
    .name = "mask_fill_by",
    .min_in = 3,
    .max_in = 3,
    .nparams = 3,
    .params = fill_params,
    .flags = NB_OP_HIDDEN,
    .build = mask_fill_by_build,
    .tries = "2,3|2,3|-",
    .whole = {0, 2},
    .torch_gives = NB_TORCH_SAME,
    .torch = "torch.where({mask:b}, {x:t}, {v:t})",
    .doc = "mask_fill(x, mask, v) of a v that is a variable: where(mask, x, v).",
    .example = "mask_fill_by([1, 2], [1, 0], -1)",
    .group = "selection"};

const NbOp nb_op_mask_fill = {
    .name = "mask_fill",
    .onnx = "Where(Truth({mask}), {x}, {v})",
    .min_in = 2,
    .max_in = 2,
    .nparams = 3,
    .params = mask_params,
    .flags = NB_OP_ELEMENTWISE,
    .shape = mask_fill_shape,
    .forward = mask_fill_forward,
    .grad = mask_fill_grad,
    .latex = "\\operatorname{mask}\\left({a}, {b}\\right)",
    .pull = {"{g} where {b}"},
    .tries = "2,3|2,3 num=1.5",
    .of_variable = &nb_op_mask_fill_by,
    .whole = {0, 2},
    .torch_gives = NB_TORCH_SAME,
    .torch = "{x:t}.masked_fill({mask:z}, {v})",
    .doc = "v where mask is 0, else x; the gradient passes where mask is not 0.",
    .example = "mask_fill([1, 2], [1, 0], -1)",
    .group = "selection"};

/* dropout.c -- dropout: the product with a random mask that every replay draws again */
#include <math.h>

#include "base/draws.h"
#include "ops/elementwise.h"
#include "ops/ops.h"

/* --- the mask: 0 with probability p, else 1/(1 - p); all ones in test mode --- */

static NbStatus check_p(double p, NbErr *err)
{
    if (p >= 0 && p < 1) {
        return NB_OK;
    }
    return nb_fail(err, NB_EVALUE, "dropout: p must lie in [0, 1), got %g", p);
}

static NbStatus mask_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)in, (void)n;
    *out = a->shape;
    return check_p(a->num[0], err);
}

static NbStatus mask_by_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    char text[160];
    (void)n;
    *out = a->shape;
    if (in[0]->size != 1) {
        return nb_fail(err, NB_ESHAPE, "dropout: p must be one number, not of shape %s",
                       nb_shape_text(&in[0]->shape, text, sizeof text));
    }
    return check_p(nb_tensor_at(in[0], 0), err);
}

/* An element is dropped when a uniform draw (its 53 bits, see nb_rng_uniform) is below p. */
static void draw_mask(NbCtx *ctx, double p, NbTensor *out)
{
    const double keep = 1 / (1 - p);
    const uint64_t below = (uint64_t)ceil(p * 0x1p53);
    NbRng *rng = nb_ctx_dropout_rng(ctx);
    if (nb_testmode(ctx)) {
        nb_tensor_fill(out, 1);
        return;
    }
    for (int64_t i = 0; i < out->size; i++) {
        const uint64_t bits = nb_rng_u64(rng) << 11 >> 11;
        nb_drawn(NB_DRAWS_MASKS, (double)bits * 0x1p-53);
        out->data[i] = bits < below ? 0 : keep;
    }
}

static NbStatus mask_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)in, (void)n, (void)err;
    draw_mask(ctx, a->num[0], out);
    return NB_OK;
}

/* With p as an operand, which may have become anything. */
static NbStatus mask_by_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                NbErr *err)
{
    const double p = nb_tensor_at(in[0], 0);
    (void)n, (void)a;
    const NbStatus s = check_p(p, err);
    if (s == NB_OK) {
        draw_mask(ctx, p, out);
    }
    return s;
}

/* The product; what was dropped gets no gradient, whatever arrives from above. */
NB_BINARY_VALUE(dropped, NB_CLONES, a *b)
NB_PARTIALS2(dropped, b, a)
NB_BINARY_VJP(dropped, NB_CLONES, nb_masked(g, b), nb_masked(g, a))

static NbVar *dropped_grad(NbGrad *G, int i)
{
    return nb_g_masked(G, nb_g_in(G, 1 - i));
}

/* x · mask; the mask is a node of its own, without operands unless p is a variable. */
static NbVar *dropout_build(NbCtx *ctx, const NbArg *in, int n, const NbAttrs *given)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = in[0].var != NULL ? *nb_var_shape(in[0].var) : (NbShape){0};
    a.num[0] = nb_opt(given, 0, 0.5);
    NbVar *mask = n > 1 ? nb_apply(ctx, &nb_op_dropout_mask_by, &in[1], 1, &a)
                        : nb_apply(ctx, &nb_op_dropout_mask, NULL, 0, &a);
    NbVar *y = mask != NULL ? nb_apply2(ctx, &nb_op_dropped, in[0], NB_VAR(mask)) : NULL;
    nb_var_unref(&mask);
    return y;
}

/* --- records --- */

static const NbParam dropout_params[] = {{"x", NB_P_VAR, NULL}, {"p", NB_P_NUM, NULL}};
static const NbParam by_params[] = {{"x", NB_P_VAR, NULL}, {"p", NB_P_VAR, NULL}};
static const NbParam mask_params[] = {{"shape", NB_P_SHAPE, NULL}, {"p", NB_P_NUM, NULL}};
static const NbParam mask_by_params[] = {{"p", NB_P_VAR, NULL}, {"shape", NB_P_SHAPE, NULL}};

const NbOp nb_op_dropout = {
    .name = "dropout",
    .min_in = 1,
    .max_in = 1,
    .nparams = 2,
    .params = dropout_params,
    .build = dropout_build,
    .flags = NB_OP_RANDOM,
    .of_variable = &nb_op_dropout_by,
    .torch = "dropout({x:f}, {p})",
    .doc = "Each element is 0 with probability p, else divided by 1 - p; in testmode unchanged. "
           "The product of x and a mask, which forward draws again. p lies in [0, 1).",
    .example = "dropout(ones(2, 4), 0.5)",
    .group = "layers"};

const NbOp nb_op_dropout_mask = {
    .name = "dropout_mask",
    .nparams = 2,
    .params = mask_params,
    .flags = NB_OP_CREATE | NB_OP_RANDOM | NB_OP_REDRAWN | NB_OP_HIDDEN,
    .shape = mask_shape,
    .forward = mask_forward,
    .doc = "What dropout multiplies by: 0 with probability p, else 1/(1 - p).",
    .example = "dropout_mask([2, 4], 0.5)",
    .group = "layers"};

const NbOp nb_op_dropout_by = {
    .name = "dropout_by",
    .min_in = 2,
    .max_in = 2,
    .nparams = 2,
    .params = by_params,
    .build = dropout_build,
    .flags = NB_OP_RANDOM | NB_OP_HIDDEN,
    .tries = "2,3|-",
    .torch = "dropout({x:f}, {p})",
    .doc = "dropout(x, p) of a p that is a variable: forward draws the mask with what p is then.",
    .example = "dropout_by(ones(2, 4), 0.5)",
    .group = "layers",
    .lo = {-2, 0.2},
    .hi = {2, 0.8}};

const NbOp nb_op_dropout_mask_by = {.name = "dropout_mask_by",
                                    .min_in = 1,
                                    .max_in = 1,
                                    .nparams = 2,
                                    .params = mask_by_params,
                                    .flags = NB_OP_CREATE | NB_OP_RANDOM | NB_OP_REDRAWN |
                                             NB_OP_HIDDEN | NB_OP_STEPS,
                                    .shape = mask_by_shape,
                                    .forward = mask_by_forward,
                                    .doc = "dropout_mask of a p that is a variable.",
                                    .example = "dropout_mask_by(0.5, [2, 4])",
                                    .group = "layers",
                                    .tries = "- shape=2,3",
                                    .lo = {0.2},
                                    .hi = {0.8}};

const NbOp nb_op_dropped = {.name = "dropped",
                            .onnx = "Identity({a})", /* as in test mode; other masks have no form */
                            .precedence = 7,
                            NB_BINARY_OPERANDS,
                            NB_KERNELS(dropped),
                            .flags = NB_OP_ELEMENTWISE | NB_OP_HIDDEN | NB_OP_BRANCHES,
                            .formula = "{a} * {b}",
                            .deriv = {"{b}", "{a}"},
                            .latex = "{a} \\cdot {b}",
                            .dlatex = {"{b}", "{a}"},
                            .torch = "{a} * {b}",
                            .doc = "A value times the mask of dropout.",
                            .example = "dropout(ones(2, 4), 0.5)",
                            .group = "layers"};

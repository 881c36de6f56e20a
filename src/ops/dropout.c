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

/* An element is dropped when a uniform draw (its 53 bits, see nb_rng_uniform) is below p. */
static NbStatus mask_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    const double p = a->num[0];
    const double keep = 1 / (1 - p);
    const uint64_t below = (uint64_t)ceil(p * 0x1p53);
    NbRng *rng = nb_ctx_dropout_rng(ctx);
    (void)in, (void)n, (void)err;
    if (nb_testmode(ctx)) {
        nb_tensor_fill(out, 1);
        return NB_OK;
    }
    for (int64_t i = 0; i < out->size; i++) {
        const uint64_t bits = nb_rng_u64(rng) << 11 >> 11;
        nb_drawn(NB_DRAWS_MASKS, (double)bits * 0x1p-53);
        out->data[i] = bits < below ? 0 : keep;
    }
    return NB_OK;
}

/* The product; what was dropped gets no gradient, whatever arrives from above. */
NB_BINARY_VALUE(dropped, NB_CLONES, a *b)
NB_PARTIALS2(dropped, b, a)
NB_BINARY_VJP(dropped, NB_CLONES, nb_masked(g, b), g *a)

static NbVar *dropped_grad(NbGrad *G, int i)
{
    return i == 0 ? nb_g_masked(G, nb_g_in(G, 1))
                  : nb_g_2(G, &nb_op_mul, nb_g_out(G), nb_g_in(G, 0));
}

/* x · mask; the mask is a node of its own without operands. */
static NbVar *dropout_build(NbCtx *ctx, const NbArg *in, int n, const NbAttrs *given)
{
    NbAttrs a;
    (void)n;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = in[0].var != NULL ? *nb_var_shape(in[0].var) : (NbShape){0};
    a.num[0] = nb_opt(given, 0, 0.5);
    NbVar *mask = nb_apply(ctx, &nb_op_dropout_mask, NULL, 0, &a);
    NbVar *y = mask != NULL ? nb_apply2(ctx, &nb_op_dropped, in[0], NB_VAR(mask)) : NULL;
    nb_var_unref(&mask);
    return y;
}

/* --- records --- */

static const NbParam dropout_params[] = {{"x", NB_P_VAR, NULL}, {"p", NB_P_NUM, NULL}};
static const NbParam mask_params[] = {{"shape", NB_P_SHAPE, NULL}, {"p", NB_P_NUM, NULL}};

const NbOp nb_op_dropout = {
    .name = "dropout",
    .min_in = 1,
    .max_in = 1,
    .nparams = 2,
    .params = dropout_params,
    .build = dropout_build,
    .flags = NB_OP_RANDOM,
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
    .example = "dropout(ones(2, 4), 0.5)",
    .group = "layers"};

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

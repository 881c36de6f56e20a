/* create.c -- constructors: zeros, ones, full, eye, arange, linspace, random draws, one_hot */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/draws.h"
#include "ops/elementwise.h"
#include "ops/ops.h"

/* --- shape rules --- */

static NbStatus given_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)in, (void)n, (void)err;
    *out = (NbShape){0};
    if (a != NULL && a->has_shape) {
        *out = a->shape;
    }
    return NB_OK;
}

static NbStatus normal_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    const double std = nb_opt(a, 1, 1);
    if (!(std >= 0)) {
        return nb_fail(err, NB_EVALUE, "normal: std must be 0 or more, not %g", std);
    }
    return given_shape(in, n, a, out, err);
}

static NbStatus like_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n, (void)a, (void)err;
    *out = in[0]->shape;
    return NB_OK;
}

static NbStatus eye_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)in, (void)n;
    const double columns = isnan(a->num[1]) ? a->num[0] : a->num[1];
    if (nb_opt_count("eye", "n", a->num[0], err) != NB_OK ||
        nb_opt_count("eye", "m", columns, err) != NB_OK) {
        return NB_EVALUE;
    }
    *out = (NbShape){.rank = 2, .dim = {(int64_t)a->num[0], (int64_t)columns}};
    return NB_OK;
}

/* arange(stop) or arange(start, stop[, step]) */
static double range_start(const NbAttrs *a)
{
    return isnan(a->num[1]) ? 0 : a->num[0];
}

static NbStatus arange_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    const double start = range_start(a);
    const double stop = isnan(a->num[1]) ? a->num[0] : a->num[1];
    const double step = a->num[2];
    const double count = ceil((stop - start) / step);
    (void)in, (void)n;
    if (step == 0 || !isfinite(start) || !isfinite(stop) || !isfinite(step)) {
        return nb_fail(err, NB_EVALUE, "arange: no range from %g to %g in steps of %g", start, stop,
                       step);
    }
    if (count > 9007199254740992.0) {
        return nb_fail(err, NB_EMEM, "arange: %g numbers are too many", count);
    }
    *out = (NbShape){.rank = 1, .dim = {count > 0 ? (int64_t)count : 0}};
    return NB_OK;
}

static NbStatus linspace_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)in, (void)n;
    if (nb_opt_count("linspace", "n", a->num[2], err) != NB_OK) {
        return NB_EVALUE;
    }
    *out = (NbShape){.rank = 1, .dim = {(int64_t)a->num[2]}};
    return NB_OK;
}

/* --- forward --- */

/* Numbers come in parts, so that very long tensors can be stopped between them.
 *   for (Part p = {0}; next_part(&p, out, err);) … from p.from to p.to-1
 * What comes after the loop: nb_go_on, when the tensor is long. */
typedef struct Part {
    int64_t from, to;
} Part;

static bool next_part(Part *p, const NbTensor *out, NbErr *err)
{
    p->from = p->to;
    if (p->from == out->size || (p->from > 0 && nb_go_on(err) != NB_OK)) {
        return false;
    }
    p->to = out->size - p->from > NB_PART ? p->from + NB_PART : out->size;
    return true;
}

static NbStatus made(const NbTensor *out, NbErr *err)
{
    return out->size > NB_PART ? nb_go_on(err) : NB_OK;
}

static NbStatus fill(NbTensor *out, double v, NbErr *err)
{
    for (Part p = {0}; next_part(&p, out, err);) {
        for (int64_t i = p.from; i < p.to; i++) {
            out->data[i] = v;
        }
    }
    return made(out, err);
}

static NbStatus zeros_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                              NbErr *err)
{
    (void)ctx, (void)in, (void)n, (void)a;
    return fill(out, 0, err);
}

static NbStatus ones_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)in, (void)n, (void)a;
    return fill(out, 1, err);
}

static NbStatus full_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)in, (void)n;
    return fill(out, nb_opt(a, 0, 0), err);
}

static NbStatus eye_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                            NbErr *err)
{
    (void)ctx, (void)in, (void)n, (void)a;
    const NbStatus s = fill(out, 0, err);
    for (int64_t i = 0; s == NB_OK && i < out->shape.dim[0] && i < out->shape.dim[1]; i++) {
        out->data[i * (out->shape.dim[1] + 1)] = 1;
    }
    return s;
}

static NbStatus arange_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    const double start = range_start(a);
    (void)ctx, (void)in, (void)n;
    for (Part p = {0}; next_part(&p, out, err);) {
        for (int64_t i = p.from; i < p.to; i++) {
            out->data[i] = start + (double)i * a->num[2];
        }
    }
    return made(out, err);
}

/* Both ends exact. */
static NbStatus linspace_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                 NbErr *err)
{
    const double lo = a->num[0];
    const double hi = a->num[1];
    const double last = (double)(out->size - 1);
    (void)ctx, (void)in, (void)n;
    for (Part p = {0}; next_part(&p, out, err);) {
        for (int64_t i = p.from; i < p.to; i++) {
            out->data[i] = lo + (hi - lo) * ((double)i / (last > 0 ? last : 1));
        }
    }
    if (out->size > 1) {
        out->data[out->size - 1] = hi;
    }
    return made(out, err);
}

static NbStatus rand_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    NbRng *rng = nb_ctx_rng(ctx);
    (void)in, (void)n, (void)a;
    for (Part p = {0}; next_part(&p, out, err);) {
        for (int64_t i = p.from; i < p.to; i++) {
            out->data[i] = nb_drawn(NB_DRAWS_VALUES, nb_rng_uniform(rng));
        }
    }
    return made(out, err);
}

static NbStatus draw_normal(NbCtx *ctx, NbTensor *out, double mean, double std, NbErr *err)
{
    NbRng *rng = nb_ctx_rng(ctx);
    for (Part p = {0}; next_part(&p, out, err);) {
        for (int64_t i = p.from; i < p.to; i++) {
            out->data[i] = mean + std * nb_drawn(NB_DRAWS_VALUES, nb_rng_normal(rng));
        }
    }
    return made(out, err);
}

static NbStatus randn_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                              NbErr *err)
{
    (void)in, (void)n, (void)a;
    return draw_normal(ctx, out, 0, 1, err);
}

static NbStatus normal_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    (void)in, (void)n;
    return draw_normal(ctx, out, nb_opt(a, 0, 0), nb_opt(a, 1, 1), err);
}

/* --- one_hot --- */

static NbStatus one_hot_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n;
    if (nb_opt_count("one_hot", "n", a->num[0], err) != NB_OK) {
        return NB_EVALUE;
    }
    if (in[0]->shape.rank == NB_MAX_RANK) {
        return nb_fail(err, NB_ESHAPE, "one_hot: a tensor has at most %d axes", NB_MAX_RANK);
    }
    *out = in[0]->shape;
    out->dim[out->rank++] = (int64_t)a->num[0];
    return NB_OK;
}

static NbStatus one_hot_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                NbErr *err)
{
    const int64_t width = (int64_t)a->num[0];
    (void)ctx, (void)n;
    if (fill(out, 0, err) != NB_OK) {
        return NB_EINTERRUPT;
    }
    for (int64_t i = 0; i < in[0]->size; i++) {
        const double label = nb_tensor_at(in[0], i);
        if (!(label >= 0 && label < (double)width) || label != floor(label)) {
            return nb_fail(err, NB_EINDEX,
                           "one_hot: label %g at position %" PRId64 " is not one of 0 to %" PRId64,
                           label, i, width - 1);
        }
        out->data[i * width + (int64_t)label] = 1;
    }
    return NB_OK;
}

/* --- records --- */

#define SHAPED .nparams = 1, .params = shape_params, .shape = given_shape, .group = "constructors"
#define LIKE                                                                                       \
    .min_in = 1, .max_in = 1, .nparams = 1, .params = nb_params_x, .shape = like_shape,            \
    .flags = NB_OP_CREATE, .group = "constructors"

static const NbParam shape_params[] = {{"shape", NB_P_SHAPE, "[]"}};
static const NbParam full_params[] = {{"shape", NB_P_SHAPE, NULL}, {"value", NB_P_NUM, NULL}};
static const NbParam eye_params[] = {{"n", NB_P_INT, NULL}, {"m", NB_P_INT, "nan"}};
static const NbParam arange_params[] = {
    {"start", NB_P_NUM, NULL}, {"stop", NB_P_NUM, "nan"}, {"step", NB_P_NUM, "1"}};
static const NbParam linspace_params[] = {
    {"start", NB_P_NUM, NULL}, {"stop", NB_P_NUM, NULL}, {"n", NB_P_INT, "50"}};
static const NbParam normal_params[] = {
    {"shape", NB_P_SHAPE, "[]"}, {"mean", NB_P_NUM, "0"}, {"std", NB_P_NUM, "1"}};
static const NbParam one_hot_params[] = {{"labels", NB_P_VAR, NULL}, {"n", NB_P_INT, NULL}};

const NbOp nb_op_zeros = {.name = "zeros",
                          SHAPED,
                          .flags = NB_OP_CREATE,
                          .forward = zeros_forward,
                          .torch = "torch.zeros({shape})",
                          .doc = "A tensor of zeros; sizes as arguments or one list.",
                          .example = "zeros(2, 3)"};

const NbOp nb_op_ones = {.name = "ones",
                         SHAPED,
                         .flags = NB_OP_CREATE,
                         .forward = ones_forward,
                         .torch = "torch.ones({shape})",
                         .doc = "A tensor of ones; sizes as arguments or one list.",
                         .example = "ones(2, 3)"};

const NbOp nb_op_full = {.name = "full",
                         .nparams = 2,
                         .params = full_params,
                         .flags = NB_OP_CREATE,
                         .shape = given_shape,
                         .forward = full_forward,
                         .torch = "{value:t}.expand({shape:s})",
                         .torch_number = "torch.full({shape:s}, {value:F})",
                         .doc = "A tensor of one number, or of one variable.",
                         .of_variable = &nb_op_broadcast_to,
                         .example = "full([2, 3], 7)",
                         .group = "constructors"};

const NbOp nb_op_eye = {.name = "eye",
                        .nparams = 2,
                        .params = eye_params,
                        .flags = NB_OP_CREATE,
                        .shape = eye_shape,
                        .forward = eye_forward,
                        .torch = "torch.eye({n}<, {m}>)",
                        .doc = "The identity matrix of n rows, or n rows and m columns.",
                        .example = "eye(3)",
                        .group = "constructors"};

const NbOp nb_op_arange = {
    .name = "arange",
    .nparams = 3,
    .params = arange_params,
    .flags = NB_OP_CREATE,
    .shape = arange_shape,
    .forward = arange_forward,
    .torch_gives = NB_TORCH_SAME,
    .torch = "torch.arange({start}<, {stop}><, {step}>)",
    .doc = "Numbers from start up to stop, without stop; arange(n) starts at 0.",
    .example = "arange(2, 10, 2)",
    .group = "constructors"};

const NbOp nb_op_linspace = {.name = "linspace",
                             .nparams = 3,
                             .params = linspace_params,
                             .flags = NB_OP_CREATE,
                             .shape = linspace_shape,
                             .forward = linspace_forward,
                             .torch = "torch.linspace({start}, {stop}, {n})",
                             .doc = "n numbers evenly spaced from start to stop, both included.",
                             .example = "linspace(0, 1, 5)",
                             .group = "constructors"};

const NbOp nb_op_rand = {.name = "rand",
                         SHAPED,
                         .flags = NB_OP_CREATE | NB_OP_RANDOM,
                         .forward = rand_forward,
                         .torch = "random.rand({shape})",
                         .doc = "Uniform random numbers in [0, 1).",
                         .example = "rand(2, 3)"};

const NbOp nb_op_randn = {.name = "randn",
                          SHAPED,
                          .flags = NB_OP_CREATE | NB_OP_RANDOM,
                          .forward = randn_forward,
                          .torch = "random.randn({shape})",
                          .doc = "Standard normal random numbers.",
                          .example = "randn(2, 3)"};

const NbOp nb_op_normal = {
    .name = "normal",
    .nparams = 3,
    .params = normal_params,
    .flags = NB_OP_CREATE | NB_OP_RANDOM,
    .shape = normal_shape,
    .forward = normal_forward,
    .torch = "random.normal({shape:s}, {mean}, {std})",
    .doc = "Normal random numbers with the given mean and standard deviation.",
    .example = "normal([2, 3], mean=1, std=0.5)",
    .group = "constructors"};

const NbOp nb_op_zeros_like = {.name = "zeros_like",
                               LIKE,
                               .forward = zeros_forward,
                               .torch = "torch.zeros_like({x:f})",
                               .doc = "Zeros in the shape of x.",
                               .example = "zeros_like([1, 2, 3])"};

const NbOp nb_op_ones_like = {.name = "ones_like",
                              LIKE,
                              .forward = ones_forward,
                              .torch = "torch.ones_like({x:f})",
                              .doc = "Ones in the shape of x.",
                              .example = "ones_like([1, 2, 3])"};

const NbOp nb_op_one_hot = {
    .name = "one_hot",
    .onnx =
        "OneHot(Whole({labels}), {n}, Concat(Reshape(0, [1]), Reshape(1, [1]))[axis=0])[axis=-1]",
    .min_in = 1,
    .max_in = 1,
    .nparams = 2,
    .params = one_hot_params,
    .flags = NB_OP_STEPS,
    .shape = one_hot_shape,
    .forward = one_hot_forward,
    .torch_gives = NB_TORCH_WHOLE,
    .whole = {3},
    .torch = "F.one_hot({labels:i}, {n})",
    .doc = "For each label a row of n numbers: 1 at the label, 0 elsewhere.",
    .example = "one_hot([2, 0], 3)",
    .group = "constructors"};

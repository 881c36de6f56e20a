/* views.c -- reshape, transpose, squeeze, unsqueeze, broadcast_to, sum_to, flip, tile */
#include <inttypes.h>
#include <string.h>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "tensor/loop.h"

/* out = the same numbers seen through other strides */
static NbStatus copy_view(NbTensor *out, const NbTensor *in, const NbShape *s,
                          const int64_t *stride, int64_t offset, NbErr *err)
{
    const NbTensor seen = nb_tensor_over(in->data + offset, s, stride);
    return nb_tensor_assign(out, &seen, err);
}

/* gin (+)= gout, whose shape differs only in how it is cut into axes. */
static NbStatus recut_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                          const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    (void)in, (void)n, (void)a, (void)out, (void)i, (void)err;
    nb_row_major(&gout->shape, stride);
    NbTensor to = nb_tensor_over(gin->data, &gout->shape, stride);
    nb_vjp_scaled(&to, gout, 1, add);
    return NB_OK;
}

static NbVar *recut_grad(NbGrad *G, int i)
{
    return nb_g_reshape(G, nb_g_out(G), nb_var_shape(nb_g_in(G, i)));
}

/* Same numbers in the same order. */
static NbStatus recut_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                              NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    (void)ctx, (void)n, (void)a;
    nb_row_major(&in[0]->shape, stride);
    NbTensor to = nb_tensor_over(out->data, &in[0]->shape, stride);
    return nb_tensor_assign(&to, in[0], err);
}

/* --- reshape --- */

static NbStatus reshape_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    char from[160];
    char to[160];
    int64_t known = 1;
    int open = -1;
    (void)n;
    nb_shape_text(&in[0]->shape, from, sizeof from);
    nb_shape_text(&a->shape, to, sizeof to);
    for (int i = 0; i < a->shape.rank; i++) {
        const int64_t d = a->shape.dim[i];
        if (d == -1 && open < 0) {
            open = i;
        } else if (d < 0 || (d > 0 && known > INT64_MAX / d)) {
            return nb_fail(err, NB_ESHAPE, "reshape: %s is not a shape", to);
        } else {
            known *= d;
        }
    }
    if (open >= 0 && known > 0 && in[0]->size % known == 0) {
        a->shape.dim[open] = in[0]->size / known;
    } else if (open >= 0 || known != in[0]->size) {
        nb_fail(err, NB_ESHAPE, "reshape: {0} %s has %" PRId64 " elements, which do not fill %s",
                from, in[0]->size, to);
        nb_hint(err, "one size may be -1: it is worked out");
        return NB_ESHAPE;
    }
    *out = a->shape;
    return NB_OK;
}

/* Dense operands only; the rest is copied. */
static NbTensor *dense_view(const NbTensor *in, const NbShape *s, NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    if (!in->contiguous) {
        return NULL;
    }
    nb_row_major(s, stride);
    return nb_tensor_view(in, s, stride, 0, err);
}

static NbTensor *reshape_view(const NbTensor *in, const NbAttrs *a, NbErr *err)
{
    return dense_view(in, &a->shape, err);
}

/* --- squeeze, unsqueeze --- */

static NbShape squeezed(const NbTensor *x, const NbAttrs *a)
{
    const bool all = a == NULL || a->naxes < 0;
    const unsigned mask = nb_axes_mask(a, x->shape.rank);
    NbShape s = {0};
    for (int i = 0; i < x->shape.rank; i++) {
        const bool drop = all ? x->shape.dim[i] == 1 : (mask >> i & 1) != 0;
        if (!drop) {
            s.dim[s.rank++] = x->shape.dim[i];
        }
    }
    return s;
}

static NbStatus squeeze_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    char text[160];
    (void)n;
    if (nb_axes_normalize(a, &in[0]->shape, 0, err) != NB_OK) {
        return NB_EINDEX;
    }
    for (int i = 0; a != NULL && i < a->naxes; i++) {
        if (in[0]->shape.dim[a->axes[i]] != 1) {
            return nb_fail(err, NB_ESHAPE,
                           "squeeze: axis %" PRId64 " of {0} %s has size %" PRId64 ", not 1",
                           a->axes[i], nb_shape_text(&in[0]->shape, text, sizeof text),
                           in[0]->shape.dim[a->axes[i]]);
        }
    }
    *out = squeezed(in[0], a);
    return NB_OK;
}

static NbTensor *squeeze_view(const NbTensor *in, const NbAttrs *a, NbErr *err)
{
    const NbShape s = squeezed(in, a);
    return dense_view(in, &s, err);
}

static NbShape unsqueezed(const NbTensor *x, const NbAttrs *a)
{
    const unsigned mask = nb_axes_mask(a, 0);
    NbShape s = {.rank = x->shape.rank + a->naxes};
    int own = 0;
    for (int i = 0; i < s.rank; i++) {
        s.dim[i] = mask >> i & 1 ? 1 : x->shape.dim[own++];
    }
    return s;
}

static NbStatus unsqueeze_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n;
    if (a->naxes < 0) {
        return nb_fail(err, NB_EVALUE, "unsqueeze: axis must be given");
    }
    if (in[0]->shape.rank + a->naxes > NB_MAX_RANK) {
        return nb_fail(err, NB_ESHAPE, "unsqueeze: a tensor has at most %d axes", NB_MAX_RANK);
    }
    if (nb_axes_normalize(a, &in[0]->shape, a->naxes, err) != NB_OK) {
        return NB_EINDEX;
    }
    *out = unsqueezed(in[0], a);
    return NB_OK;
}

static NbTensor *unsqueeze_view(const NbTensor *in, const NbAttrs *a, NbErr *err)
{
    const NbShape s = unsqueezed(in, a);
    return dense_view(in, &s, err);
}

/* --- transpose --- */

/* axes[i] of the operand becomes axis i; none: all reversed. */
static void transposed(const NbTensor *x, const NbAttrs *a, NbShape *s, int64_t *stride)
{
    const bool all = a == NULL || a->naxes < 0;
    s->rank = x->shape.rank;
    for (int i = 0; i < s->rank; i++) {
        const int64_t from = all ? s->rank - 1 - i : a->axes[i];
        s->dim[i] = x->shape.dim[from];
        stride[i] = x->stride[from];
    }
}

static NbStatus transpose_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    char text[160];
    const NbShape *s = &in[0]->shape;
    (void)n;
    if (a != NULL && a->naxes >= 0 && a->naxes != s->rank) {
        return nb_fail(err, NB_ESHAPE, "transpose: %d axes given, {0} %s has %d", a->naxes,
                       nb_shape_text(s, text, sizeof text), s->rank);
    }
    if (nb_axes_normalize(a, s, 0, err) != NB_OK) {
        return NB_EINDEX;
    }
    transposed(in[0], a, out, stride);
    return NB_OK;
}

static NbStatus transpose_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                  NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    NbShape s;
    (void)ctx, (void)n;
    transposed(in[0], a, &s, stride);
    return copy_view(out, in[0], &s, stride, 0, err);
}

static NbTensor *transpose_view(const NbTensor *in, const NbAttrs *a, NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    NbShape s;
    transposed(in, a, &s, stride);
    return nb_tensor_view(in, &s, stride, 0, err);
}

static NbStatus transpose_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                              const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    NbShape s;
    (void)in, (void)n, (void)out, (void)i, (void)err;
    transposed(gin, a, &s, stride);
    NbTensor to = nb_tensor_over(gin->data, &s, stride);
    nb_vjp_scaled(&to, gout, 1, add);
    return NB_OK;
}

static NbVar *transpose_grad(NbGrad *G, int i)
{
    const NbAttrs *a = nb_g_attrs(G);
    NbAttrs back;
    (void)i;
    nb_attrs_init(&back);
    if (a != NULL && a->naxes >= 0) {
        back.naxes = a->naxes;
        for (int k = 0; k < a->naxes; k++) {
            back.axes[a->axes[k]] = k;
        }
    }
    return nb_g_apply(G, &nb_op_transpose, &NB_VAR(nb_g_out(G)), 1, &back);
}

/* --- broadcast_to, sum_to: each other's adjoint --- */

static NbStatus stretches(const NbShape *small, const NbShape *large, bool *fits, NbErr *err)
{
    NbShape both;
    int64_t size;
    if (nb_shape_size(large, &size, err) != NB_OK || nb_shape_size(small, &size, err) != NB_OK) {
        return NB_ESHAPE;
    }
    *fits = nb_shape_broadcast(small, large, &both, NULL) == NB_OK && nb_shape_equal(&both, large);
    return NB_OK;
}

static NbStatus broadcast_to_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    char from[160];
    char to[160];
    bool fits;
    (void)n;
    *out = a->shape;
    if (stretches(&in[0]->shape, &a->shape, &fits, err) != NB_OK) {
        return NB_ESHAPE;
    }
    return fits ? NB_OK
                : nb_fail(err, NB_ESHAPE, "broadcast_to: {0} %s does not stretch to %s",
                          nb_shape_text(&in[0]->shape, from, sizeof from),
                          nb_shape_text(&a->shape, to, sizeof to));
}

static NbStatus broadcast_to_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a,
                                     NbTensor *out, NbErr *err)
{
    (void)ctx, (void)n, (void)a;
    return nb_tensor_assign(out, in[0], err);
}

static NbTensor *broadcast_to_view(const NbTensor *in, const NbAttrs *a, NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    for (int i = 0; i < a->shape.rank; i++) {
        const int own = i - (a->shape.rank - in->shape.rank);
        stride[i] = own < 0 || in->shape.dim[own] == 1 ? 0 : in->stride[own];
    }
    return nb_tensor_view(in, &a->shape, stride, 0, err);
}

static NbStatus broadcast_to_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                                 const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)in, (void)n, (void)a, (void)out, (void)i, (void)err;
    nb_vjp_summed(gin, gout, add);
    return NB_OK;
}

/* The caller of a rule sums to the operand's shape. */
static NbVar *broadcast_to_grad(NbGrad *G, int i)
{
    (void)i;
    return nb_g_out(G);
}

static NbStatus sum_to_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    char from[160];
    char to[160];
    bool fits;
    (void)n;
    *out = a->shape;
    if (stretches(&a->shape, &in[0]->shape, &fits, err) != NB_OK) {
        return NB_ESHAPE;
    }
    if (!fits) {
        nb_fail(err, NB_ESHAPE, "sum_to: {0} %s cannot be summed to %s",
                nb_shape_text(&in[0]->shape, from, sizeof from),
                nb_shape_text(&a->shape, to, sizeof to));
        nb_hint(err, "each axis keeps its size or becomes 1; leading axes may go");
        return NB_ESHAPE;
    }
    return NB_OK;
}

static NbStatus sum_to_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    nb_vjp_summed(out, in[0], false);
    return NB_OK;
}

static NbStatus sum_to_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                           const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)in, (void)n, (void)a, (void)out, (void)i, (void)err;
    nb_vjp_scaled(gin, gout, 1, add);
    return NB_OK;
}

static NbVar *sum_to_grad(NbGrad *G, int i)
{
    return nb_g_broadcast(G, nb_g_out(G), nb_var_shape(nb_g_in(G, i)));
}

/* --- flip --- */

static int64_t flipped(const NbTensor *x, const NbAttrs *a, int64_t *stride)
{
    const unsigned mask = nb_axes_mask(a, x->shape.rank);
    int64_t offset = 0;
    for (int i = 0; i < x->shape.rank; i++) {
        const bool turn = mask >> i & 1 && x->shape.dim[i] > 0;
        stride[i] = turn ? -x->stride[i] : x->stride[i];
        offset += turn ? (x->shape.dim[i] - 1) * x->stride[i] : 0;
    }
    return x->size > 0 ? offset : 0;
}

static NbStatus flip_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n;
    *out = in[0]->shape;
    return nb_axes_normalize(a, out, 0, err);
}

static NbStatus flip_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    const int64_t offset = flipped(in[0], a, stride);
    (void)ctx, (void)n;
    return copy_view(out, in[0], &in[0]->shape, stride, offset, err);
}

static NbTensor *flip_view(const NbTensor *in, const NbAttrs *a, NbErr *err)
{
    int64_t stride[NB_MAX_RANK];
    const int64_t offset = flipped(in, a, stride);
    return nb_tensor_view(in, &in->shape, stride, offset, err);
}

static NbVar *flip_grad(NbGrad *G, int i)
{
    (void)i;
    return nb_g_apply(G, &nb_op_flip, &NB_VAR(nb_g_out(G)), 1, nb_g_attrs(G));
}

/* --- tile and its adjoint untile --- */

static NbStatus tile_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    const NbShape *x = &in[0]->shape;
    char tx[160];
    char tr[160];
    (void)n;
    for (int i = 0; i < a->shape.rank; i++) {
        if (a->shape.dim[i] < 0) {
            return nb_fail(err, NB_EVALUE, "tile: counts cannot be negative: %s",
                           nb_shape_text(&a->shape, tr, sizeof tr));
        }
    }
    /* As in NumPy, counts are for the last axes: tile(x, 2) of a matrix repeats its columns. */
    for (; a->shape.rank < x->rank; a->shape.rank++) {
        memmove(a->shape.dim + 1, a->shape.dim, (size_t)a->shape.rank * sizeof a->shape.dim[0]);
        a->shape.dim[0] = 1;
    }
    *out = a->shape;
    for (int i = 0; i < out->rank; i++) {
        const int own = i - (out->rank - x->rank);
        const int64_t d = own < 0 ? 1 : x->dim[own];
        if (d > 0 && out->dim[i] > INT64_MAX / d) {
            return nb_fail(err, NB_EMEM, "tile: {0} %s repeated %s times is too large",
                           nb_shape_text(x, tx, sizeof tx),
                           nb_shape_text(&a->shape, tr, sizeof tr));
        }
        out->dim[i] *= d;
    }
    return NB_OK;
}

/* Each repetition of `small` inside `large` in turn: a view of large with small's sizes, aligned
 * at the last axis. */
static void each_tile(const NbTensor *small, const NbTensor *large, bool gather)
{
    const int lead = large->shape.rank - small->shape.rank;
    NbTensor cell = *large;
    NbTensor own = *small;
    int64_t times[NB_MAX_RANK];
    int64_t at[NB_MAX_RANK] = {0};
    cell.contiguous = false;
    if (small->size == 0 || large->size == 0) {
        return;
    }
    cell.size = small->size;
    for (int i = 0; i < large->shape.rank; i++) {
        cell.shape.dim[i] = i < lead ? 1 : small->shape.dim[i - lead];
        times[i] = large->shape.dim[i] / cell.shape.dim[i];
    }
    cell = nb_tensor_over(large->data, &cell.shape, large->stride);
    for (int i = 0; i >= 0;) {
        if (gather) {
            nb_vjp_summed(&own, &cell, true);
        } else {
            nb_tensor_assign(&cell, small, NULL);
        }
        for (i = large->shape.rank - 1; i >= 0; i--) {
            const int64_t jump = cell.shape.dim[i] * large->stride[i];
            cell.data += jump;
            if (++at[i] < times[i]) {
                break;
            }
            cell.data -= jump * times[i];
            at[i] = 0;
        }
    }
}

static NbStatus tile_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    each_tile(in[0], out, false);
    return NB_OK;
}

static NbVar *tile_grad(NbGrad *G, int i)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = *nb_var_shape(nb_g_in(G, i));
    return nb_g_apply(G, &nb_op_untile, &NB_VAR(nb_g_out(G)), 1, &a);
}

static NbStatus untile_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)in, (void)n, (void)err;
    *out = a->shape;
    return NB_OK;
}

static NbStatus untile_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    nb_tensor_fill(out, 0);
    each_tile(out, in[0], true);
    return NB_OK;
}

static NbVar *untile_grad(NbGrad *G, int i)
{
    const NbShape *x = nb_var_shape(nb_g_in(G, i));
    const NbShape *s = nb_var_shape(nb_g_y(G));
    NbAttrs a;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = *x;
    for (int k = 1; k <= s->rank; k++) {
        const int64_t d = s->dim[s->rank - k];
        a.shape.dim[x->rank - k] /= d > 0 ? d : 1;
    }
    return nb_g_apply(G, &nb_op_tile, &NB_VAR(nb_g_out(G)), 1, &a);
}

/* --- records --- */

#define UNARY_WITH(PARAMS) .min_in = 1, .max_in = 1, .nparams = 2, .params = PARAMS

static const NbParam shape_params[] = {{"x", NB_P_VAR, NULL}, {"shape", NB_P_SHAPE, NULL}};
static const NbParam axes_params[] = {{"x", NB_P_VAR, NULL}, {"axes", NB_P_AXES, "none"}};
static const NbParam axis_params[] = {{"x", NB_P_VAR, NULL}, {"axis", NB_P_AXES, "none"}};
static const NbParam new_axis_params[] = {{"x", NB_P_VAR, NULL}, {"axis", NB_P_AXES, NULL}};
static const NbParam tile_params[] = {{"x", NB_P_VAR, NULL}, {"counts", NB_P_SHAPE, NULL}};

const NbOp nb_op_reshape = {.name = "reshape",
                            .onnx = "Reshape({x}, {shape})",
                            UNARY_WITH(shape_params),
                            .shape = reshape_shape,
                            .forward = recut_forward,
                            .view = reshape_view,
                            .grad = recut_grad,
                            .vjp = recut_vjp,
                            .latex = "\\operatorname{reshape}\\left({a}\\right)",
                            .pull = {"{g} reshaped"},
                            .tries = "2,3 shape=3,2; "
                                     "2,3,2 shape=4,-1",
                            .torch_gives = NB_TORCH_SAME,
                            .torch = "{x:t}.reshape({shape})",
                            .doc = "The same numbers in another shape; one size may be -1.",
                            .example = "reshape(arange(6), 2, 3)",
                            .group = "shapes"};

const NbOp nb_op_transpose = {.name = "transpose",
                              .onnx = "Transpose({x})[perm={axes}]",
                              UNARY_WITH(axes_params),
                              .shape = transpose_shape,
                              .forward = transpose_forward,
                              .view = transpose_view,
                              .grad = transpose_grad,
                              .vjp = transpose_vjp,
                              .latex = "{a}^{\\mathsf{T}}",
                              .pull = {"{g}.T"},
                              .tries = "2,3; "
                                       "2,3,4 axis=1,2,0",
                              .torch_gives = NB_TORCH_SAME,
                              .torch = "{x:t}.permute({axes})|{x:t}.T",
                              .doc = "Axes in the order given; none: reversed. x.T is the same.",
                              .example = "transpose([[1, 2], [3, 4]])",
                              .group = "shapes"};

const NbOp nb_op_squeeze = {.name = "squeeze",
                            .onnx = "Squeeze({x}, {axis})|Squeeze({x})",
                            UNARY_WITH(axis_params),
                            .shape = squeeze_shape,
                            .forward = recut_forward,
                            .view = squeeze_view,
                            .grad = recut_grad,
                            .vjp = recut_vjp,
                            .latex = "\\operatorname{squeeze}\\left({a}\\right)",
                            .pull = {"{g} reshaped"},
                            .tries = "2,1,3 axis=1; "
                                     "1,3,1",
                            .torch_gives = NB_TORCH_SAME,
                            .torch = "{x:t}.squeeze(<{axis}>)",
                            .doc = "Without axes of size 1: those given, or all.",
                            .example = "squeeze([[1, 2]])",
                            .group = "shapes"};

const NbOp nb_op_unsqueeze = {.name = "unsqueeze",
                              .onnx = "Unsqueeze({x}, {axis})",
                              UNARY_WITH(new_axis_params),
                              .shape = unsqueeze_shape,
                              .forward = recut_forward,
                              .view = unsqueeze_view,
                              .grad = recut_grad,
                              .vjp = recut_vjp,
                              .latex = "\\operatorname{unsqueeze}\\left({a}\\right)",
                              .pull = {"{g} reshaped"},
                              .tries = "2,3 axis=1; "
                                       "2,3 axis=0,-1",
                              .torch_gives = NB_TORCH_SAME,
                              .torch = "{x:t}.unsqueeze({axis})",
                              .doc = "With a new axis of size 1 at the place given.",
                              .example = "unsqueeze([1, 2], 0)",
                              .group = "shapes"};

const NbOp nb_op_broadcast_to = {.name = "broadcast_to",
                                 .onnx = "Expand({x}, {shape})",
                                 UNARY_WITH(shape_params),
                                 .shape = broadcast_to_shape,
                                 .forward = broadcast_to_forward,
                                 .view = broadcast_to_view,
                                 .grad = broadcast_to_grad,
                                 .vjp = broadcast_to_vjp,
                                 .latex = "\\operatorname{broadcast}\\left({a}\\right)",
                                 .pull = {"sum of {g}"},
                                 .tries = "3 shape=4,2,3; "
                                          "2,1 shape=2,3; "
                                          "- shape=2,2",
                                 .torch_gives = NB_TORCH_SAME,
                                 .torch = "{x:t}.expand({shape})",
                                 .doc = "Stretched to a shape by NumPy's broadcasting.",
                                 .example = "broadcast_to([1, 2], 3, 2)",
                                 .group = "shapes"};

const NbOp nb_op_sum_to = {
    .name = "sum_to",
    .onnx = "Reshape(ReduceSum({x}, {folded})[keepdims=1], {out:shape})|Reshape({x}, {out:shape})",
    UNARY_WITH(shape_params),
    .shape = sum_to_shape,
    .forward = sum_to_forward,
    .grad = sum_to_grad,
    .vjp = sum_to_vjp,
    .latex = "\\operatorname{sum}\\left({a}\\right)",
    .pull = {"{g} each"},
    .tries = "2,3 shape=1,3; "
             "4,2,3 shape=2,1; "
             "2,3",
    .torch_gives = NB_TORCH_SAME,
    .torch = "{x:t}.sum_to_size({shape})",
    .doc = "Summed to a shape that would broadcast to x: the adjoint of broadcast_to.",
    .example = "sum_to([[1, 2], [3, 4]], 1, 2)",
    .group = "shapes"};

const NbOp nb_op_flip = {.name = "flip",
                         .onnx = "Slice({x}, {axis:-}, {axis:<}, {axis:all}, {axis:-})",
                         UNARY_WITH(axis_params),
                         .shape = flip_shape,
                         .forward = flip_forward,
                         .view = flip_view,
                         .grad = flip_grad,
                         .latex = "\\operatorname{flip}\\left({a}\\right)",
                         .pull = {"{g} flipped"},
                         .tries = "2,3; "
                                  "2,3 axis=1",
                         .torch_gives = NB_TORCH_SAME,
                         .torch = "{x:t}.flip({axis})|{x:t}.flip(tuple(range({x:t}.dim())))",
                         .doc = "In reverse order along axis; none: along all.",
                         .example = "flip([1, 2, 3])",
                         .group = "shapes"};

const NbOp nb_op_tile = {.name = "tile",
                         .onnx = "Tile({x}, {counts:pad})",
                         UNARY_WITH(tile_params),
                         .shape = tile_shape,
                         .forward = tile_forward,
                         .grad = tile_grad,
                         .latex = "\\operatorname{tile}\\left({a}\\right)",
                         .pull = {"sum of {g}"},
                         .tries = "2,3 shape=2,2; "
                                  "3 shape=2,3",
                         .torch_gives = NB_TORCH_SAME,
                         .torch = "{x:t}.tile({counts})",
                         .doc = "Repeated the given number of times along each axis.",
                         .example = "tile([1, 2], 3)",
                         .group = "shapes"};

const NbOp nb_op_untile = {.name = "untile",
                           UNARY_WITH(shape_params),
                           .flags = NB_OP_HIDDEN,
                           .shape = untile_shape,
                           .forward = untile_forward,
                           .grad = untile_grad,
                           .tries = "4,6 shape=2,3; "
                                    "2,6 shape=3",
                           .doc = "Repetitions added up: the adjoint of tile.",
                           .example = "tile([1, 2], 3)",
                           .group = "shapes"};

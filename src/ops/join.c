/* join.c -- concat and stack */
#include <inttypes.h>

#include "ops/ops.h"
#include "tensor/loop.h"

static int axis_of(const NbAttrs *a)
{
    return a != NULL && a->naxes > 0 ? (int)a->axes[0] : 0;
}

/* One axis of x, or of a result with `more` axes; the first by default. */
static NbStatus one_axis(const char *name, NbAttrs *a, const NbShape *x, int more, NbErr *err)
{
    if (a == NULL || a->naxes < 0) {
        return NB_OK;
    }
    if (a->naxes != 1) {
        return nb_fail(err, NB_EVALUE, "%s: one axis, not %d", name, a->naxes);
    }
    return nb_axes_normalize(a, x, more, err);
}

static NbStatus misfit(const char *name, const NbShape *a, const NbShape *b, int i, NbErr *err)
{
    char ta[160];
    char tb[160];
    return nb_fail(err, NB_ESHAPE, "%s: shapes do not fit: {0} %s and {%d} %s", name,
                   nb_shape_text(a, ta, sizeof ta), i, nb_shape_text(b, tb, sizeof tb));
}

/* --- concat --- */

static NbStatus concat_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    if (n == 0) {
        return nb_fail(err, NB_EVALUE, "concat: nothing to join");
    }
    *out = in[0]->shape;
    if (out->rank == 0) {
        nb_fail(err, NB_ESHAPE, "concat: {0} () has no axis to join along");
        nb_hint(err, "stack makes a new axis");
        return NB_ESHAPE;
    }
    if (one_axis("concat", a, out, 0, err) != NB_OK) {
        return NB_EINDEX;
    }
    const int axis = axis_of(a);
    for (int i = 1; i < n; i++) {
        const NbShape *s = &in[i]->shape;
        bool fits = s->rank == out->rank;
        for (int k = 0; fits && k < s->rank; k++) {
            fits = k == axis || s->dim[k] == out->dim[k];
        }
        if (!fits) {
            return misfit("concat", &in[0]->shape, s, i, err);
        }
        out->dim[axis] += s->dim[axis];
    }
    return NB_OK;
}

/* `size` layers of t along axis from `from`. */
static NbTensor layers(const NbTensor *t, int axis, int64_t from, int64_t size)
{
    NbShape s = t->shape;
    s.dim[axis] = size;
    return nb_tensor_over(t->data + from * t->stride[axis], &s, t->stride);
}

static NbStatus concat_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    const int axis = axis_of(a);
    int64_t from = 0;
    (void)ctx;
    for (int i = 0; i < n; i++) {
        NbTensor to = layers(out, axis, from, in[i]->shape.dim[axis]);
        from += in[i]->shape.dim[axis];
        if (nb_tensor_assign(&to, in[i], err) != NB_OK) {
            return NB_ESHAPE;
        }
    }
    return NB_OK;
}

static NbStatus concat_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                           const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    const int axis = axis_of(a);
    int64_t from = 0;
    (void)n, (void)out, (void)err;
    for (int k = 0; k < i; k++) {
        from += in[k]->shape.dim[axis];
    }
    const NbTensor part = layers(gout, axis, from, gin->shape.dim[axis]);
    nb_vjp_scaled(gin, &part, 1, add);
    return NB_OK;
}

static NbVar *concat_grad(NbGrad *G, int i)
{
    const int axis = axis_of(nb_g_attrs(G));
    NbAttrs a;
    nb_attrs_init(&a);
    a.nindex = axis + 1;
    for (int k = 0; k <= axis; k++) {
        a.index[k] = (NbIndex){.kind = NB_SLICE, .step = 1};
    }
    NbIndex *range = &a.index[axis];
    range->has_start = range->has_stop = true;
    for (int k = 0; k < i; k++) {
        range->start += nb_var_shape(nb_g_in(G, k))->dim[axis];
    }
    range->stop = range->start + nb_var_shape(nb_g_in(G, i))->dim[axis];
    return nb_g_apply(G, &nb_op_index, &NB_VAR(nb_g_out(G)), 1, &a);
}

/* --- stack --- */

static NbStatus stack_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    if (n == 0) {
        return nb_fail(err, NB_EVALUE, "stack: nothing to join");
    }
    const NbShape *s = &in[0]->shape;
    if (s->rank == NB_MAX_RANK) {
        return nb_fail(err, NB_ESHAPE, "stack: a tensor has at most %d axes", NB_MAX_RANK);
    }
    if (one_axis("stack", a, s, 1, err) != NB_OK) {
        return NB_EINDEX;
    }
    for (int i = 1; i < n; i++) {
        if (!nb_shape_equal(s, &in[i]->shape)) {
            return misfit("stack", s, &in[i]->shape, i, err);
        }
    }
    const int axis = axis_of(a);
    *out = (NbShape){.rank = s->rank + 1};
    for (int k = 0; k < out->rank; k++) {
        out->dim[k] = k == axis ? n : s->dim[k < axis ? k : k - 1];
    }
    return NB_OK;
}

/* Layer i of t along axis, without that axis. */
static NbTensor layer(const NbTensor *t, int axis, int64_t i)
{
    NbShape s = {0};
    int64_t stride[NB_MAX_RANK];
    for (int k = 0; k < t->shape.rank; k++) {
        if (k != axis) {
            stride[s.rank] = t->stride[k];
            s.dim[s.rank++] = t->shape.dim[k];
        }
    }
    return nb_tensor_over(t->data + i * t->stride[axis], &s, stride);
}

static NbStatus stack_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                              NbErr *err)
{
    (void)ctx;
    for (int i = 0; i < n; i++) {
        NbTensor to = layer(out, axis_of(a), i);
        if (nb_tensor_assign(&to, in[i], err) != NB_OK) {
            return NB_ESHAPE;
        }
    }
    return NB_OK;
}

static NbStatus stack_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                          const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    const NbTensor part = layer(gout, axis_of(a), i);
    (void)in, (void)n, (void)out, (void)err;
    nb_vjp_scaled(gin, &part, 1, add);
    return NB_OK;
}

static NbVar *stack_grad(NbGrad *G, int i)
{
    const int axis = axis_of(nb_g_attrs(G));
    NbAttrs a;
    nb_attrs_init(&a);
    a.nindex = axis + 1;
    for (int k = 0; k < axis; k++) {
        a.index[k] = (NbIndex){.kind = NB_SLICE, .step = 1};
    }
    a.index[axis] = (NbIndex){.kind = NB_AT, .start = i};
    return nb_g_apply(G, &nb_op_index, &NB_VAR(nb_g_out(G)), 1, &a);
}

/* --- records --- */

static const NbParam join_params[] = {{"list", NB_P_VARS, NULL}, {"axis", NB_P_AXES, "0"}};

const NbOp nb_op_concat = {.name = "concat",
                           .min_in = 1,
                           .max_in = -1,
                           .nparams = 2,
                           .params = join_params,
                           .shape = concat_shape,
                           .forward = concat_forward,
                           .grad = concat_grad,
                           .vjp = concat_vjp,
                           .latex = "\\operatorname{concat}\\left({*}\\right)",
                           .pull = {"its part of {g}", "its part of {g}", "its part of {g}"},
                           .tries = "2,3|1,3|2,3; "
                                    "2,1|2,3 axis=-1",
                           .torch_gives = NB_TORCH_SAME,
                           .torch = "torch.cat({list}<, {axis}>)",
                           .doc = "Tensors joined along an axis they have.",
                           .example = "concat([[1, 2], [3]])",
                           .group = "shapes"};

const NbOp nb_op_stack = {.name = "stack",
                          .min_in = 1,
                          .max_in = -1,
                          .nparams = 2,
                          .params = join_params,
                          .shape = stack_shape,
                          .forward = stack_forward,
                          .grad = stack_grad,
                          .vjp = stack_vjp,
                          .latex = "\\operatorname{stack}\\left({*}\\right)",
                          .pull = {"its part of {g}", "its part of {g}", "its part of {g}"},
                          .tries = "2,3|2,3; "
                                   "2,3|2,3|2,3 axis=-1; "
                                   "-|-|-",
                          .torch_gives = NB_TORCH_SAME,
                          .torch = "torch.stack({list}<, {axis}>)",
                          .doc = "Tensors of one shape joined along a new axis.",
                          .example = "stack([1, 2, 3])",
                          .group = "shapes"};

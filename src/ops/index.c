/* index.c -- x[…]: part of a tensor, a view where there is no list; its adjoint */
#include "ops/ops.h"
#include "tensor/part.h"

/* --- index --- */

static NbStatus index_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    NbPart p;
    (void)n;
    const NbStatus status = nb_part_select(&p, in[0], a->index, a->nindex, err);
    *out = p.shape;
    return status;
}

static NbStatus index_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                              NbErr *err)
{
    NbPart p;
    (void)ctx, (void)n;
    const NbStatus status = nb_part_select(&p, in[0], a->index, a->nindex, err);
    if (status == NB_OK) {
        nb_part_move(&p, in[0], out, NB_GATHER);
    }
    return status;
}

/* Lists are copied. */
static NbTensor *index_view(const NbTensor *in, const NbAttrs *a, NbErr *err)
{
    NbPart p;
    if (nb_index_has_list(a->index, a->nindex) ||
        nb_part_select(&p, in, a->index, a->nindex, err) != NB_OK) {
        return NULL;
    }
    return nb_tensor_view(in, &p.shape, p.stride, p.offset, err);
}

static NbStatus index_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                          const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    NbPart p;
    (void)in, (void)n, (void)out, (void)i;
    const NbStatus status = nb_part_select(&p, gin, a->index, a->nindex, err);
    if (status == NB_OK) {
        if (!add) {
            nb_tensor_fill(gin, 0);
        }
        nb_part_move(&p, gin, gout, NB_ADD_BACK);
    }
    return status;
}

static NbVar *index_grad(NbGrad *G, int i)
{
    NbAttrs a = *nb_g_attrs(G); /* the lists are borrowed; applying copies them */
    a.has_shape = true;
    a.shape = *nb_var_shape(nb_g_in(G, i));
    return nb_g_apply(G, &nb_op_scatter, &NB_VAR(nb_g_out(G)), 1, &a);
}

/* --- scatter: zeros of a shape with the operand added at the index --- */

static NbStatus scatter_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)in, (void)n, (void)err;
    *out = a->shape;
    return NB_OK;
}

static NbStatus scatter_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                NbErr *err)
{
    (void)ctx;
    return index_vjp(in, n, a, NULL, in[0], 0, out, false, err);
}

static NbStatus scatter_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                            const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    NbPart p;
    (void)in, (void)n, (void)out, (void)i;
    const NbStatus status = nb_part_select(&p, gout, a->index, a->nindex, err);
    for (int64_t l = 0; status == NB_OK && l < nb_part_entries(&p); l++) {
        const NbTensor from = nb_part_entry(&p, gout, l);
        NbTensor to = nb_part_own(&p, gin, l);
        nb_vjp_scaled(&to, &from, 1, add);
    }
    return status;
}

static NbVar *scatter_grad(NbGrad *G, int i)
{
    NbAttrs a = *nb_g_attrs(G);
    (void)i;
    a.has_shape = false;
    return nb_g_apply(G, &nb_op_index, &NB_VAR(nb_g_out(G)), 1, &a);
}

/* --- records --- */

static const NbParam index_params[] = {{"x", NB_P_VAR, NULL}, {"index", NB_P_INDEX, NULL}};

const NbOp nb_op_index = {
    .name = "index",
    .min_in = 1,
    .max_in = 1,
    .nparams = 2,
    .params = index_params,
    .flags = NB_OP_HIDDEN | NB_OP_CHOOSES,
    .shape = index_shape,
    .forward = index_forward,
    .view = index_view,
    .grad = index_grad,
    .vjp = index_vjp,
    .pull = {"{g} in its places"},
    .tries = "3,4 index=1; "
             "3,4 index=-1,1:4:2; "
             "3,4 index=[2;0;2]; "
             "3,4 index=:,[1;1;-2]; "
             "3,4 index=[0;2],[1;3]; "
             "2,3,4 index=[0;1],:,[1;3]; "
             "3,4 index=::-1,1:",
    .doc = "x[i], x[a:b:step], x[[i, j]], several axes at once: part of a tensor. Negative "
           "positions count from the end.",
    .example = "arange(6)[1:5:2]",
    .group = "shapes"};

const NbOp nb_op_scatter = {.name = "scatter",
                            .min_in = 1,
                            .max_in = 1,
                            .nparams = 2,
                            .params = index_params,
                            .flags = NB_OP_HIDDEN,
                            .shape = scatter_shape,
                            .forward = scatter_forward,
                            .grad = scatter_grad,
                            .vjp = scatter_vjp,
                            .tries = "3,3 index=:,[1;1;-2] shape=3,4; "
                                     "3 index=:,2 shape=3,4",
                            .doc = "Zeros with x added at an index: the adjoint of x[index].",
                            .example = "arange(6)[1:5:2]",
                            .group = "shapes"};

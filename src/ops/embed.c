/* embed.c -- rows of a table by label, and the sum of rows back into their places */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ops/ops.h"

/* labels must be whole numbers from 0 below `rows`. */
static NbStatus check_labels(const NbTensor *labels, int64_t rows, NbErr *err)
{
    for (int64_t i = 0; i < labels->size; i++) {
        const double v = nb_tensor_at(labels, i);
        if (!(v >= 0 && v < (double)rows) || v != floor(v)) {
            return nb_fail(err, NB_EINDEX,
                           "embedding: label %g at position %" PRId64
                           " is not one of 0 to %" PRId64,
                           v, i, rows - 1);
        }
    }
    return NB_OK;
}

/* --- gather: (labels…, d) = rows of w (n, d) --- */

static NbStatus gather_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    char tw[160];
    (void)n, (void)a;
    if (in[1]->shape.rank == NB_MAX_RANK) {
        return nb_fail(err, NB_ESHAPE,
                       "embedding: labels of %d axes would give %d; a tensor has at most %d",
                       NB_MAX_RANK, NB_MAX_RANK + 1, NB_MAX_RANK);
    }
    if (in[0]->shape.rank != 2) {
        return nb_fail(err, NB_ESHAPE, "embedding: {0} %s must be a matrix of one row a label",
                       nb_shape_text(&in[0]->shape, tw, sizeof tw));
    }
    *out = in[1]->shape;
    out->dim[out->rank++] = in[0]->shape.dim[1];
    return NB_OK;
}

static NbStatus gather_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                               NbErr *err)
{
    const NbTensor *w = in[0];
    const int64_t d = w->shape.dim[1];
    (void)ctx, (void)n, (void)a;
    if (check_labels(in[1], w->shape.dim[0], err) != NB_OK) {
        return NB_EINDEX;
    }
    for (int64_t i = 0; i < in[1]->size; i++) {
        const double *row = w->data + (int64_t)nb_tensor_at(in[1], i) * w->stride[0];
        for (int64_t k = 0; k < d; k++) {
            out->data[i * d + k] = row[k * w->stride[1]];
        }
    }
    return NB_OK;
}

/* sum (n, d) += rows of g (labels…, d) at their labels */
static void add_rows(NbTensor *sum, const NbTensor *g, const NbTensor *labels)
{
    const int64_t d = sum->shape.dim[1];
    for (int64_t i = 0; i < labels->size; i++) {
        double *row = sum->data + (int64_t)nb_tensor_at(labels, i) * d;
        for (int64_t k = 0; k < d; k++) {
            row[k] += g->contiguous ? g->data[i * d + k] : nb_tensor_at(g, i * d + k);
        }
    }
}

static NbStatus gather_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                           const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)n, (void)a, (void)out, (void)err;
    if (!add) {
        nb_tensor_fill(gin, 0);
    }
    if (i == 0) {
        add_rows(gin, gout, in[1]);
    }
    return NB_OK;
}

static NbVar *gather_grad(NbGrad *G, int i)
{
    NbAttrs a;
    if (i != 0) {
        return NULL;
    }
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = *nb_var_shape(nb_g_in(G, 0));
    const NbArg in[2] = {NB_VAR(nb_g_out(G)), NB_VAR(nb_g_in(G, 1))};
    return nb_g_apply(G, &nb_op_gather_add, in, 2, &a);
}

/* --- gather_add: its transpose, (n, d) from (labels…, d) --- */

static NbStatus gather_add_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    NbShape rows = in[0]->shape;
    (void)n;
    *out = a->shape;
    if (rows.rank == 0 || a->shape.rank != 2 || rows.dim[--rows.rank] != a->shape.dim[1] ||
        !nb_shape_equal(&rows, &in[1]->shape)) {
        char tg[160];
        char tl[160];
        return nb_fail(err, NB_ESHAPE, "embedding: rows {0} %s do not fit labels {1} %s",
                       nb_shape_text(&in[0]->shape, tg, sizeof tg),
                       nb_shape_text(&in[1]->shape, tl, sizeof tl));
    }
    return NB_OK;
}

static NbStatus gather_add_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                                   NbErr *err)
{
    (void)ctx, (void)n, (void)a;
    if (check_labels(in[1], out->shape.dim[0], err) != NB_OK) {
        return NB_EINDEX;
    }
    nb_tensor_fill(out, 0);
    add_rows(out, in[0], in[1]);
    return NB_OK;
}

static NbVar *gather_add_grad(NbGrad *G, int i)
{
    return i == 0 ? nb_g_2(G, &nb_op_gather, nb_g_out(G), nb_g_in(G, 1)) : NULL;
}

/* --- records --- */

static const NbParam gather_params[] = {{"w", NB_P_VAR, NULL}, {"labels", NB_P_VAR, NULL}};
static const NbParam gather_add_params[] = {
    {"rows", NB_P_VAR, NULL}, {"labels", NB_P_VAR, NULL}, {"shape", NB_P_SHAPE, NULL}};

const NbOp nb_op_gather = {
    .name = "gather",
    .onnx = "Gather({w}, Whole({labels}))[axis=0]",
    .min_in = 2,
    .max_in = 2,
    .nparams = 2,
    .params = gather_params,
    .flags = NB_OP_HIDDEN,
    .shape = gather_shape,
    .forward = gather_forward,
    .grad = gather_grad,
    .vjp = gather_vjp,
    .tries = "3,2|4; "
             "3,2|2,2",
    .whole = {0, 3},
    .torch = "F.embedding({labels:i}, {w})",
    .doc = "The rows of w at whole-number labels: what an embedding layer looks up.",
    .example = "[[1, 2], [3, 4]][[1, 0]]",
    .group = "layers"};

const NbOp nb_op_gather_add = {.name = "gather_add",
                               .min_in = 2,
                               .max_in = 2,
                               .nparams = 3,
                               .params = gather_add_params,
                               .flags = NB_OP_HIDDEN,
                               .shape = gather_add_shape,
                               .forward = gather_add_forward,
                               .grad = gather_add_grad,
                               .tries = "4,2|4 shape=3,2; "
                                        "2|- shape=3,2",
                               .whole = {0, 3},
                               .doc = "Rows added up at their labels: the transpose of gather.",
                               .example = "[[1, 2], [3, 4]][[1, 0]]",
                               .group = "layers"};

/* matmul.c -- matrix products: matmul (@), dot, linear */
#include <math.h>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "tensor/gemm.h"
#include "tensor/loop.h"

/* --- matmul: (…, m, k) @ (…, k, n); a vector stands for a row on the left, a column on the right
 * --- */

/* t with rank >= 2: a vector gets a leading or trailing axis of size 1. */
static NbTensor as_matrix(const NbTensor *t, bool left)
{
    NbShape s = {.rank = 2};
    int64_t stride[2];
    if (t->shape.rank >= 2) {
        NbTensor same = *t;
        same.store = NULL;
        return same;
    }
    const int own = left ? 1 : 0;
    s.dim[own] = t->shape.dim[0];
    s.dim[1 - own] = 1;
    stride[own] = t->stride[0];
    stride[1 - own] = left ? t->shape.dim[0] : 1;
    return nb_tensor_over(t->data, &s, stride);
}

static NbStatus matmul_misfit(NbTensors in, NbErr *err)
{
    const NbShape *a = &in[0]->shape;
    const NbShape *b = &in[1]->shape;
    char ta[160];
    char tb[160];
    nb_shape_text(a, ta, sizeof ta);
    nb_shape_text(b, tb, sizeof tb);
    nb_fail(err, NB_ESHAPE, "matmul: inner sizes differ: {0} %s and {1} %s", ta, tb);
    if (a->rank >= 2 && b->rank >= 2 && a->dim[a->rank - 1] == b->dim[b->rank - 1]) {
        nb_advise(err, "transpose one side, as in {0} @ {1}.T");
    } else if (a->rank >= 2 && b->rank >= 2 && a->dim[a->rank - 2] == b->dim[b->rank - 2]) {
        nb_advise(err, "transpose one side, as in {0}.T @ {1}");
    }
    return NB_ESHAPE;
}

static NbStatus matmul_shape(NbTensors in, int n, NbAttrs *at, NbShape *out, NbErr *err)
{
    char ta[160];
    char tb[160];
    NbShape lead_a;
    NbShape lead_b;
    (void)n, (void)at;
    if (in[0]->shape.rank == 0 || in[1]->shape.rank == 0) {
        nb_fail(err, NB_ESHAPE, "matmul: needs vectors or matrices: {0} %s and {1} %s",
                nb_shape_text(&in[0]->shape, ta, sizeof ta),
                nb_shape_text(&in[1]->shape, tb, sizeof tb));
        nb_advise(err, "* multiplies by a number");
        return NB_ESHAPE;
    }
    const NbTensor a = as_matrix(in[0], true);
    const NbTensor b = as_matrix(in[1], false);
    if (a.shape.dim[a.shape.rank - 1] != b.shape.dim[b.shape.rank - 2]) {
        return matmul_misfit(in, err);
    }
    lead_a = a.shape;
    lead_a.rank -= 2;
    lead_b = b.shape;
    lead_b.rank -= 2;
    if (nb_shape_broadcast(&lead_a, &lead_b, out, NULL) != NB_OK) {
        return nb_fail(err, NB_ESHAPE, "matmul: leading axes do not fit: {0} %s and {1} %s",
                       nb_shape_text(&in[0]->shape, ta, sizeof ta),
                       nb_shape_text(&in[1]->shape, tb, sizeof tb));
    }
    if (in[0]->shape.rank >= 2) {
        out->dim[out->rank++] = a.shape.dim[a.shape.rank - 2];
    }
    if (in[1]->shape.rank >= 2) {
        out->dim[out->rank++] = b.shape.dim[b.shape.rank - 1];
    }
    return NB_OK;
}

/* The product's tensor with the axes that vectors do not show put back. */
static NbTensor full_product(const NbTensor *y, NbTensors in)
{
    NbShape s = y->shape;
    int64_t stride[NB_MAX_RANK + 2];
    for (int i = 0; i < s.rank; i++) {
        stride[i] = y->stride[i];
    }
    if (in[1]->shape.rank == 1) {
        s.dim[s.rank] = 1;
        stride[s.rank++] = 1;
    }
    if (in[0]->shape.rank == 1) {
        const int last = s.rank - 1;
        s.dim[s.rank] = s.dim[last];
        stride[s.rank] = stride[last];
        s.dim[last] = 1;
        stride[last] = s.dim[s.rank] > 0 ? s.dim[s.rank] : 1;
        s.rank++;
    }
    return nb_tensor_over(y->data, &s, stride);
}

static NbStatus matmul_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                               NbErr *err)
{
    const NbTensor a = as_matrix(in[0], true);
    const NbTensor b = as_matrix(in[1], false);
    NbTensor y = full_product(out, in);
    (void)ctx, (void)n, (void)at;
    return nb_gemm_batched(&a, false, &b, false, &y, false, err);
}

/* dA = dY Bᵀ, dB = Aᵀ dY; batches on which an operand was broadcast are summed. */
static NbStatus matmul_vjp(NbTensors in, int n, const NbAttrs *at, const NbTensor *out,
                           const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    const NbTensor a = as_matrix(in[0], true);
    const NbTensor b = as_matrix(in[1], false);
    const NbTensor g = full_product(gout, in);
    NbTensor to = as_matrix(gin, i == 0);
    (void)n, (void)at, (void)out;
    if (i == 0) {
        return nb_gemm_batched(&g, false, &b, true, &to, add, err);
    }
    return nb_gemm_batched(&a, true, &g, false, &to, add, err);
}

/* x with an axis of size 1 put at `at`. */
static NbVar *with_axis(NbGrad *G, NbVar *x, int at)
{
    NbShape s = *nb_var_shape(x);
    for (int i = s.rank; i > at; i--) {
        s.dim[i] = s.dim[i - 1];
    }
    s.dim[at] = 1;
    s.rank++;
    return nb_g_reshape(G, x, &s);
}

static NbVar *matmul_grad(NbGrad *G, int i)
{
    NbVar *a = nb_g_in(G, 0);
    NbVar *b = nb_g_in(G, 1);
    NbVar *g = nb_g_out(G);
    const NbShape *own = nb_var_shape(nb_g_in(G, i));
    const bool row = nb_var_shape(a)->rank == 1;
    const bool column = nb_var_shape(b)->rank == 1;
    if (column) {
        g = with_axis(G, g, nb_var_shape(g)->rank);
        b = with_axis(G, b, 1);
    }
    if (row) {
        g = g != NULL ? with_axis(G, g, nb_var_shape(g)->rank - 1) : NULL;
        a = with_axis(G, a, 0);
    }
    if (a == NULL || b == NULL || g == NULL) {
        return NULL;
    }
    NbVar *d = i == 0 ? nb_g_2(G, &nb_op_matmul, g, nb_g_swap_last(G, b))
                      : nb_g_2(G, &nb_op_matmul, nb_g_swap_last(G, a), g);
    if (i == 0 ? !row : !column) {
        return d;
    }
    const NbShape full = *nb_var_shape(i == 0 ? a : b);
    return nb_g_reshape(G, nb_g_summed_to(G, d, &full), own);
}

/* --- dot of two vectors --- */

static NbStatus dot_shape(NbTensors in, int n, NbAttrs *at, NbShape *out, NbErr *err)
{
    char ta[160];
    char tb[160];
    (void)n, (void)at;
    if (in[0]->shape.rank != 1 || !nb_shape_equal(&in[0]->shape, &in[1]->shape)) {
        nb_fail(err, NB_ESHAPE, "dot: needs two vectors of one length: {0} %s and {1} %s",
                nb_shape_text(&in[0]->shape, ta, sizeof ta),
                nb_shape_text(&in[1]->shape, tb, sizeof tb));
        nb_advise(err, "@ multiplies matrices");
        return NB_ESHAPE;
    }
    *out = (NbShape){0};
    return NB_OK;
}

static NbStatus dot_vjp(NbTensors in, int n, const NbAttrs *at, const NbTensor *out,
                        const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)n, (void)at, (void)out, (void)err;
    nb_vjp_scaled(gin, in[1 - i], gout->data[0], add);
    return NB_OK;
}

static NbVar *dot_grad(NbGrad *G, int i)
{
    return nb_g_2(G, &nb_op_mul, nb_g_out(G), nb_g_in(G, 1 - i));
}

/* --- linear: x w + b; (…, n) = (…, m)(m, n) + (n) --- */

/* b without leading axes of 1 that the result has not: (1, n) is added to the one row (n,). */
static NbTensor bias_of(const NbTensor *b, int rank)
{
    NbTensor row = *b;
    while (row.shape.rank > rank && row.shape.dim[0] == 1) {
        row.shape.rank--;
        for (int k = 0; k < row.shape.rank; k++) {
            row.shape.dim[k] = row.shape.dim[k + 1];
            row.stride[k] = row.stride[k + 1];
        }
    }
    return row;
}

static bool bias_fits(const NbTensor *b, const NbShape *out)
{
    const NbTensor row = bias_of(b, out->rank);
    NbShape both;
    return nb_shape_broadcast(out, &row.shape, &both, NULL) == NB_OK && nb_shape_equal(out, &both);
}

static NbStatus linear_shape(NbTensors in, int n, NbAttrs *at, NbShape *out, NbErr *err)
{
    const NbShape *x = &in[0]->shape;
    const NbShape *w = &in[1]->shape;
    (void)at;
    if (w->rank != 2 || x->rank == 0 || x->dim[x->rank - 1] != w->dim[0]) {
        char tx[160];
        char tw[160];
        nb_fail(err, NB_ESHAPE, "linear: inner sizes differ: {0} %s and {1} %s",
                nb_shape_text(x, tx, sizeof tx), nb_shape_text(w, tw, sizeof tw));
        if (w->rank == 2 && x->rank > 0 && x->dim[x->rank - 1] == w->dim[1]) {
            nb_advise(err, "weights are (in, out): transpose them, as in {1}.T");
        }
        return NB_ESHAPE;
    }
    *out = *x;
    out->dim[out->rank - 1] = w->dim[1];
    if (n == 3 && !bias_fits(in[2], out)) {
        char tb[160];
        char ty[160];
        return nb_fail(err, NB_ESHAPE, "linear: bias {2} %s does not fit the product %s",
                       nb_shape_text(&in[2]->shape, tb, sizeof tb),
                       nb_shape_text(out, ty, sizeof ty));
    }
    return NB_OK;
}

/* x seen as one matrix, (rows, last axis), when its layout allows. */
static bool flatten(const NbTensor *x, NbMatrix *m)
{
    const int r = x->shape.rank;
    if (r == 1) {
        *m = (NbMatrix){x->data, 1, x->shape.dim[0], x->shape.dim[0], x->stride[0]};
        return true;
    }
    if (r == 2) {
        *m = nb_matrix(x);
        return true;
    }
    if (!x->contiguous || x->size == 0) {
        return false;
    }
    const int64_t n = x->shape.dim[r - 1];
    *m = (NbMatrix){x->data, x->size / n, n, n, 1};
    return true;
}

/* x as a matrix, over a dense copy in *copy if need be. */
static NbStatus as_rows(const NbTensor *x, NbMatrix *m, NbTensor **copy, NbErr *err)
{
    if (flatten(x, m)) {
        return NB_OK;
    }
    if (x->size == 0) {
        *m = (NbMatrix){x->data, 0, x->shape.dim[x->shape.rank - 1], 1, 1};
        for (int i = 0; x->shape.dim[x->shape.rank - 1] == 0 && i < x->shape.rank - 1; i++) {
            m->rows = i == 0 ? x->shape.dim[0] : m->rows * x->shape.dim[i];
        }
        return NB_OK;
    }
    *copy = nb_tensor_copy(x, err);
    if (*copy == NULL) {
        return NB_EMEM;
    }
    flatten(*copy, m);
    return NB_OK;
}

static NbStatus linear_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                               NbErr *err)
{
    NbTensor *copy = NULL;
    NbMatrix x;
    NbMatrix y;
    (void)ctx, (void)at;
    NbStatus s = as_rows(in[0], &x, &copy, err);
    if (s == NB_OK && n == 3) {
        const NbTensor b = bias_of(in[2], out->shape.rank);
        s = nb_tensor_assign(out, &b, err);
    }
    if (s == NB_OK) {
        as_rows(out, &y, &copy, err);
        s = nb_gemm(x, nb_matrix(in[1]), y, n == 3, err);
    }
    nb_tensor_unref(&copy);
    return s;
}

/* dX = dY Wᵀ, dW = Xᵀ dY, db = Σ rows of dY */
static NbStatus linear_vjp(NbTensors in, int n, const NbAttrs *at, const NbTensor *out,
                           const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    NbTensor *copies[2] = {NULL, NULL};
    NbMatrix g;
    NbMatrix m;
    (void)n, (void)at, (void)out;
    if (i == 2) {
        NbTensor b = bias_of(gin, gout->shape.rank);
        nb_vjp_summed(&b, gout, add);
        return NB_OK;
    }
    NbStatus s = as_rows(gout, &g, &copies[0], err);
    if (s == NB_OK && i == 0) {
        s = as_rows(gin, &m, &copies[1], err);
        s = s == NB_OK ? nb_gemm(g, nb_matrix_t(nb_matrix(in[1])), m, add, err) : s;
    } else if (s == NB_OK) {
        s = as_rows(in[0], &m, &copies[1], err);
        s = s == NB_OK ? nb_gemm(nb_matrix_t(m), g, nb_matrix(gin), add, err) : s;
    }
    nb_tensor_unref(&copies[1]);
    nb_tensor_unref(&copies[0]);
    return s;
}

static NbVar *as_rows_var(NbGrad *G, NbVar *x)
{
    const NbShape *s = nb_var_shape(x);
    NbShape flat = {.rank = 2, .dim = {1, s->dim[s->rank - 1]}};
    for (int i = 0; i < s->rank - 1; i++) {
        flat.dim[0] *= s->dim[i];
    }
    return nb_g_reshape(G, x, &flat);
}

static NbVar *linear_grad(NbGrad *G, int i)
{
    NbVar *g = nb_g_out(G);
    if (i == 2) {
        return g;
    }
    if (i == 0) {
        return nb_g_2(G, &nb_op_matmul, g, nb_g_1(G, &nb_op_transpose, nb_g_in(G, 1)));
    }
    NbVar *rows = as_rows_var(G, nb_g_in(G, 0));
    return nb_g_2(G, &nb_op_matmul, nb_g_1(G, &nb_op_transpose, rows), as_rows_var(G, g));
}

static NbStatus dot_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                            NbErr *err)
{
    return matmul_forward(ctx, in, n, at, out, err);
}

/* --- records --- */

static const NbParam linear_params[] = {
    {"x", NB_P_VAR, NULL}, {"w", NB_P_VAR, NULL}, {"b", NB_P_VAR, "none"}};

const NbOp nb_op_matmul = {
    .name = "matmul",
    .onnx = "MatMul({a}, {b})",
    .symbol = "@",
    .precedence = 7,
    NB_BINARY_OPERANDS,
    .shape = matmul_shape,
    .forward = matmul_forward,
    .grad = matmul_grad,
    .vjp = matmul_vjp,
    .formula = "{a} @ {b}",
    .latex = "{a} {b}",
    .pull = {"{g} @ {b}.T", "{a}.T @ {g}"},
    .tries = "2,3|3,4; "
             "3|3,4; "
             "2,3|3; "
             "3|3; "
             "2,1,2,3|4,3,2; "
             "2,2,3|3,2; "
             "2,3|4,3,2; "
             "3|4,3,2; "
             "4,2,3|3; "
             "8,9|9,10",
    .torch = "{a:m} @ {b:m}",
    .doc = "Matrix product; leading axes are broadcast, a vector is a row on the left and a "
           "column on the right.",
    .example = "[[1, 2], [3, 4]] @ [1, 1]",
    .group = "matrices"};

const NbOp nb_op_dot = {.name = "dot",
                        .onnx = "ReduceSum(Mul({a}, {b}))[keepdims=0]",
                        NB_BINARY_OPERANDS,
                        .shape = dot_shape,
                        .forward = dot_forward,
                        .grad = dot_grad,
                        .vjp = dot_vjp,
                        .latex = "{a} \\cdot {b}",
                        .deriv = {"{b}", "{a}"},
                        .dlatex = {"{b}", "{a}"},
                        .tries = "4|4",
                        .torch = "torch.dot({a:m}, {b:m})",
                        .doc = "Sum of the products of two vectors.",
                        .example = "dot([1, 2, 3], [4, 5, 6])",
                        .group = "matrices"};

const NbOp nb_op_linear = {
    .name = "linear",
    .onnx = "Add(MatMul({x}, {w}), {b})|MatMul({x}, {w})",
    .min_in = 2,
    .max_in = 3,
    .nparams = 3,
    .params = linear_params,
    .shape = linear_shape,
    .forward = linear_forward,
    .grad = linear_grad,
    .vjp = linear_vjp,
    .latex = "\\operatorname{linear}\\left({*}\\right)",
    .pull = {"{g} @ {b}.T", "{a}.T @ {g}", "sum of {g} over rows"},
    .tries = "2,3|3,4|4; "
             "2,3|3,4|1,4; "
             "2,3|3,4; "
             "3|3,2|2; "
             "3|3,2|1,2; "
             "3|3,2; "
             "2,2,3|3,4|4",
    .torch = "{x:m} @ {w:m} + {b}|{x:m} @ {w:m}",
    .doc = "x @ w + b for x (..., in), w (in, out) and b (out) or none; a vector x is "
           "one row, and so is the result.",
    .example = "linear([[1, 2]], [[1, 0], [0, 1]], [10, 20])",
    .group = "matrices"};

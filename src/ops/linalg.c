/* linalg.c -- systems of linear equations: solve, inv, det, by LU with pivoting */
#include <math.h>

#include "ops/elementwise.h"
#include "ops/matrices.h"
#include "ops/ops.h"
#include "tensor/gemm.h"
#include "tensor/storage.h"

/* --- LU of one matrix --- */

#define BLOCK 64 /* columns done one by one; what is left of them is a matrix product */

/* Room for one matrix, its rows' order, a right side of k columns, and a block of columns. */
typedef struct Room {
    double *a, *b, *minus;
    int64_t *row;
} Room;

/* Z -= L X for a block of up to BLOCK columns of L. */
static NbStatus subtract(const Room *r, NbMatrix l, NbMatrix x, NbMatrix z, NbErr *err)
{
    const NbMatrix minus = {r->minus, l.rows, l.cols, l.cols, 1};
    for (int64_t i = 0; i < l.rows; i++) {
        for (int64_t j = 0; j < l.cols; j++) {
            minus.p[i * minus.row + j] = -l.p[i * l.row + j];
        }
    }
    const NbStatus s = z.rows > 0 && z.cols > 0 ? nb_gemm(minus, x, z, true, err) : NB_OK;
    return s == NB_OK ? nb_go_on(err) : s;
}

static void swap_rows(double *a, int64_t n, int64_t i, int64_t k)
{
    for (int64_t j = 0; j < n; j++) {
        double x = a[k * n + j];
        a[k * n + j] = a[i * n + j];
        a[i * n + j] = x;
    }
}

/* Columns from…to-1, below the diagonal of each. Returns the sign of the exchanges. */
static double factor_columns(const Room *r, int64_t n, int64_t from, int64_t to, int64_t *zero)
{
    double sign = 1, *a = r->a;
    for (int64_t k = from; k < to; k++) {
        int64_t p = k;
        for (int64_t i = k + 1; i < n; i++) {
            p = fabs(a[i * n + k]) > fabs(a[p * n + k]) ? i : p;
        }
        if (a[p * n + k] == 0) {
            *zero = *zero < k ? *zero : k;
            continue;
        }
        if (p != k) {
            swap_rows(a, n, p, k);
            int64_t row = r->row[k];
            r->row[k] = r->row[p];
            r->row[p] = row;
            sign = -sign;
        }
        for (int64_t i = k + 1; i < n; i++) {
            double f = a[i * n + k] /= a[k * n + k];
            for (int64_t j = k + 1; j < to; j++) {
                a[i * n + j] -= f * a[k * n + j];
            }
        }
    }
    return sign;
}

/* PA = LU in place: L below the diagonal, its own of ones left out. row[i]: which row of A stands
 * at i. *sign is ±1, of P; *zero the first pivot that is 0, n when there is none. */
static NbStatus factor(const Room *r, int64_t n, double *sign, int64_t *zero, NbErr *err)
{
    double *a = r->a;
    NbStatus s = NB_OK;
    *sign = 1;
    *zero = n;
    for (int64_t i = 0; i < n; i++) {
        r->row[i] = i;
    }
    for (int64_t k = 0; s == NB_OK && k < n; k += BLOCK) {
        const int64_t end = n - k < BLOCK ? n : k + BLOCK, rest = n - end;
        *sign *= factor_columns(r, n, k, end, zero);
        for (int64_t i = k + 1; i < end; i++) {
            for (int64_t m = k; m < i; m++) {
                for (int64_t j = end; j < n; j++) {
                    a[i * n + j] -= a[i * n + m] * a[m * n + j];
                }
            }
        }
        s = subtract(r, (NbMatrix){a + end * n + k, rest, end - k, n, 1},
                     (NbMatrix){a + k * n + end, end - k, rest, n, 1},
                     (NbMatrix){a + end * n + end, rest, rest, n, 1}, err);
    }
    return s;
}

/* x (n, k) holds PB: L and U undone one after the other. */
static NbStatus substitute(const Room *r, int64_t n, double *x, int64_t k, NbErr *err)
{
    const double *lu = r->a;
    NbStatus s = NB_OK;
    for (int64_t at = 0; s == NB_OK && at < n; at += BLOCK) {
        const int64_t end = n - at < BLOCK ? n : at + BLOCK;
        for (int64_t i = at; i < end; i++) {
            for (int64_t m = at; m < i; m++) {
                for (int64_t j = 0; j < k; j++) {
                    x[i * k + j] -= lu[i * n + m] * x[m * k + j];
                }
            }
        }
        s = subtract(r, (NbMatrix){r->a + end * n + at, n - end, end - at, n, 1},
                     (NbMatrix){x + at * k, end - at, k, k, 1},
                     (NbMatrix){x + end * k, n - end, k, k, 1}, err);
    }
    for (int64_t end = n, at; s == NB_OK && end > 0; end = at) {
        at = (end - 1) / BLOCK * BLOCK;
        for (int64_t i = end; i-- > at;) {
            for (int64_t m = i + 1; m < end; m++) {
                for (int64_t j = 0; j < k; j++) {
                    x[i * k + j] -= lu[i * n + m] * x[m * k + j];
                }
            }
            for (int64_t j = 0; j < k; j++) {
                x[i * k + j] /= lu[i * n + i];
            }
        }
        s = subtract(r, (NbMatrix){r->a + at, at, end - at, n, 1},
                     (NbMatrix){x + at * k, end - at, k, k, 1}, (NbMatrix){x, at, k, k, 1}, err);
    }
    return s;
}

/* --- batches --- */

const double *nb_matrix_at(const NbTensor *t, int trailing, const NbShape *lead, int64_t i)
{
    const double *p = t->data;
    int own = t->shape.rank - trailing;
    for (int k = 0; k < lead->rank; k++) {
        int axis = own - 1 - k, at = lead->rank - 1 - k;
        int64_t index = i % lead->dim[at];
        i /= lead->dim[at];
        if (axis >= 0 && t->shape.dim[axis] > 1) {
            p += index * t->stride[axis];
        }
    }
    return p;
}

void nb_matrix_gather(const NbTensor *t, const double *p, int64_t rows, int64_t cols, double *to)
{
    const int r = t->shape.rank;
    const int64_t row = r > 1 ? t->stride[r - 2] : t->stride[0];
    const int64_t col = r > 1 ? t->stride[r - 1] : 1;
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < cols; j++) {
            to[i * cols + j] = p[i * row + j * col];
        }
    }
}

NbShape nb_leading_axes(const NbShape *s, int trailing)
{
    NbShape lead = *s;
    lead.rank -= trailing;
    return lead;
}

int64_t nb_matrix_count(const NbShape *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++) {
        n *= s->dim[i];
    }
    return n;
}

static NbStatus room_make(Room *r, const char *op, int64_t n, int64_t k, NbErr *err)
{
    const int64_t columns = n < BLOCK ? n : BLOCK;
    *r = (Room){nb_scratch(n * n + 1), nb_scratch(n * k + 1), nb_scratch(n * columns + 1),
                (int64_t *)nb_scratch(n + 1)};
    return r->a && r->b && r->minus && r->row ? NB_OK
                                              : nb_fail(err, NB_EMEM, "out of memory in %s", op);
}

static void room_free(Room *r)
{
    nb_scratch_free((double *)r->row);
    nb_scratch_free(r->minus);
    nb_scratch_free(r->b);
    nb_scratch_free(r->a);
}

static NbStatus fail_singular(const char *op, const NbTensor *a, int64_t pivot, NbErr *err)
{
    char text[160];
    int64_t n = a->shape.dim[a->shape.rank - 1];
    nb_fail(err, NB_EVALUE, "%s: {0} %s is singular: column %lld depends on those before it", op,
            nb_shape_text(&a->shape, text, sizeof text), (long long)pivot);
    nb_hint(err, "det({0}) is 0; least squares: {0} + 1e-8*eye(%lld) in place of {0}",
            (long long)n);
    return NB_EVALUE;
}

bool nb_is_square(const NbShape *s)
{
    return s->rank >= 2 && s->dim[s->rank - 1] == s->dim[s->rank - 2];
}

NbStatus nb_fail_square(const char *op, const NbShape *s, NbErr *err)
{
    char text[160];
    nb_fail(err, NB_ESHAPE, "%s: {0} %s is not square", op, nb_shape_text(s, text, sizeof text));
    if (s->rank == 2 && s->dim[0] > s->dim[1]) {
        nb_hint(err, "least squares: solve(A.T @ A, A.T @ b)");
    }
    return NB_ESHAPE;
}

/* --- solve --- */

static NbStatus solve_shape(NbTensors in, int n, NbAttrs *at, NbShape *out, NbErr *err)
{
    const NbShape *a = &in[0]->shape, *b = &in[1]->shape;
    char ta[160], tb[160];
    NbShape lead_a, lead_b;
    (void)n, (void)at;
    if (!nb_is_square(a)) {
        return nb_fail_square("solve", a, err);
    }
    const int64_t size = a->dim[a->rank - 1];
    const int trailing = b->rank == 1 ? 1 : 2;
    lead_a = nb_leading_axes(a, 2);
    lead_b = nb_leading_axes(b, trailing);
    if (b->rank == 0 || b->dim[b->rank - trailing] != size) {
        nb_fail(err, NB_ESHAPE, "solve: {0} %s and {1} %s: as many rows are needed",
                nb_shape_text(a, ta, sizeof ta), nb_shape_text(b, tb, sizeof tb));
        nb_hint(err, "a right side is a vector of %lld, or has %lld rows", (long long)size,
                (long long)size);
        return NB_ESHAPE;
    }
    if (nb_shape_broadcast(&lead_a, &lead_b, out, NULL) != NB_OK) {
        return nb_fail(err, NB_ESHAPE, "solve: leading axes do not fit: {0} %s and {1} %s",
                       nb_shape_text(a, ta, sizeof ta), nb_shape_text(b, tb, sizeof tb));
    }
    out->dim[out->rank++] = size;
    if (trailing == 2) {
        out->dim[out->rank++] = b->dim[b->rank - 1];
    }
    return NB_OK;
}

/* One matrix of the batch: b is gathered, or the identity without one. */
static NbStatus solve_one(const Room *r, const char *op, NbTensors in, const double *pa,
                          const double *pb, int64_t k, double *y, NbErr *err)
{
    const int64_t n = in[0]->shape.dim[in[0]->shape.rank - 1];
    int64_t zero;
    double sign;
    nb_matrix_gather(in[0], pa, n, n, r->a);
    const NbStatus s = factor(r, n, &sign, &zero, err);
    if (s != NB_OK) {
        return s;
    }
    if (zero < n) {
        return fail_singular(op, in[0], zero, err);
    }
    if (pb) {
        nb_matrix_gather(in[1], pb, n, k, r->b);
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < k; j++) {
            y[i * k + j] = pb ? r->b[r->row[i] * k + j] : r->row[i] == j ? 1 : 0;
        }
    }
    return substitute(r, n, y, k, err);
}

static NbStatus solve_batches(const char *op, NbTensors in, bool right, NbTensor *out, NbErr *err)
{
    const int trailing = right && in[1]->shape.rank == 1 ? 1 : 2;
    const NbShape lead = nb_leading_axes(&out->shape, trailing);
    const int64_t n = in[0]->shape.dim[in[0]->shape.rank - 1];
    const int64_t k = trailing == 1 ? 1 : out->shape.dim[out->shape.rank - 1];
    Room r;
    NbStatus s = room_make(&r, op, n, k, err);
    for (int64_t i = 0, all = nb_matrix_count(&lead); s == NB_OK && out->size > 0 && i < all; i++) {
        const double *b = right ? nb_matrix_at(in[1], trailing, &lead, i) : NULL;
        s = solve_one(&r, op, in, nb_matrix_at(in[0], 2, &lead, i), b, k, out->data + i * n * k,
                      err);
        s = s == NB_OK ? nb_go_on(err) : s;
    }
    room_free(&r);
    return s;
}

static NbStatus solve_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                              NbErr *err)
{
    (void)ctx, (void)n, (void)at;
    return solve_batches("solve", in, true, out, err);
}

/* A vector as a matrix of one column. */
static NbVar *column(NbGrad *G, NbVar *x)
{
    NbShape s = *nb_var_shape(x);
    s.dim[s.rank++] = 1;
    return nb_g_reshape(G, x, &s);
}

/* X = A⁻¹B: dB = A⁻ᵀ dX, dA = -dB Xᵀ. */
static NbVar *solve_grad(NbGrad *G, int i)
{
    NbVar *a = nb_g_in(G, 0), *b = nb_g_in(G, 1), *x = nb_g_y(G), *g = nb_g_out(G);
    const bool vector = nb_var_shape(b)->rank == 1;
    if (vector) { /* also of a batch of matrices */
        g = column(G, g);
        x = column(G, x);
    }
    NbVar *t = nb_g_swap_last(G, a);
    NbVar *db = t && g ? nb_g_2(G, &nb_op_solve, t, g) : NULL;
    if (db == NULL || x == NULL) {
        return NULL;
    }
    if (i == 0) {
        NbVar *xt = nb_g_swap_last(G, x);
        NbVar *outer = xt ? nb_g_2(G, &nb_op_matmul, db, xt) : NULL;
        return nb_g_summed_to(G, nb_g_1(G, &nb_op_neg, outer), nb_var_shape(a));
    }
    if (!vector) {
        return nb_g_summed_to(G, db, nb_var_shape(b));
    }
    NbShape s = *nb_var_shape(b);
    s.dim[s.rank++] = 1;
    return nb_g_reshape(G, nb_g_summed_to(G, db, &s), nb_var_shape(b));
}

/* --- inv --- */

static NbStatus inv_shape(NbTensors in, int n, NbAttrs *at, NbShape *out, NbErr *err)
{
    (void)n, (void)at;
    *out = in[0]->shape;
    return nb_is_square(out) ? NB_OK : nb_fail_square("inv", out, err);
}

static NbStatus inv_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                            NbErr *err)
{
    (void)ctx, (void)n, (void)at;
    return solve_batches("inv", in, false, out, err);
}

/* dA = -Yᵀ dY Yᵀ */
static NbVar *inv_grad(NbGrad *G, int i)
{
    (void)i;
    NbVar *t = nb_g_swap_last(G, nb_g_y(G));
    NbVar *left = t ? nb_g_2(G, &nb_op_matmul, t, nb_g_out(G)) : NULL;
    return left ? nb_g_1(G, &nb_op_neg, nb_g_2(G, &nb_op_matmul, left, t)) : NULL;
}

/* --- det --- */

static NbStatus det_shape(NbTensors in, int n, NbAttrs *at, NbShape *out, NbErr *err)
{
    (void)n, (void)at;
    if (!nb_is_square(&in[0]->shape)) {
        return nb_fail_square("det", &in[0]->shape, err);
    }
    *out = nb_leading_axes(&in[0]->shape, 2);
    return NB_OK;
}

static NbStatus det_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                            NbErr *err)
{
    const int64_t size = in[0]->shape.dim[in[0]->shape.rank - 1];
    Room r;
    (void)ctx, (void)n, (void)at;
    NbStatus s = room_make(&r, "det", size, 1, err);
    for (int64_t i = 0; s == NB_OK && i < out->size; i++) {
        int64_t zero;
        nb_matrix_gather(in[0], nb_matrix_at(in[0], 2, &out->shape, i), size, size, r.a);
        double d;
        s = factor(&r, size, &d, &zero, err);
        for (int64_t k = 0; k < size; k++) {
            d *= r.a[k * size + k];
        }
        out->data[i] = d;
        s = s == NB_OK ? nb_go_on(err) : s;
    }
    room_free(&r);
    return s;
}

/* A number for every matrix of a batch, to multiply it with. */
static NbVar *over_matrices(NbGrad *G, NbVar *numbers)
{
    if (!numbers) {
        return NULL;
    }
    NbShape s = *nb_var_shape(numbers);
    s.dim[s.rank++] = 1;
    s.dim[s.rank++] = 1;
    return nb_g_reshape(G, numbers, &s);
}

/* dA = dy·C, C the cofactors: also where A has no inverse. */
static NbVar *det_grad(NbGrad *G, int i)
{
    (void)i;
    NbVar *c = nb_g_1(G, &nb_op_cofactors, nb_g_in(G, 0));
    NbVar *scale = over_matrices(G, nb_g_out(G));
    return c && scale ? nb_g_2(G, &nb_op_mul, scale, c) : NULL;
}

/* --- records --- */

const NbOp nb_op_solve = {
    .name = "solve",
    NB_BINARY_OPERANDS,
    .shape = solve_shape,
    .forward = solve_forward,
    .grad = solve_grad,
    .formula = "solve({a}, {b})",
    .latex = "{a}^{-1} {b}",
    .pull = {"-solve({a}.T, {g}) @ {y}.T", "solve({a}.T, {g})"},
    .tries = "2,2|2; "
             "3,3|3,2; "
             "2,2,2|2,2,1; "
             "2,2,2|2,3",
    .torch = "torch.linalg.solve({a:m}, {b:m})",
    .doc = "The x for which a @ x is b, for a vector or every column of b; leading axes are "
           "broadcast. a must not be singular.",
    .example = "solve([[2, 1], [1, 3]], [3, 5])",
    .domain = "solve needs a matrix that is not singular",
    .group = "matrices",
    .lo = {1, -2},
    .hi = {4, 2}};

const NbOp nb_op_inv = {.name = "inv",
                        .min_in = 1,
                        .max_in = 1,
                        .nparams = 1,
                        .params = nb_params_x,
                        .shape = inv_shape,
                        .forward = inv_forward,
                        .grad = inv_grad,
                        .formula = "inv({a})",
                        .latex = "{a}^{-1}",
                        .pull = {"-{y}.T @ {g} @ {y}.T"},
                        .tries = "2,2; 3,3; 2,2,2",
                        .torch = "torch.linalg.inv({x:m})",
                        .doc = "The inverse of a square matrix, of every matrix of a batch. "
                               "solve(a, b) is better than inv(a) @ b.",
                        .example = "inv([[2, 1], [1, 3]])",
                        .domain = "inv needs a matrix that is not singular",
                        .group = "matrices",
                        .lo = {1},
                        .hi = {4}};

const NbOp nb_op_det = {.name = "det",
                        .onnx = "Det({x})",
                        .min_in = 1,
                        .max_in = 1,
                        .nparams = 1,
                        .params = nb_params_x,
                        .shape = det_shape,
                        .forward = det_forward,
                        .grad = det_grad,
                        .formula = "det({a})",
                        .latex = "\\det\\left({a}\\right)",
                        .pull = {"{g} * cofactors({a})"},
                        .tries = "2,2; 3,3; 2,2,2; 5,5",
                        .torch = "torch.linalg.det({x:m})",
                        .doc =
                            "The determinant of a square matrix, of every matrix of a batch; its "
                            "derivative is cofactors(x).",
                        .example = "det([[2, 1], [1, 3]])",
                        .group = "matrices",
                        .lo = {1},
                        .hi = {4}};

/* gemm.c -- matrix products: batches, blocks that can be stopped, small sizes by hand */
#include <limits.h>
#include <string.h>

#include "tensor/blas.h"
#include "tensor/dense.h"
#include "tensor/gemm.h"
#include "tensor/loop.h"

/* Below this many multiplications the call costs more than the work. */
#define SMALL_WORK 512
#define SHORT_WORK 8192 /* of products with vectors */
#define SHORT_ROW 64
/* Longer products are made in blocks of about 20 ms, so that they can be stopped. */
#define BLOCK_WORK ((int64_t)1 << 28)
#define BLOCK_EDGE 192 /* at least so many rows and columns, and a multiple of it */

NbMatrix nb_matrix(const NbTensor *t)
{
    const int r = t->shape.rank;
    return (NbMatrix){t->data, t->shape.dim[r - 2], t->shape.dim[r - 1], t->stride[r - 2],
                      t->stride[r - 1]};
}

/* Row i of c gets Σ_k a[i,k]·(row k of b): the inner loop runs along dense rows of b and c. */
static void small_rows(const NbMatrix *a, const NbMatrix *b, const NbMatrix *c, bool add)
{
    const int64_t n = c->cols;
    for (int64_t i = 0; i < c->rows; i++) {
        double *restrict to = c->p + i * c->row;
        int64_t k = 0;
        if (!add) {
            const double f = a->p[i * a->row];
            for (int64_t j = 0; j < n; j++) {
                to[j] = f * b->p[j];
            }
            k = 1;
        }
        for (; k < a->cols; k++) {
            const double f = a->p[i * a->row + k * a->col];
            const double *restrict from = b->p + k * b->row;
            for (int64_t j = 0; j < n; j++) {
                to[j] += f * from[j];
            }
        }
    }
}

static void small_dots(const NbMatrix *a, const NbMatrix *b, const NbMatrix *c, bool add)
{
    for (int64_t i = 0; i < c->rows; i++) {
        for (int64_t j = 0; j < c->cols; j++) {
            const double *x = a->p + i * a->row;
            const double *y = b->p + j * b->col;
            double s = 0;
            for (int64_t k = 0; k < a->cols; k++) {
                s += x[k * a->col] * y[k * b->row];
            }
            double *to = c->p + i * c->row + j;
            *to = add ? *to + s : s;
        }
    }
}

static void clear(const NbMatrix *c)
{
    for (int64_t i = 0; i < c->rows; i++) {
        memset(c->p + i * c->row, 0, (size_t)c->cols * sizeof *c->p);
    }
}

/* How many of `all` rows of so much work each make a block. */
static int64_t block_edge(int64_t all, int64_t work)
{
    int64_t n = BLOCK_WORK / work / BLOCK_EDGE * BLOCK_EDGE;
    n = n < BLOCK_EDGE ? BLOCK_EDGE : n;
    return n < all ? n : all;
}

static NbStatus blocks_product(NbMatrix a, NbMatrix b, NbMatrix c, bool add, NbErr *err)
{
    const int64_t rows = block_edge(c.rows, c.cols * a.cols);
    const int64_t cols = block_edge(c.cols, rows * a.cols);
    NbMatrix pa = a;
    NbMatrix pb = b;
    NbMatrix pc = c;
    for (int64_t i = 0; i < c.rows; i += rows) {
        pa.rows = pc.rows = c.rows - i < rows ? c.rows - i : rows;
        pa.p = a.p + i * a.row;
        for (int64_t j = 0; j < c.cols; j += cols) {
            pb.cols = pc.cols = c.cols - j < cols ? c.cols - j : cols;
            pb.p = b.p + j * b.col;
            pc.p = c.p + i * c.row + j;
            if (err && err->stop && *err->stop) {
                return nb_fail(err, NB_EINTERRUPT, "stopped");
            }
            const NbStatus s = nb_blas_product(pa, pb, pc, add, err);
            if (s != NB_OK) {
                return s;
            }
        }
    }
    return NB_OK;
}

/* Products with a vector, or of two, over rows short enough for loops of our own; false when it is
 * none of those. */
static bool short_product(const NbMatrix *a, const NbMatrix *b, const NbMatrix *c, bool add)
{
    const int64_t k = a->cols;
    if (k == 1 && b->col == 1 && c->row == c->cols && c->cols > 1) {
        nb_dense_outer(c->p, a->p, a->row, b->p, c->rows, c->cols, add);
        return true;
    }
    if (c->rows == 1 && b->col == 1 && b->row == c->cols && c->cols <= SHORT_ROW) {
        nb_dense_weigh_rows(c->p, b->p, a->p, a->col, k, c->cols, add);
        return true;
    }
    if (c->cols == 1 && a->row == 1 && a->col == c->rows && c->row == 1 && c->rows <= SHORT_ROW) {
        nb_dense_weigh_rows(c->p, a->p, b->p, b->row, k, c->rows, add);
        return true;
    }
    return false;
}

NbStatus nb_gemm(NbMatrix a, NbMatrix b, NbMatrix c, bool add, NbErr *err)
{
    const int64_t k = a.cols;
    if (c.rows == 0 || c.cols == 0) {
        return NB_OK;
    }
    if (k == 0) {
        if (!add) {
            clear(&c);
        }
        return NB_OK;
    }
    if (c.rows > INT_MAX || c.cols > INT_MAX || k > INT_MAX) {
        return nb_fail(err, NB_ESHAPE, "matmul: sizes above 2^31 are not supported");
    }
    if (c.rows == 1) {
        c.row = c.cols;
    }
    if (c.rows * c.cols * k <= SHORT_WORK && short_product(&a, &b, &c, add)) {
        return NB_OK;
    }
    if (c.rows * c.cols * k <= SMALL_WORK || k == 1) {
        if (b.col == 1 && c.cols > 1) {
            small_rows(&a, &b, &c, add);
        } else {
            small_dots(&a, &b, &c, add);
        }
        return NB_OK;
    }
    if (c.cols * k <= BLOCK_WORK / c.rows) {
        return nb_blas_product(a, b, c, add, err);
    }
    return blocks_product(a, b, c, add, err);
}

/* Leading axes of t as a tensor of their own, whose elements stand for matrices. */
static NbTensor leading(const NbTensor *t)
{
    NbShape s = t->shape;
    s.rank -= 2;
    NbTensor lead = nb_tensor_over(t->data, &s, t->stride);
    lead.contiguous = false;
    return lead;
}

NbStatus nb_gemm_batched(const NbTensor *a, bool ta, const NbTensor *b, bool tb, NbTensor *c,
                         bool add, NbErr *err)
{
    NbMatrix ma = ta ? nb_matrix_t(nb_matrix(a)) : nb_matrix(a);
    NbMatrix mb = tb ? nb_matrix_t(nb_matrix(b)) : nb_matrix(b);
    NbMatrix mc = nb_matrix(c);
    NbShape all;
    NbLoop l;
    if (a->shape.rank == 2 && b->shape.rank == 2 && c->shape.rank == 2) {
        return nb_gemm(ma, mb, mc, add, err);
    }
    NbTensor la = leading(a);
    NbTensor lb = leading(b);
    NbTensor lc = leading(c);
    const NbTensor *lead[3] = {&la, &lb, &lc};
    if (nb_shape_broadcast(&la.shape, &lb.shape, &all, err) != NB_OK ||
        nb_shape_broadcast(&all, &lc.shape, &all, err) != NB_OK) {
        return NB_ESHAPE;
    }
    if (!add && !nb_shape_equal(&all, &lc.shape)) {
        nb_tensor_fill(c, 0);
        add = true;
    }
    for (bool go = nb_loop_begin(&l, &all, lead, 3); go; go = nb_loop_next(&l)) {
        for (int64_t i = 0; i < l.inner; i++) {
            ma.p = l.p[0] + i * l.step[0];
            mb.p = l.p[1] + i * l.step[1];
            mc.p = l.p[2] + i * l.step[2];
            const NbStatus s = nb_gemm(ma, mb, mc, add, err);
            if (s != NB_OK) {
                return s;
            }
        }
    }
    return NB_OK;
}

/* blas_open.c -- matrix products by OpenBLAS: transposes as flags, other layouts by a copy */
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cblas.h>

#include "tensor/blas.h"
#include "tensor/storage.h"

/* One number for the process: set again only when it is another, so that a new context does not
 * disturb products of other threads. */
void nb_blas_threads(int n)
{
    static atomic_int now;
    n = n > 0 ? n : 1;
    if (atomic_exchange(&now, n) != n) {
        openblas_set_num_threads(n);
    }
}

const char *nb_blas_name(void)
{
    static _Thread_local char name[64];
    snprintf(name, sizeof name, "openblas %s", openblas_get_corename());
    return name;
}

/* How cblas sees a matrix: false when neither its rows nor its columns are dense. */
static bool blas_layout(const NbMatrix *m, CBLAS_TRANSPOSE *flag, int *ld)
{
    const int64_t row = m->rows == 1 ? (m->cols > 1 ? m->cols : 1) : m->row;
    const int64_t col = m->cols == 1 ? (m->rows > 1 ? m->rows : 1) : m->col;
    if ((m->col == 1 || m->cols == 1) && row >= m->cols && row <= INT_MAX) {
        *flag = CblasNoTrans;
        *ld = (int)row;
        return true;
    }
    if ((m->row == 1 || m->rows == 1) && col >= m->rows && col <= INT_MAX) {
        *flag = CblasTrans;
        *ld = (int)col;
        return true;
    }
    return false;
}

/* A dense copy of m in *mem. */
static NbStatus pack(NbMatrix *m, double **mem, NbErr *err)
{
    double *to = nb_scratch(m->rows * m->cols);
    if (to == NULL) {
        return nb_fail(err, NB_EMEM, "out of memory for a matrix product");
    }
    for (int64_t i = 0; i < m->rows; i++) {
        for (int64_t j = 0; j < m->cols; j++) {
            to[i * m->cols + j] = m->p[i * m->row + j * m->col];
        }
    }
    *mem = to;
    *m = (NbMatrix){to, m->rows, m->cols, m->cols, 1};
    return NB_OK;
}

/* One of the sides is a vector: y = op(M) x. */
static void vector_product(const NbMatrix *m, CBLAS_TRANSPOSE flag, int ld, const double *x,
                           int64_t xstep, double *y, int64_t ystep, bool add)
{
    const bool plain = flag == CblasNoTrans;
    cblas_dgemv(CblasRowMajor, flag, (int)(plain ? m->rows : m->cols),
                (int)(plain ? m->cols : m->rows), 1.0, m->p, ld, x, (int)xstep, add ? 1.0 : 0.0, y,
                (int)ystep);
}

/* A layout cblas takes, by a copy if need be. */
static NbStatus settle(NbMatrix *m, CBLAS_TRANSPOSE *flag, int *ld, double **mem, NbErr *err)
{
    if (blas_layout(m, flag, ld)) {
        return NB_OK;
    }
    if (pack(m, mem, err) != NB_OK) {
        return NB_EMEM;
    }
    blas_layout(m, flag, ld);
    return NB_OK;
}

/* OpenBLAS takes 128 MB at its first product and keeps them; refused, it asks for ever. */
#define BLAS_BYTES ((size_t)136 << 20)

static bool limited(int resource)
{
    struct rlimit r;
    return getrlimit(resource, &r) == 0 && r.rlim_cur != RLIM_INFINITY;
}

static NbStatus room_for_blas(NbErr *err)
{
    static atomic_bool had;
    if (atomic_load_explicit(&had, memory_order_relaxed)) {
        return NB_OK;
    }
    if (limited(RLIMIT_AS) || limited(RLIMIT_DATA)) {
        void *room = malloc(BLAS_BYTES);
        free(room);
        if (!room) {
            return nb_fail(err, NB_EMEM,
                           "out of memory for a matrix product: OpenBLAS needs 128 MB");
        }
    }
    atomic_store_explicit(&had, true, memory_order_relaxed);
    return NB_OK;
}

NbStatus nb_blas_product(NbMatrix a, NbMatrix b, NbMatrix c, bool add, NbErr *err)
{
    CBLAS_TRANSPOSE fa = CblasNoTrans;
    CBLAS_TRANSPOSE fb = CblasNoTrans;
    int la = 0;
    int lb = 0;
    double *mem_a = NULL;
    double *mem_b = NULL;
    NbStatus s = room_for_blas(err);
    if (s == NB_OK) {
        s = settle(&a, &fa, &la, &mem_a, err);
    }
    if (s == NB_OK) {
        s = settle(&b, &fb, &lb, &mem_b, err);
    }
    if (s != NB_OK) {
        goto done;
    }
    if (c.cols == 1 && b.row > 0) {
        vector_product(&a, fa, la, b.p, b.row, c.p, c.row, add);
    } else if (c.rows == 1 && a.col > 0) {
        const NbMatrix bt = nb_matrix_t(b);
        vector_product(&bt, fb == CblasTrans ? CblasNoTrans : CblasTrans, lb, a.p, a.col, c.p, 1,
                       add);
    } else {
        cblas_dgemm(CblasRowMajor, fa, fb, (int)c.rows, (int)c.cols, (int)a.cols, 1.0, a.p, la, b.p,
                    lb, add ? 1.0 : 0.0, c.p, (int)c.row);
    }
done:
    nb_scratch_free(mem_b);
    nb_scratch_free(mem_a);
    return s;
}

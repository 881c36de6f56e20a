/* blas.h -- what nabla needs of a BLAS: OpenBLAS (blas_open.c) or our own (blas_own.c, BLAS=own) */
#ifndef NB_TENSOR_BLAS_H
#define NB_TENSOR_BLAS_H

#include <nabla/tensor.h>

/* A matrix inside a tensor: element (i, j) is p[i*row + j*col]. */
typedef struct NbMatrix {
    double *p;
    int64_t rows, cols, row, col;
} NbMatrix;

/* Transposed: sizes and strides exchanged. */
static inline NbMatrix nb_matrix_t(NbMatrix m)
{
    return (NbMatrix){m.p, m.cols, m.rows, m.col, m.row};
}

/* C = A B, or C += A B with add; (m,n) = (m,k)(k,n), no size 0 or above INT_MAX, any strides of A
 * and B, unit column stride of C. A sum runs along k in an order that depends on the sizes alone.
 * NB_EMEM: C is then undefined. */
NbStatus nb_blas_product(NbMatrix a, NbMatrix b, NbMatrix c, bool add, NbErr *err);

/* Threads of one product; our own uses the caller's alone. */
void nb_blas_threads(int n);

/* The implementation, and the kind of processor it chose: "openblas Zen", "own". Static text. */
const char *nb_blas_name(void);

#endif

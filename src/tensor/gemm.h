/* gemm.h -- matrix products, with views taken as they are */
#ifndef NB_TENSOR_GEMM_H
#define NB_TENSOR_GEMM_H

#include "tensor/blas.h"

/* The matrix of the last two axes of t (rank >= 2) at its first position. */
NbMatrix nb_matrix(const NbTensor *t);

/* C = A B, or C += A B with add; (m,n) = (m,k)(k,n). C has unit column stride. NB_EMEM;
 * NB_EINTERRUPT when err->stop was set during a long product: C is then undefined. */
NbStatus nb_gemm(NbMatrix a, NbMatrix b, NbMatrix c, bool add, NbErr *err);

/* The same over all leading axes of the rank >= 2 tensors, broadcast together; with leading axes
 * of c that a and b have and c has not (or 1), products are summed into c. */
NbStatus nb_gemm_batched(const NbTensor *a, bool ta, const NbTensor *b, bool tb, NbTensor *c,
                         bool add, NbErr *err);

#endif

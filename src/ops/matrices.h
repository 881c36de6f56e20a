/* matrices.h -- what operations on square matrices share: batches of them, their errors */
#ifndef NB_OPS_MATRICES_H
#define NB_OPS_MATRICES_H

#include <nabla/op.h>

/* The shape without its last `trailing` axes, and how many matrices are in it. */
NbShape nb_leading_axes(const NbShape *s, int trailing);
int64_t nb_matrix_count(const NbShape *lead);
/* Where matrix number i of the leading axes `lead` begins; axes of size 1 are repeated. */
const double *nb_matrix_at(const NbTensor *t, int trailing, const NbShape *lead, int64_t i);
/* (rows, cols) of the last axes of t from p on, dense. */
void nb_matrix_gather(const NbTensor *t, const double *p, int64_t rows, int64_t cols, double *to);

bool nb_is_square(const NbShape *s);
NbStatus nb_fail_square(const char *op, const NbShape *s, NbErr *err);

#endif

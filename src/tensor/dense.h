/* dense.h -- loops over the rows of dense matrices */
#ifndef NB_TENSOR_DENSE_H
#define NB_TENSOR_DENSE_H

#include <stdbool.h>
#include <stdint.h>

/* to (m, n) = row (n) in every row */
void nb_dense_repeat(double *to, const double *row, int64_t m, int64_t n);
/* to (n) (+)= Σ rows of x (m, n), in an order that depends on m and n alone */
void nb_dense_sum_rows(double *to, const double *x, int64_t m, int64_t n, bool add);
/* The same with row i taken w[i·step] times: to = xᵀ w. */
void nb_dense_weigh_rows(double *to, const double *x, const double *w, int64_t step, int64_t m,
                         int64_t n, bool add);
/* to (m, n) (+)= a bᵀ of a (m), `step` apart, and b (n) */
void nb_dense_outer(double *to, const double *a, int64_t step, const double *b, int64_t m,
                    int64_t n, bool add);

#endif

/* loop.h -- walking several tensors of one broadcast shape together, row by row */
#ifndef NB_TENSOR_LOOP_H
#define NB_TENSOR_LOOP_H

#include <signal.h>

#include <nabla/tensor.h>

#define NB_LOOP_MAX 5

/* Neighbouring axes are joined where all operands allow it, so most loops have one row. */
typedef struct NbLoop {
    int n;                     /* operands */
    int outer;                 /* axes outside the row */
    int64_t inner;             /* length of a row */
    double *p[NB_LOOP_MAX];    /* first element of the current row */
    int64_t step[NB_LOOP_MAX]; /* from element to element; 0 where broadcast */
    int64_t dim[NB_MAX_RANK], at[NB_MAX_RANK];
    int64_t stride[NB_LOOP_MAX][NB_MAX_RANK];
} NbLoop;

/* Starts at the first row; false when there is no element. Each tensor must broadcast to shape.
 *   for (bool go = nb_loop_begin(&l, &shape, t, 2); go; go = nb_loop_next(&l)) */
bool nb_loop_begin(NbLoop *l, const NbShape *shape, const NbTensor *const t[], int n);
bool nb_loop_next(NbLoop *l);
/* Of two operands, after nb_loop_begin: operand k is one dense row, the other a dense matrix of
 * dim[0] such rows. */
static inline bool nb_loop_repeats(const NbLoop *l, int k)
{
    return l->outer == 1 && l->step[0] == 1 && l->step[1] == 1 && l->stride[k][0] == 0 &&
           l->stride[1 - k][0] == l->inner;
}

/* A tensor on the stack over data of another one; owns nothing, never referenced. */
NbTensor nb_tensor_over(double *data, const NbShape *s, const int64_t *stride);
/* Row-major strides of s; returns whether `stride` already equals them where it matters. */
void nb_row_major(const NbShape *s, int64_t stride[NB_MAX_RANK]);
bool nb_is_row_major(const NbShape *s, const int64_t *stride);

/* Sum of n numbers, `step` apart, in a fixed order: 8 lanes in blocks, blocks in pairs. */
double nb_sum_of(const double *x, int64_t n, int64_t step);
/* The same; gives up, with any result, soon after *stop becomes non-zero. stop may be NULL. */
double nb_sum_until(const double *x, int64_t n, int64_t step, const volatile sig_atomic_t *stop);

/* nb_shape_broadcast of shapes that are there, whose operands are {0} and {1} in messages. */
NbStatus nb_shape_join(const NbShape *a, const NbShape *b, NbShape *out, NbErr *err);

#endif

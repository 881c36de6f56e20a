/* reduce.h -- rows of a tensor along any set of axes, for reductions that need all of a row */
#ifndef NB_OPS_REDUCE_H
#define NB_OPS_REDUCE_H

#include <nabla/op.h>

#include "tensor/loop.h"

/* Row after row in row-major order of the axes kept. Rows that are dense are read in place, others
 * are gathered into a buffer. */
typedef struct NbRows {
    NbLoop kept;     /* over the axes kept, one element at a time */
    NbTensor across; /* the reduced axes, at the current row */
    int64_t at;      /* place in the inner run of `kept` */
    int64_t n;       /* length of a row */
    double *buf;     /* gathered row, or NULL when rows are dense */
    bool more;
} NbRows;

NbStatus nb_rows_begin(NbRows *r, const NbTensor *x, unsigned mask, NbErr *err);
/* The next row, or NULL after the last one. */
const double *nb_rows_next(NbRows *r);
/* Stores n numbers where the current row lives, or adds them. */
void nb_rows_put(const NbRows *r, const double *numbers, bool add);
void nb_rows_end(NbRows *r);

/* t = exp(x - m), m the largest of the n numbers (NaN when one is), *sum = Σ t. Returns log Σ t,
 * also where that is less than an ulp of 1. */
double nb_row_exp(const double *x, int64_t n, double *t, double *m, double *sum);

/* Shape rule of reductions: axis and keepdims. */
NbStatus nb_reduce_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err);
/* out, made by reducing x over mask, seen with x's rank: reduced axes have size 1. */
NbTensor nb_reduced_view(const NbTensor *out, const NbShape *x, unsigned mask);
/* out = Σ x over mask, in a fixed order; NB_EINTERRUPT when err->stop was set on the way. */
NbStatus nb_reduce_sum(const NbTensor *x, unsigned mask, NbTensor *out, NbErr *err);

extern const NbParam nb_params_reduce[3];
#define NB_REDUCE_OPERANDS .min_in = 1, .max_in = 1, .nparams = 3, .params = nb_params_reduce

#endif

/* tensor.h -- arrays of float64, rank 0 to 8, with strides and shared storage */
#ifndef NABLA_TENSOR_H
#define NABLA_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nabla/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NB_MAX_RANK 8

/* Sizes of the axes, first axis first; rank 0 is a scalar. */
typedef struct NbShape {
    int rank;
    int64_t dim[NB_MAX_RANK];
} NbShape;

typedef struct NbStorage NbStorage; /* counted block of doubles, shared by views */

/* An array or a view of one. Row-major when `contiguous`. Fields are read by kernels; only the
 * functions below change them. `store` is NULL for a tensor that wraps memory it does not own
 * (a scalar held inside a node): such a tensor lives on the stack and is never referenced. */
typedef struct NbTensor {
    double *data; /* first element */
    NbStorage *store;
    int64_t size; /* number of elements; 1 for rank 0, 0 when an axis is 0 */
    NbShape shape;
    int64_t stride[NB_MAX_RANK]; /* in elements; 0 on broadcast axes */
    uint32_t refs;
    bool contiguous;
} NbTensor;

/* One item of an index: x[i], x[a:b:s], x[[…]]. */
typedef enum NbIndexKind { NB_AT, NB_SLICE, NB_LIST } NbIndexKind;
typedef struct NbIndex {
    NbIndexKind kind;
    bool has_start, has_stop;
    int64_t start, stop, step; /* NB_AT: start; NB_SLICE: as written, negative from the end */
    int64_t nlist;
    int64_t *list; /* NB_LIST; owned by who holds the index */
} NbIndex;

/* --- shapes --- */
bool nb_shape_equal(const NbShape *a, const NbShape *b);
/* Product of the axes in *n; NB_EMEM when it overflows or exceeds the limit on tensor size. */
NbStatus nb_shape_size(const NbShape *s, int64_t *n, NbErr *err);
/* NumPy's rule: aligned at the last axis, 1 stretches. NB_ESHAPE when they do not fit. */
NbStatus nb_shape_broadcast(const NbShape *a, const NbShape *b, NbShape *out, NbErr *err);
/* "(2, 3)", "(4,)", "()" into buf; returns buf. 160 bytes hold any shape. */
char *nb_shape_text(const NbShape *s, char *buf, size_t cap);
/* How many axes begin at this row-major position, or end before it: brackets of its text. */
int nb_shape_edges(const NbShape *s, int64_t position);
/* Negative axes count from the end; NB_EINDEX outside [-rank, rank). */
NbStatus nb_axis_normalize(int64_t axis, int rank, int *out, NbErr *err);
NbShape nb_shape(int rank, ...); /* sizes as int: nb_shape(2, 3, 4) */

/* --- life: new, ref, unref --- */
/* New, elements undefined; contiguous. NULL with *err set when too large. */
NbTensor *nb_tensor_new(const NbShape *s, NbErr *err);
/* New, elements all v. */
NbTensor *nb_tensor_full(const NbShape *s, double v, NbErr *err);
/* New copy of `size` numbers, row-major. */
NbTensor *nb_tensor_from(const NbShape *s, const double *numbers, NbErr *err);
/* New contiguous copy. */
NbTensor *nb_tensor_copy(const NbTensor *t, NbErr *err);
/* New view on the storage of t: the caller gives shape, strides and offset in elements. NB_EINDEX
 * when it would leave the storage. */
NbTensor *nb_tensor_view(const NbTensor *t, const NbShape *s, const int64_t *stride, int64_t offset,
                         NbErr *err);
NbTensor *nb_tensor_ref(NbTensor *t); /* returns t; NULL is allowed */
void nb_tensor_unref(NbTensor **t);   /* accepts NULL, leaves NULL */
/* A stack tensor of rank 0 around one number; owns nothing. */
NbTensor nb_tensor_scalar(double *number);

/* True when no other tensor shares the storage. */
bool nb_tensor_sole(const NbTensor *t);
/* dst := src element by element; shapes equal, or src broadcast to dst's shape. Overlap allowed. */
NbStatus nb_tensor_assign(NbTensor *dst, const NbTensor *src, NbErr *err);
/* dst += src; nothing unless their shapes are equal. */
void nb_tensor_add(NbTensor *dst, const NbTensor *src);
void nb_tensor_fill(NbTensor *t, double v); /* every element := v */
/* Element at a row-major position 0 … size-1, strides respected; NaN elsewhere. */
double nb_tensor_at(const NbTensor *t, int64_t position);
/* Writes that element; elsewhere nothing. */
void nb_tensor_put(NbTensor *t, int64_t position, double v);
/* First position holding NaN or infinity, -1 when all are finite; *count gets how many. */
int64_t nb_tensor_nonfinite(const NbTensor *t, int64_t *count);
/* The tensor as the language writes it, "[[1, 2], [3, 4]]", on one line; digits as in
 * nb_format_number. At most `max_items`
 * numbers are written when max_items > 0, the rest as "…" (or "..." when ascii). Returns the
 * number of bytes a large enough buffer would need, like snprintf. */
size_t nb_format_tensor(const NbTensor *t, int digits, int max_items, int ascii, char *buf,
                        size_t cap);
/* Largest number of elements one tensor may have (default: half of physical memory / 8). */
void nb_tensor_set_limit(int64_t elements);

#ifdef __cplusplus
}
#endif

#endif

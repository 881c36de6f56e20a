/* elementwise.h -- row kernels, and macros that make an operation's kernels from two formulas */
#ifndef NB_OPS_ELEMENTWISE_H
#define NB_OPS_ELEMENTWISE_H

#include <nabla/op.h>

#include "tensor/clones.h"

/* Rows are dense; the callers below gather strided and broadcast operands first. */
typedef void NbRow1(int64_t n, const double *a, double *y);
typedef void NbRow2(int64_t n, const double *a, const double *b, double *y);
/* t = g·∂y/∂operand */
typedef void NbRowGrad(int64_t n, const double *a, const double *b, const double *y,
                       const double *g, double *t);

/* Long tensors are done in parts. NB_EINTERRUPT when err->stop was set between two of them: the
 * result is then undefined. */
NbStatus nb_map1(const NbTensor *a, NbTensor *y, NbRow1 *row, NbErr *err);
NbStatus nb_map2(const NbTensor *a, const NbTensor *b, NbTensor *y, NbRow2 *row, NbErr *err);
/* gin (+)= row summed over the axes on which gin is broadcast. b may be NULL (unary). */
NbStatus nb_map_grad(const NbTensor *a, const NbTensor *b, const NbTensor *y, const NbTensor *g,
                     NbTensor *gin, bool add, NbRowGrad *row, NbErr *err);

extern const NbParam nb_params_x[1];  /* (x) */
extern const NbParam nb_params_ab[2]; /* (a, b) */

#define NB_NO_CLONE

/* FORWARD row kernel from a formula in `a`. CLONES: NB_CLONES where it vectorises. */
#define NB_ROW1(NAME, CLONES, VALUE)                                                               \
    CLONES static void NAME##_row(int64_t n, const double *restrict pa, double *restrict py)       \
    {                                                                                              \
        for (int64_t k = 0; k < n; k++) {                                                          \
            const double a = pa[k];                                                                \
            py[k] = (VALUE);                                                                       \
        }                                                                                          \
    }

/* Row kernel of a derivative: t = PRODUCT, a formula in a, b, y and g. */
#define NB_ROW_GRAD(NAME, CLONES, PRODUCT)                                                         \
    CLONES static void NAME(int64_t n, const double *restrict pa, const double *restrict pb,       \
                            const double *restrict py, const double *restrict pg,                  \
                            double *restrict pt)                                                   \
    {                                                                                              \
        for (int64_t k = 0; k < n; k++) {                                                          \
            const double a = pa[k];                                                                \
            const double b = pb[k];                                                                \
            const double y = py[k];                                                                \
            const double g = pg[k];                                                                \
            (void)a, (void)b, (void)y;                                                             \
            pt[k] = (PRODUCT);                                                                     \
        }                                                                                          \
    }

/* Kernels of a unary operation without its forward row: VALUE in a, DERIVATIVE in a and y. */
#define NB_UNARY_AROUND(NAME, CLONES, VALUE, DERIVATIVE)                                           \
    static double NAME##_scalar(double a, double b)                                                \
    {                                                                                              \
        (void)b;                                                                                   \
        return (VALUE);                                                                            \
    }                                                                                              \
    static void NAME##_partials(double a, double b, double y, double d[2])                         \
    {                                                                                              \
        (void)a, (void)b, (void)y;                                                                 \
        d[0] = (DERIVATIVE);                                                                       \
    }                                                                                              \
    NB_ROW_GRAD(NAME##_row_grad, CLONES, g *(DERIVATIVE))                                          \
    static NbStatus NAME##_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at,             \
                                   NbTensor *out, NbErr *err)                                      \
    {                                                                                              \
        (void)ctx, (void)n, (void)at;                                                              \
        return nb_map1(in[0], out, NAME##_row, err);                                               \
    }                                                                                              \
    static NbStatus NAME##_vjp(NbTensors in, int n, const NbAttrs *at, const NbTensor *out,        \
                               const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)   \
    {                                                                                              \
        (void)n, (void)at, (void)i;                                                                \
        return nb_map_grad(in[0], NULL, out, gout, gin, add, NAME##_row_grad, err);                \
    }

#define NB_UNARY(NAME, CLONES, VALUE, DERIVATIVE)                                                  \
    NB_ROW1(NAME, CLONES, VALUE)                                                                   \
    NB_UNARY_AROUND(NAME, CLONES, VALUE, DERIVATIVE)

/* Value kernels of a binary operation: scalar, row, forward. */
#define NB_BINARY_VALUE(NAME, CLONES, VALUE)                                                       \
    static double NAME##_scalar(double a, double b)                                                \
    {                                                                                              \
        return (VALUE);                                                                            \
    }                                                                                              \
    CLONES static void NAME##_row(int64_t n, const double *restrict pa, const double *restrict pb, \
                                  double *restrict py)                                             \
    {                                                                                              \
        for (int64_t k = 0; k < n; k++) {                                                          \
            const double a = pa[k];                                                                \
            const double b = pb[k];                                                                \
            py[k] = (VALUE);                                                                       \
        }                                                                                          \
    }                                                                                              \
    static NbStatus NAME##_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at,             \
                                   NbTensor *out, NbErr *err)                                      \
    {                                                                                              \
        (void)ctx, (void)n, (void)at;                                                              \
        return nb_map2(in[0], in[1], out, NAME##_row, err);                                        \
    }

/* Numeric gradient of a binary operation; PA and PB are g·∂y/∂a and g·∂y/∂b. */
#define NB_BINARY_VJP(NAME, CLONES, PA, PB)                                                        \
    NB_ROW_GRAD(NAME##_row_a, CLONES, PA)                                                          \
    NB_ROW_GRAD(NAME##_row_b, CLONES, PB)                                                          \
    static NbStatus NAME##_vjp(NbTensors in, int n, const NbAttrs *at, const NbTensor *out,        \
                               const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)   \
    {                                                                                              \
        (void)n, (void)at;                                                                         \
        return nb_map_grad(in[0], in[1], out, gout, gin, add,                                      \
                           i == 0 ? NAME##_row_a : NAME##_row_b, err);                             \
    }

#define NB_PARTIALS2(NAME, DA, DB)                                                                 \
    static void NAME##_partials(double a, double b, double y, double d[2])                         \
    {                                                                                              \
        (void)a, (void)b, (void)y;                                                                 \
        d[0] = (DA);                                                                               \
        d[1] = (DB);                                                                               \
    }

/* Fields of a record that the macros above have made. */
#define NB_KERNELS(NAME)                                                                           \
    .forward = NAME##_forward, .scalar = NAME##_scalar, .partials = NAME##_partials,               \
    .grad = NAME##_grad, .vjp = NAME##_vjp
#define NB_UNARY_OPERANDS                                                                          \
    .min_in = 1, .max_in = 1, .nparams = 1, .params = nb_params_x, .flags = NB_OP_ELEMENTWISE
#define NB_BINARY_OPERANDS .min_in = 2, .max_in = 2, .nparams = 2, .params = nb_params_ab

#endif

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
            (void)a, (void)b, (void)y, (void)g;                                                    \
            pt[k] = (PRODUCT);                                                                     \
        }                                                                                          \
    }

/* g·d with a d that is 0 by a branch: 0 whatever g is, infinite or NaN. */
static inline double nb_masked(double g, double d)
{
    return d == 0 ? 0 : g * d;
}

/* Kernels of a unary operation without its rows: VALUE in a, DERIVATIVE in a and y. */
#define NB_UNARY_WITHOUT_ROWS(NAME, VALUE, DERIVATIVE)                                             \
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

/* The same with the row of the derivative. */
#define NB_UNARY_AROUND(NAME, CLONES, VALUE, DERIVATIVE)                                           \
    NB_ROW_GRAD(NAME##_row_grad, CLONES, g *(DERIVATIVE))                                          \
    NB_UNARY_WITHOUT_ROWS(NAME, VALUE, DERIVATIVE)

#define NB_UNARY(NAME, CLONES, VALUE, DERIVATIVE)                                                  \
    NB_ROW1(NAME, CLONES, VALUE)                                                                   \
    NB_UNARY_AROUND(NAME, CLONES, VALUE, DERIVATIVE)

/* With a derivative that is 1 over DIVISOR. */
#define NB_UNARY_OVER(NAME, CLONES, VALUE, DIVISOR)                                                \
    static double NAME##_over(double a, double b)                                                  \
    {                                                                                              \
        (void)b;                                                                                   \
        return (DIVISOR);                                                                          \
    }                                                                                              \
    NB_ROW1(NAME, CLONES, VALUE)                                                                   \
    NB_ROW_GRAD(NAME##_row_grad, CLONES, g / (DIVISOR))                                            \
    NB_UNARY_WITHOUT_ROWS(NAME, VALUE, 1 / (DIVISOR))

/* With a derivative that is 0 by branches, see NB_OP_BRANCHES. */
#define NB_UNARY_BRANCHES(NAME, CLONES, VALUE, DERIVATIVE)                                         \
    NB_ROW1(NAME, CLONES, VALUE)                                                                   \
    NB_ROW_GRAD(NAME##_row_grad, CLONES, nb_masked(g, (DERIVATIVE)))                               \
    NB_UNARY_WITHOUT_ROWS(NAME, VALUE, DERIVATIVE)

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

/* Above this |y| a saturating function has lost more than two digits of 1 - |y|. */
#define NB_SATURATED 0.99

/* Row kernel of the derivative of such a function: g·USUAL (in y) where |y| is not above, else
 * g·SLOPE(a, y). The rare elements are done once more, so that the usual ones vectorise. SIZE: |y|
 * in y. */
#define NB_SLOPE_ROW(NAME, USUAL, SIZE, SLOPE)                                                     \
    NB_CLONES static int64_t NAME##_usual(int64_t n, const double *restrict py,                    \
                                          const double *restrict pg, double *restrict pt)          \
    {                                                                                              \
        int64_t rare = 0;                                                                          \
        for (int64_t k = 0; k < n; k++) {                                                          \
            const double y = py[k];                                                                \
            pt[k] = pg[k] * (USUAL);                                                               \
            rare += (SIZE) > NB_SATURATED;                                                         \
        }                                                                                          \
        return rare;                                                                               \
    }                                                                                              \
    static void NAME(int64_t n, const double *pa, const double *pb, const double *py,              \
                     const double *pg, double *pt)                                                 \
    {                                                                                              \
        (void)pb;                                                                                  \
        if (NAME##_usual(n, py, pg, pt) == 0) {                                                    \
            return;                                                                                \
        }                                                                                          \
        for (int64_t k = 0; k < n; k++) {                                                          \
            const double y = py[k];                                                                \
            if ((SIZE) > NB_SATURATED) {                                                           \
                pt[k] = pg[k] * SLOPE(pa[k], y);                                                   \
            }                                                                                      \
        }                                                                                          \
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
#define NB_UNARY_OPERANDS_WITH(FLAGS)                                                              \
    .min_in = 1, .max_in = 1, .nparams = 1, .params = nb_params_x,                                 \
    .flags = NB_OP_ELEMENTWISE | (FLAGS)
#define NB_UNARY_OPERANDS NB_UNARY_OPERANDS_WITH(0)
#define NB_BINARY_OPERANDS .min_in = 2, .max_in = 2, .nparams = 2, .params = nb_params_ab

#endif

/* activation.c -- relu, leaky_relu, sigmoid, softplus, gelu */
#include <math.h>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "tensor/vecmath.h"

static NbVar *times(NbGrad *G, NbVar *factor)
{
    return nb_g_2(G, &nb_op_mul, nb_g_out(G), factor);
}

/* --- relu: the derivative at 0 is 0 --- */

/* 1 where a > 0, else 0; NaN stays. */
static inline double step_of(double a)
{
    return a > 0 ? 1.0 : a <= 0 ? 0.0 : a;
}

NB_UNARY_BRANCHES(relu, NB_CLONES, a <= 0 ? 0.0 : a, step_of(a))
NB_UNARY_BRANCHES(step, NB_CLONES, step_of(a), 0.0)
#define step_grad nb_g_zero

static NbVar *relu_grad(NbGrad *G, int i)
{
    return nb_g_masked(G, nb_g_1(G, &nb_op_step, nb_g_in(G, i)));
}

/* --- leaky_relu: slope for a <= 0 --- */

static double slope_of(const NbAttrs *at)
{
    return nb_opt(at, 0, 0.01);
}

static NbStatus leaky_relu_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at,
                                   NbTensor *out, NbErr *err)
{
    const double slope = slope_of(at);
    (void)ctx, (void)n;
    if (nb_tensor_assign(out, in[0], err) != NB_OK ||
        (out->size > NB_PART && nb_go_on(err) != NB_OK)) {
        return err->code;
    }
    for (int64_t i = 0; i < out->size; i++) {
        const double a = out->data[i];
        out->data[i] = a > 0 ? a : slope * a;
    }
    return NB_OK;
}

/* slope + (1 - slope)·step(x), so that a replay renews the side */
static NbVar *leaky_relu_grad(NbGrad *G, int i)
{
    const double slope = slope_of(nb_g_attrs(G));
    NbVar *side = nb_g_1(G, &nb_op_step, nb_g_in(G, i));
    return nb_g_masked(G, nb_g_2k(G, &nb_op_add, nb_g_2k(G, &nb_op_mul, side, 1 - slope), slope));
}

/* With the slope as an operand. */
NB_BINARY_VALUE(leaky_relu_by, NB_CLONES, a > 0 ? a : b * a)
NB_PARTIALS2(leaky_relu_by, a <= 0 ? b : 1, a <= 0 ? a : 0)
NB_BINARY_VJP(leaky_relu_by, NB_CLONES, nb_masked(g, a <= 0 ? b : 1), nb_masked(g, a <= 0 ? a : 0))

static NbVar *leaky_relu_by_grad(NbGrad *G, int i)
{
    NbVar *x = nb_g_in(G, 0);
    NbVar *side = nb_g_1(G, &nb_op_step, x);
    NbVar *slope = nb_g_in(G, 1);
    if (side == NULL || slope == NULL) {
        return NULL;
    }
    const NbArg by_x[] = {NB_VAR(side), NB_NUM(1), NB_VAR(slope)};
    const NbArg by_slope[] = {NB_VAR(side), NB_NUM(0), NB_VAR(x)};
    return nb_g_masked(G, nb_g_apply(G, &nb_op_where, i == 0 ? by_x : by_slope, 3, NULL));
}

/* --- sigmoid, softplus --- */

static inline double softplus_of(double a)
{
    return (a <= 0 ? 0 : a) + log1p(exp(-fabs(a)));
}

static void sigmoid_row(int64_t n, const double *a, double *y)
{
    nb_vec_sigmoid(n, a, y);
}

/* y(1 - y); near 1 the y has lost what 1 - y should be, e^-a of it. */
static inline double sigmoid_slope(double a, double y)
{
    return y <= NB_SATURATED ? y * (1 - y) : y * nb_sigmoid_of(-a);
}

NB_SLOPE_ROW(sigmoid_row_grad, y *(1 - y), y, sigmoid_slope)
NB_UNARY_WITHOUT_ROWS(sigmoid, nb_sigmoid_of(a), sigmoid_slope(a, y))

/* The slope of sigmoid as an operation. */
NB_UNARY(logistic_slope, NB_NO_CLONE, sigmoid_slope(a, nb_sigmoid_of(a)),
         (y * (nb_sigmoid_of(-a) - nb_sigmoid_of(a))))

static void softplus_row_grad(int64_t n, const double *restrict pa, const double *restrict pb,
                              const double *restrict py, const double *restrict pg,
                              double *restrict pt)
{
    (void)pb, (void)py;
    nb_vec_sigmoid(n, pa, pt);
    for (int64_t i = 0; i < n; i++) {
        pt[i] *= pg[i];
    }
}

NB_ROW1(softplus, NB_NO_CLONE, softplus_of(a))
NB_UNARY_WITHOUT_ROWS(softplus, softplus_of(a), nb_sigmoid_of(a))

static NbVar *sigmoid_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_logistic_slope, nb_g_in(G, i)));
}

/* sigmoid(-a) is 1 - sigmoid(a) with all its digits */
static NbVar *logistic_slope_grad(NbGrad *G, int i)
{
    NbVar *a = nb_g_in(G, i), *rest = nb_g_1(G, &nb_op_sigmoid, nb_g_1(G, &nb_op_neg, a));
    NbVar *bend = nb_g_2(G, &nb_op_sub, rest, nb_g_1(G, &nb_op_sigmoid, a));
    return times(G, nb_g_2(G, &nb_op_mul, nb_g_y(G), bend));
}

static NbVar *softplus_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_sigmoid, nb_g_in(G, i)));
}

/* --- gelu, tanh form: a/2·(1 + tanh u), u = ROOT·(a + CUBE·a³) (Hendrycks, Gimpel 2016) --- */

/* Computed as a·s with s = sigmoid(2u), which is the same and keeps its digits for a < 0; the slope
 * is s·(1 + a·(1 - s)·2u'), where 1 - s = sigmoid(-2u). */

#define ROOT 0.79788456080286535588 /* sqrt(2/pi) */
#define CUBE 0.044715

/* 2u and its derivative */
static inline double twice_u(double a)
{
    return 2 * ROOT * (a + CUBE * a * a * a);
}

static inline double twice_du(double a)
{
    return 2 * ROOT * (1 + 3 * CUBE * a * a);
}

static inline double gelu_of(double a)
{
    return a * nb_sigmoid_of(twice_u(a));
}

static inline double gelu_by_a(double a)
{
    const double z = twice_u(a);
    return nb_sigmoid_of(z) * (1 + a * nb_sigmoid_of(-z) * twice_du(a));
}

#define BLOCK 256

static void gelu_row(int64_t n, const double *a, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] = twice_u(a[i]);
    }
    nb_vec_sigmoid(n, y, y);
    for (int64_t i = 0; i < n; i++) {
        y[i] *= a[i];
    }
}

static void gelu_row_grad(int64_t n, const double *pa, const double *pb, const double *py,
                          const double *pg, double *pt)
{
    double s[BLOCK];
    double rest[BLOCK];
    (void)pb, (void)py;
    for (int64_t from = 0; from < n; from += BLOCK) {
        const int64_t m = n - from < BLOCK ? n - from : BLOCK;
        for (int64_t i = 0; i < m; i++) {
            s[i] = twice_u(pa[from + i]);
            rest[i] = -s[i];
        }
        nb_vec_sigmoid(m, s, s);
        nb_vec_sigmoid(m, rest, rest);
        for (int64_t i = 0; i < m; i++) {
            const double a = pa[from + i];
            pt[from + i] = pg[from + i] * (s[i] * (1 + a * rest[i] * twice_du(a)));
        }
    }
}

static double gelu_scalar(double a, double b)
{
    (void)b;
    return gelu_of(a);
}

static void gelu_partials(double a, double b, double y, double d[2])
{
    (void)b, (void)y;
    d[0] = gelu_by_a(a);
}

static NbStatus gelu_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n, (void)at;
    return nb_map1(in[0], out, gelu_row, err);
}

static NbStatus gelu_vjp(NbTensors in, int n, const NbAttrs *at, const NbTensor *out,
                         const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)n, (void)at, (void)i;
    return nb_map_grad(in[0], NULL, out, gout, gin, add, gelu_row_grad, err);
}

static NbVar *gelu_grad(NbGrad *G, int i)
{
    NbVar *a = nb_g_in(G, i);
    NbVar *a2 = nb_g_1(G, &nb_op_square, a);
    NbVar *cube = nb_g_2k(G, &nb_op_mul, nb_g_2(G, &nb_op_mul, a2, a), CUBE);
    NbVar *z = nb_g_k2(G, &nb_op_mul, 2 * ROOT, nb_g_2(G, &nb_op_add, a, cube));
    NbVar *rest = nb_g_1(G, &nb_op_sigmoid, nb_g_1(G, &nb_op_neg, z));
    NbVar *dz = nb_g_k2(G, &nb_op_mul, 2 * ROOT,
                        nb_g_k2(G, &nb_op_add, 1, nb_g_k2(G, &nb_op_mul, 3 * CUBE, a2)));
    NbVar *bend = nb_g_2(G, &nb_op_mul, nb_g_2(G, &nb_op_mul, a, rest), dz);
    return times(
        G, nb_g_2(G, &nb_op_mul, nb_g_1(G, &nb_op_sigmoid, z), nb_g_k2(G, &nb_op_add, 1, bend)));
}

/* --- records --- */

static const NbParam leaky_params[] = {{"x", NB_P_VAR, NULL}, {"slope", NB_P_NUM, "0.01"}};

const NbOp nb_op_relu = {.name = "relu",
                         .onnx = "Relu({x})",
                         NB_UNARY_OPERANDS_WITH(NB_OP_BRANCHES),
                         NB_KERNELS(relu),
                         .formula = "relu({a})",
                         .deriv = {"{a} > 0"},
                         .latex = "\\operatorname{relu}\\left({a}\\right)",
                         .dlatex = {"[{a} > 0]"},
                         .kink = NB_KINK_AT_0,
                         .torch = "torch.relu({x:t})",
                         .torch_number = "max({x}, 0)",
                         .torch_module = "nn.ReLU()",
                         .doc = "The larger of x and 0; its derivative at 0 is 0.",
                         .example = "relu([-1, 0, 1])",
                         .group = "activations",
                         .lo = {0.2},
                         .hi = {2}};

const NbOp nb_op_step = {.name = "step",
                         .onnx = "Real(Greater({x}, 0))",
                         NB_UNARY_OPERANDS_WITH(NB_OP_HIDDEN | NB_OP_BRANCHES),
                         NB_KERNELS(step),
                         .formula = "{a} > 0",
                         .deriv = {"0"},
                         .latex = "[{a} > 0]",
                         .dlatex = {"0"},
                         .torch = "({x} > 0).{double}()",
                         .doc = "1 where x > 0, else 0: the derivative of relu.",
                         .example = "relu(1)",
                         .group = "activations",
                         .lo = {0.2},
                         .hi = {2}};

const NbOp nb_op_leaky_relu = {
    .name = "leaky_relu",
    .onnx = "LeakyRelu({x})[alpha={slope}]",
    .min_in = 1,
    .max_in = 1,
    .nparams = 2,
    .params = leaky_params,
    .flags = NB_OP_ELEMENTWISE,
    .forward = leaky_relu_forward,
    .grad = leaky_relu_grad,
    .latex = "\\operatorname{leaky\\_relu}\\left({a}\\right)",
    .kink = NB_KINK_AT_0,
    .tries = "2,3 num=0.3",
    .of_variable = &nb_op_leaky_relu_by,
    .torch = "F.leaky_relu({x:f}<, {slope}>)",
    .torch_module = "nn.LeakyReLU()",
    .doc = "x where x > 0, else slope times x; its derivative at 0 is slope.",
    .example = "leaky_relu([-1, 0, 1])",
    .group = "activations",
    .lo = {0.2},
    .hi = {2}};

static const NbParam leaky_relu_by_params[] = {{"x", NB_P_VAR, NULL}, {"slope", NB_P_VAR, "0.01"}};

const NbOp nb_op_leaky_relu_by = {.name = "leaky_relu_by",
                                  .onnx = "Where(Greater({x}, 0), {x}, Mul({slope}, {x}))",
                                  .min_in = 2,
                                  .max_in = 2,
                                  .nparams = 2,
                                  .params = leaky_relu_by_params,
                                  .flags = NB_OP_ELEMENTWISE | NB_OP_HIDDEN | NB_OP_BRANCHES,
                                  NB_KERNELS(leaky_relu_by),
                                  .formula = "leaky_relu({a}, {b})",
                                  .deriv = {"where({a} > 0, 1, {b})", "where({a} > 0, 0, {a})"},
                                  .latex = "\\operatorname{leaky\\_relu}\\left({a}, {b}\\right)",
                                  .kink = NB_KINK_AT_0,
                                  .torch = "torch.where({x:f} > 0, {x:f}, {slope:f} * {x:f})",
                                  .doc = "leaky_relu(x, slope) of a slope that is a variable.",
                                  .example = "leaky_relu_by([-1, 0, 1], 0.1)",
                                  .group = "activations",
                                  .lo = {0.2},
                                  .hi = {2}};

const NbOp nb_op_sigmoid = {.name = "sigmoid",
                            .onnx = "Sigmoid({x})",
                            NB_UNARY_OPERANDS,
                            NB_KERNELS(sigmoid),
                            .formula = "sigmoid({a})",
                            .deriv = {"{y}·(1 - {y})"},
                            .latex = "\\sigma\\left({a}\\right)",
                            .dlatex = {"{y} (1 - {y})"},
                            .torch = "torch.sigmoid({x:t})",
                            .torch_number = "1 / (1 + math.exp(-{x}))",
                            .torch_module = "nn.Sigmoid()",
                            .doc = "1/(1 + e^-x), between 0 and 1.",
                            .example = "sigmoid([-1, 0, 1])",
                            .group = "activations"};

const NbOp nb_op_logistic_slope = {.name = "logistic_slope",
                                   .onnx = "s = Sigmoid({x}); Mul(s, Sub(1, s))",
                                   NB_UNARY_OPERANDS_WITH(NB_OP_HIDDEN),
                                   NB_KERNELS(logistic_slope),
                                   .formula = "sigmoid({a})·sigmoid(-{a})",
                                   .deriv = {"{y}·(sigmoid(-{a}) - sigmoid({a}))"},
                                   .latex = "\\sigma\\left({a}\\right) \\sigma\\left(-{a}\\right)",
                                   .dlatex = {"{y} \\left(\\sigma\\left(-{a}\\right) - "
                                              "\\sigma\\left({a}\\right)\\right)"},
                                   .precedence = 7,
                                   .torch = "torch.sigmoid({x:t}) * torch.sigmoid(-{x:t})",
                                   .doc = "sigmoid(x)·sigmoid(-x), the derivative of sigmoid.",
                                   .example = "sigmoid(1)",
                                   .group = "activations"};

const NbOp nb_op_softplus = {.name = "softplus",
                             .onnx = "Softplus({x})",
                             NB_UNARY_OPERANDS,
                             NB_KERNELS(softplus),
                             .formula = "softplus({a})",
                             .deriv = {"sigmoid({a})"},
                             .latex = "\\log\\left(1 + e^{{a}}\\right)",
                             .dlatex = {"\\sigma\\left({a}\\right)"},
                             .torch = "torch.logaddexp({x:f}, torch.tensor(0.0))",
                             .doc = "log(1 + e^x), a smooth relu; does not overflow.",
                             .example = "softplus([-1, 0, 1])",
                             .group = "activations"};

const NbOp nb_op_gelu = {.name = "gelu",
                         .onnx = "u = Mul(0.7978845608028654, Add({x}, Mul(0.044715, Mul({x}, "
                                 "Mul({x}, {x}))))); Mul(Mul(0.5, {x}), Add(1, Tanh(u)))",
                         NB_UNARY_OPERANDS,
                         NB_KERNELS(gelu),
                         .formula = "gelu({a})",
                         .latex = "\\operatorname{gelu}\\left({a}\\right)",
                         .torch = "F.gelu({x:f}, approximate=\"tanh\")",
                         .torch_module = "nn.GELU(approximate=\"tanh\")",
                         .doc = "x/2·(1 + tanh(sqrt(2/pi)·(x + 0.044715·x^3))), the tanh form.",
                         .example = "gelu([-1, 0, 1])",
                         .group = "activations"};

/* math.c -- functions of one number: trigonometric, hyperbolic, exp, log, roots, abs, sign */
#include <math.h>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "tensor/trig.h"
#include "tensor/vecmath.h"

/* --- short forms for rules --- */

static NbVar *times(NbGrad *G, NbVar *factor)
{
    return nb_g_2(G, &nb_op_mul, nb_g_out(G), factor);
}

static NbVar *over(NbGrad *G, NbVar *divisor)
{
    return nb_g_2(G, &nb_op_div, nb_g_out(G), divisor);
}

static NbVar *negative(NbGrad *G, NbVar *v)
{
    return nb_g_1(G, &nb_op_neg, v);
}

/* c + s·v² */
static NbVar *with_square(NbGrad *G, double c, double s, NbVar *v)
{
    NbVar *square = nb_g_1(G, &nb_op_square, v);
    return nb_g_k2(G, s > 0 ? &nb_op_add : &nb_op_sub, c, square);
}

/* --- trigonometric --- */

static inline double slope_of_atan(double a)
{
    return 1 / (1 + a * a);
}

NB_UNARY(sin, NB_NO_CLONE, nb_sin_of(a), nb_cos_of(a))
NB_UNARY(cos, NB_NO_CLONE, nb_cos_of(a), -nb_sin_of(a))
NB_UNARY(tan, NB_NO_CLONE, tan(a), (1 + y * y))
/* 1 - a² as (1 - a)(1 + a), which loses no digits near 1 */
NB_UNARY(asin, NB_NO_CLONE, asin(a), (1 / sqrt((1 - a) * (1 + a))))
NB_UNARY(acos, NB_NO_CLONE, acos(a), -(1 / sqrt((1 - a) * (1 + a))))
/* The slope of asin as an operation: the rule of its own slope has no difference in which a small
 * x or the edges could get lost. */
NB_UNARY(asin_slope, NB_NO_CLONE, 1 / sqrt((1 - a) * (1 + a)), (a * (y * (y * y))))
NB_UNARY(atan, NB_NO_CLONE, atan(a), slope_of_atan(a))

/* The slope of atan as an operation, whose own derivative does not overflow: -2a·y². */
NB_UNARY(per_square, NB_CLONES, slope_of_atan(a), (-2 * (a * y * y)))

static NbVar *sin_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_cos, nb_g_in(G, i)));
}

static NbVar *cos_grad(NbGrad *G, int i)
{
    return negative(G, times(G, nb_g_1(G, &nb_op_sin, nb_g_in(G, i))));
}

static NbVar *tan_grad(NbGrad *G, int i)
{
    (void)i;
    return times(G, with_square(G, 1, 1, nb_g_y(G)));
}

static NbVar *asin_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_asin_slope, nb_g_in(G, i)));
}

/* x·y³ */
static NbVar *asin_slope_grad(NbGrad *G, int i)
{
    NbVar *y = nb_g_y(G);
    NbVar *cube = nb_g_2(G, &nb_op_mul, y, nb_g_1(G, &nb_op_square, y));
    return times(G, nb_g_2(G, &nb_op_mul, nb_g_in(G, i), cube));
}

static NbVar *acos_grad(NbGrad *G, int i)
{
    return negative(G, asin_grad(G, i));
}

static NbVar *atan_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_per_square, nb_g_in(G, i)));
}

static NbVar *per_square_grad(NbGrad *G, int i)
{
    NbVar *y = nb_g_y(G), *xy = nb_g_2(G, &nb_op_mul, nb_g_in(G, i), y);
    return times(G, nb_g_k2(G, &nb_op_mul, -2, nb_g_2(G, &nb_op_mul, xy, y)));
}

/* --- hyperbolic --- */

static void tanh_row(int64_t n, const double *a, double *y)
{
    nb_vec_tanh(n, a, y);
}

NB_UNARY(sinh, NB_NO_CLONE, sinh(a), cosh(a))
NB_UNARY(cosh, NB_NO_CLONE, cosh(a), sinh(a))

/* 1 - y²; near ±1 the y has lost it: 4q/(1 + q)² with q = e^-2|a|. */
static inline double tanh_slope(double a, double y)
{
    if (!(fabs(y) > NB_SATURATED)) {
        return 1 - y * y;
    }
    const double q = nb_exp_of(-2 * fabs(a));
    return 4 * q / ((1 + q) * (1 + q));
}

NB_SLOPE_ROW(tanh_row_grad, 1 - y * y, fabs(y), tanh_slope)
NB_UNARY_WITHOUT_ROWS(tanh, nb_tanh_of(a), tanh_slope(a, y))

/* The slope of tanh as an operation: 1/cosh². */
NB_UNARY(sech2, NB_NO_CLONE, tanh_slope(a, nb_tanh_of(a)), (-2 * nb_tanh_of(a) * y))

static NbVar *sinh_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_cosh, nb_g_in(G, i)));
}

static NbVar *cosh_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_sinh, nb_g_in(G, i)));
}

static NbVar *tanh_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_sech2, nb_g_in(G, i)));
}

static NbVar *sech2_grad(NbGrad *G, int i)
{
    NbVar *t = nb_g_1(G, &nb_op_tanh, nb_g_in(G, i));
    return times(G, nb_g_2(G, &nb_op_mul, nb_g_k2(G, &nb_op_mul, -2, t), nb_g_y(G)));
}

/* --- exponential, logarithm, roots --- */

#define PER_LOG2 1.44269504088896340736  /* 1/log 2 */
#define PER_LOG10 0.43429448190325182765 /* 1/log 10 */

static void exp_row(int64_t n, const double *a, double *y)
{
    nb_vec_exp(n, a, y);
}

NB_UNARY_AROUND(exp, NB_CLONES, nb_exp_of(a), y)
NB_UNARY(expm1, NB_NO_CLONE, expm1(a), nb_exp_of(a))
NB_UNARY_OVER(log, NB_NO_CLONE, log(a), a)
NB_UNARY(log2, NB_NO_CLONE, log2(a), (PER_LOG2 / a))
NB_UNARY(log10, NB_NO_CLONE, log10(a), (PER_LOG10 / a))
NB_UNARY(sqrt, NB_CLONES, sqrt(a), (0.5 / y))
NB_UNARY(square, NB_CLONES, a *a, (2 * a))

static NbVar *exp_grad(NbGrad *G, int i)
{
    (void)i;
    return times(G, nb_g_y(G));
}

static NbVar *expm1_grad(NbGrad *G, int i)
{
    return times(G, nb_g_1(G, &nb_op_exp, nb_g_in(G, i)));
}

static NbVar *log_grad(NbGrad *G, int i)
{
    return over(G, nb_g_in(G, i));
}

static NbVar *log2_grad(NbGrad *G, int i)
{
    return times(G, nb_g_k2(G, &nb_op_div, PER_LOG2, nb_g_in(G, i)));
}

static NbVar *log10_grad(NbGrad *G, int i)
{
    return times(G, nb_g_k2(G, &nb_op_div, PER_LOG10, nb_g_in(G, i)));
}

static NbVar *sqrt_grad(NbGrad *G, int i)
{
    (void)i;
    return times(G, nb_g_k2(G, &nb_op_div, 0.5, nb_g_y(G)));
}

static NbVar *square_grad(NbGrad *G, int i)
{
    return times(G, nb_g_k2(G, &nb_op_mul, 2, nb_g_in(G, i)));
}

/* --- abs, sign --- */

static inline double sign_of(double a)
{
    return a > 0 ? 1.0 : a < 0 ? -1.0 : a == 0 ? 0.0 : a;
}

NB_UNARY_BRANCHES(abs, NB_CLONES, fabs(a), sign_of(a))
NB_UNARY_BRANCHES(sign, NB_CLONES, sign_of(a), 0.0)

/* Of an upstream gradient c·|x|, as below a square, the slope at 0 is that of c·x. */
static NbVar *abs_grad(NbGrad *G, int i)
{
    NbVar *x = nb_g_in(G, i), *c = nb_g_without(G, nb_g_out(G), nb_g_y(G));
    NbVar *slope = nb_g_masked(G, nb_g_1(G, &nb_op_sign, x));
    NbVar *smooth = c != NULL ? nb_g_2(G, &nb_op_mul, c, x) : NULL;
    if (slope == NULL || smooth == NULL) {
        return slope;
    }
    const NbArg at_0[3] = {NB_VAR(x), NB_VAR(slope), NB_VAR(smooth)};
    return nb_g_apply(G, &nb_op_where, at_0, 3, NULL);
}

#define sign_grad nb_g_zero

/* --- records --- */

#define FUNCTION_WITH(FLAGS, NAME)                                                                 \
    .name = #NAME, NB_UNARY_OPERANDS_WITH(FLAGS), NB_KERNELS(NAME), .group = "functions"
#define FUNCTION(NAME) FUNCTION_WITH(0, NAME)

const NbOp nb_op_sin = {FUNCTION(sin),
                        .formula = "sin({a})",
                        .deriv = {"cos({a})"},
                        .latex = "\\sin\\left({a}\\right)",
                        .dlatex = {"\\cos\\left({a}\\right)"},
                        .onnx = "Sin({x})",
                        .torch = "torch.sin({x:t})",
                        .torch_number = "math.sin({x})",
                        .doc = "Sine of x in radians.",
                        .example = "sin(pi / 6)",
                        .domain = "sin needs a finite number"};

const NbOp nb_op_cos = {FUNCTION(cos),
                        .formula = "cos({a})",
                        .deriv = {"-sin({a})"},
                        .latex = "\\cos\\left({a}\\right)",
                        .dlatex = {"-\\sin\\left({a}\\right)"},
                        .onnx = "Cos({x})",
                        .torch = "torch.cos({x:t})",
                        .torch_number = "math.cos({x})",
                        .doc = "Cosine of x in radians.",
                        .example = "cos(pi / 3)",
                        .domain = "cos needs a finite number"};

const NbOp nb_op_tan = {FUNCTION(tan),
                        .formula = "tan({a})",
                        .deriv = {"1 + {y}^2"},
                        .latex = "\\tan\\left({a}\\right)",
                        .dlatex = {"1 + {y}^2"},
                        .onnx = "Tan({x})",
                        .torch = "torch.tan({x:t})",
                        .torch_number = "math.tan({x})",
                        .doc = "Tangent of x in radians.",
                        .example = "tan(pi / 4)",
                        .domain = "tan needs a finite number",
                        .lo = {-1},
                        .hi = {1}};

const NbOp nb_op_asin = {FUNCTION(asin),
                         .formula = "asin({a})",
                         .deriv = {"1/sqrt(1 - {a}^2)"},
                         .latex = "\\arcsin\\left({a}\\right)",
                         .dlatex = {"\\frac{1}{\\sqrt{1 - {a}^2}}"},
                         .onnx = "Asin({x})",
                         .torch = "torch.asin({x:t})",
                         .torch_number = "math.asin({x})",
                         .doc = "Angle in [-pi/2, pi/2] whose sine is x.",
                         .example = "asin(0.5)",
                         .domain = "asin needs -1 <= x <= 1, its derivative -1 < x < 1",
                         .lo = {-0.8},
                         .hi = {0.8}};

const NbOp nb_op_acos = {FUNCTION(acos),
                         .formula = "acos({a})",
                         .deriv = {"-1/sqrt(1 - {a}^2)"},
                         .latex = "\\arccos\\left({a}\\right)",
                         .dlatex = {"-\\frac{1}{\\sqrt{1 - {a}^2}}"},
                         .onnx = "Acos({x})",
                         .torch = "torch.acos({x:t})",
                         .torch_number = "math.acos({x})",
                         .doc = "Angle in [0, pi] whose cosine is x.",
                         .example = "acos(0.5)",
                         .domain = "acos needs -1 <= x <= 1, its derivative -1 < x < 1",
                         .lo = {-0.8},
                         .hi = {0.8}};

const NbOp nb_op_asin_slope = {
    FUNCTION_WITH(NB_OP_HIDDEN, asin_slope),
    .formula = "1/sqrt(1 - {a}^2)",
    .deriv = {"{a}·{y}^3"},
    .latex = "\\frac{1}{\\sqrt{1 - {a}^2}}",
    .dlatex = {"{a} {y}^3"},
    .precedence = 7,
    .onnx = "Div(1, Sqrt(Mul(Sub(1, {x}), Add(1, {x}))))",
    .torch = "1 / torch.sqrt((1 - {x:t}) * (1 + {x:t}))",
    .doc = "1/sqrt(1 - x^2), the derivative of asin, with all its digits near -1 and 1.",
    .example = "asin(0.5)",
    .domain = "the slope of asin and acos needs -1 < x < 1",
    .lo = {-0.8},
    .hi = {0.8}};

const NbOp nb_op_atan = {FUNCTION(atan),
                         .formula = "atan({a})",
                         .deriv = {"1/(1 + {a}^2)"},
                         .latex = "\\arctan\\left({a}\\right)",
                         .dlatex = {"\\frac{1}{1 + {a}^2}"},
                         .onnx = "Atan({x})",
                         .torch = "torch.atan({x:t})",
                         .torch_number = "math.atan({x})",
                         .doc = "Angle in (-pi/2, pi/2) whose tangent is x.",
                         .example = "atan(1)"};

const NbOp nb_op_per_square = {FUNCTION_WITH(NB_OP_HIDDEN, per_square),
                               .formula = "1/(1 + {a}^2)",
                               .deriv = {"-2·{a}·{y}^2"},
                               .latex = "\\frac{1}{1 + {a}^2}",
                               .dlatex = {"-2 {a} {y}^2"},
                               .precedence = 7,
                               .onnx = "Div(1, Add(1, Mul({x}, {x})))",
                               .torch = "1 / (1 + {x:t} ** 2)",
                               .doc = "1/(1 + x^2), the derivative of atan.",
                               .example = "atan(1)"};

const NbOp nb_op_sinh = {FUNCTION(sinh),
                         .formula = "sinh({a})",
                         .deriv = {"cosh({a})"},
                         .latex = "\\sinh\\left({a}\\right)",
                         .dlatex = {"\\cosh\\left({a}\\right)"},
                         .onnx = "Sinh({x})",
                         .torch = "torch.sinh({x:t})",
                         .torch_number = "math.sinh({x})",
                         .doc = "Hyperbolic sine, (e^x - e^-x)/2.",
                         .example = "sinh(1)",
                         .domain = "sinh overflows beyond 710 and -710"};

const NbOp nb_op_cosh = {FUNCTION(cosh),
                         .formula = "cosh({a})",
                         .deriv = {"sinh({a})"},
                         .latex = "\\cosh\\left({a}\\right)",
                         .dlatex = {"\\sinh\\left({a}\\right)"},
                         .onnx = "Cosh({x})",
                         .torch = "torch.cosh({x:t})",
                         .torch_number = "math.cosh({x})",
                         .doc = "Hyperbolic cosine, (e^x + e^-x)/2.",
                         .example = "cosh(1)",
                         .domain = "cosh overflows beyond 710 and -710"};

const NbOp nb_op_tanh = {FUNCTION(tanh),
                         .formula = "tanh({a})",
                         .deriv = {"1 - {y}^2"},
                         .latex = "\\tanh\\left({a}\\right)",
                         .dlatex = {"1 - {y}^2"},
                         .onnx = "Tanh({x})",
                         .torch = "torch.tanh({x:t})",
                         .torch_number = "math.tanh({x})",
                         .torch_module = "nn.Tanh()",
                         .doc = "Hyperbolic tangent, between -1 and 1.",
                         .example = "tanh([-1, 0, 1])"};

const NbOp nb_op_sech2 = {FUNCTION_WITH(NB_OP_HIDDEN, sech2),
                          .formula = "1 - tanh({a})^2",
                          .deriv = {"-2·tanh({a})·{y}"},
                          .latex = "1 - \\tanh^2\\left({a}\\right)",
                          .dlatex = {"-2 \\tanh\\left({a}\\right) {y}"},
                          .precedence = 6,
                          .onnx = "t = Tanh({x}); Sub(1, Mul(t, t))",
                          .torch = "1 - torch.tanh({x:t}) ** 2",
                          .doc = "1 - tanh(x)^2, the derivative of tanh.",
                          .example = "tanh(1)"};

const NbOp nb_op_exp = {FUNCTION(exp),
                        .formula = "exp({a})",
                        .deriv = {"{y}"},
                        .latex = "e^{{a}}",
                        .dlatex = {"{y}"},
                        .onnx = "Exp({x})",
                        .torch = "torch.exp({x:t})",
                        .torch_number = "math.exp({x})",
                        .doc = "e to the power x.",
                        .example = "exp(1)",
                        .domain = "exp overflows above 709.78"};

const NbOp nb_op_expm1 = {FUNCTION_WITH(NB_OP_HIDDEN, expm1),
                          .formula = "exp({a}) - 1",
                          .deriv = {"exp({a})"},
                          .latex = "e^{{a}} - 1",
                          .dlatex = {"e^{{a}}"},
                          .precedence = 6,
                          .onnx = "Sub(Exp({x}), 1)",
                          .torch = "torch.expm1({x:t})",
                          .doc = "e^x - 1 with all its digits near 0.",
                          .example = "exp(1e-9) - 1",
                          .domain = "exp overflows above 709.78"};

const NbOp nb_op_log = {FUNCTION(log),
                        .over = log_over,
                        .formula = "log({a})",
                        .deriv = {"1/{a}"},
                        .latex = "\\log\\left({a}\\right)",
                        .dlatex = {"\\frac{1}{{a}}"},
                        .onnx = "Log({x})",
                        .torch = "torch.log({x:t})",
                        .torch_number = "math.log({x})",
                        .doc = "Natural logarithm.",
                        .example = "log(e)",
                        .domain = "log needs > 0",
                        .lo = {0.5},
                        .hi = {3}};

const NbOp nb_op_log2 = {FUNCTION(log2),
                         .formula = "log2({a})",
                         .deriv = {"1/({a}*log(2))"},
                         .latex = "\\log_2\\left({a}\\right)",
                         .dlatex = {"\\frac{1}{{a} \\log 2}"},
                         .onnx = "Div(Log({x}), 0.6931471805599453)",
                         .torch = "torch.log2({x:t})",
                         .torch_number = "math.log2({x})",
                         .doc = "Logarithm to base 2.",
                         .example = "log2(8)",
                         .domain = "log2 needs > 0",
                         .lo = {0.5},
                         .hi = {3}};

const NbOp nb_op_log10 = {FUNCTION(log10),
                          .formula = "log10({a})",
                          .deriv = {"1/({a}*log(10))"},
                          .latex = "\\log_{10}\\left({a}\\right)",
                          .dlatex = {"\\frac{1}{{a} \\log 10}"},
                          .onnx = "Div(Log({x}), 2.302585092994046)",
                          .torch = "torch.log10({x:t})",
                          .torch_number = "math.log10({x})",
                          .doc = "Logarithm to base 10.",
                          .example = "log10(1000)",
                          .domain = "log10 needs > 0",
                          .lo = {0.5},
                          .hi = {3}};

const NbOp nb_op_sqrt = {FUNCTION(sqrt),
                         .formula = "sqrt({a})",
                         .deriv = {"0.5/{y}"},
                         .latex = "\\sqrt{{a}}",
                         .dlatex = {"\\frac{1}{2 {y}}"},
                         .onnx = "Sqrt({x})",
                         .torch = "torch.sqrt({x:t})",
                         .torch_number = "math.sqrt({x})",
                         .doc = "Square root.",
                         .example = "sqrt(2)",
                         .domain = "sqrt needs >= 0, its derivative > 0",
                         .lo = {0.5},
                         .hi = {3}};

const NbOp nb_op_abs = {FUNCTION_WITH(NB_OP_BRANCHES, abs),
                        .formula = "abs({a})",
                        .deriv = {"sign({a})"},
                        .latex = "\\left|{a}\\right|",
                        .dlatex = {"\\operatorname{sign}\\left({a}\\right)"},
                        .kink = NB_KINK_AT_0,
                        .onnx = "Abs({x})",
                        .torch_gives = NB_TORCH_SAME | NB_TORCH_SAME_NUMBER,
                        .torch = "abs({x})",
                        .torch_number = "abs({x})",
                        .doc = "Absolute value; its derivative at 0 is 0.",
                        .example = "abs([-2, 0, 2])",
                        .lo = {0.2},
                        .hi = {2}};

const NbOp nb_op_sign = {FUNCTION_WITH(NB_OP_BRANCHES, sign),
                         .formula = "sign({a})",
                         .deriv = {"0"},
                         .latex = "\\operatorname{sign}\\left({a}\\right)",
                         .dlatex = {"0"},
                         .kink = NB_KINK_AT_0,
                         .onnx = "Sign({x})",
                         .torch_gives = NB_TORCH_SAME | NB_TORCH_SAME_NUMBER,
                         .torch = "torch.sign({x:t})",
                         .torch_number = "math.copysign({x} != 0, {x})",
                         .doc = "-1, 0 or 1; its derivative is 0.",
                         .example = "sign([-2, 0, 2])",
                         .lo = {0.2},
                         .hi = {2}};

const NbOp nb_op_square = {FUNCTION(square),
                           .formula = "square({a})",
                           .deriv = {"2·{a}"},
                           .latex = "{a}^2",
                           .dlatex = {"2 {a}"},
                           .onnx = "Mul({x}, {x})",
                           .torch_gives = NB_TORCH_SAME | NB_TORCH_SAME_NUMBER,
                           .torch = "{x} ** 2",
                           .torch_number = "{x} ** 2",
                           .doc = "x times x.",
                           .example = "square(3)"};

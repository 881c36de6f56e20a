/* arith.c -- the operators + - * / % ^ and unary minus */
#include <math.h>

#include "ops/elementwise.h"
#include "ops/ops.h"
#include "tensor/loop.h"

#define MAX_ORDER 31 /* of derivatives of a power by one operand */

/* --- a + b, a - b, -a --- */

NB_BINARY_VALUE(add, NB_CLONES, a + b)
NB_PARTIALS2(add, 1, 1)

static NbVar *add_grad(NbGrad *G, int i)
{
    (void)i;
    return nb_g_out(G);
}

static NbStatus add_vjp(NbTensors in, int n, const NbAttrs *a, const NbTensor *out,
                        const NbTensor *gout, int i, NbTensor *gin, bool add, NbErr *err)
{
    (void)in, (void)n, (void)a, (void)out, (void)i, (void)err;
    nb_vjp_summed(gin, gout, add);
    return NB_OK;
}

NB_BINARY_VALUE(sub, NB_CLONES, a - b)
NB_PARTIALS2(sub, 1, -1)
NB_BINARY_VJP(sub, NB_CLONES, g, -g)

static NbVar *sub_grad(NbGrad *G, int i)
{
    return i == 0 ? nb_g_out(G) : nb_g_1(G, &nb_op_neg, nb_g_out(G));
}

NB_UNARY(neg, NB_CLONES, -a, -1.0)

static NbVar *neg_grad(NbGrad *G, int i)
{
    (void)i;
    return nb_g_1(G, &nb_op_neg, nb_g_out(G));
}

/* --- a * b, a / b --- */

NB_BINARY_VALUE(mul, NB_CLONES, a *b)
NB_PARTIALS2(mul, b, a)
NB_BINARY_VJP(mul, NB_CLONES, g *b, g *a)

static NbVar *mul_grad(NbGrad *G, int i)
{
    double k;
    if (nb_g_folded(G, 1 - i, &k)) {
        return nb_g_k2(G, &nb_op_mul, k, nb_g_out(G));
    }
    return nb_g_2(G, &nb_op_mul, nb_g_out(G), nb_g_in(G, 1 - i));
}

NB_BINARY_VALUE(div, NB_CLONES, a / b)
NB_PARTIALS2(div, 1 / b, -(y / b))

static double div_over(double a, double b)
{
    (void)a;
    return b;
}

NB_BINARY_VJP(div, NB_CLONES, g / b, -(g *(y / b)))

static NbVar *div_grad(NbGrad *G, int i)
{
    NbVar *g = nb_g_out(G);
    double k;
    if (i == 0) {
        return nb_g_folded(G, 1, &k) ? nb_g_2k(G, &nb_op_div, g, k)
                                     : nb_g_2(G, &nb_op_div, g, nb_g_in(G, 1));
    }
    NbVar *per = nb_g_2(G, &nb_op_div, nb_g_y(G), nb_g_in(G, 1));
    return nb_g_1(G, &nb_op_neg, nb_g_2(G, &nb_op_mul, g, per));
}

/* --- a % b: the remainder has the sign of b, as in Python --- */

static inline double mod_of(double a, double b)
{
    const double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/* By a divisor of 0 or infinity as in PyTorch: 1 by 0 is inf, -1 by inf is -1. */
static inline double floordiv_of(double a, double b)
{
    if (b == 0 || isinf(b)) {
        double q = a / b;
        return q == 0 && a != 0 && (a < 0) != (b < 0) ? -1 : q;
    }
    return nearbyint((a - mod_of(a, b)) / b);
}

NB_BINARY_VALUE(mod, NB_NO_CLONE, mod_of(a, b))
NB_PARTIALS2(mod, 1, -floordiv_of(a, b))
NB_BINARY_VJP(mod, NB_NO_CLONE, g, nb_masked(g, -floordiv_of(a, b)))

static NbVar *mod_grad(NbGrad *G, int i)
{
    NbVar *g = nb_g_out(G);
    if (i == 0) {
        return g;
    }
    NbVar *times = nb_g_2(G, &nb_op_floordiv, nb_g_in(G, 0), nb_g_in(G, 1));
    return nb_g_masked(G, nb_g_1(G, &nb_op_neg, times));
}

NB_BINARY_VALUE(floordiv, NB_NO_CLONE, floordiv_of(a, b))
NB_PARTIALS2(floordiv, 0, 0)

/* --- a ^ b --- */

static inline double pow_of(double a, double b)
{
    if (b == 2) {
        return a * a;
    }
    if (b == 1) {
        return a;
    }
    return b == 0.5 && a > 0 ? sqrt(a) : pow(a, b);
}

/* b·a^(b-1), 0 for b = 0 also where a^-1 is infinite. */
static inline double pow_by_a(double a, double b)
{
    if (b == 2) {
        return 2 * a;
    }
    return b == 0 ? 0 : b * pow_of(a, b - 1);
}

/* y·log a, its limit 0 at a = 0 < b. */
static inline double pow_by_b(double a, double b, double y)
{
    return a == 0 && b > 0 ? 0 : y * log(a);
}

NB_BINARY_VALUE(pow, NB_NO_CLONE, pow_of(a, b))
/* a^0 is 1 everywhere, whatever g is. */
NB_BINARY_VJP(pow, NB_NO_CLONE, b == 0 ? 0 : g * pow_by_a(a, b), g *pow_by_b(a, b, y))

/* The caller marks what it wants with 1; a logarithm nobody asked for costs as much as the rest. */
static void pow_partials(double a, double b, double y, double d[2])
{
    if (d[0] != 0) {
        d[0] = pow_by_a(a, b);
    }
    if (d[1] != 0) {
        d[1] = pow_by_b(a, b, y);
    }
}

/* ∂^(k+m) a^b / ∂a^k ∂b^m as an operation, closed under differentiation. */
static NbVar *pow_d_of(NbGrad *G, double k, double m)
{
    const NbArg in[2] = {NB_VAR(nb_g_in(G, 0)), NB_VAR(nb_g_in(G, 1))};
    NbAttrs a;
    nb_attrs_init(&a);
    a.num[0] = k;
    a.num[1] = m;
    return nb_g_apply(G, &nb_op_pow_d, in, 2, &a);
}

/* A folded exponent gives the textbook rule; once it reaches 0 nothing depends on a, so that no
 * 0·(1/0) arises. One that varies may be 0 as well: the slope is 0 then whatever g is, but not its
 * own derivative by b. */
static NbVar *pow_grad_by_a(NbGrad *G)
{
    NbVar *g = nb_g_out(G);
    NbVar *a = nb_g_in(G, 0);
    double b;
    if (!nb_g_folded(G, 1, &b)) {
        NbVar *slope = pow_d_of(G, 1, 0);
        const NbArg in[3] = {NB_VAR(nb_g_in(G, 1)), NB_VAR(nb_g_2(G, &nb_op_mul, g, slope)),
                             NB_VAR(nb_g_2(G, &nb_op_masked, g, slope))};
        return in[1].var && in[2].var ? nb_g_apply(G, &nb_op_where, in, 3, NULL) : NULL;
    }
    if (b == 0) {
        return NULL;
    }
    if (b == 1) {
        return g;
    }
    NbVar *power = b == 2 ? a : nb_g_2k(G, &nb_op_pow, a, b - 1);
    return nb_g_2(G, &nb_op_mul, g, nb_g_k2(G, &nb_op_mul, b, power));
}

static NbVar *pow_grad(NbGrad *G, int i)
{
    double a;
    if (i == 0) {
        return pow_grad_by_a(G);
    }
    if (nb_g_folded(G, 0, &a) && a > 0) {
        return nb_g_2(G, &nb_op_mul, nb_g_out(G), nb_g_2k(G, &nb_op_mul, nb_g_y(G), log(a)));
    }
    return nb_g_2(G, &nb_op_mul, nb_g_out(G), pow_d_of(G, 0, 1));
}

/* Leibniz: Σ_j C(m,j) · (d/db)^j[b(b-1)…(b-k+1)] · a^(b-k) · log(a)^(m-j). A vanishing factor in
 * front wins over whatever a^(b-k) is; a power that vanishes, over factors that left the range. */
static double pow_derivative(double a, double b, int k, int m)
{
    double falling[MAX_ORDER + 1] = {1};
    double choose = 1;
    double sum = -0.0; /* what a first 0 is added to keeps its sign */
    bool any = false;
    for (int i = 0; i < k; i++) {
        for (int j = m; j > 0; j--) {
            falling[j] = (falling[j] != 0 ? (b - i) * falling[j] : 0) + j * falling[j - 1];
        }
        falling[0] *= b - i;
    }
    for (int j = 0; j <= m; j++) {
        const int logs = m - j;
        if (falling[j] != 0 && !(a == 0 && logs > 0 && b > k)) {
            const double p = logs > 0 ? pow(log(a), logs) : 1;
            const double power = pow_of(a, b - k);
            const bool vanishes = power == 0 && a != 0 && isfinite(a) && isfinite(b) && !isnan(p);
            sum += vanishes ? copysign(1, falling[j]) * power * copysign(1, p)
                            : choose * falling[j] * power * p;
            any = true;
        }
        choose = choose * (m - j) / (j + 1);
    }
    return any ? sum : 0;
}

static NbStatus pow_d_shape(NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    (void)n;
    if (a->num[0] > MAX_ORDER || a->num[1] > MAX_ORDER) {
        return nb_fail(err, NB_EVALUE, "derivatives of a power above order %d are not available",
                       MAX_ORDER);
    }
    return nb_shape_join(&in[0]->shape, &in[1]->shape, out, err);
}

static NbStatus pow_d_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                              NbErr *err)
{
    const NbTensor *t[3] = {out, in[0], in[1]};
    const int k = (int)nb_opt(at, 0, 0);
    const int m = (int)nb_opt(at, 1, 0);
    NbLoop l;
    (void)ctx, (void)n, (void)err;
    for (bool go = nb_loop_begin(&l, &out->shape, t, 3); go; go = nb_loop_next(&l)) {
        for (int64_t i = 0; i < l.inner; i++) {
            l.p[0][i * l.step[0]] =
                pow_derivative(l.p[1][i * l.step[1]], l.p[2][i * l.step[2]], k, m);
        }
    }
    return NB_OK;
}

static NbVar *pow_d_grad(NbGrad *G, int i)
{
    const double k = nb_opt(nb_g_attrs(G), 0, 0);
    const double m = nb_opt(nb_g_attrs(G), 1, 0);
    return nb_g_2(G, &nb_op_mul, nb_g_out(G),
                  i == 0 ? pow_d_of(G, k + 1, m) : pow_d_of(G, k, m + 1));
}

static const NbParam pow_d_params[] = {
    {"a", NB_P_VAR, NULL}, {"b", NB_P_VAR, NULL}, {"k", NB_P_INT, "0"}, {"m", NB_P_INT, "0"}};

/* --- records --- */

const NbOp nb_op_add = {.name = "add",
                        .onnx = "Add({a}, {b})",
                        .symbol = "+",
                        .precedence = 6,
                        NB_BINARY_OPERANDS,
                        NB_KERNELS(add),
                        .arith = NB_PLUS,
                        .flags = NB_OP_GROWS | NB_OP_ELEMENTWISE | NB_OP_COMMUTES,
                        .formula = "{a} + {b}",
                        .deriv = {"1", "1"},
                        .latex = "{a} + {b}",
                        .dlatex = {"1", "1"},
                        .torch = "{a} + {b}",
                        .torch_number = "{a} + {b}",
                        .doc = "Sum of a and b, element by element.",
                        .example = "1 + [1, 2, 3]",
                        .group = "arithmetic"};

const NbOp nb_op_sub = {.name = "sub",
                        .onnx = "Sub({a}, {b})",
                        .symbol = "-",
                        .precedence = 6,
                        NB_BINARY_OPERANDS,
                        NB_KERNELS(sub),
                        .arith = NB_MINUS,
                        .flags = NB_OP_GROWS | NB_OP_ELEMENTWISE,
                        .formula = "{a} - {b}",
                        .deriv = {"1", "-1"},
                        .latex = "{a} - {b}",
                        .dlatex = {"1", "-1"},
                        .torch = "{a} - {b}",
                        .torch_number = "{a} - {b}",
                        .doc = "Difference of a and b, element by element.",
                        .example = "[1, 2, 3] - 1",
                        .group = "arithmetic"};

const NbOp nb_op_mul = {.name = "mul",
                        .onnx = "Mul({a}, {b})",
                        .symbol = "*",
                        .precedence = 7,
                        NB_BINARY_OPERANDS,
                        NB_KERNELS(mul),
                        .arith = NB_TIMES,
                        .flags = NB_OP_ELEMENTWISE | NB_OP_COMMUTES,
                        .formula = "{a} * {b}",
                        .deriv = {"{b}", "{a}"},
                        .latex = "{a} \\cdot {b}",
                        .dlatex = {"{b}", "{a}"},
                        .torch = "{a} * {b}",
                        .torch_number = "{a} * {b}",
                        .doc = "Product of a and b, element by element. For matrices see @.",
                        .example = "2 * [1, 2, 3]",
                        .group = "arithmetic"};

const NbOp nb_op_div = {.name = "div",
                        .onnx = "Div({a}, {b})",
                        .symbol = "/",
                        .precedence = 7,
                        NB_BINARY_OPERANDS,
                        NB_KERNELS(div),
                        .over = div_over,
                        .flags = NB_OP_ELEMENTWISE,
                        .formula = "{a} / {b}",
                        .deriv = {"1/{b}", "-{a}/{b}^2"},
                        .latex = "\\frac{{a}}{{b}}",
                        .dlatex = {"\\frac{1}{{b}}", "-\\frac{{a}}{{b}^2}"},
                        .torch = "{a} / {b}",
                        .torch_number = "{a} / {b}",
                        .doc = "Quotient of a and b, element by element.",
                        .example = "[1, 2, 3] / 2",
                        .group = "arithmetic",
                        .domain = "a / b needs b other than 0",
                        .lo = {-2, 0.5},
                        .hi = {2, 2}};

const NbOp nb_op_mod = {.name = "mod",
                        .onnx = "Sub({a}, Mul({b}, Floor(Div({a}, {b}))))",
                        .symbol = "%",
                        .precedence = 7,
                        NB_BINARY_OPERANDS,
                        NB_KERNELS(mod),
                        .flags = NB_OP_ELEMENTWISE | NB_OP_BRANCHES,
                        .formula = "{a} % {b}",
                        .deriv = {"1", "-floor({a}/{b})"},
                        .latex = "{a} \\bmod {b}",
                        .dlatex = {"1", "-\\lfloor {a}/{b} \\rfloor"},
                        .torch = "{a} % {b}",
                        .torch_number = "{a} % {b}",
                        .doc = "Remainder of a / b, with the sign of b.",
                        .example = "[-1, 0, 1, 2] % 3",
                        .group = "arithmetic",
                        .domain = "a % b needs b other than 0",
                        .lo = {2.1, 1},
                        .hi = {2.9, 1.04}};

const NbOp nb_op_floordiv = {
    .name = "floordiv",
    .onnx = "Floor(Div({a}, {b}))",
    NB_BINARY_OPERANDS,
    .forward = floordiv_forward,
    .scalar = floordiv_scalar,
    .partials = floordiv_partials,
    .grad = nb_g_zero,
    .flags = NB_OP_ELEMENTWISE | NB_OP_BRANCHES,
    .formula = "floordiv({a}, {b})",
    .deriv = {"0", "0"},
    .latex = "\\lfloor {a}/{b} \\rfloor",
    .dlatex = {"0", "0"},
    .torch = "torch.floor({a:t} / {b})",
    .torch_number = "{a} // {b}",
    .doc = "The largest whole number not above a / b, so that a = b*floordiv(a, b) + a % "
           "b; its derivative is 0.",
    .example = "floordiv(7, 2)",
    .kink = NB_KINK,
    .group = "arithmetic",
    .lo = {2.1, 1},
    .hi = {2.9, 1.04}};

const NbOp nb_op_pow = {
    .name = "pow",
    .onnx = "Pow({a}, {b})",
    .symbol = "^",
    .precedence = 9,
    NB_BINARY_OPERANDS,
    NB_KERNELS(pow),
    .arith = NB_POWER,
    .flags = NB_OP_ELEMENTWISE,
    .formula = "{a}^{b}",
    .deriv = {"{b}·{a}^({b} - 1)", "{y}·log({a})"},
    .latex = "{a}^{{b}}",
    .dlatex = {"{b} {a}^{{b} - 1}", "{y} \\log {a}"},
    .torch = "{a} ** {b}",
    .torch_number = "{a} ** {b}",
    .doc = "a to the power b. The derivative by b needs a > 0 (it is 0 at a = 0 < b); "
           "a fixed exponent is a number or const.",
    .example = "[1, 2, 3]^2",
    .group = "arithmetic",
    .domain = "a < 0 needs an integer b (a number or const n), a = 0 needs b >= 0",
    .lo = {0.5, 0.5},
    .hi = {2, 2.5}};

const NbOp nb_op_pow_d = {.name = "pow_d",
                          .min_in = 2,
                          .max_in = 2,
                          .nparams = 4,
                          .params = pow_d_params,
                          .flags = NB_OP_ELEMENTWISE | NB_OP_HIDDEN,
                          .shape = pow_d_shape,
                          .forward = pow_d_forward,
                          .grad = pow_d_grad,
                          .tries = "2,3|3 num=2,1",
                          .doc = "Derivative of a^b, k times by a and m times by b.",
                          .example = "2^3",
                          .group = "arithmetic",
                          .lo = {0.5, 0.5},
                          .hi = {2, 2.5}};

const NbOp nb_op_neg = {.name = "neg",
                        .onnx = "Neg({x})",
                        .symbol = "-",
                        .precedence = 8,
                        NB_KERNELS(neg),
                        NB_UNARY_OPERANDS,
                        .formula = "-{a}",
                        .deriv = {"-1"},
                        .latex = "-{a}",
                        .dlatex = {"-1"},
                        .torch_gives = NB_TORCH_SAME,
                        .torch = "-{x}",
                        .torch_number = "-{x}",
                        .doc = "x with the opposite sign.",
                        .example = "-[1, 2, 3]",
                        .group = "arithmetic"};

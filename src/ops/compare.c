/* compare.c -- what changes in steps: comparisons and logic as 0 and 1, floor, ceil, round */
#include <math.h>

#include "ops/elementwise.h"
#include "ops/ops.h"

#define COMPARISON(NAME, VALUE) NB_BINARY_VALUE(NAME, NB_CLONES, VALUE)

COMPARISON(eq, a == b ? 1.0 : 0.0)
COMPARISON(ne, a != b ? 1.0 : 0.0)
COMPARISON(lt, a < b ? 1.0 : 0.0)
COMPARISON(le, a <= b ? 1.0 : 0.0)
COMPARISON(gt, a > b ? 1.0 : 0.0)
COMPARISON(ge, a >= b ? 1.0 : 0.0)
COMPARISON(and, ((a != 0) & (b != 0)) ? 1.0 : 0.0)
COMPARISON(or, ((a != 0) | (b != 0)) ? 1.0 : 0.0)

static double not_scalar(double a, double b)
{
    (void)b;
    return a == 0 ? 1.0 : 0.0;
}

NB_ROW1(not, NB_CLONES, a == 0 ? 1.0 : 0.0)

static NbStatus not_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                            NbErr *err)
{
    (void)ctx, (void)n, (void)at;
    return nb_map1(in[0], out, not_row, err);
}

static double floor_scalar(double a, double b)
{
    (void)b;
    return floor(a);
}

NB_ROW1(floor, NB_CLONES, floor(a))

static NbStatus floor_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                              NbErr *err)
{
    (void)ctx, (void)n, (void)at;
    return nb_map1(in[0], out, floor_row, err);
}

static double ceil_scalar(double a, double b)
{
    (void)b;
    return ceil(a);
}

NB_ROW1(ceil, NB_CLONES, ceil(a))

static NbStatus ceil_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n, (void)at;
    return nb_map1(in[0], out, ceil_row, err);
}

static double round_scalar(double a, double b)
{
    (void)b;
    return rint(a);
}

NB_ROW1(round, NB_CLONES, rint(a))

static NbStatus round_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *at, NbTensor *out,
                              NbErr *err)
{
    (void)ctx, (void)n, (void)at;
    return nb_map1(in[0], out, round_row, err);
}

/* --- records --- */

#define RESULT(NAME)                                                                               \
    .name = #NAME, NB_BINARY_OPERANDS, .forward = NAME##_forward, .scalar = NAME##_scalar,         \
    .group = "comparisons"
#define FLAGS (NB_OP_ELEMENTWISE | NB_OP_STEPS)

const NbOp nb_op_eq = {RESULT(eq),
                       .symbol = "==",
                       .precedence = 4,
                       .flags = FLAGS | NB_OP_COMMUTES,
                       .formula = "{a} == {b}",
                       .latex = "{a} = {b}",
                       .onnx = "Real(Equal({a}, {b}))",
                       .torch_gives = NB_TORCH_BOOLS,
                       .torch = "{a} == {b}",
                       .torch_number = "{a} == {b}",
                       .doc = "1 where a equals b, else 0.",
                       .example = "[1, 2, 3] == 2"};

const NbOp nb_op_ne = {RESULT(ne),
                       .symbol = "!=",
                       .precedence = 4,
                       .flags = FLAGS | NB_OP_COMMUTES,
                       .formula = "{a} != {b}",
                       .latex = "{a} \\neq {b}",
                       .onnx = "Real(Not(Equal({a}, {b})))",
                       .torch_gives = NB_TORCH_BOOLS,
                       .torch = "{a} != {b}",
                       .torch_number = "{a} != {b}",
                       .doc = "1 where a differs from b, else 0.",
                       .example = "[1, 2, 3] != 2"};

const NbOp nb_op_lt = {RESULT(lt),
                       .symbol = "<",
                       .precedence = 4,
                       .flags = FLAGS,
                       .formula = "{a} < {b}",
                       .latex = "{a} < {b}",
                       .onnx = "Real(Less({a}, {b}))",
                       .torch_gives = NB_TORCH_BOOLS,
                       .torch = "{a} < {b}",
                       .torch_number = "{a} < {b}",
                       .doc = "1 where a is less than b, else 0.",
                       .example = "[1, 2, 3] < 2"};

const NbOp nb_op_le = {RESULT(le),
                       .symbol = "<=",
                       .precedence = 4,
                       .flags = FLAGS,
                       .formula = "{a} <= {b}",
                       .latex = "{a} \\le {b}",
                       .onnx = "Real(LessOrEqual({a}, {b}))",
                       .torch_gives = NB_TORCH_BOOLS,
                       .torch = "{a} <= {b}",
                       .torch_number = "{a} <= {b}",
                       .doc = "1 where a is at most b, else 0.",
                       .example = "[1, 2, 3] <= 2"};

const NbOp nb_op_gt = {RESULT(gt),
                       .symbol = ">",
                       .precedence = 4,
                       .flags = FLAGS,
                       .formula = "{a} > {b}",
                       .latex = "{a} > {b}",
                       .onnx = "Real(Greater({a}, {b}))",
                       .torch_gives = NB_TORCH_BOOLS,
                       .torch = "{a} > {b}",
                       .torch_number = "{a} > {b}",
                       .doc = "1 where a is greater than b, else 0.",
                       .example = "[1, 2, 3] > 2"};

const NbOp nb_op_ge = {RESULT(ge),
                       .symbol = ">=",
                       .precedence = 4,
                       .flags = FLAGS,
                       .formula = "{a} >= {b}",
                       .latex = "{a} \\ge {b}",
                       .onnx = "Real(GreaterOrEqual({a}, {b}))",
                       .torch_gives = NB_TORCH_BOOLS,
                       .torch = "{a} >= {b}",
                       .torch_number = "{a} >= {b}",
                       .doc = "1 where a is at least b, else 0.",
                       .example = "[1, 2, 3] >= 2"};

const NbOp nb_op_and = {RESULT(and),
                        .symbol = "and",
                        .precedence = 2,
                        .flags = FLAGS | NB_OP_HIDDEN | NB_OP_COMMUTES,
                        .formula = "{a} and {b}",
                        .latex = "{a} \\wedge {b}",
                        .onnx = "Real(And(Truth({a}), Truth({b})))",
                        .torch_gives = NB_TORCH_BOOLS,
                        .torch = "{a:b} & {b:b}",
                        .doc = "1 where both are not 0, else 0.",
                        .example = "[0, 1] == 1 and [1, 1] == 1"};

const NbOp nb_op_or = {RESULT(or),
                       .symbol = "or",
                       .precedence = 1,
                       .flags = FLAGS | NB_OP_HIDDEN | NB_OP_COMMUTES,
                       .formula = "{a} or {b}",
                       .latex = "{a} \\vee {b}",
                       .onnx = "Real(Or(Truth({a}), Truth({b})))",
                       .torch_gives = NB_TORCH_BOOLS,
                       .torch = "{a:b} | {b:b}",
                       .doc = "1 where one is not 0, else 0.",
                       .example = "[0, 1] == 1 or [1, 1] == 1"};

const NbOp nb_op_not = {.name = "not",
                        .onnx = "Real(Equal({x}, 0))",
                        .symbol = "not",
                        .precedence = 3,
                        .min_in = 1,
                        .max_in = 1,
                        .nparams = 1,
                        .params = nb_params_x,
                        .flags = FLAGS | NB_OP_HIDDEN,
                        .forward = not_forward,
                        .scalar = not_scalar,
                        .formula = "not {a}",
                        .latex = "\\neg {a}",
                        .torch_gives = NB_TORCH_BOOLS,
                        .torch = "~{x:b}",
                        .doc = "1 where x is 0, else 0.",
                        .example = "not 0",
                        .group = "comparisons"};

const NbOp nb_op_floor = {.name = "floor",
                          .onnx = "Floor({x})",
                          .min_in = 1,
                          .max_in = 1,
                          .nparams = 1,
                          .params = nb_params_x,
                          .flags = FLAGS,
                          .forward = floor_forward,
                          .scalar = floor_scalar,
                          .formula = "floor({a})",
                          .latex = "\\left\\lfloor {a} \\right\\rfloor",
                          .torch_gives = NB_TORCH_WHOLE_NUMBER,
                          .torch = "torch.floor({x:f})",
                          .torch_number = "math.floor({x})",
                          .doc = "The largest whole number that is not above x; takes no gradient.",
                          .example = "floor([-1.5, 2.5])",
                          .group = "functions"};

const NbOp nb_op_ceil = {.name = "ceil",
                         .onnx = "Ceil({x})",
                         .min_in = 1,
                         .max_in = 1,
                         .nparams = 1,
                         .params = nb_params_x,
                         .flags = FLAGS,
                         .forward = ceil_forward,
                         .scalar = ceil_scalar,
                         .formula = "ceil({a})",
                         .latex = "\\left\\lceil {a} \\right\\rceil",
                         .torch_gives = NB_TORCH_WHOLE_NUMBER,
                         .torch = "torch.ceil({x:f})",
                         .torch_number = "math.ceil({x})",
                         .doc = "The smallest whole number that is not below x; takes no gradient.",
                         .example = "ceil([-1.5, 2.5])",
                         .group = "functions"};

const NbOp nb_op_round = {
    .name = "round",
    .onnx = "Round({x})",
    .min_in = 1,
    .max_in = 1,
    .nparams = 1,
    .params = nb_params_x,
    .flags = FLAGS,
    .forward = round_forward,
    .scalar = round_scalar,
    .formula = "round({a})",
    .latex = "\\operatorname{round}\\left({a}\\right)",
    .torch = "torch.round({x:f})",
    .torch_number = "float(round({x}))",
    .doc = "The nearest whole number, of two the even one; takes no gradient.",
    .example = "round([0.5, 1.5, -1.2])",
    .group = "functions"};

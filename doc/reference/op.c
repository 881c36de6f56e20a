/* op.c -- examples of <nabla/op.h> and <nabla/grad.h> */
#include <math.h>
#include <string.h>

#include "example.h"

/* nb_op_count nb_op_at nb_op_find */
static void registry(NbCtx *ctx)
{
    (void)ctx;
    int relus = 0;
    for (int i = 0; i < nb_op_count(); i++) {
        relus += strstr(nb_op_at(i)->name, "relu") != NULL;
    }
    check(relus >= 2); /* relu, leaky_relu */
    check(nb_op_find("mul")->max_in == 2 && nb_op_find("mull") == NULL);
}

/* nb_apply1 nb_apply2 nb_arg_var nb_arg_num */
static void applied(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbVar *s = nb_apply1(ctx, nb_op_find("sin"), x);
    NbVar *y = nb_apply2(ctx, nb_op_find("pow"), NB_VAR(s), NB_NUM(2)); /* sin(x)^2 */
    check(fabs(nb_var_value(y) - sin(3) * sin(3)) < 1e-15);
    NbVar *z = nb_apply2(ctx, nb_op_find("mul"), nb_arg_num(2), nb_arg_var(x)); /* as in C++ */
    check(nb_var_value(z) == 6);
    nb_var_unref(&z);
    nb_var_unref(&y);
    nb_var_unref(&s);
    nb_var_unref(&x);
}

/* nb_apply nb_op_attrs nb_op_defaults nb_attrs_init nb_attrs_copy nb_attrs_free */
static void options(NbCtx *ctx)
{
    NbShape shape = nb_shape(2, 2, 3);
    const double numbers[] = {1, 2, 3, 4, 5, 6};
    NbVar *m = nb_var_array(ctx, &shape, numbers, NB_LEAF);
    const NbOp *sum = nb_op_find("sum");
    NbAttrs rows = nb_op_attrs(sum), same;
    rows.naxes = 1;
    rows.axes[0] = 0; /* sum(m, axis=0) */
    NbVar *y = nb_apply(ctx, sum, &NB_VAR(m), 1, &rows);
    double out[3];
    check(nb_var_numbers(y, out, 3) == NB_OK && out[0] == 5 && out[2] == 9);
    check(nb_attrs_copy(&same, &rows, nb_ctx_err(ctx)) == NB_OK && same.naxes == 1);
    nb_attrs_free(&same); /* lists inside, if there are any */
    nb_attrs_init(&same);
    nb_op_defaults(nb_op_find("clip"), &same);
    check(same.num[0] == -INFINITY && same.num[1] == INFINITY);
    nb_var_unref(&y);
    nb_var_unref(&m);
}

/* nb_split */
static void parts(NbCtx *ctx)
{
    NbShape shape = nb_shape(1, 5);
    const double numbers[] = {1, 2, 3, 4, 5};
    const int64_t sizes[] = {2, 3};
    NbVar *x = nb_var_array(ctx, &shape, numbers, NB_LEAF), *part[2];
    check(nb_split(ctx, x, 0, sizes, 2, part) == NB_OK);
    check(nb_var_value(part[1]) == 3 && nb_var_shape(part[1])->dim[0] == 3);
    nb_var_unref(&part[0]);
    nb_var_unref(&part[1]);
    nb_var_unref(&x);
}

/* nb_op_text nb_op_latex nb_op_deriv_text */
static void texts(NbCtx *ctx)
{
    (void)ctx;
    const char *const names[] = {"x", "2"};
    const double nums[] = {NAN, 2}; /* operand 1 is a number */
    char text[80];
    nb_op_text(nb_op_find("pow"), names, 2, NULL, text, sizeof text);
    check(strcmp(text, "x^2") == 0);
    nb_op_latex(nb_op_find("pow"), names, 2, NULL, text, sizeof text);
    check(strcmp(text, "x^{2}") == 0);
    nb_op_deriv_text(nb_op_find("pow"), 0, names, 2, "y", nums, false, text, sizeof text);
    check(strcmp(text, "2·x") == 0);
}

static NbStatus cube_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    for (int64_t i = 0; i < out->size; i++) {
        const double x = nb_tensor_at(in[0], i);
        nb_tensor_put(out, i, x * x * x);
    }
    return NB_OK;
}

/* 3·x²·g */
static NbVar *cube_grad(NbGrad *G, int i)
{
    const NbOp *mul = nb_op_find("mul");
    NbVar *square = nb_g_1(G, nb_op_find("square"), nb_g_in(G, i));
    return nb_g_2(G, mul, nb_g_out(G), nb_g_k2(G, mul, 3, square));
}

/* nb_op_register nb_g_out nb_g_in nb_g_1 nb_g_2 nb_g_k2 */
static void operation_of_ones_own(NbCtx *ctx)
{
    static const NbParam params[] = {{"x", NB_P_VAR, NULL}};
    static const NbOp cube = {.name = "cube",
                              .min_in = 1,
                              .max_in = 1,
                              .nparams = 1,
                              .params = params,
                              .flags = NB_OP_ELEMENTWISE,
                              .forward = cube_forward,
                              .grad = cube_grad,
                              .formula = "cube({a})",
                              .doc = "x to the power 3.",
                              .group = "own",
                              .example = "cube(2)"};
    double worst;
    check(nb_op_register(&cube, nb_ctx_err(ctx)) == NB_OK);
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("cube"), x);
    check(nb_gradcheck(y, &x, 1, &worst) == NB_OK && worst < 1e-8);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* The gradient of y = a·b + c·x, for learning what a rule may ask. */
static NbVar *rule_with_everything(NbGrad *G, int i)
{
    const NbOp *mul = nb_op_find("mul"), *add = nb_op_find("add");
    check(nb_g_inputs(G) == 1 && nb_g_attrs(G) == NULL && nb_g_ctx(G) != NULL && i == 0);
    NbVar *y = nb_g_y(G);                             /* exp(x) */
    NbVar *zero = nb_g_2k(G, mul, nb_g_num(G, 5), 0); /* 5·0 */
    NbShape scalar = nb_shape(0);
    NbVar *one = nb_g_const(G, nb_tensor_full(&scalar, 1, NULL));
    const NbArg sum[] = {NB_VAR(zero), NB_VAR(one)};
    NbVar *factor = nb_g_apply(G, add, sum, 2, NULL); /* 1 */
    return nb_g_2(G, mul, nb_g_out(G), nb_g_2(G, mul, y, factor));
}

static NbStatus exp_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                            NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    nb_tensor_put(out, 0, exp(nb_tensor_at(in[0], 0)));
    return NB_OK;
}

/* nb_g_y nb_g_num nb_g_2k nb_g_const nb_g_apply nb_g_inputs nb_g_attrs nb_g_ctx */
static void rules(NbCtx *ctx)
{
    static const NbParam params[] = {{"x", NB_P_VAR, NULL}};
    static const NbOp slow = {.name = "slow_exp",
                              .min_in = 1,
                              .max_in = 1,
                              .nparams = 1,
                              .params = params,
                              .flags = NB_OP_ELEMENTWISE,
                              .forward = exp_forward,
                              .grad = rule_with_everything, /* y·(5·0 + 1)·g */
                              .formula = "slow_exp({a})",
                              .doc = "e to the power x.",
                              .group = "own",
                              .example = "slow_exp(1)"};
    check(nb_op_register(&slow, nb_ctx_err(ctx)) == NB_OK);
    NbVar *x = nb_var_scalar(ctx, 1, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("slow_exp"), x);
    check(nb_backward(y, NULL) == NB_OK && nb_var_grad_value(x) == exp(1));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

EXAMPLES(registry, applied, options, parts, texts, operation_of_ones_own, rules)

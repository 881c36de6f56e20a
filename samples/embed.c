/* embed.c -- the engine in a C program: Rosenbrock by gradient descent, without the prompt */

/* Build it against an installed nabla:
 *
 *     cc embed.c $(pkg-config --cflags --libs nabla) -o embed
 *
 * Three rules carry the whole API: a call that makes something returns NULL when it fails and
 * leaves the reason in nb_ctx_err(ctx); what a call returns is yours unless its comment says
 * "borrowed"; nb_var_unref(&v) gives it back. */
#include <stdio.h>

#include <nabla/nabla.h>

/* An operation on two operands, each a variable or a number. */
static NbVar *op2(NbCtx *ctx, const char *name, NbArg a, NbArg b)
{
    return nb_apply2(ctx, nb_op_find(name), a, b);
}

/* f = 100·(y − x²)² + (1 − x)². New variable, or NULL. Every node keeps a reference to its inputs,
 * so what was made on the way can be given back at once. */
static NbVar *rosenbrock(NbCtx *ctx, NbVar *x, NbVar *y)
{
    NbVar *node[7] = {0};
    NbVar *f = NULL;
    if ((node[0] = op2(ctx, "pow", NB_VAR(x), NB_NUM(2))) &&
        (node[1] = op2(ctx, "sub", NB_VAR(y), NB_VAR(node[0]))) &&
        (node[2] = op2(ctx, "pow", NB_VAR(node[1]), NB_NUM(2))) &&
        (node[3] = op2(ctx, "mul", NB_NUM(100), NB_VAR(node[2]))) &&
        (node[4] = op2(ctx, "sub", NB_NUM(1), NB_VAR(x))) &&
        (node[5] = op2(ctx, "pow", NB_VAR(node[4]), NB_NUM(2)))) {
        f = op2(ctx, "add", NB_VAR(node[3]), NB_VAR(node[5]));
    }
    for (int i = 0; i < 7; i++) {
        nb_var_unref(&node[i]);
    }
    return f;
}

static void print_row(int i, const NbVar *x, const NbVar *y, const NbVar *f)
{
    const double number[5] = {nb_var_value(x), nb_var_value(y), nb_var_value(f),
                              nb_var_grad_value(x), nb_var_grad_value(y)};
    char text[32];
    printf("%6d", i);
    for (int k = 0; k < 5; k++) {
        printf(" %s", nb_format_number(number[k], NB_DIGITS_FULL, text, sizeof text));
    }
    printf("\n");
}

/* 10,000 steps on one graph: values flow forward, gradients back, the optimizer moves x and y. */
static NbStatus descend(NbVar *x, NbVar *y, NbVar *f, NbOptim *sgd)
{
    NbStatus s = NB_OK;
    printf("  step x y f df/dx df/dy\n");
    for (int i = 0; i <= 10000 && !s; i++) {
        s = nb_forward(f, false, NULL);
        nb_var_clear_grad(x);
        nb_var_clear_grad(y);
        if (!s) {
            s = nb_backward(f, NULL);
        }
        if (!s && (i < 10 || i % 1000 == 0)) {
            print_row(i, x, y, f);
        }
        if (!s) {
            s = nb_optim_step(sgd, NULL);
        }
    }
    return s;
}

int main(void)
{
    NbCtx *ctx = nb_ctx_new();
    if (!ctx) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    const double h[NB_OPT_PARAMS] = {0.001}; /* lr; the rest 0 */
    NbVar *x = nb_var_scalar(ctx, 0, NB_LEAF);
    NbVar *y = nb_var_scalar(ctx, 2, NB_LEAF);
    NbVar *f = x && y ? rosenbrock(ctx, x, y) : NULL;
    NbOptim *sgd = f ? nb_optim_new(ctx, nb_opt_rule_find("sgd"), h) : NULL;
    int status = 1;
    if (sgd && !nb_optim_add(sgd, x) && !nb_optim_add(sgd, y) && !descend(x, y, f, sgd)) {
        status = 0;
    } else {
        fprintf(stderr, "error: %s\n", nb_ctx_err(ctx)->msg);
    }
    nb_optim_free(&sgd);
    nb_var_unref(&f);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
    return status;
}

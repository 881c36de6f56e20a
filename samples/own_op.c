/* own_op.c -- an operation of one's own: its value, its derivative, and the check of both */

/* Build it against an installed nabla:  cc own_op.c $(pkg-config --cflags --libs nabla) -lm -o
 * own_op */
#include <math.h>
#include <stdio.h>

#include <nabla/nabla.h>

/* bell(x) = exp(-x²), for every number of x. */
static NbStatus bell_forward(NbCtx *ctx, NbTensors in, int n, const NbAttrs *a, NbTensor *out,
                             NbErr *err)
{
    (void)ctx, (void)n, (void)a, (void)err;
    for (int64_t i = 0; i < out->size; i++) {
        const double x = nb_tensor_at(in[0], i);
        nb_tensor_put(out, i, exp(-x * x));
    }
    return NB_OK;
}

/* -2·x·bell(x), times the gradient that comes in. Written in operations, so that it has a
 * derivative itself. */
static NbVar *bell_grad(NbGrad *G, int i)
{
    const NbOp *mul = nb_op_find("mul");
    (void)i;
    return nb_g_2(G, mul, nb_g_out(G),
                  nb_g_2k(G, mul, nb_g_2(G, mul, nb_g_in(G, 0), nb_g_y(G)), -2));
}

static const NbParam params[] = {{"x", NB_P_VAR, NULL}};
static const NbOp bell = {.name = "bell",
                          .min_in = 1,
                          .max_in = 1,
                          .nparams = 1,
                          .params = params,
                          .flags = NB_OP_ELEMENTWISE,
                          .forward = bell_forward,
                          .grad = bell_grad,
                          .formula = "bell({a})",
                          .doc = "A bell: exp(-x^2).",
                          .group = "own",
                          .example = "bell(1)"};

int main(void)
{
    NbErr err = {0};
    if (nb_op_register(&bell, &err) != NB_OK) {
        fprintf(stderr, "error: %s\n", err.msg);
        return 1;
    }
    NbCtx *ctx = nb_ctx_new();
    NbVar *x = nb_var_scalar(ctx, 1, NB_LEAF);
    NbVar *y = nb_apply1(ctx, nb_op_find("bell"), x);
    double worst = 1;
    if (y && nb_backward(y, NULL) == NB_OK && nb_gradcheck(y, &x, 1, &worst) == NB_OK) {
        printf("bell(1) = %.4f, derivative %.4f, %s\n", nb_var_value(y), nb_var_grad_value(x),
               worst < 1e-6 ? "checked" : "wrong");
    }
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_ctx_free(&ctx);
    return worst < 1e-6 ? 0 : 1;
}

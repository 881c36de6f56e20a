/* graph.c -- examples of <nabla/graph.h> */
#include <math.h>

#include "example.h"

/* y = x² · 3 */
static NbVar *formula(NbCtx *ctx, NbVar *x)
{
    NbVar *square = nb_apply1(ctx, nb_op_find("square"), x);
    NbVar *y = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(square), NB_NUM(3));
    nb_var_unref(&square); /* y keeps it */
    return y;
}

/* nb_graph_tape nb_vars_find */
static void tapes(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = formula(ctx, x);
    const NbTape *tape = nb_graph_tape(y);
    check(tape->nnodes == 2 && tape->node[1] == y);
    check(tape->nleaves == 1 && tape->leaf[0] == x);
    check(nb_vars_find(tape->node, tape->nnodes, y) == 1);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_backward */
static void backward(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = formula(ctx, x);
    check(nb_backward(y, NULL) == NB_OK && nb_var_grad_value(x) == 12);
    check(nb_backward(y, &(NbSweep){.replace = true}) == NB_OK && nb_var_grad_value(x) == 12);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_var_stale nb_var_find_stale nb_vars_find_stale nb_var_grad_stale nb_var_repeats
 * nb_forward */
static void stale(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = formula(ctx, x), *changed[4];
    NbReplay what;
    bool old, each[2];
    int n;
    nb_backward(y, NULL);
    nb_var_assign_scalar(x, 5);
    check(nb_var_stale(y, changed, 4, &n) && n == 1 && changed[0] == x);
    NbVar *const both[] = {x, y};
    check(nb_vars_find_stale(ctx, both, 2, each) == NB_OK && !each[0] && each[1]);
    check(nb_var_grad_stale(x, NULL, 0, NULL));
    check(nb_backward(y, NULL) == NB_ESTALE);
    check(nb_forward(y, false, &what) == NB_OK && what.recomputed == 2);
    check(nb_var_value(y) == 75);
    check(nb_var_find_stale(y, &old, NULL, 0, NULL) == NB_OK && !old);
    check(nb_var_repeats(y, NULL) == 0); /* no condition decided how y was made */
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_gradients */
static void several_gradients(NbCtx *ctx)
{
    NbVar *x[2] = {nb_var_scalar(ctx, 2, NB_LEAF), nb_var_scalar(ctx, 3, NB_LEAF)}, *g[2];
    NbVar *y = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(x[0]), NB_VAR(x[1]));
    check(nb_gradients(y, NULL, false, x, 2, g) == NB_OK);
    check(nb_var_value(g[0]) == 3 && nb_var_value(g[1]) == 2 && !nb_var_has_grad(x[0]));
    for (int i = 0; i < 2; i++) {
        nb_var_unref(&g[i]);
    }
    nb_var_unref(&y);
    nb_var_unref(&x[0]);
    nb_var_unref(&x[1]);
}

/* nb_grad */
static void derivatives(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = formula(ctx, x);
    NbVar *first = nb_grad(y, x), *second = nb_grad(first, x);
    check(nb_var_value(first) == 12 && nb_var_value(second) == 6);
    nb_var_unref(&second);
    nb_var_unref(&first);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_jacobian */
static void jacobians(NbCtx *ctx)
{
    NbShape shape = nb_shape(1, 2);
    const double at[] = {1, 3};
    double j[4];
    NbVar *x = nb_var_array(ctx, &shape, at, NB_LEAF);
    NbVar *y = nb_apply1(ctx, nb_op_find("square"), x), *d = nb_jacobian(y, x);
    check(nb_var_numbers(d, j, 4) == NB_OK);
    check(j[0] == 2 && j[1] == 0 && j[2] == 0 && j[3] == 6);
    nb_var_unref(&d);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_hvp */
static void hessian_vector_products(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = formula(ctx, x), *product;
    NbVar *v = nb_var_scalar(ctx, 10, NB_CONST);
    check(nb_hvp(y, &x, &v, 1, &product) == NB_OK && nb_var_value(product) == 60);
    nb_var_unref(&product);
    nb_var_unref(&v);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_gradcheck nb_clear_grads */
static void checked(NbCtx *ctx)
{
    double worst;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = formula(ctx, x);
    check(nb_gradcheck(y, &x, 1, &worst) == NB_OK && worst < 1e-8);
    nb_backward(y, NULL);
    check(nb_clear_grads(y) == NB_OK && !nb_var_has_grad(x));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_contributions nb_contributions_total nb_contributions_free */
static void contributions(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 5, NB_LEAF);
    NbVar *y = nb_apply2(ctx, nb_op_find("mul"), NB_VAR(x), NB_VAR(x)); /* two uses of x */
    NbContributions *c = nb_contributions(y, NULL);
    check(c->n == 2 && c->edge[0].product.num == 5 && c->edge[1].after.num == 10);
    check(nb_contributions_total(c, x)->num == 10 && !nb_var_has_grad(x));
    nb_contributions_free(&c);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_contribution_from nb_amount_free */
static void one_contribution(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 5, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    NbAmount product;
    check(nb_contribution_from(y, 0, &(NbAmount){.num = 2}, &product) == NB_OK);
    check(product.num == 20); /* 2 · 2x */
    nb_amount_free(&product);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_graph_substitute nb_copies_free */
static void substituted(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = formula(ctx, x);
    NbVar *other = nb_var_scalar(ctx, 10, NB_LEAF);
    NbCopies copies;
    NbVar *z = nb_graph_substitute(y, &x, &other, 1, &copies);
    check(nb_var_value(z) == 300 && nb_var_value(y) == 12 && copies.n == 2);
    nb_copies_free(&copies);
    nb_var_unref(&z);
    nb_var_unref(&other);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_var_settle */
static void sums_over_passes(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *total = nb_var_scalar(ctx, 0, NB_CONST);
    const uint64_t loop = nb_ctx_serial(ctx);
    for (int i = 0; i < 3; i++) {
        const uint64_t pass = nb_ctx_serial(ctx);
        NbVar *sum = nb_apply2(ctx, nb_op_find("add"), NB_VAR(total), NB_VAR(x));
        check(nb_var_settle(sum, loop, pass, 7) == NB_OK);
        nb_var_unref(&total);
        total = sum;
    }
    check(nb_var_value(total) == 6 && nb_backward(total, NULL) == NB_OK);
    check(nb_var_grad_value(x) == 3);
    nb_var_unref(&total);
    nb_var_unref(&x);
}

/* nb_collect_cycles */
static void cycles(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = formula(ctx, x);
    nb_backward(y, &(NbSweep){.create_graph = true}); /* x.grad keeps a graph that keeps x */
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_collect_cycles(ctx);
    check(nb_ctx_live_nodes(ctx) == 0);
}

EXAMPLES(tapes, backward, stale, several_gradients, derivatives, jacobians, hessian_vector_products,
         checked, contributions, one_contribution, substituted, sums_over_passes, cycles)

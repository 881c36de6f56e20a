/* var.c -- examples of <nabla/var.h> */
#include <string.h>

#include "example.h"

/* nb_var_scalar nb_var_value nb_var_unref nb_var_kind nb_var_is_scalar */
static void scalars(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    check(nb_var_value(x) == 3);
    check(nb_var_kind(x) == NB_LEAF && nb_var_is_scalar(x));
    nb_var_unref(&x);
    check(x == NULL);
}

/* nb_var_tensor nb_var_data nb_var_shape */
static void tensors(NbCtx *ctx)
{
    NbShape shape = nb_shape(1, 3);
    NbTensor tmp, *t = nb_tensor_full(&shape, 0.5, nb_ctx_err(ctx));
    NbVar *w = nb_var_tensor(ctx, t, NB_LEAF); /* t is w's now */
    check(nb_var_shape(w)->dim[0] == 3);
    check(nb_tensor_at(nb_var_data(w, &tmp), 2) == 0.5);
    nb_var_unref(&w);
}

/* nb_var_array nb_var_numbers nb_var_assign_numbers */
static void arrays(NbCtx *ctx)
{
    NbShape shape = nb_shape(2, 2, 2);
    double in[] = {1, 2, 3, 4}, out[4];
    NbVar *m = nb_var_array(ctx, &shape, in, NB_LEAF);
    check(nb_var_numbers(m, out, 4) == NB_OK && out[3] == 4);
    out[3] = 5;
    check(nb_var_assign_numbers(m, out, 4) == NB_OK);
    check(nb_var_numbers(m, out, 3) == NB_ESHAPE); /* it has four */
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&m);
}

/* nb_var_copy nb_var_detach */
static void copies(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF);
    NbVar *leaf = nb_var_copy(x, NB_LEAF), *constant = nb_var_detach(x);
    check(nb_var_tracked(leaf) && !nb_var_tracked(constant));
    nb_var_unref(&leaf);
    nb_var_unref(&constant);
    nb_var_unref(&x);
}

/* nb_var_ref nb_var_refs */
static void references(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *same = nb_var_ref(x);
    check(same == x && nb_var_refs(x) == 2);
    nb_var_unref(&same);
    nb_var_unref(&x);
}

/* nb_var_adopt */
static void adopted(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_PLAIN);
    check(nb_var_adopt(x, NB_LEAF) && nb_var_kind(x) == NB_LEAF);
    nb_var_unref(&x);
}

/* nb_var_ctx nb_var_tracked nb_var_takes_grad nb_var_serial nb_var_branch */
static void looks(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF);
    NbVar *positive = nb_apply2(ctx, nb_op_find("gt"), NB_VAR(x), NB_NUM(0));
    check(nb_var_ctx(x) == ctx);
    check(nb_var_tracked(positive) && !nb_var_takes_grad(positive)); /* 0 or 1: steps */
    check(nb_var_serial(positive) > nb_var_serial(x));
    check(nb_var_branch(x) == 0);
    nb_var_unref(&positive);
    nb_var_unref(&x);
}

/* nb_var_op nb_var_inputs nb_var_input nb_var_attrs */
static void operations(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbVar *y = nb_apply2(ctx, nb_op_find("pow"), NB_VAR(x), NB_NUM(2));
    check(strcmp(nb_var_op(y)->name, "pow") == 0 && nb_var_inputs(y) == 2);
    check(nb_var_input(y, 0).var == x);
    check(nb_var_input(y, 1).var == NULL && nb_var_input(y, 1).num == 2);
    check(nb_var_attrs(y) == NULL && nb_var_op(x) == NULL);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_var_name nb_var_set_name nb_var_name_is_local */
static void names(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    nb_var_set_name(x, nb_intern(ctx, "slope"), false);
    check(strcmp(nb_var_name(x), "slope") == 0 && !nb_var_name_is_local(x));
    nb_var_unref(&x);
}

/* nb_var_has_grad nb_var_grad_value nb_var_grad_data nb_var_clear_grad nb_var_grad_sweeps
 * nb_var_grad_added */
static void gradients(NbCtx *ctx)
{
    NbTensor tmp;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    check(!nb_var_has_grad(x));
    nb_backward(y, NULL);
    nb_backward(y, NULL); /* adds */
    check(nb_var_grad_value(x) == 12 && nb_var_grad_sweeps(x) == 2);
    check(nb_tensor_at(nb_var_grad_data(x, &tmp), 0) == 12);
    check(nb_tensor_at(nb_var_grad_added(x, &tmp), 0) == 6);
    nb_var_clear_grad(x);
    check(!nb_var_has_grad(x) && nb_var_grad_value(x) == 0);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_var_grad nb_var_grad_is_graph nb_var_put_grad */
static void gradients_as_variables(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    nb_backward(y, &(NbSweep){.create_graph = true});
    check(nb_var_grad_is_graph(x));
    NbVar *g = nb_var_grad(x); /* 2x, which can be differentiated again */
    NbVar *second = nb_grad(g, x);
    check(nb_var_value(second) == 2);
    nb_var_clear_grad(x);
    check(nb_var_put_grad(x, g) == NB_OK && nb_var_grad_value(x) == 6);
    nb_var_clear_grad(x);
    nb_var_unref(&second);
    nb_var_unref(&g);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_var_set_grad */
static void gradients_set(NbCtx *ctx)
{
    double six = 6;
    NbTensor g = nb_tensor_scalar(&six);
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    check(nb_var_set_grad(x, &g) == NB_OK && nb_var_grad_value(x) == 6);
    nb_var_unref(&x);
}

/* nb_var_assign nb_var_assign_scalar */
static void assigned(NbCtx *ctx)
{
    double five = 5;
    NbTensor t = nb_tensor_scalar(&five);
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    check(nb_var_assign_scalar(x, 4) == NB_OK && nb_var_stale(y, NULL, 0, NULL));
    check(nb_var_assign(x, &t) == NB_OK && nb_forward(y, false, NULL) == NB_OK);
    check(nb_var_value(y) == 25);
    check(nb_var_assign_scalar(y, 1) == NB_ETYPE); /* y is computed */
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_var_assign_part */
static void parts_assigned(NbCtx *ctx)
{
    NbShape shape = nb_shape(1, 3);
    double zero = 0, seven = 7;
    NbTensor tmp, value = nb_tensor_scalar(&seven);
    NbVar *w = nb_var_array(ctx, &shape, NULL, NB_LEAF);
    NbAttrs last; /* w[-1] */
    nb_attrs_init(&last);
    last.nindex = 1;
    last.index[0] = (NbIndex){.kind = NB_AT, .start = -1};
    check(nb_var_assign_part(w, &last, &value) == NB_OK);
    check(nb_tensor_at(nb_var_data(w, &tmp), 0) == zero);
    check(nb_tensor_at(nb_var_data(w, &tmp), 2) == 7);
    nb_var_unref(&w);
}

/* nb_var_write_begin nb_var_write_end */
static void written(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    double *p = nb_var_write_begin(x);
    *p -= 0.5;
    nb_var_write_end(x);
    check(nb_var_value(x) == 2.5);
    nb_var_unref(&x);
}

/* nb_var_unchain */
static void unchained(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    check(nb_var_unchain(y) == NB_OK);
    check(nb_var_value(y) == 9 && nb_var_op(y) == NULL);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

EXAMPLES(scalars, tensors, arrays, copies, references, adopted, looks, operations, names, gradients,
         gradients_as_variables, gradients_set, assigned, parts_assigned, written, unchained)

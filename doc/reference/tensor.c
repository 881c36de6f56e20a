/* tensor.c -- examples of <nabla/tensor.h>, <nabla/named.h> and <nabla/format.h> */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "example.h"

/* nb_shape nb_shape_equal nb_shape_size nb_shape_text */
static void shapes(NbCtx *ctx)
{
    NbShape a = nb_shape(2, 2, 3), b = nb_shape(1, 6);
    int64_t n;
    char text[160];
    check(!nb_shape_equal(&a, &b));
    check(nb_shape_size(&a, &n, nb_ctx_err(ctx)) == NB_OK && n == 6);
    check(strcmp(nb_shape_text(&a, text, sizeof text), "(2, 3)") == 0);
}

/* nb_shape_broadcast */
static void broadcasting(NbCtx *ctx)
{
    NbShape column = nb_shape(2, 3, 1), row = nb_shape(1, 4), out;
    check(nb_shape_broadcast(&column, &row, &out, nb_ctx_err(ctx)) == NB_OK);
    check(out.rank == 2 && out.dim[0] == 3 && out.dim[1] == 4);
    NbShape other = nb_shape(1, 5);
    check(nb_shape_broadcast(&row, &other, &out, nb_ctx_err(ctx)) == NB_ESHAPE);
    nb_err_clear(nb_ctx_err(ctx));
}

/* nb_shape_edges */
static void brackets(NbCtx *ctx)
{
    (void)ctx;
    NbShape s = nb_shape(2, 2, 3);
    check(nb_shape_edges(&s, 0) == 2); /* [[1, … */
    check(nb_shape_edges(&s, 3) == 1); /* …], [4, … */
    check(nb_shape_edges(&s, 4) == 0);
}

/* nb_axis_normalize */
static void axes(NbCtx *ctx)
{
    int axis;
    check(nb_axis_normalize(-1, 3, &axis, nb_ctx_err(ctx)) == NB_OK && axis == 2);
    check(nb_axis_normalize(3, 3, &axis, nb_ctx_err(ctx)) == NB_EINDEX);
    nb_err_clear(nb_ctx_err(ctx));
}

/* nb_tensor_new nb_tensor_fill nb_tensor_at nb_tensor_put nb_tensor_unref */
static void elements(NbCtx *ctx)
{
    NbShape s = nb_shape(2, 2, 2);
    NbTensor *t = nb_tensor_new(&s, nb_ctx_err(ctx));
    nb_tensor_fill(t, 1);
    nb_tensor_put(t, 3, 8);
    check(nb_tensor_at(t, 0) == 1 && nb_tensor_at(t, 3) == 8);
    nb_tensor_unref(&t);
    check(t == NULL);
}

/* nb_tensor_full nb_tensor_from nb_tensor_add nb_tensor_assign nb_tensor_copy nb_tensor_scalar */
static void sums(NbCtx *ctx)
{
    NbErr *err = nb_ctx_err(ctx);
    NbShape s = nb_shape(1, 3);
    double numbers[] = {1, 2, 3}, nine = 9;
    NbTensor *a = nb_tensor_from(&s, numbers, err), *b = nb_tensor_full(&s, 10, err);
    nb_tensor_add(a, b);
    check(nb_tensor_at(a, 2) == 13);
    NbTensor *c = nb_tensor_copy(a, err), scalar = nb_tensor_scalar(&nine);
    check(nb_tensor_assign(c, &scalar, err) == NB_OK); /* broadcast */
    check(nb_tensor_at(c, 0) == 9 && nb_tensor_at(a, 0) == 11);
    nb_tensor_unref(&a);
    nb_tensor_unref(&b);
    nb_tensor_unref(&c);
}

/* nb_tensor_view nb_tensor_sole nb_tensor_ref */
static void views(NbCtx *ctx)
{
    NbShape s = nb_shape(2, 2, 3), two = nb_shape(1, 2);
    double numbers[] = {1, 2, 3, 4, 5, 6};
    const int64_t down[] = {3};
    NbTensor *t = nb_tensor_from(&s, numbers, nb_ctx_err(ctx));
    NbTensor *middle = nb_tensor_view(t, &two, down, 1, nb_ctx_err(ctx)); /* t[:, 1] */
    check(nb_tensor_at(middle, 1) == 5 && !middle->contiguous);
    check(!nb_tensor_sole(t));
    NbTensor *same = nb_tensor_ref(t);
    nb_tensor_unref(&same);
    nb_tensor_unref(&middle);
    check(nb_tensor_sole(t));
    nb_tensor_unref(&t);
}

/* nb_tensor_nonfinite */
static void not_finite(NbCtx *ctx)
{
    NbShape s = nb_shape(1, 3);
    double numbers[] = {1, NAN, INFINITY};
    int64_t count;
    NbTensor *t = nb_tensor_from(&s, numbers, nb_ctx_err(ctx));
    check(nb_tensor_nonfinite(t, &count) == 1 && count == 2);
    nb_tensor_unref(&t);
}

/* nb_tensor_set_limit */
static void limit(NbCtx *ctx)
{
    NbShape s = nb_shape(1, 2000);
    nb_tensor_set_limit(1000);
    check(nb_tensor_new(&s, nb_ctx_err(ctx)) == NULL);
    nb_tensor_set_limit((int64_t)1 << 30);
    nb_err_clear(nb_ctx_err(ctx));
}

/* nb_format_tensor nb_format_number */
static void texts(NbCtx *ctx)
{
    NbShape s = nb_shape(2, 2, 2);
    double numbers[] = {1, 2.5, 1.0 / 3, 4};
    char text[80], number[32];
    NbTensor *t = nb_tensor_from(&s, numbers, nb_ctx_err(ctx));
    check(nb_format_tensor(t, 4, 0, 0, text, sizeof text) == strlen(text));
    check(strcmp(text, "[[1, 2.5], [0.3333, 4]]") == 0);
    check(strcmp(nb_format_number(0.1, NB_DIGITS_FULL, number, sizeof number), "0.1") == 0);
    nb_tensor_unref(&t);
}

/* nb_latex_name nb_latex_number nb_latex_preamble */
static void latex(NbCtx *ctx)
{
    (void)ctx;
    char text[80];
    nb_latex_name("theta_1", text, sizeof text);
    check(strcmp(text, "\\theta_{1}") == 0);
    nb_latex_number(1.5e-7, 6, text, sizeof text);
    check(strcmp(text, "1.5 \\cdot 10^{-7}") == 0);
    check(nb_latex_preamble()[0] != '\0');
}

/* nb_utf8 nb_text_width nb_text_visible nb_format_field */
static void characters(NbCtx *ctx)
{
    (void)ctx;
    char shown[8], field[20];
    check(nb_utf8("∇f") == 3 && nb_utf8("\xff") == 0);
    check(nb_text_width("∇f") == 2);
    check(nb_text_visible("\033[31m", shown) == 1 && strcmp(shown, "^[") == 0);
    nb_format_field("a,b", field, sizeof field);
    check(strcmp(field, "\"a,b\"") == 0);
}

/* nb_named_add nb_named_find nb_named_clear */
static void named(NbCtx *ctx)
{
    NbNamedSet set = {0};
    NbShape s = nb_shape(1, 2);
    check(nb_named_add(&set, "w", nb_tensor_full(&s, 1, NULL), nb_ctx_err(ctx)) == NB_OK);
    check(nb_tensor_at(nb_named_find(&set, "w"), 0) == 1);
    check(nb_named_find(&set, "b") == NULL);
    nb_named_clear(&set);
}

EXAMPLES(shapes, broadcasting, brackets, axes, elements, sums, views, not_finite, limit, texts,
         latex, characters, named)

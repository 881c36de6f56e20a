/* model_text.c -- texts of nodes that pictures, cards and trees share */
#include <string.h>

#include <nabla/format.h>

#include "model.h"
#include "text/gradient.h"
#include "text/operation.h"

#define FEW 4                /* elements of a vector that is written out */
#define NORM_DIGITS 6        /* at full digits */
#define LOCAL_SYMBOL_MOST 26 /* characters of a derivative in symbols; longer ones are left out */

double nb_viz_grad_magnitude(const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    return g ? nb_text_norm(g) : 0;
}

static bool is_large(const NbTensor *t)
{
    return t->size > FEW || t->shape.rank > 1;
}

static NbTextStyle for_norms(NbTextStyle style)
{
    style.digits = style.digits == NB_DIGITS_FULL ? NORM_DIGITS : style.digits;
    return style;
}

const char *nb_viz_text_value(NbTextStyle style, const NbVar *v, char *buf, size_t cap)
{
    char dims[160];
    NbTensor tmp;
    const NbTensor *data = nb_var_data(v, &tmp);
    Text t = text_over(buf, cap);
    if (is_large(data)) {
        text_printf(&t, "%s  norm ", nb_shape_text(&data->shape, dims, sizeof dims));
        nb_text_number(for_norms(style), &t, nb_text_norm(data));
    } else {
        nb_text_tensor(style, &t, data, 0);
    }
    return buf;
}

const char *nb_viz_text_grad(NbTextStyle style, const NbVar *v, char *buf, size_t cap)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    Text t = text_over(buf, cap);
    bool large = g && is_large(g);
    nb_text_gradient(large ? for_norms(style) : style, &t, g, large ? -1 : FEW, 0);
    return buf;
}

const char *nb_viz_text_op(NbTextStyle style, const NbVar *v, char *buf, size_t cap)
{
    Text t = text_over(buf, cap);
    if (nb_var_op(v) && nb_var_inputs(v) > NB_TEXT_OPERANDS) {
        text_printf(&t, "%s of %d operands", nb_var_op(v)->name, nb_var_inputs(v));
    } else {
        nb_text_operation(style, &t, v);
    }
    return buf;
}

const char *nb_viz_text_local(NbTextStyle style, const NbVar *v, int i, char *buf, size_t cap)
{
    Text t = text_over(buf, cap);
    nb_text_local_both(style, &t, v, i, NULL, LOCAL_SYMBOL_MOST);
    return buf;
}

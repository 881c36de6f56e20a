/* model_text.c -- texts of nodes that pictures, cards and trees share */
#include <string.h>

#include <nabla/format.h>

#include "model.h"
#include "text/gradient.h"
#include "text/operation.h"

#define ONE_ROW 20           /* columns of a small matrix that is written out, */
#define TWO_ROWS 26          /* or of each of its rows */
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

/* A matrix of few numbers as it is written, "[[1, 2], [3, 4]]"; where two rows are long, two blanks
 * are between them, at which boxes break it. false: there is no room, nothing is written. */
static bool put_matrix(NbTextStyle style, Text *t, const NbTensor *m, bool breaks)
{
    if (m->shape.rank != 2 || m->size == 0 || m->size > NB_TEXT_SMALL) {
        return false;
    }
    const int64_t rows = m->shape.dim[0], columns = m->shape.dim[1];
    char room[256]; /* more than has room */
    Text all = text_over(room, sizeof room);
    int widest = 0;
    for (int64_t i = 0; i < rows; i++) {
        const size_t from = all.len;
        text_add(&all, i == 0 ? "[[" : rows == 2 && breaks ? ",  [" : ", [");
        for (int64_t j = 0; j < columns; j++) {
            text_add(&all, j > 0 ? ", " : "");
            nb_text_number(style, &all, nb_tensor_at(m, i * columns + j));
        }
        text_add(&all, "]");
        const int width = nb_text_width(text_from(&all, from));
        widest = width > widest ? width : widest;
    }
    text_add(&all, "]");
    const bool one = text_columns(&all) <= ONE_ROW;
    if (one && breaks && rows == 2) {
        return put_matrix(style, t, m, false);
    }
    const bool fits = one || (breaks && rows == 2 && widest <= TWO_ROWS);
    text_add(t, fits ? text_str(&all) : "");
    return fits;
}

const char *nb_viz_text_value(NbTextStyle style, const NbVar *v, char *buf, size_t cap)
{
    char dims[160];
    NbTensor tmp;
    const NbTensor *data = nb_var_data(v, &tmp);
    Text t = text_over(buf, cap);
    if (is_large(data) && !put_matrix(style, &t, data, true)) {
        text_printf(&t, "%s  norm ", nb_shape_text(&data->shape, dims, sizeof dims));
        nb_text_number(for_norms(style), &t, nb_text_norm(data));
    } else if (!is_large(data)) {
        nb_text_tensor(style, &t, data, 0);
    }
    return buf;
}

const char *nb_viz_text_row(const char *value, char *buf, size_t cap)
{
    const char *gap = value[0] == '[' ? strstr(value, ",  [") : NULL;
    if (!gap) {
        return value;
    }
    snprintf(buf, cap, "%.*s%s", (int)(gap + 2 - value), value, gap + 3);
    return buf;
}

const char *nb_viz_text_grad(NbTextStyle style, const NbVar *v, char *buf, size_t cap)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    Text t = text_over(buf, cap);
    bool large = g && is_large(g);
    if (large && put_matrix(style, &t, g, false)) {
        return buf;
    }
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

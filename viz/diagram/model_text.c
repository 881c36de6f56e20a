/* model_text.c -- texts of nodes that pictures, cards and trees share */
#include <math.h>
#include <string.h>

#include <nabla/format.h>

#include "model.h"

const char *nb_viz_text_label(const NbVizHost *host, const NbVar *v, char *buf, size_t cap)
{
    if (host->label) {
        return host->label(host->user, v, buf, cap);
    }
    const char *name = nb_var_name(v);
    if (name) {
        snprintf(buf, cap, "%s", name);
    } else {
        snprintf(buf, cap, "v%llu", (unsigned long long)nb_var_serial(v));
    }
    return buf;
}

double nb_viz_norm(const NbTensor *t)
{
    double scale = 0, sum = 1;
    for (int64_t i = 0; i < t->size; i++) {
        double a = fabs(nb_tensor_at(t, i));
        if (isnan(a) || isinf(a)) {
            return a;
        }
        if (a > scale) {
            sum = 1 + sum * (scale / a) * (scale / a);
            scale = a;
        } else if (a > 0) {
            sum += (a / scale) * (a / scale);
        }
    }
    return scale > 0 ? scale * sqrt(sum) : 0;
}

double nb_viz_grad_magnitude(const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    return g ? nb_viz_norm(g) : 0;
}

/* Small tensors are written out, larger ones as shape and norm. */
static const char *tensor_text(const NbTensor *t, const char *norm, bool shape, int digits,
                               char *buf, size_t cap)
{
    if (t->size <= 4 && t->shape.rank <= 1) {
        nb_format_tensor(t, digits, 0, 0, buf, cap);
        return buf;
    }
    char dims[160], number[40];
    nb_shape_text(&t->shape, dims, sizeof dims);
    nb_format_number(nb_viz_norm(t), digits ? digits : 6, number, sizeof number);
    snprintf(buf, cap, "%s%s%s %s", shape ? dims : "", shape ? "  " : "", norm, number);
    return buf;
}

const char *nb_viz_text_value(const NbVar *v, int digits, char *buf, size_t cap)
{
    if (nb_var_is_scalar(v)) {
        return nb_format_number(nb_var_value(v), digits, buf, cap);
    }
    NbTensor tmp;
    return tensor_text(nb_var_data(v, &tmp), "norm", true, digits, buf, cap);
}

const char *nb_viz_text_grad(const NbVar *v, int digits, char *buf, size_t cap)
{
    if (!nb_var_has_grad(v)) {
        snprintf(buf, cap, "-");
        return buf;
    }
    if (nb_var_is_scalar(v)) {
        return nb_format_number(nb_var_grad_value(v), digits, buf, cap);
    }
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    return g ? tensor_text(g, "|g|", false, digits, buf, cap) : "-";
}

/* Text of operand i alone: its label, its number, or the value of an unlabelled constant. */
void nb_viz_text_operand(const NbVizHost *host, const NbVar *v, int i, int digits, char *buf,
                         size_t cap)
{
    NbArg arg = nb_var_input(v, i);
    if (arg.var) {
        const char *text = nb_viz_text_label(host, arg.var, buf, cap);
        if (text != buf) {
            snprintf(buf, cap, "%s", text);
        }
    } else {
        nb_format_number(arg.num, digits, buf, cap);
    }
}

#define OPERANDS_SHOWN 8

const char *nb_viz_text_op(const NbVizHost *host, const NbVar *v, int digits, char *buf, size_t cap)
{
    const NbOp *op = nb_var_op(v);
    if (!op) {
        return "";
    }
    int n = nb_var_inputs(v);
    if (n > OPERANDS_SHOWN) {
        snprintf(buf, cap, "%s of %d operands", op->name, n);
        return buf;
    }
    char text[OPERANDS_SHOWN][96];
    const char *names[OPERANDS_SHOWN];
    for (int i = 0; i < n; i++) {
        nb_viz_text_operand(host, v, i, digits, text[i], sizeof text[i]);
        names[i] = text[i];
    }
    nb_op_text(op, names, n, nb_var_attrs(v), buf, cap);
    return buf;
}

#define LOCAL_SYMBOL_MOST 26 /* characters of a derivative in symbols; longer ones are left out */

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return n;
}

static double operand_number(const NbVar *v, int i)
{
    NbArg arg = nb_var_input(v, i);
    return arg.var ? nb_var_value(arg.var) : arg.num;
}

bool nb_viz_local(const NbVar *v, int i, double *local)
{
    const NbOp *op = nb_var_op(v);
    int n = nb_var_inputs(v);
    if (!op || !op->partials || n > 2 || !nb_var_is_scalar(v)) {
        return false;
    }
    for (int k = 0; k < n; k++) {
        NbArg arg = nb_var_input(v, k);
        if (arg.var && !nb_var_is_scalar(arg.var)) {
            return false;
        }
    }
    double d[2] = {1, 1};
    op->partials(operand_number(v, 0), n > 1 ? operand_number(v, 1) : 0, nb_var_value(v), d);
    *local = d[i];
    return true;
}

size_t nb_viz_text_symbol(const NbVizHost *host, const NbVar *v, int i, int digits, char *buf,
                          size_t cap)
{
    const NbOp *op = nb_var_op(v);
    int n = nb_var_inputs(v);
    char text[3][96], name[96];
    const char *names[3] = {"", "", ""};
    double number[3] = {NAN, NAN, NAN};
    buf[0] = '\0';
    if (!op || n > 3) {
        return 0;
    }
    for (int k = 0; k < n; k++) {
        NbArg arg = nb_var_input(v, k);
        nb_viz_text_operand(host, v, k, digits, text[k], sizeof text[k]);
        names[k] = text[k];
        number[k] = arg.var ? NAN : arg.num;
    }
    const char *result = nb_viz_text_label(host, v, name, sizeof name);
    return nb_op_deriv_text(op, i, names, n, result, number, false, buf, cap);
}

const char *nb_viz_text_local(const NbVizHost *host, const NbVar *v, int i, int digits, char *buf,
                              size_t cap)
{
    char symbol[160], number[40];
    double local = 0;
    bool numbers = nb_viz_local(v, i, &local);
    size_t n = nb_viz_text_symbol(host, v, i, digits, symbol, sizeof symbol);
    bool symbols = n > 0 && n < sizeof symbol && characters(symbol) <= LOCAL_SYMBOL_MOST;
    nb_format_number(local, digits, number, sizeof number);
    if (symbols && numbers && strcmp(symbol, number) != 0) {
        snprintf(buf, cap, "%s = %s", symbol, number);
    } else {
        snprintf(buf, cap, "%s", numbers ? number : symbols ? symbol : "");
    }
    return buf;
}

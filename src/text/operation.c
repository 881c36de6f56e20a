/* operation.c -- one operation as text: on names, on numbers, its derivatives, in LaTeX */
#include "text/operation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "tensor/loop.h"
#include "text/gradient.h"

#define NAME_CAP 96
#define OPERAND_WIDTH 24 /* columns of a small tensor among operands */
#define FACTOR_WIDTH 60  /* of a factor of a product, */
#define FEW 6            /* when it has so many numbers */

typedef void (*PutOperand)(NbTextStyle style, Text *t, const NbVar *v);

static void put_label(NbTextStyle style, Text *t, const NbVar *v)
{
    char label[512];
    size_t cap = style.longest ? style.longest : NAME_CAP;
    text_add(t, nb_text_label(style, v, label, cap < sizeof label ? cap : sizeof label));
}

static bool operands_of(NbTextStyle style, const NbVar *v, PutOperand put, NbOperands *o,
                        bool *lost)
{
    size_t cap = style.longest ? style.longest : NAME_CAP;
    cap = cap < sizeof o->text[0] && put != nb_text_latex_name ? cap : sizeof o->text[0];
    o->n = nb_var_inputs(v);
    for (int i = 0; i < o->n && i < NB_TEXT_OPERANDS; i++) {
        NbArg in = nb_var_input(v, i);
        Text t = text_over(o->text[i], cap);
        t.lost = lost;
        o->name[i] = o->text[i];
        o->number[i] = in.var ? NAN : in.num;
        if (in.var) {
            put(style, &t, in.var);
        } else {
            nb_text_number(style, &t, in.num);
        }
    }
    return o->n <= NB_TEXT_OPERANDS;
}

bool nb_text_operands(NbTextStyle style, const NbVar *v, NbOperands *o)
{
    return operands_of(style, v, put_label, o, NULL);
}

/* --- operations --- */

static void put_many(Text *t, const NbVar *v)
{
    text_printf(t, "%s of %d variables", nb_var_op(v)->name, nb_var_inputs(v));
}

void nb_text_operation(NbTextStyle style, Text *t, const NbVar *v)
{
    char buf[1024];
    NbOperands o;
    if (!nb_var_op(v)) {
        return;
    }
    if (!operands_of(style, v, put_label, &o, t->lost)) {
        put_many(t, v);
        return;
    }
    nb_op_text(nb_var_op(v), o.name, o.n, nb_var_attrs(v), buf, sizeof buf);
    text_add(t, buf);
}

static void put_operand_value(NbTextStyle style, Text *t, const NbVar *v)
{
    char shape[160];
    NbTensor tmp;
    const NbTensor *data = nb_var_data(v, &tmp);
    Text numbers = text_in(t->lost);
    if (data->size <= NB_TEXT_SMALL) {
        nb_text_tensor(style, &numbers, data, 0);
    }
    bool shown = numbers.len > 0 && text_columns(&numbers) <= OPERAND_WIDTH;
    text_add(t, shown ? text_str(&numbers) : nb_shape_text(&data->shape, shape, sizeof shape));
    text_free(&numbers);
}

/* " * " between numbers is a dot, as on paper. */
static void put_dotted(Text *t, const char *text)
{
    for (const char *star; (star = strstr(text, " * ")); text = star + 3) {
        text_addn(t, text, (size_t)(star - text));
        text_add(t, " · ");
    }
    text_add(t, text);
}

void nb_text_numbers(NbTextStyle style, Text *t, const NbVar *v)
{
    char buf[1024];
    NbOperands o;
    if (!operands_of(style, v, put_operand_value, &o, t->lost)) {
        put_many(t, v);
        return;
    }
    nb_op_text(nb_var_op(v), o.name, o.n, nb_var_attrs(v), buf, sizeof buf);
    put_dotted(t, buf);
}

/* --- derivatives --- */

void nb_text_local(NbTextStyle style, Text *t, const NbVar *v, int i, const char *y)
{
    char buf[1024], label[512];
    NbOperands o;
    if (!operands_of(style, v, put_label, &o, t->lost)) {
        return;
    }
    size_t cap = style.longest ? style.longest : NAME_CAP;
    y = y ? y : nb_text_label(style, v, label, cap < sizeof label ? cap : sizeof label);
    if (nb_op_deriv_text(nb_var_op(v), i, o.name, o.n, y, o.number, false, buf, sizeof buf) > 0) {
        text_add(t, buf);
    }
}

static double operand_number(const NbVar *v, int i)
{
    NbArg arg = nb_var_input(v, i);
    return arg.var ? nb_var_value(arg.var) : arg.num;
}

/* ∂v/∂operand i of scalars; false when it is no number. */
static bool local_number(const NbVar *v, int i, double *local)
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

static int characters(const char *text)
{
    int n = 0;
    for (; *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return n;
}

void nb_text_local_both(NbTextStyle style, Text *t, const NbVar *v, int i, const char *y, int most)
{
    double local = 0;
    bool numbers = local_number(v, i, &local);
    char symbol_text[512], number_text[40]; /* needs no memory: pictures have nobody to tell */
    Text symbol = text_over(symbol_text, sizeof symbol_text);
    Text number = text_over(number_text, sizeof number_text);
    if (nb_var_op(v) && nb_var_inputs(v) <= 3) {
        nb_text_local(style, &symbol, v, i, y);
    }
    bool symbols = symbol.len > 0 && (most <= 0 || characters(text_str(&symbol)) <= most);
    nb_text_number(style, &number, local);
    bool same = symbols && strcmp(text_str(&symbol), text_str(&number)) == 0;
    text_add(t, symbols ? text_str(&symbol) : "");
    text_add(t, symbols && numbers && !same ? " = " : "");
    text_add(t, numbers && !same ? text_str(&number) : "");
}

/* Loosely bound: a sum, a comparison, or something with a sign in front. */
static bool is_sum(const char *text)
{
    int depth = 0;
    for (const char *c = text; *c; c++) {
        depth += (strchr("([{", *c) != NULL) - (strchr(")]}", *c) != NULL);
        bool sign = (*c == '-' && (c == text || c[-1] == ' ')) ||
                    (*c == '+' && c > text && c[-1] == ' ');
        const bool compares = *c == '<' || *c == '>' || *c == '=';
        if (depth == 0 && (sign || compares)) {
            return true;
        }
    }
    return false;
}

void nb_text_wrapped(Text *t, const char *text)
{
    text_printf(t, is_sum(text) ? "(%s)" : "%s", text);
}

void nb_text_factor(NbTextStyle style, Text *t, double x, bool first)
{
    Text number = text_in(t->lost);
    nb_text_number(style, &number, x);
    bool wrap = !first && text_str(&number)[0] == '-';
    text_printf(t, wrap ? "(%s)" : "%s", text_str(&number));
    text_free(&number);
}

/* {n}: how many elements of operand 0 go into one of the result. */
static int64_t share(const NbVar *v)
{
    NbTensor a, b;
    const NbVar *in = nb_var_input(v, 0).var;
    int64_t out = nb_var_data(v, &a)->size;
    return in && out > 0 ? nb_var_data(in, &b)->size / out : 1;
}

static void put_template(Text *t, const char *text, const NbOperands *o, const NbVar *v,
                         const char *y, const char *g)
{
    for (; *text; text++) {
        if (text[0] != '{' || !text[1] || text[2] != '}') {
            text_addn(t, text, 1);
            continue;
        }
        int k = text[1] - 'a';
        if (text[1] == 'g' || text[1] == 'y') {
            text_add(t, text[1] == 'g' ? g : y);
        } else if (text[1] == 'n') {
            text_printf(t, "%lld", (long long)share(v));
        } else {
            nb_text_wrapped(t, k >= 0 && k < o->n ? o->name[k] : "");
        }
        text += 2;
    }
}

void nb_text_pull(NbTextStyle style, Text *t, const NbVar *v, int i, const char *upstream)
{
    char y[NAME_CAP], x[NAME_CAP] = "x";
    NbOperands o;
    bool few = operands_of(style, v, put_label, &o, t->lost);
    const char *template = few && i < 3 ? nb_var_op(v)->pull[i] : NULL;
    const char *name = nb_text_label(style, v, y, sizeof y);
    if (template) {
        put_template(t, template, &o, v, name, upstream);
        return;
    }
    NbVar *in = nb_var_input(v, i).var;
    Text local = text_in(t->lost);
    bool stretched = in && (nb_var_op(v)->flags & NB_OP_ELEMENTWISE) &&
                     !nb_shape_equal(nb_var_shape(in), nb_var_shape(v));
    text_add(t, stretched ? "sum of " : "");
    nb_text_local(style, &local, v, i, name);
    if (strcmp(text_str(&local), "1") == 0 || strcmp(text_str(&local), "-1") == 0) {
        text_printf(t, "%.*s%s", (int)local.len - 1, text_str(&local), upstream);
    } else if (local.len > 0 && strcmp(upstream, "1") == 0) {
        text_add(t, text_str(&local));
    } else if (local.len > 0) {
        text_printf(t, "%s · ", upstream);
        nb_text_wrapped(t, text_str(&local));
    } else {
        text_printf(t, "%s · ", upstream);
        nb_text_partial(style, t, name, in ? nb_text_label(style, in, x, sizeof x) : x);
    }
    text_free(&local);
}

/* The last two axes exchanged; a vector as a matrix of one column or row. */
static NbTensor turned(const NbTensor *v, bool transposed, int column)
{
    NbShape s = v->shape;
    int64_t stride[NB_MAX_RANK];
    int r = s.rank;
    memcpy(stride, v->stride, sizeof stride);
    if (column >= 0 && r == 1) {
        s = (NbShape){.rank = 2, .dim = {column ? s.dim[0] : 1, column ? 1 : s.dim[0]}};
        stride[1] = stride[0];
    } else if (transposed && r >= 2) {
        s.dim[r - 1] = v->shape.dim[r - 2];
        s.dim[r - 2] = v->shape.dim[r - 1];
        stride[r - 1] = v->stride[r - 2];
        stride[r - 2] = v->stride[r - 1];
    }
    return nb_tensor_over(v->data, &s, stride);
}

/* The two factors where the gradient of an operand is a matrix product; with a vector on the other
 * side of a matrix it is a column times a row. */
static bool factors_of(const NbContribution *e, NbTensor factor[2])
{
    const char *template = e->input < 3 ? nb_var_op(e->node)->pull[e->input] : NULL;
    const NbVar *other = nb_var_op(e->node)->max_in == 2 && template && strstr(template, " @ ")
                             ? nb_var_input(e->node, 1 - e->input).var
                             : NULL;
    NbTensor tmp;
    if (!other || !e->upstream.tensor || nb_var_is_scalar(other)) {
        return false;
    }
    const bool second = e->input == 1;
    const bool outer = nb_var_shape(e->to)->rank == 2 && e->upstream.tensor->shape.rank == 1;
    const NbTensor g = turned(e->upstream.tensor, false, outer ? !second : -1);
    const NbTensor v = turned(nb_var_data(other, &tmp), true, outer ? second : -1);
    factor[second] = g;
    factor[!second] = v;
    return true;
}

/* Of matrix products the two factors, of all else where the gradient comes from and goes to. */
void nb_text_pull_shapes(Text *t, const NbContribution *e)
{
    char buf[160];
    NbTensor factor[2];
    const NbShape *g = nb_var_shape(e->node), *to = nb_var_shape(e->to);
    if (factors_of(e, factor)) {
        text_add(t, nb_shape_text(&factor[0].shape, buf, sizeof buf));
        text_add(t, " @ ");
        text_add(t, nb_shape_text(&factor[1].shape, buf, sizeof buf));
        return;
    }
    if (!nb_shape_equal(g, to)) {
        text_add(t, nb_shape_text(g, buf, sizeof buf));
        text_add(t, " → ");
    }
    text_add(t, nb_shape_text(to, buf, sizeof buf));
}

bool nb_text_pull_numbers(NbTextStyle style, Text *t, const NbContribution *e)
{
    NbTensor factor[2];
    if (!factors_of(e, factor) || factor[0].size > FEW || factor[1].size > FEW) {
        return false;
    }
    nb_text_amount(style, t, &factor[0], "g", FACTOR_WIDTH);
    text_add(t, " @ ");
    nb_text_amount(style, t, &factor[1], "g", FACTOR_WIDTH);
    return true;
}

/* --- LaTeX --- */

/* Bytes of a name, which is cut before it is written in TeX, and of a formula of such names: what
 * is cut behind would leave braces open. */
#define LATEX_NAME 256
#define LATEX_FORMULA 4096

void nb_text_latex_name(NbTextStyle style, Text *t, const NbVar *v)
{
    char label[512], buf[LATEX_NAME];
    size_t cap = style.longest ? style.longest : NAME_CAP;
    cap = cap < sizeof label ? cap : sizeof label;
    while (nb_latex_name(nb_text_label(style, v, label, cap), buf, sizeof buf) >= sizeof buf &&
           cap > 8) {
        cap -= cap / 4;
    }
    text_add(t, buf);
}

void nb_text_latex(NbTextStyle style, Text *t, const NbVar *v)
{
    char buf[LATEX_FORMULA];
    NbOperands o;
    if (!operands_of(style, v, nb_text_latex_name, &o, t->lost)) {
        text_add(t, "\\text{");
        put_many(t, v);
        text_add(t, "}");
        return;
    }
    nb_op_latex(nb_var_op(v), o.name, o.n, nb_var_attrs(v), buf, sizeof buf);
    text_add(t, buf);
}

void nb_text_latex_local(NbTextStyle style, Text *t, const NbVar *v, int i)
{
    char buf[LATEX_FORMULA];
    NbOperands o;
    Text y = text_in(t->lost);
    if (!operands_of(style, v, nb_text_latex_name, &o, t->lost)) {
        return;
    }
    nb_text_latex_name(style, &y, v);
    if (nb_op_deriv_text(nb_var_op(v), i, o.name, o.n, text_str(&y), o.number, true, buf,
                         sizeof buf) > 0) {
        text_add(t, buf);
    }
    text_free(&y);
}

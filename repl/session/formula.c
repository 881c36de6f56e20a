/* formula.c -- texts of one node: its operation in names and in numbers, local derivatives */
#include "session/formula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#define MOST_INPUTS 8
#define NAME_CAP 96
#define OPERAND_WIDTH 24 /* columns of a small tensor among operands */

/* Texts of the operands of one node. */
typedef struct Operands {
    char text[MOST_INPUTS][NAME_CAP];
    const char *name[MOST_INPUTS];
    double number[MOST_INPUTS]; /* of folded numbers; NaN otherwise */
    int n;
} Operands;

typedef void (*PutOperand)(Session *s, Text *t, const NbVar *v);

/* Its label; of a small tensor without name its numbers. */
static void put_label(Session *s, Text *t, const NbVar *v)
{
    char label[NAME_CAP];
    NbTensor tmp;
    const NbTensor *data = nb_var_data(v, &tmp);
    if (!nb_var_op(v) && data->shape.rank > 0 && data->size <= FORMULA_SMALL &&
        !labels_own(s->labels, s->interp, v, label, sizeof label)[0]) {
        report_tensor(s, t, data, 0);
        return;
    }
    text_add(t, report_label(s, v, label, sizeof label));
}

/* false when there are too many. */
static bool operands_of(Session *s, const NbVar *v, PutOperand put, Operands *o)
{
    o->n = nb_var_inputs(v);
    for (int i = 0; i < o->n && i < MOST_INPUTS; i++) {
        NbArg in = nb_var_input(v, i);
        Text t = text_in(s->lost);
        o->name[i] = o->text[i];
        o->number[i] = in.var ? NAN : in.num;
        if (in.var) {
            put(s, &t, in.var);
        } else {
            report_number(s, &t, in.num);
        }
        snprintf(o->text[i], NAME_CAP, "%s", text_str(&t));
        text_free(&t);
    }
    return o->n <= MOST_INPUTS;
}

/* --- operations --- */

static void put_many(Text *t, const NbVar *v)
{
    text_printf(t, "%s of %d variables", nb_var_op(v)->name, nb_var_inputs(v));
}

void formula_operation(Session *s, Text *t, const NbVar *v)
{
    char buf[512];
    Operands o;
    if (!operands_of(s, v, put_label, &o)) {
        put_many(t, v);
        return;
    }
    nb_op_text(nb_var_op(v), o.name, o.n, nb_var_attrs(v), buf, sizeof buf);
    text_add(t, buf);
}

static void put_operand_value(Session *s, Text *t, const NbVar *v)
{
    char shape[160];
    NbTensor tmp;
    const NbTensor *data = nb_var_data(v, &tmp);
    Text numbers = text_in(s->lost);
    if (data->size <= FORMULA_SMALL) {
        report_tensor(s, &numbers, data, 0);
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

void formula_numbers(Session *s, Text *t, const NbVar *v)
{
    char buf[1024];
    Operands o;
    if (!operands_of(s, v, put_operand_value, &o)) {
        put_many(t, v);
        return;
    }
    nb_op_text(nb_var_op(v), o.name, o.n, nb_var_attrs(v), buf, sizeof buf);
    put_dotted(t, buf);
}

/* --- derivatives --- */

void formula_local(Session *s, Text *t, const NbVar *v, int i)
{
    char buf[512], y[NAME_CAP];
    Operands o;
    if (!operands_of(s, v, put_label, &o)) {
        return;
    }
    report_label(s, v, y, sizeof y);
    if (nb_op_deriv_text(nb_var_op(v), i, o.name, o.n, y, o.number, false, buf, sizeof buf) > 0) {
        text_add(t, buf);
    }
}

/* Loosely bound: a sum, or something with a sign in front. */
static bool is_sum(const char *text)
{
    int depth = 0;
    for (const char *c = text; *c; c++) {
        depth += (strchr("([{", *c) != NULL) - (strchr(")]}", *c) != NULL);
        bool sign = (*c == '-' && (c == text || c[-1] == ' ')) ||
                    (*c == '+' && c > text && c[-1] == ' ');
        if (depth == 0 && sign) {
            return true;
        }
    }
    return false;
}

void formula_wrapped(Text *t, const char *text)
{
    text_printf(t, is_sum(text) ? "(%s)" : "%s", text);
}

void formula_factor(Session *s, Text *t, double x, bool first)
{
    Text number = text_in(s->lost);
    report_number(s, &number, x);
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

static void put_template(Text *t, const char *text, const Operands *o, const NbVar *v,
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
            formula_wrapped(t, k >= 0 && k < o->n ? o->name[k] : "");
        }
        text += 2;
    }
}

void formula_pull(Session *s, Text *t, const NbVar *v, int i, const char *upstream)
{
    char y[NAME_CAP], x[NAME_CAP] = "x";
    Operands o;
    Text local = text_in(s->lost);
    bool few = operands_of(s, v, put_label, &o);
    const char *template = few && i < 3 ? nb_var_op(v)->pull[i] : NULL;
    report_label(s, v, y, sizeof y);
    if (template) {
        put_template(t, template, &o, v, y, upstream);
        return;
    }
    NbVar *in = nb_var_input(v, i).var;
    bool stretched = in && (nb_var_op(v)->flags & NB_OP_ELEMENTWISE) &&
                     !nb_shape_equal(nb_var_shape(in), nb_var_shape(v));
    text_add(t, stretched ? "sum of " : "");
    formula_local(s, &local, v, i);
    if (strcmp(text_str(&local), "1") == 0 || strcmp(text_str(&local), "-1") == 0) {
        text_printf(t, "%.*s%s", (int)local.len - 1, text_str(&local), upstream);
    } else if (local.len > 0 && strcmp(upstream, "1") == 0) {
        text_add(t, text_str(&local));
    } else if (local.len > 0) {
        text_printf(t, "%s · ", upstream);
        formula_wrapped(t, text_str(&local));
    } else {
        text_printf(t, "%s · ", upstream);
        report_partial(s, t, y, in ? report_label(s, in, x, sizeof x) : x);
    }
    text_free(&local);
}

static void put_shape(Text *t, const NbShape *shape, bool transposed)
{
    char buf[160];
    NbShape turned = *shape;
    int r = shape->rank;
    if (transposed && r >= 2) {
        turned.dim[r - 1] = shape->dim[r - 2];
        turned.dim[r - 2] = shape->dim[r - 1];
    }
    text_add(t, nb_shape_text(&turned, buf, sizeof buf));
}

/* Of matrix products the two factors, of all else where the gradient comes from and goes to. */
void formula_pull_shapes(Session *s, Text *t, const NbContribution *e)
{
    const NbShape *g = nb_var_shape(e->node);
    const char *template = e->input < 3 ? nb_var_op(e->node)->pull[e->input] : NULL;
    const NbVar *other =
        e->input < 2 && nb_var_inputs(e->node) > 1 ? nb_var_input(e->node, 1 - e->input).var : NULL;
    (void)s;
    if (other && template && strstr(template, " @ ")) {
        put_shape(t, e->input == 0 ? g : nb_var_shape(other), e->input == 1);
        text_add(t, " @ ");
        put_shape(t, e->input == 0 ? nb_var_shape(other) : g, e->input == 0);
        return;
    }
    if (!nb_shape_equal(g, nb_var_shape(e->to))) {
        put_shape(t, g, false);
        text_add(t, " → ");
    }
    put_shape(t, nb_var_shape(e->to), false);
}

/* --- values --- */

void formula_tensor(Session *s, Text *t, const NbTensor *v, const char *letter, int width)
{
    char shape[160];
    Text numbers = text_in(s->lost);
    if (v->size <= FORMULA_SMALL || s->set.digits == NB_DIGITS_FULL) {
        report_tensor(s, &numbers, v, 0);
        if (v->size == 1 || s->set.digits == NB_DIGITS_FULL || text_columns(&numbers) <= width) {
            text_add(t, text_str(&numbers));
            text_free(&numbers);
            return;
        }
    }
    text_free(&numbers);
    text_printf(t, "%s |%s| ", nb_shape_text(&v->shape, shape, sizeof shape), letter);
    report_number(s, t, report_norm(v));
}

/* w of m.linear[0].w; v of what has no short name. */
const char *formula_letter(Session *s, const NbVar *v, char *buf, size_t cap)
{
    const char *label = report_label(s, v, buf, cap), *dot = strrchr(label, '.');
    label = dot && dot[1] ? dot + 1 : label;
    return nb_text_width(label) <= 6 && !strpbrk(label, " ([") ? label : "v";
}

void formula_value(Session *s, Text *t, const NbVar *v, int width)
{
    char label[NAME_CAP];
    NbTensor tmp;
    formula_tensor(s, t, nb_var_data(v, &tmp), formula_letter(s, v, label, sizeof label), width);
}

void formula_amount(Session *s, Text *t, const NbAmount *a, int width)
{
    if (a->tensor) {
        formula_tensor(s, t, a->tensor, "g", width);
    } else {
        report_number(s, t, a->num);
    }
}

/* --- LaTeX --- */

void formula_latex_name(Session *s, Text *t, const NbVar *v)
{
    char label[NAME_CAP], buf[512];
    nb_latex_name(report_label(s, v, label, sizeof label), buf, sizeof buf);
    text_add(t, buf);
}

void formula_latex(Session *s, Text *t, const NbVar *v)
{
    char buf[1024];
    Operands o;
    if (!operands_of(s, v, formula_latex_name, &o)) {
        text_add(t, "\\text{");
        put_many(t, v);
        text_add(t, "}");
        return;
    }
    nb_op_latex(nb_var_op(v), o.name, o.n, nb_var_attrs(v), buf, sizeof buf);
    text_add(t, buf);
}

void formula_latex_local(Session *s, Text *t, const NbVar *v, int i)
{
    char buf[1024];
    Operands o;
    Text y = text_in(s->lost);
    if (!operands_of(s, v, formula_latex_name, &o)) {
        return;
    }
    formula_latex_name(s, &y, v);
    if (nb_op_deriv_text(nb_var_op(v), i, o.name, o.n, text_str(&y), o.number, true, buf,
                         sizeof buf) > 0) {
        text_add(t, buf);
    }
    text_free(&y);
}

/* --- lines --- */

void formula_cut(Text *t, int columns)
{
    if (columns < 1 || text_columns(t) <= columns) {
        return;
    }
    while (t->len > 0 && text_columns(t) > columns - 1) {
        do {
            t->len--;
        } while (t->len > 0 && ((unsigned char)t->s[t->len] & 0xc0U) == 0x80);
        t->s[t->len] = '\0';
    }
    text_add(t, "…");
}

void formula_fit(const Session *s, Text *t, int columns)
{
    if (s->set.digits != NB_DIGITS_FULL) {
        formula_cut(t, columns);
    }
}

void formula_plain(const Session *s, Text *t, const char *from)
{
    static const struct {
        const char *sign, *plain;
    } signs[] = {{"∂", "d"}, {"·", "*"}, {"→", "->"}, {"…", "..."}, {"≈", "~"}, {"—", "-"}};
    if (s->set.unicode) {
        text_add(t, from);
        return;
    }
    while (*from) {
        size_t k = 0, n = sizeof signs / sizeof signs[0];
        while (k < n && strncmp(from, signs[k].sign, strlen(signs[k].sign)) != 0) {
            k++;
        }
        text_addn(t, k < n ? signs[k].plain : from, k < n ? strlen(signs[k].plain) : 1);
        from += k < n ? strlen(signs[k].sign) : 1;
    }
}

void formula_line(const Session *s, Text *t, FILE *out)
{
    while (t->len > 0 && t->s[t->len - 1] == ' ') {
        t->s[--t->len] = '\0';
    }
    Text line = text_in(s->lost);
    formula_plain(s, &line, text_str(t));
    report_line(&line, out);
    text_free(&line);
    text_reset(t);
}

/* trace.c -- the command trace: every value and every gradient, each with its formula */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/teach_export.h"
#include "cmd/terms.h"
#include "cmd/view.h"

#define MOST_ROWS 60 /* on the screen; more are left out in the middle */
#define LEFT_WIDTH 36
#define GAP 3
#define NARROW 24 /* columns for formulas on the right that are too few */

enum { OPT_HIDE };

typedef struct Trace {
    Subject u;
    Uses uses;
    bool hide;   /* a worksheet: the right column is left to the reader */
    int name;    /* columns of the names */
    int left;    /* of the left column */
    bool below;  /* long names or values: the right column under the left one */
    size_t rows; /* leaves, then nodes */
} Trace;

static NbVar *row_var(const Trace *w, size_t i)
{
    const NbTape *t = w->u.tape;
    return i < t->nleaves ? t->leaf[i] : t->node[i - t->nleaves];
}

/* --- on the screen --- */

/* "v1 = x * y = 2 · 3 = 6" in at most `width` columns; the value is always there. */
static void put_primal(const Trace *w, Text *t, const NbVar *v, int width)
{
    Text numbers = text_in(t->lost), value = text_in(t->lost);
    char label[96];
    text_add(t, teach_label(&w->u, v, label, sizeof label));
    text_pad(t, w->below ? 0 : w->name);
    formula_value(w->u.s, &value, v, width / 2);
    if (nb_var_op(v)) {
        int room = width - text_columns(&value) - 3;
        text_add(t, " = ");
        formula_operation(w->u.s, t, v);
        formula_numbers(w->u.s, &numbers, v);
        bool more = nb_var_inputs(v) > 0 && nb_var_is_scalar(v) &&
                    strcmp(text_str(&numbers), text_str(&value)) != 0;
        if (more && text_columns(t) + text_columns(&numbers) + 3 <= room) {
            text_printf(t, " = %s", text_str(&numbers));
        }
        formula_fit(w->u.s, t, room > w->name + 6 ? room : w->name + 6);
    }
    text_printf(t, " = %s", text_str(&value));
    text_free(&numbers);
    text_free(&value);
}

/* Appends " = part" to the column, on a line of its own where it does not fit. */
static void put_part(Text *t, const char *part, int indent, int width)
{
    const char *end = strchr(part, '\n');
    int wide = 0;
    Text first = text_in(t->lost);
    text_addn(&first, part, end ? (size_t)(end - part) : strlen(part));
    wide = text_columns(&first);
    text_free(&first);
    if (text_columns(t) > indent && text_columns(t) + 3 + wide > width) {
        text_add(t, "\n");
        text_pad(t, indent);
        text_printf(t, "= %s", part);
    } else {
        text_printf(t, text_columns(t) > indent ? " = %s" : "= %s", part);
    }
}

/* "∂f/∂x = ∂f/∂v1 · y + ∂f/∂v2 · 2·x = 1 · 3 + 1 · 4 = 7" on lines of at most `width`. */
static void put_adjoint(const Trace *w, Text *t, const NbVar *v, int pad, int width)
{
    const Subject *u = &w->u;
    size_t n;
    const struct Use *use = uses_of(&w->uses, v, &n);
    const NbAmount *total = nb_contributions_total(u->sweep, v);
    Text symbols = text_in(t->lost), numbers = text_in(t->lost), value = text_in(t->lost);
    teach_partial(u, t, v);
    text_pad(t, pad);
    text_add(t, " ");
    int indent = text_columns(t);
    if (w->hide) {
        text_add(t, "= ");
        for (int i = text_columns(t); i < width; i++) {
            text_add(t, "_");
        }
        return;
    }
    text_pad(&symbols, indent + 2); /* where the first term stands */
    text_pad(&numbers, indent + 2);
    if (n > 0) {
        terms_put(u, &symbols, use, n, TERM_SYMBOLS, indent, width);
        put_part(t, text_from(&symbols, (size_t)(indent + 2)), indent, width);
    }
    if (n > 0 && terms_scalar(u, use, n)) {
        terms_put(u, &numbers, use, n, TERM_NUMBERS, indent, width);
        if (strcmp(text_str(&numbers), text_str(&symbols)) != 0) {
            put_part(t, text_from(&numbers, (size_t)(indent + 2)), indent, width);
        }
    }
    if (total) {
        formula_amount(u->s, &value, total, width - indent - 2);
    } else {
        text_add(&value, "-");
    }
    if (n == 0 || (strcmp(text_str(&value), text_from(&symbols, (size_t)(indent + 2))) != 0 &&
                   strcmp(text_str(&value), text_from(&numbers, (size_t)(indent + 2))) != 0)) {
        put_part(t, text_str(&value), indent, width);
    }
    text_free(&symbols);
    text_free(&numbers);
    text_free(&value);
}

/* Where the right column begins. */
static int right_at(const Trace *w)
{
    return w->below ? 4 : w->left + GAP;
}

/* The left column beside the right one, which may have several lines. The row is made apart: the
 * width of a line at the end of a long text would be looked for from its beginning. */
static void put_row(const Trace *w, Text *t, const Text *left, const Text *right)
{
    Text row = text_in(t->lost);
    const char *s = text_str(right);
    text_add(&row, text_str(left));
    text_add(&row, w->below ? "\n" : "");
    text_pad(&row, right_at(w));
    for (const char *end; (end = strchr(s, '\n')); s = end + 1) {
        text_addn(&row, s, (size_t)(end - s) + 1);
        text_pad(&row, right_at(w));
    }
    text_printf(&row, "%s\n", s);
    text_add(t, text_str(&row));
    text_free(&row);
}

static bool is_hidden(const Trace *w, size_t i, size_t most)
{
    return w->rows > most && i >= most / 2 && i < w->rows - most / 2;
}

static void measure(Trace *w, size_t most, int *partial)
{
    char label[96];
    Text t = text_in(w->u.s->lost);
    for (size_t i = 0; i < w->rows; i++) {
        if (!is_hidden(w, i, most)) {
            int name = nb_text_width(teach_label(&w->u, row_var(w, i), label, sizeof label));
            text_reset(&t);
            teach_partial(&w->u, &t, row_var(w, i));
            int wide = text_columns(&t);
            w->name = name > 16 ? 16 : name > w->name ? name : w->name;
            *partial = wide > 24 ? 24 : wide > *partial ? wide : *partial;
        }
    }
    for (size_t i = 0; i < w->rows; i++) {
        if (!is_hidden(w, i, most)) {
            text_reset(&t);
            put_primal(w, &t, row_var(w, i), LEFT_WIDTH);
            int wide = text_columns(&t);
            w->left = wide > w->left ? wide : w->left;
        }
    }
    text_free(&t);
}

static bool trace_text(Trace *w, Text *t, size_t most)
{
    Text left = text_in(t->lost), right = text_in(t->lost);
    int partial = 0;
    bool ok = true;
    measure(w, most, &partial);
    w->left = w->left < 8 ? 8 : w->left;
    w->below = w->left > LEFT_WIDTH || w->u.s->columns - w->left - GAP - partial < NARROW;
    text_add(t, "forward");
    text_pad(t, w->below ? 0 : w->left + GAP);
    text_add(t, w->below ? ", and below it backward, from the last line up\n"
                         : "backward, from the last line up\n");
    for (size_t i = 0; ok && i < w->rows; i++) {
        if (is_hidden(w, i, most)) {
            size_t hidden = w->rows - 2 * (most / 2);
            text_printf(t, "… %zu more; export \"trace.csv\", %s, view=trace has all\n", hidden,
                        w->u.name);
            i += hidden - 1;
            continue;
        }
        ok = i % 64 != 0 || interp_poll(w->u.I);
        text_reset(&left);
        text_reset(&right);
        put_primal(w, &left, row_var(w, i), w->below ? w->u.s->columns : LEFT_WIDTH);
        put_adjoint(w, &right, row_var(w, i), w->below ? 0 : partial,
                    w->u.s->columns - right_at(w));
        put_row(w, t, &left, &right);
    }
    text_free(&left);
    text_free(&right);
    return ok;
}

/* --- for other programs --- */

static void put_cell(Text *t, const char *text, bool last)
{
    size_t n = nb_format_field(text, NULL, 0);
    char *field = malloc(n + 1);
    if (field) {
        nb_format_field(text, field, n + 1);
        text_addn(t, field, n);
    } else {
        *t->lost = true;
    }
    free(field);
    text_add(t, last ? "\n" : ",");
}

static void csv_row(Trace *w, Text *t, const NbVar *v)
{
    Text cell = text_in(t->lost);
    size_t n;
    const struct Use *use = uses_of(&w->uses, v, &n);
    const NbAmount *total = nb_contributions_total(w->u.sweep, v);
    char label[96];
    put_cell(t, teach_label(&w->u, v, label, sizeof label), false);
    if (nb_var_op(v)) {
        formula_operation(w->u.s, &cell, v);
    }
    put_cell(t, text_str(&cell), false);
    text_reset(&cell);
    formula_value(w->u.s, &cell, v, w->u.s->columns);
    put_cell(t, text_str(&cell), w->hide);
    if (!w->hide) {
        text_reset(&cell);
        terms_put(&w->u, &cell, use, n, TERM_SYMBOLS, 0, 100000);
        put_cell(t, text_str(&cell), false);
        text_reset(&cell);
        if (total) {
            formula_amount(w->u.s, &cell, total, w->u.s->columns);
        }
        put_cell(t, text_str(&cell), true);
    }
    text_free(&cell);
}

static bool trace_csv(Trace *w, Text *t)
{
    int digits = w->u.s->set.digits;
    w->u.s->set.digits = NB_DIGITS_FULL;
    text_add(t, w->hide ? "name,operation,value\n" : "name,operation,value,rule,gradient\n");
    bool ok = true;
    for (size_t i = 0; ok && i < w->rows; i++) {
        csv_row(w, t, row_var(w, i));
        ok = i % 64 != 0 || interp_poll(w->u.I);
    }
    w->u.s->set.digits = digits;
    return ok;
}

/* --- LaTeX --- */

static void latex_amount_of(Trace *w, Text *t, const NbVar *v)
{
    NbTensor tmp;
    if (nb_var_is_scalar(v)) {
        terms_latex_amount(&w->u, t, &(NbAmount){.num = nb_var_value(v)});
    } else {
        terms_latex_tensor(&w->u, t, nb_var_data(v, &tmp));
    }
}

static void latex_row(Trace *w, Text *t, const NbVar *v)
{
    size_t n;
    const struct Use *use = uses_of(&w->uses, v, &n);
    const NbAmount *total = nb_contributions_total(w->u.sweep, v);
    text_add(t, "  ");
    nb_text_latex_name(session_text(w->u.s), t, v);
    text_add(t, " &= ");
    if (nb_var_op(v)) {
        nb_text_latex(session_text(w->u.s), t, v);
        text_add(t, " = ");
    }
    latex_amount_of(w, t, v);
    text_add(t, " & ");
    terms_latex_partial(&w->u, t, v);
    text_add(t, " &= ");
    if (w->hide) {
        text_add(t, "\\underline{\\hspace{5cm}}");
    } else {
        Text rule = text_in(w->u.s->lost), value = text_in(w->u.s->lost);
        terms_latex(&w->u, &rule, use, n, TERM_SYMBOLS);
        if (total) {
            terms_latex_amount(&w->u, &value, total);
        } else {
            text_add(&value, "\\text{--}");
        }
        bool both = n > 0 && strcmp(text_str(&rule), text_str(&value)) != 0;
        text_printf(t, both ? "%s = %s" : "%.0s%s", text_str(&rule), text_str(&value));
        text_free(&rule);
        text_free(&value);
    }
    text_add(t, " \\\\\n");
}

static bool trace_latex(Trace *w, Text *t)
{
    bool ok = true;
    text_add(t, "\\begin{align*}\n"
                "  &\\text{forward} & &\\text{backward} \\\\[1ex]\n");
    for (size_t i = 0; ok && i < w->rows; i++) {
        latex_row(w, t, row_var(w, i));
        ok = i % 64 != 0 || interp_poll(w->u.I);
    }
    text_add(t, "\\end{align*}\n");
    return ok;
}

/* --- the command --- */

static bool hide_option(Interp *I, const Call *c, int opt, bool *hide)
{
    char word[32];
    if (c->opt[opt].tag == V_UNSET && !c->optnode[opt]) {
        return true;
    }
    if (c->opt[opt].tag == V_STR) {
        snprintf(word, sizeof word, "%s", c->opt[opt].str->text);
    } else {
        interp_text(I, c->optnode[opt], word, sizeof word);
    }
    *hide = strcmp(word, "grad") == 0;
    return *hide || interp_fail(I, c->optnode[opt], NB_EVALUE, "%s: hide= is grad, not %s",
                                c->row->name, word);
}

static bool trace_begin(Trace *w)
{
    w->rows = w->u.tape->nleaves + w->u.tape->nnodes;
    return teach_sweep(&w->u) && uses_list(&w->uses, &w->u);
}

/* As a page, with the formulas as text and LaTeX; gradients to be filled in are no page. */
static bool show_forms(Trace *w, const Text *text)
{
    Session *s = w->u.s;
    Text latex = text_in(s->lost), plain = text_in(s->lost);
    bool ok = trace_latex(w, &latex);
    formula_plain(s, &plain, text_str(text));
    const char *math = formula_mathjax(text_str(&latex));
    if (ok && w->hide) {
        session_show(s,
                     (FrontForm[]){{"text/plain", text_str(&plain), plain.len},
                                   {"text/latex", text_str(&latex), latex.len}},
                     math ? 2 : 1, NULL);
    } else if (ok) {
        ok = view_page(s, w->u.node, w->u.f, w->u.name, text_str(&plain), math);
    }
    text_free(&latex);
    text_free(&plain);
    return ok;
}

static bool cmd_trace(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Trace w = {0};
    Text t = text_in(session_of(I)->lost);
    bool ok = teach_begin(&w.u, I, c, 0) && hide_option(I, c, OPT_HIDE, &w.hide) &&
              trace_begin(&w) && trace_text(&w, &t, MOST_ROWS);
    if (ok && t.len > 0) {
        t.s[--t.len] = '\0';
        if (session_takes_forms(w.u.s)) {
            ok = show_forms(&w, &t);
        } else {
            formula_line(w.u.s, &t, session_of(I)->out);
        }
    }
    text_free(&t);
    uses_free(&w.uses);
    teach_end(&w.u);
    return ok;
}

bool trace_written(Interp *I, const Call *c, int i, int hide, TeachFormat format, Text *t)
{
    Trace w = {0};
    bool ok = teach_begin(&w.u, I, c, i) && hide_option(I, c, hide, &w.hide) && trace_begin(&w);
    if (ok) {
        ok = format == TEACH_TEX   ? trace_latex(&w, t)
             : format == TEACH_CSV ? trace_csv(&w, t)
                                   : trace_text(&w, t, w.rows);
    }
    uses_free(&w.uses);
    teach_end(&w.u);
    return ok;
}

static const Builtin rows[] = {
    {"trace",
     B_COMMAND | B_LAZY | B_WITHIN,
     1,
     1,
     {{"hide", NULL}},
     cmd_trace,
     "explaining",
     "trace f [, hide=grad]",
     "The evaluation trace (Wengert list): each value with its formula downward, each gradient as "
     "a sum over consumers upward. hide=grad leaves the gradients to be filled in. export "
     "\"t.tex\", f, view=trace writes it as LaTeX, as .csv or .txt.",
     "x, y = 2, 3\nf = x*y + x^2\ntrace f"},
};

Rows trace_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

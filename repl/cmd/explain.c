/* explain.c -- the command explain: one derivative as a sum over the uses of a variable */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/teach_export.h"
#include "cmd/terms.h"

enum { OPT_OF, OPT_DEEP };

#define MOST_NODES 40 /* of a whole way to the root */

/* --- of which f --- */

typedef struct Newest {
    Session *s;
    const NbVar *x;
    NbVar *root; /* borrowed */
} Newest;

/* The newest number that depends on x. */
static void take_newer(void *user, NbVar *root)
{
    Newest *n = user;
    if (nb_var_is_scalar(root) && teach_behind(n->s, root, n->x) && root != n->x &&
        (!n->root || nb_var_serial(root) > nb_var_serial(n->root))) {
        n->root = root;
    }
}

/* Swept last, shown last, or else the newest that depends on x; borrowed. A node known by its
 * number belongs to the graph shown. */
static NbVar *choose_root(Session *s, const NbVar *x)
{
    NbVar *shown = labels_root(s->labels);
    if (!nb_var_name(x) && shown && shown != x && teach_behind(s, shown, x)) {
        return shown;
    }
    if (s->root && s->root != x && teach_behind(s, s->root, x)) {
        return s->root;
    }
    if (shown && shown != x && teach_behind(s, shown, x)) {
        return shown;
    }
    Newest n = {.s = s, .x = x};
    each_live_root(s->interp, take_newer, &n);
    return n.root;
}

/* --- texts --- */

/* One line of the derivation, unless it repeats the one before. */
static void line(const Subject *u, Text *t, int indent, const struct Use *use, size_t n,
                 TermStyle style, Text *last)
{
    size_t from = t->len;
    text_pad(t, indent);
    text_add(t, "= ");
    size_t start = t->len;
    terms_put(u, t, use, n, style, indent, u->s->columns);
    const char *added = text_from(t, start);
    bool shapes = style == TERM_SHAPES || style == TERM_MATRICES;
    bool nothing = shapes && !strstr(added, " @ ") && !strstr(added, "→") &&
                   !strstr(added, "] · [");
    nothing |= style == TERM_MATRICES && strchr(added, '('); /* shapes again, of some */
    if (nothing || strcmp(added, text_str(last)) == 0) {
        text_cut(t, from);
        return;
    }
    text_reset(last);
    text_add(last, text_from(t, start));
    text_add(t, "\n");
}

static void put_derivation(const Subject *u, Text *t, const NbVar *x, const struct Use *use,
                           size_t n, const NbAmount *total)
{
    Text last = text_in(t->lost), value = text_in(t->lost);
    bool scalar = terms_scalar(u, use, n);
    teach_partial(u, t, x);
    text_add(t, " ");
    int indent = text_columns(t);
    line(u, t, indent, use, n, scalar ? TERM_CHAIN : TERM_SYMBOLS, &last);
    if (scalar) {
        line(u, t, indent, use, n, TERM_MIXED, &last);
    }
    line(u, t, indent, use, n, scalar ? TERM_NUMBERS : TERM_SHAPES, &last);
    if (!scalar) {
        line(u, t, indent, use, n, TERM_MATRICES, &last);
    }
    formula_amount(u->s, &value, total, u->s->columns - indent - 2);
    if (strcmp(text_str(&value), text_str(&last)) != 0) {
        text_pad(t, indent);
        text_printf(t, "= %s\n", text_str(&value));
    }
    text_free(&last);
    text_free(&value);
}

/* Whether its derivative is 0, of tensors in every entry. */
static bool is_shut(const Subject *u, const NbContribution *e)
{
    NbAmount local;
    if (e->scalars) {
        return e->local == 0;
    }
    bool shut = terms_local(u, e, &local);
    for (int64_t i = 0; shut && i < local.tensor->size; i++) {
        shut = nb_tensor_at(local.tensor, i) == 0;
    }
    nb_amount_free(&local);
    return shut;
}

/* "x > 0 is 0": where an operation with that derivative, relu, lets nothing through. */
static void put_shut(const Subject *u, Text *t, const NbVar *x, const struct Use *use, size_t n)
{
    char name[96];
    for (size_t i = 0; i < n; i++) {
        const NbContribution *e = &u->sweep->edge[use[i].edge];
        const NbOp *op = nb_var_op(e->node);
        const char *local = op ? op->deriv[e->input] : NULL;
        if (local && strcmp(local, "{a} > 0") == 0 && is_shut(u, e)) {
            text_printf(t,
                        e->scalars
                            ? "%s > 0 is 0: this %s is shut, nothing passes\n"
                            : "%s > 0 is 0 in every entry: this %s is shut, nothing passes\n",
                        teach_label(u, x, name, sizeof name), op->name);
            return;
        }
    }
}

static bool equal(const NbTensor *a, const NbTensor *b)
{
    for (int64_t i = 0; i < a->size; i++) {
        double p = nb_tensor_at(a, i), q = nb_tensor_at(b, i);
        if (p != q && (p == p || q == q)) {
            return false;
        }
    }
    return true;
}

/* Where x.grad is something else: a sum of several sweeps. */
static void put_accumulated(const Subject *u, Text *t, const NbVar *x, const NbAmount *total)
{
    char name[96];
    NbTensor tmp, number;
    double num = total->num;
    const NbTensor *held = nb_var_grad_data(x, &tmp);
    number = nb_tensor_scalar(&num);
    if (nb_var_kind(x) != NB_LEAF || !held ||
        equal(held, total->tensor ? total->tensor : &number)) {
        return;
    }
    uint32_t sweeps = nb_var_grad_sweeps(x);
    teach_label(u, x, name, sizeof name);
    text_printf(t, "%s.grad = ", name);
    formula_tensor(u->s, t, held, "g", 30);
    if (sweeps > 1) {
        text_printf(t, ", the sum of %lu sweeps: ledger %s\n", (unsigned long)sweeps, name);
    } else {
        text_printf(t, ", from another sweep: ledger %s\n", name);
    }
}

bool explain_text(Subject *u, Text *t, NbVar *x)
{
    char name[96];
    Uses all;
    const NbAmount *total = nb_contributions_total(u->sweep, x);
    teach_label(u, x, name, sizeof name);
    if (x == u->f) {
        teach_partial(u, t, x);
        text_add(t, " = 1: here the backward sweep begins\n");
        return true;
    }
    if (!total) {
        text_printf(t, "no gradient of %s reaches %s\n", u->name, name);
        return true;
    }
    if (!uses_list(&all, u)) {
        return false;
    }
    size_t n;
    const struct Use *use = uses_of(&all, x, &n);
    put_derivation(u, t, x, use, n, total);
    put_accumulated(u, t, x, total);
    uses_free(&all);
    return true;
}

/* --- all the way to the root --- */

static int by_serial(const void *a, const void *b)
{
    uint64_t x = nb_var_serial(*(NbVar *const *)a), y = nb_var_serial(*(NbVar *const *)b);
    return x < y ? -1 : x > y;
}

/* The nodes that x flows through, in the order they were made, x first; NULL without memory. */
static NbVar **way_up(const Subject *u, NbVar *x, size_t *n)
{
    NbVar **way = malloc((u->tape->nnodes + 1) * sizeof(NbVar *));
    *n = 0;
    if (!way) {
        interp_fail(u->I, NULL, NB_EMEM, "out of memory for the terms");
        return NULL;
    }
    way[(*n)++] = x;
    for (size_t i = 0; i < u->tape->nnodes; i++) {
        NbVar *v = u->tape->node[i];
        bool on = false;
        for (int k = 0; v != x && !on && k < nb_var_inputs(v); k++) {
            NbVar *in = nb_var_input(v, k).var;
            on = in && bsearch(&in, way, *n, sizeof *way, by_serial);
        }
        if (on && (v == u->f || nb_contributions_total(u->sweep, v))) {
            way[(*n)++] = v;
        }
    }
    return way;
}

/* x, what it goes into, what that goes into … up to f, where the sweep began. */
static bool explain_deep(Subject *u, Text *t, NbVar *x)
{
    size_t n, uses;
    Uses all;
    if (x == u->f || !nb_contributions_total(u->sweep, x)) {
        return explain_text(u, t, x);
    }
    NbVar **way = way_up(u, x, &n);
    bool ok = way && uses_list(&all, u);
    for (size_t i = 0; ok && i + 1 < n; i++) {
        if (n > MOST_NODES && i == MOST_NODES / 2) {
            text_printf(t, "… %zu more nodes; trace %s shows all …\n", n - MOST_NODES, u->name);
            i += n - MOST_NODES;
        }
        const struct Use *use = uses_of(&all, way[i], &uses);
        put_derivation(u, t, way[i], use, uses, nb_contributions_total(u->sweep, way[i]));
        put_shut(u, t, way[i], use, uses);
    }
    if (ok) {
        teach_partial(u, t, u->f);
        text_add(t, " = 1: here the backward sweep begins\n");
        put_accumulated(u, t, x, nb_contributions_total(u->sweep, x));
        uses_free(&all);
    }
    free(way);
    return ok;
}

/* \begin{align*} … \end{align*}, for a document that uses amsmath. */
bool explain_latex(Subject *u, Text *t, NbVar *x)
{
    Uses all;
    size_t n;
    const NbAmount *total = nb_contributions_total(u->sweep, x);
    if (!total || !uses_list(&all, u)) {
        return total || interp_fail(u->I, u->node, NB_EVALUE, "export: no gradient reaches it");
    }
    const struct Use *use = uses_of(&all, x, &n);
    static const TermStyle scalars[] = {TERM_CHAIN, TERM_MIXED, TERM_NUMBERS};
    bool scalar = n > 0 && terms_scalar(u, use, n);
    text_add(t, "\\begin{align*}\n");
    terms_latex_partial(u, t, x);
    for (int i = 0; i < (n == 0 ? 0 : scalar ? 3 : 2); i++) {
        text_add(t, i > 0 ? " \\\\\n  &= " : " &= ");
        terms_latex(u, t, use, n, scalar ? scalars[i] : i == 0 ? TERM_CHAIN : TERM_SYMBOLS);
    }
    text_add(t, n > 0 ? " \\\\\n  &= " : " &= ");
    terms_latex_amount(u, t, total);
    text_add(t, "\n\\end{align*}\n");
    uses_free(&all);
    return true;
}

/* --- the command --- */

/* As text and as LaTeX. */
static bool show_forms(Subject *u, NbVar *x, const Text *text)
{
    Text latex = text_in(u->s->lost), plain = text_in(u->s->lost);
    bool any = x != u->f && nb_contributions_total(u->sweep, x);
    bool ok = !any || explain_latex(u, &latex, x);
    formula_plain(u->s, &plain, text_str(text));
    if (ok) {
        session_show(u->s,
                     (FrontForm[]){{"text/plain", text_str(&plain), plain.len},
                                   {"text/latex", text_str(&latex), latex.len}},
                     any && formula_mathjax(text_str(&latex)) ? 2 : 1, NULL);
    }
    text_free(&latex);
    text_free(&plain);
    return ok;
}

static bool no_gradient(Interp *I, const Call *c, int i, Value v)
{
    char name[96];
    interp_text(I, c->arg[i], name, sizeof name);
    if (v.tag == V_VAR || value_is_number(v)) {
        bool constant = v.tag == V_CONST || (v.tag == V_VAR && nb_var_kind(v.var) == NB_CONST);
        interp_fail(I, c->arg[i], NB_EVALUE, "explain: %s is %s and gets no gradient", name,
                    constant ? "const" : "a plain number");
        return interp_hint(I, "explain takes a leaf such as x = 2, or a node computed from one");
    }
    interp_fail(I, c->arg[i], NB_ETYPE, "explain: expected a variable, got %s", value_kind(v));
    return v.tag == V_FUNC && interp_hint(I, "call the function first, as in y = %s(x)", name);
}

bool explain_begin(Subject *u, Interp *I, const Call *c, int i, Value of, NbVar **x)
{
    Session *s = session_of(I);
    char name[96];
    Value v = UNSET;
    *u = (Subject){.s = s, .I = I, .call = c};
    *x = NULL;
    if (!interp_eval(I, c->arg[i], &v)) {
        return false;
    }
    if (v.tag != V_VAR || !nb_var_tracked(v.var)) {
        no_gradient(I, c, i, v);
        value_unref(&v);
        return false;
    }
    *x = v.var;
    interp_text(I, c->arg[i], name, sizeof name);
    if (of.tag != V_UNSET && of.tag != V_VAR) {
        return interp_fail(I, c->node, NB_ETYPE, "explain: of= is a variable, not %s",
                           value_kind(of));
    }
    NbVar *f = of.tag == V_VAR ? of.var : choose_root(s, *x);
    if (!f && nb_var_kind(*x) == NB_INNER) {
        f = *x;
    }
    if (!f) {
        interp_fail(I, c->arg[i], NB_EVALUE, "explain: nothing that is bound depends on %s", name);
        return interp_hint(I, "compute something from it first, or name it: explain %s, of=f",
                           name);
    }
    if (!teach_behind(s, f, *x)) {
        char label[96];
        interp_fail(I, c->arg[i], NB_EVALUE, "explain: %s does not depend on %s",
                    report_label(s, f, label, sizeof label), name);
        return false;
    }
    return teach_begin_var(u, I, c, c->arg[i], f) && teach_sweep(u);
}

static bool cmd_explain(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Subject u = {0}; /* ended below even where an option is wrong */
    NbVar *x = NULL;
    Text t = text_in(session_of(I)->lost);
    char word[96];
    interp_text(I, c->arg[0], word, sizeof word);
    if (strcmp(word, "nan") == 0 || strcmp(word, "inf") == 0) {
        return explain_nan(I, c);
    }
    bool deep = false;
    bool ok = interp_opt_flag(I, c, OPT_DEEP, &deep) &&
              explain_begin(&u, I, c, 0, c->opt[OPT_OF], &x) &&
              (deep ? explain_deep(&u, &t, x) : explain_text(&u, &t, x));
    if (ok && t.len > 0) {
        t.s[--t.len] = '\0'; /* formula_line ends the last one */
        if (!deep && session_takes_forms(u.s)) {
            ok = show_forms(&u, x, &t);
        } else {
            formula_line(u.s, &t, session_of(I)->out);
        }
    }
    text_free(&t);
    nb_var_unref(&x);
    teach_end(&u);
    return ok;
}

static const Builtin rows[] = {
    {"explain",
     B_COMMAND | B_LAZY | B_WITHIN,
     1,
     1,
     {{"of", NULL}, {"deep", "false"}},
     cmd_explain,
     "explaining",
     "explain x [, of=f, deep=true]   explain nan",
     "∂f/∂x as a sum over what uses x: in symbols, in numbers, the total. f is what was swept or "
     "shown last. deep=true goes on to what uses those, up to f. explain nan finds the operation "
     "that made a value or gradient nan or infinite. "
     "export \"x.tex\", x, view=explain writes it as LaTeX.",
     "x, y = 2, 3\nf = x*y + x^2\nexplain x"},
};

Rows explain_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

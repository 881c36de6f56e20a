/* terms.c -- the chain rule at one variable: a sum over its uses, in symbols and in numbers */
#include "cmd/terms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#define MOST_TERMS 8
#define ENTRIES_WIDTH 36 /* columns of the numbers of one factor */

/* --- uses --- */

/* By variable, then oldest consumer first: the sweep has the newest first. */
static int by_variable(const void *a, const void *b)
{
    const struct Use *p = a, *q = b;
    if (p->serial != q->serial) {
        return p->serial < q->serial ? -1 : 1;
    }
    return (p->edge < q->edge) - (p->edge > q->edge);
}

bool uses_list(Uses *all, const Subject *u)
{
    size_t n = u->sweep->n;
    *all = (Uses){0};
    all->use = malloc((n + 1) * sizeof *all->use);
    if (!all->use) {
        return interp_fail(u->I, NULL, NB_EMEM, "out of memory for the terms");
    }
    for (size_t i = 0; i < n; i++) {
        all->use[i] = (struct Use){nb_var_serial(u->sweep->edge[i].to), i};
    }
    all->n = n;
    if (n > 1) {
        qsort(all->use, n, sizeof *all->use, by_variable);
    }
    return true;
}

void uses_free(Uses *all)
{
    free(all->use);
    *all = (Uses){0};
}

const struct Use *uses_of(const Uses *all, const NbVar *x, size_t *n)
{
    uint64_t serial = nb_var_serial(x);
    size_t lo = 0, hi = all->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (all->use[mid].serial < serial) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *n = 0;
    while (lo + *n < all->n && all->use[lo + *n].serial == serial) {
        ++*n;
    }
    return all->use + lo;
}

static const NbContribution *edge_of(const Subject *u, const struct Use *use)
{
    return &u->sweep->edge[use->edge];
}

bool terms_scalar(const Subject *u, const struct Use *use, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!edge_of(u, &use[i])->scalars) {
            return false;
        }
    }
    return true;
}

/* --- one term --- */

static bool direct(const Subject *u, const NbContribution *e)
{
    return e->node == u->f && !e->upstream.tensor;
}

/* "∂v1/∂x", or "∂(x * y)/∂x" where f itself is the consumer. */
static void put_chain(const Subject *u, Text *t, const NbContribution *e)
{
    char node[96], to[96];
    teach_label(u, e->to, to, sizeof to);
    if (direct(u, e)) {
        Text op = text_in(t->lost);
        formula_operation(u->s, &op, e->node);
        formula_fit(u->s, &op, 40);
        report_partial(u->s, t, text_str(&op), to);
        text_free(&op);
        return;
    }
    teach_partial(u, t, e->node);
    text_add(t, " · ");
    report_partial(u->s, t, teach_label(u, e->node, node, sizeof node), to);
}

static void put_pull(const Subject *u, Text *t, const NbContribution *e)
{
    Text upstream = text_in(t->lost);
    if (direct(u, e)) {
        text_add(&upstream, "1");
    } else {
        teach_partial(u, &upstream, e->node);
    }
    formula_pull(u->s, t, e->node, e->input, text_str(&upstream));
    text_free(&upstream);
}

static void put_local_symbols(const Subject *u, Text *t, const NbContribution *e, bool alone)
{
    Text local = text_in(t->lost);
    formula_local(u->s, &local, e->node, e->input);
    if (local.len == 0) {
        formula_factor(u->s, t, e->local, alone);
    } else if (alone) {
        text_add(t, text_str(&local));
    } else {
        nb_text_wrapped(t, text_str(&local));
    }
    text_free(&local);
}

bool terms_local(const Subject *u, const NbContribution *e, NbAmount *local)
{
    *local = (NbAmount){0};
    const NbOp *op = nb_var_op(e->node);
    if (!e->upstream.tensor || !(op->flags & NB_OP_ELEMENTWISE) ||
        !nb_shape_equal(nb_var_shape(e->node), nb_var_shape(e->to))) {
        return false;
    }
    NbAmount ones = {.tensor = nb_tensor_full(nb_var_shape(e->node), 1, NULL)};
    bool ok = ones.tensor && nb_contribution_from(e->node, e->input, &ones, local) == NB_OK;
    *u->s->lost |= !ok;
    nb_err_clear(nb_ctx_err(u->s->ctx));
    nb_amount_free(&ones);
    return ok && local->tensor;
}

/* "[2, 4] · [1, 0]": of few numbers, entry by entry; the product where the derivative is 1 or -1.
 */
static bool put_entries(const Subject *u, Text *t, const NbContribution *e)
{
    NbAmount local;
    if (!e->upstream.tensor || e->upstream.tensor->size > NB_TEXT_SMALL ||
        !terms_local(u, e, &local)) {
        return false;
    }
    bool tells = false;
    for (int64_t i = 0; i < local.tensor->size; i++) {
        tells |= fabs(nb_tensor_at(local.tensor, i)) != 1;
    }
    if (tells) {
        formula_amount(u->s, t, &e->upstream, ENTRIES_WIDTH);
        text_add(t, " · ");
        formula_amount(u->s, t, &local, ENTRIES_WIDTH);
    } else {
        formula_amount(u->s, t, &e->product, ENTRIES_WIDTH);
    }
    nb_amount_free(&local);
    return true;
}

static void put_term(const Subject *u, Text *t, const NbContribution *e, TermStyle style,
                     bool first)
{
    if (style == TERM_CHAIN) {
        put_chain(u, t, e);
        return;
    }
    if (!e->scalars) {
        if (style == TERM_MATRICES &&
            (nb_text_pull_numbers(session_text(u->s), t, e) || put_entries(u, t, e))) {
            return;
        }
        if (style == TERM_SHAPES || style == TERM_MATRICES) {
            nb_text_pull_shapes(t, e);
        } else {
            put_pull(u, t, e);
        }
        return;
    }
    if (!direct(u, e)) {
        if (style == TERM_SYMBOLS) {
            teach_partial(u, t, e->node);
        } else {
            formula_factor(u->s, t, e->upstream.num, first);
        }
        text_add(t, " · ");
    }
    if (style == TERM_SYMBOLS || style == TERM_MIXED) {
        put_local_symbols(u, t, e, first && direct(u, e));
    } else {
        formula_factor(u->s, t, e->local, first && direct(u, e));
    }
}

void terms_put(const Subject *u, Text *t, const struct Use *use, size_t n, TermStyle style,
               int indent, int width)
{
    Text term = text_in(t->lost);
    const NbVar *before = NULL;
    for (size_t i = 0; i < n; i++) {
        const NbContribution *e = edge_of(u, &use[i]);
        if (style == TERM_CHAIN && e->node == before) {
            continue; /* x*x: the chain passes once, the derivative has two parts */
        }
        text_reset(&term);
        if (n > MOST_TERMS && i == MOST_TERMS / 2) {
            size_t hidden = n - MOST_TERMS;
            text_printf(&term, "… %zu more …", hidden);
            i += hidden - 1;
        } else {
            put_term(u, &term, e, style, before == NULL);
        }
        const bool minus = before && !e->scalars && text_str(&term)[0] == '-';
        if (before && text_columns(t) + 3 + text_columns(&term) > width) {
            text_add(t, "\n");
            text_pad(t, indent);
            text_add(t, minus ? "- " : "+ ");
        } else if (before) {
            text_add(t, minus ? " - " : " + ");
        }
        formula_fit(u->s, &term, width - text_columns(t));
        text_add(t, text_str(&term) + minus);
        before = e->node;
    }
    text_free(&term);
}

/* --- LaTeX --- */

void terms_latex_partial(const Subject *u, Text *t, const NbVar *x)
{
    text_add(t, "\\frac{\\partial ");
    nb_text_latex_name(session_text(u->s), t, u->f);
    text_add(t, "}{\\partial ");
    nb_text_latex_name(session_text(u->s), t, x);
    text_add(t, "}");
}

static void latex_partial_of(const Subject *u, Text *t, const NbVar *y, const NbVar *x)
{
    text_add(t, "\\frac{\\partial ");
    nb_text_latex_name(session_text(u->s), t, y);
    text_add(t, "}{\\partial ");
    nb_text_latex_name(session_text(u->s), t, x);
    text_add(t, "}");
}

static void latex_number(const Subject *u, Text *t, double x, bool first)
{
    char buf[64];
    nb_latex_number(x, u->s->set.digits, buf, sizeof buf);
    text_printf(t, !first && buf[0] == '-' ? "(%s)" : "%s", buf);
}

void terms_latex_amount(const Subject *u, Text *t, const NbAmount *a)
{
    if (a->tensor) {
        terms_latex_tensor(u, t, a->tensor);
    } else {
        latex_number(u, t, a->num, true);
    }
}

void terms_latex_tensor(const Subject *u, Text *t, const NbTensor *v)
{
    char shape[160];
    if (v->size > NB_TEXT_SMALL || v->shape.rank > 2 || v->size == 0) {
        text_printf(t, "\\text{%s, length } ", nb_shape_text(&v->shape, shape, sizeof shape));
        latex_number(u, t, nb_text_norm(v), true);
        return;
    }
    int64_t cols = v->shape.rank > 0 ? v->shape.dim[v->shape.rank - 1] : 1;
    text_add(t, "\\begin{pmatrix} ");
    for (int64_t i = 0; i < v->size; i++) {
        text_add(t, i == 0 ? "" : i % cols == 0 ? " \\\\ " : " & ");
        latex_number(u, t, nb_tensor_at(v, i), true);
    }
    text_add(t, " \\end{pmatrix}");
}

static void latex_local(const Subject *u, Text *t, const NbContribution *e, bool alone)
{
    Text local = text_in(t->lost);
    nb_text_latex_local(session_text(u->s), &local, e->node, e->input);
    const char *s = text_str(&local);
    bool sum = !alone && (s[0] == '-' || strstr(s, " + ") || strstr(s, " - "));
    if (local.len == 0) {
        latex_partial_of(u, t, e->node, e->to);
    } else {
        text_printf(t, sum ? "\\left(%s\\right)" : "%s", s);
    }
    text_free(&local);
}

static void latex_term(const Subject *u, Text *t, const NbContribution *e, TermStyle style,
                       bool first)
{
    bool numbers = style == TERM_NUMBERS && e->scalars;
    if (style == TERM_CHAIN && direct(u, e)) {
        latex_partial_of(u, t, e->node, e->to);
        return;
    }
    if (!direct(u, e)) {
        if (e->scalars && (style == TERM_NUMBERS || style == TERM_MIXED)) {
            latex_number(u, t, e->upstream.num, first);
        } else {
            terms_latex_partial(u, t, e->node);
        }
        text_add(t, " \\cdot ");
    }
    if (style == TERM_CHAIN) {
        latex_partial_of(u, t, e->node, e->to);
    } else if (numbers) {
        latex_number(u, t, e->local, first && direct(u, e));
    } else {
        latex_local(u, t, e, first && direct(u, e));
    }
}

void terms_latex(const Subject *u, Text *t, const struct Use *use, size_t n, TermStyle style)
{
    const NbVar *before = NULL;
    for (size_t i = 0; i < n; i++) {
        const NbContribution *e = edge_of(u, &use[i]);
        if (style == TERM_CHAIN && e->node == before) {
            continue;
        }
        text_add(t, before ? " + " : "");
        if (n > MOST_TERMS && i == MOST_TERMS / 2) {
            text_add(t, "\\dots");
            i += n - MOST_TERMS - 1;
        } else {
            latex_term(u, t, e, style, before == NULL);
        }
        before = e->node;
    }
}

/* wrong.c -- the command wrong: classic mistakes, really made, beside the right result */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/wrong.h"

#define MOST_STEPS 100

enum { OPT_LR, OPT_STEPS };

/* --- side by side --- */

static bool differs(const Wrong *w, const NbContributions *right, size_t i)
{
    const NbAmount *r = nb_contributions_total(right, wrong_var(w, i));
    return r && w->reached[i] && !wrong_same(r, &w->sum[i]);
}

static void amount_row(const Wrong *w, Table *table, const NbContributions *right, size_t i,
                       bool first)
{
    Text t = text_in(w->u.s->lost);
    const Session *s = w->u.s;
    const NbAmount *r = nb_contributions_total(right, wrong_var(w, i));
    teach_partial(&w->u, &t, wrong_var(w, i));
    table_text(table, session_text(s), &t);
    if (r) {
        formula_amount(w->u.s, &t, r, 22);
    } else {
        text_add(&t, "-");
    }
    table_text(table, session_text(s), &t);
    formula_amount(w->u.s, &t, &w->sum[i], 22);
    table_text(table, session_text(s), &t);
    wrong_mark(s, &t, first ? "they part here" : "");
    table_text(table, session_text(s), &t);
    text_free(&t);
}

/* Gradients in backward order: what parts, and every leaf while there is room. Returns the row
 * where the numbers part first, w->n when they never do. */
static size_t compare(Wrong *w, Table *table, const NbContributions *right)
{
    size_t first = w->n, shown = 0;
    for (size_t i = w->n; i-- > 0;) {
        bool here = differs(w, right, i);
        bool new = here &&first == w->n;
        first = new ? i : first;
        bool leaf = i < w->u.tape->nleaves;
        if (w->reached[i] && wrong_var(w, i) != w->u.f && (here || leaf || w->n <= WRONG_ROWS) &&
            (shown < WRONG_ROWS || new)) {
            amount_row(w, table, right, i, new);
            shown++;
        }
    }
    return first;
}

/* --- order --- */

/* The consumer of row i that passed on more than once. */
static void say_order(const Wrong *w, size_t i)
{
    char label[96];
    size_t worst = w->n;
    for (size_t k = 0; k < w->u.sweep->n; k++) {
        const NbContribution *e = &w->u.sweep->edge[k];
        size_t at = wrong_index(w, e->node);
        if (e->to == wrong_var(w, i) && (worst == w->n || w->visits[at] > w->visits[worst])) {
            worst = at;
        }
    }
    if (worst < w->n) {
        Text all = text_in(w->u.s->lost);
        const NbAmount *whole = nb_contributions_total(w->u.sweep, wrong_var(w, worst));
        if (whole) {
            formula_amount(w->u.s, &all, whole, 22);
        }
        wrong_say(w, "%s passed on what it held %lu times, each time something reached it;",
                  teach_label(&w->u, wrong_var(w, worst), label, sizeof label),
                  (unsigned long)w->visits[worst]);
        Text partial = text_in(w->u.s->lost);
        report_partial(w->u.s, &partial, w->u.name, label);
        wrong_say(w, "right: wait for all of %s = %s, then pass it on once", text_str(&partial),
                  text_str(&all));
        text_free(&partial);
        text_free(&all);
    }
}

static bool wrong_order(Wrong *w)
{
    Table table;
    if (!wrong_seed(w) || !wrong_sweep_at_once(w)) {
        return false;
    }
    wrong_say(w, "wrong order: a node passes its gradient on as soon as something reaches it");
    if (w->stopped) {
        wrong_say(w, "stopped after %d visits of %zu nodes: it walks every path from %s",
                  WRONG_MOST_VISITS, w->u.tape->nnodes, w->u.name);
        return true;
    }
    wrong_heads(w, &table);
    size_t first = compare(w, &table, w->u.sweep);
    table_show(&table, w->u.s, true);
    if (first == w->n) {
        wrong_say(w, "no difference: here no computed value is used twice. Try");
        wrong_say(w, "  a = 3; b = a + a; c = b + b; wrong order, c");
    } else {
        say_order(w, first);
    }
    return true;
}

/* --- overwrite --- */

/* "4, then 3 in its place; right: 4 + 3 = 7" */
static void say_overwrite(const Wrong *w, size_t i)
{
    Text t = text_in(w->u.s->lost), sum = text_in(w->u.s->lost);
    char label[96];
    size_t parts = 0;
    text_printf(&t, "%s got ", teach_label(&w->u, wrong_var(w, i), label, sizeof label));
    for (size_t k = 0; k < w->u.sweep->n; k++) {
        const NbContribution *e = &w->u.sweep->edge[k];
        if (e->to == wrong_var(w, i) && parts++ < 4) {
            text_add(&t, parts > 1 ? ", then " : "");
            text_add(&sum, parts > 1 ? " + " : "");
            formula_amount(w->u.s, &t, &e->product, 22);
            if (e->product.tensor) {
                formula_amount(w->u.s, &sum, &e->product, 22);
            } else {
                formula_factor(w->u.s, &sum, e->product.num, parts == 1);
            }
        }
    }
    if (parts > 4) {
        text_printf(&t, ", … (%zu parts): the last one stayed", parts);
    } else {
        text_add(&t, " in its place");
    }
    nb_text_cut(&t, w->u.s->columns);
    formula_line(w->u.s, &t, w->u.s->out);
    text_printf(&t, "right: %s%s = ", text_str(&sum), parts > 4 ? " + …" : "");
    formula_amount(w->u.s, &t, nb_contributions_total(w->u.sweep, wrong_var(w, i)), 22);
    nb_text_cut(&t, w->u.s->columns);
    formula_line(w->u.s, &t, w->u.s->out);
    text_free(&t);
    text_free(&sum);
}

static bool wrong_overwrite(Wrong *w)
{
    Table table;
    if (!wrong_seed(w) || !wrong_sweep(w, true)) {
        return false;
    }
    wrong_say(w, "wrong overwrite: each contribution replaces the one before it");
    wrong_heads(w, &table);
    size_t first = compare(w, &table, w->u.sweep);
    table_show(&table, w->u.s, true);
    if (first == w->n) {
        wrong_say(w, "no difference: here no value is used twice. Try f = x*y + x^2");
    } else {
        say_overwrite(w, first);
    }
    return true;
}

/* --- the command --- */

static const char *const names[] = {"order", "overwrite", "noclear", "stale", NULL};
static const char *const docs[] = {"gradients passed on before all of them are in",
                                   "a contribution replaces the one before",
                                   "gradients of earlier steps stay in the sum",
                                   "a sweep over values that were not computed again"};

static bool list_mistakes(const Session *s)
{
    for (size_t i = 0; names[i]; i++) {
        fprintf(s->out, "wrong %s, f%*s%s\n", names[i], (int)(12 - strlen(names[i])), "", docs[i]);
    }
    return true;
}

static bool choose(Interp *I, const Call *c, size_t *which)
{
    char word[32];
    interp_text(I, c->arg[0], word, sizeof word);
    for (*which = 0; names[*which]; ++*which) {
        if (strcmp(names[*which], word) == 0) {
            return c->argc == 2 ||
                   (interp_fail(I, c->node, NB_EVALUE, "wrong %s: of which graph?", word) ||
                    interp_hint(I, "wrong %s, f", word));
        }
    }
    interp_fail(I, c->arg[0], NB_ENAME, "wrong: no mistake called %s", word);
    return interp_hint(I, "order, overwrite, noclear or stale, as in wrong order, f");
}

static bool cmd_wrong(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Wrong w = {0};
    size_t which;
    double lr = 0;
    int64_t steps = 8;
    if (c->argc == 0) {
        return list_mistakes(session_of(I));
    }
    if (!choose(I, c, &which) || !interp_opt_num(I, c, OPT_LR, &lr) ||
        !interp_opt_int(I, c, OPT_STEPS, 1, MOST_STEPS, &steps)) {
        return false;
    }
    bool ok = teach_begin(&w.u, I, c, 1) && teach_sweep(&w.u);
    if (ok) {
        lr = c->opt[OPT_LR].tag == V_UNSET ? wrong_gentle(&w) : lr;
        ok = which == 0   ? wrong_order(&w)
             : which == 1 ? wrong_overwrite(&w)
             : which == 2 ? wrong_noclear(&w, lr, (uint64_t)steps)
                          : wrong_stale(&w, lr);
    }
    wrong_free(&w);
    return ok;
}

static const Builtin rows[] = {
    {"wrong",
     B_COMMAND | B_LAZY | B_WITHIN,
     0,
     2,
     {{"lr", NULL}, {"steps", "8"}},
     cmd_wrong,
     "explaining",
     "wrong order|overwrite|noclear|stale, f [, lr=, steps=8]",
     "Makes a classic mistake on a copy of the graph, beside the right result: order (no "
     "topological order), overwrite (no accumulation), noclear (gradients of earlier steps), stale "
     "(no forward). Nothing of the session changes; wrong alone lists them.",
     "x, y = 2, 3\nf = x*y + x^2\nwrong overwrite, f"},
};

Rows wrong_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

/* teach.c -- what the explaining commands share: their subject, its sweep edge by edge */
#include "cmd/teach.h"

#include <string.h>

#include <nabla/format.h>

#define SMALL_WIDTH 26
#define LONGEST_SUM 50 /* columns of an addition of tensors */

/* --- the subject --- */

bool teach_behind(Session *s, NbVar *root, const NbVar *x)
{
    if (root == x || nb_var_serial(root) < nb_var_serial(x)) {
        return root == x;
    }
    const NbTape *t = nb_graph_tape(root);
    if (!t) {
        session_forget_error(s, false);
        *s->lost = true;
        return false;
    }
    for (size_t i = 0; i < t->nleaves + t->nnodes; i++) {
        if ((i < t->nleaves ? t->leaf[i] : t->node[i - t->nleaves]) == x) {
            return true;
        }
    }
    return false;
}

bool teach_begin_var(Subject *u, Interp *I, const Call *c, const Node *node, NbVar *f)
{
    *u = (Subject){.s = session_of(I), .I = I, .call = c, .node = node, .f = nb_var_ref(f)};
    if (!nb_var_tracked(f)) {
        interp_text(I, node, u->name, sizeof u->name);
        interp_fail(I, node, NB_EVALUE, "%s: %s depends on no variable", c->row->name, u->name);
        return interp_hint(I, "only leaves such as x = 2 get gradients");
    }
    u->tape = nb_graph_tape(f);
    if (!u->tape || !labels_show(u->s->labels, I, f)) {
        return interp_fail_ctx(I, node);
    }
    report_label(u->s, f, u->name, sizeof u->name);
    return true;
}

bool teach_begin(Subject *u, Interp *I, const Call *c, int i)
{
    Value v = UNSET;
    *u = (Subject){.s = session_of(I), .I = I, .call = c};
    if (!interp_eval(I, c->arg[i], &v)) {
        return false;
    }
    bool ok = v.tag == V_VAR;
    if (ok) {
        ok = teach_begin_var(u, I, c, c->arg[i], v.var);
    } else {
        interp_text(I, c->arg[i], u->name, sizeof u->name);
        interp_fail(I, c->arg[i], NB_ETYPE, "%s: expected a variable, got %s", c->row->name,
                    value_kind(v));
        if (v.tag == V_FUNC) {
            interp_hint(I, "call the function first, as in y = %s(x)", u->name);
        } else {
            interp_hint(I, "something computed from variables, such as f = x^2");
        }
    }
    value_unref(&v);
    return ok;
}

void teach_end(Subject *u)
{
    nb_contributions_free(&u->sweep);
    nb_var_unref(&u->f);
}

/* {0} in the text is f, which the argument need not name. */
static void name_subject(const Subject *u, char *text, size_t cap)
{
    Text t = text_in(u->s->lost);
    const char *from = text;
    for (const char *mark; (mark = strstr(from, "{0}")); from = mark + 3) {
        text_addn(&t, from, (size_t)(mark - from));
        text_add(&t, u->name);
    }
    text_add(&t, from);
    snprintf(text, cap, "%s", text_str(&t));
    text_free(&t);
}

/* Takes over an engine error, which names backward, as this command's; returns false. */
static bool teach_fail(Subject *u)
{
    static const char backward[] = "backward: ";
    NbErr *err = nb_ctx_err(u->s->ctx);
    if (strncmp(err->msg, backward, strlen(backward)) == 0) {
        char rest[NB_MSG_MAX];
        snprintf(rest, sizeof rest, "%s", err->msg + strlen(backward));
        snprintf(err->msg, sizeof err->msg, "%s: %.400s", u->call->row->name, rest);
    }
    name_subject(u, err->msg, sizeof err->msg);
    name_subject(u, err->hint, sizeof err->hint);
    char *seed = strstr(err->hint, ", or give seed=");
    if (seed) {
        *seed = '\0';
    }
    return session_fail(u->s, u->node);
}

bool teach_sweep(Subject *u)
{
    if (!u->sweep) {
        u->sweep = nb_contributions(u->f, NULL);
    }
    return u->sweep || teach_fail(u);
}

bool teach_asks(const Session *s)
{
    return session_can_ask(s) && s->depth == 0;
}

/* --- texts --- */

const char *teach_label(const Subject *u, const NbVar *v, char *buf, size_t cap)
{
    return report_label(u->s, v, buf, cap);
}

void teach_partial(const Subject *u, Text *t, const NbVar *x)
{
    char label[96];
    report_partial(u->s, t, u->name, teach_label(u, x, label, sizeof label));
}

void teach_total(const Subject *u, Text *t, const NbVar *x)
{
    const NbAmount *a = nb_contributions_total(u->sweep, x);
    teach_partial(u, t, x);
    text_add(t, " = ");
    if (a) {
        formula_amount(u->s, t, a, SMALL_WIDTH);
    } else {
        text_add(t, "-");
    }
}

void teach_local(const Subject *u, Text *t, const NbContribution *e, bool word)
{
    Text symbols = text_in(t->lost), number = text_in(t->lost), upstream = text_in(t->lost);
    text_add(t, word ? "local " : "");
    if (!e->scalars) {
        char label[96];
        if (e->node == u->f && !e->upstream.tensor) {
            text_add(&upstream, "1");
        } else {
            report_partial(u->s, &upstream, u->name, teach_label(u, e->node, label, sizeof label));
        }
        formula_pull(u->s, &symbols, e->node, e->input, text_str(&upstream));
        text_add(t, text_str(&symbols));
    } else {
        formula_local(u->s, &symbols, e->node, e->input);
        report_number(u->s, &number, e->local);
        bool both = symbols.len > 0 && strcmp(text_str(&symbols), text_str(&number)) != 0;
        nb_text_cut(&symbols, SMALL_WIDTH);
        text_printf(t, both ? "%s = %s" : "%.0s%s", text_str(&symbols), text_str(&number));
    }
    text_free(&symbols);
    text_free(&number);
    text_free(&upstream);
}

void teach_product(const Subject *u, Text *t, const NbContribution *e)
{
    if (e->scalars) {
        formula_factor(u->s, t, e->upstream.num, true);
        text_add(t, " · ");
        formula_factor(u->s, t, e->local, false);
        text_add(t, " = ");
    }
    formula_amount(u->s, t, &e->product, SMALL_WIDTH);
}

static bool is_large(const NbAmount *a)
{
    return a->tensor && a->tensor->size > NB_TEXT_SMALL;
}

/* "- → |g| 0.3", "|g| 0.3 → 0.45": lengths of large gradients do not add up. */
static void put_lengths(const Subject *u, Text *t, const NbContribution *e)
{
    if (e->first) {
        text_add(t, "- → ");
        nb_text_magnitude(session_text(u->s), t, e->after.tensor);
        return;
    }
    nb_text_magnitude(session_text(u->s), t, e->before.tensor);
    text_add(t, " → ");
    report_number(u->s, t, nb_text_norm(e->after.tensor));
}

/* "4 + 3 = 7" */
static void put_addition(const Subject *u, Text *t, const NbContribution *e)
{
    formula_amount(u->s, t, &e->before, SMALL_WIDTH);
    text_add(t, " + ");
    if (!e->product.tensor) {
        formula_factor(u->s, t, e->product.num, false);
    } else {
        formula_amount(u->s, t, &e->product, SMALL_WIDTH);
    }
    text_add(t, " = ");
    formula_amount(u->s, t, &e->after, SMALL_WIDTH);
}

void teach_sum(const Subject *u, Text *t, const NbContribution *e)
{
    Text sum = text_in(t->lost);
    if (is_large(&e->after) && u->s->set.digits != NB_DIGITS_FULL) {
        put_lengths(u, t, e);
        return;
    }
    if (!e->first) {
        put_addition(u, &sum, e);
    }
    if (e->first || (e->product.tensor && text_columns(&sum) > LONGEST_SUM)) {
        text_reset(&sum); /* from what to what */
        text_add(&sum, e->first ? "-" : "");
        if (!e->first) {
            formula_amount(u->s, &sum, &e->before, SMALL_WIDTH);
        }
        text_add(&sum, " → ");
        formula_amount(u->s, &sum, &e->after, SMALL_WIDTH);
    }
    text_add(t, text_str(&sum));
    text_free(&sum);
}

void teach_leaves(const Subject *u, Text *t, int columns)
{
    Text item = text_in(t->lost);
    size_t shown = 0;
    for (size_t i = 0; i < u->tape->nleaves; i++) {
        text_reset(&item);
        teach_total(u, &item, u->tape->leaf[i]);
        int wide = text_columns(t) + text_columns(&item) + 2;
        bool last = i + 1 == u->tape->nleaves;
        if (shown > 0 && wide + (last ? 0 : 12) > columns) {
            text_printf(t, ", … (%zu more)", u->tape->nleaves - shown);
            break;
        }
        text_printf(t, "%s%s", shown++ ? ", " : "", text_str(&item));
    }
    text_free(&item);
}

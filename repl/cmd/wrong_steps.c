/* wrong_steps.c -- the mistakes of `wrong` that show after a step, made on copies of the graph */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "session/clone.h"
#include "cmd/wrong.h"

/* A learning rate with which the first step is no leap. */
double wrong_gentle(const Wrong *w)
{
    double g = 0, x = 1, lr = 0.1;
    NbTensor tmp;
    for (size_t i = 0; i < w->u.tape->nleaves; i++) {
        const NbAmount *a = nb_contributions_total(w->u.sweep, w->u.tape->leaf[i]);
        double norm = !a ? 0 : a->tensor ? nb_text_norm(a->tensor) : fabs(a->num);
        g = fmax(g, norm);
        x = fmax(x, nb_text_norm(nb_var_data(w->u.tape->leaf[i], &tmp)));
    }
    while (lr * g > 0.5 * x && lr > 1e-12) {
        lr /= 10;
    }
    return lr;
}

/* leaf -= lr·gradient for every leaf. */
static void descend(Clone *copy, double lr)
{
    NbTensor tmp;
    for (size_t i = 0; i < copy->nleaves; i++) {
        const NbTensor *g = nb_var_grad_data(copy->leaf[i], &tmp);
        double *x = g ? nb_var_write_begin(copy->leaf[i]) : NULL;
        for (int64_t k = 0; x && k < g->size; k++) {
            x[k] -= lr * nb_tensor_at(g, k);
        }
        if (x) {
            nb_var_write_end(copy->leaf[i]);
        }
    }
}

static void put_gradient(const Wrong *w, Text *t, const NbTensor *g)
{
    if (g && g->size == 1) { /* whatever its shape */
        report_number(w->u.s, t, nb_tensor_at(g, 0));
    } else {
        nb_text_gradient(session_text(w->u.s), t, g, 0, 0);
    }
}

typedef struct Run {
    Clone copy;
    NbContributions *sweep; /* the last one alone, without what was held before it */
    bool clear;
} Run;

static void run_end(Run *r)
{
    nb_contributions_free(&r->sweep);
    clone_end(&r->copy);
}

static bool one_step(Wrong *w, Run *r, double lr, bool move)
{
    if (move) {
        descend(&r->copy, lr);
    }
    for (size_t i = 0; r->clear && i < r->copy.nleaves; i++) {
        nb_var_clear_grad(r->copy.leaf[i]);
    }
    bool ok = nb_forward(r->copy.root, false, NULL) == NB_OK &&
              nb_backward(r->copy.root, NULL) == NB_OK;
    nb_contributions_free(&r->sweep);
    r->sweep = ok && !r->clear ? nb_contributions(r->copy.root, NULL) : NULL;
    return (ok && (r->clear || r->sweep)) || interp_fail_ctx(w->u.I, w->u.node);
}

/* What the last sweep alone gave a leaf; NULL: nothing. */
static const NbTensor *given(const Run *r, size_t i, double *number, NbTensor *tmp)
{
    const NbAmount *a = nb_contributions_total(r->sweep, r->copy.leaf[i]);
    if (!a || a->tensor) {
        return a ? a->tensor : NULL;
    }
    *number = a->num;
    *tmp = nb_tensor_scalar(number);
    return tmp;
}

/* A step that used more than its own sweep. */
static bool holds_more(const Run *r)
{
    NbTensor p, q;
    double number;
    for (size_t i = 0; i < r->copy.nleaves; i++) {
        const NbTensor *held = nb_var_grad_data(r->copy.leaf[i], &p);
        const NbTensor *own = given(r, i, &number, &q);
        if (held && own && !wrong_same_numbers(held, own)) {
            return true;
        }
    }
    return false;
}

/* Columns for two numbers, or for one tensor. */
static size_t shown_leaves(const Run *r)
{
    bool two = r->copy.nleaves > 1 && nb_var_is_scalar(r->copy.leaf[0]) &&
               nb_var_is_scalar(r->copy.leaf[1]);
    return two ? 2 : r->copy.nleaves > 0 ? 1 : 0;
}

/* Gradients are those of the wrong run, so that each sum can be added up; of the right one, f. */
static void step_row(const Wrong *w, Table *table, const Run *right, const Run *bad, uint64_t step,
                     bool first)
{
    const Session *s = w->u.s;
    Text t = text_in(s->lost);
    text_printf(&t, "%llu", (unsigned long long)step);
    table_text(table, session_text(s), &t);
    for (size_t i = 0, n = shown_leaves(right); i < n; i++) {
        double number;
        NbTensor tmp;
        put_gradient(w, &t, given(bad, i, &number, &tmp));
        table_text(table, session_text(s), &t);
        put_gradient(w, &t, nb_var_grad_data(bad->copy.leaf[i], &tmp));
        table_text(table, session_text(s), &t);
    }
    report_number(s, &t, nb_var_value(bad->copy.root));
    table_text(table, session_text(s), &t);
    report_number(s, &t, nb_var_value(right->copy.root));
    table_text(table, session_text(s), &t);
    wrong_mark(s, &t, first ? "here" : "");
    table_text(table, session_text(s), &t);
    text_free(&t);
}

static void step_heads(const Wrong *w, Table *table, size_t leaves)
{
    static const bool right[8] = {true, true, true, true, true, true, true, false};
    static const bool few[6] = {true, true, true, true, true, false};
    char label[96];
    Text t = text_in(w->u.s->lost);
    table_begin(table, w->u.s->lost, leaves > 1 ? 8 : 6, leaves > 1 ? right : few);
    table_cell(table, "step");
    for (size_t i = 0; i < leaves; i++) {
        teach_partial(&w->u, &t, w->u.tape->leaf[i]);
        table_text(table, session_text(w->u.s), &t);
        text_printf(&t, "%s.grad", teach_label(&w->u, w->u.tape->leaf[i], label, sizeof label));
        table_text(table, session_text(w->u.s), &t);
    }
    table_cell(table, w->u.name);
    text_printf(&t, "%s right", w->u.name);
    table_text(table, session_text(w->u.s), &t);
    table_cell(table, "");
    text_free(&t);
}

static bool steps_side_by_side(Wrong *w, Run *right, Run *bad, double lr, uint64_t steps)
{
    Table table;
    bool ok = true, parted = false;
    size_t leaves = shown_leaves(right);
    step_heads(w, &table, leaves);
    for (uint64_t k = 1; ok && k <= steps; k++) {
        ok = interp_poll(w->u.I) && one_step(w, right, lr, k > 1) && one_step(w, bad, lr, k > 1);
        bool here = ok && !parted && holds_more(bad);
        if (ok) {
            step_row(w, &table, right, bad, k, here);
        }
        parted |= here;
    }
    if (ok) {
        if (leaves == 2 && table_width(&table) > w->u.s->columns) {
            table_hide(&table, 3, 2); /* those of the second leaf */
        }
        table_show(&table, w->u.s, true);
    } else {
        table_free(&table);
    }
    return ok;
}

bool wrong_noclear(Wrong *w, double lr, uint64_t steps)
{
    Run right = {.clear = true}, bad = {.clear = false};
    char number[40];
    wrong_say(w, "wrong noclear: gradients are not cleared between steps of lr %s",
              nb_format_number(lr, w->u.s->set.digits, number, sizeof number));
    bool masks = nb_ctx_keep_masks(w->u.s->ctx, true);
    bool ok = clone_begin(&right.copy, w->u.s, w->u.f) && clone_begin(&bad.copy, w->u.s, w->u.f);
    if (!ok) {
        interp_fail_ctx(w->u.I, w->u.node);
    }
    ok = ok && steps_side_by_side(w, &right, &bad, lr, steps);
    run_end(&bad);
    run_end(&right);
    nb_ctx_keep_masks(w->u.s->ctx, masks);
    if (ok && steps > 1) {
        wrong_say(w, "from step 2 on each step uses the sum of all sweeps so far;");
        wrong_say(w, "%s right: the same with cleargrad before each backward", w->u.name);
    }
    return ok;
}

/* --- stale --- */

static void put_moves(const Wrong *w, Text *t, const Clone *moved)
{
    char label[96];
    for (size_t i = 0; i < moved->nleaves && i < 3; i++) {
        text_printf(t, "%s%s: ", i ? ", " : "",
                    teach_label(&w->u, w->u.tape->leaf[i], label, sizeof label));
        NbTensor tmp;
        formula_value(w->u.s, t, w->u.tape->leaf[i], 16);
        text_add(t, " → ");
        const char *letter = formula_letter(w->u.s, w->u.tape->leaf[i], label, sizeof label);
        formula_tensor(w->u.s, t, nb_var_data(moved->leaf[i], &tmp), letter, 16);
    }
    text_add(t, moved->nleaves > 3 ? ", …" : "");
}

/* The wrong sweep runs on a copy whose leaves moved and whose nodes did not. */
static bool sweep_old(Wrong *w, Clone *copy, NbContributions **right)
{
    Subject shown = w->u; /* names are those of the session's graph */
    Wrong on = {.u = shown};
    on.u.f = copy->root;
    on.u.tape = nb_graph_tape(copy->root);
    bool ok = on.u.tape && wrong_seed(&on) && wrong_sweep(&on, false);
    w->sum = on.sum;
    w->reached = on.reached;
    w->visits = on.visits;
    w->n = on.n;
    if (!ok || nb_forward(copy->root, false, NULL) != NB_OK) {
        return ok ? interp_fail_ctx(w->u.I, w->u.node) : false;
    }
    *right = nb_contributions(copy->root, NULL);
    return *right || interp_fail_ctx(w->u.I, w->u.node);
}

static void value_row(const Wrong *w, Table *table, double right, double bad)
{
    Text t = text_in(w->u.s->lost);
    text_add(&t, w->u.name);
    table_text(table, session_text(w->u.s), &t);
    report_number(w->u.s, &t, right);
    table_text(table, session_text(w->u.s), &t);
    report_number(w->u.s, &t, bad);
    table_text(table, session_text(w->u.s), &t);
    wrong_mark(w->u.s, &t, right != bad ? "the old value" : "");
    table_text(table, session_text(w->u.s), &t);
    text_free(&t);
}

/* Row i: looked up by the copy's variable, named by the session's. */
static void old_row(const Wrong *w, Table *table, size_t i, const NbAmount *right, bool part)
{
    Text t = text_in(w->u.s->lost);
    teach_partial(&w->u, &t, wrong_var(w, i));
    table_text(table, session_text(w->u.s), &t);
    formula_amount(w->u.s, &t, right, 22);
    table_text(table, session_text(w->u.s), &t);
    formula_amount(w->u.s, &t, &w->sum[i], 22);
    table_text(table, session_text(w->u.s), &t);
    wrong_mark(w->u.s, &t, part ? "they part here" : "");
    table_text(table, session_text(w->u.s), &t);
    text_free(&t);
}

/* The rows of the copy's gradients; true when some part. */
static bool old_rows(const Wrong *w, Table *table, const Clone *copy, const NbContributions *right)
{
    bool parted = false;
    size_t shown = 0;
    for (size_t i = w->n; i-- > 0;) {
        bool leaf = i < copy->nleaves;
        const NbVar *v = leaf ? copy->leaf[i] : copy->inner.node[i - copy->nleaves];
        const NbAmount *r = nb_contributions_total(right, v);
        if (!r || !w->reached[i] || v == copy->root) {
            continue;
        }
        bool here = !wrong_same(r, &w->sum[i]), new = here && !parted;
        parted |= here;
        if ((here || leaf || w->n <= WRONG_ROWS) && (shown < WRONG_ROWS || new)) {
            old_row(w, table, i, r, new);
            shown++;
        }
    }
    return parted;
}

static bool compare_old(Wrong *w, Clone *copy, double before)
{
    NbContributions *right = NULL;
    Table table;
    bool ok = sweep_old(w, copy, &right);
    if (ok) {
        wrong_heads(w, &table);
        value_row(w, &table, nb_var_value(copy->root), before);
        bool parted = old_rows(w, &table, copy, right);
        table_show(&table, w->u.s, true);
        if (parted) {
            wrong_say(w, "old values of nodes were mixed with new ones of leaves, which backward");
            wrong_say(w, "refuses to do; right: forward %s first", w->u.name);
        } else {
            wrong_say(w,
                      "no gradient here needs an old value, but %s is one; right: forward %s "
                      "first",
                      w->u.name, w->u.name);
        }
    }
    nb_contributions_free(&right);
    return ok;
}

bool wrong_stale(Wrong *w, double lr)
{
    Clone copy;
    Text t = text_in(w->u.s->lost);
    bool masks = nb_ctx_keep_masks(w->u.s->ctx, true);
    bool ok = clone_begin(&copy, w->u.s, w->u.f);
    ok = ok && nb_backward(copy.root, NULL) == NB_OK;
    if (!ok) {
        interp_fail_ctx(w->u.I, w->u.node);
    }
    if (ok) {
        double before = nb_var_value(copy.root);
        descend(&copy, lr);
        text_add(&t, "wrong stale: a step moves ");
        put_moves(w, &t, &copy);
        nb_text_cut(&t, w->u.s->columns - 2);
        formula_line(w->u.s, &t, w->u.s->out);
        wrong_say(w, "and backward runs without forward");
        ok = compare_old(w, &copy, before);
    }
    text_free(&t);
    clone_end(&copy);
    nb_ctx_keep_masks(w->u.s->ctx, masks);
    return ok;
}

/* wrong.c -- the command wrong: classic mistakes, really made, beside the right result */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "clone.h"
#include "cmd/teach.h"

#define MOST_VISITS 20000
#define MOST_ROWS 14
#define MOST_STEPS 100

enum { OPT_LR, OPT_STEPS };

typedef struct Wrong {
    Subject u;
    NbAmount *sum; /* of the wrong sweep, of leaves and then nodes as on the tape */
    bool *reached;
    uint32_t *visits; /* how often a node passed its gradient on */
    size_t n;
    Text reason;      /* why the numbers part where they first do */
    size_t reason_at; /* the row it is about; n: none */
    bool stopped;     /* too many visits */
} Wrong;

/* --- a sweep that does it wrong --- */

static size_t index_of(const Wrong *w, const NbVar *v)
{
    const NbTape *t = w->u.tape;
    bool leaf = nb_var_kind(v) == NB_LEAF;
    NbVar *const *list = leaf ? t->leaf : t->node;
    size_t lo = 0, hi = leaf ? t->nleaves : t->nnodes;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (nb_var_serial(list[mid]) < nb_var_serial(v)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return leaf ? lo : t->nleaves + lo;
}

static NbVar *var_at(const Wrong *w, size_t i)
{
    const NbTape *t = w->u.tape;
    return i < t->nleaves ? t->leaf[i] : t->node[i - t->nleaves];
}

static bool takes(const NbVar *v)
{
    return nb_var_kind(v) == NB_LEAF || (nb_var_kind(v) == NB_INNER && nb_var_inputs(v) > 0);
}

static bool seed(Wrong *w)
{
    size_t root = index_of(w, w->u.f);
    w->n = w->u.tape->nleaves + w->u.tape->nnodes;
    w->reason_at = w->n;
    w->sum = calloc(w->n + 1, sizeof *w->sum);
    w->reached = calloc(w->n + 1, sizeof *w->reached);
    w->visits = calloc(w->n + 1, sizeof *w->visits);
    if (!w->sum || !w->reached || !w->visits) {
        return interp_fail(w->u.I, NULL, NB_EMEM, "out of memory for a wrong sweep");
    }
    w->sum[root].num = 1;
    w->reached[root] = true;
    if (!nb_var_is_scalar(w->u.f)) { /* one element in a tensor */
        w->sum[root].tensor = nb_tensor_full(nb_var_shape(w->u.f), 1, nb_ctx_err(w->u.s->ctx));
        return w->sum[root].tensor || interp_fail_ctx(w->u.I, w->u.node);
    }
    return true;
}

static void wrong_free(Wrong *w)
{
    for (size_t i = 0; w->sum && i < w->n; i++) {
        nb_amount_free(&w->sum[i]);
    }
    free(w->sum);
    free(w->reached);
    free(w->visits);
    text_free(&w->reason);
    teach_end(&w->u);
}

/* sum[to] += product, or = product; takes the product. */
static void give(Wrong *w, size_t to, NbAmount *product, bool overwrite)
{
    if (w->reached[to] && !overwrite) {
        if (product->tensor) {
            NbTensor *sum = nb_tensor_copy(w->sum[to].tensor, NULL);
            if (sum) {
                nb_tensor_add(sum, product->tensor);
                nb_tensor_unref(&product->tensor);
                product->tensor = sum;
            }
        } else {
            product->num += w->sum[to].num;
        }
    }
    nb_amount_free(&w->sum[to]);
    w->sum[to] = *product;
    w->reached[to] = true;
}

static bool pass_on(Wrong *w, size_t from, int input, bool overwrite)
{
    NbVar *v = var_at(w, from);
    NbVar *to = nb_var_input(v, input).var;
    NbAmount product;
    if (nb_contribution_from(v, input, &w->sum[from], &product) != NB_OK) {
        nb_amount_free(&product);
        return interp_fail_ctx(w->u.I, w->u.node);
    }
    give(w, index_of(w, to), &product, overwrite);
    return true;
}

/* In the right order; with overwrite each contribution replaces the one before. */
static bool sweep_in_order(Wrong *w, bool overwrite)
{
    size_t nleaves = w->u.tape->nleaves;
    for (size_t i = w->u.tape->nnodes; i-- > 0;) {
        NbVar *v = w->u.tape->node[i];
        if (i % 256 == 0 && !interp_poll(w->u.I)) {
            return false;
        }
        for (int k = 0; w->reached[nleaves + i] && k < nb_var_inputs(v); k++) {
            NbVar *to = nb_var_input(v, k).var;
            if (to && takes(to) && !pass_on(w, nleaves + i, k, overwrite)) {
                return false;
            }
        }
    }
    return true;
}

typedef struct Visit {
    size_t at;
    int input;
} Visit;

/* Without an order: a node passes on all it holds whenever something reaches it. */
static bool sweep_at_once(Wrong *w)
{
    Visit *stack = malloc((w->n + 2) * sizeof *stack);
    size_t depth = 0, visits = 0;
    bool ok = stack != NULL || interp_fail(w->u.I, NULL, NB_EMEM, "out of memory");
    if (ok) {
        stack[depth++] = (Visit){index_of(w, w->u.f), 0};
    }
    while (ok && depth > 0) {
        Visit *top = &stack[depth - 1];
        NbVar *v = var_at(w, top->at);
        if (top->input == 0) {
            w->visits[top->at]++;
            w->stopped = ++visits > MOST_VISITS;
            ok = visits % 256 != 0 || interp_poll(w->u.I);
        }
        if (!ok || w->stopped) {
            break;
        }
        if (top->input >= nb_var_inputs(v)) {
            depth--;
            continue;
        }
        int k = top->input++;
        NbVar *to = nb_var_input(v, k).var;
        if (to && takes(to)) {
            ok = pass_on(w, top->at, k, false);
            if (ok && nb_var_kind(to) == NB_INNER) {
                stack[depth++] = (Visit){index_of(w, to), 0};
            }
        }
    }
    free(stack);
    return ok;
}

/* --- side by side --- */

static bool same(const NbAmount *a, const NbAmount *b)
{
    if (!a->tensor || !b->tensor) {
        return a->num == b->num || (isnan(a->num) && isnan(b->num));
    }
    for (int64_t i = 0; i < a->tensor->size; i++) {
        double p = nb_tensor_at(a->tensor, i), q = nb_tensor_at(b->tensor, i);
        /* sums in another order may differ in the last digit */
        if (!(fabs(p - q) <= 1e-12 * fmax(fabs(p), fabs(q))) && !(isnan(p) && isnan(q))) {
            return false;
        }
    }
    return true;
}

static bool differs(const Wrong *w, const NbContributions *right, size_t i)
{
    const NbAmount *r = nb_contributions_total(right, var_at(w, i));
    return r && w->reached[i] && !same(r, &w->sum[i]);
}

static void cell(Table *table, const Session *s, Text *t)
{
    Text plain = {0};
    formula_plain(s, &plain, text_str(t));
    table_cell(table, text_str(&plain));
    text_free(&plain);
    text_reset(t);
}

static void heads(const Session *s, Table *table)
{
    static const bool right[4] = {false, true, true, false};
    const char *const head[4] = {"", "right", "wrong", ""};
    (void)s;
    table_begin(table, 4, right);
    for (int i = 0; i < 4; i++) {
        table_cell(table, head[i]);
    }
}

static void amount_row(const Wrong *w, Table *table, const NbContributions *right, size_t i,
                       bool first)
{
    Text t = {0};
    const Session *s = w->u.s;
    const NbAmount *r = nb_contributions_total(right, var_at(w, i));
    teach_partial(&w->u, &t, var_at(w, i));
    cell(table, s, &t);
    if (r) {
        formula_amount(w->u.s, &t, r, 22);
    } else {
        text_add(&t, "-");
    }
    cell(table, s, &t);
    formula_amount(w->u.s, &t, &w->sum[i], 22);
    cell(table, s, &t);
    text_add(&t, first ? (s->set.unicode ? "← they part here" : "<- they part here") : "");
    cell(table, s, &t);
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
        if (w->reached[i] && var_at(w, i) != w->u.f && (here || leaf || w->n <= MOST_ROWS) &&
            (shown < MOST_ROWS || new)) {
            amount_row(w, table, right, i, new);
            shown++;
        }
    }
    return first;
}

static void say(const Wrong *w, const char *fmt, ...) NB_PRINTF(2, 3);
static void say(const Wrong *w, const char *fmt, ...)
{
    va_list ap;
    char line[512];
    Text t = {0};
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    text_add(&t, line);
    formula_cut(&t, COLUMNS);
    formula_line(w->u.s, &t, stdout);
    text_free(&t);
}

/* --- order --- */

/* The consumer of row i that passed on more than once. */
static void say_order(const Wrong *w, size_t i)
{
    char label[96];
    size_t worst = w->n;
    for (size_t k = 0; k < w->u.sweep->n; k++) {
        const NbContribution *e = &w->u.sweep->edge[k];
        size_t at = index_of(w, e->node);
        if (e->to == var_at(w, i) && (worst == w->n || w->visits[at] > w->visits[worst])) {
            worst = at;
        }
    }
    if (worst < w->n) {
        Text all = {0};
        const NbAmount *whole = nb_contributions_total(w->u.sweep, var_at(w, worst));
        if (whole) {
            formula_amount(w->u.s, &all, whole, 22);
        }
        say(w, "%s passed on what it held %lu times, each time something reached it;",
            teach_label(&w->u, var_at(w, worst), label, sizeof label),
            (unsigned long)w->visits[worst]);
        say(w, "right: wait for all of ∂%s/∂%s = %s, then pass it on once", w->u.name, label,
            text_str(&all));
        text_free(&all);
    }
}

static bool wrong_order(Wrong *w)
{
    Table table;
    if (!seed(w) || !sweep_at_once(w)) {
        return false;
    }
    say(w, "wrong order: a node passes its gradient on as soon as something reaches it");
    if (w->stopped) {
        say(w, "stopped after %d visits of %zu nodes: it walks every path from %s", MOST_VISITS,
            w->u.tape->nnodes, w->u.name);
        return true;
    }
    heads(w->u.s, &table);
    size_t first = compare(w, &table, w->u.sweep);
    table_print(&table, stdout, 0);
    if (first == w->n) {
        say(w, "no difference: here no computed value is used twice. Try");
        say(w, "  a = 3; b = a + a; c = b + b; wrong order, c");
    } else {
        say_order(w, first);
    }
    return true;
}

/* --- overwrite --- */

/* "4, then 3 in its place; right: 4 + 3 = 7" */
static void say_overwrite(const Wrong *w, size_t i)
{
    Text t = {0}, sum = {0};
    char label[96];
    size_t parts = 0;
    text_printf(&t, "%s got ", teach_label(&w->u, var_at(w, i), label, sizeof label));
    for (size_t k = 0; k < w->u.sweep->n; k++) {
        const NbContribution *e = &w->u.sweep->edge[k];
        if (e->to == var_at(w, i) && parts++ < 4) {
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
    formula_cut(&t, COLUMNS);
    formula_line(w->u.s, &t, stdout);
    text_printf(&t, "right: %s%s = ", text_str(&sum), parts > 4 ? " + …" : "");
    formula_amount(w->u.s, &t, nb_contributions_total(w->u.sweep, var_at(w, i)), 22);
    formula_cut(&t, COLUMNS);
    formula_line(w->u.s, &t, stdout);
    text_free(&t);
    text_free(&sum);
}

static bool wrong_overwrite(Wrong *w)
{
    Table table;
    if (!seed(w) || !sweep_in_order(w, true)) {
        return false;
    }
    say(w, "wrong overwrite: each contribution replaces the one before it");
    heads(w->u.s, &table);
    size_t first = compare(w, &table, w->u.sweep);
    table_print(&table, stdout, 0);
    if (first == w->n) {
        say(w, "no difference: here no value is used twice. Try f = x*y + x^2");
    } else {
        say_overwrite(w, first);
    }
    return true;
}

/* --- steps on private copies --- */

/* A learning rate with which the first step is no leap. */
static double gentle(const Wrong *w)
{
    double g = 0, x = 1, lr = 0.1;
    NbTensor tmp;
    for (size_t i = 0; i < w->u.tape->nleaves; i++) {
        const NbAmount *a = nb_contributions_total(w->u.sweep, w->u.tape->leaf[i]);
        double norm = !a ? 0 : a->tensor ? report_norm(a->tensor) : fabs(a->num);
        g = fmax(g, norm);
        x = fmax(x, report_norm(nb_var_data(w->u.tape->leaf[i], &tmp)));
    }
    while (lr * g > 0.5 * x && lr > 1e-12) {
        lr /= 10;
    }
    return lr;
}

/* leaf -= lr·gradient for every leaf; `held` are leaf gradients, or NULL for the totals of c. */
static bool descend(Wrong *w, Clone *copy, double lr)
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
    (void)w;
    return true;
}

static void put_gradient(const Wrong *w, Text *t, const NbVar *leaf)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(leaf, &tmp);
    if (g && g->size > 1) {
        text_add(t, "|g| ");
        report_number(w->u.s, t, report_norm(g));
    } else if (g) {
        report_number(w->u.s, t, nb_tensor_at(g, 0));
    } else {
        text_add(t, "-");
    }
}

typedef struct Run {
    Clone copy;
    bool clear;
} Run;

static bool one_step(Wrong *w, Run *r, double lr, bool move)
{
    if (move) {
        descend(w, &r->copy, lr);
    }
    for (size_t i = 0; r->clear && i < r->copy.nleaves; i++) {
        nb_var_clear_grad(r->copy.leaf[i]);
    }
    return (nb_forward(r->copy.root, false, NULL) == NB_OK &&
            nb_backward(r->copy.root, NULL) == NB_OK) ||
           interp_fail_ctx(w->u.I, w->u.node);
}

static bool gradients_differ(const Run *a, const Run *b, size_t i)
{
    NbTensor p, q;
    const NbTensor *g = nb_var_grad_data(a->copy.leaf[i], &p);
    const NbTensor *h = nb_var_grad_data(b->copy.leaf[i], &q);
    return g && h &&
           !same(&(NbAmount){nb_tensor_at(g, 0), (NbTensor *)(size_t)g},
                 &(NbAmount){nb_tensor_at(h, 0), (NbTensor *)(size_t)h});
}

/* Columns for two numbers, or for one tensor. */
static size_t shown_leaves(const Run *r)
{
    bool two = r->copy.nleaves > 1 && nb_var_is_scalar(r->copy.leaf[0]) &&
               nb_var_is_scalar(r->copy.leaf[1]);
    return two ? 2 : r->copy.nleaves > 0 ? 1 : 0;
}

static void step_row(const Wrong *w, Table *table, const Run *right, const Run *bad, uint64_t step,
                     bool first)
{
    const Session *s = w->u.s;
    Text t = {0};
    text_printf(&t, "%llu", (unsigned long long)step);
    cell(table, s, &t);
    for (size_t i = 0, n = shown_leaves(right); i < n; i++) {
        put_gradient(w, &t, right->copy.leaf[i]);
        cell(table, s, &t);
        put_gradient(w, &t, bad->copy.leaf[i]);
        cell(table, s, &t);
    }
    report_number(s, &t, nb_var_value(right->copy.root));
    cell(table, s, &t);
    report_number(s, &t, nb_var_value(bad->copy.root));
    cell(table, s, &t);
    text_add(&t, first ? (s->set.unicode ? "← they part" : "<- they part") : "");
    cell(table, s, &t);
    text_free(&t);
}

static void step_heads(const Wrong *w, Table *table, size_t leaves)
{
    static const bool right[8] = {true, true, true, true, true, true, true, false};
    static const bool few[6] = {true, true, true, true, true, false};
    char label[96];
    Text t = {0};
    table_begin(table, leaves > 1 ? 8 : 6, leaves > 1 ? right : few);
    table_cell(table, "step");
    for (size_t i = 0; i < leaves; i++) {
        teach_partial(&w->u, &t, w->u.tape->leaf[i]);
        cell(table, w->u.s, &t);
        text_printf(&t, "%s.grad", teach_label(&w->u, w->u.tape->leaf[i], label, sizeof label));
        cell(table, w->u.s, &t);
    }
    table_cell(table, w->u.name);
    text_printf(&t, "%s wrong", w->u.name);
    cell(table, w->u.s, &t);
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
        bool here = false;
        for (size_t i = 0; ok && !parted && i < right->copy.nleaves; i++) {
            here |= gradients_differ(right, bad, i);
        }
        if (ok) {
            step_row(w, &table, right, bad, k, here);
        }
        parted |= here;
    }
    if (ok) {
        table_print(&table, stdout, 0);
    } else {
        text_free(&table.cells);
    }
    return ok;
}

static bool wrong_noclear(Wrong *w, double lr, uint64_t steps)
{
    Run right = {.clear = true}, bad = {.clear = false};
    char number[40];
    say(w, "wrong noclear: gradients are not cleared between steps of lr %s",
        nb_format_number(lr, w->u.s->set.digits, number, sizeof number));
    bool masks = nb_ctx_keep_masks(w->u.s->ctx, true);
    bool ok = clone_begin(&right.copy, w->u.s, w->u.f) && clone_begin(&bad.copy, w->u.s, w->u.f);
    if (!ok) {
        interp_fail_ctx(w->u.I, w->u.node);
    }
    ok = ok && steps_side_by_side(w, &right, &bad, lr, steps);
    clone_end(&bad.copy);
    clone_end(&right.copy);
    nb_ctx_keep_masks(w->u.s->ctx, masks);
    if (ok && steps > 1) {
        say(w, "from step 2 on each step uses the sum of all sweeps; right: cleargrad before");
        say(w, "each backward");
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
        formula_tensor(w->u.s, t, nb_var_data(moved->leaf[i], &tmp), label, 16);
    }
    text_add(t, moved->nleaves > 3 ? ", …" : "");
}

/* The wrong sweep runs on a copy whose leaves moved and whose nodes did not. */
static bool sweep_old(Wrong *w, Clone *copy, const NbContributions **right)
{
    Subject shown = w->u; /* names are those of the session's graph */
    Wrong on = {.u = shown};
    on.u.f = copy->root;
    on.u.tape = nb_graph_tape(copy->root);
    bool ok = on.u.tape && seed(&on) && sweep_in_order(&on, false);
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
    Text t = {0};
    text_add(&t, w->u.name);
    cell(table, w->u.s, &t);
    report_number(w->u.s, &t, right);
    cell(table, w->u.s, &t);
    report_number(w->u.s, &t, bad);
    cell(table, w->u.s, &t);
    bool differ = right != bad;
    text_add(&t, differ ? (w->u.s->set.unicode ? "← the old value" : "<- the old value") : "");
    cell(table, w->u.s, &t);
    text_free(&t);
}

static bool compare_old(Wrong *w, Clone *copy, double before)
{
    const NbContributions *right = NULL;
    Table table;
    bool ok = sweep_old(w, copy, &right);
    if (ok) {
        heads(w->u.s, &table);
        value_row(w, &table, nb_var_value(copy->root), before);
        /* rows are looked up by the copy's variables, named by the session's */
        size_t first = w->n;
        size_t shown = 0;
        for (size_t i = w->n; i-- > 0;) {
            const NbTape *t = nb_graph_tape(copy->root);
            NbVar *v = i < t->nleaves ? t->leaf[i] : t->node[i - t->nleaves];
            const NbAmount *r = nb_contributions_total(right, v);
            bool here = r && w->reached[i] && !same(r, &w->sum[i]);
            bool new = here &&first == w->n;
            first = new ? i : first;
            bool leaf = i < t->nleaves;
            if (!r || !w->reached[i] || v == copy->root || !(here || leaf || w->n <= MOST_ROWS) ||
                (shown >= MOST_ROWS && !new)) {
                continue;
            }
            Text cells = {0};
            teach_partial(&w->u, &cells, var_at(w, i));
            cell(&table, w->u.s, &cells);
            formula_amount(w->u.s, &cells, r, 22);
            cell(&table, w->u.s, &cells);
            formula_amount(w->u.s, &cells, &w->sum[i], 22);
            cell(&table, w->u.s, &cells);
            text_add(&cells,
                     new ? (w->u.s->set.unicode ? "← they part here" : "<- they part here") : "");
            cell(&table, w->u.s, &cells);
            text_free(&cells);
            shown++;
        }
        table_print(&table, stdout, 0);
        if (first < w->n) {
            say(w, "old values of nodes were mixed with new ones of leaves, which backward");
            say(w, "refuses to do; right: forward %s first", w->u.name);
        } else {
            say(w, "no gradient here needs an old value, but %s is one; right: forward %s first",
                w->u.name, w->u.name);
        }
    }
    NbContributions *r = (NbContributions *)(size_t)right;
    nb_contributions_free(&r);
    return ok;
}

static bool wrong_stale(Wrong *w, double lr)
{
    Clone copy;
    Text t = {0};
    bool masks = nb_ctx_keep_masks(w->u.s->ctx, true);
    bool ok = clone_begin(&copy, w->u.s, w->u.f);
    ok = ok && nb_backward(copy.root, NULL) == NB_OK;
    if (!ok) {
        interp_fail_ctx(w->u.I, w->u.node);
    }
    if (ok) {
        double before = nb_var_value(copy.root);
        descend(w, &copy, lr);
        text_add(&t, "wrong stale: a step moves ");
        put_moves(w, &t, &copy);
        formula_cut(&t, COLUMNS - 2);
        formula_line(w->u.s, &t, stdout);
        say(w, "and backward runs without forward");
        ok = compare_old(w, &copy, before);
    }
    text_free(&t);
    clone_end(&copy);
    nb_ctx_keep_masks(w->u.s->ctx, masks);
    return ok;
}

/* --- the command --- */

static const struct {
    const char *name, *doc;
} mistakes[] = {
    {"order", "gradients passed on before all of them are in"},
    {"overwrite", "a contribution replaces the one before"},
    {"noclear", "gradients of earlier steps stay in the sum"},
    {"stale", "a sweep over values that were not computed again"},
};

static bool list_mistakes(void)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        printf("wrong %s, f%*s%s\n", mistakes[i].name, (int)(12 - strlen(mistakes[i].name)), "",
               mistakes[i].doc);
    }
    return true;
}

static bool choose(Interp *I, const Call *c, size_t *which)
{
    char word[32];
    interp_text(I, c->arg[0], word, sizeof word);
    for (*which = 0; *which < sizeof mistakes / sizeof mistakes[0]; ++*which) {
        if (strcmp(mistakes[*which].name, word) == 0) {
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
        return list_mistakes();
    }
    if (!choose(I, c, &which) || !interp_opt_num(I, c, OPT_LR, &lr) ||
        !interp_opt_int(I, c, OPT_STEPS, 1, MOST_STEPS, &steps)) {
        return false;
    }
    bool ok = teach_begin(&w.u, I, c, 1) && teach_sweep(&w.u);
    if (ok) {
        lr = c->opt[OPT_LR].tag == V_UNSET ? gentle(&w) : lr;
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
     B_COMMAND | B_LAZY,
     0,
     2,
     {{"lr", NULL}, {"steps", "8"}},
     cmd_wrong,
     "explaining",
     "wrong NAME, f [, lr=, steps=8]",
     "Makes a classic mistake on a copy of the graph, beside the right result: order (no "
     "topological order), overwrite (no accumulation), noclear (gradients of earlier steps), stale "
     "(no forward). Nothing of the session changes; wrong alone lists them.",
     "x, y = 2, 3\nf = x*y + x^2\nwrong overwrite, f"},
};

Rows wrong_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

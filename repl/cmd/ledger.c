/* ledger.c -- the command ledger: every contribution to a gradient since it was cleared */
#include "cmd/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/teach.h"

#define MOST_SWEEPS 256
#define MOST_ROWS 12     /* contributions to one leaf in one sweep that are kept */
#define MOST_NODES 20000 /* of a graph whose sweeps are kept */
#define MOST_ELEMENTS 200000
#define SHOWN_SWEEPS 8
#define MOST_NUMBERS 64 /* of a leaf whose gradients are kept in full digits */

/* --- what is kept: texts, so that no graph is held --- */

typedef struct Row {
    char *node, *local, *product; /* "v1 = x * y", "local y = 3", "1 · 3 = 3" */
} Row;

typedef struct Part { /* of one leaf in one sweep */
    uint64_t serial;  /* of the leaf */
    uint32_t sweeps;  /* added to its gradient, this one included */
    uint64_t hash;    /* of the gradient afterwards */
    char *sum, *after;
    Row row[MOST_ROWS];
    size_t rows, hidden;
} Part;

typedef struct Sweep {
    char *statement;
    Part *part;
    size_t n;
    bool mark;        /* no sweep: here gradients were cleared */
    uint64_t cleared; /* serial of the one; 0: all */
} Sweep;

typedef struct Ledger {
    Sweep sweep[MOST_SWEEPS]; /* oldest first */
    size_t n;
} Ledger;

static void part_free(Part *p)
{
    for (size_t i = 0; i < p->rows; i++) {
        free(p->row[i].node);
        free(p->row[i].local);
        free(p->row[i].product);
    }
    free(p->sum);
    free(p->after);
}

static void sweep_free(Sweep *w)
{
    for (size_t i = 0; i < w->n; i++) {
        part_free(&w->part[i]);
    }
    free(w->part);
    free(w->statement);
    *w = (Sweep){0};
}

static const PartKey ledger_key = {sizeof(Ledger *)};

/* The session's part is a pointer to what is kept: nothing until the first sweep. */
static Ledger **ledger_of(const Session *s)
{
    return session_part(s, &ledger_key);
}

static void forget(Session *s)
{
    Ledger **at = ledger_of(s), *l = *at;
    for (size_t i = 0; l && i < l->n; i++) {
        sweep_free(&l->sweep[i]);
    }
    free(l);
    *at = NULL;
}

const SessionPart ledger_part = {.key = &ledger_key, .forget = forget, .free = forget};

/* Room for one more at the end, the oldest goes when there is none. */
static Sweep *next_sweep(Ledger *l)
{
    if (l->n == MOST_SWEEPS) {
        sweep_free(&l->sweep[0]);
        memmove(&l->sweep[0], &l->sweep[1], (MOST_SWEEPS - 1) * sizeof l->sweep[0]);
        l->n--;
    }
    l->sweep[l->n] = (Sweep){0};
    return &l->sweep[l->n];
}

/* A mark: what lies before it counts again only when the clearing is taken back. */
void ledger_cleared(Session *s, const NbVar *v)
{
    Ledger *l = *ledger_of(s);
    if (!l) {
        return;
    }
    const Sweep *last = l->n > 0 ? &l->sweep[l->n - 1] : NULL;
    if (last && last->mark && !last->cleared) {
        return; /* all is cleared already */
    }
    Sweep *w = next_sweep(l);
    w->mark = true;
    w->cleared = v ? nb_var_serial(v) : 0;
    l->n++;
}

/* --- keeping --- */

bool ledger_wants(const Session *s, const Node *call)
{
    return call == s->unit.node || (s->sweeps_watched && s->unit.sweeps <= MOST_SWEEPS);
}

/* FNV-1a over the bits of a gradient. */
static uint64_t hash_of(const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    uint64_t hash = 14695981039346656037U;
    for (int64_t i = 0; g && i < g->size; i++) {
        double x = nb_tensor_at(g, i);
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        hash = (hash ^ bits) * 1099511628211U;
    }
    return hash;
}

static char *taken(Text *t)
{
    char *s = t->s ? t->s : calloc(1, 1);
    *t->lost |= !s;
    *t = text_in(t->lost);
    return s;
}

static void keep_row(Subject *u, Part *p, const NbContribution *e)
{
    char label[96];
    Text t = text_in(u->s->lost);
    if (p->rows == MOST_ROWS) {
        p->hidden++;
        return;
    }
    Row *row = &p->row[p->rows++];
    if (labels_own(u->s->labels, u->I, e->node, label, sizeof label)[0]) {
        text_printf(&t, "%s = ", label);
    }
    formula_operation(u->s, &t, e->node);
    formula_fit(u->s, &t, 30);
    row->node = taken(&t);
    teach_local(u, &t, e, e->scalars);
    formula_fit(u->s, &t, 30);
    row->local = taken(&t);
    teach_product(u, &t, e);
    row->product = taken(&t);
}

static void keep_part(Subject *u, Part *p, const NbVar *leaf)
{
    Text t = text_in(u->s->lost);
    NbTensor tmp;
    const NbAmount *total = nb_contributions_total(u->sweep, leaf);
    const NbTensor *g = nb_var_grad_data(leaf, &tmp);
    *p = (Part){
        .serial = nb_var_serial(leaf), .sweeps = nb_var_grad_sweeps(leaf), .hash = hash_of(leaf)};
    if (total) {
        formula_amount(u->s, &t, total, 30);
    }
    p->sum = taken(&t);
    if (g) {
        formula_tensor(u->s, &t, g, "g", 30);
    }
    p->after = taken(&t);
}

static bool small_graph(const NbTape *t)
{
    int64_t elements = 0;
    NbTensor tmp;
    for (size_t i = 0; t && i < t->nnodes && t->nnodes <= MOST_NODES; i++) {
        elements += nb_var_data(t->node[i], &tmp)->size;
    }
    return t && t->nnodes <= MOST_NODES && elements <= MOST_ELEMENTS;
}

static bool keep_sweep(Subject *u, Sweep *w, const char *statement)
{
    const NbTape *tape = u->tape;
    w->part = calloc(tape->nleaves + 1, sizeof *w->part);
    w->statement = malloc(strlen(statement) + 1);
    if (!w->part || !w->statement) {
        return false;
    }
    memcpy(w->statement, statement, strlen(statement) + 1);
    for (size_t i = 0; i < tape->nleaves; i++) {
        if (nb_contributions_total(u->sweep, tape->leaf[i])) {
            keep_part(u, &w->part[w->n++], tape->leaf[i]);
        }
    }
    for (size_t i = 0; i < u->sweep->n; i++) {
        const NbContribution *e = &u->sweep->edge[i];
        for (size_t k = 0; nb_var_kind(e->to) == NB_LEAF && k < w->n; k++) {
            if (w->part[k].serial == nb_var_serial(e->to)) {
                keep_row(u, &w->part[k], e);
            }
        }
    }
    return !*u->s->lost;
}

/* Every digit of every number of a large gradient would be kept unasked. */
static bool has_large_leaf(const NbTape *t)
{
    NbTensor tmp;
    for (size_t i = 0; i < t->nleaves; i++) {
        if (nb_var_data(t->leaf[i], &tmp)->size > MOST_NUMBERS) {
            return true;
        }
    }
    return false;
}

void ledger_sweep(Session *s, NbVar *root, const NbTensor *seed, const char *statement)
{
    const NbTape *tape = nb_graph_tape(root);
    int digits = s->set.digits;
    Ledger **at = ledger_of(s);
    if (!*at) {
        *at = calloc(1, sizeof **at);
    }
    Ledger *l = *at;
    *s->lost |= !l;
    if (!l || !small_graph(tape)) {
        return;
    }
    Subject u = {.s = s, .I = s->interp, .f = nb_var_ref(root), .tape = tape};
    if (digits == NB_DIGITS_FULL && has_large_leaf(tape)) {
        s->set.digits = 17;
    }
    report_label(s, root, u.name, sizeof u.name);
    u.sweep = nb_contributions(root, seed);
    if (u.sweep) {
        Sweep *w = next_sweep(l);
        if (keep_sweep(&u, w, statement)) {
            l->n++;
        } else {
            sweep_free(w);
            *s->lost = true;
        }
    } else {
        *s->lost |= nb_ctx_err(s->ctx)->code == NB_EMEM;
        nb_err_clear(nb_ctx_err(s->ctx)); /* interrupted or out of memory: it is missing */
    }
    s->set.digits = digits;
    teach_end(&u);
}

/* --- showing --- */

/* What made up a gradient, newest first: a kept sweep, or some that were not kept. */
typedef struct Item {
    const Sweep *sweep; /* NULL: missing */
    const Part *part;
    uint32_t first, last; /* which of the sweeps since the clearing */
} Item;

static const Part *part_of(const Sweep *w, const NbVar *v)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->part[i].serial == nb_var_serial(v)) {
            return &w->part[i];
        }
    }
    return NULL;
}

static size_t list_items(const Session *s, const NbVar *v, Item *item)
{
    const Ledger *l = *ledger_of(s);
    uint32_t left = nb_var_grad_sweeps(v);
    uint64_t hash = hash_of(v);
    size_t n = 0;
    bool cleared = false;
    for (size_t i = l ? l->n : 0; i-- > 0 && left > 0;) {
        const Sweep *w = &l->sweep[i];
        const Part *p = part_of(w, v);
        if (w->mark && (!w->cleared || w->cleared == nb_var_serial(v))) {
            if (n > 0) {
                break;
            }
            cleared = true; /* unless that was taken back: then the numbers tell */
        }
        bool newest = p && p->sweeps == left && p->hash == hash;
        bool before = p && p->sweeps < left && !cleared;
        if (n == 0 ? !newest && !before : !p || p->sweeps > left) {
            continue; /* of before it was cleared, or taken back */
        }
        if (p->sweeps < left) {
            item[n++] = (Item){NULL, NULL, p->sweeps + 1, left};
        }
        item[n++] = (Item){w, p, p->sweeps, p->sweeps};
        left = p->sweeps - 1;
    }
    if (left > 0) {
        item[n++] = (Item){NULL, NULL, 1, left};
    }
    return n;
}

static int widest(const Item *item, size_t n, bool local)
{
    int width = 0;
    for (size_t i = 0; i < n; i++) {
        const Part *p = item[i].part;
        for (size_t k = 0; p && k < p->rows; k++) {
            int w = nb_text_width(local ? p->row[k].local : p->row[k].node);
            width = w > width ? w : width;
        }
    }
    return width;
}

static void print_rows(const Session *s, const Part *p, int node, int local)
{
    Text t = text_in(s->lost);
    for (size_t k = 0; k < p->rows; k++) {
        text_printf(&t, "   %s", p->row[k].node);
        text_pad(&t, 3 + node + 3);
        text_add(&t, p->row[k].local);
        text_pad(&t, 3 + node + 3 + local + 3);
        if (text_columns(&t) + nb_text_width(p->row[k].product) > s->columns) {
            formula_line(s, &t, s->out);
            text_add(&t, "      ");
        }
        text_add(&t, p->row[k].product);
        formula_line(s, &t, s->out);
    }
    if (p->hidden > 0) {
        text_printf(&t, "   … and %zu uses more", p->hidden);
        formula_line(s, &t, s->out);
    }
    text_free(&t);
}

/* "   together 7   x.grad: 7 + 7 = 14"; before: what it held, NULL when that is not known. */
static void print_sum(const Session *s, const Part *p, const char *name, const char *before)
{
    Text t = text_in(s->lost);
    Text sum = text_in(s->lost);
    text_printf(&t, p->rows + p->hidden > 1 ? "   together %s   " : "   %.0s", p->sum);
    bool lengths = strstr(p->after, "|g|") != NULL;
    if (p->sweeps == 1) {
        text_printf(&sum, "%s.grad: - → %s", name, p->after);
    } else if (before && !lengths && !strstr(before, "|g|")) {
        text_printf(&sum, p->sum[0] == '-' ? "%s.grad: %s + (%s) = %s" : "%s.grad: %s + %s = %s",
                    name, before, p->sum, p->after);
    } else {
        text_printf(&sum, "%s.grad: %s → %s", name, before ? before : "…", p->after);
    }
    if (text_columns(&t) > 3 && text_columns(&t) + text_columns(&sum) > s->columns) {
        formula_line(s, &t, s->out);
        text_add(&t, "   ");
    }
    text_add(&t, text_str(&sum));
    formula_line(s, &t, s->out);
    text_free(&t);
    text_free(&sum);
}

static void print_missing(const Session *s, const Item *item)
{
    Text t = text_in(s->lost);
    uint32_t n = item->last - item->first + 1;
    if (n == 1) {
        text_printf(&t, "%lu  not itemised", (unsigned long)item->first);
    } else {
        text_printf(&t, "%lu to %lu  not itemised", (unsigned long)item->first,
                    (unsigned long)item->last);
    }
    text_add(&t, ": in a loop, by minimize, of a large graph, or loaded");
    formula_line(s, &t, s->out);
    if (!s->sweeps_watched) {
        text_add(&t, "   (the ledger was not asked for then; from now on loops are itemised)");
        formula_line(s, &t, s->out);
    }
    text_free(&t);
}

static void print_items(Session *s, const Item *item, size_t n, const char *name)
{
    int node = widest(item, n, false), local = widest(item, n, true);
    const char *before = NULL;
    for (size_t i = n; i-- > 0;) { /* oldest first */
        size_t at = n - 1 - i;
        if (n > SHOWN_SWEEPS && at == SHOWN_SWEEPS / 2) {
            Text t = text_in(s->lost);
            text_printf(&t, "… %zu more", n - SHOWN_SWEEPS);
            formula_line(s, &t, s->out);
            text_free(&t);
            i -= n - SHOWN_SWEEPS - 1;
            before = item[i].part ? item[i].part->after : NULL;
            continue;
        }
        if (!item[i].sweep) {
            print_missing(s, &item[i]);
            before = NULL;
            continue;
        }
        fprintf(s->out, "%lu  %s\n", (unsigned long)item[i].first, item[i].sweep->statement);
        print_rows(s, item[i].part, node, local);
        print_sum(s, item[i].part, name, before);
        before = item[i].part->after;
    }
}

/* The kept sweeps, oldest first, a row for each use; plain: the same as lines, taken. */
static void show_items(Session *s, const Item *item, size_t n, const char *name, char *plain)
{
    char number[32];
    Table table;
    Text t = text_in(s->lost);
    text_printf(&t, "%s.grad", name);
    const char *const head[] = {"", "sweep", "use", "local", "product", text_str(&t)};
    enum { N = sizeof head / sizeof head[0] };
    table_begin(&table, s->lost, N, NULL);
    for (int i = 0; i < N; i++) {
        table_cell(&table, head[i]);
    }
    for (size_t i = n; i-- > 0;) {
        const Part *p = item[i].part;
        snprintf(number, sizeof number, "%lu", (unsigned long)item[i].first);
        for (size_t k = 0; k < (p && p->rows > 0 ? p->rows : 1); k++) {
            bool row = p && k < p->rows;
            table_cell(&table, k == 0 ? number : "");
            table_cell(&table, k > 0 ? "" : p ? item[i].sweep->statement : "not itemised");
            table_cell(&table, row ? p->row[k].node : "");
            table_cell(&table, row ? p->row[k].local : "");
            table_cell(&table, row ? p->row[k].product : "");
            table_cell(&table, p && k + 1 >= p->rows ? p->after : "");
        }
    }
    text_free(&t);
    table_beside(&table, s, true, plain);
}

static bool print_ledger(Session *s, NbVar *v, const char *name)
{
    NbTensor tmp;
    Text t = text_in(s->lost);
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    uint32_t sweeps = nb_var_grad_sweeps(v);
    if (!g) {
        fprintf(s->out, "%s.grad = -: nothing was added since it was cleared\n", name);
        return true;
    }
    Item *item = malloc(2 * (MOST_SWEEPS + 1) * sizeof *item);
    if (!item) {
        return interp_fail(s->interp, NULL, NB_EMEM, "out of memory for the ledger");
    }
    size_t n = list_items(s, v, item);
    text_printf(&t, "%s.grad = ", name);
    formula_tensor(s, &t, g, "g", 40);
    text_printf(&t, ", from %lu sweep%s", (unsigned long)sweeps, sweeps == 1 ? "" : "s");
    formula_line(s, &t, s->out);
    text_free(&t);
    if (session_takes_forms(s)) {
        Capture c;
        session_capture(s, &c);
        print_items(s, item, n, name);
        show_items(s, item, n, name, session_captured(s, &c));
    } else {
        print_items(s, item, n, name);
    }
    free(item);
    return true;
}

static bool cmd_ledger(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    bool ok = true;
    for (int i = 0; ok && i < c->argc; i++) {
        Value v = UNSET;
        char name[96];
        interp_text(I, c->arg[i], name, sizeof name);
        ok = interp_eval(I, c->arg[i], &v);
        if (ok && v.tag == V_VAR && nb_var_kind(v.var) == NB_LEAF) {
            ok = print_ledger(s, v.var, name);
        } else if (ok) {
            bool inner = v.tag == V_VAR && nb_var_kind(v.var) == NB_INNER;
            interp_fail(I, c->arg[i], NB_ETYPE, "ledger: %s is no leaf", name);
            ok = interp_hint(I,
                             inner ? "gradients of computed values start anew in each sweep: "
                                     "explain %s"
                                   : "only leaves such as x = 2 keep a gradient; %s does not",
                             name);
        }
        value_unref(&v);
    }
    s->sweeps_watched = true;
    return ok;
}

static const Builtin rows[] = {
    {"ledger",
     B_COMMAND | B_LAZY | B_WITHIN,
     1,
     -1,
     {{0}},
     cmd_ledger,
     "explaining",
     "ledger x",
     "Every contribution to x.grad since it was cleared, by backward call and consumer. Sweeps "
     "inside loops are itemised only after the first ledger command.",
     "x = 2\nf = x^2 + 3*x\nbackward f\nbackward f\nledger x"},
};

Rows ledger_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

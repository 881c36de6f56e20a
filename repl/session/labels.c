/* labels.c -- names to show for nodes: x, x~1 for an earlier x, v1 for an unnamed one */
#include "session/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "base/mem.h"
#include "text/operation.h"

typedef struct Entry {
    NbVar *var;       /* keeps a reference */
    const char *name; /* NULL: unnamed */
    uint32_t number;  /* the 1 of v1 or of x~1; 0: the name alone */
} Entry;

typedef struct Table { /* sorted by address of var */
    Entry *entry;
    size_t n, cap;
} Table;

struct Labels {
    Table shown, older;
    NbVar *root; /* of the graph last shown */
    bool older_valid, quiet;
};

Labels *labels_new(void)
{
    return calloc(1, sizeof(Labels));
}

static void table_clear(Table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        nb_var_unref(&t->entry[i].var);
    }
    t->n = 0;
}

void labels_forget(Labels *l)
{
    table_clear(&l->shown);
    table_clear(&l->older);
    l->older_valid = false;
    nb_var_unref(&l->root);
}

void labels_back(Labels *l, uint64_t serial)
{
    if (l->root && nb_var_serial(l->root) > serial) {
        labels_forget(l);
    }
}

void labels_free(Labels **pl)
{
    if (*pl) {
        labels_forget(*pl);
        free((*pl)->shown.entry);
        free((*pl)->older.entry);
        free(*pl);
        *pl = NULL;
    }
}

void labels_changed(Labels *l)
{
    if (l->older_valid) {
        table_clear(&l->older);
        l->older_valid = false;
    }
}

static bool table_add(Table *t, NbVar *v, const char *name, uint32_t number)
{
    if (!nb_grow(&t->entry, &t->cap, t->n + 1, sizeof *t->entry)) {
        return false;
    }
    t->entry[t->n++] = (Entry){nb_var_ref(v), name, number};
    return true;
}

static int by_address(const void *a, const void *b)
{
    uintptr_t p = (uintptr_t)((const Entry *)a)->var, q = (uintptr_t)((const Entry *)b)->var;
    return (p > q) - (p < q);
}

static const Entry *table_find(const Table *t, const NbVar *v)
{
    size_t lo = 0, hi = t->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if ((uintptr_t)t->entry[mid].var < (uintptr_t)v) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < t->n && t->entry[lo].var == v ? &t->entry[lo] : NULL;
}

void each_live_root(Interp *I, void (*fn)(void *user, NbVar *root), void *user)
{
    for (int i = 0, n = interp_symbols(I); i < n; i++) {
        Value v = interp_get(I, i);
        if (v.tag == V_VAR) {
            fn(user, v.var);
        } else if (v.tag == V_LIST) {
            for (int k = 0; k < v.list->n; k++) {
                if (v.list->item[k].tag == V_VAR) {
                    fn(user, v.list->item[k].var);
                }
            }
        }
    }
}

static Value bound_to(Interp *I, const char *name)
{
    int symbol = interp_symbol(I, name);
    return symbol < 0 ? UNSET : interp_get(I, symbol);
}

static bool binds(Interp *I, const NbVar *v)
{
    const char *name = nb_var_name(v);
    if (!name) {
        return false;
    }
    Value now = bound_to(I, name);
    return now.tag == V_VAR && now.var == v;
}

void labels_quiet(Labels *l, bool quiet)
{
    l->quiet = quiet;
}

/* --- nodes that their name no longer binds --- */

typedef struct Search {
    Labels *l;
    Interp *I;
} Search;

static void add_older(Search *s, NbVar *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (nb_var_name(v[i]) && !binds(s->I, v[i])) {
            table_add(&s->l->older, v[i], nb_var_name(v[i]), 0);
        }
    }
}

static void search_root(void *user, NbVar *root)
{
    Search *s = user;
    const NbTape *tape = nb_graph_tape(root);
    add_older(s, &root, 1);
    if (tape) {
        add_older(s, tape->node, tape->nnodes);
        add_older(s, tape->leaf, tape->nleaves);
        add_older(s, tape->other, tape->nother);
    }
}

/* By name, newest first. */
static int by_name_and_age(const void *a, const void *b)
{
    const Entry *p = a, *q = b;
    int order = p->name == q->name ? 0 : strcmp(p->name, q->name);
    if (order != 0) {
        return order;
    }
    uint64_t s = nb_var_serial(p->var), t = nb_var_serial(q->var);
    return (s < t) - (s > t);
}

static void find_older(Labels *l, Interp *I)
{
    if (l->older_valid || l->quiet) {
        return;
    }
    Search s = {l, I};
    each_live_root(I, search_root, &s);
    if (l->root) {
        search_root(&s, l->root);
    }
    Table *t = &l->older;
    if (t->n > 0) {
        qsort(t->entry, t->n, sizeof *t->entry, by_name_and_age);
    }
    size_t kept = 0;
    uint32_t number = 0;
    for (size_t i = 0; i < t->n; i++) {
        Entry *e = &t->entry[i];
        if (kept > 0 && t->entry[kept - 1].var == e->var) {
            nb_var_unref(&e->var);
            continue;
        }
        bool first = kept == 0 || t->entry[kept - 1].name != e->name;
        number = !first ? number + 1 : bound_to(I, e->name).tag == V_UNSET ? 0 : 1;
        Entry moved = *e;
        moved.number = number;
        t->entry[kept++] = moved;
    }
    t->n = kept;
    if (t->n > 0) {
        qsort(t->entry, t->n, sizeof *t->entry, by_address);
    }
    l->older_valid = true;
}

/* --- unnamed nodes of the graph last shown --- */

/* The next number whose v-name the user has not taken. */
static uint32_t next_free(Interp *I, uint32_t number)
{
    char name[24];
    do {
        snprintf(name, sizeof name, "v%u", ++number);
    } while (bound_to(I, name).tag != V_UNSET);
    return number;
}

bool labels_show(Labels *l, Interp *I, NbVar *root)
{
    const NbTape *tape = nb_graph_tape(root);
    if (!tape) {
        return false;
    }
    table_clear(&l->shown);
    nb_var_ref(root);
    nb_var_unref(&l->root);
    l->root = root;
    labels_changed(l);
    uint32_t number = 0;
    for (size_t i = 0; i < tape->nnodes; i++) {
        if (!nb_var_name(tape->node[i])) {
            number = next_free(I, number);
            if (!table_add(&l->shown, tape->node[i], NULL, number)) {
                return false;
            }
        }
    }
    if (l->shown.n > 0) {
        qsort(l->shown.entry, l->shown.n, sizeof *l->shown.entry, by_address);
    }
    return true;
}

NbVar *labels_root(const Labels *l)
{
    return l->root;
}

/* --- asking --- */

const char *labels_own(Labels *l, Interp *I, const NbVar *v, char *buf, size_t cap)
{
    const char *name = nb_var_name(v);
    buf[0] = '\0';
    if (name && binds(I, v)) {
        snprintf(buf, cap, "%s", name);
    } else if (name) {
        find_older(l, I);
        const Entry *e = table_find(&l->older, v);
        uint32_t number = e ? e->number : bound_to(I, name).tag == V_UNSET ? 0 : 1;
        if (number == 0) {
            snprintf(buf, cap, "%s", name);
        } else {
            snprintf(buf, cap, "%s~%u", name, number);
        }
    } else {
        const Entry *e = table_find(&l->shown, v);
        if (e) {
            snprintf(buf, cap, "v%u", e->number);
        }
    }
    return buf;
}

bool labels_leads_to(Labels *l, Interp *I, const NbVar *v)
{
    const char *name = nb_var_name(v);
    if (!name || binds(I, v) || bound_to(I, name).tag == V_UNSET) {
        return true;
    }
    find_older(l, I);
    return table_find(&l->older, v);
}

#define TEXT_DEPTH 3
#define TEXT_INPUTS 4

/* Names inside the text of an operation that has none. */
typedef struct Within {
    Labels *l;
    Interp *I;
    int depth;
} Within;

static const char *describe(void *user, const NbVar *v, char *buf, size_t cap)
{
    const Within *w = user;
    char number[40], shape[160];
    if (labels_own(w->l, w->I, v, buf, cap)[0]) {
        return buf;
    }
    const NbOp *op = nb_var_op(v);
    if (!op) {
        snprintf(buf, cap, "%s",
                 nb_var_is_scalar(v) ? nb_format_number(nb_var_value(v), 6, number, sizeof number)
                                     : nb_shape_text(nb_var_shape(v), shape, sizeof shape));
    } else if (w->depth == 0 || nb_var_inputs(v) > TEXT_INPUTS) {
        snprintf(buf, cap, "%s(…)", op->name);
    } else {
        Within deeper = {w->l, w->I, w->depth - 1};
        Text t = text_over(buf, cap);
        nb_text_operation((NbTextStyle){.user = &deeper, .label = describe, .digits = 6}, &t, v);
    }
    return buf;
}

const char *labels_name(Labels *l, Interp *I, const NbVar *v, char *buf, size_t cap)
{
    return describe(&(Within){l, I, TEXT_DEPTH}, v, buf, cap);
}

NbVar *labels_find(Labels *l, Interp *I, const char *name)
{
    const char *tilde = strchr(name, '~');
    if (!tilde && name[0] == 'v' && name[1] >= '1' && name[1] <= '9') {
        unsigned long number = strtoul(name + 1, NULL, 10);
        for (size_t i = 0; i < l->shown.n; i++) {
            if (l->shown.entry[i].number == number) {
                return l->shown.entry[i].var;
            }
        }
    }
    size_t len = tilde ? (size_t)(tilde - name) : strlen(name);
    unsigned long number = tilde ? strtoul(tilde + 1, NULL, 10) : 0;
    find_older(l, I);
    for (size_t i = 0; i < l->older.n; i++) {
        const Entry *e = &l->older.entry[i];
        if (e->number == number && strncmp(e->name, name, len) == 0 && e->name[len] == '\0') {
            return e->var;
        }
    }
    return NULL;
}

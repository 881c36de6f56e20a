/* journal.c -- what a unit overwrote: states saved before their first change, and put back */
#include "session/journal.h"

#include <stdlib.h>
#include <string.h>

typedef enum Kind { BINDING, VARIABLE, EDGES, OPTIMIZER, MODULE, SETTINGS, WATCHES } Kind;

typedef struct Entry {
    Kind kind;
    int symbol; /* BINDING */
    bool is_const;
    union {
        Value value; /* BINDING */
        NbVarState var;
        NbEdges edges;
        struct {
            Value owner; /* kept alive */
            NbOptim *optim;
            NbOptimState *state;
        } o;
        struct {
            Value owner;
            NbModule *module;
            NbModuleState *state;
        } m;
        Settings *set;
        Watches *watches;
    };
} Entry;

struct Journal {
    Entry *entry;
    size_t n, cap;
    size_t bytes;
    bool undone;  /* the entries hold the state after the unit */
    NbRng rng[2]; /* of draws, of dropout masks */
    Marks marks;
    /* Index over the entries by object, for journal_absorb: positions + 1, open addressing. */
    size_t *slot;
    size_t nslots, indexed;
};

Journal *journal_new(void)
{
    return calloc(1, sizeof(Journal));
}

static void entry_release(Entry *e)
{
    switch (e->kind) {
    case BINDING: value_unref(&e->value); break;
    case VARIABLE: nb_var_state_drop(&e->var); break;
    case EDGES: nb_edges_drop(&e->edges); break;
    case OPTIMIZER:
        nb_optim_state_free(&e->o.state);
        value_unref(&e->o.owner);
        break;
    case MODULE:
        nb_module_state_free(&e->m.state);
        value_unref(&e->m.owner);
        break;
    case SETTINGS: free(e->set); break;
    case WATCHES: watches_free(&e->watches); break;
    }
}

/* Later entries first: what an optimizer holds goes before the names that hold it. */
static void forget(Journal *j)
{
    while (j->n > 0) {
        entry_release(&j->entry[--j->n]);
    }
    j->bytes = 0;
    j->undone = false;
    if (j->indexed > 0) {
        memset(j->slot, 0, j->nslots * sizeof *j->slot);
        j->indexed = 0;
    }
}

void journal_free(Journal **pj)
{
    Journal *j = *pj;
    *pj = NULL;
    if (j) {
        forget(j);
        nb_var_unref(&j->marks.swept);
        free(j->entry);
        free(j->slot);
        free(j);
    }
}

void journal_begin(Journal *j, NbCtx *ctx)
{
    if (j->n > 0) {
        forget(j);
    }
    j->undone = false;
    j->rng[0] = *nb_ctx_rng(ctx);
    j->rng[1] = *nb_ctx_dropout_rng(ctx);
}

Marks *journal_marks(Journal *j)
{
    return &j->marks;
}

/* --- saving --- */

/* Room for one entry at the end, taken when the saving has succeeded; NULL when out of memory. */
static Entry *room(Journal *j, Kind kind)
{
    if (j->n == j->cap) {
        size_t cap = j->cap ? 2 * j->cap : 16;
        Entry *grown = realloc(j->entry, cap * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        j->entry = grown;
        j->cap = cap;
    }
    j->entry[j->n].kind = kind;
    return &j->entry[j->n];
}

static bool took(Journal *j, size_t more)
{
    j->n++;
    j->bytes += sizeof(Entry) + more;
    return true;
}

bool journal_binding(Journal *j, int symbol, Value before, bool is_const)
{
    Entry *e = room(j, BINDING);
    if (!e) {
        return false;
    }
    e->symbol = symbol;
    e->is_const = is_const;
    e->value = value_ref(before);
    return took(j, 0);
}

bool journal_var(Journal *j, NbVar *v)
{
    Entry *e = room(j, VARIABLE);
    return e && nb_var_state_save(&e->var, v) && took(j, nb_var_state_bytes(&e->var));
}

bool journal_edges(Journal *j, NbVar *v)
{
    Entry *e = room(j, EDGES);
    return e && nb_edges_save(&e->edges, v) &&
           took(j, e->edges.arg ? e->edges.nin * sizeof *e->edges.arg : 0);
}

bool journal_optim(Journal *j, Obj *owner, NbOptim *o)
{
    Entry *e = room(j, OPTIMIZER);
    if (!e || !(e->o.state = nb_optim_save(o))) {
        return false;
    }
    e->o.optim = o;
    e->o.owner = value_ref((Value){.tag = V_OBJ, .obj = owner});
    return took(j, nb_optim_state_bytes(e->o.state));
}

bool journal_module(Journal *j, Obj *owner, NbModule *m)
{
    Entry *e = room(j, MODULE);
    if (!e || !(e->m.state = nb_module_save(m))) {
        return false;
    }
    e->m.module = m;
    e->m.owner = value_ref((Value){.tag = V_OBJ, .obj = owner});
    return took(j, 0);
}

bool journal_settings(Journal *j, const Settings *set)
{
    Entry *e = room(j, SETTINGS);
    if (!e || !(e->set = malloc(sizeof *set))) {
        return false;
    }
    *e->set = *set;
    return took(j, sizeof *set);
}

bool journal_watches(Journal *j, Watches *before)
{
    Entry *e = before ? room(j, WATCHES) : NULL;
    if (!e) {
        watches_free(&before);
        return false;
    }
    e->watches = before;
    return took(j, 0);
}

/* --- putting back --- */

static void exchange_binding(Entry *e, Interp *I)
{
    Value now = value_ref(interp_get(I, e->symbol));
    bool is_const = interp_is_const(I, e->symbol);
    interp_put(I, e->symbol, e->value, e->is_const);
    e->value = now;
    e->is_const = is_const;
}

static void exchange_settings(Entry *e, Settings *set)
{
    Settings now = *set;
    *set = *e->set;
    *e->set = now;
}

static void exchange(Entry *e, const JournalPlace *p)
{
    switch (e->kind) {
    case BINDING: exchange_binding(e, p->I); break;
    case VARIABLE: nb_var_state_swap(&e->var); break;
    case EDGES: nb_edges_swap(&e->edges); break;
    case OPTIMIZER: nb_optim_swap(e->o.optim, e->o.state); break;
    case MODULE: nb_module_swap(e->m.module, e->m.state); break;
    case SETTINGS:
        if (p->set) {
            exchange_settings(e, p->set);
        }
        break;
    case WATCHES:
        if (p->runs) {
            runs_watches_swap(p->runs, &e->watches);
        }
        break;
    }
}

static void exchange_rng(NbRng *a, NbRng *b)
{
    NbRng before = *a;
    *a = *b;
    *b = before;
}

static void exchange_generators(Journal *j, Interp *I)
{
    exchange_rng(nb_ctx_rng(interp_ctx(I)), &j->rng[0]);
    exchange_rng(nb_ctx_dropout_rng(interp_ctx(I)), &j->rng[1]);
}

void journal_exchange(Journal *j, const JournalPlace *place)
{
    for (size_t i = 0; i < j->n; i++) {
        exchange(&j->entry[j->undone ? i : j->n - 1 - i], place);
    }
    j->undone = !j->undone;
    exchange_generators(j, place->I);
}

/* --- what did not change after all --- */

static bool same_watches(const Entry *e, const JournalPlace *p)
{
    return p->runs && runs_watches_same(p->runs, e->watches);
}

static bool is_same(const Entry *e, const JournalPlace *p)
{
    Value now;
    switch (e->kind) {
    case BINDING:
        now = interp_get(p->I, e->symbol);
        return now.tag == e->value.tag && (now.tag <= V_NONE || now.bits == e->value.bits) &&
               interp_is_const(p->I, e->symbol) == e->is_const;
    case VARIABLE: return nb_var_state_same(&e->var);
    case EDGES: return false;
    case OPTIMIZER: return nb_optim_same(e->o.optim, e->o.state);
    case MODULE: return nb_module_same(e->m.module, e->m.state);
    case SETTINGS: return p->set && memcmp(e->set, p->set, sizeof *p->set) == 0;
    case WATCHES: return same_watches(e, p);
    }
    return false;
}

static bool has_edges(const Journal *j)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == EDGES) {
            return true;
        }
    }
    return false;
}

/* A variable that was cut may have been saved twice: then its states belong together. */
bool journal_settle(Journal *j, const JournalPlace *place)
{
    bool cut = has_edges(j);
    NbCtx *ctx = interp_ctx(place->I);
    size_t kept = 0;
    for (size_t i = 0; i < j->n; i++) {
        Entry e = j->entry[i];
        if (!(cut && e.kind == VARIABLE) && is_same(&e, place)) {
            entry_release(&e);
        } else {
            j->entry[kept++] = e;
        }
    }
    if (kept < j->n && j->indexed > 0) {
        memset(j->slot, 0, j->nslots * sizeof *j->slot);
        j->indexed = 0;
    }
    j->n = kept;
    return kept == 0 && memcmp(&j->rng[0], nb_ctx_rng(ctx), sizeof j->rng[0]) == 0 &&
           memcmp(&j->rng[1], nb_ctx_dropout_rng(ctx), sizeof j->rng[1]) == 0;
}

/* --- joining --- */

static uintptr_t object_of(const Entry *e)
{
    switch (e->kind) {
    case BINDING: return (uintptr_t)e->symbol;
    case VARIABLE: return (uintptr_t)e->var.var;
    case EDGES: return (uintptr_t)e->edges.var;
    case OPTIMIZER: return (uintptr_t)e->o.optim;
    case MODULE: return (uintptr_t)e->m.module;
    case SETTINGS:
    case WATCHES: break;
    }
    return 0;
}

/* Objects made within the unit need no state to go back to. */
static uint64_t serial_of(const Entry *e)
{
    switch (e->kind) {
    case VARIABLE: return nb_var_serial(e->var.var);
    case EDGES: return nb_var_serial(e->edges.var);
    case OPTIMIZER: return nb_optim_serial(e->o.optim);
    case MODULE: return nb_module_serial(e->m.module);
    default: return 0;
    }
}

/* Slot of e's object: occupied when the journal has an entry for it. */
static size_t *find(Journal *j, const Entry *e)
{
    uintptr_t object = object_of(e);
    uint64_t k = ((uint64_t)object * 8 + e->kind) * 0x9e3779b97f4a7c15U;
    size_t at = (k ^ k >> 31) & (j->nslots - 1);
    for (; j->slot[at]; at = (at + 1) & (j->nslots - 1)) {
        const Entry *there = &j->entry[j->slot[at] - 1];
        if (there->kind == e->kind && object_of(there) == object) {
            break;
        }
    }
    return &j->slot[at];
}

static bool make_index(Journal *j, size_t entries)
{
    if (j->nslots < 2 * entries + 2) {
        size_t n = 64;
        while (n < 4 * entries + 4) {
            n *= 2;
        }
        size_t *slot = calloc(n, sizeof *slot);
        if (!slot) {
            return false;
        }
        free(j->slot);
        j->slot = slot;
        j->nslots = n;
        j->indexed = 0;
    }
    for (; j->indexed < j->n; j->indexed++) {
        size_t *slot = find(j, &j->entry[j->indexed]);
        if (!*slot) {
            *slot = j->indexed + 1;
        }
    }
    return true;
}

static size_t entry_bytes(const Entry *e)
{
    return sizeof *e + (e->kind == VARIABLE    ? nb_var_state_bytes(&e->var)
                        : e->kind == OPTIMIZER ? nb_optim_state_bytes(e->o.state)
                                               : 0);
}

bool journal_absorb(Journal *j, Journal *later, uint64_t serial)
{
    if (later->n == 0) {
        return true;
    }
    if (!make_index(j, j->n + later->n)) {
        return false;
    }
    for (size_t i = 0; i < later->n; i++) {
        Entry *e = &later->entry[i];
        size_t *slot = find(j, e);
        if (*slot || serial_of(e) > serial) {
            entry_release(e);
            continue;
        }
        Entry *to = room(j, e->kind);
        if (!to) {
            memmove(later->entry, e, (later->n - i) * sizeof *e);
            later->n -= i;
            return false;
        }
        *to = *e;
        took(j, entry_bytes(e) - sizeof *e);
        *slot = j->n;
        j->indexed = j->n;
    }
    later->n = 0;
    later->bytes = 0;
    return true;
}

/* --- looking --- */

bool journal_empty(const Journal *j)
{
    return j->n == 0;
}

size_t journal_bytes(const Journal *j)
{
    return j->bytes;
}

void journal_trim(Journal *j)
{
    free(j->slot);
    j->slot = NULL;
    j->nslots = j->indexed = 0;
    if (j->n < j->cap) {
        Entry *less = realloc(j->entry, (j->n + (j->n == 0)) * sizeof *less);
        if (less) {
            j->entry = less;
            j->cap = j->n + (j->n == 0);
        }
    }
}

#define LIST_DEPTH 64

static void held_by_value(Value v, void (*fn)(void *user, NbVar *v), void *user, int depth)
{
    if (v.tag == V_VAR) {
        fn(user, v.var);
    }
    for (int i = 0; v.tag == V_LIST && v.list->refs == 1 && depth > 0 && i < v.list->n; i++) {
        held_by_value(v.list->item[i], fn, user, depth - 1);
    }
}

void journal_each_held(const Journal *j, void (*fn)(void *user, NbVar *v), void *user)
{
    for (size_t i = 0; i < j->n; i++) {
        const Entry *e = &j->entry[i];
        if (e->kind == BINDING) {
            held_by_value(e->value, fn, user, LIST_DEPTH);
        } else if (e->kind == VARIABLE) {
            fn(user, e->var.var);
            if (e->var.ggraph) {
                fn(user, e->var.ggraph);
            }
        } else if (e->kind == EDGES) {
            fn(user, e->edges.var);
            for (int k = 0; k < 2; k++) {
                if (e->edges.in[k]) {
                    fn(user, e->edges.in[k]);
                }
            }
            for (int k = 0; e->edges.arg && k < e->edges.nin; k++) {
                if (e->edges.arg[k].var) {
                    fn(user, e->edges.arg[k].var);
                }
            }
        }
    }
}

void journal_each_binding(const Journal *j, void (*fn)(void *user, int symbol, Value before),
                          void *user)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == BINDING) {
            fn(user, j->entry[i].symbol, j->entry[i].value);
        }
    }
}

void journal_each_var(const Journal *j, void (*fn)(void *user, const NbVarState *state), void *user)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == VARIABLE) {
            fn(user, &j->entry[i].var);
        }
    }
}

void journal_each_optim(const Journal *j, void (*fn)(void *user, Obj *owner, const NbOptimState *s),
                        void *user)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == OPTIMIZER) {
            fn(user, j->entry[i].o.owner.obj, j->entry[i].o.state);
        }
    }
}

const Settings *journal_saved_settings(const Journal *j)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == SETTINGS) {
            return j->entry[i].set;
        }
    }
    return NULL;
}

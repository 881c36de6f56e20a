/* journal.c -- what a unit overwrote: states saved before their first change, and put back */
#include "session/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "session/core.h"

typedef struct Entry {
    uint8_t kind; /* TouchKind */
    bool is_const;
    uintptr_t object; /* what it is a state of: address, symbol of a binding, or 0 */
    union {
        Value value; /* of a binding */
        NbVarState var;
        NbEdges edges;
        struct {
            NbOptimState *optim;
            NbModuleState *module;
            Value owner; /* kept alive */
        };
        Settings *set;
        Watches *watches;
        HeldGrads *held;
    };
} Entry;

struct Journal {
    Entry *entry;
    size_t n, cap;
    size_t bytes;
    bool undone; /* the entries hold the state after the unit */
    /* What of the session is not kept in objects: saved with each unit. */
    NbRng rng[2]; /* of draws, of dropout masks */
    uint64_t seed[2];
    NbVar *swept; /* reference */
    bool stepped;
    /* Index over the entries by object, for journal_absorb: positions + 1, open addressing. */
    size_t *slot;
    size_t nslots, indexed;
};

/* --- each kind: what is done with a state of it (journal_save takes it down) --- */

typedef void EachVar(void *user, NbVar *v);

static void binding_release(Entry *e)
{
    value_unref(&e->value);
}

static void binding_exchange(Entry *e, Session *s)
{
    int symbol = (int)e->object;
    Value now = value_ref(interp_get(s->interp, symbol));
    bool is_const = interp_is_const(s->interp, symbol);
    interp_put(s->interp, symbol, e->value, e->is_const);
    e->value = now;
    e->is_const = is_const;
}

static bool binding_same(const Entry *e, const Session *s)
{
    Value now = interp_get(s->interp, (int)e->object);
    return now.tag == e->value.tag && (now.tag <= V_NONE || now.bits == e->value.bits) &&
           interp_is_const(s->interp, (int)e->object) == e->is_const;
}

#define LIST_DEPTH 64

static void held_by_value(Value v, EachVar *fn, void *user, int depth)
{
    if (v.tag == V_VAR) {
        fn(user, v.var);
    }
    for (int i = 0; v.tag == V_LIST && v.list->refs == 1 && depth > 0 && i < v.list->n; i++) {
        held_by_value(v.list->item[i], fn, user, depth - 1);
    }
}

static void binding_held(const Entry *e, EachVar *fn, void *user)
{
    held_by_value(e->value, fn, user, LIST_DEPTH);
}

static void var_release(Entry *e)
{
    nb_var_state_drop(&e->var);
}

static void var_exchange(Entry *e, Session *s)
{
    (void)s;
    nb_var_state_swap(&e->var);
}

static bool var_same(const Entry *e, const Session *s)
{
    (void)s;
    return nb_var_state_same(&e->var);
}

static size_t var_bytes(const Entry *e)
{
    return nb_var_state_bytes(&e->var);
}

static void var_held(const Entry *e, EachVar *fn, void *user)
{
    fn(user, e->var.var);
    if (e->var.ggraph) {
        fn(user, e->var.ggraph);
    }
}

static void edges_release(Entry *e)
{
    nb_edges_drop(&e->edges);
}

static void edges_exchange(Entry *e, Session *s)
{
    (void)s;
    nb_edges_swap(&e->edges);
}

static void edges_held(const Entry *e, EachVar *fn, void *user)
{
    const NbEdges *edges = &e->edges;
    fn(user, edges->var);
    for (int k = 0; k < 2; k++) {
        if (edges->in[k]) {
            fn(user, edges->in[k]);
        }
    }
    for (int k = 0; edges->arg && k < edges->nin; k++) {
        if (edges->arg[k].var) {
            fn(user, edges->arg[k].var);
        }
    }
}

static void optim_release(Entry *e)
{
    nb_optim_state_free(&e->optim);
    value_unref(&e->owner);
}

static void optim_exchange(Entry *e, Session *s)
{
    (void)s;
    nb_optim_swap((NbOptim *)e->object, e->optim);
}

static bool optim_same(const Entry *e, const Session *s)
{
    (void)s;
    return nb_optim_same((const NbOptim *)e->object, e->optim);
}

static size_t optim_bytes(const Entry *e)
{
    return nb_optim_state_bytes(e->optim);
}

static void module_release(Entry *e)
{
    nb_module_state_free(&e->module);
    value_unref(&e->owner);
}

static void module_exchange(Entry *e, Session *s)
{
    (void)s;
    nb_module_swap((NbModule *)e->object, e->module);
}

static bool module_same(const Entry *e, const Session *s)
{
    (void)s;
    return nb_module_same((const NbModule *)e->object, e->module);
}

static void settings_release(Entry *e)
{
    free(e->set);
}

static void settings_exchange(Entry *e, Session *s)
{
    Settings now = s->set;
    s->set = *e->set;
    *e->set = now;
}

static bool settings_same(const Entry *e, const Session *s)
{
    return memcmp(e->set, &s->set, sizeof s->set) == 0;
}

static void watches_release(Entry *e)
{
    watches_free(&e->watches);
}

static void watches_exchange(Entry *e, Session *s)
{
    runs_watches_swap(s->runs, &e->watches);
}

static bool watches_same(const Entry *e, const Session *s)
{
    return runs_watches_same(s->runs, e->watches);
}

static void held_release(Entry *e)
{
    held_free(&e->held);
}

static void held_exchange(Entry *e, Session *s)
{
    held_swap(s, e->held);
}

static bool held_unchanged(const Entry *e, const Session *s)
{
    return held_same(s, e->held);
}

static void held_held(const Entry *e, EachVar *fn, void *user)
{
    held_each(e->held, fn, user);
}

static const struct Kind {
    void (*release)(Entry *e);
    void (*exchange)(Entry *e, Session *s);         /* with the present state */
    bool (*same)(const Entry *e, const Session *s); /* as it is now; NULL: never */
    size_t (*bytes)(const Entry *e);                /* beside the entry; NULL: few */
    void (*held)(const Entry *e, EachVar *fn, void *user);
} kinds[] = {
    [TOUCH_BINDING] = {binding_release, binding_exchange, binding_same, NULL, binding_held},
    [TOUCH_VAR] = {var_release, var_exchange, var_same, var_bytes, var_held},
    [TOUCH_EDGES] = {edges_release, edges_exchange, NULL, NULL, edges_held},
    [TOUCH_OPTIM] = {optim_release, optim_exchange, optim_same, optim_bytes, NULL},
    [TOUCH_MODULE] = {module_release, module_exchange, module_same, NULL, NULL},
    [TOUCH_SETTINGS] = {settings_release, settings_exchange, settings_same, NULL, NULL},
    [TOUCH_WATCHES] = {watches_release, watches_exchange, watches_same, NULL, NULL},
    [TOUCH_HELD] = {held_release, held_exchange, held_unchanged, NULL, held_held},
};

/* Objects made since need no state to go back to; what is no object was always there. */
static uint64_t serial_of(TouchKind kind, uintptr_t object)
{
    switch (kind) {
    case TOUCH_VAR:
    case TOUCH_EDGES: return nb_var_serial((const NbVar *)object);
    case TOUCH_OPTIM: return nb_optim_serial((const NbOptim *)object);
    case TOUCH_MODULE: return nb_module_serial((const NbModule *)object);
    default: return 0;
    }
}

/* --- life --- */

Journal *journal_new(void)
{
    return calloc(1, sizeof(Journal));
}

static void forget_index(Journal *j)
{
    if (j->indexed > 0) {
        memset(j->slot, 0, j->nslots * sizeof *j->slot);
        j->indexed = 0;
    }
}

/* Later entries first: what an optimizer holds goes before the names that hold it. */
static void forget(Journal *j)
{
    while (j->n > 0) {
        Entry *e = &j->entry[--j->n];
        kinds[e->kind].release(e);
    }
    j->bytes = 0;
    j->undone = false;
    forget_index(j);
}

void journal_free(Journal **pj)
{
    Journal *j = *pj;
    *pj = NULL;
    if (j) {
        journal_end(j, false);
        free(j->entry);
        free(j->slot);
        free(j);
    }
}

void journal_begin(Journal *j, Session *s)
{
    forget(j);
    j->rng[0] = *nb_ctx_rng(s->ctx);
    j->rng[1] = *nb_ctx_dropout_rng(s->ctx);
    memcpy(j->seed, s->core->seed, sizeof j->seed);
    j->stepped = s->stepped;
    if (j->swept != s->core->swept) {
        nb_var_unref(&j->swept);
        j->swept = nb_var_ref(s->core->swept);
    }
}

void journal_end(Journal *j, bool keep)
{
    if (!keep) {
        forget(j);
    }
    nb_var_unref(&j->swept);
}

/* --- saving --- */

/* Room for one entry at the end, taken when the saving has succeeded; NULL when out of memory. */
static Entry *room(Journal *j)
{
    bool ok = nb_grow(&j->entry, &j->cap, j->n + 1, sizeof *j->entry);
    return ok ? &j->entry[j->n] : NULL;
}

static void took(Journal *j)
{
    const Entry *e = &j->entry[j->n++];
    size_t (*bytes)(const Entry *e) = kinds[e->kind].bytes;
    j->bytes += sizeof *e + (bytes ? bytes(e) : 0);
}

bool journal_save(Journal *j, const Touch *what, const Session *s, uint64_t serial)
{
    const Value owner = {.tag = V_OBJ, .obj = what->owner};
    if (serial_of(what->kind, what->object) > serial) {
        return true;
    }
    Entry *e = room(j);
    if (!e) {
        return false;
    }
    e->kind = (uint8_t)what->kind;
    e->object = what->object;
    bool ok = true;
    switch (what->kind) {
    case TOUCH_BINDING:
        e->value = value_ref(interp_get(s->interp, (int)what->object));
        e->is_const = interp_is_const(s->interp, (int)what->object);
        break;
    case TOUCH_VAR: ok = nb_var_state_save(&e->var, what->var); break;
    case TOUCH_EDGES: ok = nb_edges_save(&e->edges, what->var); break;
    case TOUCH_OPTIM:
        ok = (e->optim = nb_optim_save(what->optim));
        e->owner = ok ? value_ref(owner) : UNSET;
        break;
    case TOUCH_MODULE:
        ok = (e->module = nb_module_save(what->module));
        e->owner = ok ? value_ref(owner) : UNSET;
        break;
    case TOUCH_SETTINGS:
        ok = (e->set = malloc(sizeof *e->set));
        if (ok) {
            *e->set = s->set;
        }
        break;
    case TOUCH_WATCHES: ok = (e->watches = runs_watches_save(s->runs)); break;
    case TOUCH_HELD: ok = (e->held = held_save(s)); break;
    }
    if (ok) {
        took(j);
    }
    return ok;
}

/* --- putting back --- */

static void exchange_rng(NbRng *a, NbRng *b)
{
    NbRng before = *a;
    *a = *b;
    *b = before;
}

static void exchange_marks(Journal *j, Session *s)
{
    NbVar *swept = s->core->swept;
    bool stepped = s->stepped;
    exchange_rng(nb_ctx_rng(s->ctx), &j->rng[0]);
    exchange_rng(nb_ctx_dropout_rng(s->ctx), &j->rng[1]);
    for (int i = 0; i < 2; i++) {
        uint64_t seed = s->core->seed[i];
        s->core->seed[i] = j->seed[i];
        j->seed[i] = seed;
    }
    s->core->swept = j->swept;
    s->stepped = j->stepped;
    j->swept = swept;
    j->stepped = stepped;
}

void journal_exchange(Journal *j, Session *s)
{
    for (size_t i = 0; i < j->n; i++) {
        Entry *e = &j->entry[j->undone ? i : j->n - 1 - i];
        kinds[e->kind].exchange(e, s);
    }
    j->undone = !j->undone;
    exchange_marks(j, s);
}

/* --- what did not change after all --- */

static bool marks_same(const Journal *j, const Session *s)
{
    return memcmp(&j->rng[0], nb_ctx_rng(s->ctx), sizeof j->rng[0]) == 0 &&
           memcmp(&j->rng[1], nb_ctx_dropout_rng(s->ctx), sizeof j->rng[1]) == 0 &&
           memcmp(j->seed, s->core->seed, sizeof j->seed) == 0 && j->swept == s->core->swept &&
           j->stepped == s->stepped;
}

/* A variable that was cut may have been saved twice: then its states belong together. */
bool journal_settle(Journal *j, const Session *s)
{
    bool cut = false;
    size_t kept = 0;
    for (size_t i = 0; i < j->n; i++) {
        cut = cut || j->entry[i].kind == TOUCH_EDGES;
    }
    for (size_t i = 0; i < j->n; i++) {
        Entry e = j->entry[i];
        const struct Kind *kind = &kinds[e.kind];
        if (kind->same && !(cut && e.kind == TOUCH_VAR) && kind->same(&e, s)) {
            kind->release(&e);
        } else {
            j->entry[kept++] = e;
        }
    }
    if (kept < j->n) {
        forget_index(j);
    }
    j->n = kept;
    return kept == 0 && marks_same(j, s);
}

bool journal_newer(const Journal *j, const Session *s, uint64_t serial, Touch *what)
{
    for (size_t i = 0; i < j->n; i++) {
        const Entry *e = &j->entry[i];
        const uint64_t made = serial_of(e->kind, e->object);
        if (made == 0 || made > serial) {
            *what = (Touch){.kind = e->kind, .object = e->object ? e->object : 1};
            return true;
        }
    }
    *what = (Touch){.kind = TOUCH_VAR};
    return memcmp(j->seed, s->core->seed, sizeof j->seed) != 0;
}

/* --- joining --- */

/* Slot of e's object: occupied when the journal has an entry for it. */
static size_t *find(Journal *j, const Entry *e)
{
    uint64_t k = ((uint64_t)e->object * 8 + e->kind) * 0x9e3779b97f4a7c15U;
    size_t at = (k ^ k >> 31) & (j->nslots - 1);
    for (; j->slot[at]; at = (at + 1) & (j->nslots - 1)) {
        const Entry *there = &j->entry[j->slot[at] - 1];
        if (there->kind == e->kind && there->object == e->object) {
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
        if (*slot || serial_of(e->kind, e->object) > serial) {
            kinds[e->kind].release(e);
            continue;
        }
        Entry *to = room(j);
        if (!to) {
            memmove(later->entry, e, (later->n - i) * sizeof *e);
            later->n -= i;
            return false;
        }
        *to = *e;
        took(j);
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

void journal_each_held(const Journal *j, EachVar *fn, void *user)
{
    for (size_t i = 0; i < j->n; i++) {
        const Entry *e = &j->entry[i];
        if (kinds[e->kind].held) {
            kinds[e->kind].held(e, fn, user);
        }
    }
}

void journal_each_binding(const Journal *j, void (*fn)(void *user, int symbol, Value before),
                          void *user)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == TOUCH_BINDING) {
            fn(user, (int)j->entry[i].object, j->entry[i].value);
        }
    }
}

void journal_each_var(const Journal *j, void (*fn)(void *user, const NbVarState *state), void *user)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == TOUCH_VAR) {
            fn(user, &j->entry[i].var);
        }
    }
}

void journal_each_optim(const Journal *j, void (*fn)(void *user, Obj *owner, const NbOptimState *s),
                        void *user)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == TOUCH_OPTIM) {
            fn(user, j->entry[i].owner.obj, j->entry[i].optim);
        }
    }
}

const Settings *journal_saved_settings(const Journal *j)
{
    for (size_t i = 0; i < j->n; i++) {
        if (j->entry[i].kind == TOUCH_SETTINGS) {
            return j->entry[i].set;
        }
    }
    return NULL;
}

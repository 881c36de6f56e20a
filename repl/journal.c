/* journal.c -- what a unit overwrote: states saved before their first change, and put back */
#include "journal.h"

#include <stdlib.h>
#include <string.h>

typedef enum Kind { BINDING, VARIABLE, OPTIMIZER, MODULE } Kind;

typedef struct Entry {
    Kind kind;
    int symbol;     /* BINDING */
    Value value;    /* BINDING: what was bound; others: the object, kept alive */
    NbVar *var;     /* VARIABLE */
    NbTensor *data; /* its value, NULL for a scalar, which is in num */
    double num;
    NbVar *grad;    /* its gradient; NULL without one */
    NbOptim *optim; /* OPTIMIZER */
    NbOptimState *state;
    NbModule *module; /* MODULE */
    NbModuleState *drawn;
    size_t bytes;
} Entry;

struct Journal {
    Entry *entry;
    size_t n, cap;
    size_t bytes;
    size_t nvars;
    NbRng rng[2]; /* of draws, of dropout masks */
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
    value_unref(&e->value);
    nb_var_unref(&e->var);
    nb_tensor_unref(&e->data);
    nb_var_unref(&e->grad);
    if (e->state) {
        nb_optim_state_free(&e->state);
    }
    nb_module_state_free(&e->drawn);
}

static void forget(Journal *j)
{
    for (size_t i = 0; i < j->n; i++) {
        entry_release(&j->entry[i]);
    }
    j->n = 0;
    j->bytes = 0;
    j->nvars = 0;
    if (j->indexed > 0) {
        memset(j->slot, 0, j->nslots * sizeof *j->slot);
        j->indexed = 0;
    }
}

void journal_free(Journal **pj)
{
    if (*pj) {
        forget(*pj);
        free((*pj)->entry);
        free((*pj)->slot);
        free(*pj);
        *pj = NULL;
    }
}

void journal_begin(Journal *j, NbCtx *ctx)
{
    if (j->n > 0) {
        forget(j);
    }
    j->rng[0] = *nb_ctx_rng(ctx);
    j->rng[1] = *nb_ctx_dropout_rng(ctx);
}

/* A cleared entry at the end; NULL when out of memory. */
static Entry *add(Journal *j, Kind kind)
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
    Entry *e = &j->entry[j->n++];
    memset(e, 0, sizeof *e);
    e->kind = kind;
    e->bytes = sizeof *e;
    j->bytes += sizeof *e;
    return e;
}

static void drop_last(Journal *j)
{
    Entry *e = &j->entry[--j->n];
    j->bytes -= e->bytes;
    entry_release(e);
}

bool journal_binding(Journal *j, int symbol, Value before)
{
    Entry *e = add(j, BINDING);
    if (!e) {
        return false;
    }
    e->symbol = symbol;
    e->value = value_ref(before);
    return true;
}

/* Takes down value and gradient of e->var. */
static bool save_var(Entry *e)
{
    NbTensor tmp;
    if (nb_var_is_scalar(e->var)) {
        e->num = nb_var_value(e->var);
    } else {
        e->data = nb_tensor_copy(nb_var_data(e->var, &tmp), NULL);
        if (!e->data) {
            return false;
        }
        e->bytes += (size_t)e->data->size * sizeof(double);
    }
    if (nb_var_has_grad(e->var)) {
        e->grad = nb_var_grad(e->var);
        if (!e->grad) {
            nb_tensor_unref(&e->data);
            return false;
        }
        e->bytes += e->data ? (size_t)e->data->size * sizeof(double) : 0;
    }
    return true;
}

bool journal_var(Journal *j, NbVar *v)
{
    Entry *e = add(j, VARIABLE);
    if (!e) {
        return false;
    }
    e->var = nb_var_ref(v);
    if (!save_var(e)) {
        drop_last(j);
        return false;
    }
    j->bytes += e->bytes - sizeof *e;
    j->nvars++;
    return true;
}

bool journal_optim(Journal *j, Obj *owner, NbOptim *o)
{
    Entry *e = add(j, OPTIMIZER);
    if (!e) {
        return false;
    }
    e->state = nb_optim_save(o);
    if (!e->state) {
        drop_last(j);
        return false;
    }
    e->optim = o;
    e->value = value_ref((Value){.tag = V_OBJ, .obj = owner});
    for (int i = 0, n = nb_optim_count(o); i < n; i++) {
        int64_t size = 1;
        nb_shape_size(nb_var_shape(nb_optim_at(o, i)), &size, NULL);
        e->bytes += (size_t)(size * nb_optim_rule(o)->nstate) * sizeof(double);
    }
    j->bytes += e->bytes - sizeof *e;
    return true;
}

bool journal_module(Journal *j, Obj *owner, NbModule *m)
{
    Entry *e = add(j, MODULE);
    if (!e) {
        return false;
    }
    e->drawn = nb_module_save(m);
    if (!e->drawn) {
        drop_last(j);
        return false;
    }
    e->module = m;
    e->value = value_ref((Value){.tag = V_OBJ, .obj = owner});
    return true;
}

/* --- putting back --- */

static void swap_binding(Entry *e, Interp *I)
{
    Value now = value_ref(interp_get(I, e->symbol));
    interp_restore(I, e->symbol, e->value);
    e->value = now;
}

static bool same_value(const Entry *e, const Entry *now)
{
    NbTensor tmp;
    if (!e->data) {
        return memcmp(&e->num, &now->num, sizeof e->num) == 0;
    }
    const NbTensor *t = nb_var_data(e->var, &tmp);
    for (int64_t i = 0; i < t->size; i++) {
        double a = nb_tensor_at(t, i), b = nb_tensor_at(e->data, i);
        if (memcmp(&a, &b, sizeof a) != 0) {
            return false;
        }
    }
    return true;
}

/* Only what differs is written: an unchanged value keeps its stamp, so that nothing computed
 * from it looks stale. */
static void swap_var(Entry *e, Entry *now)
{
    if (!same_value(e, now)) {
        if (e->data) {
            nb_var_assign(e->var, e->data);
        } else {
            nb_var_assign_scalar(e->var, e->num);
        }
    }
    if (e->grad) {
        nb_var_put_grad(e->var, e->grad);
    } else {
        nb_var_clear_grad(e->var);
    }
    now->kind = VARIABLE;
    now->bytes = e->bytes;
    nb_var_ref(now->var);
    entry_release(e);
    *e = *now;
}

static void swap_optim(Entry *e, NbOptimState *now)
{
    nb_optim_restore(e->optim, e->state);
    nb_optim_state_free(&e->state);
    e->state = now;
}

static void swap_module(Entry *e, NbModuleState *now)
{
    nb_module_restore(e->module, e->drawn);
    nb_module_state_free(&e->drawn);
    e->drawn = now;
}

static void swap_rng(NbRng *a, NbRng *b)
{
    NbRng before = *a;
    *a = *b;
    *b = before;
}

bool journal_swap(Journal *j, Interp *I)
{
    Entry *now = j->n ? calloc(j->n, sizeof *now) : NULL;
    bool ok = now || j->n == 0;
    for (size_t i = 0; ok && i < j->n; i++) {
        if (j->entry[i].kind == VARIABLE) {
            now[i].var = j->entry[i].var;
            ok = save_var(&now[i]);
        } else if (j->entry[i].kind == OPTIMIZER) {
            now[i].state = nb_optim_save(j->entry[i].optim);
            ok = now[i].state != NULL;
        } else if (j->entry[i].kind == MODULE) {
            now[i].drawn = nb_module_save(j->entry[i].module);
            ok = now[i].drawn != NULL;
        }
    }
    for (size_t i = j->n; i-- > 0 && now;) {
        Entry *e = &j->entry[i];
        if (!ok) { /* nothing was changed yet */
            now[i].var = NULL;
            entry_release(&now[i]);
        } else if (e->kind == BINDING) {
            swap_binding(e, I);
        } else if (e->kind == VARIABLE) {
            swap_var(e, &now[i]);
        } else if (e->kind == MODULE) {
            swap_module(e, now[i].drawn);
        } else {
            swap_optim(e, now[i].state);
        }
    }
    free(now);
    if (ok) {
        swap_rng(nb_ctx_rng(interp_ctx(I)), &j->rng[0]);
        swap_rng(nb_ctx_dropout_rng(interp_ctx(I)), &j->rng[1]);
    }
    return ok;
}

/* --- joining --- */

static uint64_t key_of(const Entry *e)
{
    uintptr_t p = e->kind == VARIABLE ? (uintptr_t)e->var
                  : e->kind == MODULE ? (uintptr_t)e->module
                                      : (uintptr_t)e->optim;
    uint64_t k = e->kind == BINDING ? (uint64_t)e->symbol * 8 + 1 : (uint64_t)p;
    k *= 0x9e3779b97f4a7c15U;
    return k ^ k >> 31;
}

static bool same_object(const Entry *a, const Entry *b)
{
    return a->kind == b->kind && a->symbol == b->symbol && a->var == b->var &&
           a->optim == b->optim && a->module == b->module;
}

/* Slot of e's object: occupied when the journal has an entry for it. */
static size_t *find(Journal *j, const Entry *e)
{
    size_t at = key_of(e) & (j->nslots - 1);
    while (j->slot[at] && !same_object(&j->entry[j->slot[at] - 1], e)) {
        at = (at + 1) & (j->nslots - 1);
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
        *find(j, &j->entry[j->indexed]) = j->indexed + 1;
    }
    return true;
}

bool journal_absorb(Journal *j, Journal *later)
{
    if (!make_index(j, j->n + later->n)) {
        return false;
    }
    for (size_t i = 0; i < later->n; i++) {
        Entry *e = &later->entry[i];
        size_t *slot = find(j, e);
        if (*slot) {
            entry_release(e);
            continue;
        }
        Entry *to = add(j, e->kind);
        if (!to) {
            memmove(later->entry, e, (later->n - i) * sizeof *e);
            later->n -= i;
            return false;
        }
        *to = *e;
        j->bytes += e->bytes - sizeof *e;
        j->nvars += e->kind == VARIABLE;
        *slot = j->n;
        j->indexed = j->n;
    }
    later->n = 0;
    later->bytes = 0;
    later->nvars = 0;
    return true;
}

bool journal_empty(const Journal *j)
{
    return j->n == 0;
}

size_t journal_bytes(const Journal *j)
{
    return j->bytes;
}

bool journal_wrote_value(const Journal *j)
{
    return j->nvars > 0;
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

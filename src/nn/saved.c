/* saved.c -- changes of modules as one object, for undo; modules made anew, for load */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"
#include "nn/module.h"

#define SLOTS (NB_LAYER_PARAMS + NB_LAYER_STATES)

/* Of the module and its descendants, each module before its children. */
typedef struct Held {
    const char *name;
    const NbModule *parent;
    NbVar *var[SLOTS]; /* references, or NULL */
} Held;

struct NbModuleState {
    size_t n;
    Held held[];
};

bool nb_module_changes(const NbModule *m)
{
    bool changes = m->layer->state[0] || nb_module_pending(m);
    for (size_t i = 0; !changes && i < m->nchild; i++) {
        changes = nb_module_changes(m->child[i].module);
    }
    return changes;
}

static size_t modules_in(const NbModule *m)
{
    size_t n = 1;
    for (size_t i = 0; i < m->nchild; i++) {
        n += modules_in(m->child[i].module);
    }
    return n;
}

static NbVar **slot(NbModule *m, int k)
{
    return k < NB_LAYER_PARAMS ? &m->param[k] : &m->state[k - NB_LAYER_PARAMS];
}

static void save(NbModule *m, NbModuleState *s)
{
    Held *h = &s->held[s->n++];
    h->name = m->name;
    h->parent = m->parent;
    for (int k = 0; k < SLOTS; k++) {
        h->var[k] = nb_var_ref(*slot(m, k));
    }
    for (size_t i = 0; i < m->nchild; i++) {
        save(m->child[i].module, s);
    }
}

NbModuleState *nb_module_save(const NbModule *m)
{
    NbModuleState *s = nb_alloc(sizeof *s + modules_in(m) * sizeof s->held[0]);
    if (s) {
        s->n = 0;
        save((NbModule *)(uintptr_t)m, s);
    }
    return s;
}

/* Returns how many modules were put back. */
static size_t swap(NbModule *m, Held *h)
{
    const char *name = m->name;
    const NbModule *parent = m->parent;
    size_t n = 1;
    m->name = h->name;
    m->parent = h->parent;
    h->name = name;
    h->parent = parent;
    for (int k = 0; k < SLOTS; k++) {
        NbVar *v = *slot(m, k);
        *slot(m, k) = h->var[k];
        h->var[k] = v;
    }
    m->listed = false;
    for (size_t i = 0; i < m->nchild; i++) {
        n += swap(m->child[i].module, h + n);
    }
    return n;
}

void nb_module_swap(NbModule *m, NbModuleState *s)
{
    swap(m, s->held);
}

static void put(NbVar **to, NbVar *v)
{
    nb_var_ref(v);
    nb_var_unref(to);
    *to = v;
}

static size_t restore(NbModule *m, const Held *h)
{
    size_t n = 1;
    m->name = h->name;
    m->parent = h->parent;
    for (int k = 0; k < SLOTS; k++) {
        put(slot(m, k), h->var[k]);
    }
    m->listed = false;
    for (size_t i = 0; i < m->nchild; i++) {
        n += restore(m->child[i].module, h + n);
    }
    return n;
}

void nb_module_restore(NbModule *m, const NbModuleState *s)
{
    restore(m, s->held);
}

/* *n: modules compared so far. */
static bool same(NbModule *m, const NbModuleState *s, size_t *n)
{
    const Held *h = &s->held[(*n)++];
    bool ok = m->name == h->name && m->parent == h->parent;
    for (int k = 0; ok && k < SLOTS; k++) {
        ok = *slot(m, k) == h->var[k];
    }
    for (size_t i = 0; ok && i < m->nchild; i++) {
        ok = same(m->child[i].module, s, n);
    }
    return ok;
}

bool nb_module_same(const NbModule *m, const NbModuleState *s)
{
    size_t n = 0;
    return same((NbModule *)(uintptr_t)m, s, &n);
}

void nb_module_state_free(NbModuleState **ps)
{
    NbModuleState *s = *ps;
    *ps = NULL;
    if (!s) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        for (int k = 0; k < SLOTS; k++) {
            nb_var_unref(&s->held[i].var[k]);
        }
    }
    nb_free(s);
}

uint64_t nb_module_serial(const NbModule *m)
{
    return m->serial;
}

/* --- modules made from parts that were written down --- */

NbModule *nb_module_rebuild(NbCtx *ctx, const NbLayer *layer, const NbSettingValue *value)
{
    ctx->hollow = true;
    NbModule *m = nb_module_new(ctx, layer, value);
    ctx->hollow = false;
    return m;
}

NbStatus nb_module_put(NbModule *m, const char *name, NbVar *v)
{
    NbErr *err = nb_ctx_err(m->ctx);
    for (int k = 0; k < NB_LAYER_PARAMS && m->layer->param[k]; k++) {
        if (strcmp(m->layer->param[k], name) == 0) {
            if (nb_var_kind(v) != NB_LEAF || nb_var_shape(v)->rank != 2) {
                return nb_fail(err, NB_EVALUE, "%s: %s is no matrix of weights", m->layer->name,
                               name);
            }
            put(&m->param[k], v);
            m->due &= ~(1U << k);
            m->listed = false;
            return NB_OK;
        }
    }
    for (int k = 0; k < NB_LAYER_STATES && m->layer->state[k]; k++) {
        if (strcmp(m->layer->state[k], name) == 0) {
            if (nb_var_shape(v)->rank != 2) {
                return nb_fail(err, NB_EVALUE, "%s: %s is no matrix", m->layer->name, name);
            }
            put(&m->state[k], v);
            return NB_OK;
        }
    }
    return nb_fail(err, NB_ENAME, "%s has no %s", m->layer->name, name);
}

void nb_module_put_name(NbModule *m, const char *name, const NbModule *parent)
{
    m->name = name;
    m->parent = parent;
}

const char *nb_module_lacks(const NbModule *m)
{
    for (int k = 0; k < NB_LAYER_PARAMS && m->layer->param[k]; k++) {
        if (m->due >> k & 1U) {
            return m->layer->param[k];
        }
    }
    return NULL;
}

const NbModule *nb_module_parent(const NbModule *m)
{
    return m->parent;
}

double nb_module_setting(const NbModule *m, int i)
{
    return i >= 0 && i < NB_LAYER_SETTINGS ? m->num[i] : 0;
}

const NbOp *nb_module_activation(const NbModule *m)
{
    return m->op;
}

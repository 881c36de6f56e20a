/* saved.c -- changes of modules as one object, for undo; modules made anew, for load */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <nabla/saved.h>

#include "base/mem.h"
#include "graph/node.h"
#include "nn/module.h"

#define SLOTS (NB_LAYER_PARAMS + NB_LAYER_STATES)

/* Of the module and its descendants, each once. */
typedef struct Held {
    NbModule *module; /* lives as long as the outermost */
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
    if (!m) {
        return false;
    }
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

static bool is_held(const NbModuleState *s, const NbModule *m)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->held[i].module == m) {
            return true;
        }
    }
    return false;
}

static void save(NbModule *m, NbModuleState *s)
{
    if (is_held(s, m)) {
        return;
    }
    Held *h = &s->held[s->n++];
    h->module = m;
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
    if (!m) {
        return NULL;
    }
    NbModuleState *s = nb_alloc(sizeof *s + modules_in(m) * sizeof s->held[0]);
    if (s) {
        s->n = 0;
        save((NbModule *)(uintptr_t)m, s);
    }
    return s;
}

void nb_module_swap(NbModule *top, NbModuleState *s)
{
    if (!top || !s) {
        return;
    }
    (void)top;
    for (size_t i = 0; i < s->n; i++) {
        Held *h = &s->held[i];
        NbModule *m = h->module;
        const char *name = m->name;
        const NbModule *parent = m->parent;
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
    }
}

static void put(NbVar **to, NbVar *v)
{
    nb_var_ref(v);
    nb_var_unref(to);
    *to = v;
}

void nb_module_restore(NbModule *top, const NbModuleState *s)
{
    if (!top || !s) {
        return;
    }
    (void)top;
    for (size_t i = 0; i < s->n; i++) {
        const Held *h = &s->held[i];
        h->module->name = h->name;
        h->module->parent = h->parent;
        for (int k = 0; k < SLOTS; k++) {
            put(slot(h->module, k), h->var[k]);
        }
        h->module->listed = false;
    }
}

bool nb_module_same(const NbModule *top, const NbModuleState *s)
{
    if (!top || !s) {
        return false;
    }
    (void)top;
    bool same = true;
    for (size_t i = 0; same && i < s->n; i++) {
        const Held *h = &s->held[i];
        same = h->module->name == h->name && h->module->parent == h->parent;
        for (int k = 0; same && k < SLOTS; k++) {
            same = *slot(h->module, k) == h->var[k];
        }
    }
    return same;
}

void nb_module_state_free(NbModuleState **ps)
{
    NbModuleState *s = ps ? *ps : NULL;
    if (!s) {
        return;
    }
    *ps = NULL;
    for (size_t i = 0; i < s->n; i++) {
        for (int k = 0; k < SLOTS; k++) {
            nb_var_unref(&s->held[i].var[k]);
        }
    }
    nb_free(s);
}

uint64_t nb_module_serial(const NbModule *m)
{
    return m ? m->serial : 0;
}

/* --- modules made from parts that were written down --- */

NbModule *nb_module_rebuild(NbCtx *ctx, const NbLayer *layer, const NbSettingValue *value, int n)
{
    if (!ctx) {
        return NULL;
    }
    ctx->hollow = true;
    NbModule *m = nb_module_new(ctx, layer, value, n);
    ctx->hollow = false;
    return m;
}

NbStatus nb_module_put(NbModule *m, const char *name, NbVar *v)
{
    if (!m) {
        return NB_EVALUE;
    }
    NbErr *err = nb_ctx_err(m->ctx);
    if (!name || !v) {
        return nb_fail(err, NB_EVALUE, "%s: the %s is missing", m->layer->name,
                       name ? "variable" : "name");
    }
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
    if (!m) {
        return;
    }
    m->name = name;
    m->parent = parent;
}

/* b of a layer without bias is none. */
static bool takes(const NbModule *m, int k)
{
    for (int i = 0; i < NB_LAYER_SETTINGS && m->layer->setting[i].name; i++) {
        if (strcmp(m->layer->setting[i].name, "bias") == 0 &&
            strcmp(m->layer->param[k], "b") == 0) {
            return m->num[i] != 0;
        }
    }
    return true;
}

/* Those of one module are drawn together, and so all are there or none is. */
const char *nb_module_lacks(const NbModule *m)
{
    if (!m) {
        return NULL;
    }
    bool some = false;
    for (int k = 0; k < NB_LAYER_PARAMS && m->layer->param[k]; k++) {
        some |= m->param[k] != NULL;
    }
    for (int k = 0; k < NB_LAYER_PARAMS && m->layer->param[k]; k++) {
        if (m->due >> k & 1U || (some && !m->param[k] && takes(m, k))) {
            return m->layer->param[k];
        }
    }
    return NULL;
}

const NbModule *nb_module_parent(const NbModule *m)
{
    return m ? m->parent : NULL;
}

double nb_module_setting(const NbModule *m, int i)
{
    return m && i >= 0 && i < nb_layer_settings(m->layer) ? m->num[i] : NAN;
}

const NbOp *nb_module_activation(const NbModule *m)
{
    return m ? m->op : NULL;
}

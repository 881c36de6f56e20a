/* saved.c -- what calls change in modules, as one object: for undo */
#include "base/mem.h"
#include "nn/module.h"

#define SLOTS (NB_LAYER_PARAMS + NB_LAYER_STATES)

/* Variables of the module and its descendants, each module before its children. */
struct NbModuleState {
    size_t n;
    NbVar *var[]; /* references, or NULL; SLOTS for each module */
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

static void save(const NbModule *m, NbModuleState *s)
{
    for (int k = 0; k < NB_LAYER_PARAMS; k++) {
        s->var[s->n++] = nb_var_ref(m->param[k]);
    }
    for (int k = 0; k < NB_LAYER_STATES; k++) {
        s->var[s->n++] = nb_var_ref(m->state[k]);
    }
    for (size_t i = 0; i < m->nchild; i++) {
        save(m->child[i].module, s);
    }
}

NbModuleState *nb_module_save(const NbModule *m)
{
    NbModuleState *s = nb_alloc(sizeof *s + modules_in(m) * SLOTS * sizeof s->var[0]);
    if (s) {
        s->n = 0;
        save(m, s);
    }
    return s;
}

static void put(NbVar **slot, NbVar *v)
{
    nb_var_ref(v);
    nb_var_unref(slot);
    *slot = v;
}

/* Returns how many variables of s were used. */
static size_t restore(NbModule *m, NbVar *const *from)
{
    size_t n = 0;
    for (int k = 0; k < NB_LAYER_PARAMS; k++) {
        put(&m->param[k], from[n++]);
    }
    for (int k = 0; k < NB_LAYER_STATES; k++) {
        put(&m->state[k], from[n++]);
    }
    m->listed = false;
    for (size_t i = 0; i < m->nchild; i++) {
        n += restore(m->child[i].module, from + n);
    }
    return n;
}

void nb_module_restore(NbModule *m, const NbModuleState *s)
{
    restore(m, s->var);
}

void nb_module_state_free(NbModuleState **ps)
{
    NbModuleState *s = *ps;
    *ps = NULL;
    if (!s) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        nb_var_unref(&s->var[i]);
    }
    nb_free(s);
}

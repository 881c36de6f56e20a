/* saved.c -- states of optimizers, for undo, race and save */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "optim/optimizer.h"

NbOptimState *nb_optim_save(const NbOptim *o)
{
    if (!o) {
        return NULL;
    }
    NbOptimState *s = nb_calloc(1, sizeof *s);
    if (!s) {
        return NULL;
    }
    memcpy(s->given, o->given, sizeof s->given);
    s->steps = o->steps;
    s->runs = o->runs;
    s->nstate = o->rule->nstate;
    s->slot = nb_calloc(o->n + 1, sizeof *s->slot);
    s->cap = o->n + 1;
    s->own = o->own;
    bool ok = s->slot != NULL;
    for (size_t i = 0; ok && i < o->n; i++) {
        const Slot *from = &o->slot[i];
        s->slot[s->n++] =
            (Slot){.var = nb_var_ref(from->var), .missed = from->missed, .lost = from->lost};
        if (from->state[0]) {
            ok = optim_make_state(o, &s->slot[i]) == NB_OK;
            if (ok) {
                memcpy(s->slot[i].state[0], from->state[0], optim_state_size(o, from));
            }
        }
    }
    if (!ok) {
        nb_err_clear(nb_ctx_err(o->ctx));
        nb_optim_state_free(&s);
    }
    return s;
}

void nb_optim_swap(NbOptim *o, NbOptimState *s)
{
    if (!o || !s) {
        return;
    }
    Slot *slot = o->slot;
    size_t n = o->n, cap = o->cap, own = o->own;
    uint64_t steps = o->steps, runs = o->runs;
    double given[NB_OPT_PARAMS];
    memcpy(given, o->given, sizeof given);
    memcpy(o->given, s->given, sizeof given);
    memcpy(s->given, given, sizeof given);
    optim_resolve(o);
    o->scalars = 0;
    o->lost = s->n;
    o->uneven = true;
    o->slot = s->slot;
    o->n = s->n;
    o->cap = s->cap;
    o->own = s->own;
    o->steps = s->steps;
    o->runs = s->runs;
    s->slot = slot;
    s->n = n;
    s->cap = cap;
    s->own = own;
    s->steps = steps;
    s->runs = runs;
}

/* What v had when it was saved, nothing when it was not there. */
static Slot saved_slot(const NbOptimState *s, size_t i, const NbVar *v)
{
    if (i < s->n && s->slot[i].var == v) {
        return s->slot[i];
    }
    for (size_t k = 0; k < s->n; k++) {
        if (s->slot[k].var == v) {
            return s->slot[k];
        }
    }
    return (Slot){.missed = s->steps};
}

/* Parameters added since the save keep their place with their state at zero. */
void nb_optim_restore(NbOptim *o, const NbOptimState *s)
{
    if (!o || !s) {
        return;
    }
    optim_touch(o);
    o->scalars = 0;
    o->lost = o->n;
    memcpy(o->given, s->given, sizeof o->given);
    optim_resolve(o);
    o->steps = s->steps;
    o->runs = s->runs;
    for (size_t i = 0; i < o->n; i++) {
        Slot *slot = &o->slot[i];
        const Slot then = saved_slot(s, i, slot->var);
        const double *from = then.state[0];
        optim_put_missed(o, slot, then.missed);
        slot->lost = then.lost;
        if (!from) {
            nb_free(slot->state[0]);
            memset(slot->state, 0, sizeof slot->state);
        } else if (optim_make_state(o, slot) == NB_OK) {
            memcpy(slot->state[0], from, optim_state_size(o, slot));
        }
    }
}

bool nb_optim_same(const NbOptim *o, const NbOptimState *s)
{
    if (!o || !s) {
        return false;
    }
    bool same = o->n == s->n && o->steps == s->steps && o->runs == s->runs &&
                memcmp(o->given, s->given, sizeof o->given) == 0;
    for (size_t i = 0; same && i < o->n; i++) {
        const double *now = o->slot[i].state[0], *then = s->slot[i].state[0];
        same = o->slot[i].var == s->slot[i].var && o->slot[i].missed == s->slot[i].missed &&
               !now == !then && (!now || memcmp(now, then, optim_state_size(o, &o->slot[i])) == 0);
    }
    return same;
}

double nb_optim_saved(const NbOptimState *s, int param)
{
    return s && param >= 0 && param < NB_OPT_PARAMS ? s->given[param] : NAN;
}

size_t nb_optim_state_bytes(const NbOptimState *s)
{
    if (!s) {
        return 0;
    }
    size_t bytes = sizeof *s + s->n * sizeof *s->slot;
    for (size_t i = 0; i < s->n; i++) {
        bytes += s->slot[i].state[0]
                     ? (size_t)optim_numbers(s->slot[i].var) * (size_t)s->nstate * sizeof(double)
                     : 0;
    }
    return bytes;
}

void nb_optim_state_free(NbOptimState **ps)
{
    NbOptimState *s = ps ? *ps : NULL;
    if (!s) {
        return;
    }
    *ps = NULL;
    for (size_t i = 0; i < s->n; i++) {
        nb_var_unref(&s->slot[i].var);
        nb_free(s->slot[i].state[0]);
    }
    nb_free(s->slot);
    nb_free(s);
}

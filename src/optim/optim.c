/* optim.c -- optimizers: their parameters, state, hooks, and one step */
#include <math.h>
#include <string.h>

#include <nabla/saved.h>

#include "base/begin.h"
#include "base/mem.h"
#include "graph/step.h"
#include "optim/optimizer.h"

static int param_index(const NbOptim *o, const char *name)
{
    for (int i = 0; i < o->nparam; i++) {
        if (strcmp(o->rule->param[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

void optim_resolve(NbOptim *o)
{
    for (int i = 0; i < o->nparam; i++) {
        const char *same = o->rule->param[i].same_as;
        o->value[i] = isnan(o->given[i]) && same ? o->given[param_index(o, same)] : o->given[i];
    }
}

NbOptim *nb_optim_new(NbCtx *ctx, const NbOptRule *rule, const double *h, int n)
{
    if (!ctx) {
        return NULL;
    }
    nb_err_begin(nb_ctx_err(ctx));
    if (!rule) {
        nb_fail(nb_ctx_err(ctx), NB_ENAME, "unknown optimizer");
        return NULL;
    }
    NbOptim *o = nb_calloc(1, sizeof *o);
    if (!o) {
        nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for %s", rule->name);
        return NULL;
    }
    o->ctx = ctx;
    o->rule = rule;
    o->runs = 1;
    o->touched = nb_ctx_unit(ctx); /* there is nothing to go back to */
    o->serial = nb_ctx_number(ctx);
    while (o->nparam < NB_OPT_PARAMS && rule->param[o->nparam].name) {
        o->given[o->nparam] = rule->param[o->nparam].value;
        o->nparam++;
    }
    optim_resolve(o);
    if (n < 0 || (h && n > o->nparam)) {
        nb_fail(nb_ctx_err(ctx), NB_EVALUE, "%s has %d hyperparameter%s, got %d", rule->name,
                o->nparam, o->nparam == 1 ? "" : "s", n);
        nb_optim_free(&o);
        return NULL;
    }
    for (int i = 0; h && i < n; i++) {
        bool unset = isnan(h[i]) && rule->param[i].same_as;
        if (!unset && nb_optim_set(o, i, h[i]) != NB_OK) {
            nb_optim_free(&o);
            return NULL;
        }
    }
    return o;
}

void nb_optim_free(NbOptim **po)
{
    NbOptim *o = po ? *po : NULL;
    if (!o) {
        return;
    }
    *po = NULL;
    for (size_t i = 0; i < o->n; i++) {
        nb_var_unref(&o->slot[i].var);
        nb_free(o->slot[i].state[0]);
    }
    nb_free(o->slot);
    nb_free(o->part);
    nb_free(o->moved);
    nb_free(o->source);
    nb_free(o->copy);
    nb_free(o);
}

void optim_touch(NbOptim *o)
{
    const uint64_t unit = nb_ctx_unit(o->ctx);
    if (o->touched != unit) {
        o->touched = unit;
        if (o->on_touch) {
            o->on_touch(o->touch_user, o);
        }
    }
}

void optim_put_missed(NbOptim *o, Slot *slot, uint64_t missed)
{
    slot->missed = o->rule->prepare ? missed : 0;
    o->uneven |= slot->missed > 0;
}

void nb_optim_touch(NbOptim *o)
{
    if (!o) {
        return;
    }
    optim_touch(o);
}

void nb_optim_on_touch(NbOptim *o, void (*fn)(void *user, NbOptim *o), void *user)
{
    if (!o) {
        return;
    }
    o->on_touch = fn;
    o->touch_user = user;
}

/* A slot for v at this place. */
static NbStatus insert(NbOptim *o, NbVar *v, size_t at)
{
    NbErr *err = nb_ctx_err(o->ctx);
    if (!v) { /* an earlier call may have told why */
        return nb_fail(err, NB_EVALUE, "%s: the variable is missing", o->rule->name);
    }
    nb_err_begin(err);
    if (nb_var_ctx(v) != o->ctx) {
        return nb_fail(err, NB_EVALUE, "%s: variable of another context", o->rule->name);
    }
    if (nb_var_kind(v) != NB_LEAF) {
        nb_fail(err, NB_ETYPE, "%s: %s is %s, not a leaf", o->rule->name,
                nb_var_name(v) ? nb_var_name(v) : "a parameter",
                nb_var_tracked(v) ? "computed" : "constant");
        nb_advise(err, "optimizers move leaves, such as x = 2");
        return NB_ETYPE;
    }
    optim_touch(o); /* modules draw weights between steps */
    if (!nb_grow(&o->slot, &o->cap, o->n + 1, sizeof *o->slot) ||
        !nb_grow(&o->part, &o->part_cap, o->n + 1, sizeof *o->part) ||
        !nb_grow(&o->moved, &o->moved_cap, o->n + 1, sizeof(NbVar *))) {
        return nb_fail(err, NB_EMEM, "out of memory for %s", o->rule->name);
    }
    memmove(o->slot + at + 1, o->slot + at, (o->n - at) * sizeof *o->slot);
    o->slot[at] = (Slot){.var = nb_var_ref(v)};
    optim_put_missed(o, &o->slot[at], o->steps);
    o->n++;
    return NB_OK;
}

NbStatus nb_optim_add(NbOptim *o, NbVar *v)
{
    if (!o) {
        return NB_EVALUE;
    }
    if (nb_optim_position(o, v) >= 0) {
        return NB_OK;
    }
    NbStatus s = insert(o, v, o->own);
    o->own += s == NB_OK;
    return s;
}

NbStatus nb_optim_add_source(NbOptim *o, NbParamSource fn, void *user)
{
    if (!o) {
        return NB_EVALUE;
    }
    nb_err_begin(nb_ctx_err(o->ctx));
    if (!fn) {
        return nb_fail(nb_ctx_err(o->ctx), NB_EVALUE, "%s: the source of parameters is missing",
                       o->rule->name);
    }
    if (!nb_grow(&o->source, &o->source_cap, o->nsource + 1, sizeof *o->source)) {
        return nb_fail(nb_ctx_err(o->ctx), NB_EMEM, "out of memory for %s", o->rule->name);
    }
    o->scalars = 0;
    o->source[o->nsource++] = (Source){fn, user};
    return NB_OK;
}

static NbStatus add_hook(NbOptim *o, Hook hook)
{
    if (o->nhook == NB_OPT_HOOKS) {
        return nb_fail(nb_ctx_err(o->ctx), NB_EVALUE, "%s: more than %d hooks", o->rule->name,
                       NB_OPT_HOOKS);
    }
    o->scalars = 0;
    o->hook[o->nhook++] = hook;
    return NB_OK;
}

NbStatus nb_optim_add_hook(NbOptim *o, const NbHookRule *hook, double value)
{
    if (!o) {
        return NB_EVALUE;
    }
    NbErr *err = nb_ctx_err(o->ctx);
    nb_err_begin(err);
    if (!hook) {
        return nb_fail(err, NB_ENAME, "%s: unknown hook", o->rule->name);
    }
    if (!(value >= hook->lo && value < hook->hi)) {
        return nb_fail(err, NB_EVALUE, "%s: %s must be at least %g and finite, got %g", hook->name,
                       hook->param, hook->lo, value);
    }
    return add_hook(o, (Hook){.rule = hook, .value = value});
}

NbStatus nb_optim_add_hook_fn(NbOptim *o, const char *name, NbHookFn fn, void *user)
{
    if (!o) {
        return NB_EVALUE;
    }
    nb_err_begin(nb_ctx_err(o->ctx));
    if (!fn || !name) {
        return nb_fail(nb_ctx_err(o->ctx), NB_EVALUE, "%s: the hook's %s is missing", o->rule->name,
                       fn ? "name" : "function");
    }
    const char *known = nb_intern(o->ctx, name);
    NbStatus s = known ? add_hook(o, (Hook){.name = known, .fn = fn, .user = user}) : NB_EMEM;
    o->functions |= s == NB_OK;
    return s;
}

/* The slot at `from` comes to stand before the one at `to`. */
static void move(NbOptim *o, size_t from, size_t to)
{
    Slot slot = o->slot[from];
    optim_touch(o);
    if (from < to) {
        memmove(o->slot + from, o->slot + from + 1, (to - 1 - from) * sizeof slot);
        o->slot[to - 1] = slot;
    } else {
        memmove(o->slot + to + 1, o->slot + to, (from - to) * sizeof slot);
        o->slot[to] = slot;
    }
}

/* The next parameter that a module lists: its slot is to be at *at, made anew if need be. */
static NbStatus place(NbOptim *o, NbVar *v, size_t *at)
{
    int have = *at < o->n && o->slot[*at].var == v ? (int)*at : nb_optim_position(o, v);
    if (have >= (int)o->own && (size_t)have < *at) { /* of an earlier module too */
        return NB_OK;
    }
    if (have < 0) {
        NbStatus s = insert(o, v, *at);
        *at += s == NB_OK;
        return s;
    }
    if ((size_t)have != *at) {
        move(o, (size_t)have, *at);
    }
    if ((size_t)have < o->own) { /* was taken for one of no module */
        o->own--;
    } else {
        ++*at;
    }
    return NB_OK;
}

/* Parameters that modules have drawn since the last look. The order is that in which the modules
 * list them, whenever it was that somebody looked: hooks sum over all of them in this order. */
static NbStatus refresh(NbOptim *o)
{
    const NbErr *err = nb_ctx_err(o->ctx);
    const NbStatus before = err->code;
    size_t at = o->own;
    for (size_t s = 0; s < o->nsource; s++) {
        NbVar *v;
        for (int i = 0; (v = o->source[s].fn(o->source[s].user, i)); i++) {
            NbStatus status = place(o, v, &at);
            if (status != NB_OK) {
                return status;
            }
        }
    }
    return err->code != before ? err->code : NB_OK;
}

const NbOptRule *nb_optim_rule(const NbOptim *o)
{
    return o ? o->rule : NULL;
}

int nb_optim_gather(NbOptim *o)
{
    if (!o) {
        return 0;
    }
    refresh(o);
    return (int)o->n;
}

int nb_optim_count(const NbOptim *o)
{
    return o ? (int)o->n : 0;
}

NbVar *nb_optim_at(const NbOptim *o, int i)
{
    return o && i >= 0 && (size_t)i < o->n ? o->slot[i].var : NULL;
}

int nb_optim_position(const NbOptim *o, const NbVar *v)
{
    for (size_t i = 0; o && i < o->n; i++) {
        if (o->slot[i].var == v) {
            return (int)i;
        }
    }
    return -1;
}

int nb_optim_hooks(const NbOptim *o)
{
    return o ? o->nhook : 0;
}

const char *nb_optim_hook_name(const NbOptim *o, int i)
{
    const Hook *h = o && i >= 0 && i < o->nhook ? &o->hook[i] : NULL;
    return !h ? NULL : h->rule ? h->rule->name : h->name;
}

const NbHookRule *nb_optim_hook(const NbOptim *o, int i, double *value)
{
    if (!o || i < 0 || i >= o->nhook) {
        return NULL;
    }
    if (value) {
        *value = o->hook[i].value;
    }
    return o->hook[i].rule;
}

double nb_optim_get(const NbOptim *o, int param)
{
    return o && param >= 0 && param < o->nparam ? o->value[param] : NAN;
}

double nb_optim_given(const NbOptim *o, int param)
{
    return o && param >= 0 && param < o->nparam ? o->given[param] : NAN;
}

/* Two that would be at odds: the one that needs the other; NULL: none. */
static const NbOptParam *at_odds(const NbOptim *o, int param, double v)
{
    const NbOptParam *all = o->rule->param;
    for (int i = 0; i < o->nparam; i++) {
        const int needed = all[i].needs ? param_index(o, all[i].needs) : -1;
        const double own = i == param ? v : nb_optim_get(o, i);
        if (needed >= 0 && (i == param || needed == param) && own != 0 &&
            (needed == param ? v : nb_optim_get(o, needed)) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

NbStatus nb_optim_set(NbOptim *o, int param, double v)
{
    if (!o) {
        return NB_EVALUE;
    }
    NbErr *err = nb_ctx_err(o->ctx);
    nb_err_begin(err);
    if (param < 0 || param >= o->nparam) {
        return nb_fail(err, NB_EINDEX, "%s has no parameter %d", o->rule->name, param);
    }
    const NbOptParam *p = &o->rule->param[param];
    if (!(v >= p->lo && (v < p->hi || (p->hi_closed && v == p->hi)))) {
        if (isinf(p->hi)) {
            return nb_fail(err, NB_EVALUE, "%s: %s must be at least %g and finite, got %g",
                           o->rule->name, p->name, p->lo, v);
        }
        return nb_fail(err, NB_EVALUE, "%s: %s must lie in [%g, %g%c, got %g", o->rule->name,
                       p->name, p->lo, p->hi, p->hi_closed ? ']' : ')', v);
    }
    const NbOptParam *odd = at_odds(o, param, v);
    if (odd) {
        nb_fail(err, NB_EVALUE, "%s: %s needs %s above 0", o->rule->name, odd->name, odd->needs);
        nb_hint(err, "as in %s=0.9", odd->needs);
        return NB_EVALUE;
    }
    optim_touch(o);
    o->given[param] = v;
    optim_resolve(o);
    return NB_OK;
}

double nb_optim_get_named(const NbOptim *o, const char *param)
{
    return nb_optim_get(o, o && param ? param_index(o, param) : -1);
}

NbStatus nb_optim_set_named(NbOptim *o, const char *param, double v)
{
    if (!o) {
        return NB_EVALUE;
    }
    const int i = param ? param_index(o, param) : -1;
    nb_err_begin(nb_ctx_err(o->ctx));
    if (i < 0) {
        return nb_fail(nb_ctx_err(o->ctx), NB_ENAME, "%s has no parameter %s", o->rule->name,
                       param ? param : "without a name");
    }
    return nb_optim_set(o, i, v);
}

NbStatus nb_optim_clear_grads(NbOptim *o)
{
    if (!o) {
        return NB_EVALUE;
    }
    nb_err_begin(nb_ctx_err(o->ctx));
    const NbStatus s = refresh(o);
    for (size_t i = 0; i < o->n; i++) {
        nb_var_clear_grad(o->slot[i].var);
    }
    return s;
}

uint64_t nb_optim_steps(const NbOptim *o)
{
    return o ? o->steps : 0;
}

uint64_t nb_optim_serial(const NbOptim *o)
{
    return o ? o->serial : 0;
}

uint64_t nb_optim_runs(const NbOptim *o)
{
    return o ? o->runs : 0;
}

const double *nb_optim_state(const NbOptim *o, int i, int k)
{
    if (!o || i < 0 || (size_t)i >= o->n || k < 0 || k >= o->rule->nstate) {
        return NULL;
    }
    return o->slot[i].state[k];
}

/* --- a step --- */

int64_t optim_numbers(const NbVar *v)
{
    NbTensor tmp;
    return nb_var_data(v, &tmp)->size;
}

size_t optim_state_size(const NbOptim *o, const Slot *s)
{
    return (size_t)optim_numbers(s->var) * (size_t)o->rule->nstate * sizeof(double);
}

NbStatus optim_make_state(const NbOptim *o, Slot *s)
{
    if (s->state[0] || o->rule->nstate == 0) {
        return NB_OK;
    }
    size_t n = (size_t)optim_numbers(s->var);
    double *block = nb_calloc(n * (size_t)o->rule->nstate, sizeof *block);
    if (!block) {
        return nb_fail(nb_ctx_err(o->ctx), NB_EMEM, "out of memory for the state of %s",
                       o->rule->name);
    }
    for (int k = 0; k < o->rule->nstate; k++) {
        s->state[k] = block + (size_t)k * n;
    }
    return NB_OK;
}

/* Part k of the step, of this parameter; false with the error set when there is no room. */
static bool part_of(NbOptim *o, Slot *slot, const NbMoved *m, size_t k)
{
    if (!slot->state[0] && o->rule->nstate > 0) {
        optim_touch(o);
        if (optim_make_state(o, slot) != NB_OK) {
            return false;
        }
    }
    o->moved[k] = slot->var;
    o->part[k] = (NbOptPart){.p = m->p, .g = m->g, .n = m->n};
    for (int i = 0; i < NB_OPT_STATE; i++) {
        o->part[k].s[i] = slot->state[i];
    }
    return true;
}

/* Everything that can fail comes first, so that a step happens whole or not at all. */
static NbStatus make_ready(NbOptim *o, size_t *parts)
{
    bool scalars = o->nsource == 0 && o->nhook == 0;
    *parts = 0;
    if (o->nsource > 0 && refresh(o) != NB_OK) {
        return nb_ctx_err(o->ctx)->code;
    }
    for (size_t i = 0; i < o->n; i++) {
        NbMoved m;
        if (!nb_moved(o->slot[i].var, &m)) {
            continue;
        }
        if (!part_of(o, &o->slot[i], &m, *parts)) {
            return nb_ctx_err(o->ctx)->code;
        }
        scalars &= m.scalar;
        ++*parts;
    }
    o->scalars = scalars && *parts == o->n ? o->n : 0;
    return NB_OK;
}

/* The parts anew, since functions may have done anything; the same ones, or an error. */
static NbStatus parts_again(NbOptim *o, const HookPart *hooked, size_t parts)
{
    size_t again = 0;
    NbStatus s = make_ready(o, &again);
    bool same = again == parts;
    for (size_t i = 0; same && i < parts; i++) {
        same = o->moved[i] == hooked[i].var && o->part[i].n == hooked[i].n;
    }
    return s != NB_OK || same
               ? s
               : nb_fail(nb_ctx_err(o->ctx), NB_EVALUE,
                         "step: a hook changed which parameters of %s have gradients",
                         o->rule->name);
}

/* The parts as the hooks see them, with copies of the gradients in a row in o->copy. */
static HookPart *copy_parts(NbOptim *o, size_t parts)
{
    size_t numbers = 0;
    for (size_t i = 0; i < parts; i++) {
        numbers += (size_t)o->part[i].n;
    }
    HookPart *part = nb_alloc((parts + 1) * sizeof *part);
    if (!part || !nb_grow(&o->copy, &o->copy_cap, numbers, sizeof *o->copy)) {
        nb_free(part);
        nb_fail(nb_ctx_err(o->ctx), NB_EMEM, "out of memory for hooks");
        return NULL;
    }
    double *at = o->copy;
    for (size_t i = 0; i < parts; i++) {
        const int64_t n = o->part[i].n;
        part[i] = (HookPart){nb_var_ref(o->moved[i]), at, n};
        memcpy(at, o->part[i].g, (size_t)n * sizeof *at);
        at += n;
    }
    return part;
}

/* Runs the hooks on copies of the gradients there are, which then take their place in the parts. */
static NbStatus run_hooks(NbOptim *o, size_t parts)
{
    if (o->stepping) {
        return nb_fail(nb_ctx_err(o->ctx), NB_EVALUE, "step inside a hook of the same optimizer");
    }
    HookPart *part = copy_parts(o, parts);
    if (!part) {
        return nb_ctx_err(o->ctx)->code;
    }
    o->stepping = true;
    NbStatus s = hooks_run(o->ctx, o->hook, o->nhook, part, parts);
    o->stepping = false;
    if (s == NB_OK && o->functions) {
        s = parts_again(o, part, parts);
    }
    for (size_t i = 0; i < parts; i++) {
        if (s == NB_OK) {
            o->part[i].g = part[i].g;
        }
        nb_var_unref(&part[i].var);
    }
    nb_free(part);
    return s;
}

static NbStatus fail_no_gradient(NbOptim *o)
{
    nb_fail(nb_ctx_err(o->ctx), NB_EVALUE, "step: no parameter has a gradient");
    nb_hint(nb_ctx_err(o->ctx), "backward comes first");
    return NB_EVALUE;
}

/* A step was made without these. */
static void count_missed(NbOptim *o, size_t parts)
{
    for (size_t i = 0, k = 0; i < o->n; i++) {
        if (k < parts && o->slot[i].var == o->moved[k]) {
            k++;
        } else {
            optim_put_missed(o, &o->slot[i], o->slot[i].missed + 1);
        }
    }
}

static __attribute__((noinline)) NbStatus step(NbOptim *o, int *skipped)
{
    NbCtx *ctx = o->ctx;
    size_t parts;
    const NbStatus s = make_ready(o, &parts);
    if (skipped) {
        *skipped = (int)(o->n - parts);
    }
    if (s != NB_OK || parts == 0) {
        return s != NB_OK ? s : fail_no_gradient(o);
    }
    if (o->nhook > 0 && run_hooks(o, parts) != NB_OK) {
        return nb_ctx_err(ctx)->code;
    }
    optim_touch(o);
    if (nb_moving(ctx, o->moved, parts)) {
        optim_update(o, parts);
    } else if (optim_update_or_not(o, parts) == NB_OK) {
        nb_have_moved(ctx, o->moved, parts);
    } else {
        return nb_ctx_err(ctx)->code;
    }
    o->steps++;
    if (parts < o->n) {
        count_missed(o, parts);
    }
    return NB_OK;
}

NbStatus nb_optim_step(NbOptim *o, int *skipped)
{
    if (!o) {
        return NB_EVALUE;
    }
    nb_err_begin(nb_ctx_err(o->ctx));
    /* the parts are still those of the last step: nothing can fail */
    if (o->n == 0 || o->scalars != o->n || !nb_moving_scalars(o->ctx, o->moved, o->n)) {
        return step(o, skipped);
    }
    if (skipped) {
        *skipped = 0;
    }
    optim_touch(o);
    optim_update(o, o->n);
    o->steps++;
    return NB_OK;
}

void nb_optim_reset(NbOptim *o)
{
    if (!o) {
        return;
    }
    optim_touch(o);
    o->scalars = 0;
    for (size_t i = 0; i < o->n; i++) {
        nb_free(o->slot[i].state[0]);
        memset(o->slot[i].state, 0, sizeof o->slot[i].state);
        o->slot[i].missed = 0;
    }
    o->steps = 0;
    o->uneven = false;
    o->runs++;
}

NbStatus nb_optim_put_state(NbOptim *o, int i, int k, const double *numbers)
{
    if (!o || !numbers) {
        return NB_EVALUE;
    }
    if (i < 0 || (size_t)i >= o->n || k < 0 || k >= o->rule->nstate) {
        return nb_fail(nb_ctx_err(o->ctx), NB_EINDEX, "%s has no state %d of parameter %d",
                       o->rule->name, k, i);
    }
    optim_touch(o);
    if (!o->slot[i].state[0]) {
        o->slot[i].missed = 0;
    }
    NbStatus s = optim_make_state(o, &o->slot[i]);
    if (s == NB_OK) {
        memcpy(o->slot[i].state[k], numbers,
               (size_t)optim_numbers(o->slot[i].var) * sizeof *numbers);
    }
    return s;
}

void nb_optim_put_runs(NbOptim *o, uint64_t runs)
{
    if (!o) {
        return;
    }
    optim_touch(o);
    o->runs = runs;
}

void nb_optim_put_steps(NbOptim *o, uint64_t steps)
{
    if (!o) {
        return;
    }
    optim_touch(o);
    o->steps = steps;
    for (size_t i = 0; i < o->n; i++) {
        optim_put_missed(o, &o->slot[i], o->slot[i].state[0] ? 0 : steps);
    }
}

uint64_t nb_optim_param_steps(const NbOptim *o, int i)
{
    const bool there = o && i >= 0 && (size_t)i < o->n;
    return there && o->rule->prepare ? o->steps - o->slot[i].missed : 0;
}

void nb_optim_put_param_steps(NbOptim *o, int i, uint64_t steps)
{
    if (!o || i < 0 || (size_t)i >= o->n) {
        return;
    }
    optim_touch(o);
    optim_put_missed(o, &o->slot[i], o->steps - steps);
}

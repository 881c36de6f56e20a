/* save_collect.c -- all that the names of a session reach: nodes, functions, modules, objects */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "objects/library.h"
#include "objects/optimizer.h"
#include "session/core.h"
#include "session/save_internal.h"

static bool grow(Reach *r, void *array, size_t *cap, size_t n, size_t size)
{
    r->failed |= !nb_grow(array, cap, n + 1, size);
    return n < *cap;
}

void reach_free(Reach *r)
{
    free(r->node);
    free(r->seen);
    free(r->numbered);
    free(r->func);
    free(r->module);
    free(r->met);
    free(r->symbol);
    free(r->obj);
    free(r->shared);
    free(r->place);
    memset(r, 0, sizeof *r);
}

/* --- what was met already --- */

static size_t slot_of(const Reach *r, uintptr_t p)
{
    uint64_t h = (uint64_t)p * 0x9e3779b97f4a7c15U;
    size_t at = (h ^ h >> 31) & (r->seen_cap - 1);
    while (r->seen[at].what && r->seen[at].what != p) {
        at = (at + 1) & (r->seen_cap - 1);
    }
    return at;
}

static bool widen(Reach *r)
{
    Seen *old = r->seen;
    size_t n = r->seen_cap, cap = n ? 2 * n : 256;
    Seen *wider = calloc(cap, sizeof *wider);
    if (!wider) {
        r->failed = true;
        return false;
    }
    r->seen = wider;
    r->seen_cap = cap;
    for (size_t i = 0; i < n; i++) {
        if (old[i].what) {
            wider[slot_of(r, old[i].what)] = old[i];
        }
    }
    free(old);
    return true;
}

/* True when p is met for the first time. */
static bool first_time(Reach *r, const void *p)
{
    if (2 * (r->nseen + 1) > r->seen_cap && !widen(r)) {
        return false;
    }
    size_t at = slot_of(r, (uintptr_t)p);
    if (r->seen[at].what) {
        return false;
    }
    r->seen[at].what = (uintptr_t)p;
    r->nseen++;
    return true;
}

static bool was_seen(const Reach *r, const void *p)
{
    return r->seen_cap > 0 && r->seen[slot_of(r, (uintptr_t)p)].what;
}

/* What was met gets its number in the list it is written in. */
static void give_number(Reach *r, const void *p, size_t n)
{
    r->seen[slot_of(r, (uintptr_t)p)].number = n;
}

static size_t number_of(const Reach *r, const void *p)
{
    return r->seen_cap > 0 ? r->seen[slot_of(r, (uintptr_t)p)].number : 0;
}

/* --- what is reached --- */

static void add_var(Reach *r, NbVar *v)
{
    if (v && first_time(r, v) && grow(r, &r->node, &r->cap, r->n, sizeof *r->node)) {
        r->node[r->n++] = v;
    }
}

bool made_of_modules(const NbLayer *layer)
{
    return layer->setting[0].name && layer->setting[0].kind == NB_S_MODULES;
}

/* m and all below; modules nest at most 32 deep. */
static void reach_modules(Reach *r, NbModule *m)
{
    NbModule *c;
    if (first_time(r, m) && grow(r, &r->met, &r->met_cap, r->nmet, sizeof *r->met)) {
        r->met[r->nmet++] = m;
        for (int i = 0; (c = nb_module_child(m, i, NULL, NULL)); i++) {
            reach_modules(r, c);
        }
    }
}

const NbModule *reach_maker(const Reach *r, const NbModule *m)
{
    const NbModule *up = nb_module_parent(m);
    bool made = up && !made_of_modules(nb_module_layer(up)) && was_seen(r, up);
    return made ? up : NULL;
}

static void list_module(Reach *r, NbModule *m)
{
    const NbLayer *layer = nb_module_layer(m);
    NbModule *c;
    if (!grow(r, &r->module, &r->module_cap, r->nmodule, sizeof *r->module)) {
        return;
    }
    r->module[r->nmodule++] = m;
    give_number(r, m, r->nmodule);
    for (int k = 0; k < NB_LAYER_PARAMS && layer->param[k]; k++) {
        add_var(r, nb_module_own(m, layer->param[k]));
    }
    for (int k = 0; k < NB_LAYER_STATES && layer->state[k]; k++) {
        add_var(r, nb_module_own(m, layer->state[k]));
    }
    for (int i = 0; !made_of_modules(layer) && (c = nb_module_child(m, i, NULL, NULL)); i++) {
        list_module(r, c);
    }
}

/* Into the order in which they can be made. */
static void order_module(Reach *r, NbModule *m)
{
    NbModule *c;
    const NbModule *maker = reach_maker(r, m);
    if (reach_module(r, m) > 0) {
        return;
    }
    if (maker) { /* comes with it */
        order_module(r, (NbModule *)(uintptr_t)maker);
        return;
    }
    for (int i = 0; made_of_modules(nb_module_layer(m)) && (c = nb_module_child(m, i, NULL, NULL));
         i++) {
        order_module(r, c);
    }
    list_module(r, m);
}

static void add_value(Reach *r, Value v);

static void add_obj(Reach *r, Obj *o)
{
    NbOptim *optim = optim_of(o);
    NbModule *module = module_of(o);
    const NbLoader *loader = loader_of(o);
    double number;
    if (!first_time(r, o)) {
        return;
    }
    if (optim) {
        Value list = optim_modules(o);
        for (int i = 0; list.tag == V_LIST && i < list.list->n; i++) {
            add_obj(r, list.list->item[i].obj);
        }
        for (int i = 0; i < nb_optim_hooks(optim); i++) {
            add_value(r, optim_function(o, i));
        }
        for (int i = 0, n = nb_optim_gather(optim); i < n; i++) {
            add_var(r, nb_optim_at(optim, i));
        }
    } else if (module) {
        reach_modules(r, module);
    } else if (loader) {
        NbVar *t, *x = nb_loader_data(loader, &t);
        add_var(r, x);
        add_var(r, t);
    } else if (!hook_of(o, &number)) {
        r->unknown = o->cls->name;
    }
    if (grow(r, &r->obj, &r->obj_cap, r->nobj, sizeof *r->obj)) {
        r->obj[r->nobj++] = o;
        give_number(r, o, r->nobj);
    }
}

static void add_value(Reach *r, Value v)
{
    size_t len;
    const char *file;
    int line;
    if (v.tag == V_VAR) {
        add_var(r, v.var);
    } else if (v.tag == V_OBJ) {
        add_obj(r, v.obj);
    } else if (v.tag == V_FUNC && func_source(v.func, &len, &file, &line) &&
               first_time(r, v.func) &&
               grow(r, &r->func, &r->func_cap, r->nfunc, sizeof *r->func)) {
        r->func[r->nfunc++] = v.func;
        give_number(r, v.func, r->nfunc);
    }
    bool list = v.tag == V_LIST && first_time(r, v.list);
    for (int i = 0; list && i < v.list->n; i++) { /* lists nest at most 64 deep */
        add_value(r, v.list->item[i]);
    }
}

static void add_behind(Reach *r, NbVar *v)
{
    for (int i = 0, n = nb_var_inputs(v); i < n; i++) {
        add_var(r, nb_var_input(v, i).var);
    }
    if (nb_var_grad_is_graph(v)) {
        NbVar *g = nb_var_grad(v);
        add_var(r, g);
        nb_var_unref(&g);
    }
}

static int by_age(const void *a, const void *b)
{
    uint64_t p = nb_var_serial(*(NbVar *const *)a), q = nb_var_serial(*(NbVar *const *)b);
    return (p > q) - (p < q);
}

/* --- numbers that are shared --- */

static int by_store(const void *a, const void *b)
{
    uintptr_t p = (uintptr_t)((const Shared *)a)->store, q = (uintptr_t)((const Shared *)b)->store;
    return (p > q) - (p < q);
}

static void add_tensor(Reach *r, const NbTensor *t)
{
    if (!t || t->size == 0 || !t->store ||
        !grow(r, &r->shared, &r->shared_cap, r->nshared, sizeof *r->shared)) {
        return;
    }
    Shared s = {.store = t->store, .lo = t->data, .hi = t->data + 1, .uses = 1};
    for (int k = 0; k < t->shape.rank; k++) {
        int64_t reach = t->stride[k] * (t->shape.dim[k] - 1);
        *(reach < 0 ? &s.lo : &s.hi) += reach;
    }
    s.apart = !t->contiguous;
    r->shared[r->nshared++] = s;
}

bool shows_operand(const NbVar *v)
{
    NbTensor a, b;
    const NbVar *of = nb_var_kind(v) == NB_INNER && nb_var_inputs(v) > 0 ? nb_var_input(v, 0).var
                                                                         : NULL;
    const NbTensor *from = of ? nb_var_data(of, &a) : NULL;
    return from && from->store && from->store == nb_var_data(v, &b)->store;
}

static void find_shared(Reach *r)
{
    NbTensor tmp;
    for (size_t i = 0; i < r->n; i++) {
        NbVar *v = r->node[i];
        if (nb_var_is_scalar(v)) {
            continue;
        }
        if (!shows_operand(v)) {
            add_tensor(r, nb_var_data(v, &tmp));
        }
        if (nb_var_has_grad(v) && !nb_var_grad_is_graph(v)) {
            add_tensor(r, nb_var_grad_data(v, &tmp));
        }
    }
    if (r->nshared > 0) {
        qsort(r->shared, r->nshared, sizeof *r->shared, by_store);
    }
    size_t kept = 0;
    for (size_t i = 0; i < r->nshared; i++) {
        const Shared *s = &r->shared[i];
        Shared *to = kept > 0 ? &r->shared[kept - 1] : NULL;
        if (!to || to->store != s->store) {
            r->shared[kept++] = *s;
            continue;
        }
        to->lo = s->lo < to->lo ? s->lo : to->lo;
        to->hi = s->hi > to->hi ? s->hi : to->hi;
        to->uses++;
        to->apart |= s->apart;
    }
    r->nshared = kept;
}

/* Numbered in the order in which nodes come, so that the text does not depend on addresses. */
static void number_shared(Reach *r)
{
    NbTensor tmp;
    for (size_t i = 0; i < 2 * r->n; i++) {
        const NbVar *v = r->node[i / 2];
        bool grad = i % 2;
        if (nb_var_is_scalar(v) || (!grad && shows_operand(v)) ||
            (grad && (!nb_var_has_grad(v) || nb_var_grad_is_graph(v)))) {
            continue;
        }
        const NbTensor *t = grad ? nb_var_grad_data(v, &tmp) : nb_var_data(v, &tmp);
        Shared key = {.store = t->store};
        Shared *s = r->nshared > 0
                        ? bsearch(&key, r->shared, r->nshared, sizeof *r->shared, by_store)
                        : NULL;
        if (s && (s->uses > 1 || s->apart) && s->number == 0 &&
            grow(r, &r->numbered, &r->numbered_cap, r->nnumbered, sizeof *r->numbered)) {
            r->numbered[r->nnumbered++] = s;
            s->number = (int)r->nnumbered;
        }
    }
}

const Shared *reach_shared(const Reach *r, const NbTensor *t)
{
    Shared key = {.store = t->store};
    const Shared *s = r->nshared > 0 && t->store
                          ? bsearch(&key, r->shared, r->nshared, sizeof *r->shared, by_store)
                          : NULL;
    return s && s->number > 0 ? s : NULL;
}

/* --- the order of writes --- */

/* Only the order of stamps along an edge counts: the smallest numbers that keep it are written, all
 * 0 where nothing was written after it was used. */
typedef struct Age {
    uint64_t stamp;
    size_t node;
} Age;

static int by_stamp(const void *a, const void *b)
{
    const Age *p = a, *q = b;
    int order = (p->stamp > q->stamp) - (p->stamp < q->stamp);
    return order != 0 ? order : (p->node > q->node) - (p->node < q->node);
}

/* Operands before: not below them; operands after: above v. */
static void place_node(const Reach *r, size_t i, size_t *place)
{
    const NbVar *v = r->node[i];
    for (int pass = 0; pass < 2; pass++) {
        for (int k = 0, n = nb_var_inputs(v); k < n; k++) {
            const NbVar *in = nb_var_input(v, k).var;
            size_t at = in ? reach_node(r, in) - 1 : 0;
            bool newer = in && nb_var_stamp(in) > nb_var_stamp(v);
            if (in && pass == 0 && !newer && place[at] > place[i]) {
                place[i] = place[at];
            } else if (in && pass == 1 && newer && place[at] <= place[i]) {
                place[at] = place[i] + 1;
            }
        }
    }
}

static void place_nodes(Reach *r)
{
    size_t *place = calloc(r->n + 1, sizeof *place);
    Age *age = malloc((r->n + 1) * sizeof *age);
    for (size_t i = 0; age && i < r->n; i++) {
        age[i] = (Age){nb_var_stamp(r->node[i]), i};
    }
    if (age && r->n > 0) {
        qsort(age, r->n, sizeof *age, by_stamp);
    }
    for (size_t i = 0; age && place && i < r->n; i++) {
        place_node(r, age[i].node, place);
    }
    free(age);
    r->place = place;
    r->failed |= !age || !place;
}

/* --- the whole --- */

typedef struct Bindable {
    const char *name;
    int symbol;
} Bindable;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const Bindable *)a)->name, ((const Bindable *)b)->name);
}

/* Names in their own order: that of symbols depends on what was typed first. */
static void sort_names(Reach *r)
{
    const Interp *I = r->s->interp;
    Bindable *bound = NULL;
    size_t n = 0, cap = 0;
    for (int i = 0, symbols = interp_symbols(I); i < symbols; i++) {
        if (interp_get(I, i).tag != V_UNSET && grow(r, &bound, &cap, n, sizeof *bound) &&
            grow(r, &r->symbol, &r->symbol_cap, n, sizeof *r->symbol)) {
            bound[n++] = (Bindable){interp_symbol_name(I, i), i};
        }
    }
    if (n > 0 && !r->failed) {
        qsort(bound, n, sizeof *bound, by_name);
        for (size_t i = 0; i < n; i++) {
            r->symbol[i] = bound[i].symbol;
        }
        r->nsymbol = n;
    }
    free(bound);
}

bool reach_collect(Reach *r, Session *s)
{
    *r = (Reach){.s = s,
                 .nset = (size_t)setting_count(),
                 .nwatch = (size_t)runs_watches(s->runs),
                 .once = 1};
    sort_names(r);
    for (size_t i = 0; i < r->nsymbol; i++) {
        add_value(r, interp_get(s->interp, r->symbol[i]));
    }
    for (size_t i = 0; i < r->nmet; i++) {
        order_module(r, r->met[i]);
    }
    add_var(r, s->core->swept);
    for (size_t i = 0; i < r->n && !r->failed; i++) {
        add_behind(r, r->node[i]);
    }
    if (r->failed) { /* some are in no list, though others lead to them */
        return false;
    }
    if (r->n > 0) {
        qsort(r->node, r->n, sizeof *r->node, by_age);
    }
    find_shared(r);
    if (!r->failed) {
        number_shared(r);
        place_nodes(r);
    }
    return !r->failed;
}

size_t reach_node(const Reach *r, const NbVar *v)
{
    size_t lo = 0, hi = r->n;
    uint64_t serial = nb_var_serial(v);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (nb_var_serial(r->node[mid]) < serial) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < r->n && r->node[lo] == v ? lo + 1 : 0;
}

size_t reach_func(const Reach *r, const Func *f)
{
    return number_of(r, f);
}

size_t reach_module(const Reach *r, const NbModule *m)
{
    return number_of(r, m);
}

size_t reach_obj(const Reach *r, const Obj *o)
{
    return number_of(r, o);
}

uint64_t state_hash(uint64_t h, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        h = (h ^ (unsigned char)text[i]) * 1099511628211U;
    }
    return h;
}

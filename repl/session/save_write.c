/* save_write.c -- the state of the session written as text */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>
#include <nabla/version.h>

#include "objects/library.h"
#include "objects/optimizer.h"
#include "session/save_internal.h"

static void put_string(Text *o, const char *s, size_t len)
{
    char hex[8];
    text_addn(o, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\n') {
            text_add(o, "\\n");
        } else if (c == '"' || c == '\\') {
            text_addn(o, "\\", 1);
            text_addn(o, &s[i], 1);
        } else if (c < 0x20 || c == 0x7f || nb_utf8(&s[i]) == 0) {
            snprintf(hex, sizeof hex, "\\x%02x", c);
            text_add(o, hex);
        } else {
            size_t n = nb_utf8(&s[i]);
            text_addn(o, &s[i], n);
            i += n - 1;
        }
    }
    text_addn(o, "\"", 1);
}

/* --- numbers --- */

static uint64_t bits(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static const char *number_text(double x, char *buf, size_t cap)
{
    const char *sign = signbit(x) ? "-" : "";
    uint64_t payload = bits(x) & 0x7fffffffffffffffU;
    if (isnan(x) && payload != 0x7ff8000000000000U) {
        snprintf(buf, cap, "nan:%016" PRIx64, bits(x));
    } else if (isnan(x) || x == 0) {
        snprintf(buf, cap, "%s%s", sign, isnan(x) ? "nan" : "0");
    } else {
        nb_format_number(x, NB_DIGITS_FULL, buf, cap);
    }
    return buf;
}

static void put_number(Text *o, double x)
{
    char buf[40];
    text_add(o, number_text(x, buf, sizeof buf));
}

/* " 1 2 0*6": runs of three and more the same are counted. */
static void put_numbers(Text *o, const Reach *r, const NbTensor *t)
{
    for (int64_t i = 0, words = 0; i < t->size; words++) {
        if (words % 4096 == 0 && nb_ctx_interrupted(r->s->ctx)) {
            return;
        }
        double x = nb_tensor_at(t, i);
        int64_t same = 1;
        while (i + same < t->size && bits(nb_tensor_at(t, i + same)) == bits(x)) {
            same++;
        }
        int64_t times = same > 2 ? 1 : same;
        for (int64_t k = 0; k < times; k++) {
            text_addn(o, " ", 1);
            put_number(o, x);
        }
        if (same > 2) {
            text_printf(o, "*%" PRId64, same);
        }
        i += same;
    }
}

static void put_sizes(Text *o, const int64_t *size, int n)
{
    text_add(o, " (");
    for (int i = 0; i < n; i++) {
        text_printf(o, "%s%" PRId64, i > 0 ? "," : "", size[i]);
    }
    text_add(o, ")");
}

/* " = 2", " = (2,3) …" or " in 1 0 (2,3) (3,1)". */
static void put_value(Text *o, const Reach *r, const NbTensor *t, bool scalar)
{
    const Shared *s = scalar ? NULL : reach_shared(r, t);
    if (scalar) {
        text_add(o, " = ");
        put_number(o, nb_tensor_at(t, 0));
        return;
    }
    if (s) {
        text_printf(o, " in %d %td", s->number, t->data - s->lo);
        put_sizes(o, t->shape.dim, t->shape.rank);
        put_sizes(o, t->stride, t->shape.rank);
        return;
    }
    text_add(o, " =");
    put_sizes(o, t->shape.dim, t->shape.rank);
    put_numbers(o, r, t);
}

/* --- before the nodes --- */

static void put_settings(Text *o, Session *s)
{
    char value[64];
    for (int i = 0; i < setting_count(); i++) {
        const Setting *row = setting_at(i);
        setting_get(s, row, value, sizeof value);
        text_printf(o, "set %s ", row->name);
        put_string(o, value, strlen(value));
        text_add(o, "\n");
    }
}

static void put_generators(Text *o, Session *s)
{
    const NbRng *a = nb_ctx_rng(s->ctx), *b = nb_ctx_dropout_rng(s->ctx);
    text_printf(o, "seed %" PRIu64 " %" PRIu64 "\n", s->seed[0], s->seed[1]);
    text_printf(o, "draws %016" PRIx64 " %016" PRIx64 "\n", a->hi, a->lo);
    text_printf(o, "masks %016" PRIx64 " %016" PRIx64 "\n", b->hi, b->lo);
}

static void put_functions(Text *o, const Reach *r)
{
    for (size_t i = 0; i < r->nfunc; i++) {
        size_t len = 0;
        const char *file = "", *text;
        int line = 1;
        text = func_source(r->func[i], &len, &file, &line);
        text_printf(o, "function %zu ", i + 1);
        put_string(o, file, strlen(file));
        text_printf(o, " %d ", line);
        put_string(o, text, len);
        text_add(o, "\n");
    }
}

static void put_stores(Text *o, const Reach *r)
{
    for (size_t i = 0; i < r->nnumbered; i++) {
        const Shared *s = r->numbered[i];
        NbTensor all = {.data = (double *)(uintptr_t)s->lo, .size = s->hi - s->lo};
        all.shape = (NbShape){.rank = 1, .dim = {all.size}};
        all.stride[0] = 1;
        all.contiguous = true;
        text_printf(o, "store %d %" PRId64 " =", s->number, all.size);
        put_numbers(o, r, &all);
        text_add(o, "\n");
    }
}

/* --- nodes --- */

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

/* One for each node; NULL when out of memory. */
static size_t *places_of(const Reach *r)
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
    if (!age) {
        free(place);
        place = NULL;
    }
    free(age);
    return place;
}

static void put_list(Text *o, const int64_t *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        text_printf(o, "%s%" PRId64, i > 0 ? "," : "", v[i]);
    }
}

static void put_index(Text *o, const NbIndex *x)
{
    switch (x->kind) {
    case NB_AT: text_printf(o, " at=%" PRId64, x->start); break;
    case NB_SLICE:
        text_add(o, " slice=");
        if (x->has_start) {
            text_printf(o, "%" PRId64, x->start);
        }
        text_add(o, ":");
        if (x->has_stop) {
            text_printf(o, "%" PRId64, x->stop);
        }
        text_printf(o, ":%" PRId64, x->step);
        break;
    case NB_LIST:
        text_add(o, " list=");
        put_list(o, x->list, x->nlist);
        break;
    }
}

static void put_attrs(Text *o, const NbAttrs *a)
{
    int last = 4;
    text_add(o, a->naxes >= 0 ? " axes=" : " options");
    put_list(o, a->axes, a->naxes > 0 ? a->naxes : 0);
    text_add(o, a->keepdims ? " keepdims" : "");
    if (a->has_shape) {
        text_add(o, " shape=");
        put_list(o, a->shape.dim, a->shape.rank);
    }
    while (last > 0 && bits(a->num[last - 1]) == 0) {
        last--;
    }
    for (int i = 0; i < last; i++) {
        text_add(o, i == 0 ? " num=" : ",");
        put_number(o, a->num[i]);
    }
    for (int i = 0; i < a->nindex; i++) {
        put_index(o, &a->index[i]);
    }
}

static void put_operation(Text *o, const Reach *r, const NbVar *v)
{
    if (nb_var_branch(v) > 0) {
        text_printf(o, " line %u", nb_var_branch(v));
    }
    text_printf(o, " %s", nb_var_op(v)->name);
    for (int i = 0, n = nb_var_inputs(v); i < n; i++) {
        NbArg in = nb_var_input(v, i);
        text_addn(o, " ", 1);
        if (in.var) {
            text_printf(o, "n%zu", reach_node(r, in.var));
        } else {
            put_number(o, in.num);
        }
    }
    if (nb_var_attrs(v)) {
        put_attrs(o, nb_var_attrs(v));
    }
}

static void put_node(Text *o, const Reach *r, size_t i, size_t stamp)
{
    static const char *const kinds[] = {"plain", "const", "leaf", "inner"};
    const NbVar *v = r->node[i];
    const char *name = nb_var_name(v);
    NbTensor tmp;
    text_printf(o, "node %zu %s ", i + 1,
                nb_var_is_cut_step(v) ? "cutstep"
                : nb_var_is_cut(v)    ? "cut"
                : nb_var_is_past(v)   ? "past"
                                      : kinds[nb_var_kind(v)]);
    text_add(o, name ? name : "-");
    text_add(o, name && nb_var_name_is_local(v) ? " local" : "");
    if (stamp > 0) {
        text_printf(o, " @%zu", stamp);
    }
    if (nb_var_kind(v) == NB_INNER) {
        put_operation(o, r, v);
    }
    if (shows_operand(v)) {
        text_add(o, " view");
    } else {
        put_value(o, r, nb_var_data(v, &tmp), nb_var_is_scalar(v));
    }
    text_add(o, "\n");
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sweeps one of whose leaves was written since, sorted. New for free, NULL when out of memory. */
static uint64_t *outdated_sweeps(const Reach *r, size_t *n)
{
    uint64_t *at = malloc((r->n + 1) * sizeof *at);
    *n = 0;
    for (size_t i = 0; at && i < r->n; i++) {
        uint64_t swept = nb_var_grad_stamp(r->node[i]);
        if (nb_var_kind(r->node[i]) == NB_LEAF && nb_var_has_grad(r->node[i]) &&
            nb_var_stamp(r->node[i]) > swept) {
            at[(*n)++] = swept;
        }
    }
    if (at) {
        qsort(at, *n, sizeof *at, by_number);
    }
    return at;
}

static void put_grad(Text *o, const Reach *r, size_t i, const uint64_t *outdated, size_t n)
{
    const NbVar *v = r->node[i];
    NbTensor tmp;
    if (!nb_var_has_grad(v)) {
        return;
    }
    uint64_t swept = nb_var_grad_stamp(v);
    bool stale = nb_var_kind(v) == NB_LEAF &&
                 bsearch(&swept, outdated, n, sizeof swept, by_number) != NULL;
    text_printf(o, "grad %zu %u%s", i + 1, nb_var_sweeps(v), stale ? " stale" : "");
    if (nb_var_grad_is_graph(v)) {
        NbVar *g = nb_var_grad(v);
        text_printf(o, " graph n%zu", reach_node(r, g));
        nb_var_unref(&g);
    } else {
        put_value(o, r, nb_var_grad_data(v, &tmp), nb_var_is_scalar(v));
    }
    text_add(o, "\n");
}

static void put_nodes(Text *o, const Reach *r)
{
    size_t *place = places_of(r);
    *r->s->lost |= !place;
    for (size_t i = 0; place && i < r->n && !nb_ctx_interrupted(r->s->ctx); i++) {
        put_node(o, r, i, place[i]);
    }
    size_t n;
    uint64_t *outdated = outdated_sweeps(r, &n);
    *r->s->lost |= !outdated;
    for (size_t i = 0; outdated && i < r->n; i++) {
        put_grad(o, r, i, outdated, n);
    }
    free(outdated);
    free(place);
}

/* --- modules --- */

/* Which child of its maker. */
static int child_number(const NbModule *maker, const NbModule *m)
{
    NbModule *c;
    int i = 0;
    while ((c = nb_module_child(maker, i, NULL, NULL)) && c != m) {
        i++;
    }
    return i;
}

static void put_settings_of(Text *o, const Reach *r, const NbModule *m)
{
    const NbLayer *layer = nb_module_layer(m);
    NbModule *c;
    for (int i = 0, n = nb_layer_settings(layer); i < n; i++) {
        const NbSetting *set = &layer->setting[i];
        text_printf(o, " %s=", set->kind == NB_S_MODULES ? "of" : set->name);
        if (set->kind == NB_S_OP) {
            text_add(o, nb_module_activation(m)->name);
        } else if (set->kind != NB_S_SIZES && set->kind != NB_S_MODULES) {
            put_number(o, nb_module_setting(m, i));
        }
        bool sizes = set->kind == NB_S_SIZES, parts = set->kind == NB_S_MODULES;
        for (int k = 0; (sizes || parts) && (c = nb_module_child(m, k, NULL, NULL)); k++) {
            text_add(o, k > 0 ? "," : "");
            if (sizes) {
                put_number(o, nb_module_setting(c, 0));
            } else {
                text_printf(o, "%zu", reach_module(r, c));
            }
        }
    }
}

static void put_own(Text *o, const Reach *r, const NbModule *m, const char *name)
{
    const NbVar *v = name ? nb_module_own(m, name) : NULL;
    if (v) {
        text_printf(o, " %s=n%zu", name, reach_node(r, v));
    }
}

static void put_modules(Text *o, const Reach *r)
{
    for (size_t i = 0; i < r->nmodule; i++) {
        const NbModule *m = r->module[i], *maker = reach_maker(r, m), *up = nb_module_parent(m);
        const NbLayer *layer = nb_module_layer(m);
        size_t parent = up ? reach_module(r, up) : 0;
        if (maker) {
            text_printf(o, "module %zu child %zu %d", i + 1, reach_module(r, maker),
                        child_number(maker, m));
        } else {
            text_printf(o, "module %zu %s", i + 1, layer->name);
            put_settings_of(o, r, m);
        }
        text_add(o, " name ");
        text_add(o, nb_module_name(m) ? nb_module_name(m) : "-");
        text_printf(o, parent > 0 ? " in %zu" : " in -", parent);
        for (int k = 0; k < NB_LAYER_PARAMS; k++) {
            put_own(o, r, m, layer->param[k]);
        }
        for (int k = 0; k < NB_LAYER_STATES; k++) {
            put_own(o, r, m, layer->state[k]);
        }
        text_add(o, "\n");
    }
}

/* --- objects --- */

static void put_optimizer(Text *o, const Reach *r, size_t i, const Obj *obj)
{
    NbOptim *p = optim_of(obj);
    const NbOptRule *rule = nb_optim_rule(p);
    Value list = optim_modules(obj);
    text_printf(o, "object %zu %s", i, rule->name);
    for (int k = 0; k < NB_OPT_PARAMS && rule->param[k].name; k++) {
        text_printf(o, " %s=", rule->param[k].name);
        if (isnan(nb_optim_given(p, k))) {
            text_add(o, rule->param[k].same_as ? rule->param[k].same_as : "nan");
        } else {
            put_number(o, nb_optim_given(p, k));
        }
    }
    text_printf(o, " steps=%" PRIu64 " runs=%" PRIu64, nb_optim_steps(p), nb_optim_runs(p));
    for (int k = 0; k < nb_optim_hooks(p); k++) {
        double x;
        const NbHookRule *h = nb_optim_hook(p, k, &x);
        if (h) {
            text_printf(o, " hook=%s:", h->name);
            put_number(o, x);
        } else {
            text_printf(o, " hook=f%zu", reach_func(r, optim_function(obj, k).func));
        }
    }
    for (int k = 0; list.tag == V_LIST && k < list.list->n; k++) {
        text_printf(o, " of=%zu", reach_obj(r, list.list->item[k].obj));
    }
    text_add(o, "\n");
    for (int k = 0, n = nb_optim_gather(p); k < n; k++) {
        NbVar *v = nb_optim_at(p, k);
        int64_t size = 1;
        nb_shape_size(nb_var_shape(v), &size, NULL);
        text_printf(o, "slot %zu n%zu", i, reach_node(r, v));
        for (int j = 0; j < rule->nstate && nb_optim_state(p, k, j); j++) {
            NbTensor t = {.data = (double *)(uintptr_t)nb_optim_state(p, k, j), .size = size};
            t.shape = (NbShape){.rank = 1, .dim = {size}};
            t.stride[0] = 1;
            t.contiguous = true;
            text_add(o, " =");
            put_numbers(o, r, &t);
        }
        text_add(o, "\n");
    }
}

static void put_objects(Text *o, const Reach *r)
{
    for (size_t i = 0; i < r->nobj; i++) {
        const Obj *obj = r->obj[i];
        const NbLoader *l = loader_of(obj);
        double x;
        const NbHookRule *h = hook_of(obj, &x);
        if (optim_of(obj)) {
            put_optimizer(o, r, i + 1, obj);
        } else if (module_of(obj)) {
            text_printf(o, "object %zu module %zu\n", i + 1, reach_module(r, module_of(obj)));
        } else if (h) {
            text_printf(o, "object %zu hook %s ", i + 1, h->name);
            put_number(o, x);
            text_add(o, "\n");
        } else if (l) {
            NbVar *t, *data = nb_loader_data(l, &t);
            text_printf(o, "object %zu %s n%zu", i + 1,
                        nb_loader_is_sequences(l) ? "sequences" : "batches", reach_node(r, data));
            if (t) {
                text_printf(o, " n%zu", reach_node(r, t));
            }
            text_printf(o, " %" PRId64 "%s\n", nb_loader_size(l),
                        nb_loader_shuffles(l) ? " shuffled" : "");
        }
    }
}

/* --- names --- */

static void put_bound(Text *o, const Reach *r, Value v)
{
    char name[160];
    switch (v.tag) {
    case V_UNSET:
    case V_NONE: text_add(o, " none"); break;
    case V_NUM:
    case V_CONST:
        text_add(o, v.tag == V_NUM ? " num " : " const ");
        put_number(o, v.num);
        break;
    case V_VAR: text_printf(o, " n%zu", reach_node(r, v.var)); break;
    case V_STR:
        text_addn(o, " ", 1);
        put_string(o, v.str->text, v.str->len);
        break;
    case V_LIST:
        text_add(o, " [");
        for (int i = 0; i < v.list->n; i++) {
            put_bound(o, r, v.list->item[i]);
        }
        text_add(o, " ]");
        break;
    case V_RANGE:
        text_add(o, " range ");
        put_number(o, v.range->start);
        text_addn(o, " ", 1);
        put_number(o, v.range->stop);
        text_addn(o, " ", 1);
        put_number(o, v.range->step);
        break;
    case V_FUNC:
        if (reach_func(r, v.func) > 0) {
            text_printf(o, " f%zu", reach_func(r, v.func));
        } else {
            text_printf(o, " builtin %s", func_signature(v.func, name, sizeof name));
        }
        break;
    case V_OBJ: text_printf(o, " o%zu", reach_obj(r, v.obj)); break;
    }
}

static void put_names(Text *o, const Reach *r)
{
    Interp *I = r->s->interp;
    for (size_t i = 0; i < r->nsymbol; i++) {
        text_add(o, interp_is_const(I, r->symbol[i]) ? "const " : "name ");
        text_add(o, interp_symbol_name(I, r->symbol[i]));
        put_bound(o, r, interp_get(I, r->symbol[i]));
        text_add(o, "\n");
    }
}

static void put_rest(Text *o, const Reach *r)
{
    Session *s = r->s;
    for (int i = 0; i < runs_watches(s->runs); i++) {
        size_t len;
        const char *text = runs_watch_source(s->runs, i, &len);
        text_add(o, "watch ");
        put_string(o, text, len);
        text_add(o, "\n");
    }
    if (s->swept) {
        text_printf(o, "swept n%zu\n", reach_node(r, s->swept));
    }
    text_add(o, s->stepped ? "stepped\n" : "");
}

char *save_text(Session *s, size_t *len, NbErr *err)
{
    Reach r;
    Text o = text_in(s->lost);
    bool ok = reach_collect(&r, s);
    if (ok && r.unknown) {
        nb_fail(err, NB_ETYPE, "save: cannot write %s", r.unknown);
        reach_free(&r);
        return NULL;
    }
    if (ok) {
        text_add(&o, STATE_FIRST_LINE "\n");
        text_add(&o, "# written by nabla " NB_VERSION "; load puts it back\n");
        put_settings(&o, s);
        put_generators(&o, s);
        put_functions(&o, &r);
        put_stores(&o, &r);
        put_nodes(&o, &r);
        put_modules(&o, &r);
        put_objects(&o, &r);
        put_names(&o, &r);
        put_rest(&o, &r);
        text_printf(&o, "end %016" PRIx64 "\n", state_hash(STATE_HASH, text_str(&o), o.len));
    }
    reach_free(&r);
    bool stopped = nb_ctx_interrupted(s->ctx);
    if (ok && text_whole(&o) && !stopped) {
        *len = o.len;
        return o.s;
    }
    nb_fail(err, stopped ? NB_EINTERRUPT : NB_EMEM,
            stopped ? "stopped" : "out of memory to write the session");
    text_free(&o);
    return NULL;
}

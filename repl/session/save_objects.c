/* save_objects.c -- modules, optimizers, hooks and loaders of a written state */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "objects/library.h"
#include "objects/optimizer.h"
#include "session/save_internal.h"

#define MOST_SIZES 256

/* --- settings of a module --- */

typedef struct Parts {
    NbSettingValue value[NB_LAYER_SETTINGS];
    int64_t list[MOST_SIZES];
    NbModule *module[MOST_SIZES];
} Parts;

/* Sizes, or numbers of the modules it is made of. */
static void put_children(Archive *a, const NbModule *m, bool sizes)
{
    NbModule *c;
    for (int k = 0; (c = nb_module_child(m, k, NULL, NULL)); k++) {
        text_add(a->out, k > 0 ? "," : "");
        if (sizes) {
            put_number(a, nb_module_setting(c, 0));
        } else {
            text_printf(a->out, "%zu", reach_module(a->reach, c));
        }
    }
}

static bool read_modules_of(Archive *a, const char *text, Parts *p, NbSettingValue *to)
{
    int n;
    bool ok = parse_list(text, p->list, MOST_SIZES, &n) && n > 0;
    for (int i = 0; ok && i < n; i++) {
        ok = p->list[i] >= 1 && (uint64_t)p->list[i] <= a->nmodule;
        p->module[i] = ok ? a->module[p->list[i] - 1] : NULL;
    }
    *to = ok ? nb_set_modules(p->module, n) : (NbSettingValue){0};
    return ok || archive_fail(a, "no modules: %.60s", text);
}

/* Setting i, of m or for a new one. */
static bool field_setting(Archive *a, const NbLayer *layer, int i, const NbModule *m, Parts *p)
{
    const NbSetting *set = &layer->setting[i];
    char *text;
    double x = 0;
    int n;
    if (!field_pair(a, set->kind == NB_S_MODULES ? "of" : set->name, &text)) {
        return false;
    }
    switch (set->kind) {
    case NB_S_OP:
        if (m) {
            text_add(a->out, nb_module_activation(m)->name);
        } else if (!nb_op_find(text)) {
            return archive_fail(a, "no operation %.40s", text);
        } else {
            p->value[i] = nb_set_op(nb_op_find(text));
        }
        return true;
    case NB_S_SIZES:
        if (m) {
            put_children(a, m, true);
        } else if (!parse_list(text, p->list, MOST_SIZES, &n)) {
            return archive_fail(a, "no sizes: %.40s", text);
        } else {
            p->value[i] = nb_set_sizes(p->list, n);
        }
        return true;
    case NB_S_MODULES:
        if (m) {
            put_children(a, m, false);
        }
        return m || read_modules_of(a, text, p, &p->value[i]);
    default:
        if (m) {
            put_number(a, nb_module_setting(m, i));
        } else if (!parse_number(text, &x) || isnan(x)) {
            return archive_fail(a, "%.40s is no number", text[0] ? text : "nothing");
        } else {
            p->value[i] = nb_set_number(x);
        }
        return true;
    }
}

/* "mlp sizes=8,1 op=sigmoid": *m, or a new one in it. */
static bool field_layer(Archive *a, NbModule **m)
{
    const NbLayer *layer = a->out ? nb_module_layer(*m) : NULL;
    if (a->out) {
        text_printf(a->out, " %s", layer->name);
    } else if (archive_word(a, a->word, a->word_cap)) {
        layer = nb_layer_find(a->word);
    }
    if (!layer) {
        return archive_fail(a, "a layer is expected");
    }
    Parts *p = a->out ? NULL : calloc(1, sizeof *p);
    bool ok = a->out || p || archive_no_memory(a);
    for (int i = 0, n = nb_layer_settings(layer); ok && i < n; i++) {
        ok = field_setting(a, layer, i, *m, p);
    }
    if (ok && !a->out) {
        *m = nb_module_rebuild(a->s->ctx, layer, p->value, NB_LAYER_SETTINGS);
        ok = *m || archive_fail_ctx(a);
    }
    free(p);
    return ok;
}

/* --- modules --- */

/* "1 0": child 0 of module 1, which made it itself. */
static bool field_child(Archive *a, NbModule **m, uint64_t *of)
{
    uint64_t number = 0;
    NbModule *c;
    const NbModule *maker = a->out ? reach_maker(a->reach, *m) : NULL;
    while (maker && (c = nb_module_child(maker, (int)number, NULL, NULL)) && c != *m) {
        number++;
    }
    *of = maker ? reach_module(a->reach, maker) : 0;
    if (!field_count(a, a->nmodule, of) || *of == 0 || !field_count(a, 1 << 20, &number)) {
        return archive_fail(a, "a module and a number are expected");
    }
    if (a->out) {
        return true;
    }
    maker = a->module[*of - 1];
    *m = made_of_modules(nb_module_layer(maker))
             ? NULL
             : nb_module_ref(nb_module_child(maker, (int)number, NULL, NULL));
    return *m || archive_fail(a, "module %d has no such child", (int)*of);
}

static void put_own(Archive *a, const NbModule *m, const char *name)
{
    const NbVar *v = name ? nb_module_own(m, name) : NULL;
    if (v) {
        text_printf(a->out, " %s=n%zu", name, reach_node(a->reach, v));
    }
}

/* "w=n4 b=n5" */
static bool field_weights(Archive *a, NbModule *m)
{
    const NbLayer *layer = nb_module_layer(m);
    char *text;
    size_t id;
    for (int k = 0; a->out && k < NB_LAYER_PARAMS; k++) {
        put_own(a, m, layer->param[k]);
    }
    for (int k = 0; a->out && k < NB_LAYER_STATES; k++) {
        put_own(a, m, layer->state[k]);
    }
    while (!a->out && archive_pair(a, &text)) {
        if (!parse_id(a, text, 'n', &id)) {
            return archive_fail(a, "no node: %.40s", text);
        }
        if (nb_module_put(m, a->word, a->node[id - 1]) != NB_OK) {
            return archive_fail_ctx(a);
        }
    }
    return !a->failed;
}

/* "name m in 3 w=n4 b=n5"; what module `maker` made itself is in that, 0: no such part */
static bool field_own(Archive *a, NbModule *m, uint64_t maker)
{
    const NbModule *above = a->out ? nb_module_parent(m) : NULL;
    const char *name = a->out ? nb_module_name(m) : NULL;
    uint64_t up = above ? reach_module(a->reach, above) : 0;
    if (!field_flag(a, "name", true)) {
        return archive_fail(a, "a name is expected");
    }
    if (!field_name(a, &name)) {
        return false;
    }
    if (!field_flag(a, "in", true)) {
        return archive_fail(a, "in and a parent are expected");
    }
    if (!field_flag(a, "-", up == 0) && (!field_count(a, UINT32_MAX, &up) || up == 0)) {
        return archive_fail(a, "a parent is expected");
    }
    if (!a->out) {
        if (maker > 0 && up != maker) {
            return archive_fail(a, "it is a part of %d", (int)maker);
        }
        nb_module_put_name(m, name, NULL);
        a->parent[a->nmodule] = (size_t)up;
    }
    return field_weights(a, m);
}

bool line_module(Archive *a, size_t i)
{
    NbModule *m = a->out ? a->reach->module[i] : NULL;
    uint64_t maker = 0;
    bool child = a->out && reach_maker(a->reach, m);
    if (!a->out && (!archive_room(a, &a->module, &a->module_cap, a->nmodule, sizeof *a->module) ||
                    !archive_room(a, &a->parent, &a->parent_cap, a->nmodule, sizeof *a->parent))) {
        return false;
    }
    bool ok = field_place(a, "module", UINT32_MAX, i, a->nmodule) &&
              (field_flag(a, "child", child) ? field_child(a, &m, &maker) : field_layer(a, &m)) &&
              field_own(a, m, maker);
    if (ok && !a->out) {
        a->module[a->nmodule++] = m;
    } else if (!a->out) {
        nb_module_unref(&m);
    }
    return ok;
}

/* A parent must have the module among its children, or releasing it would not be noticed. */
static bool is_child(const NbModule *up, const NbModule *m)
{
    NbModule *c;
    for (int i = 0; (c = nb_module_child(up, i, NULL, NULL)); i++) {
        if (c == m) {
            return true;
        }
    }
    return false;
}

bool check_modules(Archive *a)
{
    for (size_t i = 0; i < a->nmodule; i++) {
        NbModule *m = a->module[i];
        const char *lacks = nb_module_lacks(m);
        const NbModule *up =
            a->parent[i] > 0 && a->parent[i] <= a->nmodule ? a->module[a->parent[i] - 1] : NULL;
        if (lacks) {
            return archive_fail(a, "module %zu lacks %s", i + 1, lacks);
        }
        if (a->parent[i] > 0 && (!up || !is_child(up, m))) {
            return archive_fail(a, "module %zu is no part of %zu", i + 1, a->parent[i]);
        }
        nb_module_put_name(m, nb_module_name(m), up);
    }
    return true;
}

/* --- objects: each kind writes what follows its word, or makes *v from it --- */

static bool made(Archive *a, Value *v, Value object)
{
    *v = object;
    return object.tag == V_OBJ || archive_fail_ctx(a);
}

static bool object_module(Archive *a, Value *v)
{
    uint64_t id = a->out ? reach_module(a->reach, module_of(v->obj)) : 0;
    if (!field_count(a, a->nmodule, &id) || id == 0) {
        return archive_fail(a, "a module is expected");
    }
    return a->out || made(a, v, module_object(nb_module_ref(a->module[id - 1])));
}

static bool object_hook(Archive *a, Value *v)
{
    double x = 0;
    const NbHookRule *h = a->out ? hook_of(v->obj, &x) : NULL;
    if (a->out) {
        text_printf(a->out, " %s", h->name);
    } else if (archive_word(a, a->word, a->word_cap)) {
        h = nb_hook_rule_find(a->word);
    }
    if (!h || !field_number(a, &x) || !(x >= h->lo && x < h->hi)) {
        return archive_fail(a, "a hook and its number are expected");
    }
    return a->out || made(a, v, hook_new(h, x));
}

/* "n2", or nothing */
static bool field_target(Archive *a, size_t *id)
{
    const char *before = a->at;
    if (a->out) {
        return *id == 0 || field_id(a, 'n', id);
    }
    if (!archive_word(a, a->word, a->word_cap)) {
        return false;
    }
    if (!parse_id(a, a->word, 'n', id)) {
        *id = 0;
        a->at = before;
    }
    return true;
}

/* "n1 n2 32 shuffled" */
static bool object_loader(Archive *a, Value *v, bool sequences)
{
    const NbLoader *l = a->out ? loader_of(v->obj) : NULL;
    NbVar *t = NULL, *data = l ? nb_loader_data(l, &t) : NULL;
    size_t x = data ? reach_node(a->reach, data) : 0, target = t ? reach_node(a->reach, t) : 0;
    uint64_t size = l ? (uint64_t)nb_loader_size(l) : 0;
    bool ok = field_id(a, 'n', &x) && field_target(a, &target) &&
              field_count(a, INT32_MAX, &size) && (sequences || target > 0);
    if (!ok) {
        return archive_fail(a, "data and a size are expected");
    }
    const bool shuffled = field_flag(a, "shuffled", l && nb_loader_shuffles(l));
    if (a->out) {
        return true;
    }
    NbCtx *ctx = a->s->ctx;
    t = target > 0 ? a->node[target - 1] : NULL;
    NbLoader *made_of = sequences ? nb_sequences(ctx, a->node[x - 1], t, (int64_t)size)
                                  : nb_batches(ctx, a->node[x - 1], t, (int64_t)size, shuffled);
    return made_of ? made(a, v, loader_object(made_of)) : archive_fail_ctx(a);
}

/* --- optimizers --- */

static bool field_hyperparameter(Archive *a, NbOptim *o, int i)
{
    const NbOptParam *p = &nb_optim_rule(o)->param[i];
    char *text;
    double x;
    if (!field_pair(a, p->name, &text)) {
        return false;
    }
    if (a->out && isnan(nb_optim_given(o, i))) {
        text_add(a->out, p->same_as ? p->same_as : "nan");
        return true;
    }
    if (a->out) {
        put_number(a, nb_optim_given(o, i));
        return true;
    }
    if (p->same_as && strcmp(text, p->same_as) == 0) {
        return true;
    }
    if (!parse_number(text, &x)) {
        return archive_fail(a, "%.40s is no number", text);
    }
    return nb_optim_set(o, i, x) == NB_OK || archive_fail_ctx(a);
}

/* After the hyperparameters: steps=3 runs=1 hook=clip_grad:1 hook=f2 of=1 */
static void put_more(Archive *a, const Obj *obj)
{
    const NbOptim *o = optim_of(obj);
    Value list = optim_modules(obj);
    text_printf(a->out, " steps=%" PRIu64 " runs=%" PRIu64, nb_optim_steps(o), nb_optim_runs(o));
    for (int k = 0; k < nb_optim_hooks(o); k++) {
        double x;
        const NbHookRule *h = nb_optim_hook(o, k, &x);
        if (h) {
            text_printf(a->out, " hook=%s:", h->name);
            put_number(a, x);
        } else {
            text_printf(a->out, " hook=f%zu", reach_func(a->reach, optim_function(obj, k).func));
        }
    }
    for (int k = 0; list.tag == V_LIST && k < list.list->n; k++) {
        text_printf(a->out, " of=%zu", reach_obj(a->reach, list.list->item[k].obj));
    }
}

static bool add_hook(Archive *a, Obj *obj, char *text)
{
    double x;
    size_t id;
    char *number = strchr(text, ':');
    if (!number && parse_id(a, text, 'f', &id)) {
        return optim_add_function(obj, a->func[id - 1]) || archive_fail_ctx(a);
    }
    if (number) {
        *number++ = '\0';
    }
    const NbHookRule *h = number ? nb_hook_rule_find(text) : NULL;
    if (!h || !parse_number(number, &x)) {
        return archive_fail(a, "no hook: %.40s", text);
    }
    return nb_optim_add_hook(optim_of(obj), h, x) == NB_OK || archive_fail_ctx(a);
}

static bool read_more(Archive *a, Obj *obj)
{
    char *text;
    while (archive_pair(a, &text)) {
        const char *word = a->word;
        int64_t n = 0;
        int count;
        if (strcmp(word, "hook") == 0) {
            if (!add_hook(a, obj, text)) {
                return false;
            }
            continue;
        }
        if (!parse_list(text, &n, 1, &count) || count != 1 || n < 0) {
            return archive_fail(a, "no number: %.40s", text);
        }
        if (strcmp(word, "steps") == 0) {
            nb_optim_put_steps(optim_of(obj), (uint64_t)n);
        } else if (strcmp(word, "runs") == 0) {
            nb_optim_put_runs(optim_of(obj), (uint64_t)n);
        } else if (strcmp(word, "of") == 0 && n >= 1 && (uint64_t)n <= a->nobj &&
                   module_of(a->obj[n - 1].obj)) {
            if (!optim_add_module(obj, a->obj[n - 1])) {
                return archive_fail_ctx(a);
            }
        } else {
            return archive_fail(a, "an optimizer has no %.40s=%.40s", word, text);
        }
    }
    return !a->failed;
}

static bool object_optimizer(Archive *a, Value *v, const NbOptRule *rule)
{
    Obj *obj = a->out ? v->obj : optimizer_new(a->s->interp, rule);
    bool ok = a->out || made(a, v, obj ? (Value){.tag = V_OBJ, .obj = obj} : UNSET);
    for (int i = 0; ok && i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        ok = field_hyperparameter(a, optim_of(obj), i);
    }
    if (ok && a->out) {
        put_more(a, obj);
    }
    return ok && (a->out || read_more(a, obj));
}

static bool read_state(Archive *a, NbOptim *o, NbVar *v, int64_t size)
{
    nb_optim_gather(o); /* those of its modules have their places */
    if (nb_optim_add(o, v) != NB_OK) {
        return archive_fail_ctx(a);
    }
    int at = nb_optim_position(o, v);
    uint64_t steps = 0;
    const bool counted = field_flag(a, "t", false); /* without it, as often as the optimizer */
    if (counted && !field_count(a, INT64_MAX, &steps)) {
        return false;
    }
    for (int k = 0; field_flag(a, "=", false); k++) {
        NbTensor *t = NULL;
        bool ok = field_numbers(a, &(NbShape){.rank = 1, .dim = {size}}, NULL, &t) &&
                  nb_optim_put_state(o, at, k, t->data) == NB_OK;
        nb_tensor_unref(&t);
        if (!ok) {
            return archive_fail_ctx(a);
        }
    }
    if (counted) {
        nb_optim_put_param_steps(o, at, steps);
    }
    return true;
}

static void put_state(Archive *a, NbOptim *o, int k, int64_t size)
{
    uint64_t steps = nb_optim_param_steps(o, k);
    if (field_flag(a, "t", steps > 0 && steps != nb_optim_steps(o))) {
        field_count(a, INT64_MAX, &steps);
    }
    for (int j = 0; j < nb_optim_rule(o)->nstate && nb_optim_state(o, k, j); j++) {
        NbTensor t = flat_tensor(nb_optim_state(o, k, j), size);
        text_add(a->out, " =");
        field_numbers(a, &t.shape, &t, NULL);
    }
}

/* Of object `number`, its parameter k. */
static bool field_slot(Archive *a, uint64_t number, NbOptim *o, int k)
{
    NbVar *v = o ? nb_optim_at(o, k) : NULL;
    size_t node = v ? reach_node(a->reach, v) : 0;
    int64_t size = 1;
    if (!field_count(a, a->nobj, &number) || number == 0 || !field_id(a, 'n', &node)) {
        return archive_fail(a, "an optimizer and a node are expected");
    }
    o = o ? o : optim_of(a->obj[number - 1].obj);
    if (!o) {
        return archive_fail(a, "object %d is no optimizer", (int)number);
    }
    v = v ? v : a->node[node - 1];
    nb_shape_size(nb_var_shape(v), &size, NULL);
    if (a->out) {
        put_state(a, o, k, size);
    }
    return a->out || read_state(a, o, v, size);
}

bool line_slot(Archive *a, size_t i)
{
    return field_slot(a, 0, NULL, (int)i);
}

/* --- all of them --- */

/* The first word of an object, which for an optimizer is the name of its rule. */
static const char *word_of(const Obj *o)
{
    const NbLoader *l = loader_of(o);
    return optim_of(o)                      ? nb_optim_rule(optim_of(o))->name
           : module_of(o)                   ? "module"
           : l && nb_loader_is_sequences(l) ? "sequences"
           : l                              ? "batches"
                                            : "hook";
}

static bool field_object(Archive *a, const char *word, Value *v)
{
    const NbOptRule *rule = nb_opt_rule_find(word);
    bool batches = strcmp(word, "batches") == 0;
    return strcmp(word, "module") == 0                 ? object_module(a, v)
           : strcmp(word, "hook") == 0                 ? object_hook(a, v)
           : batches || strcmp(word, "sequences") == 0 ? object_loader(a, v, !batches)
           : rule                                      ? object_optimizer(a, v, rule)
                  : archive_fail(a, "no kind of object: %.40s", word);
}

bool line_object(Archive *a, size_t i)
{
    Value v = a->out ? (Value){.tag = V_OBJ, .obj = a->reach->obj[i]} : UNSET;
    char word[160] = "";
    if (!a->out && !archive_room(a, &a->obj, &a->obj_cap, a->nobj, sizeof *a->obj)) {
        return false;
    }
    bool ok = field_place(a, "object", UINT32_MAX, i, a->nobj);
    if (a->out) {
        snprintf(word, sizeof word, "%s", word_of(v.obj));
        text_printf(a->out, " %s", word);
    } else if (ok && !archive_word(a, word, sizeof word)) {
        return archive_fail(a, "object %zu is expected", a->nobj + 1);
    }
    ok = ok && field_object(a, word, &v);
    if (a->out) {
        NbOptim *o = optim_of(v.obj);
        for (int k = 0, n = o ? nb_optim_gather(o) : 0; k < n; k++) {
            text_add(a->out, "\nslot");
            field_slot(a, i + 1, o, k);
        }
    } else if (ok) {
        a->obj[a->nobj++] = v;
    } else {
        value_unref(&v);
    }
    return ok;
}

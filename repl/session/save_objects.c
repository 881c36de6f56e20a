/* save_objects.c -- modules, optimizers and loaders of a written state made again */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "objects/library.h"
#include "objects/optimizer.h"
#include "session/save_internal.h"

#define MOST_SIZES 256

/* The next word as name=value: cut at the sign; false at the end of the line. */
static bool read_pair(Reader *r, char *word, size_t cap, char **value)
{
    if (!reader_word(r, word, cap)) {
        return false;
    }
    *value = strchr(word, '=');
    if (!*value) {
        return reader_fail(r, "name=value is expected, not %.40s", word);
    }
    *(*value)++ = '\0';
    return true;
}

/* --- modules --- */

typedef struct Parts {
    NbSettingValue value[NB_LAYER_SETTINGS];
    int64_t list[MOST_SIZES];
    NbModule *module[MOST_SIZES];
} Parts;

static bool read_modules_of(Reader *r, const char *text, Parts *p, NbSettingValue *to)
{
    int n;
    bool ok = reader_parse_list(text, p->list, MOST_SIZES, &n) && n > 0;
    for (int i = 0; ok && i < n; i++) {
        ok = p->list[i] >= 1 && (uint64_t)p->list[i] <= r->nmodule;
        p->module[i] = ok ? r->module[p->list[i] - 1] : NULL;
    }
    *to = ok ? nb_set_modules(p->module, n) : (NbSettingValue){0};
    return ok || reader_fail(r, "no modules: %.60s", text);
}

static bool read_setting(Reader *r, const NbSetting *set, char *word, size_t cap, Parts *p,
                         NbSettingValue *to)
{
    char *text;
    double x = 0;
    int n;
    const char *name = set->kind == NB_S_MODULES ? "of" : set->name;
    if (!read_pair(r, word, cap, &text) || strcmp(word, name) != 0) {
        return reader_fail(r, "%s= is expected", name);
    }
    switch (set->kind) {
    case NB_S_OP:
        if (!nb_op_find(text)) {
            return reader_fail(r, "no operation %.40s", text);
        }
        *to = nb_set_op(nb_op_find(text));
        return true;
    case NB_S_SIZES:
        if (!reader_parse_list(text, p->list, MOST_SIZES, &n)) {
            return reader_fail(r, "no sizes: %.40s", text);
        }
        *to = nb_set_sizes(p->list, n);
        return true;
    case NB_S_MODULES: return read_modules_of(r, text, p, to);
    default:
        if (!reader_parse_number(text, &x) || isnan(x)) {
            return reader_fail(r, "%.40s is no number", text[0] ? text : "nothing");
        }
        *to = nb_set_number(x);
        return true;
    }
}

static NbModule *make_module(Reader *r, const NbLayer *layer, char *word, size_t cap)
{
    Parts *p = calloc(1, sizeof *p);
    NbModule *m = NULL;
    bool ok = p || reader_no_memory(r);
    for (int i = 0, n = nb_layer_settings(layer); ok && i < n; i++) {
        ok = read_setting(r, &layer->setting[i], word, cap, p, &p->value[i]);
    }
    if (ok && !(m = nb_module_rebuild(r->s->ctx, layer, p->value))) {
        reader_fail_ctx(r);
    }
    free(p);
    return m;
}

/* "child 1 0": a part that module *of, 1, made itself. */
static NbModule *find_child(Reader *r, uint64_t *of)
{
    uint64_t number;
    if (!reader_count(r, r->nmodule, of) || *of == 0 || !reader_count(r, 1 << 20, &number)) {
        reader_fail(r, "a module and a number are expected");
        return NULL;
    }
    const NbModule *maker = r->module[*of - 1];
    NbModule *m = made_of_modules(nb_module_layer(maker))
                      ? NULL
                      : nb_module_child(maker, (int)number, NULL, NULL);
    if (!m) {
        reader_fail(r, "module %d has no such child", (int)*of);
    }
    return nb_module_ref(m);
}

/* "name m in 3 w=n4 b=n5"; what module `maker` made itself is in that, 0: no such part */
static bool read_own(Reader *r, NbModule *m, uint64_t maker, char *word, size_t cap)
{
    uint64_t up = 0;
    char *text;
    size_t id;
    const char *name = NULL;
    if (!reader_take(r, "name") || !reader_word(r, word, cap)) {
        return reader_fail(r, "a name is expected");
    }
    bool named = strcmp(word, "-") != 0;
    if (named && !interp_is_path(word)) {
        return reader_fail(r, "no name: %.40s", word);
    }
    if (named && !(name = nb_intern(r->s->ctx, word))) {
        return reader_no_memory(r);
    }
    if (!reader_take(r, "in")) {
        return reader_fail(r, "in and a parent are expected");
    }
    if (!reader_take(r, "-") && (!reader_count(r, UINT32_MAX, &up) || up == 0)) {
        return reader_fail(r, "a parent is expected");
    }
    if (maker > 0 && up != maker) {
        return reader_fail(r, "it is a part of %d", (int)maker);
    }
    nb_module_put_name(m, name, NULL);
    r->parent[r->nmodule] = (size_t)up;
    while (read_pair(r, word, cap, &text)) {
        if (!reader_parse_id(text, 'n', r->nnode, &id)) {
            return reader_fail(r, "no node: %.40s", text);
        }
        if (nb_module_put(m, word, r->node[id - 1]) != NB_OK) {
            return reader_fail_ctx(r);
        }
    }
    return !r->failed;
}

bool read_module(Reader *r)
{
    uint64_t number, maker = 0;
    size_t cap = (size_t)(r->line_end - r->at) + 2;
    char *word = malloc(cap);
    bool ok = (word || reader_no_memory(r)) &&
              reader_room(r, &r->module, &r->module_cap, r->nmodule, sizeof *r->module) &&
              reader_room(r, &r->parent, &r->parent_cap, r->nmodule, sizeof *r->parent) &&
              reader_count(r, UINT32_MAX, &number);
    if (ok && number != r->nmodule + 1) {
        ok = reader_fail(r, "module %zu is expected", r->nmodule + 1);
    }
    NbModule *m = NULL;
    if (ok && reader_take(r, "child")) {
        m = find_child(r, &maker);
    } else if (ok && reader_word(r, word, cap)) {
        const NbLayer *layer = nb_layer_find(word);
        m = layer ? make_module(r, layer, word, cap) : NULL;
    }
    ok = ok && (m || reader_fail(r, "a layer is expected")) && read_own(r, m, maker, word, cap);
    if (ok) {
        r->module[r->nmodule++] = m;
    } else {
        nb_module_unref(&m);
    }
    free(word);
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

bool check_modules(Reader *r)
{
    for (size_t i = 0; i < r->nmodule; i++) {
        NbModule *m = r->module[i];
        const char *lacks = nb_module_lacks(m);
        const NbModule *up =
            r->parent[i] > 0 && r->parent[i] <= r->nmodule ? r->module[r->parent[i] - 1] : NULL;
        if (lacks) {
            return reader_fail(r, "module %zu lacks %s", i + 1, lacks);
        }
        if (r->parent[i] > 0 && (!up || !is_child(up, m))) {
            return reader_fail(r, "module %zu is no part of %zu", i + 1, r->parent[i]);
        }
        nb_module_put_name(m, nb_module_name(m), up);
    }
    return true;
}

/* --- objects --- */

static bool add_object(Reader *r, Value v)
{
    if (v.tag != V_OBJ) {
        return reader_fail_ctx(r);
    }
    r->obj[r->nobj++] = v; /* there is room */
    return true;
}

static bool read_hook(Reader *r, char *word, size_t cap)
{
    double x;
    const NbHookRule *h = reader_word(r, word, cap) ? nb_hook_rule_find(word) : NULL;
    if (!h || !reader_number(r, &x) || !(x >= h->lo && x < h->hi)) {
        return reader_fail(r, "a hook and its number are expected");
    }
    return add_object(r, hook_new(h, x));
}

static bool read_loader(Reader *r, bool sequences)
{
    size_t x, t = 0;
    uint64_t size;
    NbCtx *ctx = r->s->ctx;
    char word[32];
    if (!reader_id(r, 'n', r->nnode, &x) || !reader_word(r, word, sizeof word)) {
        return reader_fail(r, "data and a size are expected");
    }
    if (!reader_parse_id(word, 'n', r->nnode, &t)) {
        r->at -= strlen(word);
    }
    if (!reader_count(r, INT32_MAX, &size) || (!sequences && t == 0)) {
        return reader_fail(r, "data and a size are expected");
    }
    bool shuffled = reader_take(r, "shuffled");
    NbVar *tv = t > 0 ? r->node[t - 1] : NULL;
    NbLoader *l = sequences ? nb_sequences(ctx, r->node[x - 1], tv, (int64_t)size)
                            : nb_batches(ctx, r->node[x - 1], tv, (int64_t)size, shuffled);
    return l ? add_object(r, loader_object(l)) : reader_fail_ctx(r);
}

/* hook=clip_grad:1, hook=f2 */
static bool add_hook(Reader *r, Obj *obj, char *text)
{
    NbOptim *o = optim_of(obj);
    double x;
    size_t id;
    char *number = strchr(text, ':');
    if (!number && reader_parse_id(text, 'f', r->nfunc, &id)) {
        return optim_add_function(obj, r->func[id - 1]) || reader_fail_ctx(r);
    }
    if (number) {
        *number++ = '\0';
    }
    const NbHookRule *h = number ? nb_hook_rule_find(text) : NULL;
    if (!h || !reader_parse_number(number, &x)) {
        return reader_fail(r, "no hook: %.40s", text);
    }
    return nb_optim_add_hook(o, h, x) == NB_OK || reader_fail_ctx(r);
}

static bool read_hyperparameter(Reader *r, NbOptim *o, int i, char *word, size_t cap)
{
    const NbOptParam *p = &nb_optim_rule(o)->param[i];
    char *text;
    double x;
    if (!read_pair(r, word, cap, &text) || strcmp(word, p->name) != 0) {
        return reader_fail(r, "%s= is expected", p->name);
    }
    if (p->same_as && strcmp(text, p->same_as) == 0) {
        return true;
    }
    if (!reader_parse_number(text, &x)) {
        return reader_fail(r, "%.40s is no number", text);
    }
    return nb_optim_set(o, i, x) == NB_OK || reader_fail_ctx(r);
}

/* After the hyperparameters: steps=3 runs=1 hook=clip_grad:1 of=2 */
static bool read_more(Reader *r, Obj *obj, char *word, size_t cap)
{
    NbOptim *o = optim_of(obj);
    char *text;
    while (read_pair(r, word, cap, &text)) {
        int64_t n = 0;
        int count;
        if (strcmp(word, "hook") == 0) {
            if (!add_hook(r, obj, text)) {
                return false;
            }
            continue;
        }
        if (!reader_parse_list(text, &n, 1, &count) || count != 1 || n < 0) {
            return reader_fail(r, "no number: %.40s", text);
        }
        if (strcmp(word, "steps") == 0) {
            nb_optim_put_steps(o, (uint64_t)n);
        } else if (strcmp(word, "runs") == 0) {
            nb_optim_put_runs(o, (uint64_t)n);
        } else if (strcmp(word, "of") == 0 && n >= 1 && (uint64_t)n <= r->nobj &&
                   module_of(r->obj[n - 1].obj)) {
            if (!optim_add_module(obj, r->obj[n - 1])) {
                return reader_fail_ctx(r);
            }
        } else {
            return reader_fail(r, "an optimizer has no %.40s=%.40s", word, text);
        }
    }
    return !r->failed;
}

static bool read_optimizer(Reader *r, const NbOptRule *rule, char *word, size_t cap)
{
    Obj *obj = optimizer_new(r->s->interp, rule);
    Value v = obj ? (Value){.tag = V_OBJ, .obj = obj} : UNSET;
    bool ok = obj || reader_fail_ctx(r);
    for (int i = 0; ok && i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        ok = read_hyperparameter(r, optim_of(obj), i, word, cap);
    }
    ok = ok && read_more(r, obj, word, cap);
    if (!ok) {
        value_unref(&v);
        return false;
    }
    return add_object(r, v);
}

bool read_object(Reader *r)
{
    uint64_t number, id;
    char word[160];
    if (!reader_room(r, &r->obj, &r->obj_cap, r->nobj, sizeof *r->obj) ||
        !reader_count(r, UINT32_MAX, &number)) {
        return false;
    }
    if (number != r->nobj + 1 || !reader_word(r, word, sizeof word)) {
        return reader_fail(r, "object %zu is expected", r->nobj + 1);
    }
    if (strcmp(word, "module") == 0) {
        return reader_count(r, r->nmodule, &id) && id > 0
                   ? add_object(r, module_object(nb_module_ref(r->module[id - 1])))
                   : reader_fail(r, "a module is expected");
    }
    if (strcmp(word, "hook") == 0) {
        return read_hook(r, word, sizeof word);
    }
    if (strcmp(word, "batches") == 0 || strcmp(word, "sequences") == 0) {
        return read_loader(r, word[0] == 's');
    }
    const NbOptRule *rule = nb_opt_rule_find(word);
    return rule ? read_optimizer(r, rule, word, sizeof word)
                : reader_fail(r, "no kind of object: %.40s", word);
}

bool read_slot(Reader *r)
{
    uint64_t number;
    size_t node;
    if (!reader_count(r, r->nobj, &number) || number == 0 || !reader_id(r, 'n', r->nnode, &node)) {
        return reader_fail(r, "an optimizer and a node are expected");
    }
    NbOptim *o = optim_of(r->obj[number - 1].obj);
    if (!o) {
        return reader_fail(r, "object %d is no optimizer", (int)number);
    }
    NbVar *v = r->node[node - 1];
    int64_t size = 1;
    nb_shape_size(nb_var_shape(v), &size, NULL);
    nb_optim_gather(o); /* those of its modules have their places */
    if (nb_optim_add(o, v) != NB_OK) {
        return reader_fail_ctx(r);
    }
    int at = nb_optim_position(o, v);
    for (int k = 0; reader_take(r, "="); k++) {
        NbTensor *t = reader_tensor(r, &(NbShape){.rank = 1, .dim = {size}});
        bool ok = t && nb_optim_put_state(o, at, k, t->data) == NB_OK;
        nb_tensor_unref(&t);
        if (!ok) {
            return reader_fail_ctx(r);
        }
    }
    return true;
}

/* nn.c -- layers and models as objects: constructors from the engine's records, reset_state */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objects/library.h"

typedef struct Module {
    Obj obj;
    NbModule *module;
} Module;

static const ObjClass module_class;

NbModule *module_of(const Obj *o)
{
    return o->cls == &module_class ? ((const Module *)o)->module : NULL;
}

/* New object; takes m. V_UNSET when out of memory. */
static Value wrap(NbModule *m)
{
    Module *p = calloc(1, sizeof *p);
    if (!p) {
        nb_module_unref(&m);
        return UNSET;
    }
    *p = (Module){.obj = {.refs = 1, .cls = &module_class}, .module = m};
    return (Value){.tag = V_OBJ, .obj = &p->obj};
}

Value module_object(NbModule *m)
{
    return wrap(m);
}

/* The first name stays: a second one does not rename what was shown already. */
bool module_named(Obj *o, const char *name)
{
    NbModule *m = module_of(o);
    return !m || nb_module_name(m) || strcmp(name, "ans") == 0 ||
           nb_module_set_name(m, name) == NB_OK;
}

/* --- the class --- */

static void module_free(Obj *o)
{
    nb_module_unref(&((Module *)o)->module);
    free(o);
}

static bool module_describe(Interp *I, const Obj *o, char *buf, size_t cap)
{
    bool ok = nb_module_text(((const Module *)o)->module, interp_is_ascii(I), buf, cap) > 0;
    if (!ok) {
        buf[0] = '\0';
        interp_forget_error(I);
    }
    return ok;
}

static bool push_var(List *l, NbVar *v)
{
    return list_push(l, (Value){.tag = V_VAR, .var = nb_var_ref(v)});
}

static bool get_params(Interp *I, NbModule *m, Value *out)
{
    int n = nb_module_params(m);
    if (n < 0) {
        return interp_fail_ctx(I, NULL);
    }
    *out = value_list(n);
    bool ok = out->tag == V_LIST;
    for (int i = 0; ok && i < n; i++) {
        ok = push_var(out->list, nb_module_param(m, i, NULL));
    }
    return ok || interp_fail(I, NULL, NB_EMEM, "out of memory for a list");
}

/* m.linear: the child of that name, or the list of them. */
static bool get_children(Interp *I, NbModule *m, const char *attr, Value *out)
{
    NbModule *c;
    const char *name;
    int number;
    bool ok = true;
    for (int i = 0; ok && (c = nb_module_child(m, i, &name, &number)); i++) {
        if (strcmp(name, attr) != 0) {
            continue;
        }
        Value child = wrap(nb_module_ref(c));
        ok = child.tag != V_UNSET;
        if (ok && number < 0) {
            *out = child;
            return true;
        }
        if (ok && out->tag != V_LIST) {
            *out = value_list(4);
            ok = out->tag == V_LIST;
        }
        ok = ok && list_push(out->list, child);
    }
    if (!ok) {
        return interp_fail(I, NULL, NB_EMEM, "out of memory for a list");
    }
    return out->tag == V_LIST;
}

/* Its layers in their order: what m[0] counts. false without error when it has none. */
static bool get_parts(Interp *I, NbModule *m, Value *out)
{
    NbModule *c;
    const char *name;
    int number;
    *out = value_list(4);
    bool ok = out->tag == V_LIST;
    for (int i = 0; ok && (c = nb_module_child(m, i, &name, &number)); i++) {
        Value child = wrap(nb_module_ref(c));
        ok = child.tag != V_UNSET && list_push(out->list, child);
    }
    if (ok && out->list->n == 0) { /* a layer */
        value_unref(out);
        return false;
    }
    return ok || interp_fail(I, NULL, NB_EMEM, "out of memory for a list");
}

/* What every module has, beside what its layer names. */
static const struct Part {
    const char *name;
    bool (*get)(Interp *I, NbModule *m, Value *out);
    bool of_parts; /* only where it is made of others */
} parts[] = {{"params", get_params, false}, {"parts", get_parts, true}};
#define PARTS (int)(sizeof parts / sizeof *parts)

static bool module_get(Interp *I, Obj *obj, const char *attr, Value *out)
{
    NbModule *m = module_of(obj);
    for (int k = 0; k < PARTS; k++) {
        if (strcmp(attr, parts[k].name) == 0) {
            return parts[k].get(I, m, out);
        }
    }
    NbVar *own = nb_module_own(m, attr);
    if (own) {
        *out = (Value){.tag = V_VAR, .var = nb_var_ref(own)};
        return true;
    }
    if (!nb_module_has(m, attr)) {
        return get_children(I, m, attr, out);
    }
    interp_fail(I, NULL, NB_EVALUE, "%s has no %s yet", nb_module_layer(m)->name, attr);
    return interp_hint(I, "it is made by the first call");
}

static bool module_set(Interp *I, Obj *obj, const char *attr, Value v)
{
    (void)v;
    interp_fail(I, NULL, NB_ETYPE, "%s cannot be set", attr);
    return interp_hint(I, "%s",
                       nb_module_has(module_of(obj), attr)
                           ? "parameters are written in place: m.w := ones(2, 3)"
                           : "make another module instead");
}

/* "rows are samples; x is (200, 2)" when x.T was given. */
static void hint_transposed(Interp *I, const Call *call, const NbVar *x)
{
    NbErr *err = nb_ctx_err(interp_ctx(I));
    const NbShape *s = nb_var_shape(x);
    char text[64], shape[160];
    size_t len = strlen(interp_text(I, call->arg[0], text, sizeof text));
    if (err->code != NB_ESHAPE || s->rank != 2 || len < 3 || strcmp(text + len - 2, ".T") != 0) {
        return;
    }
    NbShape before = nb_shape(2, 0, 0);
    before.dim[0] = s->dim[1];
    before.dim[1] = s->dim[0];
    snprintf(err->hint, sizeof err->hint, "rows are samples; %.*s is %s", (int)len - 2, text,
             nb_shape_text(&before, shape, sizeof shape));
}

static bool module_call(Interp *I, Obj *obj, const Call *call, Value *out)
{
    NbModule *m = module_of(obj);
    if (call->argc != 1 || call->nextra > 0) {
        const char *name = nb_module_layer(m)->name;
        if (call->nextra > 0) {
            interp_fail(I, call->extra[0].node, NB_EVALUE, "%s has no option %s when called", name,
                        call->extra[0].name);
        } else {
            interp_fail(I, call->node, NB_EVALUE, "%s takes one input, %d given", name, call->argc);
        }
        return interp_hint(I, "as in m(x), rows of x are samples");
    }
    NbVar *x = interp_var(I, call, 0, false);
    if (!x) {
        return false;
    }
    if (nb_module_changes(m)) {
        interp_touch_obj(I, obj);
    }
    NbVar *y = nb_module_call(m, x);
    if (y) {
        *out = (Value){.tag = V_VAR, .var = y};
    } else {
        hint_transposed(I, call, x);
        interp_fail_call(I, call);
    }
    nb_var_unref(&x);
    return y != NULL;
}

static bool module_holds(const Obj *obj, const NbVar *v)
{
    NbModule *m = module_of(obj);
    for (int i = 0, n = nb_module_params(m); i < n; i++) {
        if (nb_module_param(m, i, NULL) == v) {
            return true;
        }
    }
    return false;
}

/* What module_get finds: the table's, what the layer names, the modules it is made of. */
static const char *module_attr(const Obj *obj, int i)
{
    const NbModule *m = module_of(obj);
    const NbLayer *layer = nb_module_layer(m);
    const char *name;
    int number;
    for (int k = 0; k < PARTS; k++) {
        if ((!parts[k].of_parts || nb_module_child(m, 0, &name, &number)) && i-- == 0) {
            return parts[k].name;
        }
    }
    for (int k = 0; k < NB_LAYER_PARAMS && layer->param[k]; k++) {
        if (i-- == 0) {
            return layer->param[k];
        }
    }
    for (int k = 0; k < NB_LAYER_STATES && layer->state[k]; k++) {
        if (i-- == 0) {
            return layer->state[k];
        }
    }
    for (int k = 0; nb_module_child(m, k, &name, &number); k++) {
        if (number <= 0 && i-- == 0) { /* one name for all of a kind */
            return name;
        }
    }
    return NULL;
}

static const ObjClass module_class = {
    .name = "module",
    .free = module_free,
    .describe = module_describe,
    .get = module_get,
    .set = module_set,
    .call = module_call,
    .attr = module_attr,
    .holds = module_holds,
};

/* --- making one --- */

#define MOST 256 /* sizes, or modules one after the other */

/* What the settings of one call point to. */
typedef struct Made {
    NbSettingValue value[NB_LAYER_SETTINGS];
    int64_t size[MOST];
    NbModule *module[MOST]; /* references */
    int nmodules;
} Made;

static bool fail_kind(Interp *I, const Call *c, const Node *at, const NbSetting *s,
                      const char *wants, Value v)
{
    return interp_fail(I, at, NB_ETYPE, "%s: %s must be %s, not %s", c->row->name, s->name, wants,
                       value_kind(v));
}

static bool too_many(Interp *I, const Call *c, const Node *at, const char *what)
{
    return interp_fail(I, at, NB_EVALUE, "%s: more than %d %s", c->row->name, MOST, what);
}

/* [10, 1] as a list or a tensor, or one number. */
static bool read_sizes(Interp *I, const Call *c, const Node *at, const NbSetting *s, Value v,
                       Made *m, NbSettingValue *to)
{
    int n = 0;
    double number[MOST];
    NbTensor tmp;
    if (value_is_number(v)) {
        number[n++] = value_number(v);
    } else if (v.tag == V_VAR && nb_var_shape(v.var)->rank == 1) {
        const NbTensor *t = nb_var_data(v.var, &tmp);
        for (; n < t->size && n < MOST; n++) {
            number[n] = nb_tensor_at(t, n);
        }
    } else if (v.tag == V_LIST) {
        for (; n < v.list->n && n < MOST; n++) {
            if (!value_is_number(v.list->item[n])) {
                return fail_kind(I, c, at, s, "a list of sizes", v.list->item[n]);
            }
            number[n] = value_number(v.list->item[n]);
        }
    } else {
        return fail_kind(I, c, at, s, "a list of sizes such as [10, 1]", v);
    }
    if (n == MOST) {
        return too_many(I, c, at, "sizes");
    }
    for (int i = 0; i < n; i++) {
        if (!(number[i] >= 1 && number[i] < 2147483648.0) || number[i] != floor(number[i])) {
            return interp_fail(I, at, NB_EVALUE, "%s: %s must be whole numbers from 1, got %.15g",
                               c->row->name, s->name, number[i]);
        }
        m->size[i] = (int64_t)number[i];
    }
    *to = nb_set_sizes(m->size, n);
    return true;
}

/* The operation a value stands for; NULL when it is something else. */
static const NbOp *op_of(Value v)
{
    char name[160];
    if (v.tag != V_FUNC) {
        return NULL;
    }
    return nb_op_find(func_signature(v.func, name, sizeof name));
}

#define LIST_DEPTH 8

/* A module, an operation, or a list of them. */
static bool add_module(Interp *I, const Call *c, const Node *at, Value v, Made *m, int depth)
{
    NbCtx *ctx = interp_ctx(I);
    NbModule *child = v.tag == V_OBJ ? nb_module_ref(module_of(v.obj)) : NULL;
    const NbOp *op = op_of(v);
    if (v.tag == V_LIST && depth > 0) {
        for (int i = 0; i < v.list->n; i++) {
            if (!add_module(I, c, at, v.list->item[i], m, depth - 1)) {
                return false;
            }
        }
        return true;
    }
    if (op && !(child = nb_module_op(ctx, op))) {
        return interp_fail_ctx(I, at);
    }
    if (!child) {
        interp_fail(I, at, NB_ETYPE, "%s: expected a layer, got %s", c->row->name, value_kind(v));
        return interp_hint(I, "as in sequential(linear(8), relu, linear(2))");
    }
    if (m->nmodules == MOST) {
        nb_module_unref(&child);
        return too_many(I, c, at, "layers");
    }
    if (v.tag == V_OBJ && !nb_module_name(child) && !nb_module_parent(child)) {
        interp_touch_obj(I, v.obj); /* the new module becomes its parent */
    }
    m->module[m->nmodules++] = child;
    return true;
}

static bool read_setting(Interp *I, const Call *c, const Node *at, const NbSetting *s, Value v,
                         Made *m, NbSettingValue *to)
{
    switch (s->kind) {
    case NB_S_COUNT:
    case NB_S_NUMBER:
    case NB_S_FLAG:
        if (!value_is_number(v)) {
            fail_kind(I, c, at, s, "a number", v);
            return v.tag == V_VAR ? interp_hint(I, "%s", c->row->usage) : false;
        }
        *to = nb_set_number(value_number(v));
        return true;
    case NB_S_OP:
        if (!op_of(v)) {
            fail_kind(I, c, at, s, "an operation on each element", v);
            return interp_hint(I, "such as sigmoid, tanh or relu");
        }
        *to = nb_set_op(op_of(v));
        return true;
    case NB_S_SIZES: return read_sizes(I, c, at, s, v, m, to);
    case NB_S_MODULES: return add_module(I, c, at, v, m, LIST_DEPTH);
    }
    return false;
}

static bool read_settings(Interp *I, const Call *c, const NbLayer *layer, Made *m)
{
    int n = nb_layer_settings(layer);
    if (layer->setting[0].kind == NB_S_MODULES) {
        for (int i = 0; i < c->argc; i++) {
            if (!add_module(I, c, c->arg[i], c->argv[i], m, LIST_DEPTH)) {
                return false;
            }
        }
        m->value[0] = nb_set_modules(m->module, m->nmodules);
        return true;
    }
    for (int i = 0; i < n; i++) {
        bool positional = i < c->argc;
        Value v = positional ? c->argv[i] : c->opt[i];
        const Node *at = positional ? c->arg[i] : c->optnode[i];
        if (positional && c->opt[i].tag != V_UNSET) {
            return interp_fail(I, c->optnode[i], NB_EVALUE, "%s already has %s", layer->name,
                               layer->setting[i].name);
        }
        if (v.tag != V_UNSET && !read_setting(I, c, at, &layer->setting[i], v, m, &m->value[i])) {
            return false;
        }
    }
    return true;
}

/* mlp([1, 16, 1]): a first size far below the second is taken for the inputs. */
static void note_input(Interp *I, const NbLayer *layer, const Made *made)
{
    const NbSettingValue *v = &made->value[0];
    if (layer->setting[0].kind != NB_S_SIZES || v->n < 3 || v->sizes[0] > 4 ||
        v->sizes[1] < 2 * v->sizes[0]) {
        return;
    }
    interp_note(I, "*sizes",
                "%s: the sizes leave out the input, whose width is that of the first x: this model "
                "begins with a layer of %lld",
                layer->name, (long long)v->sizes[0]);
}

static bool make_module(Interp *I, const Call *c, Value *out)
{
    const NbLayer *layer = nb_layer_find(c->row->name);
    Made *made = calloc(1, sizeof *made);
    if (!made) {
        return interp_fail(I, c->node, NB_EMEM, "out of memory for %s", layer->name);
    }
    bool ok = read_settings(I, c, layer, made);
    NbModule *m = ok ? nb_module_new(interp_ctx(I), layer, made->value, NB_LAYER_SETTINGS) : NULL;
    if (m) {
        note_input(I, layer, made);
        *out = wrap(m);
        ok = out->tag != V_UNSET;
    } else if (ok) {
        ok = interp_fail_ctx(I, c->node);
    }
    for (int i = 0; i < made->nmodules; i++) {
        nb_module_unref(&made->module[i]);
    }
    free(made);
    return ok;
}

/* --- reset_state --- */

static bool cmd_reset_state(Interp *I, const Call *c, Value *out)
{
    (void)out;
    char name[96];
    for (int i = 0; i < c->argc; i++) {
        NbModule *m = c->argv[i].tag == V_OBJ ? module_of(c->argv[i].obj) : NULL;
        if (!m) {
            interp_fail(I, c->arg[i], NB_ETYPE, "reset_state: expected a module, got %s",
                        value_kind(c->argv[i]));
            return interp_hint(I, "such as m = lstm(8)");
        }
        interp_text(I, c->arg[i], name, sizeof name);
        interp_touch_obj(I, c->argv[i].obj);
        if (!nb_module_reset_state(m)) {
            interp_fail(I, c->arg[i], NB_EVALUE, "reset_state: %s keeps no state", name);
            return interp_hint(I, "rnn and lstm do");
        }
        if (interp_echoes(I, c)) {
            fprintf(interp_out(I), "%s: state cleared\n", name);
        }
    }
    return true;
}

static const Builtin rows[] = {
    {"reset_state",
     B_COMMAND | B_WITHIN,
     1,
     -1,
     {{0}},
     cmd_reset_state,
     "layers",
     "reset_state m",
     "Clears what the recurrent layers of a model keep from call to call: h and c.",
     "m = lstm(2)\nm([[1]])\nreset_state m"},
};

Rows nn_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

/* --- rows made from the records --- */

struct LibraryRows {
    int n;
    MadeRow made[];
};

static void module_made(MadeRow *m, const NbLayer *layer)
{
    int n = nb_layer_settings(layer);
    bool list = layer->setting[0].kind == NB_S_MODULES;
    snprintf(m->doc, sizeof m->doc, "%s\n%s", layer->doc, layer->formula);
    m->row.name = layer->name;
    m->row.flags = B_VALUE | B_ASSIGNS | B_LISTS | B_WITHIN;
    m->row.max_args = list ? -1 : n;
    for (int i = 0; !list && i < n; i++) {
        m->row.opt[i] = (BuiltinOpt){layer->setting[i].name, layer->setting[i].fallback};
    }
    m->row.fn = make_module;
    m->row.group = "layers";
    m->row.usage = layer->usage;
    m->row.doc = m->doc;
    m->row.example = layer->example;
}

LibraryRows *library_rows_new(void)
{
    int n = nb_layer_count() + data_made_count();
    LibraryRows *r = calloc(1, sizeof *r + (size_t)n * sizeof(MadeRow));
    for (int i = 0; r && i < nb_layer_count(); i++) {
        if (!nb_layer_at(i)->hidden) {
            module_made(&r->made[r->n++], nb_layer_at(i));
        }
    }
    for (int i = 0; r && i < data_made_count(); i++) {
        data_made(&r->made[r->n++], i);
    }
    return r;
}

bool library_rows_add(LibraryRows *r, Interp *I)
{
    for (int i = 0; i < r->n; i++) {
        if (!interp_add(I, &r->made[i].row, 1)) {
            return false;
        }
    }
    return true;
}

void library_rows_free(LibraryRows **r)
{
    free(*r);
    *r = NULL;
}

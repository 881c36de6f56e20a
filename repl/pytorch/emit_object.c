/* emit_object.c -- optimizers, hooks, layers and models in Python */
#include <nabla/nn.h>
#include <nabla/optim.h>

#include "pytorch/internal.h"

typedef struct Settings {
    Trans *T;
    const Node *call;
    const NbOptRule *rule;
    const NbLayer *layer;
    const char *all; /* of {*} */
} Settings;

/* --- optimizers --- */

static const char *number_text(Trans *T, double x)
{
    char buf[40];
    return tr_fmt(T, "%s", nb_format_number(x, NB_DIGITS_FULL, buf, sizeof buf));
}

static const char *hyper_text(void *user, const char *name, char want, int prec, bool must)
{
    const Settings *o = user;
    (void)want, (void)prec;
    if (strcmp(name, "*") == 0) {
        return o->all;
    }
    const Node *n = tr_arg(o->T, o->call, -1, name);
    if (n) {
        return emit_text(o->T, n);
    }
    for (int i = 0; must && i < NB_OPT_PARAMS && o->rule->param[i].name; i++) {
        if (strcmp(o->rule->param[i].name, name) == 0) {
            return number_text(o->T, o->rule->param[i].value);
        }
    }
    return NULL;
}

static const char *leaf_text(Trans *T, const Node *x)
{
    const char *own = emit_parameter(T, x, NULL);
    return own ? own : emit_text(T, x);
}

/* A list by its name. */
static const char *list_text(Trans *T, const Node *x)
{
    const Val *e = val_of(T, x)->elem;
    if (!e || !(e->kinds & K_MODEL)) {
        return emit_text(T, x);
    }
    if (e->kinds != K_MODEL) {
        tr_fail(T, x, "models and variables in one list have no counterpart in PyTorch");
        tr_hint(T, "write them as arguments of the optimizer");
    }
    return tr_fmt(T, "[p for model in %s for p in model.parameters()]", emit_text(T, x));
}

/* What a list literal holds, lists inside it too. */
static const char *listed(Trans *T, const Node *x)
{
    const char *s = "";
    for (int i = 0; i < x->n; i++) {
        const Node *k = x->kid[i];
        bool model = (kinds_of(T, k) & K_MODEL) != 0, list = kinds_of(T, k) & K_LIST;
        s = tr_fmt(T, "%s%s%s", s, i ? ", " : "",
                   model               ? tr_fmt(T, "*%s.parameters()", emit_at(T, k, NB_PY_ATOM))
                   : k->kind == N_LIST ? listed(T, k)
                   : list              ? tr_fmt(T, "*%s", list_text(T, k))
                                       : leaf_text(T, k));
    }
    return s;
}

/* All that is moved, as a list of Python or what gives one. */
static const char *parameters(Trans *T, const Node *call)
{
    const char *s = "";
    int n = call->call->npos;
    for (int i = 0; i < n; i++) {
        const Node *x = call->kid[i];
        bool model = (kinds_of(T, x) & K_MODEL) != 0, named = x->kind != N_LIST;
        bool list = named && !model && kinds_of(T, x) & K_LIST;
        const char *one = model    ? tr_fmt(T, "%s.parameters()", emit_at(T, x, NB_PY_ATOM))
                          : list   ? list_text(T, x)
                          : !named ? listed(T, x)
                                   : leaf_text(T, x);
        if (n == 1 && (model || list)) {
            return one;
        }
        s = tr_fmt(T, "%s%s%s%s", s, i ? ", " : "", model || list ? "*" : "", one);
    }
    return tr_fmt(T, "[%s]", s);
}

static bool word_in(const char *word, const char *words)
{
    const char *at = strstr(words, word);
    size_t n = strlen(word);
    return at && (at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0');
}

/* opt.lr = … stands somewhere. */
static bool sets_rate(const Trans *T)
{
    for (int i = 0; i < T->nid; i++) {
        const Node *s = T->site[i].stmt;
        if (s && s->kind == N_ASSIGN && s->a->kind == N_ATTR && strcmp(s->a->attr, "lr") == 0) {
            return true;
        }
    }
    return false;
}

/* opt.t is read somewhere. */
static bool reads_steps(const Trans *T)
{
    for (size_t i = 0; i < T->ninfo; i++) {
        const Node *n = T->info[i].node;
        if (n && n->kind == N_ATTR && flow_is_in(n->attr, "t steps") && T->info[i].val &&
            T->info[i].val->kinds == K_FLOAT) {
            return true;
        }
    }
    return false;
}

static bool needs_own(Trans *T, const Node *call, const NbOptRule *rule)
{
    double d = 1;
    const Node *damp = tr_arg(T, call, -1, "dampening"),
               *decay = tr_arg(T, call, -1, "weight_decay");
    if (!rule->torch_own) {
        return false;
    }
    if (damp && tr_literal(damp, &d) && d == 0 && !decay) {
        return false; /* PyTorch's own default */
    }
    if (word_in("lr", rule->own_if) && sets_rate(T)) {
        return true;
    }
    for (int i = 0; word_in("model", rule->own_if) && i < call->call->npos; i++) {
        if (kinds_of(T, call->kid[i]) & K_MODEL) {
            return true; /* its weights are drawn at the first call */
        }
    }
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        const Node *n = tr_arg(T, call, -1, rule->param[i].name);
        if (n && strcmp(rule->param[i].name, "lr") != 0 && !tr_is_word(T, n, "false") &&
            word_in(rule->param[i].name, rule->own_if)) {
            return true;
        }
    }
    return false;
}

static const char *hooks_text(Trans *T, const Node *hooks)
{
    const char *s = "";
    if (hooks->kind != N_LIST) {
        return tr_fmt(T, "*%s", emit_text(T, hooks));
    }
    for (int i = 0; i < hooks->n; i++) {
        if (hooks->kid[i]->kind != N_CALL) {
            tr_fail(T, hooks->kid[i], "a hook that is a function has no counterpart in PyTorch");
        }
        s = tr_fmt(T, "%s%s%s", s, i ? ", " : "", emit_text(T, hooks->kid[i]));
    }
    return s;
}

/* One hook that PyTorch's optimizer has as an option. */
static const char *decay_option(Trans *T, const Node *hooks, const NbOptRule *rule)
{
    bool takes = !strstr(rule->name, "adamw") && strncmp(rule->torch, "torch.optim.", 12) == 0;
    if (!takes || !hooks || hooks->kind != N_LIST || hooks->n != 1 ||
        hooks->kid[0]->kind != N_CALL) {
        return NULL;
    }
    const char *name = tr_callee(T, hooks->kid[0]);
    return name && strcmp(name, "weight_decay") == 0 ? emit_text(T, hooks->kid[0]->kid[0]) : NULL;
}

static Py optimizer(Trans *T, const Node *call, const NbOptRule *rule)
{
    Settings o = {T, call, rule, NULL, parameters(T, call)};
    Text t = text_in(&T->lost);
    int prec = NB_PY_ATOM;
    bool own = needs_own(T, call, rule);
    const Node *hooks = tr_arg(T, call, -1, "hooks");
    const char *decay = own || tr_arg(T, call, -1, "weight_decay") ? NULL
                                                                   : decay_option(T, hooks, rule);
    if (!nb_torch_form(own ? rule->torch_own : rule->torch, hyper_text, &o, &t, &prec)) {
        tr_fail(T, call, "%s has no counterpart in PyTorch", rule->name);
    }
    const char *s = tr_fmt(T, "%s", text_str(&t));
    text_free(&t);
    if (decay) {
        s = tr_fmt(T, "%.*s, weight_decay=%s)", (int)(strlen(s) - 1), s, decay);
    } else if (hooks && !(hooks->kind == N_LIST && hooks->n == 0)) {
        s = tr_fmt(T, "with_hooks(%s, %s)", s, hooks_text(T, hooks));
    }
    s = reads_steps(T) ? tr_fmt(T, "counted(%s)", s) : s;
    return py(s, NB_PY_ATOM);
}

/* --- models --- */

static int setting_place(const NbLayer *layer, const char *name)
{
    for (int i = 0; i < NB_LAYER_SETTINGS && layer->setting[i].name; i++) {
        if (strcmp(layer->setting[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static const char *setting_text(void *user, const char *name, char want, int prec, bool must)
{
    const Settings *o = user;
    (void)want, (void)prec, (void)must;
    if (strcmp(name, "*") == 0) {
        return o->all;
    }
    const Node *n = tr_arg(o->T, o->call, setting_place(o->layer, name), name);
    if (!n) {
        return NULL;
    }
    NbSettingKind kind = o->layer->setting[setting_place(o->layer, name)].kind;
    return kind == NB_S_COUNT ? emit_int(o->T, n) : emit_text(o->T, n);
}

const NbOp *tr_operation(Trans *T, const Node *n)
{
    const Val *v = val_of(T, n);
    if (v->op) {
        return v->op;
    }
    return n->kind == N_GLOBAL && v->word ? known_op(T->I, n->sym) : NULL;
}

/* An activation as a layer. */
static const char *activation(Trans *T, const Node *n)
{
    const NbOp *op = tr_operation(T, n);
    if (op && op->torch_module) {
        return op->torch_module;
    }
    return tr_fmt(T, "Elementwise(%s)", op ? emit_function(T, n) : emit_text(T, n));
}

static Py mlp(Trans *T, const Node *call)
{
    const Node *sizes = tr_arg(T, call, 0, "sizes"), *act = tr_arg(T, call, 1, "activation");
    const char *between = act ? activation(T, act) : "nn.Sigmoid()";
    const char *s = "";
    if (!sizes || (sizes->kind != N_NUMBERS && sizes->kind != N_LIST)) {
        return py(tr_fmt(T, "mlp(%s, lambda: %s)", sizes ? emit_text(T, sizes) : "[]", between),
                  NB_PY_ATOM);
    }
    int n = sizes->kind == N_LIST ? sizes->n : (int)sizes->lit->shape.dim[0];
    for (int i = 0; i < n; i++) {
        const char *size = sizes->kind == N_LIST
                               ? emit_int(T, sizes->kid[i])
                               : tr_fmt(T, "%lld", (long long)sizes->lit->data[i]);
        s = tr_fmt(T, "%s%sLinear(%s)%s%s", s, i ? ", " : "", size, i + 1 < n ? ", " : "",
                   i + 1 < n ? between : "");
    }
    return py(tr_fmt(T, "nn.Sequential(%s)", s), NB_PY_ATOM);
}

/* Layers of a sequential: its arguments, or those of the one list it is given. */
static Node *const *layers_of(const Node *call, int *n)
{
    bool list = call->call->npos == 1 && call->kid[0]->kind == N_LIST;
    *n = list ? call->kid[0]->n : call->call->npos;
    return list ? call->kid[0]->kid : call->kid;
}

static const char *children(Trans *T, const Node *call)
{
    const char *s = "";
    int n;
    Node *const *layer = layers_of(call, &n);
    for (int i = 0; i < n; i++) {
        const Node *x = layer[i];
        s = tr_fmt(T, "%s%s%s", s, i ? ", " : "",
                   kinds_of(T, x) & K_MODEL ? emit_text(T, x) : activation(T, x));
    }
    return s;
}

static Py model(Trans *T, const Node *call, const NbLayer *layer)
{
    if (!layer->torch) {
        return mlp(T, call);
    }
    Settings o = {T, call, NULL, layer, NULL};
    Text t = text_in(&T->lost);
    int prec = NB_PY_ATOM;
    o.all = strstr(layer->torch, "{*}") ? children(T, call) : "";
    if (!nb_torch_form(layer->torch, setting_text, &o, &t, &prec)) {
        tr_fail(T, call, "%s needs its sizes", layer->name);
    }
    Py x = py(tr_fmt(T, "%s", text_str(&t)), prec);
    text_free(&t);
    return x;
}

Py emit_object(Trans *T, const Node *call)
{
    const char *name = tr_callee(T, call);
    const NbOptRule *rule = nb_opt_rule_find(name);
    const NbHookRule *hook = nb_hook_rule_find(name);
    if (rule) {
        return optimizer(T, call, rule);
    }
    if (hook) {
        return py(tr_fmt(T, "%s(%s)", name, call->n ? emit_text(T, call->kid[0]) : ""), NB_PY_ATOM);
    }
    return model(T, call, nb_layer_find(name));
}

/* --- parts of models: m.linear[0].w, m.params --- */

/* Place of linear layer `number` in the nn.Sequential that an mlp becomes; -1. */
static const char *layer_text(Trans *T, const Node *model, const char *child, const Node *number)
{
    const Val *v = val_of(T, model);
    const char *made = v->made ? tr_callee(T, v->made) : NULL;
    const char *base = emit_at(T, model, NB_PY_ATOM);
    double x;
    if (made && strcmp(made, "mlp") == 0 && number) {
        return tr_literal(number, &x)
                   ? tr_fmt(T, "%s[%d]", base, 2 * (int)x)
                   : tr_fmt(T, "%s[2 * %s]", base, emit_at(T, number, NB_PY_MUL));
    }
    if (made && strcmp(made, "sequential") == 0 && number && tr_literal(number, &x)) {
        int left = (int)x, n;
        Node *const *layer = layers_of(v->made, &n);
        for (int i = 0; i < n; i++) {
            const Node *c = layer[i];
            const char *kind = c->kind == N_CALL     ? tr_callee(T, c)
                               : c->kind == N_GLOBAL ? tr_symbol(T, c->sym)
                                                     : "";
            if (kind && strcmp(kind, child) == 0 && left-- == 0) {
                return tr_fmt(T, "%s[%d]", base, i);
            }
        }
    }
    bool named = model->kind == N_GLOBAL || model->kind == N_LOCAL;
    if (made && strcmp(made, "lstm_model") == 0 && !number && named) {
        return tr_fmt(T, "%s.%s", base, child);
    }
    return NULL;
}

/* Weights of linear layers stand the other way round in PyTorch, and what is a row here has one
 * axis there. */
const char *emit_parameter(Trans *T, const Node *n, const char **view)
{
    bool weight = n->kind == N_ATTR && strcmp(n->attr, "w") == 0;
    if (n->kind != N_ATTR || !(kinds_of(T, n->a) & K_MODEL) || strlen(n->attr) != 1) {
        if (val_of(T, n)->view) {
            tr_fail(T, n, "this name is a view of a parameter in PyTorch");
            tr_hint(T, "write it as a part of its model, m.w");
        }
        return NULL;
    }
    const Val *v = val_of(T, n->a);
    bool named = n->a->kind == N_GLOBAL || n->a->kind == N_LOCAL;
    const char *made = !named ? "linear" : v->made ? tr_callee(T, v->made) : "";
    bool norm = strcmp(made, "layer_norm") == 0, linear = strcmp(made, "linear") == 0;
    if (!norm && !linear && strcmp(made, "embedding") != 0) {
        tr_fail(T, n, "this part of the model has no counterpart in PyTorch");
        return NULL;
    }
    if (view) {
        *view = linear && weight ? ".T" : linear || norm ? ".view(1, -1)" : "";
    }
    return tr_fmt(T, "%s.%s", emit_at(T, n->a, NB_PY_ATOM), weight ? "weight" : "bias");
}

Py emit_model_part(Trans *T, const Node *n)
{
    const char *attr = n->kind == N_ATTR ? n->attr : "";
    if (strcmp(attr, "params") == 0) {
        return py(tr_fmt(T, "list(%s.parameters())", emit_at(T, n->a, NB_PY_ATOM)), NB_PY_ATOM);
    }
    const char *view, *own = emit_parameter(T, n, &view);
    if (own) {
        return py(tr_fmt(T, "%s%s", own, view), NB_PY_ATOM);
    }
    const char *s = NULL;
    if (n->kind == N_INDEX && n->n == 1 && n->a->kind == N_ATTR) {
        s = layer_text(T, n->a->a, n->a->attr, n->kid[0]);
    } else if (n->kind == N_ATTR) {
        s = layer_text(T, n->a, n->attr, NULL);
    }
    if (!s) {
        tr_fail(T, n, "this part of the model has no counterpart in PyTorch");
        return py("", NB_PY_ATOM);
    }
    return py(s, NB_PY_ATOM);
}

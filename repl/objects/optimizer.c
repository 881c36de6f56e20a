/* optimizer.c -- optimizers and hooks as objects: constructors made from the engine's rules */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "objects/library.h"
#include "objects/optimizer.h"
#include "base/text.h"

typedef struct HookFunction {
    Interp *I;
    Value f; /* V_UNSET where the hook is none */
} HookFunction;

typedef struct Optimizer {
    Obj obj;
    Interp *I;
    NbOptim *optim;
    Value modules; /* asked for their parameters at each step: a list, or V_UNSET */
    HookFunction function[NB_OPT_HOOKS];
    bool calls; /* there is one */
} Optimizer;

#define MOST_NAMED 8 /* variables of an optimizer that are listed */

/* --- the class of optimizers --- */

static void optimizer_free(Obj *o)
{
    Optimizer *p = (Optimizer *)o;
    interp_gone(p->I, o);
    nb_optim_free(&p->optim);
    value_unref(&p->modules);
    for (int i = 0; i < NB_OPT_HOOKS; i++) {
        value_unref(&p->function[i].f);
    }
    free(p);
}

static void add_number(Text *t, const NbOptParam *p, double v)
{
    char number[40];
    if (p->flag) {
        text_printf(t, "%s%s=%s", t->len > 0 ? ", " : "", p->name, v != 0 ? "true" : "false");
    } else {
        text_printf(t, "%s%s=%s", t->len > 0 ? ", " : "", p->name,
                    nb_format_number(v, NB_DIGITS_FULL, number, sizeof number));
    }
}

int optim_lr(const NbOptRule *rule)
{
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        if (strcmp(rule->param[i].name, "lr") == 0) {
            return i;
        }
    }
    return -1;
}

/* The rule's own value of a parameter, which titles leave out; the learning rate they show. */
static bool is_usual(const NbOptim *o, int i)
{
    const NbOptRule *rule = nb_optim_rule(o);
    const char *same = rule->param[i].same_as;
    double usual = rule->param[i].value;
    for (int k = 0; same && k < i; k++) {
        usual = strcmp(rule->param[k].name, same) == 0 ? nb_optim_get(o, k) : usual;
    }
    return i != optim_lr(rule) && nb_optim_get(o, i) == usual;
}

/* "lr=0.1, momentum=0.9, hooks=[clip_grad(1)]": what is in force and not 0 or off; with `brief`
 * only what was chosen. */
static void add_settings(Text *t, const NbOptim *o, bool brief)
{
    const NbOptRule *rule = nb_optim_rule(o);
    char number[40];
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        if (nb_optim_get(o, i) != 0 && !(brief && is_usual(o, i))) {
            add_number(t, &rule->param[i], nb_optim_get(o, i));
        }
    }
    for (int i = 0, n = nb_optim_hooks(o); i < n; i++) {
        double v;
        text_printf(t, "%s%s",
                    i > 0        ? ", "
                    : t->len > 0 ? ", hooks=["
                                 : "hooks=[",
                    nb_optim_hook_name(o, i));
        if (nb_optim_hook(o, i, &v)) {
            text_printf(t, "(%s)", nb_format_number(v, NB_DIGITS_FULL, number, sizeof number));
        }
    }
    text_add(t, nb_optim_hooks(o) > 0 ? "]" : "");
}

const char *optim_title(const NbOptim *o, char *buf, size_t cap)
{
    Text whole = text_over(buf, cap);
    text_printf(&whole, "%s(", nb_optim_rule(o)->name);
    Text t = text_over(buf + whole.len, cap - whole.len);
    add_settings(&t, o, true);
    text_add(&t, ")");
    return buf;
}

static int module_count(const Optimizer *p)
{
    return p->modules.tag == V_LIST ? p->modules.list->n : 0;
}

/* "m", or what the module is when no name binds it. */
static void add_modules(Interp *I, Text *t, const Optimizer *p)
{
    for (int i = 0; i < module_count(p); i++) {
        const Obj *o = p->modules.list->item[i].obj;
        const char *name = interp_object_name(I, o);
        name = name ? name : nb_module_name(module_of(o));
        text_printf(t, "%s%s", i > 0 ? ", " : "",
                    name ? name : nb_module_layer(module_of(o))->name);
    }
}

static bool in_module(const Optimizer *p, const NbVar *v)
{
    for (int i = 0; i < module_count(p); i++) {
        const Obj *o = p->modules.list->item[i].obj;
        if (o->cls->holds(o, v)) {
            return true;
        }
    }
    return false;
}

/* The variables that belong to no module. */
static void add_variables(Interp *I, Text *t, const Optimizer *p)
{
    char label[96];
    int n = nb_optim_gather(p->optim), own = 0;
    for (int i = 0; i < n; i++) {
        own += !in_module(p, nb_optim_at(p->optim, i));
    }
    if (own > MOST_NAMED) {
        text_printf(t, "%s%d variables", t->len > 0 ? ", " : "", own);
    }
    for (int i = 0; i < n && own <= MOST_NAMED; i++) {
        NbVar *v = nb_optim_at(p->optim, i);
        if (!in_module(p, v)) {
            text_printf(t, "%s%s", t->len > 0 ? ", " : "", interp_label(I, v, label, sizeof label));
        }
    }
}

static bool optimizer_describe(Interp *I, const Obj *obj, char *buf, size_t cap)
{
    const Optimizer *p = (const Optimizer *)obj;
    Text vars = text_in(interp_lost(I)), settings = text_in(interp_lost(I));
    add_modules(I, &vars, p);
    add_variables(I, &vars, p);
    add_settings(&settings, p->optim, false);
    snprintf(buf, cap, "%s(%s%s%s)", nb_optim_rule(p->optim)->name, text_str(&vars),
             vars.len > 0 && settings.len > 0 ? ", " : "", text_str(&settings));
    bool whole = text_whole(&vars) && text_whole(&settings);
    text_free(&vars);
    text_free(&settings);
    return whole;
}

static int param_of(const NbOptim *o, const char *name)
{
    const NbOptRule *rule = nb_optim_rule(o);
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        if (strcmp(rule->param[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static bool optimizer_flag(const Obj *obj, const char *attr)
{
    const NbOptim *o = ((const Optimizer *)obj)->optim;
    int param = param_of(o, attr);
    return param >= 0 && nb_optim_rule(o)->param[param].flag;
}

/* What other libraries call a hyperparameter of ours, or NULL. */
static const char *other_name(const NbOptim *o, const char *attr)
{
    static const char *const said[][2] = {
        {"rate", "lr"},         {"alpha", "lr"},        {"learning_rate", "lr"},
        {"learningrate", "lr"}, {"eta", "lr"},          {"step_size", "lr"},
        {"stepsize", "lr"},     {"b1", "beta1"},        {"b2", "beta2"},
        {"epsilon", "eps"},     {"mu", "momentum"},     {"decay", "weight_decay"},
        {"rho", "alpha"},       {"wd", "weight_decay"}, {"l2", "weight_decay"},
        {"betas", "beta1"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        if (strcmp(attr, said[i][0]) == 0 && param_of(o, said[i][1]) >= 0) {
            return said[i][1];
        }
    }
    return NULL;
}

/* A letter that some rule keeps. */
static bool is_state(const char *name)
{
    for (int i = 0; i < nb_opt_rule_count(); i++) {
        const NbOptRule *rule = nb_opt_rule_at(i);
        for (int k = 0; k < rule->nstate; k++) {
            if (strcmp(rule->state[k], name) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* The error of an attribute there is not; false. */
static bool no_parameter(Interp *I, const NbOptim *o, const char *attr)
{
    Text names = text_in(interp_lost(I));
    const NbOptRule *rule = nb_optim_rule(o);
    const char *ours = other_name(o, attr);
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        text_printf(&names, "%s%s", i > 0 ? ", " : "", rule->param[i].name);
    }
    for (int k = 0; is_state(attr) && k < rule->nstate; k++) {
        text_printf(&names, "%s%s", k == 0 ? "; to read: t, " : ", ", rule->state[k]);
    }
    interp_fail(I, NULL, NB_ENAME, "%s has no %s%s", rule->name,
                is_state(attr) ? "" : "hyperparameter ", attr);
    if (ours) {
        interp_hint(I, "it is called %s here", ours);
    }
    interp_hint(I, "it has %s", text_str(&names));
    text_free(&names);
    return false;
}

static int state_of(const NbOptim *o, const char *name)
{
    const NbOptRule *rule = nb_optim_rule(o);
    for (int k = 0; k < rule->nstate; k++) {
        if (strcmp(rule->state[k], name) == 0) {
            return k;
        }
    }
    return -1;
}

/* State k of parameter i in the parameter's shape; zeros before its first step. */
static Value state_value(Interp *I, const NbOptim *o, int i, int k)
{
    NbCtx *ctx = interp_ctx(I);
    const NbShape *shape = nb_var_shape(nb_optim_at(o, i));
    const double *x = nb_optim_state(o, i, k);
    if (shape->rank == 0) {
        return CONST(x ? *x : 0);
    }
    NbTensor *t = x ? nb_tensor_from(shape, x, nb_ctx_err(ctx))
                    : nb_tensor_full(shape, 0, nb_ctx_err(ctx));
    NbVar *v = nb_var_tensor(ctx, t, NB_CONST);
    if (!v) {
        interp_fail_ctx(I, NULL);
        return UNSET;
    }
    return (Value){.tag = V_VAR, .var = v};
}

static bool keeps_state(Interp *I, const NbOptim *o, int k)
{
    const NbOptRule *rule = nb_optim_rule(o);
    double h[NB_OPT_PARAMS];
    for (int i = 0; i < NB_OPT_PARAMS; i++) {
        h[i] = nb_optim_get(o, i);
    }
    if (!rule->keeps || rule->keeps(h)) {
        return true;
    }
    interp_fail(I, NULL, NB_EVALUE, "%s keeps no %s without momentum", rule->name, rule->state[k]);
    return interp_hint(I, "it has t, the number of steps");
}

/* opt.m: of one parameter its value, of several a list in the order of opt.params. */
static bool get_state(Interp *I, NbOptim *o, int k, Value *out)
{
    int n = nb_optim_gather(o);
    if (!keeps_state(I, o, k)) {
        return false;
    }
    if (n == 1) {
        *out = state_value(I, o, 0, k);
        return out->tag != V_UNSET;
    }
    Value list = value_list(n);
    bool ok = list.tag == V_LIST || interp_fail(I, NULL, NB_EMEM, "out of memory for a list");
    for (int i = 0; ok && i < n; i++) {
        Value v = state_value(I, o, i, k);
        ok = v.tag != V_UNSET && list_push(list.list, v);
    }
    if (!ok) {
        value_unref(&list);
        return false;
    }
    *out = list;
    return true;
}

static bool optimizer_get(Interp *I, Obj *obj, const char *attr, Value *out)
{
    NbOptim *o = ((Optimizer *)obj)->optim;
    int param = param_of(o, attr);
    if (param >= 0) {
        *out = CONST(nb_optim_get(o, param));
        return true;
    }
    if (state_of(o, attr) >= 0) {
        return get_state(I, o, state_of(o, attr), out);
    }
    if (strcmp(attr, "steps") == 0 || strcmp(attr, "t") == 0) {
        *out = CONST((double)nb_optim_steps(o));
        return true;
    }
    if (strcmp(attr, "params") == 0) {
        *out = value_list(nb_optim_gather(o));
        for (int i = 0; out->tag == V_LIST && i < nb_optim_count(o); i++) {
            list_push(out->list, (Value){.tag = V_VAR, .var = nb_var_ref(nb_optim_at(o, i))});
        }
        return out->tag == V_LIST;
    }
    return (other_name(o, attr) || is_state(attr)) && no_parameter(I, o, attr);
}

static bool optimizer_set(Interp *I, Obj *obj, const char *attr, Value v)
{
    NbOptim *o = ((Optimizer *)obj)->optim;
    int param = param_of(o, attr);
    if (state_of(o, attr) >= 0 || strcmp(attr, "t") == 0 || strcmp(attr, "steps") == 0) {
        interp_fail(I, NULL, NB_EVALUE, "%s of %s is written by its steps", attr,
                    nb_optim_rule(o)->name);
        return interp_hint(I, "reset begins anew");
    }
    if (param < 0) {
        return no_parameter(I, o, attr);
    }
    if (!value_is_number(v)) {
        return interp_fail(I, NULL, NB_ETYPE, "%s must be a number, not %s", attr, value_kind(v));
    }
    return nb_optim_set(o, param, value_number(v)) == NB_OK || interp_fail_ctx(I, NULL);
}

static bool optimizer_holds(const Obj *obj, const NbVar *v)
{
    NbOptim *o = ((const Optimizer *)obj)->optim;
    for (int i = 0, n = nb_optim_gather(o); i < n; i++) {
        if (nb_optim_at(o, i) == v) {
            return true;
        }
    }
    return false;
}

/* The numbers of its rule, the states, what every rule has. */
static const char *optimizer_attr(const Obj *obj, int i)
{
    static const char *const every[] = {"steps", "params", "t"};
    const NbOptRule *rule = nb_optim_rule(((const Optimizer *)obj)->optim);
    for (int k = 0; k < NB_OPT_PARAMS && rule->param[k].name; k++) {
        if (i-- == 0) {
            return rule->param[k].name;
        }
    }
    if (i < rule->nstate) {
        return rule->state[i];
    }
    i -= rule->nstate;
    return i < 3 ? every[i] : NULL;
}

static const ObjClass optimizer_class = {
    .name = "optimizer",
    .free = optimizer_free,
    .describe = optimizer_describe,
    .get = optimizer_get,
    .set = optimizer_set,
    .attr = optimizer_attr,
    .holds = optimizer_holds,
    .flag = optimizer_flag,
};

NbOptim *optim_of(const Obj *o)
{
    return o->cls == &optimizer_class ? ((const Optimizer *)o)->optim : NULL;
}

/* --- making an optimizer --- */

static void on_touch(void *user, NbOptim *o)
{
    Optimizer *p = user;
    (void)o;
    interp_touched(p->I, &p->obj);
}

#define LIST_DEPTH 16

/* A list of variables is stacked where it is written: its parts are meant. */
static bool is_stack(const NbVar *v)
{
    return nb_var_kind(v) == NB_INNER && nb_var_op(v) == nb_op_find("stack");
}

Value optim_modules(const Obj *o)
{
    return ((const Optimizer *)o)->modules;
}

bool optim_add_module(Obj *o, Value module)
{
    Optimizer *p = (Optimizer *)o;
    NbErr *err = nb_ctx_err(interp_ctx(p->I));
    if (p->modules.tag != V_LIST) {
        p->modules = value_list(1);
    }
    if (p->modules.tag != V_LIST || !list_push(p->modules.list, value_ref(module))) {
        nb_fail(err, NB_EMEM, "out of memory for %s", nb_optim_rule(p->optim)->name);
        return false;
    }
    return nb_optim_add_source(p->optim, nb_module_source, module_of(module.obj)) == NB_OK;
}

static NbStatus run_function(void *user, NbVar *p)
{
    const HookFunction *h = user;
    return hook_call(h->I, h->f, p);
}

Value optim_function(const Obj *o, int hook)
{
    return ((const Optimizer *)o)->function[hook].f;
}

bool optim_add_function(Obj *o, Value f)
{
    Optimizer *p = (Optimizer *)o;
    char name[64];
    int at = nb_optim_hooks(p->optim);
    HookFunction *h = &p->function[at < NB_OPT_HOOKS ? at : 0];
    if (nb_optim_add_hook_fn(p->optim, hook_name(f, name, sizeof name), run_function, h) != NB_OK) {
        return false;
    }
    *h = (HookFunction){p->I, value_ref(f)};
    p->calls = true;
    return true;
}

bool optim_calls(const Obj *o)
{
    return ((const Optimizer *)o)->calls;
}

static bool add_module(Interp *I, const Call *c, int arg, Optimizer *p, Value v)
{
    return optim_add_module(&p->obj, v) || interp_fail_ctx(I, c->arg[arg]);
}

/* Adds a variable, a module, or those of a list. */
static bool add_value(Interp *I, const Call *c, int arg, Optimizer *p, Value v, int depth)
{
    for (int i = 0; v.tag == V_VAR && is_stack(v.var) && depth > 0; i++) {
        NbVar *part = i < nb_var_inputs(v.var) ? nb_var_input(v.var, i).var : NULL;
        if (!part) {
            return i > 0;
        }
        if (!add_value(I, c, arg, p, (Value){.tag = V_VAR, .var = part}, depth - 1)) {
            return false;
        }
    }
    if (v.tag == V_VAR) {
        return nb_optim_add(p->optim, v.var) == NB_OK || interp_fail_ctx(I, c->arg[arg]);
    }
    if (v.tag == V_OBJ && module_of(v.obj)) {
        return add_module(I, c, arg, p, v);
    }
    if (v.tag == V_LIST && depth > 0) {
        for (int i = 0; i < v.list->n; i++) {
            if (!add_value(I, c, arg, p, v.list->item[i], depth - 1)) {
                return false;
            }
        }
        return true;
    }
    interp_fail(I, c->arg[arg], NB_ETYPE, "%s: expected a variable, got %s", c->row->name,
                value_kind(v));
    if (arg > 0 && v.tag == V_NUM) { /* sgd(x, 0.1) */
        char name[64], number[64];
        return interp_hint(I, "%s(%s, lr=%s)", c->row->name,
                           interp_text(I, c->arg[0], name, sizeof name),
                           interp_text(I, c->arg[arg], number, sizeof number));
    }
    return interp_hint(I, "%s", c->row->usage);
}

static int option_count(const Builtin *row)
{
    int n = 0;
    while (n < BUILTIN_OPTS && row->opt[n].name) {
        n++;
    }
    return n;
}

/* hooks=[weight_decay(1e-4), clip_grad(1), halve] or a single hook. */
static bool add_hooks(Interp *I, const Call *c, Obj *obj)
{
    int opt = option_count(c->row) - 1;
    Value v = c->opt[opt];
    int n = v.tag == V_LIST ? v.list->n : v.tag == V_UNSET || v.tag == V_NONE ? 0 : 1;
    for (int i = 0; i < n; i++) {
        Value h = v.tag == V_LIST ? v.list->item[i] : v;
        double number;
        size_t len;
        int line;
        const char *file;
        const NbHookRule *rule = h.tag == V_OBJ ? hook_of(h.obj, &number) : NULL;
        bool function = h.tag == V_FUNC && func_source(h.func, &len, &file, &line);
        if (!rule && !function) {
            interp_fail(I, c->optnode[opt], NB_ETYPE, "%s: hooks takes hooks, not %s", c->row->name,
                        value_kind(h));
            return interp_hint(I,
                               "as in hooks=[clip_grad(1), halve] after def halve(p) = p.grad/2");
        }
        if (function ? !optim_add_function(obj, h)
                     : nb_optim_add_hook(optim_of(obj), rule, number) != NB_OK) {
            return interp_fail_ctx(I, c->optnode[opt]);
        }
    }
    return true;
}

static bool set_options(Interp *I, const Call *c, const NbOptRule *rule, NbOptim *o)
{
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        Value v = c->opt[i];
        if (v.tag == V_UNSET) {
            continue;
        }
        if (!value_is_number(v)) {
            return interp_fail(I, c->optnode[i], NB_ETYPE, "%s: %s must be a number, not %s",
                               rule->name, rule->param[i].name, value_kind(v));
        }
        if (nb_optim_set(o, i, value_number(v)) != NB_OK) {
            return interp_fail_ctx(I, c->optnode[i]);
        }
    }
    return true;
}

/* Where a default follows another hyperparameter, that is said. */
static void note_defaults(Interp *I, const Call *c, const NbOptRule *rule, const NbOptim *o)
{
    char number[40];
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        if (rule->param[i].same_as && c->opt[i].tag == V_UNSET && nb_optim_get(o, i) != 0) {
            interp_note(I, "*same", "%s=%s here, the %s; PyTorch's default is 0",
                        rule->param[i].name,
                        nb_format_number(nb_optim_get(o, i), 6, number, sizeof number),
                        rule->param[i].same_as);
        }
    }
}

Obj *optimizer_new(Interp *I, const NbOptRule *rule)
{
    Optimizer *p = calloc(1, sizeof *p);
    NbOptim *o = p ? nb_optim_new(interp_ctx(I), rule, NULL, 0) : NULL;
    if (!o) {
        free(p);
        return NULL;
    }
    *p = (Optimizer){.obj = {.refs = 1, .cls = &optimizer_class}, .I = I, .optim = o};
    nb_optim_on_touch(o, on_touch, p);
    return &p->obj;
}

static bool make_optimizer(Interp *I, const Call *c, Value *out)
{
    const NbOptRule *rule = nb_opt_rule_find(c->row->name);
    Obj *obj = optimizer_new(I, rule);
    if (!obj) {
        return interp_fail(I, c->node, NB_EMEM, "out of memory for %s", c->row->name);
    }
    Value v = {.tag = V_OBJ, .obj = obj};
    NbOptim *o = optim_of(obj);
    bool ok = true;
    for (int i = 0; ok && i < c->argc; i++) {
        ok = add_value(I, c, i, (Optimizer *)obj, c->argv[i], LIST_DEPTH);
    }
    ok = ok && set_options(I, c, rule, o) && add_hooks(I, c, obj);
    if (!ok) {
        value_unref(&v);
        return false;
    }
    note_defaults(I, c, rule, o);
    interp_born(I, obj);
    *out = v;
    return true;
}

/* --- rows made from the rules --- */

typedef struct Made { /* a row with the texts it points to */
    Builtin row;
    char usage[320], doc[640];
    char fallback[BUILTIN_OPTS][32];
} Made;

struct OptimizerRows {
    int n;
    Made made[];
};

static const char *fallback_text(const NbOptParam *p, char *buf, size_t cap)
{
    if (p->same_as) {
        snprintf(buf, cap, "%s", p->same_as);
    } else if (p->flag) {
        snprintf(buf, cap, "%s", p->value != 0 ? "true" : "false");
    } else {
        nb_format_number(p->value, 6, buf, cap);
    }
    return buf;
}

static void fill_optimizer(Made *m, const NbOptRule *rule)
{
    Text usage = text_over(m->usage, sizeof m->usage);
    int n = 0;
    text_printf(&usage, "%s(x, …", rule->name);
    for (; n < NB_OPT_PARAMS && rule->param[n].name; n++) {
        fallback_text(&rule->param[n], m->fallback[n], sizeof m->fallback[n]);
        m->row.opt[n] = (BuiltinOpt){rule->param[n].name, m->fallback[n]};
        text_printf(&usage, ", %s=%s", rule->param[n].name, m->fallback[n]);
    }
    m->row.opt[n] = (BuiltinOpt){"hooks", NULL};
    text_add(&usage, ", hooks=[])");
    int len = snprintf(m->doc, sizeof m->doc, "%s\n%s\nto read: opt.t, opt.params", rule->doc,
                       rule->formula);
    for (int k = 0; k < rule->nstate && len < (int)sizeof m->doc; k++) {
        len += snprintf(m->doc + len, sizeof m->doc - (size_t)len, ", opt.%s", rule->state[k]);
    }
    m->row.name = rule->name;
    m->row.flags = B_VALUE | B_ASSIGNS | B_LISTS | B_WITHIN;
    m->row.min_args = 1;
    m->row.max_args = -1;
    m->row.fn = make_optimizer;
    m->row.group = "optimizers";
    m->row.example = rule->example;
}

static void fill_hook(Made *m, const NbHookRule *rule)
{
    snprintf(m->usage, sizeof m->usage, "%s(%s)", rule->name, rule->param);
    snprintf(m->doc, sizeof m->doc, "%s\n%s", rule->doc, rule->formula);
    m->row.name = rule->name;
    m->row.flags = B_VALUE | B_WITHIN;
    m->row.min_args = 0;
    m->row.max_args = 1;
    m->row.opt[0] = (BuiltinOpt){rule->param, NULL};
    m->row.fn = make_hook;
    m->row.group = "optimizers";
    m->row.example = rule->example;
}

OptimizerRows *optimizer_rows_new(void)
{
    int nrules = nb_opt_rule_count(), n = nrules + nb_hook_rule_count();
    OptimizerRows *rows = calloc(1, sizeof *rows + (size_t)n * sizeof(Made));
    if (!rows) {
        return NULL;
    }
    rows->n = n;
    for (int i = 0; i < n; i++) {
        Made *m = &rows->made[i];
        if (i < nrules) {
            fill_optimizer(m, nb_opt_rule_at(i));
        } else {
            fill_hook(m, nb_hook_rule_at(i - nrules));
        }
        m->row.usage = m->usage;
        m->row.doc = m->doc;
    }
    return rows;
}

bool optimizer_rows_add(OptimizerRows *rows, Interp *I)
{
    for (int i = 0; i < rows->n; i++) {
        if (!interp_add(I, &rows->made[i].row, 1)) {
            return false;
        }
    }
    return true;
}

void optimizer_rows_free(OptimizerRows **rows)
{
    free(*rows);
    *rows = NULL;
}

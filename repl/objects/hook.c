/* hook.c -- hooks on gradients: objects of the engine's rules, and functions of the language */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "objects/optimizer.h"

typedef struct Hook {
    Obj obj;
    const NbHookRule *rule;
    double value;
} Hook;

static void hook_free(Obj *o)
{
    free(o);
}

static bool hook_describe(Interp *I, const Obj *o, char *buf, size_t cap)
{
    (void)I;
    char number[40];
    const Hook *h = (const Hook *)o;
    snprintf(buf, cap, "%s(%s)", h->rule->name,
             nb_format_number(h->value, NB_DIGITS_FULL, number, sizeof number));
    return true;
}

static const ObjClass hook_class = {.name = "hook", .free = hook_free, .describe = hook_describe};

const NbHookRule *hook_of(const Obj *o, double *value)
{
    const Hook *h = (const Hook *)o;
    if (o->cls != &hook_class) {
        return NULL;
    }
    *value = h->value;
    return h->rule;
}

Value hook_new(const NbHookRule *rule, double value)
{
    Hook *h = calloc(1, sizeof *h);
    if (!h) {
        return UNSET;
    }
    *h = (Hook){.obj = {.refs = 1, .cls = &hook_class}, .rule = rule, .value = value};
    return (Value){.tag = V_OBJ, .obj = &h->obj};
}

bool make_hook(Interp *I, const Call *c, Value *out)
{
    const NbHookRule *rule = nb_hook_rule_find(c->row->name);
    Value v = c->argc > 0 ? c->argv[0] : c->opt[0];
    if (!rule || !value_is_number(v)) {
        interp_fail(I, c->node, NB_ETYPE, "%s needs a number", c->row->name);
        return interp_hint(I, "%s", c->row->usage);
    }
    double x = value_number(v);
    if (!(x >= rule->lo && x < rule->hi)) {
        return interp_fail(I, c->node, NB_EVALUE, "%s: %s must be at least %g and finite, got %g",
                           rule->name, rule->param, rule->lo, x);
    }
    *out = hook_new(rule, x);
    return out->tag == V_OBJ ||
           interp_fail(I, c->node, NB_EMEM, "out of memory for %s", rule->name);
}

/* --- functions of a parameter --- */

const char *hook_name(Value f, char *buf, size_t cap)
{
    func_signature(f.func, buf, cap);
    buf[strcspn(buf, "(")] = '\0';
    return buf;
}

/* What the function returned becomes p's gradient; nothing: it has set p.grad itself. */
static bool take_gradient(Interp *I, const char *name, NbVar *p, Value y)
{
    char have[160], want[160];
    if (y.tag == V_NONE) {
        return true;
    }
    if (!value_is_number(y) && y.tag != V_VAR) {
        interp_fail(I, NULL, NB_ETYPE, "hook %s: returned %s, not a gradient", name, value_kind(y));
        return interp_hint(I, "as in def %s(p) = p.grad/2", name);
    }
    double number = y.tag == V_VAR ? 0 : value_number(y);
    NbTensor tmp, scalar = nb_tensor_scalar(&number);
    const NbTensor *g = y.tag == V_VAR ? nb_var_data(y.var, &tmp) : &scalar;
    bool fits = nb_shape_equal(&g->shape, nb_var_shape(p));
    bool ok = fits && (nb_var_set_grad(p, g) == NB_OK || interp_fail_ctx(I, NULL));
    if (!fits && g->shape.rank == 0) {
        snprintf(have, sizeof have, "one number");
    } else if (!fits) {
        nb_shape_text(&g->shape, have, sizeof have);
    }
    if (!fits) {
        interp_fail(I, NULL, NB_ESHAPE, "hook %s: returned %s, the gradient of %s is %s", name,
                    have, nb_var_name(p) ? nb_var_name(p) : "the parameter",
                    nb_shape_text(nb_var_shape(p), want, sizeof want));
    }
    return ok;
}

NbStatus hook_call(Interp *I, Value f, NbVar *p)
{
    Value y = UNSET, arg = {.tag = V_VAR, .var = p};
    char name[64];
    hook_name(f, name, sizeof name);
    bool ok = interp_call_const(I, f, &arg, 1, &y) && take_gradient(I, name, p, y);
    value_unref(&y);
    interp_ungraded(I, p);
    return ok ? NB_OK : nb_fail(nb_ctx_err(interp_ctx(I)), NB_EVALUE, "hook %s failed", name);
}

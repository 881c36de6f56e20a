/* optims.c -- which optimizer is meant when none is named */
#include "session/optims.h"

#include <string.h>

#include "session/core.h"

int optim_bound(const Session *s, Obj **last)
{
    int found = 0;
    for (int i = 0, n = interp_symbols(s->interp); i < n; i++) {
        Value v = interp_get(s->interp, i);
        if (v.tag == V_OBJ && optim_of(v.obj) && v.obj != *last &&
            strcmp(interp_symbol_name(s->interp, i), "ans") != 0) {
            *last = v.obj;
            found++;
        }
    }
    return found;
}

bool optim_any(Session *s)
{
    if (!s->core->optims_known) {
        Obj *last = NULL;
        s->core->any_optim = optim_bound(s, &last) > 0;
        s->core->optims_known = true;
    }
    return s->core->any_optim;
}

static bool fail_several(Session *s)
{
    Text names = text_in(s->lost);
    const char *first = NULL;
    for (int i = 0, n = interp_symbols(s->interp); i < n; i++) {
        Value v = interp_get(s->interp, i);
        const char *name = interp_symbol_name(s->interp, i);
        if (v.tag == V_OBJ && optim_of(v.obj) && strcmp(name, "ans") != 0) {
            first = first ? first : name;
            text_printf(&names, "%s%s", names.len > 0 ? ", " : "", name);
        }
    }
    interp_fail(s->interp, NULL, NB_EVALUE, "several optimizers: %s", text_str(&names));
    text_free(&names);
    return interp_hint(s->interp, "name one, as in step %s", first ? first : "opt");
}

Obj *optim_only(Session *s)
{
    if (s->core->only_optim) {
        return s->core->only_optim;
    }
    Obj *last = NULL;
    int n = optim_bound(s, &last);
    if (n == 0) {
        interp_fail(s->interp, NULL, NB_ENAME, "no optimizer in the session");
        interp_hint(s->interp, "make one, as in opt = sgd(x, y, lr=0.1)");
        return NULL;
    }
    if (n > 1) {
        fail_several(s);
        return NULL;
    }
    s->core->only_optim = last;
    return last;
}

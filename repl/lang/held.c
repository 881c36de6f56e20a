/* held.c -- loops that hold much: results of earlier passes let go, counters told of */
#include "lang/internal.h"

#define HELD_MOST ((uint64_t)2 << 20)   /* bytes; more may be training, or what a pass needs */
#define COUNT_MOST ((uint64_t)16 << 20) /* worth a note */

void interp_held_begin(Interp *I)
{
    I->held.before = nb_ctx_bytes(I->ctx);
    I->held.loop = nb_ctx_serial(I->ctx);
    I->held.much = I->held.told = false;
    I->held.at = NULL;
    I->held.passes = 0;
}

void interp_held_look(Interp *I)
{
    I->held.much = nb_ctx_bytes(I->ctx) > I->held.before + HELD_MOST;
}

/* list = append(list, …) */
static bool settle_list(const Interp *I, const List *l)
{
    for (int i = l->n; i-- > 0;) {
        NbVar *v = l->item[i].tag == V_VAR ? l->item[i].var : NULL;
        if (!v || nb_var_serial(v) > I->held.pass) {
            continue;
        }
        if (!nb_var_tracked(v) || nb_var_takes_grad(v) || nb_var_serial(v) <= I->held.loop) {
            return true;
        }
        NbVar *value = nb_var_detach(v);
        if (!value) {
            return false;
        }
        nb_var_unref(&l->item[i].var);
        l->item[i].var = value;
    }
    return true;
}

NOINLINE bool interp_held_settle(Interp *I, const Node *at, Value v)
{
    bool ok = true;
    if (v.tag == V_VAR) {
        if (I->held.at != at) {
            I->held.at = at;
            I->held.line = interp_node_line(I, at);
        }
        ok = nb_var_settle(v.var, I->held.loop, I->held.pass, I->held.line) == NB_OK;
    } else if (v.tag == V_LIST && v.list->refs == 1) {
        ok = settle_list(I, v.list);
    }
    return ok || interp_fail_ctx(I, at);
}

/* i = i + 1: of all that v was computed from in this pass, only `before` takes a gradient. */
static bool counts(const Interp *I, const NbVar *v, const NbVar *before)
{
    const NbVar *open[16] = {v};
    int n = 1;
    bool found = false;
    while (n > 0) {
        const NbVar *user = open[--n];
        for (int i = 0; i < nb_var_inputs(user); i++) {
            const NbVar *in = nb_var_input(user, i).var;
            if (!in || !nb_var_takes_grad(in) || in == before) {
                found = found || in == before;
            } else if (nb_var_kind(in) == NB_LEAF || nb_var_serial(in) <= I->held.pass || n == 16) {
                return false;
            } else {
                open[n++] = in;
            }
        }
    }
    return found;
}

void interp_held_count(Interp *I, const Node *n, Value v)
{
    Value now = I->sym[n->a->id].value;
    if (nb_ctx_bytes(I->ctx) < I->held.before + COUNT_MOST || v.tag != V_VAR || now.tag != V_VAR ||
        nb_var_kind(v.var) != NB_INNER || nb_var_kind(now.var) != NB_INNER ||
        !nb_var_takes_grad(v.var) || !counts(I, v.var, now.var)) {
        return;
    }
    char name[64], text[96];
    interp_text(I, n->a, name, sizeof name);
    interp_text(I, n->b, text, sizeof text);
    I->host.note(
        I->host.user, "*count",
        "%s is a variable computed from the earlier %s, so every pass stays in memory; "
        "const %s = … before the loop keeps the number alone, %s := %s changes it in place",
        name, name, name, name, text);
    I->held.told = true;
}

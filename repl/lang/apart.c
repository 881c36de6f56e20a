/* apart.c -- functions of a sheet that its grader calls: they see what the sheet left alone */
#include <stdlib.h>
#include <string.h>

#include "lang/internal.h"

/* From interp_guard on there are two sides: functions and values made before are the sheet's, later
 * ones the grader's. A call from one side into the other exchanges what the names mean, so that the
 * sheet's functions find the names as the sheet left them; and what they write is the host's to
 * judge (LangHost.apart_end). */

bool interp_guard(Interp *I)
{
    Value *left = calloc((size_t)I->nsym + 1, sizeof *left);
    if (!left) {
        return false;
    }
    for (int i = 0; i < I->nsym; i++) {
        left[i] = value_ref(I->sym[i].value);
    }
    interp_guard_free(I);
    I->guard.left = left;
    I->guard.nleft = I->nsym;
    I->guard.func = I->next_func;
    I->guard.serial = nb_ctx_serial(I->ctx);
    I->guard.call = UINT64_MAX;
    return true;
}

void interp_guard_free(Interp *I)
{
    for (int i = 0; i < I->guard.nleft; i++) {
        value_unref(&I->guard.left[i]);
    }
    free(I->guard.left);
    I->guard.left = NULL;
    I->guard.nleft = 0;
}

bool interp_apart(const Interp *I)
{
    return I->guard.inside;
}

bool interp_foreign(const Interp *I, uint64_t serial)
{
    return I->guard.inside && serial > I->guard.serial && serial <= I->guard.call;
}

/* What the names mean on one side becomes what they mean on the other. A name that is new since is
 * the grader's: on the sheet's side it means nothing. */
static bool exchange_names(Interp *I)
{
    if (I->nsym > I->guard.nleft) {
        Value *more = realloc(I->guard.left, (size_t)I->nsym * sizeof *more);
        if (!more) {
            return false;
        }
        for (int i = I->guard.nleft; i < I->nsym; i++) {
            more[i] = UNSET;
        }
        I->guard.left = more;
        I->guard.nleft = I->nsym;
    }
    for (int i = 0; i < I->guard.nleft; i++) {
        const Value v = I->sym[i].value;
        I->sym[i].value = I->guard.left[i];
        I->guard.left[i] = v;
    }
    return true;
}

typedef struct Crossing {
    bool inside;
    uint64_t call;
    unsigned reach;
    void *host; /* of LangHost.apart_begin */
} Crossing;

bool interp_crosses(const Interp *I, const Func *f)
{
    return I->guard.func && (f->id <= I->guard.func) != I->guard.inside;
}

static bool cross(Interp *I, const Node *at, Crossing *c)
{
    *c = (Crossing){.inside = I->guard.inside, .call = I->guard.call, .reach = I->reach};
    if (!exchange_names(I)) {
        return interp_no_memory(I, at);
    }
    I->guard.inside = !c->inside;
    if (I->guard.inside) {
        I->guard.call = nb_ctx_serial(I->ctx);
        I->reach = B_WITHIN; /* no file is opened */
        c->host = I->host.apart_begin(I->host.user);
        if (!c->host) {
            I->reach = c->reach;
            I->guard.inside = c->inside;
            exchange_names(I);
            return interp_no_memory(I, at);
        }
    }
    return true;
}

static bool cross_back(Interp *I, const Func *f, const Node *at, const Crossing *c)
{
    char what[96];
    bool ok = true;
    if (c->host) {
        const char *written =
            I->host.apart_end(I->host.user, c->host, I->guard.serial, what, sizeof what);
        if (written && !I->failed) {
            interp_fail(I, at, NB_EVALUE, "%s writes %s, which is not its own",
                        interp_symbol_name(I, f->def->symbol), written);
            ok = interp_hint(I, "what a function is asked for, it returns");
        }
    }
    I->reach = c->reach;
    I->guard.call = c->call;
    I->guard.inside = c->inside;
    return exchange_names(I) && ok;
}

Value interp_run_across(Interp *I, Func *f, Value *frame, const Node *at, RunFunction *run)
{
    Crossing c;
    if (!cross(I, at, &c)) {
        return UNSET;
    }
    Value r = run(I, f, frame, at);
    if (!cross_back(I, f, at, &c)) {
        value_unref(&r);
        r = UNSET;
    }
    return r;
}

/* host.c -- what objects ask of the session through its calls, and errors at arguments */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lang/internal.h"

/* --- a host that does nothing --- */

static void quiet_note(void *user, const char *key, const char *fmt, ...)
{
    (void)user, (void)key, (void)fmt;
}

static void quiet_symbol(void *user, int symbol)
{
    (void)user, (void)symbol;
}

static void quiet_object(void *user, Obj *o)
{
    (void)user, (void)o;
}

static void quiet_graded(void *user, NbVar *v)
{
    (void)user, (void)v;
}

static void quiet_variable(void *user, const NbVar *v)
{
    (void)user, (void)v;
}

static void quiet_rebound(void *user, int symbol, Value before)
{
    (void)user, (void)symbol, (void)before;
}

static bool no_label(void *user, const char *name, Value *out)
{
    (void)user, (void)name, (void)out;
    return false;
}

static const char *own_label(void *user, const NbVar *v, char *buf, size_t cap)
{
    (void)user, (void)buf, (void)cap;
    return nb_var_name(v);
}

static bool go_on(void *user)
{
    (void)user;
    return true;
}

static const char *no_name(void *user, const Obj *o)
{
    (void)user, (void)o;
    return NULL;
}

static bool no_echo(void *user, const Call *call)
{
    (void)user, (void)call;
    return false;
}

static const char *no_file(void *user, const char *name, char *buf, size_t cap)
{
    (void)user, (void)name, (void)buf, (void)cap;
    return NULL;
}

static char *no_contents(void *user, const char *path, size_t *len, NbErr *err)
{
    (void)user, (void)len;
    nb_fail(err, NB_EIO, "cannot read %s: no files are read here", path);
    return NULL;
}

static void *nothing_begun(void *user)
{
    static char begun;
    (void)user;
    return &begun;
}

static const char *nothing_written(void *user, void *begun, uint64_t serial, char *buf, size_t cap)
{
    (void)user, (void)begun, (void)serial, (void)buf, (void)cap;
    return NULL;
}

#define OR(call, quiet) I->host.call = host->call ? host->call : (quiet)

void interp_host(Interp *I, const LangHost *host)
{
    I->host.user = host->user;
    OR(note, quiet_note);
    OR(touch_binding, quiet_symbol);
    OR(touch_obj, quiet_object);
    OR(graded, quiet_graded);
    OR(written, quiet_variable);
    OR(rebound, quiet_rebound);
    OR(find_label, no_label);
    OR(label, own_label);
    OR(pass, go_on);
    OR(poll, go_on);
    OR(lost, &I->own_lost);
    OR(apart_begin, nothing_begun);
    OR(apart_end, nothing_written);
    OR(ungraded, quiet_variable);
    OR(born, quiet_object);
    OR(gone, quiet_object);
    OR(object_name, no_name);
    OR(echoes, no_echo);
    OR(find_file, no_file);
    OR(read_file, no_contents);
}

/* --- what objects ask --- */

void interp_touched(Interp *I, Obj *o)
{
    I->host.touch_obj(I->host.user, o);
}

void interp_born(Interp *I, Obj *o)
{
    I->host.born(I->host.user, o);
}

void interp_gone(Interp *I, Obj *o)
{
    I->host.gone(I->host.user, o);
}

void interp_ungraded(Interp *I, const NbVar *v)
{
    I->host.ungraded(I->host.user, v);
}

void interp_note(Interp *I, const char *key, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    I->host.note(I->host.user, key, "%s", text);
}

const char *interp_label(Interp *I, const NbVar *v, char *buf, size_t cap)
{
    const char *name = I->host.label(I->host.user, v, buf, cap);
    if (!name) {
        snprintf(buf, cap, "%s", nb_var_op(v) ? nb_var_op(v)->name : "v");
    } else if (name != buf) {
        snprintf(buf, cap, "%s", name);
    }
    return buf;
}

const char *interp_object_name(Interp *I, const Obj *o)
{
    return I->host.object_name(I->host.user, o);
}

bool interp_echoes(Interp *I, const Call *call)
{
    return I->host.echoes(I->host.user, call);
}

bool *interp_lost(Interp *I)
{
    return I->host.lost;
}

bool interp_is_ascii(const Interp *I)
{
    return I->ascii;
}

FILE *interp_out(Interp *I)
{
    return I->out;
}

const char *interp_find_file(Interp *I, const char *name, char *buf, size_t cap)
{
    return I->host.find_file(I->host.user, name, buf, cap);
}

char *interp_read_file(Interp *I, const char *path, size_t *len, NbErr *err)
{
    return I->host.read_file(I->host.user, path, len, err);
}

/* --- errors --- */

void interp_forget_error(Interp *I)
{
    NbErr *err = nb_ctx_err(I->ctx);
    *I->host.lost |= err->code == NB_EMEM;
    nb_err_clear(err);
}

static void fill_in(const char *from, int i, const char *name, char *to, size_t cap)
{
    char wanted[8];
    size_t len = 0;
    snprintf(wanted, sizeof wanted, "{%d}", i);
    for (const char *mark; (mark = strstr(from, wanted)); from = mark + strlen(wanted)) {
        int n = snprintf(to + len, cap - len, "%.*s%s", (int)(mark - from), from, name);
        len = n > 0 && (size_t)n < cap - len ? len + (size_t)n : cap - 1;
    }
    snprintf(to + len, cap - len, "%s", from);
}

bool interp_fail_arg(Interp *I, const Node *arg)
{
    char name[96];
    NbErr *err = nb_ctx_err(I->ctx), filled = *err;
    if (arg) {
        interp_text(I, arg, name, sizeof name);
        fill_in(err->msg, 0, name, filled.msg, sizeof filled.msg);
        fill_in(err->hint, 0, name, filled.hint, sizeof filled.hint);
    }
    nb_err_clear(err);
    return interp_fail_err(I, arg, &filled);
}

bool interp_fail_call(Interp *I, const Call *call)
{
    char name[96];
    NbErr from = *nb_ctx_err(I->ctx), filled = from;
    for (int i = 0; i < call->argc && i < 3; i++, from = filled) {
        interp_text(I, call->arg[i], name, sizeof name);
        fill_in(from.msg, i, name, filled.msg, sizeof filled.msg);
        fill_in(from.hint, i, name, filled.hint, sizeof filled.hint);
    }
    nb_err_clear(nb_ctx_err(I->ctx));
    return interp_fail_err(I, call->node, &filled);
}

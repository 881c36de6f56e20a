/* core.c -- what all files of the session and its commands use of it */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "session/core.h"
#include "session/part.h"

Session *session_of(Interp *I)
{
    return interp_user(I);
}

void session_seed(Session *s, uint64_t hi, uint64_t lo)
{
    s->core->seed[0] = hi;
    s->core->seed[1] = lo;
    nb_ctx_seed(s->ctx, hi, lo);
}

void session_apply(Session *s)
{
    interp_digits(s->interp, s->set.digits);
    interp_ascii(s->interp, !s->set.unicode);
    interp_nan_mode(s->interp, (NbNanMode)s->set.nan);
    interp_broadcast_mode(s->interp, (NbNanMode)s->set.broadcast);
    nb_ctx_set_threads(s->ctx, s->set.threads);
    session_width(s, 0);
    parts_settings(s);
}

const char *session_object_name(const Session *s, const Obj *o)
{
    for (int i = 0, n = interp_symbols(s->interp); i < n; i++) {
        Value v = interp_get(s->interp, i);
        if (v.tag == V_OBJ && v.obj == o && strcmp(interp_symbol_name(s->interp, i), "ans")) {
            return interp_symbol_name(s->interp, i);
        }
    }
    return NULL;
}

void session_restart(Session *s)
{
    s->core->restart = true;
}

uint64_t session_statement(const Session *s)
{
    return s->core->statements;
}

bool session_echoes(const Session *s, const Call *call)
{
    return s->unit.echo && s->depth == 0 && call->node == s->unit.node;
}

/* --- telling --- */

void session_note(Session *s, const char *key, const char *fmt, ...)
{
    if (!notes_again(&s->core->notes, key)) {
        va_list ap;
        va_start(ap, fmt);
        notes_add(&s->core->notes, key, fmt, ap);
        va_end(ap);
    }
}

bool session_note_again(Session *s, const char *key)
{
    return notes_again(&s->core->notes, key);
}

void session_tell(Session *s, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    lang_put_wrapped(line, s->out, 0, session_is(s, FRONT_OUT_TTY) ? s->columns : 0);
    fputc('\n', s->out);
}

void session_say(Session *s, const char *fmt, ...)
{
    char line[8192]; /* paths may be long */
    va_list ap;
    fflush(s->out);
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    lang_put_wrapped(line, s->err, 0, session_wraps(s));
    fputc('\n', s->err);
    fflush(s->err);
}

/* --- errors --- */

bool session_fail(Session *s, const Node *arg)
{
    return interp_fail_arg(s->interp, arg);
}

void session_forget_error(Session *s, bool language)
{
    interp_forget_error(s->interp);
    if (language) {
        *s->lost |= interp_error(s->interp)->err.code == NB_EMEM;
        interp_clear_error(s->interp);
    }
}

void session_answer_with(Session *s, NbVar *v)
{
    int ans = interp_symbol(s->interp, "ans");
    if (ans >= 0 && !s->unit.running) { /* a loop or a walk goes on with what it has */
        interp_new_unit(s->interp);
        interp_restore(s->interp, ans, (Value){.tag = V_VAR, .var = nb_var_ref(v)});
    }
}

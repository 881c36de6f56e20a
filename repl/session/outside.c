/* outside.c -- values in and out, for a program around the session */
#include "session/outside.h"

#include <stdio.h>
#include <string.h>

#include "session/core.h"
#include "session/part.h"
#include "session/unit.h"

/* Around what is done as statement 0 of p. */
static void begin(Session *s, const Program *p)
{
    unit_begin(s, p, 0, 0);
    labels_changed(s->labels);
    *s->lost = false;
}

static RunEnd end(Session *s, bool ok)
{
    bool stopped = !ok && interp_error(s->interp)->err.code == NB_EINTERRUPT;
    labels_changed(s->labels);
    if (!ok) {
        unit_fail(s, stopped);
    }
    fflush(s->out);
    notes_flush(&s->core->notes, s->err, session_wraps(s));
    fflush(s->err);
    runs_settle(s->runs);
    unit_end(s);
    parts_changed(s);
    return ok ? RUN_OK : stopped ? RUN_INTERRUPT : RUN_ERROR;
}

RunEnd session_evaluate(Session *s, const char *expression, Value *out)
{
    const Node *expr = NULL;
    *out = UNSET;
    if (s->unit.running) {
        return RUN_BUSY;
    }
    parts_before(s);
    Program *p = interp_expression(s->interp, expression, strlen(expression), &expr);
    if (!p) {
        return RUN_ERROR;
    }
    begin(s, p);
    RunEnd how = end(s, interp_eval_kept(s->interp, p, expr, out));
    program_unref(&p);
    return how;
}

RunEnd session_bind(Session *s, const char *name, Value v)
{
    char source[128];
    if (s->unit.running) {
        value_unref(&v);
        return RUN_BUSY;
    }
    parts_before(s);
    interp_clear_error(s->interp);
    snprintf(source, sizeof source, "%.100s = given", name); /* what undo says */
    Program *p = NULL;
    if (!interp_bindable(s->interp, name)) {
        interp_fail(s->interp, NULL, NB_ENAME, "%s cannot be bound", name);
    } else {
        p = interp_parse(s->interp, source, strlen(source), "", 1, false);
    }
    if (!p || program_statements(p) != 1) {
        program_unref(&p);
        value_unref(&v);
        return RUN_ERROR;
    }
    int symbol = interp_symbol(s->interp, name);
    begin(s, p);
    RunEnd how = end(s, interp_bind(s->interp, symbol, v, false));
    if (how == RUN_OK) {
        parts_follow(s);
    }
    program_unref(&p);
    return how;
}

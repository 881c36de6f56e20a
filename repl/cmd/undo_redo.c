/* undo_redo.c -- commands that take statements back, and do them again */
#include <math.h>
#include <stdio.h>

#include "cmd/table.h"
#include "session/report.h"
#include "session/undo.h"

#define MOST 1000000

/* How many statements are meant: the argument, or 1. */
static bool count_of(Interp *I, const Call *c, int *n)
{
    *n = 1;
    if (c->argc == 0) {
        return true;
    }
    double x = value_is_number(c->argv[0]) ? value_number(c->argv[0]) : NAN;
    if (!(x >= 1) || x != floor(x)) {
        interp_fail(I, c->arg[0], NB_EVALUE, "%s: expected a number of statements from 1 on",
                    c->row->name);
        return interp_hint(I, "as in %s 3", c->row->name);
    }
    *n = x < MOST ? (int)x : MOST;
    return true;
}

static bool fail_nothing(Interp *I, const Call *c, bool redo)
{
    Session *s = session_of(I);
    const char *barrier = redo ? NULL : undo_barrier(s);
    if (redo) {
        interp_fail(I, c->node, NB_EVALUE, "nothing to redo");
        return interp_hint(I, undo_count(s) > 0 ? "redo does again what undo took back; a new "
                                                  "statement ends that"
                                                : "redo does again what undo took back");
    }
    if (!barrier) {
        return interp_fail(I, c->node, NB_EVALUE, "nothing to undo");
    }
    interp_fail(I, c->node, NB_EVALUE, "nothing to undo: the statement before changed too much");
    return interp_hint(I, UNDO_MB_TEXT " are kept; %.60s was larger", barrier);
}

/* Before anything is taken back: what is further back was lost. */
static bool fail_refused(Interp *I, const Call *c)
{
    Session *s = session_of(I);
    const char *what = undo_barrier(s);
    const int n = undo_count(s);
    interp_fail(I, c->node, NB_EMEM, "out of memory when %.60s ran: it cannot be undone",
                what ? what : "a statement");
    return n > 0 && interp_hint(I, "undo %d takes back what came after it", n);
}

static bool travel(Interp *I, const Call *c, bool redo)
{
    Session *s = session_of(I);
    int n, done = 0;
    if (c->node != s->unit.node || s->depth > 0 || s->unit.together) {
        return interp_fail(I, c->node, NB_EVALUE, "%s stands alone, not in a block or file",
                           c->row->name);
    }
    if (!count_of(I, c, &n)) {
        return false;
    }
    if (!redo && undo_refused(s) && n > undo_count(s)) {
        return fail_refused(I, c);
    }
    s->unit.travelled = true;
    for (; done < n; done++) {
        Text what = text_in(s->lost);
        if (!undo_step(s, redo, session_echoes(s, c) ? &what : NULL)) {
            break;
        }
        if (session_echoes(s, c) && text_whole(&what)) {
            fprintf(s->out, "%s: %s\n", redo ? "redone" : "undone", text_str(&what));
        }
        text_free(&what);
    }
    if (done == 0) {
        return fail_nothing(I, c, redo);
    }
    if (done < n) {
        session_note(s, "*travel", "%d of %d statements; there are no more to %s", done, n,
                     c->row->name);
    }
    return true;
}

static bool cmd_undo(Interp *I, const Call *c, Value *out)
{
    (void)out;
    return travel(I, c, false);
}

static bool cmd_redo(Interp *I, const Call *c, Value *out)
{
    (void)out;
    return travel(I, c, true);
}

static const Builtin rows[] = {
    {"undo",
     B_COMMAND | B_WITHIN,
     0,
     1,
     {{0}},
     cmd_undo,
     "session",
     "undo [n]",
     "Takes back the last statement that changed the session, or the last n; a whole loop is one. "
     "Values, gradients, names, optimizers, models, random numbers, settings and watches are then "
     "what they were; windows follow. Files, the run record and the history stay. " UNDO_MB_TEXT
     " are kept; the oldest statements go first.",
     "x = 2\nx := 5\nundo\nx"},
    {"redo",
     B_COMMAND | B_WITHIN,
     0,
     1,
     {{0}},
     cmd_redo,
     "session",
     "redo [n]",
     "Does again what undo took back, until another statement changes the session.",
     "x = 2\nx := 5\nundo\nredo\nx"},
};

Rows undo_redo_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

/* trial.c -- anything may be computed and written for a while; it is taken back bit for bit */
#include "session/trial.h"

#include "session/core.h"
#include "session/restore.h"

/* --- its journal, one of which is kept for the next --- */

static Journal *take_journal(Session *s)
{
    Journal *j = s->core->spare ? s->core->spare : journal_new();
    s->core->spare = NULL;
    if (j) {
        journal_begin(j, s);
    }
    return j;
}

static void give_journal(Session *s, Journal **j)
{
    if (*j && !s->core->spare) {
        journal_end(*j, false);
        s->core->spare = *j;
        *j = NULL;
    }
    journal_free(j);
}

/* --- going on --- */

static void enter(Trial *t)
{
    Session *s = t->s;
    t->outer = s->core->trial;
    s->core->trial = t;
    t->goes_on = true;
    t->around = interp_unit_push(s->interp); /* what was written before is reported too */
    t->serial = nb_ctx_serial(s->ctx);
    t->own = (NbUnit){t->own.number ? t->own.number : nb_ctx_unit(s->ctx), t->serial};
    interp_unit_pop(s->interp, t->own); /* but once */
    if (t->how & TRIAL_MASKS) {
        t->masks = nb_ctx_keep_masks(s->ctx, true);
    }
    if (t->how & TRIAL_TEST) {
        nb_testmode_push(s->ctx);
    }
    if (t->how & TRIAL_QUIET) {
        t->nan = interp_nan_mode(s->interp, NB_NAN_OFF);
    }
}

/* The next write of what was written is reported to the unit around it again. */
static void leave(Trial *t)
{
    Session *s = t->s;
    s->core->trial = t->outer;
    t->goes_on = false;
    interp_unit_pop(s->interp, t->around);
    if (t->how & TRIAL_QUIET) {
        interp_nan_mode(s->interp, t->nan);
    }
    if (t->how & TRIAL_TEST) {
        nb_testmode_pop(s->ctx);
    }
    if (t->how & TRIAL_MASKS) {
        nb_ctx_keep_masks(s->ctx, t->masks);
    }
    session_forget_error(s, false);
}

bool trial_begin(Trial *t, Session *s, unsigned how, double seconds)
{
    const double until = s->core->trial ? s->core->trial->until : 0;
    *t = (Trial){.s = s, .how = how, .until = seconds > 0 ? nb_seconds() + seconds : until};
    if (seconds > 0 && until > 0) {
        return false;
    }
    t->journal = take_journal(s);
    if (!t->journal) {
        *s->lost = true;
        return false;
    }
    enter(t);
    return true;
}

Trial *trial_now(const Session *s)
{
    return s->core->trial;
}

void trial_allow(Trial *t, double seconds)
{
    t->until = nb_seconds() + seconds;
}

/* What could not be saved is not written then. */
static bool saved(Trial *t)
{
    const bool ok = !t->broken;
    t->broken = false;
    return ok;
}

bool trial_save_optim(Trial *t, NbOptim *o)
{
    nb_optim_touch(o);
    return saved(t);
}

bool trial_save_run(Trial *t, NbVar *const *param, int n, NbOptim *o)
{
    for (int i = 0; i < n && !t->broken; i++) {
        nb_var_write_begin(param[i]);
    }
    return o ? trial_save_optim(t, o) : saved(t);
}

bool trial_save(Trial *t, NbVar *root)
{
    const NbTape *tape = nb_graph_tape(root);
    if (!tape) {
        return false;
    }
    for (size_t i = 0; i < tape->nleaves && !t->broken; i++) {
        nb_var_write_begin(tape->leaf[i]); /* reported: see session_touch */
    }
    for (size_t i = 0; i < tape->nnodes && !t->broken; i++) {
        nb_var_write_begin(tape->node[i]);
    }
    return saved(t);
}

void trial_pause(Trial *t)
{
    leave(t);
}

void trial_resume(Trial *t)
{
    enter(t);
}

bool trial_end(Trial *t)
{
    Session *s = t->s;
    const bool clean = journal_empty(t->journal);
    if (!t->goes_on) {
        enter(t);
    }
    session_exchange(s, t->journal);
    s->unit.broken |= t->broken;
    leave(t);
    give_journal(s, &t->journal);
    return clean;
}

void trial_keep(Trial *t)
{
    Session *s = t->s;
    leave(t);
    Trial *outer = s->core->trial;
    const bool ok = outer ? journal_absorb(outer->journal, t->journal, outer->serial)
                          : journal_absorb(s->core->pass_journal, t->journal, s->unit.pass_serial);
    *(outer ? &outer->broken : &s->unit.broken) |= !ok || t->broken;
    give_journal(s, &t->journal);
}

const char *trial_foreign(const Trial *t, uint64_t serial, char *buf, size_t cap)
{
    static const char *const kind[] = {
        [TOUCH_BINDING] = "the name",       [TOUCH_VAR] = "a value",
        [TOUCH_EDGES] = "a graph",          [TOUCH_OPTIM] = "an optimizer",
        [TOUCH_MODULE] = "a model",         [TOUCH_SETTINGS] = "settings",
        [TOUCH_WATCHES] = "what is watched"};
    Touch what;
    if (!journal_newer(t->journal, t->s, serial, &what)) {
        return NULL;
    }
    if (what.kind == TOUCH_BINDING) {
        snprintf(buf, cap, "%s %s", kind[what.kind],
                 interp_symbol_name(t->s->interp, (int)what.symbol));
    } else {
        snprintf(buf, cap, "%s", what.object ? kind[what.kind] : "the seed");
    }
    return buf;
}

void trial_drop(Trial *t)
{
    if (t->s) {
        give_journal(t->s, &t->journal);
    }
}

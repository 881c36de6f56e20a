/* unit.c -- one top-level statement: saving before the first write, passes, taking back */
#include "unit.h"

#include <stdlib.h>

#include "cmd/view.h"

/* Ctrl-C waits for the end of a pass that takes less than this; longer passes are stopped at
 * once and taken back. */
#define WAIT_SECONDS 0.030
/* Saving may take one part in this many of the time. */
#define SAVING_SHARE 20
/* The first passes are each saved, so that short loops are exact. */
#define FIRST_PASSES 32

/* --- what is stale --- */

/* When a unit is taken back, named nodes are recomputed, but not those that were stale before it.
 * Which were is looked up at the end of units that wrote, since inside the engine's callbacks no
 * graph may be searched. */
static void list_stale(void *user, NbVar *root)
{
    Session *s = user;
    if (nb_var_kind(root) != NB_INNER || !nb_var_stale(root, NULL, 0, NULL)) {
        return;
    }
    NbVar **grown = realloc(s->stale, (size_t)(s->nstale + 1) * sizeof(NbVar *));
    if (grown) {
        s->stale = grown;
        s->stale[s->nstale++] = nb_var_ref(root);
    }
}

void unit_forget(Session *s)
{
    for (int i = 0; i < s->nstale; i++) {
        nb_var_unref(&s->stale[i]);
    }
    s->nstale = 0;
}

/* --- saving --- */

void session_touch(Session *s, const Touch *what)
{
    Unit *u = &s->unit;
    if (u->undoing) {
        return;
    }
    bool ok = true;
    switch (what->kind) {
    case TOUCH_BINDING:
        ok = journal_binding(s->pass_journal, what->symbol, interp_get(s->interp, what->symbol));
        break;
    case TOUCH_VAR: ok = journal_var(s->pass_journal, what->var); break;
    case TOUCH_OPTIM: ok = journal_optim(s->pass_journal, what->owner, what->optim); break;
    case TOUCH_MODULE: ok = journal_module(s->pass_journal, what->owner, what->module); break;
    }
    u->broken |= !ok;
}

void unit_begin(Session *s, const Node *node, bool echo)
{
    Unit *u = &s->unit;
    *u = (Unit){.node = node, .echo = echo, .running = true, .stride = 1, .countdown = 1};
    interp_new_unit(s->interp);
    journal_begin(s->unit_journal, s->ctx);
    journal_begin(s->pass_journal, s->ctx);
    nb_ctx_interrupt(s->ctx, s->interrupt);
    u->last_look = u->last_kept = session_now();
}

void unit_end(Session *s)
{
    if (!journal_absorb(s->unit_journal, s->pass_journal)) {
        s->unit.broken = true;
    }
    journal_begin(s->pass_journal, s->ctx);
    if (s->nstale > 0 || journal_wrote_value(s->unit_journal)) {
        unit_forget(s);
        each_live_root(s->interp, list_stale, s);
    }
    journal_begin(s->unit_journal, s->ctx); /* here undo would keep it */
    s->unit.running = false;
    nb_ctx_interrupt(s->ctx, s->interrupt);
}

/* --- passes --- */

/* What saving the present journal took, about: 4 GB/s and 0.2 µs an object. */
static double saving_seconds(const Journal *j)
{
    return (double)journal_bytes(j) * 0.5e-9 + 1e-6;
}

/* The state now, after a whole pass, is what a later failure goes back to. */
static void keep_passes(Session *s, double now)
{
    Unit *u = &s->unit;
    u->broken |= !journal_absorb(s->unit_journal, s->pass_journal);
    journal_begin(s->pass_journal, s->ctx);
    interp_new_unit(s->interp);
    u->kept = u->passes;
    u->last_kept = now;
}

static bool worth_keeping(const Session *s, double now)
{
    const Unit *u = &s->unit;
    double saving = saving_seconds(s->pass_journal);
    if (u->passes <= FIRST_PASSES && saving < 1e-3) {
        return true;
    }
    return u->pass_time > WAIT_SECONDS || now - u->last_kept > SAVING_SHARE * saving + 1e-3;
}

/* Looks at the clock: how long passes take decides how often to look again, whether to keep the
 * passes so far, and whether Ctrl-C waits for the end of a pass. */
void unit_look(Session *s)
{
    Unit *u = &s->unit;
    double now = session_now();
    double elapsed = now - u->last_look;
    u->pass_time = elapsed / (double)u->stride;
    if (u->passes >= FIRST_PASSES && elapsed < 0.5e-3 && u->stride < 1U << 20) {
        u->stride *= 2;
    } else if (elapsed > 2e-3) {
        u->stride = u->stride > 8 ? u->stride / 8 : 1;
    }
    if (worth_keeping(s, now)) {
        keep_passes(s, now);
    }
    nb_ctx_interrupt(s->ctx, u->pass_time > WAIT_SECONDS ? s->interrupt : &s->never);
    u->in_passes = true;
    u->last_look = now;
    u->countdown = u->stride;
}

bool unit_poll(Session *s)
{
    const Unit *u = &s->unit;
    view_pump(s);
    if (!*s->interrupt) {
        return true;
    }
    /* Between passes there is a better moment, unless it is long in coming. */
    return u->in_passes && u->pass_time <= WAIT_SECONDS &&
           session_now() - u->last_look < WAIT_SECONDS;
}

/* --- taking back --- */

static bool was_stale(const Session *s, const NbVar *v)
{
    for (int i = 0; i < s->nstale; i++) {
        if (s->stale[i] == v) {
            return true;
        }
    }
    return false;
}

static void refresh(void *user, NbVar *root)
{
    Session *s = user;
    if (nb_var_kind(root) == NB_INNER && !was_stale(s, root) && nb_var_stale(root, NULL, 0, NULL)) {
        nb_forward(root, false, NULL);
    }
}

static bool take_back(Session *s, Journal *j)
{
    bool ok = journal_swap(j, s->interp);
    journal_begin(j, s->ctx);
    return ok;
}

/* Says which passes hold, after the last one begun was taken back. */
static void say_passes(Session *s, bool interrupted)
{
    const Unit *u = &s->unit;
    unsigned long long kept = u->kept, done = u->passes;
    const char *what = interrupted ? "stopped" : "the error stopped the loop";
    if (kept == done) {
        session_say(s, "%s after %llu pass%s; their results stay", what, done,
                    done == 1 ? "" : "es");
    } else {
        session_say(s, "%s in pass %llu; everything is as after pass %llu", what, done + 1, kept);
    }
}

void unit_fail(Session *s, bool interrupted)
{
    Unit *u = &s->unit;
    static const volatile sig_atomic_t quiet = 0;
    NbErr *err = nb_ctx_err(s->ctx);
    u->undoing = true;
    nb_ctx_interrupt(s->ctx, &quiet); /* recomputing must not be stopped again */
    if (interrupted && s->err_tty && !u->told) {
        fputc('\n', stderr); /* after the ^C of the terminal */
    }
    if (u->stopped_between) {
        u->kept = u->passes;
        if (!u->told) {
            say_passes(s, interrupted);
        }
    } else if (u->broken || !take_back(s, s->pass_journal)) {
        session_say(s, "out of memory: what the statement changed so far stays");
    } else if (u->kept > 0) {
        say_passes(s, interrupted);
    } else {
        bool kept = nb_ctx_keep_masks(s->ctx, true);
        each_live_root(s->interp, refresh, s);
        nb_ctx_keep_masks(s->ctx, kept);
        if (interrupted) {
            session_say(s, "stopped; nothing changed");
        }
    }
    nb_err_clear(err);
    u->undoing = false;
}

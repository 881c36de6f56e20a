/* unit.c -- one top-level statement: saving before the first write, passes, taking back */
#include "session/unit.h"

#include "session/core.h"
#include "session/restore.h"
#include "session/trial.h"
#include "session/undo.h"

/* Saving may take one part in this many of the time. */
#define SAVING_SHARE 20
/* The first passes are each saved, so that short loops are exact. */
#define FIRST_PASSES 32

/* --- saving --- */

void session_touch(Session *s, const Touch *what)
{
    Unit *u = &s->unit;
    Trial *t = s->core->trial;
    /* objects made since the pass began go with it: there is nothing to put back in them */
    bool ok = t ? journal_save(t->journal, what, s, t->serial)
                : journal_save(s->core->pass_journal, what, s, u->pass_serial);
    if (!ok) {
        *(t ? &t->broken : &u->broken) = true;
    }
}

static void begin_pass(Session *s)
{
    journal_begin(s->core->pass_journal, s);
    interp_new_unit(s->interp);
    s->unit.pass_serial = nb_ctx_serial(s->ctx);
}

void unit_begin(Session *s, const Program *p, int statement, unsigned how)
{
    Unit *u = &s->unit;
    undo_late(s);
    s->core->statements++;
    *u = (Unit){.node = program_statement(p, statement),
                .program = p,
                .together = how & RUN_TOGETHER,
                .echo = ((how & RUN_ECHO) || ((how & RUN_AS_SET) && s->set.echo)) &&
                        !program_muted(p, statement),
                .last = statement + 1 == program_statements(p),
                .running = true,
                .serial = nb_ctx_serial(s->ctx),
                .stride = 1,
                .countdown = 1};
    journal_begin(s->core->unit_journal, s);
    begin_pass(s);
    nb_ctx_interrupt(s->ctx, s->interrupt);
    u->last_look = u->last_kept = nb_seconds();
}

void unit_end(Session *s)
{
    Unit *u = &s->unit;
    if (!journal_absorb(s->core->unit_journal, s->core->pass_journal, u->serial)) {
        u->broken = true;
    }
    u->running = false;
    if (!u->travelled) {
        undo_keep(s);
    }
    journal_end(s->core->unit_journal, u->travelled);
    journal_end(s->core->pass_journal, false);
    u->program = NULL;
    u->node = NULL;
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
    u->broken |= !journal_absorb(s->core->unit_journal, s->core->pass_journal, u->serial);
    begin_pass(s);
    u->kept = u->passes;
    u->last_kept = now;
}

static bool worth_keeping(const Session *s, double now)
{
    const Unit *u = &s->unit;
    double saving = saving_seconds(s->core->pass_journal);
    if (u->passes <= FIRST_PASSES && saving < 1e-3) {
        return true;
    }
    return u->pass_time > UNIT_WAIT || now - u->last_kept > SAVING_SHARE * saving + 1e-3;
}

/* Between passes there is a better moment to stop, unless it is long in coming. */
static bool pass_ends_soon(void *user)
{
    const Session *s = user;
    const Unit *u = &s->unit;
    return u->in_passes && u->pass_time <= UNIT_WAIT && nb_seconds() - u->last_look < UNIT_WAIT;
}

void unit_heed(Session *s)
{
    const Unit *u = &s->unit;
    if (u->in_passes && u->pass_time <= UNIT_WAIT) {
        nb_ctx_interrupt_late(s->ctx, s->interrupt, pass_ends_soon, s);
    } else {
        nb_ctx_interrupt(s->ctx, s->interrupt);
    }
}

/* Looks at the clock: how long passes take decides how often to look again, whether to keep the
 * passes so far, and whether Ctrl-C waits for the end of a pass. */
void unit_look(Session *s)
{
    Unit *u = &s->unit;
    double now = nb_seconds();
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
    u->in_passes = true;
    u->last_look = now;
    unit_heed(s);
    u->countdown = u->stride;
}

bool unit_poll(Session *s)
{
    if (s->core->trial && s->core->trial->until > 0) { /* a window's own computation */
        return !*s->interrupt && nb_seconds() < s->core->trial->until;
    }
    session_pump(s);
    session_tick(s);
    if (!*s->interrupt) {
        return true;
    }
    return pass_ends_soon(s);
}

/* --- taking back --- */

static void take_back(Session *s, Journal *j)
{
    session_exchange(s, j);
    labels_back(s->labels, s->unit.pass_serial);
    journal_begin(j, s);
}

/* Says which passes hold, after the last one begun was taken back. */
static void say_passes(Session *s, bool interrupted)
{
    const Unit *u = &s->unit;
    unsigned long long kept = u->kept, done = u->passes;
    const char *what = interrupted ? "stopped" : "the error stopped the loop";
    if (kept == done) {
        session_say(s, "%s after %llu pass%s; %s results stay", what, done, done == 1 ? "" : "es",
                    done == 1 ? "its" : "their");
    } else {
        session_say(s, "%s in pass %llu; everything is as after pass %llu", what, done + 1, kept);
    }
}

void unit_fail(Session *s, bool interrupted)
{
    Unit *u = &s->unit;
    NbErr *err = nb_ctx_err(s->ctx);
    if (interrupted && !u->told) {
        session_stopped(s);
    }
    if (u->stopped_between) {
        u->kept = u->passes;
        if (!u->told) {
            say_passes(s, interrupted);
        }
    } else if (u->broken) {
        session_say(s, "out of memory: what the statement changed so far stays");
    } else {
        take_back(s, s->core->pass_journal);
        if (u->kept > 0) {
            say_passes(s, interrupted);
        } else if (interrupted) {
            session_say(s, "stopped; nothing changed");
        }
    }
    nb_err_clear(err);
}

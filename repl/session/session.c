/* session.c -- the session: making and ending it, running texts, serving the language */
#include "session/session.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "objects/library.h"
#include "objects/optimizer.h"
#include "session/core.h"
#include "session/history.h"
#include "session/part.h"
#include "session/report.h"
#include "session/safe.h"
#include "session/trial.h"
#include "session/save.h"
#include "session/undo.h"
#include "session/unit.h"

/* --- serving the language and the engine --- */

static void host_note(void *user, const char *key, const char *fmt, ...)
{
    Session *s = user;
    if (!notes_again(&s->core->notes, key)) {
        va_list ap;
        va_start(ap, fmt);
        notes_add(&s->core->notes, key, fmt, ap);
        va_end(ap);
    }
}

static void host_touch_binding(void *user, int symbol)
{
    session_touch(user, &(Touch){.kind = TOUCH_BINDING, .symbol = (uintptr_t)symbol});
}

static void host_touch_obj(void *user, Obj *o)
{
    NbOptim *optim = optim_of(o);
    if (optim) {
        session_touch(user, &(Touch){.kind = TOUCH_OPTIM, .owner = o, .optim = optim});
    }
    NbModule *module = module_of(o);
    if (module) {
        session_touch(user, &(Touch){.kind = TOUCH_MODULE, .owner = o, .module = module});
    }
}

static void hook_touch(void *user, NbVar *v)
{
    session_touch(user, &(Touch){.kind = TOUCH_VAR, .var = v});
}

static void hook_cut(void *user, NbVar *v)
{
    session_touch(user, &(Touch){.kind = TOUCH_EDGES, .var = v});
}

static void hook_nonfinite(void *user, const NbNonFinite *what)
{
    Session *s = user;
    if (s->set.nan == NB_NAN_NOTE && notes_again(&s->core->notes, "nonfinite")) {
        return;
    }
    labels_quiet(s->labels, true); /* the engine is at work: no searching in graphs */
    interp_nonfinite(s->interp, what);
    labels_quiet(s->labels, false);
}

static void host_rebound(void *user, int symbol, Value before)
{
    Session *s = user;
    Value now = interp_get(s->interp, symbol);
    if (before.tag == V_OBJ || now.tag == V_OBJ) {
        s->core->only_optim = NULL;
        s->core->optims_known = false;
    }
    if (now.tag == V_OBJ) {
        if (module_of(now.obj) && !nb_module_name(module_of(now.obj))) {
            interp_touch_obj(s->interp, now.obj);
        }
        *s->lost |= !module_named(now.obj, interp_symbol_name(s->interp, symbol));
    }
    /* Without an optimizer a run is sampled when what was swept is computed anew. */
    if (now.tag == V_VAR && s->root && nb_var_name(s->root) &&
        nb_var_name(s->root) == nb_var_name(now.var) && nb_var_kind(now.var) == NB_INNER) {
        runs_forward(s->runs, s, now.var);
    }
}

static bool host_find_label(void *user, const char *name, Value *out)
{
    Session *s = user;
    NbVar *v = labels_find(s->labels, s->interp, name);
    if (v && interp_foreign(s->interp, nb_var_serial(v))) {
        return false;
    }
    if (v) {
        *out = (Value){.tag = V_VAR, .var = nb_var_ref(v)};
    }
    return v != NULL;
}

static const char *host_label(void *user, const NbVar *v, char *buf, size_t cap)
{
    Session *s = user;
    return labels_name(s->labels, s->interp, v, buf, cap);
}

static void host_graded(void *user, NbVar *v)
{
    session_holds(user, &v, 1);
}

/* `:=` on a parameter begins a new run; in a loop it is a part of the steps, as to keep weights
 * within bounds. */
static void host_written(void *user, const NbVar *v)
{
    Session *s = user;
    runs_written(s->runs, v);
}

static void *host_apart_begin(void *user)
{
    Trial *t = malloc(sizeof *t);
    if (t && !trial_begin(t, user, 0, 0)) {
        free(t);
        t = NULL;
    }
    return t;
}

static const char *host_apart_end(void *user, void *begun, uint64_t serial, char *buf, size_t cap)
{
    Trial *t = begun;
    const char *written = trial_foreign(t, serial, buf, cap);
    (void)user;
    if (written) {
        trial_end(t);
    } else {
        trial_keep(t);
    }
    free(t);
    return written;
}

static void host_ungraded(void *user, const NbVar *v)
{
    session_lets_go(user, v);
}

static void host_born(void *user, Obj *o)
{
    Session *s = user;
    if (optim_of(o)) {
        runs_end(s->runs);
    }
}

static void host_gone(void *user, Obj *o)
{
    Session *s = user;
    if (optim_of(o)) {
        runs_drop_optim(s->runs, optim_of(o));
        s->core->only_optim = s->core->only_optim == o ? NULL : s->core->only_optim;
    }
}

static const char *host_object_name(void *user, const Obj *o)
{
    return session_object_name(user, o);
}

static bool host_echoes(void *user, const Call *call)
{
    return session_echoes(user, call);
}

static const char *host_find_file(void *user, const char *name, char *buf, size_t cap)
{
    return session_find_file(user, name, buf, cap);
}

static char *host_read_file(void *user, const char *path, size_t *len, NbErr *err)
{
    return session_read_file(user, path, len, err);
}

static bool host_pass(void *user)
{
    Session *s = user;
    bool look = s->unit.countdown == 1;
    if (!unit_pass(s)) {
        return false;
    }
    if (look) {
        session_passed(s);
    }
    return true;
}

static bool host_poll(void *user)
{
    return unit_poll(user);
}

/* --- life --- */

/* One block: neither is there without the other. */
struct Whole {
    Session session;
    SessionCore core;
};

static bool session_core(Session *s)
{
    s->lost = calloc(1, sizeof *s->lost);
    if (!s->lost) {
        return false;
    }
    s->ctx = nb_ctx_new();
    s->interp = s->ctx ? interp_new(s->ctx) : NULL;
    s->labels = labels_new();
    s->core->unit_journal = journal_new();
    s->core->pass_journal = journal_new();
    s->core->undo = undo_new();
    s->runs = runs_new(s->lost);
    s->history = history_new();
    s->core->notes.lost = s->lost;
    s->core->optimizers = optimizer_rows_new();
    s->core->library = library_rows_new();
    return s->interp && s->labels && s->core->unit_journal && s->core->pass_journal &&
           s->core->undo && s->runs && s->history && s->core->optimizers && s->core->library &&
           parts_new(s);
}

Session *session_new(const SessionKit *kit, volatile sig_atomic_t *flag, bool unicode)
{
    struct Whole *w = calloc(1, sizeof *w);
    Session *s = w ? &w->session : NULL;
    if (s) {
        s->core = &w->core;
        s->core->kit = kit;
    }
    if (!s || !session_core(s)) {
        session_free(&s);
        return NULL;
    }
    s->interrupt = flag;
    s->ending = &s->never;
    s->clock = (struct SessionClock){&s->never, &s->never, ""};
    s->wake = -1;
    session_front(s, NULL);
    settings_defaults(&s->set, unicode);
    interp_host(s->interp, &(LangHost){.user = s,
                                       .note = host_note,
                                       .touch_binding = host_touch_binding,
                                       .touch_obj = host_touch_obj,
                                       .rebound = host_rebound,
                                       .find_label = host_find_label,
                                       .label = host_label,
                                       .graded = host_graded,
                                       .pass = host_pass,
                                       .poll = host_poll,
                                       .lost = s->lost,
                                       .apart_begin = host_apart_begin,
                                       .apart_end = host_apart_end,
                                       .ungraded = host_ungraded,
                                       .written = host_written,
                                       .born = host_born,
                                       .gone = host_gone,
                                       .object_name = host_object_name,
                                       .echoes = host_echoes,
                                       .find_file = host_find_file,
                                       .read_file = host_read_file});
    nb_ctx_hooks(
        s->ctx,
        &(NbHooks){.user = s, .touch = hook_touch, .cut = hook_cut, .nonfinite = hook_nonfinite});
    nb_ctx_interrupt(s->ctx, flag);
    session_seed(s, 0, 0);
    if (!kit->add(s->interp) || !optimizer_rows_add(s->core->optimizers, s->interp) ||
        !library_rows_add(s->core->library, s->interp)) {
        session_free(&s);
    }
    return s;
}

/* What of the core keeps references to variables or objects. */
static void forget_core(Session *s)
{
    session_release_held(s);
    nb_var_unref(&s->root);
    nb_var_unref(&s->core->swept);
    labels_forget(s->labels);
    runs_forget(s->runs, s);
    s->core->only_optim = NULL;
    s->core->optims_known = false;
}

void session_free(Session **ps)
{
    Session *s = *ps;
    if (!s) {
        return;
    }
    parts_free(s);
    if (s->interp && s->labels && s->core->unit_journal && s->core->pass_journal && s->runs) {
        forget_core(s);
        undo_free(&s->core->undo);
        interp_clear(s->interp); /* objects let go of the runs */
    }
    undo_free(&s->core->undo);
    interp_free(&s->interp);
    journal_free(&s->core->unit_journal);
    journal_free(&s->core->pass_journal);
    journal_free(&s->core->spare);
    labels_free(&s->labels);
    runs_free(&s->runs);
    history_free(&s->history);
    optimizer_rows_free(&s->core->optimizers);
    library_rows_free(&s->core->library);
    notes_drop(&s->core->notes);
    nb_ctx_free(&s->ctx);
    free(s->core->held);
    free(s->folder);
    session_front(s, NULL); /* its streams are flushed and closed */
    free(s->lost);
    safe_end(s);
    free(s);
    *ps = NULL;
}

void session_empty(Session *s)
{
    parts_close(s);
    session_touch(s, &(Touch){.kind = TOUCH_WATCHES});
    session_touch(s, &(Touch){.kind = TOUCH_HELD});
    interp_unbind_all(s->interp);
    parts_forget(s);
    forget_core(s);
    s->stepped = false;
    nb_collect_cycles(s->ctx);
}

/* After the statement that asked for it. */
static void do_restart(Session *s)
{
    int symbol = interp_symbol(s->interp, "args");
    Value args = UNSET;
    if (interp_is_const(s->interp, symbol)) { /* what the program was called with stays so */
        args = value_ref(interp_get(s->interp, symbol));
    }
    s->core->restart = false;
    session_empty(s);
    if (args.tag == V_LIST) {
        interp_bind(s->interp, symbol, value_ref(args), true);
    }
    value_unref(&args);
    session_seed(s, s->core->seed[0], s->core->seed[1]);
}

/* --- running --- */

/* The value of an expression that is no name is `ans`. */
static void bind_ans(Session *s, const Outcome *out)
{
    if (out->kind == OUT_VALUE && out->n == 1 && out->item[0].after.tag != V_NONE &&
        strcmp(out->item[0].text, "ans") == 0) {
        interp_bind(s->interp, interp_symbol(s->interp, "ans"), value_ref(out->item[0].after),
                    false);
    }
}

/* The value a text ends with is the front's, when that asks for it. */
static void report_result(Session *s, const Outcome *out)
{
    Capture c;
    session_capture(s, &c);
    report_outcome(s, out);
    char *text = session_captured(s, &c);
    size_t n = text ? strlen(text) : 0;
    if (n > 0) {
        text[--n] = '\0'; /* the newline */
        session_flush(s);
        s->core->front.result(s->core->front.user, &(FrontForm){"text/plain", text, n}, 1);
    }
    free(text);
}

static void report_done(Session *s, const Outcome *out)
{
    if (s->core->front.result && s->unit.last && out->kind == OUT_VALUE) {
        report_result(s, out);
    } else {
        report_outcome(s, out);
    }
}

static void statement_done(Session *s, const Outcome *out)
{
    bind_ans(s, out);
    if (s->unit.echo) {
        report_done(s, out);
    }
    report_rebindings(s);
    report_outdated(s);
    report_sweeps(s);
    report_steps(s);
    report_rose(s);
    parts_follow(s);
}

static void flush_notes(Session *s)
{
    if (s->core->notes.n > 0) {
        fflush(s->out);
        notes_flush(&s->core->notes, s->err, session_wraps(s));
        fflush(s->err);
    }
}

/* The program is over: a limit was reached. */
static RunEnd limit_reached(Session *s)
{
    s->leave = true;
    s->leave_status = SESSION_LIMIT;
    return RUN_LEAVE;
}

/* The error that is told instead of "interrupted", or with what limits the memory. */
static RunEnd failed_at_limit(Session *s, const LangError *e)
{
    LangError told = *e;
    if (e->err.code == NB_EINTERRUPT) {
        told.err = (NbErr){.code = NB_EINTERRUPT};
        snprintf(told.err.msg, sizeof told.err.msg, "%s", s->clock.text);
        *s->clock.told = 1;
    } else {
        snprintf(told.err.hint, sizeof told.err.hint, "--memory=%g is the limit, in megabytes",
                 s->megabytes);
    }
    flush_notes(s);
    session_error(s, &told, false);
    return limit_reached(s);
}

static bool is_limit(const Session *s, const LangError *e)
{
    return (e->err.code == NB_EINTERRUPT && *s->clock.over) ||
           (e->err.code == NB_EMEM && s->megabytes > 0 && !session_is(s, FRONT_PERSON));
}

static RunEnd statement_failed(Session *s)
{
    const LangError *e = interp_error(s->interp);
    if (s->leave) {
        return RUN_LEAVE;
    }
    bool interrupted = e->err.code == NB_EINTERRUPT;
    if (is_limit(s, e)) {
        return failed_at_limit(s, e);
    }
    if (ferror(s->out) && !session_is(s, FRONT_OUT_TTY)) { /* nobody reads: leave without a word */
        return RUN_ERROR;
    }
    flush_notes(s);
    session_error(s, e, interrupted);
    unit_fail(s, interrupted);
    return interrupted ? RUN_INTERRUPT : RUN_ERROR;
}

/* Something that was printed or kept, perhaps the words of an error, has lost a part. */
static bool lost_text(Session *s)
{
    session_forget_error(s, false); /* one that nobody looked at */
    bool stopped = interp_error(s->interp)->err.code == NB_EINTERRUPT && *s->interrupt;
    if (*s->lost && !stopped) {
        interp_clear_error(s->interp);
        interp_fail(s->interp, NULL, NB_EMEM, "out of memory for the text of the result");
        return true;
    }
    return false;
}

static RunEnd run_statement(Session *s, Program *p, int i, unsigned how)
{
    Outcome out = {0};
    bool together = how & RUN_TOGETHER;
    if (!together || i == 0) {
        unit_begin(s, p, i, how);
    }
    labels_changed(s->labels);
    *s->lost = false;
    bool ok = interp_exec(s->interp, p, i, &out);
    labels_changed(s->labels);
    RunEnd end = RUN_OK;
    if (ok) {
        statement_done(s, &out);
    }
    ok = !lost_text(s) && ok;
    if (!ok) {
        end = statement_failed(s);
    }
    outcome_clear(&out);
    flush_notes(s);
    runs_settle(s->runs);
    if (!together || end != RUN_OK || i + 1 == program_statements(p)) {
        if (s->core->restart) {
            do_restart(s);
        }
        unit_end(s);
    }
    parts_changed(s);
    end = parts_after(s, end);
    if (*s->clock.over && !s->leave) { /* a command that ended well when it was stopped */
        end = limit_reached(s);
    }
    return s->leave ? RUN_LEAVE : end;
}

static RunEnd run_nested(Session *s, Program *p, int i)
{
    Outcome out = {0};
    bool ok = interp_exec(s->interp, p, i, &out);
    bind_ans(s, &out);
    outcome_clear(&out);
    if (!ok && s->leave_file) {
        return RUN_LEAVE;
    }
    return ok ? RUN_OK : s->leave ? RUN_LEAVE : RUN_ERROR;
}

RunEnd session_run(Session *s, const char *text, size_t len, const char *file, int first_line,
                   unsigned how)
{
    if (s->unit.running && !(how & RUN_NESTED)) {
        return RUN_BUSY;
    }
    if (!s->unit.running) {
        parts_before(s);
    }
    Program *p = interp_parse(s->interp, text, len, file, first_line, how & RUN_PROMPT);
    if (!p) {
        if (!(how & RUN_NESTED) && is_limit(s, interp_error(s->interp))) {
            return failed_at_limit(s, interp_error(s->interp));
        }
        if (!(how & RUN_NESTED)) {
            session_error(s, interp_error(s->interp), false);
        }
        return RUN_ERROR;
    }
    RunEnd end = RUN_OK;
    for (int i = 0, n = program_statements(p); i < n && end == RUN_OK; i++) {
        if (i > 0 && *s->interrupt && !(how & RUN_NESTED)) {
            session_say(s, "stopped between two statements");
            end = RUN_INTERRUPT;
            break;
        }
        end = how & RUN_NESTED ? run_nested(s, p, i) : run_statement(s, p, i, how);
        if (ferror(s->out) && session_is(s, FRONT_OUT_TTY)) { /* Ctrl-C while writing */
            clearerr(s->out);
        } else if (ferror(s->out)) {
            s->leave = true;
            s->leave_status = 1;
            end = RUN_LEAVE;
        }
    }
    program_unref(&p);
    return end;
}

RunEnd session_run_text(Session *s, const Text *t, const char *file, int first_line, unsigned how)
{
    if (t->failed) {
        session_say(s, "error: out of memory: a statement was not run");
        return RUN_ERROR;
    }
    return session_run(s, text_str(t), t->len, file, first_line, how);
}

void session_typed(Session *s, const char *line)
{
    if (history_add(s->history, line) && s->core->front.typed) {
        s->core->front.typed(s->core->front.user,
                             history_at(s->history, history_count(s->history) - 1));
    }
    const int why = history_failed(s->history);
    if (why) {
        session_say(s,
                    "note: the history cannot be written (%s): lines typed from now on are lost "
                    "when nabla ends",
                    strerror(why));
    }
}

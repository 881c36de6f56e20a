/* view_drag.c -- a value moved by hand in a window: tried at once, one statement at the end */
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/view_internal.h"
#include "session/report.h"
#include "session/trial.h"

/* While the hand moves, values are put in place and recomputed in a trial, which rests between two
 * of them; the statement at the end begins from what was there. */
typedef struct ViewDrag {
    NbVar *leaf, *root;
    NbVar *leaf_before, *root_before; /* consts, for the line at the end */
    Trial trial;
    double value; /* last tried */
    bool sweeps;  /* gradients follow: they are wanted always, or there were some */
} ViewDrag;

static void drag_free(ViewDrag **pd)
{
    ViewDrag *d = *pd;
    if (d) {
        nb_var_unref(&d->leaf);
        nb_var_unref(&d->root);
        nb_var_unref(&d->leaf_before);
        nb_var_unref(&d->root_before);
        trial_drop(&d->trial);
        free(d);
        *pd = NULL;
    }
}

/* What trying may change is saved before it begins; nothing is said meanwhile: the statement at the
 * end says it. */
static bool begin_trial(ViewDrag *d, Session *s)
{
    if (!trial_begin(&d->trial, s, TRIAL_MASKS | TRIAL_QUIET, 0)) {
        return false;
    }
    bool ok = trial_save(&d->trial, d->leaf) && trial_save(&d->trial, d->root);
    if (ok) {
        trial_pause(&d->trial);
    } else {
        trial_end(&d->trial);
    }
    return ok;
}

static bool begin(Session *s, NbVar *leaf)
{
    NbViz *viz = view_of(s)->viz;
    NbVar *root = viz ? nb_viz_graph_root(viz) : NULL;
    char label[96];
    if (!root || !labels_own(s->labels, s->interp, leaf, label, sizeof label)[0]) {
        return false;
    }
    ViewDrag *d = calloc(1, sizeof *d);
    if (!d) {
        return false;
    }
    d->leaf = nb_var_ref(leaf);
    d->root = nb_var_ref(root);
    d->sweeps = nb_var_is_scalar(root) && nb_var_takes_grad(root) &&
                (s->set.automatic || nb_var_has_grad(root));
    d->leaf_before = nb_var_copy(leaf, NB_CONST);
    d->root_before = nb_var_copy(root, NB_CONST);
    if (!d->leaf_before || !d->root_before || !begin_trial(d, s)) {
        drag_free(&d);
        return false;
    }
    view_of(s)->drag = d;
    return true;
}

/* Ctrl-C: all is as it was before the hand came. */
static void give_up(Session *s)
{
    ViewDrag *d = view_of(s)->drag;
    view_of(s)->drag = NULL;
    trial_end(&d->trial);
    drag_free(&d);
    session_aside(s, true);
    session_stopped(s);
    session_say(s, "stopped; nothing changed");
    session_aside(s, false);
}

/* false when Ctrl-C stopped it. */
static bool try_value(Session *s, double value)
{
    ViewDrag *d = view_of(s)->drag;
    trial_resume(&d->trial);
    nb_ctx_interrupt(s->ctx, s->interrupt);
    d->value = value;
    bool ok = nb_var_assign_scalar(d->leaf, value) == NB_OK &&
              nb_forward(d->root, false, NULL) == NB_OK;
    if (ok && d->sweeps) {
        nb_backward(d->root, &(NbSweep){.replace = true});
    }
    const bool stopped = nb_ctx_err(s->ctx)->code == NB_EINTERRUPT;
    trial_pause(&d->trial);
    if (stopped) {
        give_up(s);
    }
    parts_changed(s);
    return !stopped;
}

static void print_change(Session *s, const ViewDrag *d, const char *leaf, const char *root)
{
    Text t = text_in(s->lost);
    report_change(s, &t, leaf, (Value){.tag = V_VAR, .var = d->leaf_before},
                  (Value){.tag = V_VAR, .var = d->leaf});
    text_add(&t, "   ");
    report_change(s, &t, root, (Value){.tag = V_VAR, .var = d->root_before},
                  (Value){.tag = V_VAR, .var = d->root});
    report_line(&t, s->out);
    text_free(&t);
}

/* The typed form of what the hand did, run as one unit and kept in the history. */
static void commit(Session *s, ViewDrag *d)
{
    char leaf[96], root[96], number[40];
    Text t = text_in(s->lost);
    trial_end(&d->trial);
    labels_own(s->labels, s->interp, d->leaf, leaf, sizeof leaf);
    labels_own(s->labels, s->interp, d->root, root, sizeof root);
    nb_format_number(d->value, NB_DIGITS_FULL, number, sizeof number);
    text_printf(&t, "%s := %s", leaf, number);
    if (root[0] && d->root != d->leaf) {
        text_printf(&t, "; forward %s", root);
    }
    if (root[0] && d->sweeps) {
        text_printf(&t, "; cleargrad; backward %s", root);
    }
    if (leaf[0]) {
        session_aside(s, true);
        if (session_is(s, FRONT_PERSON) && !t.failed) {
            session_typed(s, text_str(&t));
        }
        if (session_run_text(s, &t, "", 1, RUN_PROMPT | RUN_TOGETHER) == RUN_OK) {
            print_change(s, d, leaf, root);
        }
        session_aside(s, false);
    }
    text_free(&t);
}

static void settle(Session *s)
{
    ViewDrag *d = view_of(s)->drag;
    if (d) {
        view_of(s)->drag = NULL; /* the statement must not settle it again */
        commit(s, d);
        drag_free(&d);
    }
}

static void forget(Session *s)
{
    drag_free(&view_of(s)->drag);
}

bool view_write(Session *s, NbVar *leaf, double value, bool done)
{
    bool writable = nb_var_kind(leaf) == NB_LEAF && nb_var_is_scalar(leaf);
    if (s->unit.running || !writable) {
        return false;
    }
    const View *view = view_of(s);
    if (view->drag && view->drag->leaf != leaf) {
        settle(s);
    }
    if (!view->drag && !begin(s, leaf)) {
        return false;
    }
    if (try_value(s, value) && done) {
        settle(s);
    }
    return true;
}

static void before(Session *s)
{
    settle(s);
}

/* A window that was closed under a moving hand leaves the value to be settled here. */
static void pump(Session *s)
{
    const View *view = view_of(s);
    if (view->drag && !s->unit.running && !nb_viz_graph_root(view->viz)) {
        settle(s);
    }
}

static const PartKey no_memory = {1}; /* it stands in View */

const SessionPart view_drag_part = {
    .key = &no_memory, .before = before, .forget = forget, .pump = pump, .free = forget};

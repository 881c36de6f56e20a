/* rewind.c -- the command rewind: parameters and optimizer as at an earlier step of a run */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "objects/optimizer.h"
#include "cmd/descend.h"
#include "cmd/table.h"
#include "session/report.h"
#include "session/snapshots.h"

#define MOST_SHOWN 6 /* scalar parameters that are listed */
#define LARGEST_STEP 1e15

enum { OPT_RUN };

typedef struct Rewind {
    Session *s;
    Interp *I;
    const Call *c;
    SnapRun *run;
    uint64_t step;
    int row;     /* at or before the step */
    NbVar *root; /* what was minimised, when its name still binds it; borrowed */
    bool again;  /* steps were made again from the row */
    double before[MOST_SHOWN];
    double value_before; /* of root */
} Rewind;

/* --- what was asked for --- */

static bool take_step(Rewind *w)
{
    Value v = w->c->argv[0];
    double k = value_is_number(v) ? value_number(v) : NAN;
    if (!(k >= 0 && k <= LARGEST_STEP) || k != floor(k)) {
        return interp_fail(w->I, w->c->arg[0], NB_EVALUE, "rewind: expected a step 0, 1, 2, …");
    }
    w->step = (uint64_t)k;
    return true;
}

static bool find_run(Rewind *w)
{
    int64_t serial = 0;
    if (!interp_opt_int(w->I, w->c, OPT_RUN, 1, UINT32_MAX, &serial)) {
        return false;
    }
    const Snapshots *snaps = runs_snapshots(w->s->runs);
    w->run = snapshots_run(snaps, (uint32_t)serial);
    if (w->run && w->run->rows > 0) {
        return true;
    }
    if (serial > 0) {
        interp_fail(w->I, w->c->optnode[OPT_RUN], NB_EVALUE, "rewind: nothing is kept of run %lld",
                    (long long)serial);
        return interp_hint(w->I, "a click on a curve of plot says how to go to that step");
    }
    interp_fail(w->I, w->c->node, NB_EVALUE, "rewind: no run is recorded yet");
    return interp_hint(w->I, "runs begin with step or minimize");
}

/* A run that began in the middle, after a rewind or `x := …`, has an earlier one before it. */
static bool find_row(Rewind *w)
{
    if (w->step < w->run->step[0] && w->c->opt[OPT_RUN].tag == V_UNSET) {
        SnapRun *earlier = snapshots_earlier(runs_snapshots(w->s->runs), w->run, w->step);
        w->run = earlier ? earlier : w->run;
    }
    const SnapRun *r = w->run;
    unsigned long long first = r->step[0], last = r->step[r->rows - 1], k = w->step;
    if (k < first || k > last) {
        interp_fail(w->I, w->c->arg[0], NB_EVALUE,
                    "rewind: the run has steps %llu … %llu, not %llu", first, last, k);
        return false;
    }
    w->row = snap_row(r, k);
    return true;
}

static NbVar *find_root(const Rewind *w)
{
    int symbol = interp_symbol(w->I, w->run->root);
    Value v = symbol >= 0 ? interp_get(w->I, symbol) : UNSET;
    return v.tag == V_VAR && nb_var_kind(v.var) == NB_INNER ? v.var : NULL;
}

/* --- going there --- */

static bool make_steps(const Rewind *w, uint64_t from, uint64_t to)
{
    return descend_again(&(Descent){.s = w->s, .root = w->root, .o = w->run->optim}, to - from,
                         true, false);
}

static bool not_kept(const Rewind *w, const char *why)
{
    const SnapRun *r = w->run;
    unsigned long long below = r->step[w->row], above = r->step[w->row + 1];
    interp_fail(w->I, w->c->arg[0], NB_EVALUE, "rewind: step %llu is not kept, and %s",
                (unsigned long long)w->step, why);
    return interp_hint(w->I, "near it are steps %llu and %llu", below, above);
}

/* From the row before the step, by the same steps. That they are the same is seen where they
 * arrive: at the next row, every bit must be as it was. */
static bool step_again(Rewind *w)
{
    const SnapRun *r = w->run;
    w->root = find_root(w);
    if (!r->optim) {
        return not_kept(w, "the run's optimizer is gone");
    }
    if (!w->root) {
        return not_kept(w, "what it minimized has no name now");
    }
    if (snap_restore(r, w->row) != NB_OK || !make_steps(w, r->step[w->row], w->step)) {
        return interp_fail_ctx(w->I, NULL);
    }
    double *here = snap_copy(r);
    bool ok = here != NULL && make_steps(w, w->step, r->step[w->row + 1]);
    bool same = ok && snap_same(r, w->row + 1);
    ok = ok && same && snap_put(r, here, w->step) == NB_OK;
    free(here);
    if (!ok && !same && here) {
        return not_kept(w, "making the steps again ends elsewhere");
    }
    w->again = true;
    return ok || interp_fail_ctx(w->I, NULL);
}

static bool go(Rewind *w)
{
    if (w->run->step[w->row] == w->step) {
        return snap_restore(w->run, w->row) == NB_OK || interp_fail_ctx(w->I, NULL);
    }
    return step_again(w);
}

/* --- what is shown --- */

static int shown(const Rewind *w)
{
    const SnapRun *r = w->run;
    int n = 0;
    while (n < r->nparams && nb_var_is_scalar(r->param[n])) {
        n++;
    }
    return n == r->nparams && n <= MOST_SHOWN ? n : 0;
}

static void put_change(const Session *s, const char *name, double before, double after)
{
    Text line = text_in(s->lost);
    report_change(s, &line, name, CONST(before), CONST(after));
    report_line(&line, s->out);
    text_free(&line);
}

static void echo(const Rewind *w)
{
    Session *s = w->s;
    const NbRecord *record = runs_record(s->runs);
    const SnapRun *r = w->run;
    char label[96];
    for (int i = 0; record && i < nb_record_runs(record); i++) {
        NbRunInfo run = nb_record_run(record, i);
        if (run.serial == r->serial) {
            fprintf(s->out, "step %llu of %s", (unsigned long long)w->step, run.title);
        }
    }
    if (w->again) {
        fprintf(s->out, ", by the same steps from %llu", (unsigned long long)r->step[w->row]);
    }
    fprintf(s->out, "\n");
    for (int i = 0; i < shown(w); i++) {
        report_label(s, r->param[i], label, sizeof label);
        put_change(s, label, w->before[i], nb_var_value(r->param[i]));
    }
    if (shown(w) == 0) {
        fprintf(s->out, "%d parameter%s, %zu number%s\n", r->nparams, r->nparams == 1 ? "" : "s",
                r->values, r->values == 1 ? "" : "s");
    }
    if (w->root && nb_var_is_scalar(w->root)) {
        report_label(s, w->root, label, sizeof label);
        put_change(s, label, w->value_before, nb_var_value(w->root));
    }
}

/* Gradients of elsewhere would be added to by the next backward. */
static bool arrive(Rewind *w)
{
    const SnapRun *r = w->run;
    for (int i = 0; i < r->nparams; i++) {
        nb_var_clear_grad(r->param[i]);
    }
    runs_end(w->s->runs);
    if (w->root && nb_forward(w->root, false, NULL) != NB_OK) {
        return interp_fail_ctx(w->I, NULL);
    }
    if (session_echoes(w->s, w->c)) {
        echo(w);
    }
    if (!r->optim && r->rule) {
        session_note(w->s, "*gone", "the optimizer of that run is gone: only values were put back");
    }
    return true;
}

static bool cmd_rewind(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Rewind w = {.s = session_of(I), .I = I, .c = c};
    if (!take_step(&w) || !find_run(&w) || !find_row(&w)) {
        return false;
    }
    w.root = find_root(&w);
    w.value_before = w.root ? nb_var_value(w.root) : 0;
    for (int i = 0; i < shown(&w); i++) {
        w.before[i] = nb_var_value(w.run->param[i]);
    }
    return go(&w) && arrive(&w);
}

static const Builtin rows[] = {
    {"rewind",
     B_COMMAND | B_WITHIN,
     1,
     1,
     {{"run", NULL}},
     cmd_rewind,
     "optimizers",
     "rewind k [, run=n]",
     "Puts the variables of the current run back to what they were at step k, the optimizer's "
     "state and step number too; hyperparameters stay as they are now, gradients are cleared, and "
     "f is computed again. A step that is not kept is reached by making the same steps again from "
     "one that is; when that cannot be exact, it names the steps that are kept. The next step "
     "begins a new run beside the old one. run=n chooses a run by its number, which a click on its "
     "curve shows.",
     "x = 5\nf = x^2\nopt = sgd(x, lr=0.1)\nminimize f, steps=20\nrewind 3"},
};

Rows rewind_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

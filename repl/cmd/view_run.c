/* view_run.c -- runs in pictures step by step: paths and curves that grow, weights of that step */
#include <string.h>

#include "cmd/view_steps.h"
#include "session/snapshots.h"

#define USUAL_STEPS 40
#define QUICK 12 /* hundredths of a second between pictures of a run, */
#define LAST 200 /* and how long the last one stands */

/* All steps of a record's runs. */
static bool extent(const NbRecord *r, uint64_t *first, uint64_t *last)
{
    bool any = false;
    for (int k = 0; r && k < nb_record_runs(r); k++) {
        const NbRunInfo run = nb_record_run(r, k);
        if (run.rows == 0 || run.points) {
            continue;
        }
        const uint64_t from = nb_record_step(r, k, 0), to = nb_record_step(r, k, run.rows - 1);
        *first = !any || from < *first ? from : *first;
        *last = !any || to > *last ? to : *last;
        any = true;
    }
    return any;
}

bool view_steps_of_run(Steps *w, int asked)
{
    Session *s = session_of(w->I);
    bool any = false;
    const char *const what = nb_viz_view_name((int)w->e->view);
    if (w->e->view == NB_VIEW_PLOT && nb_record_axis_name(w->e->record)) {
        interp_fail(w->I, w->c->node, NB_EVALUE, "export: a function of one variable has no steps");
        return interp_hint(w->I, "steps are of a run: minimize f, then export \"%s\", f, view=plot",
                           w->path);
    }
    if (w->e->view == NB_VIEW_BOUNDARY) {
        w->run = snapshots_run(runs_snapshots(s->runs), 0);
        any = w->run && w->run->rows > 0;
        w->first = any ? w->run->step[0] : 0;
        w->last = any ? w->run->step[w->run->rows - 1] : 0;
    } else {
        const NbRecord *r = w->e->view == NB_VIEW_PLOT ? w->e->record : runs_record(s->runs);
        any = extent(r, &w->first, &w->last);
    }
    if (!any) {
        interp_fail(w->I, w->c->node, NB_EVALUE, "export: no run is recorded that a %s could show",
                    what);
        return interp_hint(w->I, "runs begin with step or minimize");
    }
    const uint64_t steps = w->last - w->first + 1;
    const int n = asked > 1 ? asked : USUAL_STEPS;
    w->n = steps < (uint64_t)n ? (int)steps : n;
    return true;
}

uint64_t view_step_until(const Steps *w, int k)
{
    const double way = w->n > 1 ? (double)(k - 1) / (w->n - 1) : 1;
    return k == w->n ? w->last : w->first + (uint64_t)(way * (double)(w->last - w->first) + 0.5);
}

/* Parameters as they were, and the regions they give. */
static bool weights_of(const Steps *w, uint64_t step)
{
    const SnapRun *r = w->run;
    const int row = snap_row(r, step);
    char name[96];
    if (!trial_begin(w->trial, session_of(w->I), 0, 0) ||
        !trial_save_run(w->trial, r->param, r->nparams, r->optim)) {
        return interp_fail(w->I, w->c->node, NB_EMEM, "out of memory for the weights of a step");
    }
    if (snap_restore(r, row < 0 ? 0 : row) != NB_OK) {
        return interp_fail_ctx(w->I, w->c->node);
    }
    nb_viz_surface_free(&w->e->surface);
    w->e->surface = view_surface_export(w->I, w->c, true, w->e->equal, name, sizeof name);
    return w->e->surface != NULL;
}

bool view_step_begin(const Steps *w, int k)
{
    w->e->step = k;
    if (w->e->view == NB_VIEW_GRAPH) {
        return true;
    }
    w->e->step = 0;
    w->e->partly = true;
    w->e->until = view_step_until(w, k);
    w->e->delay = k == w->n ? LAST : QUICK;
    if (w->e->view == NB_VIEW_BOUNDARY && !weights_of(w, w->e->until)) {
        view_step_end(w);
        return false;
    }
    return true;
}

void view_step_end(const Steps *w)
{
    if (w->trial && w->trial->goes_on) {
        trial_end(w->trial);
    }
}

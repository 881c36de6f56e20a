/* view_preview.c -- the linked cursor in the session: numbers of a picked step behind the graph */
#include <string.h>

#include <nabla/saved.h>

#include "cmd/view_internal.h"
#include "session/report.h"
#include "session/snapshots.h"

/* The row kept nearest to the cursor's step; -1 when there is none. */
static int picked_row(const Session *s, const SnapRun **run, uint64_t *step)
{
    uint32_t serial;
    if (!nb_viz_cursor(view_of(s)->viz, &serial, step)) {
        return -1;
    }
    const SnapRun *r = snapshots_run(runs_snapshots(s->runs), serial);
    *run = r;
    if (!r || r->rows == 0) {
        return -1;
    }
    int row = snap_row(r, *step);
    bool later = row < 0 || (r->step[row] != *step && (size_t)row + 1 < r->rows &&
                             r->step[row + 1] - *step < *step - r->step[row]);
    return later ? row + 1 : row;
}

bool view_preview(void *user, bool on)
{
    Session *s = user;
    View *view = view_of(s);
    nb_trial_end(&view->moment);
    NbVar *root = on ? nb_viz_graph_root(view->viz) : NULL;
    const SnapRun *r = NULL;
    uint64_t step;
    int row = root ? picked_row(s, &r, &step) : -1;
    if (row < 0 || nb_var_kind(root) != NB_INNER) {
        return false;
    }
    view->moment = nb_trial_begin(root, NULL, 0, NB_TRIAL_LOOK);
    bool any = false;
    for (int i = 0; view->moment && i < r->nparams; i++) {
        any |= nb_trial_write(view->moment, r->param[i], snap_values(r, row, i));
    }
    if (!any || nb_trial_run(view->moment) != NB_OK) {
        nb_trial_end(&view->moment);
    }
    return view->moment != NULL;
}

static NbRunInfo run_info(const Session *s, uint32_t serial)
{
    const NbRecord *record = runs_record(s->runs);
    for (int i = 0; record && i < nb_record_runs(record); i++) {
        NbRunInfo info = nb_record_run(record, i);
        if (info.serial == serial) {
            return info;
        }
    }
    return (NbRunInfo){0};
}

/* "step 120 of adam(lr=0.05): rewind 120 goes there" */
void view_pointed(void *user)
{
    Session *s = user;
    uint32_t serial;
    uint64_t step;
    if (!nb_viz_cursor(view_of(s)->viz, &serial, &step)) {
        return;
    }
    const SnapRun *r = NULL, *current = snapshots_run(runs_snapshots(s->runs), 0);
    int row = picked_row(s, &r, &step);
    unsigned long long k = step;
    Text line = text_in(s->lost);
    text_printf(&line, "step %llu of %s", k, run_info(s, serial).title);
    if (row >= 0 && r == current) {
        text_printf(&line, ": rewind %llu goes there", k);
    } else if (row >= 0) {
        text_printf(&line, ": rewind %llu, run=%u goes there", k, serial);
    }
    if (row >= 0 && r->step[row] != step) {
        text_printf(&line, "; kept is step %llu", (unsigned long long)r->step[row]);
    }
    session_aside(s, true);
    session_say(s, "%s", text_str(&line));
    session_aside(s, false);
    text_free(&line);
}

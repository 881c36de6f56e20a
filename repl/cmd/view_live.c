/* view_live.c -- curves beside a statement that descends, where the front takes pictures */
#include <string.h>

#include "base/clock.h"
#include "cmd/view_internal.h"
#include "session/report.h"

#define LIVE_AFTER 0.3 /* s until the first curve of a statement that still runs */
#define LIVE_EVERY 0.2 /* s between two of them */
#define LIVE_SHARE 10  /* drawing takes at most one part in this many of the time */
#define LEAST_STEPS 3  /* that make a curve */
#define LAST_COST 0.02 /* s that a curve may take where somebody stops and waits */

typedef struct Live {
    uint64_t steps;   /* recorded before the present statement */
    uint64_t version; /* of the record, when a curve was last shown */
    double due;       /* when the next one is, seconds */
    double cost;      /* of the last one, seconds */
    bool shown;       /* a curve of this statement */
} Live;

static const PartKey live_key = {sizeof(Live)};

/* Recorded so far; runs are thinned, their steps are not. */
static uint64_t steps_of(const NbRecord *r)
{
    uint64_t n = 0;
    for (int i = 0; r && i < nb_record_runs(r); i++) {
        NbRunInfo run = nb_record_run(r, i);
        n += run.rows > 0 ? nb_record_step(r, i, run.rows - 1) + 1 : 0;
    }
    return n;
}

static void begin_statement(Session *s)
{
    Live *live = session_part(s, &live_key);
    const NbRecord *r = runs_record(s->runs);
    live->steps = steps_of(r);
    live->version = r ? nb_record_version(r) : 0;
    live->due = nb_seconds() + LIVE_AFTER;
    live->shown = false;
}

/* Into `to`, as it is. */
static bool add_run(NbRecord *to, const NbRecord *r, int i)
{
    NbRunInfo run = nb_record_run(r, i);
    NbErr err = {0};
    bool ok = nb_record_begin(to, run.title, run.column, run.columns, &err) == NB_OK;
    for (size_t row = 0; ok && row < run.rows; row++) {
        ok = nb_record_add(to, nb_record_step(r, i, row),
                           nb_record_values(r, i) + row * (size_t)run.columns);
    }
    nb_record_end(to);
    return ok;
}

/* The runs of what was minimised last: others have other scales. New; NULL when out of memory. */
static NbRecord *latest_of(const NbRecord *r)
{
    int n = nb_record_runs(r);
    const char *name = nb_record_run(r, n - 1).column[0];
    size_t rows = 64;
    for (int i = 0; i < n; i++) {
        rows = nb_record_run(r, i).rows > rows ? nb_record_run(r, i).rows : rows;
    }
    NbRecord *to = nb_record_new(2 * rows, n);
    bool ok = to;
    for (int i = 0; ok && i < n; i++) {
        NbRunInfo run = nb_record_run(r, i);
        ok = run.rows == 0 || strcmp(run.column[0], name) != 0 || add_run(to, r, i);
    }
    if (!ok) {
        nb_record_free(&to);
    }
    return to;
}

/* The curves, when this statement has added to them since they were shown. */
static void show(Session *s)
{
    Live *live = session_part(s, &live_key);
    NbRecord *r = runs_record(s->runs);
    NbViz *viz = r && nb_record_version(r) != live->version &&
                         steps_of(r) >= live->steps + LEAST_STEPS && view_recorded(r)
                     ? view_viz(s)
                     : NULL;
    if (viz) {
        double begun = nb_seconds();
        NbRecord *latest = latest_of(r);
        NbExport e = {.view = NB_VIEW_PLOT,
                      .record = latest,
                      .title = nb_record_run(r, nb_record_runs(r) - 1).column[0]};
        if (latest && view_recorded(latest)) {
            view_try_picture(s, viz, &e);
            live->shown = true;
        }
        nb_record_free(&latest);
        double now = nb_seconds(), rest = LIVE_SHARE * (now - begun);
        live->cost = now - begun;
        live->version = nb_record_version(r);
        live->due = now + (rest > LIVE_EVERY ? rest : LIVE_EVERY);
    }
}

/* What is muted shows nothing either. */
static bool is_wanted(const Session *s)
{
    return session_takes_pictures(s) && s->unit.echo && !session_windows(s);
}

static void pump(Session *s)
{
    const Live *live = session_part(s, &live_key);
    if (s->unit.running && session_is(s, FRONT_LIVE) && is_wanted(s) && nb_seconds() >= live->due) {
        show(s);
    }
}

static RunEnd after(Session *s, RunEnd end)
{
    const Live *live = session_part(s, &live_key);
    bool stopped = end == RUN_INTERRUPT && live->shown && live->cost > LAST_COST;
    if (is_wanted(s) && end != RUN_ERROR && !stopped) {
        show(s);
    }
    begin_statement(s);
    return end;
}

const SessionPart view_live_part = {
    .key = &live_key, .before = begin_statement, .after = after, .pump = pump};

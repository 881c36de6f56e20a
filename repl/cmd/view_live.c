/* view_live.c -- curves beside a statement that descends, where the front takes pictures */
#include "cmd/view_internal.h"

#include "base/clock.h"
#include "session/report.h"

#define LIVE_AFTER 0.3 /* s until the first curve of a statement that still runs */
#define LIVE_EVERY 0.2 /* s between two of them */
#define LIVE_SHARE 10  /* drawing takes at most one part in this many of the time */
#define LEAST_STEPS 3  /* that make a curve */

typedef struct Live {
    uint64_t steps;   /* recorded before the present statement */
    uint64_t version; /* of the record, when a curve was last shown */
    double due;       /* when the next one is, seconds */
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
        char title[256];
        double begun = nb_seconds();
        NbExport e = {.view = NB_VIEW_PLOT, .record = r, .title = title};
        view_plot_title(r, title, sizeof title);
        view_try_picture(s, viz, &e);
        double now = nb_seconds(), rest = LIVE_SHARE * (now - begun);
        live->version = nb_record_version(r);
        live->due = now + (rest > LIVE_EVERY ? rest : LIVE_EVERY);
    }
}

/* What is muted shows nothing either. */
static bool is_wanted(const Session *s)
{
    return view_takes_pictures(s) && s->unit.echo && !session_windows(s);
}

static void pump(Session *s)
{
    const Live *live = session_part(s, &live_key);
    if (s->unit.running && is_wanted(s) && nb_seconds() >= live->due) {
        show(s);
    }
}

static RunEnd after(Session *s, RunEnd end)
{
    if (is_wanted(s) && end != RUN_ERROR) {
        show(s);
    }
    begin_statement(s);
    return end;
}

const SessionPart view_live_part = {
    .key = &live_key, .before = begin_statement, .after = after, .pump = pump};

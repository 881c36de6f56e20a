/* runs.c -- the run record: when runs begin, what is sampled, what is watched */
#include "session/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/saved.h>

#include "session/core.h"
#include "session/optims.h"
#include "session/report.h"
#include "session/snapshots.h"

#define ROWS_PER_RUN SNAP_ROWS
#define MOST_RUNS SNAP_RUNS

typedef struct Watch {
    Program *program; /* keeps a reference */
    const Node *expr;
    char text[64];
} Watch;

struct Runs {
    NbRecord *record;
    Watch watch[WATCH_MAX];
    int nwatch;
    const NbOptim *optim;            /* of the current run; NULL: sampled at forward */
    char root[64];                   /* what the current run minimises */
    const char *root_name;           /* … by its own name, NULL: none */
    uint64_t statement;              /* that stepped with this root last */
    int nparams;                     /* parameters among its columns, after the watches: scalars, */
    NbVar *param[NB_RECORD_COLUMNS]; /* … and both numbers of those with two; keeps references */
    const double *at[NB_RECORD_COLUMNS]; /* numbers of scalars; NULL: number `item` of param */
    int item[NB_RECORD_COLUMNS];
    uint64_t forwards; /* of a run without an optimizer */
    bool busy;         /* a watch is evaluated: what it does is not sampled */
    bool aside;        /* runs that begin are of a race */
    int nwatched;      /* watches among the columns of the run, after the first */
    int watched[WATCH_MAX];
    Snapshots *snaps;
    /* the newest sample when the record did not want it */
    bool waiting;
    uint64_t step;
    double row[NB_RECORD_COLUMNS];
    bool *lost; /* of the session: memory for a row was refused */
};

Runs *runs_new(bool *lost)
{
    Runs *r = calloc(1, sizeof *r);
    if (r && !(r->snaps = snapshots_new(lost))) {
        free(r);
        r = NULL;
    }
    if (r) {
        r->lost = lost;
    }
    return r;
}

static void drop_params(Runs *r)
{
    for (int i = 0; i < r->nparams; i++) {
        nb_var_unref(&r->param[i]);
    }
    r->nparams = 0;
}

void runs_free(Runs **pr)
{
    if (*pr) {
        runs_unwatch_all(*pr);
        drop_params(*pr);
        nb_record_free(&(*pr)->record);
        snapshots_free(&(*pr)->snaps);
        free(*pr);
        *pr = NULL;
    }
}

void runs_forget(Runs *r, Session *s)
{
    (void)s;
    runs_unwatch_all(r);
    drop_params(r);
    r->optim = NULL;
    r->waiting = false;
    snapshots_forget(r->snaps);
    nb_record_free(&r->record);
}

NbRecord *runs_record(Runs *r)
{
    if (!r->record) {
        r->record = nb_record_new(ROWS_PER_RUN, MOST_RUNS);
        *r->lost |= !r->record;
    }
    return r->record;
}

void runs_put_record(Runs *r, const NbRecord *from)
{
    nb_record_free(&r->record);
    r->record = from ? nb_record_copy(from) : NULL;
    *r->lost |= from && !r->record;
    if (r->record) {
        nb_record_end(r->record);
    }
}

/* --- watches --- */

bool runs_watch(Runs *r, Interp *I, const Node *expr)
{
    char text[sizeof r->watch[0].text];
    interp_text(I, expr, text, sizeof text);
    for (int i = 0; i < r->nwatch; i++) {
        if (strcmp(r->watch[i].text, text) == 0) {
            return true;
        }
    }
    if (r->nwatch == WATCH_MAX) {
        interp_fail(I, expr, NB_EVALUE, "watch: more than %d expressions", WATCH_MAX);
        return interp_hint(I, "unwatch forgets them");
    }
    Watch *w = &r->watch[r->nwatch++];
    w->program = program_ref(interp_program(I));
    w->expr = expr;
    memcpy(w->text, text, sizeof text);
    runs_end(r);
    return true;
}

bool runs_unwatch(Runs *r, const char *text)
{
    for (int i = 0; i < r->nwatch; i++) {
        if (strcmp(r->watch[i].text, text) == 0) {
            program_unref(&r->watch[i].program);
            memmove(&r->watch[i], &r->watch[i + 1], (size_t)(r->nwatch - i - 1) * sizeof(Watch));
            r->nwatch--;
            runs_end(r);
            return true;
        }
    }
    return false;
}

void runs_unwatch_all(Runs *r)
{
    for (int i = 0; i < r->nwatch; i++) {
        program_unref(&r->watch[i].program);
    }
    if (r->nwatch > 0) {
        runs_end(r);
    }
    r->nwatch = 0;
}

const char *runs_watch_source(const Runs *r, int i, size_t *len)
{
    return node_source(r->watch[i].program, r->watch[i].expr, len);
}

bool runs_watch_kept(Runs *r, Interp *I, Program *p, const Node *expr)
{
    if (r->nwatch == WATCH_MAX) {
        return false;
    }
    Watch *w = &r->watch[r->nwatch++];
    w->program = program_ref(p);
    w->expr = expr;
    (void)I;
    size_t len;
    const char *text = node_source(p, expr, &len);
    snprintf(w->text, sizeof w->text, "%.*s", (int)(len < sizeof w->text ? len : sizeof w->text),
             text);
    runs_end(r);
    return true;
}

struct Watches {
    Watch watch[WATCH_MAX];
    int n;
};

Watches *runs_watches_save(const Runs *r)
{
    Watches *w = calloc(1, sizeof *w);
    for (int i = 0; w && i < r->nwatch; i++) {
        w->watch[w->n] = r->watch[i];
        program_ref(w->watch[w->n++].program);
    }
    return w;
}

void watches_free(Watches **pw)
{
    Watches *w = *pw;
    *pw = NULL;
    for (int i = 0; w && i < w->n; i++) {
        program_unref(&w->watch[i].program);
    }
    free(w);
}

void runs_watches_swap(Runs *r, Watches **w)
{
    Watches now = {.n = r->nwatch};
    memcpy(now.watch, r->watch, sizeof now.watch);
    memcpy(r->watch, (*w)->watch, sizeof now.watch);
    r->nwatch = (*w)->n;
    **w = now;
}

bool runs_watches_same(const Runs *r, const Watches *w)
{
    bool same = r->nwatch == w->n;
    for (int i = 0; same && i < w->n; i++) {
        same = r->watch[i].expr == w->watch[i].expr;
    }
    return same;
}

int runs_watches(const Runs *r)
{
    return r->busy ? 0 : r->nwatch;
}

const char *runs_watch_text(const Runs *r, int i)
{
    return r->watch[i].text;
}

/* The value that forward would give v, which stays as it is; false when it cannot be had. */
static bool as_of_now(NbCtx *ctx, NbVar *v, Value *now)
{
    NbTrial *look = nb_trial_begin(v, NULL, 0, NB_TRIAL_LOOK);
    bool ok = look && nb_forward(v, false, NULL) == NB_OK, scalar = nb_var_is_scalar(v);
    double num = nb_var_value(v);
    NbTensor tmp, *t = ok && !scalar ? nb_tensor_copy(nb_var_data(v, &tmp), NULL) : NULL;
    nb_trial_end(&look);
    NbVar *c = t ? nb_var_tensor(ctx, t, NB_CONST) : NULL;
    *now = c ? (Value){.tag = V_VAR, .var = c} : CONST(num);
    return ok && (scalar || c);
}

/* What is behind a name moved since it was computed: a watch shows it where it is now. */
static bool recompute(Interp *I, Value *v)
{
    bool stale = false;
    NbCtx *ctx = session_of(I)->ctx;
    if (v->tag != V_VAR || (nb_var_find_stale(v->var, &stale, NULL, 0, NULL) == NB_OK && !stale)) {
        return true;
    }
    Value now = UNSET;
    bool ok = stale && as_of_now(ctx, v->var, &now);
    value_unref(v);
    *v = ok ? now : UNSET;
    return ok;
}

bool runs_watch_value(Runs *r, Interp *I, int i, Value *out)
{
    *out = UNSET;
    if (r->busy) {
        return false;
    }
    r->busy = true;
    bool ok = interp_eval_kept(I, r->watch[i].program, r->watch[i].expr, out) && recompute(I, out);
    r->busy = false;
    if (!ok) {
        session_forget_error(session_of(I), true);
    }
    return ok;
}

bool runs_watch_number(Runs *r, Interp *I, int i, double *out)
{
    Value v;
    bool ok = runs_watch_value(r, I, i, &v), number = ok && value_is_number(v);
    *out = number ? value_number(v) : NAN;
    if (ok) {
        value_unref(&v);
    }
    return number;
}

/* --- sampling --- */

static void add_waiting(Runs *r)
{
    if (r->waiting && r->record) {
        *r->lost |= !nb_record_add(r->record, r->step, r->row);
    }
    r->waiting = false;
}

void runs_end(Runs *r)
{
    add_waiting(r);
    if (r->record) {
        nb_record_end(r->record);
    }
    r->optim = NULL;
}

void runs_drop_optim(Runs *r, const NbOptim *o)
{
    if (r) {
        if (r->optim == o) {
            runs_end(r);
        }
        snapshots_drop_optim(r->snaps, o);
    }
}

void runs_written(Runs *r, const NbVar *v)
{
    for (int i = 0; r->optim && i < r->nparams; i++) {
        if (r->param[i] == v) {
            runs_end(r);
            return;
        }
    }
}

void runs_aside(Runs *r, bool on)
{
    runs_end(r);
    r->aside = on;
}

const Snapshots *runs_snapshots(const Runs *r)
{
    return r->snaps;
}

void runs_settle(Runs *r)
{
    add_waiting(r);
    SnapRun *run = r->optim ? snapshots_run(r->snaps, 0) : NULL;
    uint64_t step = r->optim ? nb_optim_steps(r->optim) : 0;
    if (run && run->optim == r->optim && run->rows > 0 && step > run->step[run->rows - 1]) {
        snapshots_take(r->snaps, step, true);
    }
}

static bool watched(const Runs *r, const char *name)
{
    for (int i = 0; i < r->nwatch; i++) {
        if (strcmp(r->watch[i].text, name) == 0) {
            return true;
        }
    }
    return false;
}

/* A sample or two from before there was an optimizer are no curve. */
static void drop_lone_sample(Runs *r)
{
    int runs = nb_record_runs(r->record);
    NbRunInfo before = nb_record_run(r->record, runs - 1);
    const SnapRun *kept = runs > 0 ? snapshots_run(r->snaps, before.serial) : NULL;
    if (runs > 0 && before.rows <= 1 && kept && !kept->rule) {
        snapshots_drop(r->snaps, before.serial);
        nb_record_drop(r->record);
    }
}

/* A column of the run that `name` is made for: all, or number `item`, of a parameter. */
static void add_param(Runs *r, NbVar *param, int item)
{
    NbTensor tmp;
    r->at[r->nparams] = nb_var_is_scalar(param) ? nb_var_data(param, &tmp)->data : NULL;
    r->item[r->nparams] = item;
    r->param[r->nparams++] = nb_var_ref(param);
}

static bool is_pair(const NbVar *v)
{
    const NbShape *shape = nb_var_shape(v);
    return shape->rank == 1 && shape->dim[0] == 2;
}

/* Column 0 is root, then watches of anything else, then parameters with a name: scalars, and the
 * numbers w[0] and w[1] of those with two. */
static int choose_columns(Runs *r, Session *s, char (*name)[64], NbVar *const *param, int n)
{
    int columns = 1;
    memcpy(r->root, name[0], sizeof r->root);
    r->nwatched = 0;
    for (int i = 0; i < r->nwatch && columns < NB_RECORD_COLUMNS; i++) {
        if (strcmp(r->watch[i].text, name[0]) != 0) {
            r->watched[r->nwatched++] = i;
            memcpy(name[columns++], r->watch[i].text, sizeof name[0]);
        }
    }
    for (int i = 0; i < n && columns < NB_RECORD_COLUMNS; i++) {
        char own[sizeof name[0]];
        const bool pair = is_pair(param[i]);
        if ((!pair && !nb_var_is_scalar(param[i])) ||
            !labels_own(s->labels, s->interp, param[i], own, sizeof own)[0]) {
            continue;
        }
        for (int k = 0; k < (pair ? 2 : 1) && columns < NB_RECORD_COLUMNS; k++) {
            char *to = name[columns];
            if (pair) {
                snprintf(to, sizeof name[0], "%.50s[%d]", own, k);
            } else {
                memcpy(to, own, sizeof own);
            }
            if (!watched(r, to)) {
                add_param(r, param[i], k);
                columns++;
            }
        }
    }
    return columns;
}

static bool begin(Runs *r, Session *s, const char *title, NbVar *root, NbVar *const *param, int n,
                  NbOptim *o)
{
    char name[NB_RECORD_COLUMNS][64];
    const char *names[NB_RECORD_COLUMNS];
    NbRecord *rec = runs_record(r);
    add_waiting(r);
    drop_params(r);
    if (!rec) {
        *s->lost = true;
        return false;
    }
    drop_lone_sample(r);
    snprintf(name[0], sizeof name[0], "f");
    if (root) {
        report_label(s, root, name[0], sizeof name[0]);
    }
    int columns = choose_columns(r, s, name, param, n);
    for (int i = 0; i < columns; i++) {
        names[i] = name[i];
    }
    if (nb_record_begin(rec, title, names, columns, NULL) != NB_OK) {
        *s->lost = true;
        return false;
    }
    uint32_t serial = nb_record_run(rec, nb_record_runs(rec) - 1).serial;
    r->root_name = root ? nb_var_name(root) : NULL;
    snapshots_begin(r->snaps, serial, name[0], param, n, o, r->aside);
    return true;
}

static void fill_row(Runs *r, Session *s, const NbVar *root)
{
    int n = 0;
    r->row[n++] = root ? nb_var_value(root) : NAN;
    for (int i = 0; i < r->nwatched; i++) {
        runs_watch_number(r, s->interp, r->watched[i], &r->row[n++]);
    }
    for (int i = 0; i < r->nparams; i++) {
        NbTensor tmp;
        r->row[n++] = r->at[i] ? *r->at[i]
                               : nb_tensor_at(nb_var_data(r->param[i], &tmp), r->item[i]);
    }
}

static void add_row(Runs *r, Session *s, uint64_t step, const NbVar *root, bool last)
{
    fill_row(r, s, root);
    r->waiting = false;
    *r->lost |= !nb_record_add(r->record, step, r->row);
    snapshots_take(r->snaps, step, last);
}

/* The record takes what it wants at once; of the others the newest waits for the end of the
 * statement, so that a curve ends where the run does. */
static void sample(Runs *r, Session *s, uint64_t step, const NbVar *root)
{
    if (nb_record_wants(r->record, step)) {
        add_row(r, s, step, root, false);
    } else {
        fill_row(r, s, root);
        r->step = step;
        r->waiting = true;
    }
}

/* o's steps begin a run, unless another optimizer has one. Apart, so that
 * a pass that only adds a row needs no frame. */
static __attribute__((noinline)) bool begin_steps(Runs *r, Session *s, NbOptim *o, NbVar *root)
{
    if (r->optim && r->optim != o && nb_optim_steps(o) > 0) {
        return false; /* two optimizers take turns: the run stays with the first */
    }
    char title[128];
    int n = nb_optim_gather(o);
    NbVar **param = malloc(((size_t)n + 1) * sizeof(NbVar *));
    for (int i = 0; param && i < n; i++) {
        param[i] = nb_optim_at(o, i);
    }
    *s->lost |= !param;
    bool ok = param && begin(r, s, optim_title(o, title, sizeof title), root, param, n, o);
    free(param);
    if (ok) {
        r->optim = o;
    }
    return ok;
}

/* True when this step belongs to the current run, which is begun if need be. A run has one root: a
 * step by the gradients of another begins the next, unless both take turns in one statement, as in
 * a loop; then the run stays with its own. */
static bool owns_run(Runs *r, Session *s, NbOptim *o, NbVar *root)
{
    if (r->optim == o && nb_record_open(r->record)) {
        if (!root || nb_var_name(root) == r->root_name) {
            r->statement = s->core->statements;
            return true;
        }
        if (r->statement == s->core->statements) {
            return false;
        }
    }
    if (!begin_steps(r, s, o, root)) {
        return false;
    }
    r->statement = s->core->statements;
    return true;
}

void runs_step(Runs *r, Session *s, NbOptim *o, NbVar *root)
{
    if (!r->busy && owns_run(r, s, o, root)) {
        sample(r, s, nb_optim_steps(o), root);
    }
}

void runs_last(Runs *r, Session *s, NbOptim *o, NbVar *root)
{
    if (!r->busy && owns_run(r, s, o, root)) {
        add_row(r, s, nb_optim_steps(o), root, true);
    }
}

/* Apart, as begin_steps is. */
static __attribute__((noinline)) bool begin_forward(Runs *r, Session *s, NbVar *root)
{
    const NbTape *tape = nb_graph_tape(root);
    char name[64];
    report_label(s, root, name, sizeof name);
    r->forwards = 0;
    return tape && begin(r, s, name, root, tape->leaf, (int)tape->nleaves, NULL);
}

void runs_forward(Runs *r, Session *s, NbVar *root)
{
    if (r->optim || r->busy || optim_any(s) || !nb_var_is_scalar(root)) {
        return;
    }
    if ((r->record && nb_record_open(r->record)) || begin_forward(r, s, root)) {
        sample(r, s, r->forwards++, root);
    }
}

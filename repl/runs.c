/* runs.c -- the run record: when runs begin, what is sampled, what is watched */
#include "runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/optimizer.h"
#include "report.h"
#include "session.h"

#define ROWS_PER_RUN 2048
#define MOST_RUNS 8

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
    int nparams;                     /* scalar parameters among its columns, after the watches */
    NbVar *param[NB_RECORD_COLUMNS]; /* keeps references */
    uint64_t forwards;               /* of a run without an optimizer */
    bool busy;                       /* a watch is evaluated: what it does is not sampled */
};

Runs *runs_new(void)
{
    return calloc(1, sizeof(Runs));
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
    nb_record_free(&r->record);
}

NbRecord *runs_record(Runs *r)
{
    if (!r->record) {
        r->record = nb_record_new(ROWS_PER_RUN, MOST_RUNS);
    }
    return r->record;
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

int runs_watches(const Runs *r)
{
    return r->busy ? 0 : r->nwatch;
}

const char *runs_watch_text(const Runs *r, int i)
{
    return r->watch[i].text;
}

bool runs_watch_value(Runs *r, Interp *I, int i, Value *out)
{
    *out = UNSET;
    if (r->busy) {
        return false;
    }
    r->busy = true;
    bool ok = interp_eval_kept(I, r->watch[i].program, r->watch[i].expr, out);
    r->busy = false;
    if (!ok) {
        interp_clear_error(I);
    }
    return ok;
}

double runs_watch_number(Runs *r, Interp *I, int i)
{
    Value v;
    bool ok = runs_watch_value(r, I, i, &v);
    double x = ok && value_is_number(v) ? value_number(v) : NAN;
    if (ok) {
        value_unref(&v);
    }
    return x;
}

/* --- sampling --- */

void runs_end(Runs *r)
{
    if (r->record) {
        nb_record_end(r->record);
    }
    r->optim = NULL;
}

void runs_drop_optim(Runs *r, const NbOptim *o)
{
    if (r && r->optim == o) {
        runs_end(r);
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

static bool watched(const Runs *r, const char *name)
{
    for (int i = 0; i < r->nwatch; i++) {
        if (strcmp(r->watch[i].text, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Column 0 is root, then watches, then scalar parameters with a name. */
static bool begin(Runs *r, Session *s, const char *title, NbVar *root, NbVar *const *param,
                  size_t n)
{
    char name[NB_RECORD_COLUMNS][64];
    const char *names[NB_RECORD_COLUMNS];
    int columns = 0;
    NbRecord *rec = runs_record(r);
    drop_params(r);
    if (!rec) {
        return false;
    }
    if (root) {
        report_label(s, root, name[0], sizeof name[0]);
    } else {
        snprintf(name[0], sizeof name[0], "f");
    }
    snprintf(r->root, sizeof r->root, "%s", name[0]);
    names[columns++] = name[0];
    for (int i = 0; i < r->nwatch && columns < NB_RECORD_COLUMNS; i++) {
        names[columns++] = r->watch[i].text;
    }
    for (size_t i = 0; i < n && columns < NB_RECORD_COLUMNS; i++) {
        char *to = name[columns];
        if (nb_var_is_scalar(param[i]) &&
            labels_own(s->labels, s->interp, param[i], to, sizeof name[0])[0] && !watched(r, to)) {
            r->param[r->nparams++] = nb_var_ref(param[i]);
            names[columns++] = to;
        }
    }
    return nb_record_begin(rec, title, names, columns, NULL) == NB_OK;
}

static void add_row(Runs *r, Session *s, uint64_t step, const NbVar *root)
{
    double row[NB_RECORD_COLUMNS];
    int n = 0;
    row[n++] = root ? nb_var_value(root) : NAN;
    for (int i = 0; i < r->nwatch && n < NB_RECORD_COLUMNS; i++) {
        row[n++] = runs_watch_number(r, s->interp, i);
    }
    for (int i = 0; i < r->nparams; i++) {
        row[n++] = nb_var_value(r->param[i]);
    }
    nb_record_add(r->record, step, row);
}

#define MOST_PARAMS 64

/* True when o's steps belong to the current run, which is begun if need be. */
static bool owns_run(Runs *r, Session *s, NbOptim *o, NbVar *root)
{
    if (r->optim == o && nb_record_open(r->record)) {
        return true;
    }
    if (r->optim && r->optim != o && nb_optim_steps(o) > 0) {
        return false; /* two optimizers take turns: the run stays with the first */
    }
    NbVar *param[MOST_PARAMS];
    char title[128];
    size_t n = 0;
    for (int i = 0, count = nb_optim_count(o); i < count && n < MOST_PARAMS; i++) {
        param[n++] = nb_optim_at(o, i);
    }
    if (!begin(r, s, optim_title(o, title, sizeof title), root, param, n)) {
        return false;
    }
    r->optim = o;
    return true;
}

void runs_step(Runs *r, Session *s, NbOptim *o, NbVar *root)
{
    if (!r->busy && owns_run(r, s, o, root) && nb_record_wants(r->record, nb_optim_steps(o))) {
        add_row(r, s, nb_optim_steps(o), root);
    }
}

void runs_last(Runs *r, Session *s, NbOptim *o, NbVar *root)
{
    if (!r->busy && owns_run(r, s, o, root)) {
        add_row(r, s, nb_optim_steps(o), root);
    }
}

void runs_forward(Runs *r, Session *s, NbVar *root)
{
    if (r->optim || r->busy || optim_any(s) || !nb_var_is_scalar(root)) {
        return;
    }
    if (!r->record || !nb_record_open(r->record)) {
        const NbTape *tape = nb_graph_tape(root);
        char name[64];
        report_label(s, root, name, sizeof name);
        if (!tape || !begin(r, s, name, root, tape->leaf, tape->nleaves)) {
            return;
        }
        r->forwards = 0;
    }
    if (nb_record_wants(r->record, r->forwards)) {
        add_row(r, s, r->forwards, root);
    }
    r->forwards++;
}

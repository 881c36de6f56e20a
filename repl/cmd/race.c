/* race.c -- the command race: several optimizers from the same start, side by side */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "objects/optimizer.h"
#include "cmd/descend.h"
#include "cmd/table.h"
#include "session/report.h"
#include "session/trial.h"

#define MOST_RACERS 8
#define DECADES 32      /* thresholds 10^-DECADES … 10^DECADES */
#define TITLE_WIDTH 36  /* columns of the optimizer in the table */
#define NUMBER_WIDTH 13 /* and of each number, at least */

enum { OPT_STEPS, OPT_BELOW };

typedef struct Racer {
    Obj *obj; /* borrowed */
    NbOptim *o;
    char title[128];
    uint64_t done;          /* steps made */
    double start, mid, end; /* f */
    bool has_mid;
    DescentEnd how;
    int next;                         /* decades passed so far */
    uint64_t passed[2 * DECADES + 1]; /* step of f < 10^(DECADES - i) for i < next */
    bool below;                       /* f was below the threshold asked for, */
    uint64_t below_at;                /* for the first time here */
} Racer;

typedef struct Race {
    Session *s;
    Interp *I;
    const Call *c;
    NbVar *root;
    char name[64];
    uint64_t steps, mid;
    double below; /* NaN: chosen at the end */
    Racer *racer;
    int n;
    bool table;
    Pace pace;
    Descent d;
    Racer *now; /* runs down */
} Race;

/* --- one run --- */

static double threshold(int i)
{
    return pow(10, DECADES - i);
}

/* The step of the next value to be told of whatever it is, and what a value must be below to be. */
static void watch_for(const Race *r, const Racer *a, Descent *d)
{
    const double next = a->next <= 2 * DECADES ? threshold(a->next) : -INFINITY;
    d->mark = r->mid;
    d->below = !a->below && r->below > next ? r->below : next;
}

static void note_value(void *user, double f)
{
    Race *r = user;
    Racer *a = r->now;
    const uint64_t done = r->d.done;
    if (done == r->mid && r->mid > 0) {
        a->mid = f;
        a->has_mid = true;
    }
    while (a->next <= 2 * DECADES && f < threshold(a->next)) {
        a->passed[a->next++] = done;
    }
    if (!a->below && f < r->below) {
        a->below = true;
        a->below_at = done;
    }
    watch_for(r, a, &r->d);
}

static void put_bar(void *user, double f, Text *t)
{
    const Race *r = user;
    (void)f;
    text_printf(t, "%d of %d   %.40s", (int)(r->now - r->racer) + 1, r->n, r->now->title);
}

static DescentEnd run_down(Race *r, Racer *a)
{
    Session *s = r->s;
    r->now = a;
    r->d = (Descent){.s = s,
                     .root = r->root,
                     .o = a->o,
                     .steps = r->steps,
                     .pace = &r->pace,
                     .user = r,
                     .seen = note_value,
                     .bar = r->table ? put_bar : NULL};
    watch_for(r, a, &r->d);
    DescentEnd end = descend(&r->d);
    a->done = r->d.done;
    a->start = r->d.first;
    a->end = r->d.last;
    if (end == DESCENT_STEPS || end == DESCENT_NAN) {
        runs_last(s->runs, s, a->o, r->root);
    }
    bool stopped = end == DESCENT_FAIL && nb_ctx_err(s->ctx)->code == NB_EINTERRUPT;
    return stopped ? DESCENT_STOPPED : end;
}

/* Parameters that f does not depend on would be moved by gradients they hold from elsewhere. */
static bool clear_others(Race *r, const Racer *a, NbErr *err)
{
    const NbTape *t = nb_graph_tape(r->root);
    bool any = false;
    for (int i = 0, n = nb_optim_gather(a->o); t && i < n; i++) {
        NbVar *p = nb_optim_at(a->o, i);
        bool behind = nb_vars_find(t->leaf, t->nleaves, p) < t->nleaves;
        any |= behind;
        if (!behind && nb_var_has_grad(p)) {
            nb_var_clear_grad(p);
        }
    }
    if (t && !any) {
        nb_fail(err, NB_EVALUE, "race: %s does not depend on the variables of %s", r->name,
                a->title);
    }
    return t && any;
}

/* From the values now with fresh state; afterwards everything is as before, bit for bit. */
static bool run_one(Race *r, Racer *a)
{
    Trial t;
    NbErr err = {0};
    a->how = DESCENT_FAIL;
    if (trial_begin(&t, r->s, TRIAL_QUIET, 0)) {
        if (trial_save(&t, r->root) && trial_save_optim(&t, a->o) && clear_others(r, a, &err)) {
            nb_optim_reset(a->o);
            a->how = run_down(r, a);
            err = *nb_ctx_err(r->s->ctx);
        }
        trial_end(&t);
    }
    runs_end(r->s->runs);
    nb_fail(&err, NB_EMEM, "out of memory in race"); /* unless something was said */
    return a->how != DESCENT_FAIL || interp_fail_err(r->I, r->c->arg[1 + (a - r->racer)], &err);
}

/* --- the table --- */

#define USUAL (DECADES + 2) /* 0.01 */

/* 0.01 when the start is above and the best end below it, else a power of ten halfway between them
 * in decades; -1: none that tells. */
static int choose_threshold(const Race *r)
{
    double start = r->racer[0].start, best = INFINITY;
    for (int i = 0; i < r->n; i++) {
        const Racer *a = &r->racer[i];
        best = a->how != DESCENT_NAN && a->end < best ? a->end : best;
    }
    if (!(start > 0) || !(best < start)) {
        return -1;
    }
    if (start > threshold(USUAL) && best < threshold(USUAL)) {
        return USUAL;
    }
    best = best > start * 1e-8 ? best : start * 1e-8;
    int k = DECADES - (int)floor((log10(start) + log10(best)) / 2);
    return k < 0 || k > 2 * DECADES || !(threshold(k) > best) ? -1 : k;
}

/* The threshold that the last column is about; NAN: there is no such column. */
static double column_threshold(const Race *r, int decade)
{
    return !isnan(r->below) ? r->below : decade >= 0 ? threshold(decade) : NAN;
}

/* Of all columns of numbers: no heading touches its neighbour. */
static int number_width(const Race *r, int decade)
{
    char number[40];
    const double below = column_threshold(r, decade);
    const int name = nb_text_width(r->name);
    int width = r->s->set.digits == NB_DIGITS_FULL ? 25 : NUMBER_WIDTH;
    int head = name + snprintf(NULL, 0, "   at %llu", (unsigned long long)r->steps);
    int last = isnan(below) ? 0
                            : name + (int)strlen("   <  at") +
                                  (int)strlen(nb_format_number(below, 6, number, sizeof number));
    head = last > head ? last : head;
    return head > width ? head : width;
}

/* Cut to the column, between characters. */
static void put_title(const Race *r, Text *t, const char *title, int width)
{
    const char *dots = r->s->set.unicode ? "…" : "...";
    char cut[128];
    snprintf(cut, sizeof cut, "%s", title);
    for (size_t n = strlen(cut); nb_text_width(title) > width && n > 0;) {
        n--;
        if (((unsigned char)cut[n] & 0xc0) != 0x80) {
            cut[n] = '\0';
            if (nb_text_width(cut) + nb_text_width(dots) <= width) {
                break;
            }
        }
    }
    text_add(t, cut);
    text_add(t, nb_text_width(title) > width ? dots : "");
    text_pad(t, width);
}

/* What the table says of one: "" for a column that is not there. */
typedef struct Row {
    char mid[96], end[96], at[112], remark[48];
} Row;

static void row_of(const Race *r, const Racer *a, int decade, Row *row)
{
    bool any = decade >= 0 || !isnan(r->below);
    bool there = isnan(r->below) ? decade >= 0 && decade < a->next : a->below;
    uint64_t at = isnan(r->below) ? (there ? a->passed[decade] : 0) : a->below_at;
    int width = number_width(r, decade);
    char number[40];
    *row = (Row){0};
    if (r->mid > 0) {
        snprintf(row->mid, sizeof row->mid, "%s",
                 a->has_mid ? descent_number(r->s, a->mid, width, number, sizeof number) : "-");
    }
    snprintf(row->end, sizeof row->end, "%s",
             descent_number(r->s, a->end, width, number, sizeof number));
    if (any) {
        snprintf(row->at, sizeof row->at, there ? "%llu" : "-", (unsigned long long)at);
    }
    if (a->how == DESCENT_NAN || a->how == DESCENT_STOPPED) {
        snprintf(row->remark, sizeof row->remark, "%s %llu",
                 a->how == DESCENT_NAN ? "at step" : "stopped at", (unsigned long long)a->done);
    }
}

static void print_racer(const Race *r, const Racer *a, int title, int width, int decade)
{
    Text t = text_in(r->s->lost);
    Row row;
    row_of(r, a, decade, &row);
    put_title(r, &t, a->title, title);
    if (row.mid[0]) {
        descent_right(&t, row.mid, width);
    }
    descent_right(&t, row.end, width);
    if (row.at[0]) {
        descent_right(&t, row.at, width);
    }
    text_printf(&t, "%s%s", row.remark[0] ? "  " : "", row.remark);
    report_line(&t, r->s->out);
    text_free(&t);
}

/* The first row: a column is there when it has a heading. */
static void headings(const Race *r, int decade, Row *head)
{
    char number[40];
    *head = (Row){0};
    if (r->mid > 0) {
        snprintf(head->mid, sizeof head->mid, "%s at %llu", r->name, (unsigned long long)r->mid);
    }
    snprintf(head->end, sizeof head->end, "%s at %llu", r->name, (unsigned long long)r->steps);
    const double x = column_threshold(r, decade);
    if (!isnan(x)) {
        snprintf(head->at, sizeof head->at, "%s < %s at", r->name,
                 nb_format_number(x, 6, number, sizeof number));
    }
}

static void print_table(Race *r, int ran, int decade)
{
    int width = number_width(r, decade), title = 0;
    Text t = text_in(r->s->lost);
    Row head;
    headings(r, decade, &head);
    for (int i = 0; i < ran; i++) {
        int w = nb_text_width(r->racer[i].title);
        title = w > title ? w : title;
    }
    title = title > TITLE_WIDTH ? TITLE_WIDTH : title;
    text_pad(&t, title);
    if (head.mid[0]) {
        descent_right(&t, head.mid, width);
    }
    descent_right(&t, head.end, width);
    if (head.at[0]) {
        descent_right(&t, head.at, width);
    }
    report_line(&t, r->s->out);
    text_free(&t);
    for (int i = 0; i < ran; i++) {
        print_racer(r, &r->racer[i], title, width, decade);
    }
}

static void add_row(const Row *head, Table *table, const char *title, const Row *row, bool remarks)
{
    table_cell(table, title);
    if (head->mid[0]) {
        table_cell(table, row->mid);
    }
    table_cell(table, row->end);
    if (head->at[0]) {
        table_cell(table, row->at);
    }
    if (remarks) {
        table_cell(table, row->remark);
    }
}

/* The same for a front that takes tables, beside the printed one; takes plain. */
static void show_table(const Race *r, int ran, int decade, char *plain)
{
    bool right[] = {false, true, true, true, true}, remarks = false;
    Table table;
    Row head, row;
    headings(r, decade, &head);
    int columns = 2 + (head.mid[0] != 0) + (head.at[0] != 0);
    for (int i = 0; i < ran; i++) {
        remarks |= r->racer[i].how == DESCENT_NAN || r->racer[i].how == DESCENT_STOPPED;
    }
    right[columns] = false;
    table_begin(&table, r->s->lost, columns + remarks, right);
    add_row(&head, &table, "", &head, remarks);
    for (int i = 0; i < ran; i++) {
        row_of(r, &r->racer[i], decade, &row);
        add_row(&head, &table, r->racer[i].title, &row, remarks);
    }
    table_beside(&table, r->s, true, plain);
}

static void tell_table(Race *r, int ran)
{
    int decade = isnan(r->below) ? choose_threshold(r) : -1;
    Capture c;
    session_progress(r->s, 1, NULL);
    if (!session_takes_forms(r->s)) {
        print_table(r, ran, decade);
        return;
    }
    session_capture(r->s, &c);
    print_table(r, ran, decade);
    show_table(r, ran, decade, session_captured(r->s, &c));
}

/* "x, y" when the parameters of all are few. */
static void print_end(const Race *r)
{
    Text names = text_in(r->s->lost), line = text_in(r->s->lost);
    char label[96];
    NbOptim *o = r->racer[0].o;
    int n = nb_optim_gather(o);
    for (int i = 0; i < n && n <= 4; i++) {
        text_printf(&names, "%s%s", i > 0 ? ", " : "",
                    report_label(r->s, nb_optim_at(o, i), label, sizeof label));
    }
    text_printf(&line, "each started from the values now, with fresh state; %s unchanged",
                names.len > 0 && text_columns(&names) < 20 ? text_str(&names) : "all is");
    report_line(&line, r->s->out);
    text_free(&line);
    text_free(&names);
}

/* --- the command --- */

static bool take_racers(Race *r)
{
    const Call *c = r->c;
    if (c->argc < 2) {
        interp_fail(r->I, c->node, NB_EVALUE, "race: no optimizers");
        return interp_hint(r->I, "as in race f, sgd(x, y, lr=0.001), adam(x, y, lr=0.05)");
    }
    if (c->argc - 1 > MOST_RACERS) {
        return interp_fail(r->I, c->arg[1 + MOST_RACERS], NB_EVALUE,
                           "race: more than %d optimizers", MOST_RACERS);
    }
    r->racer = calloc((size_t)c->argc, sizeof *r->racer);
    if (!r->racer) {
        return interp_fail(r->I, NULL, NB_EMEM, "out of memory in race");
    }
    for (int i = 1; i < c->argc; i++) {
        Value v = c->argv[i];
        NbOptim *o = v.tag == V_OBJ ? optim_of(v.obj) : NULL;
        if (!o) {
            interp_fail(r->I, c->arg[i], NB_ETYPE, "race: expected an optimizer, got %s",
                        value_kind(v));
            return interp_hint(r->I, "as in race f, sgd(x, y, lr=0.001), adam(x, y, lr=0.05)");
        }
        Racer *a = &r->racer[r->n++];
        a->obj = v.obj;
        a->o = o;
        optim_title(o, a->title, sizeof a->title);
    }
    return true;
}

static bool check_root(Race *r)
{
    Value v = r->c->argv[0];
    if (v.tag == V_VAR && nb_var_kind(v.var) == NB_INNER && nb_var_is_scalar(v.var)) {
        r->root = v.var;
        report_label(r->s, v.var, r->name, sizeof r->name);
        return true;
    }
    interp_fail(r->I, r->c->arg[0], NB_ETYPE, "race: expected one number computed from leaves");
    return interp_hint(r->I, "as in f = x^2; race f, sgd(x, lr=0.1), adam(x, lr=0.1)");
}

static bool run_all(Race *r)
{
    Session *s = r->s;
    int ran = 0;
    bool ok = true, interrupted = false;
    r->pace = pace_begin();
    runs_aside(s->runs, true);
    while (ok && ran < r->n && !interrupted) {
        ok = run_one(r, &r->racer[ran]);
        interrupted = ok && r->racer[ran].how == DESCENT_STOPPED;
        ran++;
    }
    runs_aside(s->runs, false);
    session_progress(r->s, 1, NULL);
    if (ok && r->table) {
        if (interrupted) {
            session_stopped(s);
        }
        tell_table(r, ran);
        if (!interrupted) {
            print_end(r);
        }
    }
    return ok && (!interrupted || interp_fail(r->I, NULL, NB_EINTERRUPT, "stopped"));
}

static bool cmd_race(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    Race r = {.s = s, .I = I, .c = c, .below = NAN};
    int64_t steps = 1000;
    r.table = c->node == s->unit.node && s->depth == 0;
    bool ok = interp_opt_int(I, c, OPT_STEPS, 1, DESCENT_MOST, &steps) &&
              interp_opt_num(I, c, OPT_BELOW, &r.below) && check_root(&r) && take_racers(&r);
    r.steps = (uint64_t)steps;
    r.mid = r.steps / 4;
    ok = ok && run_all(&r);
    free(r.racer);
    return ok;
}

static const Builtin rows[] = {
    {"race",
     B_COMMAND | B_WITHIN,
     1,
     -1,
     {{"steps", "1000"}, {"below", NULL}},
     cmd_race,
     "optimizers",
     "race f, opt1, opt2, … [, steps=1000, below=…]",
     "Runs optimizers one after the other, each from the present values with fresh state, and "
     "compares f after a quarter of the steps, at the end, and when it first was below a number (a "
     "power of ten on the way, or below=). Afterwards variables, gradients, optimizers and random "
     "numbers are as before. plot and surface show each as a run.",
     "x, y = 0, 2\nf = (1 - x)^2 + 100*(y - x^2)^2\n"
     "race f, sgd(x, y, lr=0.001), adam(x, y, lr=0.05), steps=200"},
};

Rows race_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

/* minimize.c -- the command minimize: forward, sweep, step, many times over, with a table */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/descend.h"
#include "cmd/moved.h"
#include "cmd/table.h"
#include "session/optims.h"
#include "session/report.h"
#include "session/snapshots.h"
#include "session/unit.h"

#define MOST_PARAMS 4   /* scalar parameters that get a column */
#define NUMBER_WIDTH 11 /* at least */
#define FULL_WIDTH 25
#define STEP_WIDTH 6    /* at least */
#define SAVING_SHARE 20 /* saving states takes at most one part in this many of the time */

enum { OPT_STEPS, OPT_TOL, OPT_EVERY };

typedef struct Minimize {
    Descent d;
    Pace pace;
    Interp *I;
    Obj *obj;
    const char *name; /* of f */
    bool table;
    /* columns: step, f, watches, scalar parameters, |grad| */
    NbVar *param[MOST_PARAMS];
    int nparams, nwatches, watch[WATCH_MAX]; /* those watched but f */
    bool header;
    Table rows; /* where the front takes forms: shown whole, again with each row */
    bool forms;
    int step_width, width; /* of the columns, which are wider under long names: */
    int f_width, watch_width[WATCH_MAX], param_width[MOST_PARAMS];
    uint64_t next_row; /* step of the next row of the table */
    uint64_t every;    /* steps from row to row; 0: ever more */
    bool any_row;
    uint64_t last_row;
    /* a step where f was finite, to go back to; where the generators stood before its forward */
    SnapRun safe;
    NbRng safe_draws, safe_masks;
    uint64_t safe_step;
    bool want_safe;
    double last_safe;
} Minimize;

/* --- the table --- */

/* 0 1 2 5 10 20 50 100 …, or every so many */
static uint64_t next_row(uint64_t step, uint64_t every)
{
    uint64_t unit = 1;
    if (every > 0) {
        return step + every;
    }
    if (step == 0) {
        return 1;
    }
    while (unit <= step / 10) {
        unit *= 10;
    }
    uint64_t digit = step / unit;
    return digit < 2 ? 2 * unit : digit < 5 ? 5 * unit : 10 * unit;
}

static void hide_bar(Minimize *m)
{
    session_progress(m->d.s, 1, NULL);
}

/* A cell of the row being made: text of a line, or of the table. */
static void add_cell(Minimize *m, Text *t, const char *word, int width)
{
    if (m->forms) {
        table_cell(&m->rows, word);
    } else {
        text_add(t, " ");
        descent_right(t, word, width - 1);
    }
}

static void end_row(Minimize *m, Text *t)
{
    if (!m->forms) {
        report_line(t, m->d.s->out);
    }
    text_free(t);
}

static void begin_table(Minimize *m)
{
    bool right[TABLE_COLUMNS];
    for (int i = 0; i < TABLE_COLUMNS; i++) {
        right[i] = true;
    }
    int columns = 3 + m->nwatches + m->nparams;
    m->forms = m->table && session_takes_forms(m->d.s) && columns <= TABLE_COLUMNS;
    if (m->forms) {
        table_begin(&m->rows, m->d.s->lost, columns, right);
    }
}

static void add_number(Minimize *m, Text *t, double x, int width)
{
    char number[40];
    add_cell(m, t, descent_number(m->d.s, x, m->width, number, sizeof number), width);
}

/* A watched value that is no number, as a gradient before it is computed, is "-". */
static void add_watch(Minimize *m, Text *t, int i)
{
    double x;
    if (runs_watch_number(m->d.s->runs, m->I, m->watch[i], &x)) {
        add_number(m, t, x, m->watch_width[i]);
    } else {
        add_cell(m, t, "-", m->watch_width[i]);
    }
}

static void print_header(Minimize *m)
{
    Text t = text_in(m->d.s->lost);
    char label[64];
    add_cell(m, &t, "step", m->step_width);
    add_cell(m, &t, m->name, m->f_width);
    for (int i = 0; i < m->nwatches; i++) {
        add_cell(m, &t, runs_watch_text(m->d.s->runs, m->watch[i]), m->watch_width[i]);
    }
    for (int i = 0; i < m->nparams; i++) {
        add_cell(m, &t, report_label(m->d.s, m->param[i], label, sizeof label), m->param_width[i]);
    }
    add_cell(m, &t, "|grad|", m->width);
    end_row(m, &t);
    m->header = true;
}

static void print_row(Minimize *m, double f)
{
    Text t = text_in(m->d.s->lost);
    char step[32];
    hide_bar(m);
    m->any_row = true;
    m->last_row = m->d.done;
    if (!m->header) {
        print_header(m);
    }
    snprintf(step, sizeof step, "%llu", (unsigned long long)m->d.done);
    add_cell(m, &t, step, m->step_width);
    add_number(m, &t, f, m->f_width);
    for (int i = 0; i < m->nwatches; i++) {
        add_watch(m, &t, i);
    }
    for (int i = 0; i < m->nparams; i++) {
        add_number(m, &t, nb_var_value(m->param[i]), m->param_width[i]);
    }
    add_number(m, &t, descent_norm(m->d.o), m->width);
    end_row(m, &t);
    if (m->forms) {
        table_update(&m->rows, m->d.s, true, "minimize");
    }
}

/* A column of this heading. */
static int width_under(const Minimize *m, const char *head)
{
    int n = nb_text_width(head) + 1;
    return n > m->width ? n : m->width;
}

/* Watches first, at full digits all, then scalar parameters, as many as fit in the width. */
static void choose_columns(Minimize *m)
{
    int width = snprintf(NULL, 0, " %llu", (unsigned long long)m->d.steps);
    m->step_width = width > STEP_WIDTH ? width : STEP_WIDTH;
    int digits = m->d.s->set.digits;
    m->width = digits == NB_DIGITS_FULL    ? FULL_WIDTH
               : digits + 5 > NUMBER_WIDTH ? digits + 5
                                           : NUMBER_WIDTH;
    m->f_width = width_under(m, m->name);
    int room = m->d.s->columns - m->step_width - m->f_width - m->width;
    char label[64];
    for (int i = 0, n = runs_watches(m->d.s->runs); i < n; i++) {
        int wide = width_under(m, runs_watch_text(m->d.s->runs, i));
        if (strcmp(runs_watch_text(m->d.s->runs, i), m->name) != 0 &&
            (wide <= room || digits == NB_DIGITS_FULL)) {
            m->watch_width[m->nwatches] = wide;
            m->watch[m->nwatches++] = i;
            room -= wide;
        }
    }
    int n = nb_optim_gather(m->d.o);
    for (int i = 0; i < n && m->nparams < MOST_PARAMS; i++) {
        NbVar *p = nb_optim_at(m->d.o, i);
        const char *name = labels_own(m->d.s->labels, m->d.s->interp, p, label, sizeof label);
        bool seen = false;
        for (int k = 0; k < m->nwatches; k++) {
            seen |= strcmp(runs_watch_text(m->d.s->runs, m->watch[k]), name) == 0;
        }
        int wide = width_under(m, name);
        if (nb_var_is_scalar(p) && name[0] && !seen && wide <= room) {
            m->param_width[m->nparams] = wide;
            m->param[m->nparams++] = p;
            room -= wide;
        }
    }
}

/* --- single steps --- */

static void put_bar(void *user, double f, Text *t)
{
    const Minimize *m = user;
    char number[40];
    double part = m->d.steps > 0 ? (double)m->d.done / (double)m->d.steps : 1;
    text_printf(t, "%3d %%   %s = %s", (int)(part * 100), m->name,
                nb_format_number(f, 6, number, sizeof number));
}

static void save_state(Minimize *m)
{
    snap_point_take(&m->safe, nb_optim_steps(m->d.o));
    m->safe_step = m->d.done;
    m->safe_draws = *nb_ctx_rng(m->d.s->ctx);
    m->safe_masks = m->d.masks;
    m->want_safe = false;
    m->last_safe = nb_seconds();
}

/* What is to be saved is the next step, whose value is not known to be finite yet. */
static void looked(void *user, double now)
{
    Minimize *m = user;
    double saving = (double)m->safe.numbers * sizeof(double) * 0.5e-9 + 1e-6;
    m->want_safe = now - m->last_safe > SAVING_SHARE * saving;
    if (m->want_safe) {
        m->d.next = m->d.done + 1;
    }
}

/* A step of interest: a row of the table, the saved state. */
static void attend(void *user, double f)
{
    Minimize *m = user;
    if (m->want_safe) {
        save_state(m);
    }
    if (m->d.done == m->next_row) {
        m->next_row = next_row(m->d.done, m->every);
        if (m->table) {
            print_row(m, f);
        }
    }
    m->d.next = m->next_row;
}

/* Goes back to the saved state and on from there to the step before this one: the same steps
 * give the same numbers. */
static bool last_finite(Minimize *m)
{
    Descent *d = &m->d;
    if (d->done == 0) {
        return true;
    }
    d->done--;
    *nb_ctx_rng(d->s->ctx) = m->safe_draws;
    *nb_ctx_dropout_rng(d->s->ctx) = m->safe_masks;
    if (snap_point_back(&m->safe) != NB_OK) {
        return interp_fail_ctx(m->I, NULL);
    }
    return descend_again(d, d->done - m->safe_step, false, true);
}

/* --- the end --- */

static void say_loss_rose(Minimize *m)
{
    char first[40], last[40], peak[40];
    int digits = m->d.s->set.digits;
    if (!(m->d.last > m->d.first) || m->d.done == 0) {
        return;
    }
    /* rewind counts the steps of the optimizer, which may have made some before */
    unsigned long long begin = nb_optim_steps(m->d.o) - m->d.done;
    session_note(m->d.s, "*rose",
                 "%s rose %s %s %s (peak %s at step %llu): steps too long; rewind %llu, then a "
                 "smaller lr",
                 m->name, nb_format_number(m->d.first, digits, first, sizeof first),
                 report_arrow(m->d.s), nb_format_number(m->d.last, digits, last, sizeof last),
                 nb_format_number(m->d.peak, digits, peak, sizeof peak),
                 (unsigned long long)m->d.peak_step, begin);
}

/* "sgd, lr=50" */
static const char *rule_and_rate(const Minimize *m, char *buf, size_t cap)
{
    const NbOptRule *rule = nb_optim_rule(m->d.o);
    const int lr = optim_lr(rule);
    char number[40] = "";
    if (lr >= 0) {
        nb_format_number(nb_optim_get(m->d.o, lr), NB_DIGITS_FULL, number, sizeof number);
    }
    snprintf(buf, cap, lr < 0 ? "%s" : "%s, lr=%s", rule->name, number);
    return buf;
}

/* The last step lowered f by more than rounding, and f is below where it began. */
static bool falls(const Minimize *m)
{
    return m->d.done > 0 && m->d.last < m->d.first &&
           m->d.before_last - m->d.last > 1e-12 * (fabs(m->d.first) + fabs(m->d.last));
}

static void say_end(Minimize *m, DescentEnd stop, double bad)
{
    char number[40], rule[96];
    unsigned long long done = m->d.done;
    const char *steps = done == 1 ? "step" : "steps";
    switch (stop) {
    case DESCENT_STEPS:
        if (falls(m)) {
            session_tell(m->d.s, "stopped after %llu %s, %s still falling; continue: minimize %s",
                         done, steps, m->name, m->name);
        } else {
            session_tell(m->d.s, "stopped after %llu %s", done, steps);
        }
        break;
    case DESCENT_TOL:
        session_tell(m->d.s, "|grad| is within tol=%s after %llu %s",
                     nb_format_number(m->d.tol, 6, number, sizeof number), done, steps);
        break;
    case DESCENT_NAN:
        nb_format_number(bad, 6, number, sizeof number);
        if (done == 0 && m->d.peak_step == 0 && !isfinite(m->d.first)) {
            session_tell(m->d.s, "stopped: %s is %s at the start", m->name, number);
        } else {
            session_tell(m->d.s, "stopped: %s is %s after step %llu (%s); went back to step %llu",
                         m->name, number, done + 1, rule_and_rate(m, rule, sizeof rule), done);
        }
        break;
    case DESCENT_STOPPED:
        session_tell(m->d.s, "stopped%s after %llu %s; continue: minimize %s",
                     session_is(m->d.s, FRONT_BUTTONS) ? "" : " by Ctrl-C", done, steps, m->name);
        break;
    case DESCENT_FAIL: break;
    }
}

/* The value and gradients of the last step after Ctrl-C, unless that takes long, or all of it is
 * taken back anyway; then the value stays stale. */
static bool closing_sweep(Minimize *m)
{
    if (!m->d.counted || nb_seconds() - m->pace.begun > UNIT_WAIT * (double)m->d.done ||
        descent_sweep(&m->d) != NB_OK) {
        return false;
    }
    m->d.last = nb_var_value(m->d.root);
    return true;
}

static bool stopped(Minimize *m)
{
    Session *s = m->d.s;
    m->d.done++;
    nb_ctx_interrupt(s->ctx, &s->never);
    const bool swept = closing_sweep(m);
    unit_heed(s);
    session_stopped(s);
    hide_bar(m);
    if (swept) {
        runs_last(s->runs, s, m->d.o, m->d.root);
    }
    if (m->table) {
        if (swept && (!m->any_row || m->last_row != m->d.done)) {
            print_row(m, m->d.last);
        }
        say_end(m, DESCENT_STOPPED, m->d.last);
    }
    say_loss_rose(m);
    s->unit.told = m->table;
    return interp_fail(m->I, NULL, NB_EINTERRUPT, "stopped");
}

/* Gradients and value of the last step, one more row, and why it stopped. */
static bool finish(Minimize *m, DescentEnd stop)
{
    Session *s = m->d.s;
    double bad = m->d.last;
    if (stop == DESCENT_STOPPED) {
        return stopped(m);
    }
    bool ok = stop != DESCENT_FAIL || interp_fail_ctx(m->I, NULL);
    ok = ok && (stop != DESCENT_NAN || last_finite(m));
    hide_bar(m);
    if (ok) {
        runs_last(s->runs, s, m->d.o, m->d.root);
        double f = nb_var_value(m->d.root);
        if (m->table) {
            if (!m->any_row || m->last_row != m->d.done) {
                print_row(m, f);
            }
            say_end(m, stop, bad);
        }
        if (stop != DESCENT_NAN) {
            say_loss_rose(m);
        }
    }
    return ok;
}

/* --- the command --- */

/* The optimizer given, the only one, or the default; a new reference. */
static Obj *choose_optimizer(Minimize *m, const Call *c)
{
    Obj *last = NULL;
    if (c->argc > 1) {
        Value v = c->argv[1];
        if (v.tag != V_OBJ || !optim_of(v.obj)) {
            interp_fail(m->I, c->arg[1], NB_ETYPE, "minimize: expected an optimizer, got %s",
                        value_kind(v));
            interp_hint(m->I, "as in minimize f, opt or minimize f, adam(x, y, lr=0.1)");
            return NULL;
        }
        return value_ref(v).obj;
    }
    if (optim_bound(m->d.s, &last) == 0) {
        return moved_optimizer(m->d.s, m->d.root, c->arg[0], m->table);
    }
    last = optim_only(m->d.s);
    return last ? value_ref((Value){.tag = V_OBJ, .obj = last}).obj : NULL;
}

static bool check_root(Interp *I, const Call *c)
{
    Value v = c->argv[0];
    char text[64], shape[160];
    if (v.tag == V_VAR && nb_var_kind(v.var) == NB_INNER) {
        const NbShape *has = nb_var_shape(v.var);
        int64_t n = 0;
        if (nb_shape_size(has, &n, NULL) == NB_OK && n == 1) {
            return true;
        }
        interp_text(I, c->arg[0], text, sizeof text);
        interp_fail(I, c->arg[0], NB_ESHAPE, "minimize: %s has shape %s; one number is needed",
                    text, nb_shape_text(has, shape, sizeof shape));
        return interp_hint(I, "take sum(%s) first", text);
    }
    if (v.tag == V_FUNC) {
        interp_fail(I, c->arg[0], NB_ETYPE, "minimize: expected a variable, got a function");
        return interp_hint(I, "call it first, as in f = rosenbrock(x, y)");
    }
    interp_fail(I, c->arg[0], NB_ETYPE, "minimize: nothing to move behind %s",
                v.tag == V_VAR ? "this variable" : value_kind(v));
    return interp_hint(I, "minimize takes something computed from leaves, as in f = x^2");
}

/* Whether some variable of the optimizer is behind f. */
static bool check_moves(Minimize *m, const Call *c)
{
    const NbTape *t = nb_graph_tape(m->d.root);
    char title[160];
    if (!t) {
        return interp_fail_ctx(m->I, NULL);
    }
    for (int i = 0, n = nb_optim_gather(m->d.o); i < n; i++) {
        for (size_t k = 0; k < t->nleaves; k++) {
            if (t->leaf[k] == nb_optim_at(m->d.o, i)) {
                return true;
            }
        }
    }
    optim_title(m->d.o, title, sizeof title);
    return interp_fail(m->I, c->arg[0], NB_EVALUE,
                       "minimize: %s does not depend on the variables of %s", m->name, title);
}

static bool prepare(Minimize *m)
{
    Session *s = m->d.s;
    if (!session_swept(s, m->d.root)) { /* its leaves will hold gradients */
        return interp_fail_ctx(m->I, NULL);
    }
    for (int i = 0, n = nb_optim_gather(m->d.o); i < n; i++) {
        nb_var_clear_grad(nb_optim_at(m->d.o, i));
    }
    choose_columns(m);
    begin_table(m);
    if (!snap_point(&m->safe, m->d.o)) {
        return interp_fail(m->I, NULL, NB_EMEM, "out of memory in minimize");
    }
    m->pace = pace_begin();
    m->d.pace = &m->pace;
    m->d.whole = true;
    m->d.adds = descent_has_others(&m->d);
    m->d.counted = m->table;
    m->d.user = m;
    m->d.attend = attend;
    m->d.looked = looked;
    m->d.bar = put_bar;
    m->d.masks = *nb_ctx_dropout_rng(s->ctx);
    save_state(m);
    return true;
}

static bool cmd_minimize(Interp *I, const Call *c, Value *out)
{
    (void)out;
    char name[96];
    Session *s = session_of(I);
    int64_t steps = 1000, every = 0;
    Minimize m = {.d.s = s, .I = I, .table = c->node == s->unit.node && s->depth == 0};
    if (!interp_opt_int(I, c, OPT_STEPS, 0, DESCENT_MOST, &steps) ||
        !interp_opt_num(I, c, OPT_TOL, &m.d.tol) ||
        !interp_opt_int(I, c, OPT_EVERY, 1, DESCENT_MOST, &every) || !check_root(I, c)) {
        return false;
    }
    if (!(m.d.tol >= 0)) {
        return interp_fail(I, c->optnode[OPT_TOL], NB_EVALUE,
                           "minimize: tol must be at least 0, not %g", m.d.tol);
    }
    m.d.steps = (uint64_t)steps;
    m.every = (uint64_t)every;
    m.d.root = nb_var_ref(c->argv[0].var);
    m.name = interp_text(I, c->arg[0], name, sizeof name);
    m.obj = choose_optimizer(&m, c);
    bool ok = m.obj != NULL;
    if (ok) {
        m.d.o = optim_of(m.obj);
        ok = check_moves(&m, c) && prepare(&m) && finish(&m, descend(&m.d));
    }
    snap_point_free(&m.safe);
    text_free(&m.rows.cells);
    Value v = m.obj ? (Value){.tag = V_OBJ, .obj = m.obj} : UNSET;
    value_unref(&v);
    nb_var_unref(&m.d.root);
    return ok;
}

static const Builtin rows[] = {
    {"minimize",
     B_COMMAND | B_WITHIN,
     1,
     2,
     {{"steps", "1000"}, {"tol", "0"}, {"every", NULL}},
     cmd_minimize,
     "optimizers",
     "minimize f [, opt] [, steps=1000, tol=…, every=…]",
     "Repeats forward, backward and step until the steps are done, the length of the gradient is "
     "at most tol, f stops being finite (the last finite values are kept), or Ctrl-C. Shows f, "
     "watched expressions, variables and |grad| at steps 0 1 2 5 10 20 …, or after every so many; "
     "ends with a forward. "
     "Without an optimizer in the session it uses adam(…, lr=0.05) over the parameters of models "
     "behind f; without a model over its leaves, unless one of several could be rows of data. What "
     "moves is said first; gradients of all other leaves are added to, as backward adds.",
     "x, y = 0, 2\nf = (1 - x)^2 + 100*(y - x^2)^2\nopt = adam(x, y, lr=0.05)\nminimize f"},
};

Rows minimize_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

/* step.c -- commands of optimizers: step, reset; watches */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/table.h"
#include "session/optims.h"
#include "session/report.h"

#define MOST_LINES 12 /* parameters shown by one step */
#define FEW_NUMBERS 6

/* The optimizer of a call: its argument, or the only one. Borrowed; NULL with the error set. */
static Obj *optimizer_of(Interp *I, const Call *c)
{
    if (c->argc == 0) {
        return optim_only(session_of(I));
    }
    const Value *v = c->argv;
    if (v->tag != V_OBJ || !optim_of(v->obj)) {
        interp_fail(I, c->arg[0], NB_ETYPE, "%s: expected an optimizer, got %s", c->row->name,
                    value_kind(*v));
        interp_hint(I, "make one, as in opt = sgd(x, y, lr=0.1)");
        return NULL;
    }
    return v->obj;
}

/* --- what a step did --- */

typedef struct Before {
    NbVar *value[MOST_LINES]; /* copies; NULL where there was no gradient */
    int n;                    /* parameters looked at */
} Before;

/* false when there is no memory for them, with the context's error. */
static bool keep_values(Before *b, NbOptim *o)
{
    int n = nb_optim_gather(o);
    for (b->n = 0; b->n < n && b->n < MOST_LINES; b->n++) {
        NbVar *p = nb_optim_at(o, b->n);
        bool wanted = nb_var_has_grad(p);
        b->value[b->n] = wanted ? nb_var_copy(p, NB_CONST) : NULL;
        if (wanted && !b->value[b->n]) {
            return false;
        }
    }
    return true;
}

static void drop_values(Before *b)
{
    for (int i = 0; i < b->n; i++) {
        nb_var_unref(&b->value[i]);
    }
}

/* The arithmetic is shown for gradient descent without anything added: with all but lr at 0 the
 * rule remembers nothing. */
static bool is_plain(const NbOptim *o)
{
    const NbOptRule *rule = nb_optim_rule(o);
    double h[NB_OPT_PARAMS] = {0};
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        h[i] = nb_optim_get(o, i);
        if (h[i] != 0 && i != optim_lr(rule)) {
            return false;
        }
    }
    return rule->keeps && !rule->keeps(h) && nb_optim_hooks(o) == 0;
}

static int64_t size_of(const NbVar *v)
{
    int64_t n = 1;
    nb_shape_size(nb_var_shape(v), &n, NULL);
    return n;
}

/* "x: 5 → 3.7", or of many numbers the length of the step. */
static void put_change(const Session *s, Text *t, const NbVar *before, NbVar *after)
{
    char label[96], shape[160];
    report_label(s, after, label, sizeof label);
    if (size_of(after) <= FEW_NUMBERS || s->set.digits == NB_DIGITS_FULL) {
        report_change(s, t, label, (Value){.tag = V_VAR, .var = (NbVar *)(size_t)before},
                      (Value){.tag = V_VAR, .var = after});
        return;
    }
    NbTensor a, b;
    const NbTensor *from = nb_var_data(before, &a), *to = nb_var_data(after, &b);
    NbTensor *diff = nb_tensor_copy(to, NULL);
    *s->lost |= !diff;
    for (int64_t i = 0; diff && i < diff->size; i++) {
        nb_tensor_put(diff, i, nb_tensor_at(diff, i) - nb_tensor_at(from, i));
    }
    text_printf(t, "%s %s moved by ", label, nb_shape_text(&to->shape, shape, sizeof shape));
    report_number(s, t, diff ? nb_text_norm(diff) : 0);
    nb_tensor_unref(&diff);
}

/* "= 5 - 0.1·13" */
static void put_arithmetic(const Session *s, Text *t, const NbVar *before, const NbVar *after,
                           double lr)
{
    NbTensor a, b;
    const NbTensor *g = nb_var_grad_data(after, &b);
    if (!g || size_of(after) > FEW_NUMBERS) {
        return;
    }
    bool bracket = nb_var_is_scalar(after) && *g->data < 0;
    text_add(t, "= ");
    report_tensor(s, t, nb_var_data(before, &a), 0);
    text_add(t, " - ");
    report_number(s, t, lr);
    text_add(t, report_dot(s));
    text_add(t, bracket ? "(" : "");
    report_tensor(s, t, g, 0);
    text_add(t, bracket ? ")" : "");
}

static void echo_step(Session *s, const Before *b, NbOptim *o)
{
    Text line[MOST_LINES];
    Text sum = text_in(s->lost);
    int width = 0, count = nb_optim_gather(o);
    bool plain = is_plain(o);
    for (int i = 0; i < b->n; i++) {
        line[i] = text_in(s->lost);
        if (b->value[i]) {
            put_change(s, &line[i], b->value[i], nb_optim_at(o, i));
            int w = text_columns(&line[i]);
            width = w > width ? w : width;
        }
    }
    for (int i = 0; i < b->n; i++) {
        text_reset(&sum);
        if (b->value[i] && plain) {
            put_arithmetic(s, &sum, b->value[i], nb_optim_at(o, i), nb_optim_get_named(o, "lr"));
        }
        if (sum.len > 0 && width + 3 + text_columns(&sum) <= s->columns) {
            text_pad(&line[i], width + 3);
            text_add(&line[i], text_str(&sum));
        }
        if (b->value[i]) {
            report_line(&line[i], s->out);
        }
        text_free(&line[i]);
    }
    if (count > b->n) {
        fprintf(s->out, "%s %d more\n", s->set.unicode ? "…" : "...", count - b->n);
    }
    text_free(&sum);
}

static void note_skipped(Session *s, NbOptim *o, int skipped)
{
    if (session_note_again(s, "*skipped")) {
        return;
    }
    Text names = text_in(s->lost);
    char label[96];
    int named = 0;
    for (int i = 0, n = nb_optim_gather(o); i < n; i++) {
        NbVar *p = nb_optim_at(o, i);
        if (!nb_var_has_grad(p) && ++named <= 4) {
            text_printf(&names, "%s%s", named > 1 ? ", " : "",
                        report_label(s, p, label, sizeof label));
        }
    }
    if (named > 4) {
        text_printf(&names, " and %d more", named - 4);
    }
    session_note(s, "*skipped", "%s %s no gradient, so the step left %s alone", text_str(&names),
                 skipped == 1 ? "has" : "have", skipped == 1 ? "it" : "them");
    text_free(&names);
}

/* "step 3   x = 1.6   f = 2.56": every watched expression. */
static void print_watches(Session *s, uint64_t step)
{
    Text t = text_in(s->lost);
    text_printf(&t, "step %llu", (unsigned long long)step);
    for (int i = 0; i < runs_watches(s->runs); i++) {
        Value v;
        text_printf(&t, "   %s = ", runs_watch_text(s->runs, i));
        bool ok = runs_watch_value(s->runs, s->interp, i, &v);
        if (ok && !report_no_gradient(runs_watch_text(s->runs, i), v)) {
            int room = s->columns - text_columns(&t);
            report_value(s, &t, v, room > 20 ? room : 20);
        } else {
            text_add(&t, "-");
        }
        if (ok) {
            value_unref(&v);
        }
    }
    report_line(&t, s->out);
    text_free(&t);
}

/* In loops it is looked at when no sweep came since the last step. */
static inline void count_step(Session *s, NbOptim *o)
{
    s->unit.steps++;
    if (s->stepped || !s->unit.in_passes) {
        report_old_gradients(s, o);
    }
}

static bool step_quietly(Interp *I, const Call *c, NbOptim *o)
{
    Session *s = session_of(I);
    int skipped = 0;
    runs_step(s->runs, s, o, s->root);
    count_step(s, o);
    if (nb_optim_step(o, &skipped) != NB_OK) {
        return session_fail(s, c->argc > 0 ? c->arg[0] : NULL);
    }
    s->stepped = true;
    if (skipped > 0) {
        note_skipped(s, o, skipped);
    }
    return true;
}

static bool step_shown(Interp *I, const Call *c, NbOptim *o)
{
    Before before;
    bool kept = keep_values(&before, o);
    bool ok = kept ? step_quietly(I, c, o) : session_fail(session_of(I), c->node);
    if (ok) {
        echo_step(session_of(I), &before, o);
    }
    drop_values(&before);
    return ok;
}

static bool cmd_step(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    Obj *obj = optimizer_of(I, c);
    if (!obj) {
        return false;
    }
    NbOptim *o = optim_of(obj);
    bool ok = session_echoes(s, c) ? step_shown(I, c, o) : step_quietly(I, c, o);
    if (ok && runs_watches(s->runs) > 0) {
        print_watches(s, nb_optim_steps(o));
    }
    return ok;
}

static bool cmd_reset(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    Obj *obj = optimizer_of(I, c);
    if (!obj) {
        return false;
    }
    nb_optim_reset(optim_of(obj));
    runs_end(s->runs);
    return true;
}

/* --- watches --- */

static void list_watches(const Session *s)
{
    for (int i = 0; i < runs_watches(s->runs); i++) {
        fprintf(s->out, "%s\n", runs_watch_text(s->runs, i));
    }
    if (runs_watches(s->runs) == 0) {
        fprintf(s->out, "nothing is watched\n");
    }
}

static bool cmd_watch(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    if (c->argc == 0) {
        list_watches(s);
    }
    for (int i = 0; i < c->argc; i++) {
        Value v = UNSET; /* an expression that fails now is not taken */
        if (!interp_eval(I, c->arg[i], &v)) {
            return false;
        }
        value_unref(&v);
        session_touch(s, &(Touch){.kind = TOUCH_WATCHES});
        if (!runs_watch(s->runs, I, c->arg[i])) {
            return false;
        }
    }
    return true;
}

static bool cmd_unwatch(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    char text[64];
    session_touch(s, &(Touch){.kind = TOUCH_WATCHES});
    if (c->argc == 0) {
        runs_unwatch_all(s->runs);
    }
    for (int i = 0; i < c->argc; i++) {
        interp_text(I, c->arg[i], text, sizeof text);
        if (!runs_unwatch(s->runs, text)) {
            return interp_fail(I, c->arg[i], NB_ENAME, "unwatch: %s is not watched", text);
        }
    }
    return true;
}

static QuickResult quick_step(Interp *I, const Value *arg)
{
    Session *s = session_of(I);
    NbOptim *o = arg && arg->tag == V_OBJ ? optim_of(arg->obj) : NULL;
    if (!o || runs_watches(s->runs) > 0 || optim_calls(arg->obj)) {
        return QUICK_NO;
    }
    runs_step(s->runs, s, o, s->root);
    int skipped = 0;
    count_step(s, o);
    if (nb_optim_step(o, &skipped) != NB_OK) {
        return QUICK_NO;
    }
    s->stepped = true;
    if (skipped > 0) {
        note_skipped(s, o, skipped);
    }
    return QUICK_DONE;
}

const QuickRow step_quick[1] = {{"step", quick_step}};

static const Builtin rows[] = {
    {"step",
     B_COMMAND | B_WITHIN,
     0,
     1,
     {{0}},
     cmd_step,
     "optimizers",
     "step [opt]",
     "One update of an optimizer's variables from their gradients. The name may be left out when "
     "there is one optimizer. Variables without gradient are skipped.",
     "x = 5\nopt = sgd(x, lr=0.1)\nf = x^2\nbackward f\nstep"},
    {"reset",
     B_COMMAND | B_WITHIN,
     0,
     1,
     {{0}},
     cmd_reset,
     "optimizers",
     "reset [opt]",
     "Forgets an optimizer's state and step number; its hyperparameters stay. Begins a new run.",
     "x = 5\nopt = momentum(x, lr=0.1)\nf = x^2\nbackward f\nstep\nreset opt"},
    {"watch",
     B_COMMAND | B_LAZY | B_WITHIN,
     0,
     -1,
     {{0}},
     cmd_watch,
     "optimizers",
     "watch [e, …]",
     "Prints expressions after every step; they are columns of minimize and curves of plot. "
     "Alone it lists what is watched.",
     "x = 5\nwatch x, x^2\nopt = sgd(x, lr=0.1)\nf = x^2\nbackward f\nstep"},
    {"unwatch",
     B_COMMAND | B_LAZY | B_WITHIN,
     0,
     -1,
     {{0}},
     cmd_unwatch,
     "optimizers",
     "unwatch [e, …]",
     "Stops watching the given expressions, or all.",
     "x = 5\nwatch x\nunwatch x"},
};

Rows step_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

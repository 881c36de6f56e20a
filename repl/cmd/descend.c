/* descend.c -- forward, sweep and step, over and over: for minimize, race and rewind */
#include "cmd/descend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "session/report.h"
#include "session/unit.h"

#define BAR_AFTER 0.3 /* s until the progress bar appears */
#define BAR_EVERY 0.1
#define POLL_EVERY 64 /* steps made again between looks at Ctrl-C */

/* --- looking at the clock --- */

Pace pace_begin(void)
{
    const double now = nb_seconds();
    return (Pace){.countdown = 1, .stride = 1, .begun = now, .last_look = now};
}

static void show_bar(const Descent *d, double now, double f)
{
    Text t = text_in(d->s->lost);
    d->bar(d->user, f, &t);
    session_progress(d->s, d->steps > 0 ? (double)d->done / (double)d->steps : 1, text_str(&t));
    text_free(&t);
    d->pace->last_bar = now;
}

/* Every so often: windows, Ctrl-C in long passes, the bar. false to stop. */
static bool look(Descent *d)
{
    Pace *p = d->pace;
    double now = nb_seconds(), elapsed = now - p->last_look;
    p->last_look = now;
    if (elapsed < 2e-3 && p->stride < 1U << 20) {
        p->stride *= 2;
    } else if (elapsed > 10e-3) {
        p->stride = p->stride > 4 ? p->stride / 4 : 1;
    }
    p->countdown = p->stride;
    if (d->looked) {
        d->looked(d->user, now);
    }
    if (d->bar && session_has_progress(d->s) && now - p->begun > BAR_AFTER &&
        now - p->last_bar > BAR_EVERY) {
        show_bar(d, now, d->last);
    }
    return interp_poll(d->s->interp);
}

/* The end of a pass; false to stop. In a loop of the language its passes count, not these. */
static inline bool pass_done(Descent *d)
{
    if (d->counted && !unit_pass(d->s)) {
        return false;
    }
    if (--d->pace->countdown == 0 && !look(d)) {
        d->s->unit.stopped_between |= d->counted;
        return false;
    }
    return true;
}

/* --- the loop --- */

static inline void note_value(Descent *d, double f)
{
    if (d->done == 0) {
        d->first = d->peak = f;
    }
    if (f > d->peak) {
        d->peak = f;
        d->peak_step = d->done;
    }
    d->before_last = d->last;
    d->last = f;
    if (d->seen && (f < d->below || d->done == d->mark)) {
        d->seen(d->user, f);
    }
}

/* Samples the step about to be made, when the record wants it; the next step it wants. */
static uint64_t sample(const Descent *d)
{
    runs_step(d->s->runs, d->s, d->o, d->root);
    const NbRecord *record = runs_record(d->s->runs);
    uint64_t step = nb_optim_steps(d->o), next = record ? nb_record_next(record, step + 1) : 0;
    return next > step ? d->done + (next - step) : UINT64_MAX;
}

static const NbSweep replace = {.replace = true};

/* Gradients of leaves that are not the optimizer's are added to, as backward adds. */
static NbStatus sweep(const Descent *d)
{
    if (!d->adds) {
        return nb_backward(d->root, &replace);
    }
    NbStatus s = nb_optim_clear_grads(d->o);
    return s == NB_OK ? nb_backward(d->root, NULL) : s;
}

DescentEnd descend(Descent *d)
{
    NbOptim *o = d->o;
    NbVar *root = d->root;
    uint64_t next_sample = d->done;
    const NbRng *masks = nb_ctx_dropout_rng(d->s->ctx);
    for (;; d->done++) {
        d->masks = *masks;
        if (nb_forward(root, false, NULL) != NB_OK) {
            return DESCENT_FAIL;
        }
        double f = nb_var_value(root);
        note_value(d, f);
        if (!isfinite(f)) {
            return DESCENT_NAN;
        }
        if (d->done == d->steps && !d->whole) {
            return DESCENT_STEPS;
        }
        if (sweep(d) != NB_OK) {
            return DESCENT_FAIL;
        }
        if (d->attend && d->done == d->next) {
            d->attend(d->user, f);
        }
        if (d->done == d->steps) {
            return DESCENT_STEPS;
        }
        if (d->tol > 0 && descent_norm(o) <= d->tol) {
            return DESCENT_TOL;
        }
        if (d->done == next_sample) {
            next_sample = sample(d);
        }
        if (d->counted && d->s->unit.countdown == 1) {
            session_passed(d->s); /* before the step: nothing is stale */
        }
        if (nb_optim_step(o, NULL) != NB_OK) {
            return DESCENT_FAIL;
        }
        if (!pass_done(d)) {
            return DESCENT_STOPPED;
        }
    }
}

bool descent_has_others(const Descent *d)
{
    const NbTape *t = nb_graph_tape(d->root);
    for (size_t i = 0; t && i < t->nleaves; i++) {
        if (nb_optim_position(d->o, t->leaf[i]) < 0) {
            return true;
        }
    }
    return false;
}

NbStatus descent_sweep(const Descent *d)
{
    NbStatus s = nb_forward(d->root, false, NULL);
    return s == NB_OK ? sweep(d) : s;
}

/* --- steps made once more --- */

/* Gradients that leaves behind the root hold which are not the optimizer's: steps made once more
 * leave them as they are. NULL where there is none. */
typedef struct Others {
    NbVar *const *leaf;
    NbVar **grad;
    size_t n;
} Others;

static bool hold_others(const Descent *d, Others *o)
{
    const NbTape *t = nb_graph_tape(d->root);
    *o = (Others){0};
    if (!t || !descent_has_others(d)) {
        return t != NULL;
    }
    *o = (Others){t->leaf, calloc(t->nleaves, sizeof(NbVar *)), t->nleaves};
    for (size_t i = 0; o->grad && i < o->n; i++) {
        o->grad[i] = nb_optim_position(d->o, o->leaf[i]) < 0 ? nb_var_grad(o->leaf[i]) : NULL;
    }
    return o->grad != NULL;
}

static void put_others(const Descent *d, Others *o)
{
    for (size_t i = 0; o->grad && i < o->n; i++) {
        if (o->grad[i]) {
            nb_var_put_grad(o->leaf[i], o->grad[i]);
            nb_var_unref(&o->grad[i]);
        } else if (nb_optim_position(d->o, o->leaf[i]) < 0) {
            nb_var_clear_grad(o->leaf[i]);
        }
    }
    free(o->grad);
}

static NbStatus again(NbVar *root)
{
    NbStatus s = nb_forward(root, false, NULL);
    return s == NB_OK ? nb_backward(root, &replace) : s;
}

bool descend_again(const Descent *d, uint64_t n, bool polls, bool swept)
{
    Others others;
    bool ok = hold_others(d, &others), stopped = false;
    for (uint64_t k = 1; ok && !stopped && k <= n; k++) {
        ok = again(d->root) == NB_OK && nb_optim_step(d->o, NULL) == NB_OK;
        stopped = ok && polls && k % POLL_EVERY == 0 && !interp_poll(d->s->interp);
    }
    ok = ok && (stopped || !swept || again(d->root) == NB_OK);
    put_others(d, &others);
    return !stopped && (ok || interp_fail_ctx(d->s->interp, NULL));
}

double descent_norm(NbOptim *o)
{
    NbTensor tmp;
    double sum = 0;
    for (int i = 0, n = nb_optim_gather(o); i < n; i++) {
        const NbTensor *g = nb_var_grad_data(nb_optim_at(o, i), &tmp);
        sum = hypot(sum, g ? nb_text_norm(g) : 0);
    }
    return sum;
}

/* --- columns of the tables --- */

void descent_right(Text *t, const char *word, int width)
{
    for (int i = nb_text_width(word); i < width; i++) {
        text_add(t, " ");
    }
    text_add(t, word);
}

const char *descent_number(const Session *s, double x, int most, char *buf, size_t cap)
{
    int digits = s->set.digits;
    nb_format_number(x, digits, buf, cap);
    while (digits > 1 && (int)strlen(buf) > most - 1) { /* -0.000132923 */
        nb_format_number(x, --digits, buf, cap);
    }
    return buf;
}

/* view_field.c -- functions of two variables and classifiers, computed for windows */
#include "cmd/view_field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>
#include <nabla/operations.h>

#include "session/report.h"
#include "session/trial.h"

#define BY_HAND 12          /* digits of a place that was clicked: -0.94, not -0.9400000000000001 */
#define MOST_SECONDS 0.5    /* one call: a window must not stop the prompt for longer */
#define MOST_STATEMENT 60.0 /* the statement itself may take its time */
#define SHARE 9.0           /* of a running statement at most 1 / (1 + SHARE) */
#define FEW 8               /* points are computed one by one */
#define CHECKS 4            /* of a grid computed at once, compared with single points */
#define AGREE 1e-11

Field *field_new(Session *s, FieldKind kind, Value f, int symbol)
{
    Field *d = calloc(1, sizeof *d);
    if (!d) {
        value_unref(&f);
        return NULL;
    }
    *d = (Field){.s = s, .kind = kind, .f = f, .symbol = symbol, .channels = 1, .whole = true};
    return d;
}

void field_free(Field **pf)
{
    Field *f = *pf;
    if (f) {
        value_unref(&f->f);
        nb_var_unref(&f->leaf[0]);
        nb_var_unref(&f->leaf[1]);
        free(f);
        *pf = NULL;
    }
}

/* --- leaving the session as it is --- */

static bool guard_begin(Session *s, Trial *t, double seconds)
{
    return trial_begin(t, s, TRIAL_MASKS | TRIAL_TEST | TRIAL_QUIET, seconds);
}

/* --- nodes: the graph behind one, applied to other values --- */

/* The leaf of two numbers: x and y side by side; new. */
static NbVar *pair_of(const Field *f, NbVar *x, NbVar *y)
{
    NbVar *const both[2] = {x, y};
    return nb_stack(f->s->ctx, both, 2, NULL);
}

/* The node's value with x and y in place of its leaves: new, NULL when it cannot be computed. */
static NbVar *replay(const Field *f, NbVar *x, NbVar *y)
{
    if (f->pair) {
        NbVar *both = pair_of(f, x, y);
        NbVar *z = both ? nb_graph_substitute(f->f.var, f->leaf, &both, 1, NULL) : NULL;
        nb_var_unref(&both);
        return z;
    }
    const bool turned = nb_var_serial(f->leaf[0]) > nb_var_serial(f->leaf[1]);
    NbVar *const from[2] = {f->leaf[turned], f->leaf[!turned]}, *const to[2] = {turned ? y : x,
                                                                                turned ? x : y};
    return nb_graph_substitute(f->f.var, from, to, 2, NULL);
}

/* The same, with its other leaves as constants, so that a sweep cannot reach the session's. */
static NbVar *replay_apart(const Field *f, NbVar *x, NbVar *y)
{
    NbCtx *ctx = f->s->ctx;
    const NbTape *tape = nb_graph_tape(f->f.var);
    NbVar **to = tape ? calloc(tape->nleaves + 1, sizeof(NbVar *)) : NULL;
    bool ok = to != NULL;
    for (size_t i = 0; ok && i < tape->nleaves; i++) {
        NbVar *v = tape->leaf[i];
        to[i] = v == f->leaf[0]   ? (f->pair ? pair_of(f, x, y) : nb_var_ref(x))
                : v == f->leaf[1] ? nb_var_ref(y)
                                  : nb_var_detach(v);
        ok = to[i] != NULL;
    }
    NbVar *root = ok ? nb_graph_substitute(f->f.var, tape->leaf, to, tape->nleaves, NULL) : NULL;
    for (size_t i = 0; to && i < tape->nleaves; i++) {
        nb_var_unref(&to[i]);
    }
    if (tape && !to) {
        nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory");
    }
    free(to);
    return root;
}

/* --- one point --- */

static bool number_of(Value v, double *out)
{
    if (v.tag == V_VAR) {
        NbTensor tmp;
        *out = nb_var_value(v.var);
        return nb_var_data(v.var, &tmp)->size == 1;
    }
    *out = value_is_number(v) ? value_number(v) : NAN;
    return value_is_number(v);
}

static bool node_point(const Field *f, double x, double y, double *out)
{
    NbCtx *ctx = f->s->ctx;
    nb_nograd_push(ctx);
    NbVar *vx = nb_var_scalar(ctx, x, NB_CONST), *vy = nb_var_scalar(ctx, y, NB_CONST);
    NbVar *z = vx && vy ? replay(f, vx, vy) : NULL;
    nb_nograd_pop(ctx);
    bool ok = z != NULL;
    *out = ok ? nb_var_value(z) : NAN;
    nb_var_unref(&z);
    nb_var_unref(&vx);
    nb_var_unref(&vy);
    return ok;
}

static bool one_point(const Field *f, double x, double y, double *out, NbErr *why)
{
    *out = NAN;
    if (f->kind == FIELD_NODE) {
        if (node_point(f, x, y, out)) {
            return true;
        }
        *why = *nb_ctx_err(f->s->ctx);
        session_forget_error(f->s, false);
        return false;
    }
    Value args[2] = {CONST(x), CONST(y)}, v = UNSET;
    if (!interp_probe(f->s->interp, f->f, args, 2, true, &v, why)) {
        return false;
    }
    bool ok = number_of(v, out);
    if (!ok) {
        nb_fail(why, NB_ESHAPE, "its value is %s, not one number", value_kind(v));
    }
    value_unref(&v);
    return ok;
}

bool field_try(Field *f, double x, double y, double *out, bool *changes, NbErr *why)
{
    Trial t;
    *changes = false;
    if (!guard_begin(f->s, &t, MOST_SECONDS)) {
        nb_fail(why, NB_EMEM, "out of memory for a surface");
        return false;
    }
    bool ok = one_point(f, x, y, out, why);
    *changes = !trial_end(&t);
    return ok;
}

/* --- many points at once --- */

static NbVar *column(NbCtx *ctx, const double *v, int n)
{
    NbShape shape = nb_shape(1, n);
    NbTensor *t = nb_tensor_from(&shape, v, nb_ctx_err(ctx));
    return t ? nb_var_tensor(ctx, t, NB_CONST) : NULL;
}

static NbVar *whole_value(const Field *f, NbVar *x, NbVar *y)
{
    if (f->kind == FIELD_NODE) {
        nb_nograd_push(f->s->ctx);
        NbVar *z = replay(f, x, y);
        nb_nograd_pop(f->s->ctx);
        return z;
    }
    Value args[2] = {{.tag = V_VAR, .var = x}, {.tag = V_VAR, .var = y}}, v = UNSET;
    if (!interp_probe(f->s->interp, f->f, args, 2, true, &v, NULL)) {
        return NULL;
    }
    NbVar *z = v.tag == V_VAR ? nb_var_ref(v.var) : NULL;
    value_unref(&v);
    return z;
}

static bool agree(double a, double b)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= AGREE * fmax(fabs(a), fabs(b));
}

/* A function of numbers need not be one of tensors, and may be another one of them: some of the
 * points are computed singly and compared. */
static bool whole_agrees(const Field *f, const double *x, const double *y, int n, const double *out)
{
    for (int i = 0; i < CHECKS; i++) {
        int k = (int)((2L * i + 1) * n / (2 * CHECKS));
        double z;
        NbErr why = {0};
        if (!one_point(f, x[k], y[k], &z, &why) || !agree(z, out[k])) {
            return false;
        }
    }
    return true;
}

static bool sample_whole(const Field *f, const double *x, const double *y, int n, double *out)
{
    NbVar *vx = column(f->s->ctx, x, n), *vy = column(f->s->ctx, y, n);
    NbVar *z = vx && vy ? whole_value(f, vx, vy) : NULL;
    const NbShape *shape = z ? nb_var_shape(z) : NULL;
    bool ok = z && shape->rank == 1 && shape->dim[0] == n;
    for (int i = 0; ok && i < n; i++) {
        NbTensor tmp;
        out[i] = nb_tensor_at(nb_var_data(z, &tmp), i);
    }
    nb_var_unref(&z);
    nb_var_unref(&vx);
    nb_var_unref(&vy);
    session_forget_error(f->s, false);
    return ok && whole_agrees(f, x, y, n, out);
}

/* A point at which the function fails has no value; one that takes too long stops everything. */
static int sample_singly(const Field *f, const double *x, const double *y, int n, double until,
                         double *out)
{
    for (int i = 0; i < n; i++) {
        NbErr why = {0};
        trial_allow(trial_now(f->s), MOST_SECONDS);
        if (!one_point(f, x[i], y[i], &out[i], &why) && why.code == NB_EINTERRUPT) {
            return -1;
        }
        if (nb_seconds() > until) {
            return i + 1;
        }
    }
    return n;
}

/* --- classes --- */

static NbVar *pairs(NbCtx *ctx, const double *x, const double *y, int n)
{
    NbShape shape = nb_shape(2, n, 2);
    NbTensor *t = nb_tensor_new(&shape, nb_ctx_err(ctx));
    for (int i = 0; t && i < n; i++) {
        t->data[2 * i] = x[i];
        t->data[2 * i + 1] = y[i];
    }
    return t ? nb_var_tensor(ctx, t, NB_CONST) : NULL;
}

static NbVar *scores(const Field *f, const double *x, const double *y, int n, NbErr *why)
{
    NbVar *rows = pairs(f->s->ctx, x, y, n);
    Value arg = {.tag = V_VAR, .var = rows}, v = UNSET;
    NbVar *out = NULL;
    if (rows && interp_probe(f->s->interp, f->f, &arg, 1, true, &v, why)) {
        if (v.tag == V_VAR) {
            out = nb_var_ref(v.var);
        } else {
            nb_fail(why, NB_ETYPE, "its value is %s, not a row of scores for each point",
                    value_kind(v));
        }
        value_unref(&v);
    }
    nb_var_unref(&rows);
    return out;
}

NbVar *field_scores(Field *f, const double *x, const double *y, int n, bool *changes, NbErr *why)
{
    Trial t;
    *changes = false;
    if (!guard_begin(f->s, &t, MOST_STATEMENT)) {
        nb_fail(why, NB_EMEM, "out of memory for a boundary");
        return NULL;
    }
    NbVar *out = scores(f, x, y, n, why);
    *changes = !trial_end(&t);
    return out;
}

static int sample_classes(const Field *f, const double *x, const double *y, int n, double *out)
{
    NbErr why = {0};
    NbVar *z = scores(f, x, y, n, &why);
    NbTensor tmp;
    const NbTensor *t = z ? nb_var_data(z, &tmp) : NULL;
    bool ok = t && t->size == (int64_t)n * f->channels;
    for (int64_t i = 0; ok && i < t->size; i++) {
        out[i] = nb_tensor_at(t, i);
    }
    nb_var_unref(&z);
    return ok ? n : -1;
}

/* --- what viz asks --- */

static int sample(void *user, const double *x, const double *y, int n, double ms, double *out)
{
    Field *f = user;
    Session *s = f->s;
    double begun = nb_seconds();
    bool busy = f->paced && s->unit.running;
    Trial t;
    if ((busy && begun < f->rest_until) || !guard_begin(s, &t, MOST_SECONDS)) {
        return 0;
    }
    int done = -1;
    if (f->kind == FIELD_CLASSES) {
        done = sample_classes(f, x, y, n, out);
    } else {
        f->whole = f->whole && n < FEW ? f->whole : f->whole && sample_whole(f, x, y, n, out);
        done = f->whole && n >= FEW ? n : sample_singly(f, x, y, n, begun + ms / 1000, out);
    }
    bool clean = trial_end(&t);
    double now = nb_seconds();
    f->rest_until = now + SHARE * (now - begun);
    return clean && !*s->interrupt ? done : -1;
}

/* The gradient of a sweep that reaches no leaf but these two; NULL elsewhere. */
static bool sweep(const Field *f, NbVar *leaf[2], NbVar *root, double out[3])
{
    const NbTape *tape = nb_graph_tape(root);
    bool apart = tape && nb_var_is_scalar(root);
    for (size_t i = 0; apart && i < tape->nleaves; i++) {
        apart = tape->leaf[i] == leaf[0] || tape->leaf[i] == leaf[1];
    }
    out[0] = nb_var_value(root);
    bool ok = apart && (!nb_var_takes_grad(root) || nb_backward(root, NULL) == NB_OK);
    for (int k = 0; k < 2; k++) {
        out[1 + k] = nb_var_grad_value(leaf[k]);
    }
    session_forget_error(f->s, false);
    return ok;
}

static NbVar *recorded(const Field *f, NbVar *leaf[2])
{
    if (f->kind == FIELD_NODE) {
        return replay_apart(f, leaf[0], leaf[1]);
    }
    Value args[2] = {{.tag = V_VAR, .var = leaf[0]}, {.tag = V_VAR, .var = leaf[1]}}, v = UNSET;
    if (!interp_probe(f->s->interp, f->f, args, 2, false, &v, NULL)) {
        return NULL;
    }
    NbVar *root = v.tag == V_VAR ? nb_var_ref(v.var) : NULL;
    value_unref(&v);
    return root;
}

/* Central differences, where a sweep would reach variables of the session. */
static bool differences(const Field *f, const double at[2], double out[3])
{
    NbErr why = {0};
    bool ok = one_point(f, at[0], at[1], &out[0], &why);
    for (int k = 0; ok && k < 2; k++) {
        double h = 6e-6 * fmax(1, fabs(at[k])), z[2] = {0, 0};
        for (int side = 0; ok && side < 2; side++) {
            double p[2] = {at[0], at[1]};
            p[k] += side ? h : -h;
            ok = one_point(f, p[0], p[1], &z[side], &why);
        }
        out[1 + k] = (z[1] - z[0]) / (2 * h);
    }
    return ok;
}

static bool slope(void *user, double x, double y, double out[3])
{
    const Field *f = user;
    Session *s = f->s;
    Trial t;
    if (s->unit.running || f->kind == FIELD_CLASSES || !guard_begin(s, &t, MOST_SECONDS)) {
        return false;
    }
    NbVar *leaf[2] = {nb_var_scalar(s->ctx, x, NB_LEAF), nb_var_scalar(s->ctx, y, NB_LEAF)};
    NbVar *root = leaf[0] && leaf[1] ? recorded(f, leaf) : NULL;
    bool ok = root && sweep(f, leaf, root, out);
    ok = ok || differences(f, (double[2]){x, y}, out);
    nb_var_unref(&root);
    nb_var_unref(&leaf[0]);
    nb_var_unref(&leaf[1]);
    trial_end(&t);
    return ok;
}

/* The session's variable with number k, borrowed; NULL when there is none. */
static NbVar *variable(const Field *f, int k)
{
    if (f->kind == FIELD_NODE) {
        return f->leaf[k];
    }
    int symbol = interp_symbol(f->s->interp, f->name[k]);
    Value v = symbol >= 0 ? interp_get(f->s->interp, symbol) : UNSET;
    return v.tag == V_VAR && nb_var_is_scalar(v.var) ? v.var : NULL;
}

static bool now(void *user, double at[2])
{
    const Field *f = user;
    NbVar *x = variable(f, 0), *y = variable(f, 1);
    if (f->kind == FIELD_CLASSES || !x || !y) {
        return false;
    }
    for (int k = 0; k < 2; k++) {
        NbTensor tmp;
        at[k] = nb_tensor_at(nb_var_data(k ? y : x, &tmp), f->pair ? k : 0);
    }
    return true;
}

/* --- a start chosen in the window --- */

/* What is computed again afterwards: the node shown, or what was swept last from these leaves. */
static const char *forward_of(const Field *f, char *buf, size_t cap)
{
    Session *s = f->s;
    NbVar *root = f->kind == FIELD_NODE ? f->f.var : s->root;
    buf[0] = '\0';
    const NbTape *tape = root && nb_var_kind(root) == NB_INNER ? nb_graph_tape(root) : NULL;
    for (size_t i = 0; tape && i < tape->nleaves; i++) {
        if (tape->leaf[i] == variable(f, 0) || tape->leaf[i] == variable(f, 1)) {
            return labels_own(s->labels, s->interp, root, buf, cap);
        }
    }
    return buf;
}

static bool writable(const Field *f, int k)
{
    const NbVar *v = variable(f, k);
    return v && nb_var_kind(v) == NB_LEAF;
}

static bool unbound(const Field *f, int k)
{
    int symbol = interp_symbol(f->s->interp, f->name[k]);
    return f->kind == FIELD_FUNCTION && symbol >= 0 &&
           interp_get(f->s->interp, symbol).tag == V_UNSET;
}

/* Runs the line as if it had been typed, and prints it with what f became. */
static void run_line(Session *s, const char *line, const char *command, const char *root)
{
    Text t = text_in(s->lost);
    char number[40];
    text_printf(&t, "%s%s%s;", line, root[0] ? "; forward " : "", root);
    session_aside(s, true);
    if (session_is(s, FRONT_PERSON)) {
        session_typed(s, command);
    }
    if (session_run_text(s, &t, "", 1, RUN_PROMPT | RUN_TOGETHER) == RUN_OK) {
        int symbol = root[0] ? interp_symbol(s->interp, root) : -1;
        Value v = symbol >= 0 ? interp_get(s->interp, symbol) : UNSET;
        text_reset(&t);
        text_add(&t, line);
        if (value_is_number(v)) {
            text_printf(&t, "   %s = %s", root,
                        nb_format_number(value_number(v), s->set.digits, number, sizeof number));
        }
        report_line(&t, s->out);
    }
    session_aside(s, false);
    text_free(&t);
}

static bool start(void *user, double x, double y)
{
    const Field *f = user;
    char root[96], a[40], b[40], line[320], command[440];
    bool write = writable(f, 0) && writable(f, 1), make = unbound(f, 0) && unbound(f, 1);
    if (f->s->unit.running || f->kind == FIELD_CLASSES || !(write || make)) {
        return false;
    }
    nb_format_number(x, BY_HAND, a, sizeof a);
    nb_format_number(y, BY_HAND, b, sizeof b);
    if (f->pair) {
        const int name = (int)strcspn(f->name[0], "[");
        snprintf(line, sizeof line, "%.*s := [%s, %s]", name, f->name[0], a, b);
    } else {
        snprintf(line, sizeof line, "%s, %s %s %s, %s", f->name[0], f->name[1],
                 make ? "=" : ":=", a, b);
    }
    forward_of(f, root, sizeof root);
    snprintf(command, sizeof command, "%s%s%s", line, root[0] ? "; forward " : "", root);
    run_line(f->s, line, command, root);
    return true;
}

static void release(void *user)
{
    Field *f = user;
    view_field_gone(f->s, f);
    field_free(&f);
}

NbField field_viz(Field *f)
{
    return (NbField){.user = f,
                     .channels = f->channels,
                     .sample = sample,
                     .slope = slope,
                     .now = now,
                     .start = start,
                     .free = release};
}

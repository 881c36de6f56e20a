/* builtins_grad.c -- grad, jacobian, hessian and numgrad of variables and functions */
#include <float.h>
#include <math.h>
#include <string.h>

#include <nabla/saved.h>

#include "lang/internal.h"

#define ELEMENTS_MAX 4096 /* of what rows are computed for */

/* What is differentiated by what: variables with references. */
typedef struct Job {
    NbVar *f;
    NbVar **x;
    NbVar **g; /* room for a result per variable, NULL at first */
    int n;
    Stacks stacks; /* which of x are taken apart; not of numgrad */
    bool fresh;    /* every x was made here from plain values: results are const */
    int64_t size;  /* elements of all x together */
} Job;

static const Node *arg_at(const Call *call, int i)
{
    return call->arg ? call->arg[i] : call->node;
}

static void unref_all(NbVar **v, int n)
{
    for (int i = 0; v && i < n; i++) {
        nb_var_unref(&v[i]);
    }
}

static void job_end(Job *j)
{
    stacks_end(&j->stacks);
    nb_var_unref(&j->f);
    unref_all(j->x, j->n);
    unref_all(j->g, j->n);
    free(j->x);
    free(j->g);
}

/* --- what is asked for --- */

static bool variable(Interp *I, const Call *call, int i, Job *j)
{
    Value v = call->argv[i];
    if (v.tag != V_VAR || !nb_var_takes_grad(v.var)) {
        char buf[64];
        const char *name = interp_text(I, arg_at(call, i), buf, sizeof buf);
        interp_fail(I, arg_at(call, i), NB_ETYPE, "%s: %s is %s%s", call->row->name, name,
                    value_kind(v), value_is_number(v) || v.tag == V_VAR ? " without gradient" : "");
        return interp_hint(I, "a variable of the session: x = 2");
    }
    j->x[j->n++] = nb_var_ref(v.var);
    return true;
}

/* An argument of a function: tracked variables as they are, others as a leaf of their own. */
static bool argument(Interp *I, const Call *call, int i, Job *j)
{
    Value v = call->argv[i];
    if (v.tag == V_VAR && nb_var_takes_grad(v.var)) {
        j->fresh = false;
        j->x[j->n++] = nb_var_ref(v.var);
        return true;
    }
    NbArg in;
    NbVar *made;
    if (!interp_operand(I, arg_at(call, i), call->row->name, v, &in, &made)) {
        return false;
    }
    NbVar *x = in.var ? nb_var_copy(in.var, NB_LEAF) : nb_var_scalar(I->ctx, in.num, NB_LEAF);
    nb_var_unref(&made);
    if (!x) {
        return interp_fail_ctx(I, arg_at(call, i));
    }
    j->x[j->n++] = x;
    return true;
}

static NbVar *result_var(Interp *I, const Node *at, Value v)
{
    NbArg in;
    NbVar *made;
    if (!interp_operand(I, at, "the function's result", v, &in, &made)) {
        return NULL;
    }
    if (made) {
        return made;
    }
    NbVar *r = in.var ? nb_var_ref(in.var) : nb_var_scalar(I->ctx, in.num, NB_CONST);
    if (!r) {
        interp_fail_ctx(I, at);
    }
    return r;
}

static NbVar *call_function(Interp *I, const Call *call, const Job *j)
{
    Value *args = malloc((size_t)j->n * sizeof *args);
    for (int i = 0; args && i < j->n; i++) {
        args[i] = (Value){.tag = V_VAR, .var = j->x[i]};
    }
    Value y = args ? interp_call_value(I, call->argv[0], args, j->n, call->node) : UNSET;
    if (!args) {
        interp_no_memory(I, call->node);
    }
    free(args);
    NbVar *f = y.tag == V_UNSET ? NULL : result_var(I, arg_at(call, 0), y);
    unref(&y);
    return f;
}

static bool is_function(Value v)
{
    return v.tag == V_FUNC || (v.tag == V_OBJ && v.obj->cls->call);
}

static bool job_begin(Interp *I, const Call *call, Job *j)
{
    *j = (Job){0};
    j->x = calloc((size_t)call->argc, sizeof *j->x);
    j->g = calloc((size_t)call->argc, sizeof *j->g);
    if (!j->x || !j->g) {
        return interp_no_memory(I, call->node);
    }
    bool function = is_function(call->argv[0]);
    if (function && nb_nograd(I->ctx)) {
        return interp_fail(I, call->node, NB_EVALUE, "%s of a function inside nograd",
                           call->row->name);
    }
    j->fresh = function;
    for (int i = 1; i < call->argc; i++) {
        if (!(function ? argument(I, call, i, j) : variable(I, call, i, j))) {
            return false;
        }
    }
    j->f = function ? call_function(I, call, j) : result_var(I, arg_at(call, 0), call->argv[0]);
    for (int i = 0; i < j->n; i++) {
        NbTensor tmp;
        j->size += nb_var_data(j->x[i], &tmp)->size;
    }
    if (j->f && nb_nograd(I->ctx) && !nb_var_tracked(j->f)) {
        interp_fail(I, arg_at(call, 0), NB_EVALUE,
                    "%s: inside nograd nothing is recorded that could be differentiated",
                    call->row->name);
        return interp_hint(I, "compute it before nograd { … }");
    }
    return j->f != NULL;
}

/* --- sweeps --- */

/* Results that can be differentiated again are asked for. */
static bool wants_graph(const Interp *I, const Job *j)
{
    return !j->fresh && !nb_nograd(I->ctx);
}

/* Gradient of root (times seed) by every x: new references in out. */
static bool sweep(Interp *I, const Call *call, const Job *j, NbVar *root, const NbTensor *seed,
                  bool graph, NbVar **out)
{
    return stacks_gradients(I->ctx, &j->stacks, root, seed, graph, j->x, j->n, out) == NB_OK ||
           interp_fail_ctx(I, call->node);
}

/* Results one by one, or as a list when there are several. Takes the variables. */
static bool give(Interp *I, const Call *call, NbVar **v, int n, bool is_const, Value *out)
{
    Value list = n > 1 ? value_list(n) : NONE;
    bool ok = list.tag != V_UNSET;
    for (int i = 0; i < n; i++) {
        NbVar *r = v[i];
        v[i] = NULL;
        if (ok && is_const && nb_var_tracked(r)) {
            NbVar *d = nb_var_detach(r);
            nb_var_unref(&r);
            r = d;
            ok = r != NULL;
        }
        Value item = ok ? interp_wrap(I, r, true) : UNSET;
        if (!ok) {
            nb_var_unref(&r);
        } else if (n == 1) {
            *out = item;
        } else {
            ok = list_push(list.list, item);
        }
    }
    if (ok && n > 1) {
        *out = list;
    } else {
        value_unref(&list);
    }
    return ok || interp_no_memory(I, call->node);
}

static bool one_number(Interp *I, const Call *call, const Job *j)
{
    char s[160];
    if (nb_var_is_scalar(j->f)) {
        return true;
    }
    interp_fail(I, arg_at(call, 0), NB_ESHAPE, "%s: needs one number, not %s", call->row->name,
                nb_shape_text(nb_var_shape(j->f), s, sizeof s));
    return interp_hint(I, "%s(sum(f), x), or jacobian(f, x) for every element", call->row->name);
}

static bool derivative_begin(Interp *I, const Call *call, Job *j)
{
    return job_begin(I, call, j) && stacks_begin(I, &j->stacks, call, j->f, j->x, j->n);
}

static bool do_grad(Interp *I, const Call *call, Value *out)
{
    Job j;
    bool ok = derivative_begin(I, call, &j) && one_number(I, call, &j) &&
              sweep(I, call, &j, j.f, NULL, wants_graph(I, &j), j.g) &&
              give(I, call, j.g, j.n, j.fresh, out);
    job_end(&j);
    return ok;
}

/* --- rows of derivatives: nodes like any others, joined --- */

/* The rows of a matrix; columns are the elements of all x. */
typedef struct JacobianRows {
    NbVar **row;
    int64_t n, cap;
} JacobianRows;

static void rows_end(JacobianRows *r)
{
    unref_all(r->row, (int)r->n);
    free(r->row);
}

static NbVar *join(NbCtx *ctx, const char *op, NbVar **v, int n)
{
    NbArg *in = malloc((size_t)n * sizeof *in);
    for (int i = 0; in && i < n; i++) {
        in[i] = NB_VAR(v[i]);
    }
    NbVar *y = in ? nb_apply(ctx, nb_op_find(op), in, n, NULL) : NULL;
    if (!in) {
        nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for derivatives");
    }
    free(in);
    return y;
}

/* v in another shape; takes v. */
static NbVar *reshaped(NbCtx *ctx, NbVar *v, const NbShape *shape)
{
    if (!v || nb_shape_equal(nb_var_shape(v), shape)) {
        return v;
    }
    NbAttrs a;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = *shape;
    NbVar *y = nb_apply(ctx, nb_op_find("reshape"), &NB_VAR(v), 1, &a);
    nb_var_unref(&v);
    return y;
}

/* One row of g, the derivatives by every x, which it empties. */
static NbVar *as_row(NbCtx *ctx, NbVar **g, int n)
{
    bool scalars = true;
    if (n == 1) {
        NbVar *row = g[0];
        g[0] = NULL;
        return row;
    }
    for (int i = 0; i < n; i++) {
        scalars &= nb_var_is_scalar(g[i]);
    }
    for (int i = 0; i < n && !scalars; i++) {
        NbTensor tmp;
        g[i] = reshaped(ctx, g[i], &(NbShape){.rank = 1, .dim = {nb_var_data(g[i], &tmp)->size}});
        if (!g[i]) {
            return NULL;
        }
    }
    NbVar *row = join(ctx, scalars ? "stack" : "concat", g, n);
    unref_all(g, n);
    return row;
}

/* One row: the derivative of element `at` of root. */
static bool one_row(Interp *I, const Call *call, const Job *j, NbVar *root, int64_t at,
                    JacobianRows *r)
{
    NbErr *err = nb_ctx_err(I->ctx);
    NbTensor *seed = nb_tensor_full(nb_var_shape(root), 0, err);
    NbVar **g = calloc((size_t)j->n, sizeof *g);
    if (!seed || !g) {
        nb_tensor_unref(&seed);
        free(g);
        return interp_no_memory(I, call->node);
    }
    nb_tensor_put(seed, at, 1);
    bool ok = interp_step(I) && sweep(I, call, j, root, seed, wants_graph(I, j), g);
    NbVar *row = ok ? as_row(I->ctx, g, j->n) : NULL;
    if (row) {
        r->row[r->n++] = row;
    } else if (ok) {
        ok = interp_fail_ctx(I, call->node);
    }
    unref_all(g, j->n);
    free(g);
    nb_tensor_unref(&seed);
    return ok;
}

static bool all_rows(Interp *I, const Call *call, const Job *j, NbVar *root, JacobianRows *r)
{
    NbTensor tmp;
    bool ok = true;
    for (int64_t i = 0, n = nb_var_data(root, &tmp)->size; i < n && ok; i++) {
        ok = one_row(I, call, j, root, i, r);
    }
    return ok;
}

/* Room for n rows of what `of` (NULL: several variables) has the axes of, followed by those of x;
 * false when these are too many. */
static bool rows_begin(Interp *I, const Call *call, const Job *j, const NbShape *of, int64_t n,
                       JacobianRows *r)
{
    const NbShape *x = nb_var_shape(j->x[0]);
    int rank = j->n == 1 ? of->rank + x->rank : 2;
    if (rank > NB_MAX_RANK) {
        interp_fail(I, call->node, NB_ESHAPE,
                    "%s: the result would have %d axes (%d + %d); a tensor has at most %d",
                    call->row->name, rank, of->rank, x->rank, NB_MAX_RANK);
        return interp_hint(I, "take the derivative by a vector v and compute with reshape(v, …)");
    }
    if (n > ELEMENTS_MAX) {
        return interp_fail(I, call->node, NB_EMEM, "%s: %lld rows are too many (limit %d)",
                           call->row->name, (long long)n, ELEMENTS_MAX);
    }
    r->row = calloc((size_t)n + 1, sizeof(NbVar *));
    return r->row || interp_no_memory(I, call->node);
}

/* The rows as one variable: axes `of` followed by those of x, or a matrix for several x. */
static NbVar *joined(NbCtx *ctx, const Job *j, const NbShape *of, JacobianRows *r)
{
    const NbShape *x = nb_var_shape(j->x[0]);
    NbShape s = {.rank = 2, .dim = {r->n, j->size}};
    if (j->n == 1) {
        s.rank = of->rank + x->rank;
        memcpy(s.dim, of->dim, (size_t)of->rank * sizeof s.dim[0]);
        memcpy(s.dim + of->rank, x->dim, (size_t)x->rank * sizeof s.dim[0]);
    }
    if (r->n == 0) {
        return nb_var_tensor(ctx, nb_tensor_full(&s, 0, nb_ctx_err(ctx)), NB_CONST);
    }
    if (r->n == 1) {
        NbVar *only = r->row[0];
        r->n = 0;
        return reshaped(ctx, only, &s);
    }
    return reshaped(ctx, join(ctx, "stack", r->row, (int)r->n), &s);
}

static bool give_rows(Interp *I, const Call *call, const Job *j, const NbShape *of, JacobianRows *r,
                      Value *out)
{
    NbVar *y = joined(I->ctx, j, of, r);
    return y ? give(I, call, &y, 1, j->fresh, out) : interp_fail_ctx(I, call->node);
}

static bool do_jacobian(Interp *I, const Call *call, Value *out)
{
    Job j;
    NbTensor tmp;
    JacobianRows r = {0};
    bool ok = derivative_begin(I, call, &j);
    const NbShape *of = ok ? nb_var_shape(j.f) : NULL;
    ok = ok && rows_begin(I, call, &j, of, nb_var_data(j.f, &tmp)->size, &r) &&
         all_rows(I, call, &j, j.f, &r) && give_rows(I, call, &j, of, &r, out);
    rows_end(&r);
    job_end(&j);
    return ok;
}

/* The first derivatives are a graph even where the second ones are not to be. */
static bool first_order(Interp *I, const Call *call, const Job *j)
{
    int depth = 0;
    for (; nb_nograd(I->ctx); depth++) {
        nb_nograd_pop(I->ctx);
    }
    bool ok = sweep(I, call, j, j->f, NULL, true, j->g);
    while (depth-- > 0) {
        nb_nograd_push(I->ctx);
    }
    return ok;
}

static bool do_hessian(Interp *I, const Call *call, Value *out)
{
    Job j;
    JacobianRows r = {0};
    bool ok = derivative_begin(I, call, &j) && one_number(I, call, &j);
    const NbShape *of = ok ? nb_var_shape(j.x[0]) : NULL;
    ok = ok && rows_begin(I, call, &j, of, j.size, &r) && first_order(I, call, &j);
    for (int i = 0; i < j.n && ok; i++) {
        ok = all_rows(I, call, &j, j.g[i], &r);
    }
    ok = ok && give_rows(I, call, &j, of, &r, out);
    rows_end(&r);
    job_end(&j);
    return ok;
}

/* --- central differences --- */

/* Where f is evaluated with one element moved. */
typedef struct Probe {
    const Call *call;
    const Job *j;
    NbVar *root; /* of a graph; NULL: a function is called */
} Probe;

static bool value_at(Interp *I, const Probe *p, double *out)
{
    if (p->root) {
        if (nb_forward(p->root, false, NULL) != NB_OK) {
            return interp_fail_ctx(I, p->call->node);
        }
        *out = nb_var_value(p->root);
        return true;
    }
    NbVar *f = call_function(I, p->call, p->j); /* tracked: it may differentiate itself */
    bool ok = f != NULL;
    if (ok) {
        *out = nb_var_value(f);
    }
    nb_var_unref(&f);
    return ok;
}

/* One element of x, its value, and room for x with it moved. */
typedef struct Moved {
    NbVar *x;
    NbTensor *work;
    int64_t k;
    double at;
} Moved;

static bool value_moved(Interp *I, const Probe *p, const Moved *m, double to, double *y)
{
    m->work->data[m->k] = to;
    return (nb_var_assign(m->x, m->work) == NB_OK || interp_fail_ctx(I, p->call->node)) &&
           value_at(I, p, y);
}

/* A slope, and what rounding may make of it. */
typedef struct Slope {
    double value, noise;
} Slope;

/* From a step of h to both sides, or on the side where f is finite. */
static bool slope_from(Interp *I, const Probe *p, const Moved *m, double h, Slope *s)
{
    double up = m->at + h, down = m->at - h, y[4] = {0};
    bool ok = value_moved(I, p, m, up, &y[0]) && value_moved(I, p, m, down, &y[1]);
    *s = (Slope){(y[0] - y[1]) / (up - down), DBL_EPSILON * fmax(fabs(y[0]), fabs(y[1])) / h};
    if (!ok || isfinite(y[0]) == isfinite(y[1])) {
        return ok;
    }
    h = isfinite(y[0]) ? h : -h;
    ok = value_moved(I, p, m, m->at, &y[2]) && value_moved(I, p, m, m->at + 2 * h, &y[3]);
    const double once = h > 0 ? y[0] : y[1];
    s->value = isfinite(y[2]) ? (4 * (once - y[2]) - (y[3] - y[2])) / (2 * h) : s->value;
    s->noise = DBL_EPSILON * fabs(y[2]) / fabs(h);
    return ok;
}

#define STEP 6.055454452393343e-06 /* cube root of eps */

/* Steps are relative to x above 1. Below, where halving that step changes the slope, f may live on
 * the scale of x: the slope that changes less is taken. */
static bool best_slope(Interp *I, const Probe *p, const Moved *m, double *out)
{
    Slope a[2], b[2];
    const double h = STEP * fmax(1, fabs(m->at)), near = STEP * fabs(m->at);
    if (!slope_from(I, p, m, h, &a[0])) {
        return false;
    }
    *out = a[0].value;
    if (fabs(m->at) >= 1 || m->at == 0) {
        return true;
    }
    if (!slope_from(I, p, m, h / 2, &a[1])) {
        return false;
    }
    const double change = fmax(fabs(a[1].value - a[0].value), a[0].noise);
    if (change <= 1e-6 * fabs(a[1].value)) {
        return true;
    }
    if (!slope_from(I, p, m, near, &b[0]) || !slope_from(I, p, m, near / 2, &b[1])) {
        return false;
    }
    if (fmax(fabs(b[1].value - b[0].value), b[0].noise) < change || !isfinite(change)) {
        *out = b[0].value;
    }
    return true;
}

/* Derivative by element k of x, whose value is put back. */
static bool difference(Interp *I, const Probe *p, NbVar *x, int64_t k, double *out)
{
    NbErr *err = nb_ctx_err(I->ctx);
    NbTensor tmp;
    Moved m = {.x = x, .work = nb_tensor_copy(nb_var_data(x, &tmp), err), .k = k};
    if (!m.work) {
        return interp_fail_ctx(I, p->call->node);
    }
    m.at = m.work->data[k];
    bool ok = interp_step(I) && best_slope(I, p, &m, out);
    m.work->data[k] = m.at;
    bool back = nb_var_assign(x, m.work) == NB_OK;
    nb_tensor_unref(&m.work);
    return ok && (back || interp_fail_ctx(I, p->call->node));
}

static bool can_move(Interp *I, const Call *call, const Job *j)
{
    if (!nb_var_is_scalar(j->f)) {
        return interp_fail(I, arg_at(call, 0), NB_ESHAPE, "numgrad: needs one number");
    }
    for (int i = 0; i < j->n; i++) {
        if (nb_var_kind(j->x[i]) != NB_LEAF) {
            return interp_fail(I, arg_at(call, i + 1), NB_ETYPE,
                               "numgrad: moves a leaf, not a computed value");
        }
    }
    return true;
}

static bool differences(Interp *I, const Probe *p, NbVar **g)
{
    const Job *j = p->j;
    for (int i = 0; i < j->n; i++) {
        NbTensor *t = nb_tensor_full(nb_var_shape(j->x[i]), 0, nb_ctx_err(I->ctx));
        if (!t) {
            return interp_fail_ctx(I, p->call->node);
        }
        for (int64_t k = 0; k < t->size; k++) {
            if (!difference(I, p, j->x[i], k, &t->data[k])) {
                nb_tensor_unref(&t);
                return false;
            }
        }
        g[i] = nb_var_tensor(I->ctx, t, NB_CONST);
        if (!g[i]) {
            return interp_fail_ctx(I, p->call->node);
        }
    }
    return true;
}

static bool do_numgrad(Interp *I, const Call *call, Value *out)
{
    Job j;
    bool function = is_function(call->argv[0]);
    bool masks = nb_ctx_keep_masks(I->ctx, true);
    bool ok = job_begin(I, call, &j) && can_move(I, call, &j);
    bool stale = false;
    if (ok && !function && nb_var_find_stale(j.f, &stale, NULL, 0, NULL) != NB_OK) {
        ok = interp_fail_ctx(I, call->node);
    }
    if (stale) {
        interp_fail(I, arg_at(call, 0), NB_ESTALE, "numgrad: values behind the graph changed");
        char buf[64];
        ok = interp_hint(I, "forward %s", interp_text(I, arg_at(call, 0), buf, sizeof buf));
    }
    Probe p = {call, &j, function ? NULL : j.f};
    if (ok) { /* what moving changes: the leaves, and the graph that is recomputed with them */
        NbTrial *t = nb_trial_begin(p.root, j.x, (size_t)j.n, 0);
        NbNanMode nan = interp_nan_mode(I, NB_NAN_OFF); /* a step may leave the domain */
        ok = t ? differences(I, &p, j.g) : interp_fail_ctx(I, call->node);
        interp_nan_mode(I, nan);
        nb_trial_end(&t);
    }
    nb_ctx_keep_masks(I->ctx, masks);
    ok = ok && give(I, call, j.g, j.n, true, out);
    job_end(&j);
    return ok;
}

const Builtin builtins_grad[] = {
    {.name = "grad",
     .flags = B_VALUE | B_WITHIN,
     .min_args = 2,
     .max_args = -1,
     .fn = do_grad,
     .group = "graph",
     .usage = "grad(f, x, …)",
     .doc = "Gradient of f by x as a value; .grad is untouched. f is a variable or a function of "
            "x; x may be a stack of variables, [x, y]. The result can be differentiated again.",
     .example = "def f(x) = x^3\nx = 2\ngrad(f, x)"},
    {.name = "jacobian",
     .flags = B_VALUE | B_WITHIN,
     .min_args = 2,
     .max_args = -1,
     .fn = do_jacobian,
     .group = "graph",
     .usage = "jacobian(f, x)",
     .doc = "Derivative of every element of f by every element of x, with the axes of f followed "
            "by those of x. The result can be differentiated again.",
     .example = "x = [1, 2]\njacobian(x^2, x)"},
    {.name = "hessian",
     .flags = B_VALUE | B_WITHIN,
     .min_args = 2,
     .max_args = -1,
     .fn = do_hessian,
     .group = "graph",
     .usage = "hessian(f, x, …)",
     .doc = "Second derivatives of f, with the axes of x twice; of several variables as one matrix "
            "over all their elements. The result can be differentiated again.",
     .example = "x, y = 1, 2\nhessian(x^2*y, x, y)"},
    {.name = "numgrad",
     .flags = B_VALUE | B_WITHIN,
     .min_args = 2,
     .max_args = -1,
     .fn = do_numgrad,
     .group = "graph",
     .usage = "numgrad(f, x, …)",
     .doc = "Gradient of f by x from central differences, to compare with grad.",
     .example = "x = 2\nnumgrad(x^3, x)"},
};
const int builtins_grad_count = (int)(sizeof builtins_grad / sizeof builtins_grad[0]);

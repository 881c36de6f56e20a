/* builtins_grad.c -- grad, jacobian, hessian and numgrad of variables and functions */
#include <math.h>
#include <string.h>

#include "lang/internal.h"

#define WRT_MAX 16        /* variables of one call */
#define ELEMENTS_MAX 4096 /* of what rows are computed for */

/* What is differentiated by what: variables with references, and the leaf gradients that were
 * there before, put back at the end. */
typedef struct Job {
    NbVar *f;
    NbVar *x[WRT_MAX];
    int n;
    bool fresh;   /* every x was made here from plain values: results are const */
    int64_t size; /* elements of all x together */
    NbVar **leaf, **grad;
    size_t nleaves;
} Job;

static const Node *arg_at(const Call *call, int i)
{
    return call->arg ? call->arg[i] : call->node;
}

/* --- keeping .grad as it was --- */

static bool keep_one(Interp *I, Job *j, NbVar *v)
{
    NbErr *err = nb_ctx_err(I->ctx);
    size_t k = j->nleaves;
    j->grad[k] = nb_var_grad(v);
    if (!j->grad[k] && err->code != NB_OK) {
        return interp_fail_ctx(I, NULL);
    }
    j->leaf[k] = nb_var_ref(v);
    j->nleaves++;
    nb_var_clear_grad(v);
    return true;
}

static bool keep_grads(Interp *I, Job *j)
{
    const NbTape *t = nb_graph_tape(j->f);
    if (!t) {
        return interp_fail_ctx(I, NULL);
    }
    size_t n = t->nleaves + (size_t)j->n;
    j->leaf = calloc(n + 1, sizeof *j->leaf);
    j->grad = calloc(n + 1, sizeof *j->grad);
    if (!j->leaf || !j->grad) {
        return interp_no_memory(I, NULL);
    }
    for (size_t i = 0; i < t->nleaves; i++) {
        if (!keep_one(I, j, t->leaf[i])) {
            return false;
        }
    }
    for (int i = 0; i < j->n; i++) { /* leaves that f does not depend on, and inner variables */
        if (!keep_one(I, j, j->x[i])) {
            return false;
        }
    }
    return true;
}

/* From the last, since a variable kept twice was empty the second time. */
static void give_back(Job *j)
{
    for (size_t i = j->nleaves; i-- > 0;) {
        nb_var_clear_grad(j->leaf[i]);
        if (j->grad[i]) {
            nb_var_put_grad(j->leaf[i], j->grad[i]);
        }
        nb_var_unref(&j->grad[i]);
        nb_var_unref(&j->leaf[i]);
    }
    j->nleaves = 0;
}

static void clear_kept(const Job *j)
{
    for (size_t i = 0; i < j->nleaves; i++) {
        nb_var_clear_grad(j->leaf[i]);
    }
}

static void job_end(Job *j)
{
    give_back(j);
    free(j->leaf);
    free(j->grad);
    nb_var_unref(&j->f);
    for (int i = 0; i < j->n; i++) {
        nb_var_unref(&j->x[i]);
    }
}

/* --- what is asked for --- */

static bool variable(Interp *I, const Call *call, int i, Job *j)
{
    Value v = call->argv[i];
    if (v.tag != V_VAR || !nb_var_tracked(v.var)) {
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
    if (v.tag == V_VAR && nb_var_tracked(v.var)) {
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
    Value args[WRT_MAX];
    for (int i = 0; i < j->n; i++) {
        args[i] = (Value){.tag = V_VAR, .var = j->x[i]};
    }
    Value y = interp_call_value(I, call->argv[0], args, j->n, call->node);
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
    if (call->argc - 1 > WRT_MAX) {
        return interp_fail(I, call->node, NB_EVALUE, "%s: at most %d variables", call->row->name,
                           WRT_MAX);
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
    return j->f != NULL;
}

/* --- sweeps --- */

/* Gradient of root (times seed) by x[i]: new references in out, which starts as NULLs; zeros where
 * there is no dependence. */
static bool sweep(Interp *I, const Call *call, const Job *j, NbVar *root, const NbTensor *seed,
                  bool create_graph, NbVar **out)
{
    NbSweep s = {.seed = seed, .create_graph = create_graph};
    clear_kept(j);
    if (nb_var_tracked(root) && nb_backward(root, &s) != NB_OK) {
        return interp_fail_ctx(I, call->node);
    }
    bool ok = true;
    for (int i = 0; i < j->n && ok; i++) {
        out[i] = nb_var_tracked(root) ? nb_var_grad(j->x[i]) : NULL;
        if (!out[i]) {
            NbErr *err = nb_ctx_err(I->ctx);
            NbTensor *zero = err->code == NB_OK ? nb_tensor_full(nb_var_shape(j->x[i]), 0, err)
                                                : NULL;
            out[i] = nb_var_tensor(I->ctx, zero, NB_CONST);
            ok = out[i] != NULL || interp_fail_ctx(I, call->node);
        }
    }
    clear_kept(j);
    return ok;
}

static void unref_all(NbVar **v, int n)
{
    for (int i = 0; i < n; i++) {
        nb_var_unref(&v[i]);
    }
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

static bool do_grad(Interp *I, const Call *call, Value *out)
{
    Job j;
    NbVar *g[WRT_MAX] = {NULL};
    bool ok = job_begin(I, call, &j);
    if (ok && !nb_var_is_scalar(j.f)) {
        char s[160];
        interp_fail(I, arg_at(call, 0), NB_ESHAPE, "grad: needs one number, not %s",
                    nb_shape_text(nb_var_shape(j.f), s, sizeof s));
        ok = interp_hint(I, "grad(sum(f), x), or jacobian(f, x) for every element");
    }
    ok = ok && keep_grads(I, &j) && sweep(I, call, &j, j.f, NULL, !j.fresh, g);
    give_back(&j);
    if (ok) {
        ok = give(I, call, g, j.n, j.fresh, out);
    }
    unref_all(g, j.n);
    job_end(&j);
    return ok;
}

/* --- rows of derivatives --- */

/* A matrix being filled row by row: columns are the elements of all x. */
typedef struct Rows {
    NbTensor *to;
    int64_t row;
    NbTensor *seed;
} Rows;

/* One row: the derivative of element `at` of root. */
static bool one_row(Interp *I, const Call *call, const Job *j, NbVar *root, int64_t at, Rows *r)
{
    NbVar *g[WRT_MAX] = {NULL};
    nb_tensor_fill(r->seed, 0);
    nb_tensor_put(r->seed, at, 1);
    bool ok = interp_step(I) && sweep(I, call, j, root, r->seed, false, g);
    int64_t col = 0;
    for (int i = 0; i < j->n && ok; i++) {
        NbTensor tmp;
        const NbTensor *t = nb_var_data(g[i], &tmp);
        for (int64_t k = 0; k < t->size; k++) {
            r->to->data[r->row * j->size + col++] = nb_tensor_at(t, k);
        }
    }
    r->row += ok;
    unref_all(g, j->n);
    return ok;
}

static bool all_rows(Interp *I, const Call *call, const Job *j, NbVar *root, Rows *r)
{
    NbErr *err = nb_ctx_err(I->ctx);
    NbTensor tmp;
    int64_t n = nb_var_data(root, &tmp)->size;
    r->seed = nb_tensor_full(nb_var_shape(root), 0, err);
    if (!r->seed) {
        return interp_fail_ctx(I, call->node);
    }
    bool ok = true;
    for (int64_t i = 0; i < n && ok; i++) {
        ok = one_row(I, call, j, root, i, r);
    }
    nb_tensor_unref(&r->seed);
    return ok;
}

static bool too_many(Interp *I, const Call *call, int64_t n)
{
    return n <= ELEMENTS_MAX ||
           interp_fail(I, call->node, NB_EMEM, "%s: %lld rows are too many (limit %d)",
                       call->row->name, (long long)n, ELEMENTS_MAX);
}

static NbTensor *matrix(Interp *I, const Call *call, int64_t rows, int64_t cols)
{
    NbShape s = {.rank = 2, .dim = {rows, cols}};
    NbTensor *t = nb_tensor_new(&s, nb_ctx_err(I->ctx));
    if (!t) {
        interp_fail_ctx(I, call->node);
    }
    return t;
}

/* The matrix with the axes of a followed by those of b, if that is not too many. */
static bool shaped(Interp *I, const Call *call, NbTensor *t, const NbShape *a, const NbShape *b,
                   Value *out)
{
    NbErr *err = nb_ctx_err(I->ctx);
    NbTensor *r = t;
    if (a && a->rank + b->rank <= NB_MAX_RANK) {
        NbShape s = {.rank = a->rank + b->rank};
        memcpy(s.dim, a->dim, (size_t)a->rank * sizeof s.dim[0]);
        memcpy(s.dim + a->rank, b->dim, (size_t)b->rank * sizeof s.dim[0]);
        r = nb_tensor_from(&s, t->data, err);
        nb_tensor_unref(&t);
    }
    NbVar *v = nb_var_tensor(I->ctx, r, NB_CONST);
    if (!v) {
        return interp_fail_ctx(I, call->node);
    }
    *out = interp_wrap(I, v, true);
    return true;
}

static bool do_jacobian(Interp *I, const Call *call, Value *out)
{
    Job j;
    NbTensor tmp;
    Rows r = {0};
    bool ok = job_begin(I, call, &j);
    int64_t rows = ok ? nb_var_data(j.f, &tmp)->size : 0;
    ok = ok && too_many(I, call, rows) && (r.to = matrix(I, call, rows, j.size)) != NULL;
    ok = ok && keep_grads(I, &j) && all_rows(I, call, &j, j.f, &r);
    give_back(&j);
    if (ok) {
        const NbShape *a = j.n == 1 ? nb_var_shape(j.f) : NULL;
        ok = shaped(I, call, r.to, a, nb_var_shape(j.x[0]), out);
        r.to = NULL;
    }
    nb_tensor_unref(&r.to);
    job_end(&j);
    return ok;
}

static bool do_hessian(Interp *I, const Call *call, Value *out)
{
    Job j;
    Rows r = {0};
    NbVar *g[WRT_MAX] = {NULL};
    bool ok = job_begin(I, call, &j);
    if (ok && !nb_var_is_scalar(j.f)) {
        ok = interp_fail(I, arg_at(call, 0), NB_ESHAPE, "hessian: needs one number");
    }
    ok = ok && too_many(I, call, j.size) && (r.to = matrix(I, call, j.size, j.size)) != NULL;
    ok = ok && keep_grads(I, &j) && sweep(I, call, &j, j.f, NULL, true, g);
    for (int i = 0; i < j.n && ok; i++) {
        ok = all_rows(I, call, &j, g[i], &r);
    }
    unref_all(g, j.n);
    give_back(&j);
    if (ok) {
        const NbShape *a = j.n == 1 ? nb_var_shape(j.x[0]) : NULL;
        ok = shaped(I, call, r.to, a, nb_var_shape(j.x[0]), out);
        r.to = NULL;
    }
    nb_tensor_unref(&r.to);
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
    nb_nograd_push(I->ctx);
    I->nograd++;
    NbVar *f = call_function(I, p->call, p->j);
    I->nograd--;
    nb_nograd_pop(I->ctx);
    bool ok = f != NULL;
    if (ok) {
        *out = nb_var_value(f);
    }
    nb_var_unref(&f);
    return ok;
}

/* Derivative by element k of x, whose value is put back. */
static bool difference(Interp *I, const Probe *p, NbVar *x, int64_t k, double *out)
{
    NbErr *err = nb_ctx_err(I->ctx);
    NbTensor tmp, *work = nb_tensor_copy(nb_var_data(x, &tmp), err);
    if (!work) {
        return interp_fail_ctx(I, p->call->node);
    }
    double at = work->data[k], h = 6.055454452393343e-06 * fmax(1, fabs(at)); /* cube root of eps */
    double up = at + h, down = at - h, y[2] = {0, 0};
    bool ok = interp_step(I);
    for (int i = 0; i < 2 && ok; i++) {
        work->data[k] = i == 0 ? up : down;
        ok = (nb_var_assign(x, work) == NB_OK || interp_fail_ctx(I, p->call->node)) &&
             value_at(I, p, &y[i]);
    }
    work->data[k] = at;
    bool back = nb_var_assign(x, work) == NB_OK;
    nb_tensor_unref(&work);
    *out = (y[0] - y[1]) / (up - down);
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

/* What moving changes: the leaves moved, and the graph that is recomputed with them. */
typedef struct Moved {
    NbVarState *state;
    size_t n;
} Moved;

static bool keep_moved(Interp *I, const Job *j, const NbVar *root, Moved *m)
{
    const NbTape *t = root ? nb_graph_tape((NbVar *)(uintptr_t)root) : NULL;
    size_t nodes = t ? t->nnodes : 0, n = nodes + (size_t)j->n;
    m->state = calloc(n, sizeof *m->state);
    bool ok = m->state != NULL;
    for (; ok && m->n < n; m->n += ok) {
        size_t i = m->n;
        ok = nb_var_state_save(&m->state[i], i < nodes ? t->node[i] : j->x[i - nodes]);
    }
    return ok || interp_no_memory(I, NULL);
}

/* To the last bit, stamps too: nothing is stale that was not. */
static void put_back(Moved *m)
{
    while (m->n > 0) {
        NbVarState *s = &m->state[--m->n];
        nb_var_state_swap(s);
        nb_var_state_drop(s);
    }
    free(m->state);
}

static bool do_numgrad(Interp *I, const Call *call, Value *out)
{
    Job j;
    NbVar *g[WRT_MAX] = {NULL};
    bool function = is_function(call->argv[0]);
    bool masks = nb_ctx_keep_masks(I->ctx, true);
    bool ok = job_begin(I, call, &j) && can_move(I, call, &j);
    if (ok && !function && nb_var_stale(j.f, NULL, 0, NULL)) {
        interp_fail(I, arg_at(call, 0), NB_ESTALE, "numgrad: values behind the graph changed");
        char buf[64];
        ok = interp_hint(I, "forward %s", interp_text(I, arg_at(call, 0), buf, sizeof buf));
    }
    Probe p = {call, &j, function ? NULL : j.f};
    Moved moved = {0};
    ok = ok && keep_moved(I, &j, p.root, &moved) && differences(I, &p, g);
    put_back(&moved);
    nb_ctx_keep_masks(I->ctx, masks);
    ok = ok && give(I, call, g, j.n, true, out);
    unref_all(g, j.n);
    job_end(&j);
    return ok;
}

const Builtin builtins_grad[] = {
    {.name = "grad",
     .flags = B_VALUE,
     .min_args = 2,
     .max_args = -1,
     .fn = do_grad,
     .group = "graph",
     .usage = "grad(f, x, …)",
     .doc = "Gradient of f by x as a value; .grad is untouched. f is a variable or a function of "
            "x. The result can be differentiated again.",
     .example = "def f(x) = x^3\nx = 2\ngrad(f, x)"},
    {.name = "jacobian",
     .flags = B_VALUE,
     .min_args = 2,
     .max_args = -1,
     .fn = do_jacobian,
     .group = "graph",
     .usage = "jacobian(f, x)",
     .doc = "Derivative of every element of f by every element of x, with the axes of f followed "
            "by those of x.",
     .example = "x = [1, 2]\njacobian(x^2, x)"},
    {.name = "hessian",
     .flags = B_VALUE,
     .min_args = 2,
     .max_args = -1,
     .fn = do_hessian,
     .group = "graph",
     .usage = "hessian(f, x, …)",
     .doc = "Second derivatives of f; of several variables as one matrix over all their elements.",
     .example = "x, y = 1, 2\nhessian(x^2*y, x, y)"},
    {.name = "numgrad",
     .flags = B_VALUE,
     .min_args = 2,
     .max_args = -1,
     .fn = do_numgrad,
     .group = "graph",
     .usage = "numgrad(f, x, …)",
     .doc = "Gradient of f by x from central differences, to compare with grad.",
     .example = "x = 2\nnumgrad(x^3, x)"},
};
const int builtins_grad_count = (int)(sizeof builtins_grad / sizeof builtins_grad[0]);

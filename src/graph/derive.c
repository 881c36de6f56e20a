/* derive.c -- derivatives in one call: gradient, Jacobian, Hessian times vector, check */
#include <math.h>
#include <string.h>

#include <nabla/saved.h>

#include "base/mem.h"
#include "graph/node.h"

static NbStatus fail(NbVar *any, NbStatus code, const char *text)
{
    return any ? nb_fail(&ctx_of(any)->err, code, "%s", text) : code;
}

/* That there is one number f and n variables; more may be NULL. */
static NbStatus check_call(NbVar *f, NbVar *const *x, int n, const char *name)
{
    char a[160];
    if (f) {
        nb_err_begin(&ctx_of(f)->err);
    }
    if (!f || n < 0 || (n > 0 && !x)) {
        return fail(f, NB_EVALUE, "derivative: an operand is missing");
    }
    if (is_tensor(f) && f->tensor->size != 1) {
        return nb_fail(&ctx_of(f)->err, NB_ESHAPE, "%s: f has shape %s; one number is needed", name,
                       nb_shape_text(nb_var_shape(f), a, sizeof a));
    }
    return NB_OK;
}

NbVar *nb_grad(NbVar *f, NbVar *x)
{
    NbVar *g = NULL;
    if (check_call(f, &x, 1, "grad") == NB_OK) {
        nb_gradients(f, NULL, ctx_of(f)->nograd == 0, &x, 1, &g);
    }
    return g;
}

/* --- Jacobian: one sweep for each element of f --- */

static NbTensor *jacobian_room(NbCtx *ctx, const NbVar *f, const NbVar *x)
{
    const NbShape *of = nb_var_shape(f), *by = nb_var_shape(x);
    NbShape s = *of;
    if (of->rank + by->rank > NB_MAX_RANK) {
        nb_fail(&ctx->err, NB_ESHAPE,
                "jacobian: the result would have %d axes (%d + %d); a tensor has at most %d",
                of->rank + by->rank, of->rank, by->rank, NB_MAX_RANK);
        return NULL;
    }
    memcpy(s.dim + s.rank, by->dim, (size_t)by->rank * sizeof *s.dim);
    s.rank += by->rank;
    return nb_tensor_new(&s, &ctx->err);
}

static NbStatus jacobian_row(NbVar *f, NbVar *x, NbTensor *seed, double *row)
{
    NbVar *g = NULL;
    NbTensor tmp;
    NbStatus s = nb_gradients(f, seed, false, &x, 1, &g);
    const NbTensor *t = g ? data_of(g, &tmp) : NULL;
    for (int64_t k = 0; t && k < t->size; k++) {
        row[k] = nb_tensor_at(t, k);
    }
    nb_var_unref(&g);
    return s;
}

NbVar *nb_jacobian(NbVar *f, NbVar *x)
{
    NbTensor tmp;
    if (!f || !x) {
        fail(f ? f : x, NB_EVALUE, "jacobian: an operand is missing");
        return NULL;
    }
    NbCtx *ctx = ctx_of(f);
    NbTensor *t = jacobian_room(ctx, f, x);
    NbTensor *seed = t ? nb_tensor_full(nb_var_shape(f), 0, &ctx->err) : NULL;
    NbStatus s = seed ? NB_OK : ctx->err.code;
    const int64_t columns = data_of(x, &tmp)->size;
    for (int64_t k = 0; s == NB_OK && k < seed->size; k++) {
        seed->data[k] = 1;
        s = jacobian_row(f, x, seed, t->data + k * columns);
        seed->data[k] = 0;
    }
    nb_tensor_unref(&seed);
    if (s != NB_OK) {
        nb_tensor_unref(&t);
        return NULL;
    }
    return nb_var_tensor(ctx, t, NB_CONST);
}

/* --- Hessian times vector: the gradient of gradient · v --- */

static NbStatus add_into(NbCtx *ctx, NbVar **sum, NbVar *part)
{
    NbVar *both = nb_apply2(ctx, ctx->ops->add, NB_VAR(*sum), NB_VAR(part));
    nb_var_unref(sum);
    *sum = both;
    return both ? NB_OK : ctx->err.code;
}

/* The part of the products that comes from the gradient g by one variable. */
static NbStatus hvp_part(NbCtx *ctx, NbVar *g, NbVar *v, NbVar *const *x, int n, NbVar **out)
{
    NbTensor tmp;
    NbVar **part = nb_calloc((size_t)n, sizeof(NbVar *));
    if (!part) {
        return nb_fail(&ctx->err, NB_EMEM, "out of memory for derivatives");
    }
    NbStatus s = nb_gradients(g, data_of(v, &tmp), false, x, n, part);
    for (int i = 0; s == NB_OK && i < n; i++) {
        if (out[i]) {
            ctx->nograd++;
            s = add_into(ctx, &out[i], part[i]);
            ctx->nograd--;
        } else {
            out[i] = nb_var_ref(part[i]);
        }
    }
    for (int i = 0; i < n; i++) {
        nb_var_unref(&part[i]);
    }
    nb_free(part);
    return s;
}

static NbStatus check_vectors(NbVar *f, NbVar *const *x, NbVar *const *v, int n)
{
    char a[160], b[160];
    NbCtx *ctx = ctx_of(f);
    for (int i = 0; i < n; i++) {
        if (!x[i] || !v[i] || ctx_of(x[i]) != ctx || ctx_of(v[i]) != ctx) {
            return nb_fail(&ctx->err, NB_EVALUE, "hvp: variable %d is %s", i + 1,
                           x[i] && v[i] ? "of another context" : "missing");
        }
        if (!nb_shape_equal(nb_var_shape(x[i]), nb_var_shape(v[i]))) {
            return nb_fail(&ctx->err, NB_ESHAPE, "hvp: vector %s does not fit variable %s",
                           nb_shape_text(nb_var_shape(v[i]), a, sizeof a),
                           nb_shape_text(nb_var_shape(x[i]), b, sizeof b));
        }
    }
    if (ctx->nograd > 0) {
        return nb_fail(&ctx->err, NB_EVALUE, "hvp: second derivatives need a graph, not nograd");
    }
    return NB_OK;
}

NbStatus nb_hvp(NbVar *f, NbVar *const *x, NbVar *const *v, int n, NbVar **out)
{
    NbStatus s = check_call(f, x, n, "hvp");
    if (s != NB_OK || n == 0 || !v || !out) {
        return s != NB_OK || n == 0 ? s : fail(f, NB_EVALUE, "hvp: an operand is missing");
    }
    memset(out, 0, (size_t)n * sizeof *out);
    NbCtx *ctx = ctx_of(f);
    s = check_vectors(f, x, v, n);
    NbVar **g = s == NB_OK ? nb_calloc((size_t)n, sizeof(NbVar *)) : NULL;
    if (!g) {
        return s != NB_OK ? s : nb_fail(&ctx->err, NB_EMEM, "out of memory for derivatives");
    }
    s = nb_gradients(f, NULL, true, x, n, g);
    for (int i = 0; s == NB_OK && i < n; i++) {
        s = hvp_part(ctx, g[i], v[i], x, n, out);
    }
    for (int i = 0; i < n; i++) {
        nb_var_unref(&g[i]);
        if (s != NB_OK) {
            nb_var_unref(&out[i]);
        }
    }
    nb_free(g);
    return s;
}

/* --- check: central differences beside the gradient --- */

#define STEP 6.055454452393343e-06 /* cube root of the distance from 1 to the next number */

/* f with element k of the leaf's numbers at `at`. */
static NbStatus value_at(NbTrial *trial, NbVar *f, NbVar *leaf, double *numbers, int64_t k,
                         double at, double *y)
{
    const double before = numbers[k];
    numbers[k] = at;
    const bool written = nb_trial_write(trial, leaf, numbers);
    numbers[k] = before;
    if (!written) {
        return fail(f, NB_ETYPE, "gradcheck: f does not depend on a variable, or not on a leaf");
    }
    NbStatus s = nb_forward(f, false, NULL);
    *y = nb_var_value(f);
    return s;
}

static NbStatus check_leaf(NbTrial *trial, NbVar *f, NbVar *leaf, const NbVar *g, double *worst)
{
    NbTensor tx, tg;
    NbCtx *ctx = ctx_of(f);
    const int64_t n = data_of(leaf, &tx)->size;
    double *numbers = nb_alloc(((size_t)n + 1) * sizeof *numbers);
    if (!numbers) {
        return nb_fail(&ctx->err, NB_EMEM, "out of memory for derivatives");
    }
    NbStatus s = nb_var_numbers(leaf, numbers, n);
    for (int64_t k = 0; s == NB_OK && k < n; k++) {
        const double at = numbers[k], h = STEP * fmax(1, fabs(at)), up = at + h, down = at - h;
        double above = 0, below = 0;
        s = value_at(trial, f, leaf, numbers, k, up, &above);
        s = s == NB_OK ? value_at(trial, f, leaf, numbers, k, down, &below) : s;
        const double quotient = (above - below) / (up - down);
        const double off = fabs(nb_tensor_at(data_of(g, &tg), k) - quotient);
        *worst = fmax(*worst, isnan(off) ? INFINITY : off / fmax(1, fabs(quotient)));
    }
    if (s == NB_OK) {
        nb_trial_write(trial, leaf, numbers);
    }
    nb_free(numbers);
    return s;
}

NbStatus nb_gradcheck(NbVar *f, NbVar *const *x, int n, double *worst)
{
    NbStatus s = check_call(f, x, n, "gradcheck");
    if (s != NB_OK || n == 0 || !worst) {
        return s != NB_OK ? s : fail(f, NB_EVALUE, "gradcheck: an operand is missing");
    }
    NbCtx *ctx = ctx_of(f);
    NbVar **g = nb_calloc((size_t)n, sizeof(NbVar *));
    if (!g) {
        return nb_fail(&ctx->err, NB_EMEM, "out of memory for derivatives");
    }
    *worst = 0;
    s = nb_gradients(f, NULL, false, x, n, g);
    NbTrial *trial = s == NB_OK ? nb_trial_begin(f, NULL, 0, NB_TRIAL_LOOK) : NULL;
    s = s == NB_OK && !trial ? ctx->err.code : s;
    for (int i = 0; s == NB_OK && i < n; i++) {
        s = check_leaf(trial, f, x[i], g[i], worst);
    }
    const NbErr told = ctx->err; /* the end of a trial puts back the error too */
    nb_trial_end(&trial);
    if (s != NB_OK) {
        ctx->err = told;
    }
    for (int i = 0; i < n; i++) {
        nb_var_unref(&g[i]);
    }
    nb_free(g);
    return s;
}

/* --- all gradients --- */

NbStatus nb_clear_grads(NbVar *root)
{
    if (!root) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(root);
    nb_err_begin(&ctx->err);
    Tape *t = root->kind == NB_INNER ? tape_of(ctx, root) : NULL;
    if (root->kind == NB_INNER && !t) {
        return ctx->err.code;
    }
    for (size_t i = 0; t && i < t->pub.nleaves; i++) {
        nb_var_clear_grad(t->pub.leaf[i]);
    }
    for (size_t i = 0; t && i < t->pub.nnodes; i++) {
        nb_var_clear_grad(t->pub.node[i]);
    }
    nb_var_clear_grad(root);
    return NB_OK;
}

/* hooks.c -- what may be done to the optimizer's copy of the gradients before a step */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "optim/rules.h"

/* --- the rules --- */

/* g = g + λp */
static void weight_decay(double *const g[], const double *const p[], const int64_t *size, int n,
                         double lambda)
{
    for (int i = 0; i < n; i++) {
        for (int64_t j = 0; j < size[i]; j++) {
            g[i][j] += lambda * p[i][j];
        }
    }
}

const NbHookRule nb_hook_weight_decay = {
    .name = "weight_decay",
    .param = "lambda",
    .lo = 0,
    .hi = INFINITY,
    .apply = weight_decay,
    .torch = "weight_decay({x})",
    .formula = "g = g + λp",
    .doc = "Adds λ times the parameter to its gradient: the gradient of λ/2·Σp².",
    .example = "x = 1\nopt = sgd(x, lr=0.1, hooks=[weight_decay(0.01)])",
};

/* √Σ(g/unit)² over all parameters */
static double norm_in(double *const g[], const int64_t *size, int n, double unit)
{
    double squares = 0;
    for (int i = 0; i < n; i++) {
        for (int64_t j = 0; j < size[i]; j++) {
            const double d = unit == 1 ? g[i][j] : g[i][j] / unit;
            squares += d * d;
        }
    }
    return sqrt(squares);
}

static double largest(double *const g[], const int64_t *size, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++) {
        for (int64_t j = 0; j < size[i]; j++) {
            most = fabs(g[i][j]) > most ? fabs(g[i][j]) : most;
        }
    }
    return most;
}

/* n = √Σg² over all parameters; if n > max: g = g·max/n */
static void clip_grad(double *const g[], const double *const p[], const int64_t *size, int n,
                      double max)
{
    (void)p;
    double unit = 1, norm = norm_in(g, size, n, unit);
    if (!(norm > 1e-140 && norm < 1e150)) { /* squares may have left the range of a double */
        const double most = largest(g, size, n);
        unit = most > 0 && most <= DBL_MAX ? most : 1;
        norm = norm_in(g, size, n, unit);
    }
    if (!(norm > max / unit)) {
        return;
    }
    for (int i = 0; i < n; i++) {
        for (int64_t j = 0; j < size[i]; j++) {
            g[i][j] = unit == 1 ? g[i][j] * (max / norm) : g[i][j] / unit / norm * max;
        }
    }
}

const NbHookRule nb_hook_clip_grad = {
    .name = "clip_grad",
    .param = "max",
    .lo = 0,
    .hi = INFINITY,
    .apply = clip_grad,
    .torch = "clip_grad({x})",
    .formula = "n = √Σg² over all parameters; if n > max: g = g·max/n",
    .doc = "Shortens the gradient of all parameters together to at most max.",
    .example = "x = 1\nopt = sgd(x, lr=0.1, hooks=[clip_grad(1.0)])",
};

/* --- running them --- */

static NbStatus run_rule(NbCtx *ctx, const Hook *h, const HookPart *part, size_t parts)
{
    double **g = nb_alloc(parts * sizeof *g);
    const double **p = nb_alloc(parts * sizeof *p);
    int64_t *size = nb_alloc(parts * sizeof *size);
    bool ok = g && p && size;
    for (size_t i = 0; ok && i < parts; i++) {
        NbTensor tmp;
        g[i] = part[i].g;
        p[i] = nb_var_data(part[i].var, &tmp)->data;
        size[i] = part[i].n;
    }
    if (ok) {
        h->rule->apply(g, p, size, (int)parts, h->value);
    }
    nb_free(g);
    nb_free(p);
    nb_free(size);
    return ok ? NB_OK : nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for hooks");
}

/* A leaf with v's name and value and this gradient. */
static NbVar *stand_in(NbCtx *ctx, const HookPart *part)
{
    NbVar *p = nb_var_copy(part->var, NB_LEAF);
    NbTensor *g = p ? nb_tensor_from(nb_var_shape(p), part->g, nb_ctx_err(ctx)) : NULL;
    if (p && nb_var_name(part->var)) {
        nb_var_set_name(p, nb_var_name(part->var), true);
    }
    if (!g || nb_var_set_grad(p, g) != NB_OK) {
        nb_var_unref(&p);
    }
    nb_tensor_unref(&g);
    return p;
}

static NbStatus run_function(NbCtx *ctx, const Hook *h, const HookPart *part)
{
    NbVar *p = stand_in(ctx, part);
    NbTensor tmp;
    if (!p) {
        return nb_ctx_err(ctx)->code;
    }
    NbStatus s = h->fn(h->user, p);
    const NbTensor *g = s == NB_OK ? nb_var_grad_data(p, &tmp) : NULL;
    for (int64_t i = 0; g && i < part->n; i++) {
        part->g[i] = nb_tensor_at(g, i);
    }
    if (s == NB_OK && !g) {
        const char *name = nb_var_name(p);
        s = nb_fail(nb_ctx_err(ctx), NB_EVALUE, "hook %s left no gradient of %s", h->name,
                    name ? name : "a parameter");
    }
    nb_var_unref(&p);
    return s;
}

NbStatus hooks_run(NbCtx *ctx, const Hook *hook, int nhooks, const HookPart *part, size_t parts)
{
    NbStatus s = NB_OK;
    for (int k = 0; k < nhooks && s == NB_OK; k++) {
        if (hook[k].rule) {
            s = run_rule(ctx, &hook[k], part, parts);
        }
        for (size_t i = 0; !hook[k].rule && i < parts && s == NB_OK; i++) {
            s = run_function(ctx, &hook[k], &part[i]);
        }
    }
    return s;
}

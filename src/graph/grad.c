/* grad.c -- scopes in which gradient rules run, and sweeps whose gradients are graphs */
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"

/* --- scopes --- */

void scope_open(NbGrad *G, NbCtx *ctx, NbVar *node, NbVar *out)
{
    G->ctx = ctx;
    G->node = node;
    G->out = out;
    G->tmp = G->few;
    G->n = 0;
    G->cap = sizeof G->few / sizeof *G->few;
}

void scope_close(NbGrad *G)
{
    for (size_t i = G->n; i-- > 0;) {
        nb_var_unref(&G->tmp[i]);
    }
    if (G->tmp != G->few) {
        nb_free(G->tmp);
    }
}

/* Takes v into the scope; NULL when there is none or no room. */
static NbVar *own(NbGrad *G, NbVar *v)
{
    if (!v) {
        return NULL;
    }
    if (G->n == G->cap) {
        NbVar **more = nb_alloc(2 * G->cap * sizeof *more);
        if (!more) {
            nb_var_unref(&v);
            nb_fail(&G->ctx->err, NB_EMEM, "out of memory in a gradient rule");
            return NULL;
        }
        memcpy(more, G->tmp, G->n * sizeof *more);
        if (G->tmp != G->few) {
            nb_free(G->tmp);
        }
        G->tmp = more;
        G->cap *= 2;
    }
    return G->tmp[G->n++] = v;
}

NbVar *nb_g_out(NbGrad *G)
{
    return G ? G->out : NULL;
}

NbVar *nb_g_in(NbGrad *G, int i)
{
    if (!G || i < 0 || i >= G->node->nin) {
        return NULL;
    }
    NbArg a = nb_var_input(G->node, i);
    return a.var ? a.var : nb_g_num(G, a.num);
}

NbVar *nb_g_y(NbGrad *G)
{
    return G ? G->node : NULL;
}

const NbAttrs *nb_g_attrs(NbGrad *G)
{
    return G ? nb_var_attrs(G->node) : NULL;
}

int nb_g_inputs(NbGrad *G)
{
    return G ? G->node->nin : 0;
}

NbCtx *nb_g_ctx(NbGrad *G)
{
    return G ? G->ctx : NULL;
}

NbVar *nb_g_num(NbGrad *G, double v)
{
    return G ? own(G, nb_var_scalar(G->ctx, v, NB_CONST)) : NULL;
}

NbVar *nb_g_const(NbGrad *G, NbTensor *t)
{
    if (!G) {
        nb_tensor_unref(&t);
        return NULL;
    }
    return own(G, nb_var_tensor(G->ctx, t, NB_CONST));
}

NbVar *nb_g_apply(NbGrad *G, const NbOp *op, const NbArg *in, int n, const NbAttrs *attrs)
{
    if (!G || G->ctx->err.code != NB_OK) {
        return NULL;
    }
    return own(G, nb_apply(G->ctx, op, in, n, attrs));
}

/* A const scalar operand is folded, so that gradient graphs read as formulas: 2 * x. */
static NbArg folded(const NbVar *v)
{
    if (v->kind == NB_CONST && !is_tensor(v) && !v->name && !(v->flags & NODE_CUT)) {
        return NB_NUM(v->value);
    }
    return NB_VAR((NbVar *)(uintptr_t)v);
}

NbVar *nb_g_1(NbGrad *G, const NbOp *op, NbVar *a)
{
    return G && a ? own(G, nb_apply1(G->ctx, op, a)) : NULL;
}

NbVar *nb_g_2(NbGrad *G, const NbOp *op, NbVar *a, NbVar *b)
{
    return G && a && b ? own(G, nb_apply2(G->ctx, op, folded(a), folded(b))) : NULL;
}

NbVar *nb_g_2k(NbGrad *G, const NbOp *op, NbVar *a, double b)
{
    return G && a ? own(G, nb_apply2(G->ctx, op, folded(a), NB_NUM(b))) : NULL;
}

NbVar *nb_g_k2(NbGrad *G, const NbOp *op, double a, NbVar *b)
{
    return G && b ? own(G, nb_apply2(G->ctx, op, NB_NUM(a), folded(b))) : NULL;
}

/* --- a rule's result in its operand's shape --- */

static NbVar *to_shape(NbGrad *G, NbVar *g, const NbShape *shape)
{
    const NbShape *have = nb_var_shape(g);
    if (nb_shape_equal(have, shape)) {
        return g;
    }
    NbAttrs a;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = *shape;
    NbShape both;
    bool grows = nb_shape_broadcast(have, shape, &both, NULL) == NB_OK &&
                 nb_shape_equal(&both, shape);
    const NbSweepOps *ops = G->ctx->ops;
    return nb_g_apply(G, grows ? ops->broadcast_to : ops->sum_to, &NB_VAR(g), 1, &a);
}

NbVar *rule_apply(NbGrad *G, int i)
{
    if (!G->node->op->grad) {
        nb_fail(&G->ctx->err, NB_EVALUE, "%s cannot be differentiated", G->node->op->name);
        return NULL;
    }
    NbVar *g = G->node->op->grad(G, i);
    if (g) {
        g = to_shape(G, g, nb_var_shape(arg_of(G->node, i).var));
    }
    return G->ctx->err.code == NB_OK ? nb_var_ref(g) : NULL;
}

/* --- sweeps whose gradients are graphs --- */

/* to's running gradient += g; takes g. */
static NbStatus add_graph(NbCtx *ctx, NbVar *to, NbVar *g)
{
    NbExt *e = node_ext(ctx, to);
    if (!e) {
        nb_var_unref(&g);
        return ctx->err.code;
    }
    if (!e->gsweep) {
        e->gsweep = g;
        return NB_OK;
    }
    NbVar *sum = nb_apply2(ctx, ctx->ops->add, NB_VAR(e->gsweep), NB_VAR(g));
    nb_var_unref(&g);
    if (!sum) {
        return ctx->err.code;
    }
    nb_var_unref(&e->gsweep);
    e->gsweep = sum;
    return NB_OK;
}

static NbStatus push_graph(NbCtx *ctx, NbVar *v)
{
    NbGrad G;
    scope_open(&G, ctx, v, v->ext->gsweep);
    NbStatus s = NB_OK;
    for (int i = 0; s == NB_OK && i < v->nin; i++) {
        NbVar *to = arg_of(v, i).var;
        if (!to || !takes_gradient(to)) {
            continue;
        }
        NbVar *g = rule_apply(&G, i);
        s = g ? add_graph(ctx, to, g) : ctx->err.code;
    }
    scope_close(&G);
    return s;
}

static NbVar *seed_graph(NbCtx *ctx, const NbVar *root, const NbTensor *seed)
{
    if (seed) {
        return nb_var_tensor(ctx, nb_tensor_copy(seed, &ctx->err), NB_CONST);
    }
    if (is_tensor(root)) {
        return nb_var_tensor(ctx, nb_tensor_full(&root->tensor->shape, 1, &ctx->err), NB_CONST);
    }
    return nb_var_scalar(ctx, 1, NB_CONST);
}

static void forget_sweep(NbVar **v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i]->ext) {
            nb_var_unref(&v[i]->ext->gsweep);
        }
    }
}

/* v's gradient becomes the running one: g takes over its reference. */
static void hold(NbCtx *ctx, NbVar *v, NbVar *g)
{
    grad_drop_graph(ctx, v);
    v->ext->gvar = g;
    holder_add(ctx, v);
    v->flags |= NODE_GRAD;
}

/* where(1, g, v): a gradient no variable has a part in still varies with its leaf, to zeros, so
 * that it can be swept as any other: the third derivative of x² is 0, not an error. Takes g. */
static NbVar *over_leaf(NbCtx *ctx, NbVar *v, NbVar *g)
{
    const NbArg in[3] = {NB_NUM(1), folded(g), NB_VAR(v)};
    if (takes_gradient(g) || ctx->nograd > 0) {
        return g;
    }
    NbVar *y = nb_apply(ctx, ctx->ops->where, in, 3, NULL);
    nb_var_unref(&g);
    return y;
}

static bool adds_to_held(const NbVar *v, bool replace)
{
    return (v->flags & NODE_GRAD) && !replace;
}

/* What a leaf is to hold, made ready for all before any is changed: all of this may fail. */
static NbStatus ready_graph(NbCtx *ctx, NbVar *v, bool replace)
{
    NbVar *g = v->ext ? v->ext->gsweep : NULL;
    if (!g) {
        return NB_OK;
    }
    v->ext->gsweep = NULL;
    if (adds_to_held(v, replace)) {
        NbVar *old = nb_var_grad(v);
        NbVar *sum = old ? nb_apply2(ctx, ctx->ops->add, NB_VAR(old), NB_VAR(g)) : NULL;
        nb_var_unref(&old);
        nb_var_unref(&g);
        g = sum;
    }
    v->ext->gsweep = g ? over_leaf(ctx, v, g) : NULL;
    return v->ext->gsweep ? NB_OK : ctx->err.code;
}

static void commit_graph(NbCtx *ctx, NbVar *v, bool replace, uint64_t now)
{
    if (!v->ext || !v->ext->gsweep) {
        if (replace) {
            nb_var_clear_grad(v);
        }
        return;
    }
    touch(ctx, v);
    bool had = adds_to_held(v, replace);
    NbVar *g = v->ext->gsweep;
    v->ext->gsweep = NULL;
    hold(ctx, v, g);
    v->sweeps = had ? v->sweeps + 1 : 1;
    v->swept = now;
}

/* Running gradients of everything behind root. */
static NbStatus run_graph(NbCtx *ctx, Tape *t, NbVar *root, const NbTensor *given)
{
    NbVar *seed = seed_graph(ctx, root, given);
    NbStatus s = seed ? add_graph(ctx, root, seed) : ctx->err.code;
    for (size_t i = t->pub.nnodes; s == NB_OK && i-- > 0;) {
        NbVar *v = t->pub.node[i];
        if (nb_ctx_interrupted(ctx)) {
            s = nb_fail(&ctx->err, NB_EINTERRUPT, "stopped");
        } else if (v->ext && v->ext->gsweep) {
            s = push_graph(ctx, v);
        }
    }
    return s;
}

NbStatus sweep_graph(NbCtx *ctx, Tape *t, NbVar *root, const NbSweep *options)
{
    if (ctx->nholders > ctx->collect_at) {
        nb_collect_cycles(ctx);
        ctx->collect_at = ctx->nholders < 128 ? 256 : 2 * ctx->nholders;
    }
    NbStatus s = run_graph(ctx, t, root, options->seed);
    for (size_t i = 0; s == NB_OK && i < t->pub.nleaves; i++) {
        s = ready_graph(ctx, t->pub.leaf[i], options->replace);
    }
    uint64_t now = s == NB_OK ? tape_swept(ctx, t, root, options->drop_inner) : 0;
    for (size_t i = 0; s == NB_OK && i < t->pub.nleaves; i++) {
        commit_graph(ctx, t->pub.leaf[i], options->replace, now);
    }
    ctx->hidden++;
    for (size_t i = 0; s == NB_OK && i < t->pub.nnodes; i++) {
        NbVar *v = t->pub.node[i];
        v->flags &= (uint8_t)~NODE_GRAD;
        grad_drop_graph(ctx, v);
        if (v->ext && v->ext->gsweep && !options->drop_inner) {
            NbVar *g = v->ext->gsweep;
            v->ext->gsweep = NULL;
            hold(ctx, v, g);
        }
    }
    forget_sweep(t->pub.node, t->pub.nnodes);
    forget_sweep(t->pub.leaf, t->pub.nleaves);
    return s;
}

/* --- gradients as values --- */

static NbVar *zeros_like(NbCtx *ctx, const NbVar *v)
{
    return nb_var_tensor(ctx, nb_tensor_full(nb_var_shape(v), 0, &ctx->err), NB_CONST);
}

/* The running gradient of v as a value. The same variable may be asked for twice. */
static NbVar *running(NbCtx *ctx, NbVar *v)
{
    if (!v->ext || !v->ext->gsweep) {
        return zeros_like(ctx, v);
    }
    if (v->kind == NB_LEAF) {
        NbVar *g = v->ext->gsweep;
        v->ext->gsweep = NULL;
        v->ext->gsweep = over_leaf(ctx, v, g);
    }
    return nb_var_ref(v->ext->gsweep);
}

static NbStatus run_gradients(NbCtx *ctx, NbVar *root, const NbTensor *seed, NbVar *const *x, int n,
                              NbVar **out)
{
    Tape *t = takes_gradient(root) ? sweep_ready(ctx, root, seed) : NULL;
    NbStatus s = t                      ? run_graph(ctx, t, root, seed)
                 : takes_gradient(root) ? ctx->err.code
                                        : NB_OK; /* zeros, as of any x it does not depend on */
    for (int i = 0; i < n && s == NB_OK; i++) {
        out[i] = running(ctx, x[i]);
        s = out[i] ? NB_OK : ctx->err.code;
    }
    if (t) {
        forget_sweep(t->pub.node, t->pub.nnodes);
        forget_sweep(t->pub.leaf, t->pub.nleaves);
    }
    return s;
}

static NbStatus check_asked(NbCtx *ctx, NbVar *const *x, int n)
{
    for (int i = 0; i < n; i++) {
        if (!x[i]) {
            return nb_fail(&ctx->err, NB_EVALUE, "gradients: variable %d is missing", i + 1);
        }
        if (ctx_of(x[i]) != ctx) {
            return nb_fail(&ctx->err, NB_EVALUE, "gradients: variable of another context");
        }
    }
    return NB_OK;
}

NbStatus nb_gradients(NbVar *root, const NbTensor *seed, bool graph, NbVar *const *x, int n,
                      NbVar **out)
{
    if (n < 0 || (n > 0 && (!x || !out))) {
        return NB_EVALUE;
    }
    if (n > 0) {
        memset(out, 0, (size_t)n * sizeof *out);
    }
    if (!root) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(root);
    nb_err_begin(&ctx->err);
    NbStatus s = check_asked(ctx, x, n);
    if (s != NB_OK) {
        return s;
    }
    ctx->nograd += !graph;
    s = run_gradients(ctx, root, seed, x, n, out);
    ctx->nograd -= !graph;
    for (int i = 0; i < n && s != NB_OK; i++) {
        nb_var_unref(&out[i]);
    }
    return s;
}

/* backward.c -- first-order reverse sweep over a recorded graph */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"

#define POLL_NODES 2048

/* --- contributions: the first write of a sweep stores, later ones add --- */

static inline void add_scalar(NbVar *v, double g, uint64_t sweep)
{
    if (v->sweep == sweep) {
        v->adj += g;
    } else {
        v->adj = g;
        v->sweep = sweep;
    }
}

/* Room for v's adjoint that nobody else holds; what another name holds is left to it. */
static NbTensor *adjoint(NbCtx *ctx, NbVar *v, uint64_t sweep)
{
    NbTensor *t = v->atensor;
    if (t && (t->refs > 1 || !t->contiguous || !nb_tensor_sole(t))) {
        if (v->sweep == sweep) { /* already holds this sweep's sum: cannot be shared */
            return t;
        }
        nb_tensor_unref(&v->atensor);
        t = NULL;
    }
    if (!t) {
        t = v->atensor = nb_tensor_new(&v->tensor->shape, &ctx->err);
    }
    return t;
}

static NbStatus add_tensor(NbCtx *ctx, NbVar *v, const NbTensor *g, uint64_t sweep)
{
    if (!is_tensor(v)) {
        add_scalar(v, *g->data, sweep);
        return NB_OK;
    }
    bool add = v->sweep == sweep;
    NbTensor *t = adjoint(ctx, v, sweep);
    if (!t) {
        return ctx->err.code;
    }
    if (add) {
        nb_tensor_add(t, g);
    } else {
        NbStatus s = nb_tensor_assign(t, g, &ctx->err);
        if (s != NB_OK) {
            return s;
        }
    }
    v->sweep = sweep;
    return NB_OK;
}

/* --- one node --- */

static inline void push_scalar(NbVar *v, uint64_t sweep)
{
    NbVar *a = v->in[0], *b = v->in[1];
    bool ta = a && takes_gradient(a), tb = b && takes_gradient(b);
    double ga, gb;
    arith_pull(v, a ? a->value : v->num, b ? b->value : v->num, v->adj, ta, tb, &ga, &gb);
    if (ta) {
        add_scalar(a, ga, sweep);
    }
    if (tb) {
        add_scalar(b, gb, sweep);
    }
}

/* Through the operation's numeric kernel, straight into the operand's adjoint. */
static NbStatus push_kernel(NbCtx *ctx, NbVar *v, NbVar *to, int i, NbTensors in,
                            const NbTensor *out, const NbTensor *gout, uint64_t sweep)
{
    bool add = to->sweep == sweep;
    const NbAttrs *a = v->ext ? v->ext->attrs : NULL;
    NbTensor scalar;
    NbTensor *gin = is_tensor(to) ? adjoint(ctx, to, sweep)
                                  : (scalar = nb_tensor_scalar(&to->adj), &scalar);
    if (!gin) {
        return ctx->err.code;
    }
    to->sweep = sweep;
    return v->op->vjp(in, v->nin, a, out, gout, i, gin, add, &ctx->err);
}

/* Through the gradient rule, whose results carry no edges here. */
static NbStatus push_rule(NbCtx *ctx, NbGrad *G, NbVar *to, int i, uint64_t sweep)
{
    NbVar *g = rule_apply(G, i);
    if (!g) {
        return ctx->err.code;
    }
    NbTensor tmp;
    NbStatus s = add_tensor(ctx, to, data_of(g, &tmp), sweep);
    nb_var_unref(&g);
    return s;
}

static NbStatus push_general(NbCtx *ctx, NbVar *v, uint64_t sweep)
{
    enum { FEW = 4 };
    NbTensor few_tmp[FEW], out_tmp, gout_tmp;
    const NbTensor *few_at[FEW];
    double num[FEW];
    bool kernel = v->op->vjp && v->nin <= FEW;
    for (int i = 0; kernel && i < v->nin; i++) {
        NbArg a = arg_of(v, i);
        num[i] = a.num;
        few_tmp[i] = nb_tensor_scalar(&num[i]);
        few_at[i] = a.var ? data_of(a.var, &few_tmp[i]) : &few_tmp[i];
    }
    const NbTensor *out = data_of(v, &out_tmp);
    const NbTensor *gout = is_tensor(v) ? v->atensor
                                        : (gout_tmp = nb_tensor_scalar(&v->adj), &gout_tmp);
    NbGrad G;
    NbVar *gvar = NULL;
    bool open = false;
    NbStatus s = NB_OK;
    for (int i = 0; s == NB_OK && i < v->nin; i++) {
        NbVar *to = arg_of(v, i).var;
        if (!to || !takes_gradient(to)) {
            continue;
        }
        if (kernel) {
            s = push_kernel(ctx, v, to, i, few_at, out, gout, sweep);
            continue;
        }
        if (!open) {
            gvar = is_tensor(v) ? nb_var_tensor(ctx, nb_tensor_ref(v->atensor), NB_CONST)
                                : nb_var_scalar(ctx, v->adj, NB_CONST);
            if (!gvar) {
                return ctx->err.code;
            }
            scope_open(&G, ctx, v, gvar);
            open = true;
        }
        s = push_rule(ctx, &G, to, i, sweep);
    }
    if (open) {
        scope_close(&G);
        nb_var_unref(&gvar);
    }
    return s;
}

static inline NbStatus push(NbCtx *ctx, NbVar *v, uint64_t sweep)
{
    if (v->flags & NODE_SCALAR) {
        push_scalar(v, sweep);
        return NB_OK;
    }
    return push_general(ctx, v, sweep);
}

/* --- the sweep --- */

static NbStatus seed_root(NbCtx *ctx, NbVar *root, const NbTensor *seed, uint64_t sweep)
{
    if (seed) {
        return add_tensor(ctx, root, seed, sweep);
    }
    if (!is_tensor(root)) {
        add_scalar(root, 1, sweep);
        return NB_OK;
    }
    double one = 1;
    NbTensor t = nb_tensor_scalar(&one);
    return add_tensor(ctx, root, &t, sweep);
}

static NbStatus sweep_numbers(NbCtx *ctx, Tape *t, NbVar *root, const NbTensor *seed,
                              bool drop_inner, uint64_t sweep)
{
    NbStatus s = seed_root(ctx, root, seed, sweep);
    ctx->nograd++; /* rules compute numbers only */
    ctx->hidden += drop_inner;
    for (size_t i = t->pub.nnodes; s == NB_OK && i-- > 0;) {
        NbVar *v = t->pub.node[i];
        if (v->sweep != sweep) {
            v->flags &= (uint8_t)~NODE_GRAD;
            ctx->hidden++;
            continue;
        }
        if ((v->flags & NODE_SCALAR) && !v->ext && !drop_inner && i % POLL_NODES > 0) {
            v->flags |= NODE_GRAD;
            push_scalar(v, sweep);
            continue;
        }
        if ((is_tensor(v) || i % POLL_NODES == 0) && nb_ctx_interrupted(ctx)) {
            s = nb_fail(&ctx->err, NB_EINTERRUPT, "stopped");
            break;
        }
        if (v->ext && v->ext->gvar) {
            grad_drop_graph(ctx, v);
        }
        if (drop_inner) {
            v->flags &= (uint8_t)~NODE_GRAD;
        } else {
            v->flags |= NODE_GRAD;
        }
        s = push(ctx, v, sweep);
        if (drop_inner && is_tensor(v)) {
            nb_tensor_unref(&v->atensor);
        }
    }
    ctx->nograd--;
    return s;
}

/* A broken sweep leaves no half gradients to be shown. */
static void forget_inner(NbCtx *ctx, Tape *t)
{
    ctx->hidden++;
    for (size_t i = 0; i < t->pub.nnodes; i++) {
        t->pub.node[i]->flags &= (uint8_t)~NODE_GRAD;
    }
}

static inline bool finite_gradient(const NbVar *v)
{
    int64_t count;
    return is_tensor(v) ? nb_tensor_nonfinite(v->atensor, &count) < 0 : fabs(v->adj) <= DBL_MAX;
}

/* Adds the scratch gradient of a leaf to what it holds; tensors nobody else holds are reused. */
static NbStatus commit_rare(NbCtx *ctx, NbVar *v, bool replace, uint64_t now)
{
    bool had = (v->flags & NODE_GRAD) && !replace;
    if (v->ext && v->ext->gvar) {
        if (had) { /* continue from the graph's number */
            NbTensor tmp;
            const NbTensor *g = data_of(v->ext->gvar, &tmp);
            if (is_tensor(v)) {
                nb_tensor_unref(&v->gtensor);
                v->gtensor = nb_tensor_copy(g, &ctx->err);
                if (!v->gtensor) {
                    return ctx->err.code;
                }
            } else {
                v->grad = *g->data;
            }
        }
        grad_drop_graph(ctx, v);
    }
    if (!is_tensor(v)) {
        v->grad = had ? v->grad + v->adj : v->adj;
    } else if (!had) {
        NbTensor *spare = v->gtensor;
        v->gtensor = v->atensor;
        v->atensor = spare;
    } else {
        if (v->gtensor->refs > 1 || !nb_tensor_sole(v->gtensor)) {
            NbTensor *own = nb_tensor_copy(v->gtensor, &ctx->err);
            if (!own) {
                return ctx->err.code;
            }
            nb_tensor_unref(&v->gtensor);
            v->gtensor = own;
        }
        nb_tensor_add(v->gtensor, v->atensor);
    }
    v->sweeps = had ? v->sweeps + 1 : 1;
    v->swept = now;
    v->flags |= NODE_GRAD;
    return NB_OK;
}

static inline NbStatus commit(NbCtx *ctx, NbVar *v, bool replace, uint64_t now)
{
    touch(ctx, v);
    if (is_tensor(v) || v->ext) {
        return commit_rare(ctx, v, replace, now);
    }
    bool had = (v->flags & NODE_GRAD) && !replace;
    v->grad = had ? v->grad + v->adj : v->adj;
    v->sweeps = had ? v->sweeps + 1 : 1;
    v->swept = now;
    v->flags |= NODE_GRAD;
    return NB_OK;
}

/* --- where a gradient stopped being finite --- */

/* What the sweep brings to v, as it is after it; false when it is there no more. */
static bool arrived(const NbVar *v, NbAmount *a)
{
    *a = is_tensor(v) ? (NbAmount){0, v->atensor} : (NbAmount){v->adj, NULL};
    return !is_tensor(v) || v->atensor;
}

static int64_t amount_nonfinite(const NbAmount *a, int64_t *count)
{
    *count = 1;
    return a->tensor ? nb_tensor_nonfinite(a->tensor, count) : isfinite(a->num) ? -1 : 0;
}

static double amount_at(const NbAmount *a, int64_t i)
{
    return a->tensor ? nb_tensor_at(a->tensor, i) : a->num;
}

/* What arrives at v for the element of its operand, where each stands for one of the other. */
static double upstream_at(const NbVar *v, const NbVar *in, int64_t i)
{
    NbAmount up;
    const bool beside = nb_shape_equal(nb_var_shape(v), nb_var_shape(in));
    return beside && arrived(v, &up) ? amount_at(&up, i) : NAN;
}

/* The where, or another choice by a mask, that v is a branch of. */
static const NbVar *chooser_of(const Tape *t, const NbVar *v)
{
    for (size_t i = 0; i < t->pub.nnodes; i++) {
        const NbVar *user = t->pub.node[i];
        for (int k = 0; k < user->nin && (user->op->flags & NB_OP_CHOOSES); k++) {
            if (arg_of(user, k).var == v) {
                return user;
            }
        }
    }
    return NULL;
}

/* The part that v gives to its operand k, when that is not finite. */
static bool spoils(const Tape *t, NbVar *v, int k, NbNonFinite *what)
{
    NbAmount up, part = {0, NULL};
    if (!arrived(v, &up) || nb_contribution_from(v, k, &up, &part) != NB_OK) {
        nb_err_clear(&ctx_of(v)->err);
        return false;
    }
    NbVar *in = arg_of(v, k).var;
    int64_t count, first = amount_nonfinite(&part, &count);
    if (first >= 0) {
        *what = (NbNonFinite){.node = v,
                              .gradient = true,
                              .input = k,
                              .first = first,
                              .count = count,
                              .value = amount_at(&part, first),
                              .operand = {NAN, NAN},
                              .upstream = upstream_at(v, in, first)};
        what->chooser = what->upstream == 0 ? chooser_of(t, v) : NULL;
    }
    nb_amount_free(&part);
    return first >= 0;
}

/* The first step of the sweep that made a part that is not finite of a gradient that was; or the
 * last that added to a sum that is not, of finite parts. */
static bool find_nonfinite(const Tape *t, uint64_t sweep, NbNonFinite *what)
{
    bool found = false;
    for (size_t i = t->pub.nnodes; i-- > 0;) {
        NbVar *v = t->pub.node[i];
        if (v->sweep != sweep || (is_tensor(v) && !v->atensor) || !finite_gradient(v)) {
            continue;
        }
        for (int k = 0; k < v->nin; k++) {
            NbVar *in = arg_of(v, k).var;
            if (!in || !takes_gradient(in) || in->sweep != sweep ||
                (is_tensor(in) && !in->atensor) || finite_gradient(in)) {
                continue;
            }
            if (spoils(t, v, k, what)) {
                return true;
            }
            NbAmount sum;
            arrived(in, &sum);
            *what = (NbNonFinite){.node = v,
                                  .gradient = true,
                                  .input = k,
                                  .operand = {NAN, NAN},
                                  .upstream = NAN,
                                  .summed = true};
            what->first = amount_nonfinite(&sum, &what->count);
            what->value = amount_at(&sum, what->first);
            found = true;
        }
    }
    return found;
}

static void add_operands(NbNonFinite *what)
{
    const NbVar *v = what->node;
    for (int j = 0; j < v->nin && j < 2; j++) {
        NbArg a = arg_of(v, j);
        what->operand[j] = !a.var ? a.num : is_tensor(a.var) ? NAN : a.var->value;
    }
}

/* Names the operation in whose backward step a gradient stopped being finite. */
static NbStatus report_nonfinite(NbCtx *ctx, Tape *t, uint64_t sweep)
{
    NbNonFinite what;
    if (ctx->nan_mode == NB_NAN_OFF || !find_nonfinite(t, sweep, &what)) {
        return NB_OK;
    }
    add_operands(&what);
    if (ctx->hooks.nonfinite) {
        ctx->hooks.nonfinite(ctx->hooks.user, &what);
    }
    return ctx->nan_mode == NB_NAN_ERROR
               ? nb_fail(&ctx->err, NB_ENONFINITE, "%s: the gradient is %s", what.node->op->name,
                         isnan(what.value) ? "nan" : "inf")
               : NB_OK;
}

static NbStatus check_leaves(NbCtx *ctx, Tape *t, uint64_t sweep)
{
    for (size_t i = 0; i < t->pub.nleaves; i++) {
        if (t->pub.leaf[i]->sweep == sweep && !finite_gradient(t->pub.leaf[i])) {
            return report_nonfinite(ctx, t, sweep);
        }
    }
    return NB_OK;
}

static NbStatus sweep_unpacked(NbCtx *ctx, NbVar *root, const NbSweep *options)
{
    Tape *t = sweep_ready(ctx, root, options->seed);
    if (!t || !sweep_reaches(ctx, t)) {
        return ctx->err.code;
    }
    touch_tape(ctx, t);
    if (options->create_graph) {
        return sweep_graph(ctx, t, root, options);
    }
    uint64_t sweep = ++ctx->sweep;
    NbStatus s = sweep_numbers(ctx, t, root, options->seed, options->drop_inner, sweep);
    s = s == NB_OK ? check_leaves(ctx, t, sweep) : s;
    if (s != NB_OK) {
        forget_inner(ctx, t);
        return s;
    }
    uint64_t now = tape_swept(ctx, t, root, options->drop_inner);
    for (size_t i = 0; s == NB_OK && i < t->pub.nleaves; i++) {
        NbVar *v = t->pub.leaf[i];
        if (v->sweep == sweep) {
            s = commit(ctx, v, options->replace, now);
        } else if (options->replace) {
            nb_var_clear_grad(v);
        }
    }
    return s;
}

NbStatus nb_backward(NbVar *root, const NbSweep *options)
{
    static const NbSweep none;
    if (!root) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(root);
    nb_err_begin(&ctx->err);
    Tape *t = packed_tape(ctx, root);
    options = options ? options : &none;
    bool packed = t && !options->seed && !options->create_graph && !options->drop_inner &&
                  !ctx->holders && takes_gradient(root) && t->reaches &&
                  (t->fresh == ctx->writes || tape_fresh(ctx, t));
    if (packed) {
        touch_tape(ctx, t);
    }
    return packed && packed_backward(ctx, t, options->replace) ? NB_OK
                                                               : sweep_unpacked(ctx, root, options);
}

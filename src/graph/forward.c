/* forward.c -- replaying a recorded graph in place */
#include <float.h>
#include <math.h>

#include "base/mem.h"
#include "graph/node.h"

#define POLL_NODES 2048 /* scalar nodes between looks at the interrupt flag */

static bool wants_replay(const NbVar *v)
{
    if (v->flags & NODE_WIDE) {
        for (int k = 0; k < v->nin; k++) {
            const NbVar *in = v->ext->arg[k].var;
            if (in && in->stamp > v->stamp) {
                return true;
            }
        }
        return false;
    }
    return (v->in[0] && v->in[0]->stamp > v->stamp) || (v->in[1] && v->in[1]->stamp > v->stamp);
}

/* Kernel of any node into the memory it has. */
static NbStatus replay_general(NbCtx *ctx, NbVar *v)
{
    NbTensor few[4];
    const NbTensor *few_at[4];
    double few_num[4];
    NbTensor *tmp = few;
    const NbTensor **at = few_at;
    double *num = few_num;
    size_t n = v->nin;
    void *block = NULL;
    if (n > 4) {
        block = nb_alloc(n * (sizeof *tmp + sizeof *at + sizeof *num));
        if (!block) {
            return nb_fail(&ctx->err, NB_EMEM, "out of memory for %zu operands", n);
        }
        tmp = block;
        at = (const NbTensor **)(void *)(tmp + n);
        num = (double *)(void *)(at + n);
    }
    for (size_t i = 0; i < n; i++) {
        NbArg a = arg_of(v, (int)i);
        num[i] = a.num;
        tmp[i] = nb_tensor_scalar(&num[i]);
        at[i] = a.var ? data_of(a.var, &tmp[i]) : &tmp[i];
    }
    NbTensor scalar;
    NbTensor *out = is_tensor(v) ? v->tensor : (scalar = nb_tensor_scalar(&v->value), &scalar);
    bool is_view = n > 0 && is_tensor(v) && at[0]->store && at[0]->store == out->store;
    NbStatus s = NB_OK;
    if (!is_view) { /* a view shows its operand's new values already */
        s = v->op->forward(ctx, at, (int)n, v->ext ? v->ext->attrs : NULL, out, &ctx->err);
        if (s == NB_OK && !check_value(ctx, v, at, (int)n)) {
            s = ctx->err.code;
        }
    }
    nb_free(block);
    return s;
}

static NbStatus replay_scalar_check(NbCtx *ctx, NbVar *v, double a, double b)
{
    NbTensor ta = nb_tensor_scalar(&a), tb = nb_tensor_scalar(&b);
    const NbTensor *in[2] = {&ta, &tb};
    return check_value(ctx, v, in, v->nin) ? NB_OK : ctx->err.code;
}

static inline NbStatus replay(NbCtx *ctx, NbVar *v)
{
    NbVar *a = v->in[0], *b = v->in[1];
    if (!(v->flags & NODE_SCALAR)) {
        return replay_general(ctx, v);
    }
    double x = a ? a->value : v->num, y = b ? b->value : v->num;
    v->value = arith_value(v->op, v->arith, x, y);
    if (!(fabs(v->value) <= DBL_MAX)) {
        return replay_scalar_check(ctx, v, x, y);
    }
    return NB_OK;
}

/* Draws every mask on the tape again, which makes stale what was computed from it. */
static NbStatus redraw(NbCtx *ctx, const NbTape *t, NbReplay *what)
{
    NbStatus s = NB_OK;
    for (size_t i = 0; s == NB_OK && i < t->nnodes; i++) {
        if (is_mask(t->node[i])) {
            s = replay_general(ctx, t->node[i]);
            t->node[i]->stamp = ++ctx->clock;
            what->recomputed++;
        }
    }
    ctx->writes++;
    return s;
}

/* Node by node, from `start` on: what is stale, or all. */
static NbStatus replay_from(NbCtx *ctx, Tape *t, size_t start, bool all, NbReplay *what)
{
    NbVar **node = t->pub.node;
    size_t n = t->pub.nnodes;
    t->fresh = 0;
    ctx->writes++;
    ctx->replays++;
    for (size_t i = start; i < n; i++) {
        NbVar *v = node[i];
        if (all ? is_mask(v) : !wants_replay(v)) {
            continue;
        }
        if ((is_tensor(v) || i % POLL_NODES == POLL_NODES - 1) && nb_ctx_interrupted(ctx)) {
            return nb_fail(&ctx->err, NB_EINTERRUPT, "stopped");
        }
        NbStatus s = replay(ctx, v);
        if (s != NB_OK) {
            return s;
        }
        v->stamp = ++ctx->clock;
        what->recomputed++;
    }
    t->fresh = ctx->writes;
    return NB_OK;
}

static NbStatus forward_unpacked(NbCtx *ctx, NbVar *root, bool all, NbReplay *what)
{
    Tape *t = root->kind == NB_INNER ? tape_of(ctx, root) : NULL;
    if (!t) {
        return root->kind == NB_INNER ? ctx->err.code : NB_OK;
    }
    if (t->redraws && !ctx->keep_masks) {
        touch_tape(ctx, t);
        if (redraw(ctx, &t->pub, what) != NB_OK) {
            return ctx->err.code;
        }
    } else if (!all && t->fresh == ctx->writes) {
        return NB_OK;
    }
    touch_tape(ctx, t);
    return replay_from(ctx, t, 0, all, what);
}

static NbStatus forward_packed(NbCtx *ctx, Tape *t, bool all, NbReplay *what)
{
    if (!all && t->fresh == ctx->writes) {
        return NB_OK;
    }
    touch_tape(ctx, t);
    size_t done = packed_forward(ctx, t, &all, what);
    return done < t->pub.nnodes ? replay_from(ctx, t, done, all, what) : NB_OK;
}

NbStatus nb_forward(NbVar *root, bool all, NbReplay *what)
{
    if (!root) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(root);
    NbReplay unasked;
    what = what ? what : &unasked;
    *what = (NbReplay){0, 0};
    nb_err_begin(&ctx->err);
    const uint64_t clock = ctx->clock;
    Tape *packed = packed_tape(ctx, root);
    NbStatus s = packed ? forward_packed(ctx, packed, all, what)
                        : forward_unpacked(ctx, root, all, what);
    const Tape *t = packed ? packed : root->kind == NB_INNER ? root->tape : NULL;
    if (t && t->marked && s == NB_OK) {
        what->branch = branch_repeated(ctx, t, clock);
    }
    return s;
}

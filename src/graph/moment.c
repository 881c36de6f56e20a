/* moment.c -- a look at a graph with other numbers, which are put back bit for bit */
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"

typedef struct Held { /* of one node */
    NbVar *v;
    double value;
    double *numbers; /* of a tensor; NULL for views, which show what they look at */
    double adj, grad;
    NbTensor *atensor, *gtensor;
    NbVar *gvar;
    uint64_t stamp, touched;
    uint32_t sweeps;
    uint8_t flags;
} Held;

struct NbMoment {
    NbCtx *ctx;
    NbVar *root;
    Held *held;
    size_t n;
    bool graded; /* root held a gradient */
    uint64_t clock, writes, fresh;
    NbHooks hooks;
    NbNanMode nan_mode;
    bool keep_masks;
    NbErr err;
};

static bool shares_storage(const NbVar *v)
{
    for (int i = 0; i < v->nin; i++) {
        const NbVar *in = arg_of(v, i).var;
        if (in && is_tensor(in) && in->tensor->store == v->tensor->store) {
            return true;
        }
    }
    return false;
}

/* Gradients are set aside whole: a sweep then makes tensors of its own. */
static bool hold(NbCtx *ctx, Held *h, NbVar *v)
{
    *h = (Held){
        .v = v, .stamp = v->stamp, .touched = v->touched, .sweeps = v->sweeps, .flags = v->flags};
    if (!is_tensor(v)) {
        h->value = v->value;
        h->adj = v->adj;
        h->grad = v->grad;
    } else if (v->tensor->contiguous && !shares_storage(v)) {
        size_t bytes = (size_t)v->tensor->size * sizeof(double);
        h->numbers = nb_alloc(bytes + sizeof(double));
        if (!h->numbers) {
            return false;
        }
        memcpy(h->numbers, v->tensor->data, bytes);
    }
    if (is_tensor(v)) {
        h->atensor = v->atensor;
        h->gtensor = v->gtensor;
        v->atensor = v->gtensor = NULL;
    }
    if (v->ext && v->ext->gvar) {
        h->gvar = v->ext->gvar;
        holder_remove(ctx, v);
        v->ext->gvar = NULL;
    }
    v->flags &= (uint8_t)~NODE_GRAD;
    return true;
}

static void put_back(NbCtx *ctx, Held *h)
{
    NbVar *v = h->v;
    if (v->ext && v->ext->gvar) {
        grad_drop_graph(ctx, v);
    }
    if (is_tensor(v)) {
        if (h->numbers) {
            memcpy(v->tensor->data, h->numbers, (size_t)v->tensor->size * sizeof(double));
        }
        nb_tensor_unref(&v->atensor);
        nb_tensor_unref(&v->gtensor);
        v->atensor = h->atensor;
        v->gtensor = h->gtensor;
    } else {
        v->value = h->value;
        v->adj = h->adj;
        v->grad = h->grad;
    }
    v->stamp = h->stamp;
    v->touched = h->touched;
    v->sweeps = h->sweeps;
    v->flags = h->flags;
    if (h->gvar) {
        v->ext->gvar = h->gvar;
        holder_add(ctx, v);
    }
    nb_free(h->numbers);
}

void nb_moment_end(NbMoment **pm)
{
    NbMoment *m = *pm;
    *pm = NULL;
    if (!m) {
        return;
    }
    NbCtx *ctx = m->ctx;
    while (m->n > 0) {
        put_back(ctx, &m->held[--m->n]);
    }
    if (m->root->tape) {
        m->root->tape->fresh = m->fresh;
        m->root->tape->unit = 0; /* what was reported to no hook is to be reported yet */
    }
    ctx->hidden++;
    ctx->replays++;
    ctx->clock = m->clock;
    ctx->writes = m->writes;
    ctx->hooks = m->hooks;
    ctx->nan_mode = m->nan_mode;
    ctx->keep_masks = m->keep_masks;
    ctx->err = m->err;
    nb_free(m->held);
    nb_free(m);
}

NbMoment *nb_moment_begin(NbVar *root)
{
    NbCtx *ctx = ctx_of(root);
    Tape *t = root->kind == NB_INNER ? tape_of(ctx, root) : NULL;
    NbMoment *m = t ? nb_calloc(1, sizeof *m) : NULL;
    if (!m) {
        return NULL;
    }
    size_t n = t->pub.nnodes + t->pub.nleaves;
    *m = (NbMoment){.ctx = ctx,
                    .root = root,
                    .held = nb_calloc(n + 1, sizeof(Held)),
                    .graded = root->flags & NODE_GRAD,
                    .clock = ctx->clock,
                    .writes = ctx->writes,
                    .fresh = t->fresh,
                    .hooks = ctx->hooks,
                    .nan_mode = ctx->nan_mode,
                    .keep_masks = ctx->keep_masks,
                    .err = ctx->err};
    bool ok = m->held != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        NbVar *v = i < t->pub.nleaves ? t->pub.leaf[i] : t->pub.node[i - t->pub.nleaves];
        ok = hold(ctx, &m->held[i], v);
        m->n += ok;
    }
    if (!ok) {
        nb_moment_end(&m);
        return NULL;
    }
    ctx->hidden++; /* no gradient is shown now */
    ctx->hooks = (NbHooks){0};
    ctx->nan_mode = NB_NAN_OFF;
    ctx->keep_masks = true;
    return m;
}

bool nb_moment_write(NbMoment *m, NbVar *leaf, const double *numbers)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->held[i].v != leaf || leaf->kind != NB_LEAF) {
            continue;
        }
        if (!is_tensor(leaf)) {
            leaf->value = *numbers;
        } else if (m->held[i].numbers) {
            memcpy(leaf->tensor->data, numbers, (size_t)leaf->tensor->size * sizeof(double));
        } else {
            return false;
        }
        leaf->stamp = ++m->ctx->clock;
        m->ctx->writes++;
        return true;
    }
    return false;
}

NbStatus nb_moment_run(NbMoment *m)
{
    static const NbSweep sweep = {.replace = true};
    NbStatus s = nb_forward(m->root, false, NULL);
    if (s == NB_OK && m->graded && (!is_tensor(m->root) || m->root->tensor->size == 1)) {
        s = nb_backward(m->root, &sweep);
    }
    return s;
}

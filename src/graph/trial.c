/* trial.c -- other numbers in a graph for a while; everything is put back bit for bit */
#include <string.h>

#include <nabla/saved.h>

#include "base/mem.h"
#include "graph/node.h"

typedef struct Held { /* of one variable */
    NbVar *v;
    double value;
    double *numbers; /* of a tensor; NULL for views, which show what they look at */
    double adj, grad;
    NbTensor *atensor, *gtensor;
    NbVar *gvar; /* the gradient as a graph */
    uint64_t stamp, touched, swept;
    uint32_t sweeps;
    uint8_t flags;
} Held;

struct NbTrial {
    NbCtx *ctx;
    NbVar *root; /* or NULL */
    unsigned how;
    Held *held;
    size_t n;
    bool graded; /* root held a gradient */
    uint64_t clock, writes, fresh, swept;
    NbHooks hooks;
    NbNanMode nan_mode;
    bool keep_masks;
    NbRng draws, masks;
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

/* Nothing writes into constants. What is no view of another has its numbers in one row. */
static bool hold_value(Held *h, const NbVar *v)
{
    if (!is_tensor(v)) {
        h->value = v->value;
        return true;
    }
    if (v->kind < NB_LEAF || shares_storage(v)) {
        return true;
    }
    h->numbers = nb_alloc((size_t)v->tensor->size * sizeof(double));
    if (h->numbers) {
        memcpy(h->numbers, v->tensor->data, (size_t)v->tensor->size * sizeof(double));
    }
    return h->numbers != NULL;
}

static void write_numbers(NbTensor *t, const double *numbers)
{
    memcpy(t->data, numbers, (size_t)t->size * sizeof(double));
}

/* Set aside whole: a sweep then makes tensors of its own. */
static void set_aside_gradient(NbCtx *ctx, Held *h, NbVar *v)
{
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
}

/* Still to be seen; what is referenced twice is replaced by sweeps, never written. */
static void keep_gradient(Held *h, const NbVar *v)
{
    if (is_tensor(v)) {
        h->atensor = nb_tensor_ref(v->kind == NB_INNER ? v->atensor : NULL);
        h->gtensor = nb_tensor_ref(v->kind == NB_INNER ? NULL : v->gtensor);
    }
    h->gvar = nb_var_ref(v->ext ? v->ext->gvar : NULL);
}

static bool hold(NbTrial *t, Held *h, NbVar *v)
{
    *h = (Held){
        .v = v, .stamp = v->stamp, .touched = v->touched, .sweeps = v->sweeps, .flags = v->flags};
    h->swept = v->kind == NB_LEAF ? v->swept : 0;
    if (!(t->how & NB_TRIAL_GRADS) && !hold_value(h, v)) {
        return false;
    }
    if (!is_tensor(v)) {
        h->adj = v->adj;
        h->grad = v->grad;
    }
    if (t->how & NB_TRIAL_LOOK) {
        set_aside_gradient(t->ctx, h, v);
    } else {
        keep_gradient(h, v);
    }
    return true;
}

static void swap_in(NbTensor **slot, NbTensor *held)
{
    nb_tensor_unref(slot);
    *slot = held;
}

static void put_back(NbTrial *t, Held *h)
{
    NbVar *v = h->v;
    const bool values = !(t->how & NB_TRIAL_GRADS), look = t->how & NB_TRIAL_LOOK;
    grad_drop_graph(t->ctx, v);
    if (is_tensor(v)) {
        if (h->numbers) {
            write_numbers(v->tensor, h->numbers);
        }
        if (look || v->kind == NB_INNER) {
            swap_in(&v->atensor, h->atensor);
        }
        if (look || v->kind != NB_INNER) {
            swap_in(&v->gtensor, h->gtensor);
        }
    } else {
        v->value = values ? h->value : v->value;
        v->adj = h->adj;
        v->grad = h->grad;
    }
    v->stamp = values ? h->stamp : v->stamp;
    v->touched = look ? h->touched : v->touched;
    v->sweeps = h->sweeps;
    if (v->kind == NB_LEAF) {
        v->swept = h->swept;
    }
    v->flags = h->flags;
    if (h->gvar) {
        v->ext->gvar = h->gvar;
        holder_add(t->ctx, v);
    }
    nb_free(h->numbers);
}

/* A look is unseen: time stands where it stood. */
static void end_look(NbTrial *t)
{
    NbCtx *ctx = t->ctx;
    ctx->clock = t->clock;
    ctx->writes = t->writes;
    for (Tape *swept = ctx->swept; swept; swept = swept->older) {
        swept->newest_at = 0; /* the next writes have the numbers of those that were not seen */
    }
    ctx->hooks = t->hooks;
    ctx->nan_mode = t->nan_mode;
    ctx->keep_masks = t->keep_masks;
    ctx->rng = t->draws;
    ctx->dropout_rng = t->masks;
    ctx->err = t->err;
}

void nb_trial_end(NbTrial **pt)
{
    NbTrial *t = pt ? *pt : NULL;
    if (!t) {
        return;
    }
    *pt = NULL;
    NbCtx *ctx = t->ctx;
    while (t->n > 0) {
        put_back(t, &t->held[--t->n]);
    }
    ctx->hidden++;
    ctx->replays++;
    ctx->writes++;
    if (t->swept > 0 && t->root->tape && t->root->tape->swept > 0) {
        t->root->tape->swept = t->swept;
    }
    if (t->how & NB_TRIAL_LOOK) {
        if (t->root && t->root->tape) {
            t->root->tape->fresh = t->fresh;
            t->root->tape->unit = 0; /* what was reported to no hook is to be reported yet */
        }
        end_look(t);
    }
    nb_free(t->held);
    nb_free(t);
}

/* Leaves and inner variables behind root, or root alone, then the others. */
static NbVar *subject(NbVar *root, const Tape *t, NbVar *const *more, size_t i)
{
    size_t leaves = t ? t->pub.nleaves : root != NULL, nodes = t ? t->pub.nnodes : 0;
    return i < leaves           ? (t ? t->pub.leaf[i] : root)
           : i < leaves + nodes ? t->pub.node[i - leaves]
                                : more[i - leaves - nodes];
}

NbTrial *nb_trial_begin(NbVar *root, NbVar *const *more, size_t n, unsigned how)
{
    const NbVar *any = root ? root : more && n > 0 ? more[0] : NULL;
    if (!any) {
        return NULL;
    }
    NbCtx *ctx = ctx_of(any);
    for (size_t i = 0; i < n; i++) {
        if (!more || !more[i]) {
            nb_fail(&ctx->err, NB_EVALUE, "trial: variable %zu is missing", i + 1);
            return NULL;
        }
    }
    Tape *tape = root && root->kind == NB_INNER ? tape_of(ctx, root) : NULL;
    if (root && root->kind == NB_INNER && !tape) {
        return NULL;
    }
    const size_t all = n + (tape ? tape->pub.nnodes + tape->pub.nleaves : root != NULL);
    NbTrial *t = nb_calloc(1, sizeof *t);
    Held *held = nb_calloc(all + 1, sizeof *held);
    bool ok = t && held;
    if (ok) {
        *t = (NbTrial){.ctx = ctx,
                       .root = root,
                       .how = how,
                       .held = held,
                       .graded = root && root->flags & NODE_GRAD,
                       .clock = ctx->clock,
                       .writes = ctx->writes,
                       .fresh = tape ? tape->fresh : 0,
                       .swept = tape ? tape->swept : 0,
                       .hooks = ctx->hooks,
                       .nan_mode = ctx->nan_mode,
                       .keep_masks = ctx->keep_masks,
                       .draws = ctx->rng,
                       .masks = ctx->dropout_rng,
                       .err = ctx->err};
        held = NULL;
    }
    for (size_t i = 0; ok && i < all; i++) {
        ok = hold(t, &t->held[i], subject(root, tape, more, i));
        t->n += ok;
    }
    if (!ok) {
        nb_free(held);
        if (t && t->ctx) {
            nb_trial_end(&t);
        }
        nb_free(t);
        nb_fail(&ctx->err, NB_EMEM, "out of memory to keep the values of the graph");
        return NULL;
    }
    if (how & NB_TRIAL_LOOK) {
        ctx->hidden++; /* no gradient is shown now */
        ctx->hooks = (NbHooks){0};
        ctx->nan_mode = NB_NAN_OFF;
        ctx->keep_masks = true;
    }
    return t;
}

bool nb_trial_write(NbTrial *t, NbVar *leaf, const double *numbers)
{
    if (!t || !leaf || !numbers) {
        return false;
    }
    for (size_t i = 0; i < t->n; i++) {
        if (t->held[i].v != leaf || leaf->kind != NB_LEAF || t->how & NB_TRIAL_GRADS) {
            continue;
        }
        if (is_tensor(leaf) && !t->held[i].numbers) {
            return false;
        }
        touch(t->ctx, leaf);
        if (is_tensor(leaf)) {
            write_numbers(leaf->tensor, numbers);
        } else {
            leaf->value = *numbers;
        }
        leaf->stamp = ++t->ctx->clock;
        t->ctx->writes++;
        return true;
    }
    return false;
}

NbStatus nb_trial_run(NbTrial *t)
{
    if (!t) {
        return NB_EVALUE;
    }
    static const NbSweep sweep = {.replace = true};
    NbStatus s = nb_forward(t->root, false, NULL);
    if (s == NB_OK && t->graded && (!is_tensor(t->root) || t->root->tensor->size == 1)) {
        s = nb_backward(t->root, &sweep);
    }
    return s;
}

/* swept.c -- when gradients were computed, and what of that changed since */
#include <nabla/saved.h>

#include "base/mem.h"
#include "graph/node.h"

/* Tapes from before something was cut name nodes that may be gone. */
static void renew(NbCtx *ctx)
{
    for (Tape *t = ctx->swept; t;) {
        if (t->cuts == ctx->cuts) {
            t = t->older;
            continue;
        }
        if (!tape_of(ctx, t->root)) { /* out of memory: it left the list */
            nb_err_clear(&ctx->err);
        }
        t = ctx->swept;
    }
}

static bool lists(NbVar *const *v, size_t n, const NbVar *x)
{
    size_t from = 0;
    while (n > 0) {
        size_t half = n / 2;
        if (v[from + half]->serial < x->serial) {
            from += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return v[from] == x;
}

static bool holds(const Tape *t, const NbVar *x)
{
    NbVar *const *v = x->kind == NB_LEAF ? t->pub.leaf : t->pub.node;
    size_t n = x->kind == NB_LEAF ? t->pub.nleaves : t->pub.nnodes;
    return n > 0 && v[n - 1]->serial >= x->serial && lists(v, n, x);
}

/* Its gradients are still held: they were not cleared, and no trial that made them is over. */
static bool counts(const Tape *t)
{
    return t->dropped || (t->root->flags & NODE_GRAD);
}

typedef struct Aged {
    NbVar **changed;
    int cap, n;
    bool yes;
} Aged;

static void add(Aged *a, NbVar *v)
{
    a->yes = true;
    for (int i = 0; i < a->n; i++) {
        if (a->changed[i] == v) {
            return;
        }
    }
    if (a->n < a->cap) {
        a->changed[a->n++] = v;
    }
}

/* What a sweep at `when` read and was written since. */
static void compare(Aged *a, const Tape *t, uint64_t when)
{
    for (size_t i = 0; i < t->pub.nleaves; i++) {
        if (t->pub.leaf[i]->stamp > when) {
            add(a, t->pub.leaf[i]);
        }
    }
    for (size_t i = 0; i < t->pub.nother; i++) {
        if (t->pub.other[i]->stamp > when) {
            add(a, t->pub.other[i]);
        }
    }
    for (size_t i = 0; t->redraws && i < t->pub.nnodes; i++) {
        a->yes |= is_mask(t->pub.node[i]) && t->pub.node[i]->stamp > when;
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When undo took a later sweep back, the leaves know. */
static uint64_t last_of_leaves(const Tape *t)
{
    uint64_t last = 0;
    bool any = false;
    for (size_t i = 0; i < t->pub.nleaves; i++) {
        const NbVar *v = t->pub.leaf[i];
        if (v->flags & NODE_GRAD) {
            last = v->swept > last ? v->swept : last;
            any = true;
        }
    }
    return any ? last : UINT64_MAX;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The last write to what a sweep of the tape reads. */
static uint64_t newest(const NbCtx *ctx, Tape *t)
{
    if (t->newest_at == ctx->writes) {
        return t->newest;
    }
    t->newest = 0;
    for (size_t i = 0; i < t->pub.nleaves; i++) {
        t->newest = later(t->newest, t->pub.leaf[i]->stamp);
    }
    for (size_t i = 0; i < t->pub.nother; i++) {
        t->newest = later(t->newest, t->pub.other[i]->stamp);
    }
    for (size_t i = 0; t->redraws && i < t->pub.nnodes; i++) {
        t->newest = is_mask(t->pub.node[i]) ? later(t->newest, t->pub.node[i]->stamp) : t->newest;
    }
    t->newest_at = ctx->writes;
    return t->newest;
}

/* A leaf holds the gradient of the last sweep, or a sum up to it: then what any sweep of the sum
 * read must not have changed since the last. A sweep that undo took back is later than the leaf's.
 */
static bool made_of(const Tape *t, const NbVar *leaf)
{
    return t->since <= leaf->swept && (t->swept >= leaf->swept || leaf->sweeps > 1) && counts(t) &&
           holds(t, leaf);
}

static void leaf_aged(Aged *a, NbCtx *ctx, NbVar *v)
{
    if (v->swept == 0) { /* known of old; what changed is not */
        a->yes = true;
    } else if (v->stamp > v->swept) {
        add(a, v);
    }
    for (Tape *t = ctx->swept; t && (a->cap > 0 || !a->yes); t = t->older) {
        if (newest(ctx, t) > v->swept && made_of(t, v)) {
            compare(a, t, v->swept);
        }
    }
}

void grads_settle(NbCtx *ctx, const NbTape *behind)
{
    renew(ctx);
    for (size_t i = 0; i < behind->nleaves; i++) {
        NbVar *v = behind->leaf[i];
        Aged a = {0};
        if (v->flags & NODE_GRAD && v->swept > 0) {
            leaf_aged(&a, ctx, v);
        }
        if (a.yes) {
            touch(ctx, v);
            v->swept = 0;
        }
    }
}

/* An inner gradient is of the latest sweep that passed it. */
static void inner_aged(Aged *a, NbCtx *ctx, NbVar *v)
{
    const Tape *best = NULL;
    for (const Tape *t = ctx->swept; t; t = t->older) {
        if ((!best || t->swept > best->swept) && counts(t) && holds(t, v) &&
            t->since <= last_of_leaves(t)) {
            best = t;
        }
    }
    if (best && best->root == v) { /* the seed */
        return;
    }
    uint64_t when = best ? best->swept : UINT64_MAX;
    if (!best) { /* the root is gone: what is behind v was swept with it */
        best = tape_of(ctx, v);
    }
    if (best) {
        compare(a, best, earlier(when, last_of_leaves(best)));
    }
}

static void mark_sources(NbVar *const *v, size_t n, uint64_t number)
{
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; v[i]->kind == NB_INNER && v[i]->flags & NODE_GRAD && k < v[i]->nin; k++) {
            NbVar *in = arg_of(v[i], k).var;
            if (in) {
                in->sweep = number;
            }
        }
    }
}

uint64_t nb_var_grad_stamp(const NbVar *v)
{
    if (!v) {
        return 0;
    }
    return v->kind == NB_LEAF && v->flags & NODE_GRAD ? v->swept : 0;
}

NbStatus nb_vars_swept(NbCtx *ctx, NbVar *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!v || !v[i]) {
            return NB_EVALUE;
        }
    }
    if (!ctx) {
        return NB_EVALUE;
    }
    const uint64_t number = ++ctx->sweep, now = ++ctx->clock;
    NbVar **root = nb_alloc((n + 1) * sizeof(NbVar *));
    size_t roots = 0;
    if (!root) {
        return nb_fail(&ctx->err, NB_EMEM, "out of memory to order the graph");
    }
    mark_sources(v, n, number);
    for (size_t i = 0; i < n; i++) {
        if (v[i]->kind == NB_LEAF && v[i]->swept > 0) {
            v[i]->swept = now;
        }
        bool shows = v[i]->kind == NB_INNER && v[i]->flags & NODE_GRAD;
        if (shows && v[i]->sweep != number) {
            root[roots++] = v[i];
        }
    }
    bool ok = true;
    for (size_t i = 0; ok && i < roots; i++) {
        Tape *t = tape_of(ctx, root[i]);
        ok = t != NULL;
        if (ok) {
            tape_swept(ctx, t, root[i], false);
            t->swept = t->since = now;
        }
    }
    nb_free(root);
    return ok ? NB_OK : ctx->err.code;
}

bool nb_var_grad_stale(NbVar *v, NbVar **changed, int cap, int *n)
{
    if (!v) {
        return false;
    }
    NbCtx *ctx = ctx_of(v);
    Aged a = {.changed = changed, .cap = changed ? cap : 0};
    const NbErr before = ctx->err;
    if (v->flags & NODE_GRAD) {
        renew(ctx);
        if (v->ext && v->ext->gvar && v->ext->gvar->kind == NB_INNER) {
            a.yes = nb_var_stale(v->ext->gvar, changed, a.cap, &a.n);
        } else if (v->kind == NB_LEAF) {
            leaf_aged(&a, ctx, v);
        } else if (v->kind == NB_INNER) {
            inner_aged(&a, ctx, v);
        }
    }
    ctx->err = before;
    if (n) {
        *n = a.n;
    }
    return a.yes;
}

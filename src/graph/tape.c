/* tape.c -- the nodes behind a root in creation order, and what among them is stale */
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"

#define PACK_AT 3       /* uses of a tape after which it is packed */
#define SMALL 48        /* up to here insertion sort */
#define KEEP_TAPES 8    /* released tapes kept for the next graphs */
#define KEEP_NODES 4096 /* but not larger ones */

static void tape_free(NbCtx *ctx, Tape *t)
{
    if (t->swept > 0) {
        tape_unlist_swept(ctx, t);
    }
    if (t->packed) {
        nb_free(t->packed);
        t->packed = NULL;
    }
    if (NB_RECYCLE && ctx->ntapes < KEEP_TAPES && t->node_cap <= KEEP_NODES &&
        t->leaf_cap <= KEEP_NODES && t->other_cap <= KEEP_NODES) {
        t->next = ctx->tapes;
        ctx->tapes = t;
        ctx->ntapes++;
        return;
    }
    nb_free(t->pub.node);
    nb_free(t->pub.leaf);
    nb_free(t->pub.other);
    nb_free(t);
}

void tape_release(NbCtx *ctx, NbVar *v)
{
    Tape *t = v->tape;
    v->tape = NULL;
    tape_free(ctx, t);
}

static Tape *tape_new(NbCtx *ctx)
{
    Tape *t = ctx->tapes;
    if (t) {
        ctx->tapes = t->next;
        ctx->ntapes--;
    } else {
        t = nb_calloc(1, sizeof *t);
    }
    if (t) {
        t->pub.nnodes = t->pub.nleaves = t->pub.nother = 0;
        t->fresh = 0;
        t->unit = 0;
        t->uses = 0;
        t->redraws = t->dropped = false;
        t->swept = t->newest_at = 0;
    }
    return t;
}

static inline bool append(NbVar ***list, size_t *n, size_t *cap, NbVar *v)
{
    if (*n == *cap && !nb_grow(list, cap, *n + 1, sizeof **list)) {
        return false;
    }
    (*list)[(*n)++] = v;
    return true;
}

/* An operand of `user`: onto its list unless it is there; an edge to a newer value is stale. */
static inline bool visit(Tape *t, const NbVar *user, NbVar *v, uint64_t visit_number)
{
    if (!v) {
        return true;
    }
    t->stale |= v->stamp > user->stamp;
    if (v->sweep == visit_number) {
        return true;
    }
    v->sweep = visit_number;
    NbTape *p = &t->pub;
    if (v->kind == NB_INNER) {
        t->marked |= v->branch != 0;
        t->redraws |= v->nin <= 1 && (v->op->flags & NB_OP_REDRAWN) != 0;
        return append(&p->node, &p->nnodes, &t->node_cap, v);
    }
    if (v->kind == NB_LEAF) {
        return append(&p->leaf, &p->nleaves, &t->leaf_cap, v);
    }
    return append(&p->other, &p->nother, &t->other_cap, v);
}

/* What is behind these. The node list is its own work list: what follows position i is still to be
 * opened. */
static bool collect(NbCtx *ctx, Tape *t, NbVar *const *root, size_t n)
{
    uint64_t number = ++ctx->sweep;
    bool ok = true;
    t->stale = t->marked = false;
    for (size_t i = 0; ok && i < n; i++) {
        ok = visit(t, root[i], root[i], number);
    }
    for (size_t i = 0; ok && i < t->pub.nnodes; i++) {
        NbVar *v = t->pub.node[i];
        if (v->flags & NODE_WIDE) {
            for (int k = 0; ok && k < v->nin; k++) {
                ok = visit(t, v, v->ext->arg[k].var, number);
            }
        } else {
            ok = visit(t, v, v->in[1], number) && visit(t, v, v->in[0], number);
        }
    }
    return ok;
}

static void insertion_sort(NbVar **v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        NbVar *x = v[i];
        size_t k = i;
        for (; k > 0 && v[k - 1]->serial > x->serial; k--) {
            v[k] = v[k - 1];
        }
        v[k] = x;
    }
}

typedef struct Keyed {
    uint64_t key;
    NbVar *v;
} Keyed;

/* Least significant digit first, 11 bits a pass, over serials counted from the smallest. */
static bool radix_sort(NbVar **v, size_t n)
{
    Keyed *a = nb_alloc(2 * n * sizeof *a);
    if (!a) {
        return false;
    }
    Keyed *b = a + n;
    uint64_t lo = UINT64_MAX, hi = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t s = v[i]->serial;
        lo = s < lo ? s : lo;
        hi = s > hi ? s : hi;
        a[i] = (Keyed){s, v[i]};
    }
    Keyed *block = a;
    for (int shift = 0; shift < 64 && (hi - lo) >> shift; shift += 11) {
        size_t count[2049] = {0};
        for (size_t i = 0; i < n; i++) {
            count[((a[i].key - lo) >> shift & 2047) + 1]++;
        }
        for (int d = 0; d < 2048; d++) {
            count[d + 1] += count[d];
        }
        for (size_t i = 0; i < n; i++) {
            b[count[(a[i].key - lo) >> shift & 2047]++] = a[i];
        }
        Keyed *swap = a;
        a = b;
        b = swap;
    }
    for (size_t i = 0; i < n; i++) {
        v[i] = a[i].v;
    }
    nb_free(block);
    return true;
}

static void reverse(NbVar **v, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        NbVar *x = v[i];
        v[i] = v[n - 1 - i];
        v[n - 1 - i] = x;
    }
}

/* Ascending serials. Lists arrive newest first or nearly so: turned round, a chain is in order. */
static inline bool sort(NbVar **v, size_t n)
{
    if (n < 2) {
        return true;
    }
    if (n == 2) {
        if (v[0]->serial > v[1]->serial) {
            reverse(v, n);
        }
        return true;
    }
    reverse(v, n);
    if (n <= SMALL) {
        insertion_sort(v, n);
        return true;
    }
    for (size_t i = 1; i < n; i++) {
        if (v[i - 1]->serial > v[i]->serial) {
            return radix_sort(v, n);
        }
    }
    return true;
}

static bool has_cut(const Tape *t)
{
    for (size_t i = 0; i < t->pub.nother; i++) {
        if (t->pub.other[i]->flags & NODE_CUT) {
            return true;
        }
    }
    return false;
}

/* An operand of v takes a gradient and is a leaf, or leads to one by the marks of this visit. */
static bool leads_on(const NbVar *v, uint64_t visit_number)
{
    for (int k = 0; k < v->nin; k++) {
        const NbVar *in = arg_of(v, k).var;
        if (in && takes_gradient(in) && (in->kind == NB_LEAF || in->sweep == visit_number)) {
            return true;
        }
    }
    return false;
}

/* Nodes that take a gradient lead to a leaf that does, unless an edge behind them was cut. */
static bool reaches_leaf(NbCtx *ctx, const Tape *t)
{
    if (!has_cut(t)) {
        return true;
    }
    uint64_t number = ++ctx->sweep;
    bool last = true; /* of a root that is a leaf itself */
    for (size_t i = 0; i < t->pub.nnodes; i++) {
        NbVar *v = t->pub.node[i];
        last = leads_on(v, number);
        if (last) {
            v->sweep = number;
        }
    }
    return last;
}

Tape *tape_of(NbCtx *ctx, NbVar *root)
{
    uint64_t swept = 0, since = 0;
    bool dropped = false;
    if (root->tape) {
        Tape *t = root->tape;
        if (t->cuts == ctx->cuts) {
            if (++t->uses == PACK_AT) {
                packed_make(ctx, t);
            }
            return t;
        }
        swept = t->swept;
        since = t->since;
        dropped = t->dropped;
        tape_release(ctx, root);
    }
    Tape *t = tape_new(ctx);
    root->tape = t;
    if (!t || !collect(ctx, t, &root, 1) || !sort(t->pub.node, t->pub.nnodes) ||
        !sort(t->pub.leaf, t->pub.nleaves) || !sort(t->pub.other, t->pub.nother)) {
        if (t) {
            tape_release(ctx, root);
        }
        nb_fail(&ctx->err, NB_EMEM, "out of memory to order the graph");
        return NULL;
    }
    t->cuts = ctx->cuts;
    t->reaches = reaches_leaf(ctx, t);
    t->fresh = t->stale ? 0 : ctx->writes;
    if (swept > 0) {
        tape_list_swept(ctx, t, root, since);
        t->swept = swept;
        t->dropped = dropped;
    }
    return t;
}

const NbTape *nb_graph_tape(NbVar *root)
{
    if (!root) {
        return NULL;
    }
    Tape *t = tape_of(ctx_of(root), root);
    return t ? &t->pub : NULL;
}

void touch_older(NbCtx *ctx, Tape *t)
{
    t->unit = ctx->unit;
    for (size_t i = 0; i < t->pub.nnodes && t->pub.node[i]->serial <= ctx->unit_serial; i++) {
        touch(ctx, t->pub.node[i]);
    }
}

/* --- staleness --- */

/* The node's operands are all as old as it and up to date. Stale nodes are marked by `sweep`. */
static bool node_fresh(const NbVar *v, uint64_t stale)
{
    if (v->flags & NODE_WIDE) {
        for (int k = 0; k < v->nin; k++) {
            const NbVar *in = v->ext->arg[k].var;
            if (in && (in->stamp > v->stamp || in->sweep == stale)) {
                return false;
            }
        }
        return true;
    }
    for (int k = 0; k < 2; k++) {
        const NbVar *in = v->in[k];
        if (in && (in->stamp > v->stamp || in->sweep == stale)) {
            return false;
        }
    }
    return true;
}

bool tape_fresh(NbCtx *ctx, Tape *t)
{
    if (t->fresh == ctx->writes) {
        return true;
    }
    for (size_t i = 0; i < t->pub.nnodes; i++) {
        if (!node_fresh(t->pub.node[i], 0)) {
            return false;
        }
    }
    t->fresh = ctx->writes;
    return true;
}

/* v was written after a node that uses it was computed. */
static bool written_since(const Tape *t, const NbVar *v)
{
    for (size_t i = 0; i < t->pub.nnodes; i++) {
        const NbVar *user = t->pub.node[i];
        for (int k = 0; k < user->nin; k++) {
            if (arg_of(user, k).var == v && v->stamp > user->stamp) {
                return true;
            }
        }
    }
    return false;
}

static int list_written(const Tape *t, NbVar **from, size_t n, NbVar **changed, int cap, int have)
{
    for (size_t i = 0; i < n && have < cap; i++) {
        if (written_since(t, from[i])) {
            changed[have++] = from[i];
        }
    }
    return have;
}

/* Where nothing was written: what was computed again after a node that uses it. */
static int list_computed(const Tape *t, NbVar **changed, int cap)
{
    int have = 0;
    for (size_t i = 0; i < t->pub.nnodes && have < cap; i++) {
        const NbVar *user = t->pub.node[i];
        for (int k = 0; k < user->nin && have < cap; k++) {
            NbVar *v = arg_of(user, k).var;
            bool newer = v && v->stamp > user->stamp;
            for (int m = 0; newer && m < have; m++) {
                newer = changed[m] != v;
            }
            if (newer) {
                changed[have++] = v;
            }
        }
    }
    return have;
}

NbStatus nb_var_find_stale(NbVar *v, bool *stale, NbVar **changed, int cap, int *n)
{
    if (!v || !stale) {
        return NB_EVALUE;
    }
    *stale = false;
    if (n) {
        *n = 0;
    }
    if (v->kind != NB_INNER) {
        return NB_OK;
    }
    NbCtx *ctx = ctx_of(v);
    Tape *t = tape_of(ctx, v);
    if (!t) {
        return NB_EMEM;
    }
    *stale = !tape_fresh(ctx, t);
    if (*stale && changed && n) {
        *n = list_written(t, t->pub.leaf, t->pub.nleaves, changed, cap, 0);
        *n = list_written(t, t->pub.other, t->pub.nother, changed, cap, *n);
        *n = *n > 0 ? *n : list_computed(t, changed, cap);
    }
    return NB_OK;
}

bool nb_var_stale(NbVar *v, NbVar **changed, int cap, int *n)
{
    if (!v) {
        return false;
    }
    bool stale;
    if (nb_var_find_stale(v, &stale, changed, cap, n) != NB_OK) {
        nb_err_clear(&ctx_of(v)->err);
    }
    return stale;
}

NbStatus nb_vars_find_stale(NbCtx *ctx, NbVar *const *v, size_t n, bool *stale)
{
    bool known = ctx && (n == 0 || (v && stale));
    for (size_t i = 0; known && i < n; i++) {
        known = v[i] != NULL;
        stale[i] = false;
    }
    if (!known) {
        return NB_EVALUE;
    }
    Tape *t = tape_new(ctx); /* of no root: kept by none of them */
    if (!t || !collect(ctx, t, v, n) || !sort(t->pub.node, t->pub.nnodes)) {
        if (t) {
            tape_free(ctx, t);
        }
        return nb_fail(&ctx->err, NB_EMEM, "out of memory to order the graph");
    }
    const uint64_t mark = ++ctx->sweep;
    for (size_t i = 0; i < t->pub.nnodes; i++) {
        if (!node_fresh(t->pub.node[i], mark)) {
            t->pub.node[i]->sweep = mark;
        }
    }
    for (size_t i = 0; i < n; i++) {
        stale[i] = v[i]->sweep == mark;
    }
    tape_free(ctx, t);
    return NB_OK;
}

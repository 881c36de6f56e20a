/* packed.c -- replay and sweep of a graph of scalars that is used again and again */

/* A retained graph is walked thousands of times without change. Its third use packs it: one record
 * a node with the addresses of its operands, and one record an edge with the addresses of the
 * adjoints it joins, and whether the sweep writes there for the first time or adds. What is left
 * in a pass is arithmetic; the four commonest operations are done in place, which a test holds
 * against their own kernels. */
#include <float.h>
#include <math.h>

#include "base/mem.h"
#include "graph/node.h"

#define MOST_NODES 2048 /* walked without a look at the interrupt flag */

typedef struct Step {
    NbVar *v;
    const double *a, *b; /* operands: a node's value, or the folded number */
    uint16_t arith;
    bool reached; /* by the sweep: not what a comparison alone uses */
} Step;

/* What an edge does with the adjoint g of its node; PULL_ADD: adds to what is there. */
enum { PULL_COPY, PULL_NEGATE, PULL_TIMES, PULL_SQUARE, PULL_ADD, PULL_CALL = 2 * PULL_ADD };

typedef struct Edge {
    const double *g, *f; /* f: the other factor, or the base of the square */
    double *to;
    uint32_t pull;
    uint16_t node; /* of a call, which stands for the edges to both operands … */
    uint8_t how_a, how_b;
} Edge;

typedef enum How { SKIP, STORE, ADD } How;

struct Packed {
    size_t n, nedges;
    Edge *edge;
    bool arithmetic;  /* of + - * ^2 alone: what is not finite stays so up to the root */
    bool dependent;   /* every node on a leaf: all are stale when all leaves are newer */
    uint64_t clock;   /* no node was computed after this, … */
    uint64_t replays; /* … unless others replayed since */
    uint64_t shown;   /* ctx->hidden when every node was last given a gradient to show */
    Step step[];
};

static bool packable(const NbTape *t)
{
    for (size_t i = 0; i < t->nnodes; i++) {
        if (!(t->node[i]->flags & NODE_SCALAR)) {
            return false;
        }
    }
    return t->nnodes > 0 && t->nnodes <= MOST_NODES;
}

/* The first contribution to v in this order stores, the next ones add. */
static How contribution(NbVar *v, uint64_t number)
{
    if (!v || !takes_gradient(v)) {
        return SKIP;
    }
    How how = v->sweep == number ? ADD : STORE;
    v->sweep = number;
    return how;
}

static Edge edge_of(const NbVar *v, NbVar *to, How how, uint32_t pull, const double *f)
{
    return (Edge){.g = &v->adj, .f = f, .to = &to->adj, .pull = pull + (how == ADD ? PULL_ADD : 0)};
}

/* The edges of one node, behind those already there. */
static void add_edges(struct Packed *k, size_t i, How how_a, How how_b)
{
    const Step *s = &k->step[i];
    const NbVar *v = s->v;
    if (how_a == SKIP && how_b == SKIP) {
        return;
    }
    if (s->arith == NB_CALL) {
        k->edge[k->nedges++] = (Edge){.g = &v->adj,
                                      .pull = PULL_CALL,
                                      .node = (uint16_t)i,
                                      .how_a = (uint8_t)how_a,
                                      .how_b = (uint8_t)how_b};
        return;
    }
    if (how_a != SKIP) {
        uint32_t pull = s->arith == NB_TIMES   ? PULL_TIMES
                        : s->arith == NB_POWER ? PULL_SQUARE
                                               : PULL_COPY;
        k->edge[k->nedges++] =
            edge_of(v, v->in[0], how_a, pull, s->arith == NB_POWER ? s->a : s->b);
    }
    if (how_b != SKIP && s->arith != NB_POWER) {
        uint32_t pull = s->arith == NB_TIMES   ? PULL_TIMES
                        : s->arith == NB_MINUS ? PULL_NEGATE
                                               : PULL_COPY;
        k->edge[k->nedges++] = edge_of(v, v->in[1], how_b, pull, s->a);
    }
}

/* Nodes whose operands were cut depend on no leaf: they are up to date whatever is written. */
static bool all_depend(NbCtx *ctx, const NbTape *t)
{
    uint64_t number = ++ctx->sweep;
    for (size_t i = 0; i < t->nleaves; i++) {
        t->leaf[i]->sweep = number;
    }
    for (size_t i = 0; i < t->nnodes; i++) {
        NbVar *v = t->node[i];
        for (int k = 0; k < 2; k++) {
            v->sweep = v->in[k] && v->in[k]->sweep == number ? number : v->sweep;
        }
        if (v->sweep != number) {
            return false;
        }
    }
    return true;
}

/* A leaf that became one after it was used gets no contribution: such graphs stay unpacked. */
static bool leaves_reached(const NbTape *t, uint64_t number)
{
    for (size_t i = 0; i < t->nleaves; i++) {
        if (t->leaf[i]->sweep != number) {
            return false;
        }
    }
    return true;
}

void packed_make(NbCtx *ctx, Tape *t)
{
    const NbTape *p = &t->pub;
    if (!packable(p)) {
        return;
    }
    size_t n = p->nnodes;
    struct Packed *k = nb_alloc(sizeof *k + n * sizeof k->step[0] + 2 * n * sizeof *k->edge);
    if (!k) {
        return; /* the unpacked way works as well */
    }
    *k = (struct Packed){.n = n,
                         .arithmetic = true,
                         .dependent = all_depend(ctx, p),
                         .clock = ctx->clock,
                         .replays = ctx->replays};
    k->edge = (Edge *)(void *)&k->step[n];
    for (size_t i = 0; i < n; i++) {
        NbVar *v = p->node[i], *a = v->in[0], *b = v->in[1];
        k->step[i] = (Step){v, a ? &a->value : &v->num, b ? &b->value : &v->num, v->arith, false};
        k->arithmetic &= v->arith != NB_CALL;
    }
    uint64_t number = ++ctx->sweep;
    p->node[n - 1]->sweep = number;
    for (size_t i = n; i-- > 0;) {
        const NbVar *v = p->node[i];
        k->step[i].reached = v->sweep == number && takes_gradient(v);
        if (!k->step[i].reached) {
            continue;
        }
        How how_a = contribution(v->in[0], number);
        How how_b = contribution(v->in[1], number);
        add_edges(k, i, how_a, how_b);
    }
    if (!leaves_reached(p, number)) {
        nb_free(k);
        return;
    }
    t->packed = k;
}

/* --- forward --- */

static inline bool operand_newer(const NbVar *v)
{
    return (v->in[0] && v->in[0]->stamp > v->stamp) || (v->in[1] && v->in[1]->stamp > v->stamp);
}

/* Computes every node of a graph of arithmetic; false when the root is not finite. */
static inline bool replay_all(struct Packed *k, uint64_t clock)
{
    const Step *s = k->step, *end = s + k->n;
    double y;
    do {
        double a = *s->a, b = *s->b;
        NbVar *v = s->v;
        switch (s->arith) {
        case NB_PLUS: y = a + b; break;
        case NB_MINUS: y = a - b; break;
        case NB_TIMES: y = a * b; break;
        default: y = a * a; break;
        }
        v->value = y;
        v->stamp = clock;
    } while (++s < end);
    return fabs(y) <= DBL_MAX;
}

/* Back to the first node that is not finite; those from there on are as stale as they were. */
static __attribute__((noinline)) size_t first_nonfinite(struct Packed *k)
{
    size_t i = 0;
    while (fabs(k->step[i].v->value) <= DBL_MAX) {
        i++;
    }
    for (size_t later = i; later < k->n; later++) {
        k->step[later].v->stamp = 0;
    }
    return i;
}

/* The same for what is stale, in graphs of any operations. */
static __attribute__((noinline)) size_t replay_stale(struct Packed *k, uint64_t clock, bool all,
                                                     NbReplay *what)
{
    size_t i = 0;
    for (; i < k->n; i++) {
        const Step *s = &k->step[i];
        NbVar *v = s->v;
        if (!all && !operand_newer(v)) {
            continue;
        }
        double y = arith_value(v->op, s->arith, *s->a, *s->b);
        if (!(fabs(y) <= DBL_MAX)) {
            break;
        }
        v->value = y;
        v->stamp = clock;
        what->recomputed++;
    }
    return i;
}

static inline bool leaves_newer(const NbTape *t, uint64_t clock)
{
    for (size_t i = 0; i < t->nleaves; i++) {
        if (t->leaf[i]->stamp <= clock) {
            return false;
        }
    }
    return true;
}

/* What replay_all leaves: graphs of any operations, partly stale graphs, results not finite. */
static __attribute__((noinline)) size_t replay_rest(struct Packed *k, bool all, bool failed,
                                                    NbReplay *what)
{
    size_t done;
    *what = (NbReplay){0, 0};
    if (failed) {
        done = first_nonfinite(k);
        what->recomputed = done;
    } else {
        done = replay_stale(k, k->clock, all, what);
    }
    return done;
}

/* All that is computed gets one stamp: only the order of stamps across an edge counts. */
size_t packed_forward(NbCtx *ctx, Tape *t, bool *all, NbReplay *what)
{
    struct Packed *k = t->packed;
    bool whole = *all ||
                 (k->dependent && k->replays == ctx->replays && leaves_newer(&t->pub, k->clock));
    k->clock = ++ctx->clock;
    k->replays = ++ctx->replays;
    t->fresh = ++ctx->writes;
    bool fast = whole && k->arithmetic;
    if (!fast || !replay_all(k, k->clock)) {
        *all = whole;
        return replay_rest(k, whole, fast, what);
    }
    *what = (NbReplay){k->n, 0};
    return k->n;
}

/* --- backward --- */

static inline void contribute(double *to, How how, double g)
{
    if (how == STORE) {
        *to = g;
    } else if (how == ADD) {
        *to += g;
    }
}

static __attribute__((noinline)) void pull_call(const struct Packed *k, const Edge *e)
{
    const Step *s = &k->step[e->node];
    NbVar *v = s->v;
    double ga, gb;
    arith_pull(v, *s->a, *s->b, v->adj, e->how_a != SKIP, e->how_b != SKIP, &ga, &gb);
    if (e->how_a != SKIP) {
        contribute(&v->in[0]->adj, (How)e->how_a, ga);
    }
    if (e->how_b != SKIP) {
        contribute(&v->in[1]->adj, (How)e->how_b, gb);
    }
}

/* Two short switches: a table of jumps takes longer. Apart, so that the loop is aligned alike
 * wherever it is linked. */
static __attribute__((noinline)) void pull_edges(const struct Packed *k)
{
    for (const Edge *e = k->edge, *end = e + k->nedges; e < end; e++) {
        double *to = e->to, g = *e->g;
        if (e->pull < PULL_ADD) {
            switch (e->pull) {
            case PULL_COPY: *to = g; break;
            case PULL_TIMES: *to = g * *e->f; break;
            case PULL_SQUARE: *to = g * (2 * *e->f); break;
            default: *to = -g; break;
            }
        } else if (e->pull < PULL_CALL) {
            switch (e->pull - PULL_ADD) {
            case PULL_COPY: *to += g; break;
            case PULL_TIMES: *to += g * *e->f; break;
            case PULL_SQUARE: *to += g * (2 * *e->f); break;
            default: *to -= g; break;
            }
        } else {
            pull_call(k, e);
        }
    }
}

static __attribute__((noinline)) void show_gradients(NbCtx *ctx, struct Packed *k)
{
    for (size_t i = 0; i < k->n; i++) {
        NbVar *v = k->step[i].v;
        v->flags = (uint8_t)(k->step[i].reached ? v->flags | NODE_GRAD : v->flags & ~NODE_GRAD);
    }
    k->shown = ctx->hidden;
}

/* The whole sweep, seeded with 1 and committed to the leaves; false before anything is committed
 * when a gradient is not finite. */
bool packed_backward(NbCtx *ctx, Tape *t, bool replace)
{
    struct Packed *k = t->packed;
    NbVar *const *leaf = t->pub.leaf, *const *end = leaf + t->pub.nleaves;
    k->step[k->n - 1].v->adj = 1;
    pull_edges(k);
    for (NbVar *const *v = leaf; v < end; v++) {
        if (!(fabs((*v)->adj) <= DBL_MAX)) {
            return false;
        }
    }
    if (k->shown != ctx->hidden) {
        show_gradients(ctx, k);
    }
    const uint64_t now = tape_swept(ctx, t, k->step[k->n - 1].v, false);
    for (; leaf < end; leaf++) {
        NbVar *v = *leaf;
        touch(ctx, v);
        bool had = (v->flags & NODE_GRAD) && !replace;
        v->grad = had ? v->grad + v->adj : v->adj;
        v->sweeps = had ? v->sweeps + 1 : 1;
        v->swept = now;
        v->flags |= NODE_GRAD;
    }
    return true;
}

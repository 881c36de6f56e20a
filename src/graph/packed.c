/* packed.c -- replay and sweep of a graph of scalars that is used again and again */

/* A retained graph is walked thousands of times without change. Its second use packs it: one
 * record a node with the addresses of operands and adjoints, and whether an adjoint is
 * written for the first time in the sweep or added to. What is left in a pass is arithmetic; the
 * four commonest operations are done in place, which a test holds against their own kernels. */
#include <float.h>
#include <math.h>

#include "base/mem.h"
#include "graph/node.h"

typedef enum How { SKIP, STORE, ADD } How;

typedef struct Step {
    NbVar *v;
    const double *a, *b;     /* operands: a node's value, or the folded number */
    double *da, *db;         /* their adjoints */
    const uint64_t *sa, *sb; /* their stamps */
    uint8_t how_a, how_b;
} Step;

struct Packed {
    size_t n;
    bool marked; /* some node carries a branch mark */
    Step step[];
};

static const uint64_t never; /* the stamp of numbers */

static bool all_scalars(const NbTape *t)
{
    for (size_t i = 0; i < t->nnodes; i++) {
        if (!(t->node[i]->flags & NODE_SCALAR)) {
            return false;
        }
    }
    return t->nnodes > 0;
}

/* The first contribution to v in this order stores, the next ones add. */
static How contribution(NbVar *v, bool tracked, uint64_t number)
{
    if (!tracked) {
        return SKIP;
    }
    How how = v->sweep == number ? ADD : STORE;
    v->sweep = number;
    return how;
}

void packed_make(NbCtx *ctx, Tape *t)
{
    const NbTape *p = &t->pub;
    if (!all_scalars(p)) {
        return;
    }
    struct Packed *k = nb_alloc(sizeof *k + p->nnodes * sizeof k->step[0]);
    if (!k) {
        return; /* the unpacked way works as well */
    }
    k->n = p->nnodes;
    k->marked = false;
    uint64_t number = ++ctx->sweep;
    for (size_t i = p->nnodes; i-- > 0;) {
        NbVar *v = p->node[i], *a = v->in[0], *b = v->in[1];
        Step *s = &k->step[i];
        *s = (Step){.v = v,
                    .a = a ? &a->value : &v->num,
                    .b = b ? &b->value : &v->num,
                    .da = a ? &a->adj : NULL,
                    .db = b ? &b->adj : NULL,
                    .sa = a ? &a->stamp : &never,
                    .sb = b ? &b->stamp : &never};
        k->marked |= v->branch != 0;
        s->how_a = (uint8_t)contribution(a, v->flags & NODE_TRACK0, number);
        s->how_b = (uint8_t)contribution(b, v->flags & NODE_TRACK1, number);
    }
    t->packed = k;
}

/* Recomputes stale nodes up to the first result that is not finite; returns where it stopped. */
size_t packed_forward(NbCtx *ctx, const struct Packed *k, bool all, NbReplay *what)
{
    uint64_t clock = ctx->clock;
    size_t i = 0;
    for (; i < k->n; i++) {
        const Step *s = &k->step[i];
        NbVar *v = s->v;
        if (*s->sa <= v->stamp && *s->sb <= v->stamp && !all) {
            continue;
        }
        double y = arith_value(v->op, v->arith, *s->a, *s->b);
        if (!(fabs(y) <= DBL_MAX)) {
            break;
        }
        v->value = y;
        v->stamp = ++clock;
        if (k->marked && v->branch && !what->branch) {
            what->branch = v->branch;
        }
    }
    what->recomputed += clock - ctx->clock;
    ctx->clock = clock;
    return i;
}

static inline void contribute(double *to, How how, double g)
{
    if (how == STORE) {
        *to = g;
    } else if (how == ADD) {
        *to += g;
    }
}

void packed_backward(const struct Packed *k)
{
    for (size_t i = k->n; i-- > 0;) {
        const Step *s = &k->step[i];
        NbVar *v = s->v;
        double ga, gb;
        arith_pull(v, *s->a, *s->b, v->adj, s->how_a != SKIP, s->how_b != SKIP, &ga, &gb);
        v->flags |= NODE_GRAD;
        contribute(s->da, (How)s->how_a, ga);
        contribute(s->db, (How)s->how_b, gb);
    }
}

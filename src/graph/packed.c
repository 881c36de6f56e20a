/* packed.c -- replay and sweep of a graph of scalars that is used again and again */

/* A retained graph is walked thousands of times without change. Its second use packs it: one
 * record a node with the addresses of operands, adjoints and kernels, and whether an adjoint is
 * written for the first time in the sweep or added to. What is left in a pass is arithmetic; the
 * four commonest operations are done in place, which a test holds against their own kernels. */
#include <float.h>
#include <math.h>

#include "base/mem.h"
#include "graph/node.h"
#include "ops/ops.h"

typedef enum How { SKIP, STORE, ADD } How;

/* Arithmetic done in the loop itself; CALL goes through the operation's own kernels. */
typedef enum Code { CALL, PLUS, MINUS, TIMES, SQUARE } Code;

static Code code_of(const NbVar *v)
{
    if (v->op == &nb_op_pow && !v->in[1] && v->num == 2) {
        return SQUARE;
    }
    return v->op == &nb_op_add   ? PLUS
           : v->op == &nb_op_sub ? MINUS
           : v->op == &nb_op_mul ? TIMES
                                 : CALL;
}

typedef struct Step {
    double (*scalar)(double a, double b);
    void (*partials)(double a, double b, double y, double d[2]);
    NbVar *v;
    const double *a, *b;     /* operands: a node's value, or the folded number */
    double *da, *db;         /* their adjoints */
    const uint64_t *sa, *sb; /* their stamps */
    uint8_t how_a, how_b, code;
} Step;

struct Packed {
    size_t n;
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
    uint64_t number = ++ctx->sweep;
    for (size_t i = p->nnodes; i-- > 0;) {
        NbVar *v = p->node[i], *a = v->in[0], *b = v->in[1];
        Step *s = &k->step[i];
        *s = (Step){.scalar = v->op->scalar,
                    .partials = v->op->partials,
                    .v = v,
                    .a = a ? &a->value : &v->num,
                    .b = b ? &b->value : &v->num,
                    .da = a ? &a->adj : NULL,
                    .db = b ? &b->adj : NULL,
                    .code = (uint8_t)code_of(v),
                    .sa = a ? &a->stamp : &never,
                    .sb = b ? &b->stamp : &never};
        s->how_a = (uint8_t)contribution(a, v->flags & NODE_TRACK0, number);
        s->how_b = (uint8_t)contribution(b, v->flags & NODE_TRACK1, number);
    }
    t->packed = k;
}

/* Recomputes stale nodes up to the first result that is not finite; returns where it stopped. */
size_t packed_forward(NbCtx *ctx, const struct Packed *k, bool all, NbReplay *what)
{
    uint64_t clock = ctx->clock;
    size_t i = 0, done = 0;
    for (; i < k->n; i++) {
        const Step *s = &k->step[i];
        NbVar *v = s->v;
        if (!all && *s->sa <= v->stamp && *s->sb <= v->stamp) {
            continue;
        }
        double a = *s->a, b = *s->b, y;
        switch (s->code) {
        case PLUS: y = a + b; break;
        case MINUS: y = a - b; break;
        case TIMES: y = a * b; break;
        case SQUARE: y = a * a; break;
        default: y = s->scalar(a, b);
        }
        if (!(fabs(y) <= DBL_MAX)) {
            break;
        }
        v->value = y;
        v->stamp = ++clock;
        done++;
        if (v->branch && !what->branch) {
            what->branch = v->branch;
        }
    }
    ctx->clock = clock;
    what->recomputed += done;
    return i;
}

void packed_backward(const struct Packed *k)
{
    for (size_t i = k->n; i-- > 0;) {
        const Step *s = &k->step[i];
        NbVar *v = s->v;
        double g = v->adj, ga, gb = 0;
        v->flags |= NODE_GRAD;
        switch (s->code) {
        case PLUS: ga = gb = g; break;
        case MINUS:
            ga = g;
            gb = -g;
            break;
        case TIMES:
            ga = g * *s->b;
            gb = g * *s->a;
            break;
        case SQUARE: ga = g * (2 * *s->a); break;
        default: {
            double d[2] = {s->how_a != SKIP, s->how_b != SKIP};
            s->partials(*s->a, *s->b, v->value, d);
            ga = g * d[0];
            gb = g * d[1];
        }
        }
        if (s->how_a == STORE) {
            *s->da = ga;
        } else if (s->how_a == ADD) {
            *s->da += ga;
        }
        if (s->how_b == STORE) {
            *s->db = gb;
        } else if (s->how_b == ADD) {
            *s->db += gb;
        }
    }
}

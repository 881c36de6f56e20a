/* settle.c -- loops that count: results without gradient of earlier passes become numbers */
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"

/* hits = hits + sum(argmax(y, axis=1) == t) in a loop would keep the graph of every pass, since its
 * terms can be replayed; k = argmax(m(one_hot(k, 9))) as well. Once a loop holds much, what a pass
 * computes lets go of what takes no gradient and was made in the passes before it. */

typedef struct Walk {
    NbCtx *ctx;
    uint64_t loop, pass; /* the serial when the loop, and when its pass began */
    uint64_t number;     /* of this walk, in NbVar.sweep */
    uint32_t line;
    NbVar **at, *few[16]; /* the list, at first in `few` */
    size_t n, cap;
    bool cut;
} Walk;

static NbVar **operand(NbVar *v, int i)
{
    return v->flags & NODE_WIDE ? &v->ext->arg[i].var : &v->in[i];
}

/* An edge to the value alone, kept as a constant. */
static NbStatus cut_edge(Walk *w, NbVar *user, int i)
{
    NbVar **edge = operand(user, i), *value = nb_var_detach(*edge);
    if (!value) {
        return w->ctx->err.code;
    }
    nb_var_unref(edge);
    *edge = value;
    value->stamp = user->stamp; /* the user is as fresh as it was */
    if (user->branch == 0) {
        user->branch = branch_of_line(w->ctx, w->line);
    }
    w->cut = true;
    return NB_OK;
}

static bool by_steps(const Walk *w, const NbVar *v)
{
    return v->kind == NB_INNER && v->steps && v->nin > 0 && v->serial > w->loop;
}

/* A sum or extreme that grows pass by pass: its terms without gradient. */
static NbStatus settle_sum(Walk *w, NbVar *v)
{
    NbStatus s = NB_OK;
    bool sum = v->op->flags & NB_OP_GROWS;
    for (int i = 0; sum && s == NB_OK && i < v->nin; i++) {
        NbVar *term = *operand(v, i);
        s = term && by_steps(w, term) ? cut_edge(w, v, i) : NB_OK;
    }
    return s;
}

static NbStatus open_later(Walk *w, NbVar *v)
{
    if (v->sweep == w->number) {
        return NB_OK;
    }
    if (w->n == w->cap) {
        NbVar **more = nb_alloc(2 * w->cap * sizeof(NbVar *));
        if (!more) {
            return nb_fail(&w->ctx->err, NB_EMEM, "out of memory to order the graph");
        }
        memcpy(more, w->at, w->n * sizeof(NbVar *));
        nb_free(w->at == w->few ? NULL : w->at);
        w->at = more;
        w->cap *= 2;
    }
    v->sweep = w->number;
    w->at[w->n++] = v;
    return NB_OK;
}

/* The operands of what this pass computed. */
static NbStatus settle_node(Walk *w, NbVar *v)
{
    NbStatus s = NB_OK;
    for (int i = 0; s == NB_OK && i < v->nin && i < (v->flags & NODE_WIDE ? v->nin : 2); i++) {
        NbVar *in = *operand(v, i);
        if (!in || in->kind != NB_INNER || in->serial <= w->loop) {
            continue;
        }
        if (in->serial > w->pass) {
            s = open_later(w, in);
        } else {
            s = by_steps(w, in) ? cut_edge(w, v, i) : settle_sum(w, in);
        }
    }
    return s;
}

/* As of f = f*x: nothing made in this pass, no term without gradient. Asked first, without a walk.
 */
static bool is_settled(const NbVar *v, uint64_t loop, uint64_t pass)
{
    if (v->flags & NODE_WIDE) {
        return false;
    }
    for (int i = 0; i < v->nin && i < 2; i++) {
        const NbVar *in = v->in[i];
        if (in && in->kind == NB_INNER && in->serial > loop &&
            (in->serial > pass || in->steps || in->op->flags & NB_OP_GROWS)) {
            return false;
        }
    }
    return true;
}

static __attribute__((noinline)) NbStatus walk(NbVar *v, uint64_t loop, uint64_t pass,
                                               uint32_t line)
{
    NbCtx *ctx = ctx_of(v);
    Walk w;
    w.ctx = ctx;
    w.loop = loop;
    w.pass = pass;
    w.number = ++ctx->sweep;
    w.line = line;
    w.at = w.few;
    w.n = 0;
    w.cap = sizeof w.few / sizeof *w.few;
    w.cut = false;
    NbStatus s = open_later(&w, v);
    for (size_t i = 0; s == NB_OK && i < w.n; i++) {
        s = settle_node(&w, w.at[i]);
    }
    ctx->cuts += w.cut; /* lists of nodes may name what was let go */
    nb_free(w.at == w.few ? NULL : w.at);
    return s;
}

NbStatus nb_var_settle(NbVar *v, uint64_t loop, uint64_t pass, uint32_t line)
{
    if (!v) {
        return NB_EVALUE;
    }
    const bool old = v->kind != NB_INNER || v->serial <= pass || pass < loop;
    return old || is_settled(v, loop, pass) ? NB_OK : walk(v, loop, pass, line);
}

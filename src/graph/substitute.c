/* substitute.c -- copies of a graph with some of its leaves replaced */
#include <nabla/graph.h>

#include "base/mem.h"

#define FEW 8

size_t nb_vars_find(NbVar *const *v, size_t n, const NbVar *x)
{
    if (!v || !x) {
        return n;
    }
    const uint64_t serial = nb_var_serial(x);
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (nb_var_serial(v[mid]) < serial) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < n && v[lo] == x ? lo : n;
}

typedef struct Exchange {
    NbCtx *ctx;
    const NbTape *tape;
    NbVar *const *from, *const *to;
    size_t n;
    NbCopies made; /* of the first nodes of the tape */
} Exchange;

/* What stands for v; borrowed. */
static NbVar *instead_of(const Exchange *x, NbVar *v)
{
    size_t i = nb_vars_find(x->from, x->n, v);
    if (i < x->n) {
        return x->to[i];
    }
    i = nb_var_kind(v) == NB_INNER ? nb_vars_find(x->tape->node, x->made.n, v) : x->made.n;
    return i < x->made.n ? x->made.node[i] : v;
}

static NbVar *apply_again(const Exchange *x, NbVar *v)
{
    NbArg few[FEW];
    const int n = nb_var_inputs(v);
    if (n == 0 && !nb_testmode(x->ctx)) { /* a dropout mask */
        return nb_var_copy(v, NB_CONST);
    }
    NbArg *in = n <= FEW ? few : nb_alloc((size_t)n * sizeof *in);
    if (!in) {
        nb_fail(nb_ctx_err(x->ctx), NB_EMEM, "out of memory for a copy of the graph");
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        in[i] = nb_var_input(v, i);
        in[i].var = in[i].var ? instead_of(x, in[i].var) : NULL;
    }
    NbVar *copy = nb_apply(x->ctx, nb_var_op(v), in, n, nb_var_attrs(v));
    if (in != few) {
        nb_free(in);
    }
    return copy;
}

void nb_copies_free(NbCopies *c)
{
    while (c && c->n > 0) {
        nb_var_unref(&c->node[--c->n]);
    }
    if (c) {
        nb_free(c->node);
        c->node = NULL;
    }
}

static bool copy_all(Exchange *x)
{
    for (size_t i = 0; i < x->tape->nnodes; i++) {
        if (i % 256 == 0 && nb_ctx_interrupted(x->ctx)) {
            nb_fail(nb_ctx_err(x->ctx), NB_EINTERRUPT, "stopped");
            return false;
        }
        NbVar *copy = apply_again(x, x->tape->node[i]);
        if (!copy) {
            return false;
        }
        x->made.node[x->made.n++] = copy;
    }
    return true;
}

NbVar *nb_graph_substitute(NbVar *root, NbVar *const *from, NbVar *const *to, size_t n,
                           NbCopies *all)
{
    if (!root) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (!from || !to || !from[i] || !to[i]) {
            nb_fail(nb_ctx_err(nb_var_ctx(root)), NB_EVALUE, "substitute: variable %zu is missing",
                    i + 1);
            return NULL;
        }
    }
    Exchange x = {
        .ctx = nb_var_ctx(root), .tape = nb_graph_tape(root), .from = from, .to = to, .n = n};
    if (all) {
        *all = (NbCopies){0};
    }
    if (!x.tape) {
        return NULL;
    }
    x.made.node = nb_calloc(x.tape->nnodes + 1, sizeof(NbVar *));
    if (!x.made.node) {
        nb_fail(nb_ctx_err(x.ctx), NB_EMEM, "out of memory for a copy of the graph");
        return NULL;
    }
    NbVar *y = copy_all(&x) ? nb_var_ref(instead_of(&x, root)) : NULL;
    if (y && all) {
        *all = x.made;
    } else {
        nb_copies_free(&x.made);
    }
    return y;
}

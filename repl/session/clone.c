/* clone.c -- a private copy of a graph, to be tried out: the session's own stays untouched */
#include "session/clone.h"

#include <stdlib.h>

#define FEW 8

static size_t position(NbVar *const *list, size_t n, uint64_t serial)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (nb_var_serial(list[mid]) < serial) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < n && nb_var_serial(list[lo]) == serial ? lo : n;
}

/* The copy of an operand; constants stand for themselves. */
static NbVar *copy_of(const Clone *c, const NbTape *t, NbVar *v)
{
    size_t i;
    if (nb_var_kind(v) == NB_LEAF &&
        (i = position(t->leaf, t->nleaves, nb_var_serial(v))) < t->nleaves) {
        return c->leaf[i];
    }
    if (nb_var_kind(v) == NB_INNER &&
        (i = position(t->node, t->nnodes, nb_var_serial(v))) < t->nnodes) {
        return c->node[i];
    }
    return v;
}

static NbVar *copy_node(Clone *c, const NbTape *t, NbVar *v)
{
    NbArg few[FEW];
    int n = nb_var_inputs(v);
    if (n == 0) { /* a dropout mask */
        return nb_var_copy(v, NB_CONST);
    }
    NbArg *in = n <= FEW ? few : malloc((size_t)n * sizeof *in);
    if (!in) {
        nb_fail(nb_ctx_err(c->s->ctx), NB_EMEM, "out of memory for a copy of the graph");
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        in[i] = nb_var_input(v, i);
        if (in[i].var) {
            in[i].var = copy_of(c, t, in[i].var);
        }
    }
    NbVar *copy = nb_apply(c->s->ctx, nb_var_op(v), in, n, nb_var_attrs(v));
    if (in != few) {
        free(in);
    }
    return copy;
}

static bool copy_all(Clone *c, const NbTape *t)
{
    for (size_t i = 0; i < t->nleaves; i++, c->nleaves++) {
        c->leaf[i] = nb_var_copy(t->leaf[i], NB_LEAF);
        if (!c->leaf[i]) {
            return false;
        }
    }
    for (size_t i = 0; i < t->nnodes; i++, c->nnodes++) {
        if (i % 256 == 0 && nb_ctx_interrupted(c->s->ctx)) {
            nb_fail(nb_ctx_err(c->s->ctx), NB_EINTERRUPT, "stopped");
            return false;
        }
        c->node[i] = copy_node(c, t, t->node[i]);
        if (!c->node[i]) {
            return false;
        }
    }
    return true;
}

bool clone_begin(Clone *c, Session *s, NbVar *root)
{
    const NbTape *t = nb_graph_tape(root);
    int nograd = 0;
    *c = (Clone){.s = s};
    s->unit.undoing = true; /* writes to the copy are nobody's business */
    nb_ctx_nan_mode(s->ctx, NB_NAN_OFF);
    if (!t) {
        return false;
    }
    c->leaf = calloc(t->nleaves + 1, sizeof(NbVar *));
    c->node = calloc(t->nnodes + 1, sizeof(NbVar *));
    if (!c->leaf || !c->node) {
        nb_fail(nb_ctx_err(s->ctx), NB_EMEM, "out of memory for a copy of the graph");
        return false;
    }
    for (; nb_nograd(s->ctx); nograd++) { /* inside nograd { } too a graph is wanted */
        nb_nograd_pop(s->ctx);
    }
    bool ok = copy_all(c, t);
    for (; nograd > 0; nograd--) {
        nb_nograd_push(s->ctx);
    }
    if (ok) {
        c->root = copy_of(c, t, root);
    }
    return ok;
}

void clone_end(Clone *c)
{
    for (size_t i = c->nnodes; i-- > 0;) {
        nb_var_unref(&c->node[i]);
    }
    for (size_t i = 0; i < c->nleaves; i++) {
        nb_var_unref(&c->leaf[i]);
    }
    free(c->node);
    free(c->leaf);
    if (c->s) {
        nb_ctx_nan_mode(c->s->ctx, c->s->set.nan);
        c->s->unit.undoing = false;
    }
    *c = (Clone){0};
}

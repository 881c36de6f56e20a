/* clone.c -- a private copy of a graph, to be tried out: the session's own stays untouched */
#include "session/clone.h"

#include <stdlib.h>

static bool copy_leaves(Clone *c, const NbTape *t)
{
    c->leaf = calloc(t->nleaves + 1, sizeof(NbVar *));
    if (!c->leaf) {
        nb_fail(nb_ctx_err(c->s->ctx), NB_EMEM, "out of memory for a copy of the graph");
        return false;
    }
    for (; c->nleaves < t->nleaves; c->nleaves++) {
        c->leaf[c->nleaves] = nb_var_copy(t->leaf[c->nleaves], NB_LEAF);
        if (!c->leaf[c->nleaves]) {
            return false;
        }
    }
    return true;
}

/* Inside nograd { } too a graph is wanted, and inside testmode { } the masks that are there. */
static NbVar *copy_nodes(Clone *c, NbVar *root, const NbTape *t)
{
    NbCtx *ctx = c->s->ctx;
    int nograd = 0, testmode = 0;
    for (; nb_nograd(ctx); nograd++) {
        nb_nograd_pop(ctx);
    }
    for (; nb_testmode(ctx); testmode++) {
        nb_testmode_pop(ctx);
    }
    NbVar *copy = nb_graph_substitute(root, t->leaf, c->leaf, t->nleaves, &c->inner);
    for (; testmode > 0; testmode--) {
        nb_testmode_push(ctx);
    }
    for (; nograd > 0; nograd--) {
        nb_nograd_push(ctx);
    }
    return copy;
}

bool clone_begin(Clone *c, Session *s, NbVar *root)
{
    const NbTape *t = nb_graph_tape(root);
    *c = (Clone){.s = s, .nan = interp_nan_mode(s->interp, NB_NAN_OFF)};
    if (t && copy_leaves(c, t)) {
        c->root = copy_nodes(c, root, t);
    }
    return c->root;
}

void clone_end(Clone *c)
{
    nb_var_unref(&c->root);
    nb_copies_free(&c->inner);
    while (c->nleaves > 0) {
        nb_var_unref(&c->leaf[--c->nleaves]);
    }
    free(c->leaf);
    if (c->s) {
        interp_nan_mode(c->s->interp, c->nan);
    }
    *c = (Clone){0};
}

/* end.c -- the end of a context: gradients that are graphs first, then its memory */
#include "base/mem.h"
#include "base/slab.h"
#include "graph/node.h"
#include "tensor/storage.h"

void nb_ctx_free(NbCtx **pc)
{
    NbCtx *ctx = pc ? *pc : NULL;
    if (!ctx) {
        return;
    }
    *pc = NULL;
    while (
        ctx->holders) { /* nothing outlives the context: no search for what is held from outside */
        NbVar *v = nb_var_ref(ctx->holders);
        grad_drop_graph(ctx, v);
        nb_var_unref(&v);
    }
    while (ctx->tapes) {
        Tape *t = ctx->tapes;
        ctx->tapes = t->next;
        nb_free(t->pub.node);
        nb_free(t->pub.leaf);
        nb_free(t->pub.other);
        nb_free(t);
    }
    while (ctx->exts) {
        NbExt *e = ctx->exts;
        ctx->exts = e->free_next;
        nb_free(e);
    }
    nb_free(ctx->branches.at);
    while (ctx->slabs) {
        Slab *s = ctx->slabs;
        ctx->slabs = s->next;
        nb_slab_free(s);
    }
    for (size_t i = 0; i < ctx->names.cap; i++) {
        nb_free((void *)(uintptr_t)ctx->names.slot[i]);
    }
    nb_free(ctx->names.slot);
    nb_free(ctx);
    nb_storage_trim();
}

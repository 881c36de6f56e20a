/* holders.c -- the list of nodes that hold a gradient which is a graph */
#include "graph/node.h"

void holder_add(NbCtx *ctx, NbVar *v)
{
    NbExt *e = v->ext;
    e->prev = NULL;
    e->next = ctx->holders;
    if (ctx->holders) {
        ctx->holders->ext->prev = v;
    }
    ctx->holders = v;
    ctx->nholders++;
}

void holder_remove(NbCtx *ctx, NbVar *v)
{
    NbExt *e = v->ext;
    if (e->prev) {
        e->prev->ext->next = e->next;
    } else {
        ctx->holders = e->next;
    }
    if (e->next) {
        e->next->ext->prev = e->prev;
    }
    ctx->nholders--;
}

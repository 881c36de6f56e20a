/* swept_list.c -- the tapes whose gradients are held, newest sweep first */
#include "graph/node.h"

/* Every tape that was swept is on a list while its root lives: a gradient is as old as the sweep
 * that made it, and the sweep's graph knows what it depends on. */

void tape_list_swept(NbCtx *ctx, Tape *t, NbVar *root, uint64_t since)
{
    t->since = since;
    t->root = root;
    t->newer = NULL;
    t->older = ctx->swept;
    if (t->older) {
        t->older->newer = t;
    }
    ctx->swept = t;
}

void tape_unlist_swept(NbCtx *ctx, Tape *t)
{
    if (t->newer) {
        t->newer->older = t->older;
    } else {
        ctx->swept = t->older;
    }
    if (t->older) {
        t->older->newer = t->newer;
    }
    t->swept = 0;
}

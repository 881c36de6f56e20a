/* cycles.c -- finding and freeing reference cycles made by gradients that are graphs */

/* With create_graph a node holds its gradient, whose nodes hold the node again. Trial deletion
 * (Bacon and Rajan, ECOOP 2001) over the only possible suspects, the nodes that hold such a
 * gradient: take away every reference that comes from inside what they reach; what still has
 * one is held from outside, with all it reaches; the rest is garbage. */
#include "base/mem.h"
#include "graph/node.h"

typedef struct Nodes {
    NbVar **at;
    size_t n, cap;
} Nodes;

static bool add(Nodes *l, NbVar *v, uint64_t mark)
{
    if (v->sweep == mark) {
        return true;
    }
    if (!nb_grow(&l->at, &l->cap, l->n + 1, sizeof *l->at)) {
        return false;
    }
    v->sweep = mark;
    l->at[l->n++] = v;
    return true;
}

/* Edge k of v, counting its operands and then its gradient; *end after the last. */
static NbVar *edge(const NbVar *v, int k, bool *end)
{
    int n = v->flags & NODE_WIDE ? v->nin : 2;
    if (k < n) {
        return v->flags & NODE_WIDE ? v->ext->arg[k].var : v->in[k];
    }
    *end = k > n;
    return k == n && v->ext ? v->ext->gvar : NULL;
}

static void count_edges(NbVar *v, uint32_t by)
{
    bool end = false;
    for (int k = 0; !end; k++) {
        NbVar *to = edge(v, k, &end);
        if (to) {
            to->refs += by;
        }
    }
}

static bool add_edges(Nodes *l, NbVar *v, uint64_t mark)
{
    bool end = false, ok = true;
    for (int k = 0; ok && !end; k++) {
        NbVar *to = edge(v, k, &end);
        ok = !to || add(l, to, mark);
    }
    return ok;
}

/* All that holders reach, into *all. */
static bool reach(NbCtx *ctx, Nodes *all)
{
    uint64_t mark = ++ctx->sweep;
    bool ok = true;
    for (NbVar *h = ctx->holders; ok && h; h = h->ext->next) {
        ok = add(all, h, mark);
    }
    for (size_t i = 0; ok && i < all->n; i++) {
        ok = add_edges(all, all->at[i], mark);
    }
    return ok;
}

/* Marks what is held from outside; references from inside are away. */
static bool mark_alive(NbCtx *ctx, const Nodes *all, Nodes *alive)
{
    uint64_t mark = ++ctx->sweep;
    bool ok = true;
    for (size_t i = 0; ok && i < all->n; i++) {
        ok = all->at[i]->refs == 0 || add(alive, all->at[i], mark);
    }
    for (size_t i = 0; ok && i < alive->n; i++) {
        ok = add_edges(alive, alive->at[i], mark);
    }
    return ok;
}

void nb_collect_cycles(NbCtx *ctx)
{
    if (!ctx) {
        return;
    }
    Nodes all = {0}, alive = {0}, dead = {0};
    if (!ctx->holders) {
        return;
    }
    if (reach(ctx, &all)) {
        for (size_t i = 0; i < all.n; i++) {
            count_edges(all.at[i], (uint32_t)-1);
        }
        bool ok = mark_alive(ctx, &all, &alive);
        uint64_t living = ctx->sweep;
        for (size_t i = 0; i < all.n; i++) {
            count_edges(all.at[i], 1);
        }
        for (NbVar *h = ctx->holders; ok && h; h = h->ext->next) {
            if (h->sweep != living) {
                ok = nb_grow(&dead.at, &dead.cap, dead.n + 1, sizeof *dead.at);
                if (ok) {
                    dead.at[dead.n++] = nb_var_ref(h);
                }
            }
        }
    }
    for (size_t i = 0; i < dead.n; i++) {
        grad_drop_graph(ctx, dead.at[i]);
    }
    for (size_t i = 0; i < dead.n; i++) {
        nb_var_unref(&dead.at[i]);
    }
    nb_free(all.at);
    nb_free(alive.at);
    nb_free(dead.at);
}

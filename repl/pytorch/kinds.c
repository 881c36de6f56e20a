/* kinds.c -- what is known of values before a program runs: sets, values, environments */
#include "pytorch/internal.h"

/* --- sets --- */

static Bits bits_new(Trans *T)
{
    return tr_alloc(T, (size_t)T->nwords * sizeof(uint64_t));
}

bool bits_any(const Trans *T, const Bits a)
{
    for (int i = 0; a && i < T->nwords; i++) {
        if (a[i]) {
            return true;
        }
    }
    return false;
}

bool bits_within(const Trans *T, const Bits a, const Bits b)
{
    for (int i = 0; a && i < T->nwords; i++) {
        if (a[i] & ~(b ? b[i] : 0)) {
            return false;
        }
    }
    return true;
}

bool bits_same(const Trans *T, const Bits a, const Bits b)
{
    return a == b || (bits_within(T, a, b) && bits_within(T, b, a));
}

Bits bits_or(Trans *T, Bits a, Bits b)
{
    if (bits_within(T, b, a)) {
        return a;
    }
    if (bits_within(T, a, b)) {
        return b;
    }
    Bits c = bits_new(T);
    for (int i = 0; i < T->nwords; i++) {
        c[i] = a[i] | b[i];
    }
    return c;
}

Bits bits_minus(Trans *T, Bits a, Bits b)
{
    if (!bits_meet(T, a, b)) {
        return a;
    }
    Bits c = bits_new(T);
    for (int i = 0; i < T->nwords; i++) {
        c[i] = a[i] & ~b[i];
    }
    return bits_any(T, c) ? c : NULL;
}

Bits bits_one(Trans *T, int id)
{
    Bits c = bits_new(T);
    c[id / 64] = (uint64_t)1 << id % 64;
    return c;
}

bool bits_has(const Bits b, int id)
{
    return b && id >= 0 && (b[id / 64] >> id % 64 & 1);
}

bool bits_meet(const Trans *T, const Bits a, const Bits b)
{
    for (int i = 0; a && b && i < T->nwords; i++) {
        if (a[i] & b[i]) {
            return true;
        }
    }
    return false;
}

/* --- values --- */

Val *val_new(Trans *T, unsigned kinds, int rank)
{
    Val *v = tr_alloc(T, sizeof *v);
    v->kinds = kinds;
    v->rank = rank;
    v->site = -1;
    return v;
}

Val *val_copy(Trans *T, const Val *v)
{
    Val *w = tr_alloc(T, sizeof *w);
    *w = *v;
    return w;
}

bool val_same(const Trans *T, const Val *a, const Val *b)
{
    if (a == b) {
        return true;
    }
    if (!a || !b || a->kinds != b->kinds || a->rank != b->rank || a->plain != b->plain ||
        a->share != b->share || a->view != b->view || a->site != b->site || a->nitem != b->nitem ||
        a->def != b->def || a->op != b->op || a->made != b->made ||
        !bits_same(T, a->from, b->from) || !bits_same(T, a->is, b->is) ||
        !bits_same(T, a->reads, b->reads) || !bits_same(T, a->sites, b->sites) ||
        (a->elem == NULL) != (b->elem == NULL) || (a->elem && !val_same(T, a->elem, b->elem))) {
        return false;
    }
    for (int i = 0; i < a->nitem; i++) {
        if (!val_same(T, a->item[i], b->item[i])) {
            return false;
        }
    }
    return true;
}

static const Val *join_items(Trans *T, const Val *a, const Val *b, Val *to)
{
    if (a->nitem != b->nitem || a->nitem == 0) {
        to->nitem = 0;
        return to;
    }
    const Val **item = tr_alloc(T, (size_t)a->nitem * sizeof *item);
    for (int i = 0; i < a->nitem; i++) {
        item[i] = val_join(T, a->item[i], b->item[i]);
    }
    to->item = item;
    return to;
}

const Val *val_join(Trans *T, const Val *a, const Val *b)
{
    if (!a || !b || val_same(T, a, b)) {
        return a ? a : b;
    }
    Val *v = val_copy(T, a);
    bool a_tensor = (a->kinds & K_TENSOR) != 0, b_tensor = (b->kinds & K_TENSOR) != 0;
    v->kinds = a->kinds | b->kinds;
    v->rank = !b_tensor ? a->rank : !a_tensor || a->rank == b->rank ? b->rank : RANK_ANY;
    v->plain = a->plain && b->plain;
    v->share = a->share || b->share;
    v->view = a->view || b->view;
    v->from = bits_or(T, a->from, b->from);
    v->reads = bits_or(T, a->reads, b->reads);
    v->is = bits_or(T, a->is, b->is);
    v->sites = bits_or(T, a->sites, b->sites);
    v->site = a->site == b->site ? a->site : -1;
    v->elem = val_join(T, a->elem, b->elem);
    v->def = a->def ? a->def : b->def;
    v->op = a->op ? a->op : b->op;
    v->made = a->made == b->made ? a->made : NULL;
    v->word = a->word == b->word ? a->word : NULL;
    return join_items(T, a, b, v);
}

/* --- environments --- */

static int globals(const Trans *T)
{
    return interp_symbols(T->I);
}

static void *copy_of(Trans *T, const void *from, int n)
{
    void *to = tr_alloc(T, ((size_t)n + 1) * sizeof(void *));
    if (n > 0) {
        memcpy(to, from, (size_t)n * sizeof(void *));
    }
    return to;
}

Env *env_copy(Trans *T, const Env *e)
{
    Env *c = tr_alloc(T, sizeof *c);
    *c = *e;
    c->global = copy_of(T, e->global, globals(T));
    c->local = e->local ? copy_of(T, e->local, e->nlocal) : NULL;
    c->swept = copy_of(T, e->swept, T->nid);
    c->state = copy_of(T, e->state, T->nid);
    c->cleared = copy_of(T, e->cleared, T->nid);
    c->lent = copy_of(T, e->lent, T->nid);
    return c;
}

static void join_values(Trans *T, const Val **to, const Val *const *from, int n)
{
    for (int i = 0; i < n; i++) {
        if (to[i] != from[i]) {
            to[i] = val_join(T, to[i], from[i]);
        }
    }
}

void env_join(Trans *T, Env *to, const Env *from)
{
    if (from->dead) {
        return;
    }
    if (to->dead) {
        Env *c = env_copy(T, from);
        *to = *c;
        return;
    }
    join_values(T, to->global, from->global, globals(T));
    if (to->local && from->local) {
        join_values(T, to->local, from->local, to->nlocal);
    }
    join_values(T, to->state, from->state, T->nid);
    for (int i = 0; i < T->nid; i++) {
        to->swept[i] = bits_or(T, to->swept[i], from->swept[i]);
        to->cleared[i] = bits_or(T, to->cleared[i], from->cleared[i]);
        to->lent[i] = bits_or(T, to->lent[i], from->lent[i]);
    }
    to->fresh = bits_minus(T, to->fresh, bits_minus(T, to->fresh, from->fresh));
    to->unsure = bits_or(T, to->unsure, from->unsure);
    to->held = bits_or(T, to->held, from->held);
    to->empty = bits_or(T, to->empty, from->empty);
    to->graphed = bits_or(T, to->graphed, from->graphed);
    to->graph_from = bits_or(T, to->graph_from, from->graph_from);
    to->graph_sites = bits_or(T, to->graph_sites, from->graph_sites);
}

bool env_same(const Trans *T, const Env *a, const Env *b)
{
    bool same = a->dead == b->dead && bits_same(T, a->held, b->held) &&
                bits_same(T, a->empty, b->empty) && bits_same(T, a->graphed, b->graphed) &&
                bits_same(T, a->fresh, b->fresh) && bits_same(T, a->unsure, b->unsure) &&
                bits_same(T, a->graph_from, b->graph_from) &&
                bits_same(T, a->graph_sites, b->graph_sites);
    for (int i = 0; same && i < globals(T); i++) {
        same = val_same(T, a->global[i], b->global[i]);
    }
    for (int i = 0; same && a->local && i < a->nlocal; i++) {
        same = val_same(T, a->local[i], b->local[i]);
    }
    for (int i = 0; same && i < T->nid; i++) {
        same = val_same(T, a->state[i], b->state[i]) && bits_same(T, a->swept[i], b->swept[i]) &&
               bits_same(T, a->cleared[i], b->cleared[i]) && bits_same(T, a->lent[i], b->lent[i]);
    }
    return same;
}

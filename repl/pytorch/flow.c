/* flow.c -- what names stand for, statement by statement; loops to a fixed point */
#include "pytorch/internal.h"

#define ROUNDS 12     /* of a loop until nothing new is found out */
#define VISITS 150000 /* of expressions, in all */

typedef struct LoopExits {
    struct LoopExits *outer;
    Env *broke, *went_on; /* joined at break and continue; NULL: none */
} LoopExits;

static void join_into(Trans *T, Env **to, const Env *from)
{
    if (from->dead) {
        return;
    }
    if (*to) {
        env_join(T, *to, from);
    } else {
        *to = env_copy(T, from);
    }
}

/* --- assignment --- */

const Val *flow_constant(Trans *T, const Val *v)
{
    if (!v || (!v->share && !v->from && !v->reads && !v->sites && !v->plain && !v->is)) {
        return v;
    }
    Val *c = val_copy(T, v);
    if (v->kinds & (K_NUMBER | K_TENSOR)) {
        c->from = c->reads = c->sites = c->is = NULL;
    }
    c->site = -1;
    c->plain = c->view = false;
    if (v->elem) {
        c->elem = flow_constant(T, v->elem);
    }
    return c;
}

/* The name is computed from what it was at first: that was the start of a sum, no variable. */
static void mark_growth(Trans *T, const Site *s, const Val *v)
{
    for (int i = 0; v->from && i < T->nid; i++) {
        Site *d = &T->site[i];
        if (bits_has(v->from, i) && d->candidate && d->symbol == s->symbol && !bits_has(v->is, i)) {
            d->grows = true;
        }
    }
}

static const Val *as_leaf(Trans *T, Site *s, int id, const Val *v)
{
    Val *leaf = val_copy(T, v);
    s->candidate = true;
    s->before = val_join(T, s->before, v);
    leaf->is = bits_one(T, id);
    leaf->plain = false;
    if (!T->decided || s->leaf) {
        leaf->from = leaf->is;
        T->env->empty = bits_or(T, T->env->empty, leaf->is);
        T->env->held = bits_minus(T, T->env->held, leaf->is);
    }
    if (T->decided && (s->leaf || s->written)) {
        leaf->rank = v->kinds & K_TENSOR ? v->rank : 0;
        leaf->kinds = K_TF;
    }
    return leaf;
}

static const Val *named(Trans *T, int id, const Val *v, bool constant)
{
    Site *s = &T->site[id];
    bool number = (v->kinds & (K_NUMBER | K_TENSOR)) != 0;
    if (constant || (T->nograd && !v->from)) { /* a second name of a variable stays one */
        Val *c = val_copy(T, flow_constant(T, v));
        c->is = number ? bits_one(T, id) : v->is;
        s->before = val_join(T, s->before, v);
        if (T->decided && s->written && (c->kinds & K_NUMBER)) {
            c->kinds = K_TF;
            c->rank = 0;
        }
        return c;
    }
    if (number && v->plain && T->depth == 0) {
        return as_leaf(T, s, id, v);
    }
    if ((!v->from && !v->reads) || !number || (v->is && !v->sites)) {
        return v;
    }
    mark_growth(T, s, v);
    Val *d = val_copy(T, v);
    if (!bits_has(v->sites, id)) {
        T->env->swept[id] = NULL;
    }
    T->env->fresh = bits_or(T, T->env->fresh, bits_one(T, id));
    T->env->unsure = bits_minus(T, T->env->unsure, bits_one(T, id));
    d->site = id;
    d->sites = bits_or(T, v->sites, bits_one(T, id));
    return d;
}

/* x.grad = g: held from now on, or not. */
static void set_attribute(Trans *T, const Node *target, const Val *v)
{
    const Val *x = flow_expr(T, target->a);
    Env *e = T->env;
    if (!x || target->id != A_GRAD || !bits_any(T, x->is)) {
        return;
    }
    flow_mark_hard(T, x);
    flow_give_back(T, x->is);
    e->graphed = bits_minus(T, e->graphed, x->is);
    e->held = v->kinds == K_NONE ? bits_minus(T, e->held, x->is) : bits_or(T, e->held, x->is);
    e->empty = v->kinds & K_NONE ? bits_or(T, e->empty, x->is) : bits_minus(T, e->empty, x->is);
}

/* x.grad, and what is the same tensor. */
bool flow_is_gradient(const Trans *T, const Node *n)
{
    const char *name = n->kind == N_CALL && n->call->npos == 1 ? tr_callee(T, n) : NULL;
    if (name && strcmp(name, "detach") == 0) {
        return flow_is_gradient(T, n->kid[0]);
    }
    return n->kind == N_ATTR && (n->id == A_GRAD || (n->id == A_DATA && flow_is_gradient(T, n->a)));
}

void flow_give_back(Trans *T, Bits of)
{
    for (int i = 0; of && i < T->nid; i++) {
        T->env->lent[i] = bits_has(of, i) ? NULL : T->env->lent[i];
    }
}

/* g = x.grad: PyTorch adds to it in place as long as x holds it. */
static void lend(Trans *T, int id, const Node *value)
{
    while (value->kind != N_ATTR || value->id != A_GRAD) {
        value = value->kind == N_CALL ? value->kid[0] : value->a;
    }
    const Val *x = flow_expr(T, value->a);
    for (int i = 0; x && x->is && i < T->nid; i++) {
        if (bits_has(x->is, i) && bits_has(T->env->held, i)) {
            T->env->lent[i] = bits_or(T, T->env->lent[i], bits_one(T, id));
        }
    }
}

static void bind(Trans *T, const Node *target, int id, const Val *v, bool constant, uint64_t draws)
{
    Site *s = &T->site[id];
    if (target->kind == N_ATTR) {
        set_attribute(T, target, v);
        return;
    }
    s->symbol = target->sym;
    s->block = T->nblock ? T->block[T->nblock - 1] : NULL;
    s->drawn = s->drawn || draws != T->draws;
    v = named(T, id, v, constant);
    if (target->kind == N_LOCAL) {
        T->env->local[target->id] = v;
    } else {
        T->env->global[target->id] = v;
    }
    Info *in = tr_info(T, target);
    in->val = val_join(T, in->val, v);
}

static const Val *part_of(Trans *T, const Val *v, int i)
{
    if (v->nitem > i) {
        return v->item[i];
    }
    if (v->elem) {
        return v->elem;
    }
    Val *p = val_new(T, v->kinds, v->rank > 0 ? v->rank - 1 : RANK_ANY);
    p->share = v->share;
    p->plain = v->plain;
    p->from = v->from;
    p->reads = v->reads;
    p->sites = v->sites;
    return p;
}

static bool assign(Trans *T, const Node *n, bool constant)
{
    int id = tr_info(T, n)->id;
    uint64_t draws = T->draws;
    if (n->a->kind != N_TUPLE) {
        const Val *v = flow_expr(T, n->b);
        if (v) {
            bind(T, n->a, id, v, constant, draws);
        }
        if (v && flow_is_gradient(T, n->b)) {
            lend(T, id, n->b);
        }
        return v != NULL;
    }
    const Val *v[64];
    bool each = n->b->kind == N_TUPLE;
    const Val *whole = each ? NULL : flow_expr(T, n->b);
    if (n->a->n > 64 || (!each && !whole)) {
        return tr_fail(T, n, "more than 64 names in one statement");
    }
    for (int i = 0; i < n->a->n; i++) {
        v[i] = each ? flow_expr(T, n->b->kid[i]) : part_of(T, whole, i);
        if (!v[i]) {
            return false;
        }
    }
    for (int i = 0; i < n->a->n; i++) {
        bind(T, n->a->kid[i], id + i, v[i], constant, draws);
        if (each && flow_is_gradient(T, n->b->kid[i])) {
            lend(T, id + i, n->b->kid[i]);
        }
    }
    return true;
}

static void mark_written(Trans *T, const Val *v)
{
    T->env->fresh = NULL;
    for (int i = 0; v && v->is && i < T->nid; i++) {
        if (bits_has(v->is, i)) {
            T->site[i].written = true;
        }
    }
}

/* Parts of x.data are parts of x. */
const Node *flow_place(Trans *T, const Node *to)
{
    while (to->kind == N_ATTR && to->id == A_DATA) {
        to = to->a;
    }
    if (to->kind != N_INDEX || flow_place(T, to->a) == to->a) {
        return to;
    }
    Node *part = tr_alloc(T, sizeof *part);
    *part = *to;
    part->a = (Node *)(uintptr_t)flow_place(T, to->a);
    tr_info(T, part)->val = tr_info(T, to)->val;
    return part;
}

static bool write_one(Trans *T, const Node *to, const Node *value)
{
    const Val *given = flow_expr(T, value);
    if (!given) {
        return false;
    }
    const Node *base = flow_place(T, to);
    while (base->kind == N_INDEX) {
        base = base->a;
    }
    const Val *v = flow_expr(T, base->kind == N_ATTR ? base->a : base);
    bool part = v && v->kinds & K_MODEL;
    if (v && base->kind == N_ATTR && base == to && !part) {
        set_attribute(T, base, given);
    } else if (v && base->kind == N_ATTR) {
        v = flow_expr(T, base);
    }
    if (v && base != to && base->kind != N_ATTR) {
        flow_expr(T, to);
    }
    mark_written(T, base->kind == N_ATTR ? NULL : v);
    return v != NULL;
}

static bool write(Trans *T, const Node *n)
{
    if (n->a->kind != N_TUPLE) {
        return write_one(T, n->a, n->b);
    }
    for (int i = 0; i < n->a->n; i++) {
        if (!write_one(T, n->a->kid[i], n->b->kid[i])) {
            return false;
        }
    }
    return true;
}

/* --- blocks and loops --- */

bool flow_block(Trans *T, const Node *n)
{
    if (T->nblock == (int)(sizeof T->block / sizeof T->block[0])) {
        return tr_fail(T, n, "nested too deeply to be translated");
    }
    T->block[T->nblock++] = n;
    bool ok = true;
    for (int i = 0; ok && i < n->n && !T->env->dead; i++) {
        ok = flow_statement(T, n->kid[i]);
    }
    T->nblock--;
    return ok;
}

/* One pass; `head` evaluates what stands before the body. */
typedef bool (*Head)(Trans *T, const Node *n);

static bool one_pass(Trans *T, const Node *n, Head head, const Node *body)
{
    LoopExits *x = T->exits;
    if (!head(T, n) || !flow_block(T, body)) {
        return false;
    }
    if (x->went_on) {
        env_join(T, T->env, x->went_on);
        x->went_on = NULL;
    }
    return true;
}

/* A loop that surely runs goes through its first pass alone, so that what came before the loop is
 * not taken for what its passes leave. */
static bool loop(Trans *T, const Node *n, Head head, const Node *body, bool surely)
{
    LoopExits x = {.outer = T->exits};
    Env *before = env_copy(T, T->env);
    T->exits = &x;
    T->loops++;
    bool ok = !surely || one_pass(T, n, head, body);
    if (surely && T->env->dead) {
        env_join(T, T->env, before);
    }
    for (int i = 0; ok && i < ROUNDS; i++) {
        before = env_copy(T, T->env);
        ok = one_pass(T, n, head, body);
        env_join(T, T->env, before);
        if (env_same(T, T->env, before)) {
            break;
        }
    }
    T->loops--;
    T->exits = x.outer;
    if (x.broke) {
        env_join(T, T->env, x.broke);
    }
    return ok;
}

static bool repeat_head(Trans *T, const Node *n)
{
    return flow_expr(T, n->a) != NULL;
}

static const Val *items_of(Trans *T, const Node *seq, const Val *v)
{
    if (seq->kind == N_NUMBERS || seq->kind == N_RANGE) {
        bool whole = true;
        if (seq->kind == N_NUMBERS && seq->lit->shape.rank == 1) {
            for (int i = 0; i < seq->lit->shape.dim[0]; i++) {
                double x = seq->lit->data[i];
                whole = whole && x == (double)(int64_t)x;
            }
            return val_new(T, whole ? K_INT : K_FLOAT, 0);
        }
        if (seq->kind == N_RANGE) {
            for (int i = 0; i < 3; i++) {
                const Val *part = seq->kid[i] ? tr_info(T, seq->kid[i])->val : NULL;
                whole = whole && !(part && part->kinds & K_FLOAT && i != 1);
            }
            return val_new(T, whole ? K_INT : K_FLOAT, 0);
        }
    }
    if (v->kinds & K_RANGE) {
        return val_new(T, K_INT, 0);
    }
    if (v->kinds & K_TENSOR) {
        return val_new(T, v->kinds & K_TENSOR, v->rank > 0 ? v->rank - 1 : RANK_ANY);
    }
    return v->elem ? v->elem : val_new(T, K_TF, RANK_ANY);
}

static bool for_head(Trans *T, const Node *n)
{
    int targets = n->n - 2;
    const Node *seq = n->kid[targets];
    const Val *v = flow_expr(T, seq);
    if (!v) {
        return false;
    }
    for (int i = 0; i < targets; i++) {
        const Node *t = n->kid[i];
        const Val *x = targets == 1 && !(v->kinds & K_LOADER) ? items_of(T, seq, v)
                                                              : part_of(T, v, i);
        x = flow_constant(T, x);
        if (v->kinds == K_LIST && v->elem) {
            x = v->elem; /* parameters stay variables */
        }
        if (t->kind == N_LOCAL) {
            T->env->local[t->id] = x;
        } else {
            T->env->global[t->id] = x;
        }
        Info *in = tr_info(T, t);
        in->val = val_join(T, in->val, x);
    }
    return true;
}

static bool while_head(Trans *T, const Node *n)
{
    return flow_expr(T, n->a) != NULL;
}

static bool runs_surely(const Node *n)
{
    double a, b;
    if (n->kind == N_REPEAT) {
        return n->a->kind != N_NUM || n->a->num >= 1;
    }
    const Node *seq = n->kind == N_FOR ? n->kid[n->n - 2] : NULL;
    if (!seq) {
        return false;
    }
    if (seq->kind != N_RANGE) {
        return true; /* loops over data and lists */
    }
    return !(seq->kid[0] && seq->kid[1] && tr_literal(seq->kid[0], &a) &&
             tr_literal(seq->kid[1], &b)) ||
           a < b;
}

static bool branches(Trans *T, const Node *n)
{
    Env *end = NULL;
    bool ok = true;
    int i = 0;
    for (; ok && i + 1 < n->n; i += 2) {
        ok = flow_expr(T, n->kid[i]) != NULL;
        if (!ok) {
            return false;
        }
        Env *otherwise = env_copy(T, T->env);
        ok = flow_block(T, n->kid[i + 1]);
        join_into(T, &end, T->env);
        T->env = otherwise;
    }
    if (ok && i < n->n) {
        ok = flow_block(T, n->kid[i]);
    }
    if (end) {
        env_join(T, T->env, end);
    }
    return ok;
}

static bool maybe(Trans *T, const Node *body)
{
    Env *before = env_copy(T, T->env);
    bool ok = flow_block(T, body);
    env_join(T, T->env, before);
    return ok;
}

static bool without_graph(Trans *T, const Node *body)
{
    T->nograd++;
    bool ok = flow_block(T, body);
    T->nograd--;
    return ok;
}

/* testmode: models that are called in it, by functions too, by the names they have before. */
static bool tested(Trans *T, const Node *n)
{
    Info *in = tr_info(T, n);
    if (T->testing) {
        return tr_fail(T, n, "testmode inside testmode has no counterpart in PyTorch");
    }
    Env *before = env_copy(T, T->env);
    T->testing = in;
    T->test_depth = T->depth;
    bool ok = flow_block(T, n->a);
    T->testing = NULL;
    Env *after = T->env;
    T->env = before;
    ok = ok && flow_name_models(T, n);
    T->env = after;
    return ok;
}

static bool leave(Trans *T, const Node *n)
{
    LoopExits *x = T->exits;
    if (n->kind == N_RETURN) {
        const Val *v = n->a ? flow_expr(T, n->a) : val_new(T, K_NONE, 0);
        if (!v) {
            return false;
        }
        T->ret = val_join(T, T->ret, v);
        join_into(T, &T->returned, T->env);
    } else if (x) {
        join_into(T, n->kind == N_BREAK ? &x->broke : &x->went_on, T->env);
    }
    T->env->dead = true;
    return true;
}

static bool define(Trans *T, const Node *n)
{
    Val *v = val_new(T, K_FUNC, 0);
    v->def = n;
    T->env->global[n->def->symbol] = v;
    return true;
}

bool flow_statement(Trans *T, const Node *n)
{
    if (++T->visits > VISITS) {
        return tr_fail(T, n, "too many cases to be translated");
    }
    if (T->failed) {
        return false;
    }
    tr_info(T, n)->visited = true;
    switch (n->kind) {
    case N_ASSIGN: return assign(T, n, false);
    case N_CONST: return assign(T, n, true);
    case N_WRITE: return write(T, n);
    case N_DEF: return define(T, n);
    case N_BLOCK: return flow_block(T, n);
    case N_REPEAT: return loop(T, n, repeat_head, n->b, runs_surely(n));
    case N_FOR: return loop(T, n, for_head, n->kid[n->n - 1], runs_surely(n));
    case N_WHILE: return loop(T, n, while_head, n->b, false);
    case N_IF: return branches(T, n);
    case N_EVERY: return flow_expr(T, n->a) && maybe(T, n->b);
    case N_NOGRAD: return without_graph(T, n->a);
    case N_TESTMODE: return tested(T, n);
    case N_BREAK:
    case N_CONTINUE:
    case N_RETURN: return leave(T, n);
    default: break;
    }
    if (n->kind == N_CALL && n->call->row) {
        return flow_command(T, n, n->call->row->name);
    }
    return flow_expr(T, n) != NULL;
}

/* --- functions --- */

const Val *flow_call_user(Trans *T, const Val *f, const Val *const *arg, int n, const Node *call)
{
    const DefInfo *d = f->def->def;
    const Val *ret = T->ret, **local = T->env->local;
    const Node *def = T->env->def;
    Env *returned = T->returned;
    int nlocal = T->env->nlocal, loops = T->loops;
    LoopExits *exits = T->exits;
    if (T->depth >= 40 || T->failed) {
        return val_new(T, K_TF | K_FLOAT, RANK_ANY); /* it calls itself */
    }
    T->env->local = tr_alloc(T, ((size_t)d->nslots + 1) * sizeof *local);
    T->env->nlocal = d->nslots;
    for (int i = 0; i < d->nparams; i++) {
        const Node *given = call && i >= n ? tr_arg(T, call, -1, tr_symbol(T, d->param[i].symbol))
                                           : NULL;
        const Node *fallback = given ? given : d->param[i].fallback;
        T->env->local[i] = i < n ? arg[i] : NULL;
        if (i >= n && fallback) {
            const Val **mine = T->env->local;
            T->env->local = given ? local : mine;
            const Val *v = flow_expr(T, fallback);
            T->env->local = mine;
            T->env->local[i] = v;
        }
    }
    T->env->def = f->def;
    T->depth++;
    T->ret = NULL;
    T->returned = NULL;
    T->exits = NULL;
    T->loops = 0;
    const Val *v = NULL;
    bool ok = true;
    if (d->block) {
        ok = flow_block(T, d->body);
        if (T->returned) {
            env_join(T, T->env, T->returned);
        } else if (ok && !T->env->dead) {
            T->ret = val_join(T, T->ret, val_new(T, K_NONE, 0));
        }
        v = T->ret;
    } else {
        v = flow_expr(T, d->body);
    }
    T->env->dead = false;
    T->env->local = local;
    T->env->nlocal = nlocal;
    T->env->def = def;
    T->depth--;
    T->ret = ret;
    T->returned = returned;
    T->exits = exits;
    T->loops = loops;
    return ok && !T->failed ? (v ? v : val_new(T, K_NONE, 0)) : NULL;
}

/* --- which plain values are leaves --- */

static bool is_source(const Trans *T, int id)
{
    const Site *s = &T->site[id];
    return s->stmt->kind == N_CALL || (s->candidate && s->hard);
}

/* The starts of sums are numbers, unless someone asks for their gradient; data that happen to be
 * on the way of a sweep need no gradient where parameters are behind it. */
static void decide(Trans *T)
{
    for (int i = 0; i < T->nid; i++) {
        T->site[i].leaf = T->site[i].candidate && T->site[i].hard;
    }
    for (size_t k = 0; k < T->ninfo; k++) {
        const Bits swept = T->info[k].node ? T->info[k].one : NULL;
        bool source = false;
        for (int i = 0; swept && i < T->nid; i++) {
            source = source || (bits_has(swept, i) && is_source(T, i));
        }
        for (int i = 0; swept && !source && i < T->nid; i++) {
            Site *s = &T->site[i];
            s->leaf = s->leaf || (bits_has(swept, i) && s->candidate && !s->grows);
        }
    }
    T->decided = true;
}

static Env *fresh(Trans *T)
{
    Env *e = tr_alloc(T, sizeof *e);
    int n = interp_symbols(T->I);
    e->global = tr_alloc(T, ((size_t)n + 1) * sizeof *e->global);
    e->swept = tr_alloc(T, ((size_t)T->nid + 1) * sizeof *e->swept);
    e->cleared = tr_alloc(T, ((size_t)T->nid + 1) * sizeof *e->cleared);
    e->lent = tr_alloc(T, ((size_t)T->nid + 1) * sizeof *e->lent);
    e->state = tr_alloc(T, ((size_t)T->nid + 1) * sizeof *e->state);
    return e;
}

static bool go_through(Trans *T)
{
    bool ok = true;
    T->env = fresh(T);
    T->nblock = T->depth = T->nograd = T->loops = T->nwatch = 0;
    T->draws = 0;
    T->testing = NULL;
    for (int i = 0; ok && i < T->p->n; i++) {
        ok = flow_statement(T, T->p->stmt[i]);
    }
    return ok && !T->failed;
}

static void forget(Trans *T)
{
    for (size_t k = 0; k < T->ninfo; k++) {
        Info *in = &T->info[k];
        *in = (Info){.node = in->node, .id = in->id, .opt_symbol = -1};
    }
}

/* plot f, at the top: the values of f at each step are kept. */
static void find_plots(Trans *T)
{
    for (int i = 0; i < T->p->n; i++) {
        const Node *n = T->p->stmt[i];
        bool plots = n->kind == N_CALL && n->call->row && strcmp(n->call->row->name, "plot") == 0;
        for (int k = 0; plots && k < n->call->npos; k++) {
            if (n->kid[k]->kind == N_GLOBAL && T->nrecord < 8) {
                T->record[T->nrecord++] = n->kid[k]->sym;
            }
        }
    }
}

bool flow_program(Trans *T)
{
    find_plots(T);
    if (!go_through(T)) {
        return false;
    }
    decide(T);
    forget(T);
    T->visits = 0;
    return go_through(T);
}

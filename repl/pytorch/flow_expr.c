/* flow_expr.c -- what expressions give: kinds of numbers, ranks, variables behind them */
#include "pytorch/internal.h"

/* --- names --- */

static const Val *constant_of(Trans *T, const char *name)
{
    if (strcmp(name, "none") == 0) {
        Val *none = val_new(T, K_NONE, 0);
        none->word = name;
        return none;
    }
    bool flag = strcmp(name, "true") == 0 || strcmp(name, "false") == 0;
    Val *v = val_new(T, flag ? K_BOOL : K_FLOAT, 0);
    v->plain = true;
    v->word = name;
    return v;
}

/* forward h computes g, of which h is a derivative, where h's graph needs it: that is not known. */
static bool is_sure(Trans *T, const Node *n, const Val *v)
{
    if (T->names_only || !bits_has(T->env->unsure, v->site)) {
        return true;
    }
    const char *name = tr_symbol(T, n->sym);
    tr_fail(T, n, "%s may be older than what it is computed from", name);
    tr_hint(T, "forward %s first", name);
    return false;
}

const Val *flow_name(Trans *T, const Node *n)
{
    const char *name = tr_symbol(T, n->sym);
    const NbOp *op = known_op(T->I, n->sym);
    if (n->kind == N_LOCAL) {
        const Val *v = T->env->local ? T->env->local[n->id] : NULL;
        return !v ? val_new(T, K_NONE, 0) : is_sure(T, n, v) ? v : NULL;
    }
    const Val *v = T->env->global[n->id];
    if (v) {
        return is_sure(T, n, v) ? v : NULL;
    }
    if (known_constant(T->I, n->sym) || strcmp(name, "none") == 0) {
        return constant_of(T, name);
    }
    if (strcmp(name, "args") == 0) {
        Val *list = val_new(T, K_LIST, 0);
        list->elem = val_new(T, K_STR, 0);
        list->word = name;
        return list;
    }
    if (op || known_row(T->I, n->sym)) {
        Val *f = val_new(T, K_FUNC, 0);
        f->op = op;
        f->word = name;
        return f;
    }
    tr_fail(T, n, "%s is not known here", name);
    return NULL;
}

/* --- operators --- */

static const Val *merge(Trans *T, unsigned kinds, int rank, const Val *const *arg, int n)
{
    Val *v = val_new(T, kinds, rank);
    v->plain = true;
    for (int i = 0; i < n; i++) {
        v->plain = v->plain && arg[i]->plain;
        v->share = v->share || arg[i]->share;
        if (!T->nograd) {
            v->reads = bits_or(T, v->reads, bits_or(T, arg[i]->from, arg[i]->reads));
            v->sites = bits_or(T, v->sites, arg[i]->sites);
        }
        if (!T->nograd && !(kinds & (K_TB | K_BOOL))) {
            v->from = bits_or(T, v->from, arg[i]->from);
        }
    }
    return v;
}

int flow_broadcast(int rank, const Val *const *arg, int n)
{
    for (int i = 0; i < n; i++) {
        if (arg[i]->kinds & K_TENSOR) {
            rank = rank == RANK_ANY || arg[i]->rank == RANK_ANY ? RANK_ANY
                   : arg[i]->rank > rank                        ? arg[i]->rank
                                                                : rank;
        }
    }
    return rank;
}

static bool whole_power(const Node *b)
{
    double x;
    return b && tr_literal(b, &x) && x >= 0 && x == (double)(int64_t)x;
}

/* Kinds of a op b, each of one kind. */
static unsigned one_kind(const NbOp *op, unsigned a, unsigned b, bool whole)
{
    bool tensor = ((a | b) & K_TENSOR) != 0, floats = ((a | b) & (K_TF | K_FLOAT)) != 0;
    if (op->flags & NB_OP_STEPS) {
        return tensor ? K_TB : K_BOOL;
    }
    bool divides = op->symbol && (op->symbol[0] == '/' || (op->symbol[0] == '^' && !whole));
    if (divides || floats || ((a | b) & K_TB)) {
        return tensor ? K_TF : K_FLOAT;
    }
    return tensor ? K_TI : K_INT;
}

/* Whether it can be an operand: the program would end in an error here. Python joins lists, and
 * repeats them. */
static bool calculates(Trans *T, const Node *at, const Val *v)
{
    static const struct {
        unsigned kind;
        const char *what;
    } other[] = {{K_LIST, "a list"},     {K_RANGE, "a range"},  {K_STR, "a text"},
                 {K_FUNC, "a function"}, {K_MODEL, "a module"}, {K_OPT, "an optimizer"}};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        if (v->kinds == other[i].kind) {
            tr_fail(T, at, "%s: needs a number or tensor, not %s", tr_source(T, at->start, at->end),
                    other[i].what);
            return false;
        }
    }
    return true;
}

static const Val *infix(Trans *T, const NbOp *op, const Val *a, const Val *b, const Node *right,
                        const Node *at)
{
    const Val *arg[] = {a, b};
    unsigned kinds = 0;
    bool matrices = op->symbol && op->symbol[0] == '@';
    if (a->kinds == K_STR && b->kinds == K_STR) { /* + joins them */
        return val_new(T, K_STR, 0);
    }
    if (!calculates(T, at, a) || !calculates(T, at, b)) {
        return NULL;
    }
    for (unsigned i = 1; i <= K_TB; i *= 2) {
        for (unsigned j = 1; j <= K_TB; j *= 2) {
            if ((a->kinds & i) && (b->kinds & j)) {
                kinds |= one_kind(op, i, j, whole_power(right));
            }
        }
    }
    if (matrices) {
        int rank = a->rank == RANK_ANY || b->rank == RANK_ANY ? RANK_ANY
                   : a->rank == 1 || b->rank == 1             ? a->rank + b->rank - 2
                   : a->rank > b->rank                        ? a->rank
                                                              : b->rank;
        return merge(T, kinds ? kinds : K_TF, rank < 0 ? RANK_ANY : rank, arg, 2);
    }
    return merge(T, kinds ? kinds : K_FLOAT, flow_broadcast(0, arg, 2), arg, 2);
}

static const Val *chain(Trans *T, const Node *n)
{
    const Val *v = flow_expr(T, n->kid[0]);
    for (int i = 1; v && i < n->n; i++) {
        const Val *b = flow_expr(T, n->kid[i]);
        v = b ? infix(T, n->chain[i].op, v, b, n->kid[i], n) : NULL;
    }
    return v;
}

/* Of numbers and tensors of one element a bool of Python; else one for each element. */
static const Val *logic(Trans *T, const Node *n)
{
    const int count = n->kind == N_NOT ? 1 : n->n;
    const Val **all = tr_alloc(T, (size_t)count * sizeof *all);
    bool elements = false;
    for (int i = 0; i < count; i++) {
        all[i] = flow_expr(T, n->kind == N_NOT ? n->a : n->kid[i]);
        if (!all[i] || !calculates(T, n->kind == N_NOT ? n : n->kid[i], all[i])) {
            return NULL;
        }
        elements = elements || (all[i]->kinds & K_TENSOR && all[i]->rank != 0);
    }
    Val *v = val_copy(T, merge(T, elements ? K_TB : K_BOOL,
                               elements ? flow_broadcast(0, all, count) : 0, all, count));
    v->plain = v->share = false;
    return v;
}

/* --- lists and parts --- */

static const Val *list(Trans *T, const Node *n)
{
    const Val **item = tr_alloc(T, ((size_t)n->n + 1) * sizeof *item);
    unsigned kinds = 0;
    const Val *elem = NULL;
    for (int i = 0; i < n->n; i++) {
        item[i] = flow_expr(T, n->kid[i]);
        if (!item[i]) {
            return NULL;
        }
        kinds |= item[i]->kinds;
        elem = val_join(T, elem, item[i]);
    }
    if (n->n > 0 && !(kinds & ~(unsigned)(K_NUMBER | K_TENSOR))) {
        int rank = elem->kinds & K_TENSOR ? elem->rank : 0;
        return merge(T,
                     interp_all_conditions(T->I, n) ? K_TB
                     : kinds & (K_TF | K_NUMBER)    ? K_TF
                                                    : kinds & K_TENSOR,
                     rank == RANK_ANY ? rank : rank + 1, item, n->n);
    }
    Val *v = val_new(T, K_LIST, 0);
    v->elem = elem;
    v->item = item;
    v->nitem = n->n;
    for (int i = 0; i < n->n; i++) {
        v->from = bits_or(T, v->from, item[i]->from);
        v->is = bits_or(T, v->is, item[i]->is);
    }
    return v;
}

static const Val *part(Trans *T, const Node *n)
{
    const Val *base = flow_expr(T, n->a);
    if (!base) {
        return NULL;
    }
    int rank = base->rank, first = -1;
    double x;
    for (int i = 0; i < n->n; i++) {
        const Node *item = n->kid[i];
        if (item->kind == N_RANGE) {
            for (int k = 0; k < 3; k++) {
                if (item->kid[k] && !flow_expr(T, item->kid[k])) {
                    return NULL;
                }
            }
            continue;
        }
        const Val *v = flow_expr(T, item);
        if (!v) {
            return NULL;
        }
        bool many = item->kind == N_LIST || item->kind == N_NUMBERS ||
                    ((v->kinds & K_TENSOR) && v->rank != 0) || (v->kinds & (K_LIST | K_RANGE));
        rank = rank == RANK_ANY || ((v->kinds & K_TENSOR) && v->rank == RANK_ANY) ? RANK_ANY
               : many && (v->kinds & K_TENSOR) ? rank + v->rank - 1
               : many                          ? rank
                                               : rank - 1;
        first = i == 0 && tr_literal(item, &x) ? (int)x : first;
    }
    if (base->kinds & (K_LIST | K_STR)) {
        if (base->kinds & K_STR) {
            return val_new(T, K_STR, 0);
        }
        first = first < 0 ? first + base->nitem : first;
        if (n->n == 1 && (n->kid[0]->kind == N_NUMBERS || n->kid[0]->kind == N_LIST)) {
            Val *some = val_copy(T, base);
            some->nitem = 0;
            return some;
        }
        const Val *e = first >= 0 && first < base->nitem && n->n == 1 ? base->item[first]
                                                                      : base->elem;
        return e ? e : val_new(T, K_TF, RANK_ANY);
    }
    if (base->kinds & K_MODEL) {
        return base;
    }
    if (base->share && rank == 0) {
        tr_fail(T, n, "--ddp: a part of a batch is another one in each process");
        return NULL;
    }
    return merge(T, base->kinds & K_TENSOR ? base->kinds & K_TENSOR : K_TF,
                 rank < 0 ? RANK_ANY : rank, &base, 1);
}

/* --- attributes --- */

static const Val *gradient_of(Trans *T, const Val *x)
{
    Env *e = T->env;
    Val *g = val_new(T, K_TF, x->kinds & K_TENSOR ? x->rank : 0);
    for (int i = 0; i < T->nid; i++) {
        if (bits_has(x->is, i)) {
            T->site[i].hard = true;
        }
    }
    flow_use_gradients(T, x->is);
    if (!x->is && x->from && x->site >= 0) {
        T->site[x->site].kept = true;
    }
    if (bits_meet(T, x->is, e->empty)) {
        g->kinds |= bits_within(T, x->is, e->held) ? 0U : K_NONE;
    }
    if (!bits_meet(T, x->is, e->held) && x->is) {
        g->kinds = K_NONE;
    }
    if (bits_meet(T, x->is, e->graphed) && !T->nograd) {
        g->from = e->graph_from;
        g->sites = e->graph_sites;
    }
    return g;
}

static const Val *attribute(Trans *T, const Node *n)
{
    const Val *x = flow_expr(T, n->a);
    if (!x) {
        return NULL;
    }
    if (x->kinds & (K_MODEL | K_OPT)) {
        if (x->kinds & K_OPT) {
            return val_new(T, K_FLOAT, 0);
        }
        if (strcmp(n->attr, "params") == 0) {
            Val *all = val_new(T, K_LIST, 0), *one = val_new(T, K_TF, RANK_ANY);
            one->from = one->is = all->from = all->is = x->is;
            all->elem = one;
            all->view = true;
            return all;
        }
        if (strlen(n->attr) == 1) {
            Val *w = val_new(T, K_TF, RANK_ANY);
            w->from = w->is = x->is;
            w->view = true;
            return w;
        }
        return x; /* m.linear[0] */
    }
    Val *v;
    switch (n->id) {
    case A_GRAD: return gradient_of(T, x);
    case A_DATA:
        return x->kinds & K_TENSOR && x->rank != 0 ? flow_constant(T, x) : val_new(T, K_FLOAT, 0);
    case A_SHAPE:
        v = val_new(T, K_LIST, 0);
        v->elem = val_new(T, K_INT, 0);
        return v;
    case A_SIZE:
    case A_NDIM: return val_new(T, K_INT, 0);
    case A_OP: return val_new(T, K_STR, 0);
    case A_T: return merge(T, x->kinds, x->rank, &x, 1);
    default: break;
    }
    tr_fail(T, n, ".%s has no counterpart in PyTorch", n->attr);
    return NULL;
}

/* --- expressions --- */

static const Val *number(Trans *T, const Node *n)
{
    bool whole = n->num == (double)(int64_t)n->num;
    for (uint32_t i = n->start; i < n->end && whole; i++) {
        char c = T->p->text[i];
        whole = c != '.' && c != 'e' && c != 'E';
    }
    Val *v = val_new(T, whole ? K_INT : K_FLOAT, 0);
    v->plain = true;
    return v;
}

static const Val *format(Trans *T, const Node *n)
{
    for (int i = 0; i < n->n; i++) {
        if (n->kid[i]->kind == N_PIECE && !flow_expr(T, n->kid[i]->a)) {
            return NULL;
        }
    }
    return val_new(T, K_STR, 0);
}

static const Val *several(Trans *T, const Node *n)
{
    const Val **item = tr_alloc(T, ((size_t)n->n + 1) * sizeof *item);
    Val *v = val_new(T, K_LIST, 0);
    for (int i = 0; i < n->n; i++) {
        item[i] = flow_expr(T, n->kid[i]);
        if (!item[i]) {
            return NULL;
        }
        v->elem = val_join(T, v->elem, item[i]);
    }
    v->item = item;
    v->nitem = n->n;
    return v;
}

static const Val *unary(Trans *T, const Node *n)
{
    const Val *a = flow_expr(T, n->a);
    if (!a) {
        return NULL;
    }
    if (!calculates(T, n, a)) {
        return NULL;
    }
    return merge(T, a->kinds & K_TB ? (a->kinds & ~(unsigned)K_TB) | K_TF : a->kinds, a->rank, &a,
                 1);
}

static const Val *range(Trans *T, const Node *n)
{
    for (int i = 0; i < 3; i++) {
        if (n->kid[i] && !flow_expr(T, n->kid[i])) {
            return NULL;
        }
    }
    return val_new(T, K_RANGE, 0);
}

static const Val *find(Trans *T, const Node *n)
{
    const Val *a, *b;
    Val *v;
    switch (n->kind) {
    case N_NUM: return number(T, n);
    case N_STR: return val_new(T, K_STR, 0);
    case N_FORMAT: return format(T, n);
    case N_GLOBAL:
    case N_LOCAL: return flow_name(T, n);
    case N_UNARY: return unary(T, n);
    case N_BINARY:
        a = flow_expr(T, n->a);
        b = a ? flow_expr(T, n->b) : NULL;
        return b ? infix(T, n->op, a, b, n->b, n) : NULL;
    case N_CHAIN: return chain(T, n);
    case N_AND:
    case N_OR:
    case N_NOT: return logic(T, n);
    case N_RANGE: return range(T, n);
    case N_LIST: return list(T, n);
    case N_NUMBERS:
        v = val_new(T, K_TF, n->lit->shape.rank);
        v->plain = true;
        return v;
    case N_INDEX: return part(T, n);
    case N_ATTR: return attribute(T, n);
    case N_CALL: return flow_call(T, n);
    case N_TUPLE: return several(T, n);
    default: break;
    }
    tr_fail(T, n, "this has no counterpart in PyTorch");
    return NULL;
}

const Val *flow_expr(Trans *T, const Node *n)
{
    if (++T->visits > 150000) {
        tr_fail(T, n, "too many cases to be translated");
    }
    if (T->failed) {
        return NULL;
    }
    const Val *v = find(T, n);
    if (!v || T->failed) {
        return NULL;
    }
    if (T->nograd) {
        Val *c = val_copy(T, v);
        c->plain = false;
        v = c;
    }
    Info *in = tr_info(T, n);
    in->val = val_join(T, in->val, v);
    in->visited = true;
    return v;
}

/* flow_call.c -- what calls give: operations, derivatives, objects, functions */
#include <nabla/data.h>
#include <nabla/nn.h>
#include <nabla/optim.h>

#include "pytorch/internal.h"

/* --- operations --- */

bool flow_is_in(const char *name, const char *words)
{
    size_t len = strlen(name);
    for (const char *at = strstr(words, name); at; at = strstr(at + 1, name)) {
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

/* The parameter that is a list of axes and may be left out; -1: there is none. */
static int axes_of(const NbOp *op)
{
    int i = op->nparams - 1;
    while (i >= 0 && !(op->params[i].kind == NB_P_AXES && i + 1 < op->nparams)) {
        i--;
    }
    return i;
}

static int shape_rank(Trans *T, const NbOp *op, const Node *call)
{
    int at = -1, after = 0;
    for (int i = 0; i < op->nparams; i++) {
        at = op->params[i].kind == NB_P_SHAPE ? i : at;
        after += at >= 0 && i > at && !op->params[i].fallback;
    }
    const Node *first = tr_arg(T, call, at, op->params[at].name);
    if (!first) {
        return 0;
    }
    const Val *v = tr_info(T, first)->val;
    if (first->kind == N_NUMBERS) {
        return (int)first->lit->shape.dim[0];
    }
    if (first->kind == N_LIST) {
        return first->n;
    }
    if (v && v->kinds & K_NUMBER) {
        return call->call->npos - at - after;
    }
    return RANK_ANY;
}

static int reduced_rank(Trans *T, const NbOp *op, const Node *call, const Val *x)
{
    const int at = axes_of(op);
    const Node *axis = tr_arg(T, call, at, op->params[at].name);
    const Node *keep = tr_arg(T, call, at + 1, op->params[at + 1].name);
    if (keep && !tr_is_word(T, keep, "false")) {
        return x->rank;
    }
    if (!axis || tr_is_word(T, axis, "none")) {
        return 0;
    }
    int n = axis->kind == N_NUMBERS ? (int)axis->lit->shape.dim[0]
            : axis->kind == N_LIST  ? axis->n
                                    : 1;
    return x->rank == RANK_ANY || x->rank < n ? RANK_ANY : x->rank - n;
}

static int op_rank(Trans *T, const NbOp *op, const Val *const *arg, int n, const Node *call)
{
    int rank = 0;
    const char *name = op->name;
    bool pair = n >= 2 && (arg[1]->kinds & (K_NUMBER | K_TENSOR)) && call && call->call->npos >= 2;
    if (axes_of(op) >= 0 && n > 0 && !(op->max_in == 2 && pair)) {
        return call ? reduced_rank(T, op, call, arg[0]) : 0;
    }
    if (op->flags & NB_OP_MEANS || flow_is_in(name, "dot")) {
        return 0;
    }
    for (int i = 0; i < op->nparams; i++) {
        if (op->params[i].kind == NB_P_SHAPE) {
            return call ? shape_rank(T, op, call) : RANK_ANY;
        }
    }
    if (flow_is_in(name, "eye")) {
        return 2;
    }
    if (flow_is_in(name, "arange linspace")) {
        return 1;
    }
    if (flow_is_in(name, "squeeze") || n == 0) {
        return n && call && tr_arg(T, call, 1, "axis") && arg[0]->rank > 0 ? arg[0]->rank - 1
                                                                           : RANK_ANY;
    }
    if (flow_is_in(name, "unsqueeze one_hot")) {
        return arg[0]->rank == RANK_ANY ? RANK_ANY : arg[0]->rank + 1;
    }
    if (flow_is_in(name, "stack concat")) {
        bool listed = call && call->n > 0 && call->kid[0]->kind == N_LIST;
        const Val *e = arg[0]->kinds & K_LIST && arg[0]->elem ? arg[0]->elem : arg[0];
        int r = e->rank == RANK_ANY ? RANK_ANY : listed && e == arg[0] ? e->rank - 1 : e->rank;
        return r < 0 ? RANK_ANY : name[0] == 's' ? r + 1 : r;
    }
    if (flow_is_in(name, "matmul linear") && n >= 2) {
        return arg[0]->rank == RANK_ANY || arg[1]->rank == RANK_ANY ? RANK_ANY
               : arg[0]->rank == 1                                  ? arg[1]->rank - 1
               : arg[1]->rank == 1                                  ? arg[0]->rank - 1
               : arg[0]->rank > arg[1]->rank                        ? arg[0]->rank
                                                                    : arg[1]->rank;
    }
    return flow_broadcast(rank, arg, n);
}

static unsigned op_kinds(const NbOp *op, const Val *const *arg, int n)
{
    unsigned all = 0, any = K_TENSOR;
    for (int i = 0; i < n; i++) {
        const Val *v = arg[i]->kinds & K_LIST && arg[i]->elem ? arg[i]->elem : arg[i];
        all |= v->kinds & (K_NUMBER | K_TENSOR);
    }
    const unsigned gives = op->torch_gives;
    if (gives & NB_TORCH_WHOLE) {
        return K_TI;
    }
    if (op->flags & NB_OP_CREATE) {
        return gives & NB_TORCH_SAME && !(all & (K_FLOAT | K_TF)) ? K_TI : K_TF;
    }
    if (gives & NB_TORCH_BOOLS) {
        return all & K_TENSOR ? K_TB : K_BOOL;
    }
    if (!(all & K_TENSOR) && op->torch_number) {
        return gives & NB_TORCH_WHOLE_NUMBER ||
                       (gives & NB_TORCH_SAME_NUMBER && !(all & ~(unsigned)K_BOOL))
                   ? K_INT
               : gives & NB_TORCH_SAME_NUMBER ? all
                                              : K_FLOAT;
    }
    if (gives & NB_TORCH_SAME) {
        unsigned kept = all & any ? all & any : K_TF;
        kept = all & K_FLOAT ? (kept & ~(unsigned)K_TI) | K_TF : kept;
        return gives & NB_TORCH_COUNTS && kept & K_TB ? (kept & ~(unsigned)K_TB) | K_TI : kept;
    }
    return K_TF |
           (all & K_NUMBER && all & K_TENSOR && op->max_in == 1 && op->torch_number ? K_FLOAT : 0U);
}

const Val *flow_op(Trans *T, const NbOp *op, const Val *const *arg, int n, const Node *call)
{
    Val *v = val_new(T, op_kinds(op, arg, n), op_rank(T, op, arg, n, call));
    bool tensor = (v->kinds & K_TENSOR) != 0;
    v->rank = tensor ? v->rank : 0;
    v->plain = !(op->flags & NB_OP_STEPS);
    bool drops = strcmp(op->name, "dropout") == 0;
    T->draws += (op->flags & NB_OP_RANDOM) != 0 && !drops;
    if (drops && T->testing && call && T->depth > T->test_depth) {
        tr_fail(T, call, "testmode turns this off in a function: no counterpart in PyTorch");
        tr_hint(T, "the layer dropout(p), made outside, is turned off with its model");
        return NULL;
    }
    if (drops && T->testing && call) {
        tr_info(T, call)->testing = true;
    }
    for (int i = 0; i < n; i++) {
        v->share = v->share || arg[i]->share;
    }
    if (v->share && call && v->rank == 0 && arg[0]->rank != 0 && !(op->flags & NB_OP_MEANS)) {
        tr_fail(T, call, "--ddp: %s of a batch is not the mean of its shares", op->name);
        tr_hint(T, "means and losses are");
        return NULL;
    }
    for (int i = 0; i < n && (!(op->flags & NB_OP_CREATE) || op->of_variable); i++) {
        v->plain = v->plain && (arg[i]->plain || !(arg[i]->kinds & (K_NUMBER | K_TENSOR)));
        if (!T->nograd && op->flags & NB_OP_STEPS) {
            v->reads = bits_or(T, v->reads, bits_or(T, arg[i]->from, arg[i]->reads));
            v->sites = bits_or(T, v->sites, arg[i]->sites);
        }
        if (!T->nograd && !(op->flags & NB_OP_STEPS)) {
            v->reads = bits_or(T, v->reads, arg[i]->reads);
            v->from = bits_or(T, v->from, arg[i]->from);
            v->sites = bits_or(T, v->sites, arg[i]->sites);
            for (int k = 0; k < arg[i]->nitem; k++) {
                v->from = bits_or(T, v->from, arg[i]->item[k]->from);
                v->sites = bits_or(T, v->sites, arg[i]->item[k]->sites);
            }
            const Val *e = arg[i]->elem;
            v->from = e ? bits_or(T, v->from, e->from) : v->from;
            v->sites = e ? bits_or(T, v->sites, e->sites) : v->sites;
        }
    }
    return v;
}

/* --- sweeps --- */

void flow_use_gradients(Trans *T, Bits of)
{
    for (int i = 0; of && i < T->nid; i++) {
        const Bits by = bits_has(of, i) ? T->env->cleared[i] : NULL;
        for (int k = 0; by && k < T->nid; k++) {
            if (bits_has(by, k)) {
                Info *in = tr_info(T, T->site[k].stmt);
                in->two = bits_or(T, in->two, bits_one(T, i));
            }
        }
        if (by) {
            T->env->cleared[i] = NULL;
        }
    }
}

/* A sweep from f: those before it that went through the same variables must keep their graphs. */
void flow_sweep(Trans *T, const Node *call, const Val *f, bool keeps)
{
    Info *in = tr_info(T, call);
    Bits me = bits_one(T, in->id);
    in->one = bits_or(T, in->one, f->from);
    in->two = bits_or(T, in->two, f->sites);
    for (int i = 0; i < T->nid; i++) {
        if (!bits_has(f->sites, i)) {
            continue;
        }
        for (int k = 0; T->env->swept[i] && k < T->nid; k++) {
            if (bits_has(T->env->swept[i], k)) {
                tr_info(T, T->site[k].stmt)->retain = true;
            }
        }
        if (T->site[i].stmt->kind == N_CALL) {
            tr_info(T, T->site[i].stmt)->differentiated = true;
        }
        if (!keeps) {
            T->env->swept[i] = bits_or(T, T->env->swept[i], me);
        }
    }
    for (int i = 0; i < T->nid; i++) {
        T->site[i].reached = T->site[i].reached || bits_has(f->from, i);
    }
}

void flow_mark_hard(Trans *T, const Val *x)
{
    for (int i = 0; x && x->is && i < T->nid; i++) {
        T->site[i].hard = T->site[i].hard || bits_has(x->is, i);
    }
    for (int i = 0; x && i < x->nitem; i++) {
        flow_mark_hard(T, x->item[i]);
    }
    if (x && x->elem && !x->nitem) {
        flow_mark_hard(T, x->elem);
    }
}

/* The parts of a stack [x, y] are what is derived by, where f is not made of it. */
static bool mark_parts(Trans *T, const Node *x)
{
    for (int i = 0; x->kind == N_LIST && i < x->n; i++) {
        const Val *part = flow_expr(T, x->kid[i]);
        if (!part || !mark_parts(T, x->kid[i])) {
            return false;
        }
        flow_mark_hard(T, part);
    }
    return true;
}

/* grad(f, x, …), hessian, jacobian, numgrad */
static const Val *derivative(Trans *T, const Node *n, const char *name)
{
    const Val *f = n->n > 0 ? flow_expr(T, n->kid[0]) : NULL, *x = NULL;
    const Val *arg[16];
    bool numeric = strcmp(name, "numgrad") == 0;
    int given = n->call->npos - 1;
    if (!f || given < 1 || given > 16) {
        return f ? (tr_fail(T, n, "%s needs what to derive by", name), NULL) : NULL;
    }
    for (int i = 0; i < given; i++) {
        arg[i] = flow_expr(T, n->kid[i + 1]);
        if (!arg[i] || !mark_parts(T, n->kid[i + 1])) {
            return NULL;
        }
        flow_mark_hard(T, arg[i]);
        x = val_join(T, x, arg[i]);
    }
    if (numeric && !f->def && !flow_behind(T, n, n->kid[0])) {
        return NULL;
    }
    if (f->def) {
        f = flow_call_user(T, f, arg, given, NULL);
        if (!f) {
            return NULL;
        }
    }
    Val *v = val_new(T, K_TF, x->rank);
    if (strcmp(name, "hessian") == 0 || strcmp(name, "jacobian") == 0) {
        v->rank = given > 1 ? 2 : x->rank == 0 && f->rank == 0 ? 0 : 2;
        v->rank = given == 1 && x->rank == 0 && name[0] == 'j' ? f->rank : v->rank;
        v->rank = given == 1 && (x->rank > 1 || x->rank == RANK_ANY) ? RANK_ANY : v->rank;
    }
    for (int i = 0; !numeric && T->decided && i < T->nid; i++) {
        if (bits_has(f->sites, i) && T->site[i].kept) {
            const char *inner = tr_symbol(T, T->site[i].symbol);
            tr_fail(T, n, "%s through %s would add to %s.grad in PyTorch", name, inner, inner);
            return NULL;
        }
    }
    if (!numeric) {
        T->env->swept[tr_info(T, n)->id] = NULL;
        flow_sweep(T, n, f, false);
        if (!T->nograd) {
            v->from = f->from;
            v->sites = bits_or(T, f->sites, bits_one(T, tr_info(T, n)->id));
        }
    }
    if (given > 1 && flow_is_in(name, "grad numgrad")) {
        const Val **item = tr_alloc(T, 16 * sizeof *item);
        Val *list = val_new(T, K_LIST, 0);
        for (int i = 0; i < given; i++) {
            item[i] = v;
        }
        list->item = item;
        list->nitem = given;
        list->elem = v;
        return list;
    }
    return v;
}

/* --- objects --- */

bool flow_all_args(Trans *T, const Node *n)
{
    for (int i = 0; i < n->n; i++) {
        if (!flow_expr(T, n->kid[i])) {
            return false;
        }
    }
    return true;
}

/* x is moved by the optimizer. */
static void add_moved(Trans *T, Val *o, const Node *n)
{
    if (n->kind == N_LIST) {
        for (int i = 0; i < n->n; i++) {
            add_moved(T, o, n->kid[i]);
        }
        return;
    }
    const Val *x = flow_expr(T, n);
    flow_mark_hard(T, x);
    o->from = bits_or(T, o->from, x->is);
    for (int k = 0; k < x->nitem; k++) {
        o->from = bits_or(T, o->from, x->item[k]->is);
    }
}

static const Val *optimizer(Trans *T, const Node *n)
{
    Val *o = val_new(T, K_OPT, 0);
    if (!flow_all_args(T, n)) {
        return NULL;
    }
    for (int i = 0; i < n->call->npos && !T->failed; i++) {
        add_moved(T, o, n->kid[i]);
    }
    const NbOptRule *rule = nb_opt_rule_find(tr_callee(T, n));
    for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        const Node *given = tr_arg(T, n, -1, rule->param[i].name);
        const char *needs = rule->param[i].needs;
        double x = 1;
        const Node *other = needs ? tr_arg(T, n, -1, needs) : NULL;
        if (needs && given && !tr_is_word(T, given, "false") &&
            (!other || (tr_literal(other, &x) && x == 0))) {
            tr_fail(T, given, "%s: %s needs %s above 0", rule->name, rule->param[i].name, needs);
            return NULL;
        }
    }
    o->made = n;
    o->is = bits_one(T, tr_info(T, n)->id);
    return o;
}

static const Val *model(Trans *T, const Node *n)
{
    Val *m = val_new(T, K_MODEL, 0);
    if (!flow_all_args(T, n)) {
        return NULL;
    }
    m->made = n;
    m->is = m->from = bits_one(T, tr_info(T, n)->id);
    for (int i = 0; i < n->call->npos; i++) {
        const Val *x = flow_expr(T, n->kid[i]);
        if (x->kinds & K_MODEL) {
            m->is = m->from = bits_or(T, m->is, x->is);
        }
    }
    T->draws++;
    return m;
}

/* m(x): what recurrent models keep is part of the next call's graph. */
static const Val *call_model(Trans *T, const Node *n, const Val *m)
{
    const Val *x = n->n > 0 ? flow_expr(T, n->kid[0]) : NULL;
    if (!x) {
        return T->failed ? NULL : (tr_fail(T, n, "a model needs an input"), NULL);
    }
    if (T->testing) {
        T->testing->one = bits_or(T, T->testing->one, m->is);
    }
    bool embeds = m->made && tr_callee(T, m->made) &&
                  strcmp(tr_callee(T, m->made), "embedding") == 0;
    Val *y = val_new(T, K_TF, x->rank == RANK_ANY ? RANK_ANY : embeds ? x->rank + 1 : x->rank);
    int id = tr_info(T, n)->id;
    y->plain = false;
    y->share = x->share;
    if (T->nograd) {
        return y;
    }
    y->from = bits_or(T, m->from, x->from);
    y->sites = x->sites;
    for (int i = 0; i < T->nid; i++) {
        if (bits_has(m->is, i) && T->env->state[i]) {
            y->from = bits_or(T, y->from, T->env->state[i]->from);
            y->sites = bits_or(T, y->sites, T->env->state[i]->sites);
        }
    }
    if (!bits_has(y->sites, id)) {
        T->env->swept[id] = NULL;
    }
    const char *what = m->made ? tr_callee(T, m->made) : NULL;
    bool keeps = what && flow_is_in(what, "lstm rnn lstm_model sequential");
    y->sites = keeps ? bits_or(T, y->sites, bits_one(T, id)) : y->sites;
    for (int i = 0; keeps && i < T->nid; i++) {
        if (bits_has(m->is, i)) {
            T->env->state[i] = val_join(T, T->env->state[i], y);
        }
    }
    return y;
}

static const Val *pair(Trans *T, unsigned kinds, const Val *x, const Val *t)
{
    const Val **item = tr_alloc(T, 2 * sizeof *item);
    Val *v = val_new(T, kinds, 0);
    item[0] = x;
    item[1] = t;
    v->item = item;
    v->nitem = 2;
    return v;
}

static const Val *data(Trans *T, const Node *n, const char *name)
{
    if (!flow_all_args(T, n)) {
        return NULL;
    }
    T->draws++;
    bool curve = strcmp(name, "curve") == 0;
    const Val *f = curve && n->n > 0 ? flow_expr(T, n->kid[0]) : NULL, *x = val_new(T, K_TF, 2);
    if (f && f->def && !flow_call_user(T, f, &x, 1, NULL)) {
        return NULL;
    }
    return pair(T, K_LIST, val_new(T, K_TF, 2), curve ? val_new(T, K_TF, 2) : val_new(T, K_TI, 1));
}

static const Val *table(Trans *T, const Node *n)
{
    if (!flow_all_args(T, n)) {
        return NULL;
    }
    const Val *x = val_new(T, K_TF, 2);
    if (tr_arg(T, n, -1, "target")) {
        return pair(T, K_LIST, x, val_new(T, K_TI | K_TF, 1)); /* labels of words, or numbers */
    }
    return x;
}

/* How many tensors a file holds is known when it is read; what takes them says what it wants. */
static bool is_spread(const Trans *T, const Node *n)
{
    for (int i = 0; i < T->nid; i++) {
        const Node *s = T->site[i].stmt;
        if (s && (s->kind == N_ASSIGN || s->kind == N_CONST) && s->b == n) {
            return s->a->kind == N_TUPLE;
        }
    }
    return false;
}

static const Val *arrays(Trans *T, const Node *n)
{
    const Node *file = n->call->npos > 0 ? n->kid[0] : NULL;
    const char *end = file && file->kind == N_STR ? strrchr(file->str->text, '.') : NULL;
    bool one = (end && strcmp(end, ".npy") == 0) || tr_arg(T, n, -1, "name");
    if (!flow_all_args(T, n)) {
        return NULL;
    }
    if (!end || !flow_is_in(end, ".npy .npz .safetensors")) {
        tr_fail(T, n, "npy of a file whose kind its name does not tell has no counterpart");
        tr_hint(T, "npy(\"FILE.npy\"), .npz or .safetensors");
        return NULL;
    }
    const Val *x = val_new(T, K_TF, RANK_ANY);
    if (one) {
        return x;
    }
    if (!is_spread(T, n)) {
        tr_fail(T, n, "npy: how many tensors the file holds is not known before");
        tr_hint(T, "npy(…, name=\"x\"), or as many names: x, t = npy(…)");
        return NULL;
    }
    Val *list = val_new(T, K_LIST, 0);
    list->elem = x;
    return list;
}

static const Val *loader(Trans *T, const Node *n)
{
    if (!flow_all_args(T, n) || n->call->npos < 2) {
        return T->failed ? NULL : (tr_fail(T, n, "data and a size are needed"), NULL);
    }
    const Val *x = flow_expr(T, n->kid[0]);
    const Val *t = n->call->npos > 2 ? flow_expr(T, n->kid[1]) : x;
    T->draws++;
    Val *rows = val_copy(T, flow_constant(T, x)), *labels = val_copy(T, flow_constant(T, t));
    rows->share = labels->share = T->o->ddp && strcmp(tr_callee(T, n), "batches") == 0;
    rows->plain = labels->plain = false;
    return pair(T, K_LOADER, rows, labels);
}

/* --- builtins --- */

static const Val *spread(Trans *T, const Node *n, const Val *x)
{
    const Node *parts = tr_arg(T, n, 1, "parts");
    double k;
    int many = parts && tr_literal(parts, &k) && k < 64 ? (int)k
               : parts && parts->kind == N_NUMBERS      ? (int)parts->lit->shape.dim[0]
                                                        : 0;
    Val *list = val_new(T, K_LIST, 0), *one = val_copy(T, x);
    const Val **item = tr_alloc(T, ((size_t)many + 1) * sizeof *item);
    one->is = NULL;
    for (int i = 0; i < many; i++) {
        item[i] = one;
    }
    list->elem = one;
    list->item = item;
    list->nitem = many;
    return list;
}

static const Val *builtin(Trans *T, const Node *n, const char *name)
{
    if (flow_is_in(name, "grad hessian jacobian numgrad")) {
        return derivative(T, n, name);
    }
    if (flow_is_in(name, "batches sequences")) {
        return loader(T, n);
    }
    if (strcmp(name, "csv") == 0) {
        return table(T, n);
    }
    if (strcmp(name, "npy") == 0) {
        return arrays(T, n);
    }
    if (nb_opt_rule_find(name)) {
        return optimizer(T, n);
    }
    if (!flow_all_args(T, n)) {
        return NULL;
    }
    const Val *x = n->n > 0 ? flow_expr(T, n->kid[0]) : NULL;
    if (nb_hook_rule_find(name)) {
        return val_new(T, K_HOOK, 0);
    }
    if (strcmp(name, "len") == 0) {
        return val_new(T, K_INT, 0);
    }
    if (strcmp(name, "str") == 0) {
        return val_new(T, K_STR, 0);
    }
    if (strcmp(name, "near") == 0) {
        return val_new(T, K_BOOL, 0);
    }
    if (strcmp(name, "float") == 0 && x && x->kinds & K_TENSOR) {
        return x; /* a variable stays what it is */
    }
    if (flow_is_in(name, "int float") && x) {
        Val *v = val_new(T, name[0] == 'i' ? K_INT : K_FLOAT, 0);
        v->plain = true;
        return v;
    }
    if (strcmp(name, "detach") == 0 && x) {
        Val *v = val_copy(T, flow_constant(T, x));
        return v;
    }
    if (strcmp(name, "split") == 0 && x) {
        return spread(T, n, x);
    }
    if (strcmp(name, "list") == 0 || strcmp(name, "append") == 0) {
        if (n->call->nopt > 0) {
            tr_fail(T, n, "%s has no option %s", name, tr_symbol(T, n->call->optsym[0]));
            return NULL;
        }
        Val *v = val_new(T, K_LIST, 0);
        for (int i = 0; i < n->n; i++) {
            const Val *e = flow_expr(T, n->kid[i]);
            v->elem = val_join(T, v->elem, i == 0 && name[0] == 'a' ? e->elem : e);
            v->from = bits_or(T, v->from, e->from);
            v->is = bits_or(T, v->is, e->is);
        }
        return v;
    }
    tr_fail(T, n, "%s has no counterpart in PyTorch", name);
    return NULL;
}

/* --- calls --- */

/* The program would end in an error here. */
static bool few(Trans *T, const Node *n, const NbOp *op)
{
    const Node *c = n->call->callee;
    const Builtin *row = c->kind == N_GLOBAL ? known_row(T->I, c->sym) : NULL;
    int least = op ? op->min_in : row ? row->min_args : 0;
    bool listed = op && op->nparams > 0 && op->params[0].kind == NB_P_VARS;
    if (n->n >= (listed ? 1 : least)) {
        return false;
    }
    tr_fail(T, n, "%s needs %s", tr_symbol(T, c->sym),
            least == 1 ? "an argument" : "more arguments");
    return true;
}

static bool is_param(const NbOp *op, const char *name)
{
    for (int i = 0; i < op->nparams; i++) {
        if (strcmp(op->params[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Here too. */
static bool wrong_option(Trans *T, const Node *n, const NbOp *op)
{
    for (int i = n->call->npos; i < n->n; i++) {
        const char *name = tr_symbol(T, n->call->optsym[i - n->call->npos]);
        if (!is_param(op, name)) {
            tr_fail(T, n->kid[i], "%s has no option %s", op->name, name);
            return true;
        }
    }
    return false;
}

static bool among(const char *name, const char *const *names, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        const char *one;
        memcpy(&one, (const char *)names + i * stride, sizeof one);
        if (!one) {
            return false;
        }
        if (strcmp(one, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Options of what is no operation, by its record: what nobody knows ends the program here too. */
bool flow_knows_options(Trans *T, const Node *n)
{
    const char *called = tr_callee(T, n);
    const Node *c = n->call->callee;
    const NbLayer *layer = nb_layer_find(called);
    const NbOptRule *rule = nb_opt_rule_find(called);
    const NbHookRule *hook = nb_hook_rule_find(called);
    const Builtin *row = c->kind == N_GLOBAL ? known_row(T->I, c->sym) : NULL;
    for (int i = n->call->npos; i < n->n; i++) {
        const char *name = tr_symbol(T, n->call->optsym[i - n->call->npos]);
        bool known = row && (row->flags & (B_EXTRA | B_RANGES) ||
                             among(name, &row->opt[0].name, BUILTIN_OPTS, sizeof row->opt[0]));
        if (layer) {
            known =
                among(name, &layer->setting[0].name, NB_LAYER_SETTINGS, sizeof layer->setting[0]);
        } else if (rule) {
            known = strcmp(name, "hooks") == 0 ||
                    among(name, &rule->param[0].name, NB_OPT_PARAMS, sizeof rule->param[0]);
        } else if (hook) {
            known = strcmp(name, hook->param) == 0;
        }
        if (!known) {
            return tr_fail(T, n->kid[i], "%s has no option %s", called, name);
        }
    }
    return true;
}

/* One positional argument makes a layer of linear and dropout. */
static bool makes_layer(const Node *n, const NbLayer *layer, const NbOp *op)
{
    return layer && !layer->hidden && (!op || n->call->npos == 1);
}

const Val *flow_call(Trans *T, const Node *n)
{
    const char *name = tr_callee(T, n);
    const Val *f = flow_expr(T, n->call->callee);
    const Val *arg[64];
    if (!f || n->n > 63) {
        return f ? (tr_fail(T, n, "too many arguments to be translated"), NULL) : NULL;
    }
    if (f->kinds & K_MODEL) {
        return call_model(T, n, f);
    }
    if (f->def || (f->kinds & K_FUNC && f->op && !(name && known_op(T->I, n->call->callee->sym)))) {
        for (int i = 0; i < n->n; i++) {
            const Val *v = flow_expr(T, n->kid[i]);
            if (!v) {
                return NULL;
            }
            arg[i] = v;
        }
        return f->def ? flow_call_user(T, f, arg, n->call->npos, n)
                      : flow_op(T, f->op, arg, n->call->npos, n);
    }
    if (!name || !(f->kinds & K_FUNC)) {
        tr_fail(T, n, "what is called here is not known");
        return NULL;
    }
    const NbOp *op = known_op(T->I, n->call->callee->sym);
    if (few(T, n, nb_layer_find(name) ? NULL : op)) {
        return NULL;
    }
    const bool layer = makes_layer(n, nb_layer_find(name), op);
    if ((layer || !op) && !flow_knows_options(T, n)) {
        return NULL;
    }
    if (layer) {
        return model(T, n);
    }
    if (nb_data_find(name)) {
        return data(T, n, name);
    }
    if (op) {
        if (wrong_option(T, n, op)) {
            return NULL;
        }
        for (int i = 0; i < n->n; i++) {
            arg[i] = flow_expr(T, n->kid[i]);
            if (!arg[i]) {
                return NULL;
            }
        }
        return flow_op(T, op, arg, n->n, n);
    }
    return builtin(T, n, name);
}

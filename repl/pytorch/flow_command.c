/* flow_command.c -- what commands do: sweeps, gradients held and cleared, statements repeated */
#include "pytorch/internal.h"

/* --- commands --- */

/* The name bound to an optimizer that moves exactly or at most `what`, locals first; -1. */
static int find_optimizer(Trans *T, Bits what, bool exactly)
{
    Env *e = T->env;
    for (int pass = 0; pass < 2; pass++) {
        int n = pass ? interp_symbols(T->I) : e->local ? e->nlocal : 0;
        for (int i = 0; i < n; i++) {
            const Val *v = pass ? e->global[i] : e->local[i];
            if (v && v->kinds == K_OPT && bits_any(T, v->from) && bits_within(T, v->from, what) &&
                (!exactly || bits_within(T, what, v->from))) {
                return pass ? i : e->def->def->slot_symbol[i];
            }
        }
    }
    return -1;
}

static void add_name(Trans *T, Info *in, int symbol, Bits what)
{
    for (int i = 0; i < in->nnames; i++) {
        if (in->names[i] == symbol) {
            ((Bits *)(uintptr_t)in->what)[i] = bits_or(T, in->what[i], what);
            return;
        }
    }
    int *more = tr_alloc(T, ((size_t)in->nnames + 1) * sizeof *more);
    memcpy(more, in->names ? in->names : more, (size_t)in->nnames * sizeof *more);
    Bits *sets = tr_alloc(T, ((size_t)in->nnames + 1) * sizeof *sets);
    memcpy(sets, in->what ? in->what : sets, (size_t)in->nnames * sizeof *sets);
    more[in->nnames] = symbol;
    sets[in->nnames] = what;
    in->names = more;
    in->what = sets;
    in->nnames++;
}

/* The names that stand for these leaves and models now. */
static Bits add_names(Trans *T, Info *in, Bits what)
{
    Env *e = T->env;
    for (int pass = 0; pass < 2; pass++) {
        int n = pass ? interp_symbols(T->I) : e->local ? e->nlocal : 0;
        for (int i = 0; i < n; i++) {
            const Val *v = pass ? e->global[i] : e->local[i];
            if (v && v->kinds & (K_TENSOR | K_MODEL) && bits_any(T, v->is) &&
                bits_within(T, v->is, what)) {
                add_name(T, in,
                         (pass ? i : e->def->def->slot_symbol[i]) |
                             (v->kinds & K_MODEL ? NAME_MODEL : 0),
                         v->is);
                what = bits_minus(T, what, v->is);
            }
        }
    }
    return what;
}

static bool drops(const Trans *T)
{
    bool found = false;
    for (size_t i = 0; i < T->ninfo && !found; i++) {
        const Node *n = T->info[i].node;
        const char *name = n && n->kind == N_CALL ? tr_callee(T, n) : NULL;
        found = name && strcmp(name, "dropout") == 0;
    }
    return found;
}

bool flow_name_models(Trans *T, const Node *n)
{
    Info *in = tr_info(T, n);
    Env *e = T->env;
    const int globals = interp_symbols(T->I), locals = e->local ? e->nlocal : 0;
    Bits left = in->one;
    for (int i = 0; i < locals + globals; i++) {
        const Val *v = i < locals ? e->local[i] : e->global[i - locals];
        bool model = v && v->kinds == K_MODEL && bits_any(T, v->is);
        bool part = !model || !bits_within(T, v->is, in->one);
        for (int k = 0; !part && k < locals + globals; k++) { /* of a model that has a name too */
            const Val *w = k < locals ? e->local[k] : e->global[k - locals];
            part = w && w->kinds == K_MODEL && bits_within(T, w->is, in->one) &&
                   bits_within(T, v->is, w->is) && (!bits_within(T, w->is, v->is) || k < i);
        }
        if (!part) {
            add_name(T, in, i < locals ? e->def->def->slot_symbol[i] : i - locals, v->is);
            left = bits_minus(T, left, v->is);
        }
    }
    if (bits_any(T, left) && drops(T)) {
        tr_fail(T, n, "testmode: a model called here has no name of its own");
        return false;
    }
    return true;
}

static void clear(Trans *T, Info *in, Bits what)
{
    Env *e = T->env;
    flow_give_back(T, what);
    e->held = bits_minus(T, e->held, what);
    e->empty = bits_or(T, e->empty, what);
    e->graphed = bits_minus(T, e->graphed, what);
    for (int i = 0; what && i < T->nid; i++) {
        if (bits_has(what, i)) {
            e->cleared[i] = bits_one(T, in->id);
        }
    }
    for (;;) {
        int opt = find_optimizer(T, what, false);
        if (opt < 0) {
            break;
        }
        const Val *v = e->global[opt] && e->global[opt]->kinds == K_OPT ? e->global[opt] : NULL;
        for (int i = 0; e->local && i < e->nlocal; i++) {
            v = e->local[i] && e->def->def->slot_symbol[i] == opt ? e->local[i] : v;
        }
        add_name(T, in, opt | NAME_OPT, v->from);
        what = bits_minus(T, what, v->from);
    }
    add_names(T, in, what);
}

static bool cleargrad(Trans *T, const Node *n)
{
    Info *in = tr_info(T, n);
    Bits what = NULL;
    if (n->call->npos == 0) {
        what = T->env->held;
    }
    for (int i = 0; i < n->call->npos; i++) {
        const Val *x = flow_expr(T, n->kid[i]);
        if (!x) {
            return false;
        }
        if (x->kinds & (K_TENSOR | K_NUMBER)) {
            flow_mark_hard(T, x);
        }
        what = bits_or(T, what, x->kinds & K_OPT ? x->from : x->is);
    }
    clear(T, in, what);
    return true;
}

/* A sweep adds to these gradients: who took one as it is held has another number then. */
static void add_to_lent(Trans *T, Bits of)
{
    for (int i = 0; of && i < T->nid; i++) {
        for (int k = 0; bits_has(of, i) && T->env->lent[i] && k < T->nid; k++) {
            T->site[k].cloned = T->site[k].cloned || bits_has(T->env->lent[i], k);
        }
    }
}

static void hold(Trans *T, const Val *f, bool graph)
{
    Env *e = T->env;
    add_to_lent(T, f->from);
    e->held = bits_or(T, e->held, f->from);
    e->empty = bits_minus(T, e->empty, f->from);
    if (!bits_any(T, e->graphed)) {
        e->graph_from = e->graph_sites = NULL;
    }
    e->graphed = graph ? bits_or(T, e->graphed, f->from) : bits_minus(T, e->graphed, f->from);
    if (graph) {
        e->graph_from = bits_or(T, e->graph_from, f->from);
        e->graph_sites = bits_or(T, e->graph_sites, f->sites);
    }
}

/* Gradients of inner nodes are those of the last sweep: what PyTorch would add to is cleared. */
static void forget_inner(Trans *T, const Node *n, const Val *f)
{
    Env *e = T->env;
    for (int pass = 0; pass < 2; pass++) {
        int count = pass ? interp_symbols(T->I) : e->local ? e->nlocal : 0;
        for (int i = 0; i < count; i++) {
            const Val *v = pass ? e->global[i] : e->local[i];
            bool kept = v && v->site >= 0 && T->site[v->site].kept;
            if (kept && bits_has(f->sites, v->site) && bits_any(T, e->swept[v->site])) {
                add_name(T, tr_info(T, n), pass ? i : e->def->def->slot_symbol[i], NULL);
            }
        }
    }
}

static bool backward(Trans *T, const Node *n)
{
    const Node *graph = tr_arg(T, n, -1, "create_graph");
    const Val *f = n->call->npos > 0 ? flow_expr(T, n->kid[0]) : NULL;
    for (int i = 1; i < n->n; i++) {
        flow_expr(T, n->kid[i]);
    }
    if (!f) {
        return T->failed ? false : tr_fail(T, n, "backward of what?");
    }
    if (!(f->kinds & K_TENSOR) && n->kid[0]->kind == N_NUM) {
        return tr_fail(T, n->kid[0], "backward: a number has no graph");
    }
    bool with_graph = graph && !tr_is_word(T, graph, "false");
    forget_inner(T, n, f);
    tr_info(T, n)->graph_grad = with_graph;
    flow_sweep(T, n, f, with_graph);
    flow_use_gradients(T, f->from);
    hold(T, f, with_graph);
    return true;
}

/* Names that are plotted and stand for a number now. */
static void keep_values(Trans *T, Info *in)
{
    in->nkept = 0;
    for (int i = 0; i < T->nrecord && T->depth == 0; i++) {
        const Val *v = T->env->global[T->record[i]];
        if (v && !(v->kinds & ~(unsigned)K_TENSOR) && v->rank == 0) {
            in->kept[in->nkept++] = T->record[i];
        }
    }
}

static bool step(Trans *T, const Node *n)
{
    Info *in = tr_info(T, n);
    Env *e = T->env;
    e->fresh = NULL;
    keep_values(T, in);
    if (n->call->npos > 0) {
        const Val *o = flow_expr(T, n->kid[0]);
        flow_use_gradients(T, o ? o->from : NULL);
        return o && (o->kinds & K_OPT || tr_fail(T, n->kid[0], "step: not an optimizer"));
    }
    int found = 0;
    for (int i = 0; i < interp_symbols(T->I); i++) {
        if (e->global[i] && e->global[i]->kinds == K_OPT) {
            in->opt_symbol = i;
            flow_use_gradients(T, e->global[i]->from);
            found++;
        }
    }
    return found == 1 || tr_fail(T, n, "step: %s", found ? "name the optimizer" : "no optimizer");
}

/* --- forward: the statements that made f, again --- */

typedef struct Chain {
    const char *for_what;
    int id[64], n;
} Chain;

static bool within_block(const Trans *T, const Node *block)
{
    bool found = block == NULL;
    for (int i = 0; i < T->nblock && !found; i++) {
        found = T->block[i] == block;
    }
    return found;
}

static bool again(Trans *T, const Node *at, const Val *v, Chain *c);

static bool again_names(Trans *T, const Node *at, const Node *n, Chain *c)
{
    bool ok = true;
    if (n->kind == N_GLOBAL || n->kind == N_LOCAL) {
        const Val *then = tr_info(T, n)->val;
        const Val *now = n->kind == N_LOCAL ? T->env->local ? T->env->local[n->id] : NULL
                                            : T->env->global[n->id];
        if (!then || !now || !(then->kinds & (K_TENSOR | K_NUMBER))) {
            return true;
        }
        if (then->site != now->site || !bits_same(T, then->is, now->is)) {
            return tr_fail(T, at, "%s: %s has been bound again since", c->for_what,
                           tr_symbol(T, n->sym));
        }
        return again(T, at, now, c);
    }
    for (int i = 0; ok && i < n->n; i++) {
        ok = !n->kid[i] || again_names(T, at, n->kid[i], c);
    }
    ok = ok && (!n->a || again_names(T, at, n->a, c));
    return ok && (!n->b || again_names(T, at, n->b, c));
}

static bool again(Trans *T, const Node *at, const Val *v, Chain *c)
{
    if (v->site < 0) {
        return true;
    }
    for (int i = 0; i < c->n; i++) {
        if (c->id[i] == v->site) {
            return true;
        }
    }
    const Site *s = &T->site[v->site];
    if (!within_block(T, s->block)) {
        tr_fail(T, at, "%s: %s was made inside a block that is over", c->for_what,
                tr_symbol(T, s->symbol));
        tr_hint(T, "a function that makes it can be called again");
        return false;
    }
    if (s->drawn || c->n == 64) {
        tr_fail(T, at, "%s: %s is made of random draws, which would be drawn again", c->for_what,
                tr_symbol(T, s->symbol));
        tr_hint(T, "give the draws a name of their own");
        return false;
    }
    const Node *value = s->stmt->b;
    if (s->multiple && value->kind == N_TUPLE) {
        value = value->kid[v->site - tr_info(T, s->stmt)->id];
    }
    if (!again_names(T, at, value, c)) {
        return false;
    }
    c->id[c->n++] = v->site;
    return true;
}

static void keep_chain(Trans *T, const Node *n, const Chain *c)
{
    Info *in = tr_info(T, n);
    int *ids = tr_alloc(T, sizeof c->id);
    memcpy(ids, c->id, sizeof c->id);
    in->chain = ids;
    in->nchain = c->n;
}

/* What an expression is computed from. */
bool flow_behind(Trans *T, const Node *n, const Node *of)
{
    Chain c = {.for_what = "numgrad"};
    if (T->decided && !again_names(T, of, of, &c)) {
        return false;
    }
    keep_chain(T, n, &c);
    return true;
}

bool flow_is_derivative(const Trans *T, const Node *n)
{
    const char *name = n->kind == N_CALL ? tr_callee(T, n) : NULL;
    bool found = (name && flow_is_in(name, "grad hessian jacobian")) ||
                 (n->kind == N_ATTR && n->id == A_GRAD);
    for (int i = 0; !found && i < n->n; i++) {
        found = n->kid[i] && flow_is_derivative(T, n->kid[i]);
    }
    return found || (n->a && flow_is_derivative(T, n->a)) || (n->b && flow_is_derivative(T, n->b));
}

/* All of a chain is computed again. nabla leaves what only a derivative was made from where it was,
 * unless the derivative needs it. */
static void refresh(Trans *T, const Chain *c, int target)
{
    Env *e = T->env;
    bool derives = false;
    for (int i = 0; i < c->n; i++) {
        derives = derives || flow_is_derivative(T, T->site[c->id[i]].stmt->b);
    }
    for (int i = 0; i < c->n; i++) {
        const Bits one = bits_one(T, c->id[i]);
        const bool sure = !derives || c->id[i] == target || bits_has(e->fresh, c->id[i]);
        e->fresh = sure ? bits_or(T, e->fresh, one) : e->fresh;
        e->unsure = sure ? bits_minus(T, e->unsure, one) : bits_or(T, e->unsure, one);
    }
}

static bool remember_chain(Trans *T, const Node *n, const Node *of, const Val *f)
{
    Chain c = {.for_what = n->call->row->name};
    if (!T->decided) {
        return true;
    }
    if (f->site < 0) {
        tr_fail(T, of, "%s: no single statement made this", c.for_what);
        tr_hint(T, "write it as f = … before");
        return false;
    }
    if (!again(T, of, f, &c)) {
        return false;
    }
    keep_chain(T, n, &c);
    refresh(T, &c, f->site);
    for (int i = 0; i < c.n; i++) {
        T->env->swept[c.id[i]] = NULL;
    }
    return true;
}

static bool forward(Trans *T, const Node *n)
{
    T->names_only = true;
    const Val *f = n->call->npos > 0 ? flow_expr(T, n->kid[0]) : NULL;
    T->names_only = false;
    if (!f) {
        return T->failed ? false : tr_fail(T, n, "forward of what?");
    }
    Info *in = tr_info(T, n);
    in->one = bits_or(T, in->one, bits_or(T, f->from, f->reads)); /* these can change */
    return remember_chain(T, n, n->kid[0], f);
}

static bool minimize(Trans *T, const Node *n)
{
    Info *in = tr_info(T, n);
    for (int i = 0; i < n->n; i++) {
        if (!flow_expr(T, n->kid[i])) {
            return false;
        }
    }
    const Val *f = n->call->npos > 0 ? flow_expr(T, n->kid[0]) : NULL;
    if (!f || tr_arg(T, n, -1, "tol")) {
        return tr_fail(T, n, "minimize%s",
                       f ? " with tol has no counterpart in PyTorch" : " what?");
    }
    if (n->call->npos > 1 && !(flow_expr(T, n->kid[1])->kinds & K_OPT)) {
        return tr_fail(T, n->kid[1], "minimize: not an optimizer");
    }
    if (n->call->npos < 2) {
        int found = 0;
        for (int i = 0; i < interp_symbols(T->I); i++) {
            if (T->env->global[i] && T->env->global[i]->kinds == K_OPT) {
                in->opt_symbol = i;
                found++;
            }
        }
        if (found > 1) {
            return tr_fail(T, n, "minimize: name the optimizer");
        }
        if (found == 0) {
            in->opt_symbol = -1;
            add_names(T, in, f->from);
        }
    }
    if (!remember_chain(T, n, n->kid[0], f)) {
        return false;
    }
    keep_values(T, in);
    flow_sweep(T, n, f, false);
    in->retain = false;
    flow_give_back(T, f->from);
    hold(T, f, false);
    for (int i = 0; i < in->nchain; i++) {
        T->env->swept[in->chain[i]] = NULL;
    }
    return true;
}

/* unchain f: what is behind f becomes constant. */
static bool unchain(Trans *T, const Node *n)
{
    Info *in = tr_info(T, n);
    Env *e = T->env;
    const Val *f = n->call->npos > 0 ? flow_expr(T, n->kid[0]) : NULL;
    if (!f) {
        return T->failed ? false : tr_fail(T, n, "unchain what?");
    }
    Bits cut = f->sites;
    for (int i = 0; i < T->nid; i++) {
        e->swept[i] = bits_has(cut, i) ? NULL : e->swept[i];
    }
    for (int pass = 0; pass < 2; pass++) {
        int count = pass ? interp_symbols(T->I) : e->local ? e->nlocal : 0;
        const Val **value = pass ? e->global : e->local;
        for (int i = 0; i < count; i++) {
            const Val *v = value[i];
            if (v && (v->kinds & K_TENSOR) && v->site >= 0 && bits_has(cut, v->site)) {
                add_name(T, in, pass ? i : e->def->def->slot_symbol[i], NULL);
                value[i] = flow_constant(T, v);
            }
        }
        for (int i = 0; pass && i < count; i++) {
            const Val *m = value[i];
            for (int k = 0; m && (m->kinds & K_MODEL) && k < T->nid; k++) {
                if (bits_has(m->is, k) && e->state[k] && bits_meet(T, e->state[k]->sites, cut)) {
                    add_name(T, in, i | NAME_MODEL, NULL);
                    e->state[k] = NULL;
                }
            }
        }
    }
    return true;
}

static bool reset_state(Trans *T, const Node *n)
{
    const Val *m = n->call->npos > 0 ? flow_expr(T, n->kid[0]) : NULL;
    for (int i = 0; m && i < T->nid; i++) {
        if (bits_has(m->is, i)) {
            T->env->state[i] = NULL;
        }
    }
    return m != NULL || tr_fail(T, n, "reset_state of what?");
}

/* load "FILE", m: weights into a model, from a file that NumPy reads. */
static bool load(Trans *T, const Node *n)
{
    const Node *file = n->kid[0];
    const char *end = file->kind == N_STR ? strrchr(file->str->text, '.') : NULL;
    if (n->call->npos < 2) {
        tr_fail(T, n, "load has no counterpart in PyTorch");
        tr_hint(T, "weights have: load \"m.npz\", m");
        return false;
    }
    const Val *m = flow_all_args(T, n) ? flow_expr(T, n->kid[1]) : NULL;
    if (m && !(m->kinds & K_MODEL)) {
        return tr_fail(T, n->kid[1], "load: not a model");
    }
    if (m && (!end || !flow_is_in(end, ".npz .safetensors"))) {
        return tr_fail(T, file, "load of weights needs a file .npz or .safetensors");
    }
    return m != NULL;
}

/* Nothing but what is seen would change: left as comments. */
static const char VIEWS[] = "tree graph info plot surface boundary close export vars help "
                            "history set unwatch print watch";

int flow_digits(const Node *n)
{
    const bool set = n->kind == N_CALL && n->call->words && strcmp(n->call->row->name, "set") == 0;
    if (!set || n->n != 2 || n->kid[0]->kind != N_STR || n->kid[1]->kind != N_STR ||
        strcmp(n->kid[0]->str->text, "digits") != 0) {
        return 0;
    }
    const char *word = n->kid[1]->str->text;
    const int digits = strcmp(word, "full") == 0 ? 17 : atoi(word);
    return digits > 17 ? 0 : digits;
}

/* arg lr=0.01: constants. */
static bool arg(Trans *T, const Node *n)
{
    for (int i = 0; i < n->call->nopt; i++) {
        const Node *value = n->kid[n->call->npos + i];
        const Val *v = flow_expr(T, value);
        if (!v) {
            return false;
        }
        if (v->kinds & ~(unsigned)(K_NUMBER | K_STR) || T->nblock || T->depth) {
            return tr_fail(T, value, "arg: this has no counterpart in PyTorch");
        }
        T->env->global[n->call->optsym[i]] = val_new(T, v->kinds == K_STR ? K_STR : K_FLOAT, 0);
    }
    return n->call->nopt > 0 || tr_fail(T, n, "arg: a name and its default are missing");
}

bool flow_command(Trans *T, const Node *n, const char *name)
{
    if (n->call->npos < n->call->row->min_args) {
        return tr_fail(T, n, "%s needs more arguments", name);
    }
    if (!n->call->words && !flow_knows_options(T, n)) {
        return false;
    }
    if (strcmp(name, "backward") == 0) {
        return backward(T, n);
    }
    if (strcmp(name, "cleargrad") == 0) {
        return cleargrad(T, n);
    }
    if (strcmp(name, "step") == 0) {
        return step(T, n);
    }
    if (strcmp(name, "forward") == 0) {
        return forward(T, n);
    }
    if (strcmp(name, "minimize") == 0) {
        return minimize(T, n);
    }
    if (strcmp(name, "unchain") == 0) {
        return unchain(T, n);
    }
    if (strcmp(name, "reset_state") == 0) {
        return reset_state(T, n);
    }
    if (strcmp(name, "load") == 0) {
        return load(T, n);
    }
    if (strcmp(name, "arg") == 0) {
        return arg(T, n);
    }
    if (flow_digits(n) && n != T->digits) {
        tr_fail(T, n, "digits that change on the way have no counterpart in PyTorch");
        tr_hint(T, "the first statements set them, or nabla --pytorch --digits=%d", flow_digits(n));
        return false;
    }
    if (flow_is_in(name, "set help history vars close unwatch tree graph info surface boundary "
                         "reset")) {
        return true;
    }
    if (flow_is_in(name, VIEWS) || flow_is_in(name, "assert seed")) {
        return n->call->words || flow_all_args(T, n);
    }
    if (!(n->call->row->flags & B_COMMAND)) {
        return flow_expr(T, n) != NULL;
    }
    return tr_fail(T, n, "%s has no counterpart in PyTorch", name);
}

/* contributions.c -- a reverse sweep apart from the graph: what each edge adds, and the sums */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"

#define POLL_NODES 2048

/* The gradient of one node or leaf while the sweep runs, and afterwards. */
typedef struct Sum {
    uint64_t serial;
    bool reached;
    NbAmount amount;
} Sum;

typedef struct Sweep {
    NbContributions pub;
    NbContribution *edge; /* pub.edge */
    size_t cap;
    Sum *sum; /* of the nodes, then of the leaves; each part by serial */
    size_t nnodes, nleaves;
} Sweep;

static void amount_free(NbAmount *a)
{
    nb_tensor_unref(&a->tensor);
}

static NbAmount amount_ref(const NbAmount *a)
{
    return (NbAmount){a->num, nb_tensor_ref(a->tensor)};
}

void nb_contributions_free(NbContributions **c)
{
    Sweep *s = c ? (Sweep *)*c : NULL;
    if (!s) {
        return;
    }
    *c = NULL;
    for (size_t i = 0; i < s->pub.n; i++) {
        NbContribution *e = &s->edge[i];
        amount_free(&e->upstream);
        amount_free(&e->product);
        amount_free(&e->before);
        amount_free(&e->after);
    }
    for (size_t i = 0; s->sum && i < s->nnodes + s->nleaves; i++) {
        amount_free(&s->sum[i].amount);
    }
    nb_free(s->edge);
    nb_free(s->sum);
    nb_var_unref(&s->pub.root);
    nb_free(s);
}

/* --- sums --- */

static Sum *find(Sum *sum, size_t n, uint64_t serial)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (sum[mid].serial < serial) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < n && sum[lo].serial == serial ? &sum[lo] : NULL;
}

static Sum *sum_of(const Sweep *s, const NbVar *v)
{
    Sum *found = find(s->sum, s->nnodes, v->serial);
    return found ? found : find(s->sum + s->nnodes, s->nleaves, v->serial);
}

const NbAmount *nb_contributions_total(const NbContributions *c, const NbVar *v)
{
    if (!c || !v) {
        return NULL;
    }
    const Sum *sum = sum_of((const Sweep *)c, v);
    return sum && sum->reached ? &sum->amount : NULL;
}

/* --- entries --- */

/* The next entry, empty; NULL when out of memory. */
static NbContribution *next_entry(NbCtx *ctx, Sweep *s)
{
    if (s->pub.n == s->cap && !nb_grow(&s->edge, &s->cap, s->pub.n + 1, sizeof *s->edge)) {
        nb_fail(&ctx->err, NB_EMEM, "out of memory for the steps of a sweep");
        return NULL;
    }
    s->pub.edge = s->edge;
    return memset(&s->edge[s->pub.n++], 0, sizeof *s->edge);
}

static NbContribution *entry(NbCtx *ctx, Sweep *s, NbVar *v, int i, const Sum *from, Sum *into)
{
    NbContribution *e = next_entry(ctx, s);
    if (e) {
        e->node = v;
        e->input = i;
        e->to = arg_of(v, i).var;
        e->first = !into->reached;
        e->scalars = nb_var_is_scalar(v) && nb_var_is_scalar(e->to);
        e->local = NAN;
        e->upstream = amount_ref(&from->amount);
        e->before = into->reached ? amount_ref(&into->amount) : (NbAmount){0, NULL};
    }
    return e;
}

/* after becomes the sum its operand has from now on. */
static void keep(NbContribution *e, Sum *into)
{
    amount_free(&into->amount);
    into->amount = amount_ref(&e->after);
    into->reached = true;
}

static bool add_number(NbCtx *ctx, Sweep *s, NbVar *v, int i, Sum *from, double local,
                       double product)
{
    Sum *into = sum_of(s, arg_of(v, i).var);
    NbContribution *e = entry(ctx, s, v, i, from, into);
    if (!e) {
        return false;
    }
    e->local = local;
    e->product.num = product;
    e->after.num = e->first ? product : e->before.num + product;
    keep(e, into);
    return true;
}

/* --- scalars --- */

static bool step_scalar(NbCtx *ctx, Sweep *s, NbVar *v, Sum *from)
{
    NbVar *a = v->in[0], *b = v->in[1];
    bool ta = a && takes_gradient(a), tb = b && takes_gradient(b);
    double x = a ? a->value : v->num, y = b ? b->value : v->num;
    double da = 0, db = 0, ga = 0, gb = 0;
    arith_pull(v, x, y, 1, ta, tb, &da, &db);
    arith_pull(v, x, y, from->amount.num, ta, tb, &ga, &gb);
    return (!ta || add_number(ctx, s, v, 0, from, da, ga)) &&
           (!tb || add_number(ctx, s, v, 1, from, db, gb));
}

/* --- tensors, and operations without a short way for scalars --- */

/* One node's operands and gradient, ready for its kernel or its rule. */
typedef struct Step {
    NbCtx *ctx;
    NbVar *v;
    bool kernel;
    NbTensor tmp[4], out_tmp;
    const NbTensor *in[4], *out;
    double num[4];
} Step;

static void step_open(Step *p, NbCtx *ctx, NbVar *v)
{
    enum { FEW = sizeof p->in / sizeof p->in[0] };
    p->ctx = ctx;
    p->v = v;
    p->kernel = v->op->vjp && v->nin <= FEW; /* as backward chooses */
    for (int i = 0; p->kernel && i < v->nin; i++) {
        NbArg a = arg_of(v, i);
        p->num[i] = a.num;
        p->tmp[i] = nb_tensor_scalar(&p->num[i]);
        p->in[i] = a.var ? data_of(a.var, &p->tmp[i]) : &p->tmp[i];
    }
    p->out = data_of(v, &p->out_tmp);
}

/* gin (+)= what the kernel gives operand i from gout. */
static NbStatus pull_kernel(Step *p, int i, const NbAmount *gout, NbAmount *gin, bool add)
{
    double g = gout->num;
    NbTensor g_tmp = nb_tensor_scalar(&g), gin_tmp = nb_tensor_scalar(&gin->num);
    const NbAttrs *a = p->v->ext ? p->v->ext->attrs : NULL;
    return p->v->op->vjp(p->in, p->v->nin, a, p->out, gout->tensor ? gout->tensor : &g_tmp, i,
                         gin->tensor ? gin->tensor : &gin_tmp, add, &p->ctx->err);
}

/* What the rule gives operand i; *zero when its node does not depend on it. */
static NbStatus pull_rule(Step *p, int i, const NbAmount *gout, NbAmount *gin, bool *zero)
{
    NbCtx *ctx = p->ctx;
    NbVar *g = gout->tensor ? nb_var_tensor(ctx, nb_tensor_ref(gout->tensor), NB_CONST)
                            : nb_var_scalar(ctx, gout->num, NB_CONST);
    if (!g) {
        return ctx->err.code;
    }
    NbGrad G;
    scope_open(&G, ctx, p->v, g);
    NbVar *part = rule_apply(&G, i);
    *zero = part == NULL;
    if (part && is_tensor(arg_of(p->v, i).var)) {
        NbTensor tmp;
        gin->tensor = nb_tensor_copy(data_of(part, &tmp), &ctx->err);
    } else if (part) {
        gin->num = nb_var_value(part);
    }
    nb_var_unref(&part);
    scope_close(&G);
    nb_var_unref(&g);
    return ctx->err.code;
}

static NbStatus pull(Step *p, int i, const NbAmount *gout, NbAmount *gin, bool *zero)
{
    *zero = false;
    if (!p->kernel) {
        return pull_rule(p, i, gout, gin, zero);
    }
    NbVar *to = arg_of(p->v, i).var;
    if (is_tensor(to)) {
        gin->tensor = nb_tensor_new(&to->tensor->shape, &p->ctx->err);
        if (!gin->tensor) {
            return p->ctx->err.code;
        }
    }
    return pull_kernel(p, i, gout, gin, false);
}

/* before + product as backward has it: a kernel adds inside itself, which may round otherwise. */
static NbStatus add_up(Step *p, NbContribution *e)
{
    NbErr *err = &p->ctx->err;
    if (e->first) {
        e->after = amount_ref(&e->product);
        return NB_OK;
    }
    e->after.num = e->before.num;
    if (e->before.tensor) {
        e->after.tensor = nb_tensor_copy(e->before.tensor, err);
        if (!e->after.tensor) {
            return err->code;
        }
    }
    if (p->kernel) {
        return pull_kernel(p, e->input, &e->upstream, &e->after, true);
    }
    if (e->after.tensor) {
        nb_tensor_add(e->after.tensor, e->product.tensor);
    } else {
        e->after.num += e->product.num;
    }
    return NB_OK;
}

static bool step_operand(Sweep *s, Step *p, int i, const Sum *from)
{
    Sum *into = sum_of(s, arg_of(p->v, i).var);
    NbContribution *e = entry(p->ctx, s, p->v, i, from, into);
    bool zero = false;
    if (!e || pull(p, i, &e->upstream, &e->product, &zero) != NB_OK) {
        return false;
    }
    if (zero) {
        amount_free(&e->upstream);
        amount_free(&e->before);
        s->pub.n--;
        return true;
    }
    if (e->scalars && !e->upstream.tensor && !e->product.tensor) {
        const NbAmount one = {1, NULL};
        NbAmount local = {0, NULL};
        if (pull(p, i, &one, &local, &zero) != NB_OK) {
            return false;
        }
        e->local = local.num;
    }
    if (add_up(p, e) != NB_OK) {
        return false;
    }
    keep(e, into);
    return true;
}

static bool step_general(NbCtx *ctx, Sweep *s, NbVar *v, const Sum *from)
{
    Step p;
    step_open(&p, ctx, v);
    for (int i = 0; i < v->nin; i++) {
        NbVar *to = arg_of(v, i).var;
        if (to && takes_gradient(to) && !step_operand(s, &p, i, from)) {
            return false;
        }
    }
    return true;
}

/* --- the sweep --- */

static bool seed_root(NbCtx *ctx, Sweep *s, const NbVar *root, const NbTensor *seed)
{
    Sum *sum = sum_of(s, root);
    double one = 1;
    NbTensor number = nb_tensor_scalar(&one);
    const NbTensor *from = seed ? seed : &number;
    sum->reached = true;
    if (!is_tensor(root)) {
        sum->amount.num = *from->data;
        return true;
    }
    NbTensor *t = sum->amount.tensor = nb_tensor_new(&root->tensor->shape, &ctx->err);
    return t && nb_tensor_assign(t, from, &ctx->err) == NB_OK;
}

static bool run(NbCtx *ctx, Sweep *s, Tape *t)
{
    for (size_t i = t->pub.nnodes; i-- > 0;) {
        NbVar *v = t->pub.node[i];
        Sum *from = &s->sum[i];
        if ((is_tensor(v) || i % POLL_NODES == 0) && nb_ctx_interrupted(ctx)) {
            nb_fail(&ctx->err, NB_EINTERRUPT, "stopped");
            return false;
        }
        if (from->reached && !(v->flags & NODE_SCALAR ? step_scalar(ctx, s, v, from)
                                                      : step_general(ctx, s, v, from))) {
            return false;
        }
    }
    return true;
}

static Sweep *sweep_new(NbVar *root, const NbTape *t)
{
    Sweep *s = nb_calloc(1, sizeof *s);
    if (!s) {
        return NULL;
    }
    s->pub.root = nb_var_ref(root);
    s->nnodes = t->nnodes;
    s->nleaves = t->nleaves;
    s->sum = nb_calloc(s->nnodes + s->nleaves + 1, sizeof *s->sum);
    for (size_t i = 0; s->sum && i < s->nnodes + s->nleaves; i++) {
        s->sum[i].serial = (i < s->nnodes ? t->node[i] : t->leaf[i - s->nnodes])->serial;
    }
    return s;
}

NbContributions *nb_contributions(NbVar *root, const NbTensor *seed)
{
    if (!root) {
        return NULL;
    }
    NbCtx *ctx = ctx_of(root);
    Tape *t = sweep_ready(ctx, root, seed);
    if (!t) {
        return NULL;
    }
    Sweep *s = sweep_new(root, &t->pub);
    if (!s || !s->sum) {
        nb_fail(&ctx->err, NB_EMEM, "out of memory for the steps of a sweep");
        nb_contributions_free((NbContributions **)&s);
        return NULL;
    }
    NbNanMode mode = ctx->nan_mode;
    ctx->nan_mode = NB_NAN_OFF;
    ctx->nograd++; /* rules compute numbers only */
    bool ok = seed_root(ctx, s, root, seed) && run(ctx, s, t);
    ctx->nograd--;
    ctx->nan_mode = mode;
    NbContributions *c = &s->pub;
    if (!ok) {
        nb_contributions_free(&c);
    }
    return c;
}

/* --- one product alone --- */

void nb_amount_free(NbAmount *a)
{
    if (a) {
        amount_free(a);
        a->num = 0;
    }
}

NbStatus nb_contribution_from(NbVar *node, int input, const NbAmount *upstream, NbAmount *product)
{
    if (!node) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(node);
    nb_err_begin(&ctx->err);
    if (!upstream || !product) {
        return nb_fail(&ctx->err, NB_EVALUE, "contribution: the %s is missing",
                       product ? "gradient from above" : "place for the product");
    }
    if (input < 0 || input >= node->nin || !arg_of(node, input).var) {
        return nb_fail(&ctx->err, NB_EINDEX, "contribution: there is no operand %d", input);
    }
    if (is_tensor(node) &&
        (!upstream->tensor || !nb_shape_equal(&upstream->tensor->shape, nb_var_shape(node)))) {
        return nb_fail(&ctx->err, NB_ESHAPE, "contribution: the gradient from above does not fit");
    }
    NbVar *to = arg_of(node, input).var;
    *product = (NbAmount){0, NULL};
    if (node->flags & NODE_SCALAR) {
        NbVar *a = node->in[0], *b = node->in[1];
        double part[2] = {0, 0};
        arith_pull(node, a ? a->value : node->num, b ? b->value : node->num, upstream->num,
                   input == 0, input == 1, &part[0], &part[1]);
        product->num = part[input];
        return NB_OK;
    }
    Step p;
    bool zero = false;
    NbNanMode mode = ctx->nan_mode;
    ctx->nan_mode = NB_NAN_OFF;
    ctx->nograd++;
    step_open(&p, ctx, node);
    NbStatus s = pull(&p, input, upstream, product, &zero);
    ctx->nograd--;
    ctx->nan_mode = mode;
    if (s == NB_OK && zero && is_tensor(to)) {
        product->tensor = nb_tensor_full(&to->tensor->shape, 0, &ctx->err);
        s = ctx->err.code;
    }
    return s;
}

/* rebuild.c -- variables made with the values, edges and stamps they once had */
#include <nabla/saved.h>

#include "base/mem.h"
#include "graph/node.h"

/* Operands as tensors, in one block. */
typedef struct Operands {
    NbTensor *tmp;
    const NbTensor **at;
    double *num;
} Operands;

static bool operands_open(NbCtx *ctx, Operands *o, const NbRebuild *r)
{
    size_t n = (size_t)r->n + 1;
    o->tmp = nb_alloc(n * (sizeof *o->tmp + sizeof *o->at + sizeof *o->num));
    if (!o->tmp) {
        nb_fail(&ctx->err, NB_EMEM, "out of memory for %d operands", r->n);
        return false;
    }
    o->at = (const NbTensor **)(void *)(o->tmp + n);
    o->num = (double *)(void *)(o->at + n);
    for (int i = 0; i < r->n; i++) {
        o->num[i] = r->in[i].num;
        o->tmp[i] = nb_tensor_scalar(&o->num[i]);
        o->at[i] = r->in[i].var ? data_of(r->in[i].var, &o->tmp[i]) : &o->tmp[i];
    }
    return true;
}

static NbStatus check_op(NbCtx *ctx, const NbRebuild *r)
{
    const NbOp *op = r->op;
    bool drawn = op->flags & NB_OP_REDRAWN;
    if (op->build || ((op->flags & NB_OP_CREATE) && !drawn)) {
        return nb_fail(&ctx->err, NB_EVALUE, "%s makes no node of a graph", op->name);
    }
    if (r->past && (drawn || (op->flags & NB_OP_STEPS))) {
        return nb_fail(&ctx->err, NB_EVALUE, "%s takes no gradient", op->name);
    }
    if (r->n < op->min_in || (op->max_in >= 0 && r->n > op->max_in) || r->n > UINT16_MAX ||
        (r->n == 0 && !drawn)) {
        return nb_fail(&ctx->err, NB_EVALUE, "%s: %d operands", op->name, r->n);
    }
    return NB_OK;
}

/* The operation once more, for its checks alone: labels in range and the like. */
static NbStatus try_op(NbCtx *ctx, const NbRebuild *r, const Operands *o, const NbAttrs *a,
                       const NbShape *shape)
{
    double num = 0;
    NbTensor scalar = nb_tensor_scalar(&num);
    NbTensor *t = shape->rank > 0 ? nb_tensor_new(shape, &ctx->err) : NULL;
    if (shape->rank > 0 && !t) {
        return ctx->err.code;
    }
    NbStatus s = r->op->forward(ctx, o->at, r->n, a, t ? t : &scalar, &ctx->err);
    nb_tensor_unref(&t);
    return s;
}

static NbStatus check_value_fits(NbCtx *ctx, const NbRebuild *r, const Operands *o, NbAttrs *a)
{
    char want[160], have[160];
    static const NbShape none;
    NbShape shape = {0};
    if (op_result_shape(r->op, o->at, r->n, a, &shape, &ctx->err) != NB_OK) {
        return ctx->err.code;
    }
    const NbShape *given = r->tensor ? &r->tensor->shape : &none;
    if (!r->view && (!nb_shape_equal(&shape, given) || (r->tensor && !r->tensor->contiguous))) {
        return nb_fail(&ctx->err, NB_ESHAPE, "%s: the result is %s, not %s", r->op->name,
                       nb_shape_text(&shape, want, sizeof want),
                       nb_shape_text(given, have, sizeof have));
    }
    bool drawn = r->op->flags & NB_OP_REDRAWN;
    return r->current && !drawn ? try_op(ctx, r, o, a, &shape) : NB_OK;
}

/* The view of the first operand that the operation makes, in r->tensor. */
static NbStatus make_view(NbCtx *ctx, NbRebuild *r, const Operands *o, const NbAttrs *a)
{
    bool can = r->op->view && r->n > 0 && o->at[0]->store;
    r->tensor = can ? r->op->view(o->at[0], a, &ctx->err) : NULL;
    if (r->tensor && r->tensor->shape.rank > 0) {
        return NB_OK;
    }
    nb_tensor_unref(&r->tensor);
    return nb_fail(&ctx->err, NB_EVALUE, "%s: no view of its operand", r->op->name);
}

static bool all_scalars(const NbRebuild *r)
{
    bool any = false;
    for (int i = 0; i < r->n; i++) {
        if (r->in[i].var && is_tensor(r->in[i].var)) {
            return false;
        }
        any |= r->in[i].var != NULL;
    }
    return any && r->op->scalar && !r->attrs && !r->tensor && r->n <= 2;
}

/* As apply.c records an operation on scalars. */
static void connect_scalars(NbVar *v, const NbRebuild *r)
{
    NbArg a = r->in[0], b = r->n > 1 ? r->in[1] : NB_NUM(0);
    bool call = r->op->arith == NB_POWER && (b.var || b.num != 2);
    v->arith = (uint8_t)((call ? NB_CALL : r->op->arith) & 15);
    v->nin = r->op->max_in == 1 ? 1 : 2;
    v->num = a.var ? b.num : a.num;
    v->in[0] = nb_var_ref(a.var);
    v->in[1] = nb_var_ref(b.var);
    v->steps = !r->past && !passes_gradient(r->op, a.var, b.var);
    v->flags = r->op->partials || v->steps ? NODE_SCALAR : 0U;
}

static bool mark(NbCtx *ctx, NbVar *v, const NbRebuild *r)
{
    uint32_t i = r->branch > 0 ? branch_of_line(ctx, r->branch) : 0;
    branch_set(ctx, v, i);
    branch_release(ctx, i);
    return i > 0 || r->branch == 0;
}

/* a: the options as the shape rule left them. */
static bool connect(NbCtx *ctx, NbVar *v, const NbRebuild *r, const NbAttrs *a)
{
    bool options = r->attrs || op_takes_options(r->op);
    v->op = r->op;
    if (all_scalars(r)) {
        connect_scalars(v, r);
        return mark(ctx, v, r);
    }
    if (!node_record(ctx, v, r->in, r->n, options ? a : NULL)) {
        return false;
    }
    v->steps &= !r->past;
    return mark(ctx, v, r);
}

/* *a gets the options, for nb_attrs_free. */
static NbStatus check_inner(NbCtx *ctx, NbRebuild *r, NbAttrs *a)
{
    Operands o;
    if (check_op(ctx, r) != NB_OK || !operands_open(ctx, &o, r)) {
        return ctx->err.code;
    }
    NbStatus s = NB_OK;
    if (r->attrs) {
        s = nb_attrs_copy(a, r->attrs, &ctx->err);
    } else {
        nb_op_defaults(r->op, a);
    }
    s = s == NB_OK ? check_value_fits(ctx, r, &o, a) : s;
    s = s == NB_OK && r->view ? make_view(ctx, r, &o, a) : s;
    nb_free(o.tmp);
    return s;
}

static NbVar *make_inner(NbCtx *ctx, NbRebuild *r)
{
    NbAttrs a;
    nb_attrs_init(&a);
    NbVar *v = check_inner(ctx, r, &a) == NB_OK ? node_new(ctx, NB_INNER) : NULL;
    if (v && !connect(ctx, v, r, &a)) {
        nb_var_unref(&v);
    }
    nb_attrs_free(&a);
    return v;
}

static NbVar *make_other(NbCtx *ctx, const NbRebuild *r)
{
    if (r->kind == NB_LEAF && r->tensor && !r->tensor->contiguous) {
        nb_fail(&ctx->err, NB_EVALUE, "a leaf with its numbers apart");
        return NULL;
    }
    return node_new(ctx, r->kind);
}

NbVar *nb_var_rebuild(NbCtx *ctx, NbRebuild *r)
{
    if (!ctx || !r) {
        return NULL;
    }
    NbVar *v = r->kind == NB_INNER ? make_inner(ctx, r) : make_other(ctx, r);
    if (!v) {
        nb_tensor_unref(&r->tensor);
        return NULL;
    }
    if (r->tensor) {
        v->tensor = r->tensor;
        v->flags |= NODE_TENSOR;
        r->tensor = NULL;
    } else {
        v->value = r->num;
    }
    v->flags |= r->cut ? NODE_CUT : 0U;
    v->flags |= r->boolean && is_tensor(v) ? NODE_BOOL : 0U;
    v->steps |= r->cut && r->steps;
    v->stamp = r->stamp;
    ctx->writes++;
    return v;
}

NbStatus nb_var_rebuild_grad(NbVar *v, double num, NbTensor *g, NbVar *graph, uint32_t sweeps,
                             bool stale)
{
    if (!v) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(v);
    const NbShape *shape = graph ? nb_var_shape(graph) : g ? &g->shape : NULL;
    bool whole = !g || g->contiguous;
    bool fits = !whole ? false : shape ? nb_shape_equal(shape, nb_var_shape(v)) : !is_tensor(v);
    NbStatus s = !fits ? nb_fail(&ctx->err, NB_ESHAPE, "the gradient has another shape")
                 : graph && !node_ext(ctx, v) ? ctx->err.code
                                              : NB_OK;
    if (s != NB_OK) {
        nb_tensor_unref(&g);
        return s;
    }
    bool inner = v->kind == NB_INNER;
    grad_drop_graph(ctx, v);
    if (graph) {
        v->ext->gvar = nb_var_ref(graph);
        holder_add(ctx, v);
    } else if (g) {
        NbTensor **slot = inner ? &v->atensor : &v->gtensor;
        nb_tensor_unref(slot);
        *slot = g;
    } else {
        *(inner ? &v->adj : &v->grad) = num;
    }
    v->flags |= NODE_GRAD;
    v->sweeps = sweeps;
    if (v->kind == NB_LEAF) {
        v->swept = !stale; /* nb_vars_swept knows the time */
    }
    ctx->hidden++;
    return NB_OK;
}

bool nb_var_is_bool(const NbVar *v)
{
    return v && (v->flags & NODE_BOOL);
}

void nb_var_set_bool(NbVar *v)
{
    v->flags |= is_tensor(v) ? NODE_BOOL : 0U;
}

bool nb_var_is_cut(const NbVar *v)
{
    return v && (v->flags & NODE_CUT);
}

bool nb_var_is_cut_step(const NbVar *v)
{
    return v && (v->flags & NODE_CUT) && v->steps;
}

bool nb_var_is_past(const NbVar *v)
{
    if (!v) {
        return false;
    }
    bool past = v->kind == NB_INNER && takes_gradient(v);
    for (int i = 0; past && i < v->nin; i++) {
        const NbVar *in = arg_of(v, i).var;
        past = !in || !takes_gradient(in);
    }
    return past;
}

uint64_t nb_var_stamp(const NbVar *v)
{
    return v ? v->stamp : 0;
}

uint32_t nb_var_sweeps(const NbVar *v)
{
    return v ? v->sweeps : 0;
}

uint64_t nb_ctx_stamps(NbCtx *ctx, uint64_t n)
{
    if (!ctx) {
        return 0;
    }
    ctx->clock += n;
    return ctx->clock - n + 1;
}

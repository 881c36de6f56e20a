/* assign.c -- writing values in place, and gradients of single variables */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"
#include "tensor/part.h"

static NbStatus check_writable(NbCtx *ctx, const NbVar *v)
{
    if (v->kind == NB_INNER) {
        nb_fail(&ctx->err, NB_ETYPE, "cannot write into a computed value");
        nb_hint(&ctx->err, "write into the leaves behind it, then forward");
        return NB_ETYPE;
    }
    if ((v->flags & NODE_CUT) && is_tensor(v) && !nb_tensor_sole(v->tensor)) { /* was a view */
        nb_fail(&ctx->err, NB_ETYPE, "cannot write into {0}: it shares its numbers with another");
        nb_err_operand(&ctx->err, 0, v->name ? v->name : "the variable");
        nb_advise(&ctx->err, "= binds the name to a new value");
        return NB_ETYPE;
    }
    return NB_OK;
}

static void written(NbCtx *ctx, NbVar *v)
{
    v->stamp = ++ctx->clock;
    ctx->writes++;
}

NbStatus nb_var_assign_scalar(NbVar *v, double value)
{
    NbTensor t = nb_tensor_scalar(&value);
    return nb_var_assign(v, &t);
}

NbStatus nb_var_assign(NbVar *v, const NbTensor *value)
{
    if (!v) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(v);
    if (!value) { /* perhaps it could not be made: why not is told */
        return nb_fail(&ctx->err, NB_EVALUE, "assign: the value is missing");
    }
    nb_err_begin(&ctx->err);
    if (check_writable(ctx, v) != NB_OK) {
        return ctx->err.code;
    }
    if (!nb_shape_equal(nb_var_shape(v), &value->shape)) {
        char a[160], b[160];
        nb_fail(&ctx->err, NB_ESHAPE, "%s: shapes differ: {0} %s and value %s",
                ctx->err.front ? ":=" : "assign", nb_shape_text(nb_var_shape(v), a, sizeof a),
                nb_shape_text(&value->shape, b, sizeof b));
        nb_err_operand(&ctx->err, 0, v->name ? v->name : "the variable");
        nb_advise(&ctx->err, "= binds the name to a new value of any shape");
        return NB_ESHAPE;
    }
    touch(ctx, v);
    if (!is_tensor(v)) {
        v->value = *value->data;
    } else if (nb_tensor_assign(v->tensor, value, &ctx->err) != NB_OK) {
        return ctx->err.code;
    }
    written(ctx, v);
    return NB_OK;
}

static NbStatus check_count(const NbVar *v, const double *numbers, int64_t n)
{
    NbTensor tmp;
    const int64_t size = data_of(v, &tmp)->size;
    NbErr *err = &ctx_of(v)->err;
    nb_err_begin(err);
    if (!numbers) {
        return nb_fail(err, NB_EVALUE, "the numbers are missing");
    }
    return size == n ? NB_OK
                     : nb_fail(err, NB_ESHAPE, "%lld numbers for a value of %lld elements",
                               (long long)n, (long long)size);
}

NbStatus nb_var_numbers(const NbVar *v, double *numbers, int64_t n)
{
    NbStatus s = v ? check_count(v, numbers, n) : NB_EVALUE;
    NbTensor tmp;
    for (int64_t i = 0; s == NB_OK && i < n; i++) {
        numbers[i] = nb_tensor_at(data_of(v, &tmp), i);
    }
    return s;
}

NbStatus nb_var_assign_numbers(NbVar *v, const double *numbers, int64_t n)
{
    NbStatus s = v ? check_count(v, numbers, n) : NB_EVALUE;
    if (s != NB_OK) {
        return s;
    }
    NbErr *err = &ctx_of(v)->err;
    NbTensor *t = nb_tensor_from(nb_var_shape(v), numbers, err);
    s = t ? nb_var_assign(v, t) : err->code;
    nb_tensor_unref(&t);
    return s;
}

NbStatus nb_var_assign_part(NbVar *v, const NbAttrs *index, const NbTensor *value)
{
    if (!v) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(v);
    if (!index || !value || index->nindex < 0 || index->nindex > NB_MAX_RANK) {
        return nb_fail(&ctx->err, NB_EVALUE, "assign: the %s is missing",
                       !value ? "value" : "index");
    }
    nb_err_begin(&ctx->err);
    if (check_writable(ctx, v) != NB_OK) {
        return ctx->err.code;
    }
    touch(ctx, v);
    NbTensor tmp = {0};
    NbTensor *t = is_tensor(v) ? v->tensor : (tmp = nb_tensor_scalar(&v->value), &tmp);
    NbStatus s = nb_part_write(t, index->index, index->nindex, value, &ctx->err);
    if (s == NB_OK) {
        written(ctx, v);
    }
    return s;
}

double *nb_var_write_begin(NbVar *v)
{
    if (!v) {
        return NULL;
    }
    touch(ctx_of(v), v);
    return v->kind == NB_INNER ? NULL : is_tensor(v) ? v->tensor->data : &v->value;
}

void nb_var_write_end(NbVar *v)
{
    if (!v) {
        return;
    }
    written(ctx_of(v), v);
}

/* --- gradients --- */

bool nb_var_has_grad(const NbVar *v)
{
    return v && (v->flags & NODE_GRAD);
}

bool nb_var_grad_is_graph(const NbVar *v)
{
    return v && (v->flags & NODE_GRAD) && v->ext && v->ext->gvar;
}

double nb_var_grad_value(const NbVar *v)
{
    if (!v) {
        return NAN;
    }
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    return g && g->size > 0 ? *g->data : 0;
}

const NbTensor *nb_var_grad_data(const NbVar *v, NbTensor *tmp)
{
    if (!v || !(v->flags & NODE_GRAD) || (!tmp && !is_tensor(v))) {
        return NULL;
    }
    if (v->ext && v->ext->gvar) {
        return data_of(v->ext->gvar, tmp);
    }
    if (is_tensor(v)) {
        return v->kind == NB_INNER ? v->atensor : v->gtensor;
    }
    NbVar *w = (NbVar *)(uintptr_t)v;
    *tmp = nb_tensor_scalar(v->kind == NB_INNER ? &w->adj : &w->grad);
    return tmp;
}

const NbTensor *nb_var_grad_added(const NbVar *v, NbTensor *tmp)
{
    if (!v || (!tmp && !is_tensor(v)) || v->kind != NB_LEAF || !(v->flags & NODE_GRAD) ||
        (v->ext && v->ext->gvar)) {
        return NULL;
    }
    if (is_tensor(v)) {
        return v->atensor;
    }
    *tmp = nb_tensor_scalar(&((NbVar *)(uintptr_t)v)->adj);
    return tmp;
}

NbVar *nb_var_grad(const NbVar *v)
{
    if (!v) {
        return NULL;
    }
    if (!(v->flags & NODE_GRAD)) {
        return NULL;
    }
    if (v->ext && v->ext->gvar) {
        return nb_var_ref(v->ext->gvar);
    }
    NbCtx *ctx = ctx_of(v);
    if (is_tensor(v)) {
        NbTensor *g = v->kind == NB_INNER ? v->atensor : v->gtensor;
        return nb_var_tensor(ctx, nb_tensor_ref(g), NB_CONST);
    }
    return nb_var_scalar(ctx, v->kind == NB_INNER ? v->adj : v->grad, NB_CONST);
}

/* A gradient that no sweep made is of this moment. */
static void held_now(NbCtx *ctx, NbVar *v)
{
    v->flags |= NODE_GRAD;
    v->sweeps = 1;
    if (v->kind == NB_LEAF) {
        v->swept = ++ctx->clock;
    }
}

static NbStatus grad_fits(const NbVar *v, const NbShape *s, NbErr *err)
{
    char a[160], b[160];
    return nb_shape_equal(nb_var_shape(v), s)
               ? NB_OK
               : nb_fail(err, NB_ESHAPE, "gradient %s does not fit value %s",
                         nb_shape_text(s, b, sizeof b),
                         nb_shape_text(nb_var_shape(v), a, sizeof a));
}

NbStatus nb_var_set_grad(NbVar *v, const NbTensor *g)
{
    if (!v) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(v);
    if (!g) {
        return nb_fail(&ctx->err, NB_EVALUE, "the gradient is missing");
    }
    nb_err_begin(&ctx->err);
    if (grad_fits(v, &g->shape, &ctx->err) != NB_OK) {
        return NB_ESHAPE;
    }
    NbTensor *copy = NULL;
    if (is_tensor(v) && !(copy = nb_tensor_copy(g, &ctx->err))) {
        return ctx->err.code;
    }
    touch(ctx, v);
    grad_drop_graph(ctx, v);
    bool inner = v->kind == NB_INNER;
    if (is_tensor(v)) {
        NbTensor **slot = inner ? &v->atensor : &v->gtensor;
        nb_tensor_unref(slot);
        *slot = copy;
    } else {
        *(inner ? &v->adj : &v->grad) = *g->data;
    }
    held_now(ctx, v);
    return NB_OK;
}

NbStatus nb_var_put_grad(NbVar *v, NbVar *g)
{
    if (!v || !g) {
        return v ? nb_var_set_grad(v, NULL) : NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(v);
    NbTensor tmp;
    nb_err_begin(&ctx->err);
    if (ctx_of(g) != ctx) {
        return nb_fail(&ctx->err, NB_EVALUE, "gradient of another context");
    }
    if (grad_fits(v, nb_var_shape(g), &ctx->err) != NB_OK) {
        return NB_ESHAPE;
    }
    if (is_tracked(g) && v->kind == NB_LEAF && v->ext) {
        touch(ctx, v);
        grad_drop_graph(ctx, v);
        v->ext->gvar = nb_var_ref(g);
        holder_add(ctx, v);
    } else if (!is_tracked(g) && is_tensor(v) && is_tensor(g) && g->tensor->contiguous) {
        NbTensor **slot = v->kind == NB_INNER ? &v->atensor : &v->gtensor;
        touch(ctx, v);
        grad_drop_graph(ctx, v);
        nb_tensor_unref(slot);
        *slot = nb_tensor_ref(g->tensor);
    } else {
        return nb_var_set_grad(v, nb_var_data(g, &tmp));
    }
    held_now(ctx, v);
    return NB_OK;
}

void nb_var_clear_grad(NbVar *v)
{
    if (!v || !(v->flags & NODE_GRAD)) {
        return;
    }
    NbCtx *ctx = ctx_of(v);
    touch(ctx, v);
    if (is_tensor(v) && v->gtensor && (v->gtensor->refs > 1 || !nb_tensor_sole(v->gtensor))) {
        nb_tensor_unref(&v->gtensor);
    }
    v->flags &= (uint8_t)~NODE_GRAD;
    v->sweeps = 0;
    ctx->hidden += v->kind == NB_INNER;
    grad_drop_graph(ctx, v);
}

uint32_t nb_var_grad_sweeps(const NbVar *v)
{
    if (!v) {
        return 0;
    }
    return v->flags & NODE_GRAD ? v->sweeps : 0;
}

void grad_drop_graph(NbCtx *ctx, NbVar *v)
{
    if (v->ext && v->ext->gvar) {
        NbVar *g = v->ext->gvar;
        holder_remove(ctx, v);
        v->ext->gvar = NULL;
        nb_var_unref(&g);
    }
}

/* Cuts one inner variable from its operands. */
static void cut(NbCtx *ctx, NbVar *v)
{
    if (v->tape) {
        tape_release(ctx, v);
    }
    if ((v->flags & NODE_GRAD) && is_tensor(v)) { /* to where consts keep theirs */
        nb_tensor_unref(&v->gtensor);
        v->gtensor = v->atensor;
        v->atensor = NULL;
    } else if (v->flags & NODE_GRAD) {
        v->grad = v->adj;
    }
    int n = v->nin;
    NbArg *arg = v->flags & NODE_WIDE ? v->ext->arg : NULL;
    if (arg) {
        v->ext->arg = NULL;
    }
    v->op = NULL;
    v->kind = NB_CONST;
    v->flags = (uint8_t)((v->flags | NODE_CUT) & ~(NODE_WIDE | NODE_SCALAR));
    v->nin = 0;
    v->touched = 0;
    for (int i = 0; arg && i < n; i++) {
        nb_var_unref(&arg[i].var);
    }
    if (arg && arg != v->ext->few) {
        nb_free(arg);
    }
    nb_var_unref(&v->in[0]);
    nb_var_unref(&v->in[1]);
}

NbStatus nb_var_unchain(NbVar *root)
{
    if (!root) {
        return NB_EVALUE;
    }
    NbCtx *ctx = ctx_of(root);
    nb_err_begin(&ctx->err);
    if (root->kind != NB_INNER) {
        return NB_OK;
    }
    Tape *t = tape_of(ctx, root);
    if (!t) {
        return ctx->err.code;
    }
    size_t n = t->pub.nnodes;
    NbVar **node = nb_alloc(n * sizeof(NbVar *));
    if (!node) {
        return nb_fail(&ctx->err, NB_EMEM, "out of memory to unchain %zu nodes", n);
    }
    memcpy(node, t->pub.node, n * sizeof(NbVar *));
    for (size_t i = 0; i < n; i++) {
        node[i]->refs++;
    }
    grads_settle(ctx, &t->pub);
    if (ctx->hooks.cut) {
        for (size_t i = 0; i < n; i++) {
            ctx->hooks.cut(ctx->hooks.user, node[i]);
        }
    }
    ctx->cuts++;
    for (size_t i = 0; i < n; i++) {
        cut(ctx, node[i]);
    }
    for (size_t i = 0; i < n; i++) {
        nb_var_unref(&node[i]);
    }
    nb_free(node);
    return NB_OK;
}

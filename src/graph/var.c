/* var.c -- life of variables, and looking at them */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"

_Static_assert(sizeof(void *) != 8 || sizeof(NbVar) == 128, "a node fills two cache lines");

/* Only operations make inner variables. */
static inline bool check_kind(NbCtx *ctx, NbKind kind)
{
    if ((unsigned)kind > NB_LEAF) {
        nb_err_begin(&ctx->err);
        nb_fail(&ctx->err, NB_ETYPE, "a variable is made plain, const or a leaf, not kind %d",
                (int)kind);
    }
    return (unsigned)kind <= NB_LEAF;
}

NbVar *nb_var_scalar(NbCtx *ctx, double value, NbKind kind)
{
    if (!ctx) {
        return NULL;
    }
    NbVar *v = check_kind(ctx, kind) ? node_new(ctx, kind) : NULL;
    if (v) {
        v->value = value;
    }
    return v;
}

NbVar *nb_var_tensor(NbCtx *ctx, NbTensor *t, NbKind kind)
{
    if (!ctx) {
        return NULL;
    }
    if (t && !t->contiguous && kind == NB_LEAF) { /* leaves are written as one row of numbers */
        NbTensor *own = nb_tensor_copy(t, &ctx->err);
        nb_tensor_unref(&t);
        t = own;
    }
    if (!t) {
        nb_fail(&ctx->err, NB_EVALUE, "the tensor is missing"); /* unless it is told why */
        return NULL;
    }
    NbVar *v = check_kind(ctx, kind) ? node_new(ctx, kind) : NULL;
    if (!v) {
        nb_tensor_unref(&t);
    } else if (t->shape.rank == 0) {
        v->value = *t->data;
        nb_tensor_unref(&t);
    } else {
        v->tensor = t;
        v->flags = NODE_TENSOR;
    }
    return v;
}

NbVar *nb_var_array(NbCtx *ctx, const NbShape *s, const double *numbers, NbKind kind)
{
    if (!ctx) {
        return NULL;
    }
    if (!s) {
        nb_fail(&ctx->err, NB_EVALUE, "the shape is missing");
        return NULL;
    }
    return nb_var_tensor(
        ctx, numbers ? nb_tensor_from(s, numbers, &ctx->err) : nb_tensor_full(s, 0, &ctx->err),
        kind);
}

NbVar *nb_var_copy(const NbVar *from, NbKind kind)
{
    if (!from) {
        return NULL;
    }
    NbCtx *ctx = ctx_of(from);
    if (!is_tensor(from)) {
        return nb_var_scalar(ctx, from->value, kind);
    }
    NbVar *v = nb_var_tensor(ctx, nb_tensor_copy(from->tensor, &ctx->err), kind);
    if (v) {
        v->flags |= from->flags & NODE_BOOL;
    }
    return v;
}

NbVar *nb_var_detach(const NbVar *v)
{
    return nb_var_copy(v, NB_CONST);
}

NbVar *nb_var_ref(NbVar *v)
{
    if (v) {
        v->refs++;
    }
    return v;
}

/* One reference less; the last puts v on the list of the dying. */
static inline void drop(NbVar *v, NbVar **dying)
{
    if (v && --v->refs == 0) {
        v->next = *dying;
        *dying = v;
    }
}

static void drop_rare(NbCtx *ctx, NbVar *v, NbVar **dying)
{
    if (v->tape) {
        tape_release(ctx, v);
    }
    branch_release(ctx, v->branch);
    if (is_tensor(v)) {
        nb_tensor_unref(&v->tensor);
        nb_tensor_unref(&v->atensor);
        nb_tensor_unref(&v->gtensor);
    }
    if (v->ext) {
        NbExt *e = v->ext;
        if (e->gvar) {
            holder_remove(ctx, v);
            drop(e->gvar, dying);
        }
        for (int i = 0; e->arg && i < v->nin; i++) {
            drop(e->arg[i].var, dying);
        }
        ext_release(ctx, v);
    }
}

/* Apart, so that letting go of one reference of several needs no frame. */
static __attribute__((noinline)) void release(NbVar *v)
{
    NbCtx *ctx = ctx_of(v);
    NbVar *dying = v;
    v->next = NULL;
    while (dying) {
        v = dying;
        dying = v->next;
        drop(v->in[0], &dying);
        drop(v->in[1], &dying);
        if (v->tape || v->ext || v->branch || is_tensor(v)) {
            drop_rare(ctx, v, &dying);
        }
        v->next = ctx->free;
        ctx->free = v;
        nb_mem_hide(v, sizeof *v);
        ctx->live--;
    }
}

void nb_var_unref(NbVar **pv)
{
    NbVar *v = pv ? *pv : NULL;
    if (!v) {
        return;
    }
    *pv = NULL;
    if (--v->refs == 0) {
        release(v);
    }
}

bool nb_var_adopt(NbVar *v, NbKind kind)
{
    if (!v || (unsigned)kind > NB_LEAF || v->kind != NB_PLAIN || v->refs > 1) {
        return false;
    }
    if (is_tensor(v) && (!nb_tensor_sole(v->tensor) || !v->tensor->contiguous)) {
        return false;
    }
    v->kind = (uint8_t)(kind & 7);
    return true;
}

/* --- looking --- */

NbCtx *nb_var_ctx(const NbVar *v)
{
    return v ? ctx_of(v) : NULL;
}

NbKind nb_var_kind(const NbVar *v)
{
    return v ? (NbKind)v->kind : NB_PLAIN;
}

bool nb_var_tracked(const NbVar *v)
{
    return v && is_tracked(v);
}

bool nb_var_takes_grad(const NbVar *v)
{
    return v && takes_gradient(v);
}

bool nb_var_is_scalar(const NbVar *v)
{
    return v && (!is_tensor(v) || v->tensor->shape.rank == 0);
}

double nb_var_value(const NbVar *v)
{
    if (!v) {
        return NAN;
    }
    if (!is_tensor(v)) {
        return v->value;
    }
    return v->tensor->size > 0 ? *v->tensor->data : 0;
}

const NbTensor *nb_var_data(const NbVar *v, NbTensor *tmp)
{
    return v && (tmp || is_tensor(v)) ? data_of(v, tmp) : NULL;
}

const NbShape *nb_var_shape(const NbVar *v)
{
    if (!v) {
        return NULL;
    }
    static const NbShape scalar;
    return is_tensor(v) ? &v->tensor->shape : &scalar;
}

uint64_t nb_var_serial(const NbVar *v)
{
    return v ? v->serial : 0;
}

uint32_t nb_var_refs(const NbVar *v)
{
    return v ? v->refs : 0;
}

const NbOp *nb_var_op(const NbVar *v)
{
    return v ? v->op : NULL;
}

int nb_var_inputs(const NbVar *v)
{
    return v ? v->nin : 0;
}

NbArg nb_var_input(const NbVar *v, int i)
{
    return v && i >= 0 && i < v->nin ? arg_of(v, i) : NB_VAR(NULL);
}

const NbAttrs *nb_var_attrs(const NbVar *v)
{
    if (!v) {
        return NULL;
    }
    return v->ext ? v->ext->attrs : NULL;
}

/* --- names --- */

const char *nb_var_name(const NbVar *v)
{
    return v ? v->name : NULL;
}

bool nb_var_name_is_local(const NbVar *v)
{
    return v && (v->flags & NODE_LOCAL);
}

void nb_var_set_name(NbVar *v, const char *name, bool local)
{
    if (!v) {
        return;
    }
    bool replace = !v->name || !name || (!local && (v->flags & NODE_LOCAL));
    if (replace) {
        NbCtx *ctx = ctx_of(v);
        if (v->serial <= ctx->unit_serial) {
            touch(ctx, v);
        }
        v->name = name;
        v->flags = (uint8_t)(name && local ? v->flags | NODE_LOCAL : v->flags & ~NODE_LOCAL);
    }
}

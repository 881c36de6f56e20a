/* apply.c -- applying operations: values, edges, finite checks */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "graph/node.h"

#define FEW 4

/* --- finite checks --- */

static bool inputs_finite(NbTensors in, int n)
{
    int64_t count;
    for (int i = 0; i < n; i++) {
        if (nb_tensor_nonfinite(in[i], &count) >= 0) {
            return false;
        }
    }
    return true;
}

/* An option says so, as the value of full. */
static bool written_infinite(const NbVar *v)
{
    const NbAttrs *a = v->ext ? v->ext->attrs : NULL;
    for (int i = 0; a && i < 4; i++) {
        if (!isfinite(a->num[i])) {
            return true;
        }
    }
    return v->op && (v->op->flags & (NB_OP_CREATE | NB_OP_RANDOM)) == NB_OP_CREATE;
}

static double largest(const NbTensor *t)
{
    double most = 0;
    for (int64_t i = 0; i < t->size; i++) {
        most = fmax(most, fabs(nb_tensor_at(t, i)));
    }
    return most;
}

/* A row that has lost every element: nothing but -inf goes in, NaN comes out. */
static bool masked_rows(const NbVar *v, const NbTensor *out, NbTensors in, int n)
{
    if (!v->op || !(v->op->flags & NB_OP_NORMALISES) || n < 1) {
        return false;
    }
    bool nan_out = false;
    for (int64_t i = 0; i < out->size; i++) {
        nan_out |= isnan(nb_tensor_at(out, i));
    }
    for (int64_t i = 0; nan_out && i < in[0]->size; i++) {
        double x = nb_tensor_at(in[0], i);
        nan_out = !isnan(x) && !(isinf(x) && x > 0);
    }
    return nan_out;
}

static int64_t first_nan(const NbTensor *t, int64_t *count)
{
    int64_t first = -1;
    *count = 0;
    for (int64_t i = 0; i < t->size; i++) {
        if (isnan(nb_tensor_at(t, i))) {
            first = first < 0 ? i : first;
            ++*count;
        }
    }
    return first;
}

bool check_value(NbCtx *ctx, NbVar *v, NbTensors in, int n)
{
    NbTensor tmp;
    const NbTensor *out = data_of(v, &tmp);
    int64_t count = 0;
    int64_t first = nb_tensor_nonfinite(out, &count);
    if (first < 0 || ctx->nan_mode == NB_NAN_OFF) {
        return true;
    }
    if (!inputs_finite(in, n)) {
        if (!masked_rows(v, out, in, n)) {
            return true;
        }
        first = first_nan(out, &count);
    } else if (written_infinite(v)) {
        return true;
    }
    NbNonFinite what = {.node = v,
                        .first = first,
                        .count = count,
                        .value = nb_tensor_at(out, first),
                        .operand = {NAN, NAN},
                        .upstream = NAN};
    for (int i = 0; i < n; i++) {
        what.largest = fmax(what.largest, largest(in[i]));
        what.empty |= in[i]->size == 0;
    }
    for (int i = 0; i < n && i < 2; i++) {
        if (in[i]->shape.rank == 0) {
            what.operand[i] = *in[i]->data;
        } else if (nb_shape_equal(&in[i]->shape, &out->shape)) {
            what.operand[i] = nb_tensor_at(in[i], first);
        }
    }
    if (ctx->hooks.nonfinite) {
        ctx->hooks.nonfinite(ctx->hooks.user, &what);
    }
    if (ctx->nan_mode == NB_NAN_ERROR) {
        nb_fail(&ctx->err, NB_ENONFINITE, "%s: the result is %s", v->op ? v->op->name : "value",
                isnan(what.value) ? "nan" : "inf");
        return false;
    }
    return true;
}

/* The same for a scalar; out of line, since it is rare. */
static bool check_scalar(NbCtx *ctx, NbVar *v, double a, double b, int n)
{
    NbTensor ta = nb_tensor_scalar(&a), tb = nb_tensor_scalar(&b);
    const NbTensor *in[2] = {&ta, &tb};
    return check_value(ctx, v, in, n);
}

/* --- the hot path: at most two scalars --- */

/* What is left for scalars: results that keep no edges (of untracked operands, under nograd) and
 * values that are not finite. v: the node recorded, or NULL. */
static __attribute__((noinline)) NbVar *record_rare(NbCtx *ctx, const NbOp *op, NbVar *v,
                                                    const NbArg *in, double y)
{
    int n = op->max_in == 1 ? 1 : 2;
    bool recorded = v != NULL;
    if (!v) {
        bool plain = (!in[0].var || in[0].var->kind == NB_PLAIN) &&
                     (!in[1].var || in[1].var->kind == NB_PLAIN) && ctx->nograd == 0 &&
                     !(op->flags & NB_OP_STEPS);
        v = nb_var_scalar(ctx, y, plain ? NB_PLAIN : NB_CONST);
    }
    if (!v || fabs(y) <= DBL_MAX) {
        return v;
    }
    v->op = op; /* named while it is reported */
    bool ok = check_scalar(ctx, v, in[0].num, in[1].num, n);
    v->op = recorded ? op : NULL;
    if (!ok) {
        nb_var_unref(&v);
    }
    return v;
}

/* Edges of a fresh inner node to at most two scalars; num is the folded one. */
static inline void node_connect(NbVar *v, const NbOp *op, unsigned arith, NbVar *a, NbVar *b,
                                double num, unsigned flags)
{
    v->op = op;
    v->what = what_of(NB_INNER, false, arith);
    v->nin = op->max_in == 1 ? 1 : 2;
    v->num = num;
    v->flags = (uint8_t)flags;
    v->in[0] = a;
    v->in[1] = b;
    if (a) {
        a->refs++;
    }
    if (b) {
        b->refs++;
    }
}

/* A node for op on scalars: its value and edges. */
static NbVar *record_scalar(NbCtx *ctx, const NbOp *op, NbArg a, NbArg b)
{
    NbVar *va = a.var, *vb = b.var, *v = NULL;
    double x = va ? va->value : a.num, z = vb ? vb->value : b.num;
    unsigned arith = op->arith == NB_POWER && (vb || z != 2) ? NB_CALL : op->arith;
    double y = arith_value(op, arith, x, z);
    if (((va && is_tracked(va)) || (vb && is_tracked(vb))) && ctx->nograd == 0) {
        if (!(v = node_take(ctx))) {
            return NULL;
        }
        node_init(ctx, v, NB_INNER, y);
        bool through = passes_gradient(op, va, vb);
        node_connect(v, op, arith, va, vb, va ? b.num : a.num,
                     op->partials || !through ? NODE_SCALAR : 0U);
        v->steps = !through;
        if (ctx->branch) {
            branch_set(ctx, v, ctx->branch);
        }
        if (fabs(y) <= DBL_MAX) {
            return v;
        }
    }
    NbArg in[2] = {{va, x}, {vb, z}};
    return record_rare(ctx, op, v, in, y);
}

static inline bool is_missing(NbArg a)
{
    uint64_t bits;
    memcpy(&bits, &a.num, sizeof bits);
    return !a.var && bits == NB_MISSING_BITS;
}

static inline bool is_far(const NbCtx *ctx, const NbVar *v)
{
    return v && ctx_of(v) != ctx;
}

/* The same of two, mostly without a look at memory: when both lie in the block of `near`, a node of
 * this context. */
static inline bool are_far(const NbCtx *ctx, const NbVar *near, const NbVar *a, const NbVar *b)
{
    const uintptr_t here = (uintptr_t)near;
    const uintptr_t off = ((uintptr_t)(a ? a : near) ^ here) | ((uintptr_t)(b ? b : near) ^ here);
    return __builtin_expect(off >= NB_SLAB_BYTES, 0) && (is_far(ctx, a) || is_far(ctx, b));
}

/* A number, or a scalar of this context. */
static inline bool is_scalar(const NbCtx *ctx, NbArg a)
{
    return a.var ? !is_tensor(a.var) && ctx_of(a.var) == ctx : !is_missing(a);
}

NbVar *nb_apply1(NbCtx *ctx, const NbOp *op, NbVar *a)
{
    if (!ctx) {
        return NULL;
    }
    if (op && op->scalar && op->min_in < 2 && a && is_scalar(ctx, NB_VAR(a))) {
        return record_scalar(ctx, op, NB_VAR(a), NB_NUM(0));
    }
    NbArg in = NB_VAR(a);
    return nb_apply(ctx, op, &in, 1, NULL);
}

static __attribute__((noinline)) NbVar *apply2(NbCtx *ctx, const NbOp *op, NbArg a, NbArg b)
{
    if (op && op->scalar && op->max_in == 2 && is_scalar(ctx, a) && is_scalar(ctx, b)) {
        return record_scalar(ctx, op, a, b);
    }
    NbArg in[2] = {a, b};
    return nb_apply(ctx, op, in, 2, NULL);
}

/* Sums, products and squares of scalars that take a gradient, without a call on the way. All else,
 * and whatever goes wrong, is apply2's. */
NbVar *nb_apply2(NbCtx *ctx, const NbOp *op, NbArg a, NbArg b)
{
    if (!ctx) {
        return NULL;
    }
    NbVar *va = a.var, *vb = b.var, *v = ctx->free;
    unsigned fa = va ? va->flags : 0U, fb = vb ? vb->flags : 0U;
    bool ta = va && takes_gradient(va), tb = vb && takes_gradient(vb);
    double x = va ? va->value : a.num, z = vb ? vb->value : b.num, y;
    if (__builtin_expect(!op, 0)) {
        return apply2(ctx, op, a, b);
    }
    switch (op->arith) {
    case NB_PLUS: y = x + z; break;
    case NB_MINUS: y = x - z; break;
    case NB_TIMES: y = x * z; break;
    case NB_POWER: y = vb || z != 2 ? INFINITY : x * x; break;
    default: return apply2(ctx, op, a, b);
    }
    if (((fa | fb) & NODE_TENSOR) || !(ta || tb) || (ctx->nograd | ctx->branch) || !v ||
        !(fabs(y) <= DBL_MAX) || are_far(ctx, v, va, vb)) {
        return apply2(ctx, op, a, b);
    }
    nb_mem_show(v, sizeof *v);
    ctx->free = v->next;
    node_init(ctx, v, NB_INNER, y);
    node_connect(v, op, op->arith, va, vb, va ? b.num : a.num, NODE_SCALAR);
    return v;
}

/* --- the general path --- */

/* Operand tensors of one application; few of them live on the stack. */
typedef struct Operands {
    NbTensor few_tmp[FEW];
    const NbTensor *few[FEW];
    double few_num[FEW];
    NbTensor *tmp;
    const NbTensor **at;
    double *num;
} Operands;

static bool operands_open(NbCtx *ctx, Operands *o, const NbArg *in, int n)
{
    size_t count = (size_t)n;
    o->tmp = o->few_tmp;
    o->at = o->few;
    o->num = o->few_num;
    if (n > FEW) {
        uint8_t *block = nb_alloc(count * (sizeof *o->tmp + sizeof *o->at + sizeof *o->num));
        if (!block) {
            nb_fail(&ctx->err, NB_EMEM, "out of memory for %d operands", n);
            return false;
        }
        o->tmp = (NbTensor *)(void *)block;
        o->at = (const NbTensor **)(void *)(block + count * sizeof *o->tmp);
        o->num = (double *)(void *)(block + count * (sizeof *o->tmp + sizeof *o->at));
    }
    for (int i = 0; i < n; i++) {
        if (in[i].var) {
            o->at[i] = data_of(in[i].var, &o->tmp[i]);
        } else {
            o->num[i] = in[i].num;
            o->tmp[i] = nb_tensor_scalar(&o->num[i]);
            o->at[i] = &o->tmp[i];
        }
    }
    return true;
}

static void operands_close(Operands *o)
{
    if (o->tmp != o->few_tmp) {
        nb_free(o->tmp);
    }
}

/* Messages of shared shape rules begin with the operation's name like all others. */
static NbStatus named(const NbOp *op, NbErr *err)
{
    char msg[sizeof err->msg];
    size_t len = strlen(op->name);
    if (!(op->flags & NB_OP_HIDDEN) &&
        (strncmp(err->msg, op->name, len) != 0 || err->msg[len] != ':')) {
        memcpy(msg, err->msg, sizeof msg);
        snprintf(err->msg, sizeof err->msg, "%s: %.*s", op->name, (int)(sizeof msg - len - 3), msg);
    }
    return err->code;
}

NbStatus op_result_shape(const NbOp *op, NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err)
{
    if (op->shape) {
        NbStatus s = op->shape(in, n, a, out, err);
        return s == NB_OK ? s : named(op, err);
    }
    *out = in[0]->shape;
    for (int i = 1; i < n; i++) {
        NbShape next;
        if (nb_shape_broadcast(out, &in[i]->shape, &next, NULL) != NB_OK) {
            char x[160], y[160];
            nb_fail(err, NB_ESHAPE, "%s: shapes do not fit: {%d} %s and {%d} %s", op->name, i - 1,
                    nb_shape_text(out, x, sizeof x), i, nb_shape_text(&in[i]->shape, y, sizeof y));
            return NB_ESHAPE;
        }
        *out = next;
    }
    return NB_OK;
}

/* Value of v: a view, or fresh memory filled by the kernel. */
static bool evaluate(NbCtx *ctx, NbVar *v, const NbOp *op, NbTensors in, int n, NbAttrs *a)
{
    NbShape shape = {0};
    if (op_result_shape(op, in, n, a, &shape, &ctx->err) != NB_OK) {
        return false;
    }
    if (op->view && n > 0 && in[0]->store) {
        NbTensor *t = op->view(in[0], a, &ctx->err);
        if (t && t->shape.rank > 0) {
            v->tensor = t;
            v->flags |= NODE_TENSOR;
            return true;
        }
        nb_tensor_unref(&t); /* a scalar is copied */
        if (ctx->err.code != NB_OK) {
            return false;
        }
    }
    if (shape.rank == 0) {
        NbTensor out = nb_tensor_scalar(&v->value);
        return op->forward(ctx, in, n, a, &out, &ctx->err) == NB_OK;
    }
    NbTensor *t = nb_tensor_new(&shape, &ctx->err);
    if (!t) {
        named(op, &ctx->err);
        return false;
    }
    v->tensor = t;
    v->flags |= NODE_TENSOR;
    return op->forward(ctx, in, n, a, t, &ctx->err) == NB_OK;
}

/* Edges from v to its operands, and the options. */
bool node_record(NbCtx *ctx, NbVar *v, const NbArg *in, int n, const NbAttrs *a)
{
    bool wide = n > 2 || (n == 2 && !in[0].var && !in[1].var);
    if (wide || a) {
        NbExt *e = node_ext(ctx, v);
        if (!e) {
            return false;
        }
        if (a) {
            e->attrs = nb_alloc(sizeof *a);
            if (!e->attrs || nb_attrs_copy(e->attrs, a, &ctx->err) != NB_OK) {
                nb_free(e->attrs);
                e->attrs = NULL;
                nb_fail(&ctx->err, NB_EMEM, "out of memory for graph nodes");
                return false;
            }
        }
        if (wide) {
            bool few = (size_t)n <= sizeof e->few / sizeof *e->few;
            e->arg = few ? e->few : nb_alloc((size_t)n * sizeof *in);
            if (!e->arg) {
                nb_fail(&ctx->err, NB_EMEM, "out of memory for graph nodes");
                return false;
            }
            memcpy(e->arg, in, (size_t)n * sizeof *in);
            v->flags |= NODE_WIDE;
        }
    }
    v->nin = (uint16_t)n;
    branch_set(ctx, v, ctx->branch);
    if (!wide) {
        v->in[0] = n > 0 ? in[0].var : NULL;
        v->in[1] = n > 1 ? in[1].var : NULL;
        v->num = n > 0 && !in[0].var ? in[0].num : n > 1 ? in[1].num : 0;
    }
    bool through = false;
    for (int i = 0; i < n; i++) {
        nb_var_ref(in[i].var);
        through = through || (in[i].var && lets_gradient(in[i].var));
    }
    v->steps = !through || (v->op->flags & NB_OP_STEPS);
    return true;
}

static bool check_arity(NbCtx *ctx, const NbOp *op, int n)
{
    if (n < op->min_in || (op->max_in >= 0 && n > op->max_in)) {
        nb_fail(&ctx->err, NB_EVALUE, "%s: takes %s%d operand%s, got %d", op->name,
                op->max_in == op->min_in ? "" : "at least ", op->min_in, op->min_in == 1 ? "" : "s",
                n);
        return false;
    }
    if (n > UINT16_MAX) {
        nb_fail(&ctx->err, NB_EVALUE, "%s: %d operands are more than %d", op->name, n, UINT16_MAX);
        return false;
    }
    return true;
}

static bool check_operands(NbCtx *ctx, const NbOp *op, const NbArg *in, int n)
{
    if (!in && n > 0) {
        nb_fail(&ctx->err, NB_EVALUE, "%s: the operands are missing", op->name);
        return false;
    }
    for (int i = 0; i < n; i++) {
        if (is_far(ctx, in[i].var)) {
            nb_fail(&ctx->err, NB_EVALUE, "%s: operand of another context", op->name);
            return false;
        }
        if (is_missing(in[i])) {
            nb_fail(&ctx->err, NB_EVALUE, "%s: operand %d is missing", op->name, i + 1);
            return false;
        }
    }
    return true;
}

/* The operation has parameters besides its operands. */
bool op_takes_options(const NbOp *op)
{
    return op->nparams > (op->max_in >= 0 ? op->max_in : 1);
}

/* Comparisons make tensors of truth; what passes elements of such on makes others. */
static bool gives_bools(const NbOp *op, const NbArg *in, int n)
{
    if (op->torch_gives & NB_TORCH_BOOLS) {
        return true;
    }
    bool passes = op->torch_gives == NB_TORCH_SAME && !(op->flags & NB_OP_ELEMENTWISE);
    bool all = n > 0 && (passes || (op->flags & NB_OP_CHOOSES));
    for (int i = 0; all && i < n; i++) {
        all = in[i].var && (in[i].var->flags & NODE_BOOL);
    }
    return all;
}

static NbVar *apply(NbCtx *ctx, const NbOp *op, const NbArg *in, int n, const NbAttrs *attrs)
{
    if (!op || !check_arity(ctx, op, n) || !check_operands(ctx, op, in, n)) {
        nb_fail(&ctx->err, NB_ENAME, "unknown operation"); /* unless something else was said */
        return NULL;
    }
    if (attrs && !attrs->made) {
        nb_fail(&ctx->err, NB_EVALUE, "%s: options not made by nb_op_attrs", op->name);
        return NULL;
    }
    if (op->build) {
        return op->build(ctx, in, n, attrs);
    }
    bool plain = true, tracked = false;
    for (int i = 0; i < n; i++) {
        plain = plain && (!in[i].var || in[i].var->kind == NB_PLAIN);
        tracked = tracked || (in[i].var && is_tracked(in[i].var));
    }
    if (op->flags & NB_OP_CREATE) { /* takes no more than the shape of x: zeros_like(x) */
        plain = true;
        tracked = false;
    }
    tracked = (tracked || (op->flags & NB_OP_REDRAWN)) && ctx->nograd == 0;
    Operands o;
    NbAttrs own, *a = attrs || op_takes_options(op) ? &own : NULL; /* else nobody looks at them */
    if (attrs) {
        if (nb_attrs_copy(&own, attrs, &ctx->err) != NB_OK) {
            return NULL;
        }
    } else if (a) {
        own = nb_op_attrs(op);
    }
    NbVar *v = NULL;
    if (operands_open(ctx, &o, in, n)) {
        v = node_new(ctx, NB_INNER);
        if (v) {
            v->op = op;
            if (!evaluate(ctx, v, op, o.at, n, a) || (tracked && !node_record(ctx, v, in, n, a)) ||
                !check_value(ctx, v, o.at, n)) {
                nb_var_unref(&v);
            }
        }
        operands_close(&o);
    }
    if (a) {
        nb_attrs_free(&own);
    }
    if (v && !tracked) {
        bool made_const = ctx->nograd > 0 || (op->flags & NB_OP_STEPS) || !plain;
        v->op = NULL;
        v->kind = made_const ? NB_CONST : NB_PLAIN;
    }
    if (v && is_tensor(v) && gives_bools(op, in, n)) {
        v->flags |= NODE_BOOL;
    }
    return v;
}

void name_operands(NbCtx *ctx, const NbArg *in, int n)
{
    char nth[24];
    for (int i = 0; i < n && i < 10; i++) {
        const char *name = in[i].var ? in[i].var->name : NULL;
        snprintf(nth, sizeof nth, "operand %d", i + 1);
        nb_err_operand(&ctx->err, i, name ? name : nth);
    }
}

/* What an earlier call left in the error is replaced when this one fails, unless an operand is
 * missing: then it tells why. */
static __attribute__((noinline, cold)) NbVar *
apply_after_error(NbCtx *ctx, const NbOp *op, const NbArg *in, int n, const NbAttrs *attrs)
{
    bool missing = false;
    for (int i = 0; in && i < n; i++) {
        missing = missing || is_missing(in[i]);
    }
    const NbStatus before = missing ? NB_OK : nb_err_aside(&ctx->err);
    NbVar *v = apply(ctx, op, in, n, attrs);
    nb_err_back(&ctx->err, before);
    return v;
}

NbVar *nb_apply(NbCtx *ctx, const NbOp *op, const NbArg *in, int n, const NbAttrs *attrs)
{
    if (!ctx) {
        return NULL;
    }
    NbVar *v = __builtin_expect(ctx->err.code == NB_OK, 1)
                   ? apply(ctx, op, in, n, attrs)
                   : apply_after_error(ctx, op, in, n, attrs);
    if (!v && !ctx->err.front && in && strchr(ctx->err.msg, '{')) {
        name_operands(ctx, in, n);
    }
    return v;
}

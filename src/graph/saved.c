/* saved.c -- states of variables taken down and put back to the last bit */
#include <string.h>

#include <nabla/saved.h>

#include "base/mem.h"
#include "graph/node.h"

#define STATE_FLAGS (NODE_GRAD | NODE_LOCAL)
#define EDGE_FLAGS (NODE_CUT | NODE_WIDE | NODE_SCALAR)

static void swap_numbers(double *a, double *b)
{
    double x = *a;
    *a = *b;
    *b = x;
}

static void swap_tensors(NbTensor **a, NbTensor **b)
{
    NbTensor *t = *a;
    *a = *b;
    *b = t;
}

static void swap_vars(NbVar **a, NbVar **b)
{
    NbVar *v = *a;
    *a = *b;
    *b = v;
}

/* --- values, gradients, stamps --- */

/* An inner view has no numbers of its own. */
static bool shows_operand(const NbVar *v)
{
    const NbVar *a = v->kind == NB_INNER && v->nin > 0 ? arg_of(v, 0).var : NULL;
    return a && is_tensor(a) && a->tensor->store && a->tensor->store == v->tensor->store;
}

static NbTensor **grad_tensor(NbVar *v)
{
    return v->kind == NB_INNER ? &v->atensor : &v->gtensor;
}

static double *grad_number(NbVar *v)
{
    return v->kind == NB_INNER ? &v->adj : &v->grad;
}

static NbVar *grad_graph(const NbVar *v)
{
    return v->ext ? v->ext->gvar : NULL;
}

bool nb_var_state_save(NbVarState *s, NbVar *v)
{
    if (!s || !v) {
        return false;
    }
    bool grad = v->flags & NODE_GRAD;
    memset(s, 0, sizeof *s);
    if (!is_tensor(v)) {
        s->num = v->value;
        s->grad = grad ? *grad_number(v) : 0;
    } else {
        if (!shows_operand(v) && !(s->data = nb_tensor_copy(v->tensor, NULL))) {
            return false;
        }
        s->gdata = grad ? nb_tensor_ref(*grad_tensor(v)) : NULL;
    }
    s->var = nb_var_ref(v);
    s->ggraph = nb_var_ref(grad_graph(v));
    s->name = v->name;
    s->stamp = v->stamp;
    s->swept = v->kind == NB_LEAF ? v->swept : 0;
    s->sweeps = v->sweeps;
    s->flags = v->flags & STATE_FLAGS;
    return true;
}

static void swap_data(NbTensor *a, NbTensor *b)
{
    for (int64_t i = 0; i < b->size; i++) {
        double x = b->data[i]; /* the copy is contiguous */
        if (a->contiguous) {
            b->data[i] = a->data[i];
            a->data[i] = x;
        } else {
            b->data[i] = nb_tensor_at(a, i);
            nb_tensor_put(a, i, x);
        }
    }
}

static void swap_graphs(NbCtx *ctx, NbVar *v, NbVarState *s)
{
    NbVar *now = grad_graph(v);
    if (now == s->ggraph) {
        return;
    }
    if (now) {
        holder_remove(ctx, v);
    }
    v->ext->gvar = s->ggraph; /* what was there once had this room */
    s->ggraph = now;
    if (v->ext->gvar) {
        holder_add(ctx, v);
    }
}

void nb_var_state_swap(NbVarState *s)
{
    if (!s) {
        return;
    }
    NbVar *v = s->var;
    NbCtx *ctx = ctx_of(v);
    if (!is_tensor(v)) {
        swap_numbers(&v->value, &s->num);
        swap_numbers(grad_number(v), &s->grad);
    } else {
        if (s->data) {
            swap_data(v->tensor, s->data);
        }
        swap_tensors(grad_tensor(v), &s->gdata);
    }
    swap_graphs(ctx, v, s);
    const char *name = v->name;
    uint64_t stamp = v->stamp, swept = v->swept;
    uint32_t sweeps = v->sweeps;
    uint8_t flags = v->flags & STATE_FLAGS;
    v->name = s->name;
    v->stamp = s->stamp;
    v->sweeps = s->sweeps;
    if (v->kind == NB_LEAF) {
        v->swept = s->swept;
        s->swept = swept;
    }
    v->flags = (uint8_t)((v->flags & ~STATE_FLAGS) | s->flags);
    s->name = name;
    s->stamp = stamp;
    s->sweeps = sweeps;
    s->flags = flags;
    ctx->writes++;
    ctx->replays++;
    ctx->hidden++;
}

void nb_var_stamp_put(NbVar *v, uint64_t stamp)
{
    if (!v) {
        return;
    }
    v->stamp = stamp;
    ctx_of(v)->writes++;
}

static bool same_tensor(const NbTensor *a, const NbTensor *b)
{
    if (a == b || !a || !b) {
        return a == b;
    }
    for (int64_t i = 0; i < a->size; i++) {
        double x = nb_tensor_at(a, i), y = nb_tensor_at(b, i);
        if (memcmp(&x, &y, sizeof x) != 0) {
            return false;
        }
    }
    return true;
}

bool nb_var_state_same(const NbVarState *s)
{
    if (!s) {
        return false;
    }
    NbVar *v = s->var;
    if (v->stamp != s->stamp || v->name != s->name || v->sweeps != s->sweeps ||
        (v->flags & STATE_FLAGS) != s->flags || grad_graph(v) != s->ggraph) {
        return false;
    }
    bool grad = s->flags & NODE_GRAD;
    if (grad && v->kind == NB_LEAF && v->swept != s->swept) {
        return false;
    }
    if (!is_tensor(v)) {
        return memcmp(&v->value, &s->num, sizeof s->num) == 0 &&
               (!grad || memcmp(grad_number(v), &s->grad, sizeof s->grad) == 0);
    }
    return (!s->data || same_tensor(v->tensor, s->data)) &&
           (!grad || same_tensor(*grad_tensor(v), s->gdata));
}

bool nb_var_state_grad(const NbVarState *s, NbVar **out)
{
    if (!s || !out) {
        return false;
    }
    NbCtx *ctx = ctx_of(s->var);
    *out = NULL;
    if (!(s->flags & NODE_GRAD)) {
        return true;
    }
    NbVar *g = s->ggraph            ? nb_var_detach(s->ggraph)
               : !is_tensor(s->var) ? nb_var_scalar(ctx, s->grad, NB_CONST)
                                    : nb_var_tensor(ctx, nb_tensor_copy(s->gdata, NULL), NB_CONST);
    if (!g) {
        nb_err_clear(&ctx->err);
    }
    *out = g;
    return g;
}

void nb_var_state_drop(NbVarState *s)
{
    if (!s) {
        return;
    }
    if (s->var && is_tensor(s->var)) {
        nb_tensor_unref(&s->data);
        nb_tensor_unref(&s->gdata);
    }
    nb_var_unref(&s->ggraph);
    nb_var_unref(&s->var);
}

static size_t tensor_bytes(const NbTensor *t)
{
    return t ? sizeof *t + (size_t)t->size * sizeof(double) : 0;
}

size_t nb_var_state_bytes(const NbVarState *s)
{
    if (!s) {
        return 0;
    }
    return is_tensor(s->var) ? tensor_bytes(s->data) + tensor_bytes(s->gdata) : 0;
}

/* --- edges --- */

bool nb_edges_save(NbEdges *e, NbVar *v)
{
    if (!e || !v) {
        return false;
    }
    memset(e, 0, sizeof *e);
    if (v->flags & NODE_WIDE) {
        e->arg = nb_alloc(v->nin * sizeof *e->arg);
        if (!e->arg) {
            return false;
        }
        memcpy(e->arg, v->ext->arg, v->nin * sizeof *e->arg);
        for (int i = 0; i < v->nin; i++) {
            nb_var_ref(e->arg[i].var);
        }
    }
    e->var = nb_var_ref(v);
    e->op = v->op;
    e->in[0] = nb_var_ref(v->in[0]);
    e->in[1] = nb_var_ref(v->in[1]);
    e->nin = v->nin;
    e->flags = v->flags & EDGE_FLAGS;
    e->kind = v->kind;
    e->steps = v->steps;
    e->swept = v->tape ? v->tape->swept : 0;
    return true;
}

/* Without memory it is forgotten that a sweep began here. */
static void put_swept(NbCtx *ctx, NbVar *v, uint64_t swept)
{
    const NbErr before = ctx->err;
    Tape *t = v->kind == NB_INNER && swept > 0 ? tape_of(ctx, v) : NULL;
    if (t) {
        tape_list_swept(ctx, t, v, swept);
        t->swept = swept;
    }
    ctx->err = before;
}

/* The references move with the edges. Inner and cut variables keep their gradients in different
 * places: these are exchanged as well. */
void nb_edges_swap(NbEdges *e)
{
    if (!e) {
        return;
    }
    NbVar *v = e->var;
    NbCtx *ctx = ctx_of(v);
    const NbOp *op = v->op;
    uint16_t nin = v->nin;
    uint8_t flags = v->flags & EDGE_FLAGS, kind = v->kind;
    bool steps = v->steps;
    uint64_t swept = v->tape ? v->tape->swept : 0;
    if (v->tape) {
        tape_release(ctx, v);
    }
    swap_vars(&v->in[0], &e->in[0]);
    swap_vars(&v->in[1], &e->in[1]);
    if ((flags | e->flags) & NODE_WIDE) {
        NbArg *arg = v->ext->arg;
        v->ext->arg = e->arg;
        e->arg = arg;
    }
    if (kind != e->kind && is_tensor(v)) {
        swap_tensors(&v->atensor, &v->gtensor);
    } else if (kind != e->kind) {
        swap_numbers(&v->adj, &v->grad);
    }
    v->op = e->op;
    v->nin = e->nin;
    v->flags = (uint8_t)((v->flags & ~EDGE_FLAGS) | e->flags);
    v->kind = (uint8_t)(e->kind & 7);
    v->steps = e->steps & 1U;
    e->op = op;
    e->nin = nin;
    e->flags = flags;
    e->kind = kind;
    e->steps = steps;
    put_swept(ctx, v, e->swept);
    e->swept = swept;
    ctx->cuts++;
    ctx->writes++;
}

void nb_edges_drop(NbEdges *e)
{
    if (!e) {
        return;
    }
    for (int i = 0; e->arg && i < e->nin; i++) {
        nb_var_unref(&e->arg[i].var);
    }
    nb_free(e->arg);
    e->arg = NULL;
    nb_var_unref(&e->in[0]);
    nb_var_unref(&e->in[1]);
    nb_var_unref(&e->var);
}

/* --- what only these references keep --- */

typedef struct Dying {
    NbVar **at;
    size_t n, cap;
} Dying;

/* One reference less; false when out of memory. */
static bool let_go(Dying *d, NbVar *v)
{
    if (--v->refs > 0) {
        return true;
    }
    if (!nb_grow(&d->at, &d->cap, d->n + 1, sizeof *d->at)) {
        v->refs++;
        return false;
    }
    d->at[d->n++] = v;
    return true;
}

static NbVar *edge(const NbVar *v, int k, bool *end)
{
    int n = v->flags & NODE_WIDE ? v->nin : 2;
    *end = k >= n;
    return k == n ? grad_graph(v) : v->flags & NODE_WIDE ? v->ext->arg[k].var : v->in[k];
}

static size_t bytes_of(const NbVar *v)
{
    size_t bytes = sizeof *v;
    if (is_tensor(v)) {
        bytes += nb_tensor_sole(v->tensor) ? tensor_bytes(v->tensor) : 0;
        bytes += tensor_bytes(v->atensor) + tensor_bytes(v->gtensor);
    }
    return bytes + (v->ext ? sizeof *v->ext : 0);
}

/* Takes the references away as a release would, counts, and gives them back. */
size_t nb_vars_kept(NbVar *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!v || !v[i]) {
            return 0;
        }
    }
    Dying d = {0};
    size_t bytes = 0, taken = 0, opened = 0;
    bool ok = true, end = false;
    int partly = 0; /* edges taken of the node where memory ran out */
    while (taken < n && (ok = let_go(&d, v[taken]))) {
        taken++;
    }
    while (ok && opened < d.n) {
        NbVar *x = d.at[opened];
        bytes += bytes_of(x);
        end = false;
        for (partly = 0; ok && !end; partly += ok) {
            NbVar *to = edge(x, partly, &end);
            ok = !to || let_go(&d, to);
        }
        opened += ok;
    }
    for (size_t i = 0; i < opened; i++) {
        end = false;
        for (int k = 0; !end; k++) {
            NbVar *to = edge(d.at[i], k, &end);
            if (to) {
                to->refs++;
            }
        }
    }
    for (int k = 0; !ok && opened < d.n && k < partly; k++) {
        NbVar *to = edge(d.at[opened], k, &end);
        if (to) {
            to->refs++;
        }
    }
    for (size_t i = 0; i < taken; i++) {
        v[i]->refs++;
    }
    nb_free(d.at);
    return bytes;
}

/* node.h -- layout of nodes, tapes and the context, for the graph layer only */
#ifndef NABLA_GRAPH_NODE_H
#define NABLA_GRAPH_NODE_H

#include <nabla/grad.h>
#include <nabla/graph.h>
#include <nabla/var.h>

#include "base/begin.h"
#include "base/mem.h"
#include "base/slab.h"
#include "graph/made_of.h"

enum {                  /* NbVar.flags */
       NODE_TENSOR = 1, /* .tensor, .atensor, .gtensor hold; else the doubles beside them */
       NODE_GRAD = 2,   /* has a gradient to show */
       NODE_LOCAL = 4,  /* the name is a function's */
       NODE_CUT = 8,    /* was inner: its edges were cut by unchain */
       NODE_WIDE = 16,  /* more than two operands: in ext->arg */
       NODE_BOOL = 64,  /* of ones and zeros, made by comparisons: as an index it selects */
       NODE_SCALAR = 32 /* at most two operands, all scalars in nodes: op->scalar, and op->partials
                         * unless no gradient passes */
};

/* What few nodes have. */
typedef struct NbExt {
    NbArg *arg; /* of wide nodes, nin of them: few, or memory of its own */
    NbArg few[3];
    NbAttrs *attrs;
    NbVar *gvar;        /* the gradient as a graph, after create_graph */
    NbVar *gsweep;      /* while a create_graph sweep runs */
    NbVar *prev, *next; /* list of nodes with a gvar */
    uint32_t internal;  /* while looking for cycles: references from inside */
    uint64_t seen;
    struct NbExt *free_next;
} NbExt;

/* steps: inner without gradient, or cut from that; arith, of scalar nodes: NbArith, with NB_POWER
 * a square. */
#define NODE_WHAT                                                                                  \
    struct {                                                                                       \
        uint8_t kind : 3, steps : 1, arith : 4;                                                    \
    }

/* One node: two cache lines. */
struct NbVar {
    union {
        double value;
        NbTensor *tensor;
    };
    union { /* inner: gradient of the last sweep; leaf: scratch of the running one */
        double adj;
        NbTensor *atensor;
    };
    union { /* leaf: the accumulated gradient */
        double grad;
        NbTensor *gtensor;
    };
    union {
        double num;     /* the folded operand of a node with at most two */
        uint64_t swept; /* leaf: when the last sweep gave it its gradient */
    };
    NbVar *in[2];
    const NbOp *op;
    uint64_t serial;

    uint64_t stamp;
    uint64_t sweep; /* last visit: a sweep's or a search's number */
    uint32_t refs;
    uint32_t branch; /* what decided that it is made, see branch.c; 0 none */
    union {
        NODE_WHAT;
        uint8_t what; /* the three, to be written and asked at once */
    };
    uint8_t flags;
    uint16_t nin;
    uint32_t sweeps; /* sweeps added to the gradient since it was cleared */
    NbExt *ext;
    const char *name;
    struct Tape *tape;
    union {
        uint64_t touched; /* unit of the last reported write */
        NbVar *next;      /* in the free list and while being released */
    };
};

static inline uint8_t what_of(unsigned kind, bool steps, unsigned arith)
{
    const union {
        NODE_WHAT;
        uint8_t what;
    } w = {.kind = kind & 7U, .steps = steps, .arith = arith & 15U};
    return w.what;
}

typedef struct Tape {
    NbTape pub;
    size_t node_cap, leaf_cap, other_cap;
    uint64_t cuts;  /* ctx->cuts when it was built */
    uint64_t fresh; /* ctx->writes when nothing behind the root was stale; 0 never */
    uint64_t unit;  /* in which its nodes were reported to the touch hook */
    unsigned uses;
    bool stale;            /* when it was built */
    bool redraws;          /* masks are among the nodes */
    bool marked;           /* nodes that a condition decided on too */
    bool dropped;          /* the last sweep left no inner gradients */
    bool reaches;          /* a sweep from its root arrives at a leaf, or would if it took one */
    uint64_t swept;        /* when its root was last swept; 0 never, then it is on no list */
    uint64_t since;        /* when first */
    uint64_t newest;       /* the last write to what a sweep here reads, */
    uint64_t newest_at;    /* found when ctx->writes was this; 0 never */
    NbVar *root;           /* of those that were */
    struct Packed *packed; /* of a graph of scalars that is used again; or NULL */
    struct Tape *next;
    struct Tape *older, *newer; /* see tape_list_swept */
} Tape;

typedef struct Decision Decision; /* see branch.c */

typedef struct Slab { /* at the start of its block, in the place of a node */
    NbCtx *ctx;
    struct Slab *next;
} Slab;

struct NbCtx {
    uint64_t clock; /* stamps */
    uint64_t serial;
    uint64_t sweep;
    uint64_t writes;          /* counts in-place writes and replays */
    uint64_t cuts;            /* counts unchains: tapes older than the last are void */
    uint64_t replays;         /* counts forwards that computed something */
    uint64_t hidden;          /* counts times a gradient of an inner node stopped being shown */
    uint64_t unit, units;     /* units: the last number given */
    uint64_t unit_serial;     /* variables up to this one were there when the unit began */
    NbVar *free;              /* released nodes */
    NbVar *fresh, *fresh_end; /* never used part of the newest slab */
    uint32_t nograd, testmode;
    uint32_t branch; /* of nodes that are made now; borrowed */
    struct {
        Decision *at; /* from 1 on */
        size_t n, cap;
        uint32_t free;  /* entries to be used again */
        uint32_t own;   /* set by nb_ctx_branch, held */
        uint32_t plain; /* of a line alone, perhaps gone */
    } branches;
    bool hollow; /* modules are made without drawing weights */
    bool keep_masks;
    NbNanMode nan_mode;
    const volatile sig_atomic_t *interrupt;
    bool (*wait)(void *user); /* NULL, or whether to go on though the flag is set */
    void *wait_user;
    uint64_t live;
    Slab *slabs;
    Tape *tapes; /* for reuse */
    int ntapes;
    Tape *swept; /* those in use whose roots were swept */
    NbExt *exts;
    NbVar *holders; /* nodes with a gvar */
    uint64_t nholders, collect_at;
    NbHooks hooks;
    NbErr err;
    NbRng rng, dropout_rng;
    int threads;
    const NbSweepOps *ops;
    struct {
        const char **slot;
        size_t cap, n;
    } names;
};

static inline NbCtx *ctx_of(const NbVar *v)
{
    return ((Slab *)nb_slab_of(v))->ctx;
}

static inline bool is_tensor(const NbVar *v)
{
    return v->flags & NODE_TENSOR;
}

static inline bool is_tracked(const NbVar *v)
{
    return v->kind >= NB_LEAF;
}

/* Drawn again at each replay. */
static inline bool is_mask(const NbVar *v)
{
    return v->kind == NB_INNER && v->nin <= 1 && v->op && (v->op->flags & NB_OP_REDRAWN);
}

/* Gradients go into leaves and through inner nodes, but for those that depend on what is behind
 * them by steps alone: comparisons and positions, masks drawn at random, and all that is computed
 * from nothing else. These are replayed, go stale and are shown, but no sweep enters them. Operands
 * are asked at each sweep: unchain makes constants of them. */
static inline bool takes_gradient(const NbVar *v)
{
    _Static_assert(NB_LEAF == 2 && NB_INNER == 3, "one bit tells both from the others");
    return (v->what & what_of(NB_LEAF, true, 0)) == what_of(NB_LEAF, false, 0);
}

/* What is computed from v takes a gradient. Of a value that unchain cut what held before still
 * holds, so that a graph with such operands is the same whether it was recorded before or after, or
 * loaded. */
static inline bool lets_gradient(const NbVar *v)
{
    return takes_gradient(v) || ((v->flags & NODE_CUT) && !v->steps);
}

/* A node for op on at most two operands takes one. */
static inline bool passes_gradient(const NbOp *op, const NbVar *a, const NbVar *b)
{
    return !(op->flags & NB_OP_STEPS) && ((a && lets_gradient(a)) || (b && lets_gradient(b)));
}

/* y = a op b of a scalar node, as its operation's own kernel gives it. */
static inline double arith_value(const NbOp *op, unsigned arith, double a, double b)
{
    switch (arith) {
    case NB_PLUS: return a + b;
    case NB_MINUS: return a - b;
    case NB_TIMES: return a * b;
    case NB_POWER: return a * a;
    default: return op->scalar(a, b);
    }
}

/* g·∂y/∂a and g·∂y/∂b; what is not wanted may be left out. */
static inline void arith_pull(const NbVar *v, double a, double b, double g, bool wants_a,
                              bool wants_b, double *ga, double *gb)
{
    switch (v->arith) {
    case NB_PLUS: *ga = *gb = g; return;
    case NB_MINUS:
        *ga = g;
        *gb = -g;
        return;
    case NB_TIMES:
        *ga = g * b;
        *gb = g * a;
        return;
    case NB_POWER:
        *ga = g * (2 * a);
        *gb = 0;
        return;
    default: {
        double d[2] = {wants_a, wants_b};
        v->op->partials(a, b, v->value, d);
        const bool over = v->op->over != NULL;
        bool branches = v->op->flags & NB_OP_BRANCHES;
        bool none = v->op->arith == NB_POWER && b == 0; /* a^0 is 1 everywhere */
        *ga = none || (branches && d[0] == 0) ? 0 : over ? g / v->op->over(a, b) : g * d[0];
        *gb = branches && d[1] == 0 ? 0 : g * d[1];
    }
    }
}

static inline NbArg arg_of(const NbVar *v, int i)
{
    if (v->flags & NODE_WIDE) {
        return v->ext->arg[i];
    }
    return (NbArg){v->in[i], v->num};
}

/* The numbers of the gradient of v, which has one. */
static inline double *grad_numbers(NbVar *v)
{
    if (v->ext && v->ext->gvar) {
        NbVar *g = v->ext->gvar;
        return is_tensor(g) ? g->tensor->data : &g->value;
    }
    if (is_tensor(v)) {
        return (v->kind == NB_INNER ? v->atensor : v->gtensor)->data;
    }
    return v->kind == NB_INNER ? &v->adj : &v->grad;
}

/* The value as a tensor; tmp holds the header of a scalar. */
static inline const NbTensor *data_of(const NbVar *v, NbTensor *tmp)
{
    if (is_tensor(v)) {
        return v->tensor;
    }
    *tmp = nb_tensor_scalar(&((NbVar *)(uintptr_t)v)->value);
    return tmp;
}

/* Before a write to v's value or gradient: reported once per unit. */
static inline void touch(NbCtx *ctx, NbVar *v)
{
    if (v->touched != ctx->unit) {
        v->touched = ctx->unit;
        if (ctx->hooks.touch) {
            ctx->hooks.touch(ctx->hooks.user, v);
        }
    }
}

/* Before a replay or a sweep writes to the nodes of a tape: those that are older than the unit. */
void touch_older(NbCtx *ctx, Tape *t);

static inline void touch_tape(NbCtx *ctx, Tape *t)
{
    if (t->unit != ctx->unit && t->pub.nnodes > 0 && t->pub.node[0]->serial <= ctx->unit_serial) {
        touch_older(ctx, t);
    }
}

void branch_hold(NbCtx *ctx, uint32_t i); /* 0 too */
void branch_release(NbCtx *ctx, uint32_t i);
void branch_set(NbCtx *ctx, NbVar *v, uint32_t i); /* keeps a reference to the entry */
uint32_t branch_line(const NbCtx *ctx, uint32_t i);
uint32_t branch_of_line(NbCtx *ctx, uint32_t line); /* held; 0 with the error set */
/* The line of a decision that the nodes of t repeat though it might be another one now; 0 none.
 * What is newer than `clock` was computed again just now. */
uint32_t branch_repeated(const NbCtx *ctx, const Tape *t, uint64_t clock);

NbVar *node_unused(NbCtx *ctx); /* from the slabs; NULL with the error set */

static inline NbVar *node_take(NbCtx *ctx)
{
    NbVar *v = ctx->free;
    if (!v) {
        return node_unused(ctx);
    }
    nb_mem_show(v, sizeof *v);
    ctx->free = v->next;
    return v;
}

/* Field by field: a memset of 128 bytes becomes a slow string instruction. */
static inline void node_init(NbCtx *ctx, NbVar *v, NbKind kind, double value)
{
    v->value = value;
    v->adj = v->grad = v->num = 0;
    v->in[0] = v->in[1] = NULL;
    v->op = NULL;
    v->serial = ++ctx->serial;
    v->stamp = ++ctx->clock;
    v->sweep = 0;
    v->refs = 1;
    v->branch = 0;
    v->what = what_of(kind, false, NB_CALL);
    v->flags = 0;
    v->nin = 0;
    v->sweeps = 0;
    v->ext = NULL;
    v->name = NULL;
    v->tape = NULL;
    v->touched = 0;
    ctx->live++;
}

NbVar *node_new(NbCtx *ctx, NbKind kind); /* refs 1, value 0; NULL with the error set */
NbExt *node_ext(NbCtx *ctx, NbVar *v);    /* made when missing; NULL when out of memory */
void ext_release(NbCtx *ctx, NbVar *v);
void tape_release(NbCtx *ctx, NbVar *v);
Tape *tape_of(NbCtx *ctx, NbVar *root); /* built when missing; NULL with the error set */
/* Onto the list of tapes that were swept, and off it. */
void tape_list_swept(NbCtx *ctx, Tape *t, NbVar *root, uint64_t since);
void tape_unlist_swept(NbCtx *ctx, Tape *t);
/* Before a cut: what is stale among the gradients of these leaves stays so, though its graph goes.
 */
void grads_settle(NbCtx *ctx, const NbTape *behind);

/* A sweep from root begins to write gradients. Returns its time. */
static inline uint64_t tape_swept(NbCtx *ctx, Tape *t, NbVar *root, bool dropped)
{
    if (t->swept == 0) {
        tape_list_swept(ctx, t, root, ctx->clock + 1);
    }
    t->dropped = dropped;
    return t->swept = ++ctx->clock;
}

/* True when everything on the tape is up to date. */
bool tape_fresh(NbCtx *ctx, Tape *t);
/* See packed.c. packed_make may leave t->packed NULL. */
void packed_make(NbCtx *ctx, Tape *t);
/* Returns how many nodes it did; the rest is for replay_from, with *all as it is then. */
size_t packed_forward(NbCtx *ctx, Tape *t, bool *all, NbReplay *what);
bool packed_backward(NbCtx *ctx, Tape *t, bool replace);

/* The packed graph of root, when there is one. */
static inline Tape *packed_tape(const NbCtx *ctx, const NbVar *root)
{
    Tape *t = root->tape;
    return t && t->packed && t->cuts == ctx->cuts ? t : NULL;
}
void holder_add(NbCtx *ctx, NbVar *v); /* v->ext->gvar was set */
void holder_remove(NbCtx *ctx, NbVar *v);
void grad_drop_graph(NbCtx *ctx, NbVar *v); /* forgets gvar */
/* Finite check of a fresh value; false when the mode makes it an error. */
bool check_value(NbCtx *ctx, NbVar *v, NbTensors in, int n);
/* The tape of a root that can be swept from this seed; NULL with the error set. */
Tape *sweep_ready(NbCtx *ctx, NbVar *root, const NbTensor *seed);
/* A sweep that is to store gradients has a leaf to store one in; false with the error set. */
bool sweep_reaches(NbCtx *ctx, const Tape *t);
bool op_takes_options(const NbOp *op);
/* Operands in the message of an error just set: by their names, or as "operand 1". */
void name_operands(NbCtx *ctx, const NbArg *in, int n);
/* See apply.c: edges from v to its operands with the options, and the shape of a result. */
bool node_record(NbCtx *ctx, NbVar *v, const NbArg *in, int n, const NbAttrs *a);
NbStatus op_result_shape(const NbOp *op, NbTensors in, int n, NbAttrs *a, NbShape *out, NbErr *err);
NbStatus sweep_graph(NbCtx *ctx, Tape *t, NbVar *root, const NbSweep *options);

/* A rule's scope, see grad.h. */
struct NbGrad {
    NbCtx *ctx;
    NbVar *node, *out;
    NbVar **tmp;
    size_t n, cap;
    NbVar *few[24];
};
void scope_open(NbGrad *G, NbCtx *ctx, NbVar *node, NbVar *out);
void scope_close(NbGrad *G);
/* Gradient by operand i, summed to its shape: new reference; NULL with or without error. */
NbVar *rule_apply(NbGrad *G, int i);

#endif

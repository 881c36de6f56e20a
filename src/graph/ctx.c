/* ctx.c -- the context: node slabs, modes, hooks, interned names */
#include <stdlib.h>
#include <string.h>

#include <nabla/saved.h>

#include "base/mem.h"
#include "base/slab.h"
#include "base/stack.h"
#include "graph/node.h"
#include "tensor/blas.h"
#include "tensor/storage.h"

NbCtx *nb_graph_ctx_new(const NbSweepOps *ops)
{
    NbCtx *ctx = nb_calloc(1, sizeof *ctx);
    if (!ctx) {
        return NULL;
    }
    ctx->ops = ops;
    ctx->unit = ctx->units = 1;
    ctx->writes = ctx->hidden = 1;
    nb_ctx_set_threads(ctx, 1);
    ctx->collect_at = 256;
    nb_ctx_seed(ctx, 0, 0);
    return ctx;
}

/* Processors compare the low 12 bits of addresses to tell whether a load follows a store. The
 * first nodes, which small graphs live in, start above the frames of our callers in these bits,
 * and the frames below are deeper: otherwise chance decides whether a sweep takes 30 ns or 55. */
static size_t away_from_stack(void)
{
    char here = 0;
    return (((uintptr_t)&here + 1536) & 4095) / sizeof(NbVar);
}

static bool slab_add(NbCtx *ctx)
{
    Slab *s = nb_slab_new(ctx->slabs != NULL); /* with a second one the graph is large */
    if (!s) {
        nb_fail(&ctx->err, NB_EMEM, "out of memory for graph nodes");
        return false;
    }
    s->ctx = ctx;
    s->next = ctx->slabs;
    ctx->slabs = s;
    ctx->fresh = (NbVar *)(void *)s + 1 + away_from_stack();
    ctx->fresh_end = (NbVar *)(void *)s + NB_SLAB_BYTES / sizeof(NbVar);
    nb_mem_hide(ctx->fresh, (size_t)(ctx->fresh_end - ctx->fresh) * sizeof *ctx->fresh);
    return true;
}

NbVar *node_unused(NbCtx *ctx)
{
    if (ctx->fresh == ctx->fresh_end && !slab_add(ctx)) {
        return NULL;
    }
    nb_mem_show(ctx->fresh, sizeof *ctx->fresh);
    return ctx->fresh++;
}

NbVar *node_new(NbCtx *ctx, NbKind kind)
{
    NbVar *v = node_take(ctx);
    if (v) {
        node_init(ctx, v, kind, 0);
    }
    return v;
}

NbExt *node_ext(NbCtx *ctx, NbVar *v)
{
    if (!v->ext) {
        NbExt *e = ctx->exts;
        if (e) {
            ctx->exts = e->free_next;
            memset(e, 0, sizeof *e);
        } else {
            e = nb_calloc(1, sizeof *e);
        }
        if (!e) {
            nb_fail(&ctx->err, NB_EMEM, "out of memory for graph nodes");
        }
        v->ext = e;
    }
    return v->ext;
}

void ext_release(NbCtx *ctx, NbVar *v)
{
    NbExt *e = v->ext;
    v->ext = NULL;
    if (e->attrs) {
        nb_attrs_free(e->attrs);
        nb_free(e->attrs);
    }
    if (e->arg != e->few) {
        nb_free(e->arg);
    }
    if (!NB_RECYCLE) {
        nb_free(e);
        return;
    }
    e->free_next = ctx->exts;
    ctx->exts = e;
}

/* Without a context too there is something to read. */
NbErr *nb_ctx_err(NbCtx *ctx)
{
    static _Thread_local NbErr none;
    if (!ctx) {
        none = (NbErr){.code = NB_EVALUE, .msg = "the context is missing"};
    }
    return ctx ? &ctx->err : &none;
}

NbRng *nb_ctx_rng(NbCtx *ctx)
{
    return ctx ? &ctx->rng : NULL;
}

NbRng *nb_ctx_dropout_rng(NbCtx *ctx)
{
    return ctx ? &ctx->dropout_rng : NULL;
}

void nb_ctx_seed(NbCtx *ctx, uint64_t hi, uint64_t lo)
{
    if (!ctx) {
        return;
    }
    nb_rng_seed(&ctx->rng, hi, lo);
    nb_rng_seed(&ctx->dropout_rng, ~hi, lo ^ 0x9e3779b97f4a7c15U); /* both halves differ */
}

bool nb_ctx_keep_masks(NbCtx *ctx, bool keep)
{
    if (!ctx) {
        return false;
    }
    bool before = ctx->keep_masks;
    ctx->keep_masks = keep;
    return before;
}

void nb_ctx_hooks(NbCtx *ctx, const NbHooks *hooks)
{
    if (!ctx) {
        return;
    }
    ctx->hooks = hooks ? *hooks : (NbHooks){0};
}

void nb_ctx_nan_mode(NbCtx *ctx, NbNanMode mode)
{
    if (!ctx) {
        return;
    }
    if ((unsigned)mode > NB_NAN_OFF) {
        nb_fail(&ctx->err, NB_EVALUE, "there is no mode %d for what is not finite", (int)mode);
        return;
    }
    ctx->nan_mode = mode;
}

void nb_ctx_interrupt(NbCtx *ctx, const volatile sig_atomic_t *flag)
{
    if (!ctx) {
        return;
    }
    ctx->interrupt = ctx->err.stop = flag;
    ctx->wait = NULL;
}

void nb_ctx_interrupt_late(NbCtx *ctx, const volatile sig_atomic_t *flag, bool (*wait)(void *user),
                           void *user)
{
    if (!ctx) {
        return;
    }
    ctx->interrupt = flag;
    ctx->err.stop = NULL;
    ctx->wait = wait;
    ctx->wait_user = user;
}

bool nb_ctx_interrupted(const NbCtx *ctx)
{
    return ctx && (ctx->interrupt && *ctx->interrupt && !(ctx->wait && ctx->wait(ctx->wait_user)));
}

uint64_t nb_ctx_new_unit(NbCtx *ctx)
{
    if (!ctx) {
        return 0;
    }
    ctx->unit_serial = ctx->serial;
    return ctx->unit = ++ctx->units;
}

NbUnit nb_ctx_unit_push(NbCtx *ctx)
{
    if (!ctx) {
        return (NbUnit){0};
    }
    const NbUnit around = {ctx->unit, ctx->unit_serial};
    nb_ctx_new_unit(ctx);
    return around;
}

void nb_ctx_unit_pop(NbCtx *ctx, NbUnit around)
{
    if (!ctx) {
        return;
    }
    ctx->unit = around.number;
    ctx->unit_serial = around.serial;
}

uint64_t nb_ctx_unit(const NbCtx *ctx)
{
    return ctx ? ctx->unit : 0;
}

void nb_nograd_push(NbCtx *ctx)
{
    if (!ctx) {
        return;
    }
    ctx->nograd++;
}

void nb_nograd_pop(NbCtx *ctx)
{
    if (!ctx) {
        return;
    }
    if (ctx->nograd == 0) {
        nb_fail(&ctx->err, NB_EVALUE, "nograd_pop without nograd_push");
        return;
    }
    ctx->nograd--;
}

bool nb_nograd(const NbCtx *ctx)
{
    return ctx && ctx->nograd > 0;
}

void nb_testmode_push(NbCtx *ctx)
{
    if (!ctx) {
        return;
    }
    ctx->testmode++;
}

void nb_testmode_pop(NbCtx *ctx)
{
    if (!ctx) {
        return;
    }
    if (ctx->testmode == 0) {
        nb_fail(&ctx->err, NB_EVALUE, "testmode_pop without testmode_push");
        return;
    }
    ctx->testmode--;
}

bool nb_testmode(const NbCtx *ctx)
{
    return ctx && ctx->testmode > 0;
}

uint64_t nb_ctx_serial(const NbCtx *ctx)
{
    return ctx ? ctx->serial : 0;
}

uint64_t nb_ctx_number(NbCtx *ctx)
{
    return ctx ? ++ctx->serial : 0;
}

uint64_t nb_ctx_live_nodes(const NbCtx *ctx)
{
    return ctx ? ctx->live : 0;
}

uint64_t nb_ctx_bytes(const NbCtx *ctx)
{
    return ctx ? ctx->live * sizeof(NbVar) + nb_storage_used() : 0;
}

void nb_ctx_set_threads(NbCtx *ctx, int n)
{
    if (!ctx) {
        return;
    }
    ctx->threads = n < 1 ? 1 : n;
    nb_blas_threads(ctx->threads);
}

/* A BLAS may take the memory for its buffers at the first product, and wait for it for ever when
 * there is none: one is made while there is some to be had. */
static void let_blas_take_buffers(void)
{
    enum { N = 128 }; /* smaller products need none */
    double *x = nb_calloc((size_t)2 * N * N, sizeof *x);
    if (x) {
        NbErr ignored = {0};
        NbMatrix a = {x, N, N, N, 1}, c = {x + N * N, N, N, N, 1};
        nb_blas_product(a, a, c, false, &ignored);
        nb_free(x);
    }
}

void nb_memory_limit(size_t bytes)
{
    if (bytes > 0) {
        let_blas_take_buffers();
    }
    nb_mem_limit(bytes);
}

/* --- interned names: open addressing, never removed --- */

static uint64_t hash(const char *s)
{
    uint64_t h = 14695981039346656037U;
    for (; *s; s++) {
        h = (h ^ (unsigned char)*s) * 1099511628211U;
    }
    return h ^ h >> 29;
}

static bool names_grow(NbCtx *ctx)
{
    size_t cap = ctx->names.cap ? 2 * ctx->names.cap : 64;
    const char **slot = nb_calloc(cap, sizeof *slot);
    if (!slot) {
        return false;
    }
    for (size_t i = 0; i < ctx->names.cap; i++) {
        const char *s = ctx->names.slot[i];
        if (s) {
            size_t at = hash(s) & (cap - 1);
            while (slot[at]) {
                at = (at + 1) & (cap - 1);
            }
            slot[at] = s;
        }
    }
    nb_free(ctx->names.slot);
    ctx->names.slot = slot;
    ctx->names.cap = cap;
    return true;
}

const char *nb_intern(NbCtx *ctx, const char *text)
{
    if (!ctx) {
        return NULL;
    }
    if (!text) {
        nb_fail(&ctx->err, NB_EVALUE, "a name is missing");
        return NULL;
    }
    if (2 * (ctx->names.n + 1) > ctx->names.cap && !names_grow(ctx)) {
        nb_fail(&ctx->err, NB_EMEM, "out of memory for names");
        return NULL;
    }
    size_t at = hash(text) & (ctx->names.cap - 1);
    while (ctx->names.slot[at]) {
        if (strcmp(ctx->names.slot[at], text) == 0) {
            return ctx->names.slot[at];
        }
        at = (at + 1) & (ctx->names.cap - 1);
    }
    char *copy = nb_alloc(strlen(text) + 1);
    if (!copy) {
        nb_fail(&ctx->err, NB_EMEM, "out of memory for names");
        return NULL;
    }
    strcpy(copy, text);
    ctx->names.slot[at] = copy;
    ctx->names.n++;
    return copy;
}

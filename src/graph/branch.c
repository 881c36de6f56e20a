/* branch.c -- marks of nodes: where, and by which variables, it was decided that they are made */
#include "base/mem.h"
#include "graph/node.h"

/* `if x > 2 { f = x^2 }`: the nodes of f carry the number of a decision, an entry of a table in the
 * context, which lives as long as one of them does. It names the variables behind the condition
 * with the stamps they had. It does not hold them: what is gone is written no more, and a loop that
 * builds its graph anew would else keep the graph of each pass through the condition of the next.
 */

enum {
    MOST_BY = 8,   /* variables a decision names; of more, any change may count */
    MOST_OPEN = 64 /* nodes opened on the way to them */
};

typedef struct By {
    NbVar *v; /* not held: `serial` tells whether it is still that one */
    uint64_t serial, stamp;
} By;

struct Decision {
    uint32_t refs, line;
    uint32_t outer; /* the decision around it; in a free entry the next free one */
    bool unknown;   /* by more than is named: every change may count */
    uint8_t n;
    uint64_t closed; /* the time when the last node could be made; UINT64_MAX before that */
    By by[MOST_BY];
};

/* Memory of nodes stays until the context ends, so that a released one can still be asked. */
static bool there(const By *b)
{
    nb_mem_show(&b->v->serial, sizeof b->v->serial);
    nb_mem_show(&b->v->refs, sizeof b->v->refs);
    const bool released = b->v->refs == 0, same = b->v->serial == b->serial;
    if (released) {
        nb_mem_hide(b->v, sizeof *b->v);
    }
    return same && !released;
}

static uint32_t entry_new(NbCtx *ctx)
{
    uint32_t i = ctx->branches.free;
    if (i > 0) {
        ctx->branches.free = ctx->branches.at[i].outer;
    } else {
        size_t n = ctx->branches.n > 0 ? ctx->branches.n : 1; /* 0 is none */
        if (n >= UINT32_MAX ||
            !nb_grow(&ctx->branches.at, &ctx->branches.cap, n + 1, sizeof *ctx->branches.at)) {
            nb_fail(&ctx->err, NB_EMEM, "out of memory for graph nodes");
            return 0;
        }
        ctx->branches.n = n + 1;
        i = (uint32_t)n;
    }
    return i;
}

void branch_hold(NbCtx *ctx, uint32_t i)
{
    if (i > 0) {
        ctx->branches.at[i].refs++;
    }
}

void branch_release(NbCtx *ctx, uint32_t i)
{
    while (i > 0 && --ctx->branches.at[i].refs == 0) {
        Decision *d = &ctx->branches.at[i];
        const uint32_t outer = d->outer;
        d->outer = ctx->branches.free;
        ctx->branches.free = i;
        i = outer;
    }
}

void branch_set(NbCtx *ctx, NbVar *v, uint32_t i)
{
    branch_hold(ctx, i);
    branch_release(ctx, v->branch);
    v->branch = i;
}

uint32_t branch_line(const NbCtx *ctx, uint32_t i)
{
    return i > 0 ? ctx->branches.at[i].line : 0;
}

/* --- making one --- */

static void name_variable(Decision *d, NbVar *v)
{
    if (d->n == MOST_BY) {
        d->unknown = true;
        return;
    }
    d->by[d->n++] = (By){v, v->serial, v->stamp};
}

static bool open_later(NbVar **open, int *n, NbVar *v, uint64_t number)
{
    if (!v || v->sweep == number) {
        return true;
    }
    v->sweep = number;
    if (*n == MOST_OPEN) {
        return false;
    }
    open[(*n)++] = v;
    return true;
}

/* What is behind the values that decided: leaves and constants, masks that are drawn again. */
static void name_variables(NbCtx *ctx, Decision *d, NbVar *const *by, int nby)
{
    NbVar *open[MOST_OPEN];
    const uint64_t number = ++ctx->sweep;
    int n = 0;
    bool all = nby > 0;
    for (int i = 0; i < nby; i++) {
        all = by[i] && ctx_of(by[i]) == ctx && open_later(open, &n, by[i], number) && all;
    }
    for (int i = 0; i < n; i++) {
        NbVar *v = open[i];
        if (v->kind != NB_INNER || is_mask(v) || v->nin == 0) {
            name_variable(d, v);
            continue;
        }
        for (int k = 0; k < v->nin; k++) {
            all = open_later(open, &n, arg_of(v, k).var, number) && all;
        }
    }
    d->unknown |= !all;
}

uint32_t nb_decision_new(NbCtx *ctx, uint32_t line, NbVar *const *by, int n)
{
    const uint32_t i = ctx ? entry_new(ctx) : 0;
    if (i == 0) {
        return 0;
    }
    Decision *d = &ctx->branches.at[i];
    d->refs = 1;
    d->line = line;
    d->outer = ctx->branch;
    d->unknown = false;
    d->n = 0;
    d->closed = UINT64_MAX;
    branch_hold(ctx, d->outer);
    name_variables(ctx, d, by, by ? n : 0);
    return i;
}

uint32_t nb_ctx_decision(NbCtx *ctx, uint32_t decision)
{
    if (!ctx) {
        return 0;
    }
    const uint32_t before = ctx->branch;
    ctx->branch = decision < ctx->branches.n ? decision : 0;
    return before;
}

void nb_decision_end(NbCtx *ctx, uint32_t *decision)
{
    if (ctx && decision && *decision > 0 && *decision < ctx->branches.n) {
        ctx->branches.at[*decision].closed = ctx->clock;
        branch_release(ctx, *decision);
        *decision = 0;
    }
}

/* The entry of a line alone, held; the last one again where that will do. */
uint32_t branch_of_line(NbCtx *ctx, uint32_t line)
{
    const uint32_t last = ctx->branches.plain, around = ctx->branch;
    if (last > 0 && ctx->branches.at[last].refs > 0 && ctx->branches.at[last].n == 0 &&
        ctx->branches.at[last].line == line && ctx->branches.at[last].outer == 0) {
        branch_hold(ctx, last);
        return last;
    }
    ctx->branch = 0;
    const uint32_t i = nb_decision_new(ctx, line, NULL, 0);
    ctx->branch = around;
    ctx->branches.plain = i;
    return i;
}

uint32_t nb_ctx_branch(NbCtx *ctx, uint32_t line)
{
    if (!ctx) {
        return 0;
    }
    const uint32_t before = branch_line(ctx, ctx->branch);
    uint32_t own = line > 0 ? branch_of_line(ctx, line) : 0;
    branch_release(ctx, ctx->branches.own);
    ctx->branches.own = ctx->branch = own;
    return before;
}

uint32_t nb_var_branch(const NbVar *v)
{
    return v ? branch_line(ctx_of(v), v->branch) : 0;
}

/* --- asking --- */

/* The line of the innermost decision that might be another one now. since: of those by a variable
 * that was written after what was decided had been made. */
static uint32_t altered(const NbCtx *ctx, uint32_t i, bool since, NbVar **by)
{
    for (; i > 0; i = ctx->branches.at[i].outer) {
        const Decision *d = &ctx->branches.at[i];
        if (!since && d->unknown) {
            return d->line;
        }
        for (int k = 0; k < d->n; k++) {
            const By *b = &d->by[k];
            if (there(b) && b->v->stamp != b->stamp && (!since || b->v->stamp > d->closed)) {
                *by = b->v;
                return d->line;
            }
        }
    }
    return 0;
}

uint32_t branch_repeated(const NbCtx *ctx, const Tape *t, uint64_t clock)
{
    NbVar *by;
    uint32_t last = 0, line = 0;
    bool last_since = false;
    for (size_t i = 0; line == 0 && t->marked && i < t->pub.nnodes; i++) {
        const NbVar *v = t->pub.node[i];
        const bool since = v->stamp <= clock;
        if (v->branch == 0 || (v->branch == last && since == last_since)) {
            continue;
        }
        last = v->branch;
        last_since = since;
        line = altered(ctx, last, since, &by);
    }
    return line;
}

uint32_t nb_var_repeats(NbVar *v, NbVar **by)
{
    NbVar *none;
    NbCtx *ctx = v ? ctx_of(v) : NULL;
    Tape *t = v && v->kind == NB_INNER ? tape_of(ctx, v) : NULL;
    uint32_t line = 0;
    for (size_t i = 0; t && line == 0 && t->marked && i < t->pub.nnodes; i++) {
        line = altered(ctx, t->pub.node[i]->branch, true, by ? by : &none);
    }
    if (v && v->kind == NB_INNER && !t) {
        nb_err_clear(&ctx->err); /* as nb_var_stale: no memory is no answer */
    }
    return line;
}

/* stacks.c -- derivatives by a stack [x, y] that f is not made of: by its parts, stacked alike */
#include "lang/internal.h"

#define MOST_NAMED 6 /* of what f does not depend on */

static bool depends(const Stacks *s, const NbVar *v)
{
    const NbTape *t = s->tape;
    return v == s->f || (t && (nb_vars_find(t->leaf, t->nleaves, v) < t->nleaves ||
                               nb_vars_find(t->node, t->nnodes, v) < t->nnodes));
}

/* A stack with some part that f depends on, though not on the stack. Stacks nest no deeper than
 * tensors have axes. */
static bool divides(const Stacks *s, const NbVar *v)
{
    if (nb_var_kind(v) != NB_INNER || nb_var_op(v) != nb_op_find("stack") || depends(s, v)) {
        return false;
    }
    for (int i = 0, n = nb_var_inputs(v); i < n; i++) {
        const NbVar *part = nb_var_input(v, i).var;
        if (part && (depends(s, part) || divides(s, part))) {
            return true;
        }
    }
    return false;
}

static bool push(Stacks *s, NbVar *v)
{
    if (s->n == s->cap) {
        int cap = s->cap > 0 ? 2 * s->cap : 8;
        NbVar **by = realloc(s->by, (size_t)cap * sizeof *by);
        if (!by) {
            return false;
        }
        s->by = by;
        s->cap = cap;
    }
    s->by[s->n++] = v;
    return true;
}

/* Adds what f does not depend on to the names of that. `place` counts arguments of a function;
 * 0: f is none. */
static void tell(Interp *I, Stacks *s, NbVar *v, const Node *arg, int place)
{
    char buf[96];
    if (depends(s, v)) {
        return;
    }
    s->nfree++;
    text_printf(&s->free, "%s", s->nfree > 1 && s->nfree <= MOST_NAMED ? ", " : "");
    if (s->nfree > MOST_NAMED) {
        text_add(&s->free, s->nfree == MOST_NAMED + 1 ? " …" : "");
    } else if (place > 0) {
        text_printf(&s->free, "argument %d", place);
    } else {
        text_add(&s->free,
                 arg ? interp_text(I, arg, buf, sizeof buf) : interp_label(I, v, buf, sizeof buf));
    }
}

/* arg: what v stands for in the call; NULL for a part. */
static bool flatten(Interp *I, Stacks *s, NbVar *v, const Node *arg, int place)
{
    if (!divides(s, v)) {
        tell(I, s, v, arg, place);
        return push(s, v);
    }
    s->divided = true;
    bool ok = true;
    for (int i = 0, n = nb_var_inputs(v); ok && i < n; i++) {
        NbVar *part = nb_var_input(v, i).var;
        ok = !part || !nb_var_takes_grad(part) || flatten(I, s, part, NULL, 0);
    }
    return ok;
}

bool stacks_begin(Interp *I, Stacks *s, const Call *call, NbVar *f, NbVar *const *x, int n)
{
    char buf[96];
    bool function = call->argv[0].tag != V_VAR && !value_is_number(call->argv[0]), ok = true;
    *s = (Stacks){.f = f,
                  .tape = nb_var_kind(f) == NB_INNER ? nb_graph_tape(f) : NULL,
                  .free = text_in(interp_lost(I))};
    for (int i = 0; ok && i < n; i++) {
        ok = flatten(I, s, x[i], call->arg ? call->arg[i + 1] : NULL, function ? i + 1 : 0);
    }
    if (ok && s->nfree > 0) {
        interp_note(I, "*independent", "%s does not depend on %s: the derivative is 0",
                    interp_text(I, call->arg ? call->arg[0] : call->node, buf, sizeof buf),
                    text_str(&s->free));
    }
    text_free(&s->free);
    return ok || interp_no_memory(I, call->node);
}

void stacks_end(Stacks *s)
{
    free(s->by);
    *s = (Stacks){0};
}

/* The derivative by v, from those by the parts that come next; takes these. */
static NbVar *join(NbCtx *ctx, const Stacks *s, const NbVar *v, NbVar ***next)
{
    if (!divides(s, v)) {
        NbVar *g = **next;
        *(*next)++ = NULL;
        return g;
    }
    const int n = nb_var_inputs(v);
    NbArg *in = calloc((size_t)n, sizeof *in);
    bool ok = in != NULL;
    for (int i = 0; ok && i < n; i++) {
        NbVar *part = nb_var_input(v, i).var;
        NbVar *g = !part ? nb_var_scalar(ctx, 0, NB_CONST)
                   : nb_var_takes_grad(part)
                       ? join(ctx, s, part, next)
                       : nb_var_tensor(ctx, nb_tensor_full(nb_var_shape(part), 0, nb_ctx_err(ctx)),
                                       NB_CONST);
        in[i] = NB_VAR(g);
        ok = g != NULL;
    }
    NbVar *y = ok ? nb_apply(ctx, nb_var_op(v), in, n, nb_var_attrs(v)) : NULL;
    for (int i = 0; in && i < n; i++) {
        NbVar *g = in[i].var;
        nb_var_unref(&g);
    }
    if (!in) {
        nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for derivatives");
    }
    free(in);
    return y;
}

NbStatus stacks_gradients(NbCtx *ctx, const Stacks *s, NbVar *root, const NbTensor *seed,
                          bool graph, NbVar *const *x, int n, NbVar **out)
{
    if (!s->divided) {
        return nb_gradients(root, seed, graph, x, n, out);
    }
    NbVar **g = calloc((size_t)s->n, sizeof(NbVar *)), **next = g;
    if (!g) {
        return nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for derivatives");
    }
    NbStatus status = nb_gradients(root, seed, graph, s->by, s->n, g);
    for (int i = 0; i < n && status == NB_OK; i++) {
        out[i] = join(ctx, s, x[i], &next);
        status = out[i] ? NB_OK : nb_ctx_err(ctx)->code;
    }
    for (int i = 0; i < s->n; i++) {
        nb_var_unref(&g[i]);
    }
    free(g);
    return status;
}

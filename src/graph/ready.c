/* ready.c -- whether a sweep may begin at a root */
#include "graph/node.h"

static NbStatus check_seed(NbCtx *ctx, const NbVar *root, const NbTensor *seed)
{
    char a[160], b[160];
    const NbShape *shape = nb_var_shape(root);
    if (!seed && is_tensor(root) && root->tensor->size != 1) {
        nb_fail(&ctx->err, NB_ESHAPE, "backward: {0} has shape %s; one number is needed",
                nb_shape_text(shape, a, sizeof a));
        nb_advise(&ctx->err, "take sum({0}) first, or give seed=");
        return NB_ESHAPE;
    }
    if (seed && !nb_shape_equal(&seed->shape, shape)) {
        return nb_fail(&ctx->err, NB_ESHAPE, "backward: seed %s does not fit {0} %s",
                       nb_shape_text(&seed->shape, a, sizeof a), nb_shape_text(shape, b, sizeof b));
    }
    return NB_OK;
}

static void fail_stale(NbCtx *ctx, NbVar *root)
{
    NbVar *changed[1];
    int n = 0;
    nb_var_stale(root, changed, 1, &n);
    const char *what = n > 0 && changed[0]->name ? changed[0]->name : "a value behind it";
    nb_fail(&ctx->err, NB_ESTALE, "backward: {0} is stale: %s changed", what);
    nb_advise(&ctx->err, "run: forward {0}");
}

/* Comparisons and the like, and what is computed from masks alone. */
static void fail_steps(NbCtx *ctx, const Tape *t)
{
    if (t->pub.nleaves == 0) {
        nb_fail(&ctx->err, NB_EVALUE, "backward: {0} depends on no variable");
        nb_advise(&ctx->err, "only leaves such as x = 2 get gradients");
        return;
    }
    nb_fail(
        &ctx->err, NB_EVALUE,
        "backward: {0} depends on its variables by steps only, so its gradient is 0 everywhere");
    nb_hint(&ctx->err, "comparisons, argmax and the like change in jumps; take a loss before them");
}

bool sweep_reaches(NbCtx *ctx, const Tape *t)
{
    if (!t->reaches) {
        fail_steps(ctx, t);
    }
    return t->reaches;
}

static Tape *ready(NbCtx *ctx, NbVar *root, const NbTensor *seed)
{
    if ((seed || is_tensor(root)) && check_seed(ctx, root, seed) != NB_OK) {
        return NULL;
    }
    if (!is_tracked(root)) {
        nb_fail(&ctx->err, NB_EVALUE, "backward: {0} depends on no variable");
        nb_advise(&ctx->err, "only leaves such as x = 2 get gradients");
        return NULL;
    }
    Tape *t = tape_of(ctx, root);
    if (t && !takes_gradient(root)) {
        fail_steps(ctx, t);
        return NULL;
    }
    if (t && !tape_fresh(ctx, t)) {
        fail_stale(ctx, root);
        return NULL;
    }
    return t;
}

Tape *sweep_ready(NbCtx *ctx, NbVar *root, const NbTensor *seed)
{
    Tape *t = ready(ctx, root, seed);
    if (!t) {
        nb_err_operand(&ctx->err, 0, root->name ? root->name : "the variable");
    }
    return t;
}

/* context.c -- examples of <nabla/context.h>, error.h, rng.h and version.h */
#include <math.h>
#include <string.h>

#include "example.h"

/* nb_ctx_new nb_ctx_free */
static void contexts(NbCtx *ctx)
{
    NbCtx *other = nb_ctx_new();
    check(other != NULL && other != ctx);
    nb_ctx_free(&other);
    check(other == NULL);
}

/* nb_ctx_err nb_err_clear nb_status_text */
static void errors(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    check(nb_apply1(ctx, nb_op_find("no such operation"), x) == NULL);
    NbErr *err = nb_ctx_err(ctx);
    check(err->code == NB_ENAME && err->msg[0] != '\0');
    check(strcmp(nb_status_text(NB_OK), "ok") == 0);
    nb_err_clear(err);
    check(err->code == NB_OK);
    nb_var_unref(&x);
}

/* nb_fail nb_hint nb_advise nb_err_operand */
static void errors_of_ones_own(NbCtx *ctx)
{
    (void)ctx;
    NbErr err = {0};
    check(nb_fail(&err, NB_EVALUE, "{0} must be positive, got %g", -1.0) == NB_EVALUE);
    nb_err_operand(&err, 0, "rate");
    nb_hint(&err, "choose a number above 0");
    nb_advise(&err, "rate = 0.1"); /* there is a hint: nothing happens */
    check(strcmp(err.msg, "rate must be positive, got -1") == 0);
    check(strcmp(err.hint, "choose a number above 0") == 0);
}

/* nb_ctx_seed nb_ctx_rng nb_ctx_dropout_rng nb_rng_uniform nb_rng_normal nb_rng_u64 nb_rng_seed */
static void draws(NbCtx *ctx)
{
    NbRng own;
    nb_ctx_seed(ctx, 0, 7);
    const double first = nb_rng_uniform(nb_ctx_rng(ctx)), normal = nb_rng_normal(nb_ctx_rng(ctx));
    check(first >= 0 && first < 1 && isfinite(normal));
    nb_ctx_seed(ctx, 0, 7);
    check(nb_rng_uniform(nb_ctx_rng(ctx)) == first);
    check(nb_ctx_dropout_rng(ctx) != nb_ctx_rng(ctx));
    nb_rng_seed(&own, 1, 2);
    const NbRng copy = own;
    NbRng again = copy;
    check(nb_rng_u64(&own) == nb_rng_u64(&again));
}

/* nb_ctx_keep_masks */
static void masks_kept(NbCtx *ctx)
{
    const bool before = nb_ctx_keep_masks(ctx, true);
    check(!before);
    nb_ctx_keep_masks(ctx, before);
}

static void count_touched(void *user, NbVar *v)
{
    (void)v;
    ++*(int *)user;
}

/* nb_ctx_hooks */
static void hooks(NbCtx *ctx)
{
    int touched = 0;
    nb_ctx_hooks(ctx, &(NbHooks){.user = &touched, .touch = count_touched});
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    nb_var_assign_scalar(x, 4);
    nb_ctx_hooks(ctx, NULL);
    check(touched == 1);
    nb_var_unref(&x);
}

/* nb_ctx_nan_mode */
static void not_finite(NbCtx *ctx)
{
    nb_ctx_nan_mode(ctx, NB_NAN_ERROR);
    NbVar *x = nb_var_scalar(ctx, 0, NB_LEAF);
    check(nb_apply1(ctx, nb_op_find("log"), x) == NULL);
    check(nb_ctx_err(ctx)->code == NB_ENONFINITE);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&x);
}

static volatile sig_atomic_t stop; /* set by a handler of SIGINT */

/* nb_ctx_interrupt nb_ctx_interrupted */
static void interrupts(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("exp"), x);
    nb_ctx_interrupt(ctx, &stop);
    stop = 1;
    check(nb_ctx_interrupted(ctx) && nb_backward(y, NULL) == NB_EINTERRUPT);
    stop = 0;
    nb_ctx_interrupt(ctx, NULL);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

static bool go_on(void *user)
{
    return ++*(int *)user < 3; /* two looks more, then it ends */
}

/* nb_ctx_interrupt_late */
static void late_interrupts(NbCtx *ctx)
{
    int asked = 0;
    stop = 1;
    nb_ctx_interrupt_late(ctx, &stop, go_on, &asked);
    check(!nb_ctx_interrupted(ctx) && asked == 1);
    stop = 0;
    nb_ctx_interrupt(ctx, NULL);
}

/* nb_nograd_push nb_nograd_pop nb_nograd */
static void without_gradients(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    nb_nograd_push(ctx);
    check(nb_nograd(ctx));
    NbVar *y = nb_apply1(ctx, nb_op_find("square"), x);
    nb_nograd_pop(ctx);
    check(nb_var_kind(y) == NB_CONST && nb_var_value(y) == 9);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_testmode_push nb_testmode_pop nb_testmode */
static void test_mode(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    const NbArg half[] = {NB_VAR(x)};
    NbAttrs p = nb_op_attrs(nb_op_find("dropout"));
    p.num[0] = 0.5;
    nb_testmode_push(ctx);
    NbVar *y = nb_apply(ctx, nb_op_find("dropout"), half, 1, &p);
    check(nb_testmode(ctx) && nb_var_value(y) == 3); /* nothing is dropped */
    nb_testmode_pop(ctx);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_ctx_branch */
static void branches(NbCtx *ctx)
{
    const uint32_t before = nb_ctx_branch(ctx, 12); /* an `if` in line 12 */
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbVar *y = nb_apply1(ctx, nb_op_find("square"), x);
    nb_ctx_branch(ctx, before);
    check(nb_var_branch(y) == 12);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_decision_new nb_ctx_decision nb_decision_end */
static void decisions(NbCtx *ctx)
{
    NbVar *n = nb_var_scalar(ctx, 3, NB_LEAF), *x = nb_var_scalar(ctx, 2, NB_LEAF), *by;
    uint32_t more = nb_decision_new(ctx, 12, &n, 1); /* `if n > 2` in line 12 */
    const uint32_t before = nb_ctx_decision(ctx, more);
    NbVar *y = nb_apply1(ctx, nb_op_find("square"), x);
    nb_ctx_decision(ctx, before);
    nb_decision_end(ctx, &more);
    check(nb_var_repeats(y, NULL) == 0);
    nb_var_assign_scalar(n, 1);
    check(nb_var_repeats(y, &by) == 12 && by == n);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_var_unref(&n);
}

/* nb_intern */
static void interned(NbCtx *ctx)
{
    char word[] = "loss";
    const char *first = nb_intern(ctx, "loss");
    check(first == nb_intern(ctx, word) && first != word);
}

/* nb_ctx_serial nb_ctx_number nb_ctx_live_nodes nb_ctx_bytes */
static void counts(NbCtx *ctx)
{
    const uint64_t nodes = nb_ctx_live_nodes(ctx);
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    check(nb_ctx_live_nodes(ctx) == nodes + 1 && nb_ctx_bytes(ctx) > 0);
    check(nb_var_serial(x) == nb_ctx_serial(ctx));
    check(nb_ctx_number(ctx) > nb_var_serial(x));
    nb_var_unref(&x);
}

/* nb_ctx_set_threads nb_memory_limit */
static void limits(NbCtx *ctx)
{
    nb_ctx_set_threads(ctx, 1);
    nb_memory_limit((size_t)1 << 20); /* a megabyte */
    NbShape shape = nb_shape(2, 1000, 1000);
    check(nb_var_array(ctx, &shape, NULL, NB_LEAF) == NULL);
    check(nb_ctx_err(ctx)->code == NB_EMEM);
    nb_memory_limit(0);
    nb_err_clear(nb_ctx_err(ctx));
}

/* nb_version */
static void version(NbCtx *ctx)
{
    (void)ctx;
    check(strcmp(nb_version(), NB_VERSION) == 0); /* built and run with the same one */
    check(NB_VERSION_AT_LEAST(0, 1));
}

EXAMPLES(contexts, errors, errors_of_ones_own, draws, masks_kept, hooks, not_finite, interrupts,
         late_interrupts, without_gradients, test_mode, branches, decisions, interned, counts,
         limits, version)

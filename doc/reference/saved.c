/* saved.c -- examples of <nabla/saved.h> */
#include <math.h>
#include <string.h>

#include <nabla/saved.h>

#include "example.h"

/* nb_ctx_new_unit nb_ctx_unit nb_ctx_unit_push nb_ctx_unit_pop */
static void units(NbCtx *ctx)
{
    const uint64_t first = nb_ctx_new_unit(ctx);
    check(nb_ctx_unit(ctx) == first);
    const NbUnit around = nb_ctx_unit_push(ctx); /* what is tried inside it is reported anew */
    check(nb_ctx_unit(ctx) > first);
    nb_ctx_unit_pop(ctx, around);
    check(nb_ctx_unit(ctx) == first);
}

/* nb_var_state_save nb_var_state_swap nb_var_state_same nb_var_state_drop nb_var_state_bytes
 * nb_var_state_grad */
static void variables(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *grad;
    NbVarState s;
    check(nb_var_state_save(&s, x) && nb_var_state_same(&s));
    check(nb_var_state_grad(&s, &grad) && grad == NULL); /* it had none */
    nb_var_assign_scalar(x, 4);
    nb_var_state_swap(&s);
    check(nb_var_value(x) == 3);
    nb_var_state_swap(&s); /* taken back */
    check(nb_var_value(x) == 4 && nb_var_state_bytes(&s) < 1000);
    nb_var_state_drop(&s);
    nb_var_unref(&x);
}

/* nb_var_stamp nb_var_stamp_put nb_ctx_stamps nb_var_grad_stamp nb_var_sweeps */
static void stamps(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    const uint64_t stamp = nb_var_stamp(x);
    nb_var_assign_scalar(x, 4);
    check(nb_var_stale(y, NULL, 0, NULL));
    nb_var_assign_scalar(x, 3); /* the numbers of before */
    nb_var_stamp_put(x, stamp);
    check(!nb_var_stale(y, NULL, 0, NULL) && nb_var_sweeps(x) == 0);
    nb_backward(y, NULL);
    check(nb_var_grad_stamp(x) > 0 && nb_var_sweeps(x) == 1);
    check(nb_ctx_stamps(ctx, 5) > stamp);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_trial_begin nb_trial_write nb_trial_run nb_trial_end */
static void trials(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    const double ten = 10;
    nb_backward(y, NULL);
    NbTrial *t = nb_trial_begin(y, NULL, 0, NB_TRIAL_LOOK);
    check(nb_trial_write(t, x, &ten) && nb_trial_run(t) == NB_OK);
    check(nb_var_value(y) == 100);
    nb_trial_end(&t);
    check(nb_var_value(y) == 9 && nb_var_grad_value(x) == 6); /* as nothing had been */
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_edges_save nb_edges_swap nb_edges_drop nb_var_is_cut nb_var_is_cut_step nb_var_is_past */
static void edges(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    NbEdges e;
    check(nb_edges_save(&e, y));
    nb_var_unchain(y);
    check(nb_var_is_cut(y) && !nb_var_is_cut_step(y) && !nb_var_is_past(y));
    nb_edges_swap(&e);
    check(nb_var_op(y) == nb_op_find("square"));
    nb_edges_drop(&e);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_vars_kept */
static void memory(NbCtx *ctx)
{
    NbShape shape = nb_shape(1, 1000);
    NbVar *x = nb_var_array(ctx, &shape, NULL, NB_LEAF);
    check(nb_vars_kept(&x, 1) >= 8000);
    nb_var_unref(&x);
}

/* nb_var_rebuild nb_var_rebuild_grad nb_vars_swept */
static void rebuilt(NbCtx *ctx)
{
    NbVar *x = nb_var_rebuild(ctx, &(NbRebuild){.kind = NB_LEAF, .num = 3, .stamp = 1});
    const NbArg in = NB_VAR(x);
    NbVar *y = nb_var_rebuild(ctx, &(NbRebuild){.kind = NB_INNER,
                                                .op = nb_op_find("square"),
                                                .in = &in,
                                                .n = 1,
                                                .current = true,
                                                .num = 9,
                                                .stamp = 2});
    check(y != NULL && nb_var_rebuild_grad(x, 6, NULL, NULL, 1, false) == NB_OK);
    NbVar *all[] = {x, y};
    check(nb_vars_swept(ctx, all, 2) == NB_OK && nb_var_grad_value(x) == 6);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_optim_save nb_optim_restore nb_optim_swap nb_optim_same nb_optim_saved nb_optim_state_bytes
 * nb_optim_state_free nb_optim_serial nb_optim_runs nb_optim_given */
static void optimizers(NbCtx *ctx)
{
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("momentum"), NULL, 0);
    NbOptimState *s = nb_optim_save(o);
    check(nb_optim_same(o, s) && nb_optim_saved(s, 0) == nb_optim_given(o, 0));
    nb_optim_set_named(o, "lr", 0.5);
    nb_optim_swap(o, s);
    check(nb_optim_get_named(o, "lr") == 0.01 && nb_optim_saved(s, 0) == 0.5);
    nb_optim_restore(o, s);
    check(nb_optim_get_named(o, "lr") == 0.5 && nb_optim_state_bytes(s) > 0);
    check(nb_optim_serial(o) > 0 && nb_optim_runs(o) == 1);
    nb_optim_state_free(&s);
    nb_optim_free(&o);
}

static void count_written(void *user, NbOptim *o)
{
    (void)o;
    ++*(int *)user;
}

/* nb_optim_on_touch nb_optim_touch */
static void optimizers_touched(NbCtx *ctx)
{
    int touched = 0;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    nb_optim_on_touch(o, count_written, &touched);
    nb_ctx_new_unit(ctx);
    nb_optim_set_named(o, "lr", 0.5); /* the first write in the unit */
    nb_optim_touch(o);                /* reported already */
    check(touched == 1);
    nb_optim_free(&o);
}

/* nb_optim_state nb_optim_put_state nb_optim_put_steps nb_optim_put_runs nb_optim_param_steps
 * nb_optim_put_param_steps */
static void optimizers_put_back(NbCtx *ctx)
{
    const double velocity = -0.25;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("momentum"), NULL, 0);
    nb_optim_add(o, x);
    check(nb_optim_state(o, 0, 0) == NULL); /* no step yet */
    check(nb_optim_put_state(o, 0, 0, &velocity) == NB_OK);
    nb_optim_put_steps(o, 12);
    nb_optim_put_runs(o, 2);
    check(nb_optim_state(o, 0, 0)[0] == -0.25 && nb_optim_steps(o) == 12);
    nb_optim_free(&o);
    o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0); /* divides by 1 - beta^t */
    nb_optim_add(o, x);
    nb_optim_put_state(o, 0, 0, &velocity);
    nb_optim_put_steps(o, 12);
    check(nb_optim_param_steps(o, 0) == 12);
    nb_optim_put_param_steps(o, 0, 5); /* it joined late */
    check(nb_optim_param_steps(o, 0) == 5 && nb_optim_steps(o) == 12);
    nb_optim_free(&o);
    nb_var_unref(&x);
}

/* nb_module_changes nb_module_save nb_module_restore nb_module_swap nb_module_same
 * nb_module_state_free nb_module_serial */
static void modules(NbCtx *ctx)
{
    NbSettingValue width = nb_set_number(2);
    NbShape rows = nb_shape(2, 5, 3);
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), &width, 1);
    check(nb_module_changes(m) && nb_module_serial(m) > 0); /* a call draws weights */
    NbModuleState *s = nb_module_save(m);
    NbVar *x = nb_var_array(ctx, &rows, NULL, NB_CONST), *y = nb_module_call(m, x);
    check(!nb_module_same(m, s));
    nb_module_swap(m, s); /* without weights, as before */
    check(nb_module_own(m, "w") == NULL);
    nb_module_swap(m, s);
    check(nb_module_own(m, "w") != NULL);
    nb_module_restore(m, s);
    check(nb_module_own(m, "w") == NULL);
    nb_module_state_free(&s);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

/* nb_module_rebuild nb_module_put nb_module_put_name nb_module_lacks nb_module_parent */
static void modules_rebuilt(NbCtx *ctx)
{
    NbSettingValue width = nb_set_number(2);
    NbShape w = nb_shape(2, 3, 2), b = nb_shape(2, 1, 2);
    NbModule *m = nb_module_rebuild(ctx, nb_layer_find("linear"), &width, 1);
    NbVar *weight = nb_var_array(ctx, &w, NULL, NB_LEAF),
          *bias = nb_var_array(ctx, &b, NULL, NB_LEAF);
    check(nb_module_put(m, "w", weight) == NB_OK && strcmp(nb_module_lacks(m), "b") == 0);
    check(nb_module_put(m, "b", bias) == NB_OK && nb_module_lacks(m) == NULL);
    nb_module_put_name(m, nb_intern(ctx, "m"), NULL);
    check(strcmp(nb_module_name(m), "m") == 0 && nb_module_parent(m) == NULL);
    nb_var_unref(&weight);
    nb_var_unref(&bias);
    nb_module_unref(&m);
}

/* nb_var_is_bool nb_var_set_bool */
static void marks(NbCtx *ctx)
{
    const NbShape two = nb_shape(1, 2);
    NbVar *x = nb_var_array(ctx, &two, (double[]){2, -1}, NB_LEAF);
    NbVar *positive = nb_apply2(ctx, nb_op_find("gt"), NB_VAR(x), NB_NUM(0));
    NbVar *ones = nb_var_array(ctx, &two, (double[]){1, 1}, NB_CONST);
    check(nb_var_is_bool(positive) && !nb_var_is_bool(ones));
    nb_var_set_bool(ones);
    check(nb_var_is_bool(ones));
    nb_var_unref(&ones);
    nb_var_unref(&positive);
    nb_var_unref(&x);
}

EXAMPLES(units, variables, marks, stamps, trials, edges, memory, rebuilt, optimizers,
         optimizers_touched, optimizers_put_back, modules, modules_rebuilt)

/* optim.c -- examples of <nabla/optim.h> and <nabla/record.h> */
#include <math.h>
#include <string.h>

#include "example.h"

/* nb_opt_rule_find nb_opt_rule_count nb_opt_rule_at nb_hook_rule_find nb_hook_rule_count
 * nb_hook_rule_at */
static void rules(NbCtx *ctx)
{
    (void)ctx;
    check(nb_opt_rule_find("adam")->nstate == 2 && nb_opt_rule_find("adm") == NULL);
    for (int i = 0; i < nb_opt_rule_count(); i++) {
        check(nb_opt_rule_at(i)->formula[0] != '\0');
    }
    check(strcmp(nb_hook_rule_find("clip_grad")->param, "max") == 0);
    check(nb_hook_rule_at(nb_hook_rule_count() - 1)->apply != NULL);
}

/* nb_optim_new nb_optim_add nb_optim_step nb_optim_free nb_optim_clear_grads */
static void descent(NbCtx *ctx)
{
    const double lr = 0.1;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), &lr, 1);
    check(nb_optim_add(o, x) == NB_OK);
    for (int i = 0; i < 100; i++) {
        nb_optim_clear_grads(o);
        check(nb_forward(y, false, NULL) == NB_OK && nb_backward(y, NULL) == NB_OK);
        check(nb_optim_step(o, NULL) == NB_OK); /* x -= 0.1·2x */
    }
    check(nb_var_value(x) < 1e-9);
    nb_optim_free(&o);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_optim_get nb_optim_set nb_optim_get_named nb_optim_set_named nb_optim_rule */
static void hyperparameters(NbCtx *ctx)
{
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    check(nb_optim_get_named(o, "lr") == 0.001 && isnan(nb_optim_get_named(o, "rate")));
    check(nb_optim_set_named(o, "lr", 0.01) == NB_OK);
    check(nb_optim_get(o, 0) == 0.01 && strcmp(nb_optim_rule(o)->param[0].name, "lr") == 0);
    check(nb_optim_set(o, 0, -1) == NB_EVALUE);
    nb_err_clear(nb_ctx_err(ctx));
    nb_optim_free(&o);
}

/* nb_optim_count nb_optim_at nb_optim_position nb_optim_steps nb_optim_reset */
static void looks(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    double one = 1;
    NbTensor g = nb_tensor_scalar(&one);
    nb_optim_add(o, x);
    nb_var_set_grad(x, &g);
    nb_optim_step(o, NULL);
    check(nb_optim_count(o) == 1 && nb_optim_at(o, 0) == x && nb_optim_position(o, x) == 0);
    check(nb_optim_steps(o) == 1);
    nb_optim_reset(o);
    check(nb_optim_steps(o) == 0);
    nb_optim_free(&o);
    nb_var_unref(&x);
}

/* nb_optim_add_source nb_optim_gather nb_module_source */
static void weights_of_models(NbCtx *ctx)
{
    NbSettingValue width = nb_set_number(2);
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), &width, 1);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    check(nb_optim_add_source(o, nb_module_source, m) == NB_OK);
    check(nb_optim_gather(o) == 0); /* weights are drawn at the first call */
    NbShape rows = nb_shape(2, 5, 3);
    NbVar *x = nb_var_array(ctx, &rows, NULL, NB_CONST), *y = nb_module_call(m, x);
    check(nb_optim_gather(o) == 2);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_optim_free(&o);
    nb_module_unref(&m);
}

static NbStatus halve(void *user, NbVar *p)
{
    double half = nb_var_grad_value(p) / 2;
    NbTensor g = nb_tensor_scalar(&half);
    (void)user;
    return nb_var_set_grad(p, &g);
}

/* nb_optim_add_hook nb_optim_add_hook_fn nb_optim_hooks nb_optim_hook nb_optim_hook_name */
static void hooks(NbCtx *ctx)
{
    const double lr = 1;
    double number, one = 1;
    NbTensor g = nb_tensor_scalar(&one);
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), &lr, 1);
    nb_optim_add(o, x);
    check(nb_optim_add_hook(o, nb_hook_rule_find("clip_grad"), 10) == NB_OK);
    check(nb_optim_add_hook_fn(o, "halve", halve, NULL) == NB_OK);
    check(nb_optim_hooks(o) == 2 && strcmp(nb_optim_hook_name(o, 1), "halve") == 0);
    check(nb_optim_hook(o, 0, &number) == nb_hook_rule_find("clip_grad") && number == 10);
    nb_var_set_grad(x, &g);
    nb_optim_step(o, NULL);
    check(nb_var_value(x) == 2.5 && nb_var_grad_value(x) == 1);
    nb_optim_free(&o);
    nb_var_unref(&x);
}

/* nb_record_new nb_record_begin nb_record_add nb_record_runs nb_record_run nb_record_value
 * nb_record_step nb_record_free */
static void records(NbCtx *ctx)
{
    const char *const names[] = {"f", "x"};
    NbRecord *r = nb_record_new(1000, 8);
    check(nb_record_begin(r, "sgd(lr=0.1)", names, 2, nb_ctx_err(ctx)) == NB_OK);
    for (uint64_t step = 0; step < 5; step++) {
        const double row[] = {1.0 / (double)(step + 1), 3};
        check(nb_record_add(r, step, row));
    }
    check(nb_record_runs(r) == 1 && nb_record_run(r, 0).rows == 5);
    check(nb_record_step(r, 0, 4) == 4 && nb_record_value(r, 0, 4, 0) == 0.2);
    check(isnan(nb_record_value(r, 0, 5, 0))); /* there is no such row */
    nb_record_free(&r);
}

/* nb_record_open nb_record_end nb_record_drop nb_record_points nb_record_copy nb_record_version */
static void runs(NbCtx *ctx)
{
    const char *const name = "f";
    const double one = 1;
    NbRecord *r = nb_record_new(1000, 8);
    nb_record_begin(r, "data", &name, 1, nb_ctx_err(ctx));
    nb_record_points(r); /* not joined to a curve */
    nb_record_add(r, 0, &one);
    check(nb_record_open(r) && nb_record_run(r, 0).points);
    const uint64_t version = nb_record_version(r);
    nb_record_end(r);
    NbRecord *copy = nb_record_copy(r);
    nb_record_drop(r);
    check(nb_record_runs(r) == 0 && nb_record_runs(copy) == 1);
    check(nb_record_version(r) != version && !nb_record_open(r));
    nb_record_free(&copy);
    nb_record_free(&r);
}

/* nb_record_keeps nb_record_wants nb_record_next nb_record_steps nb_record_values */
static void thinned(NbCtx *ctx)
{
    const char *const name = "f";
    NbRecord *r = nb_record_new(100, 8);
    nb_record_begin(r, "long", &name, 1, nb_ctx_err(ctx));
    for (uint64_t step = 0; step < 100000; step = nb_record_next(r, step + 1)) {
        const double value = (double)step;
        check(nb_record_wants(r, step) && nb_record_add(r, step, &value));
    }
    check(nb_record_run(r, 0).rows <= 100);
    check(nb_record_steps(r, 0)[0] == 0 && nb_record_values(r, 0)[0] == 0);
    check(nb_record_keeps(100, 1024, 4096) && !nb_record_keeps(100, 1024, 99999));
    nb_record_free(&r);
}

/* nb_record_axis nb_record_axis_name nb_record_place nb_record_step_at */
static void axes(NbCtx *ctx)
{
    (void)ctx;
    NbRecord *r = nb_record_new(1000, 8);
    check(nb_record_axis_name(r) == NULL && nb_record_place(r, 10) == 10);
    nb_record_axis(r, "x", -3, 0.5);
    check(strcmp(nb_record_axis_name(r), "x") == 0);
    check(nb_record_place(r, 10) == 2 && nb_record_step_at(r, 2) == 10);
    nb_record_free(&r);
}

EXAMPLES(rules, descent, hyperparameters, looks, weights_of_models, hooks, records, runs, thinned,
         axes)

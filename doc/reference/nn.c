/* nn.c -- examples of <nabla/nn.h> */
#include <string.h>

#include "example.h"

/* Five rows of three numbers. */
static NbVar *input(NbCtx *ctx)
{
    NbShape shape = nb_shape(2, 5, 3);
    return nb_var_array(ctx, &shape, NULL, NB_CONST);
}

/* nb_layer_find nb_layer_count nb_layer_at nb_layer_settings */
static void layers(NbCtx *ctx)
{
    (void)ctx;
    const NbLayer *mlp = nb_layer_find("mlp");
    check(nb_layer_settings(mlp) >= 2 && strcmp(mlp->setting[0].name, "sizes") == 0);
    check(nb_layer_count() > 0 && nb_layer_at(0)->doc != NULL && nb_layer_find("mpl") == NULL);
}

/* nb_module_new nb_set_sizes nb_set_op nb_set_number nb_module_call nb_module_unref
 * nb_module_activation */
static void models(NbCtx *ctx)
{
    const int64_t sizes[] = {8, 1};
    const NbSettingValue v[] = {nb_set_sizes(sizes, 2), nb_set_op(nb_op_find("relu"))};
    NbModule *m = nb_module_new(ctx, nb_layer_find("mlp"), v, 2);
    NbVar *x = input(ctx), *y = nb_module_call(m, x);
    check(nb_var_shape(y)->dim[0] == 5 && nb_var_shape(y)->dim[1] == 1);
    check(nb_module_activation(m) == nb_op_find("relu"));
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
    NbSettingValue eight = nb_set_number(8);
    m = nb_module_new(ctx, nb_layer_find("linear"), &eight, 1);
    check(nb_module_setting(m, 0) == 8);
    nb_module_unref(&m);
}

/* nb_module_op nb_set_modules nb_module_child nb_module_ref */
static void one_after_the_other(NbCtx *ctx)
{
    NbSettingValue width = nb_set_number(2);
    NbModule *part[] = {nb_module_new(ctx, nb_layer_find("linear"), &width, 1),
                        nb_module_op(ctx, nb_op_find("tanh"))};
    NbSettingValue parts = nb_set_modules(part, 2);
    NbModule *m = nb_module_new(ctx, nb_layer_find("sequential"), &parts, 1);
    const char *name;
    int number;
    check(nb_module_child(m, 0, &name, &number) == part[0] && number == 0);
    check(nb_module_child(m, 2, NULL, NULL) == NULL);
    NbModule *same = nb_module_ref(m);
    nb_module_unref(&same);
    nb_module_unref(&m);
    nb_module_unref(&part[0]);
    nb_module_unref(&part[1]);
}

/* nb_module_params nb_module_param nb_module_numbers nb_module_pending nb_module_own nb_module_has
 * nb_module_source */
static void parameters(NbCtx *ctx)
{
    NbSettingValue width = nb_set_number(2);
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), &width, 1);
    const char *path;
    check(nb_module_pending(m) && nb_module_params(m) == 0); /* drawn at the first call */
    NbVar *x = input(ctx), *y = nb_module_call(m, x);
    check(nb_module_params(m) == 2 && nb_module_numbers(m) == 3 * 2 + 2);
    NbVar *w = nb_module_param(m, 0, &path);
    check(strcmp(path, "w") == 0 && w == nb_module_own(m, "w") && w == nb_module_source(m, 0));
    check(nb_module_has(m, "b") && !nb_module_has(m, "h"));
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

/* nb_module_reset_state */
static void states(NbCtx *ctx)
{
    NbSettingValue width = nb_set_number(4);
    NbModule *m = nb_module_new(ctx, nb_layer_find("lstm"), &width, 1);
    NbVar *x = input(ctx), *y = nb_module_call(m, x); /* leaves h and c for the next call */
    check(nb_module_own(m, "h") != NULL);
    check(nb_module_reset_state(m) && nb_module_own(m, "h") == NULL);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

/* nb_module_ctx nb_module_layer nb_module_setting nb_module_text nb_module_set_name nb_module_name
 */
static void looks(NbCtx *ctx)
{
    NbSettingValue width = nb_set_number(2);
    NbModule *m = nb_module_new(ctx, nb_layer_find("linear"), &width, 1);
    char text[100];
    check(nb_module_ctx(m) == ctx && nb_module_layer(m) == nb_layer_find("linear"));
    check(nb_module_setting(m, 0) == 2);
    check(nb_module_set_name(m, "model") == NB_OK && strcmp(nb_module_name(m), "model") == 0);
    nb_module_text(m, false, text, sizeof text);
    check(strstr(text, "weights drawn at the first call"));
    NbVar *x = input(ctx), *y = nb_module_call(m, x);
    check(strcmp(nb_var_name(nb_module_own(m, "w")), "model.w") == 0);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&m);
}

/* nb_module_weights nb_module_take_weights */
static void weights(NbCtx *ctx)
{
    NbSettingValue width = nb_set_number(2);
    NbModule *from = nb_module_new(ctx, nb_layer_find("linear"), &width, 1);
    NbModule *to = nb_module_new(ctx, nb_layer_find("linear"), &width, 1);
    NbNamedSet set = {0};
    NbVar *x = input(ctx), *y = nb_module_call(from, x);
    check(nb_module_weights(from, &set, nb_ctx_err(ctx)) == NB_OK);
    check(nb_named_find(&set, "weight")->shape.dim[0] == 2); /* (out, in), as in PyTorch */
    check(nb_module_take_weights(to, &set, "m.npz", nb_ctx_err(ctx)) == NB_OK);
    check(nb_var_value(nb_module_own(to, "w")) == nb_var_value(nb_module_own(from, "w")));
    nb_named_clear(&set);
    nb_var_unref(&y);
    nb_var_unref(&x);
    nb_module_unref(&to);
    nb_module_unref(&from);
}

EXAMPLES(layers, models, one_after_the_other, parameters, states, looks, weights)

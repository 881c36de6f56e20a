/* embed.c -- the engine in a C program: a small network learns two moons, without the prompt */

/* Build it against an installed nabla:  cc embed.c $(pkg-config --cflags --libs nabla) -o embed
 *
 * Three rules carry the whole API: a call that makes something returns NULL when it fails (others
 * return a status) and leaves the reason in nb_ctx_err(ctx); what a call returns is yours unless
 * its comment says "borrowed"; nb_…_unref(&v) gives it back. */
#include <stdio.h>

#include <nabla/nabla.h>

/* `steps` times forward, backward, update on one graph; prints every 50th loss. */
static NbStatus train(NbVar *loss, NbOptim *opt, int steps)
{
    const NbSweep sweep = {.replace = true}; /* instead of clearing gradients before each sweep */
    NbStatus s = NB_OK;
    for (int i = 0; i <= steps && s == NB_OK; i++) {
        s = nb_forward(loss, false, NULL);
        if (s == NB_OK && i % 50 == 0) {
            printf("%6d %12.6g\n", i, nb_var_value(loss));
        }
        s = s == NB_OK ? nb_backward(loss, &sweep) : s;
        s = s == NB_OK ? nb_optim_step(opt, NULL) : s;
    }
    return s;
}

int main(void)
{
    const int64_t sizes[] = {16, 16, 2};
    const NbSettingValue layers[] = {nb_set_sizes(sizes, 3), nb_set_op(nb_op_find("tanh"))};
    NbVar *x = NULL, *t = NULL, *y = NULL, *loss = NULL, *right = NULL;
    NbCtx *ctx = nb_ctx_new();
    NbModule *m = ctx ? nb_module_new(ctx, nb_layer_find("mlp"), layers, 2) : NULL;
    NbOptim *opt = m ? nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0) : NULL;
    int status = 1;
    printf("  step         loss\n");
    if (opt && !nb_optim_set(opt, 0, 0.02) && !nb_optim_add_source(opt, nb_module_source, m) &&
        !nb_data_make(ctx, nb_data_find("moons"), NULL, 200, 0.1, &x, &t) &&
        (y = nb_module_call(m, x)) &&
        (loss = nb_apply2(ctx, nb_op_find("cross_entropy"), NB_VAR(y), NB_VAR(t))) &&
        !train(loss, opt, 300) && !nb_forward(loss, false, NULL) &&
        (right = nb_apply2(ctx, nb_op_find("accuracy"), NB_VAR(y), NB_VAR(t)))) {
        printf("accuracy %g\n", nb_var_value(right));
        status = 0;
    } else {
        fprintf(stderr, "error: %s\n", ctx ? nb_ctx_err(ctx)->msg : "out of memory");
    }
    nb_optim_free(&opt);
    nb_module_unref(&m);
    NbVar **drop[] = {&right, &loss, &y, &t, &x};
    for (int i = 0; i < 5; i++) {
        nb_var_unref(drop[i]);
    }
    nb_ctx_free(&ctx);
    return status;
}

/* engine.c -- the library alone: retained Rosenbrock through the C interface */
#include <nabla/nabla.h>

#include "tests/bench/bench.h"

static NbVar *op2(NbCtx *ctx, const char *name, NbArg a, NbArg b)
{
    return nb_apply2(ctx, nb_op_find(name), a, b);
}

static NbVar *rosenbrock(NbCtx *ctx, NbVar *x, NbVar *y)
{
    NbVar *xx = op2(ctx, "pow", NB_VAR(x), NB_NUM(2));
    NbVar *d = op2(ctx, "sub", NB_VAR(y), NB_VAR(xx));
    NbVar *dd = op2(ctx, "pow", NB_VAR(d), NB_NUM(2));
    NbVar *s = op2(ctx, "mul", NB_NUM(100), NB_VAR(dd));
    NbVar *e = op2(ctx, "sub", NB_NUM(1), NB_VAR(x));
    NbVar *ee = op2(ctx, "pow", NB_VAR(e), NB_NUM(2));
    NbVar *f = op2(ctx, "add", NB_VAR(s), NB_VAR(ee));
    NbVar *all[] = {xx, d, dd, s, e, ee};
    for (int i = 0; i < 6; i++) {
        nb_var_unref(&all[i]);
    }
    return f;
}

static double retained(void)
{
    enum { PASSES = 1000000, RUNS = 5 };
    const double lr = 0.001;
    double ns[RUNS];
    for (int run = 0; run < RUNS; run++) {
        NbCtx *ctx = nb_ctx_new();
        NbVar *x = nb_var_scalar(ctx, 0, NB_LEAF), *y = nb_var_scalar(ctx, 2, NB_LEAF);
        NbVar *f = rosenbrock(ctx, x, y);
        NbOptim *sgd = nb_optim_new(ctx, nb_opt_rule_find("sgd"), &lr, 1);
        nb_optim_add(sgd, x);
        nb_optim_add(sgd, y);
        double start = bench_now();
        for (int i = 0; i < PASSES; i++) {
            nb_forward(f, false, NULL);
            nb_var_clear_grad(x);
            nb_var_clear_grad(y);
            nb_backward(f, NULL);
            nb_optim_step(sgd, NULL);
        }
        ns[run] = 1e9 * (bench_now() - start) / PASSES;
        nb_optim_free(&sgd);
        nb_var_unref(&f);
        nb_var_unref(&y);
        nb_var_unref(&x);
        nb_ctx_free(&ctx);
    }
    return bench_median(ns, RUNS);
}

void bench_engine(void)
{
    bench_heading("the engine through its C interface");
    bench_row(&(BenchRow){.work = "Rosenbrock, retained graph",
                          .unit = "ns/pass",
                          .ours = retained(),
                          .against = "analytic C",
                          .reference = bench_analytic_rosenbrock()});
}

/* norm.c -- layer_norm: each row shifted and scaled to mean 0 and variance 1 */
#include "nn/module.h"
#include "ops/ops.h"

enum { W, B };   /* parameters */
enum { N, EPS }; /* settings */

static NbStatus init(NbModule *m, const NbSettingValue *v)
{
    NbShape s = {.rank = 2, .dim = {1, (int64_t)v[N].num}};
    NbStatus status = module_draw(m, W, &s, 0, 1);
    return status == NB_OK ? module_draw(m, B, &s, 0, 0) : status;
}

/* op along the last axis, which stays with size 1; new variable */
static NbVar *along_rows(NbModule *m, const NbOp *op, NbVar *x)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.naxes = 1;
    a.axes[0] = -1;
    a.keepdims = true;
    NbArg in = NB_VAR(x);
    return nb_apply(m->ctx, op, &in, 1, &a);
}

/* op(a, b), NULL when one is missing; takes a. */
static NbVar *then(NbModule *m, const NbOp *op, NbVar *a, NbArg b)
{
    NbVar *y = a ? nb_apply2(m->ctx, op, NB_VAR(a), b) : NULL;
    nb_var_unref(&a);
    return y;
}

/* (x - mean)/√(variance + eps)·w + b */
static NbVar *call(NbModule *m, NbVar *x, const NbVar *given)
{
    NbVar *mean = NULL, *deviation = NULL, *y = NULL;
    if (module_check_input(m, x, given, 2, (int64_t)m->num[N], m->param[W]) != NB_OK) {
        return NULL;
    }
    mean = along_rows(m, &nb_op_mean, x);
    deviation = then(m, &nb_op_add, along_rows(m, &nb_op_variance, x), NB_NUM(m->num[EPS]));
    deviation = then(m, &nb_op_pow, deviation, NB_NUM(0.5));
    if (mean && deviation) {
        y = nb_apply2(m->ctx, &nb_op_sub, NB_VAR(x), NB_VAR(mean));
        y = then(m, &nb_op_div, y, NB_VAR(deviation));
        y = then(m, &nb_op_mul, y, NB_VAR(m->param[W]));
        y = then(m, &nb_op_add, y, NB_VAR(m->param[B]));
    }
    nb_var_unref(&deviation);
    nb_var_unref(&mean);
    return y;
}

const NbLayer nb_layer_layer_norm = {
    .name = "layer_norm",
    .setting = {{"n", NB_S_COUNT, NULL, 0, 0}, {"eps", NB_S_NUMBER, "1e-5", 0, 1}},
    .param = {"w", "b"},
    .init = init,
    .call = call,
    .torch = "nn.LayerNorm({n}<, eps={eps}>)",
    .torch_param = {{"weight", false, true}, {"bias", false, true}},
    .formula = "(x - mean)/sqrt(variance + eps)·w + b, along the last axis",
    .usage = "layer_norm(n[, eps=1e-5])",
    .doc = "Rows of n features shifted to mean 0 and scaled to variance 1, then scaled by w and "
           "shifted by b, which begin at 1 and 0.",
    .example = "l = layer_norm(3)\nl([[1, 2, 6]])",
};

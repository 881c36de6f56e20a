/* embedding.c -- the layer that looks up a row of weights for each label */
#include "nn/module.h"
#include "ops/ops.h"

enum { N, D }; /* settings */

static NbStatus init(NbModule *m, const NbSettingValue *v)
{
    NbShape s = {.rank = 2, .dim = {(int64_t)v[N].num, (int64_t)v[D].num}};
    return module_draw(m, 0, &s, 1, 0);
}

static NbVar *call(NbModule *m, NbVar *x, const NbVar *given)
{
    NbArg in[2] = {NB_VAR(m->param[0]), NB_VAR(x)};
    (void)given;
    return nb_apply(m->ctx, &nb_op_gather, in, 2, NULL);
}

const NbLayer nb_layer_embedding = {
    .name = "embedding",
    .setting = {{"n", NB_S_COUNT, NULL, 0, 0}, {"d", NB_S_COUNT, NULL, 0, 0}},
    .param = {"w"},
    .init = init,
    .call = call,
    .torch = "Embedding({n}, {d})",
    .torch_param = {{"weight", false, false}},
    .formula = "rows of w at the labels",
    .usage = "embedding(n, d)",
    .doc = "A vector of d numbers for each of the labels 0 to n - 1; labels (…) give (…, d). w "
           "(n, d) is randn, drawn at construction.",
    .example = "l = embedding(5, 2)\nl([0, 3]).shape",
};

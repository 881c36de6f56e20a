/* drop.c -- dropout as a layer */
#include "nn/module.h"
#include "ops/ops.h"

static NbVar *call(NbModule *m, NbVar *x, const NbVar *given)
{
    NbAttrs a;
    NbArg in = NB_VAR(x);
    (void)given;
    nb_attrs_init(&a);
    a.num[0] = m->num[0];
    return nb_apply(m->ctx, &nb_op_dropout, &in, 1, &a);
}

const NbLayer nb_layer_dropout = {
    .name = "dropout",
    .setting = {{"p", NB_S_NUMBER, NULL, 0, 1}},
    .call = call,
    .torch = "Dropout({p})",
    .formula = "x·mask/(1 - p)",
    .usage = "dropout(p)",
    .doc = "Each element is 0 with probability p, else divided by 1 - p; unchanged in testmode.",
    .example = "l = dropout(0.5)\nl(ones(2, 4))",
};

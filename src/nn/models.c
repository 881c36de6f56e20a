/* models.c -- modules made of layers: sequential, mlp, lstm_model */
#include "nn/module.h"
#include "ops/ops.h"

/* --- one after the other --- */

/* x through every child, with `between` after all but the last; new variable */
static NbVar *through(NbModule *m, const NbOp *between, NbVar *x, const NbVar *given)
{
    NbVar *y = nb_var_ref(x);
    for (size_t i = 0; y && i < m->nchild; i++) {
        NbModule *c = m->child[i].module;
        NbVar *next = c->layer->call(c, y, given);
        nb_var_unref(&y);
        y = next;
        if (y && between && i + 1 < m->nchild) {
            next = nb_apply1(m->ctx, between, y);
            nb_var_unref(&y);
            y = next;
        }
    }
    return y;
}

static NbVar *chain_call(NbModule *m, NbVar *x, const NbVar *given)
{
    return through(m, m->op, x, given);
}

static NbStatus sequential_init(NbModule *m, const NbSettingValue *v)
{
    NbStatus s = NB_OK;
    for (int i = 0; s == NB_OK && i < v->n; i++) {
        NbModule *c = v->modules[i];
        const char *name = c->layer->hidden && c->op ? c->op->name : c->layer->name;
        s = module_add(m, c, name, true);
    }
    return s;
}

/* A new child of the layer `what` with one number as its setting. */
static NbStatus add_layer(NbModule *m, const NbLayer *what, double n, bool counted)
{
    NbSettingValue v = nb_set_number(n);
    NbModule *c = nb_module_new(m->ctx, what, &v, 1);
    NbStatus s = c ? module_add(m, c, what->name, counted) : nb_ctx_err(m->ctx)->code;
    nb_module_unref(&c);
    return s;
}

static NbStatus mlp_init(NbModule *m, const NbSettingValue *v)
{
    NbStatus s = NB_OK;
    for (int i = 0; s == NB_OK && i < v[0].n; i++) {
        s = add_layer(m, &nb_layer_linear, (double)v[0].sizes[i], true);
    }
    return s;
}

static NbStatus lstm_model_init(NbModule *m, const NbSettingValue *v)
{
    NbStatus s = add_layer(m, &nb_layer_lstm, v[0].num, false);
    return s == NB_OK ? add_layer(m, &nb_layer_linear, v[1].num, false) : s;
}

/* --- an operation as a module --- */

static NbVar *elementwise_call(NbModule *m, NbVar *x, const NbVar *given)
{
    (void)given;
    return nb_apply1(m->ctx, m->op, x);
}

NbModule *nb_module_op(NbCtx *ctx, const NbOp *op)
{
    if (!ctx) {
        return NULL;
    }
    NbSettingValue v = nb_set_op(op);
    return nb_module_new(ctx, &nb_layer_elementwise, &v, 1);
}

/* --- records --- */

const NbLayer nb_layer_sequential = {
    .name = "sequential",
    .setting = {{"modules", NB_S_MODULES, NULL, 0, 0}},
    .init = sequential_init,
    .call = chain_call,
    .torch = "nn.Sequential({*})",
    .torch_children = "#1",
    .formula = "…(m2(m1(x)))",
    .usage = "sequential(m1, m2, …)",
    .doc = "Layers, models and operations such as relu, one after the other.",
    .example = "m = sequential(linear(8), relu, dropout(0.2), linear(2))\nm([[1, 2]]).shape",
};

const NbLayer nb_layer_mlp = {
    .name = "mlp",
    .setting = {{"sizes", NB_S_SIZES, NULL, 0, 0}, {"activation", NB_S_OP, "sigmoid", 0, 0}},
    .init = mlp_init,
    .call = chain_call,
    .torch_children = "#2", /* activations between them */
    .formula = "linear layers with the activation between them; the last layer is linear",
    .usage = "mlp([10, 1][, activation=sigmoid])",
    .doc = "A network of linear layers of the given sizes with an activation after all but the "
           "last. Weights are drawn at the first call, first layer first.",
    .example = "m = mlp([10, 1], activation=relu)\nm([[1, 2]]).shape",
};

const NbLayer nb_layer_lstm_model = {
    .name = "lstm_model",
    .setting = {{"hidden", NB_S_COUNT, NULL, 0, 0}, {"out", NB_S_COUNT, NULL, 0, 0}},
    .init = lstm_model_init,
    .call = chain_call,
    .torch = "LSTMModel({hidden}, {out})",
    .formula = "linear(out) of lstm(hidden)",
    .usage = "lstm_model(hidden, out)",
    .doc = "An lstm of `hidden` units and a linear layer of `out` outputs; each call is one step.",
    .example = "m = lstm_model(8, 1)\nm([[1]]).shape",
};

const NbLayer nb_layer_elementwise = {
    .name = "elementwise",
    .setting = {{"op", NB_S_OP, NULL, 0, 0}},
    .hidden = true,
    .call = elementwise_call,
    .formula = "the operation on each element",
    .usage = "relu, sigmoid, tanh … in sequential",
    .doc = "An operation on each element as a layer.",
    .example = "m = sequential(linear(2), relu)",
};

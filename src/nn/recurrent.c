/* recurrent.c -- layers that keep a state between calls: rnn and lstm */
#include "nn/module.h"
#include "ops/ops.h"

/* The state must have one row a sample, as the input has. */
static NbStatus check_rows(const NbModule *m, const NbVar *x, const NbVar *given)
{
    const NbVar *h = m->state[0];
    if (module_check_input(m, x, given, 2, -1, NULL) != NB_OK) {
        return NB_ESHAPE;
    }
    const NbShape *s = nb_var_shape(x);
    char input[256];
    NbErr *err = nb_ctx_err(m->ctx);
    if (s->rank != 2) {
        nb_fail(err, NB_ESHAPE, "%s: input %s has %d axes; one step is a matrix", m->layer->name,
                module_input_text(x, given, input, sizeof input), s->rank);
        nb_hint(err, "call it once for each step");
        return NB_ESHAPE;
    }
    if (h && nb_var_shape(h)->dim[0] != s->dim[0]) {
        nb_fail(err, NB_ESHAPE, "%s: input %s has %lld row%s, the state h has %lld", m->layer->name,
                module_input_text(x, given, input, sizeof input), (long long)s->dim[0],
                s->dim[0] == 1 ? "" : "s", (long long)nb_var_shape(h)->dim[0]);
        nb_advise(err, "reset_state begins anew");
        return NB_ESHAPE;
    }
    return NB_OK;
}

static NbVar *child_call(NbModule *m, int i, NbVar *x, const NbVar *given)
{
    NbModule *c = m->child[i].module;
    return c->layer->call(c, x, given);
}

/* op(x2·x + b + h2·h), the h term only when there is a state; new variable */
static NbVar *gate(NbModule *m, int x2, int h2, const NbOp *op, NbVar *x, const NbVar *given)
{
    NbVar *a = child_call(m, x2, x, given);
    if (a && m->state[0]) {
        NbVar *both = module_linear_onto(m->child[h2].module, m->state[0], a);
        nb_var_unref(&a);
        a = both;
    }
    NbVar *y = a ? nb_apply1(m->ctx, op, a) : NULL;
    nb_var_unref(&a);
    return y;
}

/* --- rnn: h = tanh(x·Wx + b + h·Wh) --- */

static NbStatus rnn_init(NbModule *m, const NbSettingValue *v)
{
    int64_t n = (int64_t)v[0].num;
    bool ok = module_add_linear(m, "x2h", n, true, 0) && module_add_linear(m, "h2h", n, false, n);
    return ok ? NB_OK : nb_ctx_err(m->ctx)->code;
}

static NbVar *rnn_call(NbModule *m, NbVar *x, const NbVar *given)
{
    NbVar *h = check_rows(m, x, given) == NB_OK ? gate(m, 0, 1, &nb_op_tanh, x, given) : NULL;
    if (h) {
        module_keep(m, 0, nb_var_ref(h));
    }
    return h;
}

/* --- lstm --- */

enum { F, I, O, U, GATES }; /* children: x2f x2i x2o x2u, then h2f h2i h2o h2u */
enum { H, C };

static NbStatus lstm_init(NbModule *m, const NbSettingValue *v)
{
    static const char *const x2[GATES] = {"x2f", "x2i", "x2o", "x2u"};
    static const char *const h2[GATES] = {"h2f", "h2i", "h2o", "h2u"};
    int64_t n = (int64_t)v[0].num;
    for (int k = 0; k < 2 * GATES; k++) {
        bool from_h = k >= GATES;
        if (!module_add_linear(m, from_h ? h2[k - GATES] : x2[k], n, !from_h, from_h ? n : 0)) {
            return nb_ctx_err(m->ctx)->code;
        }
    }
    return NB_OK;
}

/* i·u, and f·c before it when there is a state */
static NbVar *next_c(NbModule *m, NbVar *const gate[GATES])
{
    NbVar *iu = nb_apply2(m->ctx, &nb_op_mul, NB_VAR(gate[I]), NB_VAR(gate[U]));
    if (!iu || !m->state[C]) {
        return iu;
    }
    NbVar *fc = nb_apply2(m->ctx, &nb_op_mul, NB_VAR(gate[F]), NB_VAR(m->state[C]));
    NbVar *c = fc ? nb_apply2(m->ctx, &nb_op_add, NB_VAR(fc), NB_VAR(iu)) : NULL;
    nb_var_unref(&fc);
    nb_var_unref(&iu);
    return c;
}

static NbVar *lstm_call(NbModule *m, NbVar *x, const NbVar *given)
{
    static const NbOp *const activation[GATES] = {&nb_op_sigmoid, &nb_op_sigmoid, &nb_op_sigmoid,
                                                  &nb_op_tanh};
    NbVar *g[GATES] = {NULL}, *c = NULL, *t = NULL, *h = NULL;
    if (check_rows(m, x, given) != NB_OK) {
        return NULL;
    }
    bool ok = true;
    for (int k = 0; ok && k < GATES; k++) {
        ok = (g[k] = gate(m, k, GATES + k, activation[k], x, given)) != NULL;
    }
    c = ok ? next_c(m, g) : NULL;
    t = c ? nb_apply1(m->ctx, &nb_op_tanh, c) : NULL;
    h = t ? nb_apply2(m->ctx, &nb_op_mul, NB_VAR(g[O]), NB_VAR(t)) : NULL;
    if (h) {
        module_keep(m, H, nb_var_ref(h));
        module_keep(m, C, nb_var_ref(c));
    }
    nb_var_unref(&t);
    nb_var_unref(&c);
    for (int k = 0; k < GATES; k++) {
        nb_var_unref(&g[k]);
    }
    return h;
}

/* --- records --- */

const NbLayer nb_layer_rnn = {
    .name = "rnn",
    .setting = {{"n", NB_S_COUNT, NULL, 0, 0}},
    .state = {"h"},
    .init = rnn_init,
    .call = rnn_call,
    .torch = "RNN({n})",
    .torch_children = "x2h h2h=",
    .formula = "h = tanh(x·Wx + b + h·Wh)",
    .usage = "rnn(n)",
    .doc = "A recurrent layer of n units; each call is one step and leaves h for the next. The "
           "first step has no h term. h2h is drawn at construction, x2h at the first call.",
    .example = "r = rnn(4)\nr([[1, 2]]).shape",
};

const NbLayer nb_layer_lstm = {
    .name = "lstm",
    .setting = {{"n", NB_S_COUNT, NULL, 0, 0}},
    .state = {"h", "c"},
    .init = lstm_init,
    .call = lstm_call,
    .torch = "LSTM({n})",
    .torch_children = "x2.0 x2.1 x2.2 x2.3 h2.0= h2.1= h2.2= h2.3=",
    .formula = "f, i, o = sigmoid, u = tanh of x2·x + b + h2·h ; c = f·c + i·u ; h = o·tanh(c)",
    .usage = "lstm(n)",
    .doc = "Long short-term memory of n units; each call is one step and leaves h and c for the "
           "next. The first step has no h terms and no f·c. h2f h2i h2o h2u are drawn at "
           "construction, x2f x2i x2o x2u at the first call.",
    .example = "l = lstm(4)\nl([[1, 2]]).shape",
};

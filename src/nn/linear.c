/* linear.c -- the layer x·w + b */
#include <math.h>

#include "nn/module.h"
#include "ops/ops.h"

enum { W, B };    /* parameters */
enum { N, BIAS }; /* settings */

/* w = randn/√in (in, n); b = 0 (1, n) */
static NbStatus draw(NbModule *m, int64_t in)
{
    int64_t n = (int64_t)m->num[N];
    NbShape w = {.rank = 2, .dim = {in, n}}, b = {.rank = 2, .dim = {1, n}};
    NbStatus s = module_draw(m, W, &w, 1 / sqrt((double)in), 0);
    if (s == NB_OK && m->num[BIAS] != 0) {
        s = module_draw(m, B, &b, 0, 0);
    }
    if (s != NB_OK) {
        nb_var_unref(&m->param[W]);
    }
    return s;
}

static NbVar *call(NbModule *m, NbVar *x, const NbVar *given)
{
    const NbVar *w = m->param[W];
    int64_t width = w ? nb_var_shape(w)->dim[0] : -1;
    if (module_check_input(m, x, given, 1, width, w) != NB_OK) {
        return NULL;
    }
    if (!w) {
        const NbShape *s = nb_var_shape(x);
        int64_t in = s->dim[s->rank - 1];
        if (in == 0) {
            nb_fail(nb_ctx_err(m->ctx), NB_ESHAPE, "linear: the input has no columns");
            return NULL;
        }
        if (draw(m, in) != NB_OK) {
            return NULL;
        }
    }
    return module_linear_onto(m, x, m->param[B]);
}

NbVar *module_linear_onto(const NbModule *linear, NbVar *x, NbVar *add)
{
    NbArg in[3] = {NB_VAR(x), NB_VAR(linear->param[W]), NB_VAR(add)};
    return nb_apply(linear->ctx, &nb_op_linear, in, add ? 3 : 2, NULL);
}

NbModule *module_add_linear(NbModule *m, const char *name, int64_t n, bool bias, int64_t in)
{
    NbSettingValue v[] = {nb_set_number((double)n), nb_set_number(bias)};
    NbModule *l = nb_module_new(m->ctx, &nb_layer_linear, v, 2);
    NbStatus s = l ? NB_OK : NB_EMEM;
    if (s == NB_OK && in > 0) {
        s = draw(l, in);
    }
    if (s == NB_OK) {
        s = module_add(m, l, name, false);
    }
    NbModule *kept = s == NB_OK ? l : NULL;
    nb_module_unref(&l);
    return kept;
}

static bool pending(const NbModule *m)
{
    return !m->param[W];
}

const NbLayer nb_layer_linear = {
    .name = "linear",
    .setting = {{"n", NB_S_COUNT, NULL, 0, 0}, {"bias", NB_S_FLAG, "true", 0, 0}},
    .param = {"w", "b"},
    .call = call,
    .pending = pending,
    .torch = "Linear({n}<, bias={bias}>)",
    .torch_param = {{"weight", true, false}, {"bias", false, true}},
    .formula = "x·w + b",
    .usage = "linear(n[, bias=false])",
    .doc = "A layer of n outputs. w (in, n) is randn/sqrt(in), drawn at the first call; b (1, n) "
           "begins at 0. A vector counts as one row, and so does the result.",
    .example = "l = linear(3)\nl([[1, 2]]).shape",
};

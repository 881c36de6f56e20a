/* weights.c -- export of tensors and of the weights of models, for NumPy and PyTorch */
#include "cmd/weights.h"

#include <stdio.h>
#include <string.h>

#include "cmd/view.h"
#include "objects/arrays.h"
#include "objects/library.h"

/* Adds what argument i is: the weights of a model, or one tensor by its name. several: weights are
 * found behind the name of their model. */
static bool add_argument(Interp *I, const Call *c, int i, bool several, NbNamedSet *set)
{
    Value v = UNSET;
    NbErr err = {0};
    char name[96];
    interp_text(I, c->arg[i], name, sizeof name);
    if (!interp_eval(I, c->arg[i], &v)) {
        return false;
    }
    NbModule *m = v.tag == V_OBJ ? module_of(v.obj) : NULL;
    NbStatus status = NB_OK;
    if (m && several) {
        status = nb_fail(&err, NB_EVALUE, "export: a model stands alone in a file of weights");
    } else if (m) {
        status = nb_module_weights(m, set, &err);
    } else if (v.tag == V_VAR) {
        NbTensor tmp;
        NbTensor *copy = nb_tensor_copy(nb_var_data(v.var, &tmp), &err);
        status = copy ? nb_named_add(set, name, copy, &err) : err.code;
    } else {
        status =
            nb_fail(&err, NB_ETYPE, "export: expected a model or tensors, got %s", value_kind(v));
    }
    value_unref(&v);
    return status == NB_OK || interp_fail_err(I, c->arg[i], &err);
}

static bool check_options(Interp *I, const Call *c, int precision, bool *single)
{
    int64_t bits = 64;
    for (int k = 0; k < BUILTIN_OPTS && c->row->opt[k].name; k++) {
        if (k != precision && c->opt[k].tag != V_UNSET) {
            return interp_fail(I, c->optnode[k], NB_EVALUE, "export: %s= means nothing for weights",
                               c->row->opt[k].name);
        }
    }
    if (!interp_opt_int(I, c, precision, 32, 64, &bits)) {
        return false;
    }
    *single = bits == 32;
    return bits == 32 || bits == 64 ||
           interp_fail(I, c->optnode[precision], NB_EVALUE, "export: precision must be 32 or 64");
}

bool weights_export(Interp *I, const Call *c, int precision, const char *path, bool *done)
{
    Session *s = session_of(I);
    NbNamedForm form;
    NbNamedSet set = {0};
    NbErr err = {0};
    bool single = false;
    size_t len = 0;
    if (!arrays_form(path, &form)) {
        return true;
    }
    *done = true;
    if (c->argc < 2) {
        interp_fail(I, c->node, NB_EVALUE, "export: which weights?");
        return interp_hint(I, "as in export \"m.safetensors\", m");
    }
    bool ok = check_options(I, c, precision, &single);
    for (int i = 1; ok && i < c->argc; i++) {
        ok = add_argument(I, c, i, c->argc > 2, &set);
    }
    char *bytes = ok ? nb_named_encode(&set, form, single, &len, &err) : NULL;
    ok = ok && (bytes || interp_fail_err(I, c->arg[0], &err)) &&
         view_write_text(s, c->arg[0], path, bytes, len);
    if (ok && session_echoes(s, c)) {
        fprintf(s->out, "wrote %s (%zu tensor%s)\n", path, set.n, set.n == 1 ? "" : "s");
    }
    nb_named_free(bytes);
    nb_named_clear(&set);
    return ok;
}

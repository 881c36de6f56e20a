/* view_model.c -- export of whole models, with their weights, for other programs */
#include "cmd/view_model.h"

#include <stdio.h>
#include <string.h>

#include "lang/ast.h"
#include "objects/library.h"

/* Rows of the input with which the graph is made: twice, so that what depends on their number is
 * found out. */
enum { ROWS = 2, MORE_ROWS = 3 };

int model_precision(Interp *I, const Call *c, int option)
{
    int64_t bits = 32;
    if (!interp_opt_int(I, c, option, INT32_MIN, INT32_MAX, &bits)) {
        return 0;
    }
    if (bits != 32 && bits != 64) {
        interp_fail(I, c->optnode[option], NB_EVALUE, "export: precision must be 32 or 64");
        return 0;
    }
    return (int)bits;
}

static bool only_precision(Interp *I, const Call *c, int option)
{
    for (int k = 0; k < BUILTIN_OPTS && c->row->opt[k].name; k++) {
        if (k != option && c->opt[k].tag != V_UNSET) {
            return interp_fail(I, c->optnode[k], NB_EVALUE, "export: %s= means nothing for a model",
                               c->row->opt[k].name);
        }
    }
    return true;
}

/* Features that the first layer of m takes, when it is a linear one; else 0. */
static int64_t features_of(const NbModule *m)
{
    const char *name;
    int number;
    const NbModule *first = nb_module_child(m, 0, &name, &number);
    if (first) {
        return features_of(first);
    }
    const NbVar *w = nb_module_has(m, "w") && strcmp(nb_module_layer(m)->name, "linear") == 0
                         ? nb_module_own(m, "w")
                         : NULL;
    return w ? nb_var_shape(w)->dim[0] : 0;
}

/* The shape of an input, from an example or from the first layer; its rows are set by others. */
static bool find_shape(Interp *I, const Call *c, const NbModule *m, const char *name, NbShape *x)
{
    Value v = UNSET;
    if (nb_module_pending(m)) {
        interp_fail(I, c->arg[1], NB_EVALUE,
                    "export: the weights of %s are drawn at its first call", name);
        return interp_hint(I, "call it once, as in %s(X)", name);
    }
    if (c->argc > 3) {
        return interp_fail(I, c->arg[3], NB_EVALUE, "export: a model and one input");
    }
    if (c->argc == 3) {
        bool ok = interp_eval(I, c->arg[2], &v);
        *x = ok && v.tag == V_VAR ? *nb_var_shape(v.var) : (NbShape){0};
        bool tensor = ok && v.tag == V_VAR && x->rank > 0;
        if (ok && !tensor) {
            interp_fail(I, c->arg[2], NB_ETYPE, "export: expected an input with rows, got %s",
                        v.tag == V_VAR ? "a scalar" : value_kind(v));
        }
        value_unref(&v);
        return tensor;
    }
    *x = (NbShape){.rank = 2, .dim = {0, features_of(m)}};
    if (x->dim[1] == 0) {
        interp_fail(I, c->arg[1], NB_EVALUE, "export: the shape of an input of %s is not known",
                    name);
        return interp_hint(I, "give one, as in export \"m.onnx\", %s, X", name);
    }
    return true;
}

/* m(x) of an input of zeros with so many rows, as a graph: new variables, or NULL with the error
 * set at the model. */
static NbVar *call_model(Interp *I, const Call *c, NbModule *m, NbShape shape, int rows,
                         NbVar **input)
{
    NbCtx *ctx = interp_ctx(I);
    NbErr err = {0};
    shape.dim[0] = rows;
    NbTensor *zeros = nb_tensor_full(&shape, 0, &err);
    NbModuleState *state = nb_module_save(m);
    NbVar *x = zeros ? nb_var_tensor(ctx, zeros, NB_CONST) : NULL, *y = NULL;
    NbNanMode nan = interp_nan_mode(I, NB_NAN_OFF);
    int nograd = 0;
    for (; nb_nograd(ctx); nograd++) {
        nb_nograd_pop(ctx);
    }
    nb_testmode_push(ctx);
    if (state && x) {
        nb_module_reset_state(m);
        y = nb_module_call(m, x);
        nb_module_swap(m, state);
    }
    nb_testmode_pop(ctx);
    for (; nograd > 0; nograd--) {
        nb_nograd_push(ctx);
    }
    interp_nan_mode(I, nan);
    nb_module_state_free(&state);
    if (!y && err.code == NB_OK && nb_ctx_err(ctx)->code == NB_OK) {
        interp_fail(I, c->node, NB_EMEM, "out of memory for a file");
    } else if (!y) {
        err.code ? interp_fail_err(I, c->arg[1], &err) : interp_fail_ctx(I, c->arg[1]);
    }
    *input = y ? x : NULL;
    if (!y) {
        nb_var_unref(&x);
    }
    return y;
}

/* The file for so many rows; empty with the error set. */
static bool render(Interp *I, const Call *c, NbModule *m, const NbShape *shape, int rows,
                   NbViz *viz, int precision, NbRendered *file)
{
    NbVar *x, *y = call_model(I, c, m, *shape, rows, &x);
    NbErr err = {0};
    NbExport e = {.view = NB_VIEW_GRAPH,
                  .root = y,
                  .title = "y",
                  .input = x,
                  .input_name = "x",
                  .precision = precision,
                  .interrupt = session_of(I)->interrupt};
    bool ok = y && (nb_viz_render(viz, "onnx", &e, file, &err) == NB_OK ||
                    interp_fail_err(I, c->arg[1], &err));
    nb_var_unref(&y);
    nb_var_unref(&x);
    return ok;
}

static bool write_model(Interp *I, const Call *c, NbModule *m, const char *name, NbViz *viz,
                        int precision, const char *path)
{
    Session *s = session_of(I);
    NbShape shape;
    NbRendered file = {0}, other = {0};
    bool ok = find_shape(I, c, m, name, &shape) &&
              render(I, c, m, &shape, ROWS, viz, precision, &file) &&
              render(I, c, m, &shape, MORE_ROWS, viz, precision, &other);
    if (ok && (file.size != other.size || memcmp(file.bytes, other.bytes, file.size) != 0)) {
        interp_fail(I, c->arg[1], NB_EVALUE,
                    "export: the graph of %s depends on the number of rows it is given", name);
        interp_hint(I, "export a call of it: y = %s(X); export \"%s\", y", name, path);
        ok = false;
    }
    ok = ok && view_write_text(s, c->arg[0], path, file.bytes, file.size);
    if (ok && session_echoes(s, c)) {
        fprintf(s->out, "wrote %s (%s)\n", path, file.about);
    }
    nb_viz_rendered_free(&file);
    nb_viz_rendered_free(&other);
    return ok;
}

bool model_export(Interp *I, const Call *c, int option, NbViz *viz, const char *path, bool *done)
{
    Value v = UNSET;
    char name[96];
    if (strcmp(nb_viz_ending(path), "onnx") != 0 || c->argc < 2 || c->arg[1]->kind != N_GLOBAL) {
        return true;
    }
    if (!interp_eval(I, c->arg[1], &v)) {
        return false;
    }
    NbModule *m = v.tag == V_OBJ ? module_of(v.obj) : NULL;
    interp_text(I, c->arg[1], name, sizeof name);
    int precision = m && only_precision(I, c, option) ? model_precision(I, c, option) : 0;
    *done = m != NULL;
    bool ok = !m || (precision && write_model(I, c, m, name, viz, precision, path));
    value_unref(&v);
    return ok;
}

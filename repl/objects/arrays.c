/* arrays.c -- the function npy, and weights that load puts into a model */
#include "objects/arrays.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "objects/library.h"

enum { OPT_NAME };

bool arrays_form(const char *path, NbNamedForm *form)
{
    static const struct {
        const char *ending;
        NbNamedForm form;
    } row[] = {{"safetensors", NB_SAFETENSORS}, {"npz", NB_NPZ}, {"npy", NB_NPY}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof row / sizeof row[0]; i++) {
        if (strcasecmp(dot + 1, row[i].ending) == 0) {
            *form = row[i].form;
            return true;
        }
    }
    return false;
}

bool arrays_load(Interp *I, const Call *c, const char *path, const char *bytes, size_t len)
{
    NbErr err = {0};
    NbNamedSet set = {0};
    Value v = c->argv[1];
    NbModule *m = v.tag == V_OBJ ? module_of(v.obj) : NULL;
    if (!m) {
        interp_fail(I, c->arg[1], NB_ETYPE, "load: expected a model, got %s", value_kind(v));
        return interp_hint(I, "as in load \"m.safetensors\", m");
    }
    bool ok = nb_named_decode(&set, bytes, len, path, &err) == NB_OK;
    if (ok) {
        interp_touch_obj(I, v.obj);
        ok = nb_module_take_weights(m, &set, path, &err) == NB_OK;
    }
    nb_named_clear(&set);
    return ok || interp_fail_err(I, c->arg[0], &err);
}

/* --- npy --- */

static bool read_set(Interp *I, const Call *c, NbNamedSet *set)
{
    char path[4096];
    NbErr err = {0};
    size_t len;
    if (c->argv[0].tag != V_STR) {
        interp_fail(I, c->arg[0], NB_ETYPE, "npy: expected a file name in quotes, got %s",
                    value_kind(c->argv[0]));
        return interp_hint(I, "%s", c->row->usage);
    }
    const char *found = interp_find_file(I, c->argv[0].str->text, path, sizeof path);
    if (!found) {
        return interp_fail(I, c->arg[0], NB_EIO, "npy: no file %s", c->argv[0].str->text);
    }
    char *bytes = interp_read_file(I, found, &len, &err);
    const char *slash = strrchr(found, '/');
    bool ok = bytes && nb_named_decode(set, bytes, len, slash ? slash + 1 : found, &err) == NB_OK;
    free(bytes);
    return ok || interp_fail_err(I, c->arg[0], &err);
}

static Value array_value(Interp *I, const NbTensor *t)
{
    NbTensor *copy = nb_tensor_copy(t, nb_ctx_err(interp_ctx(I)));
    NbVar *v = copy ? nb_var_tensor(interp_ctx(I), copy, NB_CONST) : NULL;
    return v ? (Value){.tag = V_VAR, .var = v} : UNSET;
}

/* The names there are, for a hint. */
static bool no_such(Interp *I, const Call *c, const NbNamedSet *set)
{
    char names[NB_HINT_MAX - 40] = "";
    for (size_t i = 0, n = 0; i < set->n && n + 8 < sizeof names; i++) {
        n +=
            (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "", set->item[i].name);
    }
    interp_fail(I, c->optnode[OPT_NAME], NB_ENAME, "npy: %s has no %s", c->argv[0].str->text,
                c->opt[OPT_NAME].str->text);
    return interp_hint(I, "it has %s", names);
}

static bool all_values(Interp *I, const Call *c, const NbNamedSet *set, Value *out)
{
    *out = value_list((int)set->n);
    bool ok = out->tag == V_LIST;
    for (size_t i = 0; ok && i < set->n; i++) {
        Value v = array_value(I, set->item[i].value);
        ok = v.tag != V_UNSET && list_push(out->list, v);
    }
    return ok || interp_fail(I, c->node, NB_EMEM, "out of memory for a list");
}

static bool make_npy(Interp *I, const Call *c, Value *out)
{
    NbNamedSet set = {0};
    Value name = c->opt[OPT_NAME];
    if (name.tag != V_UNSET && name.tag != V_STR) {
        return interp_fail(I, c->optnode[OPT_NAME], NB_ETYPE, "npy: name must be a text, not %s",
                           value_kind(name));
    }
    bool ok = read_set(I, c, &set);
    const NbTensor *one = NULL;
    if (ok && name.tag == V_STR) {
        one = nb_named_find(&set, name.str->text);
        ok = one || no_such(I, c, &set);
    } else if (ok && set.n == 1) {
        one = set.item[0].value;
    }
    if (ok && one) {
        *out = array_value(I, one);
        ok = out->tag != V_UNSET || interp_fail_ctx(I, c->node);
    } else if (ok) {
        ok = all_values(I, c, &set, out);
    }
    nb_named_clear(&set);
    return ok;
}

static const Builtin rows[] = {
    {"npy",
     B_FILE | B_VALUE | B_READS,
     1,
     1,
     {{"name", NULL}},
     make_npy,
     "data",
     "x = npy(\"file.npy\"), x, t = npy(\"file.npz\"), w = npy(\"file.npz\", name=\"w\")",
     "Reads tensors that NumPy wrote (also packed ones) or a safetensors file: one, or a list of "
     "all in the order of the file. Numbers of every kind become doubles.",
     "m = linear(2)\ny = m(ones(1, 3))\nexport \"m.npz\", m\nnpy(\"m.npz\", name=\"weight\")"},
};

Rows arrays_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}

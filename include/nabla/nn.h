/* nn.h -- layers and models: what they hold, how they are made and called */
#ifndef NABLA_NN_H
#define NABLA_NN_H

#include <nabla/named.h>
#include <nabla/var.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A module is a layer or a model: parameters (leaves), perhaps a state (h and c of an lstm),
 * perhaps other modules. Weights that depend on the width of the input are drawn at the first
 * call, from nb_ctx_rng. Rows of an input are samples, its last axis are the features. */
typedef struct NbModule NbModule;

/* --- the kinds of layers: one record each --- */

typedef enum NbSettingKind {
    NB_S_COUNT,  /* a whole number from 1 */
    NB_S_NUMBER, /* in [lo, hi) */
    NB_S_FLAG,
    NB_S_SIZES,  /* a list of counts */
    NB_S_OP,     /* an operation on each element: sigmoid */
    NB_S_MODULES /* modules, one after the other */
} NbSettingKind;

typedef struct NbSetting {
    const char *name;
    NbSettingKind kind;
    const char *fallback; /* as the language writes it; NULL: must be given */
    double lo, hi;        /* of numbers */
} NbSetting;

/* What is given for one setting. All zero: not given. */
typedef struct NbSettingValue {
    bool given;
    double num; /* count, number, flag (0 or 1) */
    const NbOp *op;
    const int64_t *sizes;     /* n of them; copied */
    NbModule *const *modules; /* n of them; references are kept */
    int n;
} NbSettingValue;

#define NB_LAYER_SETTINGS 4
#define NB_LAYER_PARAMS 2
#define NB_LAYER_STATES 2

typedef struct NbTorchParam {
    const char *name;
    bool transposed; /* (out, in) there */
    bool row;        /* a vector there, one row here */
} NbTorchParam;

/* `static const` at the end of the file that implements it; src/nn/layers.c lists them. */
typedef struct NbLayer {
    const char *name;                     /* "linear" */
    NbSetting setting[NB_LAYER_SETTINGS]; /* ended by a NULL name */
    bool hidden;                          /* part of others, not made by name */
    const char *param[NB_LAYER_PARAMS];   /* names of its own parameters: "w", "b"; or NULL */
    const char *state[NB_LAYER_STATES];   /* names of what a call leaves for the next: "h", "c" */

    /* Checks further, makes children and what can be drawn at once. May be NULL. */
    NbStatus (*init)(NbModule *m, const NbSettingValue *value);
    /* New variable; `given` is the input of the outermost call, {0} in messages. */
    NbVar *(*call)(NbModule *m, NbVar *x, const NbVar *given);
    /* Own parameters still to be drawn; NULL: those that are missing. */
    bool (*pending)(const NbModule *m);

    const char *formula, *usage, *doc, *example;
    const char *torch; /* in PyTorch, as NbOp.torch with its settings; NULL: not a single one */
    /* Names in PyTorch's state_dict: of its own parameters, which may lie otherwise there; of its
     * children, a word each in their order ("h2h=": the name of its weight, as it lies), "#2":
     * twice their number; NULL: their own names. */
    NbTorchParam torch_param[NB_LAYER_PARAMS];
    const char *torch_children;
} NbLayer;

/* Kinds 0 … count − 1. */
int nb_layer_count(void);
const NbLayer *nb_layer_at(int i);              /* in the order of help; hidden ones last */
const NbLayer *nb_layer_find(const char *name); /* NULL when unknown */
int nb_layer_settings(const NbLayer *layer);    /* number of settings */

/* --- making: new, or NULL with nb_ctx_err set --- */

/* value: n of them, for the layer's settings in the record's order; those behind are not given.
 * NB_EVALUE, naming the setting, when one is missing or out of range, or there are more than the
 * layer has. For example mlp([10, 1], activation=relu):
 *
 *     const int64_t sizes[] = {10, 1};
 *     NbSettingValue v[] = {nb_set_sizes(sizes, 2), nb_set_op(nb_op_find("relu"))};
 *     NbModule *m = nb_module_new(ctx, nb_layer_find("mlp"), v, 2);
 */
NbModule *nb_module_new(NbCtx *ctx, const NbLayer *layer, const NbSettingValue *value, int n);
/* An operation on each element as a module, so that it can stand in a sequential. */
NbModule *nb_module_op(NbCtx *ctx, const NbOp *op);
/* Settings for nb_module_new; what they point to must live until it returns. */
NbSettingValue nb_set_number(double num); /* also counts and flags */
NbSettingValue nb_set_sizes(const int64_t *sizes, int n);
NbSettingValue nb_set_op(const NbOp *op);
NbSettingValue nb_set_modules(NbModule *const *modules, int n);

NbModule *nb_module_ref(NbModule *m); /* returns m; NULL is allowed */
void nb_module_unref(NbModule **m);   /* accepts NULL, leaves NULL */

/* --- using --- */

/* New variable m(x); draws weights at the first call. x (…, features). NB_ESHAPE when the width
 * of x does not fit the weights. {0} in messages stands for x. */
NbVar *nb_module_call(NbModule *m, NbVar *x);
/* Forgets h and c of every recurrent layer in m; false when there is none that keeps a state. */
bool nb_module_reset_state(NbModule *m);

/* --- looking: all borrowed --- */
NbCtx *nb_module_ctx(const NbModule *m);
const NbLayer *nb_module_layer(const NbModule *m);  /* its kind; a hidden one for nb_module_op */
double nb_module_setting(const NbModule *m, int i); /* counts, numbers and flags; NaN: none */
const NbOp *nb_module_activation(const NbModule *m);
/* Parameters drawn so far, those of children included, each once; -1 with the error set when out of
 * memory. Parameter i is a leaf; *path (may be NULL) gets its interned path in m, "linear[0].w".
 * NULL beyond the last. */
int nb_module_params(NbModule *m);
NbVar *nb_module_param(NbModule *m, int i, const char **path);
/* An NbParamSource for nb_optim_add_source; `module` must outlive the optimizer. */
NbVar *nb_module_source(void *module, int i);
bool nb_module_pending(const NbModule *m); /* something is drawn at the next call */
/* Elements of all parameters drawn so far; -1 with the error set when out of memory. */
int64_t nb_module_numbers(NbModule *m);

/* Child i: its name and its number among children of that name, -1 when it is the only one there
 * can be (x2f). NULL beyond the last. */
NbModule *nb_module_child(const NbModule *m, int i, const char **name, int *number);
/* Own parameter or state by name ("w", "h"); NULL when it has none or it is not there yet. */
NbVar *nb_module_own(const NbModule *m, const char *name);
bool nb_module_has(const NbModule *m, const char *name); /* such a parameter or state exists */

/* Puts the module's own name before the paths by which its parameters are shown (nb_var_name):
 * "m.linear[0].w". A child keeps the first parent's, or its own name. NULL takes the name away. */
NbStatus nb_module_set_name(NbModule *m, const char *name);
const char *nb_module_name(const NbModule *m); /* interned, or NULL */

/* "mlp: 6 × linear(8) sigmoid, linear(2); weights drawn at the first call", with x for × when
 * ascii. Returns the length needed, like snprintf. */
size_t nb_module_text(NbModule *m, bool ascii, char *buf, size_t cap);

/* --- weights of modules, by the names they have in PyTorch's state_dict --- */

/* Adds copies of the parameters of m, laid out as there: weights of a linear layer (out, in), rows
 * as vectors. NB_EVALUE while some are still to be drawn. */
NbStatus nb_module_weights(const NbModule *m, NbNamedSet *s, NbErr *err);
/* Checks that the set holds all weights of m and nothing else, shapes included; then writes them
 * all: into parameters that are there, as new leaves where they are still to be drawn. After a
 * failure m is as before. */
NbStatus nb_module_take_weights(NbModule *m, const NbNamedSet *s, const char *path, NbErr *err);

#ifdef __cplusplus
}
#endif

#endif

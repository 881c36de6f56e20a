/* module.h -- layout of modules and what layers share, for the files of this folder only */
#ifndef NB_NN_MODULE_H
#define NB_NN_MODULE_H

#include <nabla/nn.h>

#define MAX_DEPTH 32 /* of modules inside modules */

typedef struct Child {
    const char *name;
    int number; /* -1: the only one of its name */
    NbModule *module;
} Child;

typedef struct Listed { /* a parameter of the module or of a descendant */
    const NbModule *owner;
    int k;
    const char *path; /* interned, from the module that lists it */
} Listed;

struct NbModule {
    NbCtx *ctx;
    const NbLayer *layer;
    uint32_t refs;
    uint64_t serial;        /* in creation order among variables */
    int depth;              /* 1 without children */
    const char *name;       /* given from outside; interned, or NULL */
    const NbModule *parent; /* the first one, whose name comes before; borrowed, or NULL */
    double num[NB_LAYER_SETTINGS];
    const NbOp *op; /* activation */
    unsigned due;   /* bits of the parameters that were not drawn when it was rebuilt */
    NbVar *param[NB_LAYER_PARAMS];
    NbVar *state[NB_LAYER_STATES];
    Child *child;
    size_t nchild, child_cap;
    Listed *list;
    size_t nlist, list_cap;
    bool listed; /* the list is complete and stays as it is */
};

/* --- layers; X(file-local name), in the order of help --- */
/* clang-format off */
#define NB_LAYERS(X)                                                                               \
    X(linear) X(rnn) X(lstm) X(layer_norm) X(embedding) X(dropout)                                 \
    X(sequential) X(mlp) X(lstm_model)                                                             \
    X(elementwise)
/* clang-format on */

#define NB_DECLARE_LAYER(name) extern const NbLayer nb_layer_##name;
NB_LAYERS(NB_DECLARE_LAYER)

/* Appends a child; keeps a reference. number -1: the only one of that name; otherwise it is
 * counted. */
NbStatus module_add(NbModule *m, NbModule *child, const char *name, bool counted);
/* A new linear(n) as a child; in > 0: drawn now. Borrowed, or NULL with the error set. */
NbModule *module_add_linear(NbModule *m, const char *name, int64_t n, bool bias, int64_t in);

/* Own parameter k becomes a new leaf of this shape: randn · scale, or all `value` when scale is
 * 0. */
NbStatus module_draw(NbModule *m, int k, const NbShape *s, double scale, double value);
/* Takes v as state k, whatever was there. */
void module_keep(NbModule *m, int k, NbVar *v);

/* Fails unless x has at least `rank` axes (a vector is one row) and, when width >= 0, so many
 * columns; `what` is the parameter that has as many rows or columns. */
NbStatus module_check_input(const NbModule *m, const NbVar *x, const NbVar *given, int rank,
                            int64_t width, const NbVar *what);
/* "{0} (2, 200)": the input as messages name it. */
const char *module_input_text(const NbVar *x, const NbVar *given, char *buf, size_t cap);

/* x through linear child k of m: x·w + add, add (…, n) or NULL. New variable. */
NbVar *module_linear_onto(const NbModule *linear, NbVar *x, NbVar *add);

#endif

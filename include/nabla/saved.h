/* saved.h -- states of variables taken down and put back to the last bit: for undo */
#ifndef NABLA_SAVED_H
#define NABLA_SAVED_H

#include <nabla/var.h>

/* What of one variable may change in place: value, gradient (that of inner ones too), the number
 * of its sweeps, name and stamp. The caller provides the memory; the fields are not his to read. */
typedef struct NbVarState {
    NbVar *var; /* reference */
    union {
        double num;
        NbTensor *data; /* a copy; NULL when the value is a view of its operand's */
    };
    union {
        double grad;
        NbTensor *gdata; /* reference: a gradient held twice is replaced, never written */
    };
    NbVar *ggraph; /* the gradient as a graph; reference, or NULL */
    const char *name;
    uint64_t stamp;
    uint32_t sweeps;
    uint8_t flags;
} NbVarState;

/* Takes down the state of v, keeping a reference to it; false when out of memory. */
bool nb_var_state_save(NbVarState *s, NbVar *v);
/* Exchanges the state with the present one, stamp included, so that what was stale against v, or
 * v itself, is so again; a second call takes it back. Needs no memory. States of several variables
 * are put back latest first, and again in the order in which they were saved. */
void nb_var_state_swap(NbVarState *s);
bool nb_var_state_same(const NbVarState *s); /* as v is now */
/* The saved gradient as a new const; NULL when there was none, or no memory. */
NbVar *nb_var_state_grad(const NbVarState *s);
void nb_var_state_drop(NbVarState *s);
size_t nb_var_state_bytes(const NbVarState *s); /* held beside the struct, about */

/* Edges of one inner variable, as they are before nb_var_unchain; the same rules. */
typedef struct NbEdges {
    NbVar *var; /* reference */
    const NbOp *op;
    NbVar *in[2]; /* references */
    NbArg *arg;   /* of more than two operands */
    uint16_t nin;
    uint8_t flags, kind;
} NbEdges;

bool nb_edges_save(NbEdges *e, NbVar *v);
void nb_edges_swap(NbEdges *e);
void nb_edges_drop(NbEdges *e);

/* Bytes that would come free if one reference to each of these went away, about. */
size_t nb_vars_kept(NbVar *const *v, size_t n);

#endif

/* saved.h -- states taken down and put back to the last bit: what undo, save and load need */
#ifndef NABLA_SAVED_H
#define NABLA_SAVED_H

#include <nabla/var.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Not part of <nabla/nabla.h>: programs that train and differentiate do without. */

typedef struct NbModule NbModule;
typedef struct NbLayer NbLayer;
typedef struct NbSettingValue NbSettingValue;
typedef struct NbOptim NbOptim;

/* --- units: what NbHooks.touch reports once --- */

/* A new unit: each object's next write is reported to the touch hook again. Returns its number. */
uint64_t nb_ctx_new_unit(NbCtx *ctx);
uint64_t nb_ctx_unit(const NbCtx *ctx); /* the number of the present one, from 1 */
/* A unit inside the present one: what is written is reported anew until the pop, which goes back to
 * the unit around it; what that one has seen written is not reported to it again, unless the inner
 * one wrote it too. Numbers are never used twice. */
typedef struct NbUnit {
    uint64_t number, serial;
} NbUnit;
NbUnit nb_ctx_unit_push(NbCtx *ctx);
void nb_ctx_unit_pop(NbCtx *ctx, NbUnit around);

/* --- variables --- */

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
    uint64_t stamp, swept;
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
/* v holds the numbers of this earlier stamp again: what was computed from them is not stale. */
void nb_var_stamp_put(NbVar *v, uint64_t stamp);
/* The saved gradient as a new const, NULL when there was none; false when out of memory. */
bool nb_var_state_grad(const NbVarState *s, NbVar **out);
void nb_var_state_drop(NbVarState *s);
size_t nb_var_state_bytes(const NbVarState *s); /* held beside the struct, about */

/* --- trials: other numbers for a while, put back bit for bit --- */

enum {                     /* how */
       NB_TRIAL_GRADS = 1, /* gradients alone: the values do not change */
       NB_TRIAL_LOOK = 2   /* unseen: see nb_trial_begin */
};
typedef struct NbTrial NbTrial;

/* Takes down the values, gradients and stamps of everything behind root (may be NULL) and of n
 * more variables, borrowed until the end, which puts them back: nothing is stale then that was not,
 * and the other way round. Values that share the numbers of an operand follow it. What is written
 * between is reported to the touch hook as ever, and new graphs may be made.
 * A look is more: gradients are out of sight, writes and what is not finite are reported to nobody,
 * dropout masks stay, and the end sets the clock, the generators and the error back as well. Until
 * then the graph may be looked at, but not built on or released.
 * Trials end in the opposite order. New, or NULL with nb_ctx_err set. */
NbTrial *nb_trial_begin(NbVar *root, NbVar *const *more, size_t n, unsigned how);
/* As many numbers as the leaf has. false when the trial does not hold its value. */
bool nb_trial_write(NbTrial *t, NbVar *leaf, const double *numbers);
/* Forward from root, and the gradients of root in place of those held when it held any. */
NbStatus nb_trial_run(NbTrial *t);
void nb_trial_end(NbTrial **t); /* accepts NULL, leaves NULL */

/* Edges of one inner variable, as they are before nb_var_unchain; the same rules. */
typedef struct NbEdges {
    NbVar *var; /* reference */
    const NbOp *op;
    NbVar *in[2];   /* references */
    NbArg *arg;     /* of more than two operands */
    uint64_t swept; /* when a sweep began here; 0 never */
    uint16_t nin;
    uint8_t flags, kind, steps;
} NbEdges;

bool nb_edges_save(NbEdges *e, NbVar *v);
void nb_edges_swap(NbEdges *e);
void nb_edges_drop(NbEdges *e);

/* Bytes that would come free if one reference to each of these went away, about. */
size_t nb_vars_kept(NbVar *const *v, size_t n);

/* --- graphs made from parts that were written down: for load --- */

/* One variable with the value it had. An inner one is checked to be what its operation makes of
 * its operands, but for the numbers. */
typedef struct NbRebuild {
    NbKind kind;
    bool cut;        /* a const that was inner */
    bool steps;      /* one without gradient: nb_var_is_cut_step */
    bool past;       /* inner, and takes a gradient though its operands were cut: nb_var_is_past */
    const NbOp *op;  /* of an inner one, with n operands and perhaps options */
    const NbArg *in; /* borrowed */
    const NbAttrs *attrs;
    int n;
    uint32_t branch;  /* nb_var_branch */
    bool view;        /* of its first operand: no value of its own */
    bool boolean;     /* nb_var_is_bool */
    bool current;     /* not stale: the operation is tried on the operands as they are */
    double num;       /* of a scalar */
    NbTensor *tensor; /* taken; of others */
    uint64_t stamp;   /* see nb_ctx_stamps */
} NbRebuild;

/* New, or NULL with nb_ctx_err set. */
NbVar *nb_var_rebuild(NbCtx *ctx, NbRebuild *r);
/* The gradient it held: g (taken) of its shape, or as a graph (a reference is kept), or num of a
 * scalar; of a leaf, whether it was stale. */
NbStatus nb_var_rebuild_grad(NbVar *v, double num, NbTensor *g, NbVar *graph, uint32_t sweeps,
                             bool stale);
/* When all are: sweeps are taken to have begun at those whose gradient came from none of the
 * others. */
NbStatus nb_vars_swept(NbCtx *ctx, NbVar *const *v, size_t n);
/* A tensor of ones and zeros that comparisons made, and what only passes elements on: as an index
 * it selects where it is not 0. */
bool nb_var_is_bool(const NbVar *v);
void nb_var_set_bool(NbVar *v); /* of a tensor made just now */
bool nb_var_is_cut(const NbVar *v);
/* It took no gradient before: see nb_var_takes_grad. */
bool nb_var_is_cut_step(const NbVar *v);
/* Inner, with a gradient of its own, while unchain made constants of the operands that took one. */
bool nb_var_is_past(const NbVar *v);
uint64_t nb_var_stamp(const NbVar *v); /* newer ones are larger */
/* When the gradient of a leaf was computed: those of one sweep have the same. */
uint64_t nb_var_grad_stamp(const NbVar *v);
uint32_t nb_var_sweeps(const NbVar *v); /* as the state holds it */
/* n stamps newer than any so far; the first of them. */
uint64_t nb_ctx_stamps(NbCtx *ctx, uint64_t n);

/* --- optimizers --- */

/* Hyperparameter as it was given; NaN: that of another. */
double nb_optim_given(const NbOptim *o, int param);
/* In creation order among variables, see nb_var_serial. */
uint64_t nb_optim_serial(const NbOptim *o);
uint64_t nb_optim_runs(const NbOptim *o); /* how often reset, counted from 1 */
/* State as one object, for undo, race and save. */
typedef struct NbOptimState NbOptimState;
NbOptimState *nb_optim_save(const NbOptim *o); /* new, or NULL when out of memory */
void nb_optim_restore(NbOptim *o, const NbOptimState *s);
/* Exchanges the saved state with the present one, the list of parameters included; needs no memory.
 * A second call takes it back. */
void nb_optim_swap(NbOptim *o, NbOptimState *s);
bool nb_optim_same(const NbOptim *o, const NbOptimState *s); /* as o is now */
/* The hyperparameter as it was given; NaN: that of another. */
double nb_optim_saved(const NbOptimState *s, int param);
size_t nb_optim_state_bytes(const NbOptimState *s);
void nb_optim_state_free(NbOptimState **s);
/* State tensor k of parameter i (m, v of Adam), NULL before the first step; borrowed. */
const double *nb_optim_state(const NbOptim *o, int i, int k);
/* Writes state tensor k of parameter i from as many numbers as the parameter has, and the number
 * of steps made: back to an earlier step. Reported to the touch function like a step. */
NbStatus nb_optim_put_state(NbOptim *o, int i, int k, const double *numbers);
void nb_optim_put_runs(NbOptim *o, uint64_t runs);
/* A parameter with state is taken to have made all of these, unless told otherwise afterwards. */
void nb_optim_put_steps(NbOptim *o, uint64_t steps);
/* Steps in which parameter i had a gradient, since creation or the last reset, for rules that need
 * them (NbOptRule.prepare); 0 for others. */
uint64_t nb_optim_param_steps(const NbOptim *o, int i);
void nb_optim_put_param_steps(NbOptim *o, int i, uint64_t steps);
/* Before the first write to o in a unit (see NbHooks.touch). */
void nb_optim_touch(NbOptim *o); /* reports that o will be written to */
void nb_optim_on_touch(NbOptim *o, void (*fn)(void *user, NbOptim *o), void *user);

/* --- modules --- */

/* True when a call changes m itself: weights are to be drawn, or a state is kept. */
bool nb_module_changes(const NbModule *m);
/* Parameters (which there are, not their values), states and the name as one object, for undo. New,
 * or NULL when out of memory. Restoring puts back the very same variables. */
typedef struct NbModuleState NbModuleState;
NbModuleState *nb_module_save(const NbModule *m);
void nb_module_restore(NbModule *m, const NbModuleState *s);
/* Exchanges the saved state with the present one; needs no memory. A second call takes it back. */
void nb_module_swap(NbModule *m, NbModuleState *s);
bool nb_module_same(const NbModule *m, const NbModuleState *s); /* as m is now */
void nb_module_state_free(NbModuleState **s);
/* In creation order among variables, see nb_var_serial. */
uint64_t nb_module_serial(const NbModule *m);

/* Made from parts that were written down. As nb_module_new, but nothing is drawn: put gives what
 * was. */
NbModule *nb_module_rebuild(NbCtx *ctx, const NbLayer *layer, const NbSettingValue *value, int n);
/* Own parameter (a leaf) or state by name; keeps a reference. */
NbStatus nb_module_put(NbModule *m, const char *name, NbVar *v);
/* The name given from outside (interned, or NULL) and the module whose path comes before. */
void nb_module_put_name(NbModule *m, const char *name, const NbModule *parent);
const char *nb_module_lacks(const NbModule *m); /* a parameter still to be put; NULL: none */
const NbModule *nb_module_parent(const NbModule *m);

#ifdef __cplusplus
}
#endif

#endif

/* optimizer.h -- what an optimizer and a saved state of one consist of */
#ifndef NABLA_OPTIM_OPTIMIZER_H
#define NABLA_OPTIM_OPTIMIZER_H

#include <nabla/saved.h>

#include "optim/rules.h"

typedef struct Slot { /* one parameter */
    NbVar *var;
    double *state[NB_OPT_STATE]; /* in one block; NULL before the first step */
    uint64_t missed;             /* steps without it; counted by rules with factors of the number */
    bool lost;                   /* not finite since a step, which was told */
} Slot;

typedef struct Source {
    NbParamSource fn;
    void *user;
} Source;

struct NbOptim {
    NbCtx *ctx;
    const NbOptRule *rule;
    int nparam;
    double given[NB_OPT_PARAMS]; /* NaN: same as another */
    double value[NB_OPT_PARAMS];
    Slot *slot;                    /* those of modules follow the others */
    size_t n, cap;                 /* of the slots */
    size_t own;                    /* slots of no module */
    NbOptPart *part;               /* of the running step; room for n */
    double factor[NB_OPT_FACTORS]; /* of the running step, where the rule has any */
    NbVar **moved;                 /* and whose they are; borrowed */
    size_t part_cap, moved_cap;
    size_t scalars; /* n when the parts are scalars, all of them, as the last step left them */
    Source *source;
    size_t nsource, source_cap;
    Hook hook[NB_OPT_HOOKS];
    int nhook;
    size_t lost;    /* parameters of which that is so, at most */
    bool functions; /* hooks are among them that are functions of the caller's */
    bool stepping;  /* they run */
    double *copy;   /* gradients for hooks, all parameters in a row */
    size_t copy_cap;
    uint64_t steps, runs, touched;
    bool uneven;     /* a parameter may have missed steps */
    uint64_t serial; /* in creation order among variables */
    void (*on_touch)(void *user, NbOptim *o);
    void *touch_user;
};

struct NbOptimState {
    double given[NB_OPT_PARAMS];
    uint64_t steps, runs;
    int nstate;
    Slot *slot; /* with references and copies of what they held */
    size_t n, cap, own;
};

/* Before a write: told to whoever asked for it, once in a unit. */
void optim_touch(NbOptim *o);
/* Steps that were made without a parameter, for rules that count. */
void optim_put_missed(NbOptim *o, Slot *slot, uint64_t missed);
/* The hyperparameters in force, from those that were given. */
void optim_resolve(NbOptim *o);
int64_t optim_numbers(const NbVar *v);                    /* elements of a parameter */
size_t optim_state_size(const NbOptim *o, const Slot *s); /* bytes of its state */
/* Room for the state of a parameter, all 0, unless it is there. */
NbStatus optim_make_state(const NbOptim *o, Slot *s);
/* Moves the first parts of o->part, of o->moved, and tells what it made NaN or infinite; or not,
 * with NB_ENONFINITE. */
void optim_update(NbOptim *o, size_t parts);
NbStatus optim_update_or_not(NbOptim *o, size_t parts);

#endif

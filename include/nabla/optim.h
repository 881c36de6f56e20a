/* optim.h -- optimizers: one record per rule, hooks on gradients, state per parameter */
#ifndef NABLA_OPTIM_H
#define NABLA_OPTIM_H

#include <nabla/var.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NB_OPT_PARAMS 8
#define NB_OPT_STATE 2
#define NB_OPT_HOOKS 8

typedef struct NbOptParam {
    const char *name;
    double value;  /* default */
    double lo, hi; /* allowed: lo <= value < hi, or <= when hi_closed */
    bool hi_closed;
    bool flag;           /* shown as true/false */
    const char *same_as; /* while not set, has the value of this parameter */
    const char *needs;   /* means nothing, and is refused, where this parameter is 0 */
} NbOptParam;

#define NB_OPT_FACTORS 4

/* What depends only on the hyperparameters h and the step number t = 1, 2, … of a parameter: steps
 * without a gradient of it do not count. */
typedef void (*NbOptPrepare)(const double *h, uint64_t t, double *k);
/* A parameter in a step: n numbers p, to be updated in place from g (after hooks), with the state
 * s[i] (n numbers each, zero before the first step). */
typedef struct NbOptPart {
    double *p;
    const double *g;
    double *s[NB_OPT_STATE];
    int64_t n;
} NbOptPart;

/* One step of parameters with one step number: h the hyperparameters in order, k from prepare. */
typedef void (*NbOptUpdate)(const NbOptPart *part, size_t nparts, const double *h, const double *k);

typedef struct NbOptRule {
    const char *name;
    int nstate;
    const char *state[NB_OPT_STATE]; /* its letters in the formula */
    bool (*keeps)(const double *h);  /* with these hyperparameters there is any; NULL: always */
    NbOptParam param[NB_OPT_PARAMS]; /* ended by a NULL name; the learning rate is "lr" */
    NbOptPrepare prepare;            /* may be NULL */
    NbOptUpdate update;
    const char *formula; /* as in the reference: "v = μv − lr·g ; p = p + v" */
    const char *torch;   /* PyTorch's own, as NbOp.torch; {*}: the parameters */
    /* Ours in Python, of the same form, with hyperparameters that `torch` cannot have: any of those
     * named in own_if, any change of lr when that is "lr", and models, whose weights are drawn
     * later, when that is "model". NULL: never. */
    const char *torch_own, *own_if;
    const char *doc;
    const char *example;
    /* Above 0 for the one rule that is taken, with this lr, where none was asked for: by minimize.
     */
    double first_lr;
} NbOptRule;

typedef struct NbHookRule {
    const char *name;  /* weight_decay, clip_grad */
    const char *param; /* name of its one number */
    double lo, hi;
    const char *torch; /* as NbOp.torch, {x} for the number */
    /* Changes the copies g[0…n) of the gradients, sizes size[i], parameters p[i]. */
    void (*apply)(double *const g[], const double *const p[], const int64_t *size, int n,
                  double value);
    const char *formula, *doc, *example;
} NbHookRule;

/* Rules and hooks 0 … count − 1, in the order of help; find: NULL when unknown. */
int nb_opt_rule_count(void);
const NbOptRule *nb_opt_rule_at(int i);
const NbOptRule *nb_opt_rule_find(const char *name);
int nb_hook_rule_count(void);
const NbHookRule *nb_hook_rule_at(int i);
const NbHookRule *nb_hook_rule_find(const char *name);

typedef struct NbOptim NbOptim;

/* New, or NULL with nb_ctx_err set. h: the first n of the rule's hyperparameters, in its order; the
 * others, and all with NULL, keep their defaults. NB_EVALUE when one is out of its range, or the
 * rule has fewer. */
NbOptim *nb_optim_new(NbCtx *ctx, const NbOptRule *rule, const double *h, int n);
void nb_optim_free(NbOptim **o); /* accepts NULL, leaves NULL */
/* Keeps a reference to v, a leaf of the same context; one already there is not added twice. */
NbStatus nb_optim_add(NbOptim *o, NbVar *v);
/* Modules: asked for parameters at each step. fn returns parameter i; NULL at the end, or
 * with the context's error set. In the optimizer's order they follow the variables added one by
 * one, source by source as fn lists them, whenever they were drawn. */
typedef NbVar *(*NbParamSource)(void *user, int i);
NbStatus nb_optim_add_source(NbOptim *o, NbParamSource fn, void *user);
/* Hooks run at each step, in the order in which they were added, on copies of the gradients of all
 * parameters together. NB_EVALUE when value is out of the hook's range. */
NbStatus nb_optim_add_hook(NbOptim *o, const NbHookRule *hook, double value);
/* A hook of the caller's, called in its turn at each step, outside the graph, once for every
 * parameter that has a gradient. p stands for the parameter: a leaf of its own with the
 * parameter's name and value and the optimizer's copy of the gradient, which the function changes
 * (nb_var_set_grad); neither the parameter nor the gradient it holds is touched. Anything but
 * NB_OK, with the context's error set, and the step does not happen. `name` is for messages. */
typedef NbStatus (*NbHookFn)(void *user, NbVar *p);
NbStatus nb_optim_add_hook_fn(NbOptim *o, const char *name, NbHookFn fn, void *user);

const NbOptRule *nb_optim_rule(const NbOptim *o); /* borrowed, static */
/* Takes up the parameters that modules have drawn since the last look or step, reported to the
 * touch function when there are any; how many there are now. */
int nb_optim_gather(NbOptim *o);
int nb_optim_count(const NbOptim *o);                    /* parameters, as of then */
NbVar *nb_optim_at(const NbOptim *o, int i);             /* borrowed */
int nb_optim_position(const NbOptim *o, const NbVar *v); /* of v among those known; -1 */
int nb_optim_hooks(const NbOptim *o);
const char *nb_optim_hook_name(const NbOptim *o, int i); /* borrowed */
/* Hook i, and its number in *value; NULL when it is a function of the caller's. */
const NbHookRule *nb_optim_hook(const NbOptim *o, int i, double *value);
/* Hyperparameter `param` of the rule as it is in force. */
double nb_optim_get(const NbOptim *o, int param);
/* NB_EVALUE, naming the parameter and its range, when out of range. */
NbStatus nb_optim_set(NbOptim *o, int param, double v);
/* The same by name, "lr": NaN, or NB_ENAME, when the rule has no such hyperparameter. */
double nb_optim_get_named(const NbOptim *o, const char *param);
NbStatus nb_optim_set_named(NbOptim *o, const char *param, double v);
/* Forgets the gradients of all its parameters, those of modules included. */
NbStatus nb_optim_clear_grads(NbOptim *o);
uint64_t nb_optim_steps(const NbOptim *o); /* since creation or the last reset */

/* One update of every parameter that has a gradient. *skipped (may be NULL): how many had none.
 * NB_EVALUE when none has a gradient (nothing is changed). Parameters that it makes NaN or infinite
 * are told to NbHooks.nonfinite; with NB_NAN_ERROR nothing is changed then, and NB_ENONFINITE. */
NbStatus nb_optim_step(NbOptim *o, int *skipped);
void nb_optim_reset(NbOptim *o); /* state and step number to zero; hyperparameters stay */

#ifdef __cplusplus
}
#endif

#endif

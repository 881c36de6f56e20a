/* rules.h -- records of the optimizer rules and hooks, gathered by optim.c */
#ifndef NABLA_OPTIM_RULES_H
#define NABLA_OPTIM_RULES_H

#include <nabla/optim.h>

/* A hook in force: of a rule with its number, or a function. */
typedef struct Hook {
    const NbHookRule *rule;
    double value;
    const char *name; /* of a function; interned */
    NbHookFn fn;
    void *user;
} Hook;

/* One parameter of a step: a reference, and n numbers, the copy of its gradient. */
typedef struct HookPart {
    NbVar *var;
    double *g;
    int64_t n;
} HookPart;

/* Runs them in order on the copies. */
NbStatus hooks_run(NbCtx *ctx, const Hook *hook, int nhooks, const HookPart *part, size_t parts);

extern const NbOptRule nb_rule_sgd, nb_rule_momentum, nb_rule_nesterov;
extern const NbOptRule nb_rule_adam, nb_rule_adamw, nb_rule_rmsprop, nb_rule_adagrad;
extern const NbHookRule nb_hook_weight_decay, nb_hook_clip_grad;

#endif

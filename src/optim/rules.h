/* rules.h -- records of the optimizer rules and hooks, gathered by registry.c */
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

/* --- records, in the order of help; X(file-local name) --- */
/* clang-format off */
#define NB_RULES(X)                                                                                \
    X(sgd) X(momentum) X(adam) X(adamw) X(rmsprop) X(adagrad) X(nesterov)
#define NB_HOOKS(X)                                                                                \
    X(weight_decay) X(clip_grad)
/* clang-format on */

#define NB_DECLARE_RULE(name) extern const NbOptRule nb_rule_##name;
#define NB_DECLARE_HOOK(name) extern const NbHookRule nb_hook_##name;
NB_RULES(NB_DECLARE_RULE)
NB_HOOKS(NB_DECLARE_HOOK)

#endif

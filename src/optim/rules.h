/* rules.h -- records of the optimizer rules and hooks, gathered by optim.c */
#ifndef NABLA_OPTIM_RULES_H
#define NABLA_OPTIM_RULES_H

#include <nabla/optim.h>

extern const NbOptRule nb_rule_sgd, nb_rule_momentum, nb_rule_nesterov;
extern const NbOptRule nb_rule_adam, nb_rule_adamw, nb_rule_rmsprop, nb_rule_adagrad;
extern const NbHookRule nb_hook_weight_decay, nb_hook_clip_grad;

#endif

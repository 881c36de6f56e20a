/* registry.c -- the lists of all optimizer rules and hooks, in the order of help */
#include <string.h>

#include "optim/rules.h"

#define ADDRESS(name) &nb_rule_##name,
#define HOOK_ADDRESS(name) &nb_hook_##name,
static const NbOptRule *const rules[] = {NB_RULES(ADDRESS)};
static const NbHookRule *const hooks[] = {NB_HOOKS(HOOK_ADDRESS)};

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int nb_opt_rule_count(void)
{
    return COUNT(rules);
}

const NbOptRule *nb_opt_rule_at(int i)
{
    return i >= 0 && i < COUNT(rules) ? rules[i] : NULL;
}

const NbOptRule *nb_opt_rule_find(const char *name)
{
    for (int i = 0; name && i < COUNT(rules); i++) {
        if (strcmp(rules[i]->name, name) == 0) {
            return rules[i];
        }
    }
    return NULL;
}

int nb_hook_rule_count(void)
{
    return COUNT(hooks);
}

const NbHookRule *nb_hook_rule_at(int i)
{
    return i >= 0 && i < COUNT(hooks) ? hooks[i] : NULL;
}

const NbHookRule *nb_hook_rule_find(const char *name)
{
    for (int i = 0; name && i < COUNT(hooks); i++) {
        if (strcmp(hooks[i]->name, name) == 0) {
            return hooks[i];
        }
    }
    return NULL;
}

/* registry.c -- the list of all layers, in the order of help */
#include <string.h>

#include "nn/module.h"

#define ADDRESS(name) &nb_layer_##name,
static const NbLayer *const all[] = {NB_LAYERS(ADDRESS)};

int nb_layer_count(void)
{
    return (int)(sizeof all / sizeof *all);
}

const NbLayer *nb_layer_at(int i)
{
    return i >= 0 && i < nb_layer_count() ? all[i] : NULL;
}

const NbLayer *nb_layer_find(const char *name)
{
    for (int i = 0; name && i < nb_layer_count(); i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}

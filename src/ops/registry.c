/* registry.c -- the list of all operations, in the order of help */
#include <string.h>

#include "ops/ops.h"

#define ADDRESS(name) &nb_op_##name,
static const NbOp *const all[] = {NB_OPS(ADDRESS) NB_OPS_HIDDEN(ADDRESS)};

int nb_op_count(void)
{
    return (int)(sizeof all / sizeof *all);
}

const NbOp *nb_op_at(int i)
{
    return all[i];
}

const NbOp *nb_op_find(const char *name)
{
    for (int i = 0; i < nb_op_count(); i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}

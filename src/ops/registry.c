/* registry.c -- the list of all operations, in the order of help; contexts that know them */
#include <string.h>

#include "graph/made_of.h"
#include "ops/ops.h"

#define ADDRESS(name) &nb_op_##name,
static const NbOp *const all[] = {NB_OPS(ADDRESS) NB_OPS_HIDDEN(ADDRESS)};

int nb_op_count(void)
{
    return (int)(sizeof all / sizeof *all);
}

const NbOp *nb_op_at(int i)
{
    return i >= 0 && i < nb_op_count() ? all[i] : NULL;
}

const NbOp *nb_op_find(const char *name)
{
    for (int i = 0; name && i < nb_op_count(); i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}

NbCtx *nb_ctx_new(void)
{
    static const NbSweepOps sweeps = {.add = &nb_op_add,
                                      .sum_to = &nb_op_sum_to,
                                      .broadcast_to = &nb_op_broadcast_to,
                                      .where = &nb_op_where};
    return nb_graph_ctx_new(&sweeps);
}

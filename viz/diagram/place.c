/* place.c -- graphs handed to the layout worker */
#include "place.h"

#include <stdlib.h>

NbStatus nb_viz_layout_model(NbLayouter *l, const NbModel *m, const NbPoint *size, bool upright,
                             NbErr *err)
{
    bool *oval = calloc(m->nnodes + 1, sizeof *oval);
    uint32_t *from = calloc(m->nedges + 1, sizeof *from);
    uint32_t *to = calloc(m->nedges + 1, sizeof *to);
    NbStatus status;
    if (oval && from && to) {
        for (size_t i = 0; i < m->nnodes; i++) {
            oval[i] = m->node[i].kind == NB_NODE_OP;
        }
        for (size_t i = 0; i < m->nedges; i++) {
            from[i] = m->edge[i].from;
            to[i] = m->edge[i].to;
        }
        NbLayoutJob job = {.nnodes = m->nnodes,
                           .size = size,
                           .oval = oval,
                           .nedges = m->nedges,
                           .from = from,
                           .to = to,
                           .upright = upright,
                           .tight = m->locals};
        status = nb_viz_layout_start(l, &job, err);
    } else {
        status = nb_fail(err, NB_EMEM, "out of memory drawing a graph");
    }
    free(oval);
    free(from);
    free(to);
    return status;
}

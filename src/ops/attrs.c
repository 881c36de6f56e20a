/* attrs.c -- life of the options of an operation */
#include <string.h>

#include "base/mem.h"
#include <nabla/op.h>

void nb_attrs_init(NbAttrs *a)
{
    memset(a, 0, sizeof *a);
    a->naxes = -1;
}

void nb_attrs_free(NbAttrs *a)
{
    for (int i = 0; i < a->nindex; i++) {
        nb_free(a->index[i].list);
        a->index[i].list = NULL;
    }
    a->nindex = 0;
}

NbStatus nb_attrs_copy(NbAttrs *to, const NbAttrs *from, NbErr *err)
{
    *to = *from;
    to->nindex = 0;
    for (int i = 0; i < from->nindex; i++) {
        to->index[i] = from->index[i];
        size_t bytes = (size_t)from->index[i].nlist * sizeof(int64_t);
        if (from->index[i].list) {
            to->index[i].list = nb_alloc(bytes);
            if (!to->index[i].list) {
                nb_attrs_free(to);
                return nb_fail(err, NB_EMEM, "out of memory for an index");
            }
            memcpy(to->index[i].list, from->index[i].list, bytes);
        }
        to->nindex = i + 1;
    }
    return NB_OK;
}

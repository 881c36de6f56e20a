/* slab_wasi.c -- aligned blocks where memory cannot be mapped: in a page */
#include "base/slab.h"

#include <stdlib.h>

#include "base/mem.h"

void *nb_slab_new(bool huge)
{
    (void)huge;
    void *slab = nb_mem_take(NB_SLAB_BYTES) ? aligned_alloc(NB_SLAB_BYTES, NB_SLAB_BYTES) : NULL;
    if (!slab) {
        nb_mem_give(NB_SLAB_BYTES);
    }
    return slab;
}

void nb_slab_free(void *slab)
{
    free(slab);
    nb_mem_give(NB_SLAB_BYTES);
}

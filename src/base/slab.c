/* slab.c -- aligned blocks straight from the system */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise */
#include "base/slab.h"

#include <sys/mman.h>

#include "base/mem.h"

void *nb_slab_new(bool huge)
{
    void *gate = nb_alloc(1); /* lets tests make slabs fail too */
    nb_free(gate);
    if (!gate || !nb_mem_take(NB_SLAB_BYTES)) {
        return NULL;
    }
    uint8_t *p =
        mmap(NULL, 2 * NB_SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        nb_mem_give(NB_SLAB_BYTES);
        return NULL;
    }
    size_t before = -(uintptr_t)p & (NB_SLAB_BYTES - 1);
    if (before > 0) {
        munmap(p, before);
    }
    if (before < NB_SLAB_BYTES) {
        munmap(p + before + NB_SLAB_BYTES, NB_SLAB_BYTES - before);
    }
    if (huge) {
        madvise(p + before, NB_SLAB_BYTES, MADV_HUGEPAGE);
    }
    nb_mem_root(p + before, NB_SLAB_BYTES);
    return p + before;
}

void nb_slab_free(void *slab)
{
    nb_mem_unroot(slab, NB_SLAB_BYTES);
    nb_mem_show(slab, NB_SLAB_BYTES);
    munmap(slab, NB_SLAB_BYTES);
    nb_mem_give(NB_SLAB_BYTES);
}

/* slab.h -- aligned blocks of 2 MB: what lies in one finds its beginning from its own address */
#ifndef NABLA_BASE_SLAB_H
#define NABLA_BASE_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NB_SLAB_BYTES ((size_t)2 << 20)

/* New block, its bytes 0, or NULL when out of memory. Only pages that are touched cost memory;
 * huge: one large page is asked for, which spares a large graph its page faults. */
void *nb_slab_new(bool huge);
void nb_slab_free(void *slab);

/* The beginning of the block around p. */
static inline void *nb_slab_of(const void *p)
{
    return (void *)((uintptr_t)p & ~(uintptr_t)(NB_SLAB_BYTES - 1));
}

#endif

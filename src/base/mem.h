/* mem.h -- the one door to the allocator, so that tests can make it fail */
#ifndef NABLA_BASE_MEM_H
#define NABLA_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All return NULL when out of memory; nb_free accepts NULL. */
void *nb_alloc(size_t bytes);
void *nb_calloc(size_t n, size_t size);
void *nb_realloc(void *p, size_t bytes);
void nb_free(void *p);

/* Grows the array *p of *cap elements of `size` bytes to at least `need`; false when out of
 * memory or too large (nothing changed). */
bool nb_grow(void **p, size_t *cap, size_t need, size_t size);

/* a * b in *out; false on overflow. */
static inline bool nb_mul_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* For tests: the n-th allocation from now fails (1 the next one), and with `forever` all after
 * it; 0 switches off. Returns how many allocations ran since the last call. */
uint64_t nb_mem_fail_at(uint64_t n, bool forever);

#endif

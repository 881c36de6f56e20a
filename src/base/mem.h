/* mem.h -- the one door to the allocator, so that tests can make it fail */
#ifndef NABLA_BASE_MEM_H
#define NABLA_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Released memory that is kept for reuse hides mistakes from checkers. Under one (make SAN=1,
 * make valgrind-test) less is kept, and what is must not be touched between hide and show. */
#if defined(NB_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#define NB_RECYCLE false
#define nb_mem_hide(p, bytes) ASAN_POISON_MEMORY_REGION(p, bytes)
#define nb_mem_show(p, bytes) ASAN_UNPOISON_MEMORY_REGION(p, bytes)
/* Memory of the system's that holds pointers: what they lead to is no leak. */
#define nb_mem_root(p, bytes) __lsan_register_root_region(p, bytes)
#define nb_mem_unroot(p, bytes) __lsan_unregister_root_region(p, bytes)
#elif defined(NB_VALGRIND)
#include <valgrind/memcheck.h>
#define NB_RECYCLE false
#define nb_mem_hide(p, bytes) ((void)VALGRIND_MAKE_MEM_NOACCESS(p, bytes))
#define nb_mem_show(p, bytes) ((void)VALGRIND_MAKE_MEM_DEFINED(p, bytes))
#else
#define NB_RECYCLE true
#define nb_mem_hide(p, bytes) ((void)(p))
#define nb_mem_show(p, bytes) ((void)(p))
#endif
#if !defined(NB_ASAN)
#define nb_mem_root(p, bytes) ((void)(p))
#define nb_mem_unroot(p, bytes) ((void)(p))
#endif

/* All return NULL when out of memory; nb_free accepts NULL. */
void *nb_alloc(size_t bytes);
void *nb_calloc(size_t n, size_t size);
void *nb_realloc(void *p, size_t bytes);
void nb_free(void *p);

/* Grows the array that the pointer at `array` leads to, *cap elements of `size` bytes, to at least
 * `need`; false when out of memory or too large (nothing changed). */
bool nb_grow(void *array, size_t *cap, size_t need, size_t size);

/* a * b in *out; false on overflow. */
static inline bool nb_mul_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* Values and nodes of the process together take at most so many bytes; 0: no limit. */
void nb_mem_limit(size_t bytes);
/* For a block of values or nodes about to be asked for: false when it does not fit in the limit,
 * else it counts until nb_mem_give. */
bool nb_mem_take(size_t bytes);
void nb_mem_give(size_t bytes);

/* For tests: the n-th allocation from now fails (1 the next one), and with `forever` all after
 * it; 0 switches off. Returns how many allocations ran since the last call. */
uint64_t nb_mem_fail_at(uint64_t n, bool forever);

#endif

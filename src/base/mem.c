/* mem.c -- the one door to the allocator, with a switch that makes it fail */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

/* The mutable state outside a context. The limit is of the process, as memory is. */
static _Atomic size_t taken, limit;

/* Off unless a test switches it on, for its own thread. */
static _Thread_local uint64_t fail_at, counted;
static _Thread_local bool fail_forever;

static bool refused(void)
{
    counted++;
    if (fail_at == 0) {
        return false;
    }
    if (fail_at > 1) {
        fail_at--;
        return false;
    }
    if (!fail_forever) {
        fail_at = 0;
    }
    return true;
}

uint64_t nb_mem_fail_at(uint64_t n, bool forever)
{
    uint64_t ran = counted;
    counted = 0;
    fail_at = n;
    fail_forever = forever;
    return ran;
}

#define LARGE ((size_t)4 << 20)

static void *advised(void *p, size_t bytes)
{
    if (p && bytes >= LARGE) {
        nb_pages_advise(p, bytes);
    }
    return p;
}

void *nb_alloc(size_t bytes)
{
    return refused() ? NULL : advised(malloc(bytes ? bytes : 1), bytes);
}

void *nb_calloc(size_t n, size_t size)
{
    if (refused()) {
        return NULL;
    }
    void *p = calloc(n ? n : 1, size ? size : 1);
    return advised(p, p ? n * size : 0);
}

void *nb_realloc(void *p, size_t bytes)
{
    return refused() ? NULL : realloc(p, bytes ? bytes : 1);
}

void nb_free(void *p)
{
    free(p);
}

void nb_mem_limit(size_t bytes)
{
    atomic_store(&limit, bytes);
}

bool nb_mem_take(size_t bytes)
{
    size_t most = atomic_load_explicit(&limit, memory_order_relaxed);
    size_t before = atomic_fetch_add_explicit(&taken, bytes, memory_order_relaxed);
    if (most == 0 || (bytes <= most && before <= most - bytes)) {
        return true;
    }
    nb_mem_give(bytes);
    return false;
}

void nb_mem_give(size_t bytes)
{
    atomic_fetch_sub_explicit(&taken, bytes, memory_order_relaxed);
}

bool nb_grow(void *array, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) {
        return true;
    }
    size_t want = *cap < 8 ? 8 : *cap + *cap / 2;
    if (want < need) {
        want = need;
    }
    size_t bytes;
    if (!nb_mul_size(want, size, &bytes)) {
        return false;
    }
    void *p;
    memcpy(&p, array, sizeof p);
    p = nb_realloc(p, bytes);
    if (!p) {
        return false;
    }
    memcpy(array, &p, sizeof p);
    *cap = want;
    return true;
}

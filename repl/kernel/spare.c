/* spare.c -- memory put aside, with which a kernel still answers when there is none */
#include "kernel/spare.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define SPARE_BYTES ((size_t)1 << 20)

/* The calls that cJSON makes for memory carry nothing of ours. */
static _Atomic(void *) spare;

/* There was some. */
static bool give_back(void)
{
    void *p = atomic_exchange(&spare, NULL);
    free(p);
    return p;
}

void *spare_malloc(size_t size)
{
    void *p = malloc(size);
    return p || size == 0 || !give_back() ? p : malloc(size);
}

void *spare_realloc(void *p, size_t size)
{
    void *grown = realloc(p, size);
    return grown || size == 0 || !give_back() ? grown : realloc(p, size);
}

char *spare_strndup(const char *text, size_t n)
{
    size_t len = strnlen(text, n);
    char *copy = spare_malloc(len + 1);
    if (copy) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

void spare_begin(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = spare_malloc, .free_fn = free});
    spare_fill();
}

void spare_fill(void)
{
    if (!atomic_load(&spare)) {
        atomic_store(&spare, malloc(SPARE_BYTES));
    }
}

void spare_end(void)
{
    give_back();
}

/* refuse.c -- requests for memory of this program and its libraries of ours that are refused */
#include "refuse.h"

#include <stddef.h>
#include <stdio.h>

static struct {
    long at; /* the request that is refused; 0: none */
    long calls;
    bool after; /* all after it too */
    long paused;
} refuse;

void refuse_at(long n, bool after)
{
    refuse.calls = 0;
    refuse.after = after;
    refuse.at = n;
}

bool refuse_nothing(void)
{
    const bool met = refuse.at > 0 && refuse.calls >= refuse.at;
    refuse.at = 0;
    return met;
}

void refuse_pause(void)
{
    refuse.paused = refuse.at;
    refuse.at = 0;
}

void refuse_go_on(void)
{
    refuse.at = refuse.paused;
}

/* A debugger stops here. */
__attribute__((noinline)) static bool refused_here(void)
{
    __asm__ volatile("");
    return true;
}

static inline bool refused(void)
{
    if (refuse.at == 0) {
        return false;
    }
    refuse.calls++;
    return (refuse.calls == refuse.at || (refuse.after && refuse.calls > refuse.at)) &&
           refused_here();
}

/* The library's function has this name only where the linker wraps it: in other programs, which
 * never come here, it is absent. */
#define WRAP(result, name, types, arguments)                                                       \
    __attribute__((weak)) result __real_##name types;                                              \
    result __wrap_##name types;                                                                    \
    result __wrap_##name types                                                                     \
    {                                                                                              \
        return refused() ? NULL : __real_##name arguments;                                         \
    }

WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(void *, aligned_alloc, (size_t to, size_t n), (to, n))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))
WRAP(FILE *, open_memstream, (char **text, size_t *n), (text, n))

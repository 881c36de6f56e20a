/* stack.c -- the limit of the C stack */
#include "base/stack.h"

#include <sys/resource.h>

#define SPARE ((size_t)192 << 10)
#define MOST ((size_t)6 << 20)

size_t nb_stack_limit(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_STACK, &r) != 0 || r.rlim_cur == RLIM_INFINITY) {
        return MOST;
    }
    size_t size = (size_t)r.rlim_cur;
    size_t limit = size > 2 * SPARE ? size - SPARE : size / 2;
    return limit < MOST ? limit : MOST;
}

/* stack_wasi.c -- the limit of the C stack in a page */
#include "base/stack.h"

/* What has an address lies on a stack of its own, of 8 MB; the rest on the browser's, about 1 MB,
 * which nobody can look at and which ends the program when it is full. Both grow together: this
 * much of the first stands for less than two thirds of the second. */
#define LIMIT ((size_t)160 << 10)

size_t nb_stack_limit(void)
{
    return LIMIT;
}

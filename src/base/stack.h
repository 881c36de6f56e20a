/* stack.h -- how deep the C stack is, for what recurses over the user's nesting */
#ifndef NABLA_BASE_STACK_H
#define NABLA_BASE_STACK_H

#include <stddef.h>
#include <stdint.h>

/* About the address of the caller's frame; never 0. */
static inline uintptr_t nb_stack_here(void)
{
    return (uintptr_t)__builtin_frame_address(0);
}

/* Bytes between two such addresses, whichever way the stack grows. */
static inline size_t nb_stack_between(uintptr_t a, uintptr_t b)
{
    return a > b ? a - b : b - a;
}

/* How many bytes nested calls may use: the process's limit less a reserve for what they call, at
 * most 6 MB. */
size_t nb_stack_limit(void);

#endif

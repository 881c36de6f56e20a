/* pages.c -- what the system is told about large blocks of memory */
#define _DEFAULT_SOURCE /* madvise */
#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)

/* First touches of small pages cost ten times the work itself. */
void nb_pages_advise(void *p, size_t bytes)
{
    char *from = (char *)p + (-(uintptr_t)p & (PAGE - 1));
    madvise(from, (bytes - PAGE) & ~(PAGE - 1), MADV_HUGEPAGE);
}

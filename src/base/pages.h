/* pages.h -- what the system is told about large blocks of memory */
#ifndef NABLA_BASE_PAGES_H
#define NABLA_BASE_PAGES_H

#include <stddef.h>

/* Large pages would suit the block p of more than a page. */
void nb_pages_advise(void *p, size_t bytes);

#endif

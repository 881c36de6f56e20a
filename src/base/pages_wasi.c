/* pages_wasi.c -- a page in the browser has no pages of memory to choose from */
#include "base/pages.h"

void nb_pages_advise(void *p, size_t bytes)
{
    (void)p;
    (void)bytes;
}

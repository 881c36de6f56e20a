/* spare.h -- memory put aside, with which a kernel still answers when there is none */
#ifndef NABLA_KERNEL_SPARE_H
#define NABLA_KERNEL_SPARE_H

#include <stddef.h>

/* As those of the C library, from any thread. What is refused is asked for again after the memory
 * put aside was given back. */
void *spare_malloc(size_t size);
void *spare_realloc(void *p, size_t size);
char *spare_strndup(const char *text, size_t n);

void spare_begin(void); /* puts memory aside; JSON is made with it from then on */
void spare_fill(void);  /* again, when it was given back */
void spare_end(void);

#endif

/* logo.h -- the program's sign in the list of kernels */
#ifndef NABLA_KERNEL_LOGO_H
#define NABLA_KERNEL_LOGO_H

#include <stddef.h>

extern const char logo_svg[];
/* As PNG, size by size px; new, for free(). NULL when out of memory. */
char *logo_png(int size, size_t *n);

#endif

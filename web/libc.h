/* libc.h -- the few calls of POSIX that wasi-libc leaves out; put before every file of the page */
#ifndef NABLA_WEB_LIBC_H
#define NABLA_WEB_LIBC_H

#include <sys/types.h>

/* There are no rights in a page's files, and no links. */
int chmod(const char *path, mode_t mode);
char *realpath(const char *restrict path, char *restrict to);

#endif

/* libc.c -- the few calls of POSIX that wasi-libc leaves out */
#include "web/libc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int chmod(const char *path, mode_t mode)
{
    (void)path;
    (void)mode;
    return 0;
}

/* There are no links. */
char *realpath(const char *restrict path, char *restrict to)
{
    if (access(path, F_OK) != 0) {
        return NULL;
    }
    return to ? strcpy(to, path) : strdup(path);
}

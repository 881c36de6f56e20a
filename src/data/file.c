/* file.c -- the whole contents of a file, as contexts read them */
#include "base/file.h"

#include <nabla/data.h>

_Static_assert(NB_FILE_MAX == NB_FILE_MOST, "the same limit");

char *nb_file_read(NbCtx *ctx, const char *path, size_t *len, NbErr *err)
{
    if (!ctx || !path || !len) {
        return NULL;
    }
    return nb_file_bytes(path, nb_ctx_err(ctx)->stop, len, err);
}

char *nb_file_read_open(NbCtx *ctx, int fd, const char *path, size_t *len, NbErr *err)
{
    if (!ctx || !len) {
        return NULL;
    }
    return nb_file_bytes_open(fd, path, nb_ctx_err(ctx)->stop, len, err);
}

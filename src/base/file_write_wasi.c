/* file_write_wasi.c -- files written whole or not at all in a page, where they lie in memory */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static NbStatus fail_path(NbErr *err, const char *path, int code)
{
    if (code == EISDIR) {
        return nb_fail(err, NB_EIO, "cannot write %s: it is a folder", path);
    }
    nb_fail(err, NB_EIO, "cannot write %s: %s", path, strerror(code));
    if (code == ENOENT) {
        nb_hint(err, "the folder does not exist");
    }
    return NB_EIO;
}

/* The bytes become a file under another name first: an old one stays when there is no room. */
NbStatus nb_file_write(const char *path, const char *data, size_t size, NbStop stop, NbErr *err)
{
    static const char temp[] = ".nabla-write";
    (void)stop;
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC, 0666), code = fd < 0 ? errno : 0;
    for (size_t done = 0; !code && done < size;) {
        ssize_t n = write(fd, data + done, size - done);
        code = n < 0 ? errno : 0;
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0 && close(fd) != 0 && !code) {
        code = errno;
    }
    if (!code && rename(temp, path) != 0) {
        code = errno;
    }
    if (code) {
        unlink(temp);
        return fail_path(err, path, code);
    }
    return NB_OK;
}

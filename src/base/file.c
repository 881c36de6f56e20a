/* file.c -- the whole contents of a file, stopped by Ctrl-C and by a limit on its size */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define FIRST_BYTES 16384
#define LOOK_MS 100 /* between two looks at Ctrl-C while nothing comes */

static NbStatus fail_path(NbErr *err, const char *path, int code)
{
    if (!*path) {
        return nb_fail(err, NB_EIO, "cannot read a file whose name is empty");
    }
    switch (code) {
    case ENOENT: return nb_fail(err, NB_EIO, "cannot read %s: there is no such file", path);
    case EISDIR: return nb_fail(err, NB_EIO, "cannot read %s: it is a folder", path);
    case ENOMEM: return nb_fail(err, NB_EMEM, "out of memory reading %s", path);
    default: return nb_fail(err, NB_EIO, "cannot read %s: %s", path, strerror(code));
    }
}

static NbStatus too_large(NbErr *err, const char *path)
{
    return nb_fail(err, NB_EVALUE, "%s is larger than %g GB, the most that is read", path,
                   (double)NB_FILE_MOST / 1e9);
}

static bool stopped(NbStop stop)
{
    return stop && *stop;
}

/* Waits until something can be read from a pipe or terminal; false after Ctrl-C. */
static bool wait_for(NbStop stop, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (!stopped(stop)) {
        int n = poll(&p, 1, LOOK_MS);
        if (n > 0 || (n < 0 && errno != EINTR)) {
            return true;
        }
    }
    return false;
}

typedef struct Contents {
    char *text;
    size_t len, cap;
} Contents;

static NbStatus read_rest(NbStop stop, int fd, const char *path, bool waits, Contents *c,
                          NbErr *err)
{
    for (;;) {
        if (!nb_grow(&c->text, &c->cap, c->len + FIRST_BYTES, 1)) {
            return fail_path(err, path, ENOMEM);
        }
        if (stopped(stop) || (waits && !wait_for(stop, fd))) {
            return nb_fail(err, NB_EINTERRUPT, "stopped");
        }
        ssize_t n = read(fd, c->text + c->len, c->cap - c->len - 1);
        if (n == 0) {
            c->text[c->len] = '\0';
            return NB_OK;
        }
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            return fail_path(err, path, errno);
        }
        c->len += n > 0 ? (size_t)n : 0;
        if (c->len > NB_FILE_MOST) {
            return too_large(err, path);
        }
    }
}

char *nb_file_bytes(const char *path, NbStop stop, size_t *len, NbErr *err)
{
    /* without O_NONBLOCK a pipe nobody writes to would hold open() past Ctrl-C */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        fail_path(err, path, errno);
        return NULL;
    }
    return nb_file_bytes_open(fd, path, stop, len, err);
}

char *nb_file_bytes_open(int fd, const char *path, NbStop stop, size_t *len, NbErr *err)
{
    Contents c = {0};
    struct stat st;
    if (fstat(fd, &st) != 0) {
        fail_path(err, path, errno);
        close(fd);
        return NULL;
    }
    NbStatus s = NB_OK;
    if (S_ISDIR(st.st_mode)) {
        s = fail_path(err, path, EISDIR);
    } else if (S_ISREG(st.st_mode) && st.st_size > (off_t)NB_FILE_MOST) {
        s = too_large(err, path);
    } else {
        s = read_rest(stop, fd, path, !S_ISREG(st.st_mode), &c, err);
    }
    close(fd);
    if (s != NB_OK) {
        nb_free(c.text);
        return NULL;
    }
    *len = c.len;
    return c.text;
}

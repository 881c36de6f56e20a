/* file_write.c -- files written whole or not at all; pipes and devices written directly */
#define _XOPEN_SOURCE 700 /* realpath */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

#define LOOK_MS 100   /* between two looks at Ctrl-C while a pipe takes nothing */
#define READER_MS 500 /* as in `cat p & nabla …`, a reader may be about to come */
#define RETRY_MS 10
#define MOST_LINKS 40 /* one behind the other, as the system has it */

typedef const volatile sig_atomic_t *Flag;

typedef struct Bytes {
    const char *data;
    size_t size;
} Bytes;

static NbStatus fail_path(NbErr *err, const char *path, int code)
{
    if (code == ENOMEM) {
        return nb_fail(err, NB_EMEM, "out of memory writing %s", path);
    }
    if (code == ECANCELED) {
        return nb_fail(err, NB_EINTERRUPT, "stopped");
    }
    if (code == ENXIO) {
        return nb_fail(err, NB_EIO, "cannot write %s: nobody reads from it", path);
    }
    if (code == EISDIR) {
        return nb_fail(err, NB_EIO, "cannot write %s: it is a folder", path);
    }
    nb_fail(err, NB_EIO, "cannot write %s: %s", path, strerror(code));
    if (code == ENOENT) {
        nb_hint(err, "the folder does not exist");
    } else if (code == ENOSPC || code == EDQUOT) {
        nb_hint(err, "the disk is full; nothing was written");
    } else if (code == EFBIG) {
        nb_hint(err, "a limit on the size of files (ulimit -f) was reached; nothing was written");
    } else if (code == EACCES || code == EROFS || code == EPERM) {
        nb_hint(err, "choose a folder you may write to");
    }
    return NB_EIO;
}

/* 0, ECANCELED after Ctrl-C, or an errno. */
static int wait_for_room(int fd, Flag stop)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    for (;;) {
        if (stop && *stop) {
            return ECANCELED;
        }
        int n = poll(&p, 1, LOOK_MS);
        if (n > 0) {
            return 0;
        }
        if (n < 0 && errno != EINTR) {
            return errno;
        }
    }
}

static int write_all(int fd, const Bytes *b, Flag stop)
{
    for (size_t done = 0; done < b->size;) {
        ssize_t n = write(fd, b->data + done, b->size - done);
        int code = n < 0 ? errno : 0;
        if (code == EAGAIN || code == EWOULDBLOCK) {
            code = wait_for_room(fd, stop);
        } else if (code == EINTR) {
            code = stop && *stop ? ECANCELED : 0;
        }
        if (code != 0) {
            return code;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* What close says counts, except that a signal came: the descriptor is closed then too. */
static int close_file(int fd, int code)
{
    return close(fd) != 0 && code == 0 && errno != EINTR ? errno : code;
}

/* Some file systems report a full disk only here; others cannot sync at all. */
static int sync_file(int fd)
{
    while (fsync(fd) != 0) {
        if (errno != EINTR) {
            return errno == EINVAL || errno == ENOTSUP ? 0 : errno;
        }
    }
    return 0;
}

/* --- pipes, devices, and where the program prints --- */

static NbStatus save_direct(const char *path, const Bytes *b, Flag stop, NbErr *err)
{
    /* a pipe nobody reads would hold open() past Ctrl-C */
    const int how = O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
    int fd = open(path, how);
    for (int ms = 0; fd < 0 && errno == ENXIO && ms < READER_MS && !(stop && *stop);
         ms += RETRY_MS) {
        nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
        fd = open(path, how);
    }
    if (fd < 0) {
        return fail_path(err, path, errno);
    }
    int code = close_file(fd, write_all(fd, b, stop));
    return code ? fail_path(err, path, code) : NB_OK;
}

/* The file is the one behind this descriptor, as with /dev/stdout. */
static bool is_open_as(int fd, const struct stat *file)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

static NbStatus save_printed(const char *path, int fd, const Bytes *b, Flag stop, NbErr *err)
{
    int code = fflush(stdout) != 0 ? errno : write_all(fd, b, stop);
    return code ? fail_path(err, path, code) : NB_OK;
}

/* --- files --- */

/* Permissions a new file would get. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* For the person, though all went well: nb_hint belongs to errors. */
NB_PRINTF(2, 3) static void remark(NbErr *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->hint, sizeof err->hint, fmt, ap);
    va_end(ap);
}

/* Owner, group and permissions of the old file, or of a new one; what cannot be kept is said. */
static int give_rights(int fd, const char *path, const struct stat *old, NbErr *err)
{
    mode_t mode = old ? old->st_mode & 0777 : usual_mode();
    struct stat now;
    if (old && fstat(fd, &now) == 0 && (now.st_uid != old->st_uid || now.st_gid != old->st_gid) &&
        fchown(fd, old->st_uid, old->st_gid) != 0) {
        if (fchown(fd, (uid_t)-1, old->st_gid) != 0) {
            mode &= 0707; /* not for another group */
        }
        remark(err, "%s has another owner or group now: only its owner can keep them", path);
    }
    return fchmod(fd, mode) != 0 ? errno : 0;
}

/* The new name outlasts a power cut only when its folder was synced. */
static int sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + (slash == path) : 1;
    char *folder = malloc(n + 1);
    if (!folder) {
        return 0; /* the file is there */
    }
    memcpy(folder, slash ? path : ".", n);
    folder[n] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0) {
        return 0; /* one may write in it but not read it */
    }
    int code = sync_file(fd);
    close(fd);
    return code;
}

static NbStatus save_renamed(const char *path, const struct stat *old, const Bytes *b, Flag stop,
                             NbErr *err)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    size_t need = folder + sizeof ".nabla-XXXXXX";
    char *temp = malloc(need);
    if (!temp) {
        return fail_path(err, path, ENOMEM);
    }
    memcpy(temp, path, folder);
    strcpy(temp + folder, ".nabla-XXXXXX");
    int fd = mkstemp(temp);
    if (fd < 0) {
        NbStatus status = fail_path(err, path, errno);
        free(temp);
        return status;
    }
    int code = write_all(fd, b, stop);
    code = code ? code : give_rights(fd, path, old, err);
    code = code ? code : sync_file(fd);
    code = close_file(fd, code);
    if (code == 0 && rename(temp, path) != 0) {
        code = errno;
    }
    if (code != 0) {
        unlink(temp);
    } else {
        code = sync_folder(path);
    }
    free(temp);
    if (code != 0) {
        nb_err_clear(err);
        return fail_path(err, path, code);
    }
    if (old && old->st_nlink > 1) {
        remark(err, "%s was one of %lu names of a file: the others keep what was in it", path,
               (unsigned long)old->st_nlink);
    }
    return NB_OK;
}

/* Where a link to something that is not there leads; new, or NULL with *code set. */
static char *link_target(const char *path, int *code)
{
    char *at = strdup(path);
    *code = at ? 0 : ENOMEM;
    for (int i = 0; at; i++) {
        char to[4096];
        ssize_t n = readlink(at, to, sizeof to - 1);
        if (n < 0) {
            return at; /* no link */
        }
        to[n] = '\0';
        const char *slash = strrchr(at, '/');
        size_t folder = to[0] != '/' && slash ? (size_t)(slash - at) + 1 : 0;
        char *next = i < MOST_LINKS ? malloc(folder + (size_t)n + 1) : NULL;
        *code = i < MOST_LINKS ? ENOMEM : ELOOP;
        if (next) {
            *code = 0;
            memcpy(next, at, folder);
            memcpy(next + folder, to, (size_t)n + 1);
        }
        free(at);
        at = next;
    }
    return NULL;
}

NbStatus nb_file_write(const char *path, const char *data, size_t size, Flag stop, NbErr *err)
{
    const Bytes bytes = {data, size}, *b = &bytes;
    struct stat st;
    bool old = stat(path, &st) == 0;
    if (!old && errno != ENOENT) {
        return fail_path(err, path, errno);
    }
    if (old && S_ISDIR(st.st_mode)) {
        return fail_path(err, path, EISDIR);
    }
    for (int fd = STDOUT_FILENO; old && fd <= STDERR_FILENO; fd++) {
        if (is_open_as(fd, &st) && !S_ISCHR(st.st_mode)) {
            return save_printed(path, fd, b, stop, err);
        }
    }
    if (old && !S_ISREG(st.st_mode)) {
        return save_direct(path, b, stop, err);
    }
    if (old && access(path, W_OK) != 0) {
        return fail_path(err, path, errno);
    }
    /* through a symbolic link the file behind it is replaced, not the link */
    int code = 0;
    char *real = old ? realpath(path, NULL) : link_target(path, &code);
    if (!real) {
        return fail_path(err, path, code ? code : errno);
    }
    NbStatus status = save_renamed(real, old ? &st : NULL, b, stop, err);
    free(real);
    return status;
}

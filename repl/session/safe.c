/* safe.c -- nabla --safe: reads below one folder only */
#define _GNU_SOURCE /* realpath, O_NOFOLLOW */
#include "session/safe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nabla/data.h>

#include "session/core.h"

/* --- the folder --- */

bool safe_folder(Session *s, const char *file, NbErr *err)
{
    const char *slash = file ? strrchr(file, '/') : NULL;
    char *folder = slash ? strdup(file) : strdup(".");
    if (folder && slash) {
        folder[slash - file + (slash == file)] = '\0';
    }
    char *root = folder ? realpath(folder, NULL) : NULL;
    int fd = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0) {
        nb_fail(err, NB_EIO, "cannot read the folder %s: %s", folder ? folder : "",
                strerror(errno));
        free(root);
    } else {
        safe_end(s);
        s->core->below = root;
        s->core->below_fd = fd;
    }
    free(folder);
    return fd >= 0;
}

void safe_end(Session *s)
{
    if (s->core->below) {
        close(s->core->below_fd);
        free(s->core->below);
        s->core->below = NULL;
    }
}

/* The part of a resolved path below the root; NULL when it lies elsewhere. */
static const char *inside(const char *root, const char *path)
{
    size_t n = strlen(root);
    if (strcmp(root, "/") == 0) {
        return path + 1;
    }
    return strncmp(path, root, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

/* A plain file in an open folder; -1 with errno. Devices and FIFOs are not even opened, unless they
 * take the file's place in this moment: then without waiting. */
static int open_plain(int dir, const char *name)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
        return -1;
    }
    int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        errno = EACCES;
        fd = -1;
    }
    return fd;
}

/* Opens rest, a path without links, one folder after the other from the root on: a link put there
 * meanwhile is not followed. Cuts rest into its parts. */
static int open_below(int root, char *rest)
{
    int dir = root, fd;
    for (char *slash; (slash = strchr(rest, '/')); rest = slash + 1) {
        *slash = '\0';
        fd = openat(dir, rest, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir != root) {
            close(dir);
        }
        if (fd < 0) {
            return -1;
        }
        dir = fd;
    }
    fd = open_plain(dir, rest);
    int code = errno;
    if (dir != root) {
        close(dir);
    }
    errno = code;
    return fd;
}

/* The same words whether something is there or not: a program learns nothing about other folders.
 */
static bool outside(const Session *s, const char *path, NbErr *err)
{
    nb_fail(err, NB_EIO, "cannot read %s: not allowed with --safe", path);
    nb_hint(err, "only files below %s are read",
            s->core->below ? s->core->below : "the folder of the script");
    return false;
}

static bool leaves_folder(const char *path)
{
    const char *up = strstr(path, "..");
    return path[0] == '/' || (up && (up == path || up[-1] == '/'));
}

static void stands_alone(const char *path, NbErr *err)
{
    nb_fail(err, NB_EIO, "cannot read %s: a sheet that is graded stands alone", path);
}

static bool is_hidden(const Session *s, const char *real, int fd)
{
    const SafeHidden *h = s->sealed ? s->core->hidden : NULL;
    struct stat st;
    bool is = h && ((h->folder && inside(h->folder, real)) || fstat(fd, &st) != 0);
    for (int i = 0; h && !is && i < h->n; i++) {
        is = h->file[i].device == st.st_dev && h->file[i].number == st.st_ino;
    }
    return is;
}

/* The file open for reading, -1 with *err set: only a plain file below the folder, whatever links
 * and `..` are in its path, and however it is exchanged meanwhile. */
static int open_inside(const Session *s, const char *path, NbErr *err)
{
    int fd = -1;
    char *real = s->core->below ? realpath(path, NULL) : NULL;
    const char *rest = real ? inside(s->core->below, real) : NULL;
    if (real ? !rest : leaves_folder(path) || !s->core->below) {
        outside(s, path, err);
    } else if (!rest) {
        nb_fail(err, NB_EIO, "cannot read %s: there is no such file", path);
    } else {
        char *whole = strdup(real); /* the parts are cut while it is opened */
        fd = whole ? open_below(s->core->below_fd, real + (rest - real)) : -1;
        if (fd < 0) {
            nb_fail(err, NB_EIO, "cannot read %s: no plain file that may be read", path);
        } else if (is_hidden(s, whole, fd)) {
            stands_alone(path, err);
            close(fd);
            fd = -1;
        }
        free(whole);
    }
    free(real);
    return fd;
}

static bool reaches(const Session *s, const char *path)
{
    NbErr ignored = {0};
    int fd = s->safe ? open_inside(s, path, &ignored) : -1;
    if (fd >= 0) {
        close(fd);
    }
    return s->safe ? fd >= 0 : access(path, R_OK) == 0;
}

/* Where answers may stand, and other people's. */
static bool is_script(const char *path)
{
    size_t n = strlen(path);
    return n >= 6 && strcasecmp(path + n - 6, ".nabla") == 0;
}

char *session_read_file(const Session *s, const char *path, size_t *len, NbErr *err)
{
    if (interp_apart(s->interp)) {
        nb_fail(err, NB_EIO, "cannot read %s: a function that is graded opens no files", path);
        return NULL;
    }
    if (s->sealed && is_script(path)) {
        stands_alone(path, err);
        return NULL;
    }
    if (!s->safe) {
        return nb_file_read(s->ctx, path, len, err);
    }
    int fd = open_inside(s, path, err);
    return fd >= 0 ? nb_file_read_open(s->ctx, fd, path, len, err) : NULL;
}

const char *session_find_file(const Session *s, const char *name, char *buf, size_t cap)
{
    if (name[0] != '/' && s->folder && s->folder[0]) {
        int n = snprintf(buf, cap, "%s%s", s->folder, name);
        if (n > 0 && (size_t)n < cap && reaches(s, buf)) {
            return buf;
        }
    }
    snprintf(buf, cap, "%s", name);
    return buf;
}

/* --- sheets that are graded --- */

bool safe_hide(SafeHidden *h, const char *grader, const char *const *sheet, int n)
{
    struct stat st;
    h->file = calloc((size_t)n + 1, sizeof *h->file);
    for (int i = -1; h->file && i < n; i++) {
        const char *path = i < 0 ? grader : sheet[i];
        if (stat(path, &st) == 0) {
            h->file[h->n++] = (struct SafeFile){st.st_dev, st.st_ino};
        }
        if (i < 0 && h->n > 0 && S_ISDIR(st.st_mode)) {
            h->folder = realpath(path, NULL);
        }
    }
    return h->file;
}

void safe_hidden_free(SafeHidden *h)
{
    free(h->file);
    free(h->folder);
    *h = (SafeHidden){0};
}

void safe_seal(Session *s, const SafeHidden *hidden)
{
    s->sealed = true;
    s->core->hidden = hidden;
    interp_leave_out(s->interp, B_SHOWS | B_WRITES | B_PERSON);
}

void safe_unseal(Session *s)
{
    s->sealed = false;
    s->core->hidden = NULL;
}

/* buf.c -- growing byte buffers, string arenas, and files written whole or not at all */
#define _XOPEN_SOURCE 700 /* realpath */

#include "buf.h"
#include "viz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool nb_viz_grow(void *array, size_t *cap, size_t count, size_t size)
{
    if (count < *cap) {
        return true;
    }
    size_t next = *cap ? *cap * 2 : 16;
    while (next <= count) {
        next *= 2;
    }
    if (next > SIZE_MAX / 2 / size) {
        return false;
    }
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, next * size);
    if (!grown) {
        return false;
    }
    memcpy(array, &grown, sizeof grown);
    *cap = next;
    return true;
}

void nb_viz_buf_free(NbBuf *b)
{
    free(b->data);
    *b = (NbBuf){0};
}

void nb_viz_buf_add(NbBuf *b, const void *bytes, size_t n)
{
    if (b->failed || n == 0) {
        return;
    }
    if (n > SIZE_MAX / 4 || !nb_viz_grow(&b->data, &b->cap, b->size + n, 1)) {
        b->failed = true;
        return;
    }
    memcpy(b->data + b->size, bytes, n);
    b->size += n;
    b->data[b->size] = '\0';
}

void nb_viz_buf_text(NbBuf *b, const char *text)
{
    nb_viz_buf_add(b, text, strlen(text));
}

void nb_viz_buf_printf(NbBuf *b, const char *fmt, ...)
{
    char small[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if ((size_t)n < sizeof small) {
        nb_viz_buf_add(b, small, (size_t)n);
        return;
    }
    char *large = malloc((size_t)n + 1);
    if (!large) {
        b->failed = true;
        return;
    }
    va_start(args, fmt);
    vsnprintf(large, (size_t)n + 1, fmt, args);
    va_end(args);
    nb_viz_buf_add(b, large, (size_t)n);
    free(large);
}

void nb_viz_buf_drop(NbBuf *b, size_t n)
{
    if (n == 0 || n > b->size) {
        return;
    }
    memmove(b->data, b->data + n, b->size - n);
    b->size -= n;
    b->data[b->size] = '\0';
}

void nb_viz_buf_field(NbBuf *out, const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        nb_viz_buf_text(out, text);
        return;
    }
    nb_viz_buf_text(out, "\"");
    for (const char *c = text; *c; c++) {
        nb_viz_buf_add(out, c, 1);
        if (*c == '"') {
            nb_viz_buf_add(out, c, 1);
        }
    }
    nb_viz_buf_text(out, "\"");
}

/* --- arena --- */

#define CHUNK 4096

typedef struct NbChunk {
    struct NbChunk *next;
    size_t used, cap;
    char text[];
} NbChunk;

void nb_viz_arena_free(NbArena *a)
{
    while (a->chunk) {
        NbChunk *next = a->chunk->next;
        free(a->chunk);
        a->chunk = next;
    }
    a->failed = false;
}

const char *nb_viz_arena_text(NbArena *a, const char *text)
{
    size_t n = strlen(text) + 1;
    if (n == 1) {
        return "";
    }
    if (!a->chunk || a->chunk->cap - a->chunk->used < n) {
        size_t cap = n > CHUNK ? n : CHUNK;
        NbChunk *c = malloc(sizeof *c + cap);
        if (!c) {
            a->failed = true;
            return "";
        }
        *c = (NbChunk){.next = a->chunk, .cap = cap};
        a->chunk = c;
    }
    char *to = a->chunk->text + a->chunk->used;
    memcpy(to, text, n);
    a->chunk->used += n;
    return to;
}

/* --- saving --- */

static NbStatus fail_path(NbErr *err, const char *path, int code)
{
    if (code == ENOMEM) {
        return nb_fail(err, NB_EMEM, "out of memory writing %s", path);
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

/* 0 or an errno. */
static int write_all(int fd, const NbBuf *b)
{
    size_t done = 0;
    while (done < b->size) {
        ssize_t n = write(fd, b->data + done, b->size - done);
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno;
        }
        done += (size_t)n;
    }
    return 0;
}

static NbStatus save_direct(const char *path, const NbBuf *b, NbErr *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return fail_path(err, path, errno);
    }
    int code = write_all(fd, b);
    if (close(fd) != 0 && code == 0) {
        code = errno;
    }
    return code ? fail_path(err, path, code) : NB_OK;
}

/* Permissions a new file would get. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static NbStatus save_renamed(const char *path, mode_t mode, const NbBuf *b, NbErr *err)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    size_t need = folder + sizeof ".nabla-XXXXXX";
    char *temp = malloc(need);
    if (!temp) {
        return nb_fail(err, NB_EMEM, "out of memory writing %s", path);
    }
    snprintf(temp, need, "%.*s.nabla-XXXXXX", (int)folder, path);
    int fd = mkstemp(temp);
    if (fd < 0) {
        NbStatus status = fail_path(err, path, errno);
        free(temp);
        return status;
    }
    int code = write_all(fd, b);
    if (code == 0 && fchmod(fd, mode) != 0) {
        code = errno;
    }
    /* some file systems report a full disk only here; others cannot sync at all */
    if (code == 0 && fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP) {
        code = errno;
    }
    if (close(fd) != 0 && code == 0) {
        code = errno;
    }
    if (code == 0 && rename(temp, path) != 0) {
        code = errno;
    }
    if (code != 0) {
        unlink(temp);
    }
    free(temp);
    return code ? fail_path(err, path, code) : NB_OK;
}

NbStatus nb_viz_save(const char *path, const NbBuf *b, NbErr *err)
{
    if (b->failed) {
        return nb_fail(err, NB_EMEM, "out of memory writing %s", path);
    }
    struct stat st;
    if (stat(path, &st) != 0) {
        return save_renamed(path, usual_mode(), b, err);
    }
    if (S_ISDIR(st.st_mode)) {
        return fail_path(err, path, EISDIR);
    }
    if (!S_ISREG(st.st_mode)) {
        return save_direct(path, b, err);
    }
    if (access(path, W_OK) != 0) {
        return fail_path(err, path, errno);
    }
    /* through a symbolic link the file behind it is replaced, not the link */
    char *real = realpath(path, NULL);
    if (!real) {
        return fail_path(err, path, errno);
    }
    NbStatus status = save_renamed(real, st.st_mode & 0777, b, err);
    free(real);
    return status;
}

NbStatus nb_viz_write_text(const char *path, const char *text, size_t len, NbErr *err)
{
    NbBuf b = {0};
    nb_viz_buf_add(&b, text, len);
    NbStatus status = nb_viz_save(path, &b, err);
    nb_viz_buf_free(&b);
    return status;
}

/* file.h -- files read whole, and written whole or not at all */
#ifndef NB_BASE_FILE_H
#define NB_BASE_FILE_H

#include <signal.h>
#include <stddef.h>

#include <nabla/error.h>

typedef const volatile sig_atomic_t *NbStop; /* not 0: Ctrl-C; NULL: never */

#define NB_FILE_MOST ((size_t)1 << 30) /* bytes; larger files are not read */

/* Whole contents, NUL at the end, for nb_free; NULL with *err set: NB_EIO, NB_EMEM, NB_EVALUE (too
 * large), NB_EINTERRUPT. Reads what comes from pipes and devices too; looks at *stop all the
 * time. */
char *nb_file_bytes(const char *path, NbStop stop, size_t *len, NbErr *err);
/* The same from an open descriptor, which is closed; path stands for it in messages. */
char *nb_file_bytes_open(int fd, const char *path, NbStop stop, size_t *len, NbErr *err);

/* Writes size bytes to path whole or not at all: a temporary file in the same folder, flushed to
 * disk and renamed. What is no plain file is written directly, until *stop (NULL: none) says that
 * it takes too long. NB_EIO names path and cause; NB_OK may leave a remark in err->hint: that the
 * file has another owner now, or that other names of the old one keep it. */
NbStatus nb_file_write(const char *path, const char *data, size_t size, NbStop stop, NbErr *err);

#endif

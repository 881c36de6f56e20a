/* load.c -- libraries that are loaded when they are first needed */
#include "load.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Why no file could be opened: a library that is missing, or too many files. */
static NbStatus cannot_load(const char *what, const char *file, NbErr *err)
{
    const char *told = dlerror(), *reason = told ? strrchr(told, ':') : NULL;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        nb_fail(err, NB_EIO, "%s cannot be loaded: %s", what, strerror(errno));
        nb_hint(err, "ulimit -n is the number of files a program may open");
        return NB_EIO;
    }
    close(fd);
    if (reason && !strstr(reason, "No such file")) {
        return nb_fail(err, NB_EIO, "%s cannot be loaded%s", what, reason);
    }
    nb_fail(err, NB_EIO, "%s cannot be loaded", what);
    nb_hint(err, "install %s; tree f and export \"f.dot\", f work without", file);
    return NB_EIO;
}

NbStatus nb_viz_load(const char *const files[], const NbSymbol *symbol, size_t n, void *base,
                     const char *what, NbErr *err)
{
    void *library = NULL;
    for (int i = 0; files[i] && !library; i++) {
        library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (!library) {
        return cannot_load(what, files[0], err);
    }
    return nb_viz_look_up(library, symbol, n, base, what, err);
}

NbStatus nb_viz_look_up(void *library, const NbSymbol *symbol, size_t n, void *base,
                        const char *what, NbErr *err)
{
    for (size_t i = 0; i < n; i++) {
        void *address = dlsym(library, symbol[i].name);
        if (!address) {
            return nb_fail(err, NB_EIO, "%s is too old: it has no %s", what, symbol[i].name);
        }
        memcpy((char *)base + symbol[i].place, &address, sizeof address);
    }
    return NB_OK;
}

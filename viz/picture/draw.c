/* draw.c -- cairo and pango, loaded when the first picture is drawn */
#include "draw.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
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
    for (size_t i = 0; i < n; i++) {
        void *address = dlsym(library, symbol[i].name);
        if (!address) {
            return nb_fail(err, NB_EIO, "%s is too old: it has no %s", what, symbol[i].name);
        }
        memcpy((char *)base + symbol[i].place, &address, sizeof address);
    }
    return NB_OK;
}

static const NbSymbol symbols[] = {
#define X(f) {"cairo_" #f, offsetof(NbDraw, cairo.f)},
    NB_CAIRO_FUNCTIONS(X)
#undef X
#define X(f) {"pango_" #f, offsetof(NbDraw, pango.f)},
        NB_PANGO_FUNCTIONS(X)
#undef X
            {"g_object_unref", offsetof(NbDraw, unref)},
    {"g_free", offsetof(NbDraw, release)},
};

/* Looking a symbol up searches what the library itself needs too: cairo, pango and GObject. */
static const char *const files[] = {"libpangocairo-1.0.so.0", "libpangocairo-1.0.so", NULL};

NbStatus nb_viz_draw_load(NbDraw *d, NbErr *err)
{
    return nb_viz_load(files, symbols, sizeof symbols / sizeof symbols[0], d, "pango", err);
}

#define AT_ONCE 4 /* threads of pango for one text */

static void *wait_for_all(void *all)
{
    pthread_mutex_lock(all);
    pthread_mutex_unlock(all);
    return NULL;
}

NbStatus nb_viz_draw_threads(NbErr *err)
{
    pthread_mutex_t all = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread[AT_ONCE];
    int n = 0, code = 0;
    pthread_mutex_lock(&all);
    while (n < AT_ONCE && (code = pthread_create(&thread[n], NULL, wait_for_all, &all)) == 0) {
        n++;
    }
    pthread_mutex_unlock(&all);
    while (n > 0) {
        pthread_join(thread[--n], NULL);
    }
    if (code != 0) {
        nb_fail(err, NB_EIO, "fonts need threads, and none can be started: %s", strerror(code));
        nb_hint(err, "ulimit -u and -v may be too low; tree f shows the graph as text");
        return NB_EIO;
    }
    return NB_OK;
}

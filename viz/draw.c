/* draw.c -- cairo and pango, loaded when the first picture is drawn */
#include "draw.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

NbStatus nb_viz_load(const char *const files[], const NbSymbol *symbol, size_t n, void *base,
                     const char *what, NbErr *err)
{
    void *library = NULL;
    for (int i = 0; files[i] && !library; i++) {
        library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (!library) {
        nb_fail(err, NB_EIO, "%s cannot be loaded", what);
        nb_hint(err, "install %s; tree f and export \"f.dot\", f work without", files[0]);
        return NB_EIO;
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

/* xlib.c -- Xlib as the windows load it, so that the tests link nothing more */
#include "xlib.h"

#include <dlfcn.h>

#include "tests/scene/graphs.h"

struct Xlib xlib;

static void look_up(void *library, const char *name, void *to)
{
    void *address = dlsym(library, name);
    assert_non_null(address);
    memcpy(to, &address, sizeof address);
}

void xlib_load(void)
{
    if (xlib.Sync) {
        return;
    }
    void *library = dlopen("libX11.so.6", RTLD_NOW);
    assert_non_null(library);
#define X(f) look_up(library, "X" #f, &xlib.f);
    XLIB_FUNCTIONS(X)
#undef X
}

/* A window may be gone by the time it is spoken of. */
static int overlook(Display *d, XErrorEvent *e)
{
    (void)d;
    (void)e;
    return 0;
}

static void clear_windows(Display *d)
{
    Window root, parent, *child = NULL;
    unsigned n = 0;
    if (xlib.QueryTree(d, DefaultRootWindow(d), &root, &parent, &child, &n) && child) {
        for (unsigned i = 0; i < n; i++) {
            xlib.KillClient(d, child[i]);
        }
        xlib.Free(child);
    }
}

/* All but what the server wrote there itself. */
static void clear_properties(Display *d)
{
    int n = 0;
    Atom *property = xlib.ListProperties(d, DefaultRootWindow(d), &n);
    for (int i = 0; i < n; i++) {
        char *name = xlib.GetAtomName(d, property[i]);
        if (name && strcmp(name, "_XKB_RULES_NAMES") != 0) {
            xlib.DeleteProperty(d, DefaultRootWindow(d), property[i]);
        }
        if (name) {
            xlib.Free(name);
        }
    }
    if (property) {
        xlib.Free(property);
    }
}

void xlib_clear(void)
{
    xlib_load();
    int (*before)(Display *, XErrorEvent *) = xlib.SetErrorHandler(overlook);
    Display *d = xlib.OpenDisplay(NULL);
    if (d) {
        const int w = DisplayWidth(d, DefaultScreen(d)), h = DisplayHeight(d, DefaultScreen(d));
        clear_windows(d);
        clear_properties(d);
        xlib.WarpPointer(d, None, DefaultRootWindow(d), 0, 0, 0, 0, w / 2, h / 2);
        xlib.SetInputFocus(d, PointerRoot, RevertToPointerRoot, CurrentTime);
        xlib.Sync(d, False);
        xlib.CloseDisplay(d);
    }
    xlib.SetErrorHandler(before);
    assert_non_null(d);
}

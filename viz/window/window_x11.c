/* window_x11.c -- what is asked of an X server directly, by libX11 loaded late: terminal, focus */
#include <stdlib.h>
#include <string.h>

#include <SDL_syswm.h>
#include "viz/picture/load.h"
#include "window_sdl.h"

#ifdef SDL_VIDEO_DRIVER_X11

typedef struct Xlib {
    __typeof__(XInternAtom) *atom;
    __typeof__(XGetWindowProperty) *property;
    __typeof__(XChangeProperty) *change;
    __typeof__(XGetWindowAttributes) *attributes;
    __typeof__(XTranslateCoordinates) *translate;
    __typeof__(XQueryTree) *tree;
    __typeof__(XRaiseWindow) *raise;
    __typeof__(XReconfigureWMWindow) *restack;
    __typeof__(XFlush) *flush;
    __typeof__(XFree) *free;
} Xlib;

static const char *const files[] = {"libX11.so.6", "libX11.so", NULL};

static const NbSymbol symbols[] = {
    {"XInternAtom", offsetof(Xlib, atom)},
    {"XGetWindowProperty", offsetof(Xlib, property)},
    {"XChangeProperty", offsetof(Xlib, change)},
    {"XGetWindowAttributes", offsetof(Xlib, attributes)},
    {"XTranslateCoordinates", offsetof(Xlib, translate)},
    {"XQueryTree", offsetof(Xlib, tree)},
    {"XRaiseWindow", offsetof(Xlib, raise)},
    {"XReconfigureWMWindow", offsetof(Xlib, restack)},
    {"XFlush", offsetof(Xlib, flush)},
    {"XFree", offsetof(Xlib, free)},
};

typedef struct X11 {
    Xlib lib;
    Display *display;
    Window window;
} X11;

/* A window as X knows it; false when it is none of X. */
static bool known_to_x(SDL_Window *window, X11 *x)
{
    SDL_SysWMinfo info;
    if (!nb_viz_sdl_native(window, &info) || info.subsystem != SDL_SYSWM_X11 ||
        nb_viz_load(files, symbols, sizeof symbols / sizeof symbols[0], &x->lib, "X11", NULL)) {
        return false;
    }
    x->display = info.info.x11.display;
    x->window = info.info.x11.window;
    return true;
}

/* A window that was used at time 0 was not asked for by the person: window managers that guard the
 * focus map it without. */
void nb_viz_x11_calm(SDL_Window *window)
{
    X11 x;
    if (known_to_x(window, &x)) {
        unsigned char never[sizeof(long)] = {0};
        x.lib.change(x.display, x.window, x.lib.atom(x.display, "_NET_WM_USER_TIME", False),
                     x.lib.atom(x.display, "CARDINAL", False), 32, PropModeReplace, never, 1);
    }
}

/* --- the terminal --- */

/* On the screen, without its frame; false when it is none, or cannot be seen. */
static bool seen(const X11 *x, Window w, NbPlace *at)
{
    XWindowAttributes a;
    Window child;
    if (!x->lib.attributes(x->display, w, &a) || a.map_state != IsViewable ||
        !x->lib.translate(x->display, w, a.root, 0, 0, &at->x, &at->y, &child)) {
        return false;
    }
    at->w = a.width;
    at->h = a.height;
    return true;
}

/* The frame that a window manager put around it, or the window itself. */
static Window frame_of(const X11 *x, Window w)
{
    for (int i = 0; i < 16; i++) {
        Window root, parent, *children = NULL;
        unsigned n;
        if (!x->lib.tree(x->display, w, &root, &parent, &children, &n)) {
            return w;
        }
        if (children) {
            x->lib.free(children);
        }
        if (parent == root || parent == None) {
            return w;
        }
        w = parent;
    }
    return w;
}

static Window root_of(const X11 *x)
{
    XWindowAttributes a;
    return x->lib.attributes(x->display, x->window, &a) ? a.root : None;
}

/* The window that a property of another one names. */
static Window named_by(const X11 *x, Window of, const char *property)
{
    Atom type;
    int format;
    unsigned long n, left;
    unsigned char *data = NULL;
    Window named = None;
    if (of != None &&
        x->lib.property(x->display, of, x->lib.atom(x->display, property, False), 0, 1, False,
                        AnyPropertyType, &type, &format, &n, &left, &data) == 0) {
        if (data && format == 32 && n == 1) {
            unsigned long value; /* 32 bits come as a long */
            memcpy(&value, data, sizeof value);
            named = value;
        }
        if (data) {
            x->lib.free(data);
        }
    }
    return named;
}

/* What the window manager calls active: where the person typed the line that opens a window. */
static Window active_window(const X11 *x)
{
    return named_by(x, root_of(x), "_NET_ACTIVE_WINDOW");
}

static bool manager_is(const X11 *x, const char *name)
{
    const Window manager = named_by(x, root_of(x), "_NET_SUPPORTING_WM_CHECK");
    Atom type;
    int format;
    unsigned long n, left;
    unsigned char *data = NULL;
    bool is = false;
    if (manager != None &&
        x->lib.property(x->display, manager, x->lib.atom(x->display, "_NET_WM_NAME", False), 0, 16,
                        False, AnyPropertyType, &type, &format, &n, &left, &data) == 0 &&
        data) {
        is = format == 8 && strcmp((const char *)data, name) == 0; /* Xlib ends it with a NUL */
        x->lib.free(data);
    }
    return is;
}

/* The terminal's window, by what it told the program or by what is active; None: not known. */
static Window terminal_of(const X11 *x, NbPlace *inside)
{
    const char *number = getenv("WINDOWID");
    const Window candidate[] = {number ? (Window)strtoul(number, NULL, 0) : None, active_window(x)};
    for (int i = 0; i < 2; i++) {
        if (candidate[i] != None && candidate[i] != x->window && seen(x, candidate[i], inside)) {
            return candidate[i];
        }
    }
    return None;
}

bool nb_viz_x11_terminal(SDL_Window *window, NbPlace *frame, NbPlace *inside)
{
    X11 x;
    Window terminal = known_to_x(window, &x) ? terminal_of(&x, inside) : None;
    return terminal != None && seen(&x, frame_of(&x, terminal), frame);
}

/* Above the terminal: a wish to be above all is taken by some managers, as xfwm4, for one to have
 * the keyboard. i3 takes any wish of place for that, and has windows side by side. */
void nb_viz_x11_raise(SDL_Window *window)
{
    X11 x;
    NbPlace inside;
    if (!known_to_x(window, &x) || manager_is(&x, "i3")) {
        return;
    }
    XWindowChanges above = {.sibling = terminal_of(&x, &inside), .stack_mode = Above};
    if (above.sibling != None) {
        x.lib.restack(x.display, x.window, DefaultScreen(x.display), CWSibling | CWStackMode,
                      &above);
    } else {
        x.lib.raise(x.display, x.window);
    }
    x.lib.flush(x.display);
}

#else

void nb_viz_x11_calm(SDL_Window *window)
{
    (void)window;
}

void nb_viz_x11_raise(SDL_Window *window)
{
    (void)window;
}

bool nb_viz_x11_terminal(SDL_Window *window, NbPlace *frame, NbPlace *inside)
{
    (void)window;
    (void)frame;
    (void)inside;
    return false;
}

#endif

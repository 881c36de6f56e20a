/* window_sdl.c -- SDL2, loaded with the first window, and guards around the display connection */
#include "window_sdl.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <SDL_syswm.h>

#include "viz/picture/load.h"

static const NbSymbol symbols[] = {
#define X(f) {"SDL_" #f, offsetof(NbSdl, f)},
    NB_SDL_FUNCTIONS(X)
#undef X
};

static const char *const files[] = {"libSDL2-2.0.so.0", "libSDL2-2.0.so", NULL};

/* The mutable globals: SDL and Xlib know one display per process, and Xlib's handlers may be called
 * at any later time. */
static bool lost;
static jmp_buf *way_out; /* of the shield SDL is called in; NULL: none */

bool nb_viz_sdl_lost(void)
{
    return lost;
}

void nb_viz_sdl_mark_lost(void)
{
    lost = true;
}

bool nb_viz_sdl_shield(void (*fn)(void *arg), void *arg)
{
    jmp_buf here;
    if (way_out || lost) { /* the outer shield holds */
        if (!lost) {
            fn(arg);
        }
        return !lost;
    }
    if (setjmp(here) == 0) {
        way_out = &here;
        fn(arg);
    }
    way_out = NULL;
    return !lost;
}

static bool given(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

/* libwayland would write its own complaint about a socket that cannot be there. */
const char *nb_viz_sdl_driver(void)
{
    const char *name = getenv("WAYLAND_DISPLAY");
    bool wayland = name && *name && (*name == '/' || given("XDG_RUNTIME_DIR"));
    return given("DISPLAY") ? (wayland ? "x11,wayland" : "x11") : wayland ? "wayland" : NULL;
}

/* --- X11 --- */

typedef struct Xlib {
    __typeof__(XSetErrorHandler) *on_error;
    __typeof__(XSetIOErrorHandler) *on_loss;
    __typeof__(XConnectionNumber) *number;
    __typeof__(XGetDefault) *setting;
    /* since libX11 1.7, which older headers do not declare */
    void (*on_exit)(Display *, void (*)(Display *, void *), void *);
} Xlib;

static const char *const x_files[] = {"libX11.so.6", "libX11.so", NULL};

static const NbSymbol x_symbols[] = {
    {"XSetErrorHandler", offsetof(Xlib, on_error)},
    {"XSetIOErrorHandler", offsetof(Xlib, on_loss)},
    {"XConnectionNumber", offsetof(Xlib, number)},
    {"XGetDefault", offsetof(Xlib, setting)},
    {"XSetIOErrorExitHandler", offsetof(Xlib, on_exit)},
};

static int ignore_error(Display *d, XErrorEvent *e)
{
    (void)d;
    (void)e;
    return 0;
}

/* Quiet: Xlib's own handler prints. Where this returns, Xlib ends the process, or, on a connection
 * with an exit handler, goes on: XIfEvent, in which SDL waits for a window to be mapped, then waits
 * for ever. Xlib and SDL are not to be called again, so that nothing misses what is left behind. */
static int met_loss(Display *d)
{
    (void)d;
    lost = true;
    if (way_out) {
        longjmp(*way_out, 1);
    }
    return 0;
}

/* For calls outside a shield: Xlib's default is exit(); returning makes the call fail instead. */
static void connection_lost(Display *d, void *unused)
{
    (void)d;
    (void)unused;
    lost = true;
}

/* False when Xlib is not here; the last function may be missing. */
static bool load_x11(Xlib *lib)
{
    size_t n = sizeof x_symbols / sizeof x_symbols[0];
    *lib = (Xlib){0};
    return !nb_viz_load(x_files, x_symbols, n, lib, "X11", NULL) ||
           !nb_viz_load(x_files, x_symbols, n - 1, lib, "X11", NULL);
}

/* Before SDL opens a display: it may go away while SDL looks at it. */
static void expect_loss(void)
{
    Xlib lib;
    if (load_x11(&lib)) {
        lib.on_error(ignore_error);
        lib.on_loss(met_loss);
    }
}

/* --- starting --- */

NbStatus nb_viz_sdl_load(NbSdl *sdl, NbErr *err)
{
    return nb_viz_load(files, symbols, sizeof symbols / sizeof symbols[0], sdl, "SDL2", err);
}

NbStatus nb_viz_sdl_start(NbSdl *sdl, NbErr *err)
{
    NbStatus status = nb_viz_sdl_load(sdl, err);
    if (status) {
        return status;
    }
    /* SDL would also try consoles and invisible drivers, which are no use here */
    const char *drivers = nb_viz_sdl_driver();
    if (drivers && strstr(drivers, "wayland") && !nb_viz_wayland_seat()) {
        drivers = given("DISPLAY") ? "x11" : NULL; /* SDL reads through a seat that is not there */
    }
    if (!drivers) {
        return nb_fail(err, NB_EIO,
                       "no window can be opened: the compositor has no seat to sit at");
    }
    sdl->SetHint(SDL_HINT_VIDEODRIVER, drivers);
    sdl->SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    sdl->SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    sdl->SetHint(SDL_HINT_WINDOW_NO_ACTIVATION_WHEN_SHOWN, "1");
    sdl->SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    sdl->SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    sdl->SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");
    sdl->SetHint(SDL_HINT_QUIT_ON_LAST_WINDOW_CLOSE, "0");
    sdl->SetHint(SDL_HINT_APP_NAME, "nabla");
    sdl->SetMainReady();
    if (given("DISPLAY")) {
        expect_loss();
    }
    int failed = sdl->InitSubSystem(SDL_INIT_VIDEO);
    /* a server whose last client just left starts afresh and refuses for a moment; SDL itself
     * causes this with its first look at the display */
    for (int attempt = 0; failed && attempt < 3; attempt++) {
        nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
        failed = sdl->InitSubSystem(SDL_INIT_VIDEO);
    }
    if (failed) {
        nb_fail(err, NB_EIO, "no window can be opened: %s", sdl->GetError());
        nb_hint(err, "tree f shows the graph as text; export \"f.png\", f writes a picture");
        return NB_EIO;
    }
    const char *driver = sdl->GetCurrentVideoDriver();
    if (!driver || strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0) {
        sdl->QuitSubSystem(SDL_INIT_VIDEO);
        return nb_fail(err, NB_EIO, "no window can be opened: there is no display");
    }
    return NB_OK;
}

/* --- the connection --- */

static double clamp_scale(const char *dpi)
{
    double scale = dpi ? strtod(dpi, NULL) / 96 : 1;
    return !(scale > 1) ? 1 : scale > 4 ? 4 : scale;
}

static void guard_x11(Display *x, NbDisplay *display)
{
    Xlib lib;
    if (!load_x11(&lib)) {
        return;
    }
    lib.on_error(ignore_error);
    lib.on_loss(met_loss);
    if (lib.on_exit) {
        lib.on_exit(x, connection_lost, NULL);
    }
    display->fd = lib.number(x);
    display->scale = clamp_scale(lib.setting(x, "Xft", "dpi"));
}

bool nb_viz_sdl_native(SDL_Window *window, struct SDL_SysWMinfo *info)
{
    struct {
        __typeof__(SDL_GetWindowWMInfo) *get;
    } lib;
    const NbSymbol symbol = {"SDL_GetWindowWMInfo", 0};
    SDL_VERSION(&info->version);
    return !nb_viz_load(files, &symbol, 1, &lib, "SDL2", NULL) && lib.get(window, info);
}

void nb_viz_sdl_guard(SDL_Window *window, NbDisplay *display)
{
    *display = (NbDisplay){.fd = -1, .scale = 1};
    SDL_SysWMinfo info;
    if (!nb_viz_sdl_native(window, &info)) {
        return;
    }
#ifdef SDL_VIDEO_DRIVER_X11
    if (info.subsystem == SDL_SYSWM_X11) {
        guard_x11(info.info.x11.display, display);
    }
#endif
#ifdef SDL_VIDEO_DRIVER_WAYLAND
    if (info.subsystem == SDL_SYSWM_WAYLAND) {
        display->fd = nb_viz_wayland_fd(info.info.wl.display);
    }
#endif
}

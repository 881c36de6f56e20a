/* window_sdl.c -- SDL2, loaded with the first window, and guards around the display connection */
#define _GNU_SOURCE /* dladdr, memfd_create */
#include "window_sdl.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

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
static bool lost; /* until every host has let go */
static int hosts; /* that SDL was started for */
static int connection = -1;
static bool spent;       /* SDL holds a dead connection: the next start is that of a copy */
static void *copy;       /* SDL once more, after a loss; NULL: as it is installed */
static jmp_buf *way_out; /* of the shield SDL is called in; NULL: none */

bool nb_viz_sdl_lost(void)
{
    return lost;
}

void nb_viz_sdl_mark_lost(void)
{
    lost = true;
}

void nb_viz_sdl_let_go(bool started)
{
    hosts -= started;
    if (hosts > 0) {
        return;
    }
    if (lost && connection >= 0) {
        close(connection); /* Xlib and SDL are not called for it again */
    }
    connection = -1;
    spent = spent || lost;
    lost = false;
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

/* --- SDL once more --- */

/* Bytes of a file as a file without a name; -1: it cannot be. */
static int copy_of(const char *path)
{
    char part[1 << 16];
    int from = open(path, O_RDONLY | O_CLOEXEC), to = memfd_create("SDL2", MFD_CLOEXEC);
    ssize_t n = from < 0 || to < 0 ? -1 : 1;
    while (n > 0 && (n = read(from, part, sizeof part)) > 0) {
        n = write(to, part, (size_t)n) == n ? n : -1;
    }
    if (from >= 0) {
        close(from);
    }
    if (n < 0 && to >= 0) {
        close(to);
    }
    return n < 0 ? -1 : to;
}

/* SDL that was left in the middle of a call, over a connection that died, can neither go on nor
 * end: closing a window waits for the server's word for ever. A copy of its file is a library of
 * its own with a state of its own. The other one stays as it is, so that nothing that Xlib still
 * knows of it leads nowhere. */
static NbStatus load_copy(NbErr *err)
{
    struct {
        __typeof__(SDL_SetMainReady) *any;
    } lib;
    const NbSymbol symbol = {"SDL_SetMainReady", 0};
    NbStatus status = nb_viz_load(files, &symbol, 1, &lib, "SDL2", err);
    if (status) {
        return status;
    }
    Dl_info info = {0};
    void *address;
    memcpy(&address, &lib.any, sizeof address);
    int fd = dladdr(address, &info) && info.dli_fname ? copy_of(info.dli_fname) : -1;
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    /* the descriptor stays open: the loader knows libraries by their paths */
    void *made = fd >= 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!made) {
        if (fd >= 0) {
            close(fd);
        }
        nb_fail(err, NB_EIO, "the display went away, and SDL2 cannot be loaded once more");
        nb_hint(err, "save \"lesson.state\" and start nabla again for windows");
        return NB_EIO;
    }
    copy = made;
    spent = false;
    return NB_OK;
}

static NbStatus look_up(const NbSymbol *symbol, size_t n, void *base, NbErr *err)
{
    return copy ? nb_viz_look_up(copy, symbol, n, base, "SDL2", err)
                : nb_viz_load(files, symbol, n, base, "SDL2", err);
}

/* --- starting --- */

NbStatus nb_viz_sdl_load(NbSdl *sdl, NbErr *err)
{
    return look_up(symbols, sizeof symbols / sizeof symbols[0], sdl, err);
}

NbStatus nb_viz_sdl_start(NbSdl *sdl, NbErr *err)
{
    NbStatus status = spent ? load_copy(err) : NB_OK;
    status = status ? status : nb_viz_sdl_load(sdl, err);
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
    hosts++;
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
    return !look_up(&symbol, 1, &lib, NULL) && lib.get(window, info);
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
    connection = display->fd;
}

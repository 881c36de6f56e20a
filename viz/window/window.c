/* window.c -- the window host: opening and closing windows */
#include "window.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "window_sdl.h"

/* --- opening and closing --- */

static bool invisible_driver(void)
{
    const char *driver = getenv("SDL_VIDEODRIVER");
    return driver && (strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0);
}

bool nb_viz_has_display(const NbViz *viz)
{
    (void)viz;
    return nb_viz_sdl_driver() && !invisible_driver();
}

static void windows_free(NbViz *viz);

typedef struct SdlHost {
    NbWindows host;
    NbSdl sdl;
} SdlHost;

static void destroy_window(void *arg)
{
    NbWindow *win = arg;
    nb_viz_desk_leave(win);
    win->host->sdl->DestroyWindow(win->window);
}

static void hide(NbWindow *win)
{
    const NbWindows *host = win->host;
    nb_viz_windows_watch(host, win->watched, false);
    nb_viz_sdl_shield(destroy_window, win);
}

static NbStatus make_host(NbViz *viz, NbErr *err)
{
    if (!viz->windows) {
        SdlHost *made = calloc(1, sizeof *made);
        if (!made) {
            return nb_fail(err, NB_EMEM, "out of memory opening a window");
        }
        made->host.sdl = &made->sdl;
        made->host.hide = hide;
        viz->windows = &made->host;
        viz->windows->viz = viz;
        viz->windows_free = windows_free;
        viz->windows_changed = nb_viz_changed;
        viz->windows->epoll = -1;
        viz->windows->display = (NbDisplay){.fd = -1, .scale = 1};
    }
    return NB_OK;
}

void nb_viz_windows_watch(const NbWindows *host, int fd, bool wanted)
{
    struct epoll_event e = {.events = EPOLLIN};
    if (fd >= 0 && host->epoll >= 0) {
        epoll_ctl(host->epoll, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &e);
    }
}

/* The connection is known once a window exists: then it is guarded and waited for. */
static void watch_display(NbWindows *host, SDL_Window *window)
{
    if (host->epoll >= 0) {
        return;
    }
    nb_viz_sdl_guard(window, &host->display);
    host->epoll = epoll_create1(EPOLL_CLOEXEC);
    nb_viz_windows_watch(host, host->display.fd, true);
}

typedef struct Starting {
    NbWindows *host;
    NbErr *err;
} Starting;

static void start_display(void *arg)
{
    const Starting *s = arg;
    s->host->started = nb_viz_sdl_start(s->host->sdl, s->err) == NB_OK;
}

static NbStatus no_display(NbErr *err, const char *why)
{
    nb_fail(err, NB_EIO, "%s", why);
    nb_hint(err, "tree f shows the graph as text; export \"f.png\", f writes a picture");
    return NB_EIO;
}

static NbStatus start(NbViz *viz, NbErr *err)
{
    if (!nb_viz_has_display(viz)) {
        return no_display(err, "no display");
    }
    NbStatus status = make_host(viz, err);
    bool ended = !status && viz->windows->started && nb_viz_windows_ended(viz->windows);
    if (ended && !viz->windows->pumping) { /* else the pump does it when nothing is in its hands */
        nb_viz_windows_lose(viz->windows);
    }
    if (status || viz->windows->started) {
        return status;
    }
    Starting s = {viz->windows, err};
    if (!nb_viz_sdl_shield(start_display, &s)) {
        nb_viz_windows_lose(s.host);
        return no_display(err, "no window can be opened: the display went away");
    }
    return s.host->started ? NB_OK : NB_EIO;
}

void nb_viz_ready(NbViz *viz)
{
    NbErr err = {0};
    NbSdl sdl;
    nb_viz_sdl_load(&sdl, &err);
    nb_viz_painter(viz, &err);
}

bool nb_viz_start_display(NbViz *viz)
{
    return start(viz, NULL) == NB_OK;
}

typedef struct Opening {
    NbWindow *win;
    const char *title;
    NbErr *err;
    NbStatus status;
} Opening;

/* All that SDL has to do with a new window. */
static void show_window(void *arg)
{
    Opening *o = arg;
    NbWindow *win = o->win;
    NbWindows *host = win->host;
    win->window = host->sdl->CreateWindow(
        "nabla", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, win->kind->w, win->kind->h,
        SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI | SDL_WINDOW_HIDDEN);
    if (!win->window) {
        o->status = nb_fail(o->err, NB_EIO, "no window can be opened: %s", host->sdl->GetError());
        return;
    }
    host->sdl->SetWindowMinimumSize(win->window, 240, 180);
    watch_display(host, win->window); /* the first window tells how large text is here */
    nb_viz_desk_icon(win);
    nb_viz_window_retitle(win, o->title);
    nb_viz_desk_place(win);
    nb_viz_x11_calm(win->window);
    host->sdl->ShowWindow(win->window);
}

NbStatus nb_viz_window_open(NbViz *viz, const NbViewKind *kind, void *view, const char *title,
                            NbErr *err)
{
    NbWindow *win = NULL;
    NbStatus status = start(viz, err);
    if (!status && !nb_viz_painter(viz, err)) {
        status = err->code;
    }
    NbWindow **place = status ? NULL : nb_viz_window_place(viz->windows, NULL);
    if (!status && !place) {
        status = nb_fail(err, NB_EVALUE, "more than %d windows", NB_MOST_WINDOWS);
    }
    if (!status && !(win = calloc(1, sizeof *win))) {
        status = nb_fail(err, NB_EMEM, "out of memory opening a window");
    }
    if (status) {
        kind->free(view);
        return status;
    }
    NbWindows *host = viz->windows;
    *win = (NbWindow){
        .host = host, .kind = kind, .view = view, .dirty = true, .x = -1, .y = -1, .watched = -1};
    Opening o = {.win = win, .title = title, .err = err};
    if (!nb_viz_sdl_shield(show_window, &o)) {
        o.status = no_display(err, "no window can be opened: the display went away");
    }
    if (o.status) {
        kind->free(view);
        free(win->title);
        free(win);
        return o.status;
    }
    *place = win;
    host->more = true; /* the window's first events are in SDL's queue already */
    nb_viz_windows_arrange(host);
    return NB_OK;
}

static void end_sdl(void *arg)
{
    const NbWindows *host = arg;
    host->sdl->QuitSubSystem(SDL_INIT_VIDEO);
}

bool nb_viz_windows_ended(const NbWindows *host)
{
    struct pollfd p = {.fd = host->display.fd, .events = POLLIN};
    if (p.fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR))) {
        nb_viz_sdl_mark_lost();
    }
    return nb_viz_sdl_lost();
}

void nb_viz_windows_lose(NbWindows *host)
{
    NbViz *viz = host->viz;
    if (host->epoll >= 0) {
        close(host->epoll);
        host->epoll = -1;
    }
    host->display = (NbDisplay){.fd = -1, .scale = 1};
    int closed = nb_viz_close(viz, NULL);
    host->more = host->tiled = host->arranged = false;
    nb_viz_sdl_let_go(host->started);
    host->started = false;
    if (closed > 0 && viz->host.say) {
        viz->host.say(viz->host.user, "the display went away: its windows are closed");
    }
}

static void windows_free(NbViz *viz)
{
    NbWindows *host = viz->windows;
    bool lost = nb_viz_windows_ended(host);
    nb_viz_close(viz, NULL);
    if (host->epoll >= 0) {
        close(host->epoll);
    }
    if (host->started && !lost && !nb_viz_windows_ended(host)) {
        nb_viz_sdl_shield(end_sdl, host);
    }
    nb_viz_sdl_let_go(host->started);
    free(host);
    viz->windows = NULL;
}

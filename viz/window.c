/* window.c -- the window host: which windows there are, opening and closing them */
#include "window.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "window_host.h"

#define TITLE_BAR 40 /* px kept for the window manager */

static const NbViewKind *const kinds[] = {
    &nb_viz_view_graph,
    &nb_viz_view_plot,
    &nb_viz_view_surface,
    &nb_viz_view_boundary,
};

#define NKINDS (sizeof kinds / sizeof kinds[0])
_Static_assert(NKINDS <= NB_MOST_KINDS, "more kinds of windows than places for them");

double nb_viz_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* --- small things views ask for --- */

void *nb_viz_window_view(const NbWindow *win)
{
    return win->view;
}

NbViz *nb_viz_window_viz(const NbWindow *win)
{
    return win->host->viz;
}

void nb_viz_window_dirty(NbWindow *win)
{
    win->dirty = true;
}

void nb_viz_window_note(NbWindow *win, const char *text)
{
    snprintf(win->note, sizeof win->note, "%s", text);
    win->dirty = true;
}

double nb_viz_window_cap(const NbWindow *win)
{
    return win->host->viz->style.present ? 2.2 : 1.4;
}

double nb_viz_ui_scale(const NbWindow *win)
{
    return win->host->display.scale * (win->host->viz->style.present ? 1.35 : 1);
}

NbWindow *nb_viz_window(const NbViz *viz, const NbViewKind *kind)
{
    for (size_t i = 0; viz->windows && i < NKINDS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win && win->kind == kind && !win->closing) {
            return win;
        }
    }
    return NULL;
}

static NbWindow *find_named(const NbViz *viz, const char *kind)
{
    for (size_t i = 0; i < NKINDS; i++) {
        if (strcmp(kinds[i]->name, kind) == 0) {
            return nb_viz_window(viz, kinds[i]);
        }
    }
    return NULL;
}

uint32_t nb_viz_window_id(const NbViz *viz, const char *kind)
{
    NbWindow *win = find_named(viz, kind);
    return win ? win->host->sdl.GetWindowID(win->window) : 0;
}

uint64_t nb_viz_window_frames(const NbViz *viz, const char *kind)
{
    NbWindow *win = find_named(viz, kind);
    return win ? win->frames : 0;
}

/* --- opening and closing --- */

static bool invisible_driver(void)
{
    const char *driver = getenv("SDL_VIDEODRIVER");
    return driver && (strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0);
}

bool nb_viz_has_display(const NbViz *viz)
{
    (void)viz;
    return !nb_viz_sdl_lost() && nb_viz_sdl_driver() && !invisible_driver();
}

static NbStatus make_host(NbViz *viz, NbErr *err)
{
    if (!viz->windows) {
        viz->windows = calloc(1, sizeof *viz->windows);
        if (!viz->windows) {
            return nb_fail(err, NB_EMEM, "out of memory opening a window");
        }
        viz->windows->viz = viz;
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

static void show_title(void *arg)
{
    NbWindow *win = arg;
    char text[256];
    snprintf(text, sizeof text, "%s: %s", win->kind->name, win->title ? win->title : "");
    win->host->sdl.SetWindowTitle(win->window, text);
}

static void set_title(NbWindow *win, const char *title)
{
    free(win->title);
    win->title = malloc(strlen(title) + 1);
    if (win->title) {
        strcpy(win->title, title);
    }
    nb_viz_sdl_shield(show_title, win);
}

void nb_viz_window_title(NbWindow *win, const char *title)
{
    if (!win->title || strcmp(win->title, title) != 0) {
        set_title(win, title);
        win->dirty = true;
    }
}

/* A view's size in px of the screen, no larger than the screen leaves room for. */
static void first_size(const NbWindow *win, int *w, int *h)
{
    const double scale = nb_viz_ui_scale(win);
    SDL_Rect room;
    *w = (int)(win->kind->w * scale);
    *h = (int)(win->kind->h * scale);
    if (win->host->sdl.GetDisplayUsableBounds(0, &room) == 0 && room.h > 2 * TITLE_BAR) {
        *w = *w < room.w ? *w : room.w;
        *h = *h < room.h - TITLE_BAR ? *h : room.h - TITLE_BAR;
    }
}

typedef struct Starting {
    NbWindows *host;
    NbErr *err;
} Starting;

static void start_display(void *arg)
{
    const Starting *s = arg;
    s->host->started = nb_viz_sdl_start(&s->host->sdl, s->err) == NB_OK;
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
    if (status || viz->windows->started) {
        return status;
    }
    Starting s = {viz->windows, err};
    if (!nb_viz_sdl_shield(start_display, &s)) {
        return no_display(err, "no window can be opened: the display went away");
    }
    return s.host->started ? NB_OK : NB_EIO;
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
    int w, h;
    first_size(win, &w, &h);
    win->window = host->sdl.CreateWindow("nabla", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                         w, h, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!win->window) {
        o->status = nb_fail(o->err, NB_EIO, "no window can be opened: %s", host->sdl.GetError());
        return;
    }
    host->sdl.SetWindowMinimumSize(win->window, 240, 180);
    watch_display(host, win->window);
    int scaled_w, scaled_h; /* the first window tells how large text is on this display */
    first_size(win, &scaled_w, &scaled_h);
    if (scaled_w != w || scaled_h != h) {
        host->sdl.SetWindowSize(win->window, scaled_w, scaled_h);
    }
    set_title(win, o->title);
}

NbStatus nb_viz_window_open(NbViz *viz, const NbViewKind *kind, void *view, const char *title,
                            NbErr *err)
{
    NbWindow *win = NULL;
    NbStatus status = start(viz, err);
    if (!status && !nb_viz_painter(viz, err)) {
        status = NB_EIO;
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
    for (size_t i = 0; i < NKINDS; i++) {
        if (kinds[i] == kind) {
            host->window[i] = win;
        }
    }
    host->more = true; /* the window's first events are in SDL's queue already */
    return NB_OK;
}

static void destroy_window(void *arg)
{
    const NbWindow *win = arg;
    win->host->sdl.DestroyWindow(win->window);
}

static void end_sdl(void *arg)
{
    const NbWindows *host = arg;
    host->sdl.QuitSubSystem(SDL_INIT_VIDEO);
}

void nb_viz_window_close(NbWindow *win)
{
    NbWindows *host = win->host;
    nb_viz_windows_watch(host, win->watched, false);
    win->kind->free(win->view);
    nb_viz_sdl_shield(destroy_window, win);
    for (size_t i = 0; i < NKINDS; i++) {
        if (host->window[i] == win) {
            host->window[i] = NULL;
        }
    }
    free(win->title);
    free(win);
}

int nb_viz_close(NbViz *viz, const char *which)
{
    int n = 0;
    for (size_t i = 0; viz->windows && i < NKINDS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win && (!which || strcmp(win->kind->name, which) == 0)) {
            nb_viz_window_close(win);
            n++;
        }
    }
    return n;
}

bool nb_viz_windows_ended(const NbWindows *host)
{
    struct pollfd p = {.fd = host->display.fd, .events = POLLIN};
    if (p.fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR))) {
        nb_viz_sdl_mark_lost();
    }
    return nb_viz_sdl_lost();
}

void nb_viz_windows_free(NbViz *viz)
{
    NbWindows *host = viz->windows;
    if (!host) {
        return;
    }
    bool lost = nb_viz_windows_ended(host);
    nb_viz_close(viz, NULL);
    if (host->epoll >= 0) {
        close(host->epoll);
    }
    if (host->started && !lost && !nb_viz_windows_ended(host)) {
        nb_viz_sdl_shield(end_sdl, host);
    }
    free(host);
    viz->windows = NULL;
}

void nb_viz_windows_restyle(NbViz *viz)
{
    nb_viz_changed(viz);
}

bool nb_viz_open(const NbViz *viz)
{
    for (size_t i = 0; viz->windows && i < NKINDS; i++) {
        if (viz->windows->window[i]) {
            return true;
        }
    }
    return false;
}

void nb_viz_changed(NbViz *viz)
{
    for (size_t i = 0; viz->windows && i < NKINDS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win) {
            win->outdated = win->dirty = true;
        }
    }
}

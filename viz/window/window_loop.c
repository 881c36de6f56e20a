/* window_loop.c -- what the program's loop asks of the windows: to wait, and to be served */
#include "window_sdl.h"

#define UNPOLLABLE_MS 40 /* displays without a descriptor */

static void close_marked(NbWindows *host)
{
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        if (host->window[i] && host->window[i]->closing) {
            nb_viz_window_close(host->window[i]);
        }
    }
}

#define EVENTS_PER_PUMP 400

typedef struct Polling {
    const NbWindows *host;
    SDL_Event *event; /* NULL: only look */
    bool found;
} Polling;

static void look_for_event(void *arg)
{
    Polling *p = arg;
    p->found = p->host->sdl->PollEvent(p->event) != 0;
}

static bool next_event(const NbWindows *host, SDL_Event *e)
{
    Polling p = {host, e, false};
    return nb_viz_sdl_shield(look_for_event, &p) && p.found;
}

/* One round of events, and one picture at most: between two the keyboard is looked at. false when
 * nothing is left to do now. */
static bool pump_once(NbWindows *host, bool draw)
{
    SDL_Event e;
    int n = 0;
    while (n < EVENTS_PER_PUMP && next_event(host, &e)) {
        nb_viz_window_event(host, &e);
        n++;
    }
    for (size_t i = 0; i < NB_MOST_WINDOWS && !nb_viz_sdl_lost(); i++) {
        NbWindow *win = host->window[i];
        if (win && !win->closing && win->kind->poll(win, win->view)) {
            win->dirty = true;
        }
    }
    NbWindow *due = draw && !nb_viz_sdl_lost() ? nb_viz_windows_next(host) : NULL;
    if (due) {
        nb_viz_window_draw(due);
    }
    close_marked(host);
    return nb_viz_open(host->viz) && next_event(host, NULL);
}

/* A descriptor may be a new socket under an old number: adding it once more does no harm. */
static void watch_view(NbWindow *win)
{
    int fd = win && win->kind->fd ? win->kind->fd(win->view) : -1;
    if (win && fd != win->watched) {
        nb_viz_windows_watch(win->host, win->watched, false);
        win->watched = fd;
    }
    if (win) {
        nb_viz_windows_watch(win->host, fd, true);
    }
}

void nb_viz_pump(NbViz *viz)
{
    NbWindows *host = viz->windows;
    if (!host || host->pumping || !nb_viz_open(viz)) {
        return; /* a statement that a window began may come by here */
    }
    host->pumping = true;
    /* drawing may read events off the connection, which poll() would then not report */
    host->more = pump_once(host, true) && pump_once(host, false);
    host->pumping = false;
    if (nb_viz_windows_ended(host)) {
        nb_viz_windows_lose(host);
        return;
    }
    if (host->fewer && host->arranged) {
        nb_viz_windows_arrange(host);
    }
    host->fewer = false;
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        watch_view(host->window[i]);
    }
}

int nb_viz_fd(const NbViz *viz)
{
    return nb_viz_open(viz) ? viz->windows->epoll : -1;
}

int nb_viz_timeout(const NbViz *viz)
{
    if (!nb_viz_open(viz)) {
        return -1;
    }
    const NbWindows *host = viz->windows;
    int wait = nb_viz_windows_wait(host);
    if (host->more) {
        return 0;
    }
    bool look = host->display.fd < 0 && (wait < 0 || wait > UNPOLLABLE_MS);
    return look ? UNPOLLABLE_MS : wait;
}

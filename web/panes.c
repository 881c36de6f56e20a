/* panes.c -- the window host of a page: each window is a pane with a canvas */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viz/window/window_host.h"
#include "web/draw.h"
#include "web/page.h"

#define INTERVAL_MS 25.0 /* a loop looks up every few ms: 30 pictures a second */

/* Where the page shows a window; the pane's number is its place among the windows, from 1. */
typedef struct Pane {
    double w, h, ratio; /* CSS px, and px of the screen to one */
} Pane;

/* The page has one session, and its hand finds the windows here. */
static struct Panes {
    NbWindows host;
    Pane pane[NB_MOST_WINDOWS];
} * panes;

/* --- opening and closing --- */

bool nb_viz_has_display(const NbViz *viz)
{
    (void)viz;
    return true;
}

bool nb_viz_start_display(NbViz *viz)
{
    return nb_viz_has_display(viz);
}

void nb_viz_ready(NbViz *viz)
{
    (void)viz;
}

static int number_of(const NbWindow *win)
{
    return (int)(nb_viz_window_place(win->host, win) - win->host->window) + 1;
}

static Pane *pane_of(const NbWindow *win)
{
    return &panes->pane[number_of(win) - 1];
}

static void tell(const NbWindow *win, PageWindow what)
{
    page_window(number_of(win), what, win->kind->name, win->title ? win->title : "");
}

static void hide(NbWindow *win)
{
    tell(win, PAGE_CLOSE);
}

static void windows_free(NbViz *viz)
{
    nb_viz_close(viz, NULL);
    free(panes);
    panes = NULL;
    viz->windows = NULL;
}

static bool make_host(NbViz *viz)
{
    if (!viz->windows && (panes = calloc(1, sizeof *panes))) {
        viz->windows = &panes->host;
        panes->host.viz = viz;
        panes->host.interval = INTERVAL_MS;
        panes->host.hide = hide;
        panes->host.display = (NbDisplay){.fd = -1, .scale = 1};
        viz->windows_free = windows_free;
        viz->windows_changed = nb_viz_changed;
    }
    return viz->windows;
}

NbStatus nb_viz_window_open(NbViz *viz, const NbViewKind *kind, void *view, const char *title,
                            NbErr *err)
{
    NbWindow **place =
        nb_viz_painter(viz, err) && make_host(viz) ? nb_viz_window_place(viz->windows, NULL) : NULL;
    NbWindow *win = place ? calloc(1, sizeof *win) : NULL;
    if (!win) {
        kind->free(view);
        return nb_fail(err, NB_EMEM, "out of memory opening a window");
    }
    *win = (NbWindow){.host = viz->windows,
                      .kind = kind,
                      .view = view,
                      .dirty = true,
                      .x = -1,
                      .y = -1,
                      .watched = -1,
                      .title = strdup(title)};
    *place = win;
    *pane_of(win) = (Pane){kind->w, kind->h, 1};
    tell(win, PAGE_OPEN);
    return NB_OK;
}

NbPoint nb_viz_window_size(const NbWindow *win)
{
    const Pane *p = pane_of(win);
    double scale = nb_viz_ui_scale(win);
    return (NbPoint){p->w / scale, p->h / scale};
}

void nb_viz_window_title(NbWindow *win, const char *title)
{
    if (!win->title || strcmp(win->title, title) != 0) {
        free(win->title);
        win->title = strdup(title);
        win->dirty = true;
        tell(win, PAGE_TITLE);
    }
}

void nb_viz_window_raise(NbWindow *win)
{
    tell(win, PAGE_RAISE);
}

void nb_viz_changed(NbViz *viz)
{
    for (size_t i = 0; viz->windows && i < NB_MOST_WINDOWS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win) {
            win->outdated = win->dirty = true;
        }
    }
}

/* --- being served --- */

int nb_viz_fd(const NbViz *viz)
{
    (void)viz;
    return -1;
}

int nb_viz_timeout(const NbViz *viz)
{
    return nb_viz_open(viz) ? nb_viz_windows_wait(viz->windows) : -1;
}

static void draw(NbWindow *win)
{
    double begun = nb_viz_now_ms();
    const Pane *p = pane_of(win);
    double w = ceil(p->w * p->ratio), h = ceil(p->h * p->ratio);
    NbCanvas *c = web_canvas(w, h);
    nb_viz_window_paint(win, c, w, h, p->ratio * nb_viz_ui_scale(win));
    size_t n;
    const double *op = web_drawn(c, &n);
    if (n > 0) {
        page_frame(number_of(win), op, n);
    }
    web_canvas_free(&c);
    nb_viz_window_painted(win, begun);
}

void nb_viz_pump(NbViz *viz)
{
    NbWindows *host = viz->windows;
    if (!host || host->pumping) {
        return; /* a statement that a window began may come by here */
    }
    host->pumping = true;
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        NbWindow *win = host->window[i];
        if (win && !win->closing && win->kind->poll(win, win->view)) {
            win->dirty = true;
        }
    }
    for (NbWindow *due; (due = nb_viz_windows_next(host));) {
        draw(due);
    }
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        if (host->window[i] && host->window[i]->closing) {
            nb_viz_window_close(host->window[i]);
        }
    }
    host->pumping = false;
}

/* --- the page's hand --- */

static NbWindow *numbered(int id)
{
    bool known = panes && id >= 1 && id <= NB_MOST_WINDOWS;
    return known ? panes->host.window[id - 1] : NULL;
}

void PAGE_CALLS(pane_size)(int id, double w, double h, double ratio);
void pane_size(int id, double w, double h, double ratio)
{
    NbWindow *win = numbered(id);
    if (win && w > 0 && h > 0 && ratio > 0) {
        *pane_of(win) = (Pane){w, h, ratio};
        win->dirty = true;
        panes->host.input_at = nb_viz_now_ms(); /* it is drawn anew at once */
    }
}

enum { HAND_MOVE, HAND_DOWN, HAND_UP, HAND_WHEEL, HAND_LEAVE, HAND_LIFT };
enum { HOLD_SHIFT = 1, HOLD_CTRL = 2, HOLD_RIGHT = 4 };

void PAGE_CALLS(pane_hand)(int id, int what, double x, double y, double wheel, unsigned held);
void pane_hand(int id, int what, double x, double y, double wheel, unsigned held)
{
    NbWindow *win = numbered(id);
    if (!win) {
        return;
    }
    double scale = nb_viz_ui_scale(win);
    win->shift = held & HOLD_SHIFT;
    win->ctrl = held & HOLD_CTRL;
    switch (what) {
    case HAND_MOVE: nb_viz_hand_moved(win, x / scale, y / scale); break;
    case HAND_DOWN:
    case HAND_UP:
        nb_viz_hand_button(win, what == HAND_DOWN, held & HOLD_RIGHT, x / scale, y / scale);
        break;
    case HAND_WHEEL:
        win->x = x / scale;
        win->y = y / scale;
        nb_viz_hand_wheel(win, wheel);
        break;
    case HAND_LIFT: /* a second finger came: what the first began is no click */
        win->dragged = win->pressed;
        nb_viz_hand_button(win, false, false, x / scale, y / scale);
        break;
    default: nb_viz_hand_left(win);
    }
}

void PAGE_CALLS(pane_key)(int id, int code, unsigned held);
void pane_key(int id, int code, unsigned held)
{
    NbWindow *win = numbered(id);
    if (win) {
        win->shift = held & HOLD_SHIFT;
        win->ctrl = held & HOLD_CTRL;
        if (win->ctrl && code == 's') {
            nb_viz_hand_save(win);
        } else if (!win->ctrl) {
            nb_viz_hand_key(win, code);
        }
    }
}

void PAGE_CALLS(pane_close)(int id);
void pane_close(int id)
{
    NbWindow *win = numbered(id);
    if (win) {
        win->closing = true;
    }
}

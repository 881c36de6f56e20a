/* window_state.c -- which windows there are, and what all of them know of themselves */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "window_host.h"

double nb_viz_now_ms(void)
{
    return nb_seconds() * 1e3;
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

#define ROOM_W 360.0 /* a window has room for so much of what views draw: where it is smaller, */
#define ROOM_H 260.0 /* everything is, before things lie over each other */

double nb_viz_scale_at(const NbWindow *win, int w, int h)
{
    double scale = win->host->display.scale * (win->host->viz->style.present ? 1.35 : 1);
    return w > 0 && h > 0 ? fmin(scale, fmin(w / ROOM_W, h / ROOM_H)) : scale;
}

double nb_viz_ui_scale(const NbWindow *win)
{
    return nb_viz_scale_at(win, win->px_w, win->px_h);
}

NbWindow **nb_viz_window_place(NbWindows *host, const NbWindow *win)
{
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        if (host->window[i] == win) {
            return &host->window[i];
        }
    }
    return NULL;
}

void nb_viz_window_close(NbWindow *win)
{
    NbWindows *host = win->host;
    host->hide(win);
    win->kind->free(win->view);
    *nb_viz_window_place(host, win) = NULL;
    free(win->title);
    free(win);
    host->fewer = host->more = true;
}

int nb_viz_close(NbViz *viz, const char *which)
{
    int n = 0;
    for (size_t i = 0; viz->windows && i < NB_MOST_WINDOWS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win && (!which || strcmp(win->kind->name, which) == 0)) {
            nb_viz_window_close(win);
            n++;
        }
    }
    return n;
}

NbWindow *nb_viz_window_named(const NbViz *viz, const char *kind)
{
    for (size_t i = 0; viz->windows && i < NB_MOST_WINDOWS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win && strcmp(win->kind->name, kind) == 0 && !win->closing) {
            return win;
        }
    }
    return NULL;
}

NbWindow *nb_viz_window(const NbViz *viz, const NbViewKind *kind)
{
    return nb_viz_window_named(viz, kind->name);
}

uint64_t nb_viz_window_frames(const NbViz *viz, const char *kind)
{
    NbWindow *win = nb_viz_window_named(viz, kind);
    return win ? win->frames : 0;
}

/* --- all windows --- */

bool nb_viz_open(const NbViz *viz)
{
    for (size_t i = 0; viz->windows && i < NB_MOST_WINDOWS; i++) {
        if (viz->windows->window[i]) {
            return true;
        }
    }
    return false;
}

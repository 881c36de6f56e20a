/* window_host.h -- what the files of the window host share: its windows and their state */
#ifndef NABLA_VIZ_WINDOW_HOST_H
#define NABLA_VIZ_WINDOW_HOST_H

#include "window.h"
#include "window_sdl.h"

#define NB_MOST_WINDOWS 16
#define NB_MOST_KEPT 32

/* Where a kind of window was last put by hand, on a screen of this size. */
typedef struct NbKept {
    char kind[16];
    NbPlace room, at;
} NbKept;

struct NbWindow {
    NbWindows *host;
    const NbViewKind *kind;
    void *view;
    SDL_Window *window;
    char *title;
    char note[256];
    bool dirty, outdated, help, closing;
    bool pressed, dragged, right; /* the button that is down */
    bool shift, ctrl;
    double x, y, press_x, press_y;
    double drawn; /* when the last picture was finished, ms */
    double cost;  /* what it took, ms */
    uint64_t frames;
    NbPlace before; /* present mode; w 0: it was not open then */
    bool by_hand;   /* a person put it where it is */
    double settled; /* ms: who moves it later is a person */
    int watched;    /* the view's descriptor in the epoll set, or -1 */
};

struct NbWindows {
    NbViz *viz;
    NbSdl sdl;
    bool started;
    bool pumping;
    bool more; /* events were left for the next pump */
    NbDisplay display;
    int epoll;
    double input_at; /* ms */
    NbWindow *window[NB_MOST_WINDOWS];
    NbKept kept[NB_MOST_KEPT]; /* oldest first */
    size_t nkept;
    bool kept_read;
    bool arranged; /* for present mode */
};

/* px of the window per px of what views draw */
double nb_viz_ui_scale(const NbWindow *win);

/* --- window_state.c --- */
void nb_viz_window_retitle(NbWindow *win, const char *title);
/* When a window comes, or present mode comes or goes. */
void nb_viz_windows_arrange(NbWindows *host);

/* --- window.c --- */
void nb_viz_window_close(NbWindow *win);
/* Adds a descriptor to those waited for, or takes it out. */
void nb_viz_windows_watch(const NbWindows *host, int fd, bool wanted);
/* A server that is gone must not be spoken to, not even to say goodbye. */
bool nb_viz_windows_ended(const NbWindows *host);

/* --- window_desk.c: to be called shielded --- */
/* Of a new window, not shown yet: size and place beside the terminal and the others. */
void nb_viz_desk_place(NbWindow *win);
void nb_viz_desk_icon(const NbWindow *win);
/* Its place or size changed; a person's choice is kept when it closes. */
void nb_viz_desk_moved(NbWindow *win);
void nb_viz_desk_leave(NbWindow *win);

/* --- window_paint.c --- */
void nb_viz_window_draw(NbWindow *win);
/* ms until the window may be drawn again: all windows together keep to their share. */
double nb_viz_window_due(const NbWindow *win, double now);

/* --- window_events.c --- */
void nb_viz_window_event(NbWindows *host, const SDL_Event *e);

#endif

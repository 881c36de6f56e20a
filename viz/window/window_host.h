/* window_host.h -- what the files of the window host share: its windows and their state */
#ifndef NABLA_VIZ_WINDOW_HOST_H
#define NABLA_VIZ_WINDOW_HOST_H

#include "place.h"
#include "window.h"

#define NB_MOST_WINDOWS 16
#define NB_MOST_KEPT 32

/* The connection behind a window. */
typedef struct NbDisplay {
    int fd;       /* -1 when it cannot be waited for */
    double scale; /* the desktop's text scale, 1 … 4 */
} NbDisplay;

/* Where a kind of window was last put by hand, on a screen of this size. */
typedef struct NbKept {
    char kind[16];
    NbPlace room, at;
} NbKept;

struct NbWindow {
    NbWindows *host;
    const NbViewKind *kind;
    void *view;
    struct SDL_Window *window; /* where SDL shows it */
    char *title;
    char note[256];
    bool dirty, outdated, help, closing;
    bool pressed, dragged, right; /* the button that is down */
    bool shift, ctrl;
    double x, y, press_x, press_y;
    double slot;  /* when the last picture was due, ms; a late one: when it was begun */
    double drawn; /* when it was finished, ms */
    double cost;  /* what it took, ms */
    uint64_t frames;
    int px_w, px_h;       /* of its ground, when last asked; 0: not known yet */
    NbPlace before;       /* present mode; w 0: it was not open then */
    bool by_hand;         /* a person put it where it is */
    double settled;       /* ms: who moves it later is a person */
    int asked_w, asked_h; /* size it was last given, px; 0: none */
    int watched;          /* the view's descriptor in the epoll set, or -1 */
};

struct NbWindows {
    NbViz *viz;
    struct NbSdl *sdl;           /* NULL where something else shows windows */
    void (*hide)(NbWindow *win); /* takes one that closes off the screen */
    bool started;
    bool pumping;
    bool more; /* events were left for the next pump */
    NbDisplay display;
    int epoll;
    double input_at; /* ms */
    double interval; /* ms between pictures while a statement runs, also where they take more than
                        their share (the page sets it); 0: none */
    NbWindow *window[NB_MOST_WINDOWS];
    NbKept kept[NB_MOST_KEPT]; /* oldest first */
    size_t nkept;
    bool kept_read;
    bool arranged; /* for present mode */
    bool tiled;    /* the manager gives windows sizes of its own */
    bool fewer;    /* one was closed: the others may take its room */
};

/* --- window_state.c --- */
/* nb_viz_ui_scale of a window of w × h px; 0: not known yet. */
double nb_viz_scale_at(const NbWindow *win, int w, int h);
/* The free place (win NULL) or that of a window; NULL: there is none. */
NbWindow **nb_viz_window_place(NbWindows *host, const NbWindow *win);
void nb_viz_window_close(NbWindow *win);
/* When a window comes, or present mode comes or goes. */
void nb_viz_windows_arrange(NbWindows *host);

/* --- window.c --- */
/* Adds a descriptor to those waited for, or takes it out. */
void nb_viz_windows_watch(const NbWindows *host, int fd, bool wanted);
/* A server that is gone must not be spoken to, not even to say goodbye. */
bool nb_viz_windows_ended(const NbWindows *host);
/* Its windows are closed without a word to the server; the next one starts the display again. */
void nb_viz_windows_lose(NbWindows *host);

/* --- window_desk.c: to be called shielded --- */
/* Of a new window, not shown yet: size and place beside the terminal and the others. */
void nb_viz_desk_place(NbWindow *win);
void nb_viz_desk_icon(const NbWindow *win);
/* Its place or size changed; a person's choice is kept when it closes. */
void nb_viz_desk_moved(NbWindow *win);
void nb_viz_desk_leave(NbWindow *win);

/* --- window_screen.c --- */
void nb_viz_window_draw(NbWindow *win);
void nb_viz_window_retitle(NbWindow *win, const char *title);

/* --- window_paint.c: whatever shows the window --- */
/* The picture as it is now on w × h pixels, with its keys and notes; scale: pixels to a unit. */
void nb_viz_window_paint(NbWindow *win, NbCanvas *cr, double w, double h, double scale);
/* The picture, begun at this time in ms, is shown. */
void nb_viz_window_painted(NbWindow *win, double begun);
/* ms until the window may be drawn again: all windows together keep to their share. */
double nb_viz_window_due(const NbWindow *win, double now);
/* The window that has waited longest for its picture and may have it now; NULL: none. */
NbWindow *nb_viz_windows_next(const NbWindows *host);
/* ms until a window has work, -1: none has. */
int nb_viz_windows_wait(const NbWindows *host);

/* --- window_hand.c: what a person does, whatever tells it --- */
/* A key as of NbInput. */
void nb_viz_hand_key(NbWindow *win, int code);
bool nb_viz_hand_types(const NbWindow *win); /* all characters are keys now */
void nb_viz_hand_moved(NbWindow *win, double x, double y);
void nb_viz_hand_button(NbWindow *win, bool down, bool right, double x, double y);
void nb_viz_hand_wheel(NbWindow *win, double notches);
void nb_viz_hand_left(NbWindow *win); /* the pointer is elsewhere */
void nb_viz_hand_save(NbWindow *win); /* a picture into a file */

/* --- window_events.c --- */
union SDL_Event;
void nb_viz_window_event(NbWindows *host, const union SDL_Event *e);

#endif

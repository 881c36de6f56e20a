/* window.h -- what the window host offers the views, and the record each view is */
#ifndef NABLA_VIZ_WINDOW_H
#define NABLA_VIZ_WINDOW_H

#include <stdint.h>

#include "viz/export/object.h"

typedef struct NbWindow NbWindow;
typedef struct NbWindows NbWindows;

/* What a person did, free of SDL. Positions in px of the window divided by its scale. */
typedef enum NbInputKind {
    NB_INPUT_KEY, /* a letter, digit or sign as typed (Shift: A), or one of NB_KEY_… */
    NB_INPUT_MOVE,
    NB_INPUT_PRESS,   /* a button goes down: what follows is a drag or a click */
    NB_INPUT_DRAG,    /* dx, dy since the last one */
    NB_INPUT_RELEASE, /* the button comes up */
    NB_INPUT_CLICK,   /* after the release, when the pointer stayed in place */
    NB_INPUT_WHEEL,
    NB_INPUT_LEAVE
} NbInputKind;

/* Keys without a character, beyond Unicode. */
enum {
    NB_KEY_ESCAPE = 0x110000,
    NB_KEY_HELP,
    NB_KEY_LEFT,
    NB_KEY_RIGHT,
    NB_KEY_UP,
    NB_KEY_DOWN,
    NB_KEY_HOME,
    NB_KEY_END,
    NB_KEY_PAGE_UP,
    NB_KEY_PAGE_DOWN,
    NB_KEY_ENTER,
    NB_KEY_BACKSPACE,
    NB_KEY_TAB
};

typedef struct NbInput {
    NbInputKind kind;
    int key;
    double x, y, dx, dy;
    double press_x, press_y; /* where the button went down: drag, release, click */
    double wheel;            /* notches, away from the person positive */
    bool shift, ctrl;        /* held down */
    bool right;              /* the right button, which does not click */
} NbInput;

typedef struct NbKeyHelp {
    const char *key, *what;
} NbKeyHelp;

/* A kind of window. A new one is one file that ends with such a record and a function that opens
 * it; no list has them all. */
typedef struct NbViewKind {
    const char *name;      /* "graph": what `close` takes, and part of names of saved pictures */
    int w, h;              /* px at scale 1 */
    const NbKeyHelp *keys; /* ended by a NULL key; those of every window are added */
    void (*free)(void *view);
    /* Paints on a ground of the theme; w, h as in NbInput. */
    void (*draw)(NbWindow *win, void *view, NbCanvas *cr, double w, double h);
    /* True when it was of use: the window is drawn again. */
    bool (*input)(NbWindow *win, void *view, const NbInput *in);
    void (*changed)(NbWindow *win, void *view); /* values or the style changed */
    /* Called at each pump; true when the window must be drawn again. */
    bool (*poll)(NbWindow *win, void *view);
    int (*fd)(const void *view);      /* a further descriptor to wait for, or -1; may be NULL */
    int (*timeout)(const void *view); /* ms until poll has work, -1: none; may be NULL */
    bool (*export)(const void *view, NbExport *what); /* for Ctrl+S */
    /* True while the view takes text, as in a search: every character, of any script, comes as a
     * key then, also those that are keys of all windows; Escape too. May be NULL. */
    bool (*typing)(const void *view);
} NbViewKind;

/* The window of a kind, or NULL. */
NbWindow *nb_viz_window(const NbViz *viz, const NbViewKind *kind);
NbWindow *nb_viz_window_named(const NbViz *viz, const char *kind); /* "graph" */
/* Opens it with a view, which it owns from then on (also when opening fails: then it is freed). */
NbStatus nb_viz_window_open(NbViz *viz, const NbViewKind *kind, void *view, const char *title,
                            NbErr *err);
void *nb_viz_window_view(const NbWindow *win);
NbViz *nb_viz_window_viz(const NbWindow *win);
/* px of its ground divided by its scale: what draw gets, also before the first picture. */
NbPoint nb_viz_window_size(const NbWindow *win);
void nb_viz_window_title(NbWindow *win, const char *title);
void nb_viz_window_dirty(NbWindow *win);
/* Above other windows; the keyboard stays where it is. */
void nb_viz_window_raise(NbWindow *win);
/* A line at the bottom of the window until the next key or click. */
void nb_viz_window_note(NbWindow *win, const char *text);
/* How much larger than at scale 1 things are drawn when fitted at most. */
double nb_viz_window_cap(const NbWindow *win);
/* px of the window per px of what views draw */
double nb_viz_ui_scale(const NbWindow *win);

double nb_viz_now_ms(void); /* a clock that only goes forward */

/* For tests: SDL's number of the window, 0 when it is not open; pictures drawn so far. */
uint32_t nb_viz_window_id(const NbViz *viz, const char *kind);
uint64_t nb_viz_window_frames(const NbViz *viz, const char *kind);

#endif

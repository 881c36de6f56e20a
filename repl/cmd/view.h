/* view.h -- what the loop and the session need of windows; view*.c are the only users of viz.h */
#ifndef NABLA_CMD_VIEW_H
#define NABLA_CMD_VIEW_H

#include <stdio.h>

#include "session.h"

bool view_open(const Session *s);   /* any window */
void view_pump(Session *s);         /* events and frames that are due; cheap without windows */
void view_changed(Session *s);      /* values or names may have changed */
int view_fd(const Session *s);      /* to poll for reading, or -1 */
int view_timeout(const Session *s); /* ms, or -1 */
void view_cancel(Session *s);       /* Ctrl-C at the prompt: a layout that runs is given up */
/* The font family of this name, as it is spelled, into found; false when none is installed. */
bool view_font(Session *s, const char *name, char *found, size_t cap);
void view_settings(Session *s); /* theme, digits, … changed */
void view_close(Session *s);
void view_stop(Session *s); /* Ctrl-C: what windows compute for themselves ends */
void view_free(Session *s);
/* Windows opened on a name follow it. */
void view_follow(Session *s);
/* A window shows v under its name, which is bound to something else now. */
bool view_shows(const Session *s, const NbVar *v);
/* The i-th format of export, NULL behind the last; what it is, into text. */
const char *view_format(int i, char *text, size_t cap);
const char *view_ending(const char *path); /* what of a path names its format */
int view_worker_main(void);
/* Writes a file whole or not at all; false with the error set at `at`. */
bool view_write_text(Session *s, const Node *at, const char *path, const char *text, size_t len);
/* A value that is being moved by hand becomes a statement; before anything else runs. */
void view_settle(Session *s);
void view_drag_forget(Session *s); /* lets go of its variables */

/* Lights on nodes of the graph window: a node at work, its operands with what flows along the
 * edges, nodes done, nodes that are wrong. */
typedef enum ViewLightKind {
    VIEW_LIGHT_HERE,
    VIEW_LIGHT_INPUT,
    VIEW_LIGHT_DONE,
    VIEW_LIGHT_BAD
} ViewLightKind;
typedef struct ViewLight {
    NbVar *var;
    ViewLightKind kind;
    const char *note; /* "3 + 4 = 7"; may be NULL */
} ViewLight;
/* Copied; n 0 puts them out. backward: from the node at work to its operands. Nothing happens
 * without a graph window. */
void view_light(Session *s, const ViewLight *light, int n, bool backward);

#endif

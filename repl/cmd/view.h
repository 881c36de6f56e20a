/* view.h -- what the loop and the session need of windows; view*.c are the only users of viz.h */
#ifndef NABLA_CMD_VIEW_H
#define NABLA_CMD_VIEW_H

#include <stdio.h>

#include "session/part.h"

extern const SessionPart view_part, view_drag_part, view_surface_part, view_live_part,
    view_curves_part;
/* The font family of this name, as it is spelled, into found; false when none is installed. */
bool view_font(Session *s, const char *name, char *found, size_t cap);
/* While a quiz asks for gradients, windows show none. */
void view_hide_gradients(Session *s, bool hide);
/* The i-th format of export, NULL behind the last; what it is, into text. */
const char *view_format(int i, char *text, size_t cap);
const char *view_ending(const char *path); /* what of a path names its format */
/* The graph behind v as a page of its own with a still picture beside it, and as text (and LaTeX,
 * unless NULL), where the front takes such forms (session_takes_forms); false with the error set at
 * `at`. */
bool view_page(Session *s, const Node *at, NbVar *v, const char *name, const char *text,
               const char *latex);
/* Writes a file whole or not at all; false with the error set at `at`. */
bool view_write_text(Session *s, const Node *at, const char *path, const char *text, size_t len);

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
/* The graph window, where it shows root, shows what is known after so many steps of a walk; root
 * NULL: the walk is over. */
void view_walk(Session *s, NbVar *root, size_t done);

#endif

/* theme.h -- roles of what is drawn, and their look in the light and the dark theme */
#ifndef NABLA_VIZ_THEME_H
#define NABLA_VIZ_THEME_H

#include "viz/viz.h"

typedef struct NbColour {
    double r, g, b; /* 0 … 1 */
} NbColour;

typedef enum NbRole {
    NB_ROLE_PAGE,
    NB_ROLE_BLANK,  /* lines in the colour of the page, to take something away */
    NB_ROLE_ANSWER, /* where the reader of a worksheet writes */
    NB_ROLE_LEAF,
    NB_ROLE_CONST,
    NB_ROLE_INNER,
    NB_ROLE_ROOT,
    NB_ROLE_OP,
    NB_ROLE_NUMBER,
    NB_ROLE_CHIP,  /* the gradient's strip, coloured by its level */
    NB_ROLE_STALE, /* hatching over a stale box */
    NB_ROLE_HOVER,
    NB_ROLE_HERE,   /* lights of a walk: the node at work, */
    NB_ROLE_FLOW,   /* its operands and what flows between them, */
    NB_ROLE_DONE,   /* what was done before, */
    NB_ROLE_BAD,    /* and what is wrong */
    NB_ROLE_SELECT, /* the node chosen with keys */
    NB_ROLE_MATCH,  /* found by a search */
    NB_ROLE_EDGE,
    NB_ROLE_LOCAL, /* local derivatives on edges */
    NB_ROLE_FAR,   /* names in a picture seen from far */
    NB_ROLE_CELL,  /* heat maps */
    NB_ROLE_NAME,
    NB_ROLE_VALUE,
    NB_ROLE_FORMULA, /* the operation inside a compact box */
    NB_ROLE_SIGN,    /* the operation inside an ellipse */
    NB_ROLE_GRAD,    /* a gradient's number; without level: muted */
    NB_ROLE_ORDER,
    NB_ROLE_TITLE,
    NB_ROLE_NOTE,
    NB_ROLE_FRAME,
    NB_ROLE_GRID,
    NB_ROLE_TICK,
    NB_ROLE_CURVE,
    NB_ROLE_PANEL, /* behind legends, help and hover texts */
    NB_ROLE_PANEL_TEXT,
    NB_ROLE_CURSOR,
    NB_ROLE_BAR,     /* counts in a summary */
    NB_ROLE_BAND,    /* between two levels of a surface, coloured by its place on the ramp */
    NB_ROLE_CONTOUR, /* the line of a level */
    NB_ROLE_LEVEL,   /* its number */
    NB_ROLE_SLOPE,   /* gradient arrows */
    NB_ROLE_HALO,    /* under paths and marks, so that they stand out */
    NB_ROLE_VOID,    /* where a surface has no value */
    NB_ROLE_BORDER,  /* between the regions of a classifier */
    NB_ROLES
} NbRole;

/* line is also the colour of texts; size in px of texts. */
typedef struct NbLook {
    NbColour fill, line;
    double fill_alpha, width, size;
    bool bold, mono;
} NbLook;

const NbLook *nb_viz_look(NbTheme theme, NbRole role); /* borrowed, static */
const char *nb_viz_role_name(NbRole role);

/* The gradient scale, level 0 … 1, and black or white, whichever reads better on it. */
NbColour nb_viz_scale_colour(NbTheme theme, double level);
NbColour nb_viz_ink_on(NbColour ground);
/* Signed numbers, -1 … 1: two hues, pale at 0. */
NbColour nb_viz_sign_colour(NbTheme theme, double level);
/* The ramp of surfaces, level 0 … 1: lightness rises evenly from low to high values. */
NbColour nb_viz_ramp_colour(NbTheme theme, double level);
/* A class's region at this confidence, 0 … 1. */
NbColour nb_viz_class_colour(NbTheme theme, int label, double confidence);
/* The nearest of the terminal's 256 colours. */
int nb_viz_terminal_colour(NbColour c);

#define NB_CURVE_COLOURS 7
/* Colours told apart by people who do not see red or green; i wraps. */
NbColour nb_viz_curve_colour(NbTheme theme, int i);

#endif

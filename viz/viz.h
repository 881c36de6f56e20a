/* viz.h -- pictures of graphs and runs: export, text forms, windows; the only header others use */
#ifndef NABLA_VIZ_VIZ_H
#define NABLA_VIZ_VIZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <nabla/graph.h>
#include <nabla/record.h>

#include "text/style.h"

/* What the views ask of the program around them. */
typedef struct NbVizHost {
    void *user;
    /* A line for the person at the prompt (a saved picture's path, a lost display). */
    void (*say)(void *user, const char *line);
    /* A node was clicked: print it and bind ans. */
    void (*click)(void *user, NbVar *v);
    /* The graph at the linked cursor's step. on = true puts the numbers of that step behind the
     * graph window's root in place, values and gradients; false when they are not kept. After it
     * was true, on = false puts everything back bit for bit: values, gradients, stamps. Between
     * the two only look. May be NULL. */
    bool (*preview)(void *user, bool on);
    /* The linked cursor was put somewhere by hand: say how to go there. May be NULL. */
    void (*pointed)(void *user);
    /* The value of a scalar leaf is moved by hand. While !done it is tried: values behind and in
     * front of it are made to follow, nothing is recorded. done: once, as the statement x := value
     * would. false when that cannot be. May be NULL. */
    bool (*write)(void *user, NbVar *leaf, double value, bool done);
    /* An arrow key while a walk waits: +1 on, -1 back. false when no walk waits. May be NULL. */
    bool (*walk_key)(void *user, int direction);
    /* The file in which places of windows that a person moved are kept; outlives the views. NULL
     * or "": for this run only. */
    const char *desk;
} NbVizHost;

typedef enum NbTheme { NB_THEME_LIGHT, NB_THEME_DARK } NbTheme;

typedef struct NbVizStyle {
    NbTheme theme;
    NbTextStyle text;    /* names, digits, characters; columns of text forms, 76 by default */
    bool colour;         /* text forms may use ANSI colours */
    bool present;        /* larger text, thicker lines, three digits in pictures */
    bool show_constants; /* folded numbers as nodes of their own */
    bool whole;          /* every operation a node and each variable once, at any size */
    bool heat;           /* tensors with a heat map of their entries */
    bool hide_grad;      /* no gradients, in windows and files: a quiz */
    char font[64];       /* family of pictures; "": the default */
} NbVizStyle;

typedef struct NbViz NbViz;

/* New; touches neither SDL nor pango nor Graphviz. host and style are copied. */
NbViz *nb_viz_new(const NbVizHost *host, const NbVizStyle *style);
void nb_viz_free(NbViz **viz);
void nb_viz_style(NbViz *viz, const NbVizStyle *style); /* open windows follow */
/* The family of this name as pango spells it, into found; NB_ENAME when there is none here. */
NbStatus nb_viz_font(NbViz *viz, const char *name, char *found, size_t cap, NbErr *err);

/* --- export --- */
typedef enum NbView { NB_VIEW_GRAPH, NB_VIEW_PLOT, NB_VIEW_SURFACE, NB_VIEW_BOUNDARY } NbView;

typedef struct NbSurfaceData NbSurfaceData; /* see surfaces below */

/* Which way a graph runs from its leaves to its root: whichever fills the page, or as told. */
typedef enum NbDirection { NB_ANY_WAY, NB_RIGHTWARDS, NB_DOWNWARDS } NbDirection;

/* What of a graph is drawn, and how. All zero: everything. */
typedef struct NbPart {
    int depth;            /* steps from the root that are drawn; 0: all */
    bool locals;          /* local derivatives on the edges */
    bool reserve;         /* room for numbers to change */
    bool listed;          /* nothing is drawn: graphs of any size are whole */
    const uint64_t *fold; /* serials of nodes whose inputs are not drawn */
    size_t nfold;
    const uint64_t *open; /* of nodes whose inputs are drawn in spite of depth */
    size_t nopen;
} NbPart;

typedef struct NbExport {
    NbView view;
    NbVar *root;                   /* of NB_VIEW_GRAPH; borrowed */
    const NbRecord *record;        /* of NB_VIEW_PLOT; borrowed */
    const struct NbPlotView *plot; /* the part of it a window shows; NULL: everything, fitted */
    const char *title;             /* "f"; shown and used in the file */
    NbSurfaceData *surface; /* of NB_VIEW_SURFACE and NB_VIEW_BOUNDARY: what nb_viz_surface_new
                               gave; borrowed */
    NbPart part;            /* of NB_VIEW_GRAPH */
    int width;              /* of the picture in px (png, svg) or pt (pdf, tex); 0: as needed.
                               Graphs are broken into bands to stay readable at it */
    NbDirection direction;  /* of NB_VIEW_GRAPH */
    bool has_theme;
    NbTheme theme; /* light unless given */
    /* Worksheets, of NB_VIEW_GRAPH: room is left for what is not shown. */
    bool hide_grad, hide_value; /* gradients; what is computed */
    bool local;                 /* part.locals were asked for by name */
    double within[2];           /* pt of a tex picture at most, 0: any; graphs fill that shape */
    bool equal;                 /* a surface has equal scales */
    NbVar *const *blank;        /* both of these; borrowed */
    int nblank;
    int step;       /* of NB_VIEW_GRAPH: the sweeps up to this one, from 1; 0: as the graph is */
    bool partly;    /* the other views in the middle of a run: */
    uint64_t until; /* paths and curves end at this step, everything else is as at the end */
    int delay;      /* of gif: hundredths of a second that the picture stands; 0: as usual */
    int precision;  /* of onnx: 32 or 64 bits a number; 0: 32 */
    const NbVar
        *input; /* of onnx: the graph is a model of this tensor, which has no value in the */
    const char *input_name;                 /* file and any number of rows; borrowed */
    const volatile sig_atomic_t *interrupt; /* may be NULL */
} NbExport;

/* A picture or text in memory. */
typedef struct NbRendered {
    char *bytes; /* owned, with a NUL behind the last; see nb_viz_rendered_free */
    size_t size;
    const char *mime;     /* "image/png"; static */
    double width, height; /* of pictures: px of png and svg, pt of pdf and tex; else 0 */
    char about[160];      /* "7 nodes, 620 × 380 px" */
} NbRendered;

/* How many steps the sweeps through root have, the leaves alone first, then
 * *forward of values, then those of gradients; -1 with *err set when there is
 * no backward sweep from it. */
int nb_viz_steps(NbViz *viz, NbVar *root, int *forward, NbErr *err);

/* The same pictures one after the other: a GIF that nb_viz_render gave is joined to *all, which
 * begins empty (size 0) and is kept by the caller: *bytes, for free(). false when out of memory. */
bool nb_viz_gif_add(char **bytes, size_t *size, const NbRendered *one);

/* A view in a form, in memory: `form` is the ending of a file, "png", "svg", "pdf", "dot", "html",
 * … (see nb_viz_format), upper or lower case. Touches neither files nor windows; graphs wait for
 * the layout worker. On failure *out is empty. NB_EVALUE: a form that this view has not, an option
 * without meaning in it, or nothing to show, with a hint; NB_EINTERRUPT: *what->interrupt;
 * NB_EIO: a library or the worker is missing; NB_EMEM. */
NbStatus nb_viz_render(NbViz *viz, const char *form, const NbExport *what, NbRendered *out,
                       NbErr *err);
void nb_viz_rendered_free(NbRendered *r); /* leaves it empty */

/* The same into a file; the ending of path names the form. Whole or not at all: a temporary file
 * beside it, renamed. On success `said` gets what the prompt shows:
 * "wrote g.png (7 nodes, 620 × 380 px)". NB_OK may leave a remark in err->hint: that the file has
 * another owner now, or that other names of the old one keep it. */
NbStatus nb_viz_export(NbViz *viz, const char *path, const NbExport *what, char *said, size_t cap,
                       NbErr *err);

/* Formats for help: the ending of the i-th, NULL behind the last; what it is, of which views, and
 * which options it takes, into text. */
const char *nb_viz_format(int i, char *text, size_t cap);
/* What of a path names its form: "png" of "a/B.PNG", as nb_viz_format spells it; as it stands where
 * it is no form here, "" where there is none. Part of path, or static. */
const char *nb_viz_ending(const char *path);
/* Views by name, as view= takes them: "graph" for 0, NULL behind the last. */
const char *nb_viz_view_name(int i);

/* Numbers side by side as comma-separated values: a line for each entry of the first axis, in full
 * digits, below the names. (n,) and (n, 1) are one column, (n, k) are k, named x[0], x[1], …; a
 * scalar is a table of one line. NB_ESHAPE when lengths differ. */
typedef struct NbColumns {
    const char *name;
    NbVar *var;
} NbColumns;
NbStatus nb_viz_render_columns(const NbColumns *part, int n, NbRendered *out, NbErr *err);
/* In a file, whole or not at all; `said` gets "wrote p.csv (200 rows, 3 columns)". */
NbStatus nb_viz_export_columns(const char *path, const NbColumns *part, int n, char *said,
                               size_t cap, NbErr *err);

/* --- text forms, to out --- */
/* The graph as an indented tree, shared nodes once:
 *   f  = 10   v1 + v2   grad -
 *   ├ v1 = 6  x * y     grad -
 *   │ ├ x = 2           grad -                                                              */
NbStatus nb_viz_tree(NbViz *viz, NbVar *root, FILE *out, NbErr *err);
/* The runs of a record as a small chart of at most style.text.columns. The title names the columns
 * shown ("f, x"), as that of a plot window; NULL: the first. */
NbStatus nb_viz_chart(NbViz *viz, const NbRecord *record, const char *title, FILE *out, NbErr *err);

/* --- surfaces: a function of two variables, or the regions of a classifier --- */
/* The numbers of a picture, asked for point by point. */
typedef struct NbField {
    void *user;
    int channels; /* numbers at each point: 1, or the scores of so many classes */
    /* Numbers at n points into out, `channels` each, for at most about ms milliseconds. Returns how
     * many points are done, 0: not now, -1: it cannot be computed (or was stopped). */
    int (*sample)(void *user, const double *x, const double *y, int n, double ms, double *out);
    /* f, ∂f/∂x and ∂f/∂y; false where there is no gradient. May be NULL. */
    bool (*slope)(void *user, double x, double y, double out[3]);
    /* Where the variables are now; false when they are nowhere. May be NULL. */
    bool (*now)(void *user, double at[2]);
    /* The person chose a start; false when it cannot be set now. May be NULL. */
    bool (*start)(void *user, double x, double y);
    void (*free)(void *user);
} NbField;

typedef struct NbSurface {
    NbField field; /* taken over, also on failure */
    const char *title;
    const char *name[2];   /* of the axes; texts are copied */
    const char *column[2]; /* of the record, with the paths */
    double lo[2], hi[2];
    bool equal;             /* one unit is as long on both axes */
    const NbRecord *record; /* borrowed; NULL: no paths */
    /* Regions of classes instead of contours: the data points, copied, and their classes. */
    bool boundary;
    int npoints;
    const double *point; /* x, y, x, y, … */
    const int *label;
} NbSurface;

/* Opens or re-aims the window "surface", or "boundary". The record must outlive it. */
NbStatus nb_viz_surface(NbViz *viz, const NbSurface *surface, NbErr *err);
/* New, for exports and text forms; NULL with *err set when out of memory. */
NbSurfaceData *nb_viz_surface_new(const NbSurface *surface, NbErr *err);
void nb_viz_surface_free(NbSurfaceData **surface);
/* As coarse bands of characters, at most style.text.columns wide. */
NbStatus nb_viz_surface_print(NbViz *viz, NbSurfaceData *surface, FILE *out, NbErr *err);
/* Ctrl-C: what is being sampled stays as far as it got. */
void nb_viz_surface_stop(NbViz *viz);

/* --- windows: one thread, driven by the program's own loop --- */
/* True when windows can be opened; false without a display or in a build without SDL. Cheap:
 * looks at the environment only. */
bool nb_viz_has_display(const NbViz *viz);
/* Opens the display, if that was not done or it went away: false when it cannot be. */
bool nb_viz_start_display(NbViz *viz);
/* Loads what the first window needs, but opens nothing; what fails will fail then. */
void nb_viz_ready(NbViz *viz);
/* Opens or re-aims the graph window. Keeps a reference to root until re-aimed or closed. */
NbStatus nb_viz_graph(NbViz *viz, NbVar *root, const char *title, NbErr *err);
/* For the next nb_viz_graph: so many steps from the root are drawn, 0: all; what the person folded
 * is unfolded. */
void nb_viz_graph_depth(NbViz *viz, int depth);
/* Ctrl-C: gives up a layout that runs. */
void nb_viz_cancel(NbViz *viz);
/* The root of the graph window, or NULL: to follow a name that is bound again. */
NbVar *nb_viz_graph_root(const NbViz *viz);
const char *nb_viz_graph_title(const NbViz *viz);
/* In the middle of a statement, while its labels hold: the window shows root as it is now, without
 * being raised. Nothing happens while a layout runs. */
void nb_viz_graph_passed(NbViz *viz, NbVar *root);
/* Lights on nodes of the graph window, for a walk or an error: a node at work, its operands with
 * what flows along the edges, nodes done, nodes that are wrong. */
typedef enum NbLightKind { NB_LIGHT_HERE, NB_LIGHT_INPUT, NB_LIGHT_DONE, NB_LIGHT_BAD } NbLightKind;
typedef struct NbLight {
    NbVar *var;
    NbLightKind kind;
    const char *note; /* "3 + 4 = 7"; may be NULL */
} NbLight;
/* Copied; n 0 puts them out. backward: numbers flow from the node at work to its operands. Nothing
 * without a graph window. */
void nb_viz_lights(NbViz *viz, const NbLight *light, int n, bool backward);
/* A graph window on root shows it as it is after so many steps of its sweeps: values, then
 * gradients, that are not known yet are left open. root NULL: as it is. */
void nb_viz_walk(NbViz *viz, NbVar *root, size_t done);
/* Opens the plot window on a record, which must outlive it (nb_viz_close before freeing it). */
NbStatus nb_viz_plot(NbViz *viz, const NbRecord *record, const char *title, NbErr *err);
/* The plot window, where it shows the record `before`, shows `now` in its place, zoomed as it is;
 * nothing points to `before` any more. */
void nb_viz_plot_again(NbViz *viz, const NbRecord *before, const NbRecord *now);
/* Closes "graph", "plot", … or, with NULL, all. Returns how many were open. */
int nb_viz_close(NbViz *viz, const char *which);

/* --- the linked cursor: one step of one run, marked in every window --- */
/* run_serial as in NbRunInfo. All windows are drawn again. */
void nb_viz_cursor_set(NbViz *viz, uint32_t run_serial, uint64_t step);
/* False when no step is picked; run_serial and step may be NULL. */
bool nb_viz_cursor(const NbViz *viz, uint32_t *run_serial, uint64_t *step);
void nb_viz_cursor_clear(NbViz *viz);

bool nb_viz_open(const NbViz *viz);   /* any window */
int nb_viz_fd(const NbViz *viz);      /* to poll for reading; -1 when there is none */
int nb_viz_timeout(const NbViz *viz); /* ms until nb_viz_pump should run; -1: only on input */
void nb_viz_pump(NbViz *viz);         /* handles events, draws what is due; never blocks */
void nb_viz_changed(NbViz *viz);      /* values, gradients or names changed: redraw when due */

/* Body of the hidden layout worker (`nabla --layout-worker`): reads graphs on stdin, writes
 * positions on stdout. Returns the exit status. The worker is /proc/self/exe, or NABLA_WORKER. */
int nb_viz_worker_main(void);

/* Writes text to a file, whole or not at all. Stops where it has to wait and *stop is set; NB_OK
 * may leave a remark in err->hint, as nb_viz_export may. */
NbStatus nb_viz_write_text(const char *path, const char *text, size_t len,
                           const volatile sig_atomic_t *stop, NbErr *err);

#endif

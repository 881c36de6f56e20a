/* view_internal.h -- what view*.c share; the only file here that includes viz.h */
#ifndef NABLA_CMD_VIEW_INTERNAL_H
#define NABLA_CMD_VIEW_INTERNAL_H

#include "cmd/view.h"
#include "viz/viz.h"

/* What the session keeps of windows. */
struct ViewDrag;
struct Field;
struct ViewAsk;
typedef struct View {
    NbViz *viz;             /* made by the first command that shows something */
    struct NbTrial *moment; /* while the graph is drawn at the linked cursor's step */
    struct Field *live[2];  /* of the surface and boundary windows, which own them */
    struct ViewDrag *drag;  /* a value is being moved by hand; NULL: none */
    double graph_due;       /* s: when a running loop may draw the graph again */
    double idle_since;      /* s: when a person was first waited for; 0: not yet */
    bool ready;             /* what the first window needs was loaded */
    bool hide_grad;
    char plotted[256]; /* what plot was last given; "": nothing by name */
    char desk[4096];   /* the file that keeps where windows were put; "": none */
} View;
extern const PartKey view_key;
View *view_of(const Session *s);
NbViz *view_open_viz(const Session *s); /* while windows are open, else NULL */
/* A file was written; the hint of err is what could not be kept of the one that was there. */
void view_wrote(Session *s, const char *path, const NbErr *err);

/* Made by the first command that shows something; NULL with the error set. */
NbViz *view_viz(Session *s);
/* Opens the display: for commands that open a window on it, or print text. */
bool view_has_display(Session *s, NbViz *viz);

/* The value of a scalar leaf is moved by hand: tried at once, and when done one statement. false
 * while a statement runs, or when the leaf has no name. */
bool view_write(Session *s, NbVar *leaf, double value, bool done);

/* The front takes pictures in place of windows. */
/* The view in n forms, which are endings of files, in the session's theme. */
bool view_render(Session *s, NbViz *viz, NbExport *e, const char *const *forms, int n,
                 NbRendered *r, NbErr *err);
/* Shows it the view, in the session's theme; false with the error set at `at`. */
bool view_show_picture(Session *s, const Node *at, NbViz *viz, NbExport *e);
/* The same; without memory, or stopped, nothing is shown and nobody hears of it. */
void view_try_picture(Session *s, NbViz *viz, NbExport *e);

/* --- arguments --- */
/* The variable an argument stands for: a new reference, NULL with the error set. */
NbVar *view_variable(Interp *I, const Call *c, int i, char *name, size_t cap);
/* Position of an option's word (theme=dark, in quotes or not) among `words`, `fallback` when it is
 * not given; -1 with the error set when it is another. */
int view_choose(Interp *I, const Call *c, int opt, const char *const *words, int n, int fallback);

/* --- the linked cursor: see NbVizHost --- */
bool view_preview(void *user, bool on);
void view_pointed(void *user);

/* --- the record --- */
bool view_recorded(const NbRecord *r); /* a run has samples */
/* What was minimised, oldest first: the title of a plot that names no curve. */
void view_plot_title(const NbRecord *r, char *title, size_t cap);

/* The arguments from `first` on side by side, the title of a plot of these curves. Those that no
 * run recorded are told, with what to do. Returns how many were recorded. */
int view_curves(Interp *I, const Call *c, int first, const NbRecord *r, char *title, size_t cap);

/* --- surfaces and boundaries (view_surface.c) --- */
/* The field is released: nothing may point to it any more. */
void view_field_gone(Session *s, const struct Field *f);
/* The surface or boundary export writes: of its second argument, else the one shown last, else of
 * what was swept last. New (nb_viz_surface_free), NULL with the error set; its name into buf. */
NbSurfaceData *view_surface_export(Interp *I, const Call *c, bool boundary, bool equal, char *name,
                                   size_t cap);

/* --- sweeps and runs step by step (view_steps.c) --- */
/* *steps as steps= says, 1 for true, else by a place for a number in the name: "w-%02d.svg"; 0:
 * one picture. False: failed. */
bool view_steps_wanted(Interp *I, const Call *c, int option, const char *path, int *steps);
bool view_steps_export(Interp *I, const Call *c, NbViz *viz, const char *path, int asked,
                       NbExport *e);

#endif

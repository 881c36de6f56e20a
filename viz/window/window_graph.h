/* window_graph.h -- the graph window's state, shared by its files */
#ifndef NABLA_VIZ_WINDOW_GRAPH_H
#define NABLA_VIZ_WINDOW_GRAPH_H

#include "viz/diagram/lamps.h"
#include "viz/diagram/place.h"
#include "viz/diagram/wrap.h"
#include "window.h"

/* A model with everything that belongs to it. */
typedef struct Snapshot {
    NbVar *root; /* a reference: the model borrows from it */
    NbModel *model;
    NbPoint *size;
    NbGeometry *geometry;
    NbPage page; /* the geometry was made for */
    bool upright, wrapped;
    int digits; /* of its numbers */
} Snapshot;

/* Serials of nodes. */
typedef struct Serials {
    uint64_t *at;
    size_t n, cap;
} Serials;

/* A value that is being moved by the mouse, the wheel or keys. */
typedef struct Hand {
    NbVar *leaf; /* a reference; NULL: none */
    double value, step;
    double rest; /* way or notches that do not make a step yet */
    bool moved;
    double due; /* ms: when it becomes a statement; 0 while a button is held */
} Hand;

#define QUERY_MAX 64

typedef struct GraphView {
    NbVar *root;
    char *title;
    Snapshot shown;  /* drawn now */
    Snapshot coming; /* waits for its layout */
    NbLayouter *layouter;
    double laying;   /* ms: when the layout began */
    bool superseded; /* the layout before was given up for this one: it may finish */
    bool again;      /* changed while a layout was running */
    bool stopped;    /* a layout was stopped by the person */
    NbScene scene;   /* of shown */
    NbScene far;     /* the same from far, made when first needed */
    NbScene legend;
    NbLamps lamps; /* lit by a walk */
    bool walked;   /* … which has done so many steps */
    size_t done;
    /* what of the graph */
    bool locals;
    int depth;
    Serials fold, open;
    /* where the person looks */
    bool fitted; /* the person has not moved or zoomed */
    bool whole;  /* all of it was asked for, however small; else text stays readable */
    bool partly; /* it does not fit in readable size */
    double zoom, left, top, w, h;
    int hover, chosen; /* nodes, by the pointer and by keys; -1 none */
    bool cards;        /* shown beside a node */
    bool distant;      /* seen from far: texts are left out, values not moved */
    bool keys_last;    /* the card is the chosen node's */
    /* search */
    bool typing;
    char query[QUERY_MAX];
    Hand hand;
    bool at_step; /* numbers of the linked cursor's step are shown */
    uint64_t step;
    char failed[NB_MSG_MAX + NB_HINT_MAX + 4];
} GraphView;

/* --- window_graph_state.c --- */
void nb_viz_graph_refresh(NbWindow *win, GraphView *v);
NbMeasure nb_viz_graph_measure(NbWindow *win);
/* The variable of a node when it still is part of the graph: unchain may have cut it off. */
NbVar *nb_viz_graph_living(const GraphView *v, int node);
/* Folds what is behind a node, or unfolds it. */
bool nb_viz_graph_fold(NbWindow *win, GraphView *v, int node);
void nb_viz_graph_unfold(NbWindow *win, GraphView *v, int depth);    /* all; then so deep, 0: all */
void nb_viz_graph_show(NbWindow *win, GraphView *v, Snapshot *next); /* takes what is in next */
void nb_viz_graph_clear(Snapshot *s);                                /* leaves it empty */
/* Whether another layout may fill this page better. */
bool nb_viz_graph_misshapen(const Snapshot *s, const NbPage *page);
void nb_viz_graph_fail(NbWindow *win, GraphView *v, const NbErr *err);
NbPart nb_viz_graph_part(const GraphView *v);
/* ms until a layout that runs is slow enough to be given up for a newer graph. */
double nb_viz_graph_slow_in(const GraphView *v);
#define NB_GRAPH_LEGEND 34.0   /* px below the picture */
#define NB_GRAPH_LIT 50.0      /* around lit nodes: room for notes */
#define NB_GRAPH_LEGEND_X 18.0 /* from the left */
#define NB_GRAPH_SMALL_W 480.0 /* a window below this, as on a phone, shows more, smaller */
#define NB_GRAPH_SMALL_H 360.0
/* What a layout is to fill in a window of this size. */
NbPage nb_viz_graph_page(double w, double h);
double nb_viz_graph_border(double w, double h);        /* px around the picture */
void nb_viz_graph_legend(NbWindow *win, GraphView *v); /* for the width that it has */

/* --- window_graph_draw.c --- */
void nb_viz_graph_draw(NbWindow *win, void *view, NbCanvas *cr, double w, double h);

/* --- window_graph_input.c --- */
bool nb_viz_graph_input(NbWindow *win, void *view, const NbInput *in);
bool nb_viz_graph_typing(const void *view);

/* --- window_graph_find.c --- */
/* Moves the picture so that the node is in sight; readable when it was searched. */
void nb_viz_graph_bring(GraphView *v, int node, bool readable);
/* What a walk is at comes into sight: the node at work, and its operands where they fit beside. */
void nb_viz_graph_bring_lit(GraphView *v);
/* Whether a node is found by the query. */
bool nb_viz_graph_matches(const GraphView *v, int node);
int nb_viz_graph_count(const GraphView *v, int *place); /* matches; which of them is chosen, or 0 */
/* Chooses the next match in a direction, 1 or -1, and brings it into sight. */
bool nb_viz_graph_next(GraphView *v, int direction);
/* A key while the query is typed. */
bool nb_viz_graph_type(GraphView *v, int key);
/* Chooses the next node, and brings it into sight. */
bool nb_viz_graph_walk_nodes(GraphView *v, int direction);

/* --- window_graph_hand.c --- */
/* Takes hold of a scalar leaf; false when the node is none. */
bool nb_viz_graph_grab(GraphView *v, int node);
/* Moves by so many steps; fine: a tenth of a step each. `button`: until let go, else for a while.
 */
void nb_viz_graph_move(NbWindow *win, GraphView *v, double steps, bool fine, bool button);
/* What was moved becomes a statement. */
void nb_viz_graph_let_go(NbWindow *win, GraphView *v);
/* A step of round numbers for a value of this size. */
double nb_viz_graph_step(double value);
/* The multiple of step nearest to value, n steps further, without digits of its own making. */
double nb_viz_graph_moved(double value, double step, double n);

#endif

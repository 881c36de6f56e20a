/* layout.h -- positions of a graph's nodes and edges, computed by a worker process */
#ifndef NABLA_VIZ_LAYOUT_H
#define NABLA_VIZ_LAYOUT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <nabla/error.h>

#include "point.h"

/* What is to be placed. Sizes in px; edges as pairs of node numbers. Borrowed during the call. */
typedef struct NbLayoutJob {
    size_t nnodes;
    const NbPoint *size; /* width, height */
    const bool *oval;    /* an ellipse: edges end on its rim */
    size_t nedges;
    const uint32_t *from, *to;
    bool upright; /* inputs at the top instead of at the left */
    bool tight;   /* ranks near each other: labels stand between them */
} NbLayoutJob;

/* One edge: Bézier points, at least 4 and 1 more than a multiple of 3, and the tip of its arrow. */
typedef struct NbRoute {
    size_t first, count;
    NbPoint tip;
} NbRoute;

typedef struct NbGeometry {
    double w, h;
    size_t nnodes, nedges;
    NbPoint *at; /* centres, y downwards */
    NbRoute *route;
    NbPoint *points;
    size_t npoints;
} NbGeometry;

void nb_viz_geometry_free(NbGeometry **g);
/* New, from a worker's whole answer; NULL when the text is none for so many nodes and edges, or
 * when memory is *refused. */
NbGeometry *nb_viz_geometry_read(const char *text, size_t nnodes, size_t nedges, bool *refused);
/* The worker's side: answers the requests on `in` until its end, or until one is damaged, each
 * within so many seconds (0: no limit). gvc: libgvc's context, or NULL: every answer is `fail`. */
void nb_viz_worker_serve(void *gvc, FILE *in, FILE *out, unsigned seconds);

/* A worker process, started with the first job, kept for the next ones, and killed when a job
 * takes more than two seconds. */
typedef struct NbLayouter NbLayouter;

NbLayouter *nb_viz_layouter_new(void); /* new, starts nothing; NULL when out of memory */
void nb_viz_layouter_free(NbLayouter **l);

/* Hands a job over; one that still runs is abandoned. NB_EIO when no worker can be started. */
NbStatus nb_viz_layout_start(NbLayouter *l, const NbLayoutJob *job, NbErr *err);
void nb_viz_layout_cancel(NbLayouter *l); /* ends a job that runs, with its worker */
bool nb_viz_layout_busy(const NbLayouter *l);
int nb_viz_layout_fd(const NbLayouter *l);      /* readable when the answer comes; -1 when idle */
int nb_viz_layout_timeout(const NbLayouter *l); /* ms until the job is given up; -1 when idle */
/* Never blocks. *out: the new geometry once it is there, else NULL. */
NbStatus nb_viz_layout_poll(NbLayouter *l, NbGeometry **out, NbErr *err);
/* Blocks until done, given up, or *interrupt (may be NULL) becomes non-zero. */
NbStatus nb_viz_layout_wait(NbLayouter *l, const volatile sig_atomic_t *interrupt, NbGeometry **out,
                            NbErr *err);

#define NB_LAYOUT_LIMIT_MS 2000
#define NB_LAYOUT_SIZE 1e6       /* px: most of a node */
#define NB_LAYOUT_FAST_ABOVE 150 /* nodes: straight edges and short iterations */

#endif

/* layout_wire.h -- graphs to be placed and where they stand, and how both are sent as text */
#ifndef NABLA_VIZ_LAYOUT_WIRE_H
#define NABLA_VIZ_LAYOUT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <nabla/error.h>

#include "base/text.h"
#include "viz/picture/point.h"

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
/* --- what is sent: requests and answers as text, whatever carries them --- */
/* Request:  graph N M HOW          sizes in px, one node a line; edges as node numbers
 *           W H OVAL               × N
 *           FROM TO                × M
 * Answer:   ok W H                 y downwards, px
 *           X Y                    × N, centres
 *           K TIPX TIPY X Y …      × M, K = 4, 7, 10, … Bézier points
 *           end
 * or        fail, end. */
void nb_viz_job_write(Text *out, const NbLayoutJob *job);
/* True when a whole answer was received. */
bool nb_viz_answer_complete(const Text *b);
/* More bytes than any answer for this many nodes and edges takes. */
bool nb_viz_answer_too_long(const Text *b, size_t nnodes, size_t nedges);
/* New, from a whole answer; NULL when the text is none for so many nodes and edges, or
 * when memory is *refused. */
NbGeometry *nb_viz_geometry_read(const char *text, size_t nnodes, size_t nedges, bool *refused);

/* The answering side. A request read from a stream; its job borrows from it. */
typedef struct NbLayoutRequest {
    NbLayoutJob job;
    NbPoint *size;
    bool *oval;
    uint32_t *from, *to;
} NbLayoutRequest;
/* The first line; false at the end of the stream, or when it is none. */
bool nb_viz_request_head(FILE *in, NbLayoutRequest *r);
/* The rest; false when it ends early, is damaged, or memory is refused. */
bool nb_viz_request_body(FILE *in, NbLayoutRequest *r);
void nb_viz_request_free(NbLayoutRequest *r); /* leaves it empty */
/* NULL: fail. */
void nb_viz_answer_write(FILE *out, const NbGeometry *g);

#define NB_LAYOUT_SIZE 1e6 /* px: most of a node */

#endif

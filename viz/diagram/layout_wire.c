/* layout_wire.c -- requests for positions and their answers as text: written and read */
#include "layout_wire.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { UPRIGHT = 1, TIGHT = 2 }; /* of HOW */

void nb_viz_geometry_free(NbGeometry **g)
{
    if (*g) {
        free((*g)->at);
        free((*g)->route);
        free((*g)->points);
        free(*g);
        *g = NULL;
    }
}

/* --- requests --- */

void nb_viz_job_write(Text *b, const NbLayoutJob *job)
{
    text_printf(b, "graph %zu %zu %d\n", job->nnodes, job->nedges,
                job->upright * UPRIGHT + job->tight * TIGHT);
    for (size_t i = 0; i < job->nnodes; i++) {
        text_printf(b, "%.1f %.1f %d\n", job->size[i].x, job->size[i].y, job->oval[i]);
    }
    for (size_t i = 0; i < job->nedges; i++) {
        text_printf(b, "%" PRIu32 " %" PRIu32 "\n", job->from[i], job->to[i]);
    }
}

#define MOST 100000

bool nb_viz_request_head(FILE *in, NbLayoutRequest *r)
{
    int how;
    *r = (NbLayoutRequest){0};
    if (fscanf(in, " graph %zu %zu %d", &r->job.nnodes, &r->job.nedges, &how) != 3 ||
        r->job.nnodes > MOST || r->job.nedges > MOST) {
        return false;
    }
    r->job.upright = how & UPRIGHT;
    r->job.tight = how & TIGHT;
    return true;
}

/* Layouts take sizes as they come, and never end with some that are no numbers. */
static bool is_size(double v)
{
    return v > 0 && v <= NB_LAYOUT_SIZE;
}

bool nb_viz_request_body(FILE *in, NbLayoutRequest *r)
{
    size_t nnodes = r->job.nnodes, nedges = r->job.nedges;
    r->job.size = r->size = calloc(nnodes + 1, sizeof *r->size);
    r->job.oval = r->oval = calloc(nnodes + 1, sizeof *r->oval);
    r->job.from = r->from = calloc(nedges + 1, sizeof *r->from);
    r->job.to = r->to = calloc(nedges + 1, sizeof *r->to);
    if (!r->size || !r->oval || !r->from || !r->to) {
        return false;
    }
    for (size_t i = 0; i < nnodes; i++) {
        int oval;
        if (fscanf(in, "%lf %lf %d", &r->size[i].x, &r->size[i].y, &oval) != 3 ||
            !is_size(r->size[i].x) || !is_size(r->size[i].y)) {
            return false;
        }
        r->oval[i] = oval != 0;
    }
    for (size_t i = 0; i < nedges; i++) {
        size_t from, to;
        if (fscanf(in, "%zu %zu", &from, &to) != 2 || from >= nnodes || to >= nnodes) {
            return false;
        }
        r->from[i] = (uint32_t)from;
        r->to[i] = (uint32_t)to;
    }
    return true;
}

void nb_viz_request_free(NbLayoutRequest *r)
{
    free(r->size);
    free(r->oval);
    free(r->from);
    free(r->to);
    *r = (NbLayoutRequest){0};
}

/* --- answers --- */

void nb_viz_answer_write(FILE *out, const NbGeometry *g)
{
    if (!g) {
        fputs("fail\nend\n", out);
        return;
    }
    fprintf(out, "ok %.2f %.2f\n", g->w, g->h);
    for (size_t i = 0; i < g->nnodes; i++) {
        fprintf(out, "%.2f %.2f\n", g->at[i].x, g->at[i].y);
    }
    for (size_t i = 0; i < g->nedges; i++) {
        const NbRoute *r = &g->route[i];
        fprintf(out, "%zu %.2f %.2f", r->count, r->tip.x, r->tip.y);
        for (size_t k = 0; k < r->count; k++) {
            fprintf(out, " %.2f %.2f", g->points[r->first + k].x, g->points[r->first + k].y);
        }
        fputc('\n', out);
    }
    fputs("end\n", out);
}

#define FARTHEST 1e8 /* px */
#define MOST_POINTS 100000
/* Bytes of an answer at most: for all, and for each node and edge on average. */
#define ANSWER_BASE ((size_t)1 << 20)
#define ANSWER_EACH ((size_t)16384)

typedef struct Reader {
    const char *at;
    bool bad, refused;
} Reader;

static double read_number(Reader *r)
{
    char *end;
    double v = strtod(r->at, &end);
    if (end == r->at || !(fabs(v) <= FARTHEST)) {
        r->bad = true;
    }
    r->at = end;
    return v;
}

/* Of Bézier points: the first, then three for each piece. */
static size_t read_count(Reader *r)
{
    double v = read_number(r);
    if (!(v >= 4) || v > MOST_POINTS || fmod(v, 3) != 1) {
        r->bad = true;
        return 0;
    }
    return (size_t)v;
}

static NbPoint read_point(Reader *r)
{
    NbPoint p;
    p.x = read_number(r);
    p.y = read_number(r);
    return p;
}

static void read_routes(Reader *r, NbGeometry *g)
{
    size_t cap = 0;
    for (size_t i = 0; i < g->nedges && !r->bad; i++) {
        NbRoute *route = &g->route[i];
        route->first = g->npoints;
        route->count = read_count(r);
        route->tip = read_point(r);
        for (size_t k = 0; k < route->count && !r->bad; k++) {
            if (!nb_grow(&g->points, &cap, g->npoints + 1, sizeof *g->points)) {
                r->bad = r->refused = true;
                return;
            }
            g->points[g->npoints++] = read_point(r);
        }
    }
}

NbGeometry *nb_viz_geometry_read(const char *text, size_t nnodes, size_t nedges, bool *refused)
{
    if (strncmp(text, "ok ", 3) != 0) {
        return NULL;
    }
    Reader r = {.at = text + 3};
    NbGeometry *g = calloc(1, sizeof *g);
    if (!g) {
        *refused = true;
        return NULL;
    }
    g->nnodes = nnodes;
    g->nedges = nedges;
    g->w = read_number(&r);
    g->h = read_number(&r);
    r.bad = r.bad || g->w < 0 || g->h < 0;
    g->at = calloc(nnodes + 1, sizeof *g->at);
    g->route = calloc(nedges + 1, sizeof *g->route);
    r.refused = !g->at || !g->route;
    r.bad = r.bad || r.refused;
    for (size_t i = 0; i < nnodes && !r.bad; i++) {
        g->at[i] = read_point(&r);
    }
    if (!r.bad) {
        read_routes(&r, g);
    }
    if (r.bad || strcmp(r.at, "\nend\n") != 0) {
        nb_viz_geometry_free(&g);
    }
    *refused = r.refused;
    return g;
}

bool nb_viz_answer_too_long(const Text *b, size_t nnodes, size_t nedges)
{
    return b->len > ANSWER_BASE + ANSWER_EACH * (nnodes + nedges);
}

bool nb_viz_answer_complete(const Text *b)
{
    return b->len >= 5 && memcmp(b->s + b->len - 5, "\nend\n", 5) == 0;
}

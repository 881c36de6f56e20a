/* layout_gvc.c -- positions of nodes and edges by libgvc, loaded into this process */
#include "layout_gvc.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <graphviz/gvc.h>

#include "base/mem.h"
#include "viz/picture/load.h"

/* clang-format off */
#define NB_CGRAPH(X) X(agopen) X(agclose) X(agattr) X(agnode) X(agedge) X(agsafeset) X(agseterr)
#define NB_GVC(X)    X(gvContext) X(gvFreeContext) X(gvLayout) X(gvFreeLayout)
/* clang-format on */

/* A library is loaded once in a process. */
typedef struct Graphviz {
    __typeof__(Agdirected) *directed;
#define X(f) __typeof__(f) *f;
    NB_CGRAPH(X)
    NB_GVC(X)
#undef X
} Graphviz;

static Graphviz lib;

/* clang-format off */
#define X(f) {#f, offsetof(Graphviz, f)},
static const NbSymbol in_cgraph[] = {NB_CGRAPH(X) {"Agdirected", offsetof(Graphviz, directed)}};
static const NbSymbol in_gvc[] = {NB_GVC(X)};
#undef X
/* clang-format on */

#define PX_PER_INCH 72.0
#define FAST_ABOVE 150 /* nodes: straight edges and short iterations */

typedef struct Job {
    const NbLayoutJob *what;
    Agraph_t *graph;
    Agnode_t **node;
    Agedge_t **edge;
} Job;

NbStatus nb_viz_gvc_new(void **gvc, NbErr *err)
{
    static const char *const cgraph[] = {"libcgraph.so.6", "libcgraph.so", NULL};
    static const char *const files[] = {"libgvc.so.6", "libgvc.so", NULL};
    size_t ncgraph = sizeof in_cgraph / sizeof in_cgraph[0];
    size_t n = sizeof in_gvc / sizeof in_gvc[0];
    NbStatus status = nb_viz_load(cgraph, in_cgraph, ncgraph, &lib, "Graphviz", err);
    status = status ? status : nb_viz_load(files, in_gvc, n, &lib, "Graphviz", err);
    if (status) {
        return status;
    }
    *gvc = lib.gvContext();
    if (!*gvc) {
        return nb_fail(err, NB_EMEM, "out of memory starting Graphviz");
    }
    lib.agseterr(AGMAX);
    return NB_OK;
}

void nb_viz_gvc_free(void **gvc)
{
    if (*gvc) {
        lib.gvFreeContext(*gvc);
    }
    *gvc = NULL;
}

/* libcgraph takes char * for text it only reads. */
static char *loose(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void set(void *object, const char *name, const char *value)
{
    lib.agsafeset(object, loose(name), loose(value), loose(""));
}

static void set_number(void *object, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.4f", value);
    set(object, name, text);
}

/* Names that dot needs on the graph and as defaults of every node and edge. */
static void set_defaults(Agraph_t *g, const NbLayoutJob *job)
{
    bool upright = job->upright, tight = job->tight;
    set(g, "rankdir", upright ? "TB" : "LR");
    set_number(g, "nodesep", (upright ? 30 : 24) / PX_PER_INCH);
    set_number(g, "ranksep", (tight ? 22 : upright ? 34 : 44) / PX_PER_INCH);
    if (job->nnodes > FAST_ABOVE) {
        set(g, "nslimit", "0.1");
        set(g, "nslimit1", "0.1");
        set(g, "mclimit", "0.1");
        set(g, "splines", "line");
    }
    static const char *const node[][2] = {
        {"label", ""}, {"fixedsize", "true"}, {"shape", "box"}, {"width", "1"}, {"height", "1"},
    };
    for (size_t i = 0; i < sizeof node / sizeof node[0]; i++) {
        lib.agattr(g, AGNODE, loose(node[i][0]), loose(node[i][1]));
    }
    lib.agattr(g, AGEDGE, loose("arrowsize"), loose("0.8"));
}

static void fill(Job *job)
{
    const NbLayoutJob *what = job->what;
    for (size_t i = 0; i < what->nnodes; i++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        job->node[i] = lib.agnode(job->graph, name, 1);
        set_number(job->node[i], "width", what->size[i].x / PX_PER_INCH);
        set_number(job->node[i], "height", what->size[i].y / PX_PER_INCH);
        if (what->oval[i]) {
            set(job->node[i], "shape", "ellipse");
        }
    }
    for (size_t i = 0; i < what->nedges; i++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        job->edge[i] =
            lib.agedge(job->graph, job->node[what->from[i]], job->node[what->to[i]], name, 1);
    }
}

/* --- taking over --- */

static bool add_point(NbGeometry *g, size_t *cap, double x, double y)
{
    if (!nb_grow(&g->points, cap, g->npoints + 1, sizeof *g->points)) {
        return false;
    }
    g->points[g->npoints++] = (NbPoint){x, y};
    return true;
}

/* Where libgvc drew nothing: straight from centre to centre. */
static bool take_straight(NbGeometry *g, size_t *cap, NbRoute *route, Agedge_t *e, boxf box)
{
    pointf from = ND_coord(agtail(e)), to = ND_coord(aghead(e));
    bool ok = true;
    route->count = 4;
    route->tip = (NbPoint){to.x - box.LL.x, box.UR.y - to.y};
    for (int i = 0; i < 4; i++) {
        pointf at = i < 2 ? from : to;
        ok = ok && add_point(g, cap, at.x - box.LL.x, box.UR.y - at.y);
    }
    return ok;
}

static bool take_edge(NbGeometry *g, size_t *cap, NbRoute *route, Agedge_t *e, boxf box)
{
    const splines *s = ED_spl(e);
    route->first = g->npoints;
    if (!s || s->size < 1) {
        return take_straight(g, cap, route, e, box);
    }
    const bezier *b = &s->list[0];
    pointf tip = b->eflag ? b->ep : b->list[b->size - 1];
    bool ok = true;
    route->count = (size_t)b->size;
    route->tip = (NbPoint){tip.x, box.UR.y - tip.y};
    for (size_t i = 0; i < route->count; i++) {
        ok = ok && add_point(g, cap, b->list[i].x, box.UR.y - b->list[i].y);
    }
    return ok;
}

static NbGeometry *take(const Job *job)
{
    const NbLayoutJob *what = job->what;
    boxf box = GD_bb(job->graph);
    NbGeometry *g = calloc(1, sizeof *g);
    if (!g) {
        return NULL;
    }
    size_t cap = 0;
    g->nnodes = what->nnodes;
    g->nedges = what->nedges;
    g->w = box.UR.x - box.LL.x;
    g->h = box.UR.y - box.LL.y;
    g->at = calloc(what->nnodes + 1, sizeof *g->at);
    g->route = calloc(what->nedges + 1, sizeof *g->route);
    bool ok = g->at && g->route;
    for (size_t i = 0; ok && i < what->nnodes; i++) {
        pointf at = ND_coord(job->node[i]);
        g->at[i] = (NbPoint){at.x - box.LL.x, box.UR.y - at.y};
    }
    for (size_t i = 0; ok && i < what->nedges; i++) {
        ok = take_edge(g, &cap, &g->route[i], job->edge[i], box);
    }
    if (!ok) {
        nb_viz_geometry_free(&g);
    }
    return g;
}

NbGeometry *nb_viz_layout_gvc(void *gvc, const NbLayoutJob *what)
{
    NbGeometry *g = NULL;
    Job job = {.what = what};
    job.graph = gvc ? lib.agopen(loose("g"), *lib.directed, NULL) : NULL;
    job.node = calloc(what->nnodes + 1, sizeof *job.node);
    job.edge = calloc(what->nedges + 1, sizeof *job.edge);
    if (job.graph && job.node && job.edge) {
        set_defaults(job.graph, what);
        fill(&job);
        if (lib.gvLayout(gvc, job.graph, "dot") == 0) {
            g = take(&job);
            lib.gvFreeLayout(gvc, job.graph);
        }
    }
    if (job.graph) {
        lib.agclose(job.graph);
    }
    free(job.node);
    free(job.edge);
    return g;
}

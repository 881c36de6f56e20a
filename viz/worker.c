/* worker.c -- the layout process: graphs in on stdin, positions out on stdout, by libgvc */
/* Request:  graph N M HOW          sizes in px, one node a line; edges as node numbers
 *           W H OVAL               × N
 *           FROM TO                × M
 * Answer:   ok W H                 y downwards, px
 *           X Y                    × N, centres
 *           K TIPX TIPY X Y …      × M, K = 4, 7, 10, … Bézier points
 *           end
 * or        fail, end.
 * libgvc cannot be interrupted, is not safe for threads and may call exit(): so it lives here. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <graphviz/gvc.h>

#include "layout.h"
#include "viz.h"

#define PX_PER_INCH 72.0
#define MOST 100000

enum { UPRIGHT = 1, TIGHT = 2 }; /* of HOW */

typedef struct Job {
    Agraph_t *graph;
    Agnode_t **node;
    Agedge_t **edge;
    size_t nnodes, nedges;
} Job;

/* libcgraph takes char * for text it only reads. */
static char *loose(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void set(void *object, const char *name, const char *value)
{
    agsafeset(object, loose(name), loose(value), loose(""));
}

static void set_number(void *object, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.4f", value);
    set(object, name, text);
}

/* Names that dot needs on the graph and as defaults of every node and edge. */
static void set_defaults(Agraph_t *g, size_t nnodes, int how)
{
    bool upright = how & UPRIGHT, tight = how & TIGHT;
    set(g, "rankdir", upright ? "TB" : "LR");
    set_number(g, "nodesep", (upright ? 30 : 24) / PX_PER_INCH);
    set_number(g, "ranksep", (tight ? 22 : upright ? 34 : 44) / PX_PER_INCH);
    if (nnodes > NB_LAYOUT_FAST_ABOVE) {
        set(g, "nslimit", "0.1");
        set(g, "nslimit1", "0.1");
        set(g, "mclimit", "0.1");
        set(g, "splines", "line");
    }
    static const char *const node[][2] = {
        {"label", ""}, {"fixedsize", "true"}, {"shape", "box"}, {"width", "1"}, {"height", "1"},
    };
    for (size_t i = 0; i < sizeof node / sizeof node[0]; i++) {
        agattr(g, AGNODE, loose(node[i][0]), loose(node[i][1]));
    }
    agattr(g, AGEDGE, loose("arrowsize"), loose("0.8"));
}

/* libgvc takes sizes as they come, and never ends with some that are no numbers. */
static bool is_size(double v)
{
    return v > 0 && v <= NB_LAYOUT_SIZE;
}

/* False when the request ends early or does not parse. */
static bool read_job(Job *job, FILE *in, size_t nnodes, size_t nedges)
{
    for (size_t i = 0; i < nnodes; i++) {
        double w, h;
        char name[24];
        int oval;
        if (fscanf(in, "%lf %lf %d", &w, &h, &oval) != 3 || !is_size(w) || !is_size(h)) {
            return false;
        }
        snprintf(name, sizeof name, "%zu", i);
        job->node[i] = agnode(job->graph, name, 1);
        set_number(job->node[i], "width", w / PX_PER_INCH);
        set_number(job->node[i], "height", h / PX_PER_INCH);
        if (oval) {
            set(job->node[i], "shape", "ellipse");
        }
    }
    for (size_t i = 0; i < nedges; i++) {
        size_t from, to;
        if (fscanf(in, "%zu %zu", &from, &to) != 2 || from >= nnodes || to >= nnodes) {
            return false;
        }
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        job->edge[i] = agedge(job->graph, job->node[from], job->node[to], name, 1);
    }
    return true;
}

/* Where libgvc drew nothing: straight from centre to centre. */
static void write_straight(Agedge_t *e, double left, double top, FILE *out)
{
    pointf from = ND_coord(agtail(e)), to = ND_coord(aghead(e));
    fprintf(out, "4 %.2f %.2f", to.x - left, top - to.y);
    for (int i = 0; i < 4; i++) {
        pointf at = i < 2 ? from : to;
        fprintf(out, " %.2f %.2f", at.x - left, top - at.y);
    }
    fputc('\n', out);
}

static void write_edge(Agedge_t *e, double top, FILE *out)
{
    const splines *s = ED_spl(e);
    if (!s || s->size < 1) {
        write_straight(e, GD_bb(agraphof(agtail(e))).LL.x, top, out);
        return;
    }
    const bezier *b = &s->list[0];
    pointf tip = b->eflag ? b->ep : b->list[b->size - 1];
    fprintf(out, "%zu %.2f %.2f", (size_t)b->size, tip.x, top - tip.y);
    for (size_t i = 0; i < (size_t)b->size; i++) {
        fprintf(out, " %.2f %.2f", b->list[i].x, top - b->list[i].y);
    }
    fputc('\n', out);
}

static void write_answer(const Job *job, FILE *out)
{
    boxf box = GD_bb(job->graph);
    fprintf(out, "ok %.2f %.2f\n", box.UR.x - box.LL.x, box.UR.y - box.LL.y);
    for (size_t i = 0; i < job->nnodes; i++) {
        pointf at = ND_coord(job->node[i]);
        fprintf(out, "%.2f %.2f\n", at.x - box.LL.x, box.UR.y - at.y);
    }
    for (size_t i = 0; i < job->nedges; i++) {
        write_edge(job->edge[i], box.UR.y, out);
    }
}

/* False when the input is of no use any more. */
static bool serve(GVC_t *gvc, FILE *in, FILE *out, size_t nnodes, size_t nedges, int how)
{
    Job job = {.nnodes = nnodes, .nedges = nedges};
    job.graph = agopen(loose("g"), Agdirected, NULL);
    job.node = calloc(nnodes + 1, sizeof *job.node);
    job.edge = calloc(nedges + 1, sizeof *job.edge);
    bool usable = job.graph && job.node && job.edge;
    if (usable) {
        set_defaults(job.graph, nnodes, how);
        usable = read_job(&job, in, nnodes, nedges);
    }
    if (usable && gvc && gvLayout(gvc, job.graph, "dot") == 0) {
        write_answer(&job, out);
        gvFreeLayout(gvc, job.graph);
    } else {
        fputs("fail\n", out);
    }
    fputs("end\n", out);
    fflush(out);
    if (job.graph) {
        agclose(job.graph);
    }
    free(job.node);
    free(job.edge);
    return usable;
}

void nb_viz_worker_serve(void *gvc, FILE *in, FILE *out, unsigned seconds)
{
    size_t nnodes, nedges;
    int how;
    while (fscanf(in, " graph %zu %zu %d", &nnodes, &nedges, &how) == 3) {
        if (nnodes > MOST || nedges > MOST) {
            break;
        }
        /* the session kills a slow worker; this ends one whose session is gone */
        alarm(seconds);
        if (!serve(gvc, in, out, nnodes, nedges, how)) {
            break;
        }
        alarm(0);
    }
}

int nb_viz_worker_main(void)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* the session is killed: nobody waits for the answer */
#endif
    GVC_t *gvc = gvContext();
    if (!gvc) {
        return 1;
    }
    agseterr(AGMAX);
    nb_viz_worker_serve(gvc, stdin, stdout, NB_LAYOUT_LIMIT_MS / 1000 + 3);
    gvFreeContext(gvc);
    return 0;
}

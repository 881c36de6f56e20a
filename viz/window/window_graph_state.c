/* window_graph_state.c -- what the graph window shows: a snapshot, placed once per topology */
#include "base/mem.h"
#include "window_graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viz/diagram/steps.h"
#include "viz/diagram/wrap.h"
#include "viz/diagram/scene_graph.h"

/* How much of a window's sides may change until a layout is made for it anew. */
#define RESHAPE 0.12
#define NARROWED 1.4  /* how much wider than its box a text may get before there is a new layout */
#define SLOW_MS 250.0 /* a layout that takes longer is given up for a newer graph */

void nb_viz_graph_clear(Snapshot *s)
{
    nb_viz_model_free(&s->model);
    nb_viz_geometry_free(&s->geometry);
    free(s->size);
    nb_var_unref(&s->root);
    *s = (Snapshot){0};
}

/* --- what is drawn --- */

static bool has(const Serials *s, uint64_t serial)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->at[i] == serial) {
            return true;
        }
    }
    return false;
}

/* Adds it, or takes it out. */
static void toggle(Serials *s, uint64_t serial)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->at[i] == serial) {
            s->at[i] = s->at[--s->n];
            return;
        }
    }
    if (nb_grow(&s->at, &s->cap, s->n + 1, sizeof *s->at)) {
        s->at[s->n++] = serial;
    }
}

bool nb_viz_graph_fold(NbWindow *win, GraphView *v, int node)
{
    NbVar *var = nb_viz_graph_living(v, node);
    if (!var || !nb_var_op(var)) {
        return false;
    }
    const NbNode *n = &v->shown.model->node[node];
    bool opened = has(&v->open, n->serial);
    toggle(n->deep || (opened && v->depth > 0) ? &v->open : &v->fold, n->serial);
    nb_viz_graph_refresh(win, v);
    return true;
}

void nb_viz_graph_unfold(NbWindow *win, GraphView *v, int depth)
{
    v->fold.n = v->open.n = 0;
    v->depth = depth;
    nb_viz_graph_refresh(win, v);
}

/* --- snapshots --- */

NbMeasure nb_viz_graph_measure(NbWindow *win)
{
    return nb_viz_painter_measure(nb_viz_window_viz(win)->painter);
}

static NbPainter *painter_of(NbWindow *win)
{
    return nb_viz_window_viz(win)->painter;
}

static void out_of_memory(NbWindow *win, GraphView *v)
{
    NbErr err = {0};
    nb_fail(&err, NB_EMEM, "out of memory drawing a graph");
    nb_viz_graph_fail(win, v, &err);
}

void nb_viz_graph_legend(NbWindow *win, GraphView *v)
{
    NbMeasure me = nb_viz_graph_measure(win);
    const NbViz *viz = nb_viz_window_viz(win);
    double keys = me.width(me.user, "? keys", NB_ROLE_NOTE) +
                  2 * NB_GRAPH_LEGEND_X; /* to the right of it */
    nb_viz_scene_free(&v->legend);
    if (!v->shown.model->summary) {
        nb_viz_scene_legend(&v->legend, v->shown.model, &me, nb_viz_picture_digits(&viz->style), 0,
                            0, v->w > 0 ? v->w - NB_GRAPH_LEGEND_X - keys : INFINITY);
    }
}

static void build_scene(NbWindow *win, GraphView *v)
{
    nb_viz_painter_lost(painter_of(win)); /* what others lost before is none of this */
    NbMeasure me = nb_viz_graph_measure(win);
    const Snapshot *s = &v->shown;
    nb_viz_scene_free(&v->scene);
    nb_viz_scene_free(&v->far);
    nb_viz_graph_legend(win, v);
    if (s->model->summary) {
        nb_viz_scene_summary(&v->scene, s->model, &me, v->title);
    } else {
        nb_viz_scene_graph(&v->scene, s->model, s->geometry, &me, s->size);
    }
}

/* Where a node of the snapshot before stands now: at its place when the topology is the same, as
 * of a graph built anew, else where its serial is. */
static int same_node(const NbModel *old, const NbModel *now, int node)
{
    if (!old || node < 0 || node >= (int)old->nnodes) {
        return -1;
    }
    if (old->topology == now->topology && old->nnodes == now->nnodes) {
        return node;
    }
    const NbNode *n = &old->node[node];
    for (size_t i = 0; i < now->nnodes; i++) {
        if (now->node[i].serial == n->serial && now->node[i].kind == n->kind &&
            now->node[i].copy == n->copy) {
            return (int)i;
        }
    }
    return -1;
}

void nb_viz_graph_show(NbWindow *win, GraphView *v, Snapshot *next)
{
    v->fitted = v->fitted || next->model->summary;
    v->hover = same_node(v->shown.model, next->model, v->hover);
    v->chosen = same_node(v->shown.model, next->model, v->chosen);
    nb_viz_graph_clear(&v->shown);
    v->shown = *next;
    *next = (Snapshot){0};
    v->failed[0] = '\0';
    build_scene(win, v);
    if (v->scene.failed || v->legend.failed || nb_viz_painter_lost(painter_of(win))) {
        out_of_memory(win, v);
    }
    nb_viz_window_dirty(win);
}

void nb_viz_graph_fail(NbWindow *win, GraphView *v, const NbErr *err)
{
    snprintf(v->failed, sizeof v->failed, "%s%s%s", err->msg, err->hint[0] ? "; " : "", err->hint);
    nb_viz_window_dirty(win);
}

bool nb_viz_graph_misshapen(const Snapshot *s, const NbPage *page)
{
    const NbGeometry *g = s->geometry;
    double wider = page->w / s->page.w, higher = page->h / s->page.h;
    if (!g || (fabs(log(wider)) < RESHAPE && fabs(log(higher)) < RESHAPE)) {
        return false;
    }
    return s->upright || s->wrapped || nb_viz_page_scale(page, g->w, g->h) < 1;
}

double nb_viz_graph_border(double w, double h)
{
    return w < NB_GRAPH_SMALL_W || h < NB_GRAPH_SMALL_H ? 10 : 30;
}

NbPage nb_viz_graph_page(double w, double h)
{
    double border = nb_viz_graph_border(w, h);
    return (NbPage){.w = fmax(w - 2 * border, 1), .h = fmax(h - 2 * border - NB_GRAPH_LEGEND, 1)};
}

static NbPage page_of(const NbWindow *win, const GraphView *v)
{
    NbPoint size = v->w > 0 ? (NbPoint){v->w, v->h} : nb_viz_window_size(win);
    return nb_viz_graph_page(size.x, size.y);
}

/* Whether the boxes of the geometry shown hold every text, if need be a little narrowed. */
static bool still_fits(const Snapshot *old, const Snapshot *next, const NbPage *page)
{
    if (!old->geometry || old->model->topology != next->model->topology ||
        old->digits != next->digits || nb_viz_graph_misshapen(old, page)) {
        return false;
    }
    for (size_t i = 0; i < next->model->nnodes; i++) {
        if (next->size[i].x > old->size[i].x * NARROWED || next->size[i].y != old->size[i].y) {
            return false;
        }
    }
    return true;
}

/* Boxes only grow while topology and digits stay, so that a running loop soon needs no layout. */
static void keep_larger(const Snapshot *old, Snapshot *next)
{
    if (old->model && old->size && old->model->topology == next->model->topology &&
        old->digits == next->digits) {
        for (size_t i = 0; i < next->model->nnodes; i++) {
            next->size[i].x = fmax(old->size[i].x, next->size[i].x);
        }
    }
}

static void request_layout(NbWindow *win, GraphView *v, Snapshot *next)
{
    NbErr err = {0};
    if (!v->layouter) {
        v->layouter = nb_viz_layouter_new();
    }
    keep_larger(&v->shown, next);
    next->page = page_of(win, v);
    next->upright = nb_viz_graph_upright(next->model, &next->page);
    if (!v->layouter) {
        nb_fail(&err, NB_EMEM, "out of memory drawing a graph");
    } else if (!nb_viz_layout_model(v->layouter, next->model, next->size, next->upright, &err)) {
        nb_viz_graph_clear(&v->coming);
        v->coming = *next;
        *next = (Snapshot){0};
        v->laying = nb_viz_now_ms();
        v->stopped = false;
        return;
    }
    nb_viz_graph_clear(next);
    nb_viz_graph_fail(win, v, &err);
}

/* Texts alone changed: the new model takes over sizes and geometry. */
static void redraw_in_place(NbWindow *win, GraphView *v, Snapshot *next)
{
    free(next->size);
    next->size = v->shown.size;
    next->geometry = v->shown.geometry;
    next->page = v->shown.page;
    next->upright = v->shown.upright;
    next->wrapped = v->shown.wrapped;
    v->shown.size = NULL;
    v->shown.geometry = NULL;
    nb_viz_graph_show(win, v, next);
}

NbPart nb_viz_graph_part(const GraphView *v)
{
    return (NbPart){.depth = v->depth,
                    .locals = v->locals,
                    .fold = v->fold.at,
                    .nfold = v->fold.n,
                    .open = v->open.at,
                    .nopen = v->open.n};
}

/* At the linked cursor's step the session puts the numbers of that step in place while they are
 * read. */
static NbModel *build_model(const NbViz *viz, GraphView *v, NbErr *err)
{
    NbPart part = nb_viz_graph_part(v);
    part.reserve = true;
    const NbVizHost *host = &viz->host;
    bool cursor = nb_viz_cursor(viz, NULL, &v->step) && host->preview;
    v->at_step = cursor && host->preview(host->user, true);
    NbModel *m = nb_viz_model_part(v->root, &viz->style, false, &part, err);
    NbErr ignored = {0}; /* a graph that no gradient goes through is shown as it is */
    if (m && v->walked && !m->summary) {
        const int digits = nb_viz_picture_digits(&viz->style);
        nb_viz_steps_hide(m, v->root, digits, v->done, true, &ignored);
    }
    if (v->at_step) {
        host->preview(host->user, false);
    }
    return m;
}

static bool make_snapshot(NbWindow *win, GraphView *v, Snapshot *next)
{
    NbErr err = {0};
    *next = (Snapshot){.root = nb_var_ref(v->root),
                       .digits = nb_viz_picture_digits(&nb_viz_window_viz(win)->style)};
    next->model = build_model(nb_viz_window_viz(win), v, &err);
    if (next->model) {
        next->size = calloc(next->model->nnodes + 1, sizeof *next->size);
    }
    if (next->size) {
        NbMeasure me = nb_viz_graph_measure(win);
        nb_viz_painter_lost(painter_of(win)); /* what others lost before is none of this */
        nb_viz_graph_sizes(next->model, &me, next->size);
    }
    if (!next->size || nb_viz_painter_lost(painter_of(win))) {
        nb_fail(&err, NB_EMEM, "out of memory drawing a graph");
        nb_viz_graph_clear(next);
        nb_viz_graph_fail(win, v, &err);
        return false;
    }
    return true;
}

/* ms until a layout that runs is slow enough to be given up for a newer graph. */
double nb_viz_graph_slow_in(const GraphView *v)
{
    return v->superseded ? NB_LAYOUT_LIMIT_MS : v->laying + SLOW_MS - nb_viz_now_ms();
}

/* While a layout runs: true when it is left to finish. One that is slow and out of date is given
 * up, but not twice in a row, so that a graph that keeps growing is drawn now and then. */
static bool leave_running(GraphView *v)
{
    if (!v->layouter || !nb_viz_layout_busy(v->layouter)) {
        v->superseded = false;
        return false;
    }
    if (nb_viz_graph_slow_in(v) > 0) {
        v->again = true;
        return true;
    }
    nb_viz_layout_cancel(v->layouter);
    nb_viz_graph_clear(&v->coming);
    v->superseded = true;
    return false;
}

void nb_viz_graph_refresh(NbWindow *win, GraphView *v)
{
    Snapshot next;
    if (leave_running(v)) {
        return;
    }
    v->again = false;
    if (!make_snapshot(win, v, &next)) {
        return;
    }
    if (next.model->summary) {
        nb_viz_graph_show(win, v, &next);
        return;
    }
    NbPage page = page_of(win, v);
    if (still_fits(&v->shown, &next, &page)) {
        redraw_in_place(win, v, &next);
    } else {
        request_layout(win, v, &next);
    }
}

NbVar *nb_viz_graph_living(const GraphView *v, int node)
{
    NbVar *want = node >= 0 ? v->shown.model->node[node].var : NULL;
    const NbTape *tape = want ? nb_graph_tape(v->shown.root) : NULL;
    if (!tape) {
        return NULL;
    }
    NbVar **list[3] = {tape->node, tape->leaf, tape->other};
    size_t count[3] = {tape->nnodes, tape->nleaves, tape->nother};
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < count[k]; i++) {
            if (list[k][i] == want) {
                return want;
            }
        }
    }
    return want == v->shown.root ? want : NULL;
}

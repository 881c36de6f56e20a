/* window_graph.c -- the graph window: a snapshot of the graph, placed once per topology */
#include "window_graph.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wrap.h"

#define NARROWED 1.4  /* how much wider than its box a text may get before there is a new layout */
#define SLOW_MS 250.0 /* a layout that takes longer is given up for a newer graph */

double nb_viz_graph_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void clear_snapshot(Snapshot *s)
{
    nb_viz_model_free(&s->model);
    nb_viz_geometry_free(&s->geometry);
    free(s->size);
    nb_var_unref(&s->root);
    *s = (Snapshot){0};
}

static void free_view(void *view)
{
    GraphView *v = view;
    clear_snapshot(&v->shown);
    clear_snapshot(&v->coming);
    nb_viz_layouter_free(&v->layouter);
    nb_viz_scene_free(&v->scene);
    nb_viz_scene_free(&v->far);
    nb_viz_scene_free(&v->legend);
    nb_viz_lamps_free(&v->lamps);
    nb_var_unref(&v->hand.leaf);
    nb_var_unref(&v->root);
    free(v->fold.at);
    free(v->open.at);
    free(v->title);
    free(v);
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
    if (nb_viz_grow(&s->at, &s->cap, s->n, sizeof *s->at)) {
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

/* The graph was built anew: folded nodes are those at the same place of the new one. */
static void carry_over(Serials *s, NbVar *from, NbVar *to)
{
    const NbTape *old = s->n > 0 ? nb_graph_tape(from) : NULL;
    const NbTape *now = old ? nb_graph_tape(to) : NULL;
    size_t kept = 0;
    for (size_t i = 0; now && i < s->n; i++) {
        for (size_t k = 0; k < old->nnodes && old->nnodes == now->nnodes; k++) {
            if (nb_var_serial(old->node[k]) == s->at[i]) {
                s->at[kept++] = nb_var_serial(now->node[k]);
                break;
            }
        }
    }
    s->n = kept;
}

/* --- snapshots --- */

NbMeasure nb_viz_graph_measure(NbWindow *win)
{
    return nb_viz_painter_measure(nb_viz_window_viz(win)->painter);
}

static void build_scene(NbWindow *win, GraphView *v)
{
    NbMeasure me = nb_viz_graph_measure(win);
    const Snapshot *s = &v->shown;
    nb_viz_scene_free(&v->scene);
    nb_viz_scene_free(&v->far);
    nb_viz_scene_free(&v->legend);
    if (s->model->summary) {
        nb_viz_scene_summary(&v->scene, s->model, &me, v->title);
    } else {
        nb_viz_scene_graph(&v->scene, s->model, s->geometry, &me, s->size);
        int digits = nb_viz_picture_digits(&nb_viz_window_viz(win)->style);
        nb_viz_scene_legend(&v->legend, s->model, &me, digits, 0, 0);
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

static void show(NbWindow *win, GraphView *v, Snapshot *next)
{
    v->fitted = v->fitted || next->model->summary;
    v->hover = same_node(v->shown.model, next->model, v->hover);
    v->chosen = same_node(v->shown.model, next->model, v->chosen);
    clear_snapshot(&v->shown);
    v->shown = *next;
    *next = (Snapshot){0};
    v->failed[0] = '\0';
    build_scene(win, v);
    nb_viz_window_dirty(win);
}

static void fail(NbWindow *win, GraphView *v, const NbErr *err)
{
    snprintf(v->failed, sizeof v->failed, "%s%s%s", err->msg, err->hint[0] ? "; " : "", err->hint);
    nb_viz_window_dirty(win);
}

/* Whether the boxes of the geometry shown hold every text, if need be a little narrowed. */
static bool still_fits(const Snapshot *old, const NbModel *m, const NbPoint *size)
{
    if (!old->geometry || old->model->topology != m->topology) {
        return false;
    }
    for (size_t i = 0; i < m->nnodes; i++) {
        if (size[i].x > old->size[i].x * NARROWED || size[i].y != old->size[i].y) {
            return false;
        }
    }
    return true;
}

/* Boxes only grow while the topology stays, so that a running loop soon needs no layout. */
static void keep_larger(const Snapshot *old, const NbModel *m, NbPoint *size)
{
    if (old->model && old->size && old->model->topology == m->topology) {
        for (size_t i = 0; i < m->nnodes; i++) {
            size[i].x = old->size[i].x > size[i].x ? old->size[i].x : size[i].x;
        }
    }
}

static void request_layout(NbWindow *win, GraphView *v, Snapshot *next)
{
    NbErr err = {0};
    if (!v->layouter) {
        v->layouter = nb_viz_layouter_new();
    }
    keep_larger(&v->shown, next->model, next->size);
    if (!v->layouter) {
        nb_fail(&err, NB_EMEM, "out of memory drawing a graph");
    } else if (!nb_viz_layout_model(v->layouter, next->model, next->size,
                                    nb_viz_graph_upright(next->model, 16, 10), &err)) {
        clear_snapshot(&v->coming);
        v->coming = *next;
        *next = (Snapshot){0};
        v->laying = nb_viz_graph_now();
        v->stopped = false;
        return;
    }
    clear_snapshot(next);
    fail(win, v, &err);
}

/* Texts alone changed: the new model takes over sizes and geometry. */
static void redraw_in_place(NbWindow *win, GraphView *v, Snapshot *next)
{
    free(next->size);
    next->size = v->shown.size;
    next->geometry = v->shown.geometry;
    v->shown.size = NULL;
    v->shown.geometry = NULL;
    show(win, v, next);
}

static NbPart part_of(const GraphView *v)
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
    NbPart part = part_of(v);
    part.reserve = true;
    const NbVizHost *host = &viz->host;
    bool cursor = nb_viz_cursor(viz, NULL, &v->step) && host->preview;
    v->at_step = cursor && host->preview(host->user, true);
    NbModel *m = nb_viz_model_part(v->root, host, &viz->style, false, &part, err);
    if (v->at_step) {
        host->preview(host->user, false);
    }
    return m;
}

static bool make_snapshot(NbWindow *win, GraphView *v, Snapshot *next)
{
    NbErr err = {0};
    *next = (Snapshot){.root = nb_var_ref(v->root)};
    next->model = build_model(nb_viz_window_viz(win), v, &err);
    if (next->model) {
        next->size = calloc(next->model->nnodes + 1, sizeof *next->size);
    }
    if (!next->model || !next->size) {
        nb_fail(&err, NB_EMEM, "out of memory drawing a graph");
        clear_snapshot(next);
        fail(win, v, &err);
        return false;
    }
    NbMeasure me = nb_viz_graph_measure(win);
    nb_viz_graph_sizes(next->model, &me, next->size);
    return true;
}

/* ms until a layout that runs is slow enough to be given up for a newer graph. */
static double slow_in(const GraphView *v)
{
    return v->superseded ? NB_LAYOUT_LIMIT_MS : v->laying + SLOW_MS - nb_viz_graph_now();
}

/* While a layout runs: true when it is left to finish. One that is slow and out of date is given
 * up, but not twice in a row, so that a graph that keeps growing is drawn now and then. */
static bool leave_running(GraphView *v)
{
    if (!v->layouter || !nb_viz_layout_busy(v->layouter)) {
        v->superseded = false;
        return false;
    }
    if (slow_in(v) > 0) {
        v->again = true;
        return true;
    }
    nb_viz_layout_cancel(v->layouter);
    clear_snapshot(&v->coming);
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
        show(win, v, &next);
    } else if (still_fits(&v->shown, next.model, next.size)) {
        redraw_in_place(win, v, &next);
    } else {
        request_layout(win, v, &next);
    }
}

static bool poll_layout(NbWindow *win, GraphView *v)
{
    if (!v->layouter || !nb_viz_layout_busy(v->layouter)) {
        if (v->again) {
            nb_viz_graph_refresh(win, v);
        }
        return false;
    }
    NbErr err = {0};
    NbGeometry *g = NULL;
    if (nb_viz_layout_poll(v->layouter, &g, &err)) {
        clear_snapshot(&v->coming);
        fail(win, v, &err);
    } else if (g) {
        v->coming.geometry = g;
        nb_viz_wrap(g, v->coming.model, v->coming.size, 16, 10, NULL);
        v->superseded = false;
        show(win, v, &v->coming);
    } else {
        if (v->again && slow_in(v) <= 0) {
            nb_viz_graph_refresh(win, v);
        }
        return false;
    }
    if (v->again) {
        nb_viz_graph_refresh(win, v);
    }
    return true;
}

/* A value moved by wheel or keys becomes a statement after a rest. */
static bool poll_view(NbWindow *win, void *view)
{
    GraphView *v = view;
    if (v->hand.due > 0 && nb_viz_graph_now() >= v->hand.due) {
        nb_viz_graph_let_go(win, v);
    }
    return poll_layout(win, v);
}

static void changed(NbWindow *win, void *view)
{
    nb_viz_graph_refresh(win, view);
}

static int view_fd(const void *view)
{
    const GraphView *v = view;
    return v->layouter ? nb_viz_layout_fd(v->layouter) : -1;
}

static int sooner(int wait, double left)
{
    int rest = left > 0 ? (int)left + 1 : 0;
    return wait < 0 || rest < wait ? rest : wait;
}

static int view_timeout(const void *view)
{
    const GraphView *v = view;
    int wait = v->layouter ? nb_viz_layout_timeout(v->layouter) : -1;
    if (wait >= 0 && v->again) {
        wait = sooner(wait, slow_in(v));
    }
    return v->hand.due > 0 ? sooner(wait, v->hand.due - nb_viz_graph_now()) : wait;
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

static bool export_graph(const void *view, NbExport *what)
{
    const GraphView *v = view;
    what->view = NB_VIEW_GRAPH;
    what->root = v->root;
    what->part = part_of(v);
    return true;
}

/* --- the interface --- */

static GraphView *graph_view(const NbViz *viz)
{
    NbWindow *win = nb_viz_window(viz, &nb_viz_view_graph);
    return win ? nb_viz_window_view(win) : NULL;
}

NbVar *nb_viz_graph_root(const NbViz *viz)
{
    const GraphView *v = graph_view(viz);
    return v ? v->root : NULL;
}

const char *nb_viz_graph_title(const NbViz *viz)
{
    const GraphView *v = graph_view(viz);
    return v ? v->title : NULL;
}

static bool aim(GraphView *v, NbVar *root, const char *title)
{
    char *copy = malloc(strlen(title) + 1);
    if (!copy) {
        return false;
    }
    strcpy(copy, title);
    free(v->title);
    v->title = copy;
    nb_var_ref(root);
    if (v->root && v->root != root) {
        carry_over(&v->fold, v->root, root);
        carry_over(&v->open, v->root, root);
    }
    nb_var_unref(&v->root);
    v->root = root;
    return true;
}

void nb_viz_lights(NbViz *viz, const NbLight *light, int n, bool backward)
{
    GraphView *v = graph_view(viz);
    if (v) {
        nb_viz_lamps_set(&v->lamps, light, n, backward);
        for (size_t i = 0; v->shown.geometry && i < v->shown.model->nnodes; i++) {
            if (nb_viz_lamps_at_work(&v->lamps, &v->shown.model->node[i])) {
                nb_viz_graph_bring(v, (int)i, false);
            }
        }
        nb_viz_window_dirty(nb_viz_window(viz, &nb_viz_view_graph));
    }
}

void nb_viz_graph_depth(NbViz *viz, int depth)
{
    viz->graph_depth = depth + 1;
}

void nb_viz_cancel(NbViz *viz)
{
    GraphView *v = graph_view(viz);
    if (v && v->layouter && nb_viz_layout_busy(v->layouter)) {
        nb_viz_layout_cancel(v->layouter);
        clear_snapshot(&v->coming);
        v->again = false;
        v->stopped = true;
        nb_viz_window_dirty(nb_viz_window(viz, &nb_viz_view_graph));
    }
}

NbStatus nb_viz_graph(NbViz *viz, NbVar *root, const char *title, NbErr *err)
{
    title = title ? title : "";
    GraphView *v = graph_view(viz);
    if (!v) {
        GraphView *made = calloc(1, sizeof *made);
        if (!made || !aim(made, root, title)) {
            free(made);
            return nb_fail(err, NB_EMEM, "out of memory opening a window");
        }
        made->hover = made->chosen = -1;
        made->cards = true;
        made->fitted = true;
        made->zoom = 1;
        NbStatus status = nb_viz_window_open(viz, &nb_viz_view_graph, made, title, err);
        if (status) {
            return status;
        }
        v = made;
    } else if (!aim(v, root, title)) {
        return nb_fail(err, NB_EMEM, "out of memory opening a window");
    }
    NbWindow *win = nb_viz_window(viz, &nb_viz_view_graph);
    nb_viz_window_title(win, title);
    if (viz->graph_depth > 0) {
        v->fold.n = v->open.n = 0;
        v->depth = viz->graph_depth - 1;
        v->fitted = true;
        v->query[0] = '\0';
        v->chosen = -1;
        viz->graph_depth = 0;
    }
    nb_viz_graph_refresh(win, v);
    return NB_OK;
}

static const NbKeyHelp keys[] = {
    {"drag or wheel on a leaf", "change its value; Shift: finer steps"},
    {"PgUp  PgDn", "the same for the chosen leaf"},
    {"Tab  Shift-Tab", "choose a node"},
    {"click, Enter", "print the node, bind ans"},
    {"Space, right button", "fold what is behind a node, or unfold"},
    {"1 … 9", "so many steps from the root; 0, u: all"},
    {"d", "local derivatives on the edges"},
    {"c", "cards beside nodes, or none"},
    {"/  n  N", "search a name or operation; next, previous"},
    {"arrows", "move; during a walk: on, back"},
    {"+  −", "zoom at the pointer"},
    {NULL, NULL},
};

const NbViewKind nb_viz_view_graph = {
    .name = "graph",
    .w = 1000,
    .h = 640,
    .keys = keys,
    .free = free_view,
    .draw = nb_viz_graph_draw,
    .input = nb_viz_graph_input,
    .changed = changed,
    .poll = poll_view,
    .fd = view_fd,
    .timeout = view_timeout,
    .export = export_graph,
    .typing = nb_viz_graph_typing,
};

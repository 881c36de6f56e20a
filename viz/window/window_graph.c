/* window_graph.c -- the graph window: what it is aimed at, waiting for layouts, its record */
#include "window_graph.h"

#include <stdlib.h>
#include <string.h>

#include "viz/diagram/wrap.h"

static const NbViewKind kind;

static void free_view(void *view)
{
    GraphView *v = view;
    nb_viz_graph_clear(&v->shown);
    nb_viz_graph_clear(&v->coming);
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
    const NbPage *page = &v->coming.page;
    NbStatus status = nb_viz_layout_poll(v->layouter, &g, &err);
    if (g) {
        v->coming.geometry = g;
        double w = g->w, h = g->h;
        status = nb_viz_wrap(g, v->coming.model, v->coming.size, v->coming.upright, page, &err);
        v->coming.wrapped = v->coming.upright ? g->h < h * 0.9 : g->w < w * 0.9;
    }
    if (status) {
        nb_viz_graph_clear(&v->coming);
        nb_viz_graph_fail(win, v, &err);
    } else if (g) {
        v->superseded = false;
        nb_viz_graph_show(win, v, &v->coming);
    } else {
        if (v->again && nb_viz_graph_slow_in(v) <= 0) {
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
    if (v->hand.due > 0 && nb_viz_now_ms() >= v->hand.due) {
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
    if (v->again && !(v->layouter && nb_viz_layout_busy(v->layouter))) {
        return 0;
    }
    int wait = v->layouter ? nb_viz_layout_timeout(v->layouter) : -1;
    if (wait >= 0 && v->again) {
        wait = sooner(wait, nb_viz_graph_slow_in(v));
    }
    return v->hand.due > 0 ? sooner(wait, v->hand.due - nb_viz_now_ms()) : wait;
}

static bool export_graph(const void *view, NbExport *what)
{
    const GraphView *v = view;
    what->view = NB_VIEW_GRAPH;
    what->root = v->root;
    what->part = nb_viz_graph_part(v);
    return true;
}

/* --- the interface --- */

static GraphView *graph_view(const NbViz *viz)
{
    NbWindow *win = nb_viz_window(viz, &kind);
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

void nb_viz_graph_passed(NbViz *viz, NbVar *root)
{
    GraphView *v = graph_view(viz);
    if (v && !v->hand.leaf && !(v->layouter && nb_viz_layout_busy(v->layouter))) {
        char title[256];
        snprintf(title, sizeof title, "%s", v->title);
        if (root == v->root || aim(v, root, title)) {
            nb_viz_graph_refresh(nb_viz_window(viz, &kind), v);
        }
    }
}

void nb_viz_lights(NbViz *viz, const NbLight *light, int n, bool backward)
{
    GraphView *v = graph_view(viz);
    if (v) {
        nb_viz_lamps_set(&v->lamps, light, n, backward);
        if (!v->fitted) { /* else as it is drawn */
            nb_viz_graph_bring_lit(v);
        }
        nb_viz_window_dirty(nb_viz_window(viz, &kind));
    }
}

void nb_viz_walk(NbViz *viz, NbVar *root, size_t done)
{
    GraphView *v = graph_view(viz);
    const bool walked = v && root && v->root == root;
    if (v && (walked || v->walked)) {
        v->walked = walked;
        v->done = done;
        nb_viz_graph_refresh(nb_viz_window(viz, &kind), v);
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
        nb_viz_graph_clear(&v->coming);
        v->again = false;
        v->stopped = true;
        nb_viz_window_dirty(nb_viz_window(viz, &kind));
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
        NbStatus status = nb_viz_window_open(viz, &kind, made, title, err);
        if (status) {
            return status;
        }
        v = made;
    } else if (!aim(v, root, title)) {
        return nb_fail(err, NB_EMEM, "out of memory opening a window");
    }
    NbWindow *win = nb_viz_window(viz, &kind);
    nb_viz_window_title(win, title);
    nb_viz_window_raise(win);
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

static const NbViewKind kind = {
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

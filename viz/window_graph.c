/* window_graph.c -- the graph window: a placed snapshot, fit, pan, zoom, hover, click */
#include "window_graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "wrap.h"

#define BORDER 30.0
#define LEGEND_H 34.0
#define ZOOM_STEP 1.2
#define ZOOM_LEAST 0.02
#define ZOOM_MOST 8.0

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
    nb_viz_scene_free(&v->legend);
    nb_viz_lamps_free(&v->lamps);
    nb_var_unref(&v->root);
    free(v->title);
    free(v);
}

/* --- snapshots --- */

static NbMeasure measure_of(NbWindow *win)
{
    return nb_viz_painter_measure(nb_viz_window_viz(win)->painter);
}

static void build_scene(NbWindow *win, GraphView *v)
{
    NbMeasure me = measure_of(win);
    const Snapshot *s = &v->shown;
    nb_viz_scene_free(&v->scene);
    nb_viz_scene_free(&v->legend);
    if (s->model->summary) {
        nb_viz_scene_summary(&v->scene, s->model, &me, v->title);
    } else {
        nb_viz_scene_graph(&v->scene, s->model, s->geometry, &me, s->size);
        int digits = nb_viz_picture_digits(&nb_viz_window_viz(win)->style);
        nb_viz_scene_legend(&v->legend, s->model, &me, digits, 0, 0);
    }
    if (v->hover >= (int)s->model->nnodes) {
        v->hover = -1;
    }
}

static void show(NbWindow *win, GraphView *v, Snapshot *next)
{
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

/* Whether every text fits the boxes of the geometry shown, more or less. */
static bool still_fits(const Snapshot *old, const NbModel *m, const NbPoint *size)
{
    if (!old->geometry || old->model->topology != m->topology) {
        return false;
    }
    for (size_t i = 0; i < m->nnodes; i++) {
        if (size[i].x > old->size[i].x * 1.08 || size[i].y != old->size[i].y) {
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

/* The graph as it is, or as it was at the linked cursor's step. */
static NbModel *model_of(const NbViz *viz, NbVar *root, NbErr *err)
{
    const NbVizHost *host = &viz->host;
    bool other = nb_viz_cursor(viz, NULL, NULL) && host->preview && host->preview(host->user, true);
    NbModel *m = nb_viz_model_new(root, host, &viz->style, false, err);
    if (other) {
        host->preview(host->user, false);
    }
    return m;
}

static void refresh(NbWindow *win, GraphView *v)
{
    const NbViz *viz = nb_viz_window_viz(win);
    if (v->layouter && nb_viz_layout_busy(v->layouter)) {
        v->again = true;
        return;
    }
    v->again = false;
    NbErr err = {0};
    Snapshot next = {.root = nb_var_ref(v->root)};
    next.model = model_of(viz, v->root, &err);
    if (next.model) {
        next.size = calloc(next.model->nnodes + 1, sizeof *next.size);
    }
    if (!next.model || !next.size) {
        nb_fail(&err, NB_EMEM, "out of memory drawing a graph");
        clear_snapshot(&next);
        fail(win, v, &err);
        return;
    }
    NbMeasure me = measure_of(win);
    nb_viz_graph_sizes(next.model, &me, next.size);
    if (next.model->summary) {
        show(win, v, &next);
    } else if (still_fits(&v->shown, next.model, next.size)) {
        redraw_in_place(win, v, &next);
    } else {
        request_layout(win, v, &next);
    }
}

static bool poll_layout(NbWindow *win, void *view)
{
    GraphView *v = view;
    if (!v->layouter || !nb_viz_layout_busy(v->layouter)) {
        if (v->again) {
            refresh(win, v);
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
        show(win, v, &v->coming);
    } else {
        return false;
    }
    if (v->again) {
        refresh(win, v);
    }
    return true;
}

static void changed(NbWindow *win, void *view)
{
    refresh(win, view);
}

static int layout_fd(const void *view)
{
    const GraphView *v = view;
    return v->layouter ? nb_viz_layout_fd(v->layouter) : -1;
}

static int layout_timeout(const void *view)
{
    const GraphView *v = view;
    return v->layouter ? nb_viz_layout_timeout(v->layouter) : -1;
}

/* --- drawing --- */

static void fit(NbWindow *win, GraphView *v, double w, double h)
{
    double room_w = w - 2 * BORDER, room_h = h - 2 * BORDER - LEGEND_H;
    double most = nb_viz_window_cap(win);
    double sw = v->scene.w > 0 ? v->scene.w : 1, sh = v->scene.h > 0 ? v->scene.h : 1;
    v->zoom = fmin(fmin(room_w / sw, room_h / sh), most);
    v->zoom = fmax(v->zoom, ZOOM_LEAST);
    v->left = (w - sw * v->zoom) / 2;
    v->top = BORDER + (room_h - sh * v->zoom) / 2;
}

/* The outline of the node under the pointer and its edges. */
static void draw_hover(NbWindow *win, GraphView *v, cairo_t *cr)
{
    const Snapshot *s = &v->shown;
    size_t i = (size_t)v->hover;
    NbScene over = {0};
    NbPoint at = s->geometry->at[i], size = s->size[i];
    bool oval = s->model->node[i].kind == NB_NODE_OP;
    for (size_t k = 0; k < s->model->nedges && k < s->geometry->nedges; k++) {
        if (s->model->edge[k].from != i && s->model->edge[k].to != i) {
            continue;
        }
        const NbRoute *r = &s->geometry->route[k];
        nb_viz_scene_add(&over, NB_PRIM_BEZIER, NB_ROLE_HOVER, r->tip.x, r->tip.y, 0, 0);
        for (size_t p = 0; p < r->count; p++) {
            nb_viz_scene_point(&over, s->geometry->points[r->first + p].x,
                               s->geometry->points[r->first + p].y);
        }
    }
    NbPrim *rim = nb_viz_scene_add(&over, oval ? NB_PRIM_OVAL : NB_PRIM_BOX, NB_ROLE_HOVER,
                                   at.x - size.x / 2, at.y - size.y / 2, size.x, size.y);
    rim->radius = 9;
    rim->hollow = true;
    const NbViz *viz = nb_viz_window_viz(win);
    nb_viz_paint(viz->painter, cr, &over, viz->style.theme, v->left, v->top, v->zoom, 1);
    nb_viz_scene_free(&over);
}

static void draw_message(NbWindow *win, cairo_t *cr, double w, double h, const char *text)
{
    const NbViz *viz = nb_viz_window_viz(win);
    NbScene s = {0};
    nb_viz_scene_text(&s, NB_ROLE_PANEL_TEXT, NB_MIDDLE, w / 2, h / 2, text)->w = w - 40;
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, 0, 0, 1, 1);
    nb_viz_scene_free(&s);
}

static void draw(NbWindow *win, void *view, cairo_t *cr, double w, double h)
{
    GraphView *v = view;
    const NbViz *viz = nb_viz_window_viz(win);
    if (!v->shown.model || v->failed[0]) {
        const char *wait = viz->style.unicode ? "laying out…" : "laying out...";
        draw_message(win, cr, w, h, v->failed[0] ? v->failed : wait);
        return;
    }
    if (v->fitted) {
        fit(win, v, w, h);
    }
    double bold_lines = viz->style.present ? 1.4 : 1;
    NbTheme theme = viz->style.theme;
    nb_viz_paint(viz->painter, cr, &v->scene, theme, v->left, v->top, v->zoom, bold_lines);
    if (v->hover >= 0 && v->shown.geometry) {
        draw_hover(win, v, cr);
    }
    if (v->lamps.n > 0 && v->shown.geometry) {
        nb_viz_graph_draw_lamps(win, v, cr);
    }
    nb_viz_paint(viz->painter, cr, &v->legend, theme, 18, h - LEGEND_H, 1, 1);
}

/* --- input --- */

static void zoom_at(GraphView *v, double x, double y, double factor)
{
    double zoom = fmin(fmax(v->zoom * factor, ZOOM_LEAST), ZOOM_MOST);
    v->left = x - (x - v->left) * zoom / v->zoom;
    v->top = y - (y - v->top) * zoom / v->zoom;
    v->zoom = zoom;
    v->fitted = false;
}

static int node_at(const GraphView *v, double x, double y)
{
    const Snapshot *s = &v->shown;
    double gx = (x - v->left) / v->zoom, gy = (y - v->top) / v->zoom;
    for (size_t i = s->geometry ? s->model->nnodes : 0; i-- > 0;) {
        if (fabs(gx - s->geometry->at[i].x) <= s->size[i].x / 2 &&
            fabs(gy - s->geometry->at[i].y) <= s->size[i].y / 2) {
            return (int)i;
        }
    }
    return -1;
}

/* The variable of a node when it still is part of the graph: unchain may have cut it off. */
static NbVar *living(const GraphView *v, int node)
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

/* The whole number under the pointer, which the box may round. */
static void describe(NbWindow *win, const NbVar *var)
{
    const NbViz *viz = nb_viz_window_viz(win);
    char label[64], op[160], value[200], grad[200], line[700];
    const char *name = nb_viz_text_label(&viz->host, var, label, sizeof label);
    const char *formula = nb_viz_text_op(&viz->host, var, viz->style.digits, op, sizeof op);
    nb_viz_text_value(var, NB_DIGITS_FULL, value, sizeof value);
    snprintf(line, sizeof line, "%s = %s%s%s", name, formula, formula[0] ? " = " : "", value);
    if (nb_var_tracked(var)) {
        const char *g = nb_viz_text_grad(var, NB_DIGITS_FULL, grad, sizeof grad);
        size_t n = strlen(line);
        snprintf(line + n, sizeof line - n, "    grad %s", g);
    }
    nb_viz_window_note(win, line);
}

static bool hover(NbWindow *win, GraphView *v, int node)
{
    if (node == v->hover) {
        return false;
    }
    v->hover = node;
    NbVar *var = living(v, node);
    if (var) {
        describe(win, var);
    } else {
        nb_viz_window_note(win, "");
    }
    return true;
}

/* An arrow key belongs to a walk that waits. */
static bool walk(const NbViz *viz, int key)
{
    bool back = key == NB_KEY_LEFT || key == NB_KEY_UP;
    bool arrow = back || key == NB_KEY_RIGHT || key == NB_KEY_DOWN;
    return arrow && viz->host.walk_key && viz->host.walk_key(viz->host.user, back ? -1 : 1);
}

static bool press(const NbViz *viz, GraphView *v, const NbInput *in)
{
    if (walk(viz, in->key)) {
        return false;
    }
    double x = in->x < 0 ? v->left + v->scene.w * v->zoom / 2 : in->x;
    double y = in->y < 0 ? v->top + v->scene.h * v->zoom / 2 : in->y;
    switch (in->key) {
    case 'f': v->fitted = true; return true;
    case '+':
    case '=': zoom_at(v, x, y, ZOOM_STEP); return true;
    case '-': zoom_at(v, x, y, 1 / ZOOM_STEP); return true;
    default: break;
    }
    return false;
}

static bool input(NbWindow *win, void *view, const NbInput *in)
{
    GraphView *v = view;
    const NbViz *viz = nb_viz_window_viz(win);
    if (!v->shown.model) {
        return false;
    }
    switch (in->kind) {
    case NB_INPUT_KEY: return press(viz, v, in);
    case NB_INPUT_WHEEL: zoom_at(v, in->x, in->y, pow(ZOOM_STEP, in->wheel)); return true;
    case NB_INPUT_DRAG:
        v->left += in->dx;
        v->top += in->dy;
        v->fitted = false;
        return true;
    case NB_INPUT_MOVE: return hover(win, v, node_at(v, in->x, in->y));
    case NB_INPUT_LEAVE: return hover(win, v, -1);
    case NB_INPUT_PRESS:
    case NB_INPUT_RELEASE: return false;
    case NB_INPUT_CLICK: {
        NbVar *var = living(v, node_at(v, in->x, in->y));
        if (var && viz->host.click) {
            viz->host.click(viz->host.user, var);
        }
        return var != NULL;
    }
    }
    return false;
}

static bool export_graph(const void *view, NbExport *what)
{
    const GraphView *v = view;
    what->view = NB_VIEW_GRAPH;
    what->root = v->root;
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
    nb_var_unref(&v->root);
    v->root = root;
    return true;
}

void nb_viz_lights(NbViz *viz, const NbLight *light, int n, bool backward)
{
    GraphView *v = graph_view(viz);
    if (v) {
        nb_viz_lamps_set(&v->lamps, light, n, backward);
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
        made->hover = -1;
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
    refresh(win, v);
    return NB_OK;
}

static const NbKeyHelp keys[] = {
    {"+  −", "zoom at the pointer"},
    {"click", "print the node, bind ans"},
    {NULL, NULL},
};

const NbViewKind nb_viz_view_graph = {
    .name = "graph",
    .w = 1000,
    .h = 640,
    .keys = keys,
    .free = free_view,
    .draw = draw,
    .input = input,
    .changed = changed,
    .poll = poll_layout,
    .fd = layout_fd,
    .timeout = layout_timeout,
    .export = export_graph,
};

/* window_graph_draw.c -- draws the graph window: the picture, rims and lights over it, the card */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/picture/frame.h"
#include "window_graph.h"
#include "viz/diagram/scene_graph.h"

#define LEGEND_H NB_GRAPH_LEGEND
#define ZOOM_LEAST 0.02
#define LEAST 0.68      /* zoom: texts of 17 px are 11.5 px then, */
#define LEAST_SMALL 0.5 /* where little has room: 8.5 px */
#define LEAST_PRESENT 0.9
#define LEAST_PRESENT_SMALL 0.68
#define NEARLY 0.86         /* of these: so small the whole is shown rather than a part of it, */
#define NEARLY_PRESENT 0.72 /* since a room is told of all of it */
#define FAR_BELOW 0.42      /* zoom: texts of boxes would be smaller than 8 px */
#define CARD_GAP 14.0
#define PANEL_X 10.0 /* px beside a line at an upper corner, */
#define PANEL_Y 8.0  /* above it, */
#define PANEL_H 34.0
#define PANEL_GAP 8.0 /* and below */
#define STRIP_H (PANEL_Y + PANEL_H + PANEL_GAP)

static int root_of(const Snapshot *s)
{
    int root = -1;
    for (size_t i = 0; s->geometry && i < s->model->nnodes; i++) {
        root = s->model->node[i].root ? (int)i : root;
    }
    return root;
}

/* What does not fit is left out where the root is not: from `room` px, `size` px are wanted. */
static double begin_at(double border, double room, double size, double root)
{
    double start = border + (room - size) / 2;
    if (size > room) {
        start = fmin(fmax(border + room / 2 - root, border + room - size), border);
    }
    return start;
}

/* As large as fits, but not so small that its text cannot be read. */
static void fit(NbWindow *win, GraphView *v, double w, double h)
{
    bool present = nb_viz_window_viz(win)->style.present;
    bool is_small = w < NB_GRAPH_SMALL_W || h < NB_GRAPH_SMALL_H;
    double nearly = present && !is_small ? NEARLY_PRESENT : NEARLY;
    double least = v->whole || v->shown.model->summary ? ZOOM_LEAST
                   : present  ? (is_small ? LEAST_PRESENT_SMALL : LEAST_PRESENT)
                   : is_small ? LEAST_SMALL
                              : LEAST;
    double usual = nb_viz_graph_border(w, h), border = v->lamps.n > 0 ? NB_GRAPH_LIT : usual;
    double room_w = w - 2 * border, above = border, room_h = h - 2 * border - LEGEND_H;
    double most = nb_viz_window_cap(win);
    double sw = v->scene.w > 0 ? v->scene.w : 1, sh = v->scene.h > 0 ? v->scene.h : 1;
    double gained = 2 * (border - usual); /* a walk leaves whole what was whole */
    double zoom = fmin((room_w + gained) / sw, (room_h + gained) / sh);
    v->partly = zoom < least * nearly && !v->shown.model->summary;
    v->zoom = v->partly ? least : fmax(fmin(fmin(room_w / sw, room_h / sh), most), ZOOM_LEAST);
    if (v->partly) { /* a line says so, beside which the root is to be seen */
        above = fmax(border, STRIP_H);
        room_h -= above - border;
    }
    int root = root_of(&v->shown);
    NbPoint at = root >= 0 ? v->shown.geometry->at[root] : (NbPoint){sw / 2, sh / 2};
    v->left = begin_at(border, room_w, sw * v->zoom, at.x * v->zoom);
    v->top = begin_at(above, room_h, sh * v->zoom, at.y * v->zoom);
}

static void paint(const NbViz *viz, NbCanvas *cr, NbScene *s, double x, double y, double scale)
{
    double bold_lines = viz->style.present ? 1.4 : 1;
    nb_viz_paint(viz->painter, cr, s, viz->style.theme, x, y, scale, bold_lines);
}

static void draw_message(const NbViz *viz, NbCanvas *cr, double w, double h, const char *text)
{
    NbScene s = {0};
    nb_viz_scene_text(&s, NB_ROLE_PANEL_TEXT, NB_MIDDLE, w / 2, h / 2, text)->w = w - 40;
    paint(viz, cr, &s, 0, 0, 1);
    nb_viz_scene_free(&s);
}

/* --- rims --- */

static void add_rim(NbScene *s, const Snapshot *shown, int i, NbRole role)
{
    NbPoint at = shown->geometry->at[i], size = shown->size[i];
    bool oval = shown->model->node[i].kind == NB_NODE_OP;
    NbPrim *rim = nb_viz_scene_add(s, oval ? NB_PRIM_OVAL : NB_PRIM_BOX, role, at.x - size.x / 2,
                                   at.y - size.y / 2, size.x, size.y);
    rim->radius = 9;
    rim->hollow = true;
    rim->node = i;
}

/* The edges at a node, through the local derivatives on them. */
static void add_edges(NbScene *s, const Snapshot *shown, uint32_t node, NbRole role)
{
    const NbModel *m = shown->model;
    const NbNode *at = &m->node[node];
    for (size_t k = 0; k < m->nedges && k < shown->geometry->nedges; k++) {
        const NbNode *from = &m->node[m->edge[k].from], *to = &m->node[m->edge[k].to];
        bool out = m->edge[k].from == node || (from->kind == NB_NODE_LOCAL && from->source == node);
        bool into = m->edge[k].to == node;
        if (to->kind == NB_NODE_LOCAL) { /* its serial is that of the operation it leads to */
            bool joint = m->compact ? at->kind != NB_NODE_OP : at->kind == NB_NODE_OP;
            into = into || (joint && to->serial == at->serial);
        }
        if (out || into) {
            nb_viz_scene_edge(s, m, shown->geometry, k, role);
        }
    }
}

static void draw_rims(const NbViz *viz, GraphView *v, NbCanvas *cr)
{
    NbScene over = {0};
    for (int i = 0; v->query[0] && i < (int)v->shown.model->nnodes; i++) {
        if (nb_viz_graph_matches(v, i)) {
            add_rim(&over, &v->shown, i, NB_ROLE_MATCH);
        }
    }
    if (v->chosen >= 0) {
        add_edges(&over, &v->shown, (uint32_t)v->chosen, NB_ROLE_SELECT);
        add_rim(&over, &v->shown, v->chosen, NB_ROLE_SELECT);
    }
    if (v->hover >= 0) {
        add_edges(&over, &v->shown, (uint32_t)v->hover, NB_ROLE_HOVER);
        add_rim(&over, &v->shown, v->hover, NB_ROLE_HOVER);
    }
    paint(viz, cr, &over, v->left, v->top, v->zoom);
    nb_viz_scene_free(&over);
}

static void draw_lamps(NbWindow *win, GraphView *v, NbCanvas *cr)
{
    const Snapshot *s = &v->shown;
    NbMeasure me = nb_viz_graph_measure(win);
    NbScene over = {0};
    nb_viz_scene_lamps(&over, &v->lamps, s->model, s->geometry, s->size, &me, v->distant);
    paint(nb_viz_window_viz(win), cr, &over, v->left, v->top, v->zoom);
    nb_viz_scene_free(&over);
}

/* --- the card --- */

static NbRect on_screen(const GraphView *v, int node)
{
    NbPoint at = v->shown.geometry->at[node], size = v->shown.size[node];
    return (NbRect){v->left + (at.x - size.x / 2) * v->zoom, v->top + (at.y - size.y / 2) * v->zoom,
                    size.x * v->zoom, size.y * v->zoom};
}

/* How much of the picture a card at this place would hide: its own node counts most. */
static double hides(const GraphView *v, int node, const NbRect *card)
{
    NbRect own = on_screen(v, node);
    double sum = 8 * nb_viz_overlap(card, &own);
    for (int i = 0; i < (int)v->shown.model->nnodes; i++) {
        NbRect box = on_screen(v, i);
        sum += nb_viz_overlap(card, &box);
    }
    return sum;
}

/* Below, above, at the right, at the left of the node or in a corner: where it hides least. */
static NbRect place_card(const GraphView *v, int node, double w, double h)
{
    NbRect n = on_screen(v, node);
    double right = fmax(6, v->w - 6 - w), bottom = fmax(6, v->h - LEGEND_H - 8 - h);
    double middle = n.y + n.h / 2 - h / 2;
    const double at[][2] = {
        {n.x, n.y + n.h + CARD_GAP},
        {n.x, n.y - CARD_GAP - h},
        {n.x + n.w + CARD_GAP, middle},
        {n.x - CARD_GAP - w, middle},
        {n.x + n.w - w, n.y + n.h + CARD_GAP},
        {n.x + n.w - w, n.y - CARD_GAP - h},
        {6, 6},
        {right, 6},
        {6, bottom},
        {right, bottom},
    };
    NbRect best = {0};
    double least = INFINITY;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        NbRect card = {fmin(fmax(at[i][0], 6), right), fmin(fmax(at[i][1], 6), bottom), w, h};
        double dx = fmax(fmax(card.x - n.x - n.w, n.x - card.x - card.w), 0);
        double dy = fmax(fmax(card.y - n.y - n.h, n.y - card.y - card.h), 0);
        double cost = hides(v, node, &card) + 12 * hypot(dx, dy) + (double)i;
        if (cost < least) {
            least = cost;
            best = card;
        }
    }
    return best;
}

static void draw_card(NbWindow *win, GraphView *v, NbCanvas *cr, int node)
{
    const NbViz *viz = nb_viz_window_viz(win);
    const NbNode *n = &v->shown.model->node[node];
    NbMeasure me = nb_viz_graph_measure(win);
    NbScene card = {0};
    if (!nb_viz_graph_living(v, node)) {
        return;
    }
    bool at_step = v->at_step && viz->host.preview(viz->host.user, true);
    nb_viz_scene_card(&card, n, &viz->style, &me);
    if (at_step) {
        viz->host.preview(viz->host.user, false);
    }
    NbRect at = place_card(v, node, card.w, card.h);
    paint(viz, cr, &card, at.x, at.y, 1);
    nb_viz_scene_free(&card);
}

/* --- panels --- */

/* A line at an upper corner of a window of `room` px. */
static void add_panel(NbScene *s, const NbMeasure *me, double room, bool right, const char *text)
{
    double w = fmin(me->width(me->user, text, NB_ROLE_PANEL_TEXT) + 24, room - 2 * PANEL_X);
    double x = right ? room - PANEL_X - w : PANEL_X;
    nb_viz_panel(s, x, PANEL_Y, w, PANEL_H, 8, 2);
    nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 12, PANEL_Y + 23, text)->w = w - 22;
}

static size_t in_sight(const GraphView *v)
{
    size_t n = 0;
    for (int i = 0; v->shown.geometry && i < (int)v->shown.model->nnodes; i++) {
        NbRect box = on_screen(v, i);
        n += box.x >= 0 && box.y >= STRIP_H && box.x + box.w <= v->w &&
             box.y + box.h <= v->h - LEGEND_H;
    }
    return n;
}

/* Of what does not fit a line tells how much there is to be seen, on a strip of its own. */
static bool is_a_part(const GraphView *v)
{
    return v->partly && v->fitted && in_sight(v) < v->shown.model->nnodes;
}

static void draw_panels(NbWindow *win, GraphView *v, NbCanvas *cr)
{
    NbMeasure me = nb_viz_graph_measure(win);
    NbScene s = {0};
    char text[QUERY_MAX + 60];
    if (is_a_part(v)) {
        nb_viz_scene_add(&s, NB_PRIM_BOX, NB_ROLE_BLANK, -4, -4, v->w + 8, STRIP_H + 4);
    }
    if (v->typing || v->query[0]) {
        int place, found = nb_viz_graph_count(v, &place);
        char count[40] = "";
        if (v->query[0] && found == 0) {
            snprintf(count, sizeof count, "   not found");
        } else if (place > 0) {
            snprintf(count, sizeof count, "   %d of %d", place, found);
        } else if (v->query[0]) {
            snprintf(count, sizeof count, "   %d found", found);
        }
        snprintf(text, sizeof text, "/ %s%s%s", v->query, v->typing ? "▏" : "", count);
        add_panel(&s, &me, v->w, false, text);
    }
    if (v->at_step) {
        snprintf(text, sizeof text, "at step %llu", (unsigned long long)v->step);
        add_panel(&s, &me, v->w, true, text);
    } else if (v->shown.model->hidden > 0 && !v->shown.model->summary) {
        snprintf(text, sizeof text, "%zu of %zu nodes; u: all",
                 v->shown.model->variables - v->shown.model->hidden, v->shown.model->variables);
        add_panel(&s, &me, v->w, true, text);
    } else if (is_a_part(v)) {
        snprintf(text, sizeof text, "%zu of %zu nodes in sight; f: all", in_sight(v),
                 v->shown.model->nnodes);
        add_panel(&s, &me, v->w, true, text);
    }
    paint(nb_viz_window_viz(win), cr, &s, 0, 0, 1);
    nb_viz_scene_free(&s);
}

/* On a strip of its own, since a picture that was moved goes to the edge of the window. */
static void draw_legend(const NbViz *viz, GraphView *v, NbCanvas *cr)
{
    NbScene strip = {0};
    if (v->legend.nprims == 0) {
        return;
    }
    nb_viz_scene_add(&strip, NB_PRIM_BOX, NB_ROLE_BLANK, -4, v->h - LEGEND_H - 4, v->w + 8, 60);
    paint(viz, cr, &strip, 0, 0, 1);
    paint(viz, cr, &v->legend, NB_GRAPH_LEGEND_X, v->h - LEGEND_H, 1);
    nb_viz_scene_free(&strip);
}

/* --- all of it --- */

static NbScene *scene_at(const NbWindow *win, GraphView *v)
{
    const Snapshot *s = &v->shown;
    v->distant = !s->model->summary && v->zoom * nb_viz_ui_scale(win) < FAR_BELOW;
    if (!v->distant) {
        return &v->scene;
    }
    if (v->far.nprims == 0 || v->far.failed) {
        nb_viz_scene_free(&v->far);
        nb_viz_scene_graph_far(&v->far, s->model, s->geometry, s->size);
    }
    return &v->far;
}

static void draw_over(NbWindow *win, GraphView *v, NbCanvas *cr)
{
    const NbViz *viz = nb_viz_window_viz(win);
    int node = v->keys_last && v->chosen >= 0 ? v->chosen : v->hover;
    draw_rims(viz, v, cr);
    if (v->lamps.n > 0) {
        draw_lamps(win, v, cr);
    }
    if (v->cards && node >= 0 && !v->hand.leaf && v->shown.model->node[node].var) {
        draw_card(win, v, cr, node);
    }
}

void nb_viz_graph_draw(NbWindow *win, void *view, NbCanvas *cr, double w, double h)
{
    GraphView *v = view;
    const NbViz *viz = nb_viz_window_viz(win);
    bool wider = v->w != w;
    v->w = w;
    v->h = h;
    if (wider && v->shown.model) {
        nb_viz_graph_legend(win, v);
    }
    if (!v->shown.model || v->failed[0]) {
        const char *wait = v->stopped ? "the layout was stopped; f begins it again" : "laying out…";
        draw_message(viz, cr, w, h, v->failed[0] ? v->failed : wait);
        return;
    }
    NbPage page = nb_viz_graph_page(w, h);
    v->again = v->again || nb_viz_graph_misshapen(&v->shown, &page);
    if (v->fitted) {
        fit(win, v, w, h);
        nb_viz_graph_bring_lit(v);
    }
    paint(viz, cr, scene_at(win, v), v->left, v->top, v->zoom);
    if (v->shown.geometry) {
        draw_over(win, v, cr);
    }
    draw_legend(viz, v, cr);
    draw_panels(win, v, cr);
}

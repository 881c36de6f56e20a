/* scene_graph.c -- the picture of a graph: boxes, ellipses, edges, the legend, the summary card */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "scene.h"

/* px at scale 1 */
#define PAD 13.0
#define GAP 18.0 /* least space between a name and its value */
#define ROW 28.0
#define CHIP 29.0
#define TOP 5.0
#define ROUND 9.0
#define BASE 20.5 /* from the top of a row to its baseline */
#define LEAST 92.0
#define MOST 340.0
#define OVAL_H 44.0
#define NUMBER_H 36.0

static double width_of(const NbMeasure *m, const char *text, NbRole role)
{
    return text[0] ? m->width(m->user, text, role) : 0;
}

static bool has_chip(const NbModel *m, const NbNode *n)
{
    return n->grad[0] && !m->hide_grad;
}

static double bigger(double a, double b)
{
    return a > b ? a : b;
}

static NbPoint box_size(const NbModel *m, const NbNode *n, const NbMeasure *me)
{
    double w = width_of(me, n->label, NB_ROLE_NAME) + GAP + width_of(me, n->value, NB_ROLE_VALUE);
    double h = TOP * 2 + ROW;
    if (n->op[0]) {
        w = bigger(w, width_of(me, n->op, NB_ROLE_FORMULA) + (n->order ? GAP + 20 : 0));
        h += ROW - 3;
    }
    if (has_chip(m, n)) {
        double label = width_of(me, "grad", NB_ROLE_GRAD) + GAP;
        w = bigger(w, label + width_of(me, n->grad, NB_ROLE_GRAD));
        h += CHIP - TOP + 2;
    }
    w = bigger(w + 2 * PAD, LEAST);
    return (NbPoint){w > MOST ? MOST : ceil(w), h};
}

void nb_viz_graph_sizes(const NbModel *m, const NbMeasure *measure, NbPoint *size)
{
    for (size_t i = 0; i < m->nnodes; i++) {
        const NbNode *n = &m->node[i];
        if (n->kind == NB_NODE_OP) {
            double w = width_of(measure, n->op, NB_ROLE_SIGN) * 1.15 + 30;
            size[i] = (NbPoint){ceil(bigger(w, 56)), OVAL_H};
        } else if (n->kind == NB_NODE_NUMBER) {
            double w = width_of(measure, n->value, NB_ROLE_VALUE) + 2 * PAD;
            size[i] = (NbPoint){ceil(bigger(w, 44)), NUMBER_H};
        } else {
            size[i] = box_size(m, n, measure);
        }
    }
}

bool nb_viz_graph_upright(const NbModel *m, double w, double h)
{
    double deep = (double)m->depth * (m->compact ? 1 : 2), wide = (double)m->breadth;
    double across = bigger(deep * 190 / w, wide * 115 / h);
    double down = bigger(wide * 185 / w, deep * 118 / h);
    return across > 1.4 && down < across * 0.8;
}

static NbRole role_of(const NbNode *n)
{
    static const NbRole role[] = {
        [NB_NODE_LEAF] = NB_ROLE_LEAF,     [NB_NODE_CONST] = NB_ROLE_CONST,
        [NB_NODE_INNER] = NB_ROLE_INNER,   [NB_NODE_OP] = NB_ROLE_OP,
        [NB_NODE_NUMBER] = NB_ROLE_NUMBER,
    };
    return n->root ? NB_ROLE_ROOT : role[n->kind];
}

static NbPrim *text_in(NbScene *s, NbRole role, NbAnchor anchor, double x, double y, double room,
                       const char *text, int node)
{
    NbPrim *p = nb_viz_scene_text(s, role, anchor, x, y, text);
    p->w = room;
    p->node = node;
    return p;
}

static void add_chip(NbScene *s, const NbModel *m, const NbNode *n, int node, double x, double y,
                     double w)
{
    double level = n->has_grad ? nb_viz_model_level(m, n->magnitude) : NB_NO_LEVEL;
    NbPrim *chip = nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_CHIP, x, y, w, CHIP);
    chip->radius = ROUND;
    chip->flat_top = true;
    chip->level = level;
    chip->node = node;
    text_in(s, NB_ROLE_GRAD, NB_LEFT, x + PAD, y + BASE, 0, "grad", node)->level = level;
    double room = w - 2 * PAD - 58;
    text_in(s, NB_ROLE_GRAD, NB_RIGHT, x + w - PAD, y + BASE, room, n->grad, node)->level = level;
}

static void add_box(NbScene *s, const NbModel *m, const NbMeasure *me, int node, double x, double y,
                    NbPoint size, bool sweep)
{
    const NbNode *n = &m->node[node];
    NbPrim *box = nb_viz_scene_add(s, NB_PRIM_BOX, role_of(n), x, y, size.x, size.y);
    box->radius = ROUND;
    box->node = node;
    if (has_chip(m, n)) {
        add_chip(s, m, n, node, x, y + size.y - CHIP, size.x);
    }
    if (n->stale) {
        NbPrim *hatch = nb_viz_scene_add(s, NB_PRIM_HATCH, NB_ROLE_STALE, x, y, size.x, size.y);
        hatch->radius = ROUND;
        hatch->node = node;
    }
    double inside = size.x - 2 * PAD, base = y + TOP + BASE;
    double name = width_of(me, n->label, NB_ROLE_NAME);
    double value = width_of(me, n->value, NB_ROLE_VALUE);
    double name_room = name + value + GAP / 2 > inside ? bigger(inside * 0.45, inside - value - GAP)
                                                       : 0;
    double value_room = inside - (name_room > 0 && name > name_room ? name_room : name) - GAP / 2;
    text_in(s, NB_ROLE_NAME, NB_LEFT, x + PAD, base, name_room, n->label, node);
    text_in(s, NB_ROLE_VALUE, NB_RIGHT, x + size.x - PAD, base, bigger(value_room, 20), n->value,
            node);
    if (n->op[0]) {
        double room = inside - (sweep && n->order ? 30 : 0);
        text_in(s, NB_ROLE_FORMULA, NB_LEFT, x + PAD, base + ROW - 3, room, n->op, node);
    }
    if (n->op[0] && sweep && n->order) {
        char order[16];
        snprintf(order, sizeof order, "%d", n->order);
        text_in(s, NB_ROLE_ORDER, NB_RIGHT, x + size.x - PAD, base + ROW - 4, 0, order, node);
    }
    /* the outline once more, over the chip's edge */
    NbPrim *rim = nb_viz_scene_add(s, NB_PRIM_BOX, role_of(n), x, y, size.x, size.y);
    rim->radius = ROUND;
    rim->node = node;
    rim->hollow = true;
}

static void add_oval(NbScene *s, const NbModel *m, int node, double x, double y, NbPoint size,
                     bool sweep)
{
    const NbNode *n = &m->node[node];
    nb_viz_scene_add(s, NB_PRIM_OVAL, NB_ROLE_OP, x, y, size.x, size.y)->node = node;
    double middle = y + size.y / 2 + 7;
    text_in(s, NB_ROLE_SIGN, NB_MIDDLE, x + size.x / 2, middle, size.x - 18, n->op, node);
    if (sweep && n->order) {
        char order[16];
        snprintf(order, sizeof order, "%d", n->order);
        text_in(s, NB_ROLE_ORDER, NB_MIDDLE, x + size.x / 2, y + size.y + 18, 0, order, node);
    }
}

static void add_number(NbScene *s, const NbModel *m, int node, double x, double y, NbPoint size)
{
    NbPrim *box = nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_NUMBER, x, y, size.x, size.y);
    box->radius = 6;
    box->node = node;
    text_in(s, NB_ROLE_VALUE, NB_MIDDLE, x + size.x / 2, y + size.y / 2 + 7, size.x - 12,
            m->node[node].value, node);
}

void nb_viz_scene_graph(NbScene *s, const NbModel *m, const NbGeometry *g, const NbMeasure *measure,
                        const NbPoint *size)
{
    s->w = g->w;
    s->h = g->h;
    size_t nedges = g->nedges < m->nedges ? g->nedges : m->nedges;
    for (size_t i = 0; i < nedges; i++) {
        const NbRoute *r = &g->route[i];
        nb_viz_scene_add(s, NB_PRIM_BEZIER, NB_ROLE_EDGE, r->tip.x, r->tip.y, 0, 0);
        for (size_t k = 0; k < r->count; k++) {
            NbPoint p = g->points[r->first + k];
            nb_viz_scene_point(s, p.x, p.y);
        }
    }
    bool sweep = m->magnitude_max > 0 && !m->hide_grad;
    size_t nnodes = g->nnodes < m->nnodes ? g->nnodes : m->nnodes;
    for (size_t i = 0; i < nnodes; i++) {
        double x = g->at[i].x - size[i].x / 2, y = g->at[i].y - size[i].y / 2;
        if (m->node[i].kind == NB_NODE_OP) {
            add_oval(s, m, (int)i, x, y, size[i], sweep);
        } else if (m->node[i].kind == NB_NODE_NUMBER) {
            add_number(s, m, (int)i, x, y, size[i]);
        } else {
            add_box(s, m, measure, (int)i, x, y, size[i], sweep);
        }
    }
}

/* --- legend --- */

double nb_viz_scene_legend(NbScene *s, const NbModel *m, const NbMeasure *measure, int digits,
                           double x, double y)
{
    bool scale = m->magnitude_max > 0 && !m->hide_grad;
    if (!scale && !m->stale) {
        return 0;
    }
    double at = x, base = y + 19;
    if (scale) {
        char low[40], high[40];
        int few = digits > 0 && digits < 3 ? digits : 3;
        bool log_scale = nb_viz_model_log_scale(m);
        nb_format_number(log_scale ? m->magnitude_min : 0, few, low, sizeof low);
        nb_format_number(m->magnitude_max, few, high, sizeof high);
        const char *what = log_scale ? "|gradient|, log" : "|gradient|";
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, at, base, what);
        at += width_of(measure, what, NB_ROLE_NOTE) + 14;
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, at, base, low);
        at += width_of(measure, low, NB_ROLE_NOTE) + 8;
        nb_viz_scene_add(s, NB_PRIM_SCALE, NB_ROLE_CHIP, at, y + 5, 120, 17)->radius = 4;
        at += 128;
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, at, base, high);
        at += width_of(measure, high, NB_ROLE_NOTE) + 30;
        const char *order = "1 2 3 … order of the backward sweep";
        nb_viz_scene_text(s, NB_ROLE_ORDER, NB_LEFT, at, base, order);
        at += width_of(measure, order, NB_ROLE_ORDER) + 30;
    }
    if (m->stale) {
        NbPrim *box = nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_INNER, at, y + 4, 30, 19);
        box->radius = 4;
        nb_viz_scene_add(s, NB_PRIM_HATCH, NB_ROLE_STALE, at, y + 4, 30, 19)->radius = 4;
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, at + 39, base, "stale");
        at += 39 + width_of(measure, "stale", NB_ROLE_NOTE) + 30;
    }
    s->w = bigger(s->w, at - 30);
    return 28;
}

/* --- summary --- */

#define SUMMARY_ROWS 10

static void summary_ops(NbScene *s, const NbModel *m, double x, double y)
{
    double most = m->ntally ? (double)m->tally[0].count : 1;
    size_t rows = m->ntally < SUMMARY_ROWS ? m->ntally : SUMMARY_ROWS;
    for (size_t i = 0; i < rows; i++) {
        char count[32];
        snprintf(count, sizeof count, "%zu", m->tally[i].count);
        double base = y + 30 * (double)i;
        nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_RIGHT, x + 130, base, m->tally[i].op->name);
        double w = bigger(2, 180 * (double)m->tally[i].count / most);
        nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_BAR, x + 144, base - 15, w, 19)->radius = 3;
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, x + 154 + w, base, count);
    }
    if (m->ntally > rows) {
        char more[48];
        snprintf(more, sizeof more, "and %zu further operations", m->ntally - rows);
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, x + 144, y + 30 * (double)rows, more);
    }
}

static void summary_leaves(NbScene *s, const NbModel *m, double x, double y)
{
    for (size_t i = 1; i < m->nnodes; i++) {
        const NbNode *n = &m->node[i];
        double base = y + 30 * (double)(i - 1);
        text_in(s, NB_ROLE_NAME, NB_LEFT, x, base, 120, n->label, (int)i);
        text_in(s, NB_ROLE_VALUE, NB_LEFT, x + 132, base, 190, n->value, (int)i);
        if (has_chip(m, n)) {
            text_in(s, NB_ROLE_GRAD, NB_LEFT, x + 336, base, 0, "grad", (int)i);
            text_in(s, NB_ROLE_GRAD, NB_LEFT, x + 386, base, 130, n->grad, (int)i);
        }
    }
    if (m->leaves + 1 > m->nnodes) {
        char more[48];
        snprintf(more, sizeof more, "and %zu further leaves", m->leaves + 1 - m->nnodes);
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, x, y + 30 * (double)(m->nnodes - 1), more);
    }
}

void nb_viz_scene_summary(NbScene *s, const NbModel *m, const NbMeasure *measure, const char *title)
{
    char line[200];
    const char *name = title && *title ? title : m->node[0].label;
    snprintf(line, sizeof line, "%s = %s", name, m->node[0].value);
    nb_viz_scene_text(s, NB_ROLE_TITLE, NB_LEFT, 0, 22, line);
    snprintf(line, sizeof line, "%zu nodes, %zu of them leaves, %zu constants, longest path %zu",
             m->variables, m->leaves, m->consts, m->depth);
    nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, 0, 54, line);
    snprintf(line, sizeof line,
             "more than %d nodes are not drawn one by one; graph of a part: graph NAME",
             NB_MODEL_MAX);
    nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, 0, 82, line);
    s->w = bigger(940, width_of(measure, line, NB_ROLE_NOTE));
    nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, 0, 128, "operations");
    summary_ops(s, m, 0, 162);
    nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, 420, 128, "first leaves");
    summary_leaves(s, m, 420, 162);
    size_t rows = m->ntally < SUMMARY_ROWS ? m->ntally + 1 : SUMMARY_ROWS + 1;
    rows = m->nnodes > rows ? m->nnodes : rows;
    s->h = 150 + 30 * (double)rows;
}

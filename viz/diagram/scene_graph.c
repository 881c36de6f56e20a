/* scene_graph.c -- the picture of a graph: boxes, ellipses, edges, the legend, the summary card */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "scene_graph.h"

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
#define LOCAL_H 28.0
#define HEAT_GAP 6.0
#define BEHIND 5.0 /* the card behind a folded box */

static double width_of(const NbMeasure *m, const char *text, NbRole role)
{
    return text[0] ? m->width(m->user, text, role) : 0;
}

static bool has_chip(const NbModel *m, const NbNode *n)
{
    return n->grad[0] && (!m->hide_grad || m->sheet);
}

static double bigger(double a, double b)
{
    return a > b ? a : b;
}

/* Room kept for numbers that change, by role; 0: as wide as they are. */
typedef struct Reserve {
    double value, grad, local;
} Reserve;

static Reserve reserve_of(const NbModel *m, const NbMeasure *me)
{
    char text[40] = "-0.";
    if (m->reserve < 0) {
        return (Reserve){0};
    }
    int digits = m->reserve > 0 && m->reserve < 12 ? m->reserve : 12;
    memset(text + 3, '0', (size_t)digits);
    text[3 + digits] = '\0';
    return (Reserve){me->width(me->user, text, NB_ROLE_VALUE),
                     me->width(me->user, text, NB_ROLE_GRAD),
                     me->width(me->user, text, NB_ROLE_LOCAL)};
}

/* Width of a text whose last number may change: what stands before it stays. */
static double roomy(const NbMeasure *me, const char *text, NbRole role, double reserve)
{
    double width = width_of(me, text, role);
    const char *number = strrchr(text, ' ');
    char before[160];
    if (reserve <= 0 || !text[0]) {
        return width;
    }
    snprintf(before, sizeof before, "%.*s", number ? (int)(number + 1 - text) : 0, text);
    return bigger(width, width_of(me, before, role) + reserve);
}

static double heat_height(const NbModel *m, const NbNode *n)
{
    if (!n->heat) {
        return 0;
    }
    int rows = m->heat[n->heat - 1].rows;
    return rows < 2 ? 16 : rows < 5 ? 12.0 * rows : 8.0 * rows;
}

/* "(2, 8)  norm 4.1" takes two rows: where the second part begins, or NULL. */
static const char *second_part(const NbNode *n)
{
    const char *gap = n->scalar ? NULL : strstr(n->value, "  ");
    return gap ? gap + 2 : NULL;
}

static void first_part(const NbNode *n, char *buf, size_t cap)
{
    const char *second = second_part(n);
    snprintf(buf, cap, "%.*s", second ? (int)(second - 2 - n->value) : 200, n->value);
}

static NbPoint box_size(const NbModel *m, const NbNode *n, const NbMeasure *me, const Reserve *r)
{
    char value[200];
    const char *second = second_part(n);
    double reserve = n->kind == NB_NODE_CONST ? 0 : r->value;
    first_part(n, value, sizeof value);
    double w = width_of(me, n->label, NB_ROLE_NAME) + GAP +
               roomy(me, value, NB_ROLE_VALUE, second ? 0 : reserve);
    double h = TOP * 2 + ROW;
    if (second) {
        w = bigger(w, roomy(me, second, NB_ROLE_VALUE, reserve));
        h += ROW - 3;
    }
    if (n->op[0]) {
        w = bigger(w, width_of(me, n->op, NB_ROLE_FORMULA) + (n->order ? GAP + 20 : 0));
        h += ROW - 3;
    }
    if (n->heat) {
        h += heat_height(m, n) + HEAT_GAP;
    }
    if (has_chip(m, n)) {
        double label = width_of(me, "grad", NB_ROLE_GRAD) + GAP;
        w = bigger(w, label + roomy(me, n->grad, NB_ROLE_GRAD, r->grad));
        h += CHIP - TOP + 2;
    }
    w = bigger(w + 2 * PAD, LEAST);
    return (NbPoint){w > MOST ? MOST : ceil(w), h};
}

void nb_viz_graph_sizes(const NbModel *m, const NbMeasure *measure, NbPoint *size)
{
    Reserve r = reserve_of(m, measure);
    for (size_t i = 0; i < m->nnodes; i++) {
        const NbNode *n = &m->node[i];
        if (n->kind == NB_NODE_OP) {
            double w = width_of(measure, n->op, NB_ROLE_SIGN) * 1.15 + 30;
            size[i] = (NbPoint){ceil(bigger(w, 56)), OVAL_H};
        } else if (n->kind == NB_NODE_NUMBER) {
            double w = width_of(measure, n->value, NB_ROLE_VALUE) + 2 * PAD;
            size[i] = (NbPoint){ceil(bigger(w, 44)), NUMBER_H};
        } else if (n->kind == NB_NODE_LOCAL) {
            bool changes = strchr(n->value, ' ') != NULL;
            double w = roomy(measure, n->value, NB_ROLE_LOCAL, changes ? r.local : 0) + 16;
            size[i] = (NbPoint){ceil(w > MOST ? MOST : w), LOCAL_H};
        } else {
            size[i] = box_size(m, n, measure, &r);
        }
    }
}

static NbRole role_of(const NbNode *n)
{
    static const NbRole role[] = {
        [NB_NODE_LEAF] = NB_ROLE_LEAF,     [NB_NODE_CONST] = NB_ROLE_CONST,
        [NB_NODE_INNER] = NB_ROLE_INNER,   [NB_NODE_OP] = NB_ROLE_OP,
        [NB_NODE_NUMBER] = NB_ROLE_NUMBER, [NB_NODE_LOCAL] = NB_ROLE_LOCAL,
    };
    return n->root ? NB_ROLE_ROOT : role[n->kind];
}

static NbPrim *text_inside(NbScene *s, NbRole role, NbAnchor anchor, double x, double y,
                           double room, const char *text, int node)
{
    NbPrim *p = nb_viz_scene_text(s, role, anchor, x, y, text);
    p->w = room;
    p->node = node;
    return p;
}

/* Where a reader writes a number: as wide as the one that is left out, or a little wider. */
static void add_blank(NbScene *s, const NbMeasure *me, const char *text, NbRole role, double right,
                      double base, double most, int node)
{
    double w = bigger(width_of(me, text, role) + 10, 52);
    w = w > most ? most : w;
    NbPrim *box = nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_ANSWER, right - w, base - 17, w, 22);
    box->radius = 4;
    box->node = node;
}

static void add_chip(NbScene *s, const NbModel *m, const NbMeasure *me, const NbNode *n, int node,
                     double x, double y, double w)
{
    bool blank = m->hide_grad || n->blank_grad;
    double level = nb_viz_model_grades(m, n) ? nb_viz_model_level(m, n->magnitude) : NB_NO_LEVEL;
    NbPrim *chip = nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_CHIP, x, y, w, CHIP);
    chip->radius = ROUND;
    chip->flat_top = true;
    chip->level = level;
    chip->node = node;
    text_inside(s, NB_ROLE_GRAD, NB_LEFT, x + PAD, y + BASE, 0, "grad", node)->level = level;
    double room = w - 2 * PAD - 58;
    if (blank) {
        double free = w - 2 * PAD - width_of(me, "grad", NB_ROLE_GRAD) - 4;
        add_blank(s, me, n->grad, NB_ROLE_GRAD, x + w - PAD + 4, y + BASE, free, node);
        return;
    }
    text_inside(s, NB_ROLE_GRAD, NB_RIGHT, x + w - PAD, y + BASE, room, n->grad, node)->level =
        level;
}

/* Name and value share a row: the value gets what the name leaves. */
static void add_first_row(NbScene *s, const NbMeasure *me, const NbNode *n, int node, double x,
                          double base, double inside)
{
    char text[200];
    first_part(n, text, sizeof text);
    double name = width_of(me, n->label, NB_ROLE_NAME);
    double value = width_of(me, text, NB_ROLE_VALUE);
    double name_room = name + value + GAP / 2 > inside ? bigger(inside * 0.45, inside - value - GAP)
                                                       : 0;
    double value_room = inside - (name_room > 0 && name > name_room ? name_room : name) - GAP / 2;
    text_inside(s, NB_ROLE_NAME, NB_LEFT, x, base, name_room, n->label, node);
    if (n->blank_value) {
        add_blank(s, me, text, NB_ROLE_VALUE, x + inside + 4, base, bigger(value_room, 20), node);
        return;
    }
    text_inside(s, NB_ROLE_VALUE, NB_RIGHT, x + inside, base, bigger(value_room, 20), text, node);
}

static void add_order(NbScene *s, NbAnchor anchor, double x, double y, int order, int node)
{
    char text[16];
    snprintf(text, sizeof text, "%d", order);
    text_inside(s, NB_ROLE_ORDER, anchor, x, y, 0, text, node);
}

NbPrim *nb_viz_scene_heat(NbScene *s, const NbHeat *heat, double x, double y, double w, double h)
{
    NbPrim *cells = nb_viz_scene_add(s, NB_PRIM_CELLS, NB_ROLE_CELL, x, y, w, h);
    cells->cols = heat->cols;
    for (int i = 0; i < heat->rows * heat->cols; i++) {
        nb_viz_scene_point(s, heat->cell[i], 0);
    }
    return cells;
}

/* What stands in a box below its ground: name, value, operation, heat map. */
static void add_rows(NbScene *s, const NbModel *m, const NbMeasure *me, int node, double x,
                     double y, double inside, bool sweep)
{
    const NbNode *n = &m->node[node];
    double base = y + TOP + BASE;
    add_first_row(s, me, n, node, x, base, inside);
    if (second_part(n)) {
        base += ROW - 3;
        const char *second = n->blank_value ? "" : second_part(n);
        text_inside(s, NB_ROLE_VALUE, NB_RIGHT, x + inside, base, inside, second, node);
    }
    if (n->op[0]) {
        base += ROW - 3;
        double room = inside - (sweep && n->order ? 30 : 0);
        text_inside(s, NB_ROLE_FORMULA, NB_LEFT, x, base, room, n->op, node);
        if (sweep && n->order) {
            add_order(s, NB_RIGHT, x + inside, base - 1, n->order, node);
        }
    }
    if (n->heat && !n->blank_value) {
        double top = base + ROW - BASE + 2;
        const NbHeat *heat = &m->heat[n->heat - 1];
        nb_viz_scene_heat(s, heat, x, top, inside, heat_height(m, n))->node = node;
    }
}

static NbPrim *add_ground(NbScene *s, NbRole role, double x, double y, NbPoint size, int node)
{
    NbPrim *box = nb_viz_scene_add(s, NB_PRIM_BOX, role, x, y, size.x, size.y);
    box->radius = ROUND;
    box->node = node;
    return box;
}

static void add_box(NbScene *s, const NbModel *m, const NbMeasure *me, int node, double x, double y,
                    NbPoint size, bool sweep)
{
    const NbNode *n = &m->node[node];
    if (n->folded) {
        add_ground(s, NB_ROLE_INNER, x + BEHIND, y + BEHIND, size, -1);
    }
    add_ground(s, role_of(n), x, y, size, node);
    if (has_chip(m, n)) {
        add_chip(s, m, me, n, node, x, y + size.y - CHIP, size.x);
    }
    if (n->stale) {
        NbPrim *hatch = nb_viz_scene_add(s, NB_PRIM_HATCH, NB_ROLE_STALE, x, y, size.x, size.y);
        hatch->radius = ROUND;
        hatch->node = node;
    } else if (n->aged && !m->hide_grad && !n->blank_grad && has_chip(m, n)) {
        NbPrim *hatch =
            nb_viz_scene_add(s, NB_PRIM_HATCH, NB_ROLE_STALE, x, y + size.y - CHIP, size.x, CHIP);
        hatch->radius = ROUND;
        hatch->flat_top = true; /* as the chip's */
        hatch->node = node;
    }
    add_rows(s, m, me, node, x + PAD, y, size.x - 2 * PAD, sweep);
    /* the outline once more, over the chip's edge */
    add_ground(s, role_of(n), x, y, size, node)->hollow = true;
}

static void add_oval(NbScene *s, const NbModel *m, int node, double x, double y, NbPoint size,
                     bool sweep)
{
    const NbNode *n = &m->node[node];
    nb_viz_scene_add(s, NB_PRIM_OVAL, NB_ROLE_OP, x, y, size.x, size.y)->node = node;
    double middle = y + size.y / 2 + 7;
    text_inside(s, NB_ROLE_SIGN, NB_MIDDLE, x + size.x / 2, middle, size.x - 18, n->op, node);
    if (sweep && n->order) {
        /* edges come and go above, below and at the sides: the corner is free */
        add_order(s, NB_LEFT, x + size.x - 8, y + size.y + 10, n->order, node);
    }
}

static void add_number(NbScene *s, const NbModel *m, int node, double x, double y, NbPoint size)
{
    NbPrim *box = nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_NUMBER, x, y, size.x, size.y);
    box->radius = 6;
    box->node = node;
    text_inside(s, NB_ROLE_VALUE, NB_MIDDLE, x + size.x / 2, y + size.y / 2 + 7, size.x - 12,
                m->node[node].value, node);
}

static void add_local(NbScene *s, const NbModel *m, int node, double x, double y, NbPoint size)
{
    NbPrim *box = nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_LOCAL, x, y, size.x, size.y);
    box->radius = 6;
    box->node = node;
    text_inside(s, NB_ROLE_LOCAL, NB_MIDDLE, x + size.x / 2, y + 20, size.x - 8,
                m->node[node].value, node);
}

NbPrim *nb_viz_scene_edge(NbScene *s, const NbModel *m, const NbGeometry *g, size_t i, NbRole role)
{
    const NbRoute *r = &g->route[i];
    NbPrim *p = nb_viz_scene_add(s, NB_PRIM_BEZIER, role, r->tip.x, r->tip.y, 0, 0);
    p->bare = m->edge[i].bare;
    p->dash = m->edge[i].loose ? 1 : 0;
    for (size_t k = 0; k < r->count; k++) {
        nb_viz_scene_point(s, g->points[r->first + k].x, g->points[r->first + k].y);
    }
    return p;
}

static void add_edges(NbScene *s, const NbModel *m, const NbGeometry *g)
{
    for (size_t i = 0; i < g->nedges && i < m->nedges; i++) {
        nb_viz_scene_edge(s, m, g, i, NB_ROLE_EDGE);
    }
}

void nb_viz_scene_graph(NbScene *s, const NbModel *m, const NbGeometry *g, const NbMeasure *measure,
                        const NbPoint *size)
{
    s->w = g->w;
    s->h = g->h;
    add_edges(s, m, g);
    bool sweep = m->magnitude_max > 0 && !m->hide_grad;
    size_t nnodes = g->nnodes < m->nnodes ? g->nnodes : m->nnodes;
    for (size_t i = 0; i < nnodes; i++) {
        double x = g->at[i].x - size[i].x / 2, y = g->at[i].y - size[i].y / 2;
        if (m->node[i].kind == NB_NODE_OP) {
            add_oval(s, m, (int)i, x, y, size[i], sweep);
        } else if (m->node[i].kind == NB_NODE_NUMBER) {
            add_number(s, m, (int)i, x, y, size[i]);
        } else if (m->node[i].kind == NB_NODE_LOCAL) {
            add_local(s, m, (int)i, x, y, size[i]);
        } else {
            add_box(s, m, measure, (int)i, x, y, size[i], sweep);
        }
    }
}

/* --- from far --- */

static void add_far(NbScene *s, const NbModel *m, int node, double x, double y, NbPoint size)
{
    const NbNode *n = &m->node[node];
    bool oval = n->kind == NB_NODE_OP;
    NbPrim *box = add_ground(s, role_of(n), x, y, size, node);
    box->kind = oval ? NB_PRIM_OVAL : NB_PRIM_BOX;
    box->radius = 0; /* round corners would not be seen, and take a third of the time */
    if (nb_viz_model_grades(m, n)) {
        box->level = nb_viz_model_level(m, n->magnitude);
    }
    double level = box->level;
    if (n->stale) {
        nb_viz_scene_add(s, NB_PRIM_HATCH, NB_ROLE_STALE, x, y, size.x, size.y);
    }
    const char *text = n->label[0] ? n->label : n->kind == NB_NODE_OP ? n->op : n->value;
    NbPrim *name =
        nb_viz_scene_text(s, NB_ROLE_FAR, NB_MIDDLE, x + size.x / 2, y + size.y / 2 + 16, text);
    name->w = size.x - 10;
    name->node = node;
    name->level = level;
}

void nb_viz_scene_graph_far(NbScene *s, const NbModel *m, const NbGeometry *g, const NbPoint *size)
{
    s->w = g->w;
    s->h = g->h;
    add_edges(s, m, g);
    size_t nnodes = g->nnodes < m->nnodes ? g->nnodes : m->nnodes;
    for (size_t i = 0; i < nnodes; i++) {
        add_far(s, m, (int)i, g->at[i].x - size[i].x / 2, g->at[i].y - size[i].y / 2, size[i]);
    }
}

/* --- legend --- */

#define SCALE 120.0 /* px */
#define SHORTEST_SCALE 40.0

static double bounded(double scale)
{
    return scale < SCALE ? scale : SCALE;
}

/* The colours of gradients and what the small numbers are, from x to at most right: where it ends.
 * A worksheet keeps their room, so that it is as large as its key. */
static double legend_scale(NbScene *s, const NbModel *m, const NbMeasure *measure, int digits,
                           double x, double y, double right)
{
    const char *order = "1 2 3 … order of the backward sweep";
    const bool log_scale = nb_viz_model_log_scale(m), shown = !m->sheet;
    const char *what = log_scale ? "|gradient|, log" : "|gradient|";
    const int few = digits > 0 && digits < 3 ? digits : 3;
    const double base = y + 19;
    char low[40], high[40];
    nb_format_number(log_scale ? m->magnitude_min : 0, few, low, sizeof low);
    nb_format_number(m->magnitude_max, few, high, sizeof high);
    const double named = width_of(measure, what, NB_ROLE_NOTE) + 14;
    const double numbers = width_of(measure, low, NB_ROLE_NOTE) + 16 +
                           width_of(measure, high, NB_ROLE_NOTE);
    /* where it is narrow without the name, then with a shorter scale */
    const bool names = x + named + numbers + SCALE <= right;
    const double left = x + (names ? named : 0), scale = bounded(right - left - numbers);
    const double scale_x = left + width_of(measure, low, NB_ROLE_NOTE) + 8;
    const double end = left + numbers + scale + 30;
    if (scale < SHORTEST_SCALE) {
        return x;
    }
    if (shown) {
        if (names) {
            nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, x, base, what);
        }
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, left, base, low);
        nb_viz_scene_add(s, NB_PRIM_SCALE, NB_ROLE_CHIP, scale_x, y + 5, scale, 17)->radius = 4;
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, scale_x + scale + 8, base, high);
    }
    const double w = width_of(measure, order, NB_ROLE_ORDER);
    if (end + w > right) {
        return end;
    }
    if (shown) {
        nb_viz_scene_text(s, NB_ROLE_ORDER, NB_LEFT, end, base, order);
    }
    return end + w + 30;
}

double nb_viz_scene_legend(NbScene *s, const NbModel *m, const NbMeasure *measure, int digits,
                           double x, double y, double right)
{
    const bool room = !m->hide_grad || m->sheet, aged = m->aged && room;
    const bool scale = m->magnitude_max > 0 && room;
    if (!scale && !m->stale && !aged) {
        return 0;
    }
    double at = scale ? legend_scale(s, m, measure, digits, x, y, right) : x, base = y + 19;
    double stale_w = 39 + width_of(measure, "stale", NB_ROLE_NOTE);
    if ((m->stale || aged) && at + stale_w <= right) {
        if (m->stale || !m->hide_grad) {
            NbPrim *box = nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_INNER, at, y + 4, 30, 19);
            box->radius = 4;
            nb_viz_scene_add(s, NB_PRIM_HATCH, NB_ROLE_STALE, at, y + 4, 30, 19)->radius = 4;
            nb_viz_scene_text(s, NB_ROLE_NOTE, NB_LEFT, at + 39, base, "stale");
        }
        at += stale_w + 30;
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
        text_inside(s, NB_ROLE_NAME, NB_LEFT, x, base, 120, n->label, (int)i);
        text_inside(s, NB_ROLE_VALUE, NB_LEFT, x + 132, base, 190, n->value, (int)i);
        if (has_chip(m, n)) {
            text_inside(s, NB_ROLE_GRAD, NB_LEFT, x + 336, base, 0, "grad", (int)i);
            text_inside(s, NB_ROLE_GRAD, NB_LEFT, x + 386, base, 130, n->grad, (int)i);
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
             "more than %d nodes are not drawn one by one; a part: graph %s, depth=4", NB_MODEL_MAX,
             name);
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

/* window_graph_find.c -- choosing nodes with keys, and searching them by name or operation */
#include <math.h>
#include <string.h>

#include "window_graph.h"

#define READABLE 0.75 /* least zoom for a node that was searched */

/* --- choosing --- */

static bool is_box(const NbNode *n)
{
    return n->kind == NB_NODE_LEAF || n->kind == NB_NODE_CONST || n->kind == NB_NODE_INNER;
}

void nb_viz_graph_bring(GraphView *v, int node, bool readable)
{
    const NbGeometry *g = v->shown.geometry;
    if (!g || node < 0) {
        return;
    }
    NbPoint at = g->at[node], size = v->shown.size[node];
    double zoom = readable && v->zoom < READABLE ? READABLE : v->zoom;
    double x = v->left + at.x * v->zoom, y = v->top + at.y * v->zoom;
    double half_w = size.x * v->zoom / 2, half_h = size.y * v->zoom / 2;
    bool seen = x - half_w > 0 && x + half_w < v->w && y - half_h > 0 && y + half_h < v->h - 40;
    if (zoom != v->zoom || !seen) {
        v->zoom = zoom;
        v->left = v->w / 2 - at.x * zoom;
        v->top = v->h / 2 - at.y * zoom;
        v->fitted = false;
    }
}

/* Where `at` begins, moved no more than needed for its part from a to b, in px from there, to lie
 * in `room` px with a margin at both ends; a part too large is not moved for. */
static double slid(double at, double a, double b, double room, double margin)
{
    double low = margin - at - a, high = room - margin - at - b;
    return low > high ? at : at + (low > 0 ? low : high < 0 ? high : 0);
}

/* Moves the picture for the nodes of a walk that are `lit`. */
static void slide_to(GraphView *v, bool (*lit)(const NbLamps *l, const NbNode *node))
{
    const Snapshot *s = &v->shown;
    double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    for (size_t i = 0; s->geometry && i < s->model->nnodes; i++) {
        NbPoint at = s->geometry->at[i], size = s->size[i];
        if (lit(&v->lamps, &s->model->node[i])) {
            left = fmin(left, at.x - size.x / 2);
            right = fmax(right, at.x + size.x / 2);
            top = fmin(top, at.y - size.y / 2);
            bottom = fmax(bottom, at.y + size.y / 2);
        }
    }
    if (left <= right) {
        double zoom = v->zoom, h = v->h - NB_GRAPH_LEGEND;
        v->left = slid(v->left, left * zoom, right * zoom, v->w, NB_GRAPH_LIT);
        v->top = slid(v->top, top * zoom, bottom * zoom, h, NB_GRAPH_LIT);
    }
}

void nb_viz_graph_bring_lit(GraphView *v)
{
    slide_to(v, nb_viz_lamps_concerned);
    slide_to(v, nb_viz_lamps_at_work);
}

/* The next node from `from` that is taken; -1 when there is none. */
static int next_node(const GraphView *v, int from, int direction, bool matching)
{
    int n = v->shown.model ? (int)v->shown.model->nnodes : 0;
    for (int i = 1; i <= n; i++) {
        int at = from < 0 && direction > 0 ? i - 1 : from < 0 ? n - i : from + direction * i;
        at = (at % n + n) % n;
        if (is_box(&v->shown.model->node[at]) && (!matching || nb_viz_graph_matches(v, at))) {
            return at;
        }
    }
    return -1;
}

static bool choose(GraphView *v, int node, bool readable)
{
    if (node < 0) {
        return false;
    }
    v->chosen = node;
    v->keys_last = true;
    nb_viz_graph_bring(v, node, readable);
    return true;
}

bool nb_viz_graph_walk_nodes(GraphView *v, int direction)
{
    return choose(v, next_node(v, v->chosen, direction, false), false);
}

/* --- searching --- */

static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool contains(const char *text, const char *part)
{
    for (; *text; text++) {
        size_t i = 0;
        while (part[i] && lower((unsigned char)text[i]) == lower((unsigned char)part[i])) {
            i++;
        }
        if (!part[i]) {
            return true;
        }
    }
    return false;
}

bool nb_viz_graph_matches(const GraphView *v, int node)
{
    const NbNode *n = &v->shown.model->node[node];
    if (!v->query[0] || !is_box(n)) {
        return false;
    }
    return contains(n->label, v->query) || (n->does && contains(n->does->name, v->query)) ||
           (n->does && n->does->symbol && strcmp(n->does->symbol, v->query) == 0);
}

int nb_viz_graph_count(const GraphView *v, int *place)
{
    int found = 0;
    *place = 0;
    for (int i = 0; v->shown.geometry && i < (int)v->shown.model->nnodes; i++) {
        if (nb_viz_graph_matches(v, i)) {
            found++;
            *place = i == v->chosen ? found : *place;
        }
    }
    return found;
}

bool nb_viz_graph_next(GraphView *v, int direction)
{
    return choose(v, next_node(v, v->chosen, direction, true), true);
}

static void drop_character(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80) {
        n--;
    }
    text[n > 0 ? n - 1 : 0] = '\0';
}

static void add_character(char *text, size_t cap, int code)
{
    size_t n = strlen(text);
    if (n + 5 > cap) {
        return;
    }
    if (code < 0x80) {
        text[n++] = (char)code;
    } else if (code < 0x800) {
        text[n++] = (char)(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        text[n++] = (char)(0xe0 | code >> 12);
        text[n++] = (char)(0x80 | (code >> 6 & 0x3f));
    } else {
        text[n++] = (char)(0xf0 | code >> 18);
        text[n++] = (char)(0x80 | (code >> 12 & 0x3f));
        text[n++] = (char)(0x80 | (code >> 6 & 0x3f));
    }
    if (code >= 0x80) {
        text[n++] = (char)(0x80 | (code & 0x3f));
    }
    text[n] = '\0';
}

bool nb_viz_graph_type(GraphView *v, int key)
{
    if (key == NB_KEY_ESCAPE) {
        v->typing = false;
        v->query[0] = '\0';
    } else if (key == NB_KEY_ENTER || key == NB_KEY_TAB) {
        v->typing = false;
        if (v->chosen < 0 || !nb_viz_graph_matches(v, v->chosen)) {
            nb_viz_graph_next(v, 1);
        }
    } else if (key == NB_KEY_BACKSPACE) {
        v->typing = v->query[0] != '\0';
        drop_character(v->query);
    } else if (key >= ' ' && key < NB_KEY_ESCAPE) {
        add_character(v->query, sizeof v->query, key);
    }
    return true;
}

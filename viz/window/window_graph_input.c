/* window_graph_input.c -- keys and the mouse in the graph window */
#include <math.h>

#include "window_graph.h"

#define ZOOM_STEP 1.2
#define ZOOM_LEAST 0.02
#define ZOOM_MOST 8.0
#define PAN 60.0    /* px of an arrow key; with Shift four times as many */
#define DRAG_PX 9.0 /* of a drag for one step of a value */
#define CLICK_PX 4.0

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

bool nb_viz_graph_typing(const void *view)
{
    const GraphView *v = view;
    return v->typing;
}

/* --- keys --- */

/* The node keys act on: the one chosen with them, or the one under the pointer. */
static int acted_on(const GraphView *v)
{
    bool chosen = v->chosen >= 0 && (v->keys_last || v->hover < 0);
    return chosen ? v->chosen : v->hover;
}

static bool click(const NbViz *viz, GraphView *v, int node)
{
    NbVar *var = nb_viz_graph_living(v, node);
    if (var && viz->host.click) {
        viz->host.click(viz->host.user, var);
    }
    return var != NULL;
}

/* An arrow key belongs to a walk that waits, else it moves the picture. */
static bool arrow(const NbViz *viz, GraphView *v, const NbInput *in)
{
    bool back = in->key == NB_KEY_LEFT || in->key == NB_KEY_UP;
    bool level = in->key == NB_KEY_LEFT || in->key == NB_KEY_RIGHT;
    if (viz->host.walk_key && viz->host.walk_key(viz->host.user, back ? -1 : 1)) {
        return false;
    }
    double way = (back ? PAN : -PAN) * (in->shift ? 4 : 1);
    v->left += level ? way : 0;
    v->top += level ? 0 : way;
    v->fitted = false;
    return true;
}

static bool change_value(NbWindow *win, GraphView *v, int node, double steps, bool fine)
{
    bool leaf = nb_viz_graph_grab(v, node);
    if (leaf) {
        nb_viz_graph_move(win, v, steps, fine, false);
    }
    return leaf;
}

static bool escape(GraphView *v)
{
    bool something = v->query[0] || v->chosen >= 0;
    v->query[0] = '\0';
    v->chosen = -1;
    v->keys_last = false;
    return something;
}

/* Keys that act on a node. */
static bool node_key(NbWindow *win, GraphView *v, const NbInput *in)
{
    int node = acted_on(v);
    switch (in->key) {
    case NB_KEY_TAB: return nb_viz_graph_walk_nodes(v, in->shift ? -1 : 1);
    case NB_KEY_ENTER: return click(nb_viz_window_viz(win), v, node);
    case NB_KEY_PAGE_UP: return change_value(win, v, node, 1, in->shift);
    case NB_KEY_PAGE_DOWN: return change_value(win, v, node, -1, in->shift);
    case ' ': return nb_viz_graph_fold(win, v, node);
    case '/':
        v->typing = true;
        v->query[0] = '\0';
        return true;
    case 'n': return nb_viz_graph_next(v, 1);
    case 'N': return nb_viz_graph_next(v, -1);
    case NB_KEY_ESCAPE: return escape(v);
    default: return false;
    }
}

static bool press(NbWindow *win, GraphView *v, const NbInput *in)
{
    const NbViz *viz = nb_viz_window_viz(win);
    double x = in->x < 0 ? v->w / 2 : in->x, y = in->y < 0 ? v->h / 2 : in->y;
    if (in->key >= '0' && in->key <= '9') {
        nb_viz_graph_unfold(win, v, in->key - '0');
        return true;
    }
    switch (in->key) {
    case 'f':
        v->whole = !(v->fitted && v->whole);
        v->fitted = true;
        if (v->stopped) {
            nb_viz_graph_refresh(win, v);
        }
        return true;
    case 'u': nb_viz_graph_unfold(win, v, 0); return true;
    case 'd':
        v->locals = !v->locals;
        nb_viz_graph_refresh(win, v);
        return true;
    case 'c': v->cards = !v->cards; return true;
    case '+':
    case '=': zoom_at(v, x, y, ZOOM_STEP); return true;
    case '-': zoom_at(v, x, y, 1 / ZOOM_STEP); return true;
    case NB_KEY_LEFT:
    case NB_KEY_RIGHT:
    case NB_KEY_UP:
    case NB_KEY_DOWN: return arrow(viz, v, in);
    default: return node_key(win, v, in);
    }
}

/* --- the mouse --- */

static bool hover(GraphView *v, int node)
{
    bool other = node != v->hover;
    v->hover = node;
    v->keys_last = v->keys_last && !other;
    return other;
}

static bool drag(NbWindow *win, GraphView *v, const NbInput *in)
{
    if (v->hand.leaf && !in->right) {
        nb_viz_graph_move(win, v, (in->dx - in->dy) / DRAG_PX, in->shift, true);
        return true;
    }
    v->left += in->dx;
    v->top += in->dy;
    v->fitted = false;
    return true;
}

static bool release(NbWindow *win, GraphView *v, const NbInput *in)
{
    bool still = hypot(in->x - in->press_x, in->y - in->press_y) <= CLICK_PX;
    if (in->right) {
        return still && nb_viz_graph_fold(win, v, node_at(v, in->x, in->y));
    }
    nb_viz_graph_let_go(win, v);
    return true;
}

static bool wheel(NbWindow *win, GraphView *v, const NbInput *in)
{
    int node = in->ctrl ? -1 : node_at(v, in->x, in->y);
    if (node < 0 || !change_value(win, v, node, in->wheel, in->shift)) {
        zoom_at(v, in->x, in->y, pow(ZOOM_STEP, in->wheel));
    }
    return true;
}

/* Anything but the wheel and the keys that move a value ends the moving. */
static bool goes_on(const NbInput *in)
{
    bool keys = in->kind == NB_INPUT_KEY &&
                (in->key == NB_KEY_PAGE_UP || in->key == NB_KEY_PAGE_DOWN);
    return keys || in->kind == NB_INPUT_WHEEL || in->kind == NB_INPUT_MOVE ||
           in->kind == NB_INPUT_DRAG || in->kind == NB_INPUT_RELEASE;
}

bool nb_viz_graph_input(NbWindow *win, void *view, const NbInput *in)
{
    GraphView *v = view;
    if (!v->shown.model) {
        bool again = v->stopped && in->kind == NB_INPUT_KEY && in->key == 'f';
        if (again) {
            nb_viz_graph_refresh(win, v);
        }
        return again;
    }
    if (v->hand.leaf && !goes_on(in)) {
        nb_viz_graph_let_go(win, v);
    }
    switch (in->kind) {
    case NB_INPUT_KEY: return v->typing ? nb_viz_graph_type(v, in->key) : press(win, v, in);
    case NB_INPUT_WHEEL: return wheel(win, v, in);
    case NB_INPUT_PRESS: {
        int node = in->right ? -1 : node_at(v, in->x, in->y);
        return node >= 0 && nb_viz_graph_grab(v, node);
    }
    case NB_INPUT_DRAG: return drag(win, v, in);
    case NB_INPUT_RELEASE: return release(win, v, in);
    case NB_INPUT_MOVE: return hover(v, node_at(v, in->x, in->y));
    case NB_INPUT_LEAVE: return hover(v, -1);
    case NB_INPUT_CLICK:
        v->typing = false;
        return click(nb_viz_window_viz(win), v, node_at(v, in->x, in->y));
    }
    return false;
}

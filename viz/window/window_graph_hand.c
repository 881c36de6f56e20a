/* window_graph_hand.c -- values of leaves moved by drag, wheel and keys */
#include <math.h>

#include "window_graph.h"

#define REST_MS 450.0 /* wheel and keys: so long without another one makes it a statement */

/* 0.1 for usual numbers, two digits of larger ones, 0.01 for small ones. */
double nb_viz_graph_step(double value)
{
    double size = fabs(value);
    if (!isfinite(value) || size == 0 || (size >= 0.1 && size < 10)) {
        return 0.1;
    }
    return size < 0.1 ? 0.01 : pow(10, floor(log10(size) + 1e-9) - 1);
}

double nb_viz_graph_moved(double value, double step, double n)
{
    double at = isfinite(value) ? value : 0;
    double inverse = round(1 / step);
    /* dividing by a whole number gives the nearest double to the decimal, multiplying does not */
    return step < 1 ? (round(at * inverse) + n) / inverse : (round(at / step) + n) * step;
}

bool nb_viz_graph_grab(GraphView *v, int node)
{
    NbVar *var = nb_viz_graph_living(v, node);
    if (v->distant || !var || nb_var_kind(var) != NB_LEAF || !nb_var_is_scalar(var)) {
        return false;
    }
    if (v->hand.leaf != var) {
        nb_var_unref(&v->hand.leaf);
        v->hand = (Hand){.leaf = nb_var_ref(var),
                         .value = nb_var_value(var),
                         .step = nb_viz_graph_step(nb_var_value(var))};
    }
    return true;
}

void nb_viz_graph_move(NbWindow *win, GraphView *v, double steps, bool fine, bool button)
{
    const NbViz *viz = nb_viz_window_viz(win);
    Hand *h = &v->hand;
    h->due = button ? 0 : nb_viz_now_ms() + REST_MS;
    h->rest += steps;
    double whole = trunc(h->rest);
    if (!h->leaf || whole == 0) {
        return;
    }
    h->rest -= whole;
    h->value = nb_viz_graph_moved(h->value, fine ? h->step / 10 : h->step, whole);
    h->moved = viz->host.write && viz->host.write(viz->host.user, h->leaf, h->value, false);
    if (!h->moved) {
        nb_viz_window_note(win, "this value cannot be moved now");
        nb_var_unref(&h->leaf);
    }
}

void nb_viz_graph_let_go(NbWindow *win, GraphView *v)
{
    const NbViz *viz = nb_viz_window_viz(win);
    Hand h = v->hand;
    v->hand = (Hand){0}; /* the statement may come back here */
    if (h.leaf && h.moved) {
        viz->host.write(viz->host.user, h.leaf, h.value, true);
    }
    nb_var_unref(&h.leaf);
}

/* window_graph_draw.c -- what the graph window draws over the picture */
#include "window_graph.h"

void nb_viz_graph_draw_lamps(NbWindow *win, GraphView *v, cairo_t *cr)
{
    const NbViz *viz = nb_viz_window_viz(win);
    const Snapshot *s = &v->shown;
    NbMeasure me = nb_viz_painter_measure(viz->painter);
    NbScene over = {0};
    nb_viz_scene_lamps(&over, &v->lamps, s->model, s->geometry, s->size, &me);
    nb_viz_paint(viz->painter, cr, &over, viz->style.theme, v->left, v->top, v->zoom, 1);
    nb_viz_scene_free(&over);
}

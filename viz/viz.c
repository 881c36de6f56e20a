/* viz.c -- the viz object: life, style, text forms, handing models to the layout worker */
#include <stdlib.h>

#include "internal.h"
#include "surface.h"

NbViz *nb_viz_new(const NbVizHost *host, const NbVizStyle *style)
{
    NbViz *viz = calloc(1, sizeof *viz);
    if (viz) {
        viz->host = *host;
        viz->style = *style;
    }
    return viz;
}

void nb_viz_free(NbViz **viz)
{
    if (*viz) {
        nb_viz_windows_free(*viz);
        nb_viz_painter_free(&(*viz)->painter);
        nb_viz_layouter_free(&(*viz)->layouter);
        free(*viz);
        *viz = NULL;
    }
}

void nb_viz_style(NbViz *viz, const NbVizStyle *style)
{
    viz->style = *style;
    if (viz->painter) {
        nb_viz_painter_font(viz->painter, style->font);
    }
    nb_viz_windows_restyle(viz);
}

NbStatus nb_viz_font(NbViz *viz, const char *name, char *found, size_t cap, NbErr *err)
{
    NbPainter *p = nb_viz_painter(viz, err);
    if (!p) {
        return NB_EIO;
    }
    if (!nb_viz_painter_knows(p, name, found, cap)) {
        nb_fail(err, NB_ENAME, "no font %s is installed", name);
        nb_hint(err, "fc-list : family lists those that are");
        return NB_ENAME;
    }
    return NB_OK;
}

NbPainter *nb_viz_painter(NbViz *viz, NbErr *err)
{
    if (nb_viz_draw_threads(err)) {
        return NULL;
    }
    if (!viz->painter) {
        viz->painter = nb_viz_painter_new(err);
        if (viz->painter) {
            nb_viz_painter_font(viz->painter, viz->style.font);
        }
    }
    return viz->painter;
}

NbStatus nb_viz_layout_model(NbLayouter *l, const NbModel *m, const NbPoint *size, bool upright,
                             NbErr *err)
{
    bool *oval = calloc(m->nnodes + 1, sizeof *oval);
    uint32_t *from = calloc(m->nedges + 1, sizeof *from);
    uint32_t *to = calloc(m->nedges + 1, sizeof *to);
    NbStatus status;
    if (oval && from && to) {
        for (size_t i = 0; i < m->nnodes; i++) {
            oval[i] = m->node[i].kind == NB_NODE_OP;
        }
        for (size_t i = 0; i < m->nedges; i++) {
            from[i] = m->edge[i].from;
            to[i] = m->edge[i].to;
        }
        NbLayoutJob job = {.nnodes = m->nnodes,
                           .size = size,
                           .oval = oval,
                           .nedges = m->nedges,
                           .from = from,
                           .to = to,
                           .upright = upright,
                           .tight = m->locals};
        status = nb_viz_layout_start(l, &job, err);
    } else {
        status = nb_fail(err, NB_EMEM, "out of memory drawing a graph");
    }
    free(oval);
    free(from);
    free(to);
    return status;
}

NbStatus nb_viz_tree(NbViz *viz, NbVar *root, FILE *out, NbErr *err)
{
    return nb_viz_tree_write(&viz->host, &viz->style, root, false, out, err);
}

NbStatus nb_viz_chart(NbViz *viz, const NbRecord *record, const char *title, FILE *out, NbErr *err)
{
    return nb_viz_chart_write(&viz->style, record, title, out, err);
}

/* --- the linked cursor --- */

void nb_viz_cursor_set(NbViz *viz, uint32_t run_serial, uint64_t step)
{
    if (!viz->cursor.set || viz->cursor.run != run_serial || viz->cursor.step != step) {
        viz->cursor.set = true;
        viz->cursor.run = run_serial;
        viz->cursor.step = step;
        nb_viz_changed(viz);
    }
}

bool nb_viz_cursor(const NbViz *viz, uint32_t *run_serial, uint64_t *step)
{
    if (viz->cursor.set && run_serial) {
        *run_serial = viz->cursor.run;
    }
    if (viz->cursor.set && step) {
        *step = viz->cursor.step;
    }
    return viz->cursor.set;
}

void nb_viz_cursor_clear(NbViz *viz)
{
    if (viz->cursor.set) {
        viz->cursor.set = false;
        nb_viz_changed(viz);
    }
}

NbStatus nb_viz_surface_print(NbViz *viz, NbSurfaceData *surface, FILE *out, NbErr *err)
{
    return nb_viz_surface_write(&viz->style, surface, out, err);
}

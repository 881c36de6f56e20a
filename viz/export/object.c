/* object.c -- the viz object: life, style, text forms, the linked cursor */
#include "object.h"

#include <stdlib.h>

#include "viz/diagram/model.h"
#include "viz/plot/plot.h"
#include "viz/surface/surface.h"

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
        if ((*viz)->windows) {
            (*viz)->windows_free(*viz);
        }
        nb_viz_painter_free(&(*viz)->painter);
        nb_viz_layouter_free(&(*viz)->layouter);
        free(*viz);
        *viz = NULL;
    }
}

static void tell_windows(NbViz *viz)
{
    if (viz->windows) {
        viz->windows_changed(viz);
    }
}

void nb_viz_style(NbViz *viz, const NbVizStyle *style)
{
    viz->style = *style;
    if (viz->painter) {
        nb_viz_painter_font(viz->painter, style->font);
    }
    tell_windows(viz);
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
    if (nb_draw_ready(err)) {
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

NbStatus nb_viz_tree(NbViz *viz, NbVar *root, FILE *out, NbErr *err)
{
    return nb_viz_tree_write(&viz->style, root, false, out, err);
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
        tell_windows(viz);
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
        tell_windows(viz);
    }
}

NbStatus nb_viz_surface_print(NbViz *viz, NbSurfaceData *surface, FILE *out, NbErr *err)
{
    return nb_viz_surface_write(&viz->style, surface, out, err);
}

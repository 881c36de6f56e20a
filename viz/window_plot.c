/* window_plot.c -- the plot window: live curves of a run record, zoom, log axis, values */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "window.h"

#define ZOOM_STEP 1.2

typedef struct PlotView {
    const NbRecord *record;
    char *title;
    uint64_t seen; /* version drawn */
    NbPlotView view;
    NbPlotFrame frame; /* of the last picture */
} PlotView;

static void free_view(void *view)
{
    PlotView *v = view;
    free(v->title);
    free(v);
}

static void draw(NbWindow *win, void *view, cairo_t *cr, double w, double h)
{
    PlotView *v = view;
    const NbViz *viz = nb_viz_window_viz(win);
    NbMeasure me = nb_viz_painter_measure(viz->painter);
    NbScene s = {0};
    nb_viz_scene_plot(&s, v->record, &v->view, &me, v->title, nb_viz_picture_digits(&viz->style), w,
                      h, &v->frame);
    double bold_lines = viz->style.present ? 1.5 : 1;
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, 0, 0, 1, bold_lines);
    nb_viz_scene_free(&s);
    v->seen = nb_record_version(v->record);
}

static bool poll_record(NbWindow *win, void *view)
{
    const PlotView *v = view;
    (void)win;
    return nb_record_version(v->record) != v->seen;
}

static void changed(NbWindow *win, void *view)
{
    (void)win;
    (void)view;
}

/* --- input --- */

/* From now on the axes are the person's. */
static void take_axes(PlotView *v)
{
    if (!v->view.zoomed) {
        v->view.zoomed = true;
        v->view.x0 = v->frame.x0;
        v->view.x1 = v->frame.x1;
        v->view.y0 = v->frame.y0;
        v->view.y1 = v->frame.y1;
        v->view.log = v->frame.log ? NB_LOG_ON : NB_LOG_OFF;
    }
}

static void zoom_axis(double *lo, double *hi, double at, double factor)
{
    double span = (*hi - *lo) / factor;
    if (span < 1e-12 * (fabs(at) + 1e-300) || span > 1e15) {
        return;
    }
    double t = (at - *lo) / (*hi - *lo);
    *lo = at - span * t;
    *hi = *lo + span;
}

static void zoom_at(PlotView *v, double px, double py, double factor)
{
    take_axes(v);
    const NbPlotFrame *f = &v->frame;
    double tx = (px - f->left) / (f->right - f->left), ty = (f->bottom - py) / (f->bottom - f->top);
    tx = px < 0 ? 0.5 : tx < 0 ? 0 : tx > 1 ? 1 : tx;
    ty = py < 0 ? 0.5 : ty < 0 ? 0 : ty > 1 ? 1 : ty;
    NbPlotView *p = &v->view;
    zoom_axis(&p->x0, &p->x1, p->x0 + (p->x1 - p->x0) * tx, factor);
    zoom_axis(&p->y0, &p->y1, p->y0 + (p->y1 - p->y0) * ty, factor);
}

static void pan(PlotView *v, double dx, double dy)
{
    take_axes(v);
    const NbPlotFrame *f = &v->frame;
    double sx = (v->view.x1 - v->view.x0) / (f->right - f->left) * dx;
    double sy = (v->view.y1 - v->view.y0) / (f->bottom - f->top) * dy;
    v->view.x0 -= sx;
    v->view.x1 -= sx;
    v->view.y0 += sy;
    v->view.y1 += sy;
}

static bool press(PlotView *v, const NbInput *in)
{
    if (in->key >= '1' && in->key <= '9') {
        v->view.toggled ^= 1u << (in->key - '1');
        v->view.zoomed = false;
        return true;
    }
    switch (in->key) {
    case 'f':
        v->view.zoomed = false;
        v->view.log = NB_LOG_AUTO;
        return true;
    case 'l':
        v->view.zoomed = false;
        v->view.log = v->frame.log ? NB_LOG_OFF : NB_LOG_ON;
        return true;
    case '+':
    case '=': zoom_at(v, in->x, in->y, ZOOM_STEP); return true;
    case '-': zoom_at(v, in->x, in->y, 1 / ZOOM_STEP); return true;
    default: return false;
    }
}

static bool input(NbWindow *win, void *view, const NbInput *in)
{
    PlotView *v = view;
    const NbPlotFrame *f = &v->frame;
    bool was = v->view.pointer;
    (void)win;
    switch (in->kind) {
    case NB_INPUT_KEY: return press(v, in);
    case NB_INPUT_WHEEL: zoom_at(v, in->x, in->y, pow(ZOOM_STEP, in->wheel)); return true;
    case NB_INPUT_DRAG: pan(v, in->dx, in->dy); return true;
    case NB_INPUT_MOVE:
        v->view.px = in->x;
        v->view.py = in->y;
        v->view.pointer = in->x >= f->left && in->x <= f->right && in->y >= f->top &&
                          in->y <= f->bottom;
        return was || v->view.pointer;
    case NB_INPUT_LEAVE: v->view.pointer = false; return was;
    case NB_INPUT_PRESS:
    case NB_INPUT_RELEASE:
    case NB_INPUT_CLICK: return false;
    }
    return false;
}

static bool export_plot(const void *view, NbExport *what)
{
    const PlotView *v = view;
    what->view = NB_VIEW_PLOT;
    what->record = v->record;
    return nb_record_runs(v->record) > 0;
}

NbStatus nb_viz_plot(NbViz *viz, const NbRecord *record, const char *title, NbErr *err)
{
    title = title ? title : "";
    char *copy = malloc(strlen(title) + 1);
    if (!copy) {
        return nb_fail(err, NB_EMEM, "out of memory opening a window");
    }
    strcpy(copy, title);
    NbWindow *win = nb_viz_window(viz, &nb_viz_view_plot);
    if (!win) {
        PlotView *v = calloc(1, sizeof *v);
        if (!v) {
            free(copy);
            return nb_fail(err, NB_EMEM, "out of memory opening a window");
        }
        v->record = record;
        v->title = copy;
        return nb_viz_window_open(viz, &nb_viz_view_plot, v, title, err);
    }
    PlotView *v = nb_viz_window_view(win);
    free(v->title);
    *v = (PlotView){.record = record, .title = copy};
    nb_viz_window_title(win, title);
    nb_viz_window_dirty(win);
    return NB_OK;
}

static const NbKeyHelp keys[] = {
    {"l", "log axis"},
    {"1 … 9", "show or hide a column"},
    {"+  −", "zoom at the pointer"},
    {NULL, NULL},
};

const NbViewKind nb_viz_view_plot = {
    .name = "plot",
    .w = 900,
    .h = 580,
    .keys = keys,
    .free = free_view,
    .draw = draw,
    .input = input,
    .changed = changed,
    .poll = poll_record,
    .export = export_plot,
};

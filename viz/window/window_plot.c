/* window_plot.c -- the plot window: live curves of a run record, zoom, log axis, the cursor */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clamp.h"
#include "viz/plot/plot.h"
#include "window.h"

#define ZOOM_STEP 1.2
#define PAN_SHARE 0.1 /* of the axis, by a key */
#define NEAR_PX 7.0   /* of the cursor's line */
#define LEAST_BAND 6.0

typedef enum Drag { DRAG_NONE, DRAG_PAN, DRAG_BAND, DRAG_CURSOR } Drag;

static const NbViewKind kind_plot;

typedef struct PlotView {
    const NbRecord *record; /* live; borrowed */
    NbRecord *still;        /* what is shown while paused */
    char *title;
    uint64_t seen; /* version drawn */
    NbPlotView view;
    NbPlotFrame frame; /* of the last picture */
    Drag drag;
    bool along_x, along_y; /* what the drag moves or measures */
} PlotView;

static void free_view(void *view)
{
    PlotView *v = view;
    nb_record_free(&v->still);
    free(v->title);
    free(v);
}

static const NbRecord *shown(const PlotView *v)
{
    return v->still ? v->still : v->record;
}

/* The linked cursor as it is now: also several keys between two pictures move it on. */
static void look_at_cursor(const NbWindow *win, PlotView *v)
{
    v->view.cursor =
        !nb_record_axis_name(shown(v)) &&
        nb_viz_cursor(nb_viz_window_viz(win), &v->view.cursor_run, &v->view.cursor_step);
}

/* The picture, and where things are in it. */
static void build(NbWindow *win, PlotView *v, NbScene *s)
{
    const NbViz *viz = nb_viz_window_viz(win);
    NbMeasure me = nb_viz_painter_measure(viz->painter);
    look_at_cursor(win, v);
    v->view.paused = v->still != NULL;
    nb_viz_scene_plot(s, shown(v), &v->view, &me, v->title, nb_viz_picture_digits(&viz->style),
                      v->view.w, v->view.h, &v->frame);
    v->view.legend_place = v->frame.legend_place;
}

static void draw(NbWindow *win, void *view, NbCanvas *cr, double w, double h)
{
    PlotView *v = view;
    const NbViz *viz = nb_viz_window_viz(win);
    NbScene s = {0};
    v->view.w = w;
    v->view.h = h;
    build(win, v, &s);
    double bold_lines = viz->style.present ? 1.5 : 1;
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, 0, 0, 1, bold_lines);
    nb_viz_scene_free(&s);
    v->seen = nb_record_version(v->record);
}

static bool poll_record(NbWindow *win, void *view)
{
    const PlotView *v = view;
    (void)win;
    return !v->still && nb_record_version(v->record) != v->seen;
}

static void changed(NbWindow *win, void *view)
{
    (void)win;
    (void)view;
}

/* --- zoom --- */

/* From now on the axis is the person's. */
static void take_x(PlotView *v)
{
    if (!v->view.fixed_x) {
        v->view.fixed_x = true;
        v->view.x0 = v->frame.x0;
        v->view.x1 = v->frame.x1;
    }
}

static void take_y(PlotView *v)
{
    if (!v->view.fixed_y) {
        v->view.fixed_y = true;
        v->view.y0 = v->frame.y0;
        v->view.y1 = v->frame.y1;
        v->view.log = v->frame.log ? NB_LOG_ON : NB_LOG_OFF;
    }
}

static void fit(PlotView *v)
{
    if (v->view.fixed_y) {
        v->view.log = NB_LOG_AUTO;
    }
    v->view.fixed_x = v->view.fixed_y = false;
}

static bool sound(double lo, double hi)
{
    double span = hi - lo;
    return span > 1e-12 * (fabs(lo) + fabs(hi) + 1e-300) && span < 1e15;
}

static void set_range(double *lo, double *hi, double new_lo, double new_hi)
{
    if (sound(new_lo, new_hi)) {
        *lo = new_lo;
        *hi = new_hi;
    }
}

static void zoom_axis(double *lo, double *hi, double t, double factor)
{
    double at = *lo + (*hi - *lo) * t, span = (*hi - *lo) / factor;
    set_range(lo, hi, at - span * t, at - span * t + span);
}

static double part(double v, double from, double to)
{
    return nb_clamp((v - from) / (to - from), 0, 1);
}

static bool left_of_frame(const PlotView *v, double px)
{
    return px >= 0 && px < v->frame.px.left;
}

static bool below_frame(const PlotView *v, double py)
{
    return py > v->frame.px.bottom;
}

/* At the pointer; on an axis, or with Shift or Ctrl, that axis alone. */
static void zoom_at(PlotView *v, const NbInput *in, double factor)
{
    const NbPlotFrame *f = &v->frame;
    bool inside = in->x >= f->px.left && in->y >= 0;
    bool only_x = in->shift || below_frame(v, in->y);
    bool only_y = (in->ctrl || left_of_frame(v, in->x)) && !only_x;
    NbPlotView *p = &v->view;
    if (!only_y) {
        take_x(v);
        zoom_axis(&p->x0, &p->x1, inside ? part(in->x, f->px.left, f->px.right) : 0.5, factor);
    }
    if (!only_x) {
        take_y(v);
        zoom_axis(&p->y0, &p->y1,
                  in->y >= 0 && (inside || only_y) ? part(in->y, f->px.bottom, f->px.top) : 0.5,
                  factor);
    }
}

static void pan(PlotView *v, double dx, double dy)
{
    const NbPlotFrame *f = &v->frame;
    NbPlotView *p = &v->view;
    if (dx != 0) {
        take_x(v);
        double by = (p->x1 - p->x0) / (f->px.right - f->px.left) * dx;
        set_range(&p->x0, &p->x1, p->x0 - by, p->x1 - by);
    }
    if (dy != 0) {
        take_y(v);
        double by = (p->y1 - p->y0) / (f->px.bottom - f->px.top) * dy;
        set_range(&p->y0, &p->y1, p->y0 + by, p->y1 + by);
    }
}

static void zoom_to_band(PlotView *v)
{
    const NbPlotFrame *f = &v->frame;
    NbPlotView *p = &v->view;
    double x0 = fmin(p->band_x[0], p->band_x[1]), x1 = fmax(p->band_x[0], p->band_x[1]);
    double y0 = fmin(p->band_y[0], p->band_y[1]), y1 = fmax(p->band_y[0], p->band_y[1]);
    double sx = (f->x1 - f->x0) / (f->px.right - f->px.left),
           sy = (f->y1 - f->y0) / (f->px.bottom - f->px.top);
    if (v->along_x && x1 - x0 >= LEAST_BAND) {
        take_x(v);
        set_range(&p->x0, &p->x1, f->x0 + (x0 - f->px.left) * sx, f->x0 + (x1 - f->px.left) * sx);
    }
    if (v->along_y && y1 - y0 >= LEAST_BAND) {
        take_y(v);
        set_range(&p->y0, &p->y1, f->y0 + (f->px.bottom - y1) * sy,
                  f->y0 + (f->px.bottom - y0) * sy);
    }
}

/* --- curves by key --- */

typedef struct List {
    NbPlotCurve curve[NB_PLOT_HIDDEN];
    int n, at; /* place of the chosen one, -1 */
} List;

/* Curves of the legend, oldest first. */
static List list_curves(const PlotView *v)
{
    List l = {.at = -1};
    const NbRecord *record = shown(v);
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        for (int c = 0; c < run.columns && l.n < NB_PLOT_HIDDEN; c++) {
            if (nb_viz_plot_shows(record, &run, c, v->title, &v->view)) {
                if (run.serial == v->view.chosen.run && c == v->view.chosen.column) {
                    l.at = l.n;
                }
                l.curve[l.n++] = (NbPlotCurve){run.serial, c};
            }
        }
    }
    return l;
}

/* The next one up or down, from the newest. */
static void choose(PlotView *v, int direction)
{
    List l = list_curves(v);
    if (l.n > 0) {
        l.at = l.at < 0 ? l.n - 1 : (l.at + direction + l.n) % l.n;
        v->view.chosen = l.curve[l.at];
    }
}

static void toggle_curve(PlotView *v, NbPlotCurve curve)
{
    nb_viz_plot_hide(&v->view, curve, !nb_viz_plot_hides(&v->view, curve));
}

/* --- the linked cursor --- */

static void tell(NbWindow *win)
{
    const NbViz *viz = nb_viz_window_viz(win);
    if (viz->host.pointed) {
        viz->host.pointed(viz->host.user);
    }
}

static void put_cursor(NbWindow *win, PlotView *v, int run, size_t row)
{
    const NbRecord *record = shown(v);
    NbRunInfo info = nb_record_run(record, run);
    if (!nb_record_axis_name(record)) { /* curves over a variable have no steps to go to */
        nb_viz_cursor_set(nb_viz_window_viz(win), info.serial, nb_record_step(record, run, row));
    }
}

/* The kept row nearest to a place on the step axis. */
static size_t row_near(const PlotView *v, int run, double px)
{
    const NbPlotFrame *f = &v->frame;
    const NbRecord *record = shown(v);
    double step = f->x0 + (px - f->px.left) / (f->px.right - f->px.left) * (f->x1 - f->x0);
    size_t rows = nb_record_run(record, run).rows, row = nb_viz_plot_row(record, run, step);
    row = row < rows ? row : rows - 1;
    if (row > 0 && step - nb_viz_plot_place(record, run, row - 1) <
                       nb_viz_plot_place(record, run, row) - step) {
        row--;
    }
    return row;
}

static void drag_cursor(NbWindow *win, PlotView *v, double px)
{
    int run = nb_viz_plot_run(shown(v), v->view.cursor_run);
    if (run >= 0 && nb_record_run(shown(v), run).rows > 0) {
        put_cursor(win, v, run, row_near(v, run, px));
    }
}

/* Run that keys move the cursor in: the cursor's, the chosen curve's, the newest. */
static int key_run(const PlotView *v)
{
    const NbRecord *record = shown(v);
    int run = v->view.cursor ? nb_viz_plot_run(record, v->view.cursor_run) : -1;
    run = run < 0 && v->view.chosen.run ? nb_viz_plot_run(record, v->view.chosen.run) : run;
    for (int r = nb_record_runs(record) - 1; run < 0 && r >= 0; r--) {
        run = nb_record_run(record, r).rows > 0 ? r : -1;
    }
    return run;
}

static bool step_cursor(NbWindow *win, PlotView *v, const NbInput *in)
{
    int run = key_run(v);
    size_t rows = run >= 0 ? nb_record_run(shown(v), run).rows : 0;
    if (rows == 0) {
        return false;
    }
    size_t by = in->shift ? 10 : 1;
    size_t row = nb_viz_plot_row(shown(v), run, (double)v->view.cursor_step);
    row = row < rows ? row : rows - 1;
    if (in->key == NB_KEY_HOME || in->key == NB_KEY_END) {
        row = in->key == NB_KEY_HOME ? 0 : rows - 1;
    } else if (!v->view.cursor) {
        row = in->key == NB_KEY_RIGHT ? 0 : rows - 1;
    } else if (in->key == NB_KEY_LEFT) {
        row = row > by ? row - by : 0;
    } else {
        row = row + by < rows ? row + by : rows - 1;
    }
    put_cursor(win, v, run, row);
    return true;
}

/* Up and down choose a curve; the cursor goes along to its run. */
static void change_curve(NbWindow *win, PlotView *v, int direction)
{
    choose(v, direction);
    int run = nb_viz_plot_run(shown(v), v->view.chosen.run);
    size_t rows = run >= 0 ? nb_record_run(shown(v), run).rows : 0;
    if (v->view.cursor && rows > 0) {
        size_t row = nb_viz_plot_row(shown(v), run, (double)v->view.cursor_step);
        put_cursor(win, v, run, row < rows ? row : rows - 1);
    }
}

/* --- keys --- */

static void pause_or_go(NbWindow *win, PlotView *v)
{
    if (v->still) {
        nb_record_free(&v->still);
    } else if (!(v->still = nb_record_copy(v->record))) {
        nb_viz_window_note(win, "out of memory");
    }
}

static bool arrow(NbWindow *win, PlotView *v, const NbInput *in)
{
    const NbPlotFrame *f = &v->frame;
    double dx = (f->px.right - f->px.left) * PAN_SHARE, dy = (f->px.bottom - f->px.top) * PAN_SHARE;
    bool left = in->key == NB_KEY_LEFT, up = in->key == NB_KEY_UP;
    bool across = left || in->key == NB_KEY_RIGHT;
    if (in->ctrl) {
        pan(v, !across ? 0 : left ? dx : -dx, across ? 0 : up ? dy : -dy);
        return true;
    }
    if (across) {
        return step_cursor(win, v, in);
    }
    change_curve(win, v, up ? -1 : 1);
    return true;
}

static void toggle_log(PlotView *v)
{
    v->view.log = v->frame.log ? NB_LOG_OFF : NB_LOG_ON;
    v->view.fixed_y = false;
}

static bool press(NbWindow *win, PlotView *v, const NbInput *in)
{
    if (in->key >= '1' && in->key <= '9') {
        v->view.toggled ^= 1u << (in->key - '1');
        return true;
    }
    switch (in->key) {
    case 'f': fit(v); return true;
    case 'l': toggle_log(v); return true;
    case 'p':
    case ' ': pause_or_go(win, v); return true;
    case 'h':
        if (!v->view.chosen.run) {
            choose(v, 1);
        }
        toggle_curve(v, v->view.chosen);
        return true;
    case 'a': v->view.nhidden = 0; return true;
    case '+':
    case '=': zoom_at(v, in, ZOOM_STEP); return true;
    case '-': zoom_at(v, in, 1 / ZOOM_STEP); return true;
    case NB_KEY_LEFT:
    case NB_KEY_RIGHT:
    case NB_KEY_UP:
    case NB_KEY_DOWN: return arrow(win, v, in);
    case NB_KEY_HOME:
    case NB_KEY_END: return step_cursor(win, v, in);
    case NB_KEY_ENTER: tell(win); return false;
    case NB_KEY_ESCAPE:
        if (v->view.chosen.run) {
            v->view.chosen.run = 0;
            nb_viz_cursor_clear(nb_viz_window_viz(win));
            return true;
        }
        return false;
    default: return false;
    }
}

/* --- the mouse --- */

static bool inside(const NbPlotFrame *f, double x, double y)
{
    return x >= f->px.left && x <= f->px.right && y >= f->px.top && y <= f->px.bottom;
}

static const NbPlotLegend *legend_at(const NbPlotFrame *f, double x, double y)
{
    for (int i = 0; i < f->nlegend; i++) {
        const NbPlotLegend *l = &f->legend[i];
        if (x >= l->x && x <= l->x + l->w && y >= l->y && y <= l->y + l->h) {
            return l;
        }
    }
    return NULL;
}

/* On an axis a drag measures a part of it; inside it moves the picture, with Shift or the right
 * button it draws a box, and on the cursor's line it moves the cursor. */
static void begin_drag(PlotView *v, const NbInput *in)
{
    const NbPlotFrame *f = &v->frame;
    bool on_x = below_frame(v, in->press_y), on_y = left_of_frame(v, in->press_x) && !on_x;
    v->along_x = !on_y;
    v->along_y = !on_x;
    if (f->cursor && !in->right && fabs(in->press_x - f->cursor_x) <= NEAR_PX && !on_y) {
        v->drag = DRAG_CURSOR;
    } else if (on_x || on_y || in->shift || in->right) {
        v->drag = DRAG_BAND;
        v->view.band = true;
        v->view.band_x[0] = on_y ? f->px.left : in->press_x;
        v->view.band_y[0] = on_x ? f->px.top : in->press_y;
    } else {
        v->drag = DRAG_PAN;
    }
}

static void drag(NbWindow *win, PlotView *v, const NbInput *in)
{
    const NbPlotFrame *f = &v->frame;
    if (v->drag == DRAG_NONE) {
        begin_drag(v, in);
    }
    if (v->drag == DRAG_PAN) {
        pan(v, in->dx, in->dy);
    } else if (v->drag == DRAG_CURSOR) {
        drag_cursor(win, v, in->x);
    } else {
        double x = fmin(fmax(in->x, f->px.left), f->px.right),
               y = fmin(fmax(in->y, f->px.top), f->px.bottom);
        v->view.band_x[1] = v->along_x ? x : f->px.right;
        v->view.band_y[1] = v->along_y ? y : f->px.bottom;
    }
}

static bool release(NbWindow *win, PlotView *v)
{
    Drag was = v->drag;
    v->drag = DRAG_NONE;
    if (was == DRAG_BAND) {
        zoom_to_band(v);
        v->view.band = false;
    } else if (was == DRAG_CURSOR) {
        tell(win);
    }
    return was != DRAG_NONE;
}

static bool point(PlotView *v, const NbInput *in)
{
    bool was = v->view.pointer;
    v->view.px = in->x;
    v->view.py = in->y;
    v->view.pointer = inside(&v->frame, in->x, in->y) && !legend_at(&v->frame, in->x, in->y);
    return was || v->view.pointer;
}

static bool click(NbWindow *win, PlotView *v, const NbInput *in)
{
    const NbPlotFrame *f = &v->frame;
    const NbPlotLegend *l = legend_at(f, in->x, in->y);
    if (l) {
        toggle_curve(v, l->curve);
        return true;
    }
    if (!inside(f, in->x, in->y)) {
        return false;
    }
    NbScene s = {0}; /* the last picture may be from before the pointer came here */
    point(v, in);
    build(win, v, &s);
    nb_viz_scene_free(&s);
    if (!f->picked || nb_record_axis_name(shown(v))) {
        return false;
    }
    nb_viz_cursor_set(nb_viz_window_viz(win), f->pick.run, f->pick_step);
    tell(win);
    return true;
}

static bool input(NbWindow *win, void *view, const NbInput *in)
{
    PlotView *v = view;
    bool was = v->view.pointer;
    look_at_cursor(win, v);
    switch (in->kind) {
    case NB_INPUT_KEY: return press(win, v, in);
    case NB_INPUT_WHEEL: zoom_at(v, in, pow(ZOOM_STEP, in->wheel)); return true;
    case NB_INPUT_PRESS: return false;
    case NB_INPUT_DRAG:
        v->view.pointer = false;
        drag(win, v, in);
        return true;
    case NB_INPUT_RELEASE: return release(win, v);
    case NB_INPUT_MOVE: return point(v, in);
    case NB_INPUT_LEAVE: v->view.pointer = false; return was;
    case NB_INPUT_CLICK: return click(win, v, in);
    }
    return false;
}

static bool export_plot(const void *view, NbExport *what)
{
    const PlotView *v = view;
    what->view = NB_VIEW_PLOT;
    what->record = shown(v);
    what->plot = &v->view;
    return nb_record_runs(shown(v)) > 0;
}

const NbPlotFrame *nb_viz_plot_frame(const NbViz *viz)
{
    NbWindow *win = nb_viz_window(viz, &kind_plot);
    return win ? &((PlotView *)nb_viz_window_view(win))->frame : NULL;
}

NbStatus nb_viz_plot(NbViz *viz, const NbRecord *record, const char *title, NbErr *err)
{
    title = title ? title : "";
    char *copy = malloc(strlen(title) + 1);
    if (!copy) {
        return nb_fail(err, NB_EMEM, "out of memory opening a window");
    }
    strcpy(copy, title);
    NbWindow *win = nb_viz_window(viz, &kind_plot);
    if (!win) {
        PlotView *v = calloc(1, sizeof *v);
        if (!v) {
            free(copy);
            return nb_fail(err, NB_EMEM, "out of memory opening a window");
        }
        v->record = record;
        v->title = copy;
        return nb_viz_window_open(viz, &kind_plot, v, title, err);
    }
    PlotView *v = nb_viz_window_view(win);
    nb_record_free(&v->still);
    free(v->title);
    *v = (PlotView){.record = record, .title = copy};
    nb_viz_window_title(win, title);
    nb_viz_window_raise(win);
    nb_viz_window_dirty(win);
    return NB_OK;
}

void nb_viz_plot_again(NbViz *viz, const NbRecord *before, const NbRecord *now)
{
    NbWindow *win = nb_viz_window(viz, &kind_plot);
    PlotView *v = win ? nb_viz_window_view(win) : NULL;
    if (v && v->record == before) {
        v->record = now;
        nb_viz_window_dirty(win);
    }
}

static const NbKeyHelp keys[] = {
    {"click", "put the cursor on a step, in all windows"},
    {"← →  Home End", "move the cursor (Shift: ten steps)"},
    {"↑ ↓", "choose a curve"},
    {"h  a", "hide or show it, show all (or click the legend)"},
    {"1 … 9", "show or hide a column"},
    {"Enter", "say how to go to the cursor's step"},
    {"l", "log axis"},
    {"wheel, +  −", "zoom at the pointer, an axis when on it"},
    {"Shift+drag", "zoom to a box; drag an axis: to a part of it"},
    {"Ctrl+arrows", "move"},
    {"Space, p", "pause"},
    {NULL, NULL},
};

static const NbViewKind kind_plot = {
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

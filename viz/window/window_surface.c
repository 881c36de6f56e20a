/* window_surface.c -- the windows of surfaces and class regions: sampling, zoom, start, paths */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viz/surface/surface.h"
#include "window.h"

#define ZOOM_STEP 1.25
#define SLICE_MS 3.0   /* of sampling at a time: typing must not wait */
#define SHARE 9.0      /* looking whether the function changed takes at most 1 / (1 + SHARE) */
#define CHECK_MS 60.0  /* and happens no more often */
#define SLOW_MS 6.0    /* values under the pointer are then read off the grid */
#define KEY_MOVES 40.0 /* of the frame: one step of the pointer by an arrow key */
#define PROBES 12      /* points compared to see whether the function changed */

static const NbViewKind kind_surface;
static const NbViewKind kind_boundary;

typedef struct SurfaceView {
    NbSurfaceData *data;
    NbSurfaceFrame frame; /* of the last picture */
    const NbDraw *d;
    NbCanvas *base;  /* bands, arrows, axes; NULL: to be drawn again */
    NbCanvas *paths; /* the same with paths over it; NULL likewise */
    double base_w, base_h, base_scale;
    NbVizStyle style;  /* they were drawn in */
    uint64_t seen;     /* version of the record in `paths` */
    double checked_at; /* when the function was last compared, ms */
    double cost;       /* of that and of what followed, ms */
    bool check;        /* a statement ran since */
    bool told;         /* that sampling stopped, or memory was refused */
    bool lowest_due;   /* or the classes of the data points */
    bool slow;
} SurfaceView;

static bool is_boundary(const SurfaceView *v)
{
    return v->data->what.boundary;
}

static void drop_paths(SurfaceView *v)
{
    if (v->paths) {
        nb_draw_close(v->d, &v->paths);
    }
}

static void drop_base(SurfaceView *v)
{
    drop_paths(v);
    if (v->base) {
        nb_draw_close(v->d, &v->base);
    }
}

static void free_view(void *view)
{
    SurfaceView *v = view;
    drop_base(v);
    nb_viz_surface_free(&v->data);
    free(v);
}

/* --- sampling --- */

/* What is in sight is sampled anew, coarse first; while it is looked at again, at once finely. */
static void sample_again(SurfaceView *v, bool coarse)
{
    NbSurfaceData *d = v->data;
    int last = NB_STAGE_WINDOW;
    v->told = d->refused = false;
    v->lowest_due = true;
    nb_viz_sampler_start(&d->sampler, d->view.lo, d->view.hi, coarse ? 0 : last, last);
}

/* Compares a few points of the grid with the function as it is now. */
static bool function_changed(const SurfaceView *v)
{
    NbSurfaceData *d = v->data;
    const NbGrid *g = &d->sampler.now;
    double x[PROBES], y[PROBES];
    size_t at[PROBES], n = (size_t)g->nx * (size_t)g->ny, c = (size_t)g->channels;
    double *out = calloc(PROBES * c, sizeof *out);
    for (size_t i = 0; i < PROBES; i++) {
        at[i] = (i * 2 + 1) * n / (2 * PROBES) + 5 * i % 7;
        x[i] = g->lo[0] + (g->hi[0] - g->lo[0]) * (double)(at[i] % (size_t)g->nx) / (g->nx - 1);
        y[i] = g->lo[1] + (g->hi[1] - g->lo[1]) * (double)(at[i] / (size_t)g->nx) / (g->ny - 1);
    }
    int done = out ? d->what.field.sample(d->what.field.user, x, y, PROBES, 2, out) : 0;
    bool differs = false;
    for (int i = 0; i < done; i++) {
        for (size_t k = 0; k < c; k++) {
            double a = out[(size_t)i * c + k], b = g->v[at[i] * c + k];
            differs = differs || (a != b && !(isnan(a) && isnan(b)));
        }
    }
    free(out);
    return differs;
}

static void look_for_changes(SurfaceView *v, double now)
{
    bool due = now - v->checked_at > fmax(CHECK_MS, SHARE * v->cost);
    if (!v->data->sampler.now.v || v->data->sampler.running || !(due || v->check)) {
        return;
    }
    v->check = false;
    v->checked_at = now;
    if (function_changed(v)) {
        sample_again(v, false);
    }
    v->cost = nb_viz_now_ms() - now;
}

/* What ended early is said once, and how to go on. */
static void tell(NbWindow *win, SurfaceView *v)
{
    const NbSurfaceData *d = v->data;
    if ((d->sampler.failed || d->refused) && !v->told) {
        bool refused = d->sampler.refused || d->refused;
        v->told = true;
        v->lowest_due = false;
        nb_viz_window_note(win, refused ? "out of memory; key r computes it again"
                                        : "stopped; key r computes it again");
    }
}

static bool advance(SurfaceView *v)
{
    NbSurfaceData *d = v->data;
    NbSampler *s = &d->sampler;
    double start = nb_viz_now_ms();
    bool first = s->now.v == NULL;
    bool finished = nb_viz_sampler_run(s, SLICE_MS);
    v->cost += nb_viz_now_ms() - start;
    v->checked_at = nb_viz_now_ms();
    if (finished) {
        nb_viz_surface_relevel(d, !first && d->levels.n > 0);
        drop_base(v);
    }
    return finished || s->failed;
}

/* The lowest point, once the grid is done: several hundred values, so only of a quick function. Or
 * which data points the model gets right. */
static bool find_lowest(SurfaceView *v)
{
    NbSurfaceData *d = v->data;
    const NbGrid *g = &d->sampler.now;
    if (!v->lowest_due || d->sampler.running || !g->v) {
        return false;
    }
    if (is_boundary(v)) {
        v->lowest_due = !nb_viz_class_guesses(d);
        drop_paths(v);
        return !v->lowest_due;
    }
    v->lowest_due = false;
    drop_paths(v);
    d->low.found = false;
    if (d->sampler.spent < 400) {
        nb_viz_lowest(&d->what.field, g, &d->low);
    }
    return true;
}

static bool poll_view(NbWindow *win, void *view)
{
    SurfaceView *v = view;
    const NbRecord *record = v->data->what.record;
    bool draw = record && nb_record_version(record) != v->seen;
    look_for_changes(v, nb_viz_now_ms());
    if (v->data->sampler.running) {
        draw = advance(v) || draw;
    }
    draw = find_lowest(v) || draw;
    tell(win, v);
    return draw;
}

static int timeout(const void *view)
{
    const SurfaceView *v = view;
    const NbSampler *s = &v->data->sampler;
    return s->running || (s->now.v && (v->lowest_due || v->check)) ? 0 : -1;
}

static void changed(NbWindow *win, void *view)
{
    SurfaceView *v = view;
    const NbVizStyle *now = &nb_viz_window_viz(win)->style;
    v->check = v->data->sampler.now.v != NULL;
    if (memcmp(&v->style, now, sizeof *now) != 0) {
        v->style = *now;
        drop_base(v);
    }
}

void nb_viz_surface_stop(NbViz *viz)
{
    const NbViewKind *kinds[] = {&kind_surface, &kind_boundary};
    for (int i = 0; i < 2; i++) {
        NbWindow *win = nb_viz_window(viz, kinds[i]);
        SurfaceView *v = win ? nb_viz_window_view(win) : NULL;
        if (v && v->data->sampler.running) {
            nb_viz_sampler_stop(&v->data->sampler);
            v->lowest_due = false;
            nb_viz_window_note(win, "stopped; key r computes it again");
        }
    }
}

/* --- drawing --- */

static NbSurfaceLook look_of(const NbViz *viz, const NbMeasure *measure)
{
    return (NbSurfaceLook){measure, viz->style.theme, nb_viz_picture_digits(&viz->style)};
}

static double bold_of(const NbViz *viz)
{
    return viz->style.present ? 1.3 : 1;
}

/* Pixels of the window's size, begun with `ground` or the theme's. */
static NbCanvas *begin_picture(const SurfaceView *v, const NbViz *viz, NbCanvas *ground)
{
    NbCanvas *cr = nb_draw_pixels(v->d, NULL, (int)ceil(v->base_w * v->base_scale),
                                  (int)ceil(v->base_h * v->base_scale), 0);
    if (ground) {
        nb_draw_put(v->d, cr, ground);
    } else {
        nb_viz_paint_ground(viz->painter, cr, viz->style.theme);
    }
    return cr;
}

/* False when memory was refused for a part of it. */
static bool end_picture(const SurfaceView *v, const NbViz *viz, NbCanvas *cr, NbScene *s)
{
    bool whole = !s->failed;
    nb_viz_paint(viz->painter, cr, s, viz->style.theme, 0, 0, v->base_scale, bold_of(viz));
    nb_viz_scene_free(s);
    return whole && !nb_viz_painter_lost(viz->painter);
}

/* Bands and axes are painted once and kept, so are the paths over them: the pointer moves over
 * both. False when memory was refused for a part of them. */
static bool draw_kept(SurfaceView *v, const NbViz *viz, const NbSurfaceLook *look)
{
    NbScene s = {0};
    bool whole = true;
    nb_viz_painter_lost(viz->painter); /* what others lost before is none of this */
    if (!v->base) {
        nb_viz_scene_surface(&s, v->data, look, v->base_w, v->base_h, &v->frame);
        v->base = begin_picture(v, viz, NULL);
        whole = end_picture(v, viz, v->base, &s);
    }
    const NbRecord *record = v->data->what.record;
    uint64_t version = record ? nb_record_version(record) : 0;
    if (!v->paths || v->seen != version) {
        drop_paths(v);
        nb_viz_scene_surface_over(&s, v->data, look, &v->frame);
        v->paths = begin_picture(v, viz, v->base);
        whole = end_picture(v, viz, v->paths, &s) && whole;
        v->seen = version;
    }
    return whole;
}

static void draw(NbWindow *win, void *view, NbCanvas *cr, double w, double h)
{
    SurfaceView *v = view;
    NbViz *viz = nb_viz_window_viz(win);
    NbMeasure me = nb_viz_painter_measure(viz->painter);
    NbSurfaceLook look = look_of(viz, &me);
    double start = nb_viz_now_ms();
    v->d = nb_viz_painter_draw(viz->painter);
    double scale = nb_draw_unit(v->d, cr);
    if (v->base_w != w || v->base_h != h || v->base_scale != scale) {
        drop_base(v);
        v->base_w = w;
        v->base_h = h;
        v->base_scale = scale;
    }
    if (v->base && nb_viz_surface_legend_rows(v->data, &look, w, h) != v->frame.legend_rows) {
        drop_base(v);
    }
    bool anew = !v->base;
    bool whole = draw_kept(v, viz, &look);
    nb_draw_save(v->d, cr);
    nb_draw_scale(v->d, cr, 1 / scale, 1 / scale);
    nb_draw_put(v->d, cr, v->paths);
    nb_draw_restore(v->d, cr);
    if (!whole) {
        drop_base(v);
        v->data->refused = true;
        tell(win, v);
    }
    NbScene s = {0};
    v->data->view.cursor = nb_viz_cursor(viz, NULL, &v->data->view.step);
    nb_viz_scene_surface_marks(&s, v->data, &look, &v->frame);
    if (v->data->sampler.running) {
        nb_viz_scene_text(&s, NB_ROLE_NOTE, NB_LEFT, v->frame.px.left, v->frame.px.bottom + 54,
                          "computing …");
    }
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, 0, 0, 1, bold_of(viz));
    nb_viz_scene_free(&s);
    if (anew) { /* following the function costs its pictures too */
        v->checked_at = nb_viz_now_ms();
        v->cost += v->checked_at - start;
    }
}

/* --- input --- */

static double x_at(const SurfaceView *v, double px)
{
    const NbSurfaceFrame *f = &v->frame;
    return f->lo[0] + (px - f->px.left) / (f->px.right - f->px.left) * (f->hi[0] - f->lo[0]);
}

static double y_at(const SurfaceView *v, double py)
{
    const NbSurfaceFrame *f = &v->frame;
    return f->lo[1] + (f->px.bottom - py) / (f->px.bottom - f->px.top) * (f->hi[1] - f->lo[1]);
}

static bool in_frame(const SurfaceView *v, double px, double py)
{
    const NbSurfaceFrame *f = &v->frame;
    return px >= f->px.left && px <= f->px.right && py >= f->px.top && py <= f->px.bottom;
}

static void move_view(SurfaceView *v, const double lo[2], const double hi[2])
{
    NbSurfaceView *w = &v->data->view;
    for (int a = 0; a < 2; a++) {
        double size = fmax(fabs(lo[a]), fabs(hi[a]));
        if (!(hi[a] - lo[a] > 1e-9 * size) || !(hi[a] - lo[a] < 1e12)) {
            return;
        }
    }
    memcpy(w->lo, lo, sizeof w->lo);
    memcpy(w->hi, hi, sizeof w->hi);
    drop_base(v);
    sample_again(v, true);
}

static void zoom_at(SurfaceView *v, double px, double py, double factor)
{
    const NbSurfaceView *w = &v->data->view;
    bool here = in_frame(v, px, py);
    double at[2] = {here ? x_at(v, px) : (w->lo[0] + w->hi[0]) / 2,
                    here ? y_at(v, py) : (w->lo[1] + w->hi[1]) / 2};
    double lo[2], hi[2];
    for (int a = 0; a < 2; a++) {
        lo[a] = at[a] + (w->lo[a] - at[a]) / factor;
        hi[a] = at[a] + (w->hi[a] - at[a]) / factor;
    }
    move_view(v, lo, hi);
}

static void pan(SurfaceView *v, double dx, double dy)
{
    const NbSurfaceFrame *f = &v->frame;
    const NbSurfaceView *w = &v->data->view;
    double step[2] = {-dx / (f->px.right - f->px.left) * (w->hi[0] - w->lo[0]),
                      dy / (f->px.bottom - f->px.top) * (w->hi[1] - w->lo[1])};
    double lo[2] = {w->lo[0] + step[0], w->lo[1] + step[1]};
    double hi[2] = {w->hi[0] + step[0], w->hi[1] + step[1]};
    move_view(v, lo, hi);
}

/* f and its gradient under the pointer, asked of the program while that is quick. */
static void take_slope(SurfaceView *v)
{
    NbSurfaceView *w = &v->data->view;
    const NbField *field = &v->data->what.field;
    double start = nb_viz_now_ms();
    w->has_slope = !v->slow && field->slope &&
                   field->slope(field->user, x_at(v, w->px), y_at(v, w->py), w->slope);
    v->slow = v->slow || nb_viz_now_ms() - start > SLOW_MS;
}

static bool point_at(SurfaceView *v, double px, double py)
{
    NbSurfaceView *w = &v->data->view;
    bool was = w->pointer;
    w->px = px;
    w->py = py;
    w->pointer = in_frame(v, px, py);
    if (w->pointer) {
        take_slope(v);
    }
    return was || w->pointer;
}

/* A number to start from: no finer than the pixels. */
static double rounded(double value, double span, double px)
{
    double unit = pow(10, ceil(log10(span / px) - 1e-9)), r = round(value / unit) * unit;
    return r == 0 ? 0 : r;
}

static void start_at(NbWindow *win, const SurfaceView *v, double px, double py)
{
    const NbSurfaceFrame *f = &v->frame;
    const NbField *field = &v->data->what.field;
    if (is_boundary(v) || !field->start || !in_frame(v, px, py)) {
        return;
    }
    double x = rounded(x_at(v, px), f->hi[0] - f->lo[0], f->px.right - f->px.left);
    double y = rounded(y_at(v, py), f->hi[1] - f->lo[1], f->px.bottom - f->px.top);
    if (!field->start(field->user, x, y)) {
        nb_viz_window_note(win, "the start cannot be set now");
    }
}

static void pick_step(NbWindow *win, const SurfaceView *v, double px, double py)
{
    uint32_t run;
    uint64_t step;
    if (!is_boundary(v) && nb_viz_surface_pick(v->data, &v->frame, px, py, &run, &step)) {
        nb_viz_cursor_set(nb_viz_window_viz(win), run, step);
    } else {
        nb_viz_window_note(win, "no path here");
    }
}

/* The pointer by keys: from the middle, within the frame. */
static bool walk(SurfaceView *v, double dx, double dy)
{
    const NbSurfaceFrame *f = &v->frame;
    const NbSurfaceView *w = &v->data->view;
    double x = w->pointer ? w->px : (f->px.left + f->px.right) / 2;
    double y = w->pointer ? w->py : (f->px.top + f->px.bottom) / 2;
    x += dx * (f->px.right - f->px.left) / KEY_MOVES;
    y += dy * (f->px.bottom - f->px.top) / KEY_MOVES;
    return point_at(v, fmin(fmax(x, f->px.left), f->px.right),
                    fmin(fmax(y, f->px.top), f->px.bottom));
}

static bool press(NbWindow *win, SurfaceView *v, const NbInput *in)
{
    NbSurfaceView *w = &v->data->view;
    double px = w->pointer ? w->px : in->x, py = w->pointer ? w->py : in->y;
    switch (in->key) {
    case NB_KEY_LEFT: return walk(v, -1, 0);
    case NB_KEY_RIGHT: return walk(v, 1, 0);
    case NB_KEY_UP: return walk(v, 0, -1);
    case NB_KEY_DOWN: return walk(v, 0, 1);
    case NB_KEY_ENTER: start_at(win, v, px, py); return true;
    case 'c': pick_step(win, v, px, py); return true;
    case 'g':
        w->arrows = (NbArrows)((w->arrows + 1) % 3);
        drop_base(v);
        return true;
    case 'e':
        w->equal = !w->equal;
        drop_base(v);
        return true;
    case 'n':
        w->bare = !w->bare;
        drop_base(v);
        return true;
    case 'r': sample_again(v, true); return true;
    case 'f':
        v->data->levels.n = 0; /* chosen anew */
        move_view(v, v->data->what.lo, v->data->what.hi);
        return true;
    case '+':
    case '=': zoom_at(v, px, py, ZOOM_STEP); return true;
    case '-': zoom_at(v, px, py, 1 / ZOOM_STEP); return true;
    default: return false;
    }
}

static bool input(NbWindow *win, void *view, const NbInput *in)
{
    SurfaceView *v = view;
    switch (in->kind) {
    case NB_INPUT_KEY: return press(win, v, in);
    case NB_INPUT_WHEEL: zoom_at(v, in->x, in->y, pow(ZOOM_STEP, in->wheel)); return true;
    case NB_INPUT_DRAG:
        if (!in->right) {
            v->data->view.pointer = false;
            pan(v, in->dx, in->dy);
        }
        return true;
    case NB_INPUT_MOVE: return point_at(v, in->x, in->y);
    case NB_INPUT_LEAVE: {
        bool was = v->data->view.pointer;
        v->data->view.pointer = false;
        return was;
    }
    case NB_INPUT_CLICK:
        if (in->shift) {
            pick_step(win, v, in->x, in->y);
        } else {
            start_at(win, v, in->x, in->y);
        }
        return true;
    case NB_INPUT_PRESS:
    case NB_INPUT_RELEASE: return false;
    }
    return false;
}

/* --- opening --- */

static bool export_surface(const void *view, NbExport *what)
{
    const SurfaceView *v = view;
    what->view = v->data->what.boundary ? NB_VIEW_BOUNDARY : NB_VIEW_SURFACE;
    what->surface = v->data;
    return v->data->sampler.now.v != NULL;
}

NbStatus nb_viz_surface(NbViz *viz, const NbSurface *surface, NbErr *err)
{
    const NbViewKind *kind = surface->boundary ? &kind_boundary : &kind_surface;
    NbSurfaceData *data = nb_viz_surface_new(surface, err);
    if (!data) {
        return NB_EMEM;
    }
    NbWindow *win = nb_viz_window(viz, kind);
    SurfaceView *v = win ? nb_viz_window_view(win) : calloc(1, sizeof *v);
    if (!v) {
        nb_viz_surface_free(&data);
        return nb_fail(err, NB_EMEM, "out of memory opening a window");
    }
    if (win) {
        NbArrows arrows = v->data->view.arrows;
        drop_base(v);
        nb_viz_surface_free(&v->data);
        *v = (SurfaceView){.d = v->d};
        data->view.arrows = arrows;
    }
    v->data = data;
    sample_again(v, true);
    if (win) {
        nb_viz_window_title(win, data->what.title);
        nb_viz_window_raise(win);
        nb_viz_window_dirty(win);
        return NB_OK;
    }
    return nb_viz_window_open(viz, kind, v, data->what.title, err);
}

static const NbKeyHelp surface_keys[] = {
    {"click, Enter", "start there"},
    {"Shift-click, c", "mark this step of a path"},
    {"arrows", "move the pointer"},
    {"+  −", "zoom at the pointer"},
    {"g", "arrows down, up, none"},
    {"n", "numbers on the lines"},
    {"e", "equal scales"},
    {"r", "compute it again"},
    {NULL, NULL},
};

static const NbKeyHelp boundary_keys[] = {
    {"arrows", "move the pointer"},
    {"+  −", "zoom at the pointer"},
    {"e", "equal scales"},
    {"r", "compute it again"},
    {NULL, NULL},
};

static const NbViewKind kind_surface = {
    .name = "surface",
    .w = 900,
    .h = 680,
    .keys = surface_keys,
    .free = free_view,
    .draw = draw,
    .input = input,
    .changed = changed,
    .poll = poll_view,
    .timeout = timeout,
    .export = export_surface,
};

static const NbViewKind kind_boundary = {
    .name = "boundary",
    .w = 820,
    .h = 680,
    .keys = boundary_keys,
    .free = free_view,
    .draw = draw,
    .input = input,
    .changed = changed,
    .poll = poll_view,
    .timeout = timeout,
    .export = export_surface,
};

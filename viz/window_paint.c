/* window_paint.c -- pictures of windows: keys and notes over a view's own, and their pace */
#include <math.h>
#include <stdlib.h>

#include "window_host.h"

#define FRAME_MS 16.0     /* at most 60 pictures a second */
#define SHARE 9.0         /* of a running loop drawing takes at most 1 / (1 + SHARE) */
#define HANDS_ON_MS 400.0 /* after input smoothness comes first */

static const NbKeyHelp common_keys[] = {
    {"drag, wheel", "move, zoom"},  {"f", "fit"},           {"s", "save a picture"},
    {"?", "show or hide the keys"}, {"q, Escape", "close"}, {NULL, NULL},
};

static size_t count_keys(const NbKeyHelp *row)
{
    size_t n = 0;
    while (row && row[n].key) {
        n++;
    }
    return n;
}

/* Widest key and widest explanation. */
static void measure_keys(const NbMeasure *me, const NbKeyHelp *row, double *key, double *what)
{
    for (; row && row->key; row++) {
        *key = fmax(*key, me->width(me->user, row->key, NB_ROLE_NAME));
        *what = fmax(*what, me->width(me->user, row->what, NB_ROLE_PANEL_TEXT));
    }
}

static double add_keys(NbScene *s, const NbKeyHelp *row, double x, double y, double column)
{
    for (; row && row->key; row++) {
        nb_viz_scene_text(s, NB_ROLE_NAME, NB_LEFT, x, y, row->key);
        nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + column, y, row->what);
        y += 31;
    }
    return y;
}

/* A panel as wide as its texts, made smaller when the window is. */
static void draw_help(NbWindow *win, cairo_t *cr, double w, double h)
{
    NbViz *viz = win->host->viz;
    NbMeasure me = nb_viz_painter_measure(viz->painter);
    NbScene s = {0};
    double key = 0, what = 0;
    measure_keys(&me, win->kind->keys, &key, &what);
    measure_keys(&me, common_keys, &key, &what);
    double column = key + 26, pw = 28 + column + what + 28;
    double ph = 31 * (double)(count_keys(win->kind->keys) + count_keys(common_keys)) + 34;
    for (int coat = 0; coat < 2; coat++) { /* two make it opaque */
        nb_viz_scene_add(&s, NB_PRIM_BOX, NB_ROLE_PANEL, 0, 0, pw, ph)->radius = 12;
    }
    double next = add_keys(&s, win->kind->keys, 28, 38, column);
    add_keys(&s, common_keys, 28, next, column);
    double scale = fmin(1, fmin((w - 12) / pw, (h - 12) / ph));
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, (w - pw * scale) / 2, (h - ph * scale) / 2,
                 scale, 1);
    nb_viz_scene_free(&s);
}

static void draw_note(NbWindow *win, cairo_t *cr, double w, double h)
{
    NbViz *viz = win->host->viz;
    NbMeasure me = nb_viz_painter_measure(viz->painter);
    NbScene s = {0};
    if (win->note[0]) {
        double tw = me.width(me.user, win->note, NB_ROLE_PANEL_TEXT) + 28;
        tw = tw > w - 24 ? w - 24 : tw;
        nb_viz_scene_add(&s, NB_PRIM_BOX, NB_ROLE_PANEL, (w - tw) / 2, 8, tw, 36)->radius = 8;
        nb_viz_scene_text(&s, NB_ROLE_PANEL_TEXT, NB_MIDDLE, w / 2, 32, win->note)->w = tw - 20;
    } else if (!win->help) {
        nb_viz_scene_text(&s, NB_ROLE_NOTE, NB_RIGHT, w - 14, h - 12, "? keys");
    }
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, 0, 0, 1, 1);
    nb_viz_scene_free(&s);
}

static void paint_window(NbWindow *win, const NbDraw *d, SDL_Surface *to)
{
    NbViz *viz = win->host->viz;
    cairo_surface_t *surface = d->cairo.image_surface_create_for_data(
        to->pixels, CAIRO_FORMAT_RGB24, to->w, to->h, to->pitch);
    cairo_t *cr = d->cairo.create(surface);
    nb_viz_paint_ground(viz->painter, cr, viz->style.theme);
    double scale = nb_viz_ui_scale(win);
    d->cairo.scale(cr, scale, scale);
    double w = to->w / scale, h = to->h / scale;
    win->kind->draw(win, win->view, cr, w, h);
    if (win->help) {
        draw_help(win, cr, w, h);
    }
    draw_note(win, cr, w, h);
    d->cairo.destroy(cr);
    d->cairo.surface_flush(surface);
    d->cairo.surface_destroy(surface);
}

/* cairo's RGB24 is SDL's RGB888; a display of another format gets a copy. */
static bool same_format(const SDL_Surface *s)
{
    return s->format->BytesPerPixel == 4 && s->format->Rmask == 0xff0000 &&
           s->format->Gmask == 0xff00 && s->format->Bmask == 0xff;
}

/* Values may have changed many times since the last picture: they are read once. */
static void refresh_window(NbWindow *win)
{
    if (win->outdated) {
        win->outdated = false;
        win->kind->changed(win, win->view);
    }
}

void nb_viz_window_draw(NbWindow *win)
{
    NbWindows *host = win->host;
    double start = nb_viz_now_ms();
    refresh_window(win);
    SDL_Surface *surface = host->sdl.GetWindowSurface(win->window);
    if (!surface || nb_viz_sdl_lost()) {
        return;
    }
    const NbDraw *d = nb_viz_painter_draw(host->viz->painter);
    if (same_format(surface)) {
        paint_window(win, d, surface);
    } else {
        SDL_Surface *copy = host->sdl.CreateRGBSurfaceWithFormat(0, surface->w, surface->h, 32,
                                                                 SDL_PIXELFORMAT_RGB888);
        if (copy) {
            paint_window(win, d, copy);
            host->sdl.UpperBlit(copy, NULL, surface, NULL);
            host->sdl.FreeSurface(copy);
        }
    }
    host->sdl.UpdateWindowSurface(win->window);
    win->dirty = false;
    win->frames++;
    win->drawn = nb_viz_now_ms();
    win->cost = win->drawn - start;
}

double nb_viz_window_due(const NbWindow *win, double now)
{
    if (win->frames == 0) {
        return 0;
    }
    double cost = 0;
    for (size_t i = 0; i < NB_MOST_KINDS; i++) {
        cost += win->host->window[i] ? win->host->window[i]->cost : 0;
    }
    bool hands_on = now - win->host->input_at < HANDS_ON_MS;
    double pause = cost * (hands_on ? 1 : SHARE);
    double due = win->drawn + (pause > FRAME_MS ? pause : FRAME_MS);
    return due > now ? due - now : 0;
}

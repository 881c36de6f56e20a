/* window_paint.c -- pictures of windows: keys and notes over a view's own, and their pace */
#include <math.h>
#include <stdlib.h>

#include "viz/picture/frame.h"
#include "window_host.h"

#define FRAME_MS 16.0     /* from one picture to the next at least: 60 a second */
#define LATE_MS 4.0       /* a picture less late does not put off those after it */
#define SHARE 4.0         /* of a running loop drawing takes at most 1 / (1 + SHARE) */
#define HANDS_ON_MS 400.0 /* after input smoothness comes first */

static const NbKeyHelp common_keys[] = {
    {"drag, wheel", "move, zoom"},  {"f", "fit"},           {"Ctrl+S", "save a picture"},
    {"?", "show or hide the keys"}, {"q, Escape", "close"}, {NULL, NULL},
};

#define HELP_ROW 29.0
#define HELP_PAD 26.0
#define MOST_KEYS 40

/* Keys of the view, then those of every window. */
static int list_keys(const NbWindow *win, NbKeyHelp *row)
{
    const NbKeyHelp *part[2] = {win->kind->keys, common_keys};
    int n = 0;
    for (int i = 0; i < 2; i++) {
        for (const NbKeyHelp *k = part[i]; k && k->key && n < MOST_KEYS; k++) {
            row[n++] = *k;
        }
    }
    return n;
}

static double widest(const NbMeasure *me, const NbKeyHelp *row, int n, bool keys)
{
    double most = 0;
    for (int i = 0; i < n; i++) {
        double w = keys ? me->width(me->user, row[i].key, NB_ROLE_NAME)
                        : me->width(me->user, row[i].what, NB_ROLE_PANEL_TEXT);
        most = w > most ? w : most;
    }
    return most;
}

/* In one column, or in two where the window is low; smaller where it is small. */
static void draw_help(NbWindow *win, NbCanvas *cr, double w, double h)
{
    NbViz *viz = win->host->viz;
    NbMeasure me = nb_viz_painter_measure(viz->painter);
    NbKeyHelp row[MOST_KEYS];
    NbScene s = {0};
    int n = list_keys(win, row), columns = 1;
    double key = widest(&me, row, n, true) + 22, column = key + widest(&me, row, n, false) + 26;
    if (HELP_ROW * n + 2 * HELP_PAD > h - 16 && 2 * column + HELP_PAD < 1.3 * w) {
        columns = 2;
    }
    int lines = (n + columns - 1) / columns;
    double pw = column * columns - 26 + 2 * HELP_PAD, ph = HELP_ROW * lines + 2 * HELP_PAD - 8;
    nb_viz_panel(&s, 0, 0, pw, ph, 12, 2);
    for (int i = 0; i < n; i++) {
        double x = HELP_PAD + column * (i / lines), y = HELP_PAD + HELP_ROW * (i % lines) + 16;
        nb_viz_scene_text(&s, NB_ROLE_NAME, NB_LEFT, x, y, row[i].key);
        nb_viz_scene_text(&s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + key, y, row[i].what);
    }
    double scale = (w - 16) / pw < (h - 16) / ph ? (w - 16) / pw : (h - 16) / ph;
    scale = scale > 1 ? 1 : scale;
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, (w - pw * scale) / 2, (h - ph * scale) / 2,
                 scale, 1);
    nb_viz_scene_free(&s);
}

static void draw_note(NbWindow *win, NbCanvas *cr, double w, double h)
{
    NbViz *viz = win->host->viz;
    NbMeasure me = nb_viz_painter_measure(viz->painter);
    NbScene s = {0};
    if (win->note[0]) {
        double tw = me.width(me.user, win->note, NB_ROLE_PANEL_TEXT) + 28;
        tw = tw > w - 24 ? w - 24 : tw;
        nb_viz_panel(&s, (w - tw) / 2, 8, tw, 36, 8, 1);
        nb_viz_scene_text(&s, NB_ROLE_PANEL_TEXT, NB_MIDDLE, w / 2, 32, win->note)->w = tw - 20;
    } else if (!win->help) {
        double tw = me.width(me.user, "? keys", NB_ROLE_NOTE); /* over what a view may have there */
        nb_viz_scene_add(&s, NB_PRIM_BOX, NB_ROLE_PAGE, w - 24 - tw, h - 32, tw + 20, 28);
        nb_viz_scene_text(&s, NB_ROLE_NOTE, NB_RIGHT, w - 14, h - 12, "? keys");
    }
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, 0, 0, 1, 1);
    nb_viz_scene_free(&s);
}

/* Values may have changed many times since the last picture: they are read once. */
static void refresh_window(NbWindow *win)
{
    if (win->outdated) {
        win->outdated = false;
        win->kind->changed(win, win->view);
    }
}

void nb_viz_window_paint(NbWindow *win, NbCanvas *cr, double w, double h, double scale)
{
    NbViz *viz = win->host->viz;
    refresh_window(win);
    nb_viz_paint_ground(viz->painter, cr, viz->style.theme);
    nb_draw_scale(nb_viz_painter_draw(viz->painter), cr, scale, scale);
    win->kind->draw(win, win->view, cr, w / scale, h / scale);
    if (win->help) {
        draw_help(win, cr, w / scale, h / scale);
    }
    draw_note(win, cr, w / scale, h / scale);
}

/* --- their pace --- */

void nb_viz_window_painted(NbWindow *win, double begun)
{
    double slot = win->slot + FRAME_MS;
    win->slot = fabs(begun - slot) < LATE_MS ? slot : begun;
    win->dirty = false;
    win->frames++;
    win->drawn = nb_viz_now_ms();
    win->cost = win->drawn - begun;
}

double nb_viz_window_due(const NbWindow *win, double now)
{
    if (win->frames == 0) {
        return 0;
    }
    double cost = 0;
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        cost += win->host->window[i] ? win->host->window[i]->cost : 0;
    }
    bool hands_on = now - win->host->input_at < HANDS_ON_MS;
    double pause = cost * (hands_on ? 1 : SHARE);
    if (win->host->interval > 0) {
        pause = fmin(pause, fmax(cost, win->host->interval - cost));
    }
    double due = fmax(win->slot + FRAME_MS, win->drawn + pause);
    return due > now ? due - now : 0;
}

NbWindow *nb_viz_windows_next(const NbWindows *host)
{
    NbWindow *best = NULL;
    double now = nb_viz_now_ms();
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        NbWindow *win = host->window[i];
        if (win && !win->closing && win->dirty && nb_viz_window_due(win, now) < 1 &&
            (!best || win->drawn < best->drawn)) {
            best = win;
        }
    }
    return best;
}

static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

int nb_viz_windows_wait(const NbWindows *host)
{
    int wait = -1;
    double now = nb_viz_now_ms();
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        const NbWindow *win = host->window[i];
        if (win && win->dirty) {
            wait = sooner(wait, (int)ceil(nb_viz_window_due(win, now)));
        }
        if (win && win->kind->timeout) {
            wait = sooner(wait, win->kind->timeout(win->view));
        }
    }
    return wait;
}

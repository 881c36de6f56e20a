/* window_desk.c -- windows on the screen: where each goes, and where the person last had it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/state.h"
#include "window_sdl.h"

#define TITLE_BAR 40     /* px kept for the window manager where it does not tell */
#define SETTLED_MS 700.0 /* a window that moves sooner was moved by the program or its manager */
#define SHARE_W 0.55     /* of a screen with a terminal a window takes at most: others follow */
#define SHARE_H 0.70

/* --- what there is --- */

/* What a window manager draws around a window. */
typedef struct Margins {
    int left, top, right, bottom;
} Margins;

/* The screen that windows go to. */
typedef struct Desk {
    NbPlace room; /* without panels */
    bool terminal;
    Margins around; /* of a window that is not there yet */
    NbPlace taken[NB_MOST_WINDOWS + 1];
    NbWindow *of[NB_MOST_WINDOWS + 1]; /* NULL: the terminal */
    size_t ntaken;
} Desk;

static Margins margins_of(const NbWindow *win)
{
    Margins m = {0};
    win->host->sdl->GetWindowBordersSize(win->window, &m.top, &m.left, &m.bottom, &m.right);
    return m;
}

static NbPlace with_frame(const NbWindow *win)
{
    NbPlace p;
    Margins m = margins_of(win);
    win->host->sdl->GetWindowPosition(win->window, &p.x, &p.y);
    win->host->sdl->GetWindowSize(win->window, &p.w, &p.h);
    return (NbPlace){p.x - m.left, p.y - m.top, p.w + m.left + m.right, p.h + m.top + m.bottom};
}

/* The display that a point lies on, else the first. */
static NbPlace room_around(const NbSdl *sdl, int x, int y)
{
    SDL_Rect first = {0, 0, 1280, 720}, r;
    int n = sdl->GetNumVideoDisplays();
    for (int i = 0; i < n; i++) {
        if (sdl->GetDisplayUsableBounds(i, &r) == 0) {
            first = i == 0 ? r : first;
            if (x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h) {
                first = r;
                break;
            }
        }
    }
    return (NbPlace){first.x, first.y, first.w, first.h};
}

/* but: it does not stand in its own way. */
static Desk look_around(const NbWindow *but)
{
    const NbWindows *host = but->host;
    Desk d = {.around = {.top = TITLE_BAR}};
    NbPlace frame, inside;
    d.terminal = nb_viz_x11_terminal(but->window, &frame, &inside);
    for (size_t i = 0; d.terminal && i < NB_MOST_WINDOWS; i++) { /* active, but one of ours */
        NbWindow *win = host->window[i];
        NbPlace own = win ? with_frame(win) : (NbPlace){0};
        d.terminal = !win || memcmp(&own, &frame, sizeof own) != 0;
    }
    d.room = room_around(host->sdl, d.terminal ? frame.x + frame.w / 2 : 0,
                         d.terminal ? frame.y + frame.h / 2 : 0);
    if (d.terminal) {
        d.around = (Margins){inside.x - frame.x, inside.y - frame.y,
                             frame.x + frame.w - inside.x - inside.w,
                             frame.y + frame.h - inside.y - inside.h};
        d.taken[d.ntaken++] = frame;
    }
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        NbWindow *win = host->window[i];
        if (win && win != but && !win->closing) {
            d.of[d.ntaken] = win;
            d.taken[d.ntaken++] = with_frame(win);
        }
    }
    return d;
}

/* Puts a window, frame and all, where it is to be. */
static void put(NbWindow *win, NbPlace p, Margins m)
{
    const NbSdl *sdl = win->host->sdl;
    int w = p.w - m.left - m.right, h = p.h - m.top - m.bottom;
    Margins now = margins_of(win);
    win->asked_w = w > 240 ? w : 240;
    win->asked_h = h > 180 ? h : 180;
    sdl->SetWindowSize(win->window, win->asked_w, win->asked_h);
    /* SDL counts from the frame it knows: none while the window is hidden */
    sdl->SetWindowPosition(win->window, p.x + now.left, p.y + now.top);
    win->settled = nb_viz_now_ms() + SETTLED_MS;
    win->by_hand = false;
}

/* --- what is kept from one time to the next --- */

static NbKept *kept_of(NbWindows *host, const char *kind, NbPlace room)
{
    for (size_t i = 0; i < host->nkept; i++) {
        NbKept *k = &host->kept[i];
        if (strcmp(k->kind, kind) == 0 && k->room.w == room.w && k->room.h == room.h) {
            return k;
        }
    }
    return NULL;
}

static void keep(NbWindows *host, const char *kind, NbPlace room, NbPlace at)
{
    NbKept *k = kept_of(host, kind, room);
    if (!k && host->nkept == NB_MOST_KEPT) { /* the oldest makes room */
        memmove(host->kept, host->kept + 1, --host->nkept * sizeof host->kept[0]);
    }
    if (!k) {
        k = &host->kept[host->nkept++];
    }
    *k = (NbKept){.room = room, .at = at};
    snprintf(k->kind, sizeof k->kind, "%s", kind);
}

/* "graph 1920x1080 804,0 960x670" a line; others are passed over. */
static void read_kept(NbWindows *host)
{
    const char *path = host->viz->host.desk;
    size_t len = 0;
    char *text = path && *path ? nb_file_bytes(path, NULL, &len, NULL) : NULL;
    host->kept_read = true;
    for (char *line = text; line && *line;) {
        char kind[sizeof host->kept[0].kind];
        NbPlace room = {0}, at;
        int end = 0;
        char *next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        if (sscanf(line, "%15s %5dx%5d %6d,%6d %5dx%5d%n", kind, &room.w, &room.h, &at.x, &at.y,
                   &at.w, &at.h, &end) == 7 &&
            line[end] == '\0' && room.w > 0 && room.h > 0 && at.w > 0 && at.h > 0) {
            keep(host, kind, room, at);
        }
        line = next;
    }
    nb_free(text);
}

static void write_kept(const NbWindows *host)
{
    const char *path = host->viz->host.desk;
    char text[NB_MOST_KEPT * 80];
    size_t n = 0;
    for (size_t i = 0; i < host->nkept; i++) {
        const NbKept *k = &host->kept[i];
        n += (size_t)snprintf(text + n, sizeof text - n, "%s %dx%d %d,%d %dx%d\n", k->kind,
                              k->room.w, k->room.h, k->at.x, k->at.y, k->at.w, k->at.h);
    }
    if (path && *path) { /* a place that cannot be kept is found anew next time */
        nb_state_folders(path);
        nb_file_write(path, text, n, NULL, NULL);
    }
}

/* --- placing --- */

static int less(double a, int b)
{
    return a < b ? (int)a : b;
}

#define HALF_W 400 /* halves so large are as good as the whole, but for a graph */
#define HALF_H 300

/* How much it costs to halve a window: least where both halves are large enough and little was
 * wanted, as for curves; then where most is left. */
static double cost_of_halving(const NbWindow *win, NbPlace p)
{
    NbPlace a, b;
    nb_place_halve(p, &a, &b);
    bool large = a.w >= HALF_W && a.h >= HALF_H;
    return large ? (double)win->kind->w * win->kind->h : 1e9 - (double)p.w * p.h;
}

/* A window nobody moved gives half of its place to the new one; false when none is large enough. */
static bool halve_one(const Desk *d, NbPlace *to)
{
    size_t best = SIZE_MAX;
    double least = 0;
    for (size_t i = 0; i < d->ntaken; i++) {
        NbPlace p = d->taken[i];
        bool enough = p.w >= 2 * NB_LEAST_W || p.h >= 2 * NB_LEAST_H;
        double cost = d->of[i] ? cost_of_halving(d->of[i], p) : 0;
        if (d->of[i] && !d->of[i]->by_hand && enough && (best == SIZE_MAX || cost < least)) {
            best = i;
            least = cost;
        }
    }
    if (best == SIZE_MAX) {
        return false;
    }
    NbPlace first;
    nb_place_halve(d->taken[best], &first, to);
    put(d->of[best], first, margins_of(d->of[best]));
    return true;
}

static NbPlace place_for(const NbWindow *win, const Desk *d)
{
    const NbKept *kept = kept_of(win->host, win->kind->name, d->room);
    if (kept) {
        NbPlace at = kept->at;
        at.x += d->room.x - kept->room.x;
        at.y += d->room.y - kept->room.y;
        return nb_place_inside(d->room, at);
    }
    const Margins *m = &d->around;
    double scale = nb_viz_ui_scale(win);
    int w = less(win->kind->w * scale, d->room.w) + m->left + m->right;
    int h = less(win->kind->h * scale, d->room.h) + m->top + m->bottom;
    if (d->terminal) {
        w = less(d->room.w * SHARE_W, w);
        h = less(d->room.h * SHARE_H, h);
    }
    NbPlace to;
    bool beside = nb_place_beside(d->room, d->taken, d->ntaken, w, h, &to);
    if (!beside && d->terminal && !win->host->tiled) {
        halve_one(d, &to);
    }
    return to;
}

void nb_viz_desk_place(NbWindow *win)
{
    if (!win->host->kept_read) {
        read_kept(win->host);
    }
    Desk d = look_around(win);
    put(win, place_for(win, &d), d.around);
}

static size_t open_windows(const NbWindows *host, NbWindow **all)
{
    size_t n = 0;
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        if (host->window[i] && !host->window[i]->closing) {
            all[n++] = host->window[i];
        }
    }
    return n;
}

/* … and until it has one, the frame that it will have. */
static Margins margins_soon(const NbWindow *win, const Desk *d)
{
    const Margins m = margins_of(win);
    return m.left || m.top || m.right || m.bottom ? m : d->around;
}

/* For a projector all windows share what the terminal leaves; afterwards each goes back. */
static void arrange(void *arg)
{
    NbWindows *host = arg;
    NbWindow *all[NB_MOST_WINDOWS];
    NbPlace to[NB_MOST_WINDOWS];
    bool present = host->viz->style.present;
    size_t n = open_windows(host, all);
    Desk d = {.ntaken = 0};
    if (n > 0 && present) {
        d = look_around(all[0]);
        nb_place_share(d.room, d.taken, d.terminal ? 1 : 0, to, n);
    }
    for (size_t i = 0; i < n; i++) {
        NbWindow *win = all[i];
        NbPlace now = with_frame(win);
        nb_viz_desk_leave(win);
        if (present || win->before.w > 0) {
            put(win, present ? to[i] : win->before, margins_soon(win, &d));
        }
        win->before = !present                              ? (NbPlace){0}
                      : host->arranged && win->before.w > 0 ? win->before
                                                            : now;
    }
    host->arranged = present;
}

#define OTHER_SIZE 60 /* px: a manager that tiles gives more or less than was asked for */

void nb_viz_desk_moved(NbWindow *win)
{
    int w = win->asked_w, h = win->asked_h;
    bool settled = nb_viz_now_ms() > win->settled;
    win->by_hand = win->by_hand || settled;
    if (!settled) {
        win->host->sdl->GetWindowSize(win->window, &w, &h);
    }
    win->host->tiled = win->host->tiled || abs(w - win->asked_w) > OTHER_SIZE ||
                       abs(h - win->asked_h) > OTHER_SIZE;
}

void nb_viz_desk_leave(NbWindow *win)
{
    if (win->by_hand && !win->host->arranged) {
        NbPlace at = with_frame(win);
        keep(win->host, win->kind->name, room_around(win->host->sdl, at.x + at.w / 2, at.y), at);
        write_kept(win->host);
    }
}

/* --- what the other files ask --- */

static void raise_window(void *arg)
{
    const NbWindow *win = arg;
    nb_viz_x11_raise(win->window);
}

void nb_viz_window_raise(NbWindow *win)
{
    nb_viz_sdl_shield(raise_window, win);
}

void nb_viz_windows_arrange(NbWindows *host)
{
    if (host->tiled) { /* SDL would draw in the size that it asked for in vain */
        host->arranged = host->viz->style.present;
    } else if (host->viz->style.present || host->arranged) {
        nb_viz_sdl_shield(arrange, host);
    }
}

void nb_viz_changed(NbViz *viz)
{
    if (viz->windows && viz->windows->arranged != viz->style.present) {
        nb_viz_windows_arrange(viz->windows);
    }
    for (size_t i = 0; viz->windows && i < NB_MOST_WINDOWS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win) {
            win->outdated = win->dirty = true;
        }
    }
}

/* --- the icon --- */

#define ICON 64 /* px */

/* How much of a pixel a nabla covers: a triangle on its tip, hollow. */
static double inside_nabla(double x, double y)
{
    const double top = 12, tip = 54, half = 24; /* the outer triangle */
    double outer = (y - top) / (tip - top),
           across = x > ICON / 2.0 ? x - ICON / 2.0 : ICON / 2.0 - x;
    double thick = 8.5, inner = (y - top - 6) / (tip - top);
    bool in = y >= top && y <= tip && across <= half * (1 - outer);
    bool hollow = y >= top + 7 && across <= half * (1 - inner) - thick;
    return in && !hollow;
}

static bool inside_tile(double x, double y)
{
    const double r = 12;
    double dx = x < r ? r - x : x > ICON - r ? x - (ICON - r) : 0;
    double dy = y < r ? r - y : y > ICON - r ? y - (ICON - r) : 0;
    return dx * dx + dy * dy <= r * r;
}

void nb_viz_desk_icon(const NbWindow *win)
{
    static const int tile[3] = {0x1f, 0x4e, 0x9c}, sign[3] = {0xff, 0xff, 0xff};
    uint32_t px[ICON * ICON];
    for (int i = 0; i < ICON * ICON; i++) {
        double ground = 0, mark = 0; /* of 16 points in the pixel */
        for (int k = 0; k < 16; k++) {
            double x = i % ICON + (k % 4 + 0.5) / 4, y = i / ICON + (k / 4 + 0.5) / 4;
            ground += inside_tile(x, y) / 16.0;
            mark += inside_nabla(x, y) / 16;
        }
        px[i] = (uint32_t)(255 * ground) << 24;
        for (int c = 0; c < 3; c++) {
            px[i] |= (uint32_t)(tile[c] + (sign[c] - tile[c]) * mark) << (16 - 8 * c);
        }
    }
    const NbSdl *sdl = win->host->sdl;
    SDL_Surface *icon =
        sdl->CreateRGBSurfaceWithFormatFrom(px, ICON, ICON, 32, 4 * ICON, SDL_PIXELFORMAT_ARGB8888);
    if (icon) {
        sdl->SetWindowIcon(win->window, icon);
        sdl->FreeSurface(icon);
    }
}

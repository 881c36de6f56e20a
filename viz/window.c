/* window.c -- the window host: opens windows, turns SDL's events into inputs, paces drawing */
#include "window.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "window_sdl.h"

#define FRAME_MS 16.0     /* at most 60 pictures a second */
#define SHARE 9.0         /* of a running loop drawing takes at most 1 / (1 + SHARE) */
#define HANDS_ON_MS 400.0 /* after input smoothness comes first */
#define UNPOLLABLE_MS 40  /* displays without a descriptor */
#define CLICK_PX 4.0
#define TITLE_BAR 40 /* px kept for the window manager */

static const NbViewKind *const kinds[] = {&nb_viz_view_graph, &nb_viz_view_plot};

#define NKINDS (sizeof kinds / sizeof kinds[0])

struct NbWindow {
    NbWindows *host;
    const NbViewKind *kind;
    void *view;
    SDL_Window *window;
    char *title;
    char note[256];
    bool dirty, outdated, help, closing;
    bool pressed, dragged;
    double x, y, press_x, press_y;
    double drawn; /* when the last picture was finished, ms */
    double cost;  /* what it took, ms */
    uint64_t frames;
    int watched; /* the view's descriptor in the epoll set, or -1 */
};

struct NbWindows {
    NbViz *viz;
    NbSdl sdl;
    bool started;
    bool more; /* events were left for the next pump */
    NbDisplay display;
    int epoll;
    double input_at; /* ms */
    NbWindow *window[NKINDS];
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* --- small things views ask for --- */

void *nb_viz_window_view(const NbWindow *win)
{
    return win->view;
}

NbViz *nb_viz_window_viz(const NbWindow *win)
{
    return win->host->viz;
}

void nb_viz_window_dirty(NbWindow *win)
{
    win->dirty = true;
}

void nb_viz_window_note(NbWindow *win, const char *text)
{
    snprintf(win->note, sizeof win->note, "%s", text);
    win->dirty = true;
}

double nb_viz_window_cap(const NbWindow *win)
{
    return win->host->viz->style.present ? 2.2 : 1.4;
}

/* px of the window per px of what views draw */
static double ui_scale(const NbWindow *win)
{
    return win->host->display.scale * (win->host->viz->style.present ? 1.35 : 1);
}

NbWindow *nb_viz_window(const NbViz *viz, const NbViewKind *kind)
{
    for (size_t i = 0; viz->windows && i < NKINDS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win && win->kind == kind && !win->closing) {
            return win;
        }
    }
    return NULL;
}

static NbWindow *find_named(const NbViz *viz, const char *kind)
{
    for (size_t i = 0; i < NKINDS; i++) {
        if (strcmp(kinds[i]->name, kind) == 0) {
            return nb_viz_window(viz, kinds[i]);
        }
    }
    return NULL;
}

uint32_t nb_viz_window_id(const NbViz *viz, const char *kind)
{
    NbWindow *win = find_named(viz, kind);
    return win ? win->host->sdl.GetWindowID(win->window) : 0;
}

uint64_t nb_viz_window_frames(const NbViz *viz, const char *kind)
{
    NbWindow *win = find_named(viz, kind);
    return win ? win->frames : 0;
}

/* --- opening and closing --- */

static bool invisible_driver(void)
{
    const char *driver = getenv("SDL_VIDEODRIVER");
    return driver && (strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0);
}

bool nb_viz_has_display(const NbViz *viz)
{
    (void)viz;
    if (nb_viz_sdl_lost()) {
        return false;
    }
    const char *x = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    return ((x && *x) || (wayland && *wayland)) && !invisible_driver();
}

static NbStatus start_host(NbViz *viz, NbErr *err)
{
    if (!viz->windows) {
        viz->windows = calloc(1, sizeof *viz->windows);
        if (!viz->windows) {
            return nb_fail(err, NB_EMEM, "out of memory opening a window");
        }
        viz->windows->viz = viz;
        viz->windows->epoll = -1;
        viz->windows->display = (NbDisplay){.fd = -1, .scale = 1};
    }
    NbWindows *host = viz->windows;
    if (!host->started) {
        NbStatus status = nb_viz_sdl_start(&host->sdl, err);
        if (status) {
            return status;
        }
        host->started = true;
    }
    return NB_OK;
}

static void watch(const NbWindows *host, int fd, bool wanted)
{
    struct epoll_event e = {.events = EPOLLIN};
    if (fd >= 0 && host->epoll >= 0) {
        epoll_ctl(host->epoll, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &e);
    }
}

/* The connection is known once a window exists: then it is guarded and waited for. */
static void watch_display(NbWindows *host, SDL_Window *window)
{
    if (host->epoll >= 0) {
        return;
    }
    nb_viz_sdl_guard(window, &host->display);
    host->epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(host, host->display.fd, true);
}

static void set_title(NbWindow *win, const char *title)
{
    free(win->title);
    win->title = malloc(strlen(title) + 1);
    if (win->title) {
        strcpy(win->title, title);
    }
    char text[256];
    snprintf(text, sizeof text, "%s: %s", win->kind->name, title);
    win->host->sdl.SetWindowTitle(win->window, text);
}

void nb_viz_window_title(NbWindow *win, const char *title)
{
    if (!win->title || strcmp(win->title, title) != 0) {
        set_title(win, title);
        win->dirty = true;
    }
}

/* A view's size in px of the screen, no larger than the screen leaves room for. */
static void first_size(const NbWindow *win, int *w, int *h)
{
    const double scale = ui_scale(win);
    SDL_Rect room;
    *w = (int)(win->kind->w * scale);
    *h = (int)(win->kind->h * scale);
    if (win->host->sdl.GetDisplayUsableBounds(0, &room) == 0 && room.h > 2 * TITLE_BAR) {
        *w = *w < room.w ? *w : room.w;
        *h = *h < room.h - TITLE_BAR ? *h : room.h - TITLE_BAR;
    }
}

NbStatus nb_viz_window_open(NbViz *viz, const NbViewKind *kind, void *view, const char *title,
                            NbErr *err)
{
    NbWindow *win = NULL;
    NbStatus status = NB_OK;
    if (!nb_viz_has_display(viz)) {
        nb_fail(err, NB_EIO, "no display");
        nb_hint(err, "tree f shows the graph as text; export \"f.png\", f writes a picture");
        status = NB_EIO;
    }
    status = status ? status : start_host(viz, err);
    if (!status && !nb_viz_painter(viz, err)) {
        status = NB_EIO;
    }
    if (!status && !(win = calloc(1, sizeof *win))) {
        status = nb_fail(err, NB_EMEM, "out of memory opening a window");
    }
    if (status) {
        kind->free(view);
        return status;
    }
    NbWindows *host = viz->windows;
    *win = (NbWindow){
        .host = host, .kind = kind, .view = view, .dirty = true, .x = -1, .y = -1, .watched = -1};
    int w, h;
    first_size(win, &w, &h);
    win->window = host->sdl.CreateWindow("nabla", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                         w, h, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!win->window || nb_viz_sdl_lost()) {
        nb_fail(err, NB_EIO, "no window can be opened: %s", host->sdl.GetError());
        kind->free(view);
        free(win);
        return NB_EIO;
    }
    host->sdl.SetWindowMinimumSize(win->window, 240, 180);
    watch_display(host, win->window);
    set_title(win, title);
    for (size_t i = 0; i < NKINDS; i++) {
        if (kinds[i] == kind) {
            host->window[i] = win;
        }
    }
    host->more = true; /* the window's first events are in SDL's queue already */
    return NB_OK;
}

static void close_window(NbWindow *win)
{
    NbWindows *host = win->host;
    watch(host, win->watched, false);
    win->kind->free(win->view);
    if (!nb_viz_sdl_lost()) {
        host->sdl.DestroyWindow(win->window);
    }
    for (size_t i = 0; i < NKINDS; i++) {
        if (host->window[i] == win) {
            host->window[i] = NULL;
        }
    }
    free(win->title);
    free(win);
}

int nb_viz_close(NbViz *viz, const char *which)
{
    int n = 0;
    for (size_t i = 0; viz->windows && i < NKINDS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win && (!which || strcmp(win->kind->name, which) == 0)) {
            close_window(win);
            n++;
        }
    }
    return n;
}

/* A server that is gone must not be spoken to, not even to say goodbye. */
static bool connection_ended(const NbWindows *host)
{
    struct pollfd p = {.fd = host->display.fd, .events = POLLIN};
    if (p.fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR))) {
        nb_viz_sdl_mark_lost();
    }
    return nb_viz_sdl_lost();
}

void nb_viz_windows_free(NbViz *viz)
{
    NbWindows *host = viz->windows;
    if (!host) {
        return;
    }
    bool lost = connection_ended(host);
    nb_viz_close(viz, NULL);
    if (host->epoll >= 0) {
        close(host->epoll);
    }
    if (host->started && !lost && !connection_ended(host)) {
        host->sdl.QuitSubSystem(SDL_INIT_VIDEO);
    }
    free(host);
    viz->windows = NULL;
}

void nb_viz_windows_restyle(NbViz *viz)
{
    nb_viz_changed(viz);
}

/* --- drawing --- */

static const NbKeyHelp common_keys[] = {
    {"drag, wheel", "move, zoom"},  {"f", "fit"},           {"s", "save a picture"},
    {"?", "show or hide the keys"}, {"q, Escape", "close"}, {NULL, NULL},
};

static double add_keys(NbScene *s, const NbKeyHelp *row, double x, double y)
{
    for (; row && row->key; row++) {
        nb_viz_scene_text(s, NB_ROLE_NAME, NB_LEFT, x, y, row->key);
        nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 150, y, row->what);
        y += 31;
    }
    return y;
}

static void draw_help(NbWindow *win, cairo_t *cr, double w, double h)
{
    NbScene s = {0};
    size_t rows = sizeof common_keys / sizeof common_keys[0] - 1;
    for (const NbKeyHelp *k = win->kind->keys; k && k->key; k++) {
        rows++;
    }
    double pw = 500, ph = 31 * (double)rows + 34;
    double x = (w - pw) / 2, y = (h - ph) / 2;
    for (int coat = 0; coat < 2; coat++) { /* two make it opaque */
        nb_viz_scene_add(&s, NB_PRIM_BOX, NB_ROLE_PANEL, x, y, pw, ph)->radius = 12;
    }
    double next = add_keys(&s, win->kind->keys, x + 28, y + 38);
    add_keys(&s, common_keys, x + 28, next);
    NbViz *viz = win->host->viz;
    nb_viz_paint(viz->painter, cr, &s, viz->style.theme, 0, 0, 1, 1);
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
    double scale = ui_scale(win);
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

static void draw_window(NbWindow *win)
{
    NbWindows *host = win->host;
    double start = now_ms();
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
    win->drawn = now_ms();
    win->cost = win->drawn - start;
}

/* ms until the window may be drawn again: all windows together keep to their share. */
static double due_in(const NbWindow *win, double now)
{
    if (win->frames == 0) {
        return 0;
    }
    double cost = 0;
    for (size_t i = 0; i < NKINDS; i++) {
        cost += win->host->window[i] ? win->host->window[i]->cost : 0;
    }
    bool hands_on = now - win->host->input_at < HANDS_ON_MS;
    double pause = cost * (hands_on ? 1 : SHARE);
    double due = win->drawn + (pause > FRAME_MS ? pause : FRAME_MS);
    return due > now ? due - now : 0;
}

/* --- input --- */

/* "f-1.png", the first number not taken. */
static void picture_name(const NbWindow *win, char *name, size_t cap)
{
    char stem[64];
    size_t n = 0;
    for (const char *c = win->title ? win->title : "f"; *c && n + 1 < sizeof stem; c++) {
        bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                     (*c >= 'A' && *c <= 'Z') || *c == '_' || (unsigned char)*c >= 0x80;
        stem[n++] = plain ? *c : '-';
    }
    stem[n] = '\0';
    for (int i = 1; i < 10000; i++) {
        snprintf(name, cap, "%s-%s-%d.png", n ? stem : "f", win->kind->name, i);
        if (access(name, F_OK) != 0) {
            return;
        }
    }
}

static void save_picture(NbWindow *win)
{
    NbExport what = {0};
    NbErr err = {0};
    char name[128], said[256];
    if (!win->kind->export(win->view, &what)) {
        return;
    }
    picture_name(win, name, sizeof name);
    what.title = win->title;
    NbViz *viz = win->host->viz;
    if (nb_viz_export(viz, name, &what, said, sizeof said, &err)) {
        snprintf(said, sizeof said, "%.250s", err.msg);
    }
    nb_viz_window_note(win, said);
    if (viz->host.say) {
        viz->host.say(viz->host.user, said);
    }
}

static void key(NbWindow *win, int code)
{
    win->host->input_at = now_ms();
    win->dirty = win->dirty || win->note[0];
    win->note[0] = '\0';
    if (code == 'q' || code == NB_KEY_ESCAPE) {
        if (win->help) {
            win->help = false;
            win->dirty = true;
        } else {
            win->closing = true;
        }
    } else if (code == '?' || code == NB_KEY_HELP) {
        win->help = !win->help;
        win->dirty = true;
    } else if (code == 's') {
        save_picture(win);
    } else {
        NbInput in = {.kind = NB_INPUT_KEY, .key = code, .x = win->x, .y = win->y};
        win->dirty = win->kind->input(win, win->view, &in) || win->dirty;
    }
}

/* Letters and digits come as keys, signs as text, since their keys differ between layouts. */
static void key_down(NbWindow *win, const SDL_KeyboardEvent *e)
{
    static const struct {
        SDL_Keycode sym;
        int key;
    } special[] = {
        {SDLK_ESCAPE, NB_KEY_ESCAPE}, {SDLK_F1, NB_KEY_HELP}, {SDLK_LEFT, NB_KEY_LEFT},
        {SDLK_RIGHT, NB_KEY_RIGHT},   {SDLK_UP, NB_KEY_UP},   {SDLK_DOWN, NB_KEY_DOWN},
    };
    SDL_Keycode sym = e->keysym.sym;
    if (e->keysym.mod & (KMOD_CTRL | KMOD_ALT | KMOD_GUI)) {
        return;
    }
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (special[i].sym == sym) {
            key(win, special[i].key);
            return;
        }
    }
    if ((sym >= 'a' && sym <= 'z') || (sym >= '0' && sym <= '9')) {
        key(win, (int)sym);
    }
}

static void text_input(NbWindow *win, const char *text)
{
    if (text[0] && !text[1] && strchr("?+-=", text[0])) {
        key(win, text[0]);
    }
}

static void mouse(NbWindow *win, const SDL_Event *e)
{
    double scale = ui_scale(win);
    NbInput in = {.kind = NB_INPUT_MOVE};
    win->host->input_at = now_ms();
    if (e->type == SDL_MOUSEMOTION) {
        double x = e->motion.x / scale, y = e->motion.y / scale;
        in.dx = x - win->x;
        in.dy = y - win->y;
        win->x = x;
        win->y = y;
        bool far = hypot(x - win->press_x, y - win->press_y) > CLICK_PX;
        win->dragged = win->dragged || (win->pressed && far);
        in.kind = win->pressed && win->dragged ? NB_INPUT_DRAG : NB_INPUT_MOVE;
    } else if (e->type == SDL_MOUSEWHEEL) {
        in.kind = NB_INPUT_WHEEL;
        in.wheel = (double)e->wheel.preciseY;
    } else if (e->button.button != SDL_BUTTON_LEFT) {
        return;
    } else if (e->type == SDL_MOUSEBUTTONDOWN) {
        win->x = win->press_x = e->button.x / scale;
        win->y = win->press_y = e->button.y / scale;
        win->pressed = true;
        win->dragged = false;
        return;
    } else {
        bool click = win->pressed && !win->dragged;
        win->pressed = win->dragged = false;
        if (!click) {
            return;
        }
        in.kind = NB_INPUT_CLICK;
        win->note[0] = '\0';
    }
    in.x = win->x;
    in.y = win->y;
    win->dirty = win->kind->input(win, win->view, &in) || win->dirty;
}

static void window_event(NbWindow *win, const SDL_WindowEvent *e)
{
    if (e->event == SDL_WINDOWEVENT_CLOSE) {
        win->closing = true;
    } else if (e->event == SDL_WINDOWEVENT_EXPOSED || e->event == SDL_WINDOWEVENT_SIZE_CHANGED) {
        win->dirty = true;
    } else if (e->event == SDL_WINDOWEVENT_LEAVE) {
        NbInput in = {.kind = NB_INPUT_LEAVE};
        win->dirty = win->kind->input(win, win->view, &in) || win->dirty;
    }
}

static NbWindow *window_of(const NbWindows *host, uint32_t id)
{
    for (size_t i = 0; i < NKINDS; i++) {
        NbWindow *win = host->window[i];
        if (win && host->sdl.GetWindowID(win->window) == id) {
            return win;
        }
    }
    return NULL;
}

static void dispatch(NbWindows *host, const SDL_Event *e)
{
    NbWindow *win;
    switch (e->type) {
    case SDL_WINDOWEVENT:
        if ((win = window_of(host, e->window.windowID))) {
            window_event(win, &e->window);
        }
        break;
    case SDL_KEYDOWN:
        if ((win = window_of(host, e->key.windowID))) {
            key_down(win, &e->key);
        }
        break;
    case SDL_TEXTINPUT:
        if ((win = window_of(host, e->text.windowID))) {
            text_input(win, e->text.text);
        }
        break;
    case SDL_MOUSEMOTION:
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
    case SDL_MOUSEWHEEL:
        if ((win = window_of(host, e->motion.windowID))) {
            mouse(win, e);
        }
        break;
    default: break;
    }
}

/* --- the program's loop --- */

static void close_marked(NbWindows *host)
{
    for (size_t i = 0; i < NKINDS; i++) {
        if (host->window[i] && host->window[i]->closing) {
            close_window(host->window[i]);
        }
    }
}

static void lose_display(NbWindows *host)
{
    NbViz *viz = host->viz;
    if (host->epoll >= 0) {
        close(host->epoll);
        host->epoll = -1;
    }
    host->display.fd = -1;
    if (nb_viz_close(viz, NULL) > 0 && viz->host.say) {
        viz->host.say(viz->host.user, "the display went away: its windows are closed");
    }
}

#define EVENTS_PER_PUMP 400

/* One round of events and pictures; false when nothing is left to do now. */
static bool pump_once(NbWindows *host)
{
    SDL_Event e;
    int n = 0;
    while (n < EVENTS_PER_PUMP && !nb_viz_sdl_lost() && host->sdl.PollEvent(&e)) {
        dispatch(host, &e);
        n++;
    }
    for (size_t i = 0; i < NKINDS && !nb_viz_sdl_lost(); i++) {
        NbWindow *win = host->window[i];
        if (!win || win->closing) {
            continue;
        }
        if (win->kind->poll(win, win->view)) {
            win->dirty = true;
        }
        if (win->dirty && due_in(win, now_ms()) < 1) {
            draw_window(win);
        }
    }
    close_marked(host);
    return !nb_viz_sdl_lost() && nb_viz_open(host->viz) && host->sdl.PollEvent(NULL);
}

/* A descriptor may be a new socket under an old number: adding it once more does no harm. */
static void watch_view(NbWindow *win)
{
    int fd = win && win->kind->fd ? win->kind->fd(win->view) : -1;
    if (win && fd != win->watched) {
        watch(win->host, win->watched, false);
        win->watched = fd;
    }
    if (win) {
        watch(win->host, fd, true);
    }
}

void nb_viz_pump(NbViz *viz)
{
    NbWindows *host = viz->windows;
    if (!host || !nb_viz_open(viz)) {
        return;
    }
    /* drawing may read events off the connection, which poll() would then not report */
    host->more = pump_once(host) && pump_once(host);
    if (connection_ended(host)) {
        lose_display(host);
        return;
    }
    for (size_t i = 0; i < NKINDS; i++) {
        watch_view(host->window[i]);
    }
}

bool nb_viz_open(const NbViz *viz)
{
    for (size_t i = 0; viz->windows && i < NKINDS; i++) {
        if (viz->windows->window[i]) {
            return true;
        }
    }
    return false;
}

int nb_viz_fd(const NbViz *viz)
{
    return nb_viz_open(viz) ? viz->windows->epoll : -1;
}

static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

int nb_viz_timeout(const NbViz *viz)
{
    if (!nb_viz_open(viz)) {
        return -1;
    }
    const NbWindows *host = viz->windows;
    int wait = host->more ? 0 : host->display.fd < 0 ? UNPOLLABLE_MS : -1;
    double now = now_ms();
    for (size_t i = 0; i < NKINDS; i++) {
        const NbWindow *win = host->window[i];
        if (win && win->dirty) {
            wait = sooner(wait, (int)ceil(due_in(win, now)));
        }
        if (win && win->kind->timeout) {
            wait = sooner(wait, win->kind->timeout(win->view));
        }
    }
    return wait;
}

void nb_viz_changed(NbViz *viz)
{
    for (size_t i = 0; viz->windows && i < NKINDS; i++) {
        NbWindow *win = viz->windows->window[i];
        if (win) {
            win->outdated = win->dirty = true;
        }
    }
}

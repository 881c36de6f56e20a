/* display.c -- an X server for tests of windows, and what a person would do at them */
#include "display.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>

#include <SDL_syswm.h>

#include "tests/xserver.h"
#include "viz/export/object.h"
#include "viz/window/window_graph.h"
#include "viz/window/window_sdl.h"
#include "xlib.h"

#define SOON 30.0 /* s, for what takes milliseconds on an idle machine */

static pid_t server; /* of this test alone; 0: none */

static int with_server(const char *display, void **state)
{
    unsetenv("WAYLAND_DISPLAY");
    if (!display) {
        return -1;
    }
    setenv("DISPLAY", display, 1);
    return world_open(state);
}

int with_display(void **state)
{
    return with_server(xserver_shared(), state);
}

int with_own_display(void **state)
{
    char display[32];
    server = xserver_start(display, sizeof display);
    return with_server(server > 0 ? display : NULL, state);
}

int with_clock_stopped(void **state)
{
    clock_stop(true);
    return with_display(state);
}

int with_few_colours(void **state)
{
    char display[32];
    server = xserver_start_screen("1280x800x16", display, sizeof display);
    return with_server(server > 0 ? display : NULL, state);
}

void lose_display(void)
{
    assert_true(server > 0); /* others use the shared one */
    xserver_stop(&server, SIGTERM);
}

void regain_display(bool same)
{
    char name[32];
    snprintf(name, sizeof name, "%s", getenv("DISPLAY"));
    server = same ? xserver_start_again(name) : xserver_start(name, sizeof name);
    assert_true(server > 0);
    setenv("DISPLAY", name, 1);
}

int without_display(void **state)
{
    World *w = *state;
    nb_viz_free(&w->viz);
    if (server > 0) { /* before what may fail */
        lose_display();
    } else if (strcmp(xserver_shared(), getenv("DISPLAY") ? getenv("DISPLAY") : "") == 0) {
        xlib_clear();
    }
    unsetenv("DISPLAY");
    clock_stop(false);
    return world_close(state);
}

/* --- waiting --- */

bool at_rest(World *w)
{
    return nb_viz_timeout(w->viz) == -1;
}

bool all_closed(World *w)
{
    return !nb_viz_open(w->viz);
}

/* The layout of a graph is another process's work, which no leap of the clock speeds up. */
static bool laying_out(const World *w)
{
    const NbWindow *win = nb_viz_window_named(w->viz, "graph");
    const GraphView *v = win ? nb_viz_window_view(win) : NULL;
    return v && v->layouter && nb_viz_layout_busy(v->layouter);
}

/* Until something comes from outside, or the time of what is due next. */
static void wait_once(World *w)
{
    const int due = nb_viz_timeout(w->viz);
    struct pollfd p = {.fd = nb_viz_fd(w->viz), .events = POLLIN};
    if (due == 0 || poll(&p, 1, 0) > 0) {
        return;
    }
    if (due > 0 && !laying_out(w)) {
        clock_leap(due);
        return;
    }
    const double begun = seconds();
    poll(&p, 1, due < 0 || due > 20 ? 20 : due); /* what a test pushes wakes nobody */
    if (clock_stands()) {
        clock_leap((seconds() - begun) * 1e3);
    }
}

bool wait_until(World *w, bool (*done)(World *))
{
    const double end = seconds() + SOON * patience();
    while (!done(w) && seconds() < end) {
        wait_once(w);
        nb_viz_pump(w->viz);
    }
    return done(w);
}

static uint64_t pictures(const World *w)
{
    uint64_t n = 0;
    for (size_t i = 0; w->viz->windows && i < NB_MOST_WINDOWS; i++) {
        const NbWindow *win = w->viz->windows->window[i];
        n += win ? win->frames : 0;
    }
    return n;
}

static void ask_server(void *display)
{
    xlib.Sync(display, False);
}

/* The server has done what the windows asked, and its answers are here. False: there is none. */
static bool hear_server(World *w)
{
    const NbWindows *host = w->viz->windows;
    for (size_t i = 0; host && i < NB_MOST_WINDOWS; i++) {
        SDL_SysWMinfo info;
        if (host->window[i] && nb_viz_sdl_native(host->window[i]->window, &info) &&
            info.subsystem == SDL_SYSWM_X11) {
            xlib_load();
            return nb_viz_sdl_shield(ask_server, info.info.x11.display);
        }
    }
    return false;
}

/* Each time round what came of the last answers is done; a window that draws for ever ends it. */
bool settle(World *w)
{
    const double end = seconds() + SOON * patience();
    uint64_t before;
    nb_viz_pump(w->viz);
    do {
        before = pictures(w);
        wait_until(w, at_rest);
        if (!hear_server(w)) {
            break;
        }
        nb_viz_pump(w->viz);
    } while ((!at_rest(w) || pictures(w) != before) && seconds() < end);
    return at_rest(w);
}

bool sleeps(World *w)
{
    struct pollfd p = {.fd = nb_viz_fd(w->viz), .events = POLLIN};
    const uint64_t before = pictures(w);
    return settle(w) && pictures(w) == before && poll(&p, 1, 0) == 0;
}

/* --- what is seen --- */

char *drawn(World *w, const char *kind)
{
    Text out = {0};
    settle(w);
    NbWindow *win = nb_viz_window_named(w->viz, kind);
    assert_non_null(win);
    nb_viz_painter_record(w->viz->painter, &out);
    nb_viz_window_dirty(win);
    settle(w);
    nb_viz_painter_record(w->viz->painter, NULL);
    assert_non_null(out.s);
    return out.s;
}

bool window_draws(World *w, const char *kind, const char *part)
{
    char *text = drawn(w, kind);
    bool found = strstr(text, part) != NULL;
    free(text);
    return found;
}

/* --- keys and mouse --- */

void sdl_function(const char *name, void *to)
{
    void *library = dlopen("libSDL2-2.0.so.0", RTLD_NOW);
    assert_non_null(library);
    void *address = dlsym(library, name);
    assert_non_null(address);
    memcpy(to, &address, sizeof address);
}

void push(SDL_Event *e)
{
    int (*push_event)(SDL_Event *);
    sdl_function("SDL_PushEvent", &push_event);
    assert_int_equal(push_event(e), 1);
}

void hold_down(SDL_Keymod with)
{
    void (*set_state)(SDL_Keymod);
    sdl_function("SDL_SetModState", &set_state);
    set_state(with);
}

void press_key(World *w, const char *kind, SDL_Keycode key, SDL_Keymod with)
{
    SDL_Event e = {.type = SDL_KEYDOWN};
    e.key.windowID = nb_viz_window_id(w->viz, kind);
    e.key.keysym.sym = key;
    e.key.keysym.mod = (Uint16)with;
    push(&e);
}

void type_text(World *w, const char *kind, const char *text)
{
    SDL_Event e = {.type = SDL_TEXTINPUT};
    e.text.windowID = nb_viz_window_id(w->viz, kind);
    snprintf(e.text.text, sizeof e.text.text, "%s", text);
    push(&e);
}

void move_to(World *w, const char *kind, double x, double y)
{
    SDL_Event e = {.type = SDL_MOUSEMOTION};
    e.motion.windowID = nb_viz_window_id(w->viz, kind);
    e.motion.x = (int)lround(x);
    e.motion.y = (int)lround(y);
    push(&e);
}

void button(World *w, const char *kind, bool down, bool right, double x, double y)
{
    SDL_Event e = {.type = down ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP};
    e.button.windowID = nb_viz_window_id(w->viz, kind);
    e.button.button = right ? SDL_BUTTON_RIGHT : SDL_BUTTON_LEFT;
    e.button.x = (int)lround(x);
    e.button.y = (int)lround(y);
    push(&e);
}

void turn_wheel(World *w, const char *kind, double notches, SDL_Keymod with)
{
    SDL_Event e = {.type = SDL_MOUSEWHEEL};
    e.wheel.windowID = nb_viz_window_id(w->viz, kind);
    e.wheel.preciseY = (float)notches;
    hold_down(with);
    push(&e);
    nb_viz_pump(w->viz);
    hold_down(KMOD_NONE);
}

void click(World *w, const char *kind, double x, double y)
{
    move_to(w, kind, x, y);
    button(w, kind, true, false, x, y);
    button(w, kind, false, false, x, y);
}

void window_message(World *w, const char *kind, Uint8 what)
{
    SDL_Event e = {.type = SDL_WINDOWEVENT};
    e.window.windowID = nb_viz_window_id(w->viz, kind);
    e.window.event = what;
    push(&e);
}

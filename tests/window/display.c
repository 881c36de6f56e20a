/* display.c -- an X server for tests of windows, and what a person would do at them */
#include "display.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>

#include "tests/xserver.h"
#include "viz/export/object.h"

static pid_t server; /* 0: none */

static int with_screen(const char *screen, void **state)
{
    char display[32];
    unsetenv("WAYLAND_DISPLAY");
    server = have_program("Xvfb") ? xserver_start_screen(screen, display, sizeof display) : 0;
    if (server == 0) {
        return -1;
    }
    setenv("DISPLAY", display, 1);
    return world_open(state);
}

int with_display(void **state)
{
    return with_screen("1280x800x24", state);
}

int with_few_colours(void **state)
{
    return with_screen("1280x800x16", state);
}

void lose_display(void)
{
    xserver_stop(&server, SIGTERM);
}

int without_display(void **state)
{
    World *w = *state;
    nb_viz_free(&w->viz);
    lose_display(); /* before what may fail */
    unsetenv("DISPLAY");
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

void settle(World *w)
{
    nb_viz_pump(w->viz);
    run_windows(w, 3, at_rest);
}

int run_windows(World *w, double limit, bool (*done)(World *))
{
    int wakes = 0;
    double end = seconds() + limit * (done ? patience() : 1);
    while (seconds() < end && !(done && done(w))) {
        /* events that a test pushes wake no descriptor */
        int left = done ? 20 : (int)((end - seconds()) * 1000) + 1;
        int wait = nb_viz_timeout(w->viz);
        struct pollfd p = {.fd = nb_viz_fd(w->viz), .events = POLLIN};
        poll(&p, 1, wait < 0 || wait > left ? left : wait);
        nb_viz_pump(w->viz);
        wakes++;
    }
    return wakes;
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

/* display.c -- an X server for tests of windows, and what a person would do at them */
#include "display.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "viz/window.h"

static pid_t server; /* 0: none */

/* Starts an X server on a free display and points DISPLAY at it. */
static bool start_server(void)
{
    int ends[2];
    if (!have_program("Xvfb") || pipe(ends) != 0) {
        return false;
    }
    server = fork();
    if (server == 0) {
        char fd[12];
        close(ends[0]);
        snprintf(fd, sizeof fd, "%d", ends[1]);
        if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout)) {
            _exit(126);
        }
        execlp("Xvfb", "Xvfb", "-displayfd", fd, "-screen", "0", "1280x800x24", "-nolisten", "tcp",
               "-noreset", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    /* the line may come in pieces, and closing before its end would kill the server */
    FILE *answer = fdopen(ends[0], "r");
    char number[16] = "", display[32];
    bool told = answer && fgets(number, sizeof number, answer);
    if (answer) {
        fclose(answer);
    }
    number[strcspn(number, "\n")] = '\0';
    snprintf(display, sizeof display, ":%s", number);
    setenv("DISPLAY", display, 1);
    return told;
}

int with_display(void **state)
{
    unsetenv("WAYLAND_DISPLAY");
    return start_server() ? world_open(state) : -1;
}

int without_display(void **state)
{
    World *w = *state;
    nb_viz_free(&w->viz);
    if (server > 0) { /* before what may fail */
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
        server = 0;
    }
    unsetenv("DISPLAY");
    return world_close(state);
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

static void sdl_function(const char *name, void *to)
{
    void *library = dlopen("libSDL2-2.0.so.0", RTLD_NOW);
    assert_non_null(library);
    void *address = dlsym(library, name);
    assert_non_null(address);
    memcpy(to, &address, sizeof address);
}

static void push(SDL_Event *e)
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

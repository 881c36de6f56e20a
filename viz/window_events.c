/* window_events.c -- SDL's events as inputs of views; keys that every window has */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "window_host.h"

#define CLICK_PX 4.0

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
    win->host->input_at = nb_viz_now_ms();
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
    double scale = nb_viz_ui_scale(win);
    NbInput in = {.kind = NB_INPUT_MOVE};
    win->host->input_at = nb_viz_now_ms();
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
    for (size_t i = 0; i < NB_MOST_KINDS; i++) {
        NbWindow *win = host->window[i];
        if (win && host->sdl.GetWindowID(win->window) == id) {
            return win;
        }
    }
    return NULL;
}

void nb_viz_window_event(NbWindows *host, const SDL_Event *e)
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

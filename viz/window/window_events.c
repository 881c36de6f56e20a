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

/* --- keys --- */

static void give(NbWindow *win, NbInput *in)
{
    in->shift = win->shift;
    in->ctrl = win->ctrl;
    in->press_x = win->press_x;
    in->press_y = win->press_y;
    win->dirty = win->kind->input(win, win->view, in) || win->dirty;
}

static bool is_typing(const NbWindow *win)
{
    return win->kind->typing && win->kind->typing(win->view);
}

/* Takes back one thing at a time: the keys shown, what the view began, the linked cursor, and
 * last the window. */
static void escape(NbWindow *win)
{
    NbInput in = {.kind = NB_INPUT_KEY, .key = NB_KEY_ESCAPE, .x = win->x, .y = win->y};
    NbViz *viz = win->host->viz;
    if (win->help) {
        win->help = false;
        win->dirty = true;
    } else if (win->kind->input(win, win->view, &in)) {
        win->dirty = true;
    } else if (nb_viz_cursor(viz, NULL, NULL)) {
        nb_viz_cursor_clear(viz);
    } else {
        win->closing = true;
    }
}

static void key(NbWindow *win, int code)
{
    win->host->input_at = nb_viz_now_ms();
    win->dirty = win->dirty || win->note[0];
    win->note[0] = '\0';
    if (code == NB_KEY_ESCAPE) {
        escape(win);
    } else if (is_typing(win)) {
        give(win, &(NbInput){.kind = NB_INPUT_KEY, .key = code, .x = win->x, .y = win->y});
    } else if (code == 'q') {
        win->closing = !win->help;
        win->dirty = true;
        win->help = false;
    } else if (code == '?' || code == NB_KEY_HELP) {
        win->help = !win->help;
        win->dirty = true;
    } else if (code ==
               's') { /* alone it may be the first letter of what was meant for the prompt */
        nb_viz_window_note(win, "Ctrl+S saves a picture");
    } else {
        give(win, &(NbInput){.kind = NB_INPUT_KEY, .key = code, .x = win->x, .y = win->y});
    }
}

/* Letters and digits come as keys, signs as text, since their keys differ between layouts; while
 * text is typed all of it comes as text. */
static void key_down(NbWindow *win, const SDL_KeyboardEvent *e)
{
    static const struct {
        SDL_Keycode sym;
        int key;
    } special[] = {
        {SDLK_ESCAPE, NB_KEY_ESCAPE},
        {SDLK_F1, NB_KEY_HELP},
        {SDLK_LEFT, NB_KEY_LEFT},
        {SDLK_RIGHT, NB_KEY_RIGHT},
        {SDLK_UP, NB_KEY_UP},
        {SDLK_DOWN, NB_KEY_DOWN},
        {SDLK_HOME, NB_KEY_HOME},
        {SDLK_END, NB_KEY_END},
        {SDLK_PAGEUP, NB_KEY_PAGE_UP},
        {SDLK_PAGEDOWN, NB_KEY_PAGE_DOWN},
        {SDLK_RETURN, NB_KEY_ENTER},
        {SDLK_KP_ENTER, NB_KEY_ENTER},
        {SDLK_BACKSPACE, NB_KEY_BACKSPACE},
        {SDLK_TAB, NB_KEY_TAB},
    };
    SDL_Keycode sym = e->keysym.sym;
    win->shift = e->keysym.mod & KMOD_SHIFT;
    win->ctrl = e->keysym.mod & KMOD_CTRL;
    if (e->keysym.mod & (KMOD_ALT | KMOD_GUI)) {
        return;
    }
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (special[i].sym == sym) {
            key(win, special[i].key);
            return;
        }
    }
    if (win->ctrl && sym == SDLK_s) {
        save_picture(win);
    }
    if (win->ctrl || is_typing(win)) {
        return;
    }
    if (sym >= 'a' && sym <= 'z') {
        key(win, win->shift ? (int)sym - 'a' + 'A' : (int)sym);
    } else if (sym >= '0' && sym <= '9' && !win->shift) {
        key(win, (int)sym);
    }
}

/* The character at *text, which moves on; 0 at the end or at what is not UTF-8. */
static int next_character(const char **text)
{
    const unsigned char *c = (const unsigned char *)*text;
    int n = c[0] < 0x80 ? 1 : (c[0] & 0xe0) == 0xc0 ? 2 : (c[0] & 0xf0) == 0xe0 ? 3 : 4;
    int code = n == 1 ? c[0] : c[0] & (0xff >> (n + 1));
    for (int i = 1; i < n; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (c[i] & 0x3f);
    }
    *text += n;
    return code;
}

static void text_input(NbWindow *win, const char *text)
{
    while (*text) {
        int code = next_character(&text);
        bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
                      (code >= '0' && code <= '9');
        if (code < ' ') {
            return;
        }
        if (is_typing(win) || !letter) {
            key(win, code);
        }
    }
}

/* --- the mouse --- */

static void moved(NbWindow *win, double x, double y)
{
    NbInput in = {.kind = NB_INPUT_MOVE, .x = x, .y = y, .right = win->right};
    in.dx = x - win->x;
    in.dy = y - win->y;
    win->x = x;
    win->y = y;
    bool far = hypot(x - win->press_x, y - win->press_y) > CLICK_PX;
    if (win->pressed && far && !win->dragged) { /* the drag begins where the button went down */
        win->dragged = true;
        in.dx = x - win->press_x;
        in.dy = y - win->press_y;
    }
    in.kind = win->pressed && win->dragged ? NB_INPUT_DRAG : NB_INPUT_MOVE;
    if (!win->pressed || win->dragged) { /* trembling before a click is nothing */
        give(win, &in);
    }
}

static void button(NbWindow *win, const SDL_MouseButtonEvent *e, double scale)
{
    bool down = e->type == SDL_MOUSEBUTTONDOWN, right = e->button == SDL_BUTTON_RIGHT;
    if ((!right && e->button != SDL_BUTTON_LEFT) || (win->pressed ? win->right != right : !down)) {
        return;
    }
    win->x = e->x / scale;
    win->y = e->y / scale;
    NbInput in = {.x = win->x, .y = win->y, .right = right};
    if (down) {
        win->press_x = win->x;
        win->press_y = win->y;
        win->dragged = false;
        win->right = right;
        win->pressed = true;
        in.kind = NB_INPUT_PRESS;
        give(win, &in);
        return;
    }
    bool click = !win->dragged && !right;
    win->pressed = win->dragged = false;
    in.kind = NB_INPUT_RELEASE;
    give(win, &in);
    if (click) {
        win->dirty = win->dirty || win->note[0];
        win->note[0] = '\0';
        in.kind = NB_INPUT_CLICK;
        give(win, &in);
    }
}

static void mouse(NbWindow *win, const SDL_Event *e)
{
    double scale = nb_viz_ui_scale(win);
    SDL_Keymod mod = win->host->sdl.GetModState();
    win->shift = mod & KMOD_SHIFT;
    win->ctrl = mod & KMOD_CTRL;
    win->host->input_at = nb_viz_now_ms();
    if (e->type == SDL_MOUSEMOTION) {
        moved(win, e->motion.x / scale, e->motion.y / scale);
    } else if (e->type == SDL_MOUSEWHEEL) {
        give(win, &(NbInput){.kind = NB_INPUT_WHEEL,
                             .x = win->x,
                             .y = win->y,
                             .wheel = (double)e->wheel.preciseY});
    } else {
        button(win, &e->button, scale);
    }
}

static void window_event(NbWindow *win, const SDL_WindowEvent *e)
{
    if (e->event == SDL_WINDOWEVENT_MOVED || e->event == SDL_WINDOWEVENT_RESIZED) {
        nb_viz_desk_moved(win);
    }
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
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
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

/* window_events.c -- SDL's events as keys and as a hand on the mouse */
#include "window_sdl.h"

/* --- keys --- */

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
            nb_viz_hand_key(win, special[i].key);
            return;
        }
    }
    if (win->ctrl && sym == SDLK_s) {
        nb_viz_hand_save(win);
    }
    if (win->ctrl || nb_viz_hand_types(win)) {
        return;
    }
    if (sym >= 'a' && sym <= 'z') {
        nb_viz_hand_key(win, win->shift ? (int)sym - 'a' + 'A' : (int)sym);
    } else if (sym >= '0' && sym <= '9' && !win->shift) {
        nb_viz_hand_key(win, (int)sym);
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
        if (nb_viz_hand_types(win) || !letter) {
            nb_viz_hand_key(win, code);
        }
    }
}

/* --- the mouse --- */

static void mouse(NbWindow *win, const SDL_Event *e)
{
    double scale = nb_viz_ui_scale(win);
    SDL_Keymod mod = win->host->sdl->GetModState();
    win->shift = mod & KMOD_SHIFT;
    win->ctrl = mod & KMOD_CTRL;
    if (e->type == SDL_MOUSEMOTION) {
        nb_viz_hand_moved(win, e->motion.x / scale, e->motion.y / scale);
    } else if (e->type == SDL_MOUSEWHEEL) {
        nb_viz_hand_wheel(win, (double)e->wheel.preciseY);
    } else if (e->button.button == SDL_BUTTON_LEFT || e->button.button == SDL_BUTTON_RIGHT) {
        nb_viz_hand_button(win, e->type == SDL_MOUSEBUTTONDOWN,
                           e->button.button == SDL_BUTTON_RIGHT, e->button.x / scale,
                           e->button.y / scale);
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
        nb_viz_hand_left(win);
    }
}

static NbWindow *window_of(const NbWindows *host, uint32_t id)
{
    for (size_t i = 0; i < NB_MOST_WINDOWS; i++) {
        NbWindow *win = host->window[i];
        if (win && host->sdl->GetWindowID(win->window) == id) {
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

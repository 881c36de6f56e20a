/* window_hand.c -- a hand on keys and mouse as inputs of views; keys that every window has */
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

void nb_viz_hand_save(NbWindow *win)
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

bool nb_viz_hand_types(const NbWindow *win)
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

void nb_viz_hand_key(NbWindow *win, int code)
{
    win->host->input_at = nb_viz_now_ms();
    win->dirty = win->dirty || win->note[0];
    win->note[0] = '\0';
    if (code == NB_KEY_ESCAPE) {
        escape(win);
    } else if (nb_viz_hand_types(win)) {
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

/* --- the mouse --- */

void nb_viz_hand_moved(NbWindow *win, double x, double y)
{
    win->host->input_at = nb_viz_now_ms();
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

void nb_viz_hand_button(NbWindow *win, bool down, bool right, double x, double y)
{
    win->host->input_at = nb_viz_now_ms();
    if (win->pressed ? win->right != right : !down) {
        return;
    }
    win->x = x;
    win->y = y;
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

void nb_viz_hand_wheel(NbWindow *win, double notches)
{
    win->host->input_at = nb_viz_now_ms();
    give(win, &(NbInput){.kind = NB_INPUT_WHEEL, .x = win->x, .y = win->y, .wheel = notches});
}

void nb_viz_hand_left(NbWindow *win)
{
    NbInput in = {.kind = NB_INPUT_LEAVE};
    win->dirty = win->kind->input(win, win->view, &in) || win->dirty;
}

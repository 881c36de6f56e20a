/* window_sdl.h -- SDL2, loaded with the first window, and guards around the display connection */
#ifndef NABLA_VIZ_WINDOW_SDL_H
#define NABLA_VIZ_WINDOW_SDL_H

#define SDL_MAIN_HANDLED
#include <SDL.h>

#include <stdbool.h>

#include <nabla/error.h>

#include "window_host.h"

/* clang-format off */
#define NB_SDL_FUNCTIONS(X)                                                                        \
    X(SetHint) X(SetMainReady) X(InitSubSystem) X(QuitSubSystem) X(GetError)                       \
    X(GetCurrentVideoDriver) X(CreateWindow) X(DestroyWindow) X(GetWindowID) X(GetWindowSurface)   \
    X(UpdateWindowSurface) X(GetWindowSize) X(SetWindowSize) X(SetWindowTitle)          \
    X(SetWindowMinimumSize) X(GetWindowPosition) X(SetWindowPosition) X(GetWindowBordersSize)      \
    X(ShowWindow) X(SetWindowIcon) X(CreateRGBSurfaceWithFormatFrom) X(PollEvent)                  \
    X(CreateRGBSurfaceWithFormat) X(FreeSurface) X(UpperBlit) X(GetNumVideoDisplays)               \
    X(GetDisplayUsableBounds) X(GetModState)
/* clang-format on */

struct wl_display;

typedef struct NbSdl {
#define X(f) __typeof__(SDL_##f) *f;
    NB_SDL_FUNCTIONS(X)
#undef X
} NbSdl;

/* What SDL is to try, by the environment; NULL: there is no display. */
const char *nb_viz_sdl_driver(void);

NbStatus nb_viz_sdl_load(NbSdl *sdl, NbErr *err); /* calls nothing of it */
/* Loads SDL and starts its video part on a real display, for one host more. To be called shielded.
 * After a loss that every host has let go of, SDL is another copy: functions, windows and pictures
 * of the one before are not to be used with it. */
NbStatus nb_viz_sdl_start(NbSdl *sdl, NbErr *err);
/* A host has no windows any more, and ended SDL if it was started for it and is not lost. */
void nb_viz_sdl_let_go(bool started);

/* Runs fn(arg), in which SDL may meet a display that goes away. Where Xlib would end the process,
 * fn is left at once instead: what it holds then is lost. false when the display is lost. */
bool nb_viz_sdl_shield(void (*fn)(void *arg), void *arg);

/* Looks at the connection of a first window and guards it: when the server goes away the process
 * goes on, and nb_viz_sdl_lost() is true. */
void nb_viz_sdl_guard(SDL_Window *window, NbDisplay *display);

/* What SDL knows of a window below itself; false when it does not tell. */
struct SDL_SysWMinfo;
bool nb_viz_sdl_native(SDL_Window *window, struct SDL_SysWMinfo *info);

/* --- window_x11.c: to be called shielded, without effect where a window is none of X --- */
/* Before a window is shown: it is not to take the keyboard. */
void nb_viz_x11_calm(SDL_Window *window);
/* Above others, without the keyboard. */
void nb_viz_x11_raise(SDL_Window *window);
/* Where the terminal is, by WINDOWID or what is active, with its frame and without; false when
 * that cannot be told. window: any of ours, to reach the server. */
bool nb_viz_x11_terminal(SDL_Window *window, NbPlace *frame, NbPlace *inside);

/* --- window_wayland.c --- */
int nb_viz_wayland_fd(struct wl_display *display);
/* Whether there is a compositor with a seat, for keyboard and mouse; SDL crashes without. */
bool nb_viz_wayland_seat(void);

/* The display went away. SDL still holds the dead connection and is not to be called before it is
 * started again. */
bool nb_viz_sdl_lost(void);
void nb_viz_sdl_mark_lost(void);

#endif

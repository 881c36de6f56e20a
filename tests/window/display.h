/* display.h -- an X server for tests of windows, and what a person would do at them */
#ifndef NABLA_TESTS_WINDOW_DISPLAY_H
#define NABLA_TESTS_WINDOW_DISPLAY_H

#include "graphs.h"

#define SDL_MAIN_HANDLED
#include <SDL.h>

/* cmocka set-up and end of a test on a display of its own, 1280 × 800; *state is a new World. */
int with_display(void **state);
int without_display(void **state);

/* Waits and pumps for at most `limit` seconds or until done says so. Returns the wake-ups. */
int run_windows(World *w, double limit, bool (*done)(World *));

/* Events as SDL gives them to a window of this kind. */
void press_key(World *w, const char *kind, SDL_Keycode key, SDL_Keymod with);
void type_text(World *w, const char *kind, const char *text); /* at most 31 bytes */
void move_to(World *w, const char *kind, double x, double y);
void button(World *w, const char *kind, bool down, bool right, double x, double y);
void turn_wheel(World *w, const char *kind, double notches, SDL_Keymod with);
void hold_down(SDL_Keymod with); /* Shift or Ctrl while the mouse is used */

#endif

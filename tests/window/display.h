/* display.h -- an X server for tests of windows, and what a person would do and see at them */
#ifndef NABLA_TESTS_WINDOW_DISPLAY_H
#define NABLA_TESTS_WINDOW_DISPLAY_H

#include "tests/scene/graphs.h"

#define SDL_MAIN_HANDLED
#include <SDL.h>

#include "viz/window/window.h"

/* cmocka set-up and end of a test on a display, 1280 × 800; *state is a new World. The display is
 * used by the next test too, and is empty then. */
int with_display(void **state);
int with_own_display(void **state);   /* for tests that end it, or have a window manager */
int with_few_colours(void **state);   /* the same with 16 bits a pixel */
int with_clock_stopped(void **state); /* time passes while the test waits alone */
int without_display(void **state);
void lose_display(void); /* the server of this test ends while windows are open */

/* One comes back: under the same name, or ($DISPLAY is changed) another one. */
void regain_display(bool same);

#define ON_DISPLAY(f) cmocka_unit_test_setup_teardown(f, with_display, without_display)
#define ON_OWN_DISPLAY(f) cmocka_unit_test_setup_teardown(f, with_own_display, without_display)
#define ON_STILL_DISPLAY(f) cmocka_unit_test_setup_teardown(f, with_clock_stopped, without_display)

/* --- waiting: leaps over the time until something is due --- */
bool at_rest(World *w); /* nothing is due */
bool all_closed(World *w);
/* Waits and pumps until done says so; false when that never comes. */
bool wait_until(World *w, bool (*done)(World *));
/* Takes in what was pushed, and waits until nothing is due and nothing more comes from the server.
 * False when that never is. */
bool settle(World *w);
/* At rest, without a further picture, and with nothing that would wake it. */
bool sleeps(World *w);

/* --- what is seen --- */
/* What the window draws now, as text; for free(). */
char *drawn(World *w, const char *kind);
bool window_draws(World *w, const char *kind, const char *part);

/* --- keys and mouse: events as SDL gives them to a window of this kind --- */
void press_key(World *w, const char *kind, SDL_Keycode key, SDL_Keymod with);
void type_text(World *w, const char *kind, const char *text); /* at most 31 bytes */
void move_to(World *w, const char *kind, double x, double y);
void button(World *w, const char *kind, bool down, bool right, double x, double y);
void click(World *w, const char *kind, double x, double y);
void turn_wheel(World *w, const char *kind, double notches, SDL_Keymod with);
void hold_down(SDL_Keymod with); /* Shift or Ctrl while the mouse is used */
void window_message(World *w, const char *kind, Uint8 what); /* SDL_WINDOWEVENT_… */
void push(SDL_Event *e);                                     /* any other */
void sdl_function(const char *name, void *to); /* its address, into a pointer to a function */

#endif

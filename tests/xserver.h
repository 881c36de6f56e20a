/* xserver.h -- X servers for tests of windows: one that tests share, and ones of their own */
#ifndef NABLA_TESTS_XSERVER_H
#define NABLA_TESTS_XSERVER_H

#include <stddef.h>
#include <sys/types.h>

/* The display that tests use one after the other, 1280 × 800: $NB_DISPLAY, or that of a server
 * which is started when it is first asked for and ends with this program; NULL when it cannot be.
 * Who uses it leaves it without windows, and does not end it. */
const char *xserver_shared(void);
/* Starts one on a free display, 1280 × 800, whose name (":20007") goes to `display`; 0 when it
 * cannot. It ends with this program at the latest, and no other takes its name then. */
pid_t xserver_start(char *display, size_t cap);
/* One on any display with another screen: width x height x bits of a pixel. */
pid_t xserver_start_screen(const char *screen, char *display, size_t cap);
/* Starts one as the display of this name, which an earlier one had; 0 when it cannot. */
pid_t xserver_start_again(const char *display);
/* Ends it with a signal, waits, and sets *server to 0; nothing when it is 0. */
void xserver_stop(pid_t *server, int signal_number);

#endif

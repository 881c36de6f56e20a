/* xserver.h -- an X server of one's own, for tests of windows */
#ifndef NABLA_TESTS_XSERVER_H
#define NABLA_TESTS_XSERVER_H

#include <stddef.h>
#include <sys/types.h>

/* Starts one on a free display, 1280 × 800, whose name (":7") goes to `display`; 0 when it cannot.
 */
pid_t xserver_start(char *display, size_t cap);
/* The same with another screen: width x height x bits of a pixel. */
pid_t xserver_start_screen(const char *screen, char *display, size_t cap);
/* Ends it with a signal, waits, and sets *server to 0; nothing when it is 0. */
void xserver_stop(pid_t *server, int signal_number);

#endif

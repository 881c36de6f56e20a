/* refuse.h -- requests for memory of this program and its libraries of ours that are refused */
#ifndef NABLA_TESTS_WINDOW_REFUSE_H
#define NABLA_TESTS_WINDOW_REFUSE_H

/* For programs whose calls go through refuse.c by the linker's --wrap (see Makefile); those of
 * shared libraries go their usual way. Nothing is refused before refuse_at. */
#include <stdbool.h>

/* The n-th request from now is refused, and with `after` all that follow. */
void refuse_at(long n, bool after);
/* Ends it: true when there were so many requests that one was refused. */
bool refuse_nothing(void);
/* While the test itself asks for memory nothing is refused or counted; pairs do not nest. */
void refuse_pause(void);
void refuse_go_on(void);

#endif

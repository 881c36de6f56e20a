/* loop.h -- the prompt: keys, windows and timers in one loop */
#ifndef NABLA_REPL_LOOP_H
#define NABLA_REPL_LOOP_H

#include "session/session.h"

/* The prompt on a terminal, until it is left: the session's front from then on, with `is` of its
 * streams and windows (FRONT_…). false when out of memory. */
bool loop_terminal(Session *s, unsigned is);
/* Until every window is closed, or Ctrl-C. */
void loop_windows(Session *s);

#endif

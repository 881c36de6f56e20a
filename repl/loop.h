/* loop.h -- the prompt: keys, windows and timers in one loop */
#ifndef NABLA_REPL_LOOP_H
#define NABLA_REPL_LOOP_H

#include "session.h"

/* The prompt on a terminal, until it is left. */
void loop_terminal(Session *s);
/* Reads statements from a stream without a terminal. With keep_on an error does not end it. */
RunEnd loop_stream(Session *s, FILE *in, unsigned how, bool keep_on);
/* Until every window is closed, or Ctrl-C. */
void loop_windows(Session *s);

#endif

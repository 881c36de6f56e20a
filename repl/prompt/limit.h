/* limit.h -- --time, --memory and --output: what a run may take at most */
#ifndef NABLA_REPL_LIMIT_H
#define NABLA_REPL_LIMIT_H

#include "session/session.h"

/* After so many seconds by the clock on the wall everything is stopped as by Ctrl-C. What does not
 * stop by itself a moment later is ended with a word on stderr. */
bool limit_time(double seconds);
/* The same from now on, whatever became of the limit before. */
bool limit_again(double seconds);
/* Values, graphs and everything else of the program are at most so many megabytes (2^20 bytes)
 * from now on: beyond, allocations fail. */
bool limit_memory(double megabytes);

/* Whether the time is up, and what is to be told then: "the time limit of 2 s (--time) was
 * reached". */
struct SessionClock limit_clock(void);

/* What is written from now on is at most so many megabytes: beyond, all is stopped as at the limit
 * of time. The call of a front that counts it; user is not looked at. */
void limit_output(double megabytes);
void limit_write(void *user, bool err, const char *text, size_t n);

#endif

/* input.h -- what a person types, line by line: inputs of several lines, lessons that go on */
#ifndef NABLA_REPL_INPUT_H
#define NABLA_REPL_INPUT_H

#include "session/session.h"

typedef struct Input Input;

Input *input_new(Session *s); /* NULL when out of memory */
void input_free(Input **in);
/* Shows what a lesson or presentation has before its next line, and offers that (Front.offer). */
void input_turn(Input *in);
/* A line was entered; offered: it began as the line offered. What is whole is run, then
 * input_turn; true when more lines belong to it. */
bool input_line(Input *in, const char *line, bool offered);
RunEnd input_end(const Input *in); /* how the last one that was run ended */
void input_drop(Input *in);        /* Ctrl-C: lines of an input that is not whole are forgotten */

#endif

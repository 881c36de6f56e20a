/* stage.h -- sessions for fuzzers: output kept, limits on time and memory, a folder of their own */
#ifndef NABLA_TESTS_STAGE_H
#define NABLA_TESTS_STAGE_H

#include "fuzz.h"
#include "repl/session/session.h"

/* Prepares the process, once: what is printed goes into memory, tensors are small, and the
 * current folder is a new one in memory. */
void stage_open(void);
const char *stage_folder(void);

/* A new session with limits. */
Session *stage_new(void);
/* Runs a text as typed. Whether time ran out, in which case nothing is to be compared: */
RunEnd stage_run(Session *s, const char *text, size_t len);
bool stage_late(void);

/* What was printed since stage_listen, for free(). */
void stage_listen(void);
char *stage_heard(void);

/* The state as save writes it, for free(); NULL when it cannot be saved. */
char *stage_state(Session *s);
/* Ends the process when two states differ, showing where. */
void stage_same(const char *before, const char *after, const char *rule, const char *text);

/* True when the text reaches for files or other processes, which fuzzers of whole sessions must
 * not. */
bool stage_reaches_out(const char *text, size_t len);

/* Runs a program statement by statement and holds it against the rules: undo and redo restore the
 * state, printed values are valid input, a second run prints the same. */
void stage_check(const char *text, size_t len, bool twice);

#endif

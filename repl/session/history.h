/* history.h -- lines typed: kept in a file from session to session */
#ifndef NABLA_REPL_HISTORY_H
#define NABLA_REPL_HISTORY_H

#include <stdbool.h>

#define HISTORY_LINES 10000

typedef struct History History;

History *history_new(void);
void history_free(History **h);
/* Reads the file ($NABLA_HISTORY, else $XDG_STATE_HOME/nabla/history). A missing one is made at
 * the first line. With NABLA_HISTORY empty nothing is kept. */
void history_load(History *h);
/* Adds an input of one or more lines and writes it to the file at once. One equal to the last is
 * not added again: false. */
bool history_add(History *h, const char *input);
int history_count(const History *h);
const char *history_at(const History *h, int i); /* oldest first */
/* Why the line added last was not written to its file: an errno, once; else 0. */
int history_failed(History *h);

#endif

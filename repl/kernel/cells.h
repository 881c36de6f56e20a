/* cells.h -- the cells of a notebook file: made, filled with output, read */
#ifndef NABLA_KERNEL_CELLS_H
#define NABLA_KERNEL_CELLS_H

#include <cjson/cJSON.h>

#include "session/session.h"

void add_language(cJSON *to); /* "language_info": what clients are told of the language */
cJSON *notebook_new(void);    /* without cells */
/* Adds a cell, "code" or "markdown"; borrowed. kind: what of a script it is. */
cJSON *notebook_add(cJSON *notebook, const char *type, const char *kind, const char *source);
/* Runs the code cells one after the other and keeps what they show; up to the first error, false.
 */
bool notebook_run(Session *s, cJSON *notebook);
/* The lines of a cell's source as one text; new, "" when it has none, NULL when out of memory. */
char *cell_source(const cJSON *cell);
const char *cell_kind(const cJSON *cell); /* "" when nabla did not make it */

#endif

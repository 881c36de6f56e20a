/* safe.h -- nabla --safe: running what others wrote */
#ifndef NABLA_REPL_SAFE_H
#define NABLA_REPL_SAFE_H

#include "session/session.h"

/* From now on the session reads below a folder only, writes nothing, opens no windows, and keeps
 * the meaning of builtins. Where the system offers it, the process gives up writing to files and
 * starting programs for good, so that a mistake of ours stays without effect. */
void safe_begin(Session *s);
/* The folder of this file ("" or NULL: the current one) is the one below which files are read.
 * false with *err set when it cannot be opened. */
bool safe_folder(Session *s, const char *file, NbErr *err);
void safe_end(Session *s);

#endif

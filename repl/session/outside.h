/* outside.h -- values in and out, for a program around the session */
#ifndef NABLA_REPL_OUTSIDE_H
#define NABLA_REPL_OUTSIDE_H

#include "session/session.h"

/* Both are statements of their own, which `undo` takes back when they changed something; nobody is
 * told of an error but interp_error. RUN_BUSY while a statement runs. */

/* New value of an expression. */
RunEnd session_evaluate(Session *s, const char *expression, Value *out);
/* Binds a name as `name = …` does; takes v. */
RunEnd session_bind(Session *s, const char *name, Value v);

#endif

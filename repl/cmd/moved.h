/* moved.h -- the optimizer that minimize makes when the session has none: what it moves */
#ifndef NABLA_CMD_MOVED_H
#define NABLA_CMD_MOVED_H

#include "session/session.h"

/* adam(…, lr=0.05) over the parameters of models behind root; without a model over its leaves,
 * unless one of several could be rows of data: then it is refused with the line to type, for f is
 * `arg`. A new reference, or NULL with the error set. `now`: what moves is said at once. */
Obj *moved_optimizer(Session *s, NbVar *root, const Node *arg, bool now);

#endif

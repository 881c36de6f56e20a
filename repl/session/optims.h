/* optims.h -- which optimizer is meant when none is named */
#ifndef NABLA_REPL_OPTIMS_H
#define NABLA_REPL_OPTIMS_H

#include "objects/optimizer.h"
#include "session/session.h"

/* The one optimizer a name binds; NULL with the error set when there is none or several. */
Obj *optim_only(Session *s);
/* How many optimizers names bind; *last (NULL before) gets the last of them. */
int optim_bound(const Session *s, Obj **last);
bool optim_any(Session *s); /* a name binds an optimizer; cheap */

#endif

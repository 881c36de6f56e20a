/* restore.h -- a journal changes places with the session: what was then and what is now */
#ifndef NABLA_REPL_RESTORE_H
#define NABLA_REPL_RESTORE_H

#include "session/session.h"

/* Puts back what the journal holds, and keeps in it what was there. false when memory ran out for
 * the list of held gradients. */
bool session_exchange(Session *s, Journal *j);

#endif

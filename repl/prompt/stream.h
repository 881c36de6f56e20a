/* stream.h -- statements from a pipe or file on standard input, run as they come */
#ifndef NABLA_REPL_STREAM_H
#define NABLA_REPL_STREAM_H

#include "session/session.h"

/* With keep_on an error does not end it. */
RunEnd stream_run(Session *s, unsigned how, bool keep_on);

#endif

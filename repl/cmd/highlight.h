/* highlight.h -- the language's words for editors that colour it, from the tables of commands */
#ifndef NABLA_CMD_HIGHLIGHT_H
#define NABLA_CMD_HIGHLIGHT_H

#include "session/session.h"

/* Names of editors and libraries: "codemirror" (the notebook), "pygments", "vim", "textmate"; NULL
 * behind the last. */
const char *highlight_form(int i);
/* What such a program reads, added to t; false when there is no such form. */
bool highlight_write(Session *s, const char *form, Text *t);

#endif

/* edit.h -- editing the line at the prompt; edit.c is the only user of Readline */
#ifndef NABLA_REPL_EDIT_H
#define NABLA_REPL_EDIT_H

#include "session.h"

/* Called with each finished line (for free() by edit.c), NULL at the end of input. */
typedef void (*EditLine)(Session *s, const char *line);

void edit_begin(Session *s, EditLine fn); /* shows the first prompt */
void edit_end(void);                      /* the terminal as it was */
void edit_read(void);                     /* a key is there */
void edit_more(bool more);                /* the next prompt is …> */
void edit_clear(void);                    /* Ctrl-C: forgets the line */
void edit_resumed(void);                  /* the terminal may have another size or mode */
void edit_remember(const char *input);    /* for the arrow keys */

#endif

/* edit.h -- editing the line at the prompt; edit.c is the only user of Readline */
#ifndef NABLA_REPL_EDIT_H
#define NABLA_REPL_EDIT_H

#include "session/session.h"

/* Called with each finished line (for free() by edit.c), NULL at the end of input. */
typedef void (*EditLine)(Session *s, const char *line);

void edit_begin(Session *s, EditLine fn); /* shows the first prompt */
void edit_end(void);                      /* the terminal as it was */
void edit_read(void);                     /* a key is there */
void edit_more(bool more);                /* the next prompt is …> */
void edit_clear(void);                    /* Ctrl-C: forgets the line */
int edit_columns(void);                   /* of the terminal */
void edit_resumed(void);                  /* the terminal may have another size or mode */
/* Something is printed while the prompt waits: away with it before, back after. */
void edit_aside(bool begin);
void edit_remember(const char *input); /* for the arrow keys */

/* Types a line at the next prompt: Enter takes it, changed or not; a letter typed first puts the
 * person's own line in its place. NULL: none. */
void edit_offer(const char *line);
/* Whether the line just handed over was the one offered, perhaps changed. */
bool edit_offer_taken(void);

/* A line in the middle of a statement: fn gets it, NULL at Ctrl-D; then the prompt is away. */
void edit_ask(const char *prompt, EditLine fn);
/* Ends asking from outside: at Ctrl-C (line NULL), or as if `line` had been typed. */
void edit_answer(const char *line);

#endif

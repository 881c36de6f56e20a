/* text.h -- text that grows, measured in terminal columns */
#ifndef NABLA_REPL_TEXT_H
#define NABLA_REPL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <nabla/error.h>

/* All zero is an empty text. Out of memory it stops growing; what is there stays valid. */
typedef struct Text {
    char *s; /* NUL at the end; NULL while nothing was added: use text_str */
    size_t len, cap;
} Text;

void text_free(Text *t);  /* empty again */
void text_reset(Text *t); /* empty, keeps its memory */
const char *text_str(const Text *t);
void text_add(Text *t, const char *s);
void text_addn(Text *t, const char *s, size_t n);
void text_printf(Text *t, const char *fmt, ...) NB_PRINTF(2, 3);
/* Blanks until the last line of t is `columns` wide. */
void text_pad(Text *t, int columns);
int text_columns(const Text *t); /* width of the last line */

#endif

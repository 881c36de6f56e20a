/* text.h -- text that grows, measured in terminal columns */
#ifndef NABLA_BASE_TEXT_H
#define NABLA_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <nabla/error.h>

/* All zero is an empty text that grows. Once memory is refused the text is empty and stays so:
 * nobody takes a part of it for the whole. `failed` says it, and *lost gets true; a statement
 * during which that happened ends with an error. */
typedef struct Text {
    char *s; /* NUL at the end; NULL while nothing was added: use text_str */
    size_t len, cap;
    bool failed;
    bool fixed;    /* s is the caller's: what does not fit is cut off */
    bool too_long; /* that is why it failed: */
    size_t most;   /* it takes no more memory than this; 0: no limit */
    bool *lost;    /* borrowed; may be NULL */
} Text;

/* A text that grows; *lost (of a session: s->lost) is set when memory is refused. */
static inline Text text_in(bool *lost)
{
    return (Text){.lost = lost};
}
/* A text in the caller's buffer, cut off at its end between characters; needs no text_free. */
Text text_over(char *buf, size_t cap);

/* Neither it nor another text of its session, perhaps a part of it, has lost anything. */
static inline bool text_whole(const Text *t)
{
    return !t->failed && !(t->lost && *t->lost);
}

/* Memory for a part of it was refused elsewhere: it is lost, as if it had been refused to t. */
void text_lose(Text *t);
void text_free(Text *t);            /* empty again, and able to grow */
void text_cut(Text *t, size_t len); /* leaves its first len bytes */
void text_reset(Text *t);           /* empty, keeps its memory; what failed stays failed */
const char *text_str(const Text *t);
const char *text_from(const Text *t, size_t at); /* the rest from there; "" when there is none */
void text_add(Text *t, const char *s);
void text_addn(Text *t, const void *bytes, size_t n); /* also of what is no text, as a PNG */
/* The letter at s, which is not its end, or U+FFFD for a byte that is none; its bytes there. */
size_t text_letter(Text *t, const char *s);
void text_field(Text *t, const char *s); /* a field of a table: nb_format_field */
/* In an element or attribute of HTML or XML; what is no UTF-8 becomes U+FFFD. */
void text_xml(Text *t, const char *s);
void text_printf(Text *t, const char *fmt, ...) NB_PRINTF(2, 3);
/* Blanks until the last line of t is `columns` wide. */
void text_pad(Text *t, int columns);
int text_columns(const Text *t); /* width of the last line */

#endif

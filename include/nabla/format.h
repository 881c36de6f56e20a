/* format.h -- numbers as text that reads back, names and numbers as LaTeX */
#ifndef NABLA_FORMAT_H
#define NABLA_FORMAT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NB_DIGITS_FULL 0 /* shortest text that reads back to the same double */

/* x with `digits` significant digits (1…17, or NB_DIGITS_FULL), trailing zeros dropped, -0 as 0,
 * "nan", "inf", "-inf". Returns buf; 32 bytes hold any number. */
char *nb_format_number(double x, int digits, char *buf, size_t cap);
/* LaTeX math for a name or label: theta_1 as \theta_{1}, w_hidden as w_{\mathrm{hidden}}, θ₁ as
 * \theta_{1}, loss as \mathit{loss}, x~2 as x_{\sim 2}; a number as nb_latex_number has it; what is
 * no name ("m.linear[0].w") in typewriter letters. Every text gives LaTeX that compiles after
 * nb_latex_preamble. Returns the number of bytes needed, like snprintf. */
size_t nb_latex_name(const char *name, char *buf, size_t cap);
/* 1.5 \cdot 10^{-7}, \infty, \mathrm{nan}; digits as in nb_format_number. */
size_t nb_latex_number(double x, int digits, char *buf, size_t cap);
/* Definitions for a document's preamble, whole lines: what letters beyond Latin and Greek need. */
const char *nb_latex_preamble(void);
/* Bytes of the first character of text; 0 when they are no UTF-8. */
size_t nb_utf8(const char *text);
/* A text as a field of a table (RFC 4180): in quotes where it has a comma, a quote or a line end;
 * what is no UTF-8 as U+FFFD. What a spreadsheet would take for a formula, but no number, gets a '
 * in front. Returns the number of bytes needed, like snprintf. */
size_t nb_format_field(const char *text, char *buf, size_t cap);
/* Columns a UTF-8 text takes on a terminal (combining marks 0, wide CJK 2). */
int nb_text_width(const char *utf8);
/* One character of another's text, NUL at its end, as a terminal may get it: control characters but
 * newlines and tabs are shown, ^[ for Escape, \x9b for one beyond ASCII, and do nothing. Returns
 * the bytes it takes of text. */
size_t nb_text_visible(const char *text, char shown[8]);

#ifdef __cplusplus
}
#endif

#endif

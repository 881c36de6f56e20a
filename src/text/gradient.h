/* gradient.h -- gradients as text: ∂f/∂x, their numbers, or the norm of many */
#ifndef NB_TEXT_GRADIENT_H
#define NB_TEXT_GRADIENT_H

#include "text/style.h"

/* "∂f/∂x" of two names; parentheses where a name is an expression. */
void nb_text_partial(NbTextStyle style, Text *t, const char *f, const char *x);
/* "|g| 0.342" */
void nb_text_magnitude(NbTextStyle style, Text *t, const NbTensor *g);
/* "7", "[1, 2]" of at most `few` numbers on `width` columns, the norm of more; "-" when g is
 * NULL. */
void nb_text_gradient(NbTextStyle style, Text *t, const NbTensor *g, int64_t few, int width);
/* "6", "[1, 2]" or, of many numbers, "(2, 8) |g| 0.342" with `letter` g; at most `width` columns
 * of numbers. */
void nb_text_amount(NbTextStyle style, Text *t, const NbTensor *v, const char *letter, int width);
/* A bar of at most `width` columns for part in 0…1. */
void nb_text_bar(NbTextStyle style, Text *t, double part, int width);

#endif

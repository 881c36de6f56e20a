/* format.h -- numbers and tensors as text that reads back */
#ifndef NABLA_FORMAT_H
#define NABLA_FORMAT_H

#include <stddef.h>

#include <nabla/tensor.h>

#define NB_DIGITS_FULL 0 /* shortest text that reads back to the same double */

/* x with `digits` significant digits (1…17, or NB_DIGITS_FULL), trailing zeros dropped, -0 as 0,
 * "nan", "inf", "-inf". Returns buf; 32 bytes hold any number. */
char *nb_format_number(double x, int digits, char *buf, size_t cap);
/* The tensor as the language writes it, "[[1, 2], [3, 4]]", on one line. At most `max_items`
 * numbers are written when max_items > 0, the rest as "…" (or "..." when ascii). Returns the
 * number of bytes a large enough buffer would need, like snprintf. */
size_t nb_format_tensor(const NbTensor *t, int digits, int max_items, int ascii, char *buf,
                        size_t cap);
/* Columns a UTF-8 text takes on a terminal (combining marks 0, wide CJK 2). */
int nb_text_width(const char *utf8);

#endif

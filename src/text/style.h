/* style.h -- how numbers, tensors and names read: digits, characters, columns, labels */
#ifndef NB_TEXT_STYLE_H
#define NB_TEXT_STYLE_H

#include <nabla/graph.h>

#include "base/text.h"

#define NB_TEXT_SMALL 6 /* elements of a tensor that is shown by its numbers */

/* What every text of a graph is made by: the prompt has one, each picture has one. */
typedef struct NbTextStyle {
    void *user;
    /* The name a variable is shown by ("x", "x~1", "v2"); into buf, returned. NULL: its own name,
     * or v and its serial. */
    const char *(*label)(void *user, const NbVar *v, char *buf, size_t cap);
    size_t longest; /* bytes of a name among operands, with its NUL; 0: 96 */
    int digits;     /* as nb_format_number */
    bool unicode;   /* box drawing, ∂, → */
    int columns;    /* of the terminal; 0: as the text form likes it */
} NbTextStyle;

const char *nb_text_label(NbTextStyle style, const NbVar *v, char *buf, size_t cap);
void nb_text_number(NbTextStyle style, Text *t, double x);
/* Numbers of the tensor; when they exceed `width` columns some are left out and the shape follows.
 * Nothing is left out at full digits, or with width 0. */
void nb_text_tensor(NbTextStyle style, Text *t, const NbTensor *v, int width);
/* A matrix as rows, one under the other, from column `indent` on: columns that do not fit, and rows
 * in the middle of many, are left out, and the shape follows. It can be typed when it is whole. */
void nb_text_rows(NbTextStyle style, Text *t, const NbTensor *m, int indent, int columns);
/* At most `items` numbers, whatever their width; 0: all. */
void nb_text_items(NbTextStyle style, Text *t, const NbTensor *v, int items);
/* Euclidean norm; NaN or infinity when an element is one. */
double nb_text_norm(const NbTensor *t);

/* Cuts the text to so many columns, "…" at the end; below 1: not at all. */
void nb_text_cut(Text *t, int columns);
/* The text of `from` in the style's characters: without Unicode d * -> ... */
void nb_text_plain(NbTextStyle style, Text *t, const char *from);

#endif

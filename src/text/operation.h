/* operation.h -- one operation as text: on names, on numbers, its derivatives, in LaTeX */
#ifndef NB_TEXT_OPERATION_H
#define NB_TEXT_OPERATION_H

#include "text/style.h"

#define NB_TEXT_OPERANDS 8 /* more are counted, not named */

/* Texts of the operands of one node. */
typedef struct NbOperands {
    char text[NB_TEXT_OPERANDS][512];
    const char *name[NB_TEXT_OPERANDS]; /* of these; may be pointed elsewhere */
    double number[NB_TEXT_OPERANDS];    /* of folded numbers; NaN otherwise */
    int n;                              /* all there are */
} NbOperands;

/* By their labels; false when there are too many, the first ones are filled in. */
bool nb_text_operands(NbTextStyle style, const NbVar *v, NbOperands *o);

/* "x * y": the operation of v on the names of its operands; nothing of what has no operation. */
void nb_text_operation(NbTextStyle style, Text *t, const NbVar *v);
/* "2 · 3": the same on their values, shapes for larger tensors. */
void nb_text_numbers(NbTextStyle style, Text *t, const NbVar *v);
/* "2·x": ∂v/∂operand i in symbols, v called y (NULL: its label); nothing when the operation has no
 * short text for it. */
void nb_text_local(NbTextStyle style, Text *t, const NbVar *v, int i, const char *y);
/* Both, "2·x = 4", as far as there are. Symbols only of operations on at most three, and of at
 * most `most` characters (0: any length). */
void nb_text_local_both(NbTextStyle style, Text *t, const NbVar *v, int i, const char *y, int most);
/* "x.T @ ∂f/∂v1": what reaches operand i when `upstream` reaches v. */
void nb_text_pull(NbTextStyle style, Text *t, const NbVar *v, int i, const char *upstream);
/* "(3, 4) @ (4, 2)": the shapes in it. */
void nb_text_pull_shapes(Text *t, const NbContribution *e);
/* "[[1], [2]] @ [[3, 4]]" of a product of few numbers; false of all else, and nothing is added. */
bool nb_text_pull_numbers(NbTextStyle style, Text *t, const NbContribution *e);

/* Operation, derivative and name in LaTeX. */
void nb_text_latex(NbTextStyle style, Text *t, const NbVar *v);
void nb_text_latex_local(NbTextStyle style, Text *t, const NbVar *v, int i);
void nb_text_latex_name(NbTextStyle style, Text *t, const NbVar *v);

/* "x", or "(a + b)" when text is a sum or begins with a sign. */
void nb_text_wrapped(Text *t, const char *text);
/* The number; in parentheses when it is negative and not the first. */
void nb_text_factor(NbTextStyle style, Text *t, double x, bool first);

#endif

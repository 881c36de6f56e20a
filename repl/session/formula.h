/* formula.h -- texts of one node: its operation in names and in numbers, local derivatives */
#ifndef NABLA_REPL_FORMULA_H
#define NABLA_REPL_FORMULA_H

#include "session/report.h"

#define FORMULA_SMALL 6 /* elements of a tensor that is shown by its numbers */

/* Texts are made with ∂ · → …; formula_line writes them as the session's characters allow. */

/* "x * y": the operation of v on the names of its operands. */
void formula_operation(Session *s, Text *t, const NbVar *v);
/* "2 · 3": the same on their values, shapes for larger tensors. */
void formula_numbers(Session *s, Text *t, const NbVar *v);
/* "2·x": ∂v/∂operand i in symbols; nothing when the operation has no short text for it. */
void formula_local(Session *s, Text *t, const NbVar *v, int i);
/* "x.T @ ∂f/∂v1": what reaches operand i when `upstream` reaches v, for operations on tensors. */
void formula_pull(Session *s, Text *t, const NbVar *v, int i, const char *upstream);
/* "(3, 4) @ (4, 2)": the shapes in it. */
void formula_pull_shapes(Session *s, Text *t, const NbContribution *e);
/* Operation, derivative and name in LaTeX. */
void formula_latex(Session *s, Text *t, const NbVar *v);
void formula_latex_local(Session *s, Text *t, const NbVar *v, int i);
void formula_latex_name(Session *s, Text *t, const NbVar *v);

/* "6", "[1, 2]" or, of many numbers, "(2, 8) |g| 0.342" with `letter` g; at most `width` columns
 * of numbers. */
void formula_tensor(Session *s, Text *t, const NbTensor *v, const char *letter, int width);
const char *formula_letter(Session *s, const NbVar *v, char *buf, size_t cap);
void formula_value(Session *s, Text *t, const NbVar *v, int width);
void formula_amount(Session *s, Text *t, const NbAmount *a, int width);
/* The number; in parentheses when it is negative and not the first. */
void formula_factor(Session *s, Text *t, double x, bool first);
/* "x", or "(a + b)" when text is a sum or begins with a sign. */
void formula_wrapped(Text *t, const char *text);

/* Cuts the text to so many columns, "…" at the end. */
void formula_cut(Text *t, int columns);
/* The same, but whole at full digits, where nothing is left out. */
void formula_fit(const Session *s, Text *t, int columns);
/* The text of `from` in this session's characters: without Unicode d * -> ... */
void formula_plain(const Session *s, Text *t, const char *from);
/* The text and a newline, so written; the text is empty afterwards. */
void formula_line(const Session *s, Text *t, FILE *out);

#endif

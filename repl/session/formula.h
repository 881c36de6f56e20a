/* formula.h -- texts of one node as the session writes them: src/text with its style */
#ifndef NABLA_REPL_FORMULA_H
#define NABLA_REPL_FORMULA_H

#include "session/report.h"

/* Texts are made with ∂ · → …; formula_line writes them as the session's characters allow. */

static inline void formula_operation(Session *s, Text *t, const NbVar *v)
{
    nb_text_operation(session_formulas(s), t, v);
}
static inline void formula_numbers(Session *s, Text *t, const NbVar *v)
{
    nb_text_numbers(session_text(s), t, v);
}
static inline void formula_local(Session *s, Text *t, const NbVar *v, int i)
{
    nb_text_local(session_formulas(s), t, v, i, NULL);
}
static inline void formula_pull(Session *s, Text *t, const NbVar *v, int i, const char *upstream)
{
    nb_text_pull(session_formulas(s), t, v, i, upstream);
}
static inline void formula_tensor(Session *s, Text *t, const NbTensor *v, const char *letter,
                                  int width)
{
    nb_text_amount(session_text(s), t, v, letter, width);
}
static inline void formula_factor(Session *s, Text *t, double x, bool first)
{
    nb_text_factor(session_text(s), t, x, first);
}
static inline void formula_plain(const Session *s, Text *t, const char *from)
{
    nb_text_plain(session_text(s), t, from);
}

/* w of m.linear[0].w; v of what has no short name. */
const char *formula_letter(Session *s, const NbVar *v, char *buf, size_t cap);
/* A value, and what flowed in a sweep, on at most `width` columns of numbers. */
void formula_value(Session *s, Text *t, const NbVar *v, int width);
void formula_amount(Session *s, Text *t, const NbAmount *a, int width);

/* Cut to so many columns, but whole at full digits, where nothing is left out. */
void formula_fit(const Session *s, Text *t, int columns);
/* LaTeX that renderers know without a preamble: the same, else NULL. */
const char *formula_mathjax(const char *latex);
/* The text and a newline, so written; the text is empty afterwards. */
void formula_line(const Session *s, Text *t, FILE *out);

#endif

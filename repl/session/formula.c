/* formula.c -- texts of one node as the session writes them: values, amounts, lines */
#include "session/formula.h"

#include <string.h>

#include <nabla/format.h>

const char *formula_letter(Session *s, const NbVar *v, char *buf, size_t cap)
{
    const char *label = report_label(s, v, buf, cap), *dot = strrchr(label, '.');
    label = dot && dot[1] ? dot + 1 : label;
    return nb_text_width(label) <= 6 && !strpbrk(label, " ([") ? label : "v";
}

void formula_value(Session *s, Text *t, const NbVar *v, int width)
{
    char label[96];
    NbTensor tmp;
    formula_tensor(s, t, nb_var_data(v, &tmp), formula_letter(s, v, label, sizeof label), width);
}

void formula_amount(Session *s, Text *t, const NbAmount *a, int width)
{
    if (a->tensor) {
        formula_tensor(s, t, a->tensor, "g", width);
    } else {
        report_number(s, t, a->num);
    }
}

void formula_fit(const Session *s, Text *t, int columns)
{
    if (s->set.digits != NB_DIGITS_FULL) {
        nb_text_cut(t, columns);
    }
}

const char *formula_mathjax(const char *latex)
{
    return strstr(latex, "\\nablachar") ? NULL : latex;
}

void formula_line(const Session *s, Text *t, FILE *out)
{
    while (t->len > 0 && t->s[t->len - 1] == ' ') {
        t->s[--t->len] = '\0';
    }
    Text line = text_in(s->lost);
    formula_plain(s, &line, text_str(t));
    report_line(&line, out);
    text_free(&line);
    text_reset(t);
}

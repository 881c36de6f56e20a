/* gradient.c -- gradients as text: ∂f/∂x, their numbers, or the norm of many */
#include "text/gradient.h"

#include <math.h>
#include <string.h>

#include <nabla/format.h>

static bool is_word(const char *s)
{
    return !strpbrk(s, " +-*/^%@(,");
}

void nb_text_partial(NbTextStyle style, Text *t, const char *f, const char *x)
{
    const char *d = style.unicode ? "∂" : "d";
    text_printf(t, is_word(f) ? "%s%s/" : "%s(%s)/", d, f);
    text_printf(t, is_word(x) ? "%s%s" : "%s(%s)", d, x);
}

void nb_text_magnitude(NbTextStyle style, Text *t, const NbTensor *g)
{
    text_add(t, "|g| ");
    nb_text_number(style, t, nb_text_norm(g));
}

void nb_text_gradient(NbTextStyle style, Text *t, const NbTensor *g, int64_t few, int width)
{
    if (!g) {
        text_add(t, "-");
    } else if (g->size > few) {
        nb_text_magnitude(style, t, g);
    } else {
        nb_text_tensor(style, t, g, width);
    }
}

void nb_text_amount(NbTextStyle style, Text *t, const NbTensor *v, const char *letter, int width)
{
    char shape[160];
    Text numbers = text_in(t->lost);
    bool full = style.digits == NB_DIGITS_FULL;
    if (v->size <= NB_TEXT_SMALL || full) {
        nb_text_tensor(style, &numbers, v, 0);
        if (v->size == 1 || full || text_columns(&numbers) <= width) {
            text_add(t, text_str(&numbers));
            text_free(&numbers);
            return;
        }
    }
    text_free(&numbers);
    text_printf(t, "%s |%s| ", nb_shape_text(&v->shape, shape, sizeof shape), letter);
    nb_text_number(style, t, nb_text_norm(v));
}

void nb_text_bar(NbTextStyle style, Text *t, double part, int width)
{
    static const char *const eighth[] = {"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    if (!(part > 0)) {
        return;
    }
    if (!style.unicode) {
        for (int i = 0; i < (int)ceil(part * width); i++) {
            text_add(t, "#");
        }
        return;
    }
    int n = (int)ceil((part > 1 ? 1 : part) * width * 8);
    for (; n >= 8; n -= 8) {
        text_add(t, "█");
    }
    if (n > 0) {
        text_add(t, eighth[n - 1]);
    }
}

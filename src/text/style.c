/* style.c -- how numbers, tensors and names read: digits, characters, columns, labels */
#include "text/style.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

const char *nb_text_label(NbTextStyle style, const NbVar *v, char *buf, size_t cap)
{
    if (style.label) {
        return style.label(style.user, v, buf, cap);
    }
    const char *name = nb_var_name(v);
    if (name) {
        snprintf(buf, cap, "%s", name);
    } else {
        snprintf(buf, cap, "v%llu", (unsigned long long)nb_var_serial(v));
    }
    return buf;
}

void nb_text_number(NbTextStyle style, Text *t, double x)
{
    char buf[40];
    text_add(t, nb_format_number(x, style.digits, buf, sizeof buf));
}

void nb_text_items(NbTextStyle style, Text *t, const NbTensor *v, int items)
{
    size_t n = nb_format_tensor(v, style.digits, items, !style.unicode, NULL, 0);
    if (t->most > 0 && n >= t->most) {
        text_lose(t);
        t->too_long = true;
        return;
    }
    char small[512], *buf = n < sizeof small ? small : malloc(n + 1);
    if (!buf) {
        text_lose(t);
        return;
    }
    nb_format_tensor(v, style.digits, items, !style.unicode, buf, n + 1);
    text_add(t, buf);
    if (buf != small) {
        free(buf);
    }
}

void nb_text_tensor(NbTextStyle style, Text *t, const NbTensor *v, int width)
{
    char shape[160];
    int64_t most = width / 3 + 1; /* each number takes at least three columns */
    if (width <= 0 || style.digits == NB_DIGITS_FULL || v->size == 0) {
        nb_text_items(style, t, v, 0);
        return;
    }
    Text part = text_in(t->lost);
    if (v->size <= most) {
        nb_text_items(style, &part, v, 0);
        if (text_columns(&part) <= width) {
            text_add(t, text_str(&part));
            text_free(&part);
            return;
        }
    }
    nb_shape_text(&v->shape, shape, sizeof shape);
    int64_t items = v->size - 1 < most ? v->size - 1 : most;
    for (; items > 0; items--) {
        text_reset(&part);
        nb_text_items(style, &part, v, (int)items);
        if (text_columns(&part) + 2 + nb_text_width(shape) <= width) {
            break;
        }
    }
    text_printf(t, "%s%s%s", items > 0 ? text_str(&part) : "", items > 0 ? "  " : "", shape);
    text_free(&part);
}

/* Scaled by the largest so far: squares neither overflow nor vanish. */
double nb_text_norm(const NbTensor *t)
{
    double scale = 0, sum = 1;
    for (int64_t i = 0; i < t->size; i++) {
        double a = fabs(nb_tensor_at(t, i));
        if (isnan(a) || isinf(a)) {
            return a;
        }
        if (a > scale) {
            sum = 1 + sum * (scale / a) * (scale / a);
            scale = a;
        } else if (a > 0) {
            sum += (a / scale) * (a / scale);
        }
    }
    return scale > 0 ? scale * sqrt(sum) : 0;
}

void nb_text_cut(Text *t, int columns)
{
    if (columns < 1 || text_columns(t) <= columns) {
        return;
    }
    while (t->len > 0 && text_columns(t) > columns - 1) {
        do {
            t->len--;
        } while (t->len > 0 && ((unsigned char)t->s[t->len] & 0xc0U) == 0x80);
        t->s[t->len] = '\0';
    }
    text_add(t, "…");
}

void nb_text_plain(NbTextStyle style, Text *t, const char *from)
{
    static const struct {
        const char *sign, *plain;
    } signs[] = {{"∂", "d"}, {"·", "*"}, {"→", "->"}, {"…", "..."}, {"≈", "~"}, {"—", "-"}};
    if (style.unicode) {
        text_add(t, from);
        return;
    }
    while (*from) {
        size_t k = 0, n = sizeof signs / sizeof signs[0];
        while (k < n && strncmp(from, signs[k].sign, strlen(signs[k].sign)) != 0) {
            k++;
        }
        text_addn(t, k < n ? signs[k].plain : from, k < n ? strlen(signs[k].plain) : 1);
        from += k < n ? strlen(signs[k].sign) : 1;
    }
}

/* measure.c -- widths of texts without fonts, for files that other programs set in theirs */
#include <nabla/format.h>

#include <string.h>

#include "scene.h"

/* Of a broad sans serif, in units of its size. */
static double width_of(char c)
{
    if (strchr("iljft.,:;'|!()[]{}I/\\ ", c)) {
        return 0.4;
    }
    if (strchr("mwMW@%", c)) {
        return 0.95;
    }
    return c >= 'A' && c <= 'Z' ? 0.72 : 0.64;
}

static double width(void *user, const char *text, NbRole role)
{
    (void)user;
    const NbLook *look = nb_viz_look(NB_THEME_LIGHT, role);
    double sum = 0;
    char one[5] = "";
    size_t n = 0;
    for (; *text; text++) {
        if ((unsigned char)*text < 0x80) {
            sum += width_of(*text);
            continue;
        }
        one[n++] = *text;
        if (n == 4 || ((unsigned char)text[1] & 0xc0) != 0x80) { /* a whole character */
            one[n] = '\0';
            sum += nb_text_width(one) == 2 ? 1.05 : nb_text_width(one) * 0.68;
            n = 0;
        }
    }
    return sum * look->size * (look->bold ? 1.1 : 1);
}

NbMeasure nb_viz_plain_measure(void)
{
    return (NbMeasure){.width = width};
}

#define PRESENT_DIGITS 3

int nb_viz_picture_digits(const NbVizStyle *style)
{
    int digits = style->text.digits;
    bool many = digits == NB_DIGITS_FULL || digits > PRESENT_DIGITS;
    return style->present && many ? PRESENT_DIGITS : digits;
}

NbTextStyle nb_viz_picture_text(const NbVizStyle *style)
{
    NbTextStyle text = style->text;
    text.digits = nb_viz_picture_digits(style);
    return text;
}

/* json.c -- values as JSON text */
#include "json.h"

#include <inttypes.h>
#include <math.h>

#include <nabla/format.h>

void nb_viz_json_string(Text *out, const char *text)
{
    text_add(out, "\"");
    while (*text) {
        size_t n = nb_utf8(text);
        unsigned char c = (unsigned char)*text;
        if (n == 0) {
            text_add(out, "\xef\xbf\xbd");
            n = 1;
        } else if (c == '"' || c == '\\') {
            text_printf(out, "\\%c", c);
        } else if (c < ' ' || c == 0x7f || c == '<' || c == '>' || c == '&') {
            text_printf(out, "\\u%04x", c);
        } else {
            text_addn(out, text, n);
        }
        text += n;
    }
    text_add(out, "\"");
}

void nb_viz_json_number(Text *out, double x)
{
    char text[40];
    if (isnan(x)) {
        text_add(out, "\"NaN\"");
    } else if (isinf(x)) {
        text_add(out, x > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    } else {
        text_add(out, nb_format_number(x, NB_DIGITS_FULL, text, sizeof text));
    }
}

void nb_viz_json_shape(Text *out, const NbShape *s)
{
    text_add(out, "[");
    for (int i = 0; i < s->rank; i++) {
        text_printf(out, "%s%" PRId64, i ? ", " : "", s->dim[i]);
    }
    text_add(out, "]");
}

static void brackets(Text *out, const char *bracket, int n)
{
    while (n-- > 0) {
        text_add(out, bracket);
    }
}

/* Lists of the axes before one that is 0: (2, 0) is [[], []]. */
static void empty(Text *out, const NbShape *s)
{
    int64_t lists = 1;
    int depth = 0;
    while (depth < s->rank && s->dim[depth] != 0) {
        lists *= s->dim[depth++];
    }
    if (depth != 1 || lists > 64) { /* rare: the shape beside it says the rest */
        text_add(out, "[]");
        return;
    }
    text_add(out, "[");
    for (int64_t i = 0; i < lists; i++) {
        text_add(out, i ? ", []" : "[]");
    }
    text_add(out, "]");
}

void nb_viz_json_tensor(Text *out, const NbTensor *t, int64_t most)
{
    if (t->size > most) {
        text_add(out, "null");
    } else if (t->size == 0) {
        empty(out, &t->shape);
    } else {
        for (int64_t i = 0; i < t->size; i++) {
            text_add(out, i ? ", " : "");
            brackets(out, "[", nb_shape_edges(&t->shape, i));
            nb_viz_json_number(out, nb_tensor_at(t, i));
            brackets(out, "]", nb_shape_edges(&t->shape, i + 1));
        }
    }
}

void nb_viz_json_amount(Text *out, const NbAmount *a, int64_t most)
{
    if (a->tensor) {
        nb_viz_json_tensor(out, a->tensor, most);
    } else {
        nb_viz_json_number(out, a->num);
    }
}

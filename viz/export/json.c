/* json.c -- values as JSON text */
#include "json.h"

#include <inttypes.h>
#include <math.h>

#include <nabla/format.h>

void nb_viz_json_string(NbBuf *out, const char *text)
{
    nb_viz_buf_text(out, "\"");
    while (*text) {
        size_t n = nb_utf8(text);
        unsigned char c = (unsigned char)*text;
        if (n == 0) {
            nb_viz_buf_text(out, "\xef\xbf\xbd");
            n = 1;
        } else if (c == '"' || c == '\\') {
            nb_viz_buf_printf(out, "\\%c", c);
        } else if (c < ' ' || c == 0x7f || c == '<' || c == '>' || c == '&') {
            nb_viz_buf_printf(out, "\\u%04x", c);
        } else {
            nb_viz_buf_add(out, text, n);
        }
        text += n;
    }
    nb_viz_buf_text(out, "\"");
}

void nb_viz_json_number(NbBuf *out, double x)
{
    char text[40];
    if (isnan(x)) {
        nb_viz_buf_text(out, "\"NaN\"");
    } else if (isinf(x)) {
        nb_viz_buf_text(out, x > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    } else {
        nb_viz_buf_text(out, nb_format_number(x, NB_DIGITS_FULL, text, sizeof text));
    }
}

void nb_viz_json_shape(NbBuf *out, const NbShape *s)
{
    nb_viz_buf_text(out, "[");
    for (int i = 0; i < s->rank; i++) {
        nb_viz_buf_printf(out, "%s%" PRId64, i ? ", " : "", s->dim[i]);
    }
    nb_viz_buf_text(out, "]");
}

static void brackets(NbBuf *out, const char *bracket, int n)
{
    while (n-- > 0) {
        nb_viz_buf_text(out, bracket);
    }
}

/* Lists of the axes before one that is 0: (2, 0) is [[], []]. */
static void empty(NbBuf *out, const NbShape *s)
{
    int64_t lists = 1;
    int depth = 0;
    while (depth < s->rank && s->dim[depth] != 0) {
        lists *= s->dim[depth++];
    }
    if (depth != 1 || lists > 64) { /* rare: the shape beside it says the rest */
        nb_viz_buf_text(out, "[]");
        return;
    }
    nb_viz_buf_text(out, "[");
    for (int64_t i = 0; i < lists; i++) {
        nb_viz_buf_text(out, i ? ", []" : "[]");
    }
    nb_viz_buf_text(out, "]");
}

void nb_viz_json_tensor(NbBuf *out, const NbTensor *t, int64_t most)
{
    if (t->size > most) {
        nb_viz_buf_text(out, "null");
    } else if (t->size == 0) {
        empty(out, &t->shape);
    } else {
        for (int64_t i = 0; i < t->size; i++) {
            nb_viz_buf_text(out, i ? ", " : "");
            brackets(out, "[", nb_shape_edges(&t->shape, i));
            nb_viz_json_number(out, nb_tensor_at(t, i));
            brackets(out, "]", nb_shape_edges(&t->shape, i + 1));
        }
    }
}

void nb_viz_json_amount(NbBuf *out, const NbAmount *a, int64_t most)
{
    if (a->tensor) {
        nb_viz_json_tensor(out, a->tensor, most);
    } else {
        nb_viz_json_number(out, a->num);
    }
}

/* strings.c -- string interpolation with printf-style formats, source excerpts */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "lang/internal.h"

#define FORMAT_WIDTH 300

const char *interp_text_why(bool too_long)
{
    return too_long ? "the string gets too long" : "out of memory for a string";
}

bool interp_fail_text(Interp *I, const Node *at, const char *what, bool too_long)
{
    return nb_ctx_interrupted(I->ctx)
               ? interp_fail(I, at, NB_EINTERRUPT, "interrupted")
               : interp_fail(I, at, NB_EMEM, "%s%s", what, interp_text_why(too_long));
}

/* --- formats --- */

bool interp_text_ok(const char *f)
{
    f += strspn(f, "-+ #0");
    size_t width = strspn(f, "0123456789");
    if (width > 3 || (width > 0 && strtol(f, NULL, 10) > FORMAT_WIDTH)) {
        return false;
    }
    f += width;
    if (*f == '.') {
        size_t digits = strspn(f + 1, "0123456789");
        if (digits > 3 || (digits > 0 && strtol(f + 1, NULL, 10) > FORMAT_WIDTH)) {
            return false;
        }
        f += 1 + digits;
    }
    return *f != '\0' && strchr("defgs", *f) && f[1] == '\0';
}

/* The library writes the decimal mark of the locale; ours is always a point. */
static void point(char *s)
{
    const char *mark = localeconv()->decimal_point;
    char *at = mark[0] && strcmp(mark, ".") != 0 ? strstr(s, mark) : NULL;
    if (at) {
        size_t len = strlen(mark);
        *at = '.';
        memmove(at + 1, at + len, strlen(at + len) + 1);
    }
}

static bool formatted_number(Interp *I, const Node *at, Text *t, double x, const char *format)
{
    char spec[32], buf[FORMAT_WIDTH * 2 + 400];
    size_t n = strlen(format);
    char kind = format[n - 1];
    x = x == 0 ? 0 : x; /* no -0 */
    if (kind == 'd') {
        if (!(fabs(x) < 9e18) || x != floor(x)) {
            interp_fail(I, at, NB_EVALUE, "the format %s wants a whole number, not %s", format,
                        nb_format_number(x, 6, buf, sizeof buf));
            return interp_hint(I, "{x:.0f} rounds");
        }
        snprintf(spec, sizeof spec, "%%%.*slld", (int)(n - 1), format);
        snprintf(buf, sizeof buf, spec, (long long)x);
    } else {
        snprintf(spec, sizeof spec, "%%%s", format);
        snprintf(buf, sizeof buf, spec, x);
        point(buf);
    }
    text_add(t, buf);
    return true;
}

static bool formatted_tensor(Interp *I, const Node *at, Text *t, const NbTensor *x, int axis,
                             int64_t *pos, const char *format)
{
    if (axis == x->shape.rank) {
        return formatted_number(I, at, t, nb_tensor_at(x, (*pos)++), format);
    }
    text_add(t, "[");
    for (int64_t i = 0; i < x->shape.dim[axis] && !t->failed; i++) {
        text_add(t, i > 0 ? ", " : "");
        if (!formatted_tensor(I, at, t, x, axis + 1, pos, format)) {
            return false;
        }
    }
    text_add(t, "]");
    return true;
}

static bool formatted_text(Interp *I, Text *t, Value v, const char *format)
{
    Text s = text_for_string();
    interp_print(I, &s, v, (ValueStyle){.digits = I->digits});
    text_addn(&s, "", 0);
    char spec[32];
    snprintf(spec, sizeof spec, "%%%s", format);
    int need = s.failed ? -1 : snprintf(NULL, 0, spec, s.s);
    char *buf = need >= 0 ? malloc((size_t)need + 1) : NULL;
    if (buf) {
        snprintf(buf, (size_t)need + 1, spec, s.s);
        text_add(t, buf);
    } else {
        text_lose(t);
    }
    free(buf);
    text_free(&s);
    return true;
}

static bool formatted(Interp *I, const Node *at, Text *t, Value v, const char *format)
{
    NbTensor tmp;
    if (format[strlen(format) - 1] == 's') {
        return formatted_text(I, t, v, format);
    }
    if (value_is_number(v)) {
        return formatted_number(I, at, t, value_number(v), format);
    }
    if (v.tag == V_VAR) {
        int64_t pos = 0;
        return formatted_tensor(I, at, t, nb_var_data(v.var, &tmp), 0, &pos, format);
    }
    if (v.tag == V_NONE) {
        text_add(t, "none");
        return true;
    }
    if (v.tag == V_LIST) {
        text_add(t, "[");
        for (int i = 0; i < v.list->n && !t->failed; i++) {
            text_add(t, i > 0 ? ", " : "");
            if (!formatted(I, at, t, v.list->item[i], format)) {
                return false;
            }
        }
        text_add(t, "]");
        return true;
    }
    return interp_fail(I, at, NB_ETYPE, "the format %s wants a number, not %s", format,
                       value_kind(v));
}

Value interp_value_format(Interp *I, const Node *n)
{
    Text t = text_for_string();
    bool ok = true;
    for (int i = 0; i < n->n && ok; i++) {
        const Node *k = n->kid[i];
        if (k->kind == N_STR) {
            text_addn(&t, k->str->text, k->str->len);
            continue;
        }
        Value v = interp_value(I, k->a);
        ok = v.tag != V_UNSET;
        if (ok && k->str) {
            ok = formatted(I, k->a, &t, v, k->str->text);
        } else if (ok) {
            interp_print(I, &t, v, (ValueStyle){.digits = I->digits});
        }
        unref(&v);
    }
    Value r = ok && !t.failed ? value_strn(text_str(&t), t.len) : UNSET;
    if (ok && r.tag == V_UNSET) {
        interp_fail_text(I, n, "", t.too_long);
    }
    text_free(&t);
    return r;
}

/* --- source --- */

/* Copies source on one line: blanks, newlines and comments become one space. */
const char *interp_text(Interp *I, const Node *expr, char *buf, size_t cap)
{
    const Program *p = I->program;
    size_t len = 0;
    if (cap == 0) {
        return buf;
    }
    buf[0] = '\0';
    if (!p || !expr || expr->end > p->len) {
        return buf;
    }
    bool gap = false, cut = false;
    char quote = '\0';
    for (uint32_t i = expr->start; i < expr->end; i++) {
        char c = p->text[i];
        if (!quote && c == '#') {
            while (i + 1 < expr->end && p->text[i + 1] != '\n') {
                i++;
            }
            gap = true;
            continue;
        }
        if (!quote && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            gap = true;
            continue;
        }
        if ((c == '"' || c == '\'') && (!quote || quote == c)) {
            quote = quote ? '\0' : c;
        }
        if (len + 8 > cap) {
            cut = true;
            break;
        }
        if (gap && len > 0) {
            buf[len++] = ' ';
        }
        gap = false;
        buf[len++] = c == '\n' ? ' ' : c;
    }
    while (cut && len > 0 && ((unsigned char)buf[len - 1] & 0x80)) {
        len--; /* do not end inside a character */
    }
    buf[len] = '\0';
    if (cut && len + 4 < cap) {
        strcpy(buf + len, I->ascii ? "..." : "…");
    }
    return buf;
}

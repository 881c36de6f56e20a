/* print.c -- values as text: what print and strings take whole, and what is shown of them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/internal.h"
#include "text/style.h"

#define FEW_ITEMS 12 /* of a list that is shown and does not fit */
#define SHOWN_DEPTH 8

const char *interp_escape(char c, char *buf)
{
    switch (c) {
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '{': return "{{";
    case '}': return "}}";
    default:
        buf[0] = c;
        buf[1] = '\0';
        return buf;
    }
}

/* As it can be typed; what is shown names control characters, and obeys none. */
static void put_string(Text *t, const Str *s, bool shown)
{
    char same[2], visible[8];
    text_add(t, "\"");
    for (size_t i = 0; i < s->len; i++) {
        const char *written = interp_escape(s->text[i], same);
        if (shown && written == same) {
            i += nb_text_visible(&s->text[i], visible) - 1;
            written = visible;
        }
        text_add(t, written);
    }
    text_add(t, "\"");
}

static const NbShape *shape_of(Value v)
{
    static const NbShape scalar;
    return value_is_number(v) ? &scalar : v.tag == V_VAR ? nb_var_shape(v.var) : NULL;
}

bool interp_list_named(const List *l)
{
    bool differ = false;
    for (int i = 0; i < l->n; i++) {
        const NbShape *a = shape_of(l->item[0]), *b = shape_of(l->item[i]);
        if (!a || !b) {
            return false;
        }
        differ = differ || !nb_shape_equal(a, b);
    }
    return differ;
}

static NbTextStyle numbers(const Interp *I, int digits)
{
    return (NbTextStyle){.digits = digits, .unicode = !I->ascii};
}

static void put_range(Text *t, const Range *r, NbTextStyle style)
{
    nb_text_number(style, t, r->start);
    text_add(t, ":");
    nb_text_number(style, t, r->stop);
    if (r->step != 1) {
        text_add(t, ":");
        nb_text_number(style, t, r->step);
    }
}

static void put_value(Interp *I, Text *t, Value v, ValueStyle style, int depth);

static void put_list(Interp *I, Text *t, const List *l, ValueStyle style, int depth)
{
    const char *dots = I->ascii ? "..." : "…";
    const int width = style.digits == NB_DIGITS_FULL ? 0 : style.width;
    const bool named = interp_list_named(l);
    if (style.shown && depth == SHOWN_DEPTH) {
        text_printf(t, "[%s]", dots);
        return;
    }
    text_add(t, named ? "list(" : "[");
    style.quoted = true;
    style.width = width / 2;
    for (int i = 0; i < l->n && !t->failed; i++) {
        if (!style.shown && nb_ctx_interrupted(I->ctx)) { /* [x, x] of [x, x] … gets long */
            text_lose(t);
        }
        text_add(t, i > 0 ? ", " : "");
        if (width > 0 && (i >= FEW_ITEMS || text_columns(t) > width - 12) && i < l->n - 1) {
            text_printf(t, "%s%s  %d items", dots, named ? ")" : "]", l->n);
            return;
        }
        put_value(I, t, l->item[i], style, depth + 1);
    }
    text_add(t, named ? ")" : "]");
}

static void put_object(Interp *I, Text *t, const Obj *o)
{
    char buf[512] = "";
    if (o->cls->describe && !o->cls->describe(I, o, buf, sizeof buf)) {
        text_lose(t);
    }
    text_add(t, buf[0] ? buf : o->cls->name);
}

static void put_value(Interp *I, Text *t, Value v, ValueStyle style, int depth)
{
    char buf[512];
    NbTensor tmp;
    switch (v.tag) {
    case V_UNSET:
    case V_NONE: text_add(t, "none"); break;
    case V_NUM:
    case V_CONST: nb_text_number(numbers(I, style.digits), t, v.num); break;
    case V_VAR:
        if (nb_var_is_scalar(v.var)) {
            nb_text_number(numbers(I, style.digits), t, nb_var_value(v.var));
        } else {
            nb_text_tensor(numbers(I, style.digits), t, nb_var_data(v.var, &tmp), style.width);
        }
        break;
    case V_STR:
        if (style.quoted) {
            put_string(t, v.str, style.shown);
        } else {
            text_addn(t, v.str->text, v.str->len);
        }
        break;
    case V_LIST: put_list(I, t, v.list, style, depth); break;
    case V_RANGE: put_range(t, v.range, numbers(I, style.digits)); break;
    case V_FUNC: text_add(t, func_signature(v.func, buf, sizeof buf)); break;
    case V_OBJ: put_object(I, t, v.obj); break;
    }
}

void interp_print(Interp *I, Text *t, Value v, ValueStyle style)
{
    put_value(I, t, v, style, 0);
}

char *interp_value_text(Interp *I, Value v, int digits)
{
    Text t = text_for_string();
    interp_print(I, &t, v, (ValueStyle){.digits = digits, .quoted = true});
    text_addn(&t, "", 0);
    if (t.failed) {
        text_free(&t);
        return NULL;
    }
    return t.s;
}

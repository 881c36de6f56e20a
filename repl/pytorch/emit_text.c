/* emit_text.c -- strings, what is put into them, print */
#include "pytorch/internal.h"

/* --- strings --- */

static void escaped(Text *t, const char *s, size_t len, bool braces)
{
    for (size_t i = 0; i < len; i++) {
        switch (s[i]) {
        case '\n': text_add(t, "\\n"); break;
        case '\t': text_add(t, "\\t"); break;
        case '\r': text_add(t, "\\r"); break;
        case '"': text_add(t, "\\\""); break;
        case '\\': text_add(t, "\\\\"); break;
        case '{': text_add(t, braces ? "{{" : "{"); break;
        case '}': text_add(t, braces ? "}}" : "}"); break;
        default: text_addn(t, s + i, 1);
        }
    }
}

const char *emit_quoted(Trans *T, const char *s, size_t len)
{
    Text t = text_in(&T->lost);
    text_add(&t, "\"");
    escaped(&t, s, len, false);
    text_add(&t, "\"");
    const char *q = tr_fmt(T, "%s", text_str(&t));
    text_free(&t);
    return q;
}

/* A printf-style format: "-12.3g". */
typedef struct Spec {
    bool left, sign, zero;
    int width, digits; /* -1: not given */
    char type;
} Spec;

static Spec spec_of(const char *s)
{
    Spec f = {.width = -1, .digits = -1};
    for (; s && *s && strchr("-+0 ", *s); s++) {
        f.left = f.left || *s == '-';
        f.sign = f.sign || *s == '+';
        f.zero = f.zero || *s == '0';
    }
    if (s && *s >= '0' && *s <= '9') {
        f.width = (int)strtol(s, (char **)(uintptr_t)&s, 10);
    }
    if (s && *s == '.') {
        f.digits = (int)strtol(s + 1, (char **)(uintptr_t)&s, 10);
    }
    f.type = s && *s ? *s : '\0';
    return f;
}

static const char *width_of(Trans *T, const Spec *f, bool text)
{
    if (f->width < 0) {
        return f->sign ? "+" : "";
    }
    return tr_fmt(T, "%s%s%s%d",
                  f->left ? "<"
                  : text  ? ">"
                          : "",
                  f->sign ? "+" : "", f->zero && !text ? "0" : "", f->width);
}

/* Braces and quotes of Python around an expression inside an f-string. */
static const char *braces(Trans *T, const char *expr, const char *format)
{
    Text t = text_in(&T->lost);
    for (const char *s = expr; *s; s++) { /* an f-string of 3.11 has no such quotes inside */
        text_addn(&t, *s == '"' ? "'" : s, 1);
    }
    const char *inside = tr_fmt(T, "%s", text_str(&t));
    text_free(&t);
    return tr_fmt(T, *format ? "{%s:%s}" : "{%s}", inside, format);
}

static const char *number_format(Trans *T, const Spec *f, unsigned k)
{
    const char *w = width_of(T, f, false);
    int digits = T->o->digits;
    if (f->type == 'd') {
        return tr_fmt(T, k & (K_FLOAT | K_TF) ? "%s.0f" : "%sd", w);
    }
    if (f->type && f->type != 's') {
        return f->digits >= 0 ? tr_fmt(T, "%s.%d%c", w, f->digits, f->type)
                              : tr_fmt(T, "%s%c", w, f->type);
    }
    if (!(k & ~(unsigned)K_INT)) {
        return w;
    }
    return k == K_BOOL ? tr_fmt(T, "%sd", w)
                       : tr_fmt(T, "%s.%dg", w, f->digits > 0 ? f->digits : digits);
}

/* Before Python 3.12 an f-string has no strings inside that need its own quotes or a backslash. */
static bool nests(const char *expr)
{
    return strchr(expr, '\\') || strstr(expr, "f\"") || strchr(expr, '\'');
}

static void pieces(Trans *T, Text *t, const Node *n);

/* "a" + b and str(x) where they are put into a text anyway: the pieces; NULL: something else. */
static const char *inlined(Trans *T, const Node *n)
{
    Text t = text_in(&T->lost);
    bool joins = n->kind == N_BINARY || n->kind == N_CHAIN, found = true;
    const char *name = n->kind == N_CALL ? tr_callee(T, n) : NULL;
    for (int i = 1; n->kind == N_CHAIN && i < n->n; i++) {
        joins = joins && n->chain[i].op->symbol && n->chain[i].op->symbol[0] == '+';
    }
    joins = joins && (n->kind == N_CHAIN || (n->op->symbol && n->op->symbol[0] == '+'));
    if (n->kind == N_STR) {
        escaped(&t, n->str->text, n->str->len, true);
    } else if (n->kind == N_FORMAT) {
        pieces(T, &t, n);
    } else if (joins && kinds_of(T, n) == K_STR) {
        for (int i = 0; i < (n->kind == N_CHAIN ? n->n : 2); i++) {
            const Node *one = n->kind == N_CHAIN ? n->kid[i] : i ? n->b : n->a;
            text_add(&t, emit_shown(T, one, NULL));
        }
    } else if (name && strcmp(name, "str") == 0 && n->n == 1 && val_of(T, n->call->callee)->word) {
        text_add(&t, emit_shown(T, n->kid[0], NULL));
    } else {
        found = false;
    }
    const char *s = found ? tr_fmt(T, "%s", text_str(&t)) : NULL;
    text_free(&t);
    return s;
}

const char *emit_shown(Trans *T, const Node *n, const char *format)
{
    const char *inside = format && *format ? NULL : inlined(T, n);
    if (inside) {
        return inside;
    }
    if (nests(emit_text(T, n))) {
        tr_fail(T, n, "a string inside a string has no counterpart in PyTorch");
        tr_hint(T, "give it a name first");
    }
    const Val *v = val_of(T, n);
    const char *text = emit_whole(T, n, emit_text(T, n));
    Spec f = spec_of(format);
    unsigned k = v->kinds;
    bool scalar = !(k & K_TENSOR) || v->rank == 0;
    if (!(k & ~(unsigned)(K_NUMBER | K_TENSOR)) && scalar) {
        return braces(T, text, number_format(T, &f, k));
    }
    if (k == K_STR) {
        return braces(T, emit_text(T, n), width_of(T, &f, true));
    }
    if (k == K_NONE) {
        return braces(T, f.width < 0 ? emit_text(T, n) : tr_fmt(T, "str(%s)", emit_text(T, n)),
                      width_of(T, &f, true));
    }
    bool many = !scalar || k & K_LIST;
    if (f.type && f.type != 's' && many) {
        return braces(T, tr_fmt(T, "text(%s, \"%s\")", emit_text(T, n), number_format(T, &f, K_TF)),
                      "");
    }
    if (f.type && f.type != 's') {
        return braces(T, emit_text(T, n), number_format(T, &f, k));
    }
    if (!(k & ~(unsigned)K_TENSOR) && v->rank > 0 && f.width < 0) {
        T->shows = true;
        return braces(
            T, v->from ? tr_fmt(T, "%s.detach()", emit_at(T, n, NB_PY_ATOM)) : emit_text(T, n), "");
    }
    return braces(T, tr_fmt(T, "text(%s)", emit_text(T, n)), width_of(T, &f, true));
}

static void pieces(Trans *T, Text *t, const Node *n)
{
    for (int i = 0; i < n->n; i++) {
        const Node *p = n->kid[i];
        if (p->kind == N_STR) {
            escaped(t, p->str->text, p->str->len, true);
        } else {
            text_add(t, emit_shown(T, p->a, p->str ? p->str->text : NULL));
        }
    }
}

/* Pieces as a string of Python: an f-string only where one is put in. */
static const char *python_string(Trans *T, const char *pieces)
{
    Text t = text_in(&T->lost);
    for (const char *s = pieces; *s; s++) {
        const bool brace = *s == '{' || *s == '}';
        if (brace && s[1] != *s) {
            text_free(&t);
            return tr_fmt(T, "f\"%s\"", pieces);
        }
        text_addn(&t, s, 1);
        s += brace;
    }
    const char *plain = tr_fmt(T, "\"%s\"", text_str(&t));
    text_free(&t);
    return plain;
}

Py emit_string(Trans *T, const Node *n)
{
    if (n->kind == N_STR) {
        return py(emit_quoted(T, n->str->text, n->str->len), NB_PY_ATOM);
    }
    Text t = text_in(&T->lost);
    pieces(T, &t, n);
    Py x = py(python_string(T, text_str(&t)), NB_PY_ATOM);
    text_free(&t);
    return x;
}

/* --- print --- */

bool emit_print(Trans *T, const Node *n)
{
    Text t = text_in(&T->lost);
    const Node *only = n->call->npos == 1 ? n->kid[0] : NULL;
    const Val *v = only ? val_of(T, only) : NULL;
    if (v) {
        emit_whole(T, only, "");
    }
    if (v && !(v->kinds & ~(unsigned)K_TENSOR) && v->rank > 0) {
        T->shows = true;
        emit_line(T, v->from ? "print(%s.detach())" : "print(%s)",
                  v->from ? emit_at(T, only, NB_PY_ATOM) : emit_text(T, only));
        return true;
    }
    const bool joined = only && (only->kind == N_BINARY || only->kind == N_CHAIN);
    if (v && !joined && (v->kinds == K_STR || v->kinds == K_NONE)) {
        emit_line(T, "print(%s)", emit_text(T, only));
        return true;
    }
    for (int i = 0; i < n->call->npos; i++) {
        const Node *x = n->kid[i];
        text_add(&t, i ? " " : "");
        text_add(&t, emit_shown(T, x, NULL));
    }
    if (n->call->npos == 0) {
        emit_line(T, "print()");
    } else {
        emit_line(T, "print(%s)", python_string(T, text_str(&t)));
    }
    text_free(&t);
    return true;
}

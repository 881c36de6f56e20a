/* torch.c -- forms of PyTorch: of operations, optimizers, layers, filled in */
#include <string.h>

#include "text/torch.h"

typedef struct Form {
    const char *s, *end;
    NbTorchArg arg;
    void *user;
    Text *out;
    bool strict; /* one of several forms: what it needs must be given */
    int prec;
} Form;

/* Precedence of the operator at s (behind a blank), or -1. */
static int operator_at(const char *s, const char *end)
{
    if (s + 1 < end && s[0] == '*' && s[1] == '*') {
        return NB_PY_POW;
    }
    if (s >= end) {
        return -1;
    }
    switch (*s) {
    case '+':
    case '-': return NB_PY_ADD;
    case '*':
    case '/':
    case '%':
    case '@': return NB_PY_MUL;
    case '&':
    case '|': return NB_PY_BITS;
    case '=':
    case '!':
    case '<':
    case '>': return NB_PY_COMPARE;
    default: return -1;
    }
}

/* What must bind at least so tightly between `from` and `to`. */
static int needed(const Form *f, const char *from, const char *to)
{
    int need = NB_PY_TUPLE;
    if (to < f->end && (*to == '.' || *to == '[')) {
        return NB_PY_ATOM;
    }
    if (to + 1 < f->end && *to == ' ') {
        int right = operator_at(to + 1, f->end);
        need = right == NB_PY_POW || right == NB_PY_COMPARE ? right + 1 : right > 0 ? right : need;
    }
    if (from > f->s && (from[-1] == '-' || from[-1] == '~')) {
        need = need < NB_PY_NEG ? NB_PY_NEG : need;
    }
    if (from > f->s + 1 && from[-1] == ' ') {
        const char *op = from - 2;
        while (op > f->s && op[-1] != ' ' && op[-1] != '}') {
            op--;
        }
        int left = operator_at(op, f->end);
        left = left == NB_PY_POW ? NB_PY_NEG : left >= 0 ? left + 1 : left;
        need = left > need ? left : need;
    }
    return need;
}

/* {name} or {name:want} at s; s is put behind it. NULL: not given. */
static const char *placeholder(const Form *f, const char **s, bool must)
{
    char name[32];
    const char *from = *s, *p = from + 1;
    size_t n = 0;
    while (p < f->end && *p != '}' && *p != ':' && n + 1 < sizeof name) {
        name[n++] = *p++;
    }
    name[n] = '\0';
    char want = *p == ':' ? p[1] : '\0';
    while (p < f->end && *p != '}') {
        p++;
    }
    *s = p + 1;
    if (n > 0 && name[n - 1] == '?') {
        name[n - 1] = '\0';
        return f->arg(f->user, name, '?', NB_PY_ATOM, false) ? "" : NULL;
    }
    return f->arg(f->user, name, want, needed(f, from, *s), must);
}

static bool opens(const Form *f, const char *s)
{
    return *s == '<' && s + 1 < f->end && s[1] != ' ' && s[1] != '=';
}

/* A part in < >: put in whole when what it names is given. */
static const char *optional(Form *f, const char *s)
{
    size_t before = f->out->len;
    bool given = false;
    for (s++; s < f->end && *s != '>';) {
        if (*s == '{') {
            const char *from = s, *text = placeholder(f, &s, false);
            given = given || text;
            if (!text) {
                const char *again = from;
                text = placeholder(f, &again, true);
            }
            text_add(f->out, text ? text : "");
        } else {
            text_addn(f->out, s++, 1);
        }
    }
    if (!given) {
        text_cut(f->out, before);
    }
    return s + 1;
}

/* A comma that an option left at the beginning of a list goes. */
static void tidy(Form *f, size_t from)
{
    char *s = f->out->s ? f->out->s + from : NULL;
    for (char *at = s ? strstr(s, "(, ") : NULL; at; at = strstr(at + 1, "(, ")) {
        size_t rest = strlen(at + 3);
        memmove(at + 1, at + 3, rest + 1);
        text_cut(f->out, f->out->len - 2);
    }
}

static bool fill(Form *f)
{
    size_t before = f->out->len;
    int depth = 0;
    f->prec = NB_PY_ATOM;
    for (const char *s = f->s; s < f->end;) {
        if (*s == '{') {
            const char *text = placeholder(f, &s, !f->strict);
            if (!text) {
                text_cut(f->out, before);
                return false;
            }
            text_add(f->out, text);
            continue;
        }
        if (opens(f, s)) {
            s = optional(f, s);
            continue;
        }
        depth += (*s == '(') - (*s == ')');
        if (depth == 0 && ((*s == ' ' && s > f->s) || (s == f->s && (*s == '-' || *s == '~')))) {
            int op = *s == ' ' ? operator_at(s + 1, f->end) : NB_PY_NEG;
            f->prec = op >= 0 && op < f->prec ? op : f->prec;
        }
        text_addn(f->out, s++, 1);
    }
    tidy(f, before);
    return true;
}

/* Where the form at s ends: at its end, or at | without blanks around it. */
static const char *end_of(const char *s)
{
    const char *p = s;
    while (*p && !(*p == '|' && p > s && p[-1] != ' ')) {
        p++;
    }
    return p;
}

bool nb_torch_form(const char *form, NbTorchArg arg, void *user, Text *out, int *prec)
{
    for (const char *s = form; s;) {
        const char *end = end_of(s);
        bool last = *end == '\0';
        Form f = {.s = s, .end = end, .arg = arg, .user = user, .out = out, .strict = !last};
        if (fill(&f)) {
            *prec = f.prec;
            return true;
        }
        s = last ? NULL : end + 1;
    }
    return false;
}

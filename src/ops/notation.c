/* notation.c -- operations and their derivatives as text: formulas the language reads, and LaTeX */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "base/out.h"
#include "ops/ops.h"

#define ATOM 10 /* precedence of names, numbers, calls, brackets */
#define POWER 9
#define UNARY 8
#define TIMES 7
#define PLUS 6
#define COMPARE 4

static void put_integer(NbOut *o, int64_t x)
{
    char buf[32];
    snprintf(buf, sizeof buf, "%" PRId64, x);
    nb_put(o, buf);
}

/* --- how tightly a text holds together --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The sign of 1e-5 belongs to the number. */
static bool exponent_sign(const char *text, const char *at)
{
    return at - text >= 2 && (at[-1] == 'e' || at[-1] == 'E') && is_digit(at[1]) &&
           (is_digit(at[-2]) || at[-2] == '.');
}

/* Precedence of the operator at `at`, which is outside brackets; ATOM when there is none. */
static int operator_at(const char *text, const char *at)
{
    const bool first = at == text;
    switch (*at) {
    case '+':
    case '-':
        if (exponent_sign(text, at)) {
            return ATOM;
        }
        return first ? UNARY : at[-1] == '^' ? ATOM : PLUS;
    case '*': return at[1] == '*' || (!first && at[-1] == '*') ? POWER : TIMES;
    case '/':
    case '%':
    case '@': return TIMES;
    case '^': return POWER;
    case '<':
    case '>':
    case '=':
    case '!': return COMPARE;
    case '\xc2': return at[1] == '\xb7' ? TIMES : ATOM;
    case '\\': return starts(at, "\\cdot") ? TIMES : ATOM;
    case ' ': return starts(at, " and ") ? 2 : starts(at, " or ") ? 1 : ATOM;
    case 'n': return first && starts(at, "not ") ? 3 : ATOM;
    default: return ATOM;
    }
}

/* LaTeX: two things side by side are a product. */
static bool side_by_side(const char *text, const char *at)
{
    return *at == ' ' && at > text && (is_word(at[-1]) || at[-1] == '}' || at[-1] == ')') &&
           (is_word(at[1]) || at[1] == '\\') && !starts(at, " \\cdot") && !starts(at, " \\right");
}

static int precedence_of(const char *text, bool latex)
{
    int loosest = ATOM;
    int depth = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr("([{", *at) != NULL) {
            depth++;
        } else if (strchr(")]}", *at) != NULL) {
            depth--;
        } else if (depth == 0) {
            int p = operator_at(text, at);
            p = latex && side_by_side(text, at) && p > TIMES ? TIMES : p;
            loosest = p < loosest ? p : loosest;
        }
    }
    return loosest;
}

/* Whether operand i wants parentheses beside an operator of precedence p. */
static bool wants_parens(const char *text, int i, int p, bool latex)
{
    const int own = precedence_of(text, latex);
    if (p == POWER) {
        return i == 0 ? own <= POWER : own < UNARY;
    }
    if (p == UNARY || p == ATOM) {
        return own <= UNARY || own < p;
    }
    return i == 0 ? own < p : own <= p || own == UNARY;
}

static void put_operand(NbOut *o, const char *text, bool parens, bool latex)
{
    if (parens) {
        nb_put(o, latex ? "\\left(" : "(");
    }
    nb_put(o, text);
    if (parens) {
        nb_put(o, latex ? "\\right)" : ")");
    }
}

/* --- templates --- */

typedef struct Names {
    const char *const *operand;
    int n;
    const char *y;
    int precedence; /* of the operator in the template; ATOM: unknown, be careful */
    bool latex;
} Names;

static const char *name_of(const Names *w, char key)
{
    if (key == 'y') {
        return w->y;
    }
    return key >= 'a' && key <= 'c' && key - 'a' < w->n ? w->operand[key - 'a'] : NULL;
}

static void put_all(NbOut *o, const Names *w)
{
    for (int i = 0; i < w->n; i++) {
        nb_put(o, i > 0 ? ", " : "");
        nb_put(o, w->operand[i]);
    }
}

/* Nothing to separate: alone, or between brackets. */
static bool enclosed(const char *all, const char *from, const char *after)
{
    const bool open = from == all || strchr("({[,", from[-1]) != NULL;
    const bool closed = *after == '\0' || strchr(")}],", *after) != NULL ||
                        starts(after, "\\right");
    return open && closed;
}

static void expand(NbOut *o, const char *template, const Names *w)
{
    for (const char *at = template; *at != '\0'; at++) {
        if (starts(at, "{*}")) {
            put_all(o, w);
            at += 2;
            continue;
        }
        const char *name = *at == '{' && at[1] != '\0' && at[2] == '}' ? name_of(w, at[1]) : NULL;
        if (name == NULL) {
            nb_put_bytes(o, at, 1);
            continue;
        }
        const bool free = enclosed(template, at, at + 3);
        put_operand(o, name, !free && wants_parens(name, at[1] == 'b', w->precedence, w->latex),
                    w->latex);
        at += 2;
    }
}

/* --- options --- */

static void put_sizes(NbOut *o, const int64_t *size, int n)
{
    nb_put(o, "[");
    for (int i = 0; i < n; i++) {
        nb_put(o, i > 0 ? ", " : "");
        put_integer(o, size[i]);
    }
    nb_put(o, "]");
}

static void put_index_item(NbOut *o, const NbIndex *x)
{
    if (x->kind == NB_AT) {
        put_integer(o, x->start);
    } else if (x->kind == NB_LIST) {
        nb_put(o, "[");
        for (int64_t i = 0; i < x->nlist && i < 6; i++) {
            nb_put(o, i > 0 ? ", " : "");
            put_integer(o, x->list[i]);
        }
        nb_put(o, x->nlist > 6 ? ", …]" : "]");
    } else {
        if (x->has_start) {
            put_integer(o, x->start);
        }
        nb_put(o, ":");
        if (x->has_stop) {
            put_integer(o, x->stop);
        }
        if (x->step != 1) {
            nb_put(o, ":");
            put_integer(o, x->step);
        }
    }
}

static void put_index(NbOut *o, const NbAttrs *a)
{
    for (int i = 0; a != NULL && i < a->nindex; i++) {
        nb_put(o, i > 0 ? ", " : "");
        put_index_item(o, &a->index[i]);
    }
}

static bool is_number(const NbParam *p)
{
    return (p->kind == NB_P_NUM || p->kind == NB_P_INT || p->kind == NB_P_BOOL) &&
           strcmp(p->name, "keepdims") != 0;
}

/* The value of number option k says no more than its fallback. */
static bool is_fallback(const NbOp *op, int k, double v)
{
    NbAttrs usual;
    nb_attrs_init(&usual);
    nb_op_defaults(op, &usual);
    return v == usual.num[k] || (isnan(v) && isnan(usual.num[k]));
}

static bool same_axes(const NbParam *p, const NbAttrs *a)
{
    if (p->fallback == NULL || strcmp(p->fallback, "none") == 0) {
        return a->naxes < 0;
    }
    return a->naxes < 0 || (a->naxes == 1 && a->axes[0] == strtoll(p->fallback, NULL, 10));
}

static void put_key(NbOut *o, const NbParam *p, bool *first)
{
    nb_put(o, *first ? "" : ", ");
    *first = false;
    if (p->fallback != NULL) {
        nb_put(o, p->name);
        nb_put(o, "=");
    }
}

/* Option p, whose number option index is k, unless it is left at its fallback. */
static void put_option(NbOut *o, const NbOp *op, const NbParam *p, int k, const NbAttrs *a,
                       bool *first)
{
    if (is_number(p)) {
        if (k < 4 && (p->fallback == NULL || !is_fallback(op, k, a->num[k]))) {
            put_key(o, p, first);
            if (p->kind == NB_P_BOOL) {
                nb_put(o, a->num[k] != 0 ? "true" : "false");
            } else {
                nb_put_number(o, a->num[k], NB_DIGITS_FULL);
            }
        }
    } else if (p->kind == NB_P_BOOL && a->keepdims) {
        put_key(o, p, first);
        nb_put(o, "true");
    } else if (p->kind == NB_P_AXES && !same_axes(p, a)) {
        put_key(o, p, first);
        if (a->naxes == 1) {
            put_integer(o, a->axes[0]);
        } else {
            put_sizes(o, a->axes, a->naxes);
        }
    } else if (p->kind == NB_P_SHAPE && a->has_shape) {
        nb_put(o, *first ? "" : ", ");
        *first = false;
        put_sizes(o, a->shape.dim, a->shape.rank);
    }
}

static void put_arguments(NbOut *o, const NbOp *op, const Names *w, const NbAttrs *a)
{
    bool first = true;
    int operand = 0;
    int k = 0;
    for (int i = 0; i < op->nparams; i++) {
        const NbParam *p = &op->params[i];
        if (p->kind == NB_P_VARS) {
            nb_put(o, "[");
            put_all(o, w);
            nb_put(o, "]");
            first = false;
        } else if (p->kind == NB_P_VAR) {
            if (operand < w->n) {
                nb_put(o, first ? "" : ", ");
                nb_put(o, w->operand[operand++]);
                first = false;
            }
        } else if (a != NULL) {
            put_option(o, op, p, k, a, &first);
        }
        k += is_number(p) ? 1 : 0;
    }
}

/* --- operations --- */

static bool is_reversal(const NbOp *op, const NbAttrs *a)
{
    return op == &nb_op_transpose && (a == NULL || a->naxes < 0);
}

size_t nb_op_text(const NbOp *op, const char *const names[], int n, const NbAttrs *a, char *buf,
                  size_t cap)
{
    NbOut o = {buf, cap, 0};
    if (op == NULL || (names == NULL && n > 0)) {
        return nb_put_end(&o);
    }
    const Names w = {names, n, "y", op->symbol != NULL ? op->precedence : ATOM, false};
    if ((op == &nb_op_index || is_reversal(op, a)) && n > 0) {
        put_operand(&o, names[0], precedence_of(names[0], false) < ATOM, false);
        if (op == &nb_op_index) {
            nb_put(&o, "[");
            put_index(&o, a);
            nb_put(&o, "]");
        } else {
            nb_put(&o, ".T");
        }
    } else if (op->formula != NULL) {
        expand(&o, op->formula, &w);
    } else {
        nb_put(&o, op->name);
        nb_put(&o, "(");
        put_arguments(&o, op, &w, a);
        nb_put(&o, ")");
    }
    return nb_put_end(&o);
}

size_t nb_op_latex(const NbOp *op, const char *const names[], int n, const NbAttrs *a, char *buf,
                   size_t cap)
{
    NbOut o = {buf, cap, 0};
    if (op == NULL || (names == NULL && n > 0)) {
        return nb_put_end(&o);
    }
    const bool fraction = op->latex != NULL && strstr(op->latex, "\\frac") != NULL;
    const Names w = {names, n, "y", op->symbol != NULL && !fraction ? op->precedence : ATOM, true};
    if (op == &nb_op_index && n > 0) {
        put_operand(&o, names[0], precedence_of(names[0], true) < ATOM, true);
        nb_put(&o, "_{");
        put_index(&o, a);
        nb_put(&o, "}");
    } else if (op->latex != NULL) {
        expand(&o, op->latex, &w);
    } else {
        nb_put(&o, "\\operatorname{");
        for (const char *c = op->name; *c != '\0'; c++) {
            nb_put(&o, *c == '_' ? "\\" : "");
            nb_put_bytes(&o, c, 1);
        }
        nb_put(&o, "}\\left(");
        put_all(&o, &w);
        nb_put(&o, "\\right)");
    }
    return nb_put_end(&o);
}

/* --- derivatives --- */

/* b·a^(b-1) with b a number: 2·x, 3·x^2. */
static void put_power_rule(NbOut *o, const Names *w, double b)
{
    if (b == 0 || b == 1) {
        nb_put(o, b == 0 ? "0" : "1");
        return;
    }
    nb_put(o, w->operand[1]);
    nb_put(o, w->latex ? " " : "·");
    put_operand(o, w->operand[0], wants_parens(w->operand[0], 0, POWER, w->latex), w->latex);
    if (b != 2) {
        nb_put(o, w->latex ? "^{" : "^");
        nb_put_number(o, b - 1, NB_DIGITS_FULL);
        nb_put(o, w->latex ? "}" : "");
    }
}

size_t nb_op_deriv_text(const NbOp *op, int i, const char *const names[], int n, const char *y,
                        const double *nums, bool latex, char *buf, size_t cap)
{
    NbOut o = {buf, cap, 0};
    if (op == NULL || (names == NULL && n > 0) || i < 0) {
        return nb_put_end(&o);
    }
    const Names w = {names, n, y ? y : "y", ATOM, latex};
    const char *template = i < 3 ? (latex ? op->dlatex[i] : op->deriv[i]) : NULL;
    if (op == &nb_op_pow && i == 0 && n == 2 && nums != NULL && !isnan(nums[1])) {
        put_power_rule(&o, &w, nums[1]);
    } else if (template != NULL) {
        expand(&o, template, &w);
    }
    return nb_put_end(&o);
}

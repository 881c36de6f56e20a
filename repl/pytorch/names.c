/* names.c -- names of the language as names of Python */
#include "pytorch/internal.h"

/* Keywords of Python, and what the printed programs use. */
static const char *const taken[] = {
    "False", "None",     "True",  "and",    "as",    "assert",    "async",  "await",     "break",
    "class", "continue", "def",   "del",    "elif",  "else",      "except", "finally",   "for",
    "from",  "global",   "if",    "import", "in",    "is",        "lambda", "nonlocal",  "not",
    "or",    "pass",     "raise", "return", "try",   "while",     "with",   "yield",     "torch",
    "math",  "np",       "nn",    "F",      "plt",   "sys",       "print",  "range",     "int",
    "float", "len",      "list",  "str",    "max",   "min",       "abs",    "enumerate", "zip",
    "sum",   "tuple",    "map",   "open",   "any",   "all",       "dist",   "os",        "rank",
    "world", "input",    "next",  "type",   "super", "isinstance"};

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(taken[i], name) == 0) {
            return true;
        }
    }
    return helper_is(name);
}

/* Digits below the line are no part of names in Python. */
const char *emit_name(Trans *T, int symbol)
{
    const char *s = tr_symbol(T, symbol);
    char buf[200];
    size_t n = 0;
    while (*s && n + 8 < sizeof buf) {
        const unsigned char *u = (const unsigned char *)s;
        if (u[0] == 0xE2 && u[1] == 0x82 && u[2] >= 0x80 && u[2] <= 0x89) {
            buf[n++] = (char)('0' + (u[2] - 0x80));
            s += 3;
        } else if (*s == '~') {
            buf[n++] = '_';
            s++;
        } else {
            buf[n++] = *s++;
        }
    }
    buf[n] = '\0';
    return tr_fmt(T, "%s%s", buf, is_taken(buf) ? "_" : "");
}

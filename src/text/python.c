/* python.c -- names of the language as names of Python */
#include "text/python.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* Sorted. Keywords of Python, and what printed programs call. */
static const char *const taken[] = {
    "ArithmeticError",
    "False",
    "None",
    "OverflowError",
    "True",
    "ValueError",
    "__file__",
    "__name__",
    "abs",
    "all",
    "and",
    "any",
    "as",
    "assert",
    "async",
    "await",
    "bool",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "dict",
    "elif",
    "else",
    "enumerate",
    "except",
    "exec",
    "filter",
    "finally",
    "float",
    "for",
    "format",
    "from",
    "getattr",
    "global",
    "globals",
    "if",
    "import",
    "in",
    "input",
    "int",
    "is",
    "isinstance",
    "iter",
    "lambda",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "nonlocal",
    "not",
    "open",
    "or",
    "pass",
    "pow",
    "print",
    "property",
    "raise",
    "range",
    "return",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "super",
    "try",
    "tuple",
    "type",
    "while",
    "with",
    "yield",
    "zip",
};

bool nb_python_taken(const char *name)
{
    size_t lo = 0, hi = sizeof taken / sizeof taken[0];
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strcmp(name, taken[mid]);
        if (c == 0) {
            return true;
        }
        if (c < 0) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return false;
}

/* Letters that Python keeps as they are. It composes and replaces many others (NFKC), so that what
 * is not known to stay is written by its number. */
static bool stays(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } range[] = {
        {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x131},    {0x134, 0x13E},
        {0x141, 0x148},   {0x14A, 0x17E},   {0x391, 0x3A1},   {0x3A3, 0x3CE},
        {0x400, 0x45F},   {0x5D0, 0x5EA},   {0x621, 0x64A},   {0x905, 0x939},
        {0x3041, 0x3094}, {0x30A1, 0x30FA}, {0x4E00, 0x9FA5}, {0xAC00, 0xD7A3},
    };
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++) {
        if (c >= range[i].from && c <= range[i].to) {
            return true;
        }
    }
    return false;
}

/* The character at s and its bytes; s is not at its end. */
static uint32_t character(const char *s, size_t *n)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t more = u[0] >= 0xF0 ? 3 : u[0] >= 0xE0 ? 2 : u[0] >= 0xC0 ? 1 : 0;
    uint32_t c = more == 0 ? u[0] : u[0] & (0x3Fu >> more);
    for (*n = 1; *n <= more && (u[*n] & 0xC0) == 0x80; ++*n) {
        c = c << 6 | (u[*n] & 0x3Fu);
    }
    return c;
}

void nb_python_name(Text *t, const char *name)
{
    size_t begin = t->len, n;
    bool line = false; /* one is due before the next character */
    for (const char *s = name; *s; s += n) {
        uint32_t c = character(s, &n);
        bool plain = c < 0x80 && (isalnum((int)c) || c == '_');
        if (c < 0x80 && !plain) {
            line = t->len > begin;
            continue;
        }
        if (line && t->s && t->s[t->len - 1] != '_') {
            text_add(t, "_");
        }
        line = false;
        if (plain || stays(c)) {
            text_addn(t, s, n);
        } else if (c >= 0x2080 && c <= 0x2089) {
            text_printf(t, "%u", c - 0x2080);
        } else {
            text_printf(t, "u%04x", c);
        }
    }
    if (t->len == begin) {
        text_add(t, "_");
    }
}

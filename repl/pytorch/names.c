/* names.c -- names of the language as names of Python */
#include "pytorch/internal.h"

/* Keywords of Python, and what the printed programs use. */
static const char *const taken[] = {"False",      "None",     "True",     "and",
                                    "as",         "assert",   "async",    "await",
                                    "break",      "class",    "continue", "def",
                                    "del",        "elif",     "else",     "except",
                                    "finally",    "for",      "from",     "global",
                                    "if",         "import",   "in",       "is",
                                    "lambda",     "nonlocal", "not",      "or",
                                    "pass",       "raise",    "return",   "try",
                                    "while",      "with",     "yield",    "torch",
                                    "math",       "np",       "nn",       "F",
                                    "plt",        "sys",      "print",    "range",
                                    "int",        "float",    "len",      "list",
                                    "str",        "max",      "min",      "abs",
                                    "enumerate",  "zip",      "sum",      "tuple",
                                    "map",        "open",     "any",      "all",
                                    "dist",       "os",       "rank",     "world",
                                    "input",      "next",     "type",     "super",
                                    "isinstance", "bool",     "round",    "dict",
                                    "share",      "whole",    "warnings", "add_gradients",
                                    "ValueError", "json",     "globals",  "checkpoints"};

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(taken[i], name) == 0) {
            return true;
        }
    }
    return helper_is(name);
}

/* A name of the program other than this one reads so in Python. */
static bool is_used(Trans *T, const char *name, int but)
{
    for (size_t i = 0; i < T->ninfo; i++) {
        const Node *n = T->info[i].node;
        if (n && (n->kind == N_GLOBAL || n->kind == N_LOCAL) && n->sym != but &&
            strcmp(tr_symbol(T, n->sym), name) == 0) {
            return true;
        }
    }
    return false;
}

/* Digits below the line are no part of names in Python. */
static const char *name_of(Trans *T, int symbol)
{
    const char *own = tr_symbol(T, symbol), *s = own;
    char *to = tr_alloc(T, strlen(own) + 1), *at = to;
    while (*s) {
        const unsigned char *u = (const unsigned char *)s;
        if (u[0] == 0xE2 && u[1] == 0x82 && u[2] >= 0x80 && u[2] <= 0x89) {
            *at++ = (char)('0' + (u[2] - 0x80));
            s += 3;
        } else {
            *at++ = *s++;
        }
    }
    const char *name = to;
    while (is_taken(name) || (strcmp(name, own) != 0 && is_used(T, name, symbol))) {
        name = tr_fmt(T, "%s_", name);
    }
    return name;
}

const char *emit_name(Trans *T, int symbol)
{
    if (!T->name) {
        T->nname = interp_symbols(T->I) + 1; /* emit_function adds x */
        T->name = tr_alloc(T, (size_t)T->nname * sizeof *T->name);
    }
    if (symbol >= T->nname) {
        return name_of(T, symbol);
    }
    if (!T->name[symbol]) {
        T->name[symbol] = name_of(T, symbol);
    }
    return T->name[symbol];
}

const char *emit_fresh(Trans *T, const char *stem, int *count)
{
    const char *name = stem;
    for (;;) {
        ++*count;
        name = *count > 1 ? tr_fmt(T, "%s%d", stem, *count) : stem;
        if (!is_used(T, name, -1)) {
            return name;
        }
    }
}

const char *emit_values(Trans *T, int symbol)
{
    int count = 0;
    return emit_fresh(T, tr_fmt(T, "%s_values", emit_name(T, symbol)), &count);
}

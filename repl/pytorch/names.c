/* names.c -- names of the language as names of Python */
#include "pytorch/internal.h"

/* What the printed programs use, beside what is built into Python. */
static const char *const taken[] = {
    "torch", "math",  "np",    "nn",    "F",    "plt",      "sys",           "dist",       "os",
    "rank",  "world", "share", "whole", "json", "warnings", "add_gradients", "checkpoints"};

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(taken[i], name) == 0) {
            return true;
        }
    }
    return nb_python_taken(name) || helper_is(name);
}

/* One of the program's own names other than this one reads so in Python. */
static bool is_used(Trans *T, const char *name, int but)
{
    for (size_t i = 0; i < T->ninfo; i++) {
        const Node *n = T->info[i].node;
        if (n && (n->kind == N_GLOBAL || n->kind == N_LOCAL) && n->sym != but &&
            strcmp(tr_symbol(T, n->sym), name) == 0) {
            return true;
        }
    }
    for (int i = 0; i < T->p->n; i++) {
        const DefInfo *d = T->p->stmt[i]->kind == N_DEF ? T->p->stmt[i]->def : NULL;
        for (int k = 0; d && k < d->nslots; k++) { /* also parameters that nobody reads */
            if (d->slot_symbol[k] != but && strcmp(tr_symbol(T, d->slot_symbol[k]), name) == 0) {
                return true;
            }
        }
    }
    for (int i = 0; i < T->nname; i++) {
        if (i != but && T->name[i] && strcmp(T->name[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *name_of(Trans *T, int symbol)
{
    const char *own = tr_symbol(T, symbol);
    Text t = text_in(&T->lost);
    nb_python_name(&t, own);
    const char *name = tr_fmt(T, "%s", text_str(&t));
    text_free(&t);
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

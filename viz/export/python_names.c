/* python_names.c -- a name of Python for each variable of a graph, no two the same */
#include "viz/export/python_names.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/python.h"

#define LABEL 200 /* bytes of a name that are read; what is cut gets a number where it must */

typedef struct Given {
    char *name;    /* own; NULL: free */
    unsigned more; /* names made from it with a number */
} Given;

struct NbPyNames {
    const NbTape *tape;
    size_t at[3]; /* of nodes, leaves, others: their first place in name[] */
    char **name;  /* borrowed from given[] */
    Given *given; /* a hash table of all names */
    size_t mask, n;
    bool failed;
};

static Given *find(const NbPyNames *names, const char *name)
{
    uint64_t h = 14695981039346656037U;
    for (const char *s = name; *s; s++) {
        h = (h ^ (unsigned char)*s) * 1099511628211U;
    }
    size_t i = (size_t)(h ^ h >> 32) & names->mask;
    while (names->given[i].name && strcmp(names->given[i].name, name) != 0) {
        i = (i + 1) & names->mask;
    }
    return &names->given[i];
}

static bool is_free(const NbPyNames *names, const char *name)
{
    return !find(names, name)->name && !nb_python_taken(name) && strcmp(name, "torch") != 0 &&
           strcmp(name, "F") != 0;
}

/* This one, or the first of it with a number that nobody has. Kept in the table; NULL: no memory.
 */
static char *give(NbPyNames *names, const char *wanted)
{
    char numbered[LABEL * 2 + 40];
    const char *name = wanted;
    Given *base = find(names, wanted);
    unsigned more = base->name ? base->more : 1;
    bool word = !base->name && !is_free(names, wanted); /* of Python: lambda_ */
    while (!is_free(names, name)) {
        if (word) {
            snprintf(numbered, sizeof numbered, "%s_", wanted);
            word = false;
        } else {
            snprintf(numbered, sizeof numbered, "%s_%u", wanted, ++more);
        }
        name = numbered;
    }
    if (base->name) {
        base->more = more;
    }
    Given *g = find(names, name);
    g->name = strdup(name);
    g->more = 1;
    return g->name;
}

enum { KEPT, RENAMED, UNNAMED, TURNS };

/* When its turn comes: names that Python takes as they are keep them, whoever else wants them. */
static void name_one(NbPyNames *names, NbTextStyle style, const NbVar *v, size_t other, int turn,
                     char **to)
{
    char label[LABEL];
    Text t = {0};
    nb_text_label(style, v, label, sizeof label);
    size_t len = strlen(label);
    while (len + 1 >= sizeof label && len > 0 && label[len - 1] & 0x80) {
        label[--len] = '\0'; /* half a character */
    }
    const unsigned char c = (unsigned char)label[0];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    if (letter) {
        nb_python_name(&t, label);
    } else { /* a number without a name */
        text_printf(&t, "c%zu", other + 1);
    }
    const bool same = strcmp(text_str(&t), label) == 0;
    if (t.failed || turn == (!nb_var_name(v) ? UNNAMED : same ? KEPT : RENAMED)) {
        *to = t.failed ? NULL : give(names, text_str(&t));
        names->failed = names->failed || !*to;
    }
    text_free(&t);
}

static void name_all(NbPyNames *names, NbTextStyle style, int turn)
{
    const NbTape *t = names->tape;
    NbVar *const *list[] = {t->leaf, t->other, t->node};
    const size_t n[] = {t->nleaves, t->nother, t->nnodes};
    size_t at = 0;
    for (int k = 0; k < 3; k++) {
        names->at[k] = at;
        for (size_t i = 0; i < n[k] && !names->failed; i++) {
            name_one(names, style, list[k][i], i, turn, &names->name[at + i]);
        }
        at += n[k];
    }
}

NbPyNames *nb_py_names_new(const NbTape *tape, NbTextStyle style)
{
    NbPyNames *names = calloc(1, sizeof *names);
    if (!names) {
        return NULL;
    }
    const size_t n = tape->nleaves + tape->nother + tape->nnodes;
    size_t room = 64;
    while (room < 2 * n) {
        room *= 2;
    }
    names->tape = tape;
    names->mask = room - 1;
    names->given = calloc(room, sizeof *names->given);
    names->name = calloc(n + 1, sizeof *names->name);
    names->failed = !names->given || !names->name;
    for (int turn = 0; turn < TURNS && !names->failed; turn++) {
        name_all(names, style, turn);
    }
    if (names->failed) {
        nb_py_names_free(&names);
    }
    return names;
}

const char *nb_py_names_of(const NbPyNames *names, const NbVar *v)
{
    const NbTape *t = names->tape;
    NbVar *const *list[] = {t->leaf, t->other, t->node};
    const size_t n[] = {t->nleaves, t->nother, t->nnodes};
    for (int k = 0; k < 3; k++) {
        size_t i = nb_vars_find(list[k], n[k], v);
        if (i < n[k]) {
            return names->name[names->at[k] + i];
        }
    }
    return "";
}

void nb_py_names_free(NbPyNames **pn)
{
    NbPyNames *names = *pn;
    for (size_t i = 0; names && names->given && i <= names->mask; i++) {
        free(names->given[i].name);
    }
    if (names) {
        free(names->given);
        free(names->name);
        free(names);
    }
    *pn = NULL;
}

/* notes.h -- notes of one top-level statement: each kind once, with a count */
#ifndef NABLA_REPL_NOTES_H
#define NABLA_REPL_NOTES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/text.h"

#define NOTES_MAX 16

typedef struct Note {
    const char *key; /* static; tells the kind */
    Text text;       /* of the first one */
    unsigned long count;
} Note;

typedef struct Notes {
    Note note[NOTES_MAX];
    int n;
    bool *lost; /* borrowed: of the session */
} Notes;

void notes_add(Notes *notes, const char *key, const char *fmt, va_list ap);
/* Counts one more of this kind without a text; false when there is none yet. */
bool notes_again(Notes *notes, const char *key);
/* Prints "note: …" lines, broken to so many columns (0: not), and forgets them. */
void notes_flush(Notes *notes, FILE *out, int columns);
void notes_drop(Notes *notes);

#endif

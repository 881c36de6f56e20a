/* notes.c -- notes of one top-level statement: each kind once, with a count */
#include "session/notes.h"

#include <string.h>

#include "lang/interp.h"

static Note *find(Notes *notes, const char *key)
{
    for (int i = 0; i < notes->n; i++) {
        if (notes->note[i].key == key || strcmp(notes->note[i].key, key) == 0) {
            return &notes->note[i];
        }
    }
    return NULL;
}

bool notes_again(Notes *notes, const char *key)
{
    Note *note = find(notes, key);
    if (note) {
        note->count++;
    }
    return note != NULL;
}

void notes_add(Notes *notes, const char *key, const char *fmt, va_list ap)
{
    if (notes_again(notes, key) || notes->n == NOTES_MAX) {
        return;
    }
    char line[NB_MSG_MAX];
    vsnprintf(line, sizeof line, fmt, ap);
    Note *note = &notes->note[notes->n++];
    note->key = key;
    note->count = 1;
    note->text.lost = notes->lost;
    text_reset(&note->text);
    text_add(&note->text, line);
}

void notes_flush(Notes *notes, FILE *out, int columns)
{
    for (int i = 0; i < notes->n; i++) {
        const Note *note = &notes->note[i];
        if (note->text.failed) {
            continue;
        }
        int begun = fprintf(out, "note: ");
        lang_put_wrapped(text_str(&note->text), out, begun, columns);
        if (note->count > 1) {
            fprintf(out, "  (%lu times)", note->count);
        }
        fputc('\n', out);
    }
    notes->n = 0;
}

void notes_drop(Notes *notes)
{
    for (int i = 0; i < NOTES_MAX; i++) {
        text_free(&notes->note[i].text);
    }
    notes->n = 0;
}

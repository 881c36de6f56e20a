/* arena.c -- strings that live and die together */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 4096

typedef struct NbChunk {
    struct NbChunk *next;
    size_t used, cap;
    char text[];
} NbChunk;

void nb_viz_arena_free(NbArena *a)
{
    while (a->chunk) {
        NbChunk *next = a->chunk->next;
        free(a->chunk);
        a->chunk = next;
    }
    a->failed = false;
}

const char *nb_viz_arena_text(NbArena *a, const char *text)
{
    size_t n = strlen(text) + 1;
    if (n == 1) {
        return "";
    }
    if (!a->chunk || a->chunk->cap - a->chunk->used < n) {
        size_t cap = n > CHUNK ? n : CHUNK;
        NbChunk *c = malloc(sizeof *c + cap);
        if (!c) {
            a->failed = true;
            return "";
        }
        *c = (NbChunk){.next = a->chunk, .cap = cap};
        a->chunk = c;
    }
    char *to = a->chunk->text + a->chunk->used;
    memcpy(to, text, n);
    a->chunk->used += n;
    return to;
}

/* arena.h -- strings that live and die together */
#ifndef NABLA_VIZ_ARENA_H
#define NABLA_VIZ_ARENA_H

#include <stdbool.h>

/* Strings that live and die together; all zero is empty. */
typedef struct NbArena {
    struct NbChunk *chunk;
    bool failed;
} NbArena;

void nb_viz_arena_free(NbArena *a);
/* Copy of text, valid until nb_viz_arena_free; "" when out of memory (and failed is set). */
const char *nb_viz_arena_text(NbArena *a, const char *text);

#endif

/* buf.h -- growing byte buffers, string arenas */
#ifndef NABLA_VIZ_BUF_H
#define NABLA_VIZ_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include <nabla/error.h>

/* Bytes; all zero is empty. `failed` stays set once memory ran out: checked once at the end. */
typedef struct NbBuf {
    char *data;
    size_t size, cap;
    bool failed;
} NbBuf;

void nb_viz_buf_free(NbBuf *b); /* leaves it empty */
void nb_viz_buf_add(NbBuf *b, const void *bytes, size_t n);
void nb_viz_buf_text(NbBuf *b, const char *text);
/* The letter at text, which is not its end, or U+FFFD for a byte that is none; its bytes there. */
size_t nb_viz_buf_letter(NbBuf *b, const char *text);
void nb_viz_buf_printf(NbBuf *b, const char *fmt, ...) NB_PRINTF(2, 3);
/* A field of a table: nb_format_field. */
void nb_viz_buf_field(NbBuf *b, const char *text);

/* Strings that live and die together; all zero is empty. */
typedef struct NbArena {
    struct NbChunk *chunk;
    bool failed;
} NbArena;

void nb_viz_arena_free(NbArena *a);
/* Copy of text, valid until nb_viz_arena_free; "" when out of memory (and failed is set). */
const char *nb_viz_arena_text(NbArena *a, const char *text);

#endif

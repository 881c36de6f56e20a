/* buf.c -- growing byte buffers, string arenas */
#include "buf.h"

#include <nabla/format.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void nb_viz_buf_free(NbBuf *b)
{
    free(b->data);
    *b = (NbBuf){0};
}

void nb_viz_buf_add(NbBuf *b, const void *bytes, size_t n)
{
    if (b->failed || n == 0) {
        return;
    }
    if (n > SIZE_MAX / 4 || !nb_grow(&b->data, &b->cap, b->size + n + 1, 1)) {
        b->failed = true;
        return;
    }
    memcpy(b->data + b->size, bytes, n);
    b->size += n;
    b->data[b->size] = '\0';
}

void nb_viz_buf_text(NbBuf *b, const char *text)
{
    nb_viz_buf_add(b, text, strlen(text));
}

size_t nb_viz_buf_letter(NbBuf *b, const char *text)
{
    const size_t n = nb_utf8(text);
    nb_viz_buf_add(b, n ? text : "\xef\xbf\xbd", n ? n : 3);
    return n ? n : 1;
}

void nb_viz_buf_printf(NbBuf *b, const char *fmt, ...)
{
    char small[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if ((size_t)n < sizeof small) {
        nb_viz_buf_add(b, small, (size_t)n);
        return;
    }
    char *large = malloc((size_t)n + 1);
    if (!large) {
        b->failed = true;
        return;
    }
    va_start(args, fmt);
    vsnprintf(large, (size_t)n + 1, fmt, args);
    va_end(args);
    nb_viz_buf_add(b, large, (size_t)n);
    free(large);
}

void nb_viz_buf_field(NbBuf *out, const char *text)
{
    size_t n = nb_format_field(text, NULL, 0);
    char *field = malloc(n + 1);
    if (!field) {
        out->failed = true;
        return;
    }
    nb_format_field(text, field, n + 1);
    nb_viz_buf_add(out, field, n);
    free(field);
}

/* --- arena --- */

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

/* fuzz.c -- what the fuzzers share */
#include "fuzz.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void fuzz_broken(const char *fmt, ...)
{
    va_list ap;
    char text[4096];
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    dprintf(2, "broken: %s\n", text); /* stderr may be a text in memory */
    abort();
}

uint64_t fuzz_hash(const uint8_t *data, size_t size)
{
    uint64_t h = 14695981039346656037U;
    for (size_t i = 0; i < size; i++) {
        h = (h ^ data[i]) * 1099511628211U;
    }
    return (h ^ h >> 29) * 0xBF58476D1CE4E5B9U >> 20;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text) {
        fuzz_broken("there is memory for the input");
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    return text;
}

void kept_open(Kept *k)
{
    k->stream = open_memstream(&k->text, &k->size);
    if (!k->stream) {
        fuzz_broken("a stream can be made");
    }
}

void kept_begin(Kept *k)
{
    fseeko(k->stream, 0, SEEK_SET);
}

const char *kept_end(Kept *k)
{
    fputc('\0', k->stream);
    fflush(k->stream);
    return k->text;
}

size_t choose(Choices *c, size_t n)
{
    return c->at < c->end ? *c->at++ % n : 0;
}

/* fuzz.h -- what the fuzzers share: entry, broken rules, choices made by bytes, text */
#ifndef NABLA_TESTS_FUZZ_H
#define NABLA_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One input. Each fuzz_NAME.c defines it once; libFuzzer calls it with inputs it makes up, and
 * replay.c with those kept in corpus/NAME.tar. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says which rule an input broke, and ends the process; the caller shows the input. */
void fuzz_broken(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A number that follows from the bytes alone: what is tried with one input in n. */
uint64_t fuzz_hash(const uint8_t *data, size_t size);

/* The input as text with a byte 0 behind it; for free(). */
char *fuzz_text(const uint8_t *data, size_t size);

/* A stream that keeps what is written, to be used again and again. */
typedef struct Kept {
    FILE *stream;
    char *text;
    size_t size;
} Kept;
void kept_open(Kept *k);
void kept_begin(Kept *k);      /* from the start */
const char *kept_end(Kept *k); /* what was written; borrowed until kept_begin */

/* Bytes of an input as choices; 0 for ever at their end. */
typedef struct Choices {
    const uint8_t *at, *end;
} Choices;
size_t choose(Choices *c, size_t n); /* 0 … n − 1; n at most 256 */

#endif

/* fuzz.h -- what the two fuzzers share: a generator of numbers, text being built, arguments */
#ifndef NABLA_TESTS_FUZZ_H
#define NABLA_TESTS_FUZZ_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lang/interp.h"

#define FUZZ_TEXT 4096

typedef struct Fuzz {
    uint64_t state;
    char text[FUZZ_TEXT + 1];
    size_t len;
    long inputs;
    double seconds; /* time limit, 0: none */
    double began;
} Fuzz;

static inline uint64_t fuzz_bits(Fuzz *f) /* splitmix64 */
{
    uint64_t z = f->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline size_t fuzz_below(Fuzz *f, size_t n)
{
    return (size_t)(fuzz_bits(f) % n);
}

static inline void fuzz_add(Fuzz *f, const char *s, size_t len)
{
    if (len > FUZZ_TEXT - f->len) {
        len = FUZZ_TEXT - f->len;
    }
    memcpy(f->text + f->len, s, len);
    f->len += len;
    f->text[f->len] = '\0';
}

static inline void fuzz_put(Fuzz *f, const char *s)
{
    fuzz_add(f, s, strlen(s));
}

static inline double fuzz_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* N [seed], and -max_total_time=S; other options of fuzzing tools are ignored. */
static inline void fuzz_arguments(Fuzz *f, int argc, char **argv, long inputs)
{
    int numbers = 0;
    f->inputs = inputs;
    f->state = 1;
    for (int i = 1; i < argc; i++) {
        static const char limit[] = "-max_total_time=";
        char *end;
        unsigned long long n = strtoull(argv[i], &end, 10);
        if (strncmp(argv[i], limit, sizeof limit - 1) == 0) {
            f->seconds = atof(argv[i] + sizeof limit - 1);
        } else if (argv[i][0] != '-' && *end == '\0' && end != argv[i]) {
            if (numbers++ == 0) {
                f->inputs = (long)n;
            } else {
                f->state = n;
            }
        }
    }
    f->began = fuzz_clock();
}

static inline bool fuzz_time_is_up(const Fuzz *f)
{
    return f->seconds > 0 && fuzz_clock() - f->began > f->seconds;
}

/* Prints the input that broke a rule, and ends the process. */
static inline void fuzz_broken(const Fuzz *f, const char *rule)
{
    fprintf(stderr, "broken: %s, by this input of %zu bytes:\n", rule, f->len);
    fwrite(f->text, 1, f->len, stderr);
    fputc('\n', stderr);
    abort();
}

#endif

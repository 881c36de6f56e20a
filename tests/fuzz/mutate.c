/* mutate.c -- changes of lines, words and numbers, so that inputs get beyond the first look */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t cap);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t cap, unsigned seed);

static const char *const numbers[] = {"0",           "1",
                                      "-1",          "2",
                                      "3",           "nan",
                                      "inf",         "-inf",
                                      "-0",          "0.5",
                                      "1e9",         "1e308",
                                      "1e-320",      "2147483648",
                                      "4294967296",  "18446744073709551615",
                                      "100",         "0*6",
                                      "255",         "65536",
                                      "-2147483648", "9223372036854775807",
                                      "0x10",        "99999999999999999999",
                                      "4",           "1e400",
                                      "\"\"",        "-",
                                      "(2,2)",       "(0)",
                                      "n1",          "none"};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

typedef struct Part {
    size_t at, len;
} Part;

static uint32_t next(unsigned *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* A line with its end, or a word. */
static Part any_part(const uint8_t *data, size_t size, bool word, unsigned *seed)
{
    size_t at = next(seed) % size, from = at, to = at;
    const char *stops = word ? " \n,=():" : "\n";
    while (from > 0 && !strchr(stops, data[from - 1])) {
        from--;
    }
    while (to < size && !strchr(stops, data[to])) {
        to++;
    }
    to += !word && to < size;
    return (Part){from, to - from};
}

/* Puts n bytes in the place of a part; the new size, or the old one when there is no room. */
static size_t replace(uint8_t *data, size_t size, size_t cap, Part p, const void *with, size_t n)
{
    if (size - p.len + n > cap) {
        return size;
    }
    memmove(data + p.at + n, data + p.at + p.len, size - p.at - p.len);
    memcpy(data + p.at, with, n);
    return size - p.len + n;
}

static size_t change(uint8_t *data, size_t size, size_t cap, unsigned *seed)
{
    unsigned way = next(seed) % 6;
    Part p = any_part(data, size, way >= 3, seed), q = any_part(data, size, way >= 3, seed);
    const char *number = numbers[next(seed) % COUNT(numbers)];
    uint8_t *copy = malloc(q.len + 1);
    if (!copy) {
        return size;
    }
    memcpy(copy, data + q.at, q.len);
    switch (way) {
    case 0: size = replace(data, size, cap, p, "", 0); break;       /* a line goes */
    case 1: size = replace(data, size, cap, p, copy, q.len); break; /* another instead */
    case 2: size = replace(data, size, cap, (Part){p.at, 0}, copy, q.len); break; /* one more */
    case 3: size = replace(data, size, cap, p, copy, q.len); break;               /* another word */
    default: size = replace(data, size, cap, p, number, strlen(number));
    }
    free(copy);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t cap, unsigned seed)
{
    if (size == 0 || next(&seed) % 3 == 0) {
        return LLVMFuzzerMutate(data, size, cap);
    }
    for (unsigned n = 1 + next(&seed) % 3; n > 0 && size > 0; n--) {
        size = change(data, size, cap, &seed);
    }
    return size;
}

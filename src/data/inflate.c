/* inflate.c -- unpacks deflate's format (RFC 1951), for arrays that NumPy packed */
#include <stdint.h>
#include <string.h>

#include "data/arrays.h"

#define LONGEST 15 /* bits of a code */
#define SYMBOLS 288

typedef struct Bits {
    const unsigned char *p, *end;
    char *to;
    size_t n, cap;
    uint32_t held; /* bits read ahead */
    int nheld;
    bool bad;
} Bits;

/* How many codes there are of each length, and their symbols in order. */
typedef struct Codes {
    uint16_t count[LONGEST + 1], symbol[SYMBOLS];
} Codes;

static unsigned bits(Bits *b, int n)
{
    while (b->nheld < n) {
        if (b->p == b->end) {
            b->bad = true;
            return 0;
        }
        b->held |= (uint32_t)*b->p++ << b->nheld;
        b->nheld += 8;
    }
    unsigned v = b->held & ((1U << n) - 1);
    b->held >>= n;
    b->nheld -= n;
    return v;
}

static void put(Bits *b, char c)
{
    if (b->n == b->cap) {
        b->bad = true;
    } else {
        b->to[b->n++] = c;
    }
}

/* false when there are more codes than their lengths have room for. */
static bool make_codes(Codes *c, const uint8_t *length, int n)
{
    uint16_t at[LONGEST + 1] = {0};
    int left = 1;
    memset(c, 0, sizeof *c);
    for (int i = 0; i < n; i++) {
        c->count[length[i]]++;
    }
    c->count[0] = 0;
    for (int l = 1; l <= LONGEST; l++) {
        left = 2 * left - c->count[l];
        if (left < 0) {
            return false;
        }
        at[l] = l > 1 ? (uint16_t)(at[l - 1] + c->count[l - 1]) : 0;
    }
    for (int i = 0; i < n; i++) {
        if (length[i]) {
            c->symbol[at[length[i]]++] = (uint16_t)i;
        }
    }
    return true;
}

static int symbol(Bits *b, const Codes *c)
{
    int code = 0, first = 0, at = 0;
    for (int l = 1; l <= LONGEST && !b->bad; l++) {
        code |= (int)bits(b, 1);
        if (code - c->count[l] < first) {
            return c->symbol[at + code - first];
        }
        at += c->count[l];
        first = (first + c->count[l]) << 1;
        code <<= 1;
    }
    b->bad = true;
    return 0;
}

static void copy_back(Bits *b, size_t length, size_t distance)
{
    b->bad |= distance > b->n;
    for (; length > 0 && !b->bad; length--) {
        put(b, b->to[b->n - distance]);
    }
}

static void coded(Bits *b, const Codes *lengths, const Codes *distances)
{
    static const uint16_t base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                    31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t more[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                   2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t far[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                   33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                   1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    static const uint8_t further[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                      6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
    for (int s; !b->bad && (s = symbol(b, lengths)) != 256;) {
        if (s < 256) {
            put(b, (char)s);
            continue;
        }
        s -= 257;
        b->bad |= s >= 29;
        size_t length = b->bad ? 0 : base[s] + (size_t)bits(b, more[s]);
        int d = b->bad ? 0 : symbol(b, distances);
        b->bad |= d >= 30;
        copy_back(b, length, b->bad ? 1 : far[d] + (size_t)bits(b, further[d]));
    }
}

static void plain(Bits *b)
{
    b->held = 0;
    b->nheld = 0;
    if (b->end - b->p < 4) {
        b->bad = true;
        return;
    }
    size_t n = b->p[0] | (size_t)b->p[1] << 8;
    b->p += 4;
    b->bad |= (size_t)(b->end - b->p) < n;
    for (; n > 0 && !b->bad; n--) {
        put(b, (char)*b->p++);
    }
}

static void fixed(Bits *b)
{
    Codes lengths, distances;
    uint8_t length[SYMBOLS];
    for (int i = 0; i < SYMBOLS; i++) {
        length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    make_codes(&lengths, length, SYMBOLS);
    memset(length, 5, 30);
    make_codes(&distances, length, 30);
    coded(b, &lengths, &distances);
}

/* The lengths of both kinds of codes are themselves coded. */
static void described(Bits *b)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    Codes lengths, distances;
    uint8_t length[SYMBOLS + 32] = {0};
    int nlen = (int)bits(b, 5) + 257, ndist = (int)bits(b, 5) + 1, ncode = (int)bits(b, 4) + 4;
    for (int i = 0; i < ncode; i++) {
        length[order[i]] = (uint8_t)bits(b, 3);
    }
    b->bad |= nlen > 286 || ndist > 30 || !make_codes(&lengths, length, 19);
    memset(length, 0, sizeof length);
    for (int i = 0; !b->bad && i < nlen + ndist;) {
        int s = symbol(b, &lengths);
        int again = s < 16    ? 1
                    : s == 16 ? 3 + (int)bits(b, 2)
                    : s == 17 ? 3 + (int)bits(b, 3)
                              : 11 + (int)bits(b, 7);
        uint8_t as = (uint8_t)(s < 16 ? s : s == 16 && i > 0 ? length[i - 1] : 0);
        b->bad |= (s == 16 && i == 0) || i + again > nlen + ndist;
        for (; again > 0 && !b->bad; again--) {
            length[i++] = as;
        }
    }
    b->bad |= b->bad || !make_codes(&distances, length + nlen, ndist);
    b->bad |= b->bad || !make_codes(&lengths, length, nlen);
    if (!b->bad) {
        coded(b, &lengths, &distances);
    }
}

bool inflate_bytes(const char *from, size_t len, char *to, size_t n)
{
    Bits b = {.p = (const unsigned char *)from,
              .end = (const unsigned char *)from + len,
              .to = to,
              .cap = n};
    for (bool last = false; !last && !b.bad;) {
        last = bits(&b, 1);
        switch (bits(&b, 2)) {
        case 0: plain(&b); break;
        case 1: fixed(&b); break;
        case 2: described(&b); break;
        default: b.bad = true;
        }
    }
    return !b.bad && b.n == n;
}

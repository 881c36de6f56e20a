/* format.c -- numbers as text that reads back, characters and their widths, fields of tables */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "base/out.h"

/* %g writes the decimal mark of the locale; ours is always a point. */
static void print_digits(double x, int digits, char *buf, size_t cap)
{
    snprintf(buf, cap, "%.*g", digits, x);
    for (char *p = buf; *p; p++) {
        if (*p == ',') {
            *p = '.';
        }
    }
}

/* --- the shortest text that reads back to the same number --- */

#define MOST_DIGITS 17 /* always read back */

/* |x| as digit[0].digit[1]digit[2]… · 10^exponent */
typedef struct Decimal {
    char digit[MOST_DIGITS + 1];
    int n, exponent;
} Decimal;

/* x rounded to n digits; x is finite and not 0. */
static Decimal decimal_of(double x, int n)
{
    char text[40];
    Decimal d = {.n = n};
    snprintf(text, sizeof text, "%.*e", n - 1, fabs(x));
    const char *p = text;
    for (int i = 0; i < n; p++) { /* the decimal mark, whatever it is, is passed over */
        if (*p >= '0' && *p <= '9') {
            d.digit[i++] = *p;
        }
    }
    d.exponent = (int)strtol(strchr(p, 'e') + 1, NULL, 10);
    return d;
}

/* One more in the last place. */
static void count_up(Decimal *d)
{
    int i = d->n - 1;
    for (; i >= 0 && d->digit[i] == '9'; i--) {
        d->digit[i] = '0';
    }
    if (i >= 0) {
        d->digit[i]++;
    } else { /* 99.9 becomes 100 */
        d->digit[0] = '1';
        d->exponent++;
    }
}

/* x, of which d are the first 17 digits, rounded to n. A 5 that may itself be a rounded 49… or
 * stand for 50…1 does not say which way. */
static Decimal shorter(double x, const Decimal *d, int n)
{
    Decimal r = {.n = n, .exponent = d->exponent};
    const char *rest = d->digit + n;
    memcpy(r.digit, d->digit, (size_t)n);
    if (rest[0] == '5' && strspn(rest + 1, "0") == strlen(rest + 1)) {
        return decimal_of(x, n);
    }
    if (rest[0] >= '5') {
        count_up(&r);
    }
    return r;
}

/* The number as it is read: without a decimal mark, which depends on the locale. */
static double value_of(const Decimal *d)
{
    char text[40];
    snprintf(text, sizeof text, "%.*se%d", d->n, d->digit, d->exponent - d->n + 1);
    return strtod(text, NULL);
}

/* d is x, or the next decimal above it is: below a power of two numbers lie twice as dense, so
 * that the nearest decimal, when it is below, may be too far away and a farther one above not. */
static bool reads_back(double x, Decimal *d)
{
    int binary;
    double y = value_of(d);
    if (y < x && frexp(x, &binary) == 0.5) {
        count_up(d);
        y = value_of(d);
    }
    return y == x;
}

/* Subnormals carry fewer digits than the 15 that any other decimal keeps. */
static Decimal shortest(double x)
{
    if (x < DBL_MIN) {
        for (int n = 1; n < MOST_DIGITS; n++) {
            Decimal d = decimal_of(x, n);
            if (value_of(&d) == x) {
                return d;
            }
        }
    }
    Decimal whole = decimal_of(x, MOST_DIGITS);
    for (int n = DBL_DIG; n < MOST_DIGITS; n++) {
        Decimal d = shorter(x, &whole, n);
        if (reads_back(x, &d)) {
            return d;
        }
    }
    return whole;
}

/* As %.Pg prints, P the digits there are, 15 at least. */
static void print_decimal(bool negative, Decimal d, char *buf, size_t cap)
{
    const char *sign = negative ? "-" : "";
    int precision = d.n;
    while (d.n > 1 && d.digit[d.n - 1] == '0') {
        d.n--;
    }
    if (d.exponent < -4 || d.exponent >= precision) {
        snprintf(buf, cap, "%s%c%s%.*se%+03d", sign, d.digit[0], d.n > 1 ? "." : "", d.n - 1,
                 d.digit + 1, d.exponent);
    } else if (d.exponent < 0) {
        snprintf(buf, cap, "%s0.%.*s%.*s", sign, -d.exponent - 1, "000", d.n, d.digit);
    } else if (d.n <= d.exponent + 1) {
        snprintf(buf, cap, "%s%.*s%.*s", sign, d.n, d.digit, d.exponent + 1 - d.n,
                 "00000000000000000");
    } else {
        int whole = d.exponent + 1;
        snprintf(buf, cap, "%s%.*s.%.*s", sign, whole, d.digit, d.n - whole, d.digit + whole);
    }
}

static void print_shortest(double x, char *buf, size_t cap)
{
    if (fabs(x) < 1e15 && x == trunc(x)) {
        snprintf(buf, cap, "%lld", (long long)x);
    } else {
        print_decimal(x < 0, shortest(fabs(x)), buf, cap);
    }
}

char *nb_format_number(double x, int digits, char *buf, size_t cap)
{
    if (!buf) {
        return NULL;
    }
    if (isnan(x)) {
        snprintf(buf, cap, "nan");
    } else if (isinf(x)) {
        snprintf(buf, cap, x > 0 ? "inf" : "-inf");
    } else if (x == 0) {
        snprintf(buf, cap, "0");
    } else if (digits == NB_DIGITS_FULL) {
        print_shortest(x, buf, cap);
    } else {
        print_digits(x, digits > 17 ? 17 : digits, buf, cap);
    }
    return buf;
}

void nb_put_number(NbOut *o, double x, int digits)
{
    char number[40];
    nb_put(o, nb_format_number(x, digits, number, sizeof number));
}

size_t nb_utf8(const char *text)
{
    if (!text) {
        return 0;
    }
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        return 1;
    }
    size_t n = s[0] >= 0xf5 ? 0 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool bad = n == 3   ? (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0)
               : n == 4 ? (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90)
                        : false;
    return bad ? 0 : n;
}

static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return *end == '\0' && end != text;
}

size_t nb_format_field(const char *text, char *buf, size_t cap)
{
    text = text ? text : "";
    const bool formula = text[0] &&
                         (strchr("=@\t\r", text[0]) || (strchr("+-", text[0]) && !is_number(text)));
    const bool quoted = formula || strpbrk(text, ",\"\n\r");
    NbOut o = {buf, cap, 0};
    nb_put(&o, quoted ? "\"" : "");
    nb_put(&o, formula ? "'" : "");
    while (*text) {
        size_t n = nb_utf8(text);
        char one[5] = {0};
        memcpy(one, text, n);
        nb_put(&o, n == 0 ? "\xef\xbf\xbd" : *text == '"' ? "\"\"" : one);
        text += n + (n == 0);
    }
    nb_put(&o, quoted ? "\"" : "");
    return nb_put_end(&o);
}

/* One code point from UTF-8; *bytes gets its length, at least 1. */
static uint32_t decode(const unsigned char *s, int *bytes)
{
    int n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 1;
    uint32_t c = n == 1 ? s[0] : s[0] & (0xffU >> (n + 1));
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            *bytes = i;
            return 0xfffd;
        }
        c = c << 6 | (s[i] & 0x3f);
    }
    *bytes = n;
    return c;
}

static int columns(uint32_t c)
{
    static const struct {
        uint32_t lo, hi;
        int width;
    } range[] = {
        {0x0300, 0x036f, 0}, {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x064b, 0x065f, 0},
        {0x1100, 0x115f, 2}, {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x200b, 0x200f, 0},
        {0x20d0, 0x20ff, 0}, {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},
        {0xf900, 0xfaff, 2}, {0xfe00, 0xfe0f, 0},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
        {0xffe0, 0xffe6, 2}, {0x1f300, 0x1faff, 2}, {0x20000, 0x3fffd, 2},
    };
    for (size_t i = 0; i < sizeof range / sizeof *range; i++) {
        if (c >= range[i].lo && c <= range[i].hi) {
            return range[i].width;
        }
    }
    return 1;
}

size_t nb_text_visible(const char *text, char shown[8])
{
    if (!text || !shown) {
        return 0;
    }
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 1;
    for (size_t i = 1; i < n; i++) {
        n = (s[i] & 0xc0) != 0x80 ? 1 : n; /* also at the end of the text */
    }
    if ((s[0] < 0x20 && s[0] != '\n' && s[0] != '\t') || s[0] == 0x7f) {
        snprintf(shown, 8, "^%c", s[0] ^ 0x40);
    } else if ((n == 2 && s[0] == 0xc2 && s[1] < 0xa0) || (n == 1 && s[0] >= 0x80)) {
        snprintf(shown, 8, "\\x%02x", s[n - 1]); /* a byte alone may be a control of Latin 1 */
    } else {
        memcpy(shown, text, n);
        shown[n] = '\0';
    }
    return n;
}

int nb_text_width(const char *utf8)
{
    if (!utf8) {
        return 0;
    }
    int width = 0, bytes;
    const unsigned char *s = (const unsigned char *)utf8;
    for (; *s; s += bytes) {
        width += columns(decode(s, &bytes));
    }
    return width;
}

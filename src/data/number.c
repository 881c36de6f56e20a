/* number.c -- decimal text to double: exact for short numbers, strtod for the rest */
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/number.h"

#define LONGEST 400 /* characters of a number */

static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What is written: digits (their value while it fits), and the power of ten. */
typedef struct Decimal {
    uint64_t digits;
    bool exact; /* all digits are in `digits`, below 2^53 */
    bool minus;
    int exponent;
} Decimal;

static void add_digit(Decimal *d, char c, bool fraction)
{
    uint64_t next = d->digits * 10 + (uint64_t)(c - '0');
    if (!d->exact || next >= (uint64_t)1 << 53) {
        d->exact = false;
        return;
    }
    d->digits = next;
    d->exponent -= fraction;
}

/* Grammar of the language: sign, digits with a point, exponent. */
static bool scan(const char *p, const char *end, Decimal *d)
{
    *d = (Decimal){.exact = true};
    if (p < end && (*p == '+' || *p == '-')) {
        d->minus = *p++ == '-';
    }
    bool any = false, fraction = false;
    for (; p < end && (is_digit(*p) || (*p == '.' && !fraction)); p++) {
        if (*p == '.') {
            fraction = true;
        } else {
            any = true;
            add_digit(d, *p, fraction);
        }
    }
    if (any && p < end && (*p == 'e' || *p == 'E')) {
        bool minus = false;
        int e = 0;
        p++;
        if (p < end && (*p == '+' || *p == '-')) {
            minus = *p++ == '-';
        }
        any = p < end && is_digit(*p);
        for (; p < end && is_digit(*p); p++) {
            e = e < 100000 ? 10 * e + (*p - '0') : e;
        }
        d->exponent += minus ? -e : e;
    }
    return any && p == end;
}

static bool is_infinity(const char *text, size_t len, double *out)
{
    bool sign = len > 0 && (*text == '-' || *text == '+');
    if (len - sign != 3 || memcmp(text + sign, "inf", 3) != 0) {
        return false;
    }
    *out = *text == '-' ? -INFINITY : INFINITY;
    return true;
}

/* strtod with the point replaced by the locale's. */
static bool rounded(const char *text, size_t len, double *out)
{
    char buf[LONGEST + 8], *to = buf, *end;
    if (len > LONGEST) {
        return false;
    }
    const char *point = localeconv()->decimal_point;
    for (size_t i = 0; i < len; i++) {
        *to++ = text[i] == '.' ? *point : text[i];
    }
    *to = '\0';
    *out = strtod(buf, &end);
    return *end == '\0';
}

bool data_number(const char *text, size_t len, double *out)
{
    Decimal d;
    if (!scan(text, text + len, &d)) {
        return is_infinity(text, len, out);
    }
    /* Integers below 2^53 and powers of ten up to 22 are exact: one rounding is left. */
    if (d.exact && d.exponent >= -22 && d.exponent <= 22) {
        double v = (double)d.digits;
        v = d.exponent < 0 ? v / power[-d.exponent] : v * power[d.exponent];
        *out = d.minus ? -v : v;
        return true;
    }
    return rounded(text, len, out);
}

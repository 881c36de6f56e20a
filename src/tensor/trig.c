/* trig.c -- sine and cosine, the same on every machine: within 0.8 of a unit in the last place */
#include "tensor/trig.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* x = n·π/2 + r with |r| <= π/4, r as a sum of two numbers; then the series of sine and cosine. For
 * moderate x π/2 is split into parts of 33 bits, so that n·part is exact (Cody and Waite, "Software
 * Manual for the Elementary Functions", 1980); for large x the bits of 2/π that matter are
 * multiplied as integers (Payne and Hanek, "Radian reduction for trigonometric functions", 1983).
 */
typedef struct Reduced {
    double r, rest;
    unsigned n; /* modulo 4 */
} Reduced;

#define MODERATE 0x1p19 /* |n| stays below 2^20 */
#define TWO_OVER_PI 0x1.45f306dc9c883p-1
#define SHIFT 0x1.8p52

static inline double two_sum(double a, double b, double *rest)
{
    double s = a + b, c = s - a;
    *rest = (a - (s - c)) + (b - c);
    return s;
}

#define PART1 0x1.921fb54400000p+0
#define PART2 0x1.0b4611a600000p-34
#define PART3 0x1.3198a2e000000p-69
#define PART4 0x1.b839a252049c1p-104
#define FROM_3 0x1.3198a2e037073p-69 /* both together */

static inline Reduced reduce_moderate(double x)
{
    const double n = (x * TWO_OVER_PI + SHIFT) - SHIFT;
    double e1, e2 = 0, tail = n * FROM_3;
    double r = two_sum(x - n * PART1, -(n * PART2), &e1);
    if (fabs(r) < 0x1p-30) { /* near a multiple of π/2 more digits matter */
        r = two_sum(r, -(n * PART3), &e2);
        tail = n * PART4;
    }
    tail = (e1 + e2) - tail;
    const double high = r + tail;
    return (Reduced){high, (r - high) + tail, (unsigned)(int64_t)n & 3};
}

/* 2/π, its first bit worth 1/2. */
static const uint64_t bits[] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d};

/* 64 bits of 2/π from bit k on (1 is the first); zeros before it. */
static uint64_t window(int k)
{
    if (k < 1) {
        return k > -63 ? bits[0] >> (1 - k) : 0;
    }
    int word = (k - 1) / 64, shift = (k - 1) % 64;
    return shift ? bits[word] << shift | bits[word + 1] >> (64 - shift) : bits[word];
}

static uint64_t times(uint64_t a, uint64_t b, uint64_t *high)
{
    uint64_t a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
    uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32), mid2 = a0 * b1 + (mid & 0xffffffff);
    *high = a1 * b1 + (mid >> 32) + (mid2 >> 32);
    return mid2 << 32 | (low & 0xffffffff);
}

/* x = m·2^e. Bits of 2/π whose product with x is a multiple of 4 are left out: of what remains 192
 * bits are multiplied, the first two of them n, the others the part of π/2. */
static Reduced reduce_large(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    const int e = (int)(u >> 52 & 0x7ff) - 1075;
    const uint64_t m = (u & 0xfffffffffffffu) | 0x10000000000000u;
    uint64_t carry, high, low = times(m, window(e - 1 + 128), &carry);
    uint64_t mid = times(m, window(e - 1 + 64), &high);
    mid += carry;
    high += mid < carry;
    uint64_t top = m * window(e - 1) + high;
    unsigned n = (unsigned)(top >> 62);
    /* the fraction, 190 bits, from -1/2 to 1/2 */
    uint64_t f1 = top << 2 | mid >> 62, f0 = mid << 2 | low >> 62;
    const bool below = f1 >> 63;
    if (below) {
        n++;
        f0 = ~f0 + 1;
        f1 = ~f1 + (f0 == 0);
    }
    /* in three parts of 53 bits and less, each exact */
    const double a = (double)(f1 >> 11) * 0x1p-53,
                 b = (double)(f1 << 53 >> 11 | f0 >> 22) * 0x1p-106;
    double rest, q = two_sum(a, b, &rest);
    rest += (double)(f0 << 42 >> 42) * 0x1p-128;
    /* times π/2 = 1.5707963267948966 + … */
    const double p = q * 0x1.921fb54442d18p+0;
    const double q1 = (double)(float)q, q0 = q - q1;
    const double h1 = 0x1.921fb40000000p+0, h0 = 0x1.4442d18000000p-24;
    const double off = ((q1 * h1 - p) + q1 * h0 + q0 * h1) + q0 * h0;
    const double tail = off + (q * 0x1.1a62633145c07p-54 + rest * 0x1.921fb54442d18p+0);
    double r = p + tail;
    double last = (p - r) + tail;
    if (below != signbit(x)) {
        r = -r;
        last = -last;
    }
    return (Reduced){r, last, (signbit(x) ? 0u - n : n) & 3};
}

static inline Reduced reduce(double x)
{
    const double a = fabs(x);
    if (a < 0x1.921fb54442d18p-1) {
        return (Reduced){x, 0, 0};
    }
    return a < MODERATE ? reduce_moderate(x) : reduce_large(x);
}

/* Remainders below 1e-19 of the result. */
static inline double sine(double x, double rest)
{
    const double z = x * x, w = z * z;
    const double odd =
        0x1.1111111111111p-7 +
        w * (0x1.71de3a556c734p-19 + w * (0x1.6124613a86d09p-33 + w * 0x1.952c77030ad4ap-49));
    const double even = -0x1.a01a01a01a01ap-13 +
                        w * (-0x1.ae64567f544e4p-26 + w * -0x1.ae7f3e733b81fp-41);
    const double tail = x * z * (-0x1.5555555555555p-3 + z * (odd + z * even));
    return x + (tail + rest * (1 - 0.5 * z));
}

static inline double cosine(double x, double rest)
{
    const double z = x * x, w = z * z;
    const double a =
        0x1.5555555555555p-5 +
        w * (0x1.a01a01a01a01ap-16 + w * (0x1.1eed8eff8d898p-29 + w * 0x1.ae7f3e733b81fp-45));
    const double b =
        -0x1.6c16c16c16c17p-10 +
        w * (-0x1.27e4fb7789f5cp-22 + w * (-0x1.93974a8c07c9dp-37 + w * -0x1.6827863b97d97p-53));
    const double half = 0.5 * z, less = 1 - half;
    return less + (((1 - less) - half) + (w * (a + z * b) - x * rest));
}

double nb_sin_of(double x)
{
    if (!isfinite(x)) {
        return x - x;
    }
    if (fabs(x) < 0x1p-27) {
        return x; /* -0 too */
    }
    const Reduced a = reduce(x);
    const double y = a.n & 1 ? cosine(a.r, a.rest) : sine(a.r, a.rest);
    return a.n & 2 ? -y : y;
}

double nb_cos_of(double x)
{
    if (!isfinite(x)) {
        return x - x;
    }
    const Reduced a = reduce(x);
    const double y = a.n & 1 ? sine(a.r, a.rest) : cosine(a.r, a.rest);
    return a.n == 1 || a.n == 2 ? -y : y;
}

/* vecmath.c -- exp and its relatives as straight-line code that compilers vectorise */
#include <math.h>
#include <string.h>

#include "tensor/clones.h"
#include "tensor/vecmath.h"

/* exp(x) = 2^k · exp(r), k = round(x / log 2), |r| <= log(2)/2. log 2 is split so that k·LN2_HI
 * is exact; SHIFT rounds to an integer and leaves k in the low bits (Cody and Waite, "Software
 * Manual for the Elementary Functions", 1980). */
#define INV_LN2 1.44269504088896340736
#define LN2_HI 0x1.62e42fefa3800p-1
#define LN2_LO 0x1.ef35793c76730p-45
#define SHIFT 0x1.8p52

static inline uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline double from_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* (exp(r) - 1 - r) / r² for |r| <= log(2)/2: the Chebyshev fit of degree 10, 1e-18 of exp(r) - 1
 * off (computed with 60 digits). Terms are paired so that they need not wait for each other. */
static inline double tail_of(double r)
{
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double a = 0x1.0000000000000p-1 + 0x1.5555555555557p-3 * r;
    const double b = 0x1.5555555555556p-5 + 0x1.11111111100dcp-7 * r;
    const double c = 0x1.6c16c16c162d4p-10 + 0x1.a01a01abe7fe1p-13 * r;
    const double d = 0x1.a01a01a6d889cp-16 + 0x1.71de0231960ebp-19 * r;
    const double e = 0x1.27e4db646b17ep-22 + 0x1.af4de97ca4194p-26 * r;
    return (a + b * r2) + r4 * ((c + d * r2) + r4 * (e + 0x1.1f730349868cep-29 * r2));
}

/* exp(x) = 2^k (1 + high + low), low less than an ulp of high. */
typedef struct Reduced {
    double high, low;
    uint64_t k; /* modulo 2^64 */
} Reduced;

static inline Reduced reduce(double x)
{
    const double shifted = x * INV_LN2 + SHIFT;
    const double k = shifted - SHIFT;
    const double r = x - k * LN2_HI;
    const double rest = k * LN2_LO;
    const double both = r - rest;
    const double tail = both * both * tail_of(both) - rest;
    const double high = r + tail;
    return (Reduced){high, (r - high) + tail, bits_of(shifted) - bits_of(SHIFT)};
}

/* 2^k in two factors, since k may lie outside the exponents of normal numbers. */
static inline double exp_of(double x)
{
    x = x < -746.0 ? -746.0 : x;
    x = x > 710.0 ? 710.0 : x;
    const Reduced e = reduce(x);
    const uint64_t up = e.k + 4096;
    const uint64_t half = up >> 1;
    const double s1 = from_bits((half - 2048 + 1023) << 52);
    const double s2 = from_bits((up - half - 2048 + 1023) << 52);
    const double h = 1.0 + e.high;
    return (h + (((1.0 - h) + e.high) + e.low)) * s1 * s2;
}

/* The upper 26 bits of x: products of two such are exact. */
static inline double upper(double x)
{
    return from_bits(bits_of(x) & 0xfffffffff8000000u);
}

/* (a + b) / (c + a + b) with one rounding and a little, b less than an ulp of a. |a| < c, a power
 * of two. The quotient's upper half leaves an exact remainder, which is divided by the sum with the
 * help of 1/(c + a) = (1 - a/(c + a))/c. */
static inline double share(double a, double b, double c)
{
    const double sum = c + a;
    const double rest = ((c - sum) + a) + b;
    const double q = a / sum;
    const double q1 = upper(q);
    const double s1 = upper(sum);
    return q1 + ((a - q1 * s1) + (b - q1 * ((sum - s1) + rest))) * ((1.0 - q) * (1.0 / c));
}

/* tanh |x| = -e / (e + 2) with e = exp(-2|x|) - 1, which keeps every digit near 0. */
static inline double tanh_of(double x)
{
    const double a = fabs(x);
    const Reduced e = reduce(a > 20.0 ? -40.0 : -2.0 * a);
    const double s = from_bits((e.k + 1023) << 52);
    const double less = s - 1.0;
    const double high = less + s * e.high;
    const double low = ((less - high) + s * e.high) + (s * e.low + (s - (less + 1.0)));
    return copysign(share(high, low, 2.0), x);
}

/* Of e^-|x|, so that nothing overflows; below -700 it is that number itself, in two factors. */
static inline double sigmoid_of(double x)
{
    const double a = fabs(x);
    const double z = a > 746.0 ? -746.0 : -a;
    const Reduced e = reduce(z);
    const double far = z < -700.0 ? 0x1p-100 : 1.0;
    const double s = from_bits((e.k + (z < -700.0 ? 1123 : 1023)) << 52);
    const double h = 1.0 + e.high;
    const double below = share(s * h, s * (((1.0 - h) + e.high) + e.low), 1.0) * far;
    return x < 0 ? below : 1.0 - below;
}

NB_CLONES void nb_vec_exp(int64_t n, const double *x, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] = exp_of(x[i]);
    }
}

NB_CLONES void nb_vec_tanh(int64_t n, const double *x, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] = tanh_of(x[i]);
    }
}

NB_CLONES void nb_vec_sigmoid(int64_t n, const double *x, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] = sigmoid_of(x[i]);
    }
}

double nb_exp_of(double x)
{
    return exp_of(x);
}

double nb_tanh_of(double x)
{
    return tanh_of(x);
}

double nb_sigmoid_of(double x)
{
    return sigmoid_of(x);
}

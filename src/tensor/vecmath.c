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

/* exp(r) - 1 for |r| <= log(2)/2: Taylor to r^13, remainder below 1e-17. */
static inline double expm1_small(double r)
{
    double q = 1.0 / 6227020800.0;
    q = q * r + 1.0 / 479001600.0;
    q = q * r + 1.0 / 39916800.0;
    q = q * r + 1.0 / 3628800.0;
    q = q * r + 1.0 / 362880.0;
    q = q * r + 1.0 / 40320.0;
    q = q * r + 1.0 / 5040.0;
    q = q * r + 1.0 / 720.0;
    q = q * r + 1.0 / 120.0;
    q = q * r + 1.0 / 24.0;
    q = q * r + 1.0 / 6.0;
    q = q * r + 0.5;
    return r + r * r * q;
}

/* 2^k in two factors, since k may lie outside the exponents of normal numbers. */
static inline double exp_of(double x)
{
    x = x < -746.0 ? -746.0 : x;
    x = x > 710.0 ? 710.0 : x;
    const double shifted = x * INV_LN2 + SHIFT;
    const double k = shifted - SHIFT;
    const double r = (x - k * LN2_HI) - k * LN2_LO;
    const uint64_t up = bits_of(shifted) - bits_of(SHIFT) + 4096;
    const uint64_t half = up >> 1;
    const double s1 = from_bits((half - 2048 + 1023) << 52);
    const double s2 = from_bits((up - half - 2048 + 1023) << 52);
    return (1.0 + expm1_small(r)) * s1 * s2;
}

/* tanh x = e / (e + 2) with e = exp(2|x|) - 1, which keeps every digit near 0. */
static inline double tanh_of(double x)
{
    const double a = fabs(x);
    const double z = a > 20.0 ? 40.0 : 2.0 * a;
    const double shifted = z * INV_LN2 + SHIFT;
    const double k = shifted - SHIFT;
    const double r = (z - k * LN2_HI) - k * LN2_LO;
    const double s = from_bits((bits_of(shifted) - bits_of(SHIFT) + 1023) << 52);
    const double e = s * expm1_small(r) + (s - 1.0);
    return copysign(e / (e + 2.0), x);
}

/* exp is taken of a number <= 0 on both sides, so nothing overflows. */
static inline double sigmoid_of(double x)
{
    const double e = exp_of(-fabs(x));
    return (x < 0 ? e : 1.0) / (1.0 + e);
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

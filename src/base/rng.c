/* rng.c -- PCG-DXSM generator, uniforms, and normals by the ziggurat */
#include <math.h>
#include <stddef.h>

#include <nabla/rng.h>

#include "base/ziggurat.h"

/* A 128-bit linear congruential step by halves; multiplier and increment of the PCG family. */
#define MUL_HI 2549297995355413924U
#define MUL_LO 4865540595714422341U
#define INC_HI 6364136223846793005U
#define INC_LO 1442695040888963407U
#define CHEAP 0xda942042e4dd58b5U

void nb_rng_seed(NbRng *r, uint64_t hi, uint64_t lo)
{
    if (!r) {
        return;
    }
    r->hi = hi;
    r->lo = lo;
}

/* High half of a 64 × 64 bit product, from 32-bit parts. */
static uint64_t mul_high(uint64_t a, uint64_t b)
{
    uint64_t a0 = a & 0xffffffffU, a1 = a >> 32, b0 = b & 0xffffffffU, b1 = b >> 32;
    uint64_t mid = a1 * b0 + (a0 * b0 >> 32);
    uint64_t low = (mid & 0xffffffffU) + a0 * b1;
    return a1 * b1 + (mid >> 32) + (low >> 32);
}

uint64_t nb_rng_u64(NbRng *r)
{
    if (!r) {
        return 0;
    }
    uint64_t lo = r->lo * MUL_LO;
    uint64_t hi = mul_high(r->lo, MUL_LO) + r->hi * MUL_LO + r->lo * MUL_HI;
    r->lo = lo + INC_LO;
    r->hi = hi + INC_HI + (r->lo < lo);
    /* DXSM output: double xorshift, multiply by the odd low half. */
    uint64_t x = r->hi;
    x ^= x >> 32;
    x *= CHEAP;
    x ^= x >> 48;
    return x * (r->lo | 1);
}

double nb_rng_uniform(NbRng *r)
{
    return r ? (double)(nb_rng_u64(r) << 11 >> 11) * 0x1p-53 : NAN;
}

#define TAIL 3.442619855899 /* where the tail begins */

/* ln u for u in [0, 1), so that draws do not depend on the C library's last digit. By the method of
 * fdlibm: u = 2^k·(1 + f) with 1 + f in [√½, √2); with s = f/(2 + f), ln(1 + f) is
 * f − (f²/2 − s·(f²/2 + R(s²))), R a minimax polynomial with an error below 2^-58. */
static double log_of(double u)
{
    static const double c[] = {6.666666666666735130e-01, 3.999999999940941908e-01,
                               2.857142874366239149e-01, 2.222219843214978396e-01,
                               1.818357216161805012e-01, 1.531383769920937332e-01,
                               1.479819860511658591e-01};
    const double ln2_high = 6.93147180369123816490e-01; /* trailing zeros: k·ln2_high is exact */
    const double ln2_low = 1.90821492927058770002e-10;
    int k;
    if (u == 0) {
        return -INFINITY;
    }
    double m = frexp(u, &k);
    if (m < 0.70710678118654752440) {
        m *= 2;
        k--;
    }
    double f = m - 1, half = 0.5 * f * f;
    double s = f / (2 + f), s2 = s * s, s4 = s2 * s2;
    double odd = s2 * (c[0] + s4 * (c[2] + s4 * (c[4] + s4 * c[6])));
    double even = s4 * (c[1] + s4 * (c[3] + s4 * c[5]));
    return k * ln2_high - ((half - (s * (half + (odd + even)) + k * ln2_low)) - f);
}

static double tail(NbRng *r)
{
    double x, y;
    do {
        x = -log_of(nb_rng_uniform(r)) * (1 / TAIL);
        y = -log_of(nb_rng_uniform(r));
    } while (y + y < x * x);
    return TAIL + x;
}

double nb_rng_normal(NbRng *r)
{
    if (!r) {
        return NAN;
    }
    for (;;) {
        uint64_t u = nb_rng_u64(r);
        uint32_t bits = (uint32_t)u;
        int64_t j = bits < 0x80000000U ? (int64_t)bits : (int64_t)bits - 0x100000000;
        size_t i = (size_t)(u >> 32 & (NB_STRIPS - 1));
        double x = (double)j * (double)nb_strip[i].w;
        if ((uint64_t)(j < 0 ? -j : j) < nb_strip[i].k) {
            return x;
        }
        if (i == 0) {
            return j > 0 ? tail(r) : -tail(r);
        }
        float y = nb_strip[i].f + (float)nb_rng_uniform(r) * (nb_strip[i - 1].f - nb_strip[i].f);
        if (y < (float)exp(-0.5 * x * x)) {
            return x;
        }
    }
}

/* clamp.h -- a number kept between two bounds */
#ifndef NB_BASE_CLAMP_H
#define NB_BASE_CLAMP_H

#include <stdint.h>

/* NaN stays NaN. */
static inline double nb_clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static inline int64_t nb_clamp_int(int64_t i, int64_t lo, int64_t hi)
{
    return i < lo ? lo : i > hi ? hi : i;
}

#endif

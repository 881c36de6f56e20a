/* rng.h -- PCG-DXSM with 128-bit state; uniforms and ziggurat normals */
#ifndef NABLA_RNG_H
#define NABLA_RNG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* State of PCG-DXSM (O'Neill; "cheap multiplier" variant), hi and lo half. */
typedef struct NbRng {
    uint64_t hi, lo;
} NbRng;

void nb_rng_seed(NbRng *r, uint64_t hi, uint64_t lo); /* the state itself: any two numbers */
uint64_t nb_rng_u64(NbRng *r);                        /* the next draw, uniform on 64 bits */
/* In [0, 1): the low 53 bits of a draw times 2^-53. */
double nb_rng_uniform(NbRng *r);
/* Standard normal, the same to the last bit on every machine: 128-strip ziggurat of Marsaglia and
 * Tsang (J. Stat. Soft. 5, 2000). */
double nb_rng_normal(NbRng *r);

#ifdef __cplusplus
}
#endif

#endif

/* clones.h -- one marker for hot loops compiled once per vector width */
#ifndef NB_TENSOR_CLONES_H
#define NB_TENSOR_CLONES_H

#include <limits.h> /* says whether the library is glibc, which alone finds the right one */

/* Only for loops whose result does not depend on the vector width: elementwise ones, and
 * reductions with a fixed number of lanes. Sanitizers cannot run before ifuncs are resolved. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) &&       \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(NB_NO_CLONES)
#define NB_CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define NB_CLONES
#endif

#endif

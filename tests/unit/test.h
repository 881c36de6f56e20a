/* test.h -- what every unit test includes: cmocka, its suite, failing allocations */
#ifndef NABLA_TESTS_UNIT_TEST_H
#define NABLA_TESTS_UNIT_TEST_H

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "tests/suite.h"

/* The n-th allocation of the engine from now fails, and all after it; 0 ends this and tells
 * whether any was refused. */
static inline bool test_fail_allocation(uint64_t n)
{
    static uint64_t at;
    uint64_t ran = nb_mem_fail_at(n, true);
    bool refused = at > 0 && ran >= at;
    at = n;
    return refused;
}

/* How many times longer than usual things may take: 1, or more under a checker. */
static inline double test_patience(void)
{
    const char *times = getenv("NB_PATIENCE");
    return times ? atof(times) : 1;
}

/* Processor time of this program so far, s, which a busy machine does not change. */
static inline double test_used(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* The comparison of the golden numbers: relative above 1, absolute below. */
static inline void assert_close(double got, double want, double tolerance)
{
    double scale = fabs(want) > 1 ? fabs(want) : 1;
    if (!(fabs(got - want) <= tolerance * scale)) {
        fail_msg("%.17g is not %.17g", got, want);
    }
}

static inline FILE *test_golden(const char *name)
{
    char path[512];
    const char *dir = getenv("NABLA_GOLDEN");
    snprintf(path, sizeof path, "%s/%s", dir ? dir : "tests/golden", name);
    FILE *f = fopen(path, "r");
    if (!f) {
        fail_msg("cannot open %s", path);
    }
    return f;
}

#define NB_TEST_MAIN(group)                                                                        \
    SUITE()                                                                                        \
    {                                                                                              \
        return cmocka_run_group_tests(group, NULL, NULL);                                          \
    }

#endif

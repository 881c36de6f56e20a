/* clock.c -- the clock of the windows under test: it can stand still, and leap over a wait */
/* Its nb_seconds stands in the place of that of src/base/clock.c. */
#include "clock.h"

#include <time.h>

#include "base/clock.h"

static struct {
    double ahead; /* of the machine's clock, s; while it stands, the time */
    bool stands;
} test_clock;

double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double nb_seconds(void)
{
    return test_clock.stands ? test_clock.ahead : seconds() + test_clock.ahead;
}

void clock_leap(double ms)
{
    test_clock.ahead += ms / 1000;
}

void clock_stop(bool stop)
{
    if (stop != test_clock.stands) {
        const double now = nb_seconds();
        test_clock.ahead = stop ? now : now - seconds();
        test_clock.stands = stop;
    }
}

bool clock_stands(void)
{
    return test_clock.stands;
}

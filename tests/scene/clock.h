/* clock.h -- the clock of the windows under test: it can stand still, and leap over a wait */
#ifndef NABLA_TESTS_SCENE_CLOCK_H
#define NABLA_TESTS_SCENE_CLOCK_H

#include <stdbool.h>

/* What is due later is due so much sooner. */
void clock_leap(double ms);
/* While it stands, time passes by leaps alone, however busy the machine is. */
void clock_stop(bool stop);
bool clock_stands(void);
/* The clock of the machine, s. */
double seconds(void);

#endif

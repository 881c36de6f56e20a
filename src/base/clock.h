/* clock.h -- time that only goes forward */
#ifndef NB_BASE_CLOCK_H
#define NB_BASE_CLOCK_H

double nb_seconds(void); /* since some moment of the system's */

#endif

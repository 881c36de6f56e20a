/* number.h -- decimal text to double, without regard to the locale */
#ifndef NB_DATA_NUMBER_H
#define NB_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* The whole text as a number, correctly rounded, or inf with a sign; false when it is none. */
bool data_number(const char *text, size_t len, double *out);

#endif

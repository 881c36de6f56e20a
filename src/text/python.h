/* python.h -- names of the language as names of Python */
#ifndef NABLA_TEXT_PYTHON_H
#define NABLA_TEXT_PYTHON_H

#include <stdbool.h>

#include "base/text.h"

/* Adds a name that Python reads as this one alone. Digits below the line become usual ones, other
 * characters that Python refuses or takes for another (it reads ﬁ as fi) their number, and what
 * cannot be in a name at all (the dots of m.w) a line. Two names may become the same. */
void nb_python_name(Text *t, const char *name);
/* Keywords, and what is built into Python. */
bool nb_python_taken(const char *name);

#endif

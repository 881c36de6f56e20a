/* statements.h -- random statements over the whole language, for tests of undo and save */
#ifndef NABLA_TESTS_UNIT_STATEMENTS_H
#define NABLA_TESTS_UNIT_STATEMENTS_H

#include <stddef.h>

#include <nabla/rng.h>

/* One statement; many are wrong, some stop half-way. Names are few, so that they meet. */
void random_statement(NbRng *rng, char *buf, size_t cap);

#endif

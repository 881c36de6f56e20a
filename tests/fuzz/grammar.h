/* grammar.h -- programs that mean something, each choice made by a byte of the input */
#ifndef NABLA_TESTS_GRAMMAR_H
#define NABLA_TESTS_GRAMMAR_H

#include "fuzz.h"

#define GRAMMAR_TEXT 4096

/* Writes a program into text, GRAMMAR_TEXT + 1 bytes, and returns its length. session: with the
 * commands of whole sessions, else with those of fuzz_eval.c. */
size_t grammar_program(const uint8_t *data, size_t size, bool session, char *text);

#endif

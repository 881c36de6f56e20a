/* answer.h -- what a person answers to walk and quiz: read, judged, and what it was taken for */
#ifndef NABLA_CMD_ANSWER_H
#define NABLA_CMD_ANSWER_H

#include "cmd/terms.h"

#define ANSWER_TOLERANCE 0.01 /* relative */

/* The line, without blanks around it, is a word of the conversation, in its short or long form,
 * "q" or "quit". A form that names a number of the session is an answer, while the other one, or
 * at least the long one, stays a word. */
bool answer_is_word(const Subject *u, const char *line, const char *letter, const char *word);
/* The form of it that is understood, to be told. */
const char *answer_word(const Subject *u, const char *letter, const char *word);
bool answer_names_number(const Subject *u, const char *name);
/* Takes the blanks around a line away. */
const char *answer_line(char *line);
/* A line as a value: any expression that gives numbers, without gradients in it. false when it is
 * none, which is said; *out is a new reference. */
bool answer_read(const Subject *u, const char *line, Value *out);
/* Every number of it is near enough to those of `right`, of a number (right NULL) to num. */
bool answer_right(Value given, double num, const NbTensor *right, double tolerance);
/* What a wrong answer for ∂f/∂x is instead, "that is ∂f/∂y"; nothing when it is nothing known. */
void answer_instead(const Subject *u, const Uses *uses, const NbVar *x, Value given, Text *t);
/* The same for the local derivative of one edge of the sweep. */
void answer_instead_local(const Subject *u, const NbContribution *e, Value given, Text *t);

#endif

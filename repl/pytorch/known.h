/* known.h -- what names of the language mean from the start, and errors at places of a program */
#ifndef NABLA_PYTORCH_KNOWN_H
#define NABLA_PYTORCH_KNOWN_H

#include <stdarg.h>

#include "lang/ast.h"

const NbOp *known_op(const Interp *I, int symbol);     /* NULL: none */
const Builtin *known_row(const Interp *I, int symbol); /* a builtin or command; NULL: none */
bool known_constant(const Interp *I, int symbol);      /* pi, true, … */
bool known_fail(Interp *I, const Program *p, const Node *at, const char *fmt,
                va_list ap); /* false */
void known_hint(Interp *I, const char *fmt, va_list ap);
bool known_no_memory(Interp *I); /* false */

#endif

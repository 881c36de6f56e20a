/* python_names.h -- a name of Python for each variable of a graph, no two the same */
#ifndef NABLA_VIZ_PYTHON_NAMES_H
#define NABLA_VIZ_PYTHON_NAMES_H

#include <nabla/graph.h>

#include "text/style.h"

typedef struct NbPyNames NbPyNames;

/* New, or NULL when out of memory; borrows the tape. m.linear[0].w is m_linear_0_w, x~1 is x_1,
 * an unnamed constant c1, and what would be taken already has a number at its end. */
NbPyNames *nb_py_names_new(const NbTape *tape, NbTextStyle style);
/* Borrowed; "" of what is not on the tape. */
const char *nb_py_names_of(const NbPyNames *names, const NbVar *v);
void nb_py_names_free(NbPyNames **names);

#endif

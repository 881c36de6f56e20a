/* dot.h -- a graph as DOT text */
#ifndef NABLA_VIZ_DOT_H
#define NABLA_VIZ_DOT_H

#include "model.h"

/* Appends the graph to out. Nodes are named by serial and carry the attributes op, value and grad
 * beside what Graphviz draws. title may be NULL. */
NbStatus nb_viz_dot(const NbModel *m, const char *title, NbTheme theme, Text *out, NbErr *err);

#endif

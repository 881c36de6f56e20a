/* kernel.h -- the program as a kernel of Jupyter, and scripts as notebooks */
#ifndef NABLA_KERNEL_H
#define NABLA_KERNEL_H

#include "session/session.h"

/* All return an exit status, and say on stderr what is wrong. */

/* Serves the clients of a connection file until it is shut down: the session's front from then
 * on. */
int kernel_run(Session *s, const char *connection_file);
/* Writes the kernelspec where Jupyter looks: below prefix, or with NULL in the person's own
 * folder; says where on stdout. */
int kernel_install(Session *s, const char *prefix);

/* A script as a notebook on stdout: comments are texts, statements cells, tasks cells with their
 * checks. run: with the output of each cell. */
int notebook_from_script(Session *s, const char *path, bool run);
/* And back. */
int notebook_to_script(Session *s, const char *path);

#endif

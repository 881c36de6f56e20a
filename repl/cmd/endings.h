/* endings.h -- names of files whose ending belongs to another command */
#ifndef NABLA_CMD_ENDINGS_H
#define NABLA_CMD_ENDINGS_H

#include "lang/builtin.h"

/* Whether save, export may write a file of this name; false with the error set at `at`. */
bool endings_save(Interp *I, const Node *at, const char *path);
bool endings_export(Interp *I, const Node *at, const char *path);

/* export fig.png, f: an unknown name that was meant as a file's; returns false. */
bool endings_quotes(Interp *I, const Call *c);

#endif

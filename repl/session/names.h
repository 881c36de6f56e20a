/* names.h -- the nearest known name to a mistyped one */
#ifndef NABLA_REPL_NAMES_H
#define NABLA_REPL_NAMES_H

/* Differences from which on a name is not near any more. */
int name_far(const char *typed);
/* Takes `known` as *best when it differs from `typed` in fewer places than *least. */
void name_nearer(const char *typed, const char *known, const char **best, int *least);

#endif

/* done.h -- lessons done: a file that one run leaves for the next */
#ifndef NABLA_REPL_DONE_H
#define NABLA_REPL_DONE_H

#include <stdbool.h>

typedef struct Done {
    int step, steps; /* the step that was reached, of so many: all of them when it is done */
    int own, tasks;  /* tasks answered by oneself, at best */
} Done;

/* What is known of a lesson; false when it was never begun. */
bool done_read(const char *lesson, Done *d);
/* Writes it down; a place on a disk that cannot be written is nobody's trouble. */
void done_write(const char *lesson, const Done *d);

#endif

/* complete.h -- what can stand where the cursor is: names, attributes, options, files */
#ifndef NABLA_REPL_COMPLETE_H
#define NABLA_REPL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Session Session;

#define COMPLETE_BREAKS " \t\n\"'(){}[],;=+-*/%@^<>:!?"

typedef struct Completion {
    char **word; /* each new, for free() */
    int n;
    size_t cap;
    int *slot; /* table of words: places in `word` + 1, 0 empty */
    size_t slots;
    int files;  /* where the path begins, in quotes of a command that takes a file; 0: none */
    bool space; /* the only word is a command: a blank follows */
} Completion;

/* Completes line[start, end), the word before the cursor; words begin with it. */
void complete(Session *s, const char *line, int start, int end, Completion *out);
void completion_free(Completion *c);

#endif

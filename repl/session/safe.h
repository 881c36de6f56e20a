/* safe.h -- nabla --safe: running what others wrote */
#ifndef NABLA_REPL_SAFE_H
#define NABLA_REPL_SAFE_H

#include "session/session.h"

/* From now on the session reads below a folder only, writes nothing, opens no windows, and keeps
 * the meaning of builtins. Where the system offers it, the process gives up writing to files and
 * starting programs for good, so that a mistake of ours stays without effect. */
void safe_begin(Session *s);
/* The folder of this file ("" or NULL: the current one) is the one below which files are read.
 * false with *err set when it cannot be opened. */
bool safe_folder(Session *s, const char *file, NbErr *err);
void safe_end(Session *s);

/* What a sheet that is graded does not read, whatever it is called: the grader, other sheets. */
typedef struct SafeHidden {
    struct SafeFile {
        unsigned long long device, number;
    } * file;
    int n;
    char *folder; /* nor what is below it; NULL: none */
} SafeHidden;

/* The grader, or its folder, and the sheets; false when out of memory. Then for safe_hidden_free.
 */
bool safe_hide(SafeHidden *h, const char *grader, const char *const *sheet, int n);
void safe_hidden_free(SafeHidden *h);
/* A sheet that is graded stands alone from now on: it reads no scripts, and nothing of what is
 * hidden (borrowed, may be NULL). Commands that show or write are left out with a note. */
void safe_seal(Session *s, const SafeHidden *hidden);
/* Its statements have run: the grader's are next. */
void safe_unseal(Session *s);

#endif

/* undo.h -- statements that can be taken back and done again */
#ifndef NABLA_REPL_UNDO_H
#define NABLA_REPL_UNDO_H

#include "session/session.h"
#include "base/text.h"

/* Every top-level statement that changed the session is kept with what it overwrote, up to so many
 * megabytes in all; the oldest go first. */
typedef struct Undo Undo;

#define UNDO_MB 64
#define UNDO_MB_TEXT UNDO_WORDS(UNDO_MB) /* "64 MB" */
#define UNDO_WORDS(n) UNDO_WORDS_OF(n)
#define UNDO_WORDS_OF(n) #n " MB"

Undo *undo_new(void);
void undo_free(Undo **undo);
void undo_forget(Session *s); /* nothing can be taken back any more */
/* For tests: another limit. */
void undo_limit(Session *s, size_t bytes);

/* The statement that ends now: kept if it changed something; then nothing is left to redo. */
void undo_keep(Session *s);
/* What was changed since the last statement ended (an optimizer that learned of new weights)
 * belongs to it. */
void undo_late(Session *s);

int undo_count(const Session *s); /* statements that can be taken back */
int redo_count(const Session *s);
/* Takes back or does again one statement; what says which and what changed, within 76 columns:
 * "minimize f, steps=1000   (x: 0.68 → 0.002)". */
bool undo_step(Session *s, bool redo, Text *what);
/* Why nothing older can be taken back: text of the statement that was too large, or NULL. */
const char *undo_barrier(const Session *s);
/* Nothing older, because memory for it was refused; undo_barrier may be NULL. */
bool undo_refused(const Session *s);

#endif

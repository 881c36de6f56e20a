/* part.h -- what commands keep in a session beside its core: windows, the ledger, a lesson */
#ifndef NABLA_REPL_PART_H
#define NABLA_REPL_PART_H

#include "session/session.h"

/* Names the memory of a part, below all that works with it. */
typedef struct PartKey {
    size_t size; /* zeroed with the session */
} PartKey;

/* Static, in the file that owns it; any call may be NULL. */
struct SessionPart {
    const PartKey *key;
    void (*before)(Session *s);              /* a text is about to run, and nothing runs */
    RunEnd (*after)(Session *s, RunEnd end); /* a statement ended; may run more */
    void (*follow)(Session *s);              /* names may be bound anew: statement, undo, redo */
    void (*passed)(Session *s);              /* a pass of a loop; now and then, values are whole */
    void (*changed)(Session *s);             /* values or names may have changed */
    void (*settings)(Session *s);
    void (*forget)(Session *s);       /* lets go of all variables and objects */
    void (*close)(Session *s);        /* the session is emptied */
    int (*fd)(const Session *s);      /* to poll for reading, or -1 */
    int (*timeout)(const Session *s); /* ms, or -1 */
    bool (*open)(const Session *s);   /* a person may still look at it */
    void (*pump)(Session *s);         /* what is due; cheap when nothing is */
    void (*stop)(Session *s);         /* Ctrl-C at the prompt */
    void (*free)(Session *s);         /* before the core, in the order of the table */
};

/* The memory of a part of this session. */
void *session_part(const Session *s, const PartKey *key);

/* --- for the session: every part, in order --- */
bool parts_new(Session *s);
void parts_free(Session *s);
void parts_before(Session *s);
RunEnd parts_after(Session *s, RunEnd end);
void parts_follow(Session *s);
void parts_changed(Session *s);
void parts_settings(Session *s);
void parts_forget(Session *s);
void parts_close(Session *s);

#endif

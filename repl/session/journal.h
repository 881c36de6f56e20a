/* journal.h -- what a unit overwrote: states saved before their first change, and put back */
#ifndef NABLA_REPL_JOURNAL_H
#define NABLA_REPL_JOURNAL_H

#include "lang/interp.h"
#include "session/settings.h"

/* One unit is one top-level statement (or one pass of a long loop). The journal holds the state
 * each object had before its first write in the unit, in the order of these writes, and what of the
 * session is not kept in objects: the generators, the seed, the root of the last backward. */
typedef struct Journal Journal;

/* What is about to be written. A new kind is a row in journal.c. */
typedef enum TouchKind {
    TOUCH_BINDING, /* with identity */
    TOUCH_VAR,     /* value, gradient, name */
    TOUCH_EDGES,   /* which are cut */
    TOUCH_OPTIM,
    TOUCH_MODULE,
    TOUCH_SETTINGS,
    TOUCH_WATCHES,
    TOUCH_HELD /* which leaves hold a gradient, when all are let go */
} TouchKind;
typedef struct Touch {
    TouchKind kind;
    union {
        uintptr_t object; /* 0: of the session */
        uintptr_t symbol; /* TOUCH_BINDING */
        NbVar *var;       /* TOUCH_VAR, TOUCH_EDGES */
        NbOptim *optim;
        NbModule *module;
    };
    Obj *owner; /* of the optimizer or module */
} Touch;

Journal *journal_new(void); /* new, or NULL when out of memory */
void journal_free(Journal **j);
/* A unit begins: empties it and takes down what is not kept in objects. */
void journal_begin(Journal *j, Session *s);
/* The unit is over: it lets go of the root, and of its entries unless `keep`. */
void journal_end(Journal *j, bool keep);

/* Saves the state, and keeps a reference, of what is not newer than `serial`. false when out of
 * memory: the unit cannot be taken back. */
bool journal_save(Journal *j, const Touch *what, const Session *s, uint64_t serial);

/* Exchanges every saved state with the present one: the first call takes the unit back, a second
 * one does it again. To the last bit, stamps included, which is right when the journal has all
 * that the unit changed. */
void journal_exchange(Journal *j, Session *s);

/* Moves entries of `later` into j, dropping those of objects that j saved earlier and those of
 * objects made after `serial`; empties it. */
bool journal_absorb(Journal *j, Journal *later, uint64_t serial);
/* Drops entries of objects that are now as they were; true when nothing is left and what is not
 * kept in objects is as it was. */
bool journal_settle(Journal *j, const Session *s);

/* The first entry of an object newer than `serial`, or of what is no object; of the seed, when that
 * is another now: kind TOUCH_VAR without an object. false: there is none. */
bool journal_newer(const Journal *j, const Session *s, uint64_t serial, Touch *what);

bool journal_empty(const Journal *j);
size_t journal_bytes(const Journal *j); /* memory of the copies, about */
void journal_trim(Journal *j);          /* gives back memory that only a growing journal needs */
/* Calls fn for every reference to a variable that the journal holds. */
void journal_each_held(const Journal *j, void (*fn)(void *user, NbVar *v), void *user);
/* Bindings saved: fn is called for each with its value before the unit (borrowed). */
void journal_each_binding(const Journal *j, void (*fn)(void *user, int symbol, Value before),
                          void *user);
/* Variables saved, oldest write first; `state` is the other state than the present one. */
void journal_each_var(const Journal *j, void (*fn)(void *user, const NbVarState *state),
                      void *user);
/* Optimizers saved. */
void journal_each_optim(const Journal *j, void (*fn)(void *user, Obj *owner, const NbOptimState *s),
                        void *user);
/* The settings saved; NULL when they were not. */
const Settings *journal_saved_settings(const Journal *j);

#endif

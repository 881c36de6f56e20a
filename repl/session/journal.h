/* journal.h -- what a unit overwrote: states saved before their first change, and put back */
#ifndef NABLA_REPL_JOURNAL_H
#define NABLA_REPL_JOURNAL_H

#include "lang/interp.h"
#include "session/runs.h"
#include "session/settings.h"

/* One unit is one top-level statement (or one pass of a long loop). The journal holds the state
 * each object had before its first write in the unit, in the order of these writes: bindings with
 * identity, values and gradients of variables, edges that were cut, states of optimizers and
 * modules, settings, watches, the generators. */
typedef struct Journal Journal;

Journal *journal_new(void); /* new, or NULL when out of memory */
void journal_free(Journal **j);
/* Empties it and takes down the state of the generators. */
void journal_begin(Journal *j, NbCtx *ctx);

/* Saving; each keeps references. false when out of memory: the unit cannot be taken back. */
bool journal_binding(Journal *j, int symbol, Value before, bool is_const);
bool journal_var(Journal *j, NbVar *v);
bool journal_edges(Journal *j, NbVar *v);
bool journal_optim(Journal *j, Obj *owner, NbOptim *o);
bool journal_module(Journal *j, Obj *owner, NbModule *m);
bool journal_settings(Journal *j, const Settings *set);
bool journal_watches(Journal *j, Watches *before); /* takes it; NULL is a failure */

/* What of the session is not kept in objects: saved with each unit. */
typedef struct Marks {
    uint64_t seed[2];
    NbVar *swept; /* root of the last backward; reference */
    bool stepped;
} Marks;
Marks *journal_marks(Journal *j);

/* Exchanges every saved state with the present one: the first call takes the unit back, a second
 * one does it again. To the last bit, stamps included, which is right when the journal has all
 * that the unit changed. Settings and watches are exchanged with those given; either NULL: left
 * alone. */
typedef struct JournalPlace {
    Interp *I;
    Settings *set;
    Runs *runs;
} JournalPlace;
void journal_exchange(Journal *j, const JournalPlace *place);

/* Moves entries of `later` into j, dropping those of objects that j saved earlier and those of
 * objects made after `serial`; empties it. */
bool journal_absorb(Journal *j, Journal *later, uint64_t serial);
/* Drops entries of objects that are now as they were; true when nothing is left and the
 * generators stand where they stood. */
bool journal_settle(Journal *j, const JournalPlace *place);

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

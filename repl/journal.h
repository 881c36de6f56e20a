/* journal.h -- what a unit overwrote: states saved before their first change, and put back */
#ifndef NABLA_REPL_JOURNAL_H
#define NABLA_REPL_JOURNAL_H

#include "lang/interp.h"

/* One unit is one top-level statement (or one pass of a long loop). The journal holds the state
 * each object had before its first write in the unit: bindings with identity, values and
 * gradients of variables, states of optimizers and modules, the generators. Inner values are not
 * stored: they are recomputed from the leaves. */
typedef struct Journal Journal;

Journal *journal_new(void); /* new, or NULL when out of memory */
void journal_free(Journal **j);
/* Empties it and takes down the state of the generators. */
void journal_begin(Journal *j, NbCtx *ctx);

/* Saving; each keeps references. false when out of memory: the unit cannot be taken back. */
bool journal_binding(Journal *j, int symbol, Value before);
bool journal_var(Journal *j, NbVar *v);
bool journal_optim(Journal *j, Obj *owner, NbOptim *o);
bool journal_module(Journal *j, Obj *owner, NbModule *m);

/* Exchanges every saved state with the present one, newest first: the first call takes the unit
 * back, a second one does it again. false when memory ran out before anything changed. */
bool journal_swap(Journal *j, Interp *I);
/* Moves entries of `later` into j, dropping those of objects that j saved earlier; empties it. */
bool journal_absorb(Journal *j, Journal *later);

bool journal_empty(const Journal *j);
size_t journal_bytes(const Journal *j); /* memory held, about */
/* Bindings saved: fn is called for each with its value before the unit (borrowed). */
void journal_each_binding(const Journal *j, void (*fn)(void *user, int symbol, Value before),
                          void *user);
bool journal_wrote_value(const Journal *j); /* a variable's value or gradient was saved */

#endif

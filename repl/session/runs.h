/* runs.h -- the run record: when runs begin, what is sampled, what is watched */
#ifndef NABLA_REPL_RUNS_H
#define NABLA_REPL_RUNS_H

#include "lang/interp.h"

typedef struct Session Session;
typedef struct Runs Runs;
struct Snapshots;

#define WATCH_MAX 12

Runs *runs_new(bool *lost);
void runs_free(Runs **r);
void runs_forget(Runs *r, Session *s); /* restart: drops runs and watches */

/* The record, made when first asked for; NULL when out of memory. */
NbRecord *runs_record(Runs *r);
/* A copy of these runs in place of those there are; the next sample begins a new one. No window may
 * show the record. NULL: none. */
void runs_put_record(Runs *r, const NbRecord *from);

/* --- watches: expressions evaluated by name each time --- */
bool runs_watch(Runs *r, Interp *I, const Node *expr); /* false with the error set */
bool runs_unwatch(Runs *r, const char *text);          /* false when not watched */
void runs_unwatch_all(Runs *r);
int runs_watches(const Runs *r); /* none while one is evaluated */
const char *runs_watch_text(const Runs *r, int i);
/* Its value now; false, with NaN in *out, when it does not evaluate to a number. */
bool runs_watch_number(Runs *r, Interp *I, int i, double *out);
/* The list of watches as one object, for undo. New, or NULL when out of memory. */
typedef struct Watches Watches;
Watches *runs_watches_save(const Runs *r);
void runs_watches_swap(Runs *r, Watches **w); /* with those there are */
bool runs_watches_same(const Runs *r, const Watches *w);
void watches_free(Watches **w);
/* Source text of a watch, not NUL-terminated. */
const char *runs_watch_source(const Runs *r, int i, size_t *len);
/* Adds an expression that was parsed before; keeps a reference. false when there is no room. */
bool runs_watch_kept(Runs *r, Interp *I, Program *p, const Node *expr);
bool runs_watch_value(Runs *r, Interp *I, int i, Value *out);

/* --- sampling --- */
/* The next sample begins a new run: an optimizer was made or reset, or a parameter written. */
void runs_end(Runs *r);
/* Before an update of `o`, with root as what is minimised (may be NULL). */
void runs_step(Runs *r, Session *s, NbOptim *o, NbVar *root);
/* The same row, whether the step comes or not: the end of minimize. */
void runs_last(Runs *r, Session *s, NbOptim *o, NbVar *root);
/* Without an optimizer: f was computed again. */
void runs_forward(Runs *r, Session *s, NbVar *root);
/* `o` is gone: never compare with it again. */
void runs_drop_optim(Runs *r, const NbOptim *o);
/* The variable was written by `:=`: ends the run whose parameter it is. */
void runs_written(Runs *r, const NbVar *v);
/* A statement has ended: the newest sample is in the record, however it is thinned. */
void runs_settle(Runs *r);
/* While on, runs that begin are tries beside the run that goes on, which `rewind` passes over. */
void runs_aside(Runs *r, bool on);
/* What `rewind` goes back to: parameters and optimizer state at steps. */
const struct Snapshots *runs_snapshots(const Runs *r);

#endif

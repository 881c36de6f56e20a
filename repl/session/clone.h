/* clone.h -- a private copy of a graph, to be tried out: the session's own stays untouched */
#ifndef NABLA_REPL_CLONE_H
#define NABLA_REPL_CLONE_H

#include "session/session.h"

/* Leaves and nodes in the order of the tape they were copied from. Constants are shared, dropout
 * masks kept as they are. */
typedef struct Clone {
    Session *s;
    NbVar **leaf;
    size_t nleaves;
    NbCopies inner;
    NbVar *root; /* reference */
    NbNanMode nan;
} Clone;

/* Until clone_end what is not finite is not reported. The copy is newer than the statement: writes
 * to it are no changes of the session. Several may live at once; the newest ends first. false with
 * the context's error set; clone_end then too. */
bool clone_begin(Clone *c, Session *s, NbVar *root);
void clone_end(Clone *c);

#endif

/* ledger.h -- what each backward call added to each gradient: kept for the command ledger */
#ifndef NABLA_CMD_LEDGER_H
#define NABLA_CMD_LEDGER_H

#include "session/part.h"

/* Sweeps of statements at top level are kept while their graphs are small, those inside loops once
 * the ledger was asked for: until then a loop pays one test of session->sweeps_watched. */

/* A sweep by this call is kept: at top level, or among the first of a loop. */
bool ledger_wants(const Session *s, const Node *call);
/* root was swept from seed (NULL: 1) by the call, whose text is kept. Nothing is reported: what
 * cannot be kept is missing, and the ledger says so. */
void ledger_sweep(Session *s, NbVar *root, const NbTensor *seed, const char *statement);
/* The gradient of v was cleared, of all variables when v is NULL. */
void ledger_cleared(Session *s, const NbVar *v);
extern const SessionPart ledger_part;

#endif

/* restore.c -- a journal changes places with the session: what was then and what is now */
#include "session/restore.h"

#include <stdlib.h>

#include "base/mem.h"
#include "session/core.h"

typedef struct Back { /* variables that were put back */
    NbVar **var;
    size_t n, cap;
    bool failed;
} Back;

static void add_back(void *user, const NbVarState *state)
{
    Back *b = user;
    if (nb_grow(&b->var, &b->cap, b->n + 1, sizeof *b->var)) {
        b->var[b->n++] = state->var;
    } else {
        b->failed = true;
    }
}

bool session_exchange(Session *s, Journal *j)
{
    Back b = {0};
    journal_exchange(j, s);
    if (journal_empty(j)) {
        return true;
    }
    if (journal_saved_settings(j)) {
        session_apply(s);
    }
    s->core->only_optim = NULL;
    s->core->optims_known = false;
    labels_changed(s->labels);
    journal_each_var(j, add_back, &b);
    bool ok = session_holds(s, b.var, b.n) && !b.failed;
    free(b.var);
    return ok;
}

/* restore.c -- a journal changes places with the session: what was then and what is now */
#include "session/restore.h"

#include <stdlib.h>

typedef struct Back { /* variables that were put back */
    NbVar **var;
    size_t n, cap;
    bool failed;
} Back;

static void add_back(void *user, const NbVarState *state)
{
    Back *b = user;
    if (b->n == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : 32;
        NbVar **grown = realloc(b->var, cap * sizeof(NbVar *));
        if (!grown) {
            b->failed = true;
            return;
        }
        b->var = grown;
        b->cap = cap;
    }
    b->var[b->n++] = state->var;
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
    s->only_optim = NULL;
    s->optims_known = false;
    labels_changed(s->labels);
    journal_each_var(j, add_back, &b);
    bool ok = session_holds(s, b.var, b.n) && !b.failed;
    free(b.var);
    return ok;
}

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

static void exchange_marks(Session *s, Marks *m)
{
    Marks now = {{s->seed[0], s->seed[1]}, s->swept, s->stepped};
    s->seed[0] = m->seed[0];
    s->seed[1] = m->seed[1];
    s->swept = m->swept;
    s->stepped = m->stepped;
    *m = now;
}

bool session_exchange(Session *s, Journal *j)
{
    Back b = {0};
    const JournalPlace place = {.I = s->interp, .set = &s->set, .runs = s->runs};
    journal_exchange(j, &place);
    exchange_marks(s, journal_marks(j));
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

void session_journal(Session *s, Journal *j)
{
    Marks *m = journal_marks(j);
    journal_begin(j, s->ctx);
    m->seed[0] = s->seed[0];
    m->seed[1] = s->seed[1];
    m->stepped = s->stepped;
    if (m->swept != s->swept) {
        nb_var_unref(&m->swept);
        m->swept = nb_var_ref(s->swept);
    }
}

void session_journal_empty(Session *s, Journal *j)
{
    journal_begin(j, s->ctx);
    nb_var_unref(&journal_marks(j)->swept);
}

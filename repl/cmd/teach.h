/* teach.h -- what the explaining commands share: their subject, its sweep edge by edge */
#ifndef NABLA_CMD_TEACH_H
#define NABLA_CMD_TEACH_H

#include "cmd/table.h"
#include "session/formula.h"

/* The graph a command explains. */
typedef struct Subject {
    Session *s;
    Interp *I;
    const Call *call;
    const Node *node; /* of the argument, for errors */
    NbVar *f;         /* a reference */
    char name[96];    /* as shown */
    const NbTape *tape;
    NbContributions *sweep; /* NULL until teach_sweep */
} Subject;

/* The variable of argument i (unevaluated: B_LAZY). Unnamed nodes behind it are v1, v2, … from now
 * on. false with the error set. */
bool teach_begin(Subject *u, Interp *I, const Call *c, int i);
/* The same for a variable at hand; keeps a reference. */
bool teach_begin_var(Subject *u, Interp *I, const Call *c, const Node *node, NbVar *f);
void teach_end(Subject *u);
/* All contributions of one backward sweep; false with the error that backward would give. */
bool teach_sweep(Subject *u);

/* root depends on x, or is x. Without memory to tell it, the statement is lost. */
bool teach_behind(Session *s, NbVar *root, const NbVar *x);
/* Steps are for a person at the prompt, not for a script or a loaded file. */
bool teach_asks(const Session *s);

/* --- texts --- */
const char *teach_label(const Subject *u, const NbVar *v, char *buf, size_t cap);
/* "∂f/∂x" */
void teach_partial(const Subject *u, Text *t, const NbVar *x);
/* "∂f/∂x = 7" of a total; a dash where no gradient reaches. */
void teach_total(const Subject *u, Text *t, const NbVar *x);
/* "2·x = 4" of a contribution between scalars, "x.T @ ∂f/∂v1" of tensors; "local " before it where
 * `word` asks for it. */
void teach_local(const Subject *u, Text *t, const NbContribution *e, bool word);
/* "1 · 4 = 4" */
void teach_product(const Subject *u, Text *t, const NbContribution *e);
/* "4 + 3 = 7" or "- → 4" */
void teach_sum(const Subject *u, Text *t, const NbContribution *e);
/* "∂f/∂x = 7, ∂f/∂y = 2" of the leaves, as far as `columns` allow. */
void teach_leaves(const Subject *u, Text *t, int columns);

/* As in table.h. */
#define TABLES_OF_TEACHING(X) X(walk) X(trace) X(explain) X(ledger) X(check) X(wrong) X(quiz)
#define COMMAND_TABLE(name) Rows name##_rows(void);
TABLES_OF_TEACHING(COMMAND_TABLE)
#undef COMMAND_TABLE

#endif

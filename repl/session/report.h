/* report.h -- what the prompt shows: values, echoes, gradients, tables */
#ifndef NABLA_REPL_REPORT_H
#define NABLA_REPL_REPORT_H

#include "session/session.h"
#include "text/gradient.h"
#include "text/operation.h"
#include "text/table.h"

/* --- how this session writes numbers, names and gradients --- */
NbTextStyle session_text(const Session *s);
/* The same for operations: small tensors without a name are written by their numbers. */
NbTextStyle session_formulas(const Session *s);

static inline void report_number(const Session *s, Text *t, double x)
{
    nb_text_number(session_text(s), t, x);
}
static inline void report_tensor(const Session *s, Text *t, const NbTensor *v, int width)
{
    nb_text_tensor(session_text(s), t, v, width);
}
/* Name for a variable: x, x~1, v2, or the text of its operation. */
static inline const char *report_label(const Session *s, const NbVar *v, char *buf, size_t cap)
{
    return nb_text_label(session_text(s), v, buf, cap);
}
static inline void report_partial(const Session *s, Text *t, const char *f, const char *x)
{
    nb_text_partial(session_text(s), t, f, x);
}

/* Any value; strings in quotes. */
void report_value(const Session *s, Text *t, Value v, int width);
/* What an object says of itself, or the name of its class, in buf; returns where it stands. Without
 * memory s->lost is set. */
const char *report_object(const Session *s, const Obj *o, char *buf, size_t cap);
const char *report_arrow(const Session *s); /* → */
const char *report_dot(const Session *s);   /* · */

/* --- statements --- */
void report_outcome(Session *s, const Outcome *out);
/* "  (stale: x changed; run: forward f)" when v is. */
void report_stale(Session *s, Text *t, NbVar *v, const char *name);
/* "  (stale: x changed since backward)" when the gradient of v is. */
void report_grad_stale(Session *s, Text *t, NbVar *v);
/* What rebinding names left behind, at the end of a statement. */
void report_rebindings(Session *s);
void report_outdated(Session *s); /* constants computed from constants that were written */
/* The note on sweeps that were added to earlier ones. */
void report_sweeps(Session *s);
/* A step of o is about to be made: counts it when it follows gradients of parameters that changed
 * since they were computed. */
void report_old_gradients(Session *s, NbOptim *o);
/* The note on such steps. */
void report_steps(Session *s);
/* The note on a loss that rose over a loop of steps. */
void report_rose(Session *s);

/* The line of `info` for a variable; name NULL: its label. */
void report_info(Session *s, NbVar *v, const char *name);
const char *report_kind(const NbVar *v); /* leaf, const, computed, plain */
/* "    grad " and the gradient, or its norm; nothing for what holds none. stale: the value of v is,
 * so that nothing is said of its gradient. */
void report_held(Session *s, Text *t, NbVar *v, bool stale, int width);

/* --- gradients after backward --- */
typedef struct LeafGrad {
    NbVar *leaf;     /* borrowed */
    NbVar *before;   /* its gradient before the sweep, NULL without; a reference */
    uint32_t sweeps; /* added to that gradient before the sweep */
} LeafGrad;
/* Leaves behind root that a name binds now, with their present gradients; n gets how many. For
 * free() after report_leaves_free. NULL when there are none or no memory. */
LeafGrad *report_leaves(Session *s, NbVar *root, size_t *n);
void report_leaves_free(LeafGrad *leaf, size_t n);
void report_gradients(Session *s, const char *name, const LeafGrad *leaf, size_t n);

/* `text` names a gradient that is not there: shown as a dash. */
bool report_no_gradient(const char *text, Value v);

/* --- one value before and after: "x: 2 → 5" --- */
void report_change(const Session *s, Text *t, const char *name, Value before, Value after);

/* --- tables --- */
/* To the session's front, in the forms it takes, and frees it. heads: the first row is headings. */
void table_show(Table *t, Session *s, bool heads);
/* The same without freeing it, in place of the one shown under this id before; as text on stdout
 * where the front takes no forms. */
void table_update(const Table *t, Session *s, bool heads, const char *id);
/* To a front that takes forms (session_takes_forms), with a text of its own, which was captured;
 * frees both. plain NULL: memory was refused. */
void table_beside(Table *t, Session *s, bool heads, char *plain);

void report_line(const Text *t, FILE *out); /* the text and a newline */
/* A line; where the front takes forms, what stands between its marks is a cell each of a table. */
void report_parts(Session *s, const Text *line, const size_t *mark, int n);

#endif

/* teach_export.h -- explaining commands written to files: trace and explain */
#ifndef NABLA_CMD_TEACH_EXPORT_H
#define NABLA_CMD_TEACH_EXPORT_H

#include "cmd/teach.h"

typedef enum TeachFormat { TEACH_TEXT, TEACH_CSV, TEACH_TEX } TeachFormat;

/* export "FILE", f, view=trace and export "FILE", x, view=explain; view is V_UNSET for others,
 * which leaves *done false. */
bool teach_export(Interp *I, const Call *c, int view, int hide, const char *path, bool *done);
/* The trace of argument i, unevaluated, as such a file; option `hide` may leave out gradients. */
bool trace_written(Interp *I, const Call *c, int i, int hide, TeachFormat format, Text *t);

/* The subject of `explain x, of=f`, swept: *x, a reference, is argument i, unevaluated; `of` is
 * V_UNSET for the graph swept or shown last. false with the error set; release both anyway. */
bool explain_begin(Subject *u, Interp *I, const Call *c, int i, Value of, NbVar **x);
bool explain_text(Subject *u, Text *t, NbVar *x);
bool explain_latex(Subject *u, Text *t, NbVar *x);
bool explain_nan(Interp *I, const Call *c);

#endif

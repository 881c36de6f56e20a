/* view_model.h -- export of whole models, with their weights, for other programs */
#ifndef NABLA_CMD_VIEW_MODEL_H
#define NABLA_CMD_VIEW_MODEL_H

#include "cmd/view_internal.h"

/* 32 unless precision= (option number `option`) says 64; 0 with the error set. */
int model_precision(Interp *I, const Call *c, int option);
/* export "m.onnx", m [, X]. Does nothing, and leaves *done, for other files and what is no model.
 */
bool model_export(Interp *I, const Call *c, int option, NbViz *viz, const char *path, bool *done);

#endif

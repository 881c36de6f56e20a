/* weights.h -- export of tensors and of the weights of models, for NumPy and PyTorch */
#ifndef NABLA_CMD_WEIGHTS_H
#define NABLA_CMD_WEIGHTS_H

#include "session/session.h"

/* Does nothing, and leaves *done, when the ending of path is none of theirs. precision: the number
 * of that option. */
bool weights_export(Interp *I, const Call *c, int precision, const char *path, bool *done);

#endif

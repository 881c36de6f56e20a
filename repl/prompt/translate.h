/* translate.h -- nabla --pytorch FILE: a program in PyTorch, to stdout */
#ifndef NABLA_PROMPT_TRANSLATE_H
#define NABLA_PROMPT_TRANSLATE_H

#include "pytorch/pytorch.h"
#include "session/session.h"

/* The exit status: 0, or 1 after an error, which stands on stderr; then nothing was written. */
int translate_file(Session *s, const char *file, const PytorchOptions *o);

#endif

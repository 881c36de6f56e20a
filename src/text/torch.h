/* torch.h -- forms of PyTorch: of operations, optimizers, layers, filled in */
#ifndef NABLA_TEXT_TORCH_H
#define NABLA_TEXT_TORCH_H

#include <stdbool.h>

#include "base/text.h"

/* How loosely an expression of Python binds, from the loosest. */
enum {
    NB_PY_TUPLE,
    NB_PY_IF,
    NB_PY_OR,
    NB_PY_AND,
    NB_PY_NOT,
    NB_PY_COMPARE,
    NB_PY_BITS,
    NB_PY_ADD,
    NB_PY_MUL,
    NB_PY_NEG,
    NB_PY_POW,
    NB_PY_ATOM
};

/* Text for a parameter of a form, in brackets when it binds looser than `prec`. `want` is what the
 * form asks: 0 nothing, t a tensor, f a tensor of floats, i one of int64, b one of bools, z where
 * it is zero, m of the same floats as the others, F a float of Python, s a tuple of sizes.
 * NULL: not given, and not `must`. The names "double" and "*" are the method that makes floats and
 * a list of all operands or parameters. */
typedef const char *(*NbTorchArg)(void *user, const char *name, char want, int prec, bool must);

/* Adds the form to out; its own precedence in *prec. False when no alternative fits. */
bool nb_torch_form(const char *form, NbTorchArg arg, void *user, Text *out, int *prec);

#endif

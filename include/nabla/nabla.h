/* nabla.h -- the engine for every user, and what holds for all of it */

/* Errors. A call that makes something returns NULL when it fails, others return an NbStatus; the
 * reason is in nb_ctx_err(ctx) (or the NbErr that was given): a code, a message, perhaps a hint.
 * A call that returns a status begins with a clear error, so status and error agree. A call that
 * makes a variable replaces the error when it fails and leaves it when it does not; and when it
 * fails because an operand is missing (NB_VAR of NULL), the message that tells why stays. So a
 * formula is written down whole and its last result checked once:
 *
 *     NbVar *a = nb_apply1(ctx, sin_op, x), *b = nb_apply2(ctx, mul, NB_VAR(a), NB_VAR(y));
 *     if (!b) { puts(nb_ctx_err(ctx)->msg); nb_err_clear(nb_ctx_err(ctx)); }
 *
 * A call on an object that is NULL, where there is no context to hold a message, does nothing and
 * returns NULL, NB_EVALUE, false or 0; a value is NaN. nb_ctx_err(NULL) says that the context is
 * missing. Names that are unknown give NULL in nb_…_find, and NB_ENAME where that is used.
 *
 * Ownership. What a call returns as "new" is the caller's, to be given back by the unref, free or
 * clear function of its type; "borrowed" is not, and valid as long as its owner says. Arguments are
 * borrowed (an object keeps references of its own) unless "taken" is said. Release functions accept
 * NULL, both the place and what is in it, and leave NULL. A variable, module or optimizer must be
 * released before its context.
 *
 * Headers of their own: <nabla/operations.h>, a function for each operation; <nabla/saved.h>,
 * states for undo and save; <nabla/viz.h> and <nabla/session.h>, in libraries above this one.
 *
 * Threads. A context and all that is made in it belong to one thread at a time; two contexts do not
 * share variables, and a call that is given those of two is refused. */
#ifndef NABLA_H
#define NABLA_H

#include <nabla/context.h>
#include <nabla/data.h>
#include <nabla/error.h>
#include <nabla/format.h>
#include <nabla/grad.h>
#include <nabla/graph.h>
#include <nabla/named.h>
#include <nabla/nn.h>
#include <nabla/op.h>
#include <nabla/optim.h>
#include <nabla/record.h>
#include <nabla/rng.h>
#include <nabla/tensor.h>
#include <nabla/var.h>
#include <nabla/version.h>

#endif

/* begin.h -- what an earlier call left in the error goes when the next one begins */
#ifndef NABLA_BASE_BEGIN_H
#define NABLA_BASE_BEGIN_H

#include <nabla/error.h>

/* For calls that return a status: it and the error agree. A front clears the error itself. */
static inline void nb_err_begin(NbErr *err)
{
    if (__builtin_expect(err->code != NB_OK, 0) && !err->front) {
        nb_err_clear(err);
    }
}

/* For calls in a formula, checked once at its end: a failure replaces the error, a success leaves
 * it. Between the two the error is clear; nothing but its code is touched. */
static inline NbStatus nb_err_aside(NbErr *err)
{
    const NbStatus before = err->code;
    err->code = err->front ? before : NB_OK;
    return before;
}

static inline void nb_err_back(NbErr *err, NbStatus before)
{
    err->code = err->code == NB_OK ? before : err->code;
}

#endif

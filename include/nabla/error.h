/* error.h -- status codes and the error object every fallible call fills in */
#ifndef NABLA_ERROR_H
#define NABLA_ERROR_H

#include <signal.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum NbStatus {
    NB_OK = 0,
    NB_ESHAPE,     /* shapes, axes or sizes that do not fit */
    NB_EINDEX,     /* index or label out of range */
    NB_EVALUE,     /* an argument outside its domain */
    NB_ETYPE,      /* a thing of the wrong kind */
    NB_ENAME,      /* an unknown name */
    NB_ESTALE,     /* values behind a graph changed since it was computed */
    NB_EMEM,       /* out of memory, or above the limit on tensor size */
    NB_EIO,        /* file or device */
    NB_ESYNTAX,    /* text that does not parse */
    NB_ENONFINITE, /* NaN or infinity where `set nan error` forbids it */
    NB_EINTERRUPT  /* stopped by the interrupt flag */
} NbStatus;

#define NB_MSG_MAX 512
#define NB_HINT_MAX 256

/* Cleared object: all zero. Within one call the first message wins. */
typedef struct NbErr {
    NbStatus code;
    char msg[NB_MSG_MAX];   /* lower case, both values, no full stop */
    char hint[NB_HINT_MAX]; /* next step, or "" */
    /* Borrowed, or NULL: calls that take long look at it and fail with NB_EINTERRUPT. */
    const volatile sig_atomic_t *stop;
    /* A front of the language reads it: operands stay {0} {1} in the message, hints tell what to
     * type, and a message stays until it is cleared, whatever is called meanwhile. */
    bool front;
} NbErr;

#if defined(__GNUC__)
#define NB_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define NB_PRINTF(f, a)
#endif

/* A few words for each status, "shapes do not fit"; "ok" for NB_OK, "unknown status" else; static.
 */
const char *nb_status_text(NbStatus status);
/* Sets code and message when *err is clear; err may be NULL. Returns code always. */
NbStatus nb_fail(NbErr *err, NbStatus code, const char *fmt, ...) NB_PRINTF(3, 4);
/* Adds a hint to the error just set, unless it has one. */
void nb_hint(NbErr *err, const char *fmt, ...) NB_PRINTF(2, 3);
/* The same where the hint is a text to type, for those who have a prompt. */
void nb_advise(NbErr *err, const char *fmt, ...) NB_PRINTF(2, 3);
/* {i} in the message becomes this name, but for a front. */
void nb_err_operand(NbErr *err, int i, const char *name);
void nb_err_clear(NbErr *err); /* stop and front stay; accepts NULL */

#ifdef __cplusplus
}
#endif

#endif

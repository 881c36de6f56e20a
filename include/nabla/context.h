/* context.h -- the engine's one context: serials, stamps, pools, generator, modes, hooks */
#ifndef NABLA_CONTEXT_H
#define NABLA_CONTEXT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nabla/error.h>
#include <nabla/rng.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct NbCtx NbCtx;
typedef struct NbVar NbVar;

/* What a node's value or gradient became when it stopped being finite. */
typedef struct NbNonFinite {
    const NbVar *node; /* the operation that made it; borrowed, valid during the call */
    bool gradient;     /* true: the gradient flowing out of node into input `input` */
    bool step;         /* true: the value of a leaf after an optimizer's step */
    int input;
    int64_t first; /* row-major position of the first such element */
    int64_t count;
    double value;      /* that element */
    double operand[2]; /* the inputs at that element, of scalar operations (else NaN); of a step
                        * the gradient that it used, after hooks */
    /* of a value: the largest magnitude in the inputs, and whether one has no element; */
    double largest;
    bool empty;
    /* of a gradient: what arrived from above at that element, NaN where that is not one number; */
    double upstream;
    bool summed;          /* each part is finite, their sum is not */
    const NbVar *chooser; /* what the node is one of, and does not take there: where; or NULL */
} NbNonFinite;

typedef enum NbNanMode { NB_NAN_NOTE, NB_NAN_ERROR, NB_NAN_OFF } NbNanMode;

/* Callbacks of the program around the engine; every member may be NULL. */
typedef struct NbHooks {
    void *user;
    /* Before the first write in the current unit (nb_ctx_new_unit) to value, gradient or name of v.
     * All in-place writes pass here: assignment, committed gradients, cleargrad, optimizers; of
     * variables that were there when the unit began also replays, sweeps and names. */
    void (*touch)(void *user, NbVar *v);
    /* Before nb_var_unchain cuts the edges of v. */
    void (*cut)(void *user, NbVar *v);
    /* Finite inputs gave a result that is not finite, infinite ones a normalised row of NaN, or a
     * step a value. */
    void (*nonfinite)(void *user, const NbNonFinite *what);
} NbHooks;

NbCtx *nb_ctx_new(void); /* new, or NULL when out of memory */
/* Drops what the context itself holds; all variables must have been released. Leaves NULL. */
void nb_ctx_free(NbCtx **ctx);

NbErr *nb_ctx_err(NbCtx *ctx); /* borrowed: set by every call that returned NULL or a status */
NbRng *nb_ctx_rng(NbCtx *ctx); /* borrowed: generator of the random constructors */
/* Borrowed: generator of dropout masks alone, so that a replay disturbs no other draws. */
NbRng *nb_ctx_dropout_rng(NbCtx *ctx);
/* Sets both generators, each to its own stream of this seed; a new context has seed 0, 0. */
void nb_ctx_seed(NbCtx *ctx, uint64_t hi, uint64_t lo);
/* While kept, nb_forward leaves dropout masks as they are, as derivatives of one function need.
 * Returns what held before, to be restored. */
bool nb_ctx_keep_masks(NbCtx *ctx, bool keep);
void nb_ctx_hooks(NbCtx *ctx, const NbHooks *hooks); /* copied; NULL: none */
/* NB_NAN_NOTE (default) tells the nonfinite hook; NB_NAN_ERROR also fails, with NB_ENONFINITE, and
 * leaves gradients as they were; NB_NAN_OFF looks at nothing. */
void nb_ctx_nan_mode(NbCtx *ctx, NbNanMode mode);
/* Long calls stop with NB_EINTERRUPT soon after *flag becomes non-zero. NULL: never. */
void nb_ctx_interrupt(NbCtx *ctx, const volatile sig_atomic_t *flag);
/* The same between nodes alone, for calls that are expected to be over soon: once the flag is set,
 * wait(user) says whether to go on all the same. */
void nb_ctx_interrupt_late(NbCtx *ctx, const volatile sig_atomic_t *flag, bool (*wait)(void *user),
                           void *user);
bool nb_ctx_interrupted(
    const NbCtx *ctx); /* the flag is set now, and nothing more to be waited for */
/* Modes nest: each push wants its pop; a pop without push changes nothing and is NB_EVALUE. Under
 * nograd every result is const; in test mode dropout changes nothing, on replay too. */
void nb_nograd_push(NbCtx *ctx);
void nb_nograd_pop(NbCtx *ctx);
bool nb_nograd(const NbCtx *ctx);
void nb_testmode_push(NbCtx *ctx);
void nb_testmode_pop(NbCtx *ctx);
bool nb_testmode(const NbCtx *ctx);

/* Nodes created from now on carry this mark (a source line; 0 none): the value of a variable
 * decided that they are made. Returns the previous mark, to be restored. */
uint32_t nb_ctx_branch(NbCtx *ctx, uint32_t line);

/* A mark that also knows the n variables whose values decided, borrowed and not held; inside the
 * marks that are set now. Nodes carry it from nb_ctx_decision, which returns the mark before, until
 * that is set again; then nb_decision_end lets go of it and sets it to 0. Writes to the variables
 * are news from then on, see nb_var_repeats. nb_decision_new: 0 with nb_ctx_err set when out of
 * memory. */
uint32_t nb_decision_new(NbCtx *ctx, uint32_t line, NbVar *const *by, int n);
uint32_t nb_ctx_decision(NbCtx *ctx, uint32_t decision);
void nb_decision_end(NbCtx *ctx, uint32_t *decision);

/* The same pointer for the same text, valid as long as the context. */
const char *nb_intern(NbCtx *ctx, const char *text);

uint64_t nb_ctx_serial(const NbCtx *ctx);     /* of the newest variable or object */
uint64_t nb_ctx_number(NbCtx *ctx);           /* the next serial, for an object */
uint64_t nb_ctx_live_nodes(const NbCtx *ctx); /* nodes not yet released, for tests and `info` */
uint64_t nb_ctx_bytes(const NbCtx *ctx);      /* of nodes and tensors not yet released, about */
/* For matrix products; default 1, which a new context sets. The BLAS has one number for the whole
 * process: not to be changed while other threads multiply. */
void nb_ctx_set_threads(NbCtx *ctx, int n);

/* From now on values and nodes, of all contexts of the process together, take at most so many
 * bytes; beyond, calls fail with NB_EMEM. 0: no limit. */
void nb_memory_limit(size_t bytes);

#ifdef __cplusplus
}
#endif

#endif

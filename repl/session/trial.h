/* trial.h -- anything may be computed and written for a while; it is taken back bit for bit */
#ifndef NABLA_REPL_TRIAL_H
#define NABLA_REPL_TRIAL_H

#include "session/session.h"

enum {                  /* how */
       TRIAL_MASKS = 1, /* dropout masks stay as they are */
       TRIAL_TEST = 2,  /* in test mode */
       TRIAL_QUIET = 4  /* what is not finite is not reported */
};

/* On the caller's stack, or with what he keeps; its fields are not his to read. What is written
 * while it goes on is saved in a journal of its own, not in that of the statement around it. Trials
 * end in the opposite order. */
typedef struct Trial {
    Session *s;
    struct Trial *outer; /* while it goes on */
    Journal *journal;
    NbUnit around, own;
    uint64_t serial; /* what is newer was made by the trial itself */
    double until;    /* seconds; then it is stopped. 0: windows live on, Ctrl-C stops it */
    unsigned how;
    bool goes_on, broken;
    bool masks; /* as it was around: */
    NbNanMode nan;
} Trial;

/* seconds: how long it may compute; 0: as long as the statement. false when out of memory, or when
 * one with a limit goes on already: never one of them inside another. */
bool trial_begin(Trial *t, Session *s, unsigned how, double seconds);
Trial *trial_now(const Session *s);         /* the innermost that goes on, or NULL */
void trial_allow(Trial *t, double seconds); /* from now */
/* Saves everything behind root at once. false when out of memory: then nothing was written yet. */
bool trial_save(Trial *t, NbVar *root);
/* The first thing written that is newer than `serial`, or no object but of the session itself: its
 * name, or what kind it is, in buf. NULL: none. */
const char *trial_foreign(const Trial *t, uint64_t serial, char *buf, size_t cap);
bool trial_save_optim(Trial *t, NbOptim *o); /* the same, of an optimizer */
bool trial_save_run(Trial *t, NbVar *const *param, int n, NbOptim *o); /* of a run; o may be NULL */
/* Others may run; values stay as they were tried. */
void trial_pause(Trial *t);
void trial_resume(Trial *t);
/* Values, gradients, stamps, names, settings, optimizers and generators as before. True when
 * nothing had to be put back. */
bool trial_end(Trial *t);
/* What it wrote stays, as if it had been written without the trial. */
void trial_keep(Trial *t);
/* A paused one, or none: what it wrote stays. */
void trial_drop(Trial *t);

#endif

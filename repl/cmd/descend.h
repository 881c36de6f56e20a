/* descend.h -- forward, sweep and step, over and over: for minimize, race and rewind */
#ifndef NABLA_CMD_DESCEND_H
#define NABLA_CMD_DESCEND_H

#include "session/session.h"

#define DESCENT_MOST 1000000000000 /* steps */

typedef enum DescentEnd {
    DESCENT_STEPS,
    DESCENT_TOL,
    DESCENT_NAN,     /* the value is not finite */
    DESCENT_STOPPED, /* by Ctrl-C, after the step */
    DESCENT_FAIL     /* the context's error is set */
} DescentEnd;

/* How often windows, Ctrl-C and the bar are looked at. */
typedef struct Pace {
    uint64_t countdown, stride;
    double begun, last_look, last_bar; /* seconds */
} Pace;

typedef struct Descent {
    Session *s;
    NbVar *root;
    NbOptim *o;
    uint64_t steps; /* to be made */
    double tol;     /* of the length of the gradient; 0: none */
    bool whole;     /* the last value is swept too */
    bool counted;   /* each is a pass of the statement */
    bool adds;      /* to gradients of leaves that are not the optimizer's; else replaces them */
    Pace *pace;
    /* What wants to know of single steps: */
    void *user;
    double below;                              /* a value below this, and that … */
    uint64_t mark;                             /* … of this step */
    void (*seen)(void *user, double f);        /* NULL: nobody */
    uint64_t next;                             /* values and gradients of this step */
    void (*attend)(void *user, double f);      /* NULL: nobody */
    void (*looked)(void *user, double now);    /* at the clock; NULL: nobody */
    void (*bar)(void *user, double f, Text *); /* words beside it; NULL: no bar */
    /* How it goes: */
    uint64_t done; /* steps made */
    double first, last, before_last, peak;
    uint64_t peak_step;
    NbRng masks; /* where dropout stood before the present value */
} Descent;

Pace pace_begin(void);
/* From the step `done` on; samples the run for its record. `done` is that of the value `last`. */
DescentEnd descend(Descent *d);
/* n steps of root and o made once more, as they were, and a sweep with `swept`; gradients of other
 * leaves stay. polls: Ctrl-C stops them. false with the error set. */
bool descend_again(const Descent *d, uint64_t n, bool polls, bool swept);
bool descent_has_others(const Descent *d); /* leaves behind root that are not o's */
/* Value and gradients now. */
NbStatus descent_sweep(const Descent *d);
double descent_norm(NbOptim *o); /* length of the gradient */

/* --- columns of the tables --- */
void descent_right(Text *t, const char *word, int width);
/* x with as many of the session's digits as leave a blank in `most` columns. */
const char *descent_number(const Session *s, double x, int most, char *buf, size_t cap);

#endif

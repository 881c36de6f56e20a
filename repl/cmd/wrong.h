/* wrong.h -- what the mistakes of `wrong` share: a sweep made wrongly, and texts side by side */
#ifndef NABLA_CMD_WRONG_H
#define NABLA_CMD_WRONG_H

#include "cmd/teach.h"

#define WRONG_ROWS 14
#define WRONG_MOST_VISITS 20000 /* of nodes, without an order */

typedef struct Wrong {
    Subject u;
    NbAmount *sum; /* of the wrong sweep, of leaves and then nodes as on the tape */
    bool *reached;
    uint32_t *visits; /* how often a node passed its gradient on */
    size_t n;
    bool stopped; /* too many visits */
} Wrong;

/* --- wrong_sweep.c --- */
/* Room for the sums, 1 at the root; false with the error set. */
bool wrong_seed(Wrong *w);
/* In the right order; with overwrite each contribution replaces the one before. */
bool wrong_sweep(Wrong *w, bool overwrite);
/* Without an order: a node passes on all it holds whenever something reaches it. */
bool wrong_sweep_at_once(Wrong *w);
void wrong_free(Wrong *w);
bool wrong_same(const NbAmount *a, const NbAmount *b);
bool wrong_same_numbers(const NbTensor *a, const NbTensor *b); /* of the same shape */
NbVar *wrong_var(const Wrong *w, size_t i);
size_t wrong_index(const Wrong *w, const NbVar *v);

/* A line, cut to the screen. */
void wrong_say(const Wrong *w, const char *fmt, ...) NB_PRINTF(2, 3);
void wrong_heads(const Wrong *w, Table *table); /* "", right, wrong, "" */
/* "← they part here" */
void wrong_mark(const Session *s, Text *t, const char *text);

/* --- wrong_steps.c: mistakes that show after a step --- */
double wrong_gentle(const Wrong *w); /* a learning rate whose first step is no leap */
bool wrong_noclear(Wrong *w, double lr, uint64_t steps);
bool wrong_stale(Wrong *w, double lr);

#endif

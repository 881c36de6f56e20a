/* by_hand.h -- training steps of single networks in C: products by cblas, the rest in loops */
#ifndef NABLA_TESTS_BY_HAND_H
#define NABLA_TESTS_BY_HAND_H

/* What nobody who writes one network can do much better: no graph, no memory, no checks. */

/* 784-256-128-10, batch 128: the products of a step alone. */
typedef struct Products Products;
Products *products_new(void);
void products_free(Products **p);
void products_steps(void *p, int steps);

/* 1-10-1, batch 100, mean square, descent: whole steps. */
typedef struct SmallNet SmallNet;
SmallNet *small_new(void);
void small_free(SmallNet **n);
void small_steps(void *n, int steps);

/* An lstm of 100 and an output, 30 sequences of 33 steps of a sine, an update after 30 steps and at
 * the end, Adam: whole epochs. */
typedef struct LstmNet LstmNet;
LstmNet *lstm_new(void);
void lstm_free(LstmNet **n);
void lstm_epochs(void *n, int epochs);

#endif

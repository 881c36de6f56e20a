/* programs.h -- random programs of tensors: leaves apart from what is computed from them */
#ifndef NABLA_TESTS_UNIT_PROGRAMS_H
#define NABLA_TESTS_UNIT_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include <nabla/rng.h>

#define PROGRAM_LEAVES 4
#define PROGRAM_NODES 40

/* What a program may hold besides smooth operations. */
enum {
    PROGRAM_KINKS = 1,    /* relu, max, abs, clip, … */
    PROGRAM_MASKS = 2,    /* comparisons, where, mask_fill, argmax, one_hot of variables */
    PROGRAM_DROPOUT = 4,  /* drawn again at each replay */
    PROGRAM_GRADS = 8,    /* grad(n, x), hessian, jacobian of what is there */
    PROGRAM_EXTREME = 16, /* operations outside their domains, so that inf and NaN arise */
    PROGRAM_SCALARS = 32  /* scalars alone: graphs that are packed */
};

typedef struct ProgramNode {
    char name[16];
    int rank, dim[2];
    bool used, flat; /* flat: has no gradient anywhere, as a comparison */
} ProgramNode;

typedef struct Program {
    unsigned kinds;
    NbRng *rng;
    int nleaves, nnodes; /* leaves are the first nodes */
    ProgramNode node[PROGRAM_NODES];
    char text[8192]; /* statements on leaves that exist; the last is "r = …", a scalar */
    size_t n;
} Program;

/* A program of about `size` operations. */
void program_make(Program *p, NbRng *rng, unsigned kinds, int size);
/* "x0, x1 = …" or "x0 := …" with new numbers, `special` of 16 of them infinite, NaN, tiny and so
 * on. `which`: a bit for each leaf. */
void program_values(const Program *p, const char *sign, unsigned which, unsigned special, char *buf,
                    size_t cap);
/* "x0.grad, x1.grad", "x0, x1, n2, …" */
void program_list(const Program *p, bool leaves, const char *after, char *buf, size_t cap);

#endif

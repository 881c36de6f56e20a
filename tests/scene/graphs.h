/* graphs.h -- what every window test includes: cmocka, small graphs, a host, the worker */
#ifndef NABLA_TESTS_SCENE_GRAPHS_H
#define NABLA_TESTS_SCENE_GRAPHS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include <nabla/nabla.h>

#include "clock.h"
#include "viz/picture/scene.h"
#include "viz/viz.h"

/* A context, a viz object and what the host was told. */
typedef struct World {
    NbCtx *ctx;
    NbViz *viz;
    NbVizStyle style;
    char said[512];
    const NbVar *clicked;
    NbVar *root;      /* recomputed after a value was moved; borrowed */
    double moved_to;  /* the last value moved by hand */
    int tries, moves; /* how often it was tried, and how often it became a statement */
    bool refuse;      /* as while a statement runs */
    bool walking;     /* a walk waits for arrow keys */
    int walked;       /* sum of the directions */
    uint64_t base;    /* serials up to here are not counted by v1, v2, … */
    char dir[64];     /* fresh folder for files */
} World;

int world_open(void **state);  /* cmocka set-up: *state is a new World */
int world_close(void **state); /* and its end; nothing may be left in the context */

NbVar *make_leaf(World *w, const char *name, double v); /* new */
/* New; takes references to its operands, so that calls nest: make(w, "mul", x, y, 0). A NULL
 * operand stands for the number. name may be NULL. */
NbVar *make(World *w, const char *op, NbVar *a, NbVar *b, double number);
void name_it(World *w, NbVar *v, const char *name);
NbVar *again(NbVar *v); /* a further reference, for make() */

/* f = x*y + x^2 at x = 2, y = 3. */
NbVar *make_small(World *w);
/* Rosenbrock's function at x = 0, y = 2. */
NbVar *make_rosenbrock(World *w);
/* n times tanh(· * w). */
NbVar *make_chain(World *w, int n);

/* Every character is 10 px wide: no fonts are needed. */
extern const NbMeasure grid_measure;

/* A record with `runs` runs of `rows` steps falling from 400 over `decades` decades. */
NbRecord *make_record(int runs, int rows, double decades);

/* w->dir/name, valid until the next call. */
const char *in_dir(World *w, const char *name);
/* Whole file, NUL at the end; fails the test when it cannot be read. Owned by the caller. */
char *slurp(const char *path, size_t *size);
/* Number of entries in w->dir. */
int files_in_dir(World *w);
/* How many times longer than usual things may take: 1, or more under a checker. */
double patience(void);
/* This program, or $NB_WORKER (valgrind cannot start its program again), places the graphs. */
void own_worker(void);
void rest(double seconds_long);
/* How often part stands in text. */
int occurrences(const char *text, const char *part);
/* True when the program can be started from $PATH. */
bool have_program(const char *name);

#endif

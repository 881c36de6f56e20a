/* steps.h -- the sweeps through a graph step by step: what is known after each */
#ifndef NABLA_VIZ_STEPS_H
#define NABLA_VIZ_STEPS_H

#include "model.h"

/* How many there are, the leaves alone first, then *forward values; -1 with *err set. */
int nb_viz_steps_count(const NbModel *m, NbVar *root, int *forward, NbErr *err);
/* A graph's texts as they are when both sweeps are done, so that every step has one size. */
NbStatus nb_viz_steps_fill(NbModel *m, NbVar *root, int digits, NbErr *err);
/* And as they are after `done` steps: 0 has the leaves alone, then each operation's value, oldest
 * first, then each operation's part of the gradients. whole: operations that are not drawn, being
 * folded, are steps too, as of a walk. */
NbStatus nb_viz_steps_hide(NbModel *m, NbVar *root, int digits, size_t done, bool whole,
                           NbErr *err);

#endif

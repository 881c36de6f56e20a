/* steps.h -- the sweeps through a graph step by step: what is known after each */
#ifndef NABLA_VIZ_STEPS_H
#define NABLA_VIZ_STEPS_H

#include "export.h"

/* A graph's texts as they are when both sweeps are done, so that every step has one size. */
NbStatus nb_viz_steps_fill(NbJob *job, NbErr *err);
/* And as they are after job->what->step of them: 1 has the leaves alone, then each operation's
 * value, then each operation's part of the gradients. */
NbStatus nb_viz_steps_hide(NbJob *job, NbErr *err);

#endif

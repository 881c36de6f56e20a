/* view_steps.h -- a view at each of its steps: the sweeps of a graph, the steps of a run */
#ifndef NABLA_CMD_VIEW_STEPS_H
#define NABLA_CMD_VIEW_STEPS_H

#include "cmd/view_internal.h"
#include "session/trial.h"

struct SnapRun;

#define STEPS_MOST 1000 /* pictures of one run */

typedef struct Steps {
    Interp *I;
    const Call *c;
    NbViz *viz;
    const char *path;
    NbExport *e;
    int n;                     /* pictures */
    int forward;               /* of a graph: those of the forward sweep */
    uint64_t first, last;      /* of a run: its steps */
    const struct SnapRun *run; /* of a boundary: what its weights were */
    Trial *trial;              /* while they are put back for a picture */
} Steps;

/* How many pictures of how many steps; asked: 1 leaves it to the run. false with the error set. */
bool view_steps_of_run(Steps *w, int asked);
/* The export as at picture k, from 1; false with the error set. Then it is to be ended. */
bool view_step_begin(const Steps *w, int k);
void view_step_end(const Steps *w);
/* The step of the run in picture k. */
uint64_t view_step_until(const Steps *w, int k);

#endif

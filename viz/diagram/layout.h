/* layout.h -- positions of a graph's nodes and edges, asked of a worker process */
#ifndef NABLA_VIZ_LAYOUT_H
#define NABLA_VIZ_LAYOUT_H

#include <signal.h>

#include "layout_wire.h"

/* A worker process, started with the first job, kept for the next ones, and killed when a job
 * takes more than two seconds. */
typedef struct NbLayouter NbLayouter;

NbLayouter *nb_viz_layouter_new(void); /* new, starts nothing; NULL when out of memory */
void nb_viz_layouter_free(NbLayouter **l);

/* Hands a job over; one that still runs is abandoned. NB_EIO when no worker can be started. */
NbStatus nb_viz_layout_start(NbLayouter *l, const NbLayoutJob *job, NbErr *err);
void nb_viz_layout_cancel(NbLayouter *l); /* ends a job that runs, with its worker */
bool nb_viz_layout_busy(const NbLayouter *l);
int nb_viz_layout_fd(const NbLayouter *l);      /* readable when the answer comes; -1 when idle */
int nb_viz_layout_timeout(const NbLayouter *l); /* ms until the job is given up; -1 when idle */
/* Never blocks. *out: the new geometry once it is there, else NULL. */
NbStatus nb_viz_layout_poll(NbLayouter *l, NbGeometry **out, NbErr *err);
/* Blocks until done or *interrupt becomes non-zero, however long that takes; with NULL, where
 * nobody can stop it, until it is given up too. */
NbStatus nb_viz_layout_wait(NbLayouter *l, const volatile sig_atomic_t *interrupt, NbGeometry **out,
                            NbErr *err);

#define NB_LAYOUT_LIMIT_MS 2000 /* of a window */

#endif

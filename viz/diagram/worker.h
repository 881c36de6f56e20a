/* worker.h -- the layout process, its side of the protocol */
#ifndef NABLA_VIZ_WORKER_H
#define NABLA_VIZ_WORKER_H

#include <stdio.h>

/* Answers the requests on `in` until its end, or until one is damaged, each within so many seconds
 * (0: no limit). gvc: libgvc's context, or NULL: every answer is `fail`. */
void nb_viz_worker_serve(void *gvc, FILE *in, FILE *out, unsigned seconds);

#endif

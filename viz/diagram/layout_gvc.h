/* layout_gvc.h -- positions of nodes and edges by libgvc, in this process */
#ifndef NABLA_VIZ_LAYOUT_GVC_H
#define NABLA_VIZ_LAYOUT_GVC_H

#include "layout_wire.h"

/* New; NULL when the layout fails or memory is refused. gvc: libgvc's context, or NULL: it fails.
 * Cannot be interrupted, is not safe for threads and may end the process: see worker.c. */
NbGeometry *nb_viz_layout_gvc(void *gvc, const NbLayoutJob *job);

#endif

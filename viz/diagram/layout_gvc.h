/* layout_gvc.h -- positions of nodes and edges by libgvc, loaded into this process */
#ifndef NABLA_VIZ_LAYOUT_GVC_H
#define NABLA_VIZ_LAYOUT_GVC_H

#include "layout_wire.h"

/* Loads libgvc. *gvc: its context, new. NB_EIO where Graphviz is missing. */
NbStatus nb_viz_gvc_new(void **gvc, NbErr *err);
void nb_viz_gvc_free(void **gvc); /* *gvc may be NULL */

/* New; NULL when the layout fails or memory is refused. gvc: from nb_viz_gvc_new, or
 * NULL: it fails. Cannot be interrupted, is not safe for threads and may end the process: see
 * worker.c. */
NbGeometry *nb_viz_layout_gvc(void *gvc, const NbLayoutJob *job);

#endif

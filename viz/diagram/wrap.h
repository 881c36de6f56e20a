/* wrap.h -- a long picture broken into bands, like lines of text */
#ifndef NABLA_VIZ_WRAP_H
#define NABLA_VIZ_WRAP_H

#include "model.h"

#include "layout.h"

/* Breaks a layout from left to right that is much longer than high into bands one below the other
 * when that brings it nearer to w : h. Edges between bands are led around the margins. Leaves g
 * as it is when there is nothing to gain. */
NbStatus nb_viz_wrap(NbGeometry *g, const NbModel *m, const NbPoint *size, double w, double h,
                     NbErr *err);

#endif

/* wrap.h -- a long picture turned, or broken into bands like lines of text, to fill its page */
#ifndef NABLA_VIZ_WRAP_H
#define NABLA_VIZ_WRAP_H

#include "model.h"

#include "layout.h"

/* Where a graph is shown: px at scale 1, w or h 0: without end. Nothing is turned or broken that
 * fits as it is. */
typedef struct NbPage {
    double w, h;
    NbDirection direction;
} NbPage;

/* How much of its size a picture of w : h keeps on the page, at most 1. */
double nb_viz_page_scale(const NbPage *page, double w, double h);

/* Whether inputs stand better at the top than at the left. */
bool nb_viz_graph_upright(const NbModel *m, const NbPage *page);
/* Breaks a layout that is much longer than the page into bands one below the other, or into
 * columns when it runs downwards, when that lets it be shown larger. Edges between bands are led
 * around the margins. Leaves g as it is when there is nothing to gain. */
NbStatus nb_viz_wrap(NbGeometry *g, const NbModel *m, const NbPoint *size, bool upright,
                     const NbPage *page, NbErr *err);

#endif

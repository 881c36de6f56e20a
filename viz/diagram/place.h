/* place.h -- graphs handed to the layout worker */
#ifndef NABLA_VIZ_PLACE_H
#define NABLA_VIZ_PLACE_H

#include "layout.h"
#include "model.h"

/* Hands the model's nodes and edges, boxes of the given sizes, to the layouter. */
NbStatus nb_viz_layout_model(NbLayouter *l, const NbModel *m, const NbPoint *size, bool upright,
                             NbErr *err);

#endif

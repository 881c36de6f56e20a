/* export_data.h -- the JSON document of a graph, in files of its own and inside pages */
#ifndef NABLA_VIZ_EXPORT_DATA_H
#define NABLA_VIZ_EXPORT_DATA_H

#include "viz/diagram/flow.h"
#include "viz/picture/scene.h"

typedef struct NbDataForm {
    const char *title;
    NbTextStyle text;  /* of names and texts; values have all digits */
    int64_t most;      /* elements of a tensor written out; null above */
    bool latex;        /* formulas in LaTeX too */
    const NbPoint *at; /* centres of f->m's nodes, or NULL: no positions */
    const NbPoint *size;
    double width, height;
} NbDataForm;

/* Adds the document that export_json.c describes. */
NbStatus nb_viz_write_data(Text *out, const NbFlow *f, const NbDataForm *form, NbErr *err);

#endif

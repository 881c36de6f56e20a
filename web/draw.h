/* draw.h -- what is drawn in a page, as numbers */
#ifndef NABLA_WEB_DRAW_H
#define NABLA_WEB_DRAW_H

#include "viz/picture/draw.h"

/* New, of so many px. */
NbCanvas *web_canvas(double w, double h);
/* What was drawn, for canvas.js; borrowed. */
const double *web_drawn(const NbCanvas *c, size_t *n);
void web_canvas_free(NbCanvas **c);

#endif

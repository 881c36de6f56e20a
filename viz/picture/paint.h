/* paint.h -- paints scenes with what draw.h gives */
#ifndef NABLA_VIZ_PAINT_H
#define NABLA_VIZ_PAINT_H

#include "draw.h"
#include "scene.h"

typedef struct NbPainter NbPainter;

/* New; loads what draws and opens the fonts. NULL with *err set when that fails. */
NbPainter *nb_viz_painter_new(NbErr *err);
void nb_viz_painter_free(NbPainter **p);
/* Family of all texts from now on, "" for the default; those laid out are forgotten. */
void nb_viz_painter_font(NbPainter *p, const char *family);
/* True when there is such a family; found gets its name as it is spelled. */
bool nb_viz_painter_knows(NbPainter *p, const char *family, char *found, size_t cap);
const NbDraw *nb_viz_painter_draw(const NbPainter *p); /* borrowed */
NbMeasure nb_viz_painter_measure(NbPainter *p);        /* text widths in px at scale 1 */
/* Since this was asked last, a text was measured as nothing or left out for want of memory. */
bool nb_viz_painter_lost(NbPainter *p);

/* The typeset form of a text: true minus signs, a raised dot or a cross for products. */
void nb_viz_typeset(const char *text, char *out, size_t cap);

/* For tests: every scene painted is also written to `to` as text; NULL ends it. */
void nb_viz_painter_record(NbPainter *p, Text *to);

/* Paints s with its origin at x, y of the surface's px, enlarged by scale. bold_lines widens
 * lines by that factor. */
void nb_viz_paint(NbPainter *p, NbCanvas *cr, const NbScene *s, NbTheme theme, double x, double y,
                  double scale, double bold_lines);
/* Fills the whole surface with the theme's ground. */
void nb_viz_paint_ground(NbPainter *p, NbCanvas *cr, NbTheme theme);

#endif

/* point.h -- a place in a picture, and a box there */
#ifndef NABLA_VIZ_POINT_H
#define NABLA_VIZ_POINT_H

#include <math.h>

typedef struct NbPoint {
    double x, y; /* px, y downwards */
} NbPoint;

typedef struct NbRect {
    double x, y, w, h;
} NbRect;

/* The area that both cover. */
static inline double nb_viz_overlap(const NbRect *a, const NbRect *b)
{
    const double w = fmin(a->x + a->w, b->x + b->w) - fmax(a->x, b->x);
    const double h = fmin(a->y + a->h, b->y + b->h) - fmax(a->y, b->y);
    return w > 0 && h > 0 ? w * h : 0;
}

#endif

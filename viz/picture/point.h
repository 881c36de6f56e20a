/* point.h -- a place in a picture */
#ifndef NABLA_VIZ_POINT_H
#define NABLA_VIZ_POINT_H

typedef struct NbPoint {
    double x, y; /* px, y downwards */
} NbPoint;

#endif

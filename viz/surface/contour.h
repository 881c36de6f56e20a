/* contour.h -- numbers on a grid as levels, closed regions above a level, and contour lines */
#ifndef NABLA_VIZ_CONTOUR_H
#define NABLA_VIZ_CONTOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "viz/picture/point.h"

#define NB_LEVELS_MAX 32

/* Round values between the bands of a contour picture, rising. On a log scale they are powers of
 * ten, or 1 2 5 within them, of both signs when the values have both. */
typedef struct NbLevels {
    int n;
    double at[NB_LEVELS_MAX];
    bool log;
    double knee;   /* of a log scale: values within ±knee count alike */
    double lo, hi; /* of the finite values */
} NbLevels;

/* Levels for n values (those that are not finite are left out): about ten, spaced evenly, or on a
 * log scale when most values would fall into one band. None when the values are all equal.
 * false when out of memory. */
bool nb_viz_levels_choose(NbLevels *l, const double *value, size_t n);
/* Band of a finite value: 0 below the first level … n from the last on. */
int nb_viz_levels_band(const NbLevels *l, double value);
/* A rising function of the value in which the levels are about evenly spaced. */
double nb_viz_levels_warp(const NbLevels *l, double value);
/* A level's label; with `powers` large and small ones on a log scale as 10⁵. */
const char *nb_viz_levels_text(const NbLevels *l, int i, bool powers, char *buf, size_t cap);

/* Closed loops of points in grid coordinates: 0 … nx − 1 and 0 … ny − 1. The region is to the left
 * of each loop; loop i is point[start[i]] … point[start[i + 1] − 1], its first point not repeated.
 * rim[k]: the point lies on the border of the grid only to close the loop, no contour is there. */
typedef struct NbLoops {
    NbPoint *point;
    bool *rim;
    size_t npoints, point_cap, rim_cap;
    size_t *start; /* nloops + 1 of them */
    size_t nloops, start_cap;
    int *next; /* scratch: the edge that follows an edge */
    size_t next_cap;
} NbLoops;

/* The region where v ≥ level, v[j·nx + i] finite; loops is emptied first and its memory used
 * again. At saddles the mean of the four corners decides. false when out of memory. */
bool nb_viz_contour(const double *v, int nx, int ny, double level, NbLoops *loops);
void nb_viz_loops_free(NbLoops *loops);

/* Writes v into `filled`, what is not finite replaced by means of its neighbours, ring by ring;
 * *missing says how many values were not finite. false when out of memory. */
bool nb_viz_fill_holes(const double *v, int nx, int ny, double *filled, size_t *missing);

#endif

/* axis.h -- an axis of numbers: where it lies, its ticks, what stands at them */
#ifndef NABLA_VIZ_AXIS_H
#define NABLA_VIZ_AXIS_H

#include "src/base/clamp.h"
#include "scene.h"

#define NB_AXIS_TICKS 24

typedef struct NbAxis {
    double lo, hi;   /* numbers at its ends, or their log10 */
    double from, to; /* px of the ends: to the right, or upward with to < from */
    bool log;
    bool whole; /* counts: nothing stands between whole numbers */
    int n;
    double tick[NB_AXIS_TICKS]; /* in order, as lo and hi are given */
    bool powers;                /* labels are powers of ten */
} NbAxis;

/* Where a number lies when lo is at px `from` and hi at `to`; never so far that painting loses
 * count. */
static inline double nb_viz_axis_at(double v, double lo, double hi, double from, double to)
{
    double px = from + (v - lo) / (hi - lo) * (to - from);
    return nb_clamp(px, -1e5, 1e5);
}

/* px of a number (of its log10 on a log axis). */
static inline double nb_viz_axis_px(const NbAxis *a, double v)
{
    return nb_viz_axis_at(v, a->lo, a->hi, a->from, a->to);
}

/* Round numbers, as many as fit with `room` px each, closer where only one would stand: a->tick. */
void nb_viz_axis_divide(NbAxis *a, double room);
/* Label of tick i. */
void nb_viz_axis_text(const NbAxis *a, int i, char *buf, size_t cap);
/* Width of the widest label, at least `least`. */
double nb_viz_axis_width(const NbAxis *a, const NbMeasure *measure, double least);

/* Multiples of 1, 2 or 5 · 10^k inside [lo, hi], at most `most`; returns how many. */
int nb_viz_ticks(double lo, double hi, int most, double *tick);
/* Such a number with as many decimals as the spacing needs. */
void nb_viz_tick_text(double v, double spacing, char *buf, size_t cap);
/* The exponent of a power: "⁻⁵". */
void nb_viz_raised(int exponent, char *buf, size_t cap);

#endif

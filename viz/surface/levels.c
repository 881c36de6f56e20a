/* levels.c -- round values between the bands of a contour picture, evenly or on a log scale */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "viz/picture/axis.h"
#include "contour.h"

#define AIM 11     /* levels at most on a linear scale */
#define AIM_LOG 13 /* and on a log scale */
#define CROWD 0.34 /* of all values in one linear band: then a log scale shows more */
#define LOW_SHARE 0.02
#define SAMPLES 4096

static int by_value(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Finite values in rising order, thinned; NULL when out of memory or when there are none. */
static double *sorted(const double *value, size_t n, size_t *count, bool *refused)
{
    size_t stride = n / SAMPLES + 1, m = 0;
    double *v = calloc(n / stride + 3, sizeof *v);
    double lo = INFINITY, hi = -INFINITY;
    *refused = !v;
    for (size_t i = 0; v && i < n; i++) {
        if (isfinite(value[i])) {
            lo = value[i] < lo ? value[i] : lo;
            hi = value[i] > hi ? value[i] : hi;
            if (i % stride == 0) {
                v[m++] = value[i];
            }
        }
    }
    if (!v || lo > hi) {
        free(v);
        return NULL;
    }
    v[m++] = lo; /* the ends are kept */
    v[m++] = hi;
    qsort(v, m, sizeof *v, by_value);
    *count = m;
    return v;
}

/* Largest share of the values inside one band of an even scale. */
static double crowding(const double *v, size_t n)
{
    double width = (v[n - 1] - v[0]) / (AIM + 1);
    size_t best = 0;
    for (size_t i = 0, k = 0; i < n; i++) {
        while (k < n && v[k] <= v[i] + width) {
            k++;
        }
        best = k - i > best ? k - i : best;
    }
    return (double)best / (double)n;
}

static void even_levels(NbLevels *l)
{
    double tick[NB_LEVELS_MAX];
    int n = nb_viz_ticks(l->lo, l->hi, AIM, tick);
    l->n = 0;
    for (int i = 0; i < n && l->n < NB_LEVELS_MAX; i++) {
        if (tick[i] > l->lo && tick[i] < l->hi) {
            l->at[l->n++] = tick[i];
        }
    }
}

/* Every how many decades, or how often within one, levels stand when `decades` are to be covered
 * by `most`. */
typedef struct Rhythm {
    int within; /* 1 2 5, 1 3 or 1 */
    int stride; /* decades */
} Rhythm;

static Rhythm rhythm_for(double decades, int most)
{
    if (decades * 3 <= most) {
        return (Rhythm){3, 1};
    }
    if (decades * 2 <= most) {
        return (Rhythm){2, 1};
    }
    return (Rhythm){1, 1 + (int)(decades / most)};
}

static void add_level(NbLevels *l, double v)
{
    if (v > l->lo && v < l->hi && l->n < NB_LEVELS_MAX) {
        l->at[l->n++] = v;
    }
}

/* The k-th level of a rhythm counted from 1: a round number, computed without drift. */
static double rhythmic(Rhythm r, int k)
{
    static const double parts[4][3] = {{1}, {1}, {1, 3}, {1, 2, 5}};
    int decade = k >= 0 ? k / r.within : -((-k + r.within - 1) / r.within);
    char text[32];
    snprintf(text, sizeof text, "%ge%d", parts[r.within][k - decade * r.within], decade * r.stride);
    return strtod(text, NULL);
}

/* Magnitudes from the low end of |values| to the largest. */
static void log_levels(NbLevels *l, const double *v, size_t n)
{
    double top = fmax(fabs(l->lo), fabs(l->hi));
    bool both = l->lo < 0 && l->hi > 0 && -l->lo > l->hi * 1e-9 && l->hi > -l->lo * 1e-9;
    size_t at = (size_t)(LOW_SHARE * (double)n);
    double bottom = l->hi <= 0 ? -v[n - 1 - at] : fabs(v[at]);
    if (both) { /* a tenth of the typical size */
        bottom = fmax(fabs(v[n / 4]), fabs(v[n - 1 - n / 4])) / 10;
    }
    bottom = bottom > top * 1e-12 ? bottom : top * 1e-12;
    double decades = log10(top / bottom);
    if (!isfinite(decades)) { /* numbers too small to be told apart */
        return;
    }
    Rhythm r = rhythm_for(decades, both ? AIM_LOG / 2 : AIM_LOG);
    int first = (int)floor(log10(bottom) / r.stride) * r.within;
    int last = ((int)ceil(log10(top) / r.stride) + 1) * r.within;
    l->n = 0;
    l->log = true;
    l->knee = 0;
    for (int k = last; k >= first && l->lo < 0; k--) {
        if (rhythmic(r, k) >= bottom * 0.999) {
            add_level(l, -rhythmic(r, k));
        }
    }
    if (both) {
        add_level(l, 0);
    }
    for (int k = first; k <= last && l->hi > 0; k++) {
        if (rhythmic(r, k) >= bottom * 0.999) {
            add_level(l, rhythmic(r, k));
        }
    }
    for (int i = 0; i < l->n; i++) {
        double size = fabs(l->at[i]);
        l->knee = size > 0 && (l->knee == 0 || size < l->knee) ? size : l->knee;
    }
}

bool nb_viz_levels_choose(NbLevels *l, const double *value, size_t n)
{
    size_t m = 0;
    bool refused = false;
    double *v = sorted(value, n, &m, &refused);
    *l = (NbLevels){0};
    if (!v) {
        return !refused;
    }
    l->lo = v[0];
    l->hi = v[m - 1];
    double size = fmax(fabs(l->lo), fabs(l->hi));
    if (isfinite(l->hi - l->lo) && l->hi - l->lo > size * 1e-12) {
        if (crowding(v, m) > CROWD) {
            log_levels(l, v, m);
        }
        if (l->n < 4) {
            l->log = false;
            even_levels(l);
        }
    }
    free(v);
    return true;
}

int nb_viz_levels_band(const NbLevels *l, double value)
{
    int band = 0;
    while (band < l->n && value >= l->at[band]) {
        band++;
    }
    return band;
}

double nb_viz_levels_warp(const NbLevels *l, double value)
{
    if (!l->log || !(l->knee > 0)) {
        return value;
    }
    double size = log1p(fabs(value) / l->knee);
    return value < 0 ? -size : size;
}

/* "10⁵", "3·10⁵", "2·10⁻⁶": powers where zeros would have to be counted. */
static void power_text(double v, char *buf, size_t cap)
{
    char text[40], raised[48];
    snprintf(text, sizeof text, "%.3e", fabs(v));
    int power = atoi(strchr(text, 'e') + 1);
    double factor = fabs(v) / pow(10, power);
    bool one = fabs(factor - 1) < 1e-9;
    snprintf(buf, cap, "%s%.0f", v < 0 ? "−" : "", one ? 10 : factor);
    nb_viz_raised(power, raised, sizeof raised);
    snprintf(buf + strlen(buf), cap - strlen(buf), "%s%s", one ? "" : "·10", raised);
}

const char *nb_viz_levels_text(const NbLevels *l, int i, bool powers, char *buf, size_t cap)
{
    double v = l->at[i], size = fabs(v);
    if (!l->log && l->n > 1) {
        nb_viz_tick_text(v, l->at[1] - l->at[0], buf, cap);
    } else if (powers && l->log && v != 0 && (size >= 1e5 || size < 1e-4)) {
        power_text(v, buf, cap);
    } else {
        nb_format_number(v, 6, buf, cap);
    }
    return buf;
}

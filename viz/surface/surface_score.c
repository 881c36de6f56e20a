/* surface_score.c -- classes by their scores: at a place, and of the data points themselves */
#include <math.h>
#include <stdlib.h>

#include "surface.h"

#define SUM_SLACK 1e-6

static int best_of(const double *score, int n)
{
    int best = 0;
    for (int c = 0; c < n; c++) {
        if (!isfinite(score[c])) {
            return -1;
        }
        best = score[c] > score[best] ? c : best;
    }
    return best;
}

/* Share of the best class: its softmax, or its score where scores are probabilities. */
static double share_of(const double *score, int n, int best, bool probabilities)
{
    double sum = 0;
    if (probabilities) {
        return score[best];
    }
    for (int c = 0; c < n; c++) {
        sum += exp(score[c] - score[best]);
    }
    return 1 / sum;
}

int nb_viz_class_of(const double *score, int channels, bool probabilities, double *confidence)
{
    double z[2] = {0, score[0]};
    bool one = channels == 1;
    const double *s = one ? z : score;
    int n = one ? 2 : channels, best = best_of(s, n);
    *confidence = best < 0 ? 0 : share_of(s, n, best, !one && probabilities);
    return best;
}

/* Softmax already done: every score in [0, 1], the scores of a point with sum 1. */
bool nb_viz_grid_probabilities(const NbGrid *g)
{
    size_t n = g->v ? (size_t)g->nx * (size_t)g->ny : 0, c = (size_t)g->channels;
    for (size_t k = 0; k < n; k++) {
        double sum = 0;
        for (size_t i = 0; i < c; i++) {
            double v = g->v[k * c + i];
            if (!(v >= 0 && v <= 1)) {
                return false;
            }
            sum += v;
        }
        if (fabs(sum - 1) > SUM_SLACK) {
            return false;
        }
    }
    return c > 1;
}

#define CHUNK 2048

bool nb_viz_class_guesses(NbSurfaceData *d)
{
    NbField *field = &d->what.field;
    bool probabilities = nb_viz_grid_probabilities(&d->sampler.now);
    double *out = calloc((size_t)CHUNK * (size_t)field->channels, sizeof *out), sure;
    double *xy = calloc(2 * CHUNK, sizeof *xy);
    bool ok = out && xy, later = false;
    d->refused |= !ok;
    for (int from = 0; ok && from < d->what.npoints; from += CHUNK) {
        int n = d->what.npoints - from < CHUNK ? d->what.npoints - from : CHUNK;
        for (int i = 0; i < n; i++) {
            xy[i] = d->what.point[2 * (from + i)];
            xy[CHUNK + i] = d->what.point[2 * (from + i) + 1];
        }
        int done = field->sample(field->user, xy, xy + CHUNK, n, 50, out);
        ok = done == n;
        later = done >= 0 && done < n;
        for (int i = 0; ok && i < n; i++) {
            d->guess[from + i] = nb_viz_class_of(out + (size_t)i * (size_t)field->channels,
                                                 field->channels, probabilities, &sure);
        }
    }
    free(out);
    free(xy);
    return !later;
}

void nb_viz_class_count(const NbSurfaceData *d, int label, int *right, int *all)
{
    *right = *all = 0;
    for (int i = 0; i < d->what.npoints; i++) {
        *all += d->what.label[i] == label;
        *right += d->what.label[i] == label && d->guess[i] == label;
    }
}

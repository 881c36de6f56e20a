/* draws.c -- the random numbers a program draws, kept in their order */
#include "base/draws.h"

#include "base/mem.h"

#define MOST ((size_t)100000000) /* 800 MB */

NbDraws *nb_draws;

void nb_draws_add(NbDrawer which, double x)
{
    NbDraws *d = nb_draws;
    size_t n = d->n[which];
    if (d->failed) {
        return;
    }
    if ((n & (n - 1)) == 0) { /* full at each power of two */
        double *more = n < MOST ? nb_realloc(d->x[which], (n ? 2 * n : 1) * sizeof *more) : NULL;
        d->failed = !more;
        d->x[which] = more ? more : d->x[which];
    }
    if (!d->failed) {
        d->x[which][d->n[which]++] = x;
    }
}

void nb_draws_free(NbDraws *d)
{
    for (int i = 0; i < NB_DRAWERS; i++) {
        nb_free(d->x[i]);
    }
    *d = (NbDraws){0};
}

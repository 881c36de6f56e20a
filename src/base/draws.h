/* draws.h -- the random numbers a program draws, kept in their order */
#ifndef NABLA_BASE_DRAWS_H
#define NABLA_BASE_DRAWS_H

#include <stdbool.h>
#include <stddef.h>

/* What has drawn: values, weights, data and orders, or masks of dropout, which have a generator of
 * their own. */
typedef enum NbDrawer { NB_DRAWS_VALUES, NB_DRAWS_MASKS, NB_DRAWERS } NbDrawer;

typedef struct NbDraws {
    double *x[NB_DRAWERS]; /* uniforms and standard normals, as they came; for nb_draws_free */
    size_t n[NB_DRAWERS];
    bool failed; /* out of memory, or too many: something is missing */
} NbDraws;

/* Where they are kept from now on; NULL, as in the beginning: nowhere. Of the whole process, so for
 * a program with one thread that draws. */
extern NbDraws *nb_draws;
void nb_draws_add(NbDrawer which, double x);
void nb_draws_free(NbDraws *d); /* leaves it empty */

/* x, which is kept where somebody asks for it. */
static inline double nb_drawn(NbDrawer which, double x)
{
    if (nb_draws) {
        nb_draws_add(which, x);
    }
    return x;
}

#endif

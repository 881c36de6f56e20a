/* surface_data.c -- a surface with what was computed of it: its life, levels, sampling at once */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "surface.h"

static char *copy_text(const char *text)
{
    text = text ? text : "";
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

static bool copy_points(NbSurface *to, const NbSurface *from)
{
    size_t n = (size_t)from->npoints;
    double *point = calloc(2 * n + 1, sizeof *point);
    int *label = calloc(n + 1, sizeof *label);
    to->point = point;
    to->label = label;
    if (!point || !label) {
        return false;
    }
    if (n > 0) {
        memcpy(point, from->point, 2 * n * sizeof *point);
        memcpy(label, from->label, n * sizeof *label);
    }
    return true;
}

NbSurfaceData *nb_viz_surface_new(const NbSurface *what, NbErr *err)
{
    NbSurfaceData *d = calloc(1, sizeof *d);
    if (!d) {
        what->field.free(what->field.user);
        nb_fail(err, NB_EMEM, "out of memory for a surface");
        return NULL;
    }
    d->what = *what;
    d->sampler.field = &d->what.field;
    d->view.equal = what->equal;
    memcpy(d->view.lo, what->lo, sizeof d->view.lo);
    memcpy(d->view.hi, what->hi, sizeof d->view.hi);
    d->what.title = copy_text(what->title);
    bool ok = d->what.title != NULL;
    for (int a = 0; a < 2; a++) {
        d->what.name[a] = copy_text(what->name[a]);
        d->what.column[a] = copy_text(what->column[a]);
        ok = ok && d->what.name[a] && d->what.column[a];
    }
    ok = copy_points(&d->what, what) && ok;
    d->guess = malloc(((size_t)d->what.npoints + 1) * sizeof *d->guess);
    ok = ok && d->guess;
    for (int i = 0; ok && i < d->what.npoints; i++) {
        d->guess[i] = -1;
    }
    if (!ok) {
        nb_fail(err, NB_EMEM, "out of memory for a surface");
        nb_viz_surface_free(&d);
    }
    return d;
}

void nb_viz_surface_free(NbSurfaceData **pd)
{
    NbSurfaceData *d = *pd;
    if (!d) {
        return;
    }
    d->what.field.free(d->what.field.user);
    nb_viz_sampler_free(&d->sampler);
    nb_viz_loops_free(&d->loops);
    free((void *)d->what.title);
    for (int a = 0; a < 2; a++) {
        free((void *)d->what.name[a]);
        free((void *)d->what.column[a]);
    }
    free((void *)d->what.point);
    free((void *)d->what.label);
    free(d->guess);
    free(d->filled);
    free(d->bad);
    free(d);
    *pd = NULL;
}

/* Levels that still cut the values in sight into enough bands stay, so that colours do not jump
 * while the picture is moved. */
static bool levels_fit(const NbSurfaceData *d)
{
    const NbGrid *g = &d->sampler.now;
    const NbLevels *l = &d->levels;
    bool seen[NB_LEVELS_MAX + 1] = {false};
    size_t n = (size_t)g->nx * (size_t)g->ny, ends = 0, all = 0;
    int bands = 0;
    for (size_t k = 0; k < n; k++) {
        if (isfinite(g->v[k])) {
            int b = nb_viz_levels_band(l, g->v[k]);
            bands += !seen[b];
            seen[b] = true;
            ends += b == 0 || b == l->n;
            all++;
        }
    }
    return bands >= 6 && ends * 2 < all;
}

void nb_viz_surface_relevel(NbSurfaceData *d, bool keep)
{
    const NbGrid *g = &d->sampler.now;
    if (!g->v || g->channels != 1 || d->what.boundary) {
        return;
    }
    if (!keep || !levels_fit(d)) {
        d->refused |= !nb_viz_levels_choose(&d->levels, g->v, (size_t)g->nx * (size_t)g->ny);
    }
}

NbStatus nb_viz_surface_complete(NbSurfaceData *d, int stage, NbErr *err)
{
    NbSampler *s = &d->sampler;
    if (!nb_viz_sampler_start(s, d->what.lo, d->what.hi, stage, stage)) {
        return nb_fail(err, NB_EMEM, "out of memory for a surface");
    }
    while (s->running) {
        nb_viz_sampler_run(s, 1000);
    }
    if (s->refused) {
        return nb_fail(err, NB_EMEM, "out of memory for a surface");
    }
    if (s->failed) {
        return nb_fail(err, NB_EINTERRUPT, "stopped");
    }
    d->refused = false;
    nb_viz_surface_relevel(d, false);
    if (d->what.boundary) {
        nb_viz_class_guesses(d);
    } else {
        nb_viz_lowest(&d->what.field, &s->now, &d->low);
    }
    return d->refused ? nb_fail(err, NB_EMEM, "out of memory for a surface") : NB_OK;
}

/* surface_class.c -- the regions of a classifier with two inputs, and the data points over them */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "surface_internal.h"

#define PX_A_DOT 2.0 /* px of the picture per px of the image of regions */
#define MOST_CLASSES 64

/* --- regions --- */

static uint32_t packed(NbColour c)
{
    return (uint32_t)lround(c.r * 255) << 16 | (uint32_t)lround(c.g * 255) << 8 |
           (uint32_t)lround(c.b * 255);
}

#define SHADES 32

/* Colours of every class at steps of confidence, and of what has no class. */
typedef struct Palette {
    int classes;
    uint32_t colour[MOST_CLASSES][SHADES + 1], none;
} Palette;

static Palette *make_palette(NbTheme theme, int classes)
{
    Palette *p = calloc(1, sizeof *p);
    if (p) {
        p->classes = classes < MOST_CLASSES ? classes : MOST_CLASSES;
        p->none = packed(nb_viz_look(theme, NB_ROLE_VOID)->fill);
        for (int c = 0; c < p->classes; c++) {
            for (int k = 0; k <= SHADES; k++) {
                p->colour[c][k] = packed(nb_viz_class_colour(theme, c, k / (double)SHADES));
            }
        }
    }
    return p;
}

static uint32_t pixel_of(const Palette *p, const double *score, int channels, bool probabilities)
{
    double share;
    int label = nb_viz_class_of(score, channels, probabilities, &share);
    if (label < 0) {
        return p->none;
    }
    double sure = (share - 1.0 / p->classes) / (1 - 1.0 / p->classes);
    sure = sure > 0 ? sure < 1 ? sure : 1 : 0;
    return p->colour[label < p->classes ? label : 0][(int)lround(sure * SHADES)];
}

/* One row of the image: the scores between the points of the grid. */
static void fill_row(const NbGrid *g, const NbSurfaceFrame *f, const Palette *p, bool probabilities,
                     uint32_t *to, int w, double y)
{
    double score[MOST_CLASSES];
    int channels = g->channels < MOST_CLASSES ? g->channels : MOST_CLASSES;
    for (int i = 0; i < w; i++) {
        double x = f->lo[0] + (i + 0.5) / w * (f->hi[0] - f->lo[0]);
        for (int c = 0; c < channels; c++) {
            score[c] = nb_viz_grid_value(g, c, x, y);
        }
        to[i] = pixel_of(p, score, channels, probabilities);
    }
}

/* The line where the best class changes: where a class leads all others by nothing. */
static void add_border(NbScene *s, NbSurfaceData *d, const NbSurfaceFrame *f, int label)
{
    const NbGrid *g = &d->sampler.now;
    size_t n = (size_t)g->nx * (size_t)g->ny, channels = (size_t)g->channels;
    for (size_t k = 0; k < n; k++) {
        const double *v = g->v + k * channels;
        double other = channels == 1 ? 0 : -INFINITY;
        for (size_t c = 0; c < channels; c++) {
            other = c != (size_t)label && v[c] > other ? v[c] : other;
        }
        double lead = (channels == 1 ? v[0] : v[label]) - other;
        d->filled[k] = isfinite(lead) ? lead : 0;
    }
    if (!nb_viz_contour(d->filled, g->nx, g->ny, 0, &d->loops)) {
        s->failed = true;
        return;
    }
    const NbLoops *l = &d->loops;
    nb_viz_scene_add(s, NB_PRIM_LINE, NB_ROLE_BORDER, 0, 0, 0, 0);
    for (size_t i = 0; i < l->nloops; i++) {
        size_t start = l->start[i], count = l->start[i + 1] - start;
        for (size_t k = 0; k <= count; k++) {
            size_t at = start + k % count;
            if (l->rim[at]) {
                nb_viz_scene_gap(s);
            } else {
                NbPoint p = l->point[at];
                double x = g->lo[0] + p.x / (g->nx - 1) * (g->hi[0] - g->lo[0]);
                double y = g->lo[1] + p.y / (g->ny - 1) * (g->hi[1] - g->lo[1]);
                nb_viz_scene_point(s, nb_viz_surface_px(f, x), nb_viz_surface_py(f, y));
            }
        }
        nb_viz_scene_gap(s);
    }
}

void surface_classes(NbScene *s, NbSurfaceData *d, const NbSurfaceLook *look,
                     const NbSurfaceFrame *f)
{
    const NbGrid *g = &d->sampler.now;
    int w = (int)((f->px.right - f->px.left) / PX_A_DOT),
        h = (int)((f->px.bottom - f->px.top) / PX_A_DOT);
    int classes = g->channels == 1 ? 2 : g->channels;
    size_t n = (size_t)g->nx * (size_t)g->ny;
    if (!g->v || w < 1 || h < 1) {
        return;
    }
    Palette *p = make_palette(look->theme, classes);
    s->image = calloc((size_t)w * (size_t)h, sizeof *s->image);
    if (!p || !s->image || !nb_grow(&d->filled, &d->filled_cap, n + 1, sizeof(double))) {
        s->failed = true;
        free(p);
        return;
    }
    s->image_w = w;
    s->image_h = h;
    bool probabilities = nb_viz_grid_probabilities(g);
    for (int j = 0; j < h; j++) {
        double y = f->hi[1] - (j + 0.5) / h * (f->hi[1] - f->lo[1]);
        fill_row(g, f, p, probabilities, s->image + (size_t)j * (size_t)w, w, y);
    }
    free(p);
    nb_viz_scene_add(s, NB_PRIM_IMAGE, NB_ROLE_BAND, f->px.left, f->px.top,
                     f->px.right - f->px.left, f->px.bottom - f->px.top);
    for (int c = 0; c < (classes == 2 ? 1 : classes < MOST_CLASSES ? classes : MOST_CLASSES); c++) {
        add_border(s, d, f, c);
    }
}

/* --- points --- */

static void add_point(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f, int i,
                      double radius, bool wrong)
{
    double x = nb_viz_surface_px(f, d->what.point[2 * i]);
    double y = nb_viz_surface_py(f, d->what.point[2 * i + 1]);
    nb_viz_scene_add(s, NB_PRIM_DOT, wrong ? NB_ROLE_BORDER : NB_ROLE_HALO, x, y, 0, 0)->radius =
        radius + (wrong ? 2.4 : 1.6);
    NbPrim *dot = nb_viz_scene_add(s, NB_PRIM_DOT, NB_ROLE_CURVE, x, y, 0, 0);
    dot->radius = radius;
    dot->colour = d->what.label[i] % NB_CURVE_COLOURS;
}

void surface_class_points(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
{
    int n = d->what.npoints;
    double radius = n > 1500 ? 3 : n > 500 ? 4 : 5;
    for (int pass = 0; pass < 2; pass++) { /* what is wrong lies on top */
        for (int i = 0; i < n; i++) {
            bool wrong = d->guess[i] >= 0 && d->guess[i] != d->what.label[i];
            if (wrong == (pass == 1)) {
                add_point(s, d, f, i, radius, wrong);
            }
        }
    }
}

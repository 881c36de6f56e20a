/* surface_grid.c -- sampling a field on finer and finer grids, in slices of time */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "surface.h"

#define CHUNK 2048

static double now_ms(void)
{
    return nb_seconds() * 1e3;
}

static size_t points_of(const NbGrid *g)
{
    return (size_t)g->nx * (size_t)g->ny;
}

static bool make_grid(NbGrid *g, int stage, int channels, const double lo[2], const double hi[2])
{
    free(g->v);
    *g = (NbGrid){.nx = (16 << stage) + 1, .ny = (12 << stage) + 1, .channels = channels};
    memcpy(g->lo, lo, sizeof g->lo);
    memcpy(g->hi, hi, sizeof g->hi);
    g->v = calloc(points_of(g) * (size_t)channels, sizeof *g->v);
    return g->v != NULL;
}

bool nb_viz_sampler_start(NbSampler *s, const double lo[2], const double hi[2], int first, int last)
{
    s->stage = first;
    s->last = last;
    s->at = 0;
    s->spent = 0;
    s->running = make_grid(&s->work, first, s->field->channels, lo, hi);
    s->failed = s->refused = !s->running;
    return s->running;
}

void nb_viz_sampler_stop(NbSampler *s)
{
    s->running = false;
    free(s->work.v);
    s->work.v = NULL;
}

void nb_viz_sampler_free(NbSampler *s)
{
    free(s->now.v);
    free(s->work.v);
    *s = (NbSampler){0};
}

static bool same_place(const NbGrid *a, const NbGrid *b)
{
    return memcmp(a->lo, b->lo, sizeof a->lo) == 0 && memcmp(a->hi, b->hi, sizeof a->hi) == 0;
}

static void copy_known(NbSampler *s)
{
    size_t c = (size_t)s->work.channels;
    for (int j = 0; j < s->now.ny; j++) {
        for (int i = 0; i < s->now.nx; i++) {
            size_t from = (size_t)j * (size_t)s->now.nx + (size_t)i;
            size_t to = (size_t)(2 * j) * (size_t)s->work.nx + (size_t)(2 * i);
            memcpy(s->work.v + to * c, s->now.v + from * c, c * sizeof(double));
        }
    }
}

/* Where the next points are: their places in the grid, at most CHUNK. */
static int next_points(const NbSampler *s, size_t *place, double *x, double *y, bool refines,
                       size_t *after)
{
    const NbGrid *g = &s->work;
    int n = 0;
    size_t k = s->at;
    for (; k < points_of(g) && n < CHUNK; k++) {
        int i = (int)(k % (size_t)g->nx), j = (int)(k / (size_t)g->nx);
        if (refines && !(i & 1) && !(j & 1)) {
            continue;
        }
        place[n] = k;
        x[n] = g->lo[0] + (g->hi[0] - g->lo[0]) * i / (g->nx - 1);
        y[n] = g->lo[1] + (g->hi[1] - g->lo[1]) * j / (g->ny - 1);
        n++;
    }
    *after = k;
    return n;
}

/* The work becomes what is shown, and the next finer grid begins. */
static void publish(NbSampler *s)
{
    NbGrid old = s->now;
    s->now = s->work;
    s->work = (NbGrid){0};
    free(old.v);
    s->running = s->stage < s->last;
    if (s->running) {
        s->stage++;
        s->at = 0;
        s->running = make_grid(&s->work, s->stage, s->field->channels, s->now.lo, s->now.hi);
        if (s->running) {
            copy_known(s);
        } else {
            s->failed = s->refused = true;
        }
    }
}

/* One call of the field; false when it is not to be called again now. */
static bool run_chunk(NbSampler *s, double ms, bool *finished)
{
    size_t place[CHUNK], after, channels = (size_t)s->work.channels;
    double x[CHUNK], y[CHUNK];
    bool refines = s->now.v && s->now.nx * 2 - 1 == s->work.nx && same_place(&s->now, &s->work);
    int n = next_points(s, place, x, y, refines, &after);
    double *out = n > 0 ? calloc((size_t)n * channels, sizeof *out) : NULL;
    int done = n == 0 ? 0 : out ? s->field->sample(s->field->user, x, y, n, ms, out) : -1;
    for (int i = 0; i < done; i++) {
        memcpy(s->work.v + place[i] * channels, out + (size_t)i * channels, channels * sizeof *out);
    }
    const bool field_answered = out != NULL;
    free(out);
    if (done < 0) {
        s->failed = true;
        s->refused = n > 0 && !field_answered;
        nb_viz_sampler_stop(s);
        return false;
    }
    s->at = done == n ? after : place[done];
    if (s->at == points_of(&s->work)) {
        publish(s);
        *finished = true;
        return s->running;
    }
    return done > 0;
}

bool nb_viz_sampler_run(NbSampler *s, double ms)
{
    double start = now_ms();
    bool finished = false;
    while (s->running) {
        double left = ms - (now_ms() - start);
        if (left <= 0 || !run_chunk(s, left, &finished)) {
            break;
        }
    }
    s->spent += now_ms() - start;
    return finished;
}

/* --- between the points --- */

double nb_viz_grid_value(const NbGrid *g, int channel, double x, double y)
{
    if (!g->v) {
        return NAN;
    }
    double u = (x - g->lo[0]) / (g->hi[0] - g->lo[0]) * (g->nx - 1);
    double v = (y - g->lo[1]) / (g->hi[1] - g->lo[1]) * (g->ny - 1);
    const double slack = 1e-6; /* the border itself is inside */
    if (!(u >= -slack && v >= -slack && u <= g->nx - 1 + slack && v <= g->ny - 1 + slack)) {
        return NAN;
    }
    u = u < 0 ? 0 : u;
    v = v < 0 ? 0 : v;
    int i = u >= g->nx - 1 ? g->nx - 2 : (int)u, j = v >= g->ny - 1 ? g->ny - 2 : (int)v;
    double s = u - i, t = v - j;
    size_t c = (size_t)g->channels, row = (size_t)g->nx * c;
    const double *p = g->v + ((size_t)j * (size_t)g->nx + (size_t)i) * c + (size_t)channel;
    return (1 - t) * ((1 - s) * p[0] + s * p[c]) + t * ((1 - s) * p[row] + s * p[row + c]);
}

/* --- the lowest point --- */

typedef struct Vertex {
    double at[2], value;
} Vertex;

static double value_at(NbField *field, const double at[2], bool *ok)
{
    double z = NAN;
    *ok = *ok && field->sample(field->user, &at[0], &at[1], 1, 50, &z) == 1;
    return isnan(z) ? INFINITY : z;
}

static void sort_vertices(Vertex v[3])
{
    for (int i = 1; i < 3; i++) {
        for (int k = i; k > 0 && v[k].value < v[k - 1].value; k--) {
            Vertex t = v[k];
            v[k] = v[k - 1];
            v[k - 1] = t;
        }
    }
}

static Vertex beyond(NbField *field, const Vertex v[3], double factor, bool *ok)
{
    Vertex r;
    for (int a = 0; a < 2; a++) {
        double middle = (v[0].at[a] + v[1].at[a]) / 2;
        r.at[a] = middle + factor * (v[2].at[a] - middle);
    }
    r.value = value_at(field, r.at, ok);
    return r;
}

static void improve(NbField *field, Vertex v[3], bool *ok)
{
    Vertex mirror = beyond(field, v, -1, ok);
    if (mirror.value < v[0].value) {
        Vertex further = beyond(field, v, -2, ok);
        v[2] = further.value < mirror.value ? further : mirror;
    } else if (mirror.value < v[1].value) {
        v[2] = mirror;
    } else {
        Vertex inside = beyond(field, v, mirror.value < v[2].value ? -0.5 : 0.5, ok);
        if (inside.value < v[2].value) {
            v[2] = inside;
        } else {
            for (int k = 1; k < 3; k++) {
                for (int a = 0; a < 2; a++) {
                    v[k].at[a] = (v[0].at[a] + v[k].at[a]) / 2;
                }
                v[k].value = value_at(field, v[k].at, ok);
            }
        }
    }
    sort_vertices(v);
}

/* A round number near by, if f is no higher there: (1, 1) instead of (1.0000000031, …). */
static void round_off(NbField *field, const NbGrid *g, Vertex *best, bool *ok)
{
    Vertex r;
    for (int a = 0; a < 2; a++) {
        double unit = pow(10, floor(log10(g->hi[a] - g->lo[a])) - 4);
        r.at[a] = round(best->at[a] / unit) * unit;
    }
    r.value = value_at(field, r.at, ok);
    if (*ok && r.value <= best->value) {
        *best = r;
    }
}

static bool grid_lowest(const NbGrid *g, int *i, int *j)
{
    double best = INFINITY;
    for (size_t k = 0; k < points_of(g); k++) {
        if (isfinite(g->v[k]) && g->v[k] < best) {
            best = g->v[k];
            *i = (int)(k % (size_t)g->nx);
            *j = (int)(k / (size_t)g->nx);
        }
    }
    return best<INFINITY && * i> 0 && *j > 0 && *i < g->nx - 1 && *j < g->ny - 1;
}

#define SIMPLEX_STEPS 160

void nb_viz_lowest(NbField *field, const NbGrid *g, NbLowest *low)
{
    int i = 0, j = 0;
    *low = (NbLowest){0};
    if (!g->v || g->channels != 1 || !grid_lowest(g, &i, &j)) {
        return;
    }
    double step[2] = {(g->hi[0] - g->lo[0]) / (g->nx - 1), (g->hi[1] - g->lo[1]) / (g->ny - 1)};
    Vertex v[3];
    bool ok = true;
    for (int k = 0; k < 3; k++) {
        v[k].at[0] = g->lo[0] + step[0] * (i + (k == 1));
        v[k].at[1] = g->lo[1] + step[1] * (j + (k == 2));
        v[k].value = value_at(field, v[k].at, &ok);
    }
    sort_vertices(v);
    for (int n = 0; n < SIMPLEX_STEPS && ok; n++) {
        improve(field, v, &ok);
    }
    round_off(field, g, &v[0], &ok);
    bool inside = v[0].at[0] > g->lo[0] && v[0].at[0] < g->hi[0] && v[0].at[1] > g->lo[1] &&
                  v[0].at[1] < g->hi[1];
    if (ok && inside && isfinite(v[0].value)) {
        *low = (NbLowest){true, {v[0].at[0], v[0].at[1]}, v[0].value};
    }
}

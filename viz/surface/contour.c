/* contour.c -- marching squares: closed regions above a level on a grid, holes filled */
#include "contour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* --- the padded grid ---
 * Around the grid lies a ring of nodes below every level, so that every region closes. A crossing
 * on an edge into the ring lies at its node of the grid: on the border. Nodes are numbered with the
 * ring, (0, 0) being the ring's corner; edge 2k leaves node k to the right, 2k + 1 upwards. */
typedef struct Field {
    const double *v;
    int nx, ny;
    double level;
} Field;

static bool in_grid(const Field *f, int i, int j)
{
    return i >= 1 && j >= 1 && i <= f->nx && j <= f->ny;
}

static double value_at(const Field *f, int i, int j)
{
    return f->v[(size_t)(j - 1) * (size_t)f->nx + (size_t)(i - 1)];
}

static bool above(const Field *f, int i, int j)
{
    return in_grid(f, i, j) && value_at(f, i, j) >= f->level;
}

static int right_of(const Field *f, int i, int j)
{
    return 2 * (j * (f->nx + 2) + i);
}

static int up_from(const Field *f, int i, int j)
{
    return right_of(f, i, j) + 1;
}

enum { SOUTH, EAST, NORTH, WEST, NOWHERE };

/* Steps from side to side of a cell with the region on the left, by its corners inside: 1 south
 * west, 2 south east, 4 north east, 8 north west. Saddles stand here as if their middle was out;
 * with the middle in they are those of the corners that are out. */
static const unsigned char steps[16][4] = {
    {NOWHERE, 0, NOWHERE, 0},   {SOUTH, WEST, NOWHERE, 0},  {EAST, SOUTH, NOWHERE, 0},
    {EAST, WEST, NOWHERE, 0},   {NORTH, EAST, NOWHERE, 0},  {SOUTH, WEST, NORTH, EAST},
    {NORTH, SOUTH, NOWHERE, 0}, {NORTH, WEST, NOWHERE, 0},  {WEST, NORTH, NOWHERE, 0},
    {SOUTH, NORTH, NOWHERE, 0}, {EAST, SOUTH, WEST, NORTH}, {EAST, NORTH, NOWHERE, 0},
    {WEST, EAST, NOWHERE, 0},   {SOUTH, EAST, NOWHERE, 0},  {WEST, SOUTH, NOWHERE, 0},
    {NOWHERE, 0, NOWHERE, 0},
};
static const unsigned char full_saddle[2][4] = {{SOUTH, EAST, NORTH, WEST},
                                                {WEST, SOUTH, EAST, NORTH}};

static bool middle_inside(const Field *f, int i, int j)
{
    return (value_at(f, i, j) + value_at(f, i + 1, j) + value_at(f, i, j + 1) +
            value_at(f, i + 1, j + 1)) /
               4 >=
           f->level;
}

static void link_cell(const Field *f, int i, int j, int *next)
{
    int corners = above(f, i, j) | above(f, i + 1, j) << 1 | above(f, i + 1, j + 1) << 2 |
                  above(f, i, j + 1) << 3;
    const unsigned char *s = steps[corners];
    if ((corners == 5 || corners == 10) && middle_inside(f, i, j)) {
        s = full_saddle[corners == 10];
    }
    int side[4] = {right_of(f, i, j), up_from(f, i + 1, j), right_of(f, i, j + 1),
                   up_from(f, i, j)};
    for (int k = 0; k < 4 && s[k] != NOWHERE; k += 2) {
        next[side[s[k]]] = side[s[k + 1]];
    }
}

/* --- following the links --- */

static NbPoint crossing(const Field *f, int edge, bool *rim)
{
    int node = edge / 2, i = node % (f->nx + 2), j = node / (f->nx + 2);
    int i2 = i + !(edge & 1), j2 = j + (edge & 1);
    bool here = in_grid(f, i, j), there = in_grid(f, i2, j2);
    *rim = !here || !there;
    if (*rim) {
        return here ? (NbPoint){i - 1, j - 1} : (NbPoint){i2 - 1, j2 - 1};
    }
    double a = value_at(f, i, j), b = value_at(f, i2, j2);
    double t = (f->level - a) / (b - a);
    t = t > 0 ? (t < 1 ? t : 1) : 0;
    return (NbPoint){i - 1 + t * (i2 - i), j - 1 + t * (j2 - j)};
}

static bool add_point(NbLoops *l, NbPoint p, bool rim)
{
    if (!nb_grow(&l->point, &l->point_cap, l->npoints + 1, sizeof *l->point) ||
        !nb_grow(&l->rim, &l->rim_cap, l->npoints + 1, sizeof *l->rim)) {
        return false;
    }
    l->rim[l->npoints] = rim;
    l->point[l->npoints++] = p;
    return true;
}

static bool begin_loop(NbLoops *l)
{
    if (!nb_grow(&l->start, &l->start_cap, l->nloops + 2, sizeof *l->start)) {
        return false;
    }
    l->start[l->nloops] = l->npoints;
    return true;
}

static bool follow(const Field *f, NbLoops *l, int first)
{
    if (!begin_loop(l)) {
        return false;
    }
    for (int edge = first; edge >= 0;) {
        bool rim;
        NbPoint p = crossing(f, edge, &rim);
        if (!add_point(l, p, rim)) {
            return false;
        }
        int after = l->next[edge];
        l->next[edge] = -1;
        edge = after;
        if (edge == first) {
            break;
        }
    }
    l->start[++l->nloops] = l->npoints;
    return true;
}

bool nb_viz_contour(const double *v, int nx, int ny, double level, NbLoops *l)
{
    Field f = {v, nx, ny, level};
    size_t edges = 2 * (size_t)(nx + 2) * (size_t)(ny + 2);
    l->npoints = l->nloops = 0;
    if (!nb_grow(&l->next, &l->next_cap, edges, sizeof *l->next)) {
        return false;
    }
    memset(l->next, 0xff, edges * sizeof *l->next);
    for (int j = 0; j <= ny; j++) {
        for (int i = 0; i <= nx; i++) {
            link_cell(&f, i, j, l->next);
        }
    }
    for (size_t e = 0; e < edges; e++) {
        if (l->next[e] >= 0 && !follow(&f, l, (int)e)) {
            return false;
        }
    }
    return true;
}

void nb_viz_loops_free(NbLoops *l)
{
    free(l->point);
    free(l->rim);
    free(l->start);
    free(l->next);
    *l = (NbLoops){0};
}

/* --- holes --- */

/* Mean of the finite neighbours of a hole; NaN when it has none yet. */
static double from_neighbours(const double *v, int nx, int ny, int i, int j)
{
    double sum = 0;
    int n = 0;
    for (int dj = -1; dj <= 1; dj++) {
        for (int di = -1; di <= 1; di++) {
            int a = i + di, b = j + dj;
            if (a >= 0 && b >= 0 && a < nx && b < ny &&
                isfinite(v[(size_t)b * (size_t)nx + (size_t)a])) {
                sum += v[(size_t)b * (size_t)nx + (size_t)a];
                n++;
            }
        }
    }
    return n ? sum / n : NAN;
}

#define RINGS 2 /* wide enough to reach under the edge of the hatching */

/* One ring further into the holes. */
static void fill_ring(double *v, int nx, int ny, double *ring)
{
    size_t n = (size_t)nx * (size_t)ny;
    for (size_t k = 0; k < n; k++) {
        ring[k] = isfinite(v[k])
                      ? NAN
                      : from_neighbours(v, nx, ny, (int)(k % (size_t)nx), (int)(k / (size_t)nx));
    }
    for (size_t k = 0; k < n; k++) {
        v[k] = isfinite(ring[k]) ? ring[k] : v[k];
    }
}

bool nb_viz_fill_holes(const double *v, int nx, int ny, double *filled, size_t *missing)
{
    size_t n = (size_t)nx * (size_t)ny, holes = 0;
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        bool hole = !isfinite(v[k]);
        holes += hole;
        sum += hole ? 0 : v[k];
        filled[k] = hole ? NAN : v[k];
    }
    *missing = holes;
    if (holes == 0) {
        return true;
    }
    double *ring = calloc(n, sizeof *ring);
    if (!ring) {
        return false;
    }
    for (int r = 0; r < RINGS; r++) {
        fill_ring(filled, nx, ny, ring);
    }
    free(ring);
    double rest = holes < n ? sum / (double)(n - holes) : 0; /* deep inside nothing is seen */
    for (size_t k = 0; k < n; k++) {
        filled[k] = isfinite(filled[k]) ? filled[k] : isfinite(rest) ? rest : 0;
    }
    return true;
}

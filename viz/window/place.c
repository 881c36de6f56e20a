/* place.c -- where windows go on a screen: rectangles of the screen that are free */
#include "place.h"

#include <string.h>

#define MOST_TAKEN 24
#define HALL_W 400 /* what a window needs to be read from the last row, */
#define HALL_H 300
#define HALL_LEAST_H 260 /* and where it stands alone below the terminal */
#define FEW 4            /* so many are divided in every way, more in halves */

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* px² */
static long shared(NbPlace a, NbPlace b)
{
    int w = smaller(a.x + a.w, b.x + b.w) - larger(a.x, b.x);
    int h = smaller(a.y + a.h, b.y + b.h) - larger(a.y, b.y);
    return w > 0 && h > 0 ? (long)w * h : 0;
}

bool nb_place_meets(NbPlace a, NbPlace b)
{
    return shared(a, b) > 0;
}

NbPlace nb_place_inside(NbPlace room, NbPlace p)
{
    p.w = smaller(p.w, room.w);
    p.h = smaller(p.h, room.h);
    p.x = larger(room.x, smaller(p.x, room.x + room.w - p.w));
    p.y = larger(room.y, smaller(p.y, room.y + room.h - p.h));
    return p;
}

/* Both parts of a place, the first `share` of it. */
static void cut(NbPlace p, bool across, double share, NbPlace *first, NbPlace *second)
{
    *first = *second = p;
    if (across) {
        first->w = (int)(p.w * share);
        second->x += first->w;
        second->w -= first->w;
    } else {
        first->h = (int)(p.h * share);
        second->y += first->h;
        second->h -= first->h;
    }
}

void nb_place_halve(NbPlace p, NbPlace *first, NbPlace *second)
{
    cut(p, p.w > p.h, 0.5, first, second);
}

/* --- what is free --- */

typedef struct Free {
    NbPlace room;
    const NbPlace *taken;
    size_t n;
    void (*each)(void *user, NbPlace p);
    void *user;
} Free;

/* Gaps between what is taken in the columns x … x + w, from top to bottom. */
static void free_in_columns(const Free *f, int x, int w)
{
    int y = f->room.y, end = f->room.y + f->room.h;
    while (y < end) {
        int next = end,
            below = end; /* the highest obstacle under y, and where what is there ends */
        for (size_t i = 0; i < f->n; i++) {
            const NbPlace *t = &f->taken[i];
            bool here = t->x < x + w && t->x + t->w > x && t->y + t->h > y && t->y < end;
            if (here && larger(t->y, y) <= next) {
                int bottom = t->y + t->h;
                below = larger(t->y, y) < next ? bottom : larger(below, bottom);
                next = larger(t->y, y);
            }
        }
        if (next > y) {
            f->each(f->user, (NbPlace){x, y, w, next - y});
        }
        y = next < end ? below : end;
    }
}

/* Every free rectangle between edges of what is taken; the largest are among them. */
static void each_free(const Free *f)
{
    int edge[2 * MOST_TAKEN + 2], n = 0;
    edge[n++] = f->room.x;
    edge[n++] = f->room.x + f->room.w;
    for (size_t i = 0; i < f->n && i < MOST_TAKEN; i++) {
        edge[n++] = f->taken[i].x;
        edge[n++] = f->taken[i].x + f->taken[i].w;
    }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            bool inside = edge[i] >= f->room.x && edge[k] <= f->room.x + f->room.w;
            if (inside && edge[k] > edge[i]) {
                free_in_columns(f, edge[i], edge[k] - edge[i]);
            }
        }
    }
}

/* --- one window --- */

typedef struct Best {
    int w, h; /* wanted */
    bool any;
    long kept, spoilt; /* px² */
    NbPlace in;
} Best;

static void judge(void *user, NbPlace p)
{
    Best *b = user;
    if (p.w < smaller(larger(NB_LEAST_W, (int)(b->w * NB_LEAST_PART)), b->w) ||
        p.h < smaller(larger(NB_LEAST_H, (int)(b->h * NB_LEAST_PART)), b->h)) {
        return;
    }
    long kept = (long)smaller(p.w, b->w) * smaller(p.h, b->h);
    long spoilt = (long)p.w * p.h - kept;
    if (!b->any || kept > b->kept || (kept == b->kept && spoilt < b->spoilt)) {
        *b = (Best){b->w, b->h, true, kept, spoilt, p};
    }
}

/* In the corner of a free rectangle that is nearest to the first place taken. */
static NbPlace corner(NbPlace in, const NbPlace *taken, size_t n, int w, int h)
{
    NbPlace p = {in.x, in.y, smaller(w, in.w), smaller(h, in.h)};
    if (n > 0 && in.x + in.w <= taken[0].x) {
        p.x = in.x + in.w - p.w;
    }
    if (n > 0 && in.y + in.h <= taken[0].y) {
        p.y = in.y + in.h - p.h;
    }
    return p;
}

/* What a place covers: of the terminal, which counts most, and of the rest. */
static double covered(NbPlace p, const NbPlace *taken, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)shared(p, taken[i]) * (i == 0 ? 1e3 : 1);
    }
    return sum;
}

bool nb_place_beside(NbPlace room, const NbPlace *taken, size_t n, int w, int h, NbPlace *to)
{
    Best b = {.w = smaller(w, room.w), .h = smaller(h, room.h)};
    each_free(&(Free){room, taken, n, judge, &b});
    if (b.any) {
        *to = corner(b.in, taken, n, b.w, b.h);
        return true;
    }
    double least = -1;
    for (int i = 0; i < 9; i++) { /* corners first, then sides, then the middle */
        static const int across[] = {2, 2, 0, 0, 2, 1, 1, 0, 1},
                         down[] = {0, 2, 0, 2, 1, 0, 2, 1, 1};
        NbPlace p = {room.x + (room.w - b.w) * across[i] / 2, room.y + (room.h - b.h) * down[i] / 2,
                     b.w, b.h};
        double sum = covered(p, taken, n);
        if (least < 0 || sum < least) {
            least = sum;
            *to = p;
        }
    }
    return false;
}

/* --- all windows --- */

/* How large the largest picture of 4 × 3 in a place is. */
static double picture_in(NbPlace p)
{
    return smaller(p.w * 3, p.h * 4);
}

/* Into n parts that pictures of 4 × 3 fill best, the first no smaller than it must be. Returns the
 * product of their sizes. */
static double divide(NbPlace p, NbPlace *to, size_t n)
{
    NbPlace trial[MOST_TAKEN];
    double best = -1;
    if (n <= 1 || n > MOST_TAKEN) {
        to[0] = p;
        return picture_in(p);
    }
    size_t half = (n + 1) / 2, from = n <= FEW ? 1 : half, last = n <= FEW ? n - 1 : half;
    for (size_t first = from; first <= last; first++) {
        for (int how = 0; how < 4; how++) { /* by number, or in halves */
            NbPlace a, b;
            cut(p, how % 2, how < 2 ? (double)first / (double)n : 0.5, &a, &b);
            double all = divide(a, trial, first) * divide(b, trial + first, n - first);
            if (all > best * (1 + 1e-9)) {
                best = all;
                memcpy(to, trial, n * sizeof *to);
            }
        }
    }
    return best;
}

static void judge_for_hall(void *user, NbPlace p)
{
    NbPlace *best = user;
    if (p.w >= HALL_W && p.h >= HALL_LEAST_H && (long)p.w * p.h > (long)best->w * best->h) {
        *best = p;
    }
}

/* Empty where none can be read in a hall. */
static NbPlace largest_free(NbPlace room, const NbPlace *taken, size_t n)
{
    NbPlace best = {0};
    each_free(&(Free){room, taken, n, judge_for_hall, &best});
    return best;
}

void nb_place_share(NbPlace room, const NbPlace *taken, size_t ntaken, NbPlace *to, size_t n)
{
    if (n == 0) {
        return;
    }
    NbPlace most = largest_free(room, taken, ntaken), all[MOST_TAKEN], trial[MOST_TAKEN];
    if ((long)most.w * most.h < (long)n * HALL_W * HALL_H) {
        /* beside a terminal that fills the screen there is no room: its right half is the emptier
         */
        divide((NbPlace){room.x + room.w / 2, room.y, room.w - room.w / 2, room.h}, to, n);
        return;
    }
    double best = divide(most, to, n);
    if (n > MOST_TAKEN || ntaken >= MOST_TAKEN) {
        return;
    }
    /* the last of them go below the terminal where all get larger by that */
    memcpy(all, taken, ntaken * sizeof *all);
    all[ntaken] = most;
    NbPlace rest = largest_free(room, all, ntaken + 1);
    for (size_t k = 1; k < n && rest.w > 0; k++) {
        double sizes = divide(most, trial, n - k) * divide(rest, trial + n - k, k);
        if (sizes > best * (1 + 1e-9)) {
            best = sizes;
            memcpy(to, trial, n * sizeof *to);
        }
    }
}

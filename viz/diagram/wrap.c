/* wrap.c -- a long picture turned, or broken into bands like lines of text, to fill its page */
#include "wrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MOST_BANDS 40
#define LONG 2.4  /* pictures longer than this many heights are broken, */
#define LEVEL 1.2 /* and longer than this levelled */
#define WORTH 1.2 /* broken when that shows them so much larger */
#define MORE 1.04 /* and a further band so much */
#define LANE 52.0 /* between bands, for the edges that cross */
#define MARGIN 40.0
#define LANE_STEP 8.0
#define CORNER 14.0
#define CLEAR 6.0 /* between lines and boxes they pass */
#define FURTHEST 500.0

typedef struct Band {
    double left, right, top, bottom; /* of its nodes and edges, before it is moved */
    double dx, dy;
} Band;

typedef struct Wrap {
    NbGeometry *g;
    const NbModel *m;
    const NbPoint *size;
    double *rank;  /* distinct x of centres, ascending */
    double *half;  /* of each rank: half of its widest box */
    double *reach; /* of each node: x of the leftmost one behind it */
    double *level; /* of each rank: y of the path that is made level */
    size_t nranks;
    int *band; /* of each node */
    Band row[MOST_BANDS];
    int nrows;
    double w, h; /* of the whole */
} Wrap;

static int by_value(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static bool find_ranks(Wrap *k)
{
    k->rank = calloc(k->g->nnodes + 1, sizeof *k->rank);
    k->half = calloc(k->g->nnodes + 1, sizeof *k->half);
    k->level = calloc(k->g->nnodes + 1, sizeof *k->level);
    k->band = calloc(k->g->nnodes + 1, sizeof *k->band);
    if (!k->rank || !k->half || !k->level || !k->band) {
        return false;
    }
    for (size_t i = 0; i < k->g->nnodes; i++) {
        k->rank[i] = k->g->at[i].x;
    }
    qsort(k->rank, k->g->nnodes, sizeof *k->rank, by_value);
    for (size_t i = 0; i < k->g->nnodes; i++) {
        if (k->nranks == 0 || k->rank[i] > k->rank[k->nranks - 1] + 1) {
            k->rank[k->nranks++] = k->rank[i];
        }
    }
    return true;
}

/* --- levelling: Graphviz lets long chains drift like a staircase --- */

static size_t rank_of(const Wrap *k, double x)
{
    size_t lo = 0, hi = k->nranks;
    while (lo + 1 < hi) {
        size_t mid = (lo + hi) / 2;
        *(k->rank[mid] <= x + 1 ? &lo : &hi) = mid;
    }
    return lo;
}

static bool leads_on(const Wrap *k, size_t edge)
{
    const NbEdge *e = &k->m->edge[edge];
    return k->g->at[e->from].x < k->g->at[e->to].x - 1;
}

/* How far to the left each node's inputs, and theirs, reach. */
static bool find_reach(Wrap *k)
{
    k->reach = calloc(k->g->nnodes + 1, sizeof *k->reach);
    if (!k->reach) {
        return false;
    }
    for (size_t i = 0; i < k->g->nnodes; i++) {
        k->reach[i] = k->g->at[i].x;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < k->m->nedges; i++) {
            double left = k->reach[k->m->edge[i].from], *right = &k->reach[k->m->edge[i].to];
            if (leads_on(k, i) && left < *right) {
                *right = left;
                changed = true;
            }
        }
    }
    return true;
}

/* Follows the root back along the longest chain; ranks passed over lie on the line between. */
static void find_levels(Wrap *k)
{
    size_t node = 0;
    for (size_t i = 0; i < k->g->nnodes; i++) {
        node = k->m->node[i].root ? i : node;
        size_t r = rank_of(k, k->g->at[i].x);
        k->half[r] = fmax(k->half[r], k->size[i].x / 2);
    }
    size_t r = rank_of(k, k->g->at[node].x);
    for (size_t i = r; i < k->nranks; i++) {
        k->level[i] = k->g->at[node].y;
    }
    for (bool found = true; found;) {
        size_t next = node;
        found = false;
        for (size_t i = 0; i < k->m->nedges; i++) {
            size_t from = k->m->edge[i].from;
            bool further = k->reach[from] < k->reach[next] - 1;
            bool nearer = k->reach[from] < k->reach[next] + 1 &&
                          k->g->at[from].x > k->g->at[next].x;
            if (k->m->edge[i].to == node && leads_on(k, i) && (!found || further || nearer)) {
                next = from;
                found = true;
            }
        }
        size_t below = rank_of(k, k->g->at[next].x);
        for (size_t i = below; found && i < r; i++) {
            double t = (double)(i - below) / (double)(r - below);
            k->level[i] = k->g->at[next].y + (k->g->at[node].y - k->g->at[next].y) * t;
        }
        r = below;
        node = next;
    }
    for (size_t i = 0; i < r; i++) {
        k->level[i] = k->level[r];
    }
}

/* Constant across each rank's boxes and a straight line between ranks. */
static double level_at(const Wrap *k, double x)
{
    size_t r = rank_of(k, x);
    if (r + 1 >= k->nranks || x <= k->rank[r] + k->half[r]) {
        return k->level[r];
    }
    double from = k->rank[r] + k->half[r], to = k->rank[r + 1] - k->half[r + 1];
    double t = to > from ? fmin(fmax((x - from) / (to - from), 0), 1) : 1;
    return k->level[r] + (k->level[r + 1] - k->level[r]) * t;
}

/* Moves everything so that the path is level, when the picture gets lower by it. */
static void level(Wrap *k)
{
    find_levels(k);
    double top = INFINITY, bottom = -INFINITY;
    for (size_t i = 0; i < k->g->nnodes; i++) {
        double y = k->g->at[i].y - level_at(k, k->g->at[i].x), half = k->size[i].y / 2;
        top = fmin(top, y - half);
        bottom = fmax(bottom, y + half);
    }
    if (bottom - top > k->g->h * 0.85) {
        return;
    }
    for (size_t i = 0; i < k->g->nnodes; i++) {
        k->g->at[i].y -= level_at(k, k->g->at[i].x) + top;
    }
    for (size_t i = 0; i < k->g->npoints; i++) {
        k->g->points[i].y -= level_at(k, k->g->points[i].x) + top;
    }
    for (size_t i = 0; i < k->g->nedges; i++) {
        k->g->route[i].tip.y -= level_at(k, k->g->route[i].tip.x) + top;
    }
    k->g->h = bottom - top;
}

/* --- cutting --- */

static size_t crossings(const Wrap *k, double x)
{
    size_t n = 0;
    for (size_t i = 0; i < k->m->nedges; i++) {
        n += k->g->at[k->m->edge[i].from].x < x && k->g->at[k->m->edge[i].to].x > x;
    }
    return n;
}

/* The place between two ranks near x that few edges cross. */
static double best_cut(const Wrap *k, double x, double reach)
{
    double best = x, least = INFINITY;
    for (size_t i = 0; i + 1 < k->nranks; i++) {
        double at = (k->rank[i] + k->rank[i + 1]) / 2;
        if (fabs(at - x) <= reach) {
            double cost = fabs(at - x) / reach + 0.5 * (double)crossings(k, at);
            best = cost < least ? at : best;
            least = cost < least ? cost : least;
        }
    }
    return best;
}

static void include(Band *b, double x, double y)
{
    b->left = fmin(b->left, x);
    b->right = fmax(b->right, x);
    b->top = fmin(b->top, y);
    b->bottom = fmax(b->bottom, y);
}

static bool inside(const Wrap *k, size_t edge)
{
    return k->band[k->m->edge[edge].from] == k->band[k->m->edge[edge].to];
}

static void measure_bands(Wrap *k)
{
    for (int i = 0; i < k->nrows; i++) {
        k->row[i] = (Band){INFINITY, -INFINITY, INFINITY, -INFINITY, 0, 0};
    }
    for (size_t i = 0; i < k->g->nnodes; i++) {
        NbPoint at = k->g->at[i], half = {k->size[i].x / 2, k->size[i].y / 2};
        include(&k->row[k->band[i]], at.x - half.x, at.y - half.y);
        include(&k->row[k->band[i]], at.x + half.x, at.y + half.y);
    }
    for (size_t i = 0; i < k->m->nedges; i++) {
        const NbRoute *r = &k->g->route[i];
        for (size_t p = 0; inside(k, i) && p < r->count; p++) {
            NbPoint at = k->g->points[r->first + p];
            include(&k->row[k->band[k->m->edge[i].from]], at.x, at.y);
        }
    }
    k->w = k->h = 0;
    for (int i = 0; i < k->nrows; i++) {
        Band *b = &k->row[i];
        b->dx = MARGIN - b->left;
        b->dy = k->h - b->top;
        k->h += b->bottom - b->top + LANE;
        k->w = fmax(k->w, b->right - b->left + 2 * MARGIN);
    }
    k->h -= LANE;
}

static void cut_into(Wrap *k, int n)
{
    double cut[MOST_BANDS], width = k->g->w / n;
    for (int i = 0; i + 1 < n; i++) {
        cut[i] = best_cut(k, width * (i + 1), width * 0.35);
    }
    k->nrows = n;
    for (size_t i = 0; i < k->g->nnodes; i++) {
        int band = 0;
        while (band + 1 < n && k->g->at[i].x > cut[band]) {
            band++;
        }
        k->band[i] = band;
    }
    measure_bands(k);
}

static bool every_band_filled(const Wrap *k)
{
    for (int i = 0; i < k->nrows; i++) {
        if (!(k->row[i].right > k->row[i].left)) {
            return false;
        }
    }
    return true;
}

/* --- edges between bands --- */

typedef struct Path {
    NbPoint corner[12];
    int n;
} Path;

static void go(Path *p, double x, double y)
{
    if (p->n == 0 || p->corner[p->n - 1].x != x || p->corner[p->n - 1].y != y) {
        p->corner[p->n++] = (NbPoint){x, y};
    }
}

/* A box of the node's band, not its own, stands in this area. */
static bool blocked(const Wrap *k, size_t node, double left, double right, double top,
                    double bottom)
{
    for (size_t i = 0; i < k->g->nnodes; i++) {
        NbPoint at = k->g->at[i], half = {k->size[i].x / 2 + CLEAR, k->size[i].y / 2 + CLEAR};
        if (i != node && k->band[i] == k->band[node] && at.x + half.x > left &&
            at.x - half.x < right && at.y + half.y > top && at.y - half.y < bottom) {
            return true;
        }
    }
    return false;
}

/* Where a line leaves the node downwards to `to` (side 1), or comes to it from `to` above (side
 * -1): its middle, or, when boxes are in the way, the nearest gap right or left of it. */
static double way(const Wrap *k, size_t node, double to, int side, double step)
{
    NbPoint at = k->g->at[node];
    double top = fmin(at.y, to), bottom = fmax(at.y, to), edge = at.x + side * k->size[node].x / 2;
    double best = at.x;
    if (!blocked(k, node, at.x, at.x, top, bottom)) {
        return at.x;
    }
    for (size_t i = 0; i < k->g->nnodes; i++) {
        double x = k->g->at[i].x + side * (k->size[i].x / 2 + 2 * CLEAR + 3 + step / 4);
        double gone = side * (x - edge), before = side * (best - edge);
        if (k->band[i] == k->band[node] && gone > CLEAR && gone < FURTHEST &&
            (best == at.x || gone < before) && !blocked(k, node, x, x, top, bottom) &&
            !blocked(k, node, fmin(x, edge), fmax(x, edge), at.y, at.y)) {
            best = x;
        }
    }
    return best;
}

/* Around the right end of the band when the node is its last, else down out of it; along the lane;
 * and down the left margin or into the node from above. */
static Path lead(const Wrap *k, size_t edge, int lane)
{
    uint32_t a = k->m->edge[edge].from, b = k->m->edge[edge].to;
    const Band *from = &k->row[k->band[a]], *to = &k->row[k->band[b]];
    NbPoint pa = k->g->at[a], pb = k->g->at[b];
    double step = LANE_STEP * (lane % 5 - 2);
    double below = from->bottom + from->dy + LANE / 2 + step;
    double above = to->top + to->dy - LANE / 2 + step;
    bool at_end = pa.x + k->size[a].x > from->right + from->dx - 30;
    bool at_start = pb.x - k->size[b].x < to->left + to->dx + 30;
    Path p = {.n = 0};
    if (at_end) {
        double turn = from->right + from->dx + 22 + step / 2;
        go(&p, pa.x + k->size[a].x / 2, pa.y);
        go(&p, turn, pa.y);
        go(&p, turn, below);
    } else {
        double x = way(k, a, below, 1, step);
        if (x == pa.x) {
            go(&p, x, pa.y + k->size[a].y / 2);
        } else {
            go(&p, pa.x + k->size[a].x / 2, pa.y);
            go(&p, x, pa.y);
        }
        go(&p, x, below);
    }
    double left = 14 + step / 2;
    if (at_start) {
        go(&p, left, below);
        go(&p, left, pb.y + step);
        go(&p, pb.x - k->size[b].x / 2, pb.y + step);
    } else {
        if (k->band[b] > k->band[a] + 1) {
            go(&p, left, below);
            go(&p, left, above);
        }
        double lane_y = k->band[b] > k->band[a] + 1 ? above : below,
               x = way(k, b, lane_y, -1, step);
        go(&p, x, lane_y);
        if (x == pb.x) {
            go(&p, x, pb.y - k->size[b].y / 2);
        } else {
            go(&p, x, pb.y);
            go(&p, pb.x - k->size[b].x / 2, pb.y);
        }
    }
    return p;
}

static NbPoint toward(NbPoint a, NbPoint b, double d)
{
    double length = hypot(b.x - a.x, b.y - a.y);
    double t = length > 0 ? fmin(d / length, 0.5) : 0;
    return (NbPoint){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
}

typedef struct Points {
    NbPoint *at;
    size_t n, cap;
    bool failed;
} Points;

static void put(Points *to, NbPoint p)
{
    if (!nb_grow(&to->at, &to->cap, to->n + 1, sizeof *to->at)) {
        to->failed = true;
        return;
    }
    to->at[to->n++] = p;
}

static void put_straight(Points *to, NbPoint a, NbPoint b)
{
    put(to, toward(a, b, hypot(b.x - a.x, b.y - a.y) / 3));
    put(to, toward(b, a, hypot(b.x - a.x, b.y - a.y) / 3));
    put(to, b);
}

/* The corners rounded off, as Bézier pieces; the last 9 px are left to the arrow head. */
static void put_path(Points *to, const Path *p, NbRoute *r)
{
    NbPoint end = p->corner[p->n - 1];
    r->first = to->n;
    r->tip = end;
    NbPoint at = p->corner[0];
    put(to, at);
    for (int i = 1; i < p->n; i++) {
        bool last = i + 1 == p->n;
        NbPoint stop = toward(p->corner[i], at, last ? 9 : CORNER);
        put_straight(to, at, stop);
        at = stop;
        if (!last) {
            NbPoint next = toward(p->corner[i], p->corner[i + 1], CORNER);
            put(to, p->corner[i]);
            put(to, p->corner[i]);
            put(to, next);
            at = next;
        }
    }
    r->count = to->n - r->first;
}

static bool reroute(Wrap *k)
{
    Points all = {0};
    int lane = 0;
    for (size_t i = 0; i < k->g->nnodes; i++) {
        k->g->at[i].x += k->row[k->band[i]].dx;
        k->g->at[i].y += k->row[k->band[i]].dy;
    }
    for (size_t i = 0; i < k->m->nedges; i++) {
        NbRoute *r = &k->g->route[i];
        if (!inside(k, i)) {
            Path p = lead(k, i, lane++);
            put_path(&all, &p, r);
            continue;
        }
        const Band *b = &k->row[k->band[k->m->edge[i].from]];
        size_t first = all.n;
        for (size_t p = 0; p < r->count; p++) {
            NbPoint at = k->g->points[r->first + p];
            put(&all, (NbPoint){at.x + b->dx, at.y + b->dy});
        }
        r->first = first;
        r->tip = (NbPoint){r->tip.x + b->dx, r->tip.y + b->dy};
    }
    free(k->g->points);
    k->g->points = all.at;
    k->g->npoints = all.n;
    k->g->w = k->w;
    k->g->h = k->h;
    return !all.failed;
}

/* --- choosing --- */

double nb_viz_page_scale(const NbPage *page, double w, double h)
{
    double scale = page->w > 0 ? fmin(1, page->w / w) : 1;
    return page->h > 0 ? fmin(scale, page->h / h) : scale;
}

/* Of a picture so long and wide broken into bands, as well as can be. */
static double scale_across(const NbPage *page, double length, double width)
{
    double best = nb_viz_page_scale(page, length, width);
    for (int n = 2; length > width * LONG && n <= MOST_BANDS && length / n > 300; n++) {
        best = fmax(best, nb_viz_page_scale(page, length / n, width * n + LANE * (n - 1)));
    }
    return best;
}

/* Widths and heights are those of usual boxes with their distance, operations and local derivatives
 * having ranks of their own. */
bool nb_viz_graph_upright(const NbModel *m, const NbPage *page)
{
    if (page->direction != NB_ANY_WAY) {
        return page->direction == NB_DOWNWARDS;
    }
    double deep = (double)m->depth, wide = (double)m->breadth;
    double ops = m->compact ? 0 : deep - 1, locals = m->locals ? deep - 1 : 0;
    double gap = m->locals ? 22 : 0; /* less than usual */
    double across = deep * (230 - gap) + ops * (105 - gap) + locals * 170;
    double down = deep * ((m->compact ? 130 : 105) - gap) + ops * (80 - gap) + locals * 50;
    const NbPage turned = {.w = page->h, .h = page->w};
    double as_down = scale_across(&turned, down, wide * 215);
    return as_down > scale_across(page, across, wide * 115) * 1.25;
}

/* So that what runs downwards is broken by the same rules: across and down change places. */
static void turn(NbGeometry *g)
{
    double w = g->w;
    g->w = g->h;
    g->h = w;
    for (size_t i = 0; i < g->nnodes; i++) {
        g->at[i] = (NbPoint){g->at[i].y, g->at[i].x};
    }
    for (size_t i = 0; i < g->npoints; i++) {
        g->points[i] = (NbPoint){g->points[i].y, g->points[i].x};
    }
    for (size_t i = 0; i < g->nedges; i++) {
        g->route[i].tip = (NbPoint){g->route[i].tip.y, g->route[i].tip.x};
    }
}

/* How many bands show it largest. */
static int best_bands(Wrap *k, const NbPage *page)
{
    int best = 1;
    double whole = nb_viz_page_scale(page, k->g->w, k->g->h), most = whole;
    for (int n = 2; n <= MOST_BANDS && (size_t)n * 2 <= k->nranks; n++) {
        cut_into(k, n);
        double scale = nb_viz_page_scale(page, k->w, k->h);
        if (scale > most * MORE && scale > whole * WORTH && every_band_filled(k)) {
            best = n;
            most = scale;
        }
    }
    return best;
}

static bool wrap_across(Wrap *k, const NbPage *page)
{
    bool good = find_ranks(k) && find_reach(k);
    if (good) {
        level(k);
    }
    int bands = good && k->g->w >= k->g->h * LONG ? best_bands(k, page) : 1;
    if (bands > 1) {
        cut_into(k, bands);
        good = reroute(k);
    }
    free(k->rank);
    free(k->reach);
    free(k->half);
    free(k->level);
    free(k->band);
    return good;
}

NbStatus nb_viz_wrap(NbGeometry *g, const NbModel *m, const NbPoint *size, bool upright,
                     const NbPage *page, NbErr *err)
{
    double length = upright ? g->h : g->w, width = upright ? g->w : g->h;
    if (length < width * LEVEL || g->nnodes < 4 || g->nnodes != m->nnodes ||
        g->nedges != m->nedges) {
        return NB_OK;
    }
    NbPage along = upright ? (NbPage){.w = page->h, .h = page->w} : *page;
    NbPoint *turned = upright ? calloc(g->nnodes + 1, sizeof *turned) : NULL;
    bool good = turned || !upright;
    for (size_t i = 0; turned && i < g->nnodes; i++) {
        turned[i] = (NbPoint){size[i].y, size[i].x};
    }
    Wrap k = {.g = g, .m = m, .size = turned ? turned : size};
    if (good && upright) {
        turn(g);
    }
    good = good && wrap_across(&k, &along);
    if (turned) {
        turn(g);
    }
    free(turned);
    return good ? NB_OK : nb_fail(err, NB_EMEM, "out of memory drawing a graph");
}

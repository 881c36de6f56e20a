/* plot_legend.c -- the legend of a plot: names, last values, what is hidden */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/clamp.h"
#include "plot_internal.h"

#define ROW 27.0

typedef struct Row {
    NbPlotCurve curve;
    bool hidden;
    char text[192], brief[192];
    char value[40];
    int colour, dash;
    bool points;
} Row;

/* "sgd(lr=0.001)  f": what a curve is called beside the others. */
static void name_curve(const Plot *p, const NbRunInfo *run, int column, bool brief, char *buf,
                       size_t cap)
{
    char title[96];
    int shown = 0;
    for (int c = 0; c < run->columns; c++) {
        shown += nb_viz_plot_shows(p->record, run, c, p->title, p->view);
    }
    (brief ? nb_viz_run_brief : nb_viz_run_name)(p->record, run, title, sizeof title);
    if (!p->several_runs || nb_record_axis_name(p->record)) {
        snprintf(buf, cap, "%s", run->column[column]);
    } else if (shown > 1) {
        snprintf(buf, cap, "%s  %s", title, run->column[column]);
    } else {
        snprintf(buf, cap, "%s", title);
    }
}

#define NAME_WIDTH 34 /* characters */

/* Cuts between characters. */
static void shorten(char *text, int most)
{
    int n = 0;
    for (char *c = text; *c; c++) {
        n += ((unsigned char)*c & 0xc0) != 0x80;
        if (n == most && strlen(c) > 4) {
            strcpy(c, "…");
            return;
        }
    }
}

static void fill_row(const Plot *p, Row *row, int r, const NbRunInfo *run, int c)
{
    *row = (Row){
        .curve = {run->serial, c}, .colour = plot_colour(p, run, c), .dash = plot_dash(p, run, c)};
    row->hidden = nb_viz_plot_hides(p->view, row->curve);
    name_curve(p, run, c, false, row->text, sizeof row->text);
    name_curve(p, run, c, true, row->brief, sizeof row->brief);
    shorten(row->text, NAME_WIDTH);
    row->points = run->points;
    const size_t rows = plot_rows(p, r, run);
    if (rows && !nb_record_axis_name(p->record)) {
        nb_viz_legend_number(nb_record_value(p->record, r, rows - 1, c), p->digits, row->value,
                             sizeof row->value);
    }
}

/* The newest curves in order of their runs, at most `most`; *left_out gets how many are older. */
static int collect(const Plot *p, Row *row, int most, int *left_out)
{
    int n = 0, all = 0;
    for (int pass = 0; pass < 2; pass++) { /* counts first */
        int at = 0;
        for (int r = 0; r < nb_record_runs(p->record); r++) {
            NbRunInfo run = nb_record_run(p->record, r);
            for (int c = 0; c < run.columns; c++) {
                if (!nb_viz_plot_shows(p->record, &run, c, p->title, p->view)) {
                    continue;
                }
                if (pass == 1 && at >= all - most) {
                    fill_row(p, &row[n++], r, &run, c);
                }
                at++;
            }
        }
        all = at;
    }
    *left_out = all > most ? all - most : 0;
    return n;
}

/* --- where it hides least --- */

#define GRID_W 48
#define GRID_H 32
#define PLACES 5 /* tried along each side */

/* How much is drawn in each part of the frame. */
typedef struct Grid {
    const NbPlotFrame *f;
    unsigned n[GRID_H][GRID_W];
} Grid;

static int cell_of(double v, double from, double to, int cells)
{
    int i = (int)((v - from) / (to - from) * cells);
    return i < 0 ? 0 : i >= cells ? cells - 1 : i;
}

static void count(Grid *g, double x, double y)
{
    const NbPlotFrame *f = g->f;
    if (x >= f->px.left && x <= f->px.right && y >= f->px.top && y <= f->px.bottom) {
        g->n[cell_of(y, f->px.top, f->px.bottom, GRID_H)]
            [cell_of(x, f->px.left, f->px.right, GRID_W)]++;
    }
}

static void count_line(Grid *g, const NbPoint *a, const NbPoint *b)
{
    double far = hypot(b->x - a->x, b->y - a->y);
    int parts = far < 8 ? 1 : far > 4000 ? 500 : (int)(far / 8);
    for (int i = 0; i < parts; i++) {
        count(g, a->x + (b->x - a->x) * i / parts, a->y + (b->y - a->y) * i / parts);
    }
}

static void count_all(Grid *g, const NbScene *s)
{
    for (size_t i = 0; i < s->nprims; i++) {
        const NbPrim *q = &s->prim[i];
        if (q->role != NB_ROLE_CURVE) {
            continue;
        }
        if (q->kind != NB_PRIM_LINE) {
            for (int k = 0; k < 4; k++) {
                count(g, q->x, q->y);
            }
        }
        for (size_t k = 1; k < q->count; k++) {
            count_line(g, &s->point[q->first + k - 1], &s->point[q->first + k]);
        }
    }
}

static unsigned hidden_by(const Grid *g, NbPoint at, double w, double h)
{
    const NbPlotFrame *f = g->f;
    unsigned hits = 0;
    int x0 = cell_of(at.x, f->px.left, f->px.right, GRID_W),
        y0 = cell_of(at.y, f->px.top, f->px.bottom, GRID_H);
    int x1 = cell_of(at.x + w, f->px.left, f->px.right, GRID_W);
    int y1 = cell_of(at.y + h, f->px.top, f->px.bottom, GRID_H);
    for (int y = y0; y <= y1; y++) {
        for (int x = x0; x <= x1; x++) {
            hits += g->n[y][x];
        }
    }
    return hits;
}

/* Places are numbered from the top right corner, leftwards and down. */
static NbPoint place(const NbPlotFrame *f, int i, double w, double h)
{
    double across = (f->px.right - f->px.left - 24 - w) / (PLACES - 1);
    double down = (f->px.bottom - f->px.top - 24 - h) / (PLACES - 1);
    return (NbPoint){f->px.right - 12 - w - across * (i % PLACES),
                     f->px.top + 12 + down * (i / PLACES)};
}

/* The corners first, then anywhere; where it was before while nothing comes there. false: it hides
 * something everywhere. */
static bool free_place(Plot *p, double w, double h, NbPoint *at)
{
    Grid g = {.f = &p->f};
    unsigned least = 0;
    int best = -1, before = p->view->legend_place - 1;
    before = before < PLACES * PLACES ? before : -1;
    count_all(&g, p->s);
    for (int i = 0; i < PLACES * PLACES; i++) {
        int column = i % PLACES, row = i / PLACES;
        bool corner = column % (PLACES - 1) == 0 && row % (PLACES - 1) == 0;
        unsigned hits = hidden_by(&g, place(&p->f, i, w, h), w, h) * 4 + (corner ? 0 : 40);
        if (best < 0 || hits < least) {
            best = i;
            least = hits;
        }
    }
    if (before >= 0 && before != best && hidden_by(&g, place(&p->f, before, w, h), w, h) == 0) {
        best = before;
    }
    p->f.legend_place = best + 1;
    *at = place(&p->f, best, w, h);
    return hidden_by(&g, *at, w, h) == 0 || p->f.curves == 0;
}

/* How rows are written: names of `name` px, with values or without. */
typedef struct Columns {
    double name, value, w;
} Columns;

static void add_row(Plot *p, const Row *row, double x, double y, const Columns *k)
{
    const NbPlotCurve *chosen = &p->view->chosen;
    double base = y + 20;
    if (chosen->run == row->curve.run && chosen->column == row->curve.column) {
        NbPrim *mark = nb_viz_scene_add(p->s, NB_PRIM_BOX, NB_ROLE_HOVER, x + 4, y, k->w - 8, ROW);
        mark->radius = 5;
        mark->hollow = true;
    }
    if (!row->hidden && row->points) {
        nb_viz_disc(p->s, NB_ROLE_CURVE, x + 31, base - 6, 4, row->colour);
    } else if (!row->hidden) {
        nb_viz_legend_line(p->s, x, base - 6, row->colour, row->dash);
    }
    NbRole role = row->hidden ? NB_ROLE_NOTE : NB_ROLE_PANEL_TEXT;
    nb_viz_scene_text(p->s, role, NB_LEFT, x + 60, base, row->text)->w = k->name;
    if (k->value > 0) {
        nb_viz_scene_text(p->s, role, NB_RIGHT, x + k->w - 14, base,
                          row->hidden ? "hidden" : row->value);
    }
    p->f.legend[p->f.nlegend++] = (NbPlotLegend){row->curve, x, y, k->w, ROW};
}

#define BESIDE_NAME (14 + 34 + 12) /* the piece of a curve */
#define BEFORE_VALUE 22
#define LEAST_NAME 30.0

static Columns measure(const Plot *p, const Row *row, int n)
{
    Columns k = {0};
    for (int i = 0; i < n; i++) {
        double a = plot_width(p, row[i].text, NB_ROLE_PANEL_TEXT);
        double b = plot_width(p, row[i].hidden ? "hidden" : row[i].value, NB_ROLE_PANEL_TEXT);
        k.name = a > k.name ? a : k.name;
        k.value = b > k.value ? b : k.value;
    }
    if (p->view->partly) { /* numbers that change keep their room */
        const double wide = plot_width(p, "-8.888e-88", NB_ROLE_PANEL_TEXT);
        k.value = k.value < wide ? wide : k.value;
    }
    k.w = BESIDE_NAME + k.name + (k.value > 0 ? BEFORE_VALUE + k.value : 0) + 14;
    return k;
}

/* Long names are shortened first, then values left out, then names cut. */
static Columns columns_of(const Plot *p, Row *row, int n, double widest)
{
    Columns k = measure(p, row, n);
    if (k.w > widest) {
        for (int i = 0; i < n; i++) {
            memcpy(row[i].text, row[i].brief, sizeof row[i].text);
        }
        k = measure(p, row, n);
    }
    if (k.w > widest && k.value > 0) {
        k.w -= BEFORE_VALUE + k.value;
        k.value = 0;
    }
    if (k.w > widest) {
        double rest = widest - (k.w - k.name);
        rest = rest > LEAST_NAME ? rest : LEAST_NAME;
        k.w += rest - k.name;
        k.name = rest;
    }
    return k;
}

static int rows_that_fit(double h)
{
    int most = (int)(h / ROW);
    return (int)nb_clamp_int(most, 2, NB_PLOT_LEGEND);
}

#define INSIDE_ROWS 6     /* more stand outside the frame */
#define OUTSIDE 100       /* a legend_place */
#define ASIDE_LEAST 620.0 /* px of the picture: narrower ones have the legend below */
#define RIGHT_FREE 84.0   /* px at the lower right, where windows name their key of help */

static int rows_below(const Plot *p, const Columns *k, int n, int *across)
{
    double room = p->s->w - 16 - RIGHT_FREE;
    *across = (int)(room / k->w);
    *across = *across < 1 ? 1 : *across > n ? n : *across;
    return (n + *across - 1) / *across;
}

void plot_legend_room(Plot *p, double w, double h)
{
    Row row[NB_PLOT_LEGEND];
    int left_out, across, n = collect(p, row, rows_that_fit((h - 120) * 0.95), &left_out);
    p->outside = p->outside || n > INSIDE_ROWS || p->view->legend_place == OUTSIDE;
    if (!p->outside || n == 0) {
        return;
    }
    if (w >= ASIDE_LEAST && h > 300) {
        p->aside = columns_of(p, row, n, w * 0.3).w + 12;
        return;
    }
    n = collect(p, row, rows_that_fit(h * 0.3), &left_out);
    Columns k = columns_of(p, row, n, w - 16 - RIGHT_FREE);
    p->below = ROW * rows_below(p, &k, n, &across) + 6;
}

static void legend_below(Plot *p, Row *row, int n)
{
    Columns k = columns_of(p, row, n, p->s->w - 16 - RIGHT_FREE);
    int across, rows = rows_below(p, &k, n, &across);
    double y = p->s->h - 8 - ROW * rows;
    for (int i = 0; i < n; i++) {
        add_row(p, &row[i], 8 + k.w * (i % across), y + ROW * (i / across), &k);
    }
}

static void put_earlier(Plot *p, int left_out, double x, double y)
{
    char text[48];
    snprintf(text, sizeof text, "%d earlier", left_out);
    nb_viz_scene_text(p->s, NB_ROLE_NOTE, NB_LEFT, x + 60, y + 20, text);
}

bool plot_legend(Plot *p)
{
    Row row[NB_PLOT_LEGEND];
    const NbPlotFrame *f = &p->f;
    double room = f->px.bottom - f->px.top;
    double high = p->below > 0 ? p->s->h * 0.3 : room * (p->aside > 0 ? 0.95 : 0.75);
    int left_out, n = collect(p, row, rows_that_fit(high), &left_out);
    if (p->outside) {
        p->f.legend_place = OUTSIDE;
    }
    if (n == 0) {
        return true;
    }
    if (p->below > 0) {
        legend_below(p, row, n);
        return true;
    }
    double widest = p->aside > 0 ? p->s->w * 0.3 : (f->px.right - f->px.left) * 0.6;
    Columns k = columns_of(p, row, n, widest);
    double h = ROW * (n + (left_out > 0)) + 14;
    NbPoint at = {f->px.right + 14, f->px.top};
    if (!p->outside && !free_place(p, k.w, h, &at)) {
        return false;
    }
    nb_viz_panel(p->s, at.x, at.y, k.w, h, 7, 2);
    double y = at.y + 6;
    if (left_out > 0) {
        put_earlier(p, left_out, at.x, y);
        y += ROW;
    }
    for (int i = 0; i < n; i++, y += ROW) {
        add_row(p, &row[i], at.x, y, &k);
    }
    return true;
}

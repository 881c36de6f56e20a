/* plot.c -- the picture of a run record: axes, curves, legend, the sample under the pointer */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#define MAX_TICKS 24
#define LEGEND_ROWS 9
#define LOG_DECADES 3.0 /* a positive range wider than this gets a log axis by itself */
#define PADDING 0.05    /* of the range, above and below the curves */

typedef struct Plot {
    NbScene *s;
    const NbRecord *record;
    const NbPlotView *view;
    const NbMeasure *measure;
    const char *title;
    int digits;
    NbPlotFrame f;
    double ytick[MAX_TICKS];
    int nyticks;
    bool powers; /* log axis labelled 10⁻⁵ */
    bool several_runs;
} Plot;

/* A sample picked by the pointer. */
typedef struct Pick {
    bool found;
    double distance, x, y, value;
    uint64_t step;
    int colour;
    char name[96];
} Pick;

static double width_of(const Plot *p, const char *text, NbRole role)
{
    return p->measure->width(p->measure->user, text, role);
}

static double to_x(const Plot *p, double step)
{
    const NbPlotFrame *f = &p->f;
    return f->left + (step - f->x0) / (f->x1 - f->x0) * (f->right - f->left);
}

static double to_y(const Plot *p, double v)
{
    const NbPlotFrame *f = &p->f;
    double at = f->log ? log10(v) : v;
    double y = f->bottom - (at - f->y0) / (f->y1 - f->y0) * (f->bottom - f->top);
    /* far outside is as good as at the edge of the world, and within what cairo can count */
    return y < -1e5 ? -1e5 : y > 1e5 ? 1e5 : y;
}

static bool drawable(const Plot *p, double v)
{
    return isfinite(v) && (!p->f.log || v > 0);
}

/* --- axes --- */

static void choose_range(Plot *p)
{
    double x[2] = {0, 1}, y[2] = {0, 1};
    bool positive;
    bool any = nb_viz_plot_range(p->record, p->title, p->view->toggled, x, y, &positive);
    NbPlotFrame *f = &p->f;
    bool wide = any && positive && log10(y[1]) - log10(y[0]) > LOG_DECADES;
    f->log = any && y[1] > 0 &&
             (p->view->log == NB_LOG_ON || (p->view->log == NB_LOG_AUTO && wide));
    if (p->view->zoomed) {
        f->x0 = p->view->x0, f->x1 = p->view->x1;
        f->y0 = p->view->y0, f->y1 = p->view->y1;
        return;
    }
    if (f->log) {
        /* values that are not positive have no place on the axis */
        double floor_of = y[0] > 0 ? y[0] : y[1] * 1e-6;
        y[0] = log10(floor_of);
        y[1] = log10(y[1]);
    }
    double span = y[1] - y[0];
    if (!(span > fabs(y[1]) * 1e-12)) {
        span = y[1] != 0 ? fabs(y[1]) * 0.5 : 1;
        y[0] -= span / 2;
        y[1] += span / 2;
    }
    f->x0 = x[0];
    f->x1 = x[1] > x[0] ? x[1] : x[0] + 1;
    f->y0 = y[0] - span * PADDING;
    f->y1 = y[1] + span * PADDING;
}

static void superscript(int v, char *buf, size_t cap)
{
    static const char *const digit[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char plain[16];
    snprintf(plain, sizeof plain, "%d", v);
    buf[0] = '\0';
    for (const char *c = plain; *c; c++) {
        const char *s = *c == '-' ? "⁻" : digit[*c - '0'];
        if (strlen(buf) + strlen(s) < cap) {
            strcat(buf, s);
        }
    }
}

static void y_text(const Plot *p, int i, char *buf, size_t cap)
{
    double v = p->ytick[i];
    if (!p->f.log) {
        nb_viz_plot_tick_text(v, p->nyticks > 1 ? p->ytick[1] - p->ytick[0] : 1, buf, cap);
    } else if (p->powers) {
        char power[48];
        superscript((int)lround(v), power, sizeof power);
        snprintf(buf, cap, "10%s", power);
    } else {
        nb_format_number(pow(10, v), 4, buf, cap);
    }
}

/* On a log axis whole decades, or 1 2 5 within them when few are in sight. */
static void log_ticks(Plot *p, int most)
{
    const NbPlotFrame *f = &p->f;
    int low = (int)floor(f->y0), high = (int)ceil(f->y1);
    p->powers = low < -4 || high > 4;
    p->nyticks = 0;
    if (f->y1 - f->y0 < 2.2 && high - low < 4) {
        static const double step[] = {0, 0.30102999566398120, 0.69897000433601880};
        p->powers = false;
        for (int k = low; k <= high; k++) {
            for (int i = 0; i < 3 && p->nyticks < MAX_TICKS; i++) {
                double at = k + step[i];
                if (at >= f->y0 && at <= f->y1) {
                    p->ytick[p->nyticks++] = at;
                }
            }
        }
        if (p->nyticks >= 2) {
            return;
        }
        p->nyticks = 0;
    }
    int stride = 1 + (int)((f->y1 - f->y0) / most);
    for (int k = low; k <= high && p->nyticks < MAX_TICKS; k++) {
        if (k % stride == 0 && k >= f->y0 && k <= f->y1) {
            p->ytick[p->nyticks++] = k;
        }
    }
}

static void choose_frame(Plot *p, double w, double h)
{
    NbPlotFrame *f = &p->f;
    f->top = 52;
    f->bottom = h - 68;
    if (f->bottom < f->top + 40) {
        f->bottom = f->top + 40;
    }
    int most = (int)((f->bottom - f->top) / 46);
    most = most < 2 ? 2 : most > MAX_TICKS ? MAX_TICKS : most;
    if (f->log) {
        log_ticks(p, most);
    }
    if (!f->log || p->nyticks == 0) {
        p->nyticks = nb_viz_plot_ticks(f->y0, f->y1, most, p->ytick);
    }
    double widest = 30;
    for (int i = 0; i < p->nyticks; i++) {
        char text[64];
        y_text(p, i, text, sizeof text);
        double tw = width_of(p, text, NB_ROLE_TICK);
        widest = tw > widest ? tw : widest;
    }
    f->left = widest + 30;
    f->right = w - 28;
    if (f->right < f->left + 40) {
        f->right = f->left + 40;
    }
}

static void add_line(Plot *p, NbRole role, double x0, double y0, double x1, double y1)
{
    nb_viz_scene_add(p->s, NB_PRIM_LINE, role, 0, 0, 0, 0);
    nb_viz_scene_point(p->s, x0, y0);
    nb_viz_scene_point(p->s, x1, y1);
}

static void add_axes(Plot *p, double w, double h)
{
    const NbPlotFrame *f = &p->f;
    nb_viz_scene_add(p->s, NB_PRIM_BOX, NB_ROLE_FRAME, f->left, f->top, f->right - f->left,
                     f->bottom - f->top);
    char text[64];
    for (int i = 0; i < p->nyticks; i++) {
        double y = f->bottom - (p->ytick[i] - f->y0) / (f->y1 - f->y0) * (f->bottom - f->top);
        add_line(p, NB_ROLE_GRID, f->left, y, f->right, y);
        y_text(p, i, text, sizeof text);
        nb_viz_scene_text(p->s, NB_ROLE_TICK, NB_RIGHT, f->left - 10, y + 6, text);
    }
    double tick[MAX_TICKS];
    int most = (int)((f->right - f->left) / 105);
    int n = nb_viz_plot_ticks(f->x0, f->x1,
                              most < 2           ? 2
                              : most > MAX_TICKS ? MAX_TICKS
                                                 : most,
                              tick);
    for (int i = 0; i < n; i++) {
        double spacing = n > 1 ? tick[1] - tick[0] : 1;
        if (spacing < 1 && fabs(tick[i] - round(tick[i])) > 1e-9) {
            continue; /* steps are whole */
        }
        double x = to_x(p, tick[i]);
        add_line(p, NB_ROLE_GRID, x, f->top, x, f->bottom);
        nb_viz_plot_tick_text(tick[i], spacing < 1 ? 1 : spacing, text, sizeof text);
        nb_viz_scene_text(p->s, NB_ROLE_TICK, NB_MIDDLE, x, f->bottom + 25, text);
    }
    nb_viz_scene_text(p->s, NB_ROLE_TICK, NB_MIDDLE, (f->left + f->right) / 2, h - 16, "step");
    if (p->title && *p->title) {
        NbPrim *t = nb_viz_scene_text(p->s, NB_ROLE_TITLE, NB_LEFT, f->left, 34, p->title);
        t->w = w - f->left - 160;
    }
    if (f->log) {
        nb_viz_scene_text(p->s, NB_ROLE_NOTE, NB_RIGHT, f->right, 34, "log axis");
    }
    NbPrim *rim = nb_viz_scene_add(p->s, NB_PRIM_BOX, NB_ROLE_FRAME, f->left, f->top,
                                   f->right - f->left, f->bottom - f->top);
    rim->hollow = true;
}

/* --- curves --- */

/* Samples falling on one half px are drawn as their first, lowest, highest and last. */
typedef struct Column {
    bool open;
    double cell;
    NbPoint first, low, high, last;
} Column;

static void put_point(Plot *p, NbPoint at)
{
    nb_viz_scene_point(p->s, at.x, at.y);
}

static void flush_column(Plot *p, Column *c)
{
    if (!c->open) {
        return;
    }
    put_point(p, c->first);
    if (c->low.y != c->high.y) {
        bool rising = c->last.y > c->first.y;
        put_point(p, rising ? c->low : c->high);
        put_point(p, rising ? c->high : c->low);
        put_point(p, c->last);
    }
    c->open = false;
}

static void start_piece(Plot *p, int colour, int dash)
{
    NbPrim *q = nb_viz_scene_add(p->s, NB_PRIM_LINE, NB_ROLE_CURVE, 0, 0, 0, 0);
    q->colour = colour;
    q->dash = dash;
}

static void add_sample(Plot *p, Column *c, double x, double y)
{
    NbPoint at = {x, y};
    double cell = floor(x * 2);
    if (c->open && c->cell != cell) {
        flush_column(p, c);
    }
    if (!c->open) {
        *c = (Column){true, cell, at, at, at, at};
    }
    c->low = y < c->low.y ? at : c->low;
    c->high = y > c->high.y ? at : c->high;
    c->last = at;
}

static void add_bad(Plot *p, double x, double v, int colour, bool label)
{
    bool below = v == -INFINITY || (isfinite(v) && v <= 0);
    double y = below ? p->f.bottom - 14 : p->f.top + 14;
    NbPrim *cross = nb_viz_scene_add(p->s, NB_PRIM_CROSS, NB_ROLE_CURVE, x, y, 0, 0);
    cross->radius = 7;
    cross->colour = colour;
    if (label) {
        const char *text = isnan(v) ? "nan" : isfinite(v) ? "not positive" : v > 0 ? "inf" : "-inf";
        bool left = x > p->f.right - 110;
        nb_viz_scene_text(p->s, NB_ROLE_TICK, left ? NB_RIGHT : NB_LEFT, left ? x - 14 : x + 14,
                          y + 6, text);
    }
}

static void try_pick(const Plot *p, Pick *pick, double x, double y, double v, uint64_t step,
                     int colour, const NbRunInfo *run, int column)
{
    double dx = x - p->view->px, dy = y - p->view->py;
    double distance = dx * dx * 4 + dy * dy; /* mostly along the step axis */
    if (pick->found && distance >= pick->distance) {
        return;
    }
    *pick = (Pick){.found = true,
                   .distance = distance,
                   .x = x,
                   .y = y,
                   .value = v,
                   .step = step,
                   .colour = colour};
    snprintf(pick->name, sizeof pick->name, "%s", run->column[column]);
}

/* A run keeps its colour; the columns of a single run differ in colour instead. */
static int colour_of(const Plot *p, const NbRunInfo *run, int column)
{
    return (int)((p->several_runs ? run->serial - 1 : (uint32_t)column) % NB_CURVE_COLOURS);
}

/* Among several runs the columns shown differ by their dashes. */
static int dash_of(const Plot *p, const NbRunInfo *run, int column)
{
    int dash = 0;
    for (int c = 0; p->several_runs && c < column; c++) {
        dash += nb_viz_plot_shows(run, c, p->title, p->view->toggled);
    }
    return dash;
}

static void add_curve(Plot *p, int r, const NbRunInfo *run, int column, Pick *pick)
{
    int colour = colour_of(p, run, column), dash = dash_of(p, run, column);
    Column c = {0};
    bool in_piece = false, labelled = false;
    size_t shown = 0;
    double last_bad = -1e9;
    for (size_t i = 0; i < run->rows; i++) {
        double v = nb_record_value(p->record, r, i, column);
        uint64_t step = nb_record_step(p->record, r, i);
        double x = to_x(p, (double)step);
        if (x < p->f.left - 4000 || x > p->f.right + 4000) {
            continue;
        }
        if (!drawable(p, v)) {
            flush_column(p, &c);
            in_piece = false;
            if (x - last_bad > 12 && x >= p->f.left && x <= p->f.right) {
                add_bad(p, x, v, colour, !labelled);
                labelled = true;
                last_bad = x;
            }
            continue;
        }
        if (!in_piece) {
            start_piece(p, colour, dash);
            in_piece = true;
        }
        double y = to_y(p, v);
        add_sample(p, &c, x, y);
        shown++;
        if (p->view->pointer && x >= p->f.left - 1 && x <= p->f.right + 1) {
            try_pick(p, pick, x, y, v, step, colour, run, column);
        }
    }
    flush_column(p, &c);
    double apart = (p->f.right - p->f.left) / (double)(shown ? shown : 1);
    for (size_t i = 0; i < run->rows && apart > 16; i++) {
        double v = nb_record_value(p->record, r, i, column);
        if (drawable(p, v)) {
            double x = to_x(p, (double)nb_record_step(p->record, r, i));
            NbPrim *dot = nb_viz_scene_add(p->s, NB_PRIM_DOT, NB_ROLE_CURVE, x, to_y(p, v), 0, 0);
            dot->radius = 4;
            dot->colour = colour;
        }
    }
}

static void add_curves(Plot *p, Pick *pick)
{
    const NbPlotFrame *f = &p->f;
    nb_viz_scene_add(p->s, NB_PRIM_CLIP, NB_ROLE_FRAME, f->left, f->top, f->right - f->left,
                     f->bottom - f->top);
    for (int r = 0; r < nb_record_runs(p->record); r++) {
        NbRunInfo run = nb_record_run(p->record, r);
        for (int c = 0; c < run.columns; c++) {
            if (nb_viz_plot_shows(&run, c, p->title, p->view->toggled)) {
                add_curve(p, r, &run, c, pick);
                p->f.curves++;
            }
        }
    }
    nb_viz_scene_add(p->s, NB_PRIM_UNCLIP, NB_ROLE_FRAME, 0, 0, 0, 0);
}

/* --- legend and pointer --- */

typedef struct LegendRow {
    char text[192];
    char value[40];
    int colour, dash;
} LegendRow;

static void fill_row(const Plot *p, LegendRow *row, int r, const NbRunInfo *run, int c,
                     bool several)
{
    const char *title = run->title[0] ? run->title : "run";
    if (!p->several_runs) {
        snprintf(row->text, sizeof row->text, "%s", run->column[c]);
    } else if (several) {
        snprintf(row->text, sizeof row->text, "%s  %s", title, run->column[c]);
    } else {
        snprintf(row->text, sizeof row->text, "%s", title);
    }
    int digits = p->digits > 0 && p->digits < 4 ? p->digits : 4;
    row->value[0] = '\0';
    if (run->rows) {
        nb_format_number(nb_record_value(p->record, r, run->rows - 1, c), digits, row->value,
                         sizeof row->value);
    }
    row->colour = colour_of(p, run, c);
    row->dash = dash_of(p, run, c);
}

/* The newest curves in order of their runs, at most LEGEND_ROWS; returns how many. */
static int collect_legend(const Plot *p, LegendRow *row)
{
    size_t skip = p->f.curves > LEGEND_ROWS ? p->f.curves - LEGEND_ROWS : 0;
    int n = 0;
    for (int r = 0; r < nb_record_runs(p->record); r++) {
        NbRunInfo run = nb_record_run(p->record, r);
        int shown = 0;
        for (int c = 0; c < run.columns; c++) {
            shown += nb_viz_plot_shows(&run, c, p->title, p->view->toggled);
        }
        for (int c = 0; c < run.columns && n < LEGEND_ROWS; c++) {
            if (nb_viz_plot_shows(&run, c, p->title, p->view->toggled)) {
                if (skip > 0) {
                    skip--;
                } else {
                    fill_row(p, &row[n++], r, &run, c, shown > 1);
                }
            }
        }
    }
    return n;
}

/* How much of the curves a panel at x, y would hide. */
static int hidden_by(const Plot *p, double x, double y, double w, double h)
{
    int hits = 0;
    for (size_t i = 0; i < p->s->nprims; i++) {
        const NbPrim *q = &p->s->prim[i];
        if (q->role != NB_ROLE_CURVE) {
            continue;
        }
        if (q->kind != NB_PRIM_LINE) {
            hits += q->x > x - 8 && q->x < x + w + 8 && q->y > y - 8 && q->y < y + h + 8;
        }
        for (size_t k = 1; k < q->count; k++) {
            NbPoint a = p->s->point[q->first + k - 1], b = p->s->point[q->first + k];
            for (int part = 0; part < 4; part++) {
                double px = a.x + (b.x - a.x) * part / 4, py = a.y + (b.y - a.y) * part / 4;
                hits += px > x && px < x + w && py > y && py < y + h;
            }
        }
    }
    return hits;
}

/* The corner where a panel hides least; top right when equal. */
static NbPoint free_corner(const Plot *p, double w, double h)
{
    const NbPlotFrame *f = &p->f;
    NbPoint corner[] = {{f->right - w - 12, f->top + 12},
                        {f->left + 12, f->bottom - h - 12},
                        {f->left + 12, f->top + 12},
                        {f->right - w - 12, f->bottom - h - 12}};
    int best = 0, least = -1;
    for (int i = 0; i < 4; i++) {
        int hits = hidden_by(p, corner[i].x, corner[i].y, w, h);
        if (least < 0 || hits < least) {
            best = i;
            least = hits;
        }
    }
    return corner[best];
}

static void add_legend(Plot *p)
{
    LegendRow row[LEGEND_ROWS];
    int n = collect_legend(p, row);
    double name = 0, value = 0;
    for (int i = 0; i < n; i++) {
        double a = width_of(p, row[i].text, NB_ROLE_PANEL_TEXT);
        double b = width_of(p, row[i].value, NB_ROLE_PANEL_TEXT);
        name = a > name ? a : name;
        value = b > value ? b : value;
    }
    if (n == 0) {
        return;
    }
    double most = (p->f.right - p->f.left) * 0.6 - value - 90;
    name = name > most ? most : name;
    double w = 14 + 34 + 12 + name + 22 + value + 14, h = 27.0 * n + 14;
    NbPoint at = free_corner(p, w, h);
    double x = at.x, y = at.y;
    nb_viz_scene_add(p->s, NB_PRIM_BOX, NB_ROLE_PANEL, x, y, w, h)->radius = 7;
    for (int i = 0; i < n; i++) {
        double base = y + 27.0 * i + 26;
        NbPrim *line = nb_viz_scene_add(p->s, NB_PRIM_LINE, NB_ROLE_CURVE, 0, 0, 0, 0);
        line->colour = row[i].colour;
        line->dash = row[i].dash;
        nb_viz_scene_point(p->s, x + 14, base - 6);
        nb_viz_scene_point(p->s, x + 44, base - 6);
        nb_viz_scene_text(p->s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 60, base, row[i].text)->w = name;
        nb_viz_scene_text(p->s, NB_ROLE_PANEL_TEXT, NB_RIGHT, x + w - 14, base, row[i].value);
    }
}

static void add_pick(Plot *p, const Pick *pick)
{
    const NbPlotFrame *f = &p->f;
    add_line(p, NB_ROLE_CURSOR, pick->x, f->top, pick->x, f->bottom);
    NbPrim *dot = nb_viz_scene_add(p->s, NB_PRIM_DOT, NB_ROLE_CURVE, pick->x, pick->y, 0, 0);
    dot->radius = 6;
    dot->colour = pick->colour;
    char value[40], text[192];
    nb_format_number(pick->value, p->digits, value, sizeof value);
    snprintf(text, sizeof text, "step %llu   %s = %s", (unsigned long long)pick->step, pick->name,
             value);
    double w = width_of(p, text, NB_ROLE_PANEL_TEXT) + 24;
    double x = pick->x + 14 + w > f->right ? pick->x - 14 - w : pick->x + 14;
    double y = pick->y - 48 < f->top + 4 ? pick->y + 16 : pick->y - 48;
    y = y + 34 > f->bottom ? f->bottom - 40 : y;
    nb_viz_scene_add(p->s, NB_PRIM_BOX, NB_ROLE_PANEL, x, y, w, 34)->radius = 7;
    nb_viz_scene_text(p->s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + 12, y + 23, text);
}

void nb_viz_scene_plot(NbScene *s, const NbRecord *record, const NbPlotView *view,
                       const NbMeasure *measure, const char *title, int digits, double w, double h,
                       NbPlotFrame *frame)
{
    Plot p = {.s = s,
              .record = record,
              .view = view,
              .measure = measure,
              .title = title,
              .digits = digits};
    s->w = w;
    s->h = h;
    p.several_runs = nb_record_runs(record) > 1;
    choose_range(&p);
    choose_frame(&p, w, h);
    add_axes(&p, w, h);
    Pick pick = {0};
    add_curves(&p, &pick);
    if (p.f.curves == 0 || nb_record_runs(record) == 0) {
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_MIDDLE, (p.f.left + p.f.right) / 2,
                          (p.f.top + p.f.bottom) / 2, "no steps recorded yet");
    }
    add_legend(&p);
    if (pick.found) {
        add_pick(&p, &pick);
    }
    if (frame) {
        *frame = p.f;
    }
}

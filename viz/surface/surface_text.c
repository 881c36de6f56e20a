/* surface_text.c -- surfaces and class regions as characters: shades, paths, legend */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "src/base/clamp.h"
#include "viz/picture/axis.h"
#include "surface.h"

#define ROWS 21
#define MAX_COLUMNS 160
#define LABEL 8 /* columns of the labels at the left */
#define SHADES 5
#define RUNS_SHOWN 6

enum { MARK_NONE, MARK_START, MARK_END, MARK_LOWEST, MARK_RUN, MARK_DIGIT = 32 };

typedef struct Sheet {
    const NbVizStyle *style;
    NbSurfaceData *d;
    NbSurfaceFrame f; /* px are characters */
    int columns;
    int cut[SHADES]; /* the first band of each shade */
    int shades;
    signed char shade[ROWS][MAX_COLUMNS]; /* −1: no value */
    unsigned char mark[ROWS][MAX_COLUMNS];
} Sheet;

static const char *shade_text(const Sheet *t, int shade)
{
    static const char *const blocks[] = {" ", "░", "▒", "▓", "█"};
    static const char *const signs[] = {" ", ".", ":", "+", "#"};
    if (shade < 0) {
        return t->style->text.unicode ? "╱" : "/";
    }
    return (t->style->text.unicode ? blocks : signs)[shade % SHADES];
}

static const char *mark_text(const Sheet *t, int mark, char *buf)
{
    static const char *const fancy[] = {" ", "○", "●", "▼", "•", "×", "+", "◇", "△", "*"};
    static const char *const plain[] = {" ", "o", "@", "V", "*", "x", "=", "%", "&", "~"};
    if (mark >= MARK_DIGIT) {
        buf[0] = (char)('0' + (mark - MARK_DIGIT) % 10);
        buf[1] = '\0';
        return buf;
    }
    return (t->style->text.unicode ? fancy : plain)[mark];
}

/* --- what stands where --- */

/* Few shades for many bands: each takes about as many of them. */
static void choose_shades(Sheet *t)
{
    int bands = t->d->levels.n + 1;
    t->shades = bands < SHADES ? bands : SHADES;
    for (int k = 0; k < t->shades; k++) {
        t->cut[k] = (k * bands + t->shades / 2) / t->shades;
    }
    t->cut[0] = 0;
}

static int shade_of(const Sheet *t, int band)
{
    int k = 0;
    while (k + 1 < t->shades && band >= t->cut[k + 1]) {
        k++;
    }
    return k;
}

static int class_here(const NbGrid *g, double x, double y)
{
    double score[64], sure;
    int n = g->channels < 64 ? g->channels : 64;
    for (int c = 0; c < n; c++) {
        score[c] = nb_viz_grid_value(g, c, x, y);
    }
    return nb_viz_class_of(score, n, false, &sure);
}

static void fill_shades(Sheet *t)
{
    const NbGrid *g = &t->d->sampler.now;
    const NbSurfaceFrame *f = &t->f;
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < t->columns; c++) {
            double x = f->lo[0] + c / (double)(t->columns - 1) * (f->hi[0] - f->lo[0]);
            double y = f->hi[1] - r / (double)(ROWS - 1) * (f->hi[1] - f->lo[1]);
            if (t->d->what.boundary) {
                int label = class_here(g, x, y);
                t->shade[r][c] = (signed char)(label < 0 ? -1 : (label + 1) % SHADES);
                continue;
            }
            double z = nb_viz_grid_value(g, 0, x, y);
            t->shade[r][c] =
                (signed char)(isfinite(z) ? shade_of(t, nb_viz_levels_band(&t->d->levels, z)) : -1);
        }
    }
}

static bool cell_of(const Sheet *t, double x, double y, int *r, int *c)
{
    const NbSurfaceFrame *f = &t->f;
    double u = (x - f->lo[0]) / (f->hi[0] - f->lo[0]), v = (f->hi[1] - y) / (f->hi[1] - f->lo[1]);
    if (!(u >= 0 && u <= 1 && v >= 0 && v <= 1)) {
        return false;
    }
    *c = (int)lround(u * (t->columns - 1));
    *r = (int)lround(v * (ROWS - 1));
    return true;
}

static void put_mark(Sheet *t, double x, double y, int mark)
{
    int r, c;
    if (cell_of(t, x, y, &r, &c)) {
        t->mark[r][c] = (unsigned char)mark;
    }
}

static void mark_path(Sheet *t, int run, int shown)
{
    const NbRecord *rec = t->d->what.record;
    NbRunInfo info = nb_record_run(rec, run);
    int col[2], mark = MARK_RUN + shown % RUNS_SHOWN;
    nb_viz_surface_columns(t->d, &info, col);
    double x = NAN, y = NAN;
    for (size_t i = 0; i < info.rows; i++) {
        double nx = nb_record_value(rec, run, i, col[0]), ny = nb_record_value(rec, run, i, col[1]);
        for (int k = 1; k <= 8; k++) { /* long steps are filled in */
            double s = isfinite(x) && isfinite(y) ? k / 8.0 : 1;
            put_mark(t, s < 1 ? x + s * (nx - x) : nx, s < 1 ? y + s * (ny - y) : ny, mark);
        }
        x = nx;
        y = ny;
    }
}

static void mark_ends(Sheet *t, int run)
{
    const NbRecord *rec = t->d->what.record;
    NbRunInfo info = nb_record_run(rec, run);
    int col[2];
    nb_viz_surface_columns(t->d, &info, col);
    for (int end = 0; end < 2; end++) {
        size_t row = end ? info.rows - 1 : 0;
        put_mark(t, nb_record_value(rec, run, row, col[0]), nb_record_value(rec, run, row, col[1]),
                 end ? MARK_END : MARK_START);
    }
}

static int runs_of(const Sheet *t)
{
    return t->d->what.record ? nb_record_runs(t->d->what.record) : 0;
}

static bool has_path(const Sheet *t, int r)
{
    NbRunInfo info = nb_record_run(t->d->what.record, r);
    int col[2];
    return nb_viz_surface_columns(t->d, &info, col);
}

static void fill_marks(Sheet *t)
{
    const NbSurface *what = &t->d->what;
    for (int i = 0; what->boundary && i < what->npoints; i++) {
        put_mark(t, what->point[2 * i], what->point[2 * i + 1], MARK_DIGIT + what->label[i]);
    }
    if (t->d->low.found) {
        put_mark(t, t->d->low.at[0], t->d->low.at[1], MARK_LOWEST);
    }
    for (int r = 0, shown = 0; !what->boundary && r < runs_of(t); r++) {
        if (has_path(t, r)) {
            mark_path(t, r, shown++);
        }
    }
    for (int r = 0; !what->boundary && r < runs_of(t); r++) {
        if (has_path(t, r)) {
            mark_ends(t, r);
        }
    }
}

/* --- printing --- */

static void put_ground(const Sheet *t, int shade, FILE *out)
{
    if (!t->style->colour || shade < 0) {
        return;
    }
    NbColour c = t->d->what.boundary
                     ? nb_viz_class_colour(t->style->theme, shade - 1, 0.7)
                     : nb_viz_ramp_colour(t->style->theme, shade / (double)(SHADES - 1));
    NbColour ink = nb_viz_ink_on(c);
    fprintf(out, "\033[48;5;%d;38;5;%dm", nb_viz_terminal_colour(c), ink.r > 0.5 ? 231 : 16);
}

static void put_cell(const Sheet *t, int shade, int mark, FILE *out)
{
    char digit[4];
    put_ground(t, shade, out);
    fputs(mark                             ? mark_text(t, mark, digit)
          : t->style->colour && shade >= 0 ? " "
                                           : shade_text(t, shade),
          out);
    if (t->style->colour && shade >= 0) {
        fputs("\033[0m", out);
    }
}

static bool row_tick(const Sheet *t, int r, char *text, size_t cap)
{
    double tick[16];
    int n = nb_viz_ticks(t->f.lo[1], t->f.hi[1], 6, tick);
    for (int i = 0; i < n; i++) {
        double at = (t->f.hi[1] - tick[i]) / (t->f.hi[1] - t->f.lo[1]) * (ROWS - 1);
        if ((int)lround(at) == r) {
            nb_viz_tick_text(tick[i], n > 1 ? tick[1] - tick[0] : 1, text, cap);
            return true;
        }
    }
    text[0] = '\0';
    return false;
}

static void put_row(const Sheet *t, int r, FILE *out)
{
    char text[40];
    bool tick = row_tick(t, r, text, sizeof text);
    bool unicode = t->style->text.unicode;
    int end = t->columns;
    while (end > 0 && !t->style->colour && t->shade[r][end - 1] == 0 && !t->mark[r][end - 1]) {
        end--;
    }
    fprintf(out, "%*s %s", LABEL, text, tick ? (unicode ? "┤" : "+") : unicode ? "│" : "|");
    for (int c = 0; c < end; c++) {
        put_cell(t, t->shade[r][c], t->mark[r][c], out);
    }
    fputc('\n', out);
}

static void put_axis(const Sheet *t, FILE *out)
{
    double tick[16];
    char line[MAX_COLUMNS + 48], text[40];
    int n = nb_viz_ticks(t->f.lo[0], t->f.hi[0], t->columns / 10, tick);
    bool unicode = t->style->text.unicode;
    memset(line, ' ', sizeof line);
    fprintf(out, "%*s %s", LABEL, "", unicode ? "└" : "+");
    for (int c = 0, i = 0; c < t->columns; c++) {
        int at = i < n ? (int)lround((tick[i] - t->f.lo[0]) / (t->f.hi[0] - t->f.lo[0]) *
                                     (t->columns - 1))
                       : -1;
        fputs(at == c ? (unicode ? "┬" : "+") : unicode ? "─" : "-", out);
        if (at == c) {
            nb_viz_tick_text(tick[i++], n > 1 ? tick[1] - tick[0] : 1, text, sizeof text);
            int from = LABEL + 2 + c - (int)strlen(text) / 2;
            memcpy(line + from, text, strlen(text));
        }
    }
    int end = (int)sizeof line;
    while (end > 0 && line[end - 1] == ' ') {
        end--;
    }
    fprintf(out, "\n%.*s  %s\n", end, line, t->d->what.name[0]);
}

/* Entries of the legend one after the other, in lines of at most `most` columns. */
typedef struct Legend {
    FILE *out;
    int used, most;
} Legend;

static void put_entry(Legend *l, const Sheet *t, int shade, int mark, const char *text)
{
    int need = nb_text_width(text) + 2;
    if (l->used > 0 && l->used + 3 + need > l->most) {
        fputc('\n', l->out);
        l->used = 0;
    }
    l->used += fprintf(l->out, "%*s", l->used ? 3 : LABEL + 2, "");
    put_cell(t, shade, mark, l->out);
    fprintf(l->out, " %s", text);
    l->used += need;
}

static void end_line(Legend *l)
{
    if (l->used > 0) {
        fputc('\n', l->out);
    }
    l->used = 0;
}

static void put_shades(const Sheet *t, Legend *l)
{
    const NbLevels *v = &t->d->levels;
    char text[64], bound[40];
    for (int k = 0; k < t->shades && v->n > 0; k++) {
        if (k == 0) {
            snprintf(
                text, sizeof text, "below %s",
                nb_viz_levels_text(v, t->cut[1] - 1, t->style->text.unicode, bound, sizeof bound));
        } else {
            snprintf(
                text, sizeof text, "from %s",
                nb_viz_levels_text(v, t->cut[k] - 1, t->style->text.unicode, bound, sizeof bound));
        }
        put_entry(l, t, k, MARK_NONE, text);
    }
    end_line(l);
}

static void put_runs(const Sheet *t, Legend *l)
{
    char text[160], number[40], x[40], y[40];
    int shown = 0;
    for (int r = 0; r < runs_of(t); r++) {
        NbRunInfo info = nb_record_run(t->d->what.record, r);
        if (has_path(t, r)) {
            double f = nb_record_value(t->d->what.record, r, info.rows - 1, 0);
            snprintf(text, sizeof text, "%s  %s", info.title[0] ? info.title : "run",
                     nb_format_number(f, 4, number, sizeof number));
            put_entry(l, t, 0, MARK_RUN + shown++ % RUNS_SHOWN, text);
        }
    }
    if (shown > 0) {
        put_entry(l, t, 0, MARK_START, "start");
        put_entry(l, t, 0, MARK_END, "end");
    }
    if (t->d->low.found) {
        double scale = fmax(fabs(t->d->levels.lo), fabs(t->d->levels.hi));
        double low = fabs(t->d->low.value) < 1e-12 * scale ? 0 : t->d->low.value;
        snprintf(text, sizeof text, "lowest here: %s at (%s, %s)",
                 nb_format_number(low, 4, number, sizeof number),
                 nb_format_number(t->d->low.at[0], 4, x, sizeof x),
                 nb_format_number(t->d->low.at[1], 4, y, sizeof y));
        put_entry(l, t, 0, MARK_LOWEST, text);
    }
    end_line(l);
}

static void put_classes(const Sheet *t, Legend *l)
{
    char text[96];
    for (int k = 0; k < 10; k++) {
        int right, all;
        nb_viz_class_count(t->d, k, &right, &all);
        if (all > 0) {
            snprintf(text, sizeof text, "class %d: %d of %d right", k, right, all);
            put_entry(l, t, (k + 1) % SHADES, MARK_NONE, "region, ");
            fprintf(l->out, "%d points of %s\n", k, text);
            l->used = 0;
        }
    }
}

NbStatus nb_viz_surface_write(const NbVizStyle *style, NbSurfaceData *d, FILE *out, NbErr *err)
{
    Sheet *t = calloc(1, sizeof *t);
    if (!t) {
        return nb_fail(err, NB_EMEM, "out of memory for a surface");
    }
    NbStatus status = d->sampler.now.v ? NB_OK : nb_viz_surface_complete(d, 2, err);
    if (!status) {
        int name = nb_text_width(d->what.name[0]); /* it stands behind the axis */
        int columns = (style->text.columns > 0 ? style->text.columns : 76) - LABEL - 7 - name;
        *t = (Sheet){.style = style, .d = d};
        t->columns = (int)nb_clamp_int(columns, 20, MAX_COLUMNS);
        memcpy(t->f.lo, d->view.lo, sizeof t->f.lo);
        memcpy(t->f.hi, d->view.hi, sizeof t->f.hi);
        choose_shades(t);
        fill_shades(t);
        fill_marks(t);
        fprintf(out, "%*s   %s\n", LABEL, d->what.name[1], d->what.title);
        for (int r = 0; r < ROWS; r++) {
            put_row(t, r, out);
        }
        put_axis(t, out);
        Legend l = {out, 0, (style->text.columns > 0 ? style->text.columns : 76) - 1};
        if (d->what.boundary) {
            put_classes(t, &l);
        } else {
            put_shades(t, &l);
            put_runs(t, &l);
        }
    }
    free(t);
    return status;
}

/* chart.c -- curves of a record as a small chart of characters: braille, or a mark for each run */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "src/base/clamp.h"
#include "plot.h"

#define ROWS 14
#define LABEL 10 /* columns of the labels at the left */
#define MAX_COLUMNS 200
#define MOST_CURVES 12
#define MARKS 8

typedef struct ChartCurve {
    int run, column;
    NbRunInfo info;
} ChartCurve;

typedef struct Cell {
    unsigned char dots; /* braille: bit 2·y + x of a cell of 2 × 4 */
    signed char curve;  /* + 1 of the one drawn last; 0: none */
    char sign;          /* in its place, where the curve has none: '!', or '0' on a log axis */
} Cell;

typedef struct Chart {
    const NbRecord *record;
    const NbVizStyle *style;
    ChartCurve curve[MOST_CURVES];
    int ncurves, left_out;
    int columns; /* of the plotting area */
    bool braille;
    double x0, x1, y0, y1;
    bool log;
    Cell cell[ROWS][MAX_COLUMNS];
} Chart;

static const char *mark_of(const Chart *c, int curve)
{
    static const char *const unicode[MARKS] = {"•", "×", "+", "○", "▪", "△", "◇", "*"};
    static const char *const plain[MARKS] = {"*", "x", "+", "o", "#", "%", "@", "="};
    return (c->style->text.unicode ? unicode : plain)[curve % MARKS];
}

/* The newest curves of those the title names. */
static void collect(Chart *c, const char *title)
{
    for (int r = nb_record_runs(c->record) - 1; r >= 0; r--) {
        NbRunInfo run = nb_record_run(c->record, r);
        for (int k = run.columns - 1; k >= 0 && run.rows > 0; k--) {
            if (!nb_viz_plot_shows(c->record, &run, k, title, NULL)) {
                continue;
            }
            if (c->ncurves < MOST_CURVES) {
                c->curve[c->ncurves++] = (ChartCurve){r, k, run};
            } else {
                c->left_out++;
            }
        }
    }
    for (int i = 0; i < c->ncurves / 2; i++) { /* oldest first */
        ChartCurve t = c->curve[i];
        c->curve[i] = c->curve[c->ncurves - 1 - i];
        c->curve[c->ncurves - 1 - i] = t;
    }
}

static void choose_axes(Chart *c, const char *title)
{
    double x[2] = {0, 1}, y[3] = {0, 1, 1};
    bool positive;
    bool any = nb_viz_plot_range(c->record, title, NULL, x, y, &positive);
    c->log = any && positive && !nb_record_axis_name(c->record) && log10(y[1]) - log10(y[2]) > 3;
    if (c->log) {
        y[0] = log10(y[2]);
        y[1] = log10(y[1]);
    }
    if (!(y[1] > y[0])) {
        double half = y[0] != 0 ? fabs(y[0]) * 0.25 : 0.5;
        y[0] -= half;
        y[1] += half;
    }
    c->x0 = x[0];
    c->x1 = x[1] > x[0] ? x[1] : x[0] + 1;
    c->y0 = y[0];
    c->y1 = y[1];
}

/* --- drawing: points of a grid, one or 2 × 4 of them in a cell --- */

static int across(const Chart *c)
{
    return c->columns * (c->braille ? 2 : 1);
}

static int down(const Chart *c)
{
    return ROWS * (c->braille ? 4 : 1);
}

static void put(Chart *c, int x, int y, int curve)
{
    if (x < 0 || y < 0 || x >= across(c) || y >= down(c)) {
        return;
    }
    Cell *cell = c->braille ? &c->cell[y / 4][x / 2] : &c->cell[y][x];
    cell->curve = (signed char)(curve + 1);
    cell->dots |= (unsigned char)(1u << (c->braille ? y % 4 * 2 + x % 2 : 0));
}

/* Far outside is as good as just outside. */
static int place(double t, int n)
{
    return (int)lround(nb_clamp(t * (n - 1), -9, n + 9));
}

/* From a sample to the next: dots make a line, marks are joined upright in the later column. */
static void join(Chart *c, int i, int x0, int y0, int x1, int y1)
{
    int dx = x1 - x0, dy = y1 - y0;
    int n = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
    for (int k = 1; k < n && c->braille; k++) {
        put(c, x0 + (int)lround((double)dx * k / n), y0 + (int)lround((double)dy * k / n), i);
    }
    for (int y = y0; !c->braille && y != y1 && abs(dy) > 1; y += dy > 0 ? 1 : -1) {
        if (y != y0) {
            put(c, x1, y, i);
        }
    }
}

/* A later curve is drawn over an earlier one. */
static void draw_curve(Chart *c, int i)
{
    const ChartCurve *k = &c->curve[i];
    int last_x = 0, last_y = 0;
    bool joined = false;
    for (size_t row = 0; row < k->info.rows; row++) {
        double v = nb_record_value(c->record, k->run, row, k->column);
        double step = nb_viz_plot_place(c->record, k->run, row);
        int x = place((step - c->x0) / (c->x1 - c->x0), across(c));
        if (!isfinite(v) && nb_record_axis_name(c->record)) {
            joined = false;
            continue;
        }
        if (!isfinite(v) || (c->log && v <= 0)) {
            Cell *cell = &c->cell[v <= 0 ? ROWS - 1 : 0][c->braille ? x / 2 : x];
            cell->sign = v == 0 ? '0' : '!';
            cell->curve = (signed char)(i + 1);
            joined = false;
            continue;
        }
        int y = place((c->y1 - (c->log ? log10(v) : v)) / (c->y1 - c->y0), down(c));
        bool leaps = nb_record_axis_name(c->record) &&
                     ((y < 0 && last_y >= down(c)) || (last_y < 0 && y >= down(c)));
        if (joined && !leaps) {
            join(c, i, last_x, last_y, x, y);
        }
        put(c, x, y, i);
        last_x = x;
        last_y = y;
        joined = !k->info.points;
    }
}

/* --- writing --- */

/* The colour of the run in windows, as one of the terminal's. */
static void begin_colour(const Chart *c, int i, FILE *out)
{
    const ChartCurve *k = &c->curve[i];
    bool several = false;
    for (int n = 0; n < c->ncurves; n++) {
        several = several || c->curve[n].info.serial != k->info.serial;
    }
    int colour = several ? nb_viz_run_colour(k->info.serial) : i;
    if (c->style->colour) {
        fprintf(out, "\033[38;5;%dm",
                nb_viz_terminal_colour(nb_viz_curve_colour(c->style->theme, colour)));
    }
}

static void end_colour(const Chart *c, FILE *out)
{
    if (c->style->colour) {
        fputs("\033[0m", out);
    }
}

/* a and b in as few digits, at least `least`, as tell them apart where they differ. */
static void tell_apart(double a, double b, int least, char first[40], char last[40])
{
    int digits = least;
    do {
        nb_format_number(a, digits, first, 40);
        nb_format_number(b, digits, last, 40);
    } while (a != b && strcmp(first, last) == 0 && digits++ < 17);
}

static double value_at(const Chart *c, int row)
{
    double at = row >= ROWS - 1 ? c->y0 : c->y1 - (c->y1 - c->y0) * row / (ROWS - 1);
    return c->log ? pow(10, at) : at;
}

static bool has_label(int row)
{
    return row % 4 == 0 || row == ROWS - 1;
}

/* Digits in which every label differs from the next. */
static int label_digits(const Chart *c)
{
    char text[40], next[40];
    int digits = 3;
    for (int row = 0, last = 0; row < ROWS; row++) {
        if (!has_label(row) || row == 0) {
            continue;
        }
        double a = value_at(c, last), b = value_at(c, row);
        for (; digits < 17; digits++) {
            nb_format_number(a, digits, text, sizeof text);
            nb_format_number(b, digits, next, sizeof next);
            if (a == b || strcmp(text, next) != 0) {
                break;
            }
        }
        last = row;
    }
    return digits;
}

static void put_label(const Chart *c, int row, FILE *out)
{
    char text[40] = "";
    if (has_label(row)) {
        nb_format_number(value_at(c, row), label_digits(c), text, sizeof text);
        if (strlen(text) > LABEL) { /* no room to tell them apart: the ends alone */
            nb_format_number(value_at(c, row), 3, text, sizeof text);
            text[row == 0 || row == ROWS - 1 ? sizeof text - 1 : 0] = '\0';
        }
    }
    fprintf(out, "%*s %s", LABEL, text,
            c->style->text.unicode ? (text[0] ? "┤" : "│") : (text[0] ? "+" : "|"));
}

/* U+2800 and the dots: 1 2 3 7 in the left column, 4 5 6 8 in the right one. */
static void put_braille(unsigned dots, FILE *out)
{
    static const unsigned char bit[8] = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};
    unsigned code = 0x2800;
    for (int i = 0; i < 8; i++) {
        code |= dots >> i & 1 ? bit[i] : 0;
    }
    fputc((int)(0xe0 | code >> 12), out);
    fputc((int)(0x80 | (code >> 6 & 0x3f)), out);
    fputc((int)(0x80 | (code & 0x3f)), out);
}

static void put_cell(const Chart *c, const Cell *cell, FILE *out)
{
    if (!cell->curve) {
        fputc(' ', out);
        return;
    }
    begin_colour(c, cell->curve - 1, out);
    if (cell->sign) {
        fputc(cell->sign, out);
    } else if (c->braille) {
        put_braille(cell->dots, out);
    } else {
        fputs(mark_of(c, cell->curve - 1), out);
    }
    end_colour(c, out);
}

static void put_rows(const Chart *c, FILE *out)
{
    for (int row = 0; row < ROWS; row++) {
        put_label(c, row, out);
        int end = c->columns;
        while (end > 0 && !c->cell[row][end - 1].curve) {
            end--;
        }
        for (int k = 0; k < end; k++) {
            put_cell(c, &c->cell[row][k], out);
        }
        fputc('\n', out);
    }
}

static void put_steps(const Chart *c, FILE *out)
{
    fprintf(out, "%*s %s", LABEL, "", c->style->text.unicode ? "└" : "+");
    for (int i = 0; i < c->columns; i++) {
        fputs(c->style->text.unicode ? "─" : "-", out);
    }
    char low[40], high[40];
    nb_format_number(c->x0, 10, low, sizeof low);
    nb_format_number(c->x1, 10, high, sizeof high);
    const char *axis = nb_record_axis_name(c->record);
    int room = c->columns - (int)strlen(low);
    fprintf(out, "\n%*s  %s", LABEL, "", low);
    if (axis && (int)strlen(axis) + (int)strlen(high) + 2 < room) {
        int left = (room - (int)strlen(axis)) / 2;
        fprintf(out, "%*s%s", left, "", axis);
        room -= left + (int)strlen(axis);
    }
    fprintf(out, "%*s\n", room, high);
}

/* Cut between characters, so that the line fits. */
static void put_cut(const char *text, int width, FILE *out)
{
    int n = 0;
    for (const char *c = text; *c; c++) {
        n += ((unsigned char)*c & 0xc0) != 0x80;
        if (n > width) {
            return;
        }
        fputc(*c, out);
    }
}

static void put_legend(const Chart *c, FILE *out)
{
    const char *arrow = c->style->text.unicode ? "→" : "->";
    const char *axis = nb_record_axis_name(c->record);
    for (int i = 0; i < c->ncurves; i++) {
        const ChartCurve *k = &c->curve[i];
        char first[40], last[40], value[160];
        int digits = c->style->text.digits;
        tell_apart(nb_record_value(c->record, k->run, 0, k->column),
                   nb_record_value(c->record, k->run, k->info.rows - 1, k->column), digits, first,
                   last);
        snprintf(value, sizeof value, "%s%s: %s %s %s", k->info.title[0] ? "  " : "",
                 k->info.column[k->column], first, arrow, last);
        if (axis) { /* the title is the curve's name */
            value[0] = '\0';
        }
        fprintf(out, "%*s  ", LABEL, "");
        begin_colour(c, i, out);
        fputs(c->braille ? (c->ncurves > 1 ? "━" : "⠒") : mark_of(c, i), out);
        end_colour(c, out);
        fputc(' ', out);
        put_cut(k->info.title, c->columns - 4 - (int)strlen(value), out);
        fprintf(out, "%s\n", value);
    }
    if (c->left_out > 0) {
        fprintf(out, "%*s  and %d earlier\n", LABEL, "", c->left_out);
    }
    if (c->log) {
        fprintf(out, "%*s  (log axis)\n", LABEL, "");
    }
}

NbStatus nb_viz_chart_write(const NbVizStyle *style, const NbRecord *record, const char *title,
                            FILE *out, NbErr *err)
{
    Chart *c = calloc(1, sizeof *c);
    if (!c) {
        return nb_fail(err, NB_EMEM, "out of memory drawing a chart");
    }
    c->record = record;
    c->style = style;
    if (record) {
        collect(c, title);
    }
    if (c->ncurves == 0) {
        free(c);
        nb_fail(err, NB_EVALUE, "nothing recorded yet");
        nb_hint(err, "minimize f, or step in a loop, then plot");
        return NB_EVALUE;
    }
    int columns = (style->text.columns > 0 ? style->text.columns : 76) - LABEL - 2;
    c->columns = (int)nb_clamp_int(columns, 20, MAX_COLUMNS);
    /* dots of several curves can only be told apart by colour */
    c->braille = style->text.unicode && (c->ncurves == 1 || style->colour);
    choose_axes(c, title);
    for (int i = 0; i < c->ncurves; i++) {
        draw_curve(c, i);
    }
    put_rows(c, out);
    put_steps(c, out);
    put_legend(c, out);
    free(c);
    return NB_OK;
}

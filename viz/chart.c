/* chart.c -- the runs of a record as a small chart of characters */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "internal.h"
#include "plot.h"

#define ROWS 12
#define LABEL 10 /* columns of the labels at the left */
#define MAX_COLUMNS 200
#define RUNS_SHOWN 8

typedef struct Chart {
    const NbRecord *record;
    const NbVizStyle *style;
    int columns; /* of the plotting area */
    double x0, x1, y0, y1;
    bool log;
    signed char cell[ROWS][MAX_COLUMNS]; /* run + 1 */
} Chart;

static const char *mark_of(const Chart *c, int run)
{
    static const char *const unicode[RUNS_SHOWN] = {"•", "×", "+", "○", "▪", "△", "◇", "*"};
    static const char *const plain[RUNS_SHOWN] = {"*", "x", "+", "o", "#", "%", "@", "="};
    return (c->style->unicode ? unicode : plain)[run % RUNS_SHOWN];
}

static void choose(Chart *c)
{
    double x[2] = {0, 1}, y[2] = {0, 1};
    bool positive;
    bool any = nb_viz_plot_range(c->record, NULL, NULL, x, y, &positive);
    c->log = any && positive && log10(y[1]) - log10(y[0]) > 3;
    if (c->log) {
        y[0] = log10(y[0]);
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

static int row_of(const Chart *c, double v)
{
    double at = c->log ? log10(v) : v;
    int row = (int)lround((c->y1 - at) / (c->y1 - c->y0) * (ROWS - 1));
    return row < 0 ? 0 : row >= ROWS ? ROWS - 1 : row;
}

/* A later run is drawn over an earlier one. Neighbouring samples are joined in their column. */
static void draw_run(Chart *c, int r)
{
    NbRunInfo run = nb_record_run(c->record, r);
    int last_row = -1;
    for (size_t i = 0; i < run.rows; i++) {
        double v = nb_record_value(c->record, r, i, 0);
        if (!isfinite(v) || (c->log && v <= 0)) {
            last_row = -1;
            continue;
        }
        double x = (double)nb_record_step(c->record, r, i);
        int column = (int)lround((x - c->x0) / (c->x1 - c->x0) * (c->columns - 1));
        int row = row_of(c, v);
        c->cell[row][column] = (signed char)(r % RUNS_SHOWN + 1);
        int step = row > last_row ? -1 : 1;
        for (int k = row + step;
             last_row >= 0 && row != last_row && k != last_row && k >= 0 && k < ROWS; k += step) {
            c->cell[k][column] = (signed char)(r % RUNS_SHOWN + 1);
        }
        last_row = row;
    }
}

static void put_label(const Chart *c, int row, FILE *out)
{
    char text[40] = "";
    if (row % 3 == 0 || row == ROWS - 1) {
        double at = c->y1 - (c->y1 - c->y0) * row / (ROWS - 1);
        nb_format_number(c->log ? pow(10, at) : at, 3, text, sizeof text);
    }
    fprintf(out, "%*s %s", LABEL, text,
            c->style->unicode ? (text[0] ? "┤" : "│") : (text[0] ? "+" : "|"));
}

static void put_rows(const Chart *c, FILE *out)
{
    for (int row = 0; row < ROWS; row++) {
        put_label(c, row, out);
        int end = c->columns;
        while (end > 0 && !c->cell[row][end - 1]) {
            end--;
        }
        for (int k = 0; k < end; k++) {
            int run = c->cell[row][k];
            if (run && c->style->colour) {
                fprintf(out, "\033[%dm%s\033[0m", 31 + (run + 2) % 6, mark_of(c, run - 1));
            } else {
                fputs(run ? mark_of(c, run - 1) : " ", out);
            }
        }
        fputc('\n', out);
    }
}

static void put_steps(const Chart *c, FILE *out)
{
    fprintf(out, "%*s %s", LABEL, "", c->style->unicode ? "└" : "+");
    for (int i = 0; i < c->columns; i++) {
        fputs(c->style->unicode ? "─" : "-", out);
    }
    char low[40], high[40];
    nb_format_number(c->x0, 10, low, sizeof low);
    nb_format_number(c->x1, 10, high, sizeof high);
    fprintf(out, "\n%*s  %s%*s\n", LABEL, "", low, c->columns - (int)strlen(low), high);
}

static void put_legend(const Chart *c, FILE *out)
{
    int runs = nb_record_runs(c->record);
    for (int r = runs > RUNS_SHOWN ? runs - RUNS_SHOWN : 0; r < runs; r++) {
        NbRunInfo run = nb_record_run(c->record, r);
        if (run.rows == 0 || run.columns == 0) {
            continue;
        }
        char first[40], last[40];
        int digits = c->style->digits;
        nb_format_number(nb_record_value(c->record, r, 0, 0), digits, first, sizeof first);
        nb_format_number(nb_record_value(c->record, r, run.rows - 1, 0), digits, last, sizeof last);
        fprintf(out, "%*s  %s %s%s%s: %s %s %s%s\n", LABEL, "", mark_of(c, r), run.title,
                run.title[0] ? "  " : "", run.column[0], first, c->style->unicode ? "→" : "->",
                last, c->log ? "   (log axis)" : "");
    }
}

NbStatus nb_viz_chart_write(const NbVizStyle *style, const NbRecord *record, FILE *out, NbErr *err)
{
    size_t rows = 0;
    int runs = record ? nb_record_runs(record) : 0;
    for (int r = 0; r < runs; r++) {
        rows += nb_record_run(record, r).rows;
    }
    if (rows == 0) {
        nb_fail(err, NB_EVALUE, "nothing recorded yet");
        nb_hint(err, "minimize f, or step in a loop, then plot");
        return NB_EVALUE;
    }
    Chart *c = calloc(1, sizeof *c);
    if (!c) {
        return nb_fail(err, NB_EMEM, "out of memory drawing a chart");
    }
    c->record = record;
    c->style = style;
    int columns = (style->columns > 0 ? style->columns : 76) - LABEL - 2;
    c->columns = columns < 20 ? 20 : columns > MAX_COLUMNS ? MAX_COLUMNS : columns;
    choose(c);
    for (int r = 0; r < runs; r++) {
        draw_run(c, r);
    }
    put_rows(c, out);
    put_steps(c, out);
    put_legend(c, out);
    free(c);
    return NB_OK;
}

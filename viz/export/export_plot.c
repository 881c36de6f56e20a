/* export_plot.c -- run records as files show them: curves, the chart of characters, the table */
#include <inttypes.h>
#include <string.h>

#include <nabla/format.h>

#include "export.h"
#include "viz/plot/plot.h"

#define PLOT_W 860.0
#define PLOT_H 560.0

static NbStatus ready(const NbExport *what, NbErr *err)
{
    if (!what->record || nb_record_runs(what->record) == 0) {
        nb_fail(err, NB_EVALUE, "nothing recorded yet");
        nb_hint(err, "minimize f, or step in a loop, then export");
        return NB_EVALUE;
    }
    return NB_OK;
}

static NbStatus scene(NbJob *job, const NbMeasure *measure, NbErr *err)
{
    (void)err;
    const NbExport *what = job->what;
    NbPlotView view = what->plot ? *what->plot : (NbPlotView){0};
    const int digits = nb_viz_picture_digits(&job->viz->style);
    const double w = view.w > 0 ? view.w : PLOT_W, h = view.h > 0 ? view.h : PLOT_H;
    if (what->partly) { /* the legend stands where all curves leave it room */
        NbScene whole = {0};
        NbPlotFrame frame;
        view.partly = true;
        view.until = UINT64_MAX;
        nb_viz_scene_plot(&whole, what->record, &view, measure, what->title, digits, w, h, &frame);
        job->scene.failed |= whole.failed;
        nb_viz_scene_free(&whole);
        view.until = what->until;
        view.legend_place = frame.legend_place;
    }
    nb_viz_scene_plot(&job->scene, what->record, &view, measure, what->title, digits, w, h, NULL);
    return NB_OK;
}

static NbStatus text(NbJob *job, FILE *out, NbErr *err)
{
    NbVizStyle style = job->viz->style;
    style.colour = false;
    return nb_viz_chart_write(&style, job->what->record, job->what->title, out, err);
}

/* --- the table --- */

#define COLUMNS_MAX (NB_RECORD_COLUMNS * 4)

/* Names of all columns of all runs, each once, in order of appearance. */
static int all_columns(const NbRecord *record, const char **name)
{
    int n = 0;
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        for (int c = 0; c < run.columns; c++) {
            int k = 0;
            while (k < n && strcmp(name[k], run.column[c]) != 0) {
                k++;
            }
            if (k == n && n < COLUMNS_MAX) {
                name[n++] = run.column[c];
            }
        }
    }
    return n;
}

static void table_row(Text *out, const NbRecord *record, int r, const NbRunInfo *run, size_t i,
                      const char *const *name, int n)
{
    text_printf(out, "%" PRIu32 ",", run->serial);
    text_field(out, run->title);
    text_printf(out, ",%" PRIu64, nb_record_step(record, r, i));
    for (int k = 0; k < n; k++) {
        text_add(out, ",");
        for (int c = 0; c < run->columns; c++) {
            if (strcmp(run->column[c], name[k]) == 0) {
                char number[40];
                double v = nb_record_value(record, r, i, c);
                text_add(out, nb_format_number(v, NB_DIGITS_FULL, number, sizeof number));
                break;
            }
        }
    }
    text_add(out, "\n");
}

/* Curves over a variable: rows at the same place are one line. */
static size_t place_rows(NbJob *job, const NbRecord *record, const char *const *name, int n)
{
    size_t rows = 0;
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        if (r > 0 && !run.points) {
            continue; /* written beside the first */
        }
        for (size_t i = 0; i < run.rows; i++, rows++) {
            char number[40];
            double x = nb_record_place(record, (double)nb_record_step(record, r, i));
            text_add(&job->out, nb_format_number(x, 12, number, sizeof number));
            for (int k = 0; k < n; k++) {
                text_add(&job->out, ",");
                for (int q = 0; q < nb_record_runs(record); q++) {
                    NbRunInfo other = nb_record_run(record, q);
                    if ((q == r || !(run.points || other.points)) &&
                        strcmp(other.column[0], name[k]) == 0) {
                        double v = nb_record_value(record, q, i, 0);
                        text_add(&job->out,
                                 nb_format_number(v, NB_DIGITS_FULL, number, sizeof number));
                        break;
                    }
                }
            }
            text_add(&job->out, "\n");
        }
    }
    return rows;
}

static NbStatus table(NbJob *job, NbErr *err)
{
    (void)err;
    const NbRecord *record = job->what->record;
    const char *name[COLUMNS_MAX];
    int n = all_columns(record, name);
    const char *axis = nb_record_axis_name(record);
    text_add(&job->out, axis ? axis : "run,title,step");
    for (int k = 0; k < n; k++) {
        text_add(&job->out, ",");
        text_field(&job->out, name[k]);
    }
    text_add(&job->out, "\n");
    size_t rows = axis ? place_rows(job, record, name, n) : 0;
    for (int r = 0; !axis && r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        for (size_t i = 0; i < run.rows; i++) {
            table_row(&job->out, record, r, &run, i, name, n);
        }
        rows += run.rows;
    }
    snprintf(job->size, sizeof job->size, "%zu row%s", rows, rows == 1 ? "" : "s");
    return NB_OK;
}

static void count(const NbJob *job, char *said, size_t cap)
{
    int runs = nb_record_runs(job->what->record);
    const char *what = nb_record_axis_name(job->what->record) ? "curve" : "run";
    snprintf(said, cap, "%d %s%s", runs, what, runs == 1 ? "" : "s");
}

const NbViewForm nb_viz_export_plot = {
    .name = "plot",
    .noun = "a plot",
    .pdf_mm = 160,
    .ready = ready,
    .scene = scene,
    .text = text,
    .table = table,
    .count = count,
};

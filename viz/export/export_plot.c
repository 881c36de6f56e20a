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
    NbPlotView all = {0};
    const NbPlotView *view = job->what->plot ? job->what->plot : &all;
    nb_viz_scene_plot(&job->scene, job->what->record, view, measure, job->what->title,
                      nb_viz_picture_digits(&job->viz->style), view->w > 0 ? view->w : PLOT_W,
                      view->h > 0 ? view->h : PLOT_H, NULL);
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

static void table_row(NbBuf *out, const NbRecord *record, int r, const NbRunInfo *run, size_t i,
                      const char *const *name, int n)
{
    nb_viz_buf_printf(out, "%" PRIu32 ",", run->serial);
    nb_viz_buf_field(out, run->title);
    nb_viz_buf_printf(out, ",%" PRIu64, nb_record_step(record, r, i));
    for (int k = 0; k < n; k++) {
        nb_viz_buf_text(out, ",");
        for (int c = 0; c < run->columns; c++) {
            if (strcmp(run->column[c], name[k]) == 0) {
                char number[40];
                double v = nb_record_value(record, r, i, c);
                nb_viz_buf_text(out, nb_format_number(v, NB_DIGITS_FULL, number, sizeof number));
                break;
            }
        }
    }
    nb_viz_buf_text(out, "\n");
}

static NbStatus table(NbJob *job, NbErr *err)
{
    (void)err;
    const NbRecord *record = job->what->record;
    const char *name[COLUMNS_MAX];
    int n = all_columns(record, name);
    nb_viz_buf_text(&job->out, "run,title,step");
    for (int k = 0; k < n; k++) {
        nb_viz_buf_text(&job->out, ",");
        nb_viz_buf_field(&job->out, name[k]);
    }
    nb_viz_buf_text(&job->out, "\n");
    size_t rows = 0;
    for (int r = 0; r < nb_record_runs(record); r++) {
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
    snprintf(said, cap, "%d run%s", runs, runs == 1 ? "" : "s");
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

/* export.c -- pictures, DOT, text and tables to files, whole or not at all */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nabla/format.h>

#include "dot.h"
#include "internal.h"
#include "plot.h"
#include "wrap.h"

#define MARGIN 28.0
#define PNG_SCALE 2.0
#define PNG_MOST 16000.0 /* px on a side */
#define PNG_AREA 120000000.0
#define PT_PER_PX 0.75
#define PLOT_W 860.0
#define PLOT_H 560.0
#define PLOT_PDF_MM 160.0

typedef struct Job {
    NbViz *viz;
    const NbExport *what;
    NbTheme theme;
    NbModel *model; /* of graphs */
    NbScene scene;
    NbBuf out;
    char size[80]; /* "620 × 380 px" */
} Job;

/* --- scenes --- */

static NbStatus lay_out(Job *job, const NbPoint *size, NbGeometry **g, NbErr *err)
{
    NbViz *viz = job->viz;
    if (!viz->layouter) {
        viz->layouter = nb_viz_layouter_new();
    }
    if (!viz->layouter) {
        return nb_fail(err, NB_EMEM, "out of memory drawing a graph");
    }
    NbStatus status = nb_viz_layout_model(viz->layouter, job->model, size,
                                          nb_viz_graph_upright(job->model, 16, 10), err);
    return status ? status : nb_viz_layout_wait(viz->layouter, job->what->interrupt, g, err);
}

static NbStatus graph_scene(Job *job, const NbMeasure *measure, NbErr *err)
{
    NbModel *m = job->model;
    if (m->summary) {
        nb_viz_scene_summary(&job->scene, m, measure, job->what->title);
        return NB_OK;
    }
    NbPoint *size = calloc(m->nnodes + 1, sizeof *size);
    if (!size) {
        return nb_fail(err, NB_EMEM, "out of memory drawing a graph");
    }
    nb_viz_graph_sizes(m, measure, size);
    NbGeometry *g = NULL;
    NbStatus status = lay_out(job, size, &g, err);
    if (!status) {
        status = nb_viz_wrap(g, m, size, 16, 10, err);
    }
    if (!status) {
        NbScene *s = &job->scene;
        nb_viz_scene_graph(s, m, g, measure, size);
        s->h += nb_viz_scene_legend(s, m, measure, nb_viz_picture_digits(&job->viz->style), 0,
                                    s->h + 22) > 0
                    ? 50
                    : 0;
    }
    nb_viz_geometry_free(&g);
    free(size);
    return status;
}

static NbStatus build_scene(Job *job, NbPainter *painter, NbErr *err)
{
    NbMeasure measure = nb_viz_painter_measure(painter);
    if (job->what->view == NB_VIEW_GRAPH) {
        NbStatus status = graph_scene(job, &measure, err);
        if (status) {
            return status;
        }
    } else {
        NbPlotView all = {0};
        nb_viz_scene_plot(&job->scene, job->what->record, &all, &measure, job->what->title,
                          nb_viz_picture_digits(&job->viz->style), PLOT_W, PLOT_H, NULL);
    }
    return job->scene.failed ? nb_fail(err, NB_EMEM, "out of memory drawing") : NB_OK;
}

/* --- pictures --- */

static cairo_status_t collect(void *user, const unsigned char *data, unsigned int n)
{
    NbBuf *out = user;
    nb_viz_buf_add(out, data, n);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static const char *times_sign(const Job *job)
{
    return job->viz->style.unicode ? "×" : "x";
}

/* Paints the scene enlarged by scale with the margin around it. */
static NbStatus paint_on(Job *job, NbPainter *painter, cairo_surface_t *surface, double scale,
                         NbErr *err)
{
    const NbDraw *d = nb_viz_painter_draw(painter);
    cairo_t *cr = d->cairo.create(surface);
    double margin = job->what->view == NB_VIEW_GRAPH ? MARGIN * scale : 0;
    double bold_lines = job->viz->style.present ? 1.5 : 1;
    nb_viz_paint_ground(painter, cr, job->theme);
    nb_viz_paint(painter, cr, &job->scene, job->theme, margin, margin, scale, bold_lines);
    cairo_status_t bad = d->cairo.status(cr);
    d->cairo.destroy(cr);
    d->cairo.surface_flush(surface);
    if (bad != CAIRO_STATUS_SUCCESS) {
        return nb_fail(err, NB_EIO, "cannot draw: %s", d->cairo.status_to_string(bad));
    }
    return NB_OK;
}

static double whole_width(const Job *job)
{
    return job->scene.w + (job->what->view == NB_VIEW_GRAPH ? 2 * MARGIN : 0);
}

static double whole_height(const Job *job)
{
    return job->scene.h + (job->what->view == NB_VIEW_GRAPH ? 2 * MARGIN : 0);
}

static NbStatus write_png(Job *job, NbPainter *painter, NbErr *err)
{
    const NbDraw *d = nb_viz_painter_draw(painter);
    double w = whole_width(job), h = whole_height(job);
    double scale = job->what->width > 0 ? job->what->width / w : PNG_SCALE;
    double side = w > h ? w : h;
    scale = side * scale > PNG_MOST ? PNG_MOST / side : scale;
    scale = w * h * scale * scale > PNG_AREA ? sqrt(PNG_AREA / (w * h)) : scale;
    int pw = (int)lround(w * scale), ph = (int)ceil(h * scale - 0.001);
    cairo_surface_t *surface =
        d->cairo.image_surface_create(CAIRO_FORMAT_RGB24, pw > 0 ? pw : 1, ph > 0 ? ph : 1);
    NbStatus status = paint_on(job, painter, surface, scale, err);
    if (!status) {
        cairo_status_t bad = d->cairo.surface_write_to_png_stream(surface, collect, &job->out);
        if (bad != CAIRO_STATUS_SUCCESS) {
            status = nb_fail(err, NB_EIO, "cannot draw: %s", d->cairo.status_to_string(bad));
        }
    }
    d->cairo.surface_destroy(surface);
    snprintf(job->size, sizeof job->size, "%d %s %d px", pw, times_sign(job), ph);
    return status;
}

static NbStatus write_vector(Job *job, NbPainter *painter, bool pdf, NbErr *err)
{
    const NbDraw *d = nb_viz_painter_draw(painter);
    double w = whole_width(job), h = whole_height(job);
    double usual = !pdf                              ? 1
                   : job->what->view == NB_VIEW_PLOT ? PLOT_PDF_MM / 25.4 * 72 / w
                                                     : PT_PER_PX;
    double scale = job->what->width > 0 ? job->what->width / w : usual;
    cairo_surface_t *surface;
    if (pdf) {
        surface = d->cairo.pdf_surface_create_for_stream(collect, &job->out, w * scale, h * scale);
        if (job->what->title) {
            d->cairo.pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, job->what->title);
        }
        snprintf(job->size, sizeof job->size, "%.0f %s %.0f mm", w * scale / 72 * 25.4,
                 times_sign(job), h * scale / 72 * 25.4);
    } else {
        surface = d->cairo.svg_surface_create_for_stream(collect, &job->out, w * scale, h * scale);
        d->cairo.svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
        snprintf(job->size, sizeof job->size, "%.0f %s %.0f px", w * scale, times_sign(job),
                 h * scale);
    }
    NbStatus status = paint_on(job, painter, surface, scale, err);
    d->cairo.surface_finish(surface);
    cairo_status_t bad = d->cairo.surface_status(surface);
    if (!status && bad != CAIRO_STATUS_SUCCESS) {
        status = nb_fail(err, NB_EIO, "cannot draw: %s", d->cairo.status_to_string(bad));
    }
    d->cairo.surface_destroy(surface);
    return status;
}

static NbStatus write_picture(Job *job, const char *ending, NbErr *err)
{
    NbPainter *painter = nb_viz_painter(job->viz, err);
    if (!painter) {
        return err ? err->code : NB_EIO;
    }
    NbStatus status = build_scene(job, painter, err);
    if (status) {
        return status;
    }
    if (strcmp(ending, "png") == 0) {
        return write_png(job, painter, err);
    }
    return write_vector(job, painter, strcmp(ending, "pdf") == 0, err);
}

/* --- other forms --- */

static NbStatus write_dot(Job *job, const char *ending, NbErr *err)
{
    (void)ending;
    snprintf(job->size, sizeof job->size, "%zu edges", job->model->nedges);
    return nb_viz_dot(job->model, job->what->title, job->theme, &job->out, err);
}

static NbStatus write_text(Job *job, const char *ending, NbErr *err)
{
    (void)ending;
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    if (!mem) {
        return nb_fail(err, NB_EMEM, "out of memory writing text");
    }
    NbVizStyle style = job->viz->style;
    style.colour = false;
    const NbExport *what = job->what;
    NbStatus status = what->view == NB_VIEW_GRAPH
                          ? nb_viz_tree_write(&job->viz->host, &style, what->root, mem, err)
                          : nb_viz_chart_write(&style, what->record, mem, err);
    if (fclose(mem) != 0 && !status) {
        status = nb_fail(err, NB_EMEM, "out of memory writing text");
    }
    if (!status) {
        nb_viz_buf_add(&job->out, text, size);
    }
    free(text);
    return status;
}

#define CSV_COLUMNS (NB_RECORD_COLUMNS * 4)

/* Names of all columns of all runs, each once, in order of appearance. */
static int csv_columns(const NbRecord *record, const char **name)
{
    int n = 0;
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        for (int c = 0; c < run.columns; c++) {
            int k = 0;
            while (k < n && strcmp(name[k], run.column[c]) != 0) {
                k++;
            }
            if (k == n && n < CSV_COLUMNS) {
                name[n++] = run.column[c];
            }
        }
    }
    return n;
}

static void csv_row(NbBuf *out, const NbRecord *record, int r, const NbRunInfo *run, size_t i,
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

static NbStatus write_csv(Job *job, const char *ending, NbErr *err)
{
    (void)ending;
    const NbRecord *record = job->what->record;
    if (!record) {
        nb_fail(err, NB_EVALUE, "csv is for runs, not for graphs");
        nb_hint(err, "export \"run.csv\" writes the steps recorded");
        return NB_EVALUE;
    }
    const char *name[CSV_COLUMNS];
    int n = csv_columns(record, name);
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
            csv_row(&job->out, record, r, &run, i, name, n);
        }
        rows += run.rows;
    }
    snprintf(job->size, sizeof job->size, "%zu row%s", rows, rows == 1 ? "" : "s");
    return NB_OK;
}

/* --- choosing --- */

typedef struct Form {
    const char *ending;
    NbStatus (*write)(Job *job, const char *ending, NbErr *err);
    bool graph, plot; /* of what */
} Form;

static const Form forms[] = {
    {"dot", write_dot, true, false},    {"gv", write_dot, true, false},
    {"png", write_picture, true, true}, {"svg", write_picture, true, true},
    {"pdf", write_picture, true, true}, {"txt", write_text, true, true},
    {"csv", write_csv, false, true},
};

#define NFORMS (sizeof forms / sizeof forms[0])

static const Form *find_form(const char *path, const NbExport *what, NbErr *err)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    const char *ending = dot ? dot + 1 : "";
    char list[128] = "";
    for (size_t i = 0; i < NFORMS; i++) {
        bool fits = what->view == NB_VIEW_PLOT ? forms[i].plot : forms[i].graph;
        if (fits && strcasecmp(forms[i].ending, ending) == 0) {
            return &forms[i];
        }
        if (fits) {
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", list[0] ? " " : "",
                     forms[i].ending);
        }
    }
    const char *kind = what->view == NB_VIEW_PLOT ? "a plot" : "a graph";
    if (*ending) {
        nb_fail(err, NB_EVALUE, "cannot write %s as .%s: %s", kind, ending, path);
    } else {
        nb_fail(err, NB_EVALUE, "the ending of the file says its form: %s has none", path);
    }
    nb_hint(err, "endings: %s", list);
    return NULL;
}

static void report(const Job *job, const char *path, char *said, size_t cap)
{
    const NbExport *what = job->what;
    if (what->view == NB_VIEW_PLOT) {
        int runs = nb_record_runs(what->record);
        snprintf(said, cap, "wrote %s (%d run%s%s%s)", path, runs, runs == 1 ? "" : "s",
                 job->size[0] ? ", " : "", job->size);
        return;
    }
    size_t n = job->model->summary ? job->model->variables : job->model->nnodes;
    snprintf(said, cap, "wrote %s (%zu node%s%s%s)", path, n, n == 1 ? "" : "s",
             job->size[0] ? ", " : "", job->size);
}

NbStatus nb_viz_export(NbViz *viz, const char *path, const NbExport *what, char *said, size_t cap,
                       NbErr *err)
{
    NbErr mine = {0};
    err = err ? err : &mine;
    if (cap) {
        said[0] = '\0';
    }
    const Form *form = find_form(path, what, err);
    if (!form) {
        return NB_EVALUE;
    }
    bool graph = what->view == NB_VIEW_GRAPH;
    if (graph ? !what->root : !what->record || nb_record_runs(what->record) == 0) {
        nb_fail(err, NB_EVALUE, graph ? "no graph to write" : "nothing recorded yet");
        nb_hint(err, graph ? "name it, as in export \"g.png\", f"
                           : "minimize f, or step in a loop, then export");
        return NB_EVALUE;
    }
    Job job = {.viz = viz, .what = what};
    job.theme = what->has_theme ? what->theme : NB_THEME_LIGHT;
    NbStatus status = NB_OK;
    if (graph) {
        job.model = nb_viz_model_new(what->root, &viz->host, &viz->style, what->hide_grad, err);
        status = job.model ? NB_OK : err->code;
    }
    status = status ? status : form->write(&job, form->ending, err);
    status = status ? status : nb_viz_save(path, &job.out, err);
    if (!status) {
        report(&job, path, said, cap);
    }
    nb_viz_model_free(&job.model);
    nb_viz_scene_free(&job.scene);
    nb_viz_buf_free(&job.out);
    return status;
}

/* export_picture.c -- scenes as PNG, SVG and PDF, by cairo */
#include <math.h>

#include "export.h"

#define PNG_SCALE 2.0
#define PNG_MOST 16000.0 /* px on a side */
#define PNG_AREA 120000000.0
#define PT_PER_PX 0.75
#define PT_PER_MM (72 / 25.4)

const char *nb_viz_times_sign(const NbJob *job)
{
    return job->viz->style.text.unicode ? "×" : "x";
}

static cairo_status_t collect(void *user, const unsigned char *data, unsigned int n)
{
    NbBuf *out = user;
    nb_viz_buf_add(out, data, n);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

/* The view's scene, in job->scene; the painter that measured it, or NULL with *err set. */
static NbPainter *build(NbJob *job, NbErr *err)
{
    NbPainter *painter = nb_viz_painter(job->viz, err);
    if (!painter) {
        return NULL;
    }
    NbMeasure measure = nb_viz_painter_measure(painter);
    nb_viz_painter_lost(painter); /* what a window lost before is none of this */
    if (job->view->scene(job, &measure, err) != NB_OK) {
        return NULL;
    }
    if (job->scene.failed || nb_viz_painter_lost(painter)) {
        nb_fail(err, NB_EMEM, "out of memory drawing");
        return NULL;
    }
    return painter;
}

static NbStatus drawing_failed(const NbJob *job, const NbDraw *d, cairo_status_t bad, NbErr *err)
{
    return job->out.failed || bad == CAIRO_STATUS_NO_MEMORY
               ? nb_fail(err, NB_EMEM, "out of memory drawing a picture")
               : nb_fail(err, NB_EIO, "cannot draw: %s", d->cairo.status_to_string(bad));
}

/* Paints the scene enlarged by scale with the margin around it. */
static NbStatus paint_on(NbJob *job, NbPainter *painter, cairo_surface_t *surface, double scale,
                         NbErr *err)
{
    const NbDraw *d = nb_viz_painter_draw(painter);
    cairo_t *cr = d->cairo.create(surface);
    double margin = job->view->margin * scale;
    double bold_lines = job->viz->style.present ? 1.5 : 1;
    nb_viz_paint_ground(painter, cr, job->theme);
    nb_viz_paint(painter, cr, &job->scene, job->theme, margin, margin, scale, bold_lines);
    cairo_status_t bad = d->cairo.status(cr);
    d->cairo.destroy(cr);
    d->cairo.surface_flush(surface);
    if (bad != CAIRO_STATUS_SUCCESS) {
        return drawing_failed(job, d, bad, err);
    }
    return nb_viz_painter_lost(painter) ? nb_fail(err, NB_EMEM, "out of memory drawing a picture")
                                        : NB_OK;
}

static double whole_width(const NbJob *job)
{
    return job->scene.w + 2 * job->view->margin;
}

static double whole_height(const NbJob *job)
{
    return job->scene.h + 2 * job->view->margin;
}

static NbStatus write_png(NbJob *job, NbErr *err)
{
    NbPainter *painter = build(job, err);
    if (!painter) {
        return err->code;
    }
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
            status = drawing_failed(job, d, bad, err);
        }
    }
    d->cairo.surface_destroy(surface);
    job->w = pw;
    job->h = ph;
    snprintf(job->size, sizeof job->size, "%d %s %d px", pw, nb_viz_times_sign(job), ph);
    return status;
}

/* Paints on a surface of lines and letters, and finishes it. */
static NbStatus finish(NbJob *job, NbPainter *painter, cairo_surface_t *surface, double scale,
                       NbErr *err)
{
    const NbDraw *d = nb_viz_painter_draw(painter);
    NbStatus status = paint_on(job, painter, surface, scale, err);
    d->cairo.surface_finish(surface);
    cairo_status_t bad = d->cairo.surface_status(surface);
    if (!status && bad != CAIRO_STATUS_SUCCESS) {
        status = drawing_failed(job, d, bad, err);
    }
    d->cairo.surface_destroy(surface);
    return status;
}

static NbStatus write_svg(NbJob *job, NbErr *err)
{
    NbPainter *painter = build(job, err);
    if (!painter) {
        return err->code;
    }
    const NbDraw *d = nb_viz_painter_draw(painter);
    double scale = job->what->width > 0 ? job->what->width / whole_width(job) : 1;
    double w = job->w = whole_width(job) * scale, h = job->h = whole_height(job) * scale;
    cairo_surface_t *surface = d->cairo.svg_surface_create_for_stream(collect, &job->out, w, h);
    d->cairo.svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    snprintf(job->size, sizeof job->size, "%.0f %s %.0f px", w, nb_viz_times_sign(job), h);
    return finish(job, painter, surface, scale, err);
}

static NbStatus write_pdf(NbJob *job, NbErr *err)
{
    NbPainter *painter = build(job, err);
    if (!painter) {
        return err->code;
    }
    const NbDraw *d = nb_viz_painter_draw(painter);
    double mm = job->view->pdf_mm;
    double usual = mm > 0 ? mm * PT_PER_MM / whole_width(job) : PT_PER_PX;
    double scale = job->what->width > 0 ? job->what->width / whole_width(job) : usual;
    double w = job->w = whole_width(job) * scale, h = job->h = whole_height(job) * scale;
    cairo_surface_t *surface = d->cairo.pdf_surface_create_for_stream(collect, &job->out, w, h);
    if (job->what->title) {
        d->cairo.pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, job->what->title);
    }
    snprintf(job->size, sizeof job->size, "%.0f %s %.0f mm", w / PT_PER_MM, nb_viz_times_sign(job),
             h / PT_PER_MM);
    return finish(job, painter, surface, scale, err);
}

const NbFormat nb_viz_formats_picture[] = {
    {"png", "image/png", "a picture in pixels, enlarged twice or to width= px", NB_FROM_SCENE,
     NB_TAKES_WIDTH | NB_TAKES_THEME | NB_TAKES_HIDE, write_png},
    {"svg", "image/svg+xml", "a picture of lines and letters for web pages, width= in px",
     NB_FROM_SCENE, NB_TAKES_WIDTH | NB_TAKES_THEME | NB_TAKES_HIDE, write_svg},
    {"pdf", "application/pdf", "a picture of lines and letters for print, width= in pt",
     NB_FROM_SCENE, NB_TAKES_WIDTH | NB_TAKES_THEME | NB_TAKES_HIDE, write_pdf},
    {0},
};

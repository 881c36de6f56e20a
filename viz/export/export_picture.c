/* export_picture.c -- scenes as PNG, SVG and PDF */
#include <math.h>

#include "export.h"

#define PNG_SCALE 2.0
#define PNG_USUAL 4000.0 /* px on a side, */
#define PNG_MOST 16000.0 /* and of a width= that was asked for */
#define PNG_AREA 120000000.0
#define PT_PER_PX 0.75
#define PT_PER_MM (72 / 25.4)

const char *nb_viz_times_sign(const NbJob *job)
{
    return job->viz->style.text.unicode ? "×" : "x";
}

NbPainter *nb_viz_export_build(NbJob *job, NbErr *err)
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

/* Paints the scene enlarged by scale with the margin around it, and ends the file. */
static NbStatus finish(NbJob *job, NbPainter *painter, NbCanvas *c, NbDrawForm form, double scale,
                       NbErr *err)
{
    double margin = job->view->margin * scale;
    double bold_lines = job->viz->style.present ? 1.5 : 1;
    nb_viz_paint_ground(painter, c, job->theme);
    nb_viz_paint(painter, c, &job->scene, job->theme, margin, margin, scale, bold_lines);
    bool lost = nb_viz_painter_lost(painter);
    NbStatus status = nb_draw_finish(nb_viz_painter_draw(painter), &c, form, &job->out, !lost, err);
    return !status && lost ? nb_fail(err, NB_EMEM, "out of memory drawing a picture") : status;
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
    job->natural = PNG_SCALE;
    NbPainter *painter = nb_viz_export_build(job, err);
    if (!painter) {
        return err->code;
    }
    const NbDraw *d = nb_viz_painter_draw(painter);
    double w = whole_width(job), h = whole_height(job);
    double scale = job->what->width > 0 ? job->what->width / w : PNG_SCALE;
    double side = w > h ? w : h;
    double most = job->what->width > 0 ? PNG_MOST : PNG_USUAL;
    bool reduced = side * scale > most * 1.0001;
    scale = reduced ? most / side : scale;
    scale = w * h * scale * scale > PNG_AREA ? sqrt(PNG_AREA / (w * h)) : scale;
    int pw = (int)lround(w * scale), ph = (int)ceil(h * scale - 0.001);
    job->w = pw;
    job->h = ph;
    snprintf(job->size, sizeof job->size, "%d %s %d px%s", pw, nb_viz_times_sign(job), ph,
             reduced && job->what->width <= 0 ? "; more: width=" : "");
    NbCanvas *c = nb_draw_file(d, NB_DRAW_PNG, pw > 0 ? pw : 1, ph > 0 ? ph : 1, NULL, &job->out);
    return finish(job, painter, c, NB_DRAW_PNG, scale, err);
}

static NbStatus write_svg(NbJob *job, NbErr *err)
{
    NbPainter *painter = nb_viz_export_build(job, err);
    if (!painter) {
        return err->code;
    }
    const NbDraw *d = nb_viz_painter_draw(painter);
    double scale = job->what->width > 0 ? job->what->width / whole_width(job) : 1;
    double w = job->w = whole_width(job) * scale, h = job->h = whole_height(job) * scale;
    NbCanvas *c = nb_draw_file(d, NB_DRAW_SVG, w, h, NULL, &job->out);
    snprintf(job->size, sizeof job->size, "%.0f %s %.0f px", w, nb_viz_times_sign(job), h);
    return finish(job, painter, c, NB_DRAW_SVG, scale, err);
}

static NbStatus write_pdf(NbJob *job, NbErr *err)
{
    job->natural = PT_PER_PX;
    job->paper = true;
    NbPainter *painter = nb_viz_export_build(job, err);
    if (!painter) {
        return err->code;
    }
    const NbDraw *d = nb_viz_painter_draw(painter);
    double mm = job->view->pdf_mm;
    double usual = mm > 0 ? mm * PT_PER_MM / whole_width(job) : PT_PER_PX;
    double scale = job->what->width > 0 ? job->what->width / whole_width(job) : usual;
    double w = job->w = whole_width(job) * scale, h = job->h = whole_height(job) * scale;
    NbCanvas *c = nb_draw_file(d, NB_DRAW_PDF, w, h, job->what->title, &job->out);
    snprintf(job->size, sizeof job->size, "%.0f %s %.0f mm", w / PT_PER_MM, nb_viz_times_sign(job),
             h / PT_PER_MM);
    return finish(job, painter, c, NB_DRAW_PDF, scale, err);
}

const NbFormat nb_viz_formats_picture[] = {
    {"png", "image/png", "a picture in pixels, enlarged twice or to width= px", NB_FROM_SCENE,
     NB_TAKES_WIDTH | NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_BLANK | NB_TAKES_LOCAL |
         NB_TAKES_DIRECTION,
     write_png},
    {"svg", "image/svg+xml", "a picture of lines and letters for web pages, width= in px",
     NB_FROM_SCENE,
     NB_TAKES_WIDTH | NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_BLANK | NB_TAKES_LOCAL |
         NB_TAKES_DIRECTION,
     write_svg},
    {"pdf", "application/pdf", "a picture of lines and letters for print, width= in pt",
     NB_FROM_SCENE,
     NB_TAKES_WIDTH | NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_BLANK | NB_TAKES_LOCAL |
         NB_TAKES_DIRECTION,
     write_pdf},
    {0},
};

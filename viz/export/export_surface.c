/* export_surface.c -- surfaces and class regions as files show them */
#include <string.h>

#include "export.h"
#include "viz/surface/surface.h"

#define SURFACE_W 800.0
#define SURFACE_H 600.0

static NbStatus ready(const NbExport *what, NbErr *err)
{
    if (!what->surface) {
        nb_fail(err, NB_EVALUE, "no surface to write");
        nb_hint(err, "surface f first, or export \"s.png\", f, view=surface");
        return NB_EVALUE;
    }
    return NB_OK;
}

/* A window's picture is written as it stands; otherwise all of it is sampled, finely. */
static NbStatus scene(NbJob *job, const NbMeasure *measure, NbErr *err)
{
    NbSurfaceData *d = job->what->surface;
    int stage = d->what.boundary ? NB_STAGE_WINDOW : NB_STAGE_FILE;
    NbStatus status = d->sampler.now.v ? NB_OK : nb_viz_surface_complete(d, stage, err);
    if (status) {
        return status;
    }
    NbSurfaceFrame frame = {0};
    NbSurfaceLook look = {measure, job->theme, nb_viz_picture_digits(&job->viz->style)};
    const NbSurfaceView view = d->view;
    d->view.pointer = false;
    d->view.partly = job->what->partly;
    d->view.until = job->what->until;
    nb_viz_scene_surface(&job->scene, d, &look, SURFACE_W, SURFACE_H, &frame);
    nb_viz_scene_surface_over(&job->scene, d, &look, &frame);
    nb_viz_scene_surface_marks(&job->scene, d, &look, &frame);
    d->view = view;
    return NB_OK;
}

static NbStatus text(NbJob *job, FILE *out, NbErr *err)
{
    NbVizStyle style = job->viz->style;
    style.colour = false;
    snprintf(job->size, sizeof job->size, "as text");
    return nb_viz_surface_write(&style, job->what->surface, out, err);
}

/* The size says it all: "wrote valley.pdf (160 × 120 mm)". */
static void count(const NbJob *job, char *said, size_t cap)
{
    (void)job;
    snprintf(said, cap, "%s", "");
}

const NbViewForm nb_viz_export_surface = {
    .name = "surface",
    .noun = "a surface",
    .pdf_mm = 160,
    .ready = ready,
    .scene = scene,
    .text = text,
    .count = count,
};

const NbViewForm nb_viz_export_boundary = {
    .name = "boundary",
    .noun = "a boundary",
    .pdf_mm = 160,
    .ready = ready,
    .scene = scene,
    .text = text,
    .count = count,
};

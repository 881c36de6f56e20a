/* export_graph.c -- graphs as files show them: the placed picture, the tree */
#include <math.h>
#include <stdlib.h>

#include "export.h"
#include "viz/diagram/steps.h"
#include "viz/diagram/place.h"
#include "viz/diagram/wrap.h"
#include "viz/diagram/scene_graph.h"

static NbStatus ready(const NbExport *what, NbErr *err)
{
    if (!what->root) {
        nb_fail(err, NB_EVALUE, "no graph to write");
        nb_hint(err, "name it, as in export \"g.png\", f");
        return NB_EVALUE;
    }
    return NB_OK;
}

/* px at scale 1: what is readable on a slide or in a browser, and between the margins of paper */
static const NbPage screen = {.w = 960, .h = 600}, sheet = {.w = 640, .h = 900};

NbPage nb_viz_export_page(const NbJob *job)
{
    NbPage page = job->paper ? sheet : screen;
    if (job->what->width > 0) {
        double natural = job->natural > 0 ? job->natural : 1;
        page.w = job->what->width / natural - 2 * job->view->margin;
        page.w = page.w < 1 ? 1 : page.w;
        page.h = 0;
    }
    if (job->what->within[0] > 0 && job->what->width == 0) {
        page.w = job->what->within[0] / job->natural;
        page.h = job->what->within[1] / job->natural;
    }
    page.direction = job->what->direction;
    return page;
}

static NbStatus lay_out(NbJob *job, const NbPoint *size, NbGeometry **g, NbErr *err)
{
    NbViz *viz = job->viz;
    if (!viz->layouter) {
        viz->layouter = nb_viz_layouter_new();
    }
    if (!viz->layouter) {
        return nb_fail(err, NB_EMEM, "out of memory drawing a graph");
    }
    NbPage page = nb_viz_export_page(job);
    bool upright = nb_viz_graph_upright(job->model, &page);
    NbStatus status = nb_viz_layout_model(viz->layouter, job->model, size, upright, err);
    status = status ? status : nb_viz_layout_wait(viz->layouter, job->what->interrupt, g, err);
    return status ? status : nb_viz_wrap(*g, job->model, size, upright, &page, err);
}

NbStatus nb_viz_place(NbJob *job, const NbMeasure *measure, NbPoint **size, NbGeometry **g,
                      NbErr *err)
{
    NbModel *m = job->model;
    *g = NULL;
    *size = calloc(m->nnodes + 1, sizeof **size);
    if (!*size) {
        return nb_fail(err, NB_EMEM, "out of memory drawing a graph");
    }
    const int digits = nb_viz_picture_digits(&job->viz->style);
    const bool stepwise = job->what->step > 0;
    NbStatus status = stepwise ? nb_viz_steps_fill(m, job->what->root, digits, err) : NB_OK;
    if (status) {
        return status;
    }
    nb_viz_graph_sizes(m, measure, *size);
    status = lay_out(job, *size, g, err);
    return status || !stepwise ? status
                               : nb_viz_steps_hide(m, job->what->root, digits,
                                                   (size_t)job->what->step - 1, false, err);
}

static NbStatus scene(NbJob *job, const NbMeasure *measure, NbErr *err)
{
    NbModel *m = job->model;
    if (m->summary) {
        nb_viz_scene_summary(&job->scene, m, measure, job->what->title);
        return NB_OK;
    }
    NbPoint *size = NULL;
    NbGeometry *g = NULL;
    NbStatus status = nb_viz_place(job, measure, &size, &g, err);
    if (!status) {
        NbScene *s = &job->scene;
        int digits = nb_viz_picture_digits(&job->viz->style);
        nb_viz_scene_graph(s, m, g, measure, size);
        s->h += nb_viz_scene_legend(s, m, measure, digits, 0, s->h + 22, INFINITY) > 0 ? 50 : 0;
    }
    nb_viz_geometry_free(&g);
    free(size);
    return status;
}

static NbStatus text(NbJob *job, FILE *out, NbErr *err)
{
    NbVizStyle style = job->viz->style;
    style.colour = false;
    return nb_viz_tree_write(&style, job->what->root, job->what->hide_grad, out, err);
}

static void count(const NbJob *job, char *said, size_t cap)
{
    size_t n = job->model->summary ? job->model->variables : job->model->nnodes;
    n = job->count ? job->count : n;
    snprintf(said, cap, "%s%zu node%s",
             job->model->summary && job->scene.w > 0 ? "a summary of " : "", n, n == 1 ? "" : "s");
}

const NbViewForm nb_viz_export_graph = {
    .name = "graph",
    .noun = "a graph",
    .graph = true,
    .margin = 28,
    .ready = ready,
    .scene = scene,
    .text = text,
    .count = count,
};

int nb_viz_steps(NbViz *viz, NbVar *root, int *forward, NbErr *err)
{
    NbModel *m = nb_viz_model_new(root, &viz->style, false, err);
    int n = -1;
    if (m && m->summary) {
        nb_fail(err, NB_EVALUE, "the graph has %zu variables, at most %d are drawn", m->variables,
                NB_MODEL_MAX);
    } else if (m) {
        n = nb_viz_steps_count(m, root, forward, err);
    }
    nb_viz_model_free(&m);
    return n;
}

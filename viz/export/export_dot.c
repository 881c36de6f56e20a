/* export_dot.c -- graphs as DOT text in files */
#include "viz/diagram/dot.h"
#include "export.h"

static NbStatus write_dot(NbJob *job, NbErr *err)
{
    snprintf(job->size, sizeof job->size, "%zu edges", job->model->nedges);
    return nb_viz_dot(job->model, job->what->title, job->theme, &job->out, err);
}

const NbFormat nb_viz_formats_dot[] = {
    {"dot", "text/vnd.graphviz", "Graphviz text with operation, value and gradient as attributes",
     NB_FROM_GRAPH, NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_BLANK | NB_ANY_SIZE, write_dot},
    {"gv", "text/vnd.graphviz", "the same as dot", NB_FROM_GRAPH,
     NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_BLANK | NB_ANY_SIZE, write_dot},
    {0},
};

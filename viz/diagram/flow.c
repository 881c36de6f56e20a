/* flow.c -- a graph with all its operations and the contributions of one backward sweep */
#include "flow.h"

#include <stdlib.h>

size_t nb_viz_flow_number(const NbFlow *f, uint64_t serial)
{
    size_t lo = 0, hi = f->nvars;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (f->serial[mid] < serial) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < f->nvars && f->serial[lo] == serial ? lo + 1 : 0;
}

size_t nb_viz_flow_edge(const NbFlow *f, const NbContribution *e)
{
    size_t number = nb_viz_flow_number(f, nb_var_serial(e->node));
    size_t place = number ? f->place[number - 1] : 0;
    return f->input_edge[place > 0 ? place - 1 : 0] +
           (size_t)e->input; /* its operation is before */
}

/* Variables stand in the model by serial, each operation right before its result. */
static bool number_variables(NbFlow *f)
{
    NbModel *m = f->m;
    f->serial = calloc(m->nnodes + 1, sizeof *f->serial);
    f->place = calloc(m->nnodes + 1, sizeof *f->place);
    f->input_edge = calloc(m->nnodes + 1, sizeof *f->input_edge);
    if (!f->serial || !f->place || !f->input_edge) {
        return false;
    }
    for (size_t i = 0; i < m->nnodes; i++) {
        if (m->node[i].kind != NB_NODE_OP && m->node[i].kind != NB_NODE_NUMBER) {
            f->serial[f->nvars] = m->node[i].serial;
            f->place[f->nvars++] = i;
        }
    }
    for (size_t i = m->nedges; i-- > 0;) {
        f->input_edge[m->edge[i].to] = i; /* the first one stays */
    }
    return true;
}

/* The sweep, unless there is none to show. */
static NbStatus sweep(NbFlow *f, NbVar *root, NbErr *err)
{
    NbErr *mine = nb_ctx_err(nb_var_ctx(root));
    f->c = nb_contributions(root, NULL);
    if (f->c) {
        return NB_OK;
    }
    NbStatus status = mine->code;
    switch (status) {
    case NB_ESTALE: f->why = "stale"; break;
    case NB_ESHAPE: f->why = "not a scalar"; break;
    case NB_EVALUE: f->why = "untracked"; break;
    default: nb_fail(err, status, "%s", mine->msg); break;
    }
    nb_err_clear(mine);
    return f->why ? NB_OK : status;
}

NbFlow *nb_viz_flow_new(NbVar *root, const NbVizStyle *style, bool hide_grad, NbErr *err)
{
    NbVizStyle whole = *style;
    whole.whole = whole.show_constants = true;
    whole.heat = false; /* lists of numbers have none */
    NbFlow *f = calloc(1, sizeof *f);
    if (!f) {
        nb_fail(err, NB_EMEM, "out of memory writing a graph");
        return NULL;
    }
    static const NbPart listed = {.listed = true};
    f->m = nb_viz_model_part(root, &whole, hide_grad, &listed, err);
    bool ok = f->m != NULL;
    if (ok && !number_variables(f)) {
        nb_fail(err, NB_EMEM, "out of memory writing a graph");
        ok = false;
    }
    f->why = hide_grad ? "hidden" : NULL;
    if (!ok || (!hide_grad && sweep(f, root, err) != NB_OK)) {
        nb_viz_flow_free(&f);
    }
    return f;
}

#define COLUMN_GAP 50.0
#define ROW_GAP 20.0

/* Column of each node: one right of its rightmost input. Inputs come before users but for folded
 * numbers, which stand beside their operation's other inputs. Returns the number of columns. */
static size_t choose_columns(const NbModel *m, size_t *column)
{
    size_t most = 0;
    for (size_t i = 0; i < m->nedges; i++) { /* edges are in the order of their ends */
        NbEdge e = m->edge[i];
        if (m->node[e.to].kind == NB_NODE_OP && column[e.to] <= column[e.from]) {
            column[e.to] = column[e.from] + 1;
        }
        if (i + 1 == m->nedges || m->node[m->edge[i + 1].from].kind == NB_NODE_OP) {
            size_t op = m->node[e.to].kind == NB_NODE_OP ? e.to
                                                         : e.from; /* its operands are seen */
            size_t result = op + 1;
            column[result] = column[op] + 1;
            most = column[result] > most ? column[result] : most;
        }
    }
    for (size_t i = 0; i < m->nedges; i++) {
        NbEdge e = m->edge[i];
        if (m->node[e.from].kind == NB_NODE_NUMBER && column[e.to] > 0) {
            column[e.from] = column[e.to] - 1;
        }
    }
    return most + 1;
}

NbStatus nb_viz_flow_layers(const NbFlow *f, const NbPoint *size, NbGeometry **out, NbErr *err)
{
    const NbModel *m = f->m;
    NbGeometry *g = calloc(1, sizeof *g);
    size_t *column = calloc(m->nnodes + 2, sizeof *column);
    NbPoint *extent = calloc(m->nnodes + 2, sizeof *extent); /* of columns: width, height so far */
    double *left = calloc(m->nnodes + 3, sizeof *left);
    bool ok = g && column && extent && left && (g->at = calloc(m->nnodes + 1, sizeof *g->at));
    if (ok) {
        size_t columns = choose_columns(m, column);
        for (size_t i = 0; i < m->nnodes; i++) {
            NbPoint *c = &extent[column[i]];
            c->x = size[i].x > c->x ? size[i].x : c->x;
            c->y += size[i].y + (c->y > 0 ? ROW_GAP : 0);
            g->h = c->y > g->h ? c->y : g->h;
        }
        for (size_t k = 0; k < columns; k++) {
            left[k + 1] = left[k] + extent[k].x + COLUMN_GAP;
            extent[k].y = (g->h - extent[k].y) / 2; /* from now on: where the next one begins */
        }
        for (size_t i = 0; i < m->nnodes; i++) {
            NbPoint *c = &extent[column[i]];
            g->at[i] = (NbPoint){left[column[i]] + c->x / 2, c->y + size[i].y / 2};
            c->y += size[i].y + ROW_GAP;
        }
        g->w = left[columns] - COLUMN_GAP;
        g->nnodes = m->nnodes;
        *out = g;
    } else {
        nb_viz_geometry_free(&g);
    }
    free(column);
    free(extent);
    free(left);
    return ok ? NB_OK : nb_fail(err, NB_EMEM, "out of memory placing a graph");
}

void nb_viz_flow_free(NbFlow **f)
{
    if (*f) {
        nb_contributions_free(&(*f)->c);
        nb_viz_model_free(&(*f)->m);
        free((*f)->serial);
        free((*f)->place);
        free((*f)->input_edge);
        free(*f);
        *f = NULL;
    }
}

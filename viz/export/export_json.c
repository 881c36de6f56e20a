/* export_json.c -- graphs as JSON: nodes, edges, values, gradients, positions, one sweep */

/* clang-format off */
/* The document (doc/exports.md):
 *   format, version   "nabla graph", 1
 *   title, root       what was exported, the id of its node
 *   stale             true when a value behind the root changed since it was computed
 *   width, height     of the picture the positions are for, px
 *   nodes             in the order of creation, inputs before users; an operation before its result
 *   edges             operand → operation (with input, its place among the operands), and
 *                     operation → result (without)
 *   backward          places in edges of the contributions of one sweep from the root with seed 1,
 *                     in the order in which they are added; null when there is none, then
 *   backward_missing  why: "stale", "untracked", "not a scalar", "hidden"
 *
 * A node:
 *   id, kind          "n3" "var" or "const", "o3" "op" (its result is n3), "k3_2" "const" (a number)
 *   role              of variables "leaf" or "inner"
 *   name              as the program shows it; absent for op and numbers
 *   op, sign, text, latex
 *                     of operations: the registry's name, what stands in the ellipse, the operation
 *                     on its operands by name, and in LaTeX
 *   shape, value      [] and a number, or sizes and nested lists (null when it is large)
 *   norm              of tensors, Euclidean
 *   grad, sweeps      the gradient the session holds and by how many sweeps; null before backward
 *   stale             present when true
 *   grad_stale        present when true: a value that grad depends on changed since backward
 *   x, y, w, h        centre and size, px, y downwards
 *
 * An edge of the sweep also has
 *   local, local_text ∂result/∂operand as number (of scalars) and in symbols
 *   upstream, product, after
 *                     ∂root/∂result, what is added, and the operand's sum with it
 *
 * Numbers have all digits; NaN and infinity are the strings "NaN", "Infinity", "-Infinity". */
/* clang-format on */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "export.h"
#include "export_data.h"
#include "json.h"
#include "text/operation.h"
#include "viz/diagram/scene_graph.h"

#define LABEL 512

typedef struct Writer {
    Text *out;
    const NbFlow *f;
    const NbDataForm *form;
    NbTextStyle text;
    const NbContribution **by_edge; /* what runs along each edge, or NULL */
} Writer;

static void key(Text *out, const char *name)
{
    text_printf(out, ", \"%s\": ", name);
}

static void put_text(Text *out, const char *name, const char *text)
{
    key(out, name);
    nb_viz_json_string(out, text);
}

static void put_id(const Writer *w, size_t place)
{
    char id[32];
    nb_viz_json_string(w->out, nb_viz_node_id(&w->f->m->node[place], id, sizeof id));
}

/* --- nodes --- */

static void put_operation(const Writer *w, const NbNode *n)
{
    char buf[LABEL * 2];
    const NbOp *op = nb_var_op(n->var);
    NbTextStyle text = w->text;
    text.longest = 0;
    put_text(w->out, "op", op->name);
    put_text(w->out, "sign", n->op);
    put_text(w->out, "text", nb_viz_text_op(text, n->var, buf, sizeof buf));
    NbOperands o;
    if (w->form->latex && nb_text_operands(w->text, n->var, &o)) {
        char math[NB_TEXT_OPERANDS][LABEL];
        for (int i = 0; i < o.n; i++) {
            nb_latex_name(o.text[i], math[i], LABEL);
            o.name[i] = math[i];
        }
        nb_op_latex(op, o.name, o.n, nb_var_attrs(n->var), buf, sizeof buf);
        put_text(w->out, "latex", buf);
    }
}

static void put_value(const Writer *w, const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *t = nb_var_data(v, &tmp);
    key(w->out, "shape");
    nb_viz_json_shape(w->out, &t->shape);
    if (t->shape.rank > 0) {
        key(w->out, "norm");
        nb_viz_json_number(w->out, nb_text_norm(t));
    }
    key(w->out, "value");
    nb_viz_json_tensor(w->out, t, w->form->most);
}

static void put_grad(const Writer *w, const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    key(w->out, "grad");
    if (!g) {
        text_add(w->out, "null");
        return;
    }
    nb_viz_json_tensor(w->out, g, w->form->most);
    if (g->shape.rank > 0) {
        key(w->out, "grad_norm");
        nb_viz_json_number(w->out, nb_text_norm(g));
    }
    if (nb_var_op(v) == NULL) {
        text_printf(w->out, ", \"sweeps\": %" PRIu32, nb_var_grad_sweeps(v));
    }
}

static void put_variable(const Writer *w, const NbNode *n)
{
    char label[LABEL];
    if (n->kind != NB_NODE_CONST) {
        put_text(w->out, "role", n->kind == NB_NODE_LEAF ? "leaf" : "inner");
    }
    put_text(w->out, "name", nb_text_label(w->text, n->var, label, sizeof label));
    put_value(w, n->var);
    if (nb_var_tracked(n->var) && !w->f->m->hide_grad) {
        put_grad(w, n->var);
    }
    if (n->stale) {
        text_add(w->out, ", \"stale\": true");
    }
    if (n->aged && !w->f->m->hide_grad) {
        text_add(w->out, ", \"grad_stale\": true");
    }
}

static void put_place(const Writer *w, size_t i)
{
    const NbDataForm *form = w->form;
    if (form->at) {
        text_printf(w->out, ", \"x\": %.1f, \"y\": %.1f, \"w\": %.1f, \"h\": %.1f", form->at[i].x,
                    form->at[i].y, form->size[i].x, form->size[i].y);
    }
}

/* The number of a folded operand: that of the operation's edge it is the start of. */
static double folded(const NbFlow *f, size_t place)
{
    for (size_t e = 0; e < f->m->nedges; e++) {
        if (f->m->edge[e].from == place) {
            size_t op = f->m->edge[e].to;
            return nb_var_input(f->m->node[op].var, (int)(e - f->input_edge[op])).num;
        }
    }
    return NAN;
}

static void put_node(const Writer *w, size_t i)
{
    static const char *const kind[] = {
        [NB_NODE_LEAF] = "var", [NB_NODE_CONST] = "const",  [NB_NODE_INNER] = "var",
        [NB_NODE_OP] = "op",    [NB_NODE_NUMBER] = "const",
    };
    const NbNode *n = &w->f->m->node[i];
    text_add(w->out, "{\"id\": ");
    put_id(w, i);
    put_text(w->out, "kind", kind[n->kind]);
    if (n->kind == NB_NODE_OP) {
        put_operation(w, n);
    } else if (n->kind == NB_NODE_NUMBER) {
        text_add(w->out, ", \"shape\": [], \"value\": ");
        nb_viz_json_number(w->out, folded(w->f, i));
    } else {
        put_variable(w, n);
    }
    put_place(w, i);
    text_add(w->out, "}");
}

/* --- edges --- */

/* ∂result/∂operand in symbols: "2·x". */
static void put_local_text(const Writer *w, const NbContribution *c)
{
    char buf[LABEL * 2];
    Text t = text_over(buf, sizeof buf);
    nb_text_local(w->text, &t, c->node, c->input, NULL);
    if (buf[0]) {
        put_text(w->out, "local_text", buf);
    }
}

static void put_contribution(const Writer *w, const NbContribution *c)
{
    if (c->scalars) {
        key(w->out, "local");
        nb_viz_json_number(w->out, c->local);
    }
    put_local_text(w, c);
    key(w->out, "upstream");
    nb_viz_json_amount(w->out, &c->upstream, w->form->most);
    key(w->out, "product");
    nb_viz_json_amount(w->out, &c->product, w->form->most);
    key(w->out, "after");
    nb_viz_json_amount(w->out, &c->after, w->form->most);
}

static void put_edge(const Writer *w, size_t e)
{
    const NbModel *m = w->f->m;
    NbEdge edge = m->edge[e];
    text_add(w->out, "{\"from\": ");
    put_id(w, edge.from);
    key(w->out, "to");
    put_id(w, edge.to);
    if (m->node[edge.to].kind == NB_NODE_OP) {
        text_printf(w->out, ", \"input\": %zu", e - w->f->input_edge[edge.to]);
    }
    if (w->by_edge[e]) {
        put_contribution(w, w->by_edge[e]);
    }
    text_add(w->out, "}");
}

/* --- the document --- */

static void put_list(const Writer *w, const char *name, size_t n,
                     void (*put)(const Writer *w, size_t i))
{
    text_printf(w->out, ",\n\"%s\": [", name);
    for (size_t i = 0; i < n; i++) {
        text_add(w->out, i ? ",\n  " : "\n  ");
        put(w, i);
    }
    text_add(w->out, "\n]");
}

static void put_sweep(const Writer *w)
{
    const NbContributions *c = w->f->c;
    text_add(w->out, ",\n\"backward\": ");
    if (!c) {
        text_add(w->out, "null");
        put_text(w->out, "backward_missing", w->f->why);
        return;
    }
    text_add(w->out, "[");
    for (size_t i = 0; i < c->n; i++) {
        text_printf(w->out, "%s%zu", i ? ", " : "", nb_viz_flow_edge(w->f, &c->edge[i]));
    }
    text_add(w->out, "]");
}

NbStatus nb_viz_write_data(Text *out, const NbFlow *f, const NbDataForm *form, NbErr *err)
{
    Writer w = {.out = out, .f = f, .form = form, .text = form->text};
    w.text.longest = LABEL;
    w.by_edge = calloc(f->m->nedges + 1, sizeof(void *));
    if (!w.by_edge) {
        return nb_fail(err, NB_EMEM, "out of memory writing a graph");
    }
    for (size_t i = 0; f->c && i < f->c->n; i++) {
        w.by_edge[nb_viz_flow_edge(f, &f->c->edge[i])] = &f->c->edge[i];
    }
    text_add(out, "{\"format\": \"nabla graph\", \"version\": 1");
    put_text(out, "title", form->title ? form->title : "");
    for (size_t i = 0; i < f->m->nnodes; i++) {
        if (f->m->node[i].root) {
            key(out, "root");
            put_id(&w, i);
        }
    }
    text_printf(out, ", \"stale\": %s", f->m->stale ? "true" : "false");
    if (form->at) {
        text_printf(out, ", \"width\": %.1f, \"height\": %.1f", form->width, form->height);
    }
    put_list(&w, "nodes", f->m->nnodes, put_node);
    put_list(&w, "edges", f->m->nedges, put_edge);
    put_sweep(&w);
    text_add(out, "\n}\n");
    free((void *)w.by_edge);
    return NB_OK;
}

#define PLACED_MOST 600 /* nodes; more are put in columns */

static NbStatus place(NbJob *job, NbFlow *f, NbPoint **size, NbGeometry **g, NbErr *err)
{
    NbMeasure measure = nb_viz_plain_measure();
    if (f->m->nnodes <= PLACED_MOST) {
        NbErr late = {0};
        NbModel *shown = job->model;
        job->model = f->m;
        NbStatus status = nb_viz_place(job, &measure, size, g, &late);
        job->model = shown;
        if (status == NB_OK || status == NB_EMEM || status == NB_EINTERRUPT) {
            return status ? nb_fail(err, status, "%s", late.msg) : NB_OK;
        }
        nb_viz_geometry_free(g);
        free(*size);
    }
    *size = calloc(f->m->nnodes + 1, sizeof **size);
    if (!*size) {
        return nb_fail(err, NB_EMEM, "out of memory placing a graph");
    }
    nb_viz_graph_sizes(f->m, &measure, *size);
    return nb_viz_flow_layers(f, *size, g, err);
}

static NbStatus write_json(NbJob *job, NbErr *err)
{
    const NbViz *viz = job->viz;
    NbPoint *size = NULL;
    NbGeometry *g = NULL;
    NbFlow *f = nb_viz_flow_new(job->what->root, &viz->style, job->what->hide_grad, err);
    NbStatus status = f ? place(job, f, &size, &g, err) : err->code;
    if (!status) {
        NbDataForm form = {.title = job->what->title,
                           .text = viz->style.text,
                           .most = INT64_MAX,
                           .latex = true,
                           .at = g->at,
                           .size = size,
                           .width = g->w,
                           .height = g->h};
        status = nb_viz_write_data(&job->out, f, &form, err);
        job->count = f->m->nnodes;
        snprintf(job->size, sizeof job->size, "%zu edges", f->m->nedges);
    }
    nb_viz_geometry_free(&g);
    free(size);
    nb_viz_flow_free(&f);
    return status;
}

const NbFormat nb_viz_formats_json[] = {
    {"json", "application/json", "nodes, edges, values, gradients, positions and one sweep as data",
     NB_FROM_GRAPH, NB_TAKES_HIDE | NB_ANY_SIZE, write_json},
    {0},
};

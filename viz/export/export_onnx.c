/* export_onnx.c -- a graph in ONNX: operators, inputs and outputs by name, numbers in the file */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/op.h>
#include <nabla/version.h>

#include "export.h"
#include "onnx_form.h"
#include "protobuf.h"
#include "text/style.h"

#define OPSET 13
#define IR_VERSION 7 /* of the onnx.proto that came with opset 13 */

enum { MODEL_IR = 1, MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3, MODEL_GRAPH = 7 };
enum { MODEL_OPSET = 8, OPSET_VERSION = 2 };
enum { GRAPH_NAME = 2, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };

typedef struct Writer {
    OnnxGraph g;
    const NbExport *what;
    NbTextStyle style;
    const NbTape *tape;
    const NbVar *v;       /* the operation being written, */
    char name[ONNX_NAME]; /* and what its result is called */
    NbErr *err;
} Writer;

/* --- names --- */

static void name_of(const Writer *w, const NbVar *v, char *buf)
{
    if (v == w->what->input) {
        snprintf(buf, ONNX_NAME, "%s", w->what->input_name);
        return;
    }
    if (v == w->what->root && w->what->title && isalpha((unsigned char)w->what->title[0])) {
        snprintf(buf, ONNX_NAME, "%.150s", w->what->title);
        return;
    }
    size_t at = nb_vars_find(w->tape->node, w->tape->nnodes, v);
    if (w->what->input && at < w->tape->nnodes) { /* nobody has named what is behind a call */
        snprintf(buf, ONNX_NAME, "v%zu", at + 1);
        return;
    }
    char label[160] = "";
    nb_text_label(w->style, v, label, sizeof label);
    if (isalpha((unsigned char)label[0]) || label[0] == '_' || (label[0] & 0x80)) {
        snprintf(buf, ONNX_NAME, "%s", label);
    } else { /* of numbers without a name */
        at = nb_vars_find(w->tape->other, w->tape->nother, v);
        snprintf(buf, ONNX_NAME, "const_%zu", at + 1);
    }
}

/* --- what forms ask for --- */

/* Parameter of a name: its place in the record, -1: none. */
static int find(const NbOp *op, const char *name)
{
    for (int k = 0; k < op->nparams; k++) {
        if (strcmp(op->params[k].name, name) == 0) {
            return k;
        }
    }
    return -1;
}

/* How many parameters before k are operands, or options that are numbers. */
static int place(const NbOp *op, int k, bool operands)
{
    int n = 0;
    for (int i = 0; i < k; i++) {
        NbParamKind p = op->params[i].kind;
        bool number = p == NB_P_NUM || p == NB_P_INT ||
                      (p == NB_P_BOOL && strcmp(op->params[i].name, "keepdims") != 0);
        n += operands ? p == NB_P_VAR : number;
    }
    return n;
}

static NbArg operand_at(const Writer *w, int k)
{
    return nb_var_input(w->v, place(nb_var_op(w->v), k, true));
}

static int rank_of(NbArg a)
{
    return a.var ? nb_var_shape(a.var)->rank : 0;
}

/* Axes of operand 0 that are summed so that it has the result's shape. */
static int folded(const Writer *w, int64_t *x)
{
    const NbArg a = nb_var_input(w->v, 0);
    const NbShape *to = nb_var_shape(w->v);
    int n = 0, more = rank_of(a) - to->rank;
    for (int i = 0; i < rank_of(a); i++) {
        if (i < more || nb_var_shape(a.var)->dim[i] != to->dim[i - more]) {
            x[n++] = i;
        }
    }
    return n;
}

static int shape_into(const NbShape *s, int64_t *x)
{
    memcpy(x, s->dim, (size_t)s->rank * sizeof *x);
    return s->rank;
}

static int integers(void *user, const char *name, int64_t *x)
{
    const Writer *w = user;
    const NbOp *op = nb_var_op(w->v);
    const NbAttrs *a = nb_var_attrs(w->v);
    int k = find(op, name);
    if (strcmp(name, "out") == 0) {
        return shape_into(nb_var_shape(w->v), x);
    }
    if (strcmp(name, "folded") == 0) {
        return folded(w, x);
    }
    if (k < 0) {
        return -1;
    }
    const NbParam *p = &op->params[k];
    const char *usual = p->fallback ? p->fallback : "none";
    switch (p->kind) {
    case NB_P_AXES:
        if (a && a->naxes >= 0) {
            memcpy(x, a->axes, (size_t)a->naxes * sizeof *x);
            return a->naxes;
        }
        x[0] = strtoll(usual, NULL, 10);
        return strcmp(usual, "none") == 0 ? -1 : 1;
    case NB_P_SHAPE: return a && a->has_shape ? shape_into(&a->shape, x) : -1;
    case NB_P_BOOL:
    case NB_P_INT:
        x[0] = !a                              ? strtoll(usual, NULL, 10)
               : strcmp(name, "keepdims") == 0 ? a->keepdims
                                               : (int64_t)a->num[place(op, k, false)];
        return 1;
    default: return -1;
    }
}

static bool number(void *user, const char *name, double *x)
{
    const Writer *w = user;
    const NbOp *op = nb_var_op(w->v);
    const NbAttrs *a = nb_var_attrs(w->v);
    int k = find(op, name);
    if (k < 0 || (op->params[k].kind != NB_P_NUM && op->params[k].kind != NB_P_INT)) {
        return false;
    }
    *x = a                        ? a->num[place(op, k, false)]
         : op->params[k].fallback ? strtod(op->params[k].fallback, NULL)
                                  : 0;
    return true;
}

static bool given(void *user, const char *name)
{
    const Writer *w = user;
    const NbOp *op = nb_var_op(w->v);
    int k = find(op, name);
    int64_t x[2 * NB_MAX_RANK];
    if (k >= 0 && op->params[k].kind == NB_P_VAR) {
        return place(op, k, true) < nb_var_inputs(w->v);
    }
    if (k >= 0 && (op->params[k].kind == NB_P_NUM || op->params[k].kind == NB_P_VARS)) {
        return true;
    }
    bool flag = k >= 0 && op->params[k].kind == NB_P_BOOL;
    return integers(user, name, x) > 0 && (!flag || x[0] != 0);
}

static void tensor_of(Writer *w, NbArg a, char *buf)
{
    if (a.var) {
        name_of(w, a.var, buf);
    } else {
        onnx_number(&w->g, a.num, buf);
    }
}

static void reshape(Writer *w, const char *x, const int64_t *to, int n, char *buf)
{
    char shape[ONNX_NAME];
    const char *in[2] = {x, shape};
    onnx_integers(&w->g, to, n, false, shape);
    onnx_between(&w->g, w->name, buf);
    onnx_node(&w->g, "Reshape", in, 2, buf, NULL);
}

/* All operands of a list; `stacked`: each with a new axis. */
static bool put_list(Writer *w, bool stacked)
{
    const int n = nb_var_inputs(w->v);
    int64_t axis = 0;
    char(*name)[ONNX_NAME] = calloc((size_t)n, sizeof *name);
    const char **in = calloc((size_t)n, sizeof *in);
    bool ok = name && in;
    Text attrs = {0};
    integers(w, "axis", &axis);
    for (int i = 0; ok && i < n; i++) {
        char plain[ONNX_NAME], axes[ONNX_NAME];
        tensor_of(w, nb_var_input(w->v, i), stacked ? plain : name[i]);
        if (stacked) {
            const char *both[2] = {plain, axes};
            onnx_integers(&w->g, &axis, 1, false, axes);
            onnx_between(&w->g, w->name, name[i]);
            onnx_node(&w->g, "Unsqueeze", both, 2, name[i], NULL);
        }
        in[i] = name[i];
    }
    if (ok) {
        onnx_attr_int(&attrs, "axis", axis);
        onnx_node(&w->g, "Concat", in, n, w->name, &attrs);
    }
    text_free(&attrs);
    free(name);
    free(in);
    return ok || nb_fail(w->err, NB_EMEM, "out of memory for a file") == NB_OK;
}

/* {x:rows} scores as (samples, classes), {x:flat} labels in one axis; {axis:all} all axes where
 * none are named, {axis:-} as many times −1, {axis:<} as many times the least integer; {n:pad} with
 * ones before it, as long as operand 0 has axes. */
static bool operand(void *user, const char *name, const char *want, char *buf)
{
    Writer *w = user;
    const NbOp *op = nb_var_op(w->v);
    const int k = find(op, name);
    int64_t x[2 * NB_MAX_RANK];
    if (k >= 0 && op->params[k].kind == NB_P_VAR) {
        char plain[ONNX_NAME];
        const NbArg a = operand_at(w, k);
        bool rows = strcmp(want, "rows") == 0 && rank_of(a) != 2;
        bool flat = strcmp(want, "flat") == 0 && rank_of(a) != 1;
        tensor_of(w, a, plain);
        if (rows || flat) {
            const int64_t to[2] = {-1, rows ? nb_var_shape(a.var)->dim[rank_of(a) - 1] : 0};
            reshape(w, plain, to, rows ? 2 : 1, buf);
        } else {
            snprintf(buf, ONNX_NAME, "%s", plain);
        }
        return true;
    }
    if (k >= 0 && op->params[k].kind == NB_P_NUM) {
        double v = 0;
        number(user, name, &v);
        onnx_number(&w->g, v, buf);
        return true;
    }
    int n = integers(user, name, x), rank = rank_of(nb_var_input(w->v, 0));
    if (n < 0 && *want) {
        for (n = 0; n < rank; n++) {
            x[n] = n;
        }
    }
    for (int i = 0; i < n && (*want == '-' || *want == '<'); i++) {
        x[i] = *want == '-' ? -1 : INT64_MIN;
    }
    while (n >= 0 && n < rank && strcmp(want, "pad") == 0) {
        memmove(x + 1, x, (size_t)n++ * sizeof *x);
        x[0] = 1;
    }
    if (n >= 0) {
        onnx_integers(&w->g, x, n, false, buf);
    }
    return n >= 0 && !(strcmp(want, "pad") == 0 && n > rank);
}

/* --- operations --- */

/* All slices at once; the result's name in *x. */
static void put_slices(Writer *w, const NbAttrs *a, char *x, bool last)
{
    int64_t from[NB_MAX_RANK], to[NB_MAX_RANK], axis[NB_MAX_RANK], step[NB_MAX_RANK];
    char list[4][ONNX_NAME], out[ONNX_NAME];
    int n = 0;
    for (int i = 0; i < a->nindex; i++) {
        const NbIndex *at = &a->index[i];
        if (at->kind == NB_SLICE && (at->has_start || at->has_stop || at->step != 1)) {
            bool back = at->step < 0;
            from[n] = at->has_start ? at->start : back ? INT64_MAX : 0;
            to[n] = at->has_stop ? at->stop : back ? INT64_MIN : INT64_MAX;
            axis[n] = i;
            step[n++] = at->step;
        }
    }
    if (n == 0) {
        return;
    }
    onnx_integers(&w->g, from, n, false, list[0]);
    onnx_integers(&w->g, to, n, false, list[1]);
    onnx_integers(&w->g, axis, n, false, list[2]);
    onnx_integers(&w->g, step, n, false, list[3]);
    const char *in[5] = {x, list[0], list[1], list[2], list[3]};
    if (last) {
        snprintf(out, sizeof out, "%s", w->name);
    } else {
        onnx_between(&w->g, w->name, out);
    }
    onnx_node(&w->g, "Slice", in, 5, out, NULL);
    snprintf(x, ONNX_NAME, "%s", out);
}

/* Integers take their axis away, from the last to the first; lists stay. */
static NbStatus put_index(Writer *w)
{
    const NbAttrs *a = nb_var_attrs(w->v);
    char x[ONNX_NAME], at[ONNX_NAME], out[ONNX_NAME];
    int gathers = 0, lists = 0;
    tensor_of(w, nb_var_input(w->v, 0), x);
    for (int i = 0; a && i < a->nindex; i++) {
        gathers += a->index[i].kind != NB_SLICE;
        lists += a->index[i].kind == NB_LIST;
    }
    if (lists > 1) {
        return nb_fail(w->err, NB_EVALUE, "an index with several lists has no counterpart in ONNX");
    }
    if (a) {
        put_slices(w, a, x, gathers == 0);
    }
    for (int i = a ? a->nindex - 1 : -1; i >= 0; i--) {
        const NbIndex *k = &a->index[i];
        if (k->kind == NB_SLICE) {
            continue;
        }
        Text attrs = {0};
        const char *in[2] = {x, at};
        bool one = k->kind == NB_AT;
        onnx_integers(&w->g, one ? &k->start : k->list, one ? 1 : (int)k->nlist, one, at);
        onnx_attr_int(&attrs, "axis", i);
        if (--gathers == 0) {
            snprintf(out, sizeof out, "%s", w->name);
        } else {
            onnx_between(&w->g, w->name, out);
        }
        onnx_node(&w->g, "Gather", in, 2, out, &attrs);
        text_free(&attrs);
        snprintf(x, sizeof x, "%s", out);
    }
    if (strcmp(x, w->name) != 0) { /* x[:] */
        const char *in[1] = {x};
        onnx_node(&w->g, "Identity", in, 1, w->name, NULL);
    }
    return NB_OK;
}

/* A mask of dropout in test mode; what it is multiplied with stays as it is. */
static bool passes_on(const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *t = nb_var_data(v, &tmp);
    bool ones = (nb_var_op(v)->flags & NB_OP_REDRAWN) != 0;
    for (int64_t i = 0; ones && i < t->size; i++) {
        ones = nb_tensor_at(t, i) == 1;
    }
    return ones;
}

static NbStatus put_operation(Writer *w)
{
    const NbOp *op = nb_var_op(w->v);
    const OnnxArgs args = {w, given, operand, integers, number};
    name_of(w, w->v, w->name);
    bool good = true;
    if (passes_on(w->v)) {
        return NB_OK;
    }
    if (strcmp(op->name, "index") == 0) {
        put_index(w);
    } else if (strcmp(op->name, "concat") == 0 || strcmp(op->name, "stack") == 0) {
        put_list(w, op->name[0] == 's');
    } else {
        good = op->onnx && onnx_form(&w->g, op->onnx, &args, w->name);
    }
    if (w->g.node.failed || w->g.initializer.failed || w->g.names.failed) {
        return nb_fail(w->err, NB_EMEM, "out of memory for a file");
    }
    if (!good) {
        bool draws = op->flags & NB_OP_RANDOM;
        nb_fail(w->err, NB_EVALUE, "%s has no counterpart in ONNX", draws ? "dropout" : op->name);
        if (draws) {
            nb_hint(w->err, "it draws numbers; computed in testmode { … } it passes everything on");
        }
    }
    return w->err->code;
}

/* --- the whole --- */

static void put_value(Writer *w, NbVar *v)
{
    NbTensor tmp;
    char name[ONNX_NAME];
    name_of(w, v, name);
    onnx_initializer(&w->g, name, nb_var_data(v, &tmp));
}

/* A leaf that belongs to a model, as m.linear[0].w, is a weight; others are inputs of a function.
 * Of a model all leaves are weights. */
static void put_inputs(Writer *w)
{
    const NbTape *t = w->tape;
    const NbVar *input = w->what->input;
    char name[ONNX_NAME];
    if (input) {
        onnx_value(&w->g.input, GRAPH_INPUT, w->what->input_name, w->g.single, nb_var_shape(input),
                   true);
    }
    for (size_t i = 0; i < t->nleaves; i++) {
        name_of(w, t->leaf[i], name);
        if (input || strchr(name, '.')) {
            put_value(w, t->leaf[i]);
        } else {
            onnx_value(&w->g.input, GRAPH_INPUT, name, w->g.single, nb_var_shape(t->leaf[i]),
                       false);
        }
    }
    for (size_t i = 0; i < t->nother; i++) {
        if (t->other[i] != input) {
            put_value(w, t->other[i]);
        }
    }
}

static void put_model(Writer *w, Text *out)
{
    Text graph = {0}, opset = {0};
    char name[ONNX_NAME];
    Text *part[] = {&w->g.node, &w->g.initializer, &w->g.input, &w->g.output};
    name_of(w, w->what->root, name);
    for (int i = 0; i < 4; i++) {
        if (part[i]->failed) {
            text_lose(&graph);
        } else if (part[i]->len > 0) {
            text_addn(&graph, part[i]->s, part[i]->len);
        }
        if (i == 0) {
            proto_text(&graph, GRAPH_NAME, name);
        }
    }
    proto_int(&opset, OPSET_VERSION, OPSET);
    proto_int(out, MODEL_IR, IR_VERSION);
    proto_text(out, MODEL_PRODUCER, "nabla");
    proto_text(out, MODEL_PRODUCER_VERSION, NB_VERSION);
    proto_message(out, MODEL_GRAPH, &graph);
    proto_message(out, MODEL_OPSET, &opset);
}

static NbStatus write_onnx(NbJob *job, NbErr *err)
{
    const NbExport *what = job->what;
    Writer w = {.what = what, .style = job->viz->style.text, .err = err};
    w.style.unicode = true;
    w.g.single = what->precision != 64;
    w.tape = nb_graph_tape(what->root);
    if (!w.tape || w.tape->nnodes == 0 || !nb_var_op(what->root)) {
        return nb_fail(err, NB_EVALUE, "nothing was computed here: ONNX needs an operation");
    }
    NbStatus s = NB_OK;
    for (size_t i = 0; i < w.tape->nnodes && s == NB_OK; i++) {
        w.v = w.tape->node[i];
        s = what->interrupt && *what->interrupt ? nb_fail(err, NB_EINTERRUPT, "interrupted")
                                                : put_operation(&w);
    }
    if (s == NB_OK) {
        char name[ONNX_NAME];
        put_inputs(&w);
        name_of(&w, what->root, name);
        onnx_value(&w.g.output, GRAPH_OUTPUT, name, w.g.single, nb_var_shape(what->root),
                   what->input && nb_var_shape(what->root)->rank > 0 &&
                       nb_var_shape(what->root)->dim[0] == nb_var_shape(what->input)->dim[0]);
        put_model(&w, &job->out);
    }
    job->count = w.tape->nnodes + w.tape->nleaves + w.tape->nother;
    onnx_graph_free(&w.g);
    return s;
}

const NbFormat nb_viz_formats_onnx[] = {
    {"onnx", "application/octet-stream", "the graph for onnxruntime, Netron and others",
     NB_FROM_GRAPH, NB_TAKES_PRECISION | NB_ANY_SIZE, write_onnx},
    {0},
};

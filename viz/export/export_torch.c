/* export_torch.c -- a graph as a function of its leaves in PyTorch */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "export.h"
#include "viz/export/python_names.h"
#include "text/style.h"
#include "text/torch.h"

typedef struct Writer {
    NbJob *job;
    Text *out;
    NbTextStyle style;
    const NbTape *tape;
    NbPyNames *names;
    Text text; /* of the operation being written */
    Text list; /* of its operands */
    char arg[2][4096];
    int turn; /* arguments are asked for one after the other; see keep */
    const NbVar *v;
    bool reduces; /* its operation has keepdims */
    NbErr *err;
} Writer;

/* --- numbers --- */

static const char *number_text(double x, char *buf, size_t cap)
{
    char digits[40];
    const char *s = nb_format_number(x, NB_DIGITS_FULL, digits, sizeof digits);
    bool odd = strpbrk(s, "in") != NULL; /* inf, -inf, nan */
    snprintf(buf, cap, odd ? "float(\"%s\")" : "%s", s);
    return buf;
}

static void put_numbers(Text *out, const NbTensor *t, int axis, int64_t *at)
{
    char buf[64];
    if (axis == t->shape.rank) {
        const char *s = number_text(nb_tensor_at(t, (*at)++), buf, sizeof buf);
        text_add(out, s);
        text_add(out, strpbrk(s, ".ef") ? "" : ".0");
        return;
    }
    text_add(out, "[");
    for (int64_t i = 0; i < t->shape.dim[axis]; i++) {
        text_add(out, i ? ", " : "");
        put_numbers(out, t, axis + 1, at);
    }
    text_add(out, "]");
}

static void put_value(Writer *w, const NbVar *v, bool leaf)
{
    NbTensor tmp;
    const NbTensor *t = nb_var_data(v, &tmp);
    int64_t at = 0;
    text_printf(w->out, "%s = torch.tensor(", nb_py_names_of(w->names, v));
    put_numbers(w->out, t, 0, &at);
    text_add(w->out, leaf ? ", requires_grad=True)\n" : ")\n");
}

/* --- what forms ask for --- */

static const char *bracketed(Writer *w, const char *text, int prec, int need)
{
    char *buf = w->arg[w->turn = 1 - w->turn];
    snprintf(buf, sizeof w->arg[0], prec < need ? "(%s)" : "%s", text);
    return buf;
}

static const char *operand(Writer *w, NbArg a, char want, int need)
{
    char buf[sizeof w->arg[0]], number[64];
    if (!a.var) {
        const char *s = number_text(a.num, number, sizeof number);
        bool tensor = want == 't' || want == 'f' || want == 'm' || want == 'b';
        snprintf(buf, sizeof buf, tensor ? "torch.tensor(%s%s)" : "%s", s,
                 strpbrk(s, ".ef") ? "" : ".0");
        return bracketed(w, tensor ? buf : s, s[0] == '-' && !tensor ? NB_PY_NEG : NB_PY_ATOM,
                         need);
    }
    snprintf(buf, sizeof buf,
             want == 'i'   ? "%s.long()"
             : want == 'b' ? "%s != 0"
             : want == 'z' ? "%s == 0"
                           : "%s",
             nb_py_names_of(w->names, a.var));
    return bracketed(w, buf, want == 'b' || want == 'z' ? NB_PY_COMPARE : NB_PY_ATOM, need);
}

static const char *integers(Writer *w, const int64_t *x, int n, bool tuple)
{
    char buf[400];
    size_t len = (size_t)snprintf(buf, sizeof buf, tuple ? "(" : n == 1 ? "" : "[");
    for (int i = 0; i < n && len < sizeof buf - 40; i++) {
        len += (size_t)snprintf(buf + len, sizeof buf - len, "%s%" PRId64, i ? ", " : "", x[i]);
    }
    snprintf(buf + len, sizeof buf - len, tuple ? n == 1 ? ",)" : ")" : n == 1 ? "" : "]");
    return bracketed(w, buf, NB_PY_ATOM, NB_PY_TUPLE);
}

static const char *all_operands(Writer *w)
{
    char number[64];
    text_cut(&w->list, 0);
    text_add(&w->list, "[");
    for (int i = 0; i < nb_var_inputs(w->v); i++) {
        NbArg a = nb_var_input(w->v, i);
        text_add(&w->list, i ? ", " : "");
        if (a.var) {
            text_add(&w->list, nb_py_names_of(w->names, a.var));
        } else {
            text_printf(&w->list, "torch.tensor(%s)", number_text(a.num, number, sizeof number));
        }
    }
    text_add(&w->list, "]");
    return text_str(&w->list);
}

/* The place of an option among those that take a number, and of an operand among operands. */
static int place(const NbOp *op, int k, bool operands)
{
    int n = 0;
    for (int i = 0; i < k; i++) {
        NbParamKind p = op->params[i].kind;
        bool number = p == NB_P_NUM || p == NB_P_INT ||
                      (p == NB_P_BOOL && strcmp(op->params[i].name, "keepdims"));
        n += operands ? p == NB_P_VAR : number;
    }
    return n;
}

static const char *option(Writer *w, const NbParam *p, int at, bool must)
{
    const NbAttrs *a = nb_var_attrs(w->v);
    char buf[64];
    if (!a) {
        return must ? p->fallback : NULL;
    }
    if (strcmp(p->name, "keepdims") == 0) {
        return a->keepdims ? "True" : NULL;
    }
    if (p->kind == NB_P_AXES) {
        int rank = nb_var_inputs(w->v) && nb_var_input(w->v, 0).var
                       ? nb_var_shape(nb_var_input(w->v, 0).var)->rank
                       : 0;
        static const int64_t every[NB_MAX_RANK] = {0, 1, 2, 3, 4, 5, 6, 7};
        bool reduces = p->fallback && strcmp(p->fallback, "none") == 0 && w->reduces;
        if (reduces && a->keepdims && a->naxes < 0) {
            return integers(w, every, rank, false); /* PyTorch wants them named */
        }
        bool all = a->naxes < 0 || (reduces && !must && a->naxes == rank && !a->keepdims) ||
                   (!must && p->fallback && strcmp(p->fallback, "none") != 0 && a->naxes == 1 &&
                    a->axes[0] == strtoll(p->fallback, NULL, 10));
        return all ? must ? p->fallback : NULL : integers(w, a->axes, a->naxes, false);
    }
    if (p->kind == NB_P_SHAPE) {
        return a->has_shape ? integers(w, a->shape.dim, a->shape.rank, true) : NULL;
    }
    double x = a->num[at], usual = p->fallback ? strtod(p->fallback, NULL) : 0;
    bool same = p->fallback && (x == usual || (x != x && strcmp(p->fallback, "nan") == 0));
    if (p->kind == NB_P_BOOL) {
        return x != 0 ? "True" : NULL;
    }
    return same && !must ? NULL
                         : bracketed(w, number_text(x, buf, sizeof buf), NB_PY_ATOM, NB_PY_TUPLE);
}

static const char *ask(void *user, const char *name, char want, int prec, bool must)
{
    Writer *w = user;
    const NbOp *op = nb_var_op(w->v);
    if (strcmp(name, "double") == 0) {
        return "double";
    }
    int k = 0;
    while (k < op->nparams && strcmp(op->params[k].name, name) != 0) {
        k++;
    }
    if (k == op->nparams) {
        return NULL;
    }
    const NbParam *p = &op->params[k];
    if (p->kind == NB_P_VARS) {
        return all_operands(w);
    }
    if (p->kind == NB_P_VAR) {
        int at = place(op, k, true);
        return at < nb_var_inputs(w->v) ? operand(w, nb_var_input(w->v, at), want, prec) : NULL;
    }
    return option(w, p, place(op, k, false), must);
}

/* --- operations --- */

static void put_slice(Writer *w, const NbIndex *x)
{
    if (x->has_start && x->step > 0) {
        text_printf(&w->text, "%" PRId64, x->start);
    }
    text_add(&w->text, ":");
    if (x->has_stop && x->step > 0) {
        text_printf(&w->text, "%" PRId64, x->stop);
    }
    if (x->step > 1) {
        text_printf(&w->text, ":%" PRId64, x->step);
    } else if (x->step < 0 && (x->has_start || x->has_stop || x->step != -1)) {
        nb_fail(w->err, NB_EVALUE, "PyTorch has no slices with negative steps");
    }
}

/* A list and a number with slices between: NumPy and nabla put the list's axis first, PyTorch only
 * where the number is a list as well. */
static bool apart(const NbAttrs *a)
{
    bool list = false, gap = false, ended = false, begun = false;
    for (int i = 0; i < a->nindex; i++) {
        const bool slice = a->index[i].kind == NB_SLICE;
        list = list || a->index[i].kind == NB_LIST;
        gap = gap || (!slice && ended);
        ended = ended || (slice && begun);
        begun = begun || !slice;
    }
    return list && gap;
}

/* The axis of the result that slice i gives. All lists together give one. */
static int axis_of(const NbAttrs *a, int i)
{
    int slices = 0;
    bool list = false;
    for (int k = 0; k < a->nindex; k++) {
        slices += k < i && a->index[k].kind == NB_SLICE;
        list = list || (a->index[k].kind == NB_LIST && (k < i || apart(a)));
    }
    return slices + list;
}

static void put_index(Writer *w)
{
    const NbAttrs *a = nb_var_attrs(w->v);
    const bool numbers_as_lists = a && apart(a);
    char flips[80] = "";
    text_printf(&w->text, "%s[", operand(w, nb_var_input(w->v, 0), 0, NB_PY_ATOM));
    for (int i = 0; a && i < a->nindex; i++) {
        const NbIndex *x = &a->index[i];
        text_add(&w->text, i ? ", " : "");
        if (x->kind == NB_SLICE) {
            put_slice(w, x);
        } else if (x->kind == NB_AT) {
            text_printf(&w->text, numbers_as_lists ? "[%" PRId64 "]" : "%" PRId64, x->start);
        }
        text_add(&w->text, x->kind == NB_LIST ? "[" : "");
        for (int64_t k = 0; x->kind == NB_LIST && k < x->nlist; k++) {
            text_printf(&w->text, "%s%" PRId64, k ? ", " : "", x->list[k]);
        }
        text_add(&w->text, x->kind == NB_LIST ? "]" : "");
        if (x->kind == NB_SLICE && x->step < 0) {
            snprintf(flips + strlen(flips), sizeof flips - strlen(flips), ".flip(%d)",
                     axis_of(a, i));
        }
    }
    text_printf(&w->text, "]%s", flips);
}

static NbStatus put_operation(Writer *w, bool last)
{
    const NbOp *op = nb_var_op(w->v);
    int prec = NB_PY_ATOM;
    const bool floats = !(op->torch_gives & (NB_TORCH_WHOLE | NB_TORCH_BOOLS));
    text_cut(&w->text, 0);
    w->reduces = false;
    for (int i = 0; i < op->nparams; i++) {
        w->reduces = w->reduces || strcmp(op->params[i].name, "keepdims") == 0;
    }
    if (strcmp(op->name, "index") == 0) {
        put_index(w);
    } else if (!op->torch || !nb_torch_form(op->torch, ask, w, &w->text, &prec)) {
        nb_fail(w->err, NB_EVALUE, "%s has no counterpart in PyTorch", op->name);
    }
    if (w->err->code != NB_OK || w->text.failed || w->list.failed) {
        return w->err->code ? w->err->code : nb_fail(w->err, NB_EMEM, "out of memory");
    }
    const char *form = floats ? "%s" : prec == NB_PY_ATOM ? "%s.double()" : "(%s).double()";
    text_printf(w->out, last ? "    return " : "    %s = ", nb_py_names_of(w->names, w->v));
    text_printf(w->out, form, text_str(&w->text));
    text_add(w->out, "\n");
    return NB_OK;
}

/* --- the whole --- */

static void put_leaves(Writer *w)
{
    for (size_t i = 0; i < w->tape->nleaves; i++) {
        text_printf(w->out, "%s%s", i ? ", " : "", nb_py_names_of(w->names, w->tape->leaf[i]));
    }
}

static NbStatus put_function(Writer *w, const char *title)
{
    const NbTape *t = w->tape;
    NbStatus s = NB_OK;
    for (size_t i = 0; i < t->nother; i++) {
        put_value(w, t->other[i], false);
    }
    text_printf(w->out, "%s\ndef %s(", t->nother ? "\n" : "", title);
    put_leaves(w);
    text_add(w->out, "):\n");
    for (size_t i = 0; i < t->nnodes && s == NB_OK; i++) {
        w->v = t->node[i];
        s = put_operation(w, i + 1 == t->nnodes);
    }
    text_add(w->out, "\n\n");
    for (size_t i = 0; i < t->nleaves && s == NB_OK; i++) {
        put_value(w, t->leaf[i], true);
    }
    text_printf(w->out, "print(%s(", title);
    put_leaves(w);
    text_add(w->out, "))\n");
    return s;
}

static bool uses_functional(const NbTape *t)
{
    for (size_t i = 0; i < t->nnodes; i++) {
        const NbOp *op = nb_var_op(t->node[i]);
        if (op->torch && strstr(op->torch, "F.")) {
            return true;
        }
    }
    return false;
}

static NbStatus write_torch(NbJob *job, NbErr *err)
{
    NbVar *root = job->what->root;
    Writer w = {.job = job, .out = &job->out, .style = job->viz->style.text, .err = err};
    w.style.unicode = true;
    w.tape = nb_graph_tape(root);
    if (!w.tape || w.tape->nnodes == 0 || !nb_var_op(root)) {
        return nb_fail(err, NB_EVALUE, "nothing was computed here: a function needs an operation");
    }
    w.names = nb_py_names_new(w.tape, w.style);
    if (!w.names) {
        return nb_fail(err, NB_EMEM, "out of memory writing a function");
    }
    text_add(&job->out, "import torch\n");
    text_add(&job->out, uses_functional(w.tape) ? "import torch.nn.functional as F\n" : "");
    text_add(&job->out, "\ntorch.set_default_dtype(torch.float64)\n\n");
    NbStatus s = put_function(&w, nb_py_names_of(w.names, root));
    job->count = w.tape->nnodes + w.tape->nleaves + w.tape->nother;
    nb_py_names_free(&w.names);
    text_free(&w.text);
    text_free(&w.list);
    return s;
}

const NbFormat nb_viz_formats_torch[] = {
    {"py", "text/x-python", "the graph as a function of its leaves in PyTorch", NB_FROM_GRAPH,
     NB_ANY_SIZE, write_torch},
    {0},
};
